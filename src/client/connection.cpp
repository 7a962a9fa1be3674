// SPDX-License-Identifier: Apache-2.0
// What follows when there is no secure connection to a server, or the one there was is ended:
// Transport 1.2 §5.2.10, Core 1.2 §6.2.1.2. [SEC-40]..[SEC-46] [SRV-08]
#include <client/operations.hpp>
#include <linnet/lwm2m/object_definitions.hpp>
#include <linnet/secure/handshake.hpp>

namespace linnet::client {

namespace account = lwm2m::objects::server;

namespace {

using coap::Code;
using secure::HandshakeFailure;

Error error_of(HandshakeFailure::Kind kind) {
  switch (kind) {
    case HandshakeFailure::Kind::None: break;
    case HandshakeFailure::Kind::Timeout: return Error::Timeout;
    case HandshakeFailure::Kind::Refused: return Error::Malformed;
    case HandshakeFailure::Kind::AlertReceived:
    case HandshakeFailure::Kind::AlertSent: return Error::Unauthorized;
  }
  return Error::Cancelled;
}

/// Whether it will be the same next time.
bool is_final(const HandshakeFailure& failure) {
  if (failure.kind == HandshakeFailure::Kind::Timeout) return false;
  return failure.kind == HandshakeFailure::Kind::Refused ||
         secure::classify(failure.alert) == secure::AlertClass::Fail;
}

}  // namespace

void Engine::connection_failed(Instant now, PeerId peer, const HandshakeFailure& failure) {
  now_ = now;
  const bool of_bootstrap = is_bootstrap(peer);
  if (!of_bootstrap && server_at(peer) == nullptr) return;
  const Error error = error_of(failure.kind);
  if (failure.kind == HandshakeFailure::Kind::AlertReceived && !of_bootstrap) {
    record_alert(peer, static_cast<std::uint8_t>(failure.alert));
  }
  Event& event = report(EventType::ConnectionFailed, peer);
  event.error = error;
  if (error == Error::Unauthorized) event.id = static_cast<std::uint8_t>(failure.alert);
  if (of_bootstrap) {
    features_.bootstrap->failed(*this, error);
    return;
  }
  Server& server = tables_.servers[peer];
  Purpose purpose = Purpose::None;
  switch (server.state) {
    case RegistrationState::Registering: purpose = Purpose::Register; break;
    // Whatever the server knows about us, it was another session's.
    case RegistrationState::Registered:
    case RegistrationState::Updating: purpose = Purpose::Update; break;
    case RegistrationState::Deregistering: purpose = Purpose::Deregister; break;
    default: return;
  }
  cancel_all(peer);
  // As final as a registration that is refused [SEC-41].
  if (purpose == Purpose::Register && is_final(failure)) server.absence.answer = Code::Forbidden;
  registration_failed(peer, purpose, Code::Empty, error);
}

/// [SEC-45] Not while a bootstrap is under way: the account may be half of one, or be taken back.
void Engine::record_alert(PeerId peer, std::uint8_t alert) {
  const Path path(account::kObject, tables_.servers[peer].account, account::kTlsDtlsAlertCode);
  Object* object = dm_.object(account::kObject);
  if (bootstrapping() || !dm_.exists(path.first(2))) return;
  if (object->definition().find(account::kTlsDtlsAlertCode) == nullptr) return;  // before 1.1
  const Value value = Value::unsigned_integer(alert);
  if (!object->check(path, value).ok() || !object->write(path, value).ok()) return;
  changed(0, {.path = path});
}

/// The bootstrap server does not get to us, or not any further.
void Engine::bootstrap_disconnected(Error error) {
  switch (tables_.bootstrap[0].state) {
    case BootstrapState::Idle:
    case BootstrapState::HoldOff: return;
    case BootstrapState::Requesting:
    case BootstrapState::Open: bootstrap_failed(Code::Empty, error); return;
    case BootstrapState::Closing: conclude_bootstrap(); return;  // it has its answer, or never will
  }
}

}  // namespace linnet::client
