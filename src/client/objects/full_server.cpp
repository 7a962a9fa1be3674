// SPDX-License-Identifier: Apache-2.0
#include <linnet/client/objects/full_server.hpp>

#include <limits>

#include <client/objects/number_value.hpp>
#include <linnet/lwm2m/binding.hpp>

namespace linnet::client {

namespace server = lwm2m::objects::server;

namespace {

/// The greatest number of 32 bits for that of 64.
Value narrowed(const Path& path, const Value& value) {
  const bool never = path.resource() == server::kCommunicationSequenceDelayTimer &&
                     value.type() == lwm2m::DataType::Unsigned &&
                     value.as_unsigned() == std::numeric_limits<std::uint64_t>::max();
  return never ? Value::unsigned_integer(std::numeric_limits<std::uint32_t>::max()) : value;
}

}  // namespace

// --- Lists ---

std::optional<std::uint32_t> ServerLists::apn_link(Id instance) const {
  if (instance >= kPlaces || (has_apn_link_ >> instance & 1u) == 0) return std::nullopt;
  return apn_links_[instance];
}

std::string_view ServerLists::version(Id instance) const {
  if (instance >= kPlaces || (has_version_ >> instance & 1u) == 0) return {};
  return versions_[instance].text();
}

std::uint8_t* ServerLists::taken(Id resource) {
  if (resource == server::kAlternateApnLinks) return &has_apn_link_;
  if (resource == server::kSupportedServerVersions) return &has_version_;
  return nullptr;
}

// --- The object ---

FullServerObject::FullServerObject(std::span<ServerInstance> rows, std::span<ServerLists> lists,
                                   const lwm2m::ObjectDefinition& definition)
    : ServerTable(rows, definition), lists_(lists) {
  LINNET_CHECK(lists.size() == rows.size());
}

const ServerLists* FullServerObject::lists(Id instance) const {
  const ServerInstance* row = find(instance);
  return row == nullptr ? nullptr : &lists_[static_cast<std::size_t>(row - rows().data())];
}

ServerLists* FullServerObject::lists_of(const Path& path) const {
  return const_cast<ServerLists*>(lists(path.instance()));
}

bool FullServerObject::has_resource(const Path& resource) const {
  ServerLists* lists = lists_of(resource);
  const std::uint8_t* taken = lists == nullptr ? nullptr : lists->taken(resource.resource());
  return taken != nullptr ? *taken != 0 : ServerTable::has_resource(resource);
}

Id FullServerObject::next_resource_instance(const Path& resource, Id after) const {
  ServerLists* lists = lists_of(resource);
  const std::uint8_t* taken = lists == nullptr ? nullptr : lists->taken(resource.resource());
  if (taken == nullptr) return kNoId;
  for (auto id = static_cast<Id>(after + 1); id < ServerLists::kPlaces; ++id) {
    if ((*taken >> id & 1u) != 0) return id;
  }
  return kNoId;
}

Result<Value> FullServerObject::read(const Path& path) {
  ServerLists* lists = lists_of(path);
  if (lists == nullptr) return Error::NotFound;
  const std::uint8_t* taken = lists->taken(path.resource());
  if (taken == nullptr) return ServerTable::read(path);
  const Id place = path.resource_instance();
  if (place >= ServerLists::kPlaces || (*taken >> place & 1u) == 0) return Error::NotFound;
  if (path.resource() == server::kSupportedServerVersions) {
    return Value::string(lists->versions_[place].text());
  }
  return to_value(lwm2m::DataType::Objlnk, lists->apn_links_[place]);
}

Status FullServerObject::check(const Path& path, const Value& value) {
  const Id resource = path.resource();
  const lwm2m::Version version = definition().version;
  bool good = true;
  switch (resource) {
    case server::kAlternateApnLinks:
      return path.resource_instance() < ServerLists::kPlaces ? Status() : Error::Range;
    case server::kSupportedServerVersions:
      good = path.resource_instance() < ServerLists::kPlaces;
      if (good && !value.empty()) {
        good = value.as_string().size() <= ServerLists::kVersionBytes &&
               lwm2m::Version::parse(value.as_string()).ok();
      }
      return good ? Status() : Error::Range;
    case server::kShortServerId:
      good = value.as_integer() < kNoId;  // [ID-02] also in 1.0, whose definition takes 65535
      break;
    case server::kBinding:
    case server::kPreferredTransport:  // that it is one letter, the rest of the check says
      good = lwm2m::is_binding(value.as_string(), version);
      break;
    default: break;
  }
  return good ? ServerTable::check(path, narrowed(path, value)) : Error::Range;
}

Status FullServerObject::write(const Path& path, const Value& value) {
  LINNET_TRY(check(path, value));
  ServerLists& lists = *lists_of(path);
  std::uint8_t* taken = lists.taken(path.resource());
  if (taken == nullptr) return ServerTable::write(path, narrowed(path, value));
  const Id place = path.resource_instance();
  if (path.resource() == server::kSupportedServerVersions) {
    if (!lists.versions_[place].assign(value.as_string())) return Error::Range;
  } else {
    LINNET_TRY_ASSIGN(lists.apn_links_[place], from_value(value));
  }
  *taken |= static_cast<std::uint8_t>(1u << place);
  return {};
}

Status FullServerObject::reset(const Path& path) {
  const lwm2m::ResourceDefinition* resource = definition().find(path.resource());
  if (resource == nullptr || resource->executable()) return Error::NotAllowed;
  std::uint8_t* taken = lists_of(path)->taken(path.resource());
  if (taken == nullptr) return ServerTable::reset(path);
  if (!path.is_resource_instance()) {
    *taken = 0;
  } else if (path.resource_instance() < ServerLists::kPlaces) {
    *taken &= static_cast<std::uint8_t>(~(1u << path.resource_instance()));
  }
  return {};
}

Status FullServerObject::create(Id instance) {
  LINNET_TRY(ServerTable::create(instance));
  *lists_of(Path(server::kObject, instance)) = {};
  row(instance)->set(server::kBootstrapRequestTrigger, 0);  // not looked at in 1.0
  return {};
}

Status FullServerObject::remove(Id instance) {
  *lists_of(Path(server::kObject, instance)) = {};
  return ServerTable::remove(instance);
}

}  // namespace linnet::client
