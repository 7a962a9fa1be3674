// SPDX-License-Identifier: Apache-2.0
// Discover, Read and Delete of a bootstrap server (Core 1.2 §6.1.7); [BS-32]..[BS-38],
// [BS-45]..[BS-47]. What it writes is in bootstrap_write.cpp.
#include <client/bootstrap_interface.hpp>

#include <algorithm>
#include <array>

#include <client/objects/number_value.hpp>
#include <linnet/lwm2m/object_definitions.hpp>
#include <linnet/text/number.hpp>

namespace linnet::client {

namespace objects = lwm2m::objects;
namespace security = lwm2m::objects::security;
namespace account = lwm2m::objects::server;

namespace {

/// The same objects without access rights and without a root path: bootstrap servers do not use
/// the one [REG-27] and are not bound by the other [BS-12].
DeviceManagementSettings unrestricted(DeviceManagementSettings settings) {
  settings.access = nullptr;
  settings.root_path = {};
  return settings;
}

}  // namespace

BootstrapInterface::BootstrapInterface(DeviceManagement& model, Id account,
                                       BootstrapEffects& effects)
    : access_(model.settings().access),
      model_(unrestricted(model.settings())),
      account_(account),
      effects_(effects) {}

Reply BootstrapInterface::handle(const Request& request, Writer& body) {
  Reply reply;
  switch (request.method) {
    case coap::Code::Put: reply.code = coap::Code::Changed; break;
    case coap::Code::Delete: reply.code = coap::Code::Deleted; break;
    default: reply.code = coap::Code::Content; break;
  }
  const std::size_t start = body.size();
  DeviceManagement::conclude(dispatch(request, reply, body), start, reply, body);
  return reply;
}

Status BootstrapInterface::dispatch(const Request& request, Reply& reply, Writer& body) {
  switch (request.method) {
    case coap::Code::Get:
      if (request.accept != ContentFormat::LinkFormat) return read(request, reply, body);
      reply.format = ContentFormat::LinkFormat;
      return discover(request.path, body);
    case coap::Code::Put: return write(request);
    case coap::Code::Delete: return remove(request.path);
    default: return Error::NotAllowed;
  }
}

std::uint32_t BootstrapInterface::number(const Path& resource, std::uint32_t absent) const {
  Object* object = model_.object(resource.object());
  if (object == nullptr || !object->has_resource(resource)) return absent;
  return number_of(object->read(resource), absent);
}

ShortServerId BootstrapInterface::server_of(const Path& security_instance) const {
  if (number(security_instance.child(security::kBootstrapServer), 0) != 0) return 0;
  return static_cast<ShortServerId>(number(security_instance.child(security::kShortServerId), 0));
}

/// The instance of /21 that an instance of /0 uses; kNoId if there is none [BS-06].
Id BootstrapInterface::oscore_of(Id security_instance) const {
  const std::uint32_t link =
      number(Path(security::kObject, security_instance, security::kOscoreSecurityMode), kNoId);
  return link >> 16 == objects::oscore::kObject ? static_cast<Id>(link) : kNoId;
}

void BootstrapInterface::touch(Id object) {
  const auto all = model_.settings().objects;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i]->definition().id == object) effects_.touched |= 1ull << std::min<std::size_t>(i, 63);
  }
}

// --- Discover ---

// [BS-32] [BS-33] [BS-34] The objects that servers never see are in this list.
Status BootstrapInterface::discover(const Path& target, Writer& body) {
  if (target.depth() > 1) return Error::Malformed;
  if (target.is_object() && model_.object(target.object()) == nullptr) return Error::NotFound;
  const lwm2m::Version enabler = model_.settings().enabler;
  body.text("</>;lwm2m=");
  text::format_unsigned(body, enabler.major);
  body.character('.');
  text::format_unsigned(body, enabler.minor);
  for (const Object* object : model_.settings().objects) {
    const Path path(object->definition().id);
    if (!target.contains(path)) continue;
    const std::size_t start = body.size();
    body.character(',');
    const bool versioned = model_.write_link(body, path);
    Id id = object->next_instance(kNoId);
    if (id != kNoId && !versioned) body.truncate(start);
    for (; id != kNoId; id = object->next_instance(id)) write_instance(body, path.child(id));
  }
  return body.status();
}

// [BS-35]
void BootstrapInterface::write_instance(Writer& body, const Path& instance) {
  body.character(',');
  model_.write_link(body, instance);
  ShortServerId server = 0;
  switch (instance.object()) {
    case security::kObject: server = server_of(instance); break;
    case account::kObject:
      server = static_cast<ShortServerId>(number(instance.child(account::kShortServerId), 0));
      break;
    case objects::oscore::kObject: {
      const Object* accounts = model_.object(security::kObject);
      for (Id id = accounts->next_instance(kNoId); id != kNoId; id = accounts->next_instance(id)) {
        if (oscore_of(id) == instance.instance()) server = server_of(Path(security::kObject, id));
      }
      break;
    }
    default: break;
  }
  if (server == 0) return;
  body.text(";ssid=");
  text::format_unsigned(body, server);
  const Path uri = instance.child(security::kServerUri);
  Object* object = model_.object(instance.object());
  if (instance.object() != security::kObject || !object->has_resource(uri) ||
      model_.settings().enabler == lwm2m::kEnabler10) {
    return;
  }
  const Result<Value> text = object->read(uri);
  if (!text.ok() || text->type() != lwm2m::DataType::String) return;
  // A quote cannot be in a URI; whoever wrote one must not break the list.
  if (text->as_string().find('"') != std::string_view::npos) return;
  body.text(";uri=\"");
  body.text(text->as_string());
  body.character('"');
}

