// SPDX-License-Identifier: Apache-2.0
#pragma once
// The device management interface of the client (Core 1.2 §6.3, Transport 1.2 §6.4): takes a
// request whose body is complete, walks the objects, and gives the answer with exactly the
// response codes of the standard. Knows nothing of messages, blocks or time.
//
// Refers to everything in `DeviceManagementSettings`, which outlives it. Not re-entrant: objects
// must not call back.
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <linnet/base/bytes.hpp>
#include <linnet/client/access_control.hpp>
#include <linnet/client/attribute_store.hpp>
#include <linnet/client/features.hpp>
#include <linnet/client/object.hpp>
#include <linnet/coap/code.hpp>
#include <linnet/lwm2m/format.hpp>

namespace linnet::client {

using lwm2m::ContentFormat;

/// A request of a server, as the options and the payload say. All views outlive the call.
struct Request {
  ShortServerId server = 0;
  /// Get, Post, Put, Delete, Fetch or IPatch; anything else is answered 4.05.
  coap::Code method{};
  Path path;
  std::optional<ContentFormat> content_format;
  std::optional<ContentFormat> accept;
  /// The Uri-Query options, one each.
  std::span<const std::string_view> queries;
  ByteView payload;
  /// An Observe option is there (either value): a GET is no Discover, and queries are attributes
  /// of the observation, which the engine parses.
  bool observe = false;
};

/// The answer; the body goes to the writer given beside it.
struct Reply {
  coap::Code code{};
  /// Of the body; empty if there is none.
  std::optional<ContentFormat> format;
  /// Create: the (first) new instance, for Location-Path [DM-50]. Otherwise the root.
  Path location;
  /// The body is to be fetched by `read_block(path, ...)`: it was not written.
  bool stream = false;
};

/// What to do with a request body that comes in several blocks.
struct BodyPlan {
  enum class Handling : std::uint8_t {
    Assemble,  ///< collect it, then call `handle`
    Stream,    ///< hand each block to `write_block` as it comes
    Refuse,    ///< answer `code` at the first block already
  };
  Handling handling = Handling::Assemble;
  coap::Code code{};
};

/// Told what a server's request changed or executed, after it was done.
class ChangeSink {
 public:
  virtual void changed(ShortServerId by, const Change& change) = 0;

 protected:
  ~ChangeSink() = default;
};

class DeviceManagement;

class Engine;

/// Read-Composite, Write-Composite and Observe-Composite (`Features::composite`).
struct CompositeOperations {
  Status (*read)(DeviceManagement&, const Request&, Reply&, Writer&);
  Status (*write)(DeviceManagement&, const Request&);
  /// Makes the paths of a request those of an observation; false if there is no room.
  bool (*observe)(Engine&, const Request&, std::uint16_t index);
  Reply (*read_observed)(Engine&, std::uint16_t index, Writer&);
};

/// Create and Delete (`Features::instances`).
struct InstanceOperations {
  Status (*create)(DeviceManagement&, const Request&, Reply&);
  Status (*remove)(DeviceManagement&, const Request&);
};

struct DeviceManagementSettings {
  /// Every object of the device, ascending by id, each id once. Objects 0 and 21 belong here too:
  /// servers cannot see them [DM-02].
  std::span<Object* const> objects;
  lwm2m::FormatTable formats;
  /// Answers to a Read without Accept [DM-05]: of a single value (an Opaque one goes as opaque if
  /// that format is in the table), and of everything else.
  ContentFormat single_format = ContentFormat::Text;
  ContentFormat multiple_format = ContentFormat::Tlv;
  /// Answers to a composite read without Accept; must be a `composite` format.
  ContentFormat composite_format = ContentFormat::SenmlCbor;
  Features features;
  /// The enabler version the client announces: decides where `ver=` is needed [OV-04].
  lwm2m::Version enabler = lwm2m::kEnabler11;
  /// What stands before every path, such as "/lwm2m"; empty for nothing; at most 40 characters
  /// [REG-26].
  std::string_view root_path;
  /// For values that must be unescaped or decoded, and for streams read as values. As large as the
  /// longest text or opaque value that is to be accepted.
  MutableBytes scratch;
  AttributeStore* attributes = nullptr;
  AccessControl* access = nullptr;
  ChangeSink* changes = nullptr;
};

/// Security and OSCORE: not there for any server [DM-02].
[[nodiscard]] bool is_hidden(Id object);

/// Paths one composite request may name; 4.13 if there are more.
inline constexpr std::size_t kMaxCompositePaths = 16;

class DeviceManagement {
 public:
  explicit DeviceManagement(const DeviceManagementSettings& settings) : settings_(settings) {}

  /// Does what the request asks for and appends the body of the answer to `body`.
  Reply handle(const Request& request, Writer& body);

  // --- Bodies in blocks ---

  /// Looks at a request whose first block came; `payload` is that block.
  [[nodiscard]] BodyPlan plan_body(const Request& head);
  /// One block of a streamed Write: `request.payload` starts at `offset` of the body. 2.31 when
  /// it was taken, 2.04 when it was the last.
  Reply write_block(const Request& request, std::size_t offset, bool last);
  /// Part of a stream whose Read was answered with `Reply::stream`.
  Result<StreamBlock> read_block(const Path& path, std::size_t offset, MutableBytes out);

