// SPDX-License-Identifier: Apache-2.0
#pragma once
// For tests of the dispatcher: a device whose object 1000 has a resource of every kind, kept in a
// map, and one-line requests.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <linnet/client/device_management.hpp>
#include <linnet/client/objects/security.hpp>
#include <linnet/client/objects/server.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::client::test {

using lwm2m::DataType;

inline constexpr Id kEvery = 1000;
enum EveryResource : Id {
  kText = 0,     // mandatory
  kInteger = 1,  // 0..100
  kUnsigned = 2,
  kFloat = 3,
  kBoolean = 4,
  kOpaque = 5,
  kTime = 6,
  kLink = 7,
  kCorelnk = 8,
  kRun = 9,
  kSecret = 10,   // write only
  kCounter = 11,  // read only
  kNumbers = 12,  // multiple, at most four
  kImage = 13,    // a stream
  kLog = 14,      // multiple, read only
  kNothing = 15,  // no operation
};

inline constexpr lwm2m::ResourceDefinition kEveryResources[] = {
    {kText, DataType::String, lwm2m::kReadWrite, false, true, 0, 20},
    {kInteger, DataType::Integer, lwm2m::kReadWrite, false, false, 0, 100},
    {kUnsigned, DataType::Unsigned, lwm2m::kReadWrite},
    {kFloat, DataType::Float, lwm2m::kReadWrite},
    {kBoolean, DataType::Boolean, lwm2m::kReadWrite},
    {kOpaque, DataType::Opaque, lwm2m::kReadWrite},
    {kTime, DataType::Time, lwm2m::kReadWrite},
    {kLink, DataType::Objlnk, lwm2m::kReadWrite},
    {kCorelnk, DataType::Corelnk, lwm2m::kReadWrite},
    {kRun, DataType::None, lwm2m::kExecute},
    {kSecret, DataType::String, lwm2m::kWrite},
    {kCounter, DataType::Integer, lwm2m::kRead},
    {kNumbers, DataType::Integer, lwm2m::kReadWrite, true},
    {kImage, DataType::Opaque, lwm2m::kReadWrite},
    {kLog, DataType::String, lwm2m::kRead, true},
    {kNothing, DataType::Integer, lwm2m::kNoOperation},
};
inline constexpr lwm2m::ObjectDefinition kEveryDefinition{
    kEvery, {2, 1}, true, false, kEveryResources};

/// A value that owns its text.
struct Owned {
  Value value;
  std::string text;

  explicit Owned(const Value& v) : value(v) {
    if (v.type() == DataType::String || v.type() == DataType::Corelnk) text = v.as_string();
    if (v.type() == DataType::Opaque) text = as_text(v.as_opaque());
  }
  [[nodiscard]] Value get() const {
    switch (value.type()) {
      case DataType::String: return Value::string(text);
      case DataType::Corelnk: return Value::corelnk(text);
      case DataType::Opaque: return Value::opaque(as_bytes(text));
      default: return value;
    }
  }
};

class EveryObject final : public Object {
 public:
  /// Instances to values. An instance is there if it has an entry.
  std::map<Id, std::map<Path, Owned>> instances;
  std::map<Path, std::string> images;
  std::vector<std::string> executed;
  std::size_t max_instances = 3;
  Error read_error = Error::Ok;
  Error check_error = Error::Ok;
  int writes = 0;
  bool kept = false;

  void set(Id instance, Id resource, const Value& value) {
    put(Path(kEvery, instance, resource), value);
  }
  void put(const Path& path, const Value& value) {
    instances[path.instance()].insert_or_assign(path, Owned(value));
  }
  [[nodiscard]] bool has(const Path& path) const {
    const auto found = instances.find(path.instance());
    return found != instances.end() && found->second.count(path) != 0;
  }
  [[nodiscard]] Value at(const Path& path) const {
    return instances.at(path.instance()).at(path).get();
  }

