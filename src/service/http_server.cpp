// SPDX-License-Identifier: Apache-2.0
#include <linnet/service/http_server.hpp>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cstring>
#include <list>
#include <optional>
#include <thread>
#include <utility>

#include <linnet/posix/net_address.hpp>
#include <linnet/posix/setup_error.hpp>

#include "http_stream.hpp"
#include "websocket.hpp"

namespace linnet::service {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;

tcp::endpoint to_endpoint(const SocketAddress& address) {
  if (address.is_v4()) {
    asio::ip::address_v4::bytes_type bytes{};
    std::memcpy(bytes.data(), address.ip.data() + 12, 4);
    return {asio::ip::address_v4(bytes), address.port};
  }
  asio::ip::address_v6::bytes_type bytes{};
  std::memcpy(bytes.data(), address.ip.data(), 16);
  return {asio::ip::address_v6(bytes), address.port};
}

SocketAddress from_endpoint(const tcp::endpoint& endpoint) {
  SocketAddress result;
  if (endpoint.address().is_v4()) {
    const auto b = endpoint.address().to_v4().to_bytes();
    return SocketAddress::v4(b[0], b[1], b[2], b[3], endpoint.port());
  }
  const auto bytes = endpoint.address().to_v6().to_bytes();
  std::memcpy(result.ip.data(), bytes.data(), 16);
  result.port = endpoint.port();
  return result;
}

/// Cuts path and query apart and decodes both. False for a broken escape.
bool parse_target(std::string_view target, HttpRequest& out) {
  const auto question = target.find('?');
  std::string_view path = target.substr(0, question);
  out.path = path;
  if (path.empty() || path.front() != '/') return false;
  path.remove_prefix(1);
  while (true) {
    const auto slash = path.find('/');
    if (!percent_decode(path.substr(0, slash), false, out.segments.emplace_back())) return false;
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  if (question == std::string_view::npos) return true;
  std::string_view query = target.substr(question + 1);
  while (!query.empty()) {
    const auto end = query.find('&');
    const std::string_view item = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    if (item.empty()) continue;
    const auto equals = item.find('=');
    auto& [name, value] = out.query.emplace_back();
    if (!percent_decode(item.substr(0, equals), true, name)) return false;
    if (equals != std::string_view::npos && !percent_decode(item.substr(equals + 1), true, value)) {
      return false;
    }
  }
  return true;
}

/// True for "localhost" and literal loopback addresses, with or without a port.
bool is_local_name(std::string_view host) {
  const auto split = posix::split_host_port(host, 80);
  if (!split) return false;
  if (split->host == "localhost") return true;
  error_code error;
  const auto address = asio::ip::make_address(split->host, error);
  return !error && address.is_loopback();
}

bool has_token(std::string_view list, std::string_view token) {
  return http::token_list(beast::string_view(list.data(), list.size()))
      .exists(beast::string_view(token.data(), token.size()));
}

/// What to answer a request for a WebSocket of version 13 with (RFC 6455 §4.2); empty for another.
std::string websocket_answer(const http::request<http::string_body>& message) {
  const auto text = [&](http::field field) {
    const auto value = message[field];
    return std::string_view(value.data(), value.size());
  };
  if (message.method() != http::verb::get || !has_token(text(http::field::connection), "upgrade") ||
      !has_token(text(http::field::upgrade), "websocket") ||
      text(http::field::sec_websocket_version) != "13") {
    return {};
  }
  return websocket_accept(text(http::field::sec_websocket_key));
}

HttpResponse problem(unsigned status, std::string_view title, std::string_view detail) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = "{\"type\":\"about:blank\",\"title\":\"" + std::string(title) +
                  "\",\"status\":" + std::to_string(status) + ",\"detail\":\"" +
                  std::string(detail) + "\"}\n";
  return response;
}

/// Whether what came instead of a TLS handshake is HTTP in the clear.
bool is_plain_request(error_code error) {
  return error.category() == asio::error::get_ssl_category() &&
         ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_HTTP_REQUEST;
}

/// What tells it so, in the clear too.
const std::string& plain_answer() {
  static const std::string text = [] {
    const auto answer = problem(400, "Bad Request", "this port is for HTTPS: write https://");
    return "HTTP/1.1 400 Bad Request\r\nContent-Type: " + answer.content_type +
           "\r\nContent-Length: " + std::to_string(answer.body.size()) +
           "\r\nConnection: close\r\n\r\n" + answer.body;
  }();
  return text;
}

}  // namespace

