// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <linnet/base/check.hpp>
#include <linnet/secure/aead.hpp>
#include <linnet/secure/session.hpp>
#include <linnet/secure/wipe.hpp>

#include "secure/big_endian.hpp"

namespace linnet::secure {
namespace {

constexpr std::uint16_t kEpoch = 1;
constexpr std::uint64_t kWindow = 64;
constexpr std::size_t kSequenceAt = 3;  // in a header: epoch and number
constexpr std::size_t kSequenceBytes = 8;
constexpr std::size_t kIdAt = kSequenceAt + kSequenceBytes;
constexpr std::uint8_t kConnectionIdType = static_cast<std::uint8_t>(ContentType::ConnectionId);

using Nonce = std::array<std::uint8_t, kNonceBytes>;

/// The additional data of a record (RFC 5246 §6.2.3.3, RFC 9146 §5.3), from its header.
class AdditionalData {
 public:
  /// `header` is the record's, with the connection id and without the length.
  AdditionalData(ByteView header, std::size_t plaintext_size) {
    std::uint8_t* at = bytes_.data();
    if (header[0] == kConnectionIdType) {
      store<8>(at, ~std::uint64_t{0});  // seq_num_placeholder
      at[8] = kConnectionIdType;
      at[9] = static_cast<std::uint8_t>(header.size() - kIdAt);
      at = append(at + 10, header);  // type, version, epoch and number, connection id
    } else {
      at = append(at, header.subspan(kSequenceAt));  // epoch and number
      at = append(at, header.first(kSequenceAt));    // type, version
    }
    store<2>(at, plaintext_size);
    size_ = static_cast<std::size_t>(at + 2 - bytes_.data());
  }
  [[nodiscard]] ByteView view() const { return ByteView{bytes_}.first(size_); }

 private:
  static std::uint8_t* append(std::uint8_t* at, ByteView bytes) {
    std::memcpy(at, bytes.data(), bytes.size());
    return at + bytes.size();
  }

