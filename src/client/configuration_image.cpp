// SPDX-License-Identifier: Apache-2.0
#include <client/configuration_image.hpp>

#include <algorithm>
#include <array>

#include <linnet/cbor/decoder.hpp>
#include <linnet/cbor/encoder.hpp>

namespace linnet::client {
namespace {

using cbor::Item;
using lwm2m::Attribute;
using lwm2m::DataType;
using lwm2m::ResourceDefinition;

constexpr std::uint8_t kMagic[] = {'L', 'N', 'C', 'F'};
constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kLongestHead = 9;

class Crc32 {
 public:
  void add(ByteView bytes) {
    for (const std::uint8_t byte : bytes) {
      state_ ^= byte;
      for (int bit = 0; bit < 8; ++bit) state_ = state_ >> 1 ^ (0xEDB88320u & -(state_ & 1u));
    }
  }
  [[nodiscard]] std::uint32_t value() const { return ~state_; }

 private:
  std::uint32_t state_ = 0xFFFFFFFF;
};

/// Whether a resource of an instance that is there belongs into an image.
bool is_kept(Object& object, const ResourceDefinition& definition, const Path& path) {
  return definition.type != DataType::None && (object.persists() || definition.readable()) &&
         object.has_resource(path) && !object.is_stream(path);
}

/// Whether there is something to write of it: a multiple resource without instances is like none.
bool has_value(Object& object, const ResourceDefinition& definition, const Path& path) {
  return is_kept(object, definition, path) &&
         (!definition.multiple || object.next_resource_instance(path, kNoId) != kNoId);
}

bool is_real(Attribute attribute) {
  return attribute == Attribute::Gt || attribute == Attribute::Lt || attribute == Attribute::St;
}

// --- Writing ---

/// Collects small items and appends them to the store in pieces. Keeps the first error.
class ImageWriter {
 public:
  ImageWriter(ConfigurationStore& store, std::size_t longest)
      : store_(store), longest_(longest), status_(store.begin()) {}

  [[nodiscard]] Status status() const { return status_; }
  /// For one item that is no string.
  cbor::Encoder item() {
    if (pending_.size() + kLongestHead > storage_.size()) flush();
    return cbor::Encoder(pending_);
  }
  void value(const Value& value);
  Status finish();

 private:
  static constexpr std::uint8_t kBytes = 0x40;
  static constexpr std::uint8_t kText = 0x60;

  void string(std::uint8_t major, ByteView bytes);
  void flush();
  void append(ByteView piece) {
    if (status_.ok()) status_ = store_.append(piece);
    crc_.add(piece);
    size_ += piece.size();
  }