struct HttpServer::State : std::enable_shared_from_this<State> {
  State(const HttpOptions& o, Handler h)
      : options(o), handler(std::move(h)), acceptor(io), pacer(io) {}

  /// Accepts what comes in `listener`, which lives as long as this.
  void accept(tcp::acceptor& listener);
  void listen(tcp::acceptor& listener, const SocketAddress& address, const char* setting);
  void drain(std::function<void()> done);
  /// Calls `drained` once nothing is under way any more.
  void look_whether_drained();
  void pace();
  void pump_all();

  HttpOptions options;
  Handler handler;
  asio::io_context io{1};
  /// Keeps the thread until the destructor: answers may come while nothing is open.
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  tcp::acceptor acceptor;
  tcp::acceptor secure_acceptor{io};
  std::shared_ptr<HttpStream::Context> tls;  ///< of new connections to the second
  asio::steady_timer pacer;
  std::chrono::steady_clock::time_point pumped{};
  SocketAddress local;
  SocketAddress secure_local;
  bool only_local_names = false;
  std::list<std::weak_ptr<Responder::Connection>> connections;
  std::atomic<bool> wake_pending{false};
  std::atomic<std::size_t> streams{0};
  std::atomic<bool> stopped{false};
  bool draining = false;  ///< on the thread only, as the next
  std::function<void()> drained;
  std::thread thread;
};

/// One TCP connection. All of it runs on the server's thread, `send` and `stream` get there by a
/// post.
struct Responder::Connection : std::enable_shared_from_this<Connection> {
  Connection(std::shared_ptr<HttpServer::State> s, tcp::socket socket,
             std::shared_ptr<HttpStream::Context> tls)
      : state(std::move(s)), stream(std::move(socket), std::move(tls)), heartbeat(state->io) {}

  void start();
  void read();
  void on_read(error_code error);
  bool refuse_early(const http::request<http::string_body>& message);
  void write(HttpResponse response);
  void start_stream(std::unique_ptr<StreamSource> from, bool is_framed);
  void make_head();
  void pump();
  void write_piece();
  void wait_for_work();
  void watch_for_close();
  void take_frames(std::string_view bytes);
  void end_frames(WebSocketStatus status, std::string_view reason);
  void close();
  /// Ends it, or makes the answer under way its last one.
  void drain();
  void say_goodbye();

  std::shared_ptr<HttpServer::State> state;
  HttpStream stream;
  beast::flat_buffer buffer;
  std::optional<http::request_parser<http::string_body>> parser;
  std::optional<http::response<http::string_body>> response;
  std::optional<http::response<http::empty_body>> head;
  std::optional<http::response_serializer<http::empty_body>> serializer;
  std::unique_ptr<StreamSource> source;
  std::shared_ptr<std::function<bool()>> may_stream;  ///< null: it may
  asio::steady_timer heartbeat;
  std::string piece;
  std::array<char, 1024> heard{};
  std::string websocket_key;          ///< answers the request's; empty if it asked for none
  bool framed = false;                ///< a WebSocket
  WebSocketReader frames{64 * 1024};  ///< what its client sends
  std::string replies;                ///< frames to be sent before the next piece
  std::chrono::steady_clock::time_point last_heard{};
  std::uint64_t request = 0;  ///< counts requests, so that a late answer finds its own
  bool waiting = false;       ///< a request has not been answered yet
  bool answering = false;     ///< its answer is being written
  bool keep_alive = false;
  bool head_only = false;
  bool writing = false;
  bool finished = false;  ///< the source has no more
  bool beating = false;   ///< the heartbeat's timer runs
  bool leaving = false;   ///< ends after the write under way
  bool closed = false;
};

