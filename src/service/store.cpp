// SPDX-License-Identifier: Apache-2.0
#include "store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <variant>

#include <linnet/posix/setup_error.hpp>
#include <linnet/secure/wipe.hpp>

namespace linnet::service {
namespace {

using coap::ContentFormat;
using server::ObservationRecord;
using server::OperationKind;
using server::RegistrationView;

/// Each brings the tables from the version of its index to the next one.
constexpr const char* kMigrations[] = {
    R"(CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
       CREATE TABLE registration (
         id INTEGER PRIMARY KEY, endpoint TEXT NOT NULL, address BLOB NOT NULL,
         version INTEGER NOT NULL, lifetime INTEGER NOT NULL, binding INTEGER NOT NULL,
         queue INTEGER NOT NULL, sms TEXT NOT NULL, profile_ids TEXT NOT NULL,
         root_path TEXT NOT NULL, formats BLOB NOT NULL, links BLOB NOT NULL,
         registered INTEGER NOT NULL, updated INTEGER NOT NULL);
       CREATE TABLE observation (
         id INTEGER PRIMARY KEY, registration INTEGER NOT NULL, token BLOB NOT NULL,
         composite INTEGER NOT NULL, paths BLOB NOT NULL, attributes TEXT NOT NULL,
         keep INTEGER NOT NULL, format INTEGER, content INTEGER, accept INTEGER,
         established INTEGER NOT NULL, notifications INTEGER NOT NULL, last INTEGER NOT NULL);)",
    R"(CREATE TABLE bootstrap_configuration (name TEXT PRIMARY KEY, body TEXT NOT NULL)
         WITHOUT ROWID;)",
    // AUTOINCREMENT: a number is never given again, so that a ticket of the old key is worthless.
    // The indices have all that a handshake with a PSK and a registration ask for.
    R"(CREATE TABLE credential (
         id INTEGER PRIMARY KEY AUTOINCREMENT, endpoint TEXT NOT NULL, kind INTEGER NOT NULL,
         identity TEXT, secret BLOB, mark BLOB, public BLOB, not_before INTEGER NOT NULL,
         not_after INTEGER NOT NULL, created INTEGER NOT NULL);
       CREATE INDEX credential_endpoint ON credential (endpoint, kind);
       CREATE INDEX credential_identity ON credential (identity, endpoint, secret)
         WHERE identity IS NOT NULL;
       CREATE INDEX credential_mark ON credential (mark) WHERE mark IS NOT NULL;
       CREATE TABLE trust_anchor (name TEXT PRIMARY KEY, certificate BLOB NOT NULL)
         WITHOUT ROWID;)",
    // Of the server, port 0, and of the bootstrap server, port 1.
    R"(CREATE TABLE session (
         port INTEGER NOT NULL, name INTEGER NOT NULL, address BLOB NOT NULL,
         endpoint TEXT NOT NULL, credential INTEGER NOT NULL, proof INTEGER NOT NULL,
         state BLOB NOT NULL, PRIMARY KEY (port, name)) WITHOUT ROWID;)",
    // Endpoints whose credentials were all revoked.
    R"(CREATE TABLE barred (endpoint TEXT PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID;)",
    // Devices that are or were registered, or for which something waits.
    R"(CREATE TABLE device (
         id INTEGER PRIMARY KEY, endpoint TEXT NOT NULL UNIQUE, first_seen INTEGER NOT NULL);
       INSERT INTO device (endpoint, first_seen) SELECT endpoint, registered FROM registration;)",
    // DDF files that were uploaded.
    R"(CREATE TABLE object_definition (
         object INTEGER NOT NULL, version INTEGER NOT NULL, ddf TEXT NOT NULL,
         PRIMARY KEY (object, version)) WITHOUT ROWID;)",
    // Events in chunks. `total` and `events` count up over all chunks there ever were, so that what
    // is kept is a difference. Nobody used the numbers of a jump. How far readers outside got.
    R"(CREATE TABLE event_chunk (
         last INTEGER PRIMARY KEY, first INTEGER NOT NULL, time INTEGER NOT NULL,
         total INTEGER NOT NULL, events INTEGER NOT NULL, body BLOB NOT NULL);
       CREATE TABLE event_jump (after INTEGER PRIMARY KEY, until INTEGER NOT NULL);
       CREATE TABLE event_position (name TEXT PRIMARY KEY, sequence INTEGER NOT NULL)
         WITHOUT ROWID;)",
    // Values: `last_value` and `history` lag behind the segments, which lag behind the journal.
    R"(CREATE TABLE last_value (
         device INTEGER NOT NULL, path INTEGER NOT NULL, value BLOB NOT NULL, sent INTEGER,
         received INTEGER NOT NULL, source INTEGER NOT NULL,
         PRIMARY KEY (device, path)) WITHOUT ROWID;
       CREATE TABLE history (
         device INTEGER NOT NULL, path INTEGER NOT NULL, number INTEGER NOT NULL,
         count INTEGER NOT NULL, oldest INTEGER NOT NULL, newest INTEGER NOT NULL,
         upto INTEGER NOT NULL, samples BLOB NOT NULL,
         PRIMARY KEY (device, path, number)) WITHOUT ROWID;
       CREATE TABLE value_segment (
         number INTEGER PRIMARY KEY, first INTEGER NOT NULL, data BLOB NOT NULL);)",
    // last_seen is NULL while the device is registered. One index for each of both, so that a page
    // of the few is found at once among the many. What people say about devices, and what happened
    // to them lately: `at` is the Unix time in microseconds, made unique.
    R"(ALTER TABLE device ADD COLUMN last_seen INTEGER;
       UPDATE device SET last_seen=first_seen
         WHERE endpoint NOT IN (SELECT endpoint FROM registration);
       CREATE INDEX device_registered ON device (endpoint) WHERE last_seen IS NULL;
       CREATE INDEX device_absent ON device (endpoint, last_seen) WHERE last_seen IS NOT NULL;
       CREATE TABLE tag (device INTEGER NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (device, tag))
         WITHOUT ROWID;
       CREATE TABLE timeline (
         device INTEGER NOT NULL, at INTEGER NOT NULL, event INTEGER NOT NULL,
         time INTEGER NOT NULL, count INTEGER NOT NULL, lifetime INTEGER, address TEXT,
         detail TEXT, PRIMARY KEY (device, at)) WITHOUT ROWID;)",
    // Who may use the API. Of tokens, passwords and sign-ins there are only hashes.
    R"(CREATE TABLE api_token (
         id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, name TEXT NOT NULL, role INTEGER NOT NULL,
         created INTEGER NOT NULL, expires INTEGER NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
       CREATE TABLE api_user (
         name TEXT PRIMARY KEY, password TEXT NOT NULL, role INTEGER NOT NULL,
         created INTEGER NOT NULL, signed_in INTEGER NOT NULL) WITHOUT ROWID;
       CREATE TABLE api_session (
         hash BLOB PRIMARY KEY, way INTEGER NOT NULL, holder TEXT NOT NULL,
         created INTEGER NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
       CREATE TABLE audit (
         id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, who TEXT NOT NULL,
         role INTEGER NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, subject TEXT NOT NULL,
         status INTEGER NOT NULL, address TEXT NOT NULL);)",
    R"(CREATE TABLE webhook (
         name TEXT PRIMARY KEY, settings BLOB NOT NULL, paused INTEGER NOT NULL) WITHOUT ROWID;)",
    R"(CREATE TABLE observe_rule (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;)",
    // Operations, and what callers named their requests with. Those of a batch have in common what
    // is NULL in them. States 0 and 1 have not ended.
    R"(CREATE TABLE operation_batch (
         id INTEGER PRIMARY KEY, complete INTEGER NOT NULL, op TEXT NOT NULL, target TEXT NOT NULL,
         request TEXT NOT NULL, made_by TEXT NOT NULL, created INTEGER NOT NULL,
         queued INTEGER NOT NULL, sent INTEGER NOT NULL, done INTEGER NOT NULL,
         failed INTEGER NOT NULL, expired INTEGER NOT NULL, cancelled INTEGER NOT NULL);
       CREATE TABLE operation (
         id INTEGER PRIMARY KEY, device INTEGER NOT NULL, batch INTEGER, mode INTEGER NOT NULL,
         state INTEGER NOT NULL, op TEXT, target TEXT, request TEXT, made_by TEXT,
         created INTEGER NOT NULL, deadline INTEGER NOT NULL, finished INTEGER NOT NULL,
         timeline TEXT, result TEXT, record BLOB);
       CREATE INDEX operation_device ON operation (device, id);
       CREATE INDEX operation_state ON operation (state, id);
       CREATE INDEX operation_open ON operation (device, id) WHERE state < 2;
       CREATE INDEX operation_deadline ON operation (deadline) WHERE state < 2;
       CREATE INDEX operation_in_batch ON operation (batch, state, id) WHERE batch IS NOT NULL;
       CREATE TABLE idempotency (
         caller TEXT NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL,
         operation INTEGER NOT NULL, batch INTEGER NOT NULL, created INTEGER NOT NULL,
         PRIMARY KEY (caller, key)) WITHOUT ROWID;
       CREATE INDEX idempotency_created ON idempotency (created);)",
};
constexpr std::int64_t kSchema = std::size(kMigrations);

