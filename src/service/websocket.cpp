// SPDX-License-Identifier: Apache-2.0
#include "websocket.hpp"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <algorithm>
#include <array>

#include "json_values.hpp"

namespace linnet::service {
namespace {

constexpr std::size_t kMaxControl = 125;
constexpr std::size_t kKeyBytes = 16;

}  // namespace

std::string websocket_accept(std::string_view key) {
  const auto bytes = base64_decode(key);
  if (!bytes || bytes->size() != kKeyBytes) return {};
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<std::uint8_t, 20> digest{};
  if (gnutls_hash_fast(GNUTLS_DIG_SHA1, text.data(), text.size(), digest.data()) != 0) return {};
  return base64_encode(digest);
}

void append_frame(std::string& out, WebSocketOp op, std::string_view payload) {
  out += static_cast<char>(0x80 | static_cast<unsigned>(op));
  const std::size_t size = payload.size();
  const auto add = [&](int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
      out += static_cast<char>(static_cast<std::uint8_t>(std::uint64_t{size} >> shift));
    }
  };
  if (size <= kMaxControl) {
    add(1);
  } else if (size <= 0xFFFF) {
    out += static_cast<char>(126);
    add(2);
  } else {
    out += static_cast<char>(127);
    add(8);
  }
  out += payload;
}

void append_close(std::string& out, WebSocketStatus status, std::string_view reason) {
  const auto code = static_cast<unsigned>(status);
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  payload += reason.substr(0, kMaxControl - 2);
  append_frame(out, WebSocketOp::Close, payload);
}

std::optional<WebSocketReader::Control> WebSocketReader::fail(WebSocketStatus status) {
  error_ = status;
  buffer_.clear();
  return {};
}

std::optional<WebSocketReader::Control> WebSocketReader::next() {
  while (!error_) {
    const std::size_t skipped = std::min(skip_, buffer_.size());
    buffer_.erase(0, skipped);
    skip_ -= skipped;
    if (skip_ != 0 || buffer_.size() < 2) return {};
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(buffer_[i]); };
    const bool last = (byte(0) & 0x80) != 0, masked = (byte(1) & 0x80) != 0;
    const auto op = static_cast<WebSocketOp>(byte(0) & 0x0F);
    const bool control = (byte(0) & 0x08) != 0;
    // No extension was agreed on, and a client masks what it sends (§5.1, §5.2).
    if ((byte(0) & 0x70) != 0 || !masked) return fail(WebSocketStatus::ProtocolError);
    std::uint64_t size = byte(1) & 0x7F;
    const std::size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
    const std::size_t head = 2 + more + 4;
    if (buffer_.size() < head) return {};
    if (more != 0) size = 0;
    for (std::size_t i = 0; i < more; ++i) size = size << 8 | byte(2 + i);
    if (control) {
      const bool known =
          op == WebSocketOp::Close || op == WebSocketOp::Ping || op == WebSocketOp::Pong;
      if (!known || !last || size > kMaxControl) return fail(WebSocketStatus::ProtocolError);
      if (buffer_.size() < head + size) return {};
      Control found{op, buffer_.substr(head, static_cast<std::size_t>(size))};
      for (std::size_t i = 0; i < found.payload.size(); ++i) {
        found.payload[i] =
            static_cast<char>(static_cast<std::uint8_t>(found.payload[i]) ^ byte(head - 4 + i % 4));
      }
      buffer_.erase(0, head + static_cast<std::size_t>(size));
      return found;
    }
    const bool known = op == WebSocketOp::Text || op == WebSocketOp::Binary;
    if (in_message_ ? op != WebSocketOp::Continuation : !known) {
      return fail(WebSocketStatus::ProtocolError);
    }
    if (size > max_message_ - message_) return fail(WebSocketStatus::TooBig);
    message_ = last ? 0 : message_ + static_cast<std::size_t>(size);
    in_message_ = !last;
    skip_ = static_cast<std::size_t>(size);
    buffer_.erase(0, head);
  }
  return {};
}

}  // namespace linnet::service
