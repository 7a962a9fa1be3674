// SPDX-License-Identifier: Apache-2.0
// The bootstrap session: asking for one, its time limit, its end, and what becomes of the servers
// then. Core 1.2 §6.1; [BS-08]..[BS-15], [BS-21]..[BS-31], [BS-48]..[BS-56]. Bootstrap-Pack is in
// bootstrap_pack.cpp, what the bootstrap server does with the objects in bootstrap_interface.cpp.
//
// Before the first request of a session is carried out, all that it could change is written to the
// store. When the session fails, or the device loses power in the middle of it, that is what there
// is again; when it succeeds, the new configuration replaces it there at once, before the 2.04 to
// Finish leaves. Servers notice nothing until then: their associations, observations and
// registrations rest, and are ended, kept or renewed when the accounts that are left are known.
#include <algorithm>

#include <client/bootstrap_interface.hpp>
#include <client/configuration_image.hpp>
#include <client/configuration_view.hpp>
#include <client/incoming.hpp>
#include <client/objects/number_value.hpp>
#include <client/operations.hpp>
#include <client/server_rules.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::client {
namespace {

using coap::Code;
using coap::OptionNumber;
namespace security = lwm2m::objects::security;

/// A server whose account is gone gets so long to answer the De-register.
constexpr Duration kFarewell = seconds(5);
constexpr std::uint32_t kLongestPause = 3600;  // seconds between two attempts

/// The objects as they will be when the bootstrap account that was replaced is gone.
class FutureConfiguration final : public lwm2m::ConfigurationView {
 public:
  FutureConfiguration(const DeviceConfiguration& present, Id replaced)
      : present_(present), replaced_(replaced) {}
  [[nodiscard]] Id next_instance(Id object, Id after) const override {
    const Id id = present_.next_instance(object, after);
    const bool skip = object == security::kObject && id == replaced_ && id != kNoId;
    return skip ? present_.next_instance(object, id) : id;
  }
  [[nodiscard]] Id next_resource_instance(const Path& resource, Id after) const override {
    return present_.next_resource_instance(resource, after);
  }
  [[nodiscard]] Result<Value> value(const Path& path) const override {
    return present_.value(path);
  }
  [[nodiscard]] bool has_instance(const Path& instance) const override {
    return present_.has_instance(instance);
  }

 private:
  const DeviceConfiguration& present_;
  Id replaced_;
};

}  // namespace

const Engine::BootstrapOperations Engine::kBootstrapOperations = {
    .load = Plain<&Engine::load_accounts>::call,
    .want = Plain<&Engine::plan_bootstrap>::call,
    .trigger = Plain<&Engine::trigger_bootstrap>::call,
    .pause = Plain<&Engine::pause_bootstrap>::call,
    .stop = Plain<&Engine::stop_bootstrap>::call,
    .due = Plain<&Engine::bootstrap_due>::call,
    .step = Plain<&Engine::step_bootstrap>::call,
    .recognise = Plain<&Engine::recognise>::call,
    .leave = Plain<&Engine::leave>::call,
    .serve = Plain<&Engine::serve_bootstrap>::call,
    .finish = Plain<&Engine::finish_bootstrap>::call,
    .answered = Plain<&Engine::on_bootstrap_answer>::call,
    .failed = Plain<&Engine::bootstrap_disconnected>::call};

// --- The account ---

/// What is there while a session is open may be half of an account.
bool Engine::load_accounts() {
  if (bootstrapping()) return false;
  load_bootstrap_account();
  return true;
}

void Engine::load_bootstrap_account() {
  LINNET_CHECK(config_.store.store != nullptr);  // nothing could be taken back
  Server& row = tables_.servers[bootstrap_peer()];
  if (row.message_id == 0) row.message_id = static_cast<std::uint16_t>(rng_.next() | 1u);
  row.security = kNoId;
  Object* object = dm_.object(security::kObject);
  if (object == nullptr) return;
  for (Id id = object->next_instance(kNoId); id != kNoId; id = object->next_instance(id)) {
    const Path flag(security::kObject, id, security::kBootstrapServer);
    if (number_of(account_value(flag), 0) == 0) continue;
    row.security = id;
    plan_purge();
    return;
  }
}

