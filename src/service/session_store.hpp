// SPDX-License-Identifier: Apache-2.0
#pragma once
// The secure sessions of one transport in the store, their keys encrypted: a restart, or a crash,
// ends none of them. What the transport collects is written in the transactions of the store, which
// are committed before anything is sent; so no record number is used twice. [SEC-07]
// Thread rule: that of the store. All may throw SqliteError.
#include <optional>
#include <string>

#include <linnet/server/secure_transport.hpp>

#include "secret_box.hpp"
#include "sqlite.hpp"
#include "store.hpp"

namespace linnet::service {

class SessionStore final : public StorePart {
 public:
  /// `port` tells the sessions of several transports apart: a small number. All outlive it.
  SessionStore(Sqlite& database, const SecretBox& box, std::int64_t port);

  /// For `SecureTransportConfig::id_key`; 0 if nothing is stored yet.
  [[nodiscard]] std::uint64_t id_key();

  struct Restored {
    std::size_t sessions = 0;
    std::size_t refused = 0;  ///< rows that make no sense, do not open, or have no credential now
  };
  /// Puts back what is stored, and from then on keeps `transport`, which outlives the last commit.
  Restored restore(server::SecureTransport& transport, Instant now);

  [[nodiscard]] bool changed() const override;
  [[nodiscard]] bool urgent() const override;
  void write() override;
  void written() override;

 private:
  [[nodiscard]] std::string place_of(std::uint64_t name) const;
  [[nodiscard]] bool restore_row(const Statement& row, server::SecureTransport& transport,
                                 Instant now);
  void put(const server::SessionRecord& record);
  void drop(std::uint64_t name);

  Sqlite& database_;
  const SecretBox& box_;
  std::int64_t port_;
  server::SecureTransport* transport_ = nullptr;
  bool keyed_ = false;
  Statement put_, drop_;
};

}  // namespace linnet::service
