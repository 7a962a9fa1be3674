// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a DTLS 1.2 handshake is to the rest of Linnet: datagrams and time go in, datagrams and a
// `Session` come out. A library makes it (room dtls_gnutls, or a microcontroller's own); it is
// asked once, when it is done, and then let go: the session belongs to whoever took it.
//
// Sans I/O, one thread at a time. Retransmission follows the time given (RFC 6347 §4.2.4: one
// second, doubled up to 60), so a simulator may hurry it.
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <linnet/base/address.hpp>
#include <linnet/base/bytes.hpp>
#include <linnet/base/time.hpp>
#include <linnet/secure/alert.hpp>
#include <linnet/secure/session.hpp>

namespace linnet::secure {

/// How one side proved who it is.
enum class Proof : std::uint8_t { None, Psk, RawPublicKey, Certificate };

/// Why a handshake came to nothing.
struct HandshakeFailure {
  enum class Kind : std::uint8_t {
    None,
    AlertReceived,  ///< the peer gave up
    AlertSent,      ///< we gave up
    Timeout,        ///< nobody answered
    Refused,        ///< by our own configuration, before anything was sent: keys that are no keys
  };
  Kind kind = Kind::None;
  Alert alert{};
  /// For people, with what to do: "the server's certificate is for example.org, not for 192.0.2.1".
  /// Never a key. Lies in the handshake.
  std::string_view reason{};
};

/// A session whose records the library keeps protecting (CBC suites): 10 kB instead of 100 bytes.
class ResidentSession {
 public:
  [[nodiscard]] virtual Result<std::size_t> seal(ContentType type, ByteView plaintext,
                                                 MutableBytes out) = 0;
  /// Like `Session::open`, of a whole record.
  [[nodiscard]] virtual Result<OpenedRecord> open(const RecordView& record,
                                                  MutableBytes datagram) = 0;

 protected:
  ~ResidentSession() = default;
};

/// Who the other side is, as far as it was proven. The views lie in the handshake.
struct PeerProof {
  Proof proof = Proof::None;
  /// Of the server's directory; see `PeerDirectory`. 0 on the client.
  std::uint64_t credential = 0;
  /// The endpoint name the credential stands for; empty on the client.
  std::string_view endpoint{};
  /// For people: the PSK identity, "sha-256:…" of a public key, a certificate's subject.
  std::string_view text{};
};

class Handshake {
 public:
  enum class State : std::uint8_t { Running, Done, Failed };

  virtual ~Handshake() = default;

  /// A datagram from the peer; anything may come in.
  virtual void receive(Instant now, ByteView datagram) = 0;
  /// The next datagram of our flight or an alert, after every other call until nothing is left,
  /// also when done or failed. `out` holds the MTU the handshake was begun with.
  [[nodiscard]] virtual std::optional<std::size_t> poll_transmit(Instant now, MutableBytes out) = 0;
  [[nodiscard]] virtual Instant next_timeout() const = 0;
  virtual void on_timeout(Instant now) = 0;

  [[nodiscard]] virtual State state() const = 0;
  [[nodiscard]] virtual const HandshakeFailure& failure() const = 0;

  // When `Done`:
  /// The session, which from now on is the caller's; once. `Unsupported` if the suite is none of
  /// the record layer's: then `resident` has it.
  [[nodiscard]] virtual Result<Session> take_session() = 0;
  /// Lives as long as the handshake does. Null if `take_session` works.
  [[nodiscard]] virtual ResidentSession* resident() = 0;
  [[nodiscard]] virtual const PeerProof& peer() const = 0;
  [[nodiscard]] virtual CipherSuite suite() const = 0;
  /// An abbreviated handshake.
  [[nodiscard]] virtual bool resumed() const = 0;
  /// Our last flight if we sent the last one, else empty: the peer asks for it again when it was
  /// lost, long after the handshake is gone (RFC 6347 §4.2.4). In the form `FlightReader` takes;
  /// whoever keeps it sends it again with new record numbers.
  [[nodiscard]] virtual ByteView final_flight() const = 0;
  /// Number of the next record of epoch 0, for `final_flight`.
  [[nodiscard]] virtual std::uint64_t next_plain_sequence() const = 0;
  /// Client: what `ClientCredentials::resumption` takes next time, into `out`; 0 if the server gave
  /// no ticket, if it does not fit, or if a full handshake costs less (pre-shared keys). As secret
  /// as a key. Any time after `Done`; a server may send its ticket late.
  [[nodiscard]] virtual std::size_t resumption(MutableBytes out) const = 0;
};

/// A flight kept for repetition: records one after the other, each as content type (1), epoch (2),
/// length (2) and plaintext fragment.
class FlightReader {
 public:
  struct Piece {
    ContentType type{};
    std::uint16_t epoch = 0;
    ByteView fragment{};
  };
  explicit FlightReader(ByteView flight) : rest_(flight) {}
  [[nodiscard]] std::optional<Piece> next();
  [[nodiscard]] bool empty() const { return rest_.empty(); }
  /// What was not read yet, to go on with later.
  [[nodiscard]] ByteView rest() const { return rest_; }