// --- Read ---

// [BS-37] Accounts and access control; never keys.
Status BootstrapInterface::read(const Request& request, Reply& reply, Writer& body) {
  const Path& path = request.path;
  const bool readable =
      path.object() == account::kObject || path.object() == objects::access_control::kObject;
  if (!readable || path.depth() > 2) return Error::NotAllowed;
  return model_.read_at(0, path, request.accept, reply, body);
}

// --- Delete ---

/// What survives every Delete [BS-46].
bool BootstrapInterface::stays(const Path& instance) const {
  if (account_ != kNoId && instance == Path(security::kObject, account_)) return true;
  if (account_ != kNoId && instance.object() == objects::oscore::kObject) {
    return oscore_of(account_) == instance.instance();
  }
  return instance == Path(objects::device::kObject, 0);
}

// [BS-45]
Status BootstrapInterface::remove(const Path& target) {
  if (target.depth() > 2) return Error::Malformed;
  if (target.is_instance()) {
    if (!model_.has_instance(target) || stays(target)) return Error::Malformed;
    leave(target);
    return remove_instance(target) ? Status() : Error::Malformed;
  }
  if (target.is_object() && model_.object(target.object()) == nullptr) return Error::Malformed;
  leave(target);
  remove_below(target);
  return {};
}

/// Removes every instance that can be removed.
void BootstrapInterface::remove_below(const Path& target) {
  for (const Object* object : model_.settings().objects) {
    const Path path(object->definition().id);
    if (!target.contains(path)) continue;
    Id id = object->next_instance(kNoId);
    for (; id != kNoId; id = object->next_instance(id)) {
      if (!stays(path.child(id))) (void)remove_instance(path.child(id));
    }
  }
}

bool BootstrapInterface::remove_instance(const Path& instance) {
  touch(instance.object());
  if (!model_.object(instance.object())->remove(instance.instance()).ok()) return false;
  if (access_ != nullptr) {
    touch(objects::access_control::kObject);
    access_->removed(instance);
  }
  if (model_.settings().attributes != nullptr) model_.settings().attributes->remove_below(instance);
  model_.report(0, instance, Change::Kind::Removed);
  return true;
}

void BootstrapInterface::remove_account(Id instance) {
  const Path path(security::kObject, instance);
  leave(path);
  (void)remove_instance(path);
}

bool BootstrapInterface::goes_with(const Path& target, const Path& instance) const {
  return target.contains(instance) && !stays(instance);
}

/// Servers whose Security instances are about to be deleted leave, all at once.
void BootstrapInterface::leave(const Path& target) {
  const Object* object = model_.object(security::kObject);
  if (object == nullptr) return;
  FixedVector<ShortServerId, BootstrapEffects::kMostServers> leaving;
  for (Id id = object->next_instance(kNoId); id != kNoId; id = object->next_instance(id)) {
    const Path instance(security::kObject, id);
    if (!goes_with(target, instance)) continue;
    const ShortServerId server = server_of(instance);
    if (server != 0 && leaving.full()) {
      // In rounds: who inherits in the first and leaves in the next passes it on.
      unbootstrap({leaving.data(), leaving.size()});
      leaving.clear();
    }
    if (server != 0) (void)leaving.push_back(server);
    const Id oscore = oscore_of(id);  // [UB-08]
    const Path context(objects::oscore::kObject, oscore);
    bool shared = false;
    for (Id i = object->next_instance(kNoId); i != kNoId; i = object->next_instance(i)) {
      shared = shared || (oscore_of(i) == oscore && !goes_with(target, Path(security::kObject, i)));
    }
    if (oscore != kNoId && !shared && model_.has_instance(context)) {
      (void)remove_instance(context);
    }
  }
  if (!leaving.empty()) unbootstrap({leaving.data(), leaving.size()});
}

/// What becomes of the data of servers that leave [UB-01]. Their associations, observations and
/// stored notifications end when the bootstrap does: until then it may be taken back.
void BootstrapInterface::unbootstrap(std::span<const ShortServerId> leaving) {
  if (access_ != nullptr) {
    // [UB-02] [UB-03] [UB-04]
    touch(objects::access_control::kObject);
    // A rule may govern what is not there, or never was.
    access_->unbootstrap(leaving, [this](const Path& path) {
      return !model_.has_instance(path) || remove_instance(path);
    });
  }
  Object* servers = model_.object(account::kObject);
  for (const ShortServerId server : leaving) {
    for (Id id = servers->next_instance(kNoId); id != kNoId; id = servers->next_instance(id)) {
      const Path instance(account::kObject, id);
      // [UB-06]
      if (number(instance.child(account::kShortServerId), 0) == server) {
        (void)remove_instance(instance);
      }
    }
    if (model_.settings().attributes != nullptr) {
      model_.settings().attributes->remove_server(server);  // [UB-08]
    }
    (void)effects_.left.push_back(server);
  }
}

}  // namespace linnet::client
