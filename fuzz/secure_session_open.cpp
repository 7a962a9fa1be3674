// SPDX-License-Identifier: Apache-2.0
// What a peer or a stranger can send to a session. The first byte chooses suite, connection id and
// who sends:
// - a stranger: any datagram. Nothing opens, and the session is as before.
// - a peer that has the keys and sends any content in any record of the right form: what opens is
//   what it sealed, once, and never a type that has no place in a session.
#include <array>
#include <cstdlib>
#include <vector>

#include <linnet/secure/aead.hpp>
#include <linnet/secure/session.hpp>

namespace {

using namespace linnet;
using namespace linnet::secure;

using Bytes = std::vector<std::uint8_t>;

constexpr std::array kSuites{CipherSuite::PskAes128Ccm8, CipherSuite::PskAes128Ccm,
                             CipherSuite::PskAes128Gcm, CipherSuite::PskAes256Gcm,
                             CipherSuite::PskChaCha20Poly1305};

void require(bool condition) {
  if (!condition) std::abort();
}

SessionParameters parameters_for(std::uint8_t choice) {
  SessionParameters parameters;
  parameters.suite = kSuites[choice % kSuites.size()];
  for (std::size_t i = 0; i < parameters.read.key.size(); ++i) {
    parameters.read.key[i] = static_cast<std::uint8_t>(i * 7 + 1);
  }
  for (std::size_t i = 0; i < traits_of(aead_of(parameters.suite)).fixed_iv_bytes; ++i) {
    parameters.read.fixed_iv[i] = static_cast<std::uint8_t>(i + 3);
  }
  if ((choice & 0x40) != 0) {
    parameters.own = {{0xC1, 0xC2, 0xC3}, 3, true};
  }
  parameters.next_read = 100;
  return parameters;
}

Bytes packed(Session session) {
  Bytes storage(200);
  Writer out(storage);
  (void)session.pack(out, 0);
  storage.resize(out.size());
  return storage;
}

void stranger(Session& session, ByteView bytes) {
  Bytes datagram(bytes.begin(), bytes.end());
  const Bytes before = packed(session);
  RecordReader reader(datagram, session.own_id().size);
  while (const auto record = reader.next()) require(!session.open(*record, datagram).ok());
  require(packed(session) == before);
}

/// Seals `inner` without asking whether a session would.
Bytes seal_any(const SessionParameters& parameters, std::uint8_t type, std::uint64_t sequence,
               ByteView inner) {
  const AeadTraits traits = traits_of(aead_of(parameters.suite));
  const ByteView id = parameters.own.view();
  Bytes datagram(kRecordHeaderBytes + id.size() + traits.explicit_nonce_bytes + inner.size() +
                 traits.tag_bytes);
  Writer out(datagram);
  out.u8(id.empty() ? type : 25);
  out.u16(kDtls12);
  out.u16(1);
  out.unsigned_be(sequence, 6);
  out.bytes(id);
  out.u16(static_cast<std::uint16_t>(datagram.size() - kRecordHeaderBytes - id.size()));
  if (traits.explicit_nonce_bytes != 0) out.u64(0x0102030405060708);
  std::array<std::uint8_t, kNonceBytes> nonce = parameters.read.fixed_iv;
  for (std::size_t i = 0; i < 8; ++i) {
    if (traits.explicit_nonce_bytes != 0) {
      nonce[4 + i] = static_cast<std::uint8_t>(i + 1);
    } else {
      nonce[4 + i] ^= datagram[3 + i];
    }
  }
  std::array<std::uint8_t, 64> storage{};
  Writer additional(storage);
  if (id.empty()) {
    additional.bytes(ByteView(datagram).subspan(3, 8));
    additional.bytes(ByteView(datagram).first(3));
  } else {
    additional.u64(~std::uint64_t{0});
    additional.u8(25);
    additional.u8(static_cast<std::uint8_t>(id.size()));
    additional.bytes(ByteView(datagram).first(11 + id.size()));
  }
  additional.u16(static_cast<std::uint16_t>(inner.size()));
  const std::size_t at = out.size();
  out.bytes(inner);
  aead_seal(aead_of(parameters.suite), ByteView{parameters.read.key}.first(traits.key_bytes), nonce,
            additional.written(), MutableBytes(datagram).subspan(at), inner.size());
  return datagram;
}

bool may_come(std::uint8_t type) { return type >= 21 && type <= 23; }

/// What `inner` must open to: content and type, or nothing.
bool expected(const Session& session, std::uint8_t outer, ByteView inner, std::size_t& size,
              std::uint8_t& type) {
  size = inner.size();
  type = outer;
  if (session.own_id().size == 0) return may_come(outer);
  while (size > 0 && inner[size - 1] == 0) --size;
  if (size == 0) return false;
  type = inner[--size];
  return may_come(type);
}

void peer(Session& session, const SessionParameters& parameters, ByteView input) {
  Reader in(input);
  while (!in.empty()) {
    const std::uint8_t type = static_cast<std::uint8_t>(18 + in.u8() % 8);
    const std::uint64_t sequence = 90 + in.u8();
    const ByteView inner = in.take(std::min<std::size_t>(in.u8(), in.remaining()));
    if (!in.ok()) return;
    Bytes datagram = seal_any(parameters, type, sequence, inner);
    const Bytes original = datagram;
    const Bytes before = packed(session);
    RecordReader reader(datagram, session.own_id().size);
    const auto record = reader.next();
    if (!record) continue;  // a type that is none
    const auto opened = session.open(*record, datagram);
    std::size_t size = 0;
    std::uint8_t content_type = 0;
    const bool good = expected(session, type, inner, size, content_type);
    if (!opened.ok()) {
      require(!good || opened.error() == Error::Exists);
      require(packed(session) == before);
      continue;
    }
    require(good && equal(opened->plaintext, inner.first(size)));
    require(static_cast<std::uint8_t>(opened->type) == content_type);
    datagram = original;
    RecordReader again(datagram, session.own_id().size);
    require(session.open(*again.next(), datagram).error() == Error::Exists);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const SessionParameters parameters = parameters_for(data[0]);
  Session session = *Session::make(parameters);
  const ByteView rest(data + 1, size - 1);
  if ((data[0] & 0x80) != 0) {
    stranger(session, rest);
  } else {
    peer(session, parameters, rest);
  }
  return 0;
}
