// SPDX-License-Identifier: Apache-2.0
#pragma once
// What an account in object 0 says about its secure connection, lent to handshakes (Core 1.2
// Appendix E.1, Transport 1.2 §5.2.8). Keys are copied out of the object for the length of a
// handshake only, and wiped after it. One thread, that of the object.
#include <array>
#include <cstdint>

#include <linnet/client/object.hpp>
#include <linnet/secure/client_link.hpp>

namespace linnet::client {

class AccountCredentials final : public secure::CredentialSource {
 public:
  /// `security` is object 0. `storage` gets the resources 3, 4 and 5, and the name of the server:
  /// up to 450 bytes with pre-shared keys. Both outlive this.
  AccountCredentials(Object& security, MutableBytes storage)
      : security_(security), storage_(storage) {}
  ~AccountCredentials() { give_back(); }
  AccountCredentials(const AccountCredentials&) = delete;
  AccountCredentials& operator=(const AccountCredentials&) = delete;

  /// The instance of object 0; kNoId: none.
  void set_instance(Id instance) { instance_ = instance; }
  /// Seconds since 1970, for the validity of certificates; 0: not known [SEC-24].
  void set_time(std::int64_t unix_time) { unix_time_ = unix_time; }
  /// Certificates, DER one after the other, that may have signed the server's with Certificate
  /// Usage 0 and 1. Referred to.
  void set_trust_anchors(ByteView certificates) { trust_anchors_ = certificates; }
  /// Of the datagrams of a handshake, in bytes.
  void set_mtu(std::uint16_t mtu) { mtu_ = mtu; }

  /// `NotFound` without an account, `State` if it is one without security, `Unsupported` for a mode
  /// or form there is no handshake for (EST), `NoSpace` if the storage is too small.
  [[nodiscard]] Status lend(secure::ClientCredentials& out) override;
  void give_back() override;

  /// Another one if the account leads to another server, or there with other keys; then a session
  /// of before is to be given up [SEC-10] [BS-14]. A mere checksum: keep it in memory only.
  [[nodiscard]] std::uint32_t fingerprint();

 private:
  static constexpr std::size_t kMostNumbers = 8;
  using Numbers = std::array<std::uint16_t, kMostNumbers>;

  [[nodiscard]] Result<lwm2m::Value> value(Id resource) const;
  [[nodiscard]] std::uint32_t number(Id resource, std::uint32_t absent) const;
  [[nodiscard]] Status read(secure::ClientCredentials& out);
  [[nodiscard]] Status read_name(secure::ClientCredentials& out, Writer& copies);
  [[nodiscard]] ByteView copy(Id resource, Writer& copies) const;
  [[nodiscard]] std::span<const std::uint16_t> list(Id resource, Numbers& numbers) const;

  Object& security_;
  MutableBytes storage_;
  ByteView trust_anchors_{};
  std::int64_t unix_time_ = 0;
  Numbers suites_{};
  Numbers groups_{};
  Numbers signatures_{};
  Id instance_ = kNoId;
  std::uint16_t mtu_ = 1152;
};

}  // namespace linnet::client
