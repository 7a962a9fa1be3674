// SPDX-License-Identifier: Apache-2.0
#include <linnet/client/objects/server.hpp>

#include <client/objects/next_row.hpp>
#include <client/objects/number_value.hpp>

namespace linnet::client {
namespace {

namespace server = lwm2m::objects::server;

constexpr std::uint32_t kBindingBit = 1u << server::kBinding;

}  // namespace

ServerInstance::ServerInstance(Id instance, ShortServerId short_server_id, std::uint32_t lifetime,
                               std::string_view binding)
    : id_(instance) {
  set(server::kShortServerId, short_server_id);
  set(server::kLifetime, lifetime);
  set(server::kNotificationStoringWhenDisabledOrOffline, 1);
  set(server::kDisable, 0);
  set(server::kRegistrationUpdateTrigger, 0);
  present_ |= kBindingBit;
  (void)binding_.assign(binding);
}

void ServerInstance::set(Id resource, std::uint32_t number) {
  LINNET_CHECK(resource < kResources);
  present_ |= 1u << resource;
  numbers_[resource] = number;
}

ServerInstance* ServerTable::row(Id instance) const {
  for (ServerInstance& row : rows_) {
    if (row.id_ == instance) return &row;
  }
  return nullptr;
}

const ServerInstance* ServerTable::find(Id instance) const {
  return instance == kNoId ? nullptr : row(instance);
}

const ServerInstance* ServerTable::find_server(ShortServerId server) const {
  for (const ServerInstance& row : rows_) {
    if (row.id_ != kNoId && row.short_server_id() == server) return &row;
  }
  return nullptr;
}

Status ServerTable::put(const ServerInstance& instance) {
  ServerInstance* target = row(instance.id_);
  const bool known = target != nullptr;
  if (!known) target = row(kNoId);
  if (target == nullptr) return Error::NoSpace;
  *target = instance;
  changes_.add(Path(server::kObject, instance.id_),
               known ? Change::Kind::Value : Change::Kind::Created);
  return {};
}

Status ServerTable::set(Id instance, Id resource, std::uint32_t number) {
  ServerInstance* target = instance == kNoId ? nullptr : row(instance);
  if (target == nullptr) return Error::NotFound;
  target->set(resource, number);
  changes_.add(Path(server::kObject, instance, resource));
  return {};
}

bool ServerTable::poll_trigger(ServerTrigger& out) {
  for (ServerInstance& row : rows_) {
    for (unsigned kind = 0; kind < 3; ++kind) {
      if ((row.triggers_ >> kind & 1u) == 0) continue;
      row.triggers_ &= static_cast<std::uint8_t>(~(1u << kind));
      out = {.kind = static_cast<ServerTrigger::Kind>(kind),
             .instance = row.id_,
             .binding = row.trigger_binding_};
      row.trigger_binding_ = '\0';
      return true;
    }
  }
  return false;
}

Id ServerTable::next_instance(Id after) const {
  return next_row<&ServerInstance::id_>(rows_, after);
}

bool ServerTable::has_resource(const Path& resource) const {
  const ServerInstance* target = row(resource.instance());
  return target != nullptr && resource.resource() < ServerInstance::kResources &&
         target->has(resource.resource());
}

Result<Value> ServerTable::read(const Path& path) {
  const ServerInstance& target = *row(path.instance());
  const Id id = path.resource();
  if (id == server::kBinding) return Value::string(target.binding());
  if (id == server::kPreferredTransport) {
    letter_ = static_cast<char>(target.numbers_[id]);
    return Value::string({&letter_, 1});
  }
  return to_value(definition_.find(id)->type, target.numbers_[id]);
}

Status ServerTable::check(const Path& path, const Value& value) {
  switch (path.resource()) {
    case server::kBinding:
      return value.as_string().size() <= ServerInstance::kBindingBytes ? Status() : Error::Range;
    case server::kPreferredTransport:
      return value.as_string().size() == 1 ? Status() : Error::Range;
    case server::kAlternateApnLinks:
    case server::kSupportedServerVersions: return Error::NotAllowed;
    default: return from_value(value).ok() ? Status() : Error::Range;
  }
}

Status ServerTable::write(const Path& path, const Value& value) {
  ServerInstance& target = *row(path.instance());
  const Id id = path.resource();
  if (id == server::kBinding) {
    if (!target.binding_.assign(value.as_string())) return Error::Range;
    target.present_ |= kBindingBit;
    return {};
  }
  if (id == server::kPreferredTransport) {
    if (value.as_string().empty()) return Error::Range;
    target.set(id, static_cast<std::uint8_t>(value.as_string().front()));
    return {};
  }
  LINNET_TRY_ASSIGN(const std::uint32_t number, from_value(value));
  target.set(id, number);
  return {};
}

Status ServerTable::reset(const Path& path) {
  row(path.instance())->clear(path.resource());
  return {};
}

Status ServerTable::execute(const Path& path, const ExecuteArguments& arguments) {
  ServerInstance& target = *row(path.instance());
  ServerTrigger::Kind kind = ServerTrigger::Kind::Disable;
  switch (path.resource()) {
    case server::kDisable: break;
    case server::kRegistrationUpdateTrigger: {
      kind = ServerTrigger::Kind::Update;
      // [REG-37] Argument 0 is the letter of a binding; more than that is not understood.
      const std::optional<ExecuteArgument> binding = arguments.find('0');
      if (binding && binding->value.size() != 1) return Error::Malformed;
      target.trigger_binding_ = binding ? binding->value.front() : '\0';
      break;
    }
    case server::kBootstrapRequestTrigger: kind = ServerTrigger::Kind::Bootstrap; break;
    default: return Error::NotAllowed;
  }
  target.triggers_ |= static_cast<std::uint8_t>(1u << static_cast<unsigned>(kind));
  return {};
}

Status ServerTable::create(Id instance) {
  ServerInstance* target = row(kNoId);
  if (target == nullptr) return Error::NoSpace;
  *target = ServerInstance();
  target->id_ = instance;
  target->set(server::kDisable, 0);
  target->set(server::kRegistrationUpdateTrigger, 0);
  return {};
}

Status ServerTable::remove(Id instance) {
  *row(instance) = ServerInstance();
  return {};
}

}  // namespace linnet::client