  // --- For observations ---

  /// The body of a Read or of a notification of `path`, in a format that was negotiated before;
  /// checks rights again [IR-27].
  Reply read(ShortServerId server, const Path& path, ContentFormat format, Writer& body);
  /// Gives `out` every value at and below `path` that the server may read, in whatever form it has.
  Status read_values(ShortServerId server, const Path& path, lwm2m::RecordWriter& out);
  /// The same as `read` for several paths, best effort; 4.01 if nothing may be read [DM-63]
  /// [IR-36].
  Reply read_composite(ShortServerId server, std::span<const Path> paths, ContentFormat format,
                       Writer& body);
  /// The notification attributes in the queries of a request; `Malformed` if any is unknown, twice
  /// there, no number, or contradicts another [DM-40] [DM-41].
  Status parse_attributes(const Request& request, lwm2m::AttributeChange& change) const;
  /// The paths a FETCH names into `out`, and how many they are.
  Result<std::size_t> parse_paths(const Request& request, std::span<Path> out);
  /// The present value of a single resource or resource instance, without looking at rights.
  Result<Value> value(const Path& path);
  /// The definition of the resource that `path` is in, or null.
  [[nodiscard]] const lwm2m::ResourceDefinition* resource(const Path& path) const;
  /// The attributes that hold for `server` at `path`, defaults of its /1 instance included
  /// (/1/x/2, /1/x/3, /1/x/26) [IR-13] [SRV-23] [SRV-25].
  lwm2m::Attributes effective_attributes(ShortServerId server, const Path& path);

  // --- For registrations ---

  /// Appends the list of objects and instances that Register and Update carry
  /// [REG-23]..[REG-28].
  void write_object_list(Writer& out) const;
  /// Writes the part of that list from `offset` on into `out` and returns the length of the whole
  /// list, so that it can be sent block by block without being kept anywhere.
  std::size_t object_list(std::size_t offset, MutableBytes out) const;

  // --- Objects ---

  [[nodiscard]] Object* object(Id id) const;
  /// Whether a server finds something there; the root always is, a hidden object never.
  [[nodiscard]] bool exists(const Path& path) const;
  /// Whether there is such an instance, of a hidden object too.
  [[nodiscard]] bool has_instance(const Path& path) const;
  /// Tells every object the time.
  void advance(Instant now);
  /// The next change that an object has to tell; false when there is none.
  bool poll_change(Change& out);

  [[nodiscard]] const DeviceManagementSettings& settings() const { return settings_; }

 private:
  friend class BootstrapInterface;
  friend class Walk;
  friend struct Composite;
  friend struct Instances;
  struct WriteOperation;

  // Where a path leads (device_management.cpp).
  [[nodiscard]] Id next_child(const Path& parent, Id after) const;
  [[nodiscard]] Status admit(ShortServerId server, const Path& path, Right right) const;
  Result<const lwm2m::ResourceDefinition*> find_resource(const Path& path) const;
  void report(ShortServerId by, const Path& path, Change::Kind kind) const;

  // One function an operation. An error becomes the response code.
  static void conclude(Status status, std::size_t start, Reply& reply, Writer& body);
  Status dispatch(const Request& request, Reply& reply, Writer& body);
  Status dispatch_post(const Request& request, Reply& reply);
  Status execute(const Request& request);
  Status write_attributes(const Request& request);
  Status discover(const Request& request, Writer& body);
  bool write_link(Writer& out, const Path& path) const;
  void write_list_root(Writer& out) const;
  void write_list_link(Writer& out, const Path& path) const;
  [[nodiscard]] bool is_1_0() const { return settings_.enabler == lwm2m::kEnabler10; }

  // Reading (device_management_read.cpp).
  Status read_at(ShortServerId server, const Path& path, std::optional<ContentFormat> accept,
                 Reply& reply, Writer& body);
  Result<const lwm2m::Format*> choose_format(std::optional<ContentFormat> accept,
                                             bool single_opaque, bool single) const;
  Result<Value> fetch(Object& object, const Path& path);
  /// How many instances a server was allowed and not allowed to read, and why the value asked for
  /// itself could not be had.
  struct Tally {
    std::uint16_t allowed = 0;
    std::uint16_t denied = 0;
    Error target = Error::Ok;
  };
  Status read_below(ShortServerId server, const Path& target, lwm2m::RecordWriter& out,
                    Tally& tally);

  // Writing (device_management_write.cpp).
  Result<const lwm2m::Format*> payload_format(const Request& request) const;
  Result<const lwm2m::Format*> write_target(const Request& request) const;
  Status write(const Request& request, bool replace);
  Status run(WriteOperation& operation, bool apply);
  Status write_record(WriteOperation& operation, const lwm2m::Record& record, bool apply);
  Status write_value(const WriteOperation& operation, Object& object,
                     const lwm2m::ResourceDefinition& definition, const lwm2m::Record& record,
                     bool apply);
  Result<Value> convert(const lwm2m::Format& format, const lwm2m::ResourceDefinition& definition,
                        const lwm2m::RawValue& raw) const;
  Status clear_replaced(WriteOperation& operation);
  [[nodiscard]] bool link_leads_somewhere(const lwm2m::ObjectLink& link) const;

  DeviceManagementSettings settings_;
};

}  // namespace linnet::client
