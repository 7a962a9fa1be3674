// SPDX-License-Identifier: Apache-2.0
#include "session_store.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace linnet::service {
namespace {

constexpr std::size_t kAddressBytes = 18;

std::int64_t signed_id(std::uint64_t id) { return static_cast<std::int64_t>(id); }
std::uint64_t unsigned_id(std::int64_t id) { return static_cast<std::uint64_t>(id); }

std::string key_name(std::int64_t port) { return "session_key_" + std::to_string(port); }

std::array<std::uint8_t, kAddressBytes> pack(const SocketAddress& address) {
  std::array<std::uint8_t, kAddressBytes> bytes{};
  Writer out(bytes);
  out.bytes(address.ip);
  out.u16(address.port);
  return bytes;
}

std::optional<SocketAddress> unpack_address(ByteView bytes) {
  if (bytes.size() != kAddressBytes) return std::nullopt;
  SocketAddress address;
  Reader in(bytes);
  const ByteView ip = in.take(address.ip.size());
  std::copy(ip.begin(), ip.end(), address.ip.begin());
  address.port = in.u16();
  return address;
}

}  // namespace

SessionStore::SessionStore(Sqlite& database, const SecretBox& box, std::int64_t port)
    : database_(database),
      box_(box),
      port_(port),
      put_(database, "INSERT OR REPLACE INTO session VALUES (?,?,?,?,?,?,?)"),
      drop_(database, "DELETE FROM session WHERE port=? AND name=?") {}

/// What a sealed state is bound to.
std::string SessionStore::place_of(std::uint64_t name) const {
  return "session " + std::to_string(port_) + " " + std::to_string(name);
}

std::uint64_t SessionStore::id_key() {
  return unsigned_id(get_meta(database_, key_name(port_)).value_or(0));
}

bool SessionStore::restore_row(const Statement& row, server::SecureTransport& transport,
                               Instant now) {
  const std::uint64_t name = unsigned_id(row.integer(0));
  const auto address = unpack_address(row.bytes(1));
  const std::int64_t proof = row.integer(4);
  if (!address || proof < 0 || proof > static_cast<int>(secure::Proof::Certificate)) return false;
  // Its credential went, and the crash came before the session did. [SEC-10]
  if (row.integer(6) == 0) return false;
  const auto state = box_.unseal(row.bytes(5), place_of(name));
  if (!state) return false;
  return transport
      .restore(now, {SocketAddress::session(name), *address, row.text(2),
                     unsigned_id(row.integer(3)), static_cast<secure::Proof>(proof), state->view()})
      .ok();
}

SessionStore::Restored SessionStore::restore(server::SecureTransport& transport, Instant now) {
  Restored done;
  std::vector<std::uint64_t> bad;
  Statement rows(database_,
                 "SELECT name, address, endpoint, credential, proof, state, "
                 "credential IN (SELECT id FROM credential) FROM session WHERE port=?");
  rows.bind(port_);
  while (rows.step()) {
    if (restore_row(rows, transport, now)) {
      ++done.sessions;
    } else {
      ++done.refused;
      bad.push_back(unsigned_id(rows.integer(0)));
    }
  }
  for (const std::uint64_t name : bad) drop(name);
  transport_ = &transport;
  return done;
}

bool SessionStore::changed() const { return transport_ != nullptr && transport_->changed(); }

bool SessionStore::urgent() const { return transport_ != nullptr && transport_->reserves(); }

void SessionStore::write() {
  if (!changed()) return;
  if (!keyed_) set_meta(database_, key_name(port_), signed_id(transport_->id_key()));
  transport_->collect([this](const server::SessionRecord& record) { put(record); },
                      [this](const SocketAddress& session) { drop(session.session_id()); });
}

void SessionStore::written() {
  if (!changed()) return;
  keyed_ = true;
  transport_->stored();
}

void SessionStore::put(const server::SessionRecord& record) {
  const std::uint64_t name = record.session.session_id();
  const auto address = pack(record.address);
  const auto state = box_.seal(record.state, place_of(name));
  put_.reset();
  put_.bind(port_)
      .bind(signed_id(name))
      .bind(ByteView(address))
      .bind(record.endpoint)
      .bind(signed_id(record.credential))
      .bind(static_cast<std::int64_t>(record.proof))
      .bind(ByteView(state))
      .run();
}

void SessionStore::drop(std::uint64_t name) {
  drop_.reset();
  drop_.bind(port_).bind(signed_id(name)).run();
}

}  // namespace linnet::service
