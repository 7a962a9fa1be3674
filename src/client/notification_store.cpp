// SPDX-License-Identifier: Apache-2.0
// What observations would have reported while a server was away: values with their times, in one
// region of bytes a server, the oldest first. [IR-09] [IR-43]..[IR-47]
//
// Values, not messages: so that rights are checked again when they leave, that times can be told
// relative to then if there is no wall clock, that one message takes as many as fit, and that hqmax
// counts values. One entry: size (2), key of the observation (4), instant in ms (6), depth and data
// type (1), identifiers (2 each), value.
#include <algorithm>

#include <client/incoming.hpp>
#include <client/operations.hpp>
#include <client/server_rules.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::client {
namespace {

using lwm2m::Attribute;
using lwm2m::DataType;

constexpr std::size_t kKeyAt = 2;
constexpr std::size_t kTimeAt = 6;
constexpr std::size_t kTimeBytes = 6;
/// Below this, a time is one relative to now (RFC 8428 §4.5.3).
constexpr std::int64_t kLeastUnixTime = std::int64_t{1} << 28;

bool is_text(DataType type) {
  return type == DataType::String || type == DataType::Corelnk || type == DataType::Opaque;
}

ByteView bytes_of(const Value& value) {
  return value.type() == DataType::Opaque ? value.as_opaque() : as_bytes(value.as_string());
}

std::uint64_t number_of(const Value& value) {
  if (value.type() != DataType::Objlnk) return value.bits();
  return std::uint64_t{value.as_link().object} << 16 | value.as_link().instance;
}

Value to_value(DataType type, ByteView bytes) {
  if (type == DataType::String) return Value::string(as_text(bytes));
  if (type == DataType::Corelnk) return Value::corelnk(as_text(bytes));
  if (type == DataType::Opaque) return Value::opaque(bytes);
  Reader reader(bytes);
  const std::uint64_t bits = reader.u64();
  std::int64_t integer = 0;
  double real = 0;
  std::memcpy(&integer, &bits, sizeof bits);
  std::memcpy(&real, &bits, sizeof bits);
  switch (type) {
    case DataType::Unsigned: return Value::unsigned_integer(bits);
    case DataType::Float: return Value::floating(real);
    case DataType::Boolean: return Value::boolean(bits != 0);
    case DataType::Time: return Value::time(integer);
    case DataType::Objlnk: {
      return Value::link({static_cast<Id>(bits >> 16), static_cast<Id>(bits & 0xFFFF)});
    }
    default: return Value::integer(integer);
  }
}

/// Appends an entry; whose it is, and of when, is filled in once the group is complete.
Status write_entry(lwm2m::WriteState& state, lwm2m::WriteKind kind, const Path& path,
                   const Value& value) {
  if (kind != lwm2m::WriteKind::Value) return {};
  Writer& out = *state.output;
  const std::size_t start = out.size();
  out.unsigned_be(0, 2);
  out.u32(0);
  out.unsigned_be(0, kTimeBytes);
  const std::uint8_t depth = path.depth();
  out.u8(static_cast<std::uint8_t>(static_cast<unsigned>(depth) << 4u |
                                   static_cast<unsigned>(value.type())));
  for (std::uint8_t i = 0; i < depth; ++i) out.u16(path[i]);
  if (is_text(value.type())) {
    out.bytes(bytes_of(value));
  } else {
    out.u64(number_of(value));
  }
  if (out.size() - start > 0xFFFF) out.fail(Error::NoSpace);
  if (!out.ok()) return out.status();
  Writer size(out.written().subspan(start, 2));
  size.u16(static_cast<std::uint16_t>(out.size() - start));
  return {};
}

Status finish_entries(lwm2m::WriteState&) { return {}; }

constexpr lwm2m::Format kEntries = {.id = ContentFormat{},
                                    .single = false,
                                    .timed = false,
                                    .composite = true,
                                    .read = nullptr,
                                    .convert = nullptr,
                                    .write = write_entry,
                                    .finish = finish_entries};

struct Entry {
  std::size_t size = 0;
  std::uint32_t key = 0;
  Instant at{};
  Path path;
  Value value;
};

/// REQUIRES: an entry begins at the front of `bytes`.
Entry parse_entry(ByteView bytes) {
  Reader in(bytes);
  Entry entry;
  entry.size = in.u16();
  entry.key = in.u32();
  entry.at = Instant{static_cast<std::int64_t>(in.unsigned_be(kTimeBytes))};
  const std::uint8_t kind = in.u8();
  std::array<Id, 4> ids{kNoId, kNoId, kNoId, kNoId};
  for (unsigned i = 0; i < (kind >> 4u); ++i) ids[i] = in.u16();
  entry.path = Path(ids[0], ids[1], ids[2], ids[3]);
  entry.value = to_value(static_cast<DataType>(kind & 0x0Fu),
                         bytes.subspan(in.position()).first(entry.size - in.position()));
  return entry;
}

}  // namespace