void HttpServer::State::accept(tcp::acceptor& listener) {
  listener.async_accept(
      [self = shared_from_this(), &listener](error_code error, tcp::socket socket) {
        if (error == asio::error::operation_aborted || self->draining) return;
        if (!error) {
          std::erase_if(self->connections, [](const auto& c) { return c.expired(); });
          if (self->connections.size() < self->options.max_connections) {
            const bool secure = &listener == &self->secure_acceptor;
            auto connection = std::make_shared<Responder::Connection>(self, std::move(socket),
                                                                      secure ? self->tls : nullptr);
            self->connections.push_back(connection);
            connection->start();
          }
        }
        self->accept(listener);
      });
}

void Responder::Connection::start() {
  if (!stream.is_secure()) return read();
  stream.expires_after(state->options.idle);
  stream.async_handshake([self = shared_from_this()](error_code error) {
    if (!error) return self->read();
    if (!is_plain_request(error)) return self->close();
    asio::async_write(self->stream.lowest(), asio::buffer(plain_answer()),
                      [self](error_code, std::size_t) { self->close(); });
  });
}

void HttpServer::State::drain(std::function<void()> done) {
  error_code ignored;
  acceptor.close(ignored);
  secure_acceptor.close(ignored);
  draining = true;
  drained = std::move(done);
  for (const auto& weak : connections) {
    if (const auto connection = weak.lock()) connection->drain();
  }
  look_whether_drained();
}

void HttpServer::State::look_whether_drained() {
  if (!drained) return;
  for (const auto& weak : connections) {
    const auto connection = weak.lock();
    if (connection && !connection->closed && (connection->waiting || connection->answering)) return;
  }
  std::exchange(drained, nullptr)();
}

void Responder::Connection::drain() {
  keep_alive = false;
  if (source != nullptr) {
    if (framed && !finished) return end_frames(WebSocketStatus::GoingAway, "the server stops");
    finished = true;
    return pump();
  }
  if (!waiting && !answering) close();
}

void Responder::Connection::read() {
  parser.emplace();
  parser->body_limit(state->options.max_body);
  parser->header_limit(16 * 1024);
  stream.expires_after(state->options.idle);
  http::async_read(
      stream, buffer, *parser,
      [self = shared_from_this()](error_code error, std::size_t) { self->on_read(error); });
}

bool Responder::Connection::refuse_early(const http::request<http::string_body>& message) {
  const auto host = message[http::field::host];
  if (state->only_local_names && !stream.is_secure() &&
      !is_local_name({host.data(), host.size()})) {
    write(problem(403, "Host not allowed",
                  "The API listens on loopback only and answers to localhost, 127.0.0.1 and [::1]. "
                  "Bind it to another address to reach it by another name."));
    return true;
  }
  return false;
}

