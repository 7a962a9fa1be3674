// SPDX-License-Identifier: Apache-2.0
// A session on stable storage, big-endian: version and flags (1), cipher suite (2), next number to
// write (7), next to read (7), window (8), keys and fixed IVs as long as the algorithm has them,
// own connection id and the peer's, each after its length (1).
#include <algorithm>

#include <linnet/base/check.hpp>
#include <linnet/secure/session.hpp>

#include "secure/big_endian.hpp"

namespace linnet::secure {
namespace {

constexpr std::uint8_t kVersion = 0x10;
constexpr std::uint8_t kClosed = 1;
constexpr std::uint8_t kOwnId = 2;
constexpr std::uint8_t kPeerId = 4;
constexpr std::uint8_t kFlags = kClosed | kOwnId | kPeerId;
/// Holds one more than the largest number.
constexpr std::size_t kNumberBytes = 7;

// Where things stand.
constexpr std::size_t kSuiteAt = 1;
constexpr std::size_t kWriteAt = 3;
constexpr std::size_t kReadAt = kWriteAt + kNumberBytes;
constexpr std::size_t kWindowAt = kReadAt + kNumberBytes;
constexpr std::size_t kKeysAt = kWindowAt + 8;

std::uint8_t* put(std::uint8_t* at, ByteView bytes) {
  std::memcpy(at, bytes.data(), bytes.size());
  return at + bytes.size();
}

void read_id(Reader& in, bool used, ConnectionId& id) {
  const std::size_t size = in.u8();
  if (size > (used ? kMaxConnectionIdBytes : 0)) return in.fail(Error::Malformed);
  const ByteView bytes = in.take(size);
  if (!in.ok()) return;
  std::memcpy(id.bytes.data(), bytes.data(), bytes.size());
  id.size = static_cast<std::uint8_t>(bytes.size());
  id.used = used;
}

}  // namespace

struct SessionPacking {
  static std::uint8_t* put_keys(std::uint8_t* at, const AeadTraits& traits, const WriteKeys& keys) {
    at = put(at, ByteView{keys.key}.first(traits.key_bytes));
    return put(at, ByteView{keys.fixed_iv}.first(traits.fixed_iv_bytes));
  }
  static const std::uint8_t* get_keys(const std::uint8_t* at, const AeadTraits& traits,
                                      WriteKeys& keys) {
    std::memcpy(keys.key.data(), at, traits.key_bytes);
    std::memcpy(keys.fixed_iv.data(), at + traits.key_bytes, traits.fixed_iv_bytes);
    return at + traits.key_bytes + traits.fixed_iv_bytes;
  }
  static std::size_t keys_size(const AeadTraits& traits) {
    return 2 * (std::size_t{traits.key_bytes} + traits.fixed_iv_bytes);
  }

  static void write(Writer& out, const Session& session, std::uint64_t mark) {
    const AeadTraits traits = traits_of(session.aead_);
    const std::size_t size =
        kKeysAt + keys_size(traits) + 2 + session.own_.size + session.peer_.size;
    std::uint8_t* to = out.free().data();
    const bool there = out.free().size() >= size;
    out.advance(size);  // counts, or fails
    if (!there) return;
    to[0] = static_cast<std::uint8_t>(kVersion | (session.closed_ ? kClosed : 0) |
                                      (session.own_.used ? kOwnId : 0) |
                                      (session.peer_.used ? kPeerId : 0));
    store<2>(to + kSuiteAt, static_cast<std::uint16_t>(session.suite_));
    store<kNumberBytes>(to + kWriteAt, mark);
    store<kNumberBytes>(to + kReadAt, session.next_read_);
    store<8>(to + kWindowAt, session.window_);
    std::uint8_t* at = put_keys(to + kKeysAt, traits, session.write_);
    at = put_keys(at, traits, session.read_);
    for (const ConnectionId* id : {&session.own_, &session.peer_}) {
      *at++ = id->size;
      at = put(at, id->view());
    }
  }

  static void read(Reader& in, Session& session) {
    const ByteView fixed = in.take(kKeysAt);
    if (!in.ok()) return;
    const std::uint8_t* from = fixed.data();
    if ((from[0] & ~kFlags) != kVersion) return in.fail(Error::Unsupported);
    session.closed_ = (from[0] & kClosed) != 0;
    session.suite_ = static_cast<CipherSuite>(load<2>(from + kSuiteAt));
    session.aead_ = aead_of(session.suite_);
    if (!session.valid()) return in.fail(Error::Unsupported);
    session.next_write_ = load<kNumberBytes>(from + kWriteAt);
    session.write_limit_ = session.next_write_;
    session.next_read_ = load<kNumberBytes>(from + kReadAt);
    session.window_ = load<8>(from + kWindowAt);
    if (!fits(session)) return in.fail(Error::Malformed);
    const AeadTraits traits = traits_of(session.aead_);
    const ByteView keys = in.take(keys_size(traits));
    if (!in.ok()) return;
    (void)get_keys(get_keys(keys.data(), traits, session.write_), traits, session.read_);
    read_id(in, (from[0] & kOwnId) != 0, session.own_);
    read_id(in, (from[0] & kPeerId) != 0, session.peer_);
  }

  /// Numbers that a session can come to.
  static bool fits(const Session& session) {
    constexpr std::uint64_t kEnd = kMaxSequence + 1;
    if (session.next_write_ > kEnd || session.next_read_ > kEnd) return false;
    if (session.next_read_ == 0) return session.window_ == 0;
    const bool newest = (session.window_ & 1) != 0;
    return newest && (session.next_read_ >= 64 || session.window_ >> session.next_read_ == 0);
  }
};

bool Session::needs_reservation(std::uint32_t ahead) const {
  if (write_limit_ == kUnlimited || write_limit_ > kMaxSequence) return false;
  return next_write_ >= write_limit_ || write_limit_ - next_write_ < (ahead + 1) / 2;
}

std::uint64_t Session::pack(Writer& out, std::uint32_t ahead) {
  const std::uint64_t mark = std::min(next_write_ + ahead, kMaxSequence + 1);
  SessionPacking::write(out, *this, mark);
  if (ahead != 0 && out.ok() && !out.counting()) write_limit_ = std::min(write_limit_, mark);
  return mark;
}

Result<Session> Session::unpack(Reader& in) {
  Result<Session> result = Session();
  SessionPacking::read(in, *result);
  if (!in.ok()) {
    result->wipe();
    result = in.error();
  }
  return result;  // the one object, built where the caller wants it: no copy of the keys
}

CipherSuite Session::packed_suite(ByteView packed) {
  LINNET_CHECK(packed.size() > kKeysAt);
  return static_cast<CipherSuite>(load<2>(packed.data() + kSuiteAt));
}

bool Session::packed_seen(ByteView packed, std::uint64_t sequence) {
  LINNET_CHECK(packed.size() > kKeysAt);
  return seen(load<kNumberBytes>(packed.data() + kReadAt), load<8>(packed.data() + kWindowAt),
              sequence);
}

}  // namespace linnet::secure