/// The region of one server.
struct Engine::Store {
  Engine& engine;
  PeerId peer;
  Absence& absence = engine.tables_.servers[peer].absence;

  static bool keep(Engine& engine, std::size_t index) {
    return Store{engine, engine.tables_.observations[index].peer}.add(index);
  }
  static bool flush(Engine& engine, PeerId peer) { return Store{engine, peer}.send_all(); }
  static void purge(Engine& engine, PeerId peer) { Store{engine, peer}.forget_ended(); }
  static void delivered(Engine& engine, PeerId peer) {
    Store store{engine, peer};
    store.remove(store.absence.delivered_key, store.absence.delivering);
    store.absence.delivering = 0;
  }

 private:
  [[nodiscard]] MutableBytes region() const {
    const MutableBytes all = engine.tables_.stored;
    const std::size_t size = all.size() / engine.server_rows();
    return all.subspan(peer * size, size);
  }
  [[nodiscard]] Entry entry_at(std::size_t offset) const {
    return parse_entry(region().first(absence.stored_bytes).subspan(offset));
  }
  [[nodiscard]] std::size_t row_of(std::uint32_t key) const;
  void erase(std::size_t offset);
  void drop_oldest();
  void remove(std::uint32_t key, std::size_t count);
  void forget_ended();

  bool add(std::size_t index);
  [[nodiscard]] Status collect(std::size_t index, Writer& out) const;
  [[nodiscard]] bool any_hqmax(std::size_t index) const;
  std::size_t apply_hqmax(std::size_t index, std::size_t from);
  void keep_newest(std::uint32_t key, const Path& path, std::uint32_t most);

  bool send_all();
  bool send_some(std::size_t index);
  [[nodiscard]] std::size_t count(std::uint32_t key) const;
  struct Encoded {
    std::size_t entries = 0;  ///< written, or not for this server to see
    bool any = false;         ///< some were written
  };
  [[nodiscard]] Status encode(std::size_t index, std::size_t entries, Writer& body, Encoded& done);
  [[nodiscard]] std::optional<double> time_of(Instant at);
  [[nodiscard]] bool may_tell(const Path& path) const;
};

const Engine::StoreOperations Engine::kStoreOperations = {.keep = Store::keep,
                                                          .flush = Store::flush,
                                                          .purge = Store::purge,
                                                          .delivered = Store::delivered};

// --- Entries ---

/// The observation they belong to: the request that made it has this key.
std::size_t Engine::Store::row_of(std::uint32_t key) const {
  const auto& rows = engine.tables_.observations;
  std::size_t row = 0;
  while (row < rows.size() && (rows[row].peer != peer || rows[row].key != key)) ++row;
  return row;
}

void Engine::Store::erase(std::size_t offset) {
  const MutableBytes bytes = region().first(absence.stored_bytes);
  const std::size_t size = entry_at(offset).size;
  std::copy(bytes.begin() + static_cast<std::ptrdiff_t>(offset + size), bytes.end(),
            bytes.begin() + static_cast<std::ptrdiff_t>(offset));
  absence.stored_bytes = static_cast<std::uint16_t>(absence.stored_bytes - size);
  --absence.stored;
}

void Engine::Store::drop_oldest() {
  erase(0);
  ++absence.dropped_ever;
  if (absence.dropped != 0xFFFF) ++absence.dropped;
}

/// The `count` oldest of an observation.
void Engine::Store::remove(std::uint32_t key, std::size_t count) {
  std::size_t offset = 0;
  while (count != 0 && offset < absence.stored_bytes) {
    const Entry entry = entry_at(offset);
    if (entry.key == key) {
      erase(offset);
      --count;
    } else {
      offset += entry.size;
    }
  }
}

void Engine::Store::forget_ended() {
  std::size_t offset = 0;
  while (offset < absence.stored_bytes) {
    const Entry entry = entry_at(offset);
    if (row_of(entry.key) == engine.tables_.observations.size()) {
      erase(offset);
    } else {
      offset += entry.size;
    }
  }
}

