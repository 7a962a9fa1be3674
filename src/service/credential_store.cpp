// SPDX-License-Identifier: Apache-2.0
#include "credential_store.hpp"

#include <algorithm>

#include <linnet/dtls_gnutls/keys.hpp>
#include <linnet/lwm2m/credentials.hpp>
#include <linnet/server/bootstrap_configuration.hpp>

namespace linnet::service {
namespace {

using server::Credential;
using server::CredentialFault;
using Fault = CredentialFault::Kind;
using Kind = server::CredentialKind;
using secure::Proof;

constexpr const char* kColumns =
    "id, endpoint, kind, identity, public, not_before, not_after, "
    "created, length(secret), mark";
enum Column : int {
  kId,
  kEndpoint,
  kKind,
  kIdentity,
  kPublic,
  kNotBefore,
  kNotAfter,
  kCreated,
  kSecretBytes,
  kMark
};
constexpr std::size_t kSealing = 29;  // bytes a SecretBox adds

std::string select(const char* where) {
  return std::string("SELECT ") + kColumns + " FROM credential WHERE " + where;
}

std::int64_t to_column(std::uint64_t id) { return static_cast<std::int64_t>(id); }
std::uint64_t from_column(std::int64_t id) { return static_cast<std::uint64_t>(id); }

std::string place_of(std::uint64_t id) { return "credential " + std::to_string(id); }

bool has_star(std::string_view endpoint) { return endpoint.find('*') != std::string_view::npos; }

bool has_public(Kind kind) { return kind == Kind::PublicKey || kind == Kind::Certificate; }

CredentialStore::Entry entry_of(const Statement& row) {
  CredentialStore::Entry entry;
  Credential& credential = entry.credential;
  credential.id = from_column(row.integer(kId));
  credential.endpoint = row.text(kEndpoint);
  credential.kind = static_cast<Kind>(row.integer(kKind));
  if (!row.is_null(kIdentity)) credential.identity = row.text(kIdentity);
  const ByteView shown = row.bytes(kPublic);
  auto& bytes = credential.kind == Kind::PublicKey ? credential.public_key : credential.certificate;
  bytes.assign(shown.begin(), shown.end());
  credential.not_before = row.integer(kNotBefore);
  credential.not_after = row.integer(kNotAfter);
  entry.created = row.integer(kCreated);
  if (!row.is_null(kSecretBytes)) {
    entry.key_bytes = static_cast<std::size_t>(row.integer(kSecretBytes)) - kSealing;
  }
  return entry;
}

}  // namespace

CredentialStore::CredentialStore(Sqlite& database, const SecretBox& box, Clock clock)
    : database_(database),
      box_(box),
      clock_(std::move(clock)),
      by_identity_(database, "SELECT id, endpoint, secret FROM credential WHERE identity=?"),
      by_mark_(database, select("mark=?").c_str()),
      by_endpoint_(database, select("endpoint=? ORDER BY id").c_str()),
      kinds_(database, "SELECT kind FROM credential WHERE endpoint=?"),
      by_id_(database, "SELECT 1 FROM credential WHERE id=?"),
      barred_(database, "SELECT 1 FROM barred WHERE endpoint=?"),
      insert_(database, "INSERT INTO credential VALUES (?,?,?,?,?,?,?,?,?,?)"),
      delete_(database, "DELETE FROM credential WHERE id=?") {
  Statement count(database, "SELECT count(*) FROM credential");
  if (count.step()) size_ = static_cast<std::size_t>(count.integer(0));
  Statement last(database, "SELECT seq FROM sqlite_sequence WHERE name='credential'");
  if (last.step()) last_ = from_column(last.integer(0));
  load_patterns();
}

void CredentialStore::load_patterns() {
  patterns_.clear();
  Statement rows(database_,
                 "SELECT id, endpoint FROM credential WHERE kind=4 AND instr(endpoint,'*')<>0 "
                 "ORDER BY length(endpoint) DESC");
  while (rows.step()) patterns_.emplace_back(from_column(rows.integer(0)), rows.text(1));
}

// --- Batches ---

CredentialStore::Batch::Batch(CredentialStore& store) : store_(store) {
  store_.database_.run("BEGIN IMMEDIATE");
}

CredentialStore::Batch::~Batch() {
  if (!open_) return;
  try {
    if (store_.database_.in_transaction()) store_.database_.run("ROLLBACK");
    Statement count(store_.database_, "SELECT count(*) FROM credential");
    if (count.step()) store_.size_ = static_cast<std::size_t>(count.integer(0));
    store_.load_patterns();
  } catch (const SqliteError&) {
    // SQLite has rolled back by itself; a handshake that finds nothing fails.
  }
  store_.ended_.clear();
  store_.added_.clear();
  store_.newly_barred_.clear();
  store_.found_ = 0;
}

void CredentialStore::Batch::commit() {
  store_.database_.run("COMMIT");
  open_ = false;
  const auto ended = std::exchange(store_.ended_, {});
  const auto added = std::exchange(store_.added_, {});
  const auto barred = std::exchange(store_.newly_barred_, {});
  if (store_.on_end_) {
    for (const std::uint64_t id : ended) store_.on_end_(id);
  }
  if (store_.on_add_) {
    for (const std::string& endpoint : added) store_.on_add_(endpoint);
  }
  if (store_.on_bar_) {
    for (const std::string& endpoint : barred) store_.on_bar_(endpoint);
  }
}

// --- Changes ---

/// Checks, and finds out what tells the key from others.
std::optional<CredentialFault> CredentialStore::inspect(Credential& credential, Mark& mark) const {
  if (auto fault = server::check(credential)) return fault;
  const auto use_key = [&](ByteView key) {
    const ByteView x = lwm2m::public_key_x(key);
    if (x.size() == mark.size()) std::ranges::copy(x, mark.begin());
    return x.size() == mark.size();
  };
  try {
    switch (credential.kind) {
      case Kind::Psk: mark = box_.mark(credential.key.view()); break;
      case Kind::PublicKey:
        (void)dtls_gnutls::PublicKey::from(credential.public_key);  // is it a point of the curve
        (void)use_key(credential.public_key);
        break;
      case Kind::Certificate: {
        const auto facts = dtls_gnutls::inspect_certificate(credential.certificate);
        // [SEC-20]
        if (!facts.common_name.empty() && facts.common_name != credential.endpoint) {
          return CredentialFault{Fault::Invalid, "the certificate's common name is \"" +
                                                     facts.common_name +
                                                     "\", which is another endpoint"};
        }
        if (!use_key(facts.spki)) {  // [SEC-11]
          return CredentialFault{Fault::Invalid, "the certificate's key is not one of P-256"};
        }
        credential.not_before = facts.not_before;
        credential.not_after = facts.not_after;
        break;
      }
      case Kind::NamedCertificate: break;
    }
  } catch (const dtls_gnutls::KeyError& error) {
    return CredentialFault{Fault::Invalid, error.what()};
  }
  if (credential.kind != Kind::NamedCertificate && own_mark_ == mark) {
    return CredentialFault{Fault::KeyTaken, "this is the server's own key"};
  }
  return std::nullopt;
}

/// [SEC-04]
std::optional<CredentialFault> CredentialStore::clash(const Credential& credential,
                                                      const Mark& mark, Others others) {
  const auto is_other = [&](std::string_view endpoint) {
    return others != Others::Replace || endpoint != credential.endpoint;
  };
  if (credential.kind == Kind::Psk) {
    by_identity_.reset();
    by_identity_.bind(std::string_view(credential.identity));
    if (by_identity_.step()) {
      const std::string owner(by_identity_.text(1));
      by_identity_.reset();
      if (is_other(owner)) {
        return CredentialFault{Fault::IdentityTaken,
                               "the PSK identity \"" + credential.identity + "\" is that of " +
                                   (owner == credential.endpoint ? "another key of it" : owner)};
      }
    }
  }
  if (credential.kind == Kind::NamedCertificate) return std::nullopt;
  by_mark_.reset();
  by_mark_.bind(ByteView(mark));
  std::optional<CredentialFault> fault;
  while (by_mark_.step()) {
    const std::string owner(by_mark_.text(kEndpoint));
    if (owner == credential.endpoint) continue;
    fault = CredentialFault{Fault::KeyTaken, owner + " has the same key"};
  }
  return fault;
}

/// The number of what the endpoint has already and is the same, and how many others it has.
std::optional<std::uint64_t> CredentialStore::find_same(const Credential& credential,
                                                        const Mark& mark, std::size_t& others) {
  std::optional<std::uint64_t> same;
  others = 0;
  by_endpoint_.reset();
  by_endpoint_.bind(std::string_view(credential.endpoint));
  while (by_endpoint_.step()) {
    const Entry entry = entry_of(by_endpoint_);
    const bool key =
        credential.kind == Kind::NamedCertificate || equal(by_endpoint_.bytes(kMark), mark);
    const Credential& other = entry.credential;
    if (other.kind == credential.kind && other.identity == credential.identity && key &&
        other.certificate == credential.certificate) {
      same = other.id;
    } else {
      ++others;
    }
  }
  return same;
}

CredentialStore::Put CredentialStore::put(const Credential& given, Others others) {
  Credential credential = given;
  Mark mark{};
  if (auto fault = inspect(credential, mark)) return {Change::None, 0, std::move(fault)};
  std::size_t others_there = 0;
  const auto same = find_same(credential, mark, others_there);
  if (others == Others::Refuse && others_there != 0) {
    return {Change::None, 0,
            CredentialFault{Fault::IdentityTaken, credential.endpoint +
                                                      " has another credential already; it has "
                                                      "to be replaced if that is meant"}};
  }
  if (!same) {
    if (auto fault = clash(credential, mark, others)) return {Change::None, 0, std::move(fault)};
  }
  if (others == Others::Replace && others_there != 0) {
    for (const Entry& entry : of(credential.endpoint)) {
      if (entry.credential.id != same) erase(entry.credential.id);
    }
  }
  const bool replaced = others == Others::Replace && others_there != 0;
  if (same) return {replaced ? Change::Replaced : Change::Unchanged, *same, std::nullopt};
  credential.id = ++last_;
  insert(credential, mark);
  return {replaced ? Change::Replaced : Change::Added, credential.id, std::nullopt};
}

void CredentialStore::insert(const Credential& credential, const Mark& mark) {
  const bool psk = credential.kind == Kind::Psk;
  std::vector<std::uint8_t> sealed;
  if (psk) sealed = box_.seal(credential.key.view(), place_of(credential.id));
  insert_.reset();
  insert_.bind(to_column(credential.id))
      .bind(std::string_view(credential.endpoint))
      .bind(static_cast<std::int64_t>(credential.kind));
  psk ? insert_.bind(std::string_view(credential.identity)) : insert_.bind_null();
  psk ? insert_.bind(ByteView(sealed)) : insert_.bind_null();
  credential.kind != Kind::NamedCertificate ? insert_.bind(ByteView(mark)) : insert_.bind_null();
  if (has_public(credential.kind)) {
    insert_.bind(ByteView(credential.kind == Kind::PublicKey ? credential.public_key
                                                             : credential.certificate));
  } else {
    insert_.bind_null();
  }
  insert_.bind(credential.not_before).bind(credential.not_after).bind(clock_()).run();
  ++size_;
  (void)forget(credential.endpoint);
  added_.push_back(credential.endpoint);
  if (has_star(credential.endpoint)) load_patterns();
}

void CredentialStore::erase(std::uint64_t id) {
  delete_.reset();
  delete_.bind(to_column(id)).run();
  --size_;
  ended_.push_back(id);
  found_ = 0;
  if (is_pattern(id)) load_patterns();
}

std::size_t CredentialStore::remove(std::string_view endpoint) {
  const auto entries = of(endpoint);
  for (const Entry& entry : entries) erase(entry.credential.id);
  if (!entries.empty()) bar(endpoint);
  return entries.size();
}

void CredentialStore::bar(std::string_view endpoint) {
  if (has_star(endpoint)) return;  // that is no device
  Statement(database_, "INSERT OR REPLACE INTO barred VALUES (?,?)")
      .bind(endpoint)
      .bind(clock_())
      .run();
  newly_barred_.emplace_back(endpoint);
}

bool CredentialStore::forget(std::string_view endpoint) {
  Statement(database_, "DELETE FROM barred WHERE endpoint=?").bind(endpoint).run();
  return sqlite3_changes(database_.handle()) != 0;
}

bool CredentialStore::remove(std::string_view endpoint, std::uint64_t id) {
  for (const Entry& entry : of(endpoint)) {
    if (entry.credential.id != id) continue;
    erase(id);
    if (of(endpoint).empty()) bar(endpoint);
    return true;
  }
  return false;
}

std::vector<CredentialStore::Entry> CredentialStore::of(std::string_view endpoint) {
  std::vector<Entry> out;
  by_endpoint_.reset();
  by_endpoint_.bind(endpoint);
  while (by_endpoint_.step()) out.push_back(entry_of(by_endpoint_));
  return out;
}

std::vector<CredentialStore::Entry> CredentialStore::list(std::string_view after_endpoint,
                                                          std::uint64_t after_id,
                                                          std::size_t limit) {
  std::vector<Entry> out;
  Statement rows(database_,
                 select("(endpoint, id) > (?, ?) ORDER BY endpoint, id LIMIT ?").c_str());
  rows.bind(after_endpoint).bind(to_column(after_id)).bind(static_cast<std::int64_t>(limit));
  while (rows.step()) out.push_back(entry_of(rows));
  return out;
}

// --- Trust anchors ---

std::vector<std::pair<std::string, std::vector<std::uint8_t>>> CredentialStore::trust_anchors() {
  std::vector<std::pair<std::string, std::vector<std::uint8_t>>> out;
  Statement rows(database_, "SELECT name, certificate FROM trust_anchor ORDER BY name");
  while (rows.step()) {
    const ByteView der = rows.bytes(1);
    out.emplace_back(rows.text(0), std::vector<std::uint8_t>(der.begin(), der.end()));
  }
  return out;
}

void CredentialStore::put_trust_anchor(std::string_view name, ByteView der) {
  Statement(database_, "INSERT OR REPLACE INTO trust_anchor VALUES (?,?)")
      .bind(name)
      .bind(der)
      .run();
  if (on_trust_change_) on_trust_change_();
}

bool CredentialStore::remove_trust_anchor(std::string_view name) {
  Statement(database_, "DELETE FROM trust_anchor WHERE name=?").bind(name).run();
  const bool gone = sqlite3_changes(database_.handle()) != 0;
  if (gone && on_trust_change_) on_trust_change_();
  return gone;
}

void CredentialStore::set_own_key(ByteView public_key) {
  const ByteView x = lwm2m::public_key_x(public_key);
  own_mark_.reset();
  if (x.size() != Mark{}.size()) return;
  own_mark_.emplace();
  std::ranges::copy(x, own_mark_->begin());
}

// --- What handshakes ask ---

Proof CredentialStore::strongest(std::string_view endpoint) {
  if (size_ == 0) return Proof::None;
  Proof best = Proof::None;
  for (const auto& [id, pattern] : patterns_) {
    if (server::matches(pattern, endpoint)) return Proof::Certificate;
  }
  try {
    kinds_.reset();
    kinds_.bind(endpoint);
    while (kinds_.step()) {
      best = std::max(best, server::proof_of(static_cast<Kind>(kinds_.integer(0))));
    }
    return best;
  } catch (const SqliteError&) {
    return Proof::Certificate;  // rather nobody than somebody without proof
  }
}

bool CredentialStore::barred(std::string_view endpoint) {
  try {
    barred_.reset();
    barred_.bind(endpoint);
    return barred_.step();
  } catch (const SqliteError&) {
    return true;  // as above
  }
}

std::optional<secure::PeerDirectory::Found> CredentialStore::find_psk(ByteView identity,
                                                                      MutableBytes key,
                                                                      std::size_t& key_bytes) {
  try {
    by_identity_.reset();
    by_identity_.bind(as_text(identity));
    if (!by_identity_.step()) return std::nullopt;
    const std::uint64_t id = from_column(by_identity_.integer(0));
    const auto secret = box_.unseal(by_identity_.bytes(2), place_of(id));
    found_endpoint_ = by_identity_.text(1);
    by_identity_.reset();
    if (!secret || secret->view().size() > key.size()) return std::nullopt;
    std::ranges::copy(secret->view(), key.begin());
    key_bytes = secret->view().size();
    found_ = id;
    return Found{id, found_endpoint_};
  } catch (const SqliteError&) {
    return std::nullopt;
  }
}

// [SEC-18]
std::optional<secure::PeerDirectory::Found> CredentialStore::find_public_key(ByteView spki) {
  const ByteView x = lwm2m::public_key_x(spki);
  if (x.empty()) return std::nullopt;
  try {
    std::optional<Found> found;
    by_mark_.reset();
    by_mark_.bind(x);
    while (by_mark_.step()) {
      if (static_cast<Kind>(by_mark_.integer(kKind)) != Kind::PublicKey) continue;
      found_endpoint_ = by_mark_.text(kEndpoint);
      found = Found{from_column(by_mark_.integer(kId)), found_endpoint_};
    }
    return found;
  } catch (const SqliteError&) {
    return std::nullopt;
  }
}

/// `decided`: the certificate is one we know, whatever comes of it.
std::optional<secure::PeerDirectory::Found> CredentialStore::find_pinned(
    const secure::CertificateView& certificate, std::string_view& reason, bool& decided) {
  Mark mark{};
  const auto facts = dtls_gnutls::inspect_certificate(certificate.der);
  const ByteView x = lwm2m::public_key_x(facts.spki);
  if (x.size() != mark.size()) return std::nullopt;
  std::optional<Found> found;
  by_mark_.reset();
  by_mark_.bind(x);
  while (by_mark_.step()) {
    const auto entry = entry_of(by_mark_);
    const Credential& credential = entry.credential;
    if (credential.kind != Kind::Certificate || !equal(credential.certificate, certificate.der)) {
      continue;
    }
    decided = true;
    const std::int64_t now = clock_();
    if (now > credential.not_after) {
      reason = server::kCertificateExpired;
    } else if (now < credential.not_before) {
      reason = server::kCertificateNotYet;
    } else {
      found_endpoint_ = credential.endpoint;
      found = Found{credential.id, found_endpoint_};
    }
  }
  return found;
}

// [SEC-20]
std::optional<secure::PeerDirectory::Found> CredentialStore::find_certificate(
    const secure::CertificateView& certificate, std::string_view& reason) {
  reason = server::kUnknownCertificate;
  try {
    bool decided = false;
    if (auto found = find_pinned(certificate, reason, decided); found || decided) return found;
    if (certificate.common_name.empty()) return std::nullopt;
    std::uint64_t id = 0;
    by_endpoint_.reset();
    by_endpoint_.bind(certificate.common_name);
    while (by_endpoint_.step()) {
      const bool named = static_cast<Kind>(by_endpoint_.integer(kKind)) == Kind::NamedCertificate;
      if (named) id = from_column(by_endpoint_.integer(kId));
    }
    for (const auto& [number, pattern] : patterns_) {
      if (id == 0 && server::matches(pattern, certificate.common_name)) id = number;
    }
    if (id == 0) return std::nullopt;
    if (!certificate.trusted) {
      reason = certificate.why_not;
      return std::nullopt;
    }
    found_endpoint_ = certificate.common_name;
    return Found{id, found_endpoint_};
  } catch (const SqliteError&) {
    return std::nullopt;
  } catch (const dtls_gnutls::KeyError&) {
    return std::nullopt;
  }
}

bool CredentialStore::still_valid(std::uint64_t credential) {
  // The end of a handshake asks right after its beginning.
  if (credential == found_ && found_ != 0) return true;
  try {
    by_id_.reset();
    by_id_.bind(to_column(credential));
    const bool found = by_id_.step();
    by_id_.reset();
    return found;
  } catch (const SqliteError&) {
    return false;
  }
}

bool CredentialStore::is_pattern(std::uint64_t credential) const {
  return std::ranges::any_of(patterns_,
                             [&](const auto& pattern) { return pattern.first == credential; });
}

}  // namespace linnet::service
