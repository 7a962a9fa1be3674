// SPDX-License-Identifier: Apache-2.0
#pragma once
// What lies between the library that makes a handshake and the datagrams: it owns records, numbers,
// flights and timers from the first byte. What the library writes is taken apart and kept as
// plaintext, sealed with numbers of our own and put into as few datagrams as fit; so a flight can
// go out again at any time, and the session's numbers have one owner. What datagrams bring is
// opened, put in order and handed to the library, each message once: it sees a network
// that loses nothing. [SEC-05] [SEC-08]
//
// RFC 6347 §4.1, §4.2.3, §4.2.4; RFC 9146. Suites the record layer does not have (CBC) stay as the
// library makes them.
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include <linnet/base/time.hpp>
#include <linnet/dtls_gnutls/keys.hpp>
#include <linnet/secure/handshake.hpp>
#include <linnet/secure/session.hpp>

#include "message_assembly.hpp"

namespace linnet::dtls_gnutls {

/// The library, as far as the shim asks it something.
class LibraryKeys {
 public:
  enum class Direction : std::uint8_t { Read, Write };
  /// False as long as records of that direction are still plain.
  virtual bool library_keys(Direction direction, secure::WriteKeys& out) = 0;

 protected:
  ~LibraryKeys() = default;
};

class RecordShim {
 public:
  struct Options {
    bool client = false;
    std::size_t mtu = 0;
    std::uint64_t plain_sequence = 0;  ///< of the first record
    std::uint16_t next_message = 0;    ///< number of the peer's next message
    secure::ConnectionId own;          ///< what we ask the peer to put on its records
  };
  struct AlertSeen {
    secure::AlertLevel level{};
    secure::Alert alert{};
  };

  RecordShim(const Options& options, LibraryKeys& keys);
  ~RecordShim();
  RecordShim(const RecordShim&) = delete;
  RecordShim& operator=(const RecordShim&) = delete;

  // Datagrams.
  void receive(Instant now, ByteView datagram);
  [[nodiscard]] std::optional<std::size_t> transmit(MutableBytes out);
  /// Datagrams `transmit` has.
  [[nodiscard]] std::size_t waiting() const;
  /// The flight is due again if nothing new comes until then.
  [[nodiscard]] Instant retransmit_at() const { return retransmit_at_; }
  void repeat(Instant now);
  /// Nothing is repeated by itself any more.
  void stop() { retransmit_at_ = Instant::never(); }

  // The library.
  /// Whether `pull` has a record.
  [[nodiscard]] bool readable();
  /// One record into `out`; 0 if there is none. A record that does not fit is cut, which the
  /// library takes for a broken one.
  [[nodiscard]] std::size_t pull(MutableBytes out);
  void push(ByteView record);
  /// The body of a Finished, the next protected record but for alerts: so it need not be opened.
  void announce_finished(ByteView body);
  /// After the library had its say: what it wrote goes out.
  void flush(Instant now);
  /// A Finished that did not go out yet never does. What comes before it does, so that the peer can
  /// read the alert that follows.
  void drop_finished();

  /// Both sides agreed on connection ids: the peer's is this one.
  void use_connection_ids(const secure::ConnectionId& peer);
  [[nodiscard]] bool uses_connection_ids() const { return ids_used_; }

  // What was seen.
  [[nodiscard]] secure::CipherSuite suite() const { return suite_; }
  /// A fatal alert or close_notify of the peer.
  [[nodiscard]] const std::optional<AlertSeen>& alert() const { return alert_; }
  /// A protected record could not be opened: with PSK, the keys differ.
  [[nodiscard]] bool undecryptable() const { return undecryptable_; }
  /// The peer said anything at all.
  [[nodiscard]] bool heard() const { return heard_; }
  /// Number of the peer's next message.
  [[nodiscard]] std::uint16_t next_message() const { return messages_.next(); }

  // When the handshake is done.
  /// Once: afterwards nothing is sealed here.
  [[nodiscard]] Result<secure::Session> take_session();
  /// Empty if the peer sent the last flight.
  [[nodiscard]] Bytes final_flight() const;
  [[nodiscard]] std::uint64_t next_plain_sequence() const { return plain_sequence_; }

  // CBC: records the library protects are passed on as they are.
  [[nodiscard]] bool by_library() const;

 private:
  class Packer;
  /// Few and short: a vector allocates nothing while there are none.
  using Queue = std::vector<Bytes>;

  void receive_plain(const secure::RecordView& record);
  void receive_protected(MutableBytes record);
  void note(MessageAssembly::Outcome outcome);
  void note_alert(ByteView content);
  void push_protected(const secure::RecordView& record);
  void add_piece(secure::ContentType type, std::uint16_t epoch, ByteView content);
  void launch(Instant now);
  void look_at_server_hello(ByteView message);
  bool learn_read_keys();
  bool make_session();
  [[nodiscard]] secure::Session make_mirror() const;

  bool client_;
  std::size_t mtu_;
  LibraryKeys& keys_;
  secure::ConnectionId own_;
  secure::ConnectionId peer_;
  bool ids_used_ = false;
  secure::CipherSuite suite_ = secure::CipherSuite::None;

  // In.
  MessageAssembly messages_;
  bool change_seen_ = false;  // ChangeCipherSpec
  bool change_delivered_ = false;
  Queue held_;                          // protected, the key not there yet
  Queue for_library_;                   // CBC
  std::uint64_t library_sequence_ = 0;  // of plain records towards the library
  bool repeated_ = false;
  bool heard_ = false;
  bool undecryptable_ = false;
  std::optional<AlertSeen> alert_;

  // Out.
  // As `FlightReader` takes it; but a piece the library protected is a whole record.
  Bytes flight_;
  Bytes alerts_;
  Bytes announced_;
  std::uint16_t next_own_message_ = 0;
  bool answered_ = false;  // something was delivered since the flight was written
  bool dirty_ = false;     // the flight grew since it went out
  Queue datagrams_;
  std::uint64_t plain_sequence_;
  Duration pause_{};
  Instant sent_at_{};
  Instant retransmit_at_ = Instant::never();

  // Keys. `session_` faces the peer; `mirror_` stands opposite the library and writes to it.
  bool write_known_ = false;
  bool read_known_ = false;
  bool taken_ = false;
  secure::WriteKeys write_;
  secure::WriteKeys read_;
  secure::Session session_;
  secure::Session mirror_;
  std::uint64_t sealed_ = 0;
  std::uint64_t next_read_ = 0;
};

}  // namespace linnet::dtls_gnutls
