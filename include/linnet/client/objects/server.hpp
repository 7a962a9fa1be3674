// SPDX-License-Identifier: Apache-2.0
#pragma once
// Object 1, LwM2M Server (Core 1.2 Appendix E.2): what the client knows about each server. The
// engine reads it and asks for the triggers a server has pulled; nothing is called back.
#include <array>
#include <span>

#include <linnet/client/access_control.hpp>
#include <linnet/client/object.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::client {

/// One instance of /1. Every resource but the binding fits a number, so they are kept as one row
/// of numbers: a boolean as 0 or 1, a letter as its code, a link as object << 16 | instance.
class ServerInstance {
 public:
  static constexpr Id kResources = 28;
  static constexpr std::size_t kBindingBytes = 6;

  ServerInstance() = default;
  /// A server with what every server has: /1/x/4 and /1/x/8 can be executed, notifications are
  /// stored while offline. `lifetime` in seconds, 0 for ever [REG-44].
  ServerInstance(Id instance, ShortServerId short_server_id, std::uint32_t lifetime,
                 std::string_view binding = "U");

  /// kNoId: this row is free.
  [[nodiscard]] Id id() const { return id_; }
  /// Whether a resource, named as in lwm2m::objects::server, is there.
  [[nodiscard]] bool has(Id resource) const { return (present_ >> resource & 1u) != 0; }
  [[nodiscard]] std::uint32_t get(Id resource, std::uint32_t absent = 0) const {
    return has(resource) ? numbers_[resource] : absent;
  }
  /// Sets, or for an executable resource allows. REQUIRES: resource < kResources.
  void set(Id resource, std::uint32_t number);
  void clear(Id resource) { present_ &= ~(1u << resource); }

  [[nodiscard]] ShortServerId short_server_id() const {
    return static_cast<ShortServerId>(get(lwm2m::objects::server::kShortServerId));
  }
  /// Seconds; 0 is infinite.
  [[nodiscard]] std::uint32_t lifetime() const {
    return get(lwm2m::objects::server::kLifetime, 86400);
  }
  /// Letters of U T S N M H (1.0: U, UQ, S, ...).
  [[nodiscard]] std::string_view binding() const { return binding_.text(); }
  [[nodiscard]] bool set_binding(std::string_view letters) { return binding_.assign(letters); }

 private:
  friend class ServerTable;

  Id id_ = kNoId;
  std::uint32_t present_ = 0;
  std::array<std::uint32_t, kResources> numbers_{};
  FixedString<kBindingBytes> binding_;
  std::uint8_t triggers_ = 0;
  char trigger_binding_ = '\0';
};

/// A server executed one of its triggers.
struct ServerTrigger {
  enum class Kind : std::uint8_t {
    Disable,    ///< /1/x/4: de-register, be silent for /1/x/5 seconds [SRV-10]
    Update,     ///< /1/x/8: send an Update [REG-37]
    Bootstrap,  ///< /1/x/9: start a client-initiated bootstrap [BS-30]
  };
  Kind kind = Kind::Update;
  Id instance = kNoId;
  /// Update: the binding asked for by argument 0, or 0 [SRV-18].
  char binding = '\0';
};

/// What the objects below have in common: all single resources.
class ServerTable : public Object {
 public:
  /// `rows` outlives the object and may hold instances already; `definition` is one of the
  /// lwm2m::objects::kServer_1_x.
  ServerTable(std::span<ServerInstance> rows, const lwm2m::ObjectDefinition& definition)
      : rows_(rows), definition_(definition) {}

  /// Null if there is none.
  [[nodiscard]] const ServerInstance* find(Id instance) const;
  [[nodiscard]] const ServerInstance* find_server(ShortServerId server) const;
  [[nodiscard]] std::span<const ServerInstance> rows() const { return rows_; }

  /// Adds or replaces the row with the id of `instance`; `NoSpace` when all are taken.
  Status put(const ServerInstance& instance);
  /// Sets a number from the application and notes the change; `NotFound`.
  Status set(Id instance, Id resource, std::uint32_t number);
  /// The next trigger that was executed; false when there is none.
  bool poll_trigger(ServerTrigger& out);

  [[nodiscard]] const lwm2m::ObjectDefinition& definition() const override { return definition_; }
  [[nodiscard]] bool persists() const override { return true; }
  [[nodiscard]] Id next_instance(Id after) const override;
  [[nodiscard]] bool has_resource(const Path& resource) const override;
  [[nodiscard]] Result<Value> read(const Path& path) override;
  [[nodiscard]] Status check(const Path& path, const Value& value) override;
  Status write(const Path& path, const Value& value) override;
  Status reset(const Path& path) override;
  Status execute(const Path& path, const ExecuteArguments& arguments) override;
  /// Bootstrap only: the dispatcher refuses Create and Delete on /1 to servers.
  Status create(Id instance) override;
  Status remove(Id instance) override;
  bool poll_change(Change& out) override { return changes_.poll(out); }

 protected:
  ~ServerTable() = default;
  /// Null if there is none; of kNoId, a free one.
  [[nodiscard]] ServerInstance* row(Id instance) const;

 private:
  std::span<ServerInstance> rows_;
  const lwm2m::ObjectDefinition& definition_;
  ChangeLog changes_;
  char letter_ = '\0';
};

/// Object 1 without multiple resources; full_server.hpp has the one with them.
class ServerObject final : public ServerTable {
 public:
  using ServerTable::ServerTable;
};

}  // namespace linnet::client
