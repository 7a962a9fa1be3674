// SPDX-License-Identifier: Apache-2.0
#pragma once
// A handshake GnuTLS makes, in either role: drives the library, which talks to a `RecordShim`
// instead of a network, and turns what it says into states, alerts and sentences.
#include <gnutls/gnutls.h>

#include <optional>
#include <string>
#include <vector>

#include <linnet/dtls_gnutls/keys.hpp>
#include <linnet/secure/handshake.hpp>

#include "record_shim.hpp"

namespace linnet::dtls_gnutls {

class GnutlsHandshake : public secure::Handshake,
                        private secure::ResidentSession,
                        private LibraryKeys {
 public:
  ~GnutlsHandshake() override;
  GnutlsHandshake(const GnutlsHandshake&) = delete;
  GnutlsHandshake& operator=(const GnutlsHandshake&) = delete;

  void receive(Instant now, ByteView datagram) override;
  [[nodiscard]] std::optional<std::size_t> poll_transmit(Instant now, MutableBytes out) override;
  [[nodiscard]] Instant next_timeout() const override;
  void on_timeout(Instant now) override;

  [[nodiscard]] State state() const override { return state_; }
  [[nodiscard]] const secure::HandshakeFailure& failure() const override { return failure_; }
  [[nodiscard]] Result<secure::Session> take_session() override;
  [[nodiscard]] secure::ResidentSession* resident() override;
  [[nodiscard]] const secure::PeerProof& peer() const override { return peer_; }
  [[nodiscard]] secure::CipherSuite suite() const override { return shim_.suite(); }
  [[nodiscard]] bool resumed() const override { return resumed_; }
  [[nodiscard]] ByteView final_flight() const override { return final_flight_; }
  [[nodiscard]] std::uint64_t next_plain_sequence() const override {
    return shim_.next_plain_sequence();
  }
  [[nodiscard]] std::size_t resumption(MutableBytes out) const override;

 protected:
  using Proof = secure::Proof;
  using Kind = secure::HandshakeFailure::Kind;

  struct Role {
    unsigned flags = 0;  ///< of gnutls_init, besides datagram and nonblocking
    Instant deadline = Instant::never();
    RecordShim::Options shim;
  };
  /// What comes to the peer if this fails.
  struct Refusal {
    secure::Alert alert{};
    std::string reason;
  };

  explicit GnutlsHandshake(const Role& role);

  /// False: memory is short.
  [[nodiscard]] bool usable() const { return session_ != nullptr; }
  [[nodiscard]] gnutls_session_t session() const { return session_; }
  [[nodiscard]] RecordShim& shim() { return shim_; }
  [[nodiscard]] const RecordShim& shim() const { return shim_; }
  static GnutlsHandshake& of(gnutls_session_t session);
  /// Lets the library go on as far as it can.
  void run(Instant now);
  /// Before anything was sent.
  void refuse(std::string reason);
  /// Says why, from within a call of the library that is about to return an error.
  void object(secure::Alert alert, std::string reason);
  /// Whether the extension is offered or answered; the peer's id is known then.
  virtual bool wants_connection_id() const = 0;
  /// The library is done: says who the peer is, or objects. The library's session still lives.
  virtual bool accept_peer(secure::PeerProof& peer) = 0;
  /// For people: why nobody came to an end.
  virtual std::string explain_timeout() = 0;
  /// For views in `peer`.
  std::string peer_text_;
  std::string peer_endpoint_;
  std::vector<std::uint8_t> resumption_;  // wiped when it goes

 private:
  bool library_keys(Direction direction, secure::WriteKeys& out) override;
  Result<std::size_t> seal(secure::ContentType type, ByteView plaintext, MutableBytes out) override;
  Result<secure::OpenedRecord> open(const secure::RecordView& record,
                                    MutableBytes datagram) override;

  static ssize_t push(gnutls_transport_ptr_t self, const void* data, std::size_t size);
  static ssize_t pull(gnutls_transport_ptr_t self, void* data, std::size_t size);
  static int pull_timeout(gnutls_transport_ptr_t self, unsigned milliseconds);
  static int see_finished(gnutls_session_t session, unsigned type, unsigned post, unsigned incoming,
                          const gnutls_datum_t* body);
  static int receive_connection_id(gnutls_session_t session, const unsigned char* data,
                                   std::size_t size);
  static int send_connection_id(gnutls_session_t session, gnutls_buffer_t out);

  void step();
  void finish();
  void fail(Kind kind, secure::Alert alert, std::string reason);
  void fail_by_library(int code);
  void let_library_go();

  gnutls_session_t session_ = nullptr;
  RecordShim shim_;
  secure::ConnectionId own_;
  bool client_;
  Instant deadline_;
  State state_ = State::Running;
  secure::HandshakeFailure failure_;
  std::string reason_;
  std::optional<Refusal> refusal_;
  secure::PeerProof peer_;
  bool resumed_ = false;
  std::vector<std::uint8_t> final_flight_;

  // A resident session: where the library's next record comes from or goes to.
  MutableBytes sealed_into_{};
  std::size_t sealed_size_ = 0;
  ByteView opened_from_{};
  std::uint64_t newest_ = 0;
};

}  // namespace linnet::dtls_gnutls
