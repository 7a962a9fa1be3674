// SPDX-License-Identifier: Apache-2.0
// A session on stable storage, big-endian: version and flags (1), cipher suite (2), next number to
// write (7), next to read (7), window (8), keys and fixed IVs as long as the algorithm has them,
// own connection id and the peer's, each after its length (1).
#include <algorithm>

#include <linnet/secure/session.hpp>

namespace linnet::secure {
namespace {

constexpr std::uint8_t kVersion = 0x10;
constexpr std::uint8_t kClosed = 1;
constexpr std::uint8_t kOwnId = 2;
constexpr std::uint8_t kPeerId = 4;
constexpr std::uint8_t kFlags = kClosed | kOwnId | kPeerId;
/// Holds one more than the largest number.
constexpr std::size_t kNumberBytes = 7;

void read_bytes(Reader& in, MutableBytes out) {
  const ByteView bytes = in.take(out.size());
  std::copy(bytes.begin(), bytes.end(), out.begin());
}

void read_id(Reader& in, bool used, ConnectionId& id) {
  id.used = used;
  id.size = in.u8();
  if (id.size > (used ? kMaxConnectionIdBytes : 0)) {
    in.fail(Error::Malformed);
    id.size = 0;
  }
  read_bytes(in, MutableBytes{id.bytes}.first(id.size));
}

}  // namespace

struct SessionPacking {
  static void keys(Writer& out, const AeadTraits& traits, const WriteKeys& keys) {
    out.bytes(ByteView{keys.key}.first(traits.key_bytes));
    out.bytes(ByteView{keys.fixed_iv}.first(traits.fixed_iv_bytes));
  }
  static void keys(Reader& in, const AeadTraits& traits, WriteKeys& keys) {
    read_bytes(in, MutableBytes{keys.key}.first(traits.key_bytes));
    read_bytes(in, MutableBytes{keys.fixed_iv}.first(traits.fixed_iv_bytes));
  }

  static void write(Writer& out, const Session& session, std::uint64_t mark) {
    const AeadTraits traits = traits_of(session.aead_);
    out.u8(static_cast<std::uint8_t>(kVersion | (session.closed_ ? kClosed : 0) |
                                     (session.own_.used ? kOwnId : 0) |
                                     (session.peer_.used ? kPeerId : 0)));
    out.u16(static_cast<std::uint16_t>(session.suite_));
    out.unsigned_be(mark, kNumberBytes);
    out.unsigned_be(session.next_read_, kNumberBytes);
    out.u64(session.window_);
    keys(out, traits, session.write_);
    keys(out, traits, session.read_);
    for (const ConnectionId* id : {&session.own_, &session.peer_}) {
      out.u8(id->size);
      out.bytes(id->view());
    }
  }

  static void read(Reader& in, Session& session) {
    const std::uint8_t head = in.u8();
    if ((head & ~kFlags) != kVersion) return in.fail(Error::Unsupported);
    session.closed_ = (head & kClosed) != 0;
    session.suite_ = static_cast<CipherSuite>(in.u16());
    session.aead_ = aead_of(session.suite_);
    if (!session.valid()) return in.fail(Error::Unsupported);
    const AeadTraits traits = traits_of(session.aead_);
    session.next_write_ = in.unsigned_be(kNumberBytes);
    session.write_limit_ = session.next_write_;
    session.next_read_ = in.unsigned_be(kNumberBytes);
    session.window_ = in.u64();
    keys(in, traits, session.write_);
    keys(in, traits, session.read_);
    read_id(in, (head & kOwnId) != 0, session.own_);
    read_id(in, (head & kPeerId) != 0, session.peer_);
    if (!fits(session)) in.fail(Error::Malformed);
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

}  // namespace linnet::secure
