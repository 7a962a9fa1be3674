// SPDX-License-Identifier: Apache-2.0
#pragma once
// One request on its way through the engine, and its answer. Everything refers to the datagram,
// to the room for the answer or to the engine's tables: both live as long as one call.
#include <array>

#include <linnet/client/engine.hpp>

namespace linnet::client {

/// Bytes kept free before the body of an answer, for header and options.
inline constexpr std::size_t kHeaderRoom = 64;
/// Longest payload of one message: what every peer must take (RFC 7252 §4.6).
inline constexpr std::size_t kMaxPayload = 1024;

struct Engine::Incoming {
  PeerId peer = kNoPeer;
  const coap::MessageView* message = nullptr;  ///< null for a notification
  Request request;
  std::uint32_t key = 0;
  std::optional<coap::BlockOption> block2;
  std::optional<std::uint32_t> observe;
  /// Where the body of the answer may be written.
  MutableBytes room;
};

struct Engine::Answer {
  /// Options with a number, in the order of the message; Location-Path stands before Format.
  enum Option : std::uint8_t { ETag, Observe, Format, Block2, Block1, Size2, Size1 };
  static constexpr std::size_t kOptions = 7;

  coap::Code code = coap::Code::Empty;
  std::uint8_t present = 0;  ///< bits (1 << Option)
  std::array<std::uint32_t, kOptions> values{};
  Path location;
  ByteView body;

  Answer() = default;
  explicit Answer(coap::Code c) : code(c) {}
  /// Content.
  Answer(ContentFormat format, ByteView bytes) : code(coap::Code::Content), body(bytes) {
    add(Format, static_cast<std::uint32_t>(format));
  }
  void add(Option option, std::uint32_t value) {
    present |= static_cast<std::uint8_t>(1u << option);
    values[option] = value;
  }
  [[nodiscard]] bool has(Option option) const { return (present >> option & 1u) != 0; }
  /// Writes the whole message to the front of `out`, which may contain `body`. Its size.
  [[nodiscard]] std::size_t write(const coap::Header& header, MutableBytes out) const;
};

/// What two messages must agree in to be parts of one transfer: method, path, queries, formats
/// and, for FETCH, the payload. RFC 7959 §2.4, RFC 7252 §5.6.
[[nodiscard]] std::uint32_t transfer_key(const coap::MessageView& message);

/// Adds "key=number" to a request of ours.
void add_number_query(coap::MessageWriter& message, const char* key, std::uint32_t number);

/// FNV-1a, started with `seed`: for keys and entity tags, not against an attacker.
[[nodiscard]] std::uint32_t fnv1a(ByteView bytes, std::uint32_t seed = 0x811C9DC5);

}  // namespace linnet::client
