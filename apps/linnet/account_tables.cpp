// SPDX-License-Identifier: Apache-2.0
#include "account_tables.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include <linnet/posix/clock.hpp>

#include "bytes_text.hpp"
#include "table.hpp"
#include "value_words.hpp"

namespace linnet::cli {
namespace {

using client::AccessControlInstance;
using client::SecurityInstance;
using client::SecurityMode;
using client::ShortServerId;

constexpr ShortServerId kEverybodyElse = 0;
constexpr ShortServerId kBootstrapOnly = 65535;

const char* mode_words(SecurityMode mode) {
  switch (mode) {
    case SecurityMode::Psk: return "psk";
    case SecurityMode::RawPublicKey: return "rpk";
    case SecurityMode::X509: return "x509";
    case SecurityMode::NoSec: return "nosec";
    case SecurityMode::Est: return "est";
  }
  return "unknown";
}

std::string print(const Table& table) {
  std::ostringstream out;
  table.print(out);
  std::string text = out.str();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string bootstrap_words(client::Engine& engine) {
  if (engine.offline()) return "offline";
  switch (engine.bootstrap_state()) {
    case client::BootstrapState::Idle: return "not needed now";
    case client::BootstrapState::HoldOff: return "is asked soon";
    case client::BootstrapState::Requesting: return "is being asked";
    case client::BootstrapState::Open:
    case client::BootstrapState::Closing: return "configures this device";
  }
  return {};
}

std::string server_words(ClientSession& session, ShortServerId server) {
  client::Engine& engine = session.engine();
  const client::PeerId peer = engine.peer_of(server);
  if (peer == client::kNoPeer) return "not served";
  if (engine.disabled(peer)) {
    const Instant back = session.disabled_until(peer);
    if (back.is_never()) return "being disabled";
    const double left = static_cast<double>((back - posix::monotonic_now()).ms) / 1000;
    return "disabled for " + duration(std::ceil(left)) + (engine.offline() ? ", offline" : "");
  }
  if (engine.offline()) return "offline";
  return engine.registered(peer) ? "registered" : "not registered";
}

/// Every server that has an entry or owns something, and those with an account, ascending.
std::set<ShortServerId> servers_of(SimulatedDevice& device) {
  std::set<ShortServerId> servers;
  for (const auto& row : device.servers().rows()) {
    if (row.id() != lwm2m::kNoId) servers.insert(row.short_server_id());
  }
  for (const auto& row : device.access().rows()) {
    if (row.id == lwm2m::kNoId) continue;
    for (const auto& entry : row.acl) {
      if (entry.server != lwm2m::kNoId) servers.insert(entry.server);
    }
  }
  servers.erase(kEverybodyElse);
  return servers;
}

std::string target_words(const AccessControlInstance& row) {
  const std::string object = "/" + std::to_string(row.object);
  return row.is_object_level() ? object + ", new ones"
                               : object + "/" + std::to_string(row.instance);
}

std::string owner_words(ShortServerId owner) {
  return owner == kBootstrapOnly ? "bootstrap" : owner == 0 ? "" : std::to_string(owner);
}

std::string entry_words(const AccessControlInstance& row, ShortServerId server) {
  const client::AclEntry* entry = row.find(server);
  return entry != nullptr ? right_letters(entry->rights) : ".";
}

}  // namespace

std::string right_letters(std::uint8_t rights) {
  constexpr std::string_view kLetters = "RWEDC";
  std::string out;
  for (std::size_t bit = 0; bit < kLetters.size(); ++bit) {
    if ((rights >> bit & 1u) != 0) out += kLetters[bit];
  }
  return out.empty() ? "-" : out;
}

std::string accounts_table(ClientSession& session) {
  SimulatedDevice& device = session.device();
  std::vector<const SecurityInstance*> accounts;
  for (const auto& row : device.security().rows()) {
    if (row.id != lwm2m::kNoId) accounts.push_back(&row);
  }
  std::sort(accounts.begin(), accounts.end(),
            [](const auto* a, const auto* b) { return a->id < b->id; });
  Table table({"SERVER", "URI", "SECURITY", "INSTANCES", "LIFETIME", "STATE"}, "  ");
  for (const auto* row : accounts) {
    const std::string place = "/0/" + std::to_string(row->id);
    const std::string uri = printable(row->uri.text());
    if (row->is_bootstrap()) {
      table.add({"bootstrap", uri, mode_words(row->mode()), place, "",
                 bootstrap_words(session.engine())});
      continue;
    }
    const ShortServerId server = row->short_server_id();
    const auto* own = device.servers().find_server(server);
    const std::string lifetime = own == nullptr         ? ""
                                 : own->lifetime() == 0 ? "for ever"
                                                        : std::to_string(own->lifetime()) + " s";
    table.add({std::to_string(server), uri, mode_words(row->mode()),
               place + (own != nullptr ? " /1/" + std::to_string(own->id()) : ""), lifetime,
               own == nullptr ? "no instance of /1" : server_words(session, server)});
  }
  return table.empty() ? "this device has no account of a server" : print(table);
}

std::string sessions_table(ClientSession& session) {
  client::Engine& engine = session.engine();
  Table table({"URI", "STATE", "CIPHER SUITE", "CONNECTION ID", "SINCE", "SERVER"}, "  ");
  for (client::PeerId peer = 0; peer < engine.peers(); ++peer) {
    const secure::ClientLink* link = session.link(peer);
    if (link == nullptr) continue;
    const std::string uri = printable(engine.server_uri(peer));
    if (link->state() != secure::ClientLink::State::Open) {
      const bool connecting = link->state() == secure::ClientLink::State::Connecting;
      table.add({uri, connecting ? "connecting" : link->can_resume() ? "can be resumed" : "none"});
      continue;
    }
    const auto id = link->connection_id();
    const double age = static_cast<double>((posix::monotonic_now() - link->since()).ms) / 1000;
    table.add({uri, link->resumed() ? "resumed" : "full handshake",
               std::string(secure::name(link->suite())),
               id.size == 0 ? "none" : to_hex(as_text(id.view())), duration(std::floor(age)),
               printable(link->server())});
  }
  return table.empty() ? "there is no server with security" : print(table);
}

std::string access_table(ClientSession& session) {
  SimulatedDevice& device = session.device();
  const auto servers = servers_of(device);
  std::vector<std::string> headings = {"RULE", "ABOUT", "OWNER"};
  for (const auto server : servers) headings.push_back(std::to_string(server));
  headings.emplace_back("OTHERS");
  Table table(headings, "  ");
  const auto& access = device.access();
  for (auto id = access.next_instance(lwm2m::kNoId); id != lwm2m::kNoId;
       id = access.next_instance(id)) {
    const auto row = std::find_if(access.rows().begin(), access.rows().end(),
                                  [&](const auto& item) { return item.id == id; });
    std::vector<std::string> cells = {"/2/" + std::to_string(id), target_words(*row),
                                      owner_words(row->owner)};
    for (const auto server : servers) cells.push_back(entry_words(*row, server));
    cells.push_back(row->find(kEverybodyElse) != nullptr ? entry_words(*row, kEverybodyElse) : "");
    table.add(cells);
  }
  if (table.empty()) {
    return "there is no instance of /2: every server may do everything";
  }
  return print(table) + "\n  R read, W write, E execute, D delete, C create, . no entry" +
         (access.enabled() ? "" : "\n  not in force: with one server, that one may do everything");
}

}  // namespace linnet::cli
