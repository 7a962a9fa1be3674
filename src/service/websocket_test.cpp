// SPDX-License-Identifier: Apache-2.0
// Pins the frames of WebSockets: examples of RFC 6455, every cut, and what is refused.
#include "service/websocket.hpp"

#include <gtest/gtest.h>
#include <hex.hpp>

namespace linnet::service {
namespace {

std::string masked(WebSocketOp op, std::string_view payload, bool last = true) {
  std::string out;
  append_frame(out, op, payload);
  const std::size_t head = out.size() - payload.size();
  out[1] = static_cast<char>(static_cast<std::uint8_t>(out[1]) | 0x80);
  if (!last) out[0] = static_cast<char>(static_cast<std::uint8_t>(out[0]) & 0x7F);
  const std::string key = "\x37\xfa\x21\x3d";
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out[head + i] = static_cast<char>(out[head + i] ^ key[i % 4]);
  }
  out.insert(head, key);
  return out;
}

TEST(WebSocket, AcceptsTheKeyOfTheStandard) {
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25j"), "");
  EXPECT_EQ(websocket_accept("not base64 at all!!!"), "");
}

TEST(WebSocket, WritesLengthsInTheThreeForms) {
  std::string out;
  append_frame(out, WebSocketOp::Text, "Hello");
  EXPECT_EQ(out, "\x81\x05Hello");
  for (const std::size_t size : {125u, 126u, 65535u, 65536u}) {
    out.clear();
    append_frame(out, WebSocketOp::Text, std::string(size, 'x'));
    EXPECT_EQ(out.size() - size, size <= 125 ? 2u : size <= 65535 ? 4u : 10u);
  }
  EXPECT_EQ(out.substr(0, 10), std::string("\x81\x7f\0\0\0\0\0\1\0\0", 10));
  out.clear();
  append_close(out, WebSocketStatus::GoingAway, "bye");
  EXPECT_EQ(out, std::string("\x88\x05\x03\xe9", 4) + "bye");
}

TEST(WebSocket, TakesControlFramesOutOfWhatComes) {
  const std::string bytes =
      masked(WebSocketOp::Text, "ignored") + masked(WebSocketOp::Ping, "Hello") +
      masked(WebSocketOp::Text, std::string(300, 'x'), false) + masked(WebSocketOp::Pong, "") +
      masked(WebSocketOp::Continuation, "end") + masked(WebSocketOp::Close, "\x03\xe8");
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    WebSocketReader reader(1000);
    std::string seen;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      reader.feed(std::string_view(bytes).substr(at, piece));
      while (const auto control = reader.next()) {
        seen += std::to_string(static_cast<int>(control->op)) + control->payload + " ";
      }
    }
    EXPECT_EQ(seen, "9Hello 10 8\x03\xe8 ") << piece;
    EXPECT_FALSE(reader.error());
  }
}

TEST(WebSocket, RefusesWhatBreaksTheProtocol) {
  const auto error = [](const std::string& bytes) {
    WebSocketReader reader(100);
    reader.feed(bytes);
    while (reader.next()) {
    }
    return reader.error().value_or(WebSocketStatus::Normal);
  };
  EXPECT_EQ(error("\x81\x05Hello"), WebSocketStatus::ProtocolError);  // not masked
  EXPECT_EQ(error("\xC1\x85"
                  "maskHello"),
            WebSocketStatus::ProtocolError);                         // compressed
  EXPECT_EQ(error("\x83\x80mask"), WebSocketStatus::ProtocolError);  // unknown
  EXPECT_EQ(error("\x8B\x80mask"), WebSocketStatus::ProtocolError);
  EXPECT_EQ(error("\x09\x80mask"), WebSocketStatus::ProtocolError);  // ping in pieces
  EXPECT_EQ(error(masked(WebSocketOp::Ping, std::string(126, 'x'))),
            WebSocketStatus::ProtocolError);
  EXPECT_EQ(error(masked(WebSocketOp::Continuation, "x")), WebSocketStatus::ProtocolError);
  EXPECT_EQ(error(masked(WebSocketOp::Text, "x", false) + masked(WebSocketOp::Text, "x")),
            WebSocketStatus::ProtocolError);
  EXPECT_EQ(error(masked(WebSocketOp::Text, std::string(101, 'x'))), WebSocketStatus::TooBig);
  EXPECT_EQ(error(masked(WebSocketOp::Text, std::string(60, 'x'), false) +
                  masked(WebSocketOp::Continuation, std::string(60, 'x'))),
            WebSocketStatus::TooBig);
  EXPECT_EQ(error("\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff"
                  "mask"),
            WebSocketStatus::TooBig);
  EXPECT_EQ(error(masked(WebSocketOp::Text, std::string(100, 'x'))), WebSocketStatus::Normal);
}

}  // namespace
}  // namespace linnet::service