  ConfigurationStore& store_;
  std::size_t longest_;
  Status status_;
  std::array<std::uint8_t, 64> storage_{};
  Writer pending_{storage_};
  std::uint64_t size_ = 0;
  Crc32 crc_;
};

void ImageWriter::flush() {
  if (pending_.size() != 0) append(pending_.written());
  pending_.truncate(0);
}

/// The content goes to the store as it lies in the object.
void ImageWriter::string(std::uint8_t major, ByteView bytes) {
  if (bytes.size() > longest_ && status_.ok()) status_ = Error::TooLarge;
  cbor::Encoder encoder = item();
  const std::size_t head = pending_.size();
  encoder.unsigned_integer(bytes.size());
  pending_.written()[head] |= major;
  if (bytes.size() <= pending_.free().size()) {
    pending_.bytes(bytes);
    return;
  }
  flush();
  append(bytes);
}

void ImageWriter::value(const Value& value) {
  switch (value.type()) {
    case DataType::None: item().null(); break;
    case DataType::String:
    case DataType::Corelnk: string(kText, as_bytes(value.as_string())); break;
    case DataType::Opaque: string(kBytes, value.as_opaque()); break;
    case DataType::Integer:
    case DataType::Time: item().integer(value.as_integer()); break;
    case DataType::Unsigned: item().unsigned_integer(value.as_unsigned()); break;
    case DataType::Float: item().real(value.as_float()); break;
    case DataType::Boolean: item().boolean(value.as_boolean()); break;
    case DataType::Objlnk:
      item().array(2);
      item().unsigned_integer(value.as_link().object);
      item().unsigned_integer(value.as_link().instance);
      break;
  }
}

Status ImageWriter::finish() {
  flush();
  const std::uint64_t size = size_;
  const std::uint32_t crc = crc_.value();
  item().array(2);
  item().unsigned_integer(size);
  item().unsigned_integer(crc);
  flush();
  LINNET_TRY(status_);
  return store_.commit();
}

void write_resource(Object& object, const ResourceDefinition& definition, const Path& path,
                    ImageWriter& out) {
  if (!definition.multiple) {
    out.value(object.read(path).value_or(Value()));
    return;
  }
  out.item().begin_array();
  for (Id id = object.next_resource_instance(path, kNoId); id != kNoId;
       id = object.next_resource_instance(path, id)) {
    out.item().unsigned_integer(id);
    out.value(object.read(path.child(id)).value_or(Value()));
  }
  out.item().end_indefinite();
}

void write_object(Object& object, ImageWriter& out) {
  const lwm2m::ObjectDefinition& definition = object.definition();
  out.item().begin_array();
  out.item().unsigned_integer(definition.id);
  out.item().unsigned_integer(definition.version.major * 256u + definition.version.minor);
  for (Id id = object.next_instance(kNoId); id != kNoId; id = object.next_instance(id)) {
    out.item().begin_array();
    out.item().unsigned_integer(id);
    for (const ResourceDefinition& resource : definition.resources) {
      const Path path(definition.id, id, resource.id);
      if (!has_value(object, resource, path)) continue;
      out.item().unsigned_integer(resource.id);
      write_resource(object, resource, path, out);
    }
    out.item().end_indefinite();
  }
  out.item().end_indefinite();
}

void write_attributes(const AttributeEntry& entry, ImageWriter& out) {
  out.item().begin_array();
  out.item().unsigned_integer(entry.server);
  out.item().array(entry.path.depth());
  for (std::size_t i = 0; i < entry.path.depth(); ++i) out.item().unsigned_integer(entry.path[i]);
  for (std::uint8_t number = 0; number < lwm2m::kAttributes; ++number) {
    const auto attribute = static_cast<Attribute>(number);
    if (!entry.attributes.has(attribute)) continue;
    out.item().unsigned_integer(number);
    if (is_real(attribute)) {
      out.item().real(*entry.attributes.real(attribute));
    } else {
      out.item().unsigned_integer(*entry.attributes.integer(attribute));
    }
  }
  out.item().end_indefinite();
}

// --- Reading ---

/// The items of an image, one after the other. Strings come as their head: `Item::number` is the
/// length, and the content is taken or skipped next.
class ImageReader {
 public:
  explicit ImageReader(ConfigurationStore& store) : store_(store) {}

  Result<Item> next();
  /// The content of a string into `out`, or to nowhere.
  Status take(MutableBytes out);
  Status skip(std::size_t size);
  /// An item that must be a number up to `highest`.
  Result<std::uint32_t> number(std::uint32_t highest);
  /// An identifier above `after`, which becomes it; false at the end of the array.
  Result<bool> next_id(Id& after);
  /// The beginning of an array of unknown length; false at the end of the one around it.
  Result<bool> opens();
  Status open();
  [[nodiscard]] Result<bool> at_end();

  [[nodiscard]] std::size_t position() const { return offset_ + first_; }
  void seek(std::size_t position) {
    offset_ = position;
    first_ = end_ = 0;
  }
  /// Of what was consumed since the beginning, if nobody has called `seek`.
  [[nodiscard]] std::uint32_t crc() const { return crc_.value(); }

 private:
  Status fill(std::size_t wanted);
  [[nodiscard]] ByteView available() const {
    return ByteView(buffer_).subspan(first_, end_ - first_);
  }
  void consume(std::size_t size) {
    crc_.add(available().first(size));
    first_ += size;
  }

