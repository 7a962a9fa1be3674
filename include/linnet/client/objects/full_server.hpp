// SPDX-License-Identifier: Apache-2.0
#pragma once
// Object 1 with all that version 1.2 has (Core 1.2 Appendix E.2): also the two multiple resources,
// and a look at what is written to the others. A device with one server that never bootstraps does
// with server.hpp.
#include <array>
#include <optional>
#include <span>

#include <linnet/client/objects/server.hpp>

namespace linnet::client {

/// Instances of the multiple resources of one /1 instance: each has its place, so that a Write is
/// all or nothing.
class ServerLists {
 public:
  static constexpr std::size_t kPlaces = 4;
  static constexpr std::size_t kVersionBytes = 8;  // "1.2.1"

  /// Alternative access points, /1/x/24: links to /11 as object << 16 | instance.
  [[nodiscard]] std::optional<std::uint32_t> apn_link(Id instance) const;
  /// An enabler version the server supports, /1/x/25; empty if it is not there.
  [[nodiscard]] std::string_view version(Id instance) const;

 private:
  friend class FullServerObject;

  /// The places that are taken, a bit each; null for another resource.
  [[nodiscard]] std::uint8_t* taken(Id resource);

  std::array<std::uint32_t, kPlaces> apn_links_{};
  std::array<FixedString<kVersionBytes>, kPlaces> versions_{};
  std::uint8_t has_apn_link_ = 0;
  std::uint8_t has_version_ = 0;
};

class FullServerObject final : public ServerTable {
 public:
  /// As `ServerTable`; `lists` has as many elements as `rows`.
  FullServerObject(std::span<ServerInstance> rows, std::span<ServerLists> lists,
                   const lwm2m::ObjectDefinition& definition);

  /// Null if there is no such instance.
  [[nodiscard]] const ServerLists* lists(Id instance) const;

  [[nodiscard]] bool has_resource(const Path& resource) const override;
  [[nodiscard]] Id next_resource_instance(const Path& resource, Id after) const override;
  [[nodiscard]] Result<Value> read(const Path& path) override;
  /// And a binding of this version of the object, a Short Server ID that is not reserved.
  [[nodiscard]] Status check(const Path& path, const Value& value) override;
  /// /1/x/19 holds 32 bits: the greatest number of 64 bits, which also means "never", is kept as
  /// that of 32 [SRV-06].
  Status write(const Path& path, const Value& value) override;
  /// `NotAllowed` for what can be executed: that stays.
  Status reset(const Path& path) override;
  /// Also with /1/x/9, if the version has it: whoever is bootstrapped can do so again [BS-30].
  Status create(Id instance) override;
  Status remove(Id instance) override;

 private:
  [[nodiscard]] ServerLists* lists_of(const Path& path) const;

  std::span<ServerLists> lists_;
};

}  // namespace linnet::client
