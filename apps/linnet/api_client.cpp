// SPDX-License-Identifier: Apache-2.0
#include "api_client.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/parse.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <utility>

#include <linnet/service/http_server.hpp>
#include <linnet/service/json_text.hpp>

#include "api_trust.hpp"
#include "command.hpp"

namespace linnet::cli {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

Failure cannot_reach(const std::string& url, const std::string& why) {
  return {kNoServer, "cannot reach the server at " + url + ": " + why +
                         ". Is `linnet server` running there? Use --server or LINNET_SERVER for "
                         "another address"};
}

std::string host_field(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

/// A file that is made for its owner and goes away unless it is kept.
class NewFile {
 public:
  explicit NewFile(const std::filesystem::path& file)
      : file_(file),
        descriptor_(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
    if (descriptor_ < 0) fail(std::strerror(errno));
  }
  ~NewFile() {
    ::close(descriptor_);
    std::error_code ignored;
    if (!kept_) std::filesystem::remove(file_, ignored);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t size = ::write(descriptor_, bytes.data(), bytes.size());
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) fail(std::strerror(errno));
      bytes.remove_prefix(static_cast<std::size_t>(size));
    }
  }
  /// On the disk.
  void keep() {
    if (::fsync(descriptor_) != 0) fail(std::strerror(errno));
    kept_ = true;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Failure(kUsage, "cannot write " + file_.string() + ": " + why);
  }

  std::filesystem::path file_;
  int descriptor_;
  bool kept_ = false;
};

/// What a problem of the API means for the exit code: the last part of its type.
ExitCode exit_code(unsigned status, std::string_view type) {
  const auto kind = type.substr(type.rfind(':') + 1);
  if (kind == "device-unreachable" || kind == "device-timeout" || kind == "deadline-passed") {
    return kNoAnswer;
  }
  if (kind.starts_with("device-") && status == 502) return kDeviceError;
  return status == 400 ? kUsage : kRefused;
}

[[noreturn]] void fail(unsigned status, const std::string& body) {
  error_code error;
  const auto parsed = boost::json::parse(body, error);
  const auto* problem = error ? nullptr : parsed.if_object();
  const auto text = [&](const char* name) -> std::string {
    const auto* value = problem != nullptr ? problem->if_contains(name) : nullptr;
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
  };
  std::string detail = text("detail");
  if (detail.empty()) detail = "the server answered with HTTP status " + std::to_string(status);
  if (status == 401) {
    detail +=
        ". Give a token with --token-file FILE or in LINNET_TOKEN; `linnet token new` makes one";
  }
  throw Refusal(exit_code(status, text("type")), detail,
                problem != nullptr ? *problem : boost::json::object{});
}

/// Cuts a stream into events (WHATWG HTML, "Server-sent events").
class EventParser {
 public:
  /// False when `take` does not want any more.
  bool feed(std::string_view text, const std::function<bool(const ServerSentEvent&)>& take,
            std::string& last_id) {
    rest_ += text;
    std::size_t end = 0;
    while ((end = rest_.find('\n')) != std::string::npos) {
      const std::string line = rest_.substr(0, end);
      rest_.erase(0, end + 1);
      if (!line.empty()) {
        field(line);
        continue;
      }
      if (!event_.id.empty()) last_id = event_.id;
      const ServerSentEvent event = std::exchange(event_, {});
      if (!event.data.empty() && !take(event)) return false;
    }
    return true;
  }

 private:
  void field(const std::string& line) {
    const auto colon = line.find(':');
    const std::string name = line.substr(0, colon);
    std::string value = colon == std::string::npos ? "" : line.substr(colon + 1);
    if (value.starts_with(' ')) value.erase(0, 1);
    if (name == "id") event_.id = value;
    if (name == "event") event_.type = value;
    if (name == "data") event_.data += value;
  }

  std::string rest_;
  ServerSentEvent event_;
};

/// There is no answer; `what()` says why. Whoever cannot be trusted will not be a moment later.
struct NoAnswer : std::runtime_error {
  explicit NoAnswer(const std::string& why, bool nobody_to_trust = false)
      : std::runtime_error(why), untrusted(nobody_to_trust) {}
  bool untrusted;
};