  ConfigurationStore& store_;
  std::size_t offset_ = 0;  // of the buffer in the image
  std::size_t first_ = 0;
  std::size_t end_ = 0;
  std::array<std::uint8_t, 64> buffer_{};
  Crc32 crc_;
};

/// Makes `wanted` bytes available, or all there are.
Status ImageReader::fill(std::size_t wanted) {
  if (end_ - first_ >= wanted) return {};
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(first_),
            buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
  offset_ += first_;
  end_ -= first_;
  first_ = 0;
  while (end_ < wanted) {
    const MutableBytes free = MutableBytes(buffer_).subspan(end_);
    LINNET_TRY_ASSIGN(const std::size_t size, store_.read(offset_ + end_, free));
    if (size == 0) break;
    end_ += std::min(size, free.size());
  }
  return {};
}

Result<Item> ImageReader::next() {
  LINNET_TRY(fill(kLongestHead));
  std::array<std::uint8_t, kLongestHead> head{};
  const std::size_t size = std::min(available().size(), head.size());
  std::copy_n(available().begin(), size, head.begin());
  // A string's head is that of a number, but for the type.
  const unsigned major = head[0] >> 5;
  const bool string = major == 2 || major == 3;
  if (string) head[0] &= 0x1F;
  Reader reader(ByteView(head).first(size));
  LINNET_TRY_ASSIGN(Item item, cbor::Decoder(reader).next());
  consume(reader.position());
  if (string && item.number > 0xFFFFFFFF) return Error::Malformed;
  if (string) item.kind = major == 2 ? Item::Kind::Bytes : Item::Kind::Text;
  return item;
}

Status ImageReader::take(MutableBytes out) {
  while (!out.empty()) {
    LINNET_TRY(fill(1));
    const std::size_t size = std::min(available().size(), out.size());
    if (size == 0) return Error::Truncated;
    std::copy_n(available().begin(), size, out.begin());
    consume(size);
    out = out.subspan(size);
  }
  return {};
}

Status ImageReader::skip(std::size_t size) {
  while (size != 0) {
    LINNET_TRY(fill(1));
    const std::size_t part = std::min(available().size(), size);
    if (part == 0) return Error::Truncated;
    consume(part);
    size -= part;
  }
  return {};
}

Result<std::uint32_t> ImageReader::number(std::uint32_t highest) {
  LINNET_TRY_ASSIGN(const Item item, next());
  if (item.kind != Item::Kind::Unsigned || item.number > highest) return Error::Malformed;
  return static_cast<std::uint32_t>(item.number);
}

Result<bool> ImageReader::next_id(Id& after) {
  LINNET_TRY_ASSIGN(const Item item, next());
  if (item.kind == Item::Kind::Break) return false;
  const auto at_least = static_cast<Id>(after + 1);
  if (item.kind != Item::Kind::Unsigned || item.number >= kNoId || item.number < at_least) {
    return Error::Malformed;
  }
  after = static_cast<Id>(item.number);
  return true;
}

Result<bool> ImageReader::opens() {
  LINNET_TRY_ASSIGN(const Item item, next());
  if (item.kind == Item::Kind::Break) return false;
  if (item.kind != Item::Kind::Array || !item.indefinite) return Error::Malformed;
  return true;
}

Status ImageReader::open() {
  LINNET_TRY_ASSIGN(const bool open, opens());
  return open ? Status() : Error::Malformed;
}

Result<bool> ImageReader::at_end() {
  LINNET_TRY(fill(1));
  return available().empty();
}

/// One walk over an image, to check it or to apply it.
class Restoring {
 public:
  Restoring(const DeviceManagementSettings& settings, std::uint64_t objects,
            ConfigurationStore& store)
      : settings_(settings), objects_(objects), in_(store) {}

  Status run(bool apply);
  [[nodiscard]] const RestoredImage& result() const { return result_; }

 private:
  enum class Step : std::uint8_t { Check, Remove, Write };

  Status header();
  Status object(Id& after, bool apply);
  Status instances(Object* object, Id id, Step step);
  Status instance(Object* object, const Path& path, Step step);
  Status resource(Object* object, const Path& path, Step step);
  Status value(const Item& item, Object* object, const ResourceDefinition* definition,
               const Path& path, Step step);
  Result<Value> scalar(const Item& item, const ResourceDefinition* definition);
  Result<Value> string(const Item& item, DataType type);
  Status attributes(bool apply);
  Status attribute(Attribute attribute, lwm2m::Attributes& out);
  Status end();