/// [BS-54] The time runs from the bootstrap on, or from the start after it.
void Engine::plan_purge() {
  BootstrapSession& session = tables_.bootstrap[0];
  if (!session.purge.is_never() || (keeping_.flags & kBootstrapped) == 0) return;
  const Path timeout(security::kObject, tables_.servers[bootstrap_peer()].security,
                     security::kBootstrapServerAccountTimeout);
  const std::uint32_t wait = number_of(account_value(timeout), 0);
  if (wait != 0) session.purge = now_ + seconds(wait);
}

/// Tells whether an account still leads to the same server with the same keys [BS-14] [BS-55].
std::uint32_t Engine::fingerprint(Id instance) {
  std::uint32_t print = 0;
  Object* object = dm_.object(security::kObject);
  for (const lwm2m::ResourceDefinition& resource : object->definition().resources) {
    const Path path(security::kObject, instance, resource.id);
    if (!object->has_resource(path) || resource.multiple) continue;
    const Result<Value> value = object->read(path);
    if (!value.ok()) continue;
    print = print * 31 + resource.id + 1;
    if (value->type() == lwm2m::DataType::String) {
      print = fnv1a(as_bytes(value->as_string()), print);
    } else if (value->type() == lwm2m::DataType::Opaque) {
      print = fnv1a(value->as_opaque(), print);
    } else {
      print = print * 31 + number_of(value, 0);
    }
  }
  return print;
}

/// An account with other keys or another address is a new registration, and whoever is behind it
/// gets nothing of what the one before left: its observations, its Disable. [BS-14] [BS-55]
void Engine::recognise(PeerId peer) {
  Server& server = tables_.servers[peer];
  const std::uint32_t print = fingerprint(server.security);
  if (print == server.fingerprint) return;
  server.fingerprint = print;
  if (stopping_) return;
  server.absence.disabling = false;
  if (server.state == RegistrationState::Offline) {
    end_observations(peer);
    cancel_all(peer);
    remembered_.forget(peer);
    server.absence.resume = RegistrationState::Waiting;
    return;
  }
  server.state = RegistrationState::Waiting;
  session_replaced(now_, peer);
}

/// The account of a server is gone. It is told as long as its association is open [UB-07], then
/// everything about it is forgotten [UB-05].
void Engine::leave(PeerId peer) {
  Server& server = tables_.servers[peer];
  const bool known = registered(peer);
  end_observations(peer);
  cancel_all(peer);
  attributes_.remove_server(server.id);
  server.leaving = true;
  server.absence = {};  // it has no /1 instance that rules could be read from
  server.security = server.account = kNoId;
  server.state = RegistrationState::Deregistering;
  server.deadline = now_ + kFarewell;
  if (!known) forget_peer(peer);
}

void Engine::purge_bootstrap_account() {
  BootstrapSession& session = tables_.bootstrap[0];
  session.purge = Instant::never();
  BootstrapEffects effects;
  const Id instance = tables_.servers[bootstrap_peer()].security;
  if (instance == kNoId) return;
  BootstrapInterface(dm_, kNoId, effects).remove_account(instance);
  load_bootstrap_account();
  (void)report(EventType::BootstrapAccountGone, bootstrap_peer());
}

// --- When ---

BootstrapState Engine::bootstrap_state() const {
  return tables_.bootstrap.empty() ? BootstrapState::Idle : tables_.bootstrap[0].state;
}