constexpr Duration kRefreshEvery = seconds(1);
constexpr std::size_t kMaxAttributeText = 256;

std::string place_of(std::string_view configuration) {
  return "bootstrap configuration " + std::string(configuration);
}

std::int64_t signed_id(std::uint64_t id) { return static_cast<std::int64_t>(id); }
std::uint64_t unsigned_id(std::int64_t id) { return static_cast<std::uint64_t>(id); }

class Blob {
 public:
  Blob& u16(unsigned value) {
    bytes_.push_back(static_cast<std::uint8_t>(value >> 8));
    bytes_.push_back(static_cast<std::uint8_t>(value));
    return *this;
  }
  [[nodiscard]] ByteView view() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

void bind_format(Statement& statement, std::optional<ContentFormat> format) {
  if (format) {
    statement.bind(static_cast<std::int64_t>(*format));
  } else {
    statement.bind_null();
  }
}

std::optional<ContentFormat> format_of(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return static_cast<ContentFormat>(row.integer(column));
}

/// "pmin=10&gt", as in a Write-Attributes.
std::string text_of(const lwm2m::AttributeChange& attributes) {
  std::array<std::uint8_t, kMaxAttributeText> storage{};
  Writer out(storage);
  lwm2m::write_query(attributes.set, out);
  std::string text(as_text(out.written()));
  for (std::size_t i = 0; i < lwm2m::kAttributes; ++i) {
    if ((attributes.unset >> i & 1u) == 0) continue;
    if (!text.empty()) text += '&';
    text += name(static_cast<lwm2m::Attribute>(i));
  }
  return text;
}

bool parse_attributes(std::string_view text, lwm2m::AttributeChange& out) {
  while (!text.empty()) {
    if (!out.parse(take_until(text, '&')).ok()) return false;
  }
  return true;
}

std::vector<lwm2m::Path> paths_of(ByteView bytes) {
  std::vector<lwm2m::Path> paths;
  Reader in(bytes);
  while (in.ok() && !in.empty()) {
    const lwm2m::Id object = in.u16(), instance = in.u16(), resource = in.u16();
    paths.emplace_back(object, instance, resource, in.u16());
  }
  if (!in.ok()) paths.clear();
  return paths;
}

}  // namespace