 private:
  ByteView rest_;
};
void write_flight_piece(Writer& out, ContentType type, std::uint16_t epoch, ByteView fragment);

/// As many pieces from the front of `rest` as fit into a datagram, sealed anew; call it until
/// `rest` is empty. `plain_sequence` is used up for records of epoch 0. `NoSpace`: not even one
/// fits.
[[nodiscard]] Result<std::size_t> repeat_flight(FlightReader& rest, Session& session,
                                                std::uint64_t& plain_sequence, MutableBytes out);
/// The flight as one datagram, sealed anew. `plain_sequence` is used up for records of epoch 0.
[[nodiscard]] Result<std::size_t> repeat_flight(ByteView flight, Session& session,
                                                std::uint64_t& plain_sequence, MutableBytes out);

/// What a client knows, mostly from its Security object. Views outlive the handshake.
struct ClientCredentials {
  enum class Mode : std::uint8_t { Psk = 0, RawPublicKey = 1, X509 = 2 };  ///< as /0/x/2
  enum class Matching : std::uint8_t { Exact = 0, Sha256 = 1, Sha384 = 2, Sha512 = 3 };
  enum class Usage : std::uint8_t {
    CaConstraint = 0,
    ServiceCertificateConstraint = 1,
    TrustAnchorAssertion = 2,
    DomainIssuedCertificate = 3,
  };

  Mode mode = Mode::Psk;
  ByteView identity{};    ///< /0/x/3: PSK identity, SubjectPublicKeyInfo, or DER certificates
  ByteView secret_key{};  ///< /0/x/5: PSK, or OneAsymmetricKey, ECPrivateKey, 32 bytes [SEC-17]
  ByteView server_key{};  ///< /0/x/4: what the server must show, or its digest, or a trust anchor
  Matching matching = Matching::Exact;           ///< /0/x/13 [SEC-26]
  Usage usage = Usage::DomainIssuedCertificate;  ///< /0/x/15 [SEC-27]
  std::string_view server_name{};  ///< /0/x/14 or the host of /0/x/0: reference identity [SEC-21]
  /// Whether `server_name` goes out as SNI: not if it is an address. [SEC-22]
  bool name_is_address = false;
  std::span<const std::uint16_t> suites{};      ///< /0/x/16, in order; empty: ours [SEC-28]
  std::span<const std::uint16_t> groups{};      ///< /0/x/18 [SEC-29]
  std::span<const std::uint16_t> signatures{};  ///< /0/x/20 [SEC-29]
  /// Further trust anchors, DER one after the other, for usages 0 and 1.
  ByteView trust_anchors{};
  /// Seconds since 1970 for the validity of certificates; 0: the time is not known, and expiry
  /// cannot be checked. [SEC-24]
  std::int64_t unix_time = 0;
  /// From `Handshake::resumption` of an earlier session with this server; empty: none. [SEC-09]
  ByteView resumption{};
  bool offer_connection_id = true;  ///< an empty one for us: the server gets to give one [SEC-08]
  std::uint16_t mtu = 1152;         ///< bytes of a datagram
  Duration timeout = seconds(60);   ///< of the whole handshake
};

/// Begins handshakes as client.
class ClientHandshakes {
 public:
  /// Null only if memory is short; credentials that cannot work give a handshake that has `Failed`
  /// as `Refused`. Give it back to `end`.
  [[nodiscard]] virtual Handshake* begin(Instant now, const ClientCredentials& credentials) = 0;
  virtual void end(Handshake* handshake) = 0;

 protected:
  ~ClientHandshakes() = default;
};

/// A device's certificate, verified as far as signatures go.
struct CertificateView {
  ByteView der{};
  std::string_view common_name{};  ///< empty if there is none
  /// A path to a trust anchor was found and every certificate in it is valid now.
  bool trusted = false;
  std::string_view why_not{};  ///< if not `trusted`, for people
};

/// What a server knows about the devices' credentials. Called from inside a handshake: answers at
/// once, does not call back.
class PeerDirectory {
 public:
  struct Found {
    std::uint64_t credential = 0;  ///< the directory's own number, not 0
    std::string_view endpoint{};   ///< lives until the next call
  };
  /// Puts the key into `key` (64 bytes) and its length into `key_bytes`. Nothing: unknown. [SEC-15]
  virtual std::optional<Found> find_psk(ByteView identity, MutableBytes key,
                                        std::size_t& key_bytes) = 0;
  /// By the SubjectPublicKeyInfo. [SEC-18]
  virtual std::optional<Found> find_public_key(ByteView spki) = 0;
  /// Its own certificate, or one whose common name is an endpoint that may come with a certificate
  /// of our trust anchors. [SEC-20] `reason` says why not, static text.
  virtual std::optional<Found> find_certificate(const CertificateView& certificate,
                                                std::string_view& reason) = 0;
  /// Whether a ticket's session may go on: the credential is still there and not another.
  virtual bool still_valid(std::uint64_t credential) = 0;

 protected:
  ~PeerDirectory() = default;
};

/// Begins handshakes as server.
class ServerHandshakes {
 public:
  enum class Gate : std::uint8_t {
    Drop,       ///< no ClientHello, or one that makes no sense
    Challenge,  ///< answer with what lies in `out`, and forget it
    Admit,      ///< the cookie is good: `begin` may be called with this datagram
  };
  /// Looks at a first datagram without keeping anything (RFC 6347 §4.2.1). `size` is that of the
  /// HelloVerifyRequest in `out`.
  [[nodiscard]] virtual Gate admit(const SocketAddress& from, ByteView datagram, MutableBytes out,
                                   std::size_t& size) = 0;
  /// REQUIRES: `admit` said so of this datagram just now. `own_id` is the connection id we want, if
  /// the client offers the extension; unused if `own_id.used` is false. Null if memory is short.
  [[nodiscard]] virtual Handshake* begin(Instant now, const SocketAddress& from, ByteView datagram,
                                         const ConnectionId& own_id) = 0;
  virtual void end(Handshake* handshake) = 0;

 protected:
  ~ServerHandshakes() = default;
};

}  // namespace linnet::secure