  const lwm2m::ObjectDefinition& definition() const override { return kEveryDefinition; }
  bool persists() const override { return kept; }
  Id next_instance(Id after) const override {
    const auto next = instances.lower_bound(static_cast<Id>(after + 1));
    return next == instances.end() ? kNoId : next->first;
  }
  bool has_resource(const Path& resource) const override {
    if (resource.resource() == kRun || resource.resource() == kSecret) return true;
    if (resource.resource() == kImage) return images.count(resource) != 0;
    const auto& values = instances.at(resource.instance());
    return std::any_of(values.begin(), values.end(),
                       [&](const auto& entry) { return resource.contains(entry.first); });
  }
  Id next_resource_instance(const Path& resource, Id after) const override {
    for (const auto& [path, value] : instances.at(resource.instance())) {
      if (resource.contains(path) && path.is_resource_instance() &&
          path.resource_instance() >= static_cast<Id>(after + 1)) {
        return path.resource_instance();
      }
    }
    return kNoId;
  }
  Result<Value> read(const Path& path) override {
    if (read_error != Error::Ok && path.resource() == kCounter) return read_error;
    if (!has(path)) return Error::NotFound;
    return at(path);
  }
  Status check(const Path&, const Value&) override { return check_error; }
  Status write(const Path& path, const Value& value) override {
    ++writes;
    put(path, value);
    return {};
  }
  Status reset(const Path& path) override {
    std::erase_if(instances[path.instance()],
                  [&](const auto& entry) { return path.contains(entry.first); });
    // An empty multiple resource stays there.
    return {};
  }
  Status execute(const Path& path, const ExecuteArguments& arguments) override {
    const auto first = arguments.find('0');
    if (first && first->value == "busy") return Error::Busy;
    executed.push_back(first ? std::string(first->value) : "-");
    (void)path;
    return {};
  }
  Status create(Id instance) override {
    if (instances.size() == max_instances) return Error::NoSpace;
    instances[instance];
    return {};
  }
  Status remove(Id instance) override {
    instances.erase(instance);
    std::erase_if(images, [&](const auto& entry) { return entry.first.instance() == instance; });
    return {};
  }
  bool is_stream(const Path& path) const override { return path.resource() == kImage; }
  Result<StreamBlock> read_block(const Path& path, std::size_t offset, MutableBytes out) override {
    if (offset > images.at(path).size()) return Error::Range;
    const std::string_view rest = std::string_view(images.at(path)).substr(offset);
    const std::size_t size = std::min(rest.size(), out.size());
    std::copy_n(rest.begin(), size, out.begin());
    return StreamBlock{.size = size, .last = size == rest.size()};
  }
  Status write_block(const Path& path, std::size_t offset, ByteView bytes, bool) override {
    if (offset == 0) images[path].clear();
    if (images[path].size() != offset) return Error::State;
    images[path] += as_text(bytes);
    return {};
  }
};

/// Rights that can be taken away, and a note of what was asked.
class TestRights final : public AccessControl {
 public:
  std::map<std::pair<Path, Right>, bool> denied;
  bool allows(ShortServerId, Right right, const Path& path) const override {
    return denied.count({path, right}) == 0;
  }
};

class NotedChanges final : public ChangeSink {
 public:
  std::vector<std::string> all;
  void changed(ShortServerId by, const Change& change) override {
    char text[lwm2m::kMaxPathText];
    static constexpr const char* kKinds[] = {"value ", "created ", "removed ", "executed "};
    all.push_back(std::to_string(by) + " " + kKinds[static_cast<int>(change.kind)] +
                  std::string(format(change.path, text)));
  }
};