Status Engine::bootstrap(Instant now) {
  now_ = now;
  if (!may_bootstrap()) return Error::NotFound;
  BootstrapSession& session = tables_.bootstrap[0];
  if (session.state > BootstrapState::HoldOff) return Error::Busy;
  const Instant planned = session.deadline;  // never, if it is not
  session.state = BootstrapState::Idle;
  session.attempt = 0;  // without the pause after one that failed
  plan_bootstrap();
  session.deadline = earlier(session.deadline, planned);
  return {};
}

void Engine::trigger_bootstrap() { (void)bootstrap(now_); }

/// Without connectivity it begins anew afterwards.
void Engine::pause_bootstrap() {
  BootstrapSession& session = tables_.bootstrap[0];
  if (session.state <= BootstrapState::HoldOff) return;
  if (session.state == BootstrapState::Closing) {
    conclude_bootstrap();
    return;
  }
  roll_back();
  cancel_all(bootstrap_peer());
  session.state = BootstrapState::HoldOff;
  session.deadline = now_;
  reload_accounts(now_);
}

void Engine::stop_bootstrap() {
  BootstrapSession& session = tables_.bootstrap[0];
  if (session.state == BootstrapState::Closing) {
    conclude_bootstrap();
  } else {
    roll_back();
  }
  session.state = BootstrapState::Idle;
  session.deadline = Instant::never();
}

bool Engine::may_bootstrap() const {
  return !tables_.bootstrap.empty() && !stopping_ &&
         tables_.servers[bootstrap_peer()].security != kNoId;
}

/// [BS-10] Decided; the request goes out when the hold off time is over.
void Engine::plan_bootstrap() {
  if (!may_bootstrap()) return;
  BootstrapSession& session = tables_.bootstrap[0];
  if (session.state != BootstrapState::Idle) return;
  const Path wait(security::kObject, tables_.servers[bootstrap_peer()].security,
                  security::kClientHoldOffTime);
  session.state = BootstrapState::HoldOff;
  session.deadline = now_ + seconds(number_of(account_value(wait), 0));
  // A bootstrap that leads to no registration does not follow the last one at once.
  if (serves_any()) session.attempt = 0;
  if (session.attempt != 0) session.deadline = std::max(session.deadline, now_ + pause());
  session.pack = asks_for_pack();
  session.name_format = true;
}

bool Engine::serves_any() const {
  bool any = false;
  for (PeerId peer = 0; peer < server_rows(); ++peer) any = any || registered(peer);
  return any;
}

/// After so many attempts in a row.
Duration Engine::pause() const {
  const std::uint64_t wait = std::uint64_t{config_.retry_timer_s}
                             << (tables_.bootstrap[0].attempt - 1u);
  return seconds(static_cast<std::int64_t>(std::min<std::uint64_t>(wait, kLongestPause)));
}

Instant Engine::bootstrap_due() const {
  const BootstrapSession& session = tables_.bootstrap[0];
  switch (session.state) {
    case BootstrapState::Idle: break;
    case BootstrapState::HoldOff:
      if (may_ask()) return earlier(session.deadline, session.purge);
      break;
    // Nothing under way: the next way of asking is to be tried.
    case BootstrapState::Requesting: return may_ask() ? now_ : Instant::never();
    case BootstrapState::Open: return session.deadline;
    case BootstrapState::Closing: return queued_ == 0 ? now_ : Instant::never();
  }
  return session.purge;  // not while the account is in use
}

/// Whether a request can leave now.
bool Engine::may_ask() const {
  const PeerId peer = bootstrap_peer();
  return !offline_ && !under_way(peer, Purpose::Bootstrap) && may_start(peer);
}

void Engine::step_bootstrap() {
  BootstrapSession& session = tables_.bootstrap[0];
  switch (session.state) {
    case BootstrapState::Idle:
    case BootstrapState::HoldOff:
      if (session.purge <= now_) purge_bootstrap_account();
      if (session.deadline <= now_ && may_ask()) begin_bootstrap();
      return;
    case BootstrapState::Requesting:
      if (may_ask()) begin_bootstrap();
      return;
    case BootstrapState::Open:
      if (session.deadline <= now_) bootstrap_failed(Code::Empty, Error::Timeout);  // [BS-27]
      return;
    case BootstrapState::Closing: conclude_bootstrap(); return;
  }
}