void Responder::Connection::on_read(error_code error) {
  if (error == http::error::body_limit) {
    keep_alive = false;
    return write(problem(413, "Body too large", "The request body is larger than the limit."));
  }
  const bool is_http_error =
      error.category() == http::make_error_code(http::error::end_of_stream).category();
  if (is_http_error && error != http::error::end_of_stream &&
      error != http::error::partial_message) {
    keep_alive = false;
    return write(problem(400, "Malformed request", "This is not an HTTP/1.1 request."));
  }
  if (error) return close();
  const auto message = parser->release();
  keep_alive = message.keep_alive() && !state->draining;
  head_only = message.method() == http::verb::head;
  websocket_key = websocket_answer(message);
  if (refuse_early(message)) return;
  HttpRequest out;
  out.method = head_only ? "GET" : std::string(message.method_string());
  const auto target = message.target();
  if (!parse_target({target.data(), target.size()}, out)) {
    return write(problem(400, "Malformed path", "The path or query has a broken escape."));
  }
  out.content_type = std::string(message[http::field::content_type]);
  for (const auto& field : message) {
    out.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  error_code unknown;
  const auto peer = stream.socket().remote_endpoint(unknown);
  if (!unknown) out.peer = from_endpoint(peer);
  out.body = message.body();
  out.secure = stream.is_secure();
  waiting = true;
  ++request;
  // The handler may take as long as a device does; it has its own deadlines.
  stream.expires_never();
  state->handler(std::move(out), Responder(shared_from_this(), request));
}

void Responder::Connection::write(HttpResponse from) {
  response.emplace();
  response->version(11);
  response->result(from.status);
  response->set(http::field::server, "linnet");
  response->set(http::field::content_type, from.content_type);
  response->set(http::field::cache_control, "no-store");
  response->set("X-Content-Type-Options", "nosniff");
  if (!from.allow.empty()) response->set(http::field::allow, from.allow);
  for (const auto& [name, value] : from.headers) {
    if (beast::iequals(name, "Cache-Control")) response->erase(http::field::cache_control);
    response->insert(name, value);
  }
  response->keep_alive(keep_alive);
  answering = true;
  response->body() = std::move(from.body);
  response->prepare_payload();
  if (head_only) response->body().clear();
  stream.expires_after(state->options.idle);
  http::async_write(stream, *response, [self = shared_from_this()](error_code error, std::size_t) {
    self->answering = false;
    if (error || !self->keep_alive) return self->close();
    self->read();
  });
}

void Responder::Connection::make_head() {
  head.emplace();
  head->version(11);
  head->set(http::field::server, "linnet");
  if (framed) {
    head->result(http::status::switching_protocols);
    head->set(http::field::upgrade, "websocket");
    head->set(http::field::connection, "Upgrade");
    head->set(http::field::sec_websocket_accept, websocket_key);
    return;
  }
  head->result(http::status::ok);
  const auto type = source->content_type();
  head->set(http::field::content_type, beast::string_view(type.data(), type.size()));
  head->set(http::field::cache_control, "no-store");
  head->set("X-Accel-Buffering", "no");
  head->keep_alive(false);
  head->chunked(true);
}

void Responder::Connection::start_stream(std::unique_ptr<StreamSource> from, bool is_framed) {
  if (is_framed && websocket_key.empty()) {
    auto refusal = problem(426, "Upgrade required",
                           "This is a WebSocket (RFC 6455, version 13); /api/v1/events gives the "
                           "same as server-sent events.");
    refusal.headers = {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}};
    return write(std::move(refusal));
  }
  if (state->streams.load() >= state->options.max_streams) {
    return write(problem(503, "Too many streams",
                         "As many streams are open as this server allows; close one first."));
  }
  source = std::move(from);
  framed = is_framed;
  ++state->streams;
  make_head();
  serializer.emplace(*head);
  last_heard = std::chrono::steady_clock::now();
  writing = true;
  stream.expires_after(state->options.idle);
  http::async_write_header(
      stream, *serializer, [self = shared_from_this()](error_code error, std::size_t) {
        self->writing = false;
        if (error || self->head_only) return self->close();
        if (self->framed) {
          const auto early = self->buffer.data();
          self->take_frames({static_cast<const char*>(early.data()), early.size()});
        }
        self->watch_for_close();
        self->pump();
      });
}

/// A stream's peer has little to say; reading is how its going away is noticed.
void Responder::Connection::watch_for_close() {
  if (closed) return;
  // What is waited for here may be long in coming; writing has limits of its own.
  stream.expires_never();
  stream.async_read_some(asio::buffer(heard),
                         [self = shared_from_this()](error_code error, std::size_t size) {
                           if (error) return self->close();
                           self->last_heard = std::chrono::steady_clock::now();
                           if (self->framed) self->take_frames({self->heard.data(), size});
                           self->watch_for_close();
                         });
}

void Responder::Connection::take_frames(std::string_view bytes) {
  if (finished) return;
  frames.feed(bytes);
  while (const auto control = frames.next()) {
    if (control->op == WebSocketOp::Close) return end_frames(WebSocketStatus::Normal, "");
    // One answer to many pings in a row is enough (RFC 6455 §5.5.3).
    if (control->op == WebSocketOp::Ping && replies.empty()) {
      append_frame(replies, WebSocketOp::Pong, control->payload);
    }
  }
  if (const auto error = frames.error()) {
    return end_frames(*error, *error == WebSocketStatus::TooBig
                                  ? "messages to this server are not read"
                                  : "this is no frame of a client");
  }
  if (!replies.empty()) pump();
}

void Responder::Connection::end_frames(WebSocketStatus status, std::string_view reason) {
  finished = true;
  append_close(replies, status, reason);
  pump();
}