std::optional<std::int64_t> get_meta(Sqlite& database, std::string_view key) {
  Statement get(database, "SELECT value FROM meta WHERE key=?");
  if (!get.bind(key).step()) return {};
  return get.integer(0);
}

void set_meta(Sqlite& database, std::string_view key, std::int64_t value) {
  Statement(database, "INSERT OR REPLACE INTO meta VALUES (?,?)").bind(key).bind(value).run();
}

std::int64_t store_schema() { return kSchema; }

void migrate(Sqlite& database, const std::string& name) {
  Statement version(database, "PRAGMA user_version");
  std::int64_t schema = version.step() ? version.integer(0) : 0;
  version.reset();
  if (schema > kSchema || schema < 0) {
    throw SqliteError(SQLITE_MISMATCH, name + ": written by a newer Linnet");
  }
  for (; schema < kSchema; ++schema) database.run(kMigrations[schema]);
  database.run(("PRAGMA user_version=" + std::to_string(kSchema)).c_str());
}

FileLock::FileLock(const std::filesystem::path& file)
    : descriptor_(open((file.string() + "-lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
  if (descriptor_ < 0) {
    throw SqliteError(SQLITE_CANTOPEN, file.string() + ": " + std::strerror(errno));
  }
  if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    close(descriptor_);
    throw SqliteError(SQLITE_BUSY, file.string() + ": in use by another server");
  }
}

FileLock::~FileLock() { close(descriptor_); }

Store::Store(const std::filesystem::path& file) : lock_(file), database_(file) {
  database_.run("PRAGMA journal_mode=WAL");
  database_.run("PRAGMA synchronous=NORMAL");
  database_.run("PRAGMA cache_size=-32768");  // 32 MB: handshakes look up keys at random
  database_.run("BEGIN IMMEDIATE");
  migrate(database_, file.string());
  database_.run("COMMIT");
  open_box(file);
  seal_configurations();

  put_registration_.emplace(
      database_, "INSERT OR REPLACE INTO registration VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  drop_registration_.emplace(database_, "DELETE FROM registration WHERE id=?");
  refresh_registration_.emplace(database_, "UPDATE registration SET updated=? WHERE id=?");
  put_observation_.emplace(database_,
                           "INSERT OR REPLACE INTO observation VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)");
  drop_observation_.emplace(database_, "DELETE FROM observation WHERE id=?");
  all_registrations_.emplace(database_, "SELECT * FROM registration");
  all_observations_.emplace(database_, "SELECT * FROM observation");
}

void Store::open_box(const std::filesystem::path& file) {
  const std::filesystem::path key_file = file.string() + "-key";
  const std::uint64_t known = unsigned_id(get_meta(database_, "key_id").value_or(0));
  box_ =
      SecretBox::open(key_file, known == 0 ? SecretBox::Absent::Make : SecretBox::Absent::Refuse);
  if (known == 0) {
    set_meta(database_, "key_id", signed_id(box_->key_id()));
  } else if (known != box_->key_id()) {
    throw posix::SetupError(key_file.string() + " is the key of another store than " +
                            file.string() + "; bring its own back from a backup");
  }
}

/// Earlier versions wrote them as plain text. What they left in free pages goes as well.
void Store::seal_configurations() {
  std::vector<std::pair<std::string, std::string>> plain;
  Statement rows(database_,
                 "SELECT name, body FROM bootstrap_configuration WHERE typeof(body)='text'");
  while (rows.step()) plain.emplace_back(rows.text(0), rows.text(1));
  if (plain.empty()) return;
  database_.run("PRAGMA secure_delete=ON");
  database_.run("BEGIN");
  for (auto& [name, body] : plain) {
    put_configuration(name, body);
    secure::wipe({reinterpret_cast<std::uint8_t*>(body.data()), body.size()});
  }
  database_.run("COMMIT");
  database_.run("VACUUM");
  database_.run("PRAGMA wal_checkpoint(TRUNCATE)");
}

std::uint64_t Store::id_key() { return unsigned_id(get_meta(database_, "id_key").value_or(0)); }

// --- Back into a shard ---

bool Store::restore_registration(server::Shard& shard, Instant now, std::int64_t shift) {
  const Statement& row = *all_registrations_;
  RegistrationView view;
  view.id.value = unsigned_id(row.integer(0));
  view.endpoint = row.text(1);
  const ByteView address = row.bytes(2);
  if (address.size() != view.address.ip.size() + 2) return false;
  Reader in(address);
  const ByteView ip = in.take(view.address.ip.size());
  std::copy(ip.begin(), ip.end(), view.address.ip.begin());
  view.address.port = in.u16();
  view.version = {static_cast<std::uint8_t>(row.integer(3) >> 8),
                  static_cast<std::uint8_t>(row.integer(3))};
  view.lifetime = static_cast<std::uint32_t>(row.integer(4));
  view.binding.bits = static_cast<std::uint8_t>(row.integer(5));
  view.queue_mode = row.integer(6) != 0;
  view.sms = row.text(7);
  view.profile_ids = row.text(8);
  view.root_path = row.text(9);
  std::vector<ContentFormat> formats;
  for (Reader list(row.bytes(10)); list.ok() && !list.empty();) {
    formats.push_back(static_cast<ContentFormat>(list.u16()));
  }
  std::vector<server::RegisteredLink> links;
  for (Reader list(row.bytes(11)); list.ok() && !list.empty();) {
    const lwm2m::Id object = list.u16(), instance = list.u16();
    const std::uint8_t major = list.u8();
    links.push_back({object, instance, {major, list.u8()}});
  }
  view.formats = formats;
  view.links = links;
  view.registered = Instant{row.integer(12) - offset_};
  view.updated = Instant{std::min(row.integer(13) - offset_ + shift, now.ms)};
  return shard.restore(now, view).ok();
}

bool Store::restore_observation(server::Shard& shard, Instant now, std::int64_t shift) {
  const Statement& row = *all_observations_;
  ObservationRecord record;
  record.id.value = unsigned_id(row.integer(0));
  record.registration.value = unsigned_id(row.integer(1));
  const auto token = coap::Token::from(row.bytes(2));
  if (!token) return false;
  record.token = *token;
  const bool composite = row.integer(3) != 0;
  auto paths = paths_of(row.bytes(4));
  if (paths.empty()) return false;
  record.request.kind = composite ? OperationKind::ObserveComposite : OperationKind::Observe;
  if (composite) {
    record.request.paths = std::move(paths);
  } else {
    record.request.path = paths.front();
  }
  if (!parse_attributes(row.text(5), record.request.attributes)) return false;
  record.request.keep = row.integer(6) != 0;
  record.request.format = format_of(row, 7);
  record.content = format_of(row, 8);
  record.accept = format_of(row, 9);
  record.established = row.integer(10) != 0;
  record.notifications = unsigned_id(row.integer(11));
  record.last = Instant{row.integer(12) - offset_ + shift};
  return shard.restore(now, record).ok();
}

Store::Restored Store::restore(server::Shard& shard, Instant now, std::int64_t unix_ms) {
  offset_ = unix_ms - now.ms;
  const std::int64_t alive = get_meta(database_, "alive").value_or(0);
  const std::int64_t shift = alive != 0 ? std::max<std::int64_t>(0, unix_ms - alive) : 0;
  Restored done;
  while (all_registrations_->step()) {
    const bool good = restore_registration(shard, now, shift);
    ++(good ? done.registrations : done.refused);
    if (!good) registrations_.insert(unsigned_id(all_registrations_->integer(0)));
  }
  while (all_observations_->step()) {
    const bool good = restore_observation(shard, now, shift);
    if (good && all_observations_->integer(10) == 0) {
      being_made_.insert(unsigned_id(all_observations_->integer(0)));
    }
    ++(good ? done.observations : done.refused);
    if (!good) observations_.insert(unsigned_id(all_observations_->integer(0)));
  }
  return done;
}

// --- Configurations ---

std::vector<std::pair<std::string, std::string>> Store::configurations() {
  std::vector<std::pair<std::string, std::string>> all;
  Statement rows(database_, "SELECT name, body FROM bootstrap_configuration ORDER BY name");
  while (rows.step()) {
    const std::string name(rows.text(0));
    const auto body = box_->unseal(rows.bytes(1), place_of(name));
    all.emplace_back(name, body ? as_text(body->view()) : std::string_view());
  }
  return all;
}

void Store::put_configuration(std::string_view name, std::string_view body) {
  const auto sealed = box_->seal(as_bytes(body), place_of(name));
  Statement(database_, "INSERT OR REPLACE INTO bootstrap_configuration VALUES (?,?)")
      .bind(name)
      .bind(ByteView(sealed))
      .run();
}

void Store::drop_configuration(std::string_view name) {
  Statement(database_, "DELETE FROM bootstrap_configuration WHERE name=?").bind(name).run();
}

// --- Out of a shard ---

void Store::note(const server::Shard& shard, const server::Event& event) {
  if (const auto* registered = std::get_if<server::Registered>(&event)) {
    mark(registered->id);
    // Those that are kept belong to another registration now.
    shard.for_each_observation(registered->id,
                               [&](const server::ObservationView& kept) { mark(kept.id); });
  } else if (const auto* updated = std::get_if<server::Updated>(&event)) {
    if (updated->refresh_only()) {
      refreshed_.push_back(updated->id.value);
    } else {
      mark(updated->id);
    }
  } else if (const auto* gone = std::get_if<server::Deregistered>(&event)) {
    mark(gone->id);
  } else if (const auto* result = std::get_if<server::OperationResult>(&event)) {
    if (result->observation.valid()) mark(result->observation);
  } else if (const auto* ended = std::get_if<server::ObservationEnded>(&event)) {
    mark(ended->observation);
  } else if (const auto* notification = std::get_if<server::Notification>(&event)) {
    answered(notification->observation);
  } else if (const auto* refused = std::get_if<server::NotificationRefused>(&event)) {
    answered(refused->observation);
  }
}

void Store::write_registration(const server::Shard& shard, server::RegistrationId id) {
  const auto view = shard.find(id);
  if (!view) {
    drop_registration_->reset();
    drop_registration_->bind(signed_id(id.value)).run();
    return;
  }
  std::array<std::uint8_t, 18> address{};
  std::copy(view->address.ip.begin(), view->address.ip.end(), address.begin());
  address[16] = static_cast<std::uint8_t>(view->address.port >> 8);
  address[17] = static_cast<std::uint8_t>(view->address.port);
  Blob formats;
  for (const ContentFormat format : view->formats) formats.u16(static_cast<unsigned>(format));
  Blob links;
  for (const server::RegisteredLink& link : view->links) {
    links.u16(link.object).u16(link.instance);
    links.u16(static_cast<unsigned>(link.version.major << 8 | link.version.minor));
  }
  put_registration_->reset();
  put_registration_->bind(signed_id(id.value))
      .bind(view->endpoint)
      .bind(ByteView(address))
      .bind(std::int64_t{view->version.major << 8 | view->version.minor})
      .bind(std::int64_t{view->lifetime})
      .bind(std::int64_t{view->binding.bits})
      .bind(std::int64_t{view->queue_mode})
      .bind(view->sms)
      .bind(view->profile_ids)
      .bind(view->root_path)
      .bind(formats.view())
      .bind(links.view())
      .bind(to_unix(view->registered))
      .bind(to_unix(view->updated))
      .run();
}

void Store::write_observation(const server::Shard& shard, server::ObservationId id) {
  const auto record = shard.record(id);
  // One that is being made for the first time has somebody who waits for it.
  if (!record || (!record->established && !record->request.keep)) {
    drop_observation_->reset();
    drop_observation_->bind(signed_id(id.value)).run();
    return;
  }
  if (!record->established) being_made_.insert(id.value);
  const server::Operation& request = record->request;
  const bool composite = request.kind == OperationKind::ObserveComposite;
  Blob paths;
  const auto add = [&](const lwm2m::Path& path) {
    for (std::size_t i = 0; i < 4; ++i) paths.u16(i < path.depth() ? path[i] : lwm2m::kNoId);
  };
  if (composite) {
    std::ranges::for_each(request.paths, add);
  } else {
    add(request.path);
  }
  const std::string attributes = text_of(request.attributes);
  Statement& put = *put_observation_;
  put.reset();
  put.bind(signed_id(id.value))
      .bind(signed_id(record->registration.value))
      .bind(record->token.view())
      .bind(std::int64_t{composite})
      .bind(paths.view())
      .bind(std::string_view(attributes))
      .bind(std::int64_t{request.keep});
  bind_format(put, request.format);
  bind_format(put, record->content);
  bind_format(put, record->accept);
  put.bind(std::int64_t{record->established})
      .bind(signed_id(record->notifications))
      .bind(to_unix(record->last))
      .run();
}

bool Store::commit(const server::Shard& shard, Instant now, std::int64_t unix_ms) {
  const bool stored = write_all(shard, now, unix_ms);
  // One of them may ask for the commit after this one.
  const auto waiting = std::exchange(after_commit_, {});
  for (const auto& done : waiting) done(stored);
  return stored;
}

bool Store::write_all(const server::Shard& shard, Instant now, std::int64_t unix_ms) {
  const bool refresh = now >= refreshes_due_;
  const bool others = std::ranges::any_of(parts_, [](const auto* part) { return part->changed(); });
  if (registrations_.empty() && observations_.empty() && !refresh && !others) return true;
  // The first commit of a process fixes the relation of the two clocks, unless `restore` did.
  if (offset_ == 0) offset_ = unix_ms - now.ms;
  const bool urgent = std::ranges::any_of(parts_, [](const auto* part) { return part->urgent(); });
  try {
    // In between only the order of commits is kept over a power failure.
    if (urgent) database_.run("PRAGMA synchronous=FULL");
    database_.run("BEGIN");
    if (!keyed_) set_meta(database_, "id_key", signed_id(shard.id_key()));
    for (const std::uint64_t id : registrations_) write_registration(shard, {id});
    for (const std::uint64_t id : observations_) write_observation(shard, {id});
    for (StorePart* part : parts_) part->write();
    if (refresh) {
      for (const std::uint64_t id : refreshed_) {
        const auto view = shard.find(server::RegistrationId{id});
        if (!view) continue;
        refresh_registration_->reset();
        refresh_registration_->bind(to_unix(view->updated)).bind(signed_id(id)).run();
      }
      set_meta(database_, "alive", unix_ms);
    }
    database_.run("COMMIT");
    if (urgent) database_.run("PRAGMA synchronous=NORMAL");
  } catch (const SqliteError& error) {
    problem_ = error.what();
    try {
      if (database_.in_transaction()) database_.run("ROLLBACK");
    } catch (const SqliteError&) {
      // SQLite has rolled back by itself.
    }
    for (StorePart* part : parts_) part->failed();
    return false;
  }
  keyed_ = true;
  ++transactions_;
  for (StorePart* part : parts_) part->written();
  registrations_.clear();
  observations_.clear();
  if (refresh) {
    refreshed_.clear();
    refreshes_due_ = now + kRefreshEvery;
  }
  problem_.clear();
  return true;
}

}  // namespace linnet::service
