// SPDX-License-Identifier: Apache-2.0
#pragma once
// The bytes of an HTTP connection, in the clear or through TLS, under one type: what reads and
// writes them need not know. It is an AsyncStream of Boost.Beast. Only for http_server.cpp, for
// what it costs to compile. The server's thread.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

namespace linnet::service {

class HttpStream {
 public:
  using Plain = boost::beast::tcp_stream;
  using Secure = boost::asio::ssl::stream<Plain>;
  using Context = boost::asio::ssl::context;
  using executor_type = Plain::executor_type;

  /// With a context it is TLS, and `async_handshake` comes first.
  HttpStream(boost::asio::ip::tcp::socket socket, std::shared_ptr<Context> context)
      : context_(std::move(context)) {
    if (context_) {
      secure_.emplace(std::move(socket), *context_);
    } else {
      plain_.emplace(std::move(socket));
    }
  }

  [[nodiscard]] bool is_secure() const { return secure_.has_value(); }
  [[nodiscard]] Plain& lowest() { return secure_ ? secure_->next_layer() : *plain_; }
  [[nodiscard]] executor_type get_executor() { return lowest().get_executor(); }
  [[nodiscard]] boost::asio::ip::tcp::socket& socket() { return lowest().socket(); }
  void expires_after(std::chrono::seconds time) { lowest().expires_after(time); }
  void expires_never() { lowest().expires_never(); }
  void close() { lowest().close(); }

  /// REQUIRES: `is_secure()`.
  template <typename Handler>
  void async_handshake(Handler&& handler) {
    secure_->async_handshake(boost::asio::ssl::stream_base::server, std::forward<Handler>(handler));
  }
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
  std::shared_ptr<Context> context_;
  std::optional<Plain> plain_;
  std::optional<Secure> secure_;
};

/// TLS 1.2 and later with that certificate, PEM, the server's own first. Throws posix::SetupError.
[[nodiscard]] std::shared_ptr<HttpStream::Context> make_tls(
    const std::filesystem::path& certificate, const std::filesystem::path& private_key);

}  // namespace linnet::service