  [[nodiscard]] Object* find(Id id) const;
  [[nodiscard]] bool provide(Object& object, const Path& instance);
  void remove_between(Object& object, Id after, Id until);
  static void reset_between(Object& object, const Path& instance, Id after, Id until);
  void note(Object& object, const Path& path, Status status) {
    if (!status.ok() && object.persists()) note(path, status);
  }
  void note(const Path& path, Status status) {
    if (status.ok() || result_.refused != Error::Ok) return;
    result_.refused = status.error();
    result_.refused_at = path;
  }

  const DeviceManagementSettings& settings_;
  std::uint64_t objects_;
  ImageReader in_;
  RestoredImage result_;
};

Status Restoring::run(bool apply) {
  LINNET_TRY(header());
  LINNET_TRY(in_.open());
  Id after = kNoId;
  for (;;) {
    LINNET_TRY_ASSIGN(const bool more, in_.opens());
    if (!more) break;
    LINNET_TRY(object(after, apply));
  }
  LINNET_TRY(attributes(apply));
  return apply ? Status() : end();
}

Status Restoring::header() {
  LINNET_TRY_ASSIGN(const Item magic, in_.next());
  std::array<std::uint8_t, sizeof kMagic> bytes{};
  if (magic.kind != Item::Kind::Bytes || magic.number != bytes.size()) return Error::Malformed;
  LINNET_TRY(in_.take(bytes));
  if (!equal(bytes, kMagic)) return Error::Malformed;
  LINNET_TRY_ASSIGN(const std::uint32_t version, in_.number(0xFFFFFFFF));
  if (version != kVersion) return Error::Unsupported;
  LINNET_TRY_ASSIGN(result_.flags, in_.number(0xFFFFFFFF));
  return {};
}

/// The length and the checksum, and nothing behind them.
Status Restoring::end() {
  const std::size_t size = in_.position();
  const std::uint32_t crc = in_.crc();
  LINNET_TRY_ASSIGN(const Item item, in_.next());
  if (item.kind != Item::Kind::Array || item.indefinite || item.number != 2) {
    return Error::Malformed;
  }
  LINNET_TRY_ASSIGN(const std::uint32_t said_size, in_.number(0xFFFFFFFF));
  LINNET_TRY_ASSIGN(const std::uint32_t said_crc, in_.number(0xFFFFFFFF));
  LINNET_TRY_ASSIGN(const bool over, in_.at_end());
  return said_size == size && said_crc == crc && over ? Status() : Error::Malformed;
}

/// The object that is to be restored, or null.
Object* Restoring::find(Id id) const {
  for (std::size_t i = 0; i < settings_.objects.size(); ++i) {
    if (settings_.objects[i]->definition().id != id) continue;
    return (objects_ >> std::min<std::size_t>(i, 63) & 1u) != 0 ? settings_.objects[i] : nullptr;
  }
  return nullptr;
}

Status Restoring::object(Id& after, bool apply) {
  LINNET_TRY_ASSIGN(const bool named, in_.next_id(after));
  if (!named) return Error::Malformed;
  LINNET_TRY(in_.number(0xFFFF));
  Object* object = find(after);
  if (apply && object != nullptr) {
    // What goes makes room for what comes.
    const std::size_t start = in_.position();
    LINNET_TRY(instances(object, after, Step::Remove));
    in_.seek(start);
  }
  return instances(object, after, apply ? Step::Write : Step::Check);
}

Status Restoring::instances(Object* object, Id id, Step step) {
  Id before = kNoId;
  for (;;) {
    LINNET_TRY_ASSIGN(const bool more, in_.opens());
    if (!more) break;
    Id current = before;
    LINNET_TRY_ASSIGN(const bool named, in_.next_id(current));
    if (!named) return Error::Malformed;
    if (step == Step::Remove) remove_between(*object, before, current);
    LINNET_TRY(instance(object, Path(id, current), step));
    before = current;
  }
  if (step == Step::Remove) remove_between(*object, before, kNoId);
  return {};
}

void Restoring::remove_between(Object& object, Id after, Id until) {
  for (Id id = object.next_instance(after); id < until; id = object.next_instance(id)) {
    note(object, Path(object.definition().id, id), object.remove(id));
  }
}

/// Whether the instance is there now.
bool Restoring::provide(Object& object, const Path& instance) {
  const Id id = instance.instance();
  if (object.next_instance(static_cast<Id>(id - 1)) == id) return true;
  const Status created = object.create(id);
  note(object, instance, created);
  return created.ok();
}

Status Restoring::instance(Object* object, const Path& path, Step step) {
  if (step == Step::Remove) object = nullptr;
  if (step == Step::Write && object != nullptr && !provide(*object, path)) object = nullptr;
  Id before = kNoId;
  for (;;) {
    Id current = before;
    LINNET_TRY_ASSIGN(const bool more, in_.next_id(current));
    if (step == Step::Write && object != nullptr) {
      reset_between(*object, path, before, more ? current : kNoId);
    }
    if (!more) return {};
    LINNET_TRY(resource(object, path.child(current), step));
    before = current;
  }
}

/// Optional resources that are there and were not when the image was written.
void Restoring::reset_between(Object& object, const Path& instance, Id after, Id until) {
  for (const ResourceDefinition& definition : object.definition().resources) {
    if (definition.id < static_cast<Id>(after + 1) || definition.id >= until) continue;
    const Path path = instance.child(definition.id);
    if (!definition.mandatory && is_kept(object, definition, path)) (void)object.reset(path);
  }
}

Status Restoring::resource(Object* object, const Path& path, Step step) {
  const ResourceDefinition* definition =
      object != nullptr ? object->definition().find(path.resource()) : nullptr;
  LINNET_TRY_ASSIGN(const Item item, in_.next());
  if (item.kind != Item::Kind::Array || !item.indefinite) {
    const bool fits = definition != nullptr && !definition->multiple;
    return value(item, object, fits ? definition : nullptr, path, step);
  }
  if (definition != nullptr && !definition->multiple) definition = nullptr;
  if (definition != nullptr && step == Step::Write) (void)object->reset(path);
  Id id = kNoId;
  for (;;) {
    LINNET_TRY_ASSIGN(const bool more, in_.next_id(id));
    if (!more) return {};
    LINNET_TRY_ASSIGN(const Item element, in_.next());
    LINNET_TRY(value(element, object, definition, path.child(id), step));
  }
}

/// A value whose definition is null is read over.
Status Restoring::value(const Item& item, Object* object, const ResourceDefinition* definition,
                        const Path& path, Step step) {
  LINNET_TRY_ASSIGN(const Value value, scalar(item, definition));
  if (step != Step::Write || definition == nullptr) return {};
  if (lwm2m::check(*definition, value).ok()) note(*object, path, object->write(path, value));
  return {};
}

/// Empty if the value is none of this type.
Result<Value> Restoring::scalar(const Item& item, const ResourceDefinition* definition) {
  const DataType type = definition != nullptr ? definition->type : DataType::None;
  switch (item.kind) {
    case Item::Kind::Text:
    case Item::Kind::Bytes: return string(item, type);
    case Item::Kind::Null: return Value();
    case Item::Kind::Boolean:
      return type == DataType::Boolean ? Value::boolean(item.number != 0) : Value();
    case Item::Kind::Float: return type == DataType::Float ? Value::floating(item.real) : Value();
    case Item::Kind::Unsigned:
    case Item::Kind::Negative: {
      if (type == DataType::Unsigned && item.kind == Item::Kind::Unsigned) {
        return Value::unsigned_integer(item.number);
      }
      const auto number = item.integer();
      if (!number.ok()) return Value();
      return type == DataType::Integer ? Value::integer(*number)
             : type == DataType::Time  ? Value::time(*number)
                                       : Value();
    }
    case Item::Kind::Array: {
      if (item.indefinite || item.number != 2) return Error::Malformed;
      LINNET_TRY_ASSIGN(const std::uint32_t object, in_.number(kNoId));
      LINNET_TRY_ASSIGN(const std::uint32_t instance, in_.number(kNoId));
      const lwm2m::ObjectLink link{static_cast<Id>(object), static_cast<Id>(instance)};
      return type == DataType::Objlnk ? Value::link(link) : Value();
    }
    default: return Error::Malformed;
  }
}

Result<Value> Restoring::string(const Item& item, DataType type) {
  const auto size = static_cast<std::size_t>(item.number);
  const bool text = item.kind == Item::Kind::Text;
  const bool fits =
      text ? type == DataType::String || type == DataType::Corelnk : type == DataType::Opaque;
  if (!fits) {
    LINNET_TRY(in_.skip(size));
    return Value();
  }
  if (size > settings_.scratch.size()) return Error::TooLarge;
  const MutableBytes bytes = settings_.scratch.first(size);
  LINNET_TRY(in_.take(bytes));
  return type == DataType::String    ? Value::string(as_text(bytes))
         : type == DataType::Corelnk ? Value::corelnk(as_text(bytes))
                                     : Value::opaque(bytes);
}

Status Restoring::attributes(bool apply) {
  LINNET_TRY(in_.open());
  AttributeStore* store = apply ? settings_.attributes : nullptr;
  if (store != nullptr) store->clear();
  const DeviceManagement model(settings_);
  for (;;) {
    LINNET_TRY_ASSIGN(const bool more, in_.opens());
    if (!more) return {};
    Id server = 0;
    LINNET_TRY_ASSIGN(const bool named, in_.next_id(server));
    LINNET_TRY_ASSIGN(const Item ids, in_.next());
    if (!named || ids.kind != Item::Kind::Array || ids.indefinite || ids.number > 4) {
      return Error::Malformed;
    }
    Path path;
    for (std::uint64_t i = 0; i < ids.number; ++i) {
      LINNET_TRY_ASSIGN(const std::uint32_t id, in_.number(kNoId - 1));
      path = path.child(static_cast<Id>(id));
    }
    lwm2m::AttributeChange change;
    Id number = kNoId;
    for (;;) {
      LINNET_TRY_ASSIGN(const bool another, in_.next_id(number));
      if (!another) break;
      LINNET_TRY(attribute(static_cast<Attribute>(number), change.set));
    }
    if (store != nullptr && !path.is_root() && !change.set.empty() && model.exists(path)) {
      note(path, store->apply(server, path, change));
    }
  }
}

/// One that this version does not know is read over.
Status Restoring::attribute(Attribute attribute, lwm2m::Attributes& out) {
  LINNET_TRY_ASSIGN(const Item item, in_.next());
  const bool real = item.kind == Item::Kind::Float;
  if (!real && (item.kind != Item::Kind::Unsigned || item.number > 0xFFFFFFFF)) {
    return Error::Malformed;
  }
  if (static_cast<std::size_t>(attribute) >= lwm2m::kAttributes) return {};
  if (real != is_real(attribute)) return Error::Malformed;
  if (real) {
    out.set_real(attribute, item.real);
  } else {
    out.set_integer(attribute, static_cast<std::uint32_t>(item.number));
  }
  return {};
}

}  // namespace

Status write_image(const DeviceManagementSettings& settings, std::uint32_t flags, ImageScope scope,
                   ConfigurationStore& store) {
  ImageWriter out(store, settings.scratch.size());
  out.value(Value::opaque(kMagic));
  out.item().unsigned_integer(kVersion);
  out.item().unsigned_integer(flags);
  out.item().begin_array();
  for (Object* object : settings.objects) {
    if (scope == ImageScope::Everything || object->persists()) write_object(*object, out);
  }
  out.item().end_indefinite();
  out.item().begin_array();
  if (settings.attributes != nullptr) {
    for (const AttributeEntry& entry : settings.attributes->entries()) {
      if (!entry.attributes.empty()) write_attributes(entry, out);
    }
  }
  out.item().end_indefinite();
  return out.finish();
}

Result<RestoredImage> read_image(const DeviceManagementSettings& settings, std::uint64_t objects,
                                 ConfigurationStore& store) {
  LINNET_TRY(Restoring(settings, objects, store).run(false));
  Restoring restoring(settings, objects, store);
  LINNET_TRY(restoring.run(true));
  return restoring.result();
}

}  // namespace linnet::client