void Responder::Connection::pump() {
  if (source == nullptr || writing || closed) return;
  if (leaving) return say_goodbye();
  if (may_stream && !(*may_stream)()) return close();
  piece.clear();
  piece.swap(replies);
  if (!finished) {
    finished = !source->next(piece);
    if (finished && framed) append_close(piece, WebSocketStatus::Normal, "");
  }
  if (piece.empty() && !finished) return wait_for_work();
  heartbeat.cancel();
  beating = false;
  write_piece();
}

void Responder::Connection::write_piece() {
  writing = true;
  stream.expires_after(state->options.idle);
  const bool last = piece.empty();
  const auto done = [self = shared_from_this(), last](error_code error, std::size_t) {
    self->writing = false;
    if (error || last) return self->close();
    self->pump();
  };
  if (framed) {
    // Nothing follows the frame that closes.
    if (last) return asio::post(state->io, [done] { done({}, 0); });
    asio::async_write(stream, asio::buffer(piece), done);
  } else if (last) {
    asio::async_write(stream, http::make_chunk_last(), done);
  } else {
    asio::async_write(stream, http::make_chunk(asio::buffer(piece)), done);
  }
}

void Responder::Connection::wait_for_work() {
  stream.expires_never();
  // Being asked in vain is no sign of life to the peer.
  if (std::exchange(beating, true)) return;
  heartbeat.expires_after(state->options.heartbeat);
  heartbeat.async_wait([self = shared_from_this()](error_code error) {
    if (error) return;
    self->beating = false;
    if (self->writing || self->closed) return;
    if (self->may_stream && !(*self->may_stream)()) return self->close();
    if (!self->framed) {
      self->piece = ":\n\n";
      return self->write_piece();
    }
    const auto silent = std::chrono::steady_clock::now() - self->last_heard;
    if (silent > self->state->options.idle) return self->close();
    append_frame(self->replies, WebSocketOp::Ping, "");
    self->pump();
  });
}

/// What a WebSocket's client is told when the server stops, if it takes it soon.
void Responder::Connection::say_goodbye() {
  constexpr std::chrono::milliseconds kPatience{100};
  // Through TLS it would not be as quick as this; there the connection just ends.
  if (framed && source != nullptr && !finished && !stream.is_secure()) {
    if (writing) {
      leaving = true;
      heartbeat.expires_after(kPatience);
      return heartbeat.async_wait([self = shared_from_this()](error_code error) {
        if (!error) self->close();
      });
    }
    std::string frame;
    append_close(frame, WebSocketStatus::GoingAway, "the server stops");
    error_code ignored_error;
    stream.socket().non_blocking(true, ignored_error);
    stream.socket().write_some(asio::buffer(frame), ignored_error);
  }
  close();
}

void Responder::Connection::close() {
  closed = true;
  if (source != nullptr) --state->streams;
  source.reset();
  heartbeat.cancel();
  error_code ignored_error;
  stream.socket().shutdown(tcp::socket::shutdown_both, ignored_error);
  stream.close();
  state->look_whether_drained();
}

void Responder::send(HttpResponse response) const {
  const auto state = connection_->state;
  if (state->stopped.load()) return;
  asio::post(state->io, [connection = connection_, request = request_, observer = observer_,
                         response = std::move(response)]() mutable {
    if (!connection->waiting || connection->request != request) return;
    connection->waiting = false;
    if (observer) (*observer)(response.status);
    connection->write(std::move(response));
  });
}

void Responder::stream(std::unique_ptr<StreamSource> source) const {
  start(std::move(source), false);
}

void Responder::websocket(std::unique_ptr<StreamSource> source) const {
  start(std::move(source), true);
}

void Responder::start(std::unique_ptr<StreamSource> source, bool framed) const {
  const auto state = connection_->state;
  if (state->stopped.load()) return;
  asio::post(state->io, [connection = connection_, request = request_, observer = observer_,
                         may = may_stream_, framed, source = std::move(source)]() mutable {
    if (!connection->waiting || connection->request != request) return;
    connection->waiting = false;
    connection->may_stream = std::move(may);
    if (observer) (*observer)(framed ? 101 : 200);
    connection->start_stream(std::move(source), framed);
  });
}