// --- Asking ---

void Engine::begin_bootstrap() {
  BootstrapSession& session = tables_.bootstrap[0];
  session.state = BootstrapState::Requesting;
  session.deadline = Instant::never();
  if (!may_bootstrap()) {
    session.state = BootstrapState::Idle;
    return;
  }
  const Status sent = session.pack ? send_pack_request({}) : send_bootstrap_request();
  if (!sent.ok()) bootstrap_failed(Code::Empty, sent.error());
}

void Engine::add_bootstrap_name(coap::MessageWriter& message) const {
  if (!config_.endpoint.empty()) message.add_query("ep", config_.endpoint);
}

// [BS-21] [BS-22]
Status Engine::send_bootstrap_request() {
  const PeerId peer = bootstrap_peer();
  const coap::Header header = next_header(peer, coap::Type::Con, Code::Post);
  Writer out(message_buffer(peer));
  coap::MessageWriter message(out, header);
  message.add_path("bs");
  add_bootstrap_name(message);
  const lwm2m::Format* preferred = lwm2m::find(config_.formats, config_.multiple_format);
  if (tables_.bootstrap[0].name_format && config_.version > lwm2m::kEnabler10 &&
      preferred != nullptr && preferred->id != ContentFormat::Json10) {
    add_number_query(message, "pct", static_cast<std::uint32_t>(preferred->id));
  }
  LINNET_TRY(message.finish());
  start_exchange(peer, Purpose::Bootstrap, 0, header, out.size());
  return {};
}

void Engine::on_bootstrap_answer(Error error, const coap::MessageView* message) {
  BootstrapSession& session = tables_.bootstrap[0];
  // The bootstrap server may have begun before its answer arrived; then that is answer enough.
  if (session.state != BootstrapState::Requesting) return;
  const Code code = message != nullptr ? message->code() : Code::Empty;
  if (session.pack) {
    if (code == Code::Content) {
      on_pack(*message);
    } else if (message != nullptr || session.attempt != 0) {
      session.pack = false;  // [BS-62]: asks in the plain way
    } else {
      ++session.attempt;  // silence: once more
    }
    return;
  }
  if (code == Code::Changed) {
    const Status opened = open_bootstrap();
    if (!opened.ok()) bootstrap_failed(Code::Empty, opened.error());
  } else if (code == Code::UnsupportedContentFormat && session.name_format) {
    session.name_format = false;  // and asks again
  } else {
    bootstrap_failed(code, error);
  }
}

// --- The session ---

/// Whether a request of this peer is looked at. `repeated`: it was answered before.
bool Engine::serves(PeerId peer, bool repeated) const {
  if (!is_bootstrap(peer)) return registered(peer) && !bootstrapping();  // [REG-19] [BS-11]
  if (!may_bootstrap()) return false;
  switch (tables_.bootstrap[0].state) {
    case BootstrapState::Requesting:
    case BootstrapState::Open: return true;
    case BootstrapState::Closing: return repeated;
    default:
      // [BS-31], also within the hold off time [BS-10].
      return repeated || config_.server_initiated_bootstrap || config_.version == lwm2m::kEnabler10;
  }
}

/// Begins the session, or gives it more time.
Status Engine::open_bootstrap() {
  BootstrapSession& session = tables_.bootstrap[0];
  if (!bootstrapping()) {
    LINNET_TRY(
        write_image(dm_.settings(), keeping_.flags, ImageScope::Everything, *config_.store.store));
    session.effects = {};
    keeping_.held = true;
    session.objects_changed = false;
    for (const Server& server : tables_.servers) {
      session.objects_changed =
          session.objects_changed || (server.id != 0 && (server.parts & kUpdateObjects) != 0);
    }
    session.state = BootstrapState::Open;
    (void)report(EventType::BootstrapStarted, bootstrap_peer());
  }
  session.deadline = now_ + config_.transmission.exchange_lifetime();  // [BS-27]
  return {};
}