std::size_t Engine::Store::count(std::uint32_t key) const {
  std::size_t found = 0;
  for (std::size_t offset = 0; offset < absence.stored_bytes;) {
    const Entry entry = entry_at(offset);
    if (entry.key == key) ++found;
    offset += entry.size;
  }
  return found;
}

// --- Storing ---

Status Engine::Store::collect(std::size_t index, Writer& out) const {
  const ShortServerId server = engine.tables_.servers[peer].id;
  bool any = false;
  Error error = Error::NotFound;
  const auto& paths = engine.tables_.observed_paths;
  for (const ObservedPath& observed : paths) {
    if (observed.observation != index) continue;
    // A composite may name a node twice, or one within another.
    bool covered = false;
    for (const ObservedPath& other : paths) {
      if (other.observation != index || &other == &observed) continue;
      covered = covered || (other.path.contains(observed.path) &&
                            (other.path != observed.path || &other < &observed));
    }
    if (covered) continue;
    lwm2m::RecordWriter records(kEntries, out, Path{});
    const Status read = engine.dm_.read_values(server, observed.path, records);
    if (read.error() == Error::NoSpace) return read;
    any = any || read.ok();
    if (!read.ok()) error = read.error();
  }
  return any ? Status{} : Status{error};
}

/// False if nothing of it is for storing.
bool Engine::Store::add(std::size_t index) {
  const Observation& observation = engine.tables_.observations[index];
  const lwm2m::Format* format = lwm2m::find(engine.config_.formats, observation.format);
  if (format == nullptr || !format->timed) return false;  // [IR-46]
  std::size_t size = 0;
  while (true) {
    const MutableBytes room = region().subspan(absence.stored_bytes);
    Writer out(room);
    // An empty writer would only count.
    const Status collected = room.empty() ? Status{Error::NoSpace} : collect(index, out);
    size = out.size();
    if (collected.ok()) break;
    if (collected.error() != Error::NoSpace || absence.stored == 0) return false;
    drop_oldest();
  }
  const std::size_t start = absence.stored_bytes;
  for (std::size_t offset = start; offset < start + size; ++absence.stored) {
    const MutableBytes entry = region().subspan(offset);
    Writer key(entry.subspan(kKeyAt, 4));
    key.u32(observation.key);
    Writer time(entry.subspan(kTimeAt, kTimeBytes));
    time.unsigned_be(static_cast<std::uint64_t>(engine.now_.ms), kTimeBytes);
    offset += Reader(entry).u16();
  }
  absence.stored_bytes = static_cast<std::uint16_t>(start + size);
  bool kept = size != 0;
  if (kept && any_hqmax(index)) kept = apply_hqmax(index, start) != 0;
  while (absence.stored > engine.tables_.stored_notifications) drop_oldest();
  return kept;
}

/// Whether hqmax holds somewhere in what is observed [IR-45].
bool Engine::Store::any_hqmax(std::size_t index) const {
  const Observation& observation = engine.tables_.observations[index];
  const ShortServerId server = engine.tables_.servers[peer].id;
  for (const ObservedPath& observed : engine.tables_.observed_paths) {
    if (observed.observation != index) continue;
    if (engine.attributes_of(observation, observed.path).has(Attribute::Hqmax)) return true;
    for (const AttributeEntry& entry : engine.tables_.attributes) {
      if (entry.server == server && observed.path.contains(entry.path) &&
          entry.attributes.has(Attribute::Hqmax)) {
        return true;
      }
    }
  }
  return false;
}

/// Takes out of the group that begins at `from` what has no hqmax, and of earlier ones what is more
/// than hqmax. How many entries of the group stay. [IR-09]
std::size_t Engine::Store::apply_hqmax(std::size_t index, std::size_t from) {
  const Observation& observation = engine.tables_.observations[index];
  std::size_t kept = 0;
  for (std::size_t offset = from; offset < absence.stored_bytes;) {
    const Entry entry = entry_at(offset);
    const std::uint32_t most =
        engine.attributes_of(observation, entry.path).integer(Attribute::Hqmax).value_or(0);
    if (most == 0) {
      erase(offset);
      continue;
    }
    ++kept;
    const std::size_t before = absence.stored_bytes;
    keep_newest(entry.key, entry.path, most);
    offset += entry.size - (before - absence.stored_bytes);
  }
  return kept;
}

