// SPDX-License-Identifier: Apache-2.0
#pragma once
// A small HTTP/1.1 server (RFC 9112) with streams for server-sent events and WebSockets (RFC 6455);
// the API is made on it.
// It runs one thread of its own. The handler is called on that thread and must not block: it may
// keep the `Responder` and answer later, from any thread. Not copyable, not movable.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <linnet/base/address.hpp>

namespace linnet::service {

struct HttpRequest {
  std::string method;
  /// The path as sent, without the query.
  std::string path;
  /// The path cut at '/', each piece percent-decoded.
  std::vector<std::string> segments;
  /// In the order sent, percent-decoded.
  std::vector<std::pair<std::string, std::string>> query;
  /// As sent, in that order.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type;
  std::string body;
  /// Who sent it, as the socket says.
  SocketAddress peer;
  /// It came through TLS.
  bool secure = false;

  /// The first query parameter of that name, or null.
  [[nodiscard]] const std::string* find(std::string_view name) const;
  /// The first header of that name, in any letter case; empty if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  /// Methods for the Allow header of a 405.
  std::string allow;
  /// What else is in the header. A Cache-Control here takes the place of "no-store".
  std::vector<std::pair<std::string, std::string>> headers{};
};

/// What a stream writes, pulled by the connection when the peer has taken the last piece: a slow
/// peer costs the size of one piece and nothing else.
class StreamSource {
 public:
  virtual ~StreamSource() = default;
  /// Appends what is ready to `out`; nothing is a fine answer, then `HttpServer::wake_streams`
  /// makes the connection ask again. False ends the stream. Called on the server's thread.
  virtual bool next(std::string& out) = 0;
  /// Of the answer, where it is no WebSocket. Static lifetime.
  [[nodiscard]] virtual std::string_view content_type() const { return "text/event-stream"; }
};

/// Answers one request, once; further calls do nothing. Copies share that request. Any thread;
/// does nothing once the server or the connection is gone.
class Responder {
 public:
  struct Connection;
  Responder(std::shared_ptr<Connection> connection, std::uint64_t request)
      : connection_(std::move(connection)), request_(request) {}

  void send(HttpResponse response) const;
  /// Calls `observer` with the status once the request is answered, on the server's thread; after
  /// those that were set before.
  /// Set it before the responder is copied; a stream counts as answered with 200.
  void observe(std::function<void(unsigned status)> observer) {
    if (observer_) {
      observer = [before = observer_, next = std::move(observer)](unsigned status) {
        (*before)(status);
        next(status);
      };
    }
    observer_ = std::make_shared<std::function<void(unsigned)>>(std::move(observer));
  }
  /// A stream that is started goes on only while `may` says so: it is asked before each piece, and
  /// when `HttpServer::wake_streams` is called. On the server's thread. Set it before the responder
  /// is copied.
  void stream_while(std::function<bool()> may) {
    may_stream_ = std::make_shared<std::function<bool()>>(std::move(may));
  }
  /// Starts an answer whose length nobody knows yet: a `text/event-stream`, or what the source
  /// says.
  void stream(std::unique_ptr<StreamSource> source) const;
  /// Starts a WebSocket; `source` gives whole frames. What the client says in messages is ignored.
  /// A request that did not ask for a WebSocket is told to.
  void websocket(std::unique_ptr<StreamSource> source) const;

 private:
  void start(std::unique_ptr<StreamSource> source, bool framed) const;

  std::shared_ptr<Connection> connection_;
  std::uint64_t request_;
  std::shared_ptr<std::function<void(unsigned)>> observer_;
  std::shared_ptr<std::function<bool()>> may_stream_;
};

struct HttpOptions {
  SocketAddress address = SocketAddress::v4(127, 0, 0, 1, 8080);
  std::size_t max_body = 16u << 20;
  std::size_t max_connections = 1024;
  /// A connection that neither sends nor takes anything for so long is closed.
  std::chrono::seconds idle{60};
  /// A comment, or a ping, is sent on a stream that was silent for so long.
  std::chrono::seconds heartbeat{15};
  /// Streams and WebSockets at the same time.
  std::size_t max_streams = 512;
  /// Refuse requests whose Host is not this machine when bound to loopback: a web page must not
  /// reach the API by pointing its own name at 127.0.0.1.
  bool check_host = true;
  /// The same through TLS, at another port.
  bool serve_tls = false;
  SocketAddress tls_address{{}, 8443};
  /// PEM, the server's own certificate first.
  std::filesystem::path certificate{};
  std::filesystem::path private_key{};
};

/// Throws posix::SetupError if TLS is to be served and certificate or key cannot be used.
void check_tls(const HttpOptions& options);

class HttpServer {
 public:
  using Handler = std::function<void(HttpRequest, Responder)>;

  /// Binds and starts the thread. Throws posix::SetupError, with the reason for a person.
  HttpServer(const HttpOptions& options, Handler handler);
  /// Closes every connection and joins the thread.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Shows another certificate from the next connection on, or the same file read again. Throws
  /// posix::SetupError, and then all stays as it is. Any thread.
  void set_certificate(const std::filesystem::path& certificate,
                       const std::filesystem::path& private_key);

  /// What it is bound to, with the port that was found.
  [[nodiscard]] SocketAddress local() const;
  /// The same for TLS; port 0 without.
  [[nodiscard]] SocketAddress secure_local() const;
  /// Makes idle streams ask their source. Any thread; calls in a burst cost one.
  void wake_streams();
  /// How many are open. Any thread.
  [[nodiscard]] std::size_t streams() const;

  /// Takes no new connection, ends streams and idle connections, lets requests under way be
  /// answered, and then calls `done` once, on the server's thread. Any thread.
  void drain(std::function<void()> done);

  struct State;

 private:
  std::shared_ptr<State> state_;
};

/// Percent-decodes; nothing for a broken escape or an encoded NUL.
[[nodiscard]] bool percent_decode(std::string_view text, bool plus_is_space, std::string& out);
/// Percent-encodes everything but the unreserved characters of RFC 3986 and ':'.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace linnet::service