Engine::Answer Engine::serve_bootstrap(Incoming& in) {
  // A copy of a request of a session that is over: its answer was too long to be kept.
  if (!serves(in.peer, false)) return Answer(Code::ServiceUnavailable);
  if (!open_bootstrap().ok()) return Answer(Code::InternalServerError);
  BootstrapInterface interface(dm_, security_instance(in.peer), tables_.bootstrap[0].effects);
  if (in.request.method == Code::Get) {
    if (in.block2 && in.block2->number != 0) {
      const Answer kept = features_.blocks->answer_kept(*this, in);
      if (kept.code != Code::Empty) return kept;
    }
    return answer_body([&](Writer& body) { return interface.handle(in.request, body); }, in);
  }
  Writer body(in.room);
  const Reply reply = interface.handle(in.request, body);
  if (coap::is_success(reply.code)) {
    report(in.request.method == Code::Delete ? EventType::BootstrapDeleted
                                             : EventType::BootstrapWritten,
           in.peer)
        .path = in.request.path;
  }
  return Answer(reply.code);
}

/// Bootstrap-Finish [BS-48] [BS-49]. A refusal names what breaks a rule.
Engine::Answer Engine::finish_bootstrap(const coap::MessageView& message, MutableBytes room) {
  std::size_t segments = 0;
  bool named = message.code() == Code::Post;
  for (const coap::OptionView& segment : message.options(OptionNumber::UriPath)) {
    named = named && ++segments == 1 && segment.text() == "bs";
  }
  if (!named) return Answer(Code::NotFound);
  if (!serves(bootstrap_peer(), false)) return Answer(Code::ServiceUnavailable);
  if (!open_bootstrap().ok()) return Answer(Code::InternalServerError);
  Path broken;
  const Status done = commit_bootstrap(broken);
  if (done.error() == Error::Conflict) {
    // [BS-52]: it may be mended.
    std::array<char, lwm2m::kMaxPathText> text;
    Writer body(room.subspan(std::min(kHeaderRoom, room.size())));
    body.text(format(broken, text));
    Answer answer(Code::NotAcceptable);
    answer.body = body.written();
    return answer;
  }
  if (!done.ok()) return Answer(Code::InternalServerError);
  tables_.bootstrap[0].state = BootstrapState::Closing;
  return Answer(Code::Changed);
}

/// Makes what was written the configuration. `Conflict` if `broken_at` breaks a rule, otherwise the
/// error of the store; the session goes on then.
Status Engine::commit_bootstrap(Path& broken_at) {
  BootstrapSession& session = tables_.bootstrap[0];
  const PeerId peer = bootstrap_peer();
  // [BS-53] A second bootstrap account replaces the one that was there.
  const Id before = security_instance(peer);
  Id replaced = kNoId;
  Id successor = kNoId;
  Object* object = dm_.object(security::kObject);
  for (Id id = object->next_instance(kNoId); id != kNoId; id = object->next_instance(id)) {
    const Path flag(security::kObject, id, security::kBootstrapServer);
    if (id == before || number_of(account_value(flag), 0) == 0) continue;
    replaced = before;
    successor = id;
  }
  lwm2m::ConfigurationSupport support = config_.support;
  support.access_control = dm_.object(lwm2m::objects::access_control::kObject) != nullptr;
  support.servers = std::min<std::uint16_t>(support.servers, server_rows());
  const DeviceConfiguration present(dm_);
  const auto broken = lwm2m::find_inconsistency(FutureConfiguration(present, replaced), support);
  broken_at = broken ? broken->path : present.missing_resource();
  if (!broken_at.is_root()) {
    Event& event = report(EventType::BootstrapRefused, peer);
    event.path = broken_at;
    event.error = broken ? Error::Conflict : Error::NotFound;
    event.id = broken ? static_cast<std::uint16_t>(broken->rule) : std::uint16_t{0};
    return Error::Conflict;
  }
  if (replaced != kNoId) {
    BootstrapInterface(dm_, kNoId, session.effects).remove_account(replaced);
    tables_.servers[peer].security = successor;  // should it not be kept, the session goes on
  }
  return write_image(dm_.settings(), kBootstrapped, ImageScope::Kept, *config_.store.store);
}