  std::array<std::uint8_t, 23 + kMaxConnectionIdBytes> bytes_;
  std::size_t size_ = 0;
};

/// `explicit_part` is what stands in the record (RFC 5288 §3, RFC 6655 §3), or, if the algorithm
/// has none, epoch and number (RFC 7905 §2).
Nonce make_nonce(const AeadTraits& traits, const WriteKeys& keys, ByteView explicit_part) {
  Nonce nonce = keys.fixed_iv;
  const std::size_t at = kNonceBytes - kSequenceBytes;
  for (std::size_t i = 0; i < kSequenceBytes; ++i) {
    const std::uint8_t fixed = traits.explicit_nonce_bytes == 0 ? nonce[at + i] : std::uint8_t{0};
    nonce[at + i] = fixed ^ explicit_part[i];
  }
  return nonce;
}

/// The window of a side that has opened every number below `next`.
std::uint64_t full_window(std::uint64_t next) {
  return next >= kWindow ? ~std::uint64_t{0} : (std::uint64_t{1} << next) - 1;
}

bool is_inner_type(std::uint8_t type) {
  return type >= static_cast<std::uint8_t>(ContentType::Alert) &&
         type <= static_cast<std::uint8_t>(ContentType::ApplicationData);
}

}  // namespace

Result<Session> Session::make(const SessionParameters& parameters) {
  Result<Session> result = Session();
  Session& session = *result;
  session.aead_ = aead_of(parameters.suite);
  if (!session.valid()) {
    result = Error::Unsupported;
    return result;
  }
  session.suite_ = parameters.suite;
  session.next_write_ = parameters.next_write;
  session.next_read_ = parameters.next_read;
  session.window_ = full_window(parameters.next_read);
  session.write_ = parameters.write;
  session.read_ = parameters.read;
  session.own_ = parameters.own;
  session.peer_ = parameters.peer;
  return result;
}

std::size_t Session::headroom() const {
  return kRecordHeaderBytes + peer_.size + traits_of(aead_).explicit_nonce_bytes;
}

// [TR-13]
std::size_t Session::overhead() const {
  return headroom() + (peer_.size != 0 ? 1 : 0) + traits_of(aead_).tag_bytes;
}

Result<std::size_t> Session::seal(ContentType type, ByteView plaintext, MutableBytes out) {
  if (!valid() || closed_) return Error::State;
  if (next_write_ > kMaxSequence) return Error::Range;
  if (next_write_ >= write_limit_) return Error::Busy;
  // An id of no bytes was negotiated for the other direction only (RFC 9146 §3).
  const bool with_id = peer_.size != 0;
  const AeadTraits traits = traits_of(aead_);
  const std::size_t inner = plaintext.size() + (with_id ? 1 : 0);
  if (inner > kMaxPlaintextBytes) return Error::TooLarge;
  const std::size_t size = overhead() + plaintext.size();
  if (out.size() < size) return Error::NoSpace;

  const MutableBytes body = out.subspan(headroom(), inner + traits.tag_bytes);
  if (body.data() != plaintext.data() && !plaintext.empty()) {
    std::memmove(body.data(), plaintext.data(), plaintext.size());
  }
  if (with_id) body[plaintext.size()] = static_cast<std::uint8_t>(type);

  std::uint8_t* header = out.data();
  header[0] = with_id ? kConnectionIdType : static_cast<std::uint8_t>(type);
  store<2>(header + 1, kDtls12);
  store<8>(header + kSequenceAt, std::uint64_t{kEpoch} << 48 | next_write_++);
  std::memcpy(header + kIdAt, peer_.bytes.data(), peer_.size);
  const std::size_t length_at = kIdAt + peer_.size;
  const AdditionalData additional(out.first(length_at), inner);
  store<2>(header + length_at, traits.explicit_nonce_bytes + body.size());
  // The explicit part only has to differ from record to record: the number does.
  const ByteView sequence = out.subspan(kSequenceAt, kSequenceBytes);
  std::memcpy(header + length_at + 2, sequence.data(), traits.explicit_nonce_bytes);

  const Nonce nonce = make_nonce(traits, write_, sequence);
  aead_seal(aead_, ByteView{write_.key}.first(traits.key_bytes), nonce, additional.view(), body,
            inner);
  return size;
}

Result<std::size_t> Session::seal_alert(AlertLevel level, Alert alert, MutableBytes out) {
  const std::array<std::uint8_t, 2> content{static_cast<std::uint8_t>(level),
                                            static_cast<std::uint8_t>(alert)};
  LINNET_TRY_ASSIGN(const std::size_t size, seal(ContentType::Alert, content, out));
  closed_ = level == AlertLevel::Fatal || alert == Alert::CloseNotify;
  return size;
}

Error Session::check_outer_form(const RecordView& record) const {
  if (!valid()) return Error::State;
  if (record.epoch != kEpoch) return Error::NotFound;
  // With an id given out, a record without one is as wrong as one with another (RFC 9146 §3).
  const bool with_id = record.type == ContentType::ConnectionId;
  if (with_id != (own_.size != 0)) return Error::NotFound;
  if (with_id && !equal(record.connection_id, own_.view())) return Error::NotFound;
  if (record.version != kDtls12) return Error::Malformed;
  if (!with_id && !is_inner_type(static_cast<std::uint8_t>(record.type))) return Error::Malformed;
  return seen(next_read_, window_, record.sequence) ? Error::Exists : Error::Ok;
}

Result<OpenedRecord> Session::open(const RecordView& record, MutableBytes datagram) {
  LINNET_TRY(Status(check_outer_form(record)));
  const AeadTraits traits = traits_of(aead_);
  if (record.fragment.size() < std::size_t{traits.explicit_nonce_bytes} + traits.tag_bytes) {
    return Error::Malformed;
  }
  const std::size_t inner = record.fragment.size() - traits.explicit_nonce_bytes - traits.tag_bytes;
  if (inner > kMaxPlaintextBytes) return Error::Malformed;
  const auto at = static_cast<std::size_t>(record.fragment.data() - datagram.data());
  LINNET_CHECK(at <= datagram.size() && record.fragment.size() <= datagram.size() - at);
  const MutableBytes body = datagram.subspan(at, record.fragment.size());

  const ByteView header = record.whole.first(kIdAt + own_.size);
  const ByteView explicit_part =
      traits.explicit_nonce_bytes != 0 ? record.fragment : header.subspan(kSequenceAt);
  const Nonce nonce = make_nonce(traits, read_, explicit_part);
  const AdditionalData additional(header, inner);
  OpenedRecord opened;
  opened.plaintext = body.subspan(traits.explicit_nonce_bytes);
  LINNET_TRY_ASSIGN(const std::size_t size,
                    aead_open(aead_, ByteView{read_.key}.first(traits.key_bytes), nonce,
                              additional.view(), opened.plaintext));
  opened.plaintext = opened.plaintext.first(size);
  opened.type = record.type;
  if (own_.size != 0) LINNET_TRY(unwrap(opened));
  opened.newest = record.sequence >= next_read_;
  note(record.sequence);
  return opened;
}

/// Takes padding and the true type off the end (RFC 9146 §4).
Status Session::unwrap(OpenedRecord& opened) {
  std::size_t size = opened.plaintext.size();
  while (size > 0 && opened.plaintext[size - 1] == 0) --size;
  if (size == 0 || !is_inner_type(opened.plaintext[size - 1])) return Error::Malformed;
  opened.type = static_cast<ContentType>(opened.plaintext[size - 1]);
  opened.plaintext = opened.plaintext.first(size - 1);
  return {};
}

bool Session::seen(std::uint64_t next_read, std::uint64_t window, std::uint64_t sequence) {
  if (sequence >= next_read) return false;
  const std::uint64_t age = next_read - 1 - sequence;
  return age >= kWindow || (window >> age & 1) != 0;
}

// [SEC-01]
void Session::note(std::uint64_t sequence) {
  if (sequence < next_read_) {
    window_ |= std::uint64_t{1} << (next_read_ - 1 - sequence);
    return;
  }
  const std::uint64_t step = sequence + 1 - next_read_;
  window_ = (step >= kWindow ? 0 : window_ << step) | 1;
  next_read_ = sequence + 1;
}

void Session::wipe() {
  secure::wipe({reinterpret_cast<std::uint8_t*>(this), sizeof *this});
  *this = Session();
}

}  // namespace linnet::secure
