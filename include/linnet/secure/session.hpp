// SPDX-License-Identifier: Apache-2.0
#pragma once
// A DTLS 1.2 session after its handshake: keys, record numbers, replay window and connection ids
// of epoch 1, and nothing else (RFC 6347 §4.1, RFC 9146). A value; whoever holds it owns the keys
// and the numbers: there is one owner, and a copy that seals as well breaks the encryption.
//
// No heap, no clock. One thread at a time. Renegotiation is not supported, so there is only
// epoch 1 in both directions.
//
// Surviving a restart: `pack` gives everything in about 70 bytes, with a number to write next that
// lies `ahead` of the one in use. The owner stores that before it goes on, and packs again when
// `needs_reservation`; `seal` refuses to pass the stored mark. So no number is used twice, whatever
// is lost in between.
#include <array>
#include <cstdint>
#include <limits>

#include <linnet/base/bytes.hpp>
#include <linnet/secure/alert.hpp>
#include <linnet/secure/cipher_suite.hpp>
#include <linnet/secure/record.hpp>

namespace linnet::secure {

/// A connection id, of whoever is to read it.
struct ConnectionId {
  std::array<std::uint8_t, kMaxConnectionIdBytes> bytes{};
  std::uint8_t size = 0;
  /// Negotiated at all; an empty id may be.
  bool used = false;

  [[nodiscard]] ByteView view() const { return ByteView{bytes}.first(size); }
};

/// The keys of one direction.
struct WriteKeys {
  std::array<std::uint8_t, 32> key{};
  std::array<std::uint8_t, 12> fixed_iv{};
};

/// What a handshake gives.
struct SessionParameters {
  CipherSuite suite = CipherSuite::None;
  WriteKeys write;
  WriteKeys read;
  std::uint64_t next_write = 0;  ///< number of the next record we send in epoch 1
  /// Numbers received in epoch 1 so far, as `Session::open` would have noted them.
  std::uint64_t next_read = 0;  ///< one above the highest; 0: none
  ConnectionId own;             ///< on records we receive
  ConnectionId peer;            ///< on records we send
};

/// A record that was opened.
struct OpenedRecord {
  ContentType type{};  ///< never `ConnectionId`
  MutableBytes plaintext{};
  /// Its number is above all before: its source address may become the peer's (RFC 9146 §6).
  bool newest = false;
};

class Session {
 public:
  Session() = default;
  /// `Unsupported` if the suite is no AEAD we have.
  [[nodiscard]] static Result<Session> make(const SessionParameters& parameters);

  [[nodiscard]] bool valid() const { return aead_ != Aead::None; }
  [[nodiscard]] CipherSuite suite() const { return suite_; }
  [[nodiscard]] const ConnectionId& own_id() const { return own_; }
  [[nodiscard]] const ConnectionId& peer_id() const { return peer_; }

  /// Bytes a record takes besides its plaintext: 29 for CCM-8 without connection id [TR-13].
  [[nodiscard]] std::size_t overhead() const;
  /// Where in the room given to `seal` the plaintext comes to lie. Written there by the caller it
  /// need not be copied.
  [[nodiscard]] std::size_t headroom() const;

  /// Writes a record with `plaintext`, which may lie in `out` at `headroom()` already, and uses up
  /// a number. Returns its size. `NoSpace`: `out` is too small; `TooLarge`: more than a record may
  /// hold, 2^14; `State`: the session ended; `Busy`: the stored mark is reached, reserve first;
  /// `Range`: all 2^48 numbers are used up, only a new handshake helps.
  [[nodiscard]] Result<std::size_t> seal(ContentType type, ByteView plaintext, MutableBytes out);

  /// Opens a record of epoch 1 in place: `record.fragment` lies in `datagram`, which is written to.
  /// Each number opens once [SEC-01]. `Unauthorized`: the tag is wrong; `Exists`: seen before, or
  /// older than the window of 64; `NotFound`: another epoch or connection id; `Malformed`: cannot
  /// be one. Whatever it is, drop it silently [SEC-44]: the session is as before.
  [[nodiscard]] Result<OpenedRecord> open(const RecordView& record, MutableBytes datagram);

  /// Seals an alert. After a fatal one or close_notify only `open` goes on.
  [[nodiscard]] Result<std::size_t> seal_alert(AlertLevel level, Alert alert, MutableBytes out);

  // Over a restart.
  /// How many numbers are set aside at a time, unless the owner says otherwise.
  static constexpr std::uint32_t kAhead = 4096;
  /// Whether fewer than half of `ahead` numbers are left before the mark. Never before the first
  /// `pack`.
  [[nodiscard]] bool needs_reservation(std::uint32_t ahead = kAhead) const;
  /// Writes all of it, keys too: the place it is stored in is as secret as they are. Returns the
  /// number at which a session restored from it goes on, and from now on `seal` refuses to reach
  /// it. Several may be on their way to storage, in order and with the same `ahead`. With 0 that
  /// number is the very next one: only for a place that is lost together with this process, or if
  /// nothing is sealed any more.
  std::uint64_t pack(Writer& out, std::uint32_t ahead = kAhead);
  /// What `pack` gave is on stable storage: `seal` goes on up to `mark`.
  void reserved(std::uint64_t mark) { write_limit_ = mark; }
  /// First number not set aside. Whoever keeps a session packed with `ahead` 0 keeps this beside it
  /// and gives it back to `reserved`.
  [[nodiscard]] std::uint64_t mark() const { return write_limit_; }
  /// As it was at `pack`, the numbers in between skipped, nothing reserved: pack and store it
  /// before sealing. What came in after that `pack` can come in again; see docs/security.md.
  /// `Malformed`, `Truncated`, `Unsupported`.
  [[nodiscard]] static Result<Session> unpack(Reader& in);
  // Of what `pack` gave, without unpacking it. REQUIRES: `pack` gave it.
  [[nodiscard]] static CipherSuite packed_suite(ByteView packed);
  /// Whether a record of that number cannot open any more.
  [[nodiscard]] static bool packed_seen(ByteView packed, std::uint64_t sequence);

  /// Nothing of the keys stays behind in memory.
  void wipe();

 private:
  friend struct SessionPacking;

  [[nodiscard]] Error check_outer_form(const RecordView& record) const;
  [[nodiscard]] static Status unwrap(OpenedRecord& opened);
  [[nodiscard]] static bool seen(std::uint64_t next_read, std::uint64_t window,
                                 std::uint64_t sequence);
  void note(std::uint64_t sequence);

  static constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

  CipherSuite suite_ = CipherSuite::None;
  Aead aead_ = Aead::None;
  bool closed_ = false;
  std::uint64_t next_write_ = 0;
  std::uint64_t write_limit_ = kUnlimited;  ///< first number not set aside
  std::uint64_t next_read_ = 0;             ///< one above the highest that opened
  std::uint64_t window_ = 0;                ///< bit i: next_read_ - 1 - i opened
  WriteKeys write_;
  WriteKeys read_;
  ConnectionId own_;
  ConnectionId peer_;
};

}  // namespace linnet::secure
