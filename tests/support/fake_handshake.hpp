// SPDX-License-Identifier: Apache-2.0
#pragma once
// Handshakes without cryptography for tests of what surrounds them: the messages have the shape of
// DTLS (cookie, ServerHello, client flight, last flight), records are real ones, and the keys
// follow from both sides' randoms. Identities are numbers of a credential.
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <linnet/secure/handshake.hpp>

namespace linnet::test {

using Datagram = std::vector<std::uint8_t>;

struct FakeHello {
  std::array<std::uint8_t, 32> random{};
  std::uint64_t cookie = 0;
  secure::ConnectionId id;
  std::uint64_t credential = 1;
  secure::Proof proof = secure::Proof::Psk;
  bool resume = false;
  bool resident = false;
  std::uint8_t variant = 0;  ///< which endpoint of a shared credential
  /// Comes with the ServerHello: no two handshakes have the same keys.
  std::uint64_t server_random = 0;
};

Datagram write_hello(const FakeHello& hello);
std::optional<FakeHello> read_hello(ByteView datagram);
/// Keys of one side.
secure::SessionParameters fake_keys(const FakeHello& hello, bool server);

class FakeServerHandshakes final : public secure::ServerHandshakes, public secure::PeerDirectory {
 public:
  FakeServerHandshakes();
  ~FakeServerHandshakes();

  Gate admit(const SocketAddress& from, ByteView datagram, MutableBytes out,
             std::size_t& size) override;
  secure::Handshake* begin(Instant now, const SocketAddress& from, ByteView datagram,
                           const secure::ConnectionId& own_id) override;
  void end(secure::Handshake* handshake) override;

  std::optional<Found> find_psk(ByteView, MutableBytes, std::size_t&) override { return {}; }
  std::optional<Found> find_public_key(ByteView) override { return {}; }
  std::optional<Found> find_certificate(const secure::CertificateView&,
                                        std::string_view&) override {
    return {};
  }
  bool still_valid(std::uint64_t credential) override { return !revoked.contains(credential); }

  std::set<std::uint64_t> revoked;
  std::uint64_t next_random = 1;
  std::size_t begun = 0;
  std::size_t alive = 0;  ///< begun and not ended
  /// Credentials from here on stand for several endpoints, by `FakeHello::variant`.
  std::uint64_t shared_from = 1'000'000'000;

 private:
  class Running;
};

/// The client's side.
class FakeSecureDevice {
 public:
  FakeSecureDevice(std::uint64_t number, const SocketAddress& address);

  /// A new handshake: the ClientHello without a cookie.
  Datagram hello();
  /// What to answer, if anything. Plain data ends up in `received`.
  std::optional<Datagram> receive(Datagram datagram);
  Datagram seal(std::string_view plain,
                secure::ContentType type = secure::ContentType::ApplicationData);
  Datagram seal_alert(secure::AlertLevel level, secure::Alert alert);
  /// The last flight of the handshake once more, with new record numbers.
  Datagram finish();

  [[nodiscard]] bool open() const { return open_; }
  /// Whether there is something to `finish`.
  [[nodiscard]] bool keyed() const { return keyed_; }

  SocketAddress address;
  FakeHello parameters;
  std::vector<std::string> received;
  std::vector<secure::Alert> alerts;
  int finished = 0;                 ///< last flights of the server seen
  std::set<std::uint64_t> numbers;  ///< of its records
  bool repeated_number = false;
  secure::Session session;

 private:
  [[nodiscard]] bool is_ours(const secure::RecordView& record) const;

  secure::SessionParameters keys_;
  std::uint64_t next_random_;
  std::uint64_t plain_ = 0;
  bool open_ = false;
  bool keyed_ = false;  ///< by a ServerHello
};

}  // namespace linnet::test