Failure no_answer(const std::string& url, const NoAnswer& none) {
  if (!none.untrusted) return cannot_reach(url, none.what());
  return {kNoServer, "nothing was sent to the server at " + url + ": " + none.what()};
}

/// The bytes of a connection, in the clear or through TLS: an AsyncStream of Boost.Beast.
class Stream {
 public:
  using Plain = beast::tcp_stream;
  using executor_type = Plain::executor_type;

  Stream(asio::io_context& io, const ServerTrust* trust) {
    if (trust == nullptr) {
      plain_.emplace(io);
    } else {
      context_.emplace(trust->new_context());
      secure_.emplace(io, *context_);
    }
  }

  [[nodiscard]] Plain& lowest() { return secure_ ? secure_->next_layer() : *plain_; }
  /// REQUIRES: there is somebody to trust.
  [[nodiscard]] ssl::stream<Plain>& secure() { return *secure_; }
  [[nodiscard]] executor_type get_executor() { return lowest().get_executor(); }

  template <typename Buffers, typename Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (secure_) return secure_->async_read_some(buffers, std::forward<Handler>(handler));
    plain_->async_read_some(buffers, std::forward<Handler>(handler));
  }
  template <typename Buffers, typename Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    if (secure_) return secure_->async_write_some(buffers, std::forward<Handler>(handler));
    plain_->async_write_some(buffers, std::forward<Handler>(handler));
  }

 private:
  std::optional<ssl::context> context_;
  std::optional<Plain> plain_;
  std::optional<ssl::stream<Plain>> secure_;
};

using Message = http::request<http::string_body>;

/// `Request` is that of an ApiClient.
template <typename Request>
Message message_of(const Request& request, const ServerAddress& server, const std::string& token) {
  Message out(http::string_to_verb(request.method), request.target, 11);
  out.set(http::field::host, host_field(server.host));
  if (!token.empty()) out.set(http::field::authorization, "Bearer " + token);
  if (!request.body.empty()) out.set(http::field::content_type, request.content_type);
  for (const auto& [name, value] : request.headers) out.set(name, value);
  out.body() = request.body;
  out.prepare_payload();
  out.keep_alive(false);
  return out;
}

/// One request and its answer over a connection of its own. Throws NoAnswer.
class Conversation {
 public:
  Conversation(const ServerAddress& server, const ServerTrust* trust)
      : server_(server), trust_(trust), stream_(io_, trust) {}

  /// From now on Ctrl-C ends what is under way, with NoAnswer.
  void end_on_signals() {
    signals_.emplace(io_, SIGINT, SIGTERM);
    signals_->async_wait([this](error_code error, int) {
      if (error) return;
      interrupted_ = true;
      stream_.lowest().close();
    });
  }
  [[nodiscard]] bool interrupted() const { return interrupted_; }

  /// Returns when the head of the answer is there. With a limit all of the answer has to come in
  /// that time, else only the connection.
  void ask(const Message& message, std::optional<std::chrono::milliseconds> limit = {});
  [[nodiscard]] unsigned status() const { return parser_.get().result_int(); }
  /// Of the body, 0 if it is not said.
  [[nodiscard]] std::uint64_t length() const { return parser_.content_length().value_or(0); }
  /// The next piece of the body, valid until the next call; empty at the end.
  std::string_view read();
  std::string read_all();

 private:
  /// Starts something and waits for its end.
  template <typename Start>
  error_code wait(Start start) {
    error_code result;
    bool done = false;
    start([&result, &done](error_code error, auto&&...) {
      result = error;
      done = true;
    });
    io_.restart();
    while (!done && io_.run_one() != 0) continue;
    return result;
  }
  void connect();
  void handshake();
  [[noreturn]] static void fail(error_code error) {
    throw NoAnswer(error == beast::error::timeout ? "it does not answer" : error.message());
  }

  const ServerAddress& server_;
  const ServerTrust* trust_;
  asio::io_context io_;
  Stream stream_;
  std::optional<asio::signal_set> signals_;
  bool interrupted_ = false;
  beast::flat_buffer buffer_;
  http::response_parser<http::buffer_body> parser_;
  std::array<char, 65536> piece_{};
};