/// Everything is as the bootstrap server wants it; now the servers. [BS-55] [BS-56]
void Engine::conclude_bootstrap() {
  BootstrapSession& session = tables_.bootstrap[0];
  keeping_.flags = kBootstrapped;
  registered_before_ = false;
  keeping_.held = keeping_.dirty = false;
  session.state = BootstrapState::Idle;
  session.deadline = Instant::never();
  if (session.attempt < 31) ++session.attempt;
  cancel_all(bootstrap_peer());
  (void)report(EventType::BootstrapDone, bootstrap_peer());
  for (const ShortServerId server : session.effects.left) {
    const PeerId peer = peer_of(server);
    if (peer != kNoPeer) leave(peer);
  }
  session.effects = {};
  session.purge = Instant::never();
  for (Server& server : tables_.servers) {
    // Servers that were given up or wait get their turn anew [SRV-01].
    if (server.state > RegistrationState::Waiting || is_absent(server.state)) continue;
    server.state = RegistrationState::Idle;
    server.absence.had_turn = server.absence.completed = false;
  }
  reload_accounts(now_);
}

void Engine::bootstrap_failed(Code code, Error error) {
  BootstrapSession& session = tables_.bootstrap[0];
  const PeerId peer = bootstrap_peer();
  roll_back();
  cancel_all(peer);
  for (Transfer& transfer : tables_.transfers) {
    if (transfer.peer == peer) transfer = {};
  }
  if (session.attempt < 31) ++session.attempt;
  // [BS-29] As long as no server has us there is nobody else to ask.
  session.state = BootstrapState::HoldOff;
  if (serves_any() && session.attempt >= config_.retry_count) {
    session.state = BootstrapState::Idle;
    session.deadline = Instant::never();
  } else {
    session.deadline = now_ + pause();
    session.pack = asks_for_pack();
  }
  Event& event = report(EventType::BootstrapFailed, peer);
  event.code = code;
  event.error = error;
  event.retry_at = session.deadline;
  reload_accounts(now_);
}

/// Puts back what there was before the session, completely [BS-28]; nothing if there is none.
void Engine::roll_back() {
  if (!bootstrapping()) return;
  BootstrapSession& session = tables_.bootstrap[0];
  keeping_.held = false;
  if (session.effects.touched != 0) {
    // A store that cannot be read leaves the device with what it has; the event tells. The record
    // stays: perhaps it can be read at the next start.
    const auto image = read_image(dm_.settings(), session.effects.touched, *config_.store.store);
    if (!image.ok()) report(EventType::ConfigurationNotRestored, kNoPeer).error = image.error();
    keeping_.held = !image.ok();
    collect_changes();
    for (Server& server : tables_.servers) {
      if (!session.objects_changed) server.parts &= static_cast<std::uint8_t>(~kUpdateObjects);
    }
    const auto objects = dm_.settings().objects;
    for (std::size_t i = 0; i < objects.size(); ++i) {
      if ((session.effects.touched >> std::min<std::size_t>(i, 63) & 1) == 0) continue;
      notify_changed(Path(objects[i]->definition().id));
    }
  }
  session.effects = {};
  keeping_.dirty = true;  // the store has more than it should keep
  load_bootstrap_account();
}

}  // namespace linnet::client
