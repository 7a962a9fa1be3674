// SPDX-License-Identifier: Apache-2.0
#pragma once
// Two ends of a session with made-up keys, for tests.
#include <linnet/base/check.hpp>
#include <linnet/secure/session.hpp>

namespace linnet::secure {

/// The client's parameters; `mirrored` turns them into the server's. Ids of `id_bytes` both ways.
inline SessionParameters test_parameters(CipherSuite suite, std::uint8_t id_bytes) {
  SessionParameters parameters;
  parameters.suite = suite;
  for (std::size_t i = 0; i < parameters.write.key.size(); ++i) {
    parameters.write.key[i] = static_cast<std::uint8_t>(0x10 + i);
    parameters.read.key[i] = static_cast<std::uint8_t>(0x50 + i);
  }
  for (std::size_t i = 0; i < traits_of(aead_of(suite)).fixed_iv_bytes; ++i) {
    parameters.write.fixed_iv[i] = static_cast<std::uint8_t>(0xA0 + i);
    parameters.read.fixed_iv[i] = static_cast<std::uint8_t>(0xB0 + i);
  }
  const auto fill = [id_bytes](ConnectionId& id, int first) {
    id.used = id_bytes != 0;
    id.size = id_bytes;
    for (std::size_t i = 0; i < id_bytes; ++i)
      id.bytes[i] = static_cast<std::uint8_t>(first + static_cast<int>(i));
  };
  fill(parameters.own, 0xD0);
  fill(parameters.peer, 0xC0);
  return parameters;
}

inline SessionParameters mirrored(SessionParameters parameters) {
  std::swap(parameters.write, parameters.read);
  std::swap(parameters.own, parameters.peer);
  std::swap(parameters.next_write, parameters.next_read);
  return parameters;
}

struct SessionPair {
  explicit SessionPair(const SessionParameters& parameters)
      : client(*Session::make(parameters)), server(*Session::make(mirrored(parameters))) {}
  SessionPair(CipherSuite suite, std::uint8_t id_bytes)
      : SessionPair(test_parameters(suite, id_bytes)) {}

  Session client;
  Session server;
};

}  // namespace linnet::secure