void Conversation::connect() {
  tcp::resolver resolver(io_);
  error_code error;
  const auto found = resolver.resolve(server_.host, server_.port, error);
  if (error) throw NoAnswer("there is no host of that name");
  error = wait([&](auto done) { stream_.lowest().async_connect(found, std::move(done)); });
  if (error) fail(error);
}

void Conversation::handshake() {
  auto& secure = stream_.secure();
  trust_->expect(secure.native_handle(), server_.host);
  secure.set_verify_mode(ssl::verify_peer);
  std::string refusal;
  secure.set_verify_callback([&](bool good, ssl::verify_context& context) {
    if (!good && refusal.empty()) {
      refusal = trust_->refusal(context.native_handle(), server_.host);
    }
    return good;
  });
  const auto error =
      wait([&](auto done) { secure.async_handshake(ssl::stream_base::client, std::move(done)); });
  if (!refusal.empty()) throw NoAnswer(refusal, true);
  if (!error) return;
  if (error.category() == asio::error::get_ssl_category()) {
    throw NoAnswer(handshake_failure(static_cast<unsigned long>(error.value())), true);
  }
  if (error == asio::error::eof || error == ssl::error::stream_truncated) {
    throw NoAnswer("it hung up when TLS began. Does it speak HTTPS there?");
  }
  fail(error);
}

void Conversation::ask(const Message& message, std::optional<std::chrono::milliseconds> limit) {
  stream_.lowest().expires_after(limit.value_or(std::chrono::seconds(10)));
  connect();
  if (trust_ != nullptr) handshake();
  auto error = wait([&](auto done) { http::async_write(stream_, message, std::move(done)); });
  if (error) fail(error);
  // An operation takes as long as the device does, and the server has the deadline.
  if (!limit) stream_.lowest().expires_never();
  parser_.body_limit(boost::none);
  error =
      wait([&](auto done) { http::async_read_header(stream_, buffer_, parser_, std::move(done)); });
  if (!error) return;
  // An alert of TLS is no HTTP, and some only hang up.
  const bool no_http = error.category() == error_code(http::error::bad_version).category();
  if (trust_ == nullptr && (no_http || error == asio::error::eof)) {
    throw NoAnswer("it does not answer in HTTP. If its port is for HTTPS, write https://");
  }
  fail(error);
}

std::string_view Conversation::read() {
  while (!parser_.is_done()) {
    auto& body = parser_.get().body();
    body.data = piece_.data();
    body.size = piece_.size();
    body.more = true;
    const auto error =
        wait([&](auto done) { http::async_read_some(stream_, buffer_, parser_, std::move(done)); });
    const std::size_t size = piece_.size() - body.size;
    if (error && error != http::error::need_buffer) fail(error);
    if (size != 0) return {piece_.data(), size};
  }
  return {};
}

std::string Conversation::read_all() {
  std::string out;
  for (auto piece = read(); !piece.empty(); piece = read()) out += piece;
  return out;
}

}  // namespace

ApiClient::ApiClient(const ServerAccess& access)
    : url_(access.url),
      server_(parse_server(url_)),
      trust_(server_.secure ? std::make_shared<const ServerTrust>(access.ca_file) : nullptr),
      token_(find_token(access, server_)) {
  if (server_.secure || token_.empty() || server_.is_loopback()) return;
  std::cerr << "linnet: warning: the token goes to " << server_.host
            << " in the clear, and whoever is on the way can read it. Use https:// "
               "(http.secure_listen at the server)\n";
}

std::string ApiClient::exchange(const Request& request) {
  Conversation conversation(server_, trust_.get());
  try {
    conversation.ask(message_of(request, server_, token_), request.limit);
    std::string body = conversation.read_all();
    if (conversation.status() / 100 != 2) fail(conversation.status(), body);
    return body;
  } catch (const NoAnswer& none) {
    throw no_answer(url_, none);
  }
}

boost::json::value ApiClient::ask(const Request& request) {
  const std::string body = exchange(request);
  if (body.empty()) return nullptr;
  error_code error;
  auto parsed = boost::json::parse(body, error);
  if (error) throw cannot_reach(url_, "what answers there is not Linnet");
  return parsed;
}

