// SPDX-License-Identifier: Apache-2.0
#include "api_client.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/parse.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>

#include <linnet/posix/net_address.hpp>
#include <linnet/service/http_server.hpp>
#include <linnet/service/json_text.hpp>

#include "command.hpp"

namespace linnet::cli {
namespace {

namespace asio = boost::asio;
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

http::request<http::empty_body> get_request(const std::string& host, const std::string& target,
                                            const std::string& token) {
  http::request<http::empty_body> request(http::verb::get, target, 11);
  request.set(http::field::host, host_field(host));
  if (!token.empty()) request.set(http::field::authorization, "Bearer " + token);
  return request;
}

/// After the head of an answer: throws with what the server says if it is not 200.
void refuse_unless_ok(beast::tcp_stream& stream, beast::flat_buffer& buffer,
                      http::response_parser<http::buffer_body>& parser) {
  if (parser.get().result() == http::status::ok) return;
  http::response_parser<http::string_body> whole(std::move(parser));
  error_code error;  // what came until then is said
  http::read(stream, buffer, whole, error);
  fail(whole.get().result_int(), whole.get().body());
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

/// One connection that reads a stream until it ends or Ctrl-C is pressed.
class StreamConnection {
 public:
  StreamConnection(const std::function<bool(const ServerSentEvent&)>& take, std::string& last_id,
                   const std::string& token)
      : take_(take), last_id_(last_id), token_(token) {}

  enum class End { Taken, Interrupted, Closed };
  End run(const std::string& host, const std::string& port, const std::string& target);

  [[nodiscard]] const error_code& error() const { return error_; }

 private:
  void read_body();

  const std::function<bool(const ServerSentEvent&)>& take_;
  std::string& last_id_;
  const std::string& token_;
  asio::io_context io_;
  beast::tcp_stream stream_{io_};
  asio::signal_set signals_{io_, SIGINT, SIGTERM};
  beast::flat_buffer buffer_;
  http::response_parser<http::buffer_body> parser_;
  std::array<char, 16384> piece_{};
  EventParser events_;
  error_code error_;
  End end_ = End::Closed;
};

StreamConnection::End StreamConnection::run(const std::string& host, const std::string& port,
                                            const std::string& target) {
  tcp::resolver resolver(io_);
  const auto found = resolver.resolve(host, port, error_);
  if (error_) return End::Closed;
  beast::get_lowest_layer(stream_).connect(found, error_);
  if (error_) return End::Closed;
  auto request = get_request(host, target, token_);
  request.set(http::field::accept, "text/event-stream");
  if (!last_id_.empty()) request.set("Last-Event-ID", last_id_);
  http::write(stream_, request, error_);
  if (error_) return End::Closed;
  parser_.body_limit(boost::none);
  http::read_header(stream_, buffer_, parser_, error_);
  if (error_) return End::Closed;
  refuse_unless_ok(stream_, buffer_, parser_);
  signals_.async_wait([this](error_code error, int) {
    if (error) return;
    end_ = End::Interrupted;
    stream_.close();
  });
  read_body();
  io_.run();
  return end_;
}

void StreamConnection::read_body() {
  parser_.get().body().data = piece_.data();
  parser_.get().body().size = piece_.size();
  parser_.get().body().more = true;
  http::async_read_some(stream_, buffer_, parser_, [this](error_code error, std::size_t) {
    if (error == http::error::need_buffer) error = {};
    const std::size_t size = piece_.size() - parser_.get().body().size;
    const bool wanted = events_.feed({piece_.data(), size}, take_, last_id_);
    if (!wanted && end_ == End::Closed) end_ = End::Taken;
    if (error || !wanted || parser_.is_done()) {
      signals_.cancel();
      stream_.close();
      return;
    }
    read_body();
  });
}

}  // namespace

ApiClient::ApiClient(const ServerAccess& access) : url_(access.url) {
  const Failure wrong(kUsage, "\"" + url_ +
                                  "\" is not the address of a server; it looks like "
                                  "http://127.0.0.1:8080");
  std::string_view rest = url_;
  if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) {
    if (rest.substr(0, scheme) != "http") throw wrong;
    rest.remove_prefix(scheme + 3);
  }
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const auto split = posix::split_host_port(rest, 80);
  if (!split || split->host.empty() || split->host.find('/') != std::string::npos) throw wrong;
  host_ = split->host;
  port_ = std::to_string(split->port);
  token_ = find_token(access, host_, port_);
}

std::string ApiClient::exchange(const Request& request) {
  asio::io_context io;
  beast::tcp_stream stream(io);
  error_code error;
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(host_, port_, error);
  if (error) throw cannot_reach(url_, "there is no host of that name");
  http::request<http::string_body> message(http::string_to_verb(request.method), request.target,
                                           11);
  message.set(http::field::host, host_field(host_));
  if (!token_.empty()) message.set(http::field::authorization, "Bearer " + token_);
  if (!request.body.empty()) message.set(http::field::content_type, request.content_type);
  for (const auto& [name, value] : request.headers) message.set(name, value);
  message.body() = request.body;
  message.prepare_payload();
  message.keep_alive(false);

  http::response_parser<http::string_body> answer;
  answer.body_limit(boost::none);
  beast::flat_buffer buffer;
  stream.expires_after(request.limit.value_or(std::chrono::seconds(10)));
  stream.async_connect(found, [&](error_code failed, const tcp::endpoint&) {
    if ((error = failed)) return;
    http::async_write(stream, message, [&](error_code not_written, std::size_t) {
      if ((error = not_written)) return;
      // An operation takes as long as the device does, and the server has the deadline.
      if (!request.limit) stream.expires_never();
      http::async_read(stream, buffer, answer,
                       [&](error_code not_read, std::size_t) { error = not_read; });
    });
  });
  io.run();
  if (error == beast::error::timeout) throw cannot_reach(url_, "it does not answer");
  if (error) throw cannot_reach(url_, error.message());
  if (answer.get().result_int() / 100 != 2) {
    fail(answer.get().result_int(), answer.get().body());
  }
  return std::move(answer.get().body());
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
  asio::io_context io;
  beast::tcp_stream stream(io);
  error_code error;
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(host_, port_, error);
  if (error) throw cannot_reach(url_, "there is no host of that name");
  stream.connect(found, error);
  if (error) throw cannot_reach(url_, error.message());
  auto message = get_request(host_, target, token_);
  message.keep_alive(false);
  http::write(stream, message, error);
  if (error) throw cannot_reach(url_, error.message());
  beast::flat_buffer buffer;
  http::response_parser<http::buffer_body> parser;
  parser.body_limit(boost::none);
  http::read_header(stream, buffer, parser, error);
  if (error) throw cannot_reach(url_, error.message());
  refuse_unless_ok(stream, buffer, parser);
  const std::uint64_t total = parser.content_length().value_or(0);
  NewFile out(file);
  std::vector<char> piece(256 * 1024);
  std::uint64_t bytes = 0;
  while (!parser.is_done()) {
    parser.get().body().data = piece.data();
    parser.get().body().size = piece.size();
    http::read(stream, buffer, parser, error);
    if (error == http::error::need_buffer) error = {};
    if (error) throw cannot_reach(url_, "it stopped after " + std::to_string(bytes) + " bytes");
    const std::size_t size = piece.size() - parser.get().body().size;
    out.write({piece.data(), size});
    bytes += size;
    if (progress) progress(bytes, total);
  }
  out.keep();
}

bool ApiClient::stream(const std::string& target,
                       const std::function<bool(const ServerSentEvent&)>& take,
                       const std::string& begin) {
  std::string last_id = begin;
  bool connected_once = false;
  while (true) {
    StreamConnection connection(take, last_id, token_);
    const auto end = connection.run(host_, port_, target);
    if (end == StreamConnection::End::Taken) return false;
    if (end == StreamConnection::End::Interrupted) return true;
    if (last_id == begin && !connected_once) {
      throw cannot_reach(url_, connection.error() ? connection.error().message() : "it hung up");
    }
    if (!connected_once || !connection.error()) {
      std::cerr << "linnet: the server has gone; waiting for it to come back ...\n";
    }
    connected_once = true;
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
