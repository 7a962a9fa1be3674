// SPDX-License-Identifier: Apache-2.0
#pragma once
// The frames of a WebSocket (RFC 6455), server's side. Written by hand because many small messages
// have to go out in one write: a stream of events is one piece of bytes whatever its form, so that
// a slow reader costs one piece and a busy one no system call an event.
// Read first: RFC 6455 §5 (framing), §4.2.2 (the opening handshake), §7.4 (status codes).
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace linnet::service {

enum class WebSocketOp : std::uint8_t {
  Continuation = 0,
  Text = 1,
  Binary = 2,
  Close = 8,
  Ping = 9,
  Pong = 10
};

enum class WebSocketStatus : std::uint16_t {
  Normal = 1000,
  GoingAway = 1001,
  ProtocolError = 1002,
  TooBig = 1009,
};

/// For `Sec-WebSocket-Accept`; empty if `key` is not sixteen bytes in base64.
[[nodiscard]] std::string websocket_accept(std::string_view key);

/// Appends a whole message, as a server sends it.
void append_frame(std::string& out, WebSocketOp op, std::string_view payload);
void append_close(std::string& out, WebSocketStatus status, std::string_view reason);

/// Takes apart what a client sends. What it says in messages is not kept: a stream goes one way.
class WebSocketReader {
 public:
  /// A client that sends longer messages is refused.
  explicit WebSocketReader(std::size_t max_message) : max_message_(max_message) {}

  void feed(std::string_view bytes) { buffer_.append(bytes); }

  struct Control {
    WebSocketOp op;
    std::string payload;
  };
  /// The next control frame in what was fed.
  [[nodiscard]] std::optional<Control> next();
  /// What was fed breaks the protocol: the connection has to be closed with this.
  [[nodiscard]] std::optional<WebSocketStatus> error() const { return error_; }

 private:
  std::optional<Control> fail(WebSocketStatus status);

  std::size_t max_message_;
  std::string buffer_;
  std::size_t skip_ = 0;     // bytes of a message still to come
  std::size_t message_ = 0;  // bytes of the message so far
  bool in_message_ = false;  // its last fragment has not come
  std::optional<WebSocketStatus> error_;
};

}  // namespace linnet::service