boost::json::value ApiClient::get(const std::string& target,
                                  std::optional<std::chrono::milliseconds> limit) {
  return ask({.method = "GET", .target = target, .limit = limit});
}

boost::json::value ApiClient::post(const std::string& target, const boost::json::value& body,
                                   const Headers& headers) {
  return ask(
      {.method = "POST", .target = target, .body = service::to_text(body), .headers = headers});
}

boost::json::value ApiClient::post_text(const std::string& target, const std::string& body,
                                        const char* content_type) {
  return ask({.method = "POST", .target = target, .body = body, .content_type = content_type});
}

boost::json::value ApiClient::post_lines(const std::string& target, const std::string& lines) {
  return post_text(target, lines, "application/x-ndjson");
}

boost::json::value ApiClient::put(const std::string& target, const boost::json::value& body) {
  return ask({.method = "PUT", .target = target, .body = service::to_text(body)});
}

boost::json::value ApiClient::put_bytes(const std::string& target, std::string bytes) {
  return ask({.method = "PUT",
              .target = target,
              .body = std::move(bytes),
              .content_type = "application/octet-stream",
              .limit = std::chrono::minutes(2)});
}

boost::json::value ApiClient::remove(const std::string& target) {
  return ask({.method = "DELETE", .target = target});
}

std::string ApiClient::get_text(const std::string& target) {
  return exchange({.method = "GET", .target = target});
}

void ApiClient::download(const std::string& target, const std::filesystem::path& file,
                         const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  Conversation conversation(server_, trust_.get());
  const Request request{.method = "GET", .target = target};
  std::uint64_t bytes = 0;
  try {
    conversation.ask(message_of(request, server_, token_));
    if (conversation.status() != 200) fail(conversation.status(), conversation.read_all());
    NewFile out(file);
    for (auto piece = conversation.read(); !piece.empty(); piece = conversation.read()) {
      out.write(piece);
      bytes += piece.size();
      if (progress) progress(bytes, conversation.length());
    }
    out.keep();
  } catch (const NoAnswer& none) {
    if (bytes == 0) throw no_answer(url_, none);
    throw cannot_reach(url_, "it stopped after " + std::to_string(bytes) + " bytes");
  }
}

bool ApiClient::stream(const std::string& target,
                       const std::function<bool(const ServerSentEvent&)>& take,
                       const std::string& begin) {
  std::string last_id = begin;
  bool first = true;
  while (true) {
    Conversation conversation(server_, trust_.get());
    conversation.end_on_signals();
    bool connected = false;
    std::string why = "it hung up";
    try {
      Request request{.method = "GET", .target = target};
      request.headers.emplace_back("Accept", "text/event-stream");
      if (!last_id.empty()) request.headers.emplace_back("Last-Event-ID", last_id);
      conversation.ask(message_of(request, server_, token_));
      if (conversation.status() != 200) fail(conversation.status(), conversation.read_all());
      connected = true;
      EventParser events;
      for (auto piece = conversation.read(); !piece.empty(); piece = conversation.read()) {
        if (!events.feed(piece, take, last_id)) return false;
      }
    } catch (const NoAnswer& none) {
      if (none.untrusted) throw no_answer(url_, none);
      if (!connected) why = none.what();
    }
    if (conversation.interrupted()) return true;
    if (last_id == begin && first) throw cannot_reach(url_, why);
    if (first || connected) {
      std::cerr << "linnet: the server has gone; waiting for it to come back ...\n";
    }
    first = false;
    // A wait that Ctrl-C ends.
    asio::io_context io;
    asio::signal_set signals(io, SIGINT, SIGTERM);
    asio::steady_timer timer(io, std::chrono::seconds(2));
    bool interrupted = false;
    signals.async_wait([&](error_code error, int) {
      interrupted = !error;
      timer.cancel();
    });
    timer.async_wait([&](error_code) { signals.cancel(); });
    io.run();
    if (interrupted) return true;
  }
}

std::string device_target(const std::string& endpoint) {
  return "/api/v1/devices/" + service::percent_encode(endpoint);
}

}  // namespace linnet::cli