void Engine::Store::keep_newest(std::uint32_t key, const Path& path, std::uint32_t most) {
  std::size_t oldest = 0;
  std::uint32_t found = 0;
  for (std::size_t offset = 0; offset < absence.stored_bytes;) {
    const Entry entry = entry_at(offset);
    if (entry.key == key && entry.path == path && found++ == 0) oldest = offset;
    offset += entry.size;
  }
  // It was kept to the limit before: there is one too many at most, unless hqmax became less.
  if (found <= most) return;
  erase(oldest);
  keep_newest(key, path, most);
}

// --- Sending ---

/// Unix seconds if object 3 knows them, else seconds before now [IR-44].
std::optional<double> Engine::Store::time_of(Instant at) {
  const double ago = static_cast<double>((engine.now_ - at).ms) / 1000;
  const auto clock = engine.dm_.value(
      Path(lwm2m::objects::device::kObject, 0, lwm2m::objects::device::kCurrentTime));
  if (clock && clock->type() == DataType::Time &&
      static_cast<double>(clock->as_integer()) - ago >= static_cast<double>(kLeastUnixTime)) {
    return static_cast<double>(clock->as_integer()) - ago;
  }
  if (ago == 0) return std::nullopt;
  return -ago;
}

// [ACL-17]
bool Engine::Store::may_tell(const Path& path) const {
  const lwm2m::ResourceDefinition* definition = engine.dm_.resource(path);
  const Path instance = path.first(2);
  return definition != nullptr && definition->readable() && engine.dm_.has_instance(instance) &&
         engine.dm_.settings().access->allows(engine.tables_.servers[peer].id, Right::Read,
                                              instance);
}

/// The `entries` oldest of an observation.
Status Engine::Store::encode(std::size_t index, std::size_t entries, Writer& body, Encoded& done) {
  const Observation& observation = engine.tables_.observations[index];
  lwm2m::RecordWriter records(*lwm2m::find(engine.config_.formats, observation.format), body,
                              engine.path_of(index));
  for (std::size_t offset = 0; done.entries != entries && offset < absence.stored_bytes;) {
    const Entry entry = entry_at(offset);
    offset += entry.size;
    if (entry.key != observation.key) continue;
    if (may_tell(entry.path)) {
      LINNET_TRY(records.add(entry.path, entry.value, time_of(entry.at)));
      done.any = true;
    }
    ++done.entries;
  }
  return records.finish();
}

bool Engine::Store::send_all() {
  if (absence.delivering != 0 && engine.under_way(peer, Purpose::Notification)) return false;
  // The observation may have got another token since: nobody will tell how that one ended.
  absence.delivering = 0;
  while (absence.stored != 0) {
    if (!send_some(row_of(entry_at(0).key))) return false;
  }
  return true;
}

/// One notification with as many values as fit. False if it has to wait, or to be acknowledged.
bool Engine::Store::send_some(std::size_t index) {
  Observation& observation = engine.tables_.observations[index];
  const bool confirm = observation.confirm;
  if (confirm && !engine.may_start(peer)) return false;
  const MutableBytes buffer = engine.message_buffer(peer);
  const MutableBytes out = confirm ? buffer : engine.answer_room();
  if (out.size() < buffer.size()) return false;  // once what is queued has left
  const MutableBytes message = out.first(buffer.size());
  const MutableBytes room =
      message.subspan(kHeaderRoom, std::min(kMaxPayload, message.size() - kHeaderRoom));
  std::size_t entries = count(observation.key);
  while (true) {
    Writer body(room);
    Encoded done;
    const Status encoded = encode(index, entries, body, done);
    if (!encoded.ok() && entries > 1) {
      // What did fit; one less if only the end of the body did not.
      entries = std::clamp<std::size_t>(done.entries, 1, entries - 1);
      continue;
    }
    if (!encoded.ok() || !done.any) break;
    Answer answer(observation.format, body.written());
    answer.add(Answer::Observe, engine.sequence_.next());
    const coap::Type type = confirm ? coap::Type::Con : coap::Type::Non;
    coap::Header header = engine.next_header(peer, type, coap::Code::Content);
    header.token = observation.token;
    const std::size_t size = answer.write(header, message);
    if (size == 0) break;
    observation.message_id = header.message_id;
    if (confirm) {
      engine.start_exchange(peer, Purpose::Notification, index, header, size);
      absence.delivered_key = observation.key;
      absence.delivering = static_cast<std::uint16_t>(entries);
      return false;
    }
    engine.queue_answer(peer, size);
    break;
  }
  remove(observation.key, entries);
  return true;
}

}  // namespace linnet::client