/// Objects 0, 1 and 1000 behind a dispatcher; servers 101 and 102.
class Device {
 public:
  explicit Device(lwm2m::FormatTable formats) {
    (void)security.add({.instance = 0,
                        .uri = "coap://server",
                        .bootstrap = false,
                        .mode = SecurityMode::NoSec,
                        .short_server_id = 101,
                        .identity = {},
                        .server_key = {},
                        .secret_key = {}});
    ServerInstance first(0, 101, 300);
    first.set(lwm2m::objects::server::kDefaultMinimumPeriod, 5);
    (void)servers.put(first);
    (void)servers.put(ServerInstance(1, 102, 600));
    every.set(0, kText, Value::string("hello"));
    every.set(0, kInteger, Value::integer(42));
    every.set(0, kCounter, Value::integer(7));
    every.put(Path(kEvery, 0, kNumbers, 0), Value::integer(10));
    every.put(Path(kEvery, 0, kNumbers, 3), Value::integer(13));
    settings.objects = objects;
    settings.formats = formats;
    settings.features = all_features();
    settings.scratch = scratch;
    settings.attributes = &attributes;
    settings.access = &rights;
    settings.changes = &changes;
    Change change;
    while (servers.poll_change(change)) {
    }
  }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  /// The answer to a request; its body is in `body` afterwards.
  Reply ask(Request request) {
    if (request.server == 0) request.server = 101;
    storage.assign(capacity, 0xEE);
    Writer writer(storage);
    DeviceManagement model(settings);
    const Reply reply = model.handle(request, writer);
    body.assign(writer.written().begin(), writer.written().end());
    return reply;
  }
  static Path path(std::string_view text) { return *Path::parse(text); }
  [[nodiscard]] std::string_view text() const { return as_text(body); }

  Reply get(std::string_view at, std::optional<ContentFormat> accept = {}) {
    Request request;
    request.method = coap::Code::Get;
    request.path = path(at);
    request.accept = accept;
    return ask(request);
  }
  Reply send(coap::Code method, std::string_view at, std::optional<ContentFormat> content_format,
             ByteView payload) {
    Request request;
    request.method = method;
    request.path = path(at);
    request.content_format = content_format;
    request.payload = payload;
    return ask(request);
  }
  Reply put(std::string_view at, std::optional<ContentFormat> content_format, ByteView payload) {
    return send(coap::Code::Put, at, content_format, payload);
  }
  Reply put(std::string_view at, std::string_view payload) {
    return put(at, ContentFormat::Text, as_bytes(payload));
  }
  Reply post(std::string_view at, std::optional<ContentFormat> content_format, ByteView payload) {
    return send(coap::Code::Post, at, content_format, payload);
  }
  Reply remove(std::string_view at) { return send(coap::Code::Delete, at, {}, {}); }
  Reply attach(std::string_view at, std::vector<std::string_view> queries,
               ShortServerId server = 101) {
    Request request;
    request.server = server;
    request.method = coap::Code::Put;
    request.path = path(at);
    request.queries = queries;
    return ask(request);
  }
  Reply discover(std::string_view at, std::vector<std::string_view> queries = {},
                 ShortServerId server = 101) {
    Request request;
    request.server = server;
    request.method = coap::Code::Get;
    request.path = path(at);
    request.accept = ContentFormat::LinkFormat;
    request.queries = queries;
    return ask(request);
  }

  SecurityStorage<SecurityCapacity{.instances = 1}> security_rows;
  SecurityObject security{security_rows.rows(), lwm2m::objects::kSecurity_1_1};
  std::array<ServerInstance, 2> server_rows;
  ServerObject servers{server_rows, lwm2m::objects::kServer_1_1};
  EveryObject every;
  std::vector<Object*> objects{&security, &servers, &every};
  std::array<AttributeEntry, 4> attribute_rows;
  AttributeStore attributes{attribute_rows};
  std::array<std::uint8_t, 64> scratch{};
  TestRights rights;
  NotedChanges changes;
  DeviceManagementSettings settings;
  std::size_t capacity = 1024;
  std::vector<std::uint8_t> storage;
  std::vector<std::uint8_t> body;
};

}  // namespace linnet::client::test