void HttpServer::State::listen(tcp::acceptor& listener, const SocketAddress& address,
                               const char* setting) {
  const tcp::endpoint endpoint = to_endpoint(address);
  error_code error;
  listener.open(endpoint.protocol(), error);
  if (!error) listener.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && endpoint.protocol() == tcp::v6()) {
    listener.set_option(asio::ip::v6_only(false), error);
  }
  if (!error) listener.bind(endpoint, error);
  if (!error) listener.listen(asio::socket_base::max_listen_connections, error);
  if (!error) return;
  std::string text = "cannot serve HTTP on " + posix::to_string(address) + ": ";
  if (error == asio::error::address_in_use) {
    text += std::string(
                "the port is already in use. Stop the program that has it (ss -tlpn shows it) or "
                "choose another port with ") +
            setting;
  } else if (error == asio::error::access_denied) {
    text += "no permission. Ports below 1024 need root or CAP_NET_BIND_SERVICE";
  } else {
    text += error.message();
  }
  throw posix::SetupError(text);
}

HttpServer::HttpServer(const HttpOptions& options, Handler handler)
    : state_(std::make_shared<State>(options, std::move(handler))) {
  if (options.serve_tls) state_->tls = make_tls(options.certificate, options.private_key);
  state_->listen(state_->acceptor, options.address, "--http");
  state_->local = from_endpoint(state_->acceptor.local_endpoint());
  state_->only_local_names = options.check_host && state_->local.is_loopback();
  if (options.serve_tls) {
    state_->listen(state_->secure_acceptor, options.tls_address, "http.secure_listen");
    state_->secure_local = from_endpoint(state_->secure_acceptor.local_endpoint());
    state_->accept(state_->secure_acceptor);
  }
  state_->accept(state_->acceptor);
  state_->thread = std::thread([state = state_.get()] { state->io.run(); });
}

HttpServer::~HttpServer() {
  // Everything that is open ends with an error, and then the thread has nothing left to do.
  asio::post(state_->io, [state = state_.get()] {
    error_code ignored;
    state->work.reset();
    state->drained = nullptr;
    state->acceptor.close(ignored);
    state->secure_acceptor.close(ignored);
    state->pacer.cancel();
    for (const auto& weak : state->connections) {
      if (const auto connection = weak.lock()) connection->say_goodbye();
    }
  });
  state_->thread.join();
  state_->stopped.store(true);
  state_->handler = nullptr;
}

std::size_t HttpServer::streams() const { return state_->streams.load(); }

SocketAddress HttpServer::local() const { return state_->local; }

SocketAddress HttpServer::secure_local() const { return state_->secure_local; }

void HttpServer::set_certificate(const std::filesystem::path& certificate,
                                 const std::filesystem::path& private_key) {
  if (!state_->options.serve_tls) return;
  auto tls = make_tls(certificate, private_key);
  asio::post(state_->io,
             [state = state_, tls = std::move(tls)]() mutable { state->tls = std::move(tls); });
}

void HttpServer::drain(std::function<void()> done) {
  asio::post(state_->io, [state = state_.get(), done = std::move(done)]() mutable {
    state->drain(std::move(done));
  });
}

void HttpServer::wake_streams() {
  if (state_->streams.load() == 0 || state_->wake_pending.exchange(true)) return;
  asio::post(state_->io, [state = state_] { state->pace(); });
}

/// Many small pieces cost more than few large ones: who was just served waits a moment.
void HttpServer::State::pace() {
  constexpr std::chrono::milliseconds kPace{5};
  const auto now = std::chrono::steady_clock::now();
  if (now >= pumped + kPace) return pump_all();
  pacer.expires_at(pumped + kPace);
  pacer.async_wait([self = shared_from_this()](error_code error) {
    if (!error) self->pump_all();
  });
}

void HttpServer::State::pump_all() {
  wake_pending.store(false);
  for (const auto& weak : connections) {
    const auto connection = weak.lock();
    if (connection && connection->source) connection->pump();
  }
  pumped = std::chrono::steady_clock::now();
}

}  // namespace linnet::service
