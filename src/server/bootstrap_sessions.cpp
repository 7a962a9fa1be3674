// SPDX-License-Identifier: Apache-2.0
// The sessions: one request after the other until Bootstrap-Finish (Core 1.2 §6.1.7) [BS-24].
#include <algorithm>

#include "server/bootstrap_engine.hpp"
#include "server/payload_decoder.hpp"

namespace linnet::server {
namespace {

using coap::Code;
using coap::ContentFormat;
using coap::ExchangeAction;
using What = BootstrapEvent::Kind;
using Send = BootstrapSession::Send;
using Step = BootstrapStep::Kind;

Operation operation_of(const BootstrapStep& step) {
  Operation operation;
  operation.path = step.path;
  operation.format = step.format;
  switch (step.kind) {
    case Step::Discover: operation.kind = OperationKind::Discover; break;
    case Step::Read: operation.kind = OperationKind::Read; break;
    case Step::Delete: operation.kind = OperationKind::Delete; break;
    case Step::Write: operation.kind = OperationKind::Write; break;
    case Step::Finish: operation.kind = OperationKind::Execute; break;  // a bare POST
  }
  return operation;
}

/// [BS-45]: what is to be deleted and is not there is as good as deleted.
bool is_gone(const BootstrapStep& step, Code code) {
  return step.kind == Step::Delete && !step.path.is_root() &&
         (code == Code::NotFound || code == Code::BadRequest);
}

std::string with_code(std::string_view what, Code code, const std::string& reason) {
  const auto dotted = coap::dotted(code);
  std::string text(what);
  text.append(" was answered ").append(dotted.data(), dotted.size());
  if (!reason.empty()) text.append(": ").append(reason);
  return text;
}

std::string name_of(const BootstrapStep& step) {
  return std::string(describe(step.kind)).append(" ").append(target_of(step));
}

}  // namespace

std::uint32_t BootstrapShard::Engine::find(BootstrapSessionId id) const {
  const auto number = static_cast<std::uint32_t>(id.value) - 1;
  return live(number) && at(number).id == id ? number : kNone;
}

std::uint32_t BootstrapShard::Engine::find(std::string_view endpoint) const {
  return by_endpoint_.find(hash_bytes(endpoint, seed_),
                           [&](std::uint32_t n) { return at(n).endpoint == endpoint; });
}

std::uint32_t BootstrapShard::Engine::find(const SocketAddress& address) const {
  return by_address_.find(hash(address, seed_),
                          [&](std::uint32_t n) { return at(n).address == address; });
}

std::uint32_t BootstrapShard::Engine::add(std::unique_ptr<BootstrapSession> session) {
  std::uint32_t number = free_;
  if (number != kNone) {
    free_ = entries_[number].next_free;
  } else {
    number = static_cast<std::uint32_t>(entries_.size());
    entries_.emplace_back();
  }
  Entry& entry = entries_[number];
  session->id = {std::uint64_t{++entry.generation} << 32 | (number + 1)};
  by_endpoint_.insert(hash_bytes(session->endpoint, seed_), number);
  by_address_.insert(hash(session->address, seed_), number);
  entry.session = std::move(session);
  return number;
}

Result<BootstrapSessionId> BootstrapShard::Engine::start(
    Instant now, std::string_view endpoint, const SocketAddress& address,
    const BootstrapConfiguration& configuration, const BootstrapDevice& device) {
  auto session = std::make_unique<BootstrapSession>();
  LINNET_TRY_ASSIGN(session->configuration, expand(configuration, endpoint));
  session->endpoint = endpoint;
  session->address = address;
  session->device = device;
  session->formats = bootstrap_formats(configuration, device);
  session->message_id = static_cast<std::uint16_t>(rng_.next());
  session->started = now;
  session->heard = now;
  LINNET_TRY(make_plan_of(*session));

  // One device has one session, and behind one address is one device.
  const std::uint32_t same_name = find(endpoint);
  if (same_name != kNone) fail(now, same_name, "the endpoint began again");
  const std::uint32_t same_address = find(address);
  if (same_address != kNone) fail(now, same_address, "its address belongs to another device now");
  if (by_endpoint_.size() >= config_.max_sessions) return Error::Busy;

  const std::uint32_t number = add(std::move(session));
  events_.push(event_of(at(number), What::Started));
  begin_step(now, number);
  return at(number).id;
}

Result<BootstrapSessionId> BootstrapShard::Engine::begin(Instant now, std::string_view endpoint,
                                                         const SocketAddress& address) {
  BootstrapDecision decision = source_.find({address, endpoint, {}, false});
  if (decision.kind == BootstrapDecision::Kind::Unknown) return Error::NotFound;
  if (decision.kind == BootstrapDecision::Kind::Unavailable) return Error::Busy;
  return start(now, endpoint, address, decision.configuration, {});
}

Status BootstrapShard::Engine::make_plan_of(BootstrapSession& session) const {
  const BootstrapFindings* findings = session.findings ? &*session.findings : nullptr;
  LINNET_TRY_ASSIGN(session.plan,
                    make_plan(session.configuration, session.device, findings,
                              session.formats[session.format], config_.max_write_bytes));
  return {};
}

void BootstrapShard::Engine::begin_step(Instant now, std::uint32_t number) {
  BootstrapSession& session = at(number);
  const BootstrapStep& step = session.now_doing();
  ++session.number;
  session.attempt = 1;
  session.announced = false;
  session.step_started = now;
  session.request = {};
  OutgoingRequest& request = session.request;
  request.operation = operation_of(step);
  request.receiver = coap::BlockReceiver(config_.max_response_bytes, szx_);
  switch (step.kind) {
    case Step::Discover: request.choices = {{{}, step.format}}; break;
    case Step::Read:
      for (std::size_t i = session.format; i < session.formats.size(); ++i) {
        request.choices.push_back({{}, session.formats[i]});
      }
      break;
    case Step::Write: request.choices = {{step.format, {}}}; break;
    case Step::Delete:
    case Step::Finish: request.choices = {{}}; break;
  }
  request.body = step.payload;
  request.sender = coap::BlockSender(request.body.size(), szx_);
  want_send(number, Send::Request);
}

void BootstrapShard::Engine::next_step(Instant now, std::uint32_t number) {
  BootstrapSession& session = at(number);
  if (++session.step == session.plan.steps.size()) {
    session.step = 0;
    // What was found decides what is to be done.
    if (!make_plan_of(session)) {
      return fail(now, number, "the configuration cannot be made into requests");
    }
  }
  begin_step(now, number);
}

void BootstrapShard::Engine::want_send(std::uint32_t number, Send what) {
  BootstrapSession& session = at(number);
  session.send = what;
  set_timer(number);
  if (session.in_ready) return;
  session.in_ready = true;
  ready_.push(number);
}

Instant BootstrapShard::Engine::deadline(const BootstrapSession& session) const {
  const Duration silence =
      config_.silence.ms > 0 ? config_.silence : config_.transmission.exchange_lifetime();
  return earlier(session.heard + silence, session.started + config_.max_duration);
}

void BootstrapShard::Engine::set_timer(std::uint32_t number) {
  const BootstrapSession& session = at(number);
  const Instant next = earlier(session.request.exchange.next_timeout(), session.resume);
  timers_.schedule(number, earlier(next, deadline(session)));
}

std::optional<Transmit> BootstrapShard::Engine::transmit(Instant now, std::uint32_t number,
                                                         MutableBytes out) {
  BootstrapSession& session = at(number);
  OutgoingRequest& request = session.request;
  const Send what = session.send;
  session.send = Send::Nothing;
  coap::Header header{coap::Type::Con, method_of(session.now_doing().kind), session.message_id, {}};
  if (what == Send::Request) {
    header.message_id = ++session.message_id;
    header.token = request.token = coap::Token::random(rng_, 8);
    // Bootstrap-Finish is no operation on a path of the data model.
    const std::string_view root = session.now_doing().kind == Step::Finish ? "bs" : "";
    Writer writer(out);
    if (!request.write(header, root, szx_, writer)) {
      fail(now, number, "a request does not fit into a datagram");
      return std::nullopt;
    }
    request.datagram.assign(writer.written().begin(), writer.written().end());
  } else {
    header.token = request.token;
    if (request.datagram.size() > out.size()) return std::nullopt;
    std::ranges::copy(request.datagram, out.begin());
  }
  if (what == Send::SameDatagram) {
    ++counters_.retransmissions;
  } else {
    const Duration left{
        std::clamp<std::int64_t>((deadline(session) - now).ms, 1, coap::Exchange::kLongestWait.ms)};
    request.exchange.start(now, header, config_.transmission, left, rng_);
    set_timer(number);
  }
  if (!session.announced) {
    session.announced = true;
    BootstrapEvent event = event_of(session, What::Sent);
    event.bytes = request.body.size();
    events_.push(std::move(event));
  }
  return Transmit{session.address, request.datagram.size()};
}

void BootstrapShard::Engine::on_timeout(Instant now) {
  while (events_.size() < config_.max_events) {
    const auto number = timers_.pop(now);
    if (!number) return;
    if (!live(*number)) continue;
    BootstrapSession& session = at(*number);
    // [BS-27] [BS-52]
    if (deadline(session) <= now) {
      if (!session.refused) {
        answered(now, *number, Outcome::NoResponse, {}, "the device is silent");
      }
      fail(now, *number,
           session.refused ? "nobody corrected the configuration in time"
                           : "the session lasted too long, or the device is silent");
      continue;
    }
    if (session.resume <= now) {
      session.resume = Instant::never();
      want_send(*number, Send::Request);
      continue;
    }
    switch (session.request.exchange.on_timeout(now)) {
      case ExchangeAction::NoAck: try_again(now, *number, Outcome::NotAcknowledged); continue;
      case ExchangeAction::NoResponse: try_again(now, *number, Outcome::NoResponse); continue;
      case ExchangeAction::Retransmit: want_send(*number, Send::SameDatagram); continue;
      case ExchangeAction::None: break;
    }
    set_timer(*number);
  }
}

/// The step got no answer. Once more, if that is still allowed.
void BootstrapShard::Engine::try_again(Instant now, std::uint32_t number, Outcome outcome) {
  BootstrapSession& session = at(number);
  if (session.attempt > config_.step_retries) {
    answered(now, number, outcome, {}, "");
    return fail(now, number, name_of(session.now_doing()) + ": " + describe(outcome));
  }
  ++session.attempt;
  session.announced = false;
  switch (outcome) {
    // A device whose answers were all lost has done it: it answers the same message again.
    case Outcome::NotAcknowledged: return want_send(number, Send::SameAgain);
    // The first request may have overtaken our 2.04 to the Bootstrap-Request.
    case Outcome::Rejected:
      session.resume = now + config_.transmission.ack_timeout;
      return set_timer(number);
    default: return want_send(number, Send::Request);
  }
}

void BootstrapShard::Engine::on_answer(Instant now, std::uint32_t number,
                                       const coap::MessageView& message) {
  if (goes_on(now, number, message)) return;
  complete(now, number, message);
}

/// Whether the step needs another message, or failed over one.
bool BootstrapShard::Engine::goes_on(Instant now, std::uint32_t number,
                                     const coap::MessageView& message) {
  using Next = OutgoingRequest::Progress::Next;
  BootstrapSession& session = at(number);
  const Code code = message.code();
  OutgoingRequest::Progress progress = session.request.send_more(message);
  const bool reads =
      session.now_doing().kind == Step::Discover || session.now_doing().kind == Step::Read;
  if (progress.next == Next::Whole && code == Code::Continue) {
    progress = {Next::Fail, Outcome::BadAnswer, "2.31 to a request that was whole"};
  } else if (progress.next == Next::Whole && reads && code == Code::Content) {
    progress = session.request.fetch_more(message);
  }
  switch (progress.next) {
    case Next::Whole: return try_next_format(now, number, code);
    case Next::Send: want_send(number, Send::Request); return true;
    case Next::Fail: break;
  }
  answered(now, number, progress.outcome, code, progress.reason);
  fail(now, number, name_of(session.now_doing()) + ": " + progress.reason, code);
  return true;
}

/// Whether the device did not know the format and there is another one to try.
bool BootstrapShard::Engine::try_next_format(Instant now, std::uint32_t number, Code code) {
  BootstrapSession& session = at(number);
  OutgoingRequest& request = session.request;
  const Step kind = session.now_doing().kind;
  if (kind == Step::Read && code == Code::NotAcceptable && !request.fetching &&
      request.choice + 1 < request.choices.size()) {
    ++request.choice;
    want_send(number, Send::Request);
    return true;
  }
  if (kind != Step::Write || code != Code::UnsupportedContentFormat ||
      session.format + 1 >= session.formats.size()) {
    return false;
  }
  answered(now, number, Outcome::Answered, code, "trying another format");
  ++session.format;
  // The same steps in another format.
  if (!make_plan_of(session)) {
    fail(now, number, "the configuration cannot be made into requests", code);
  } else {
    begin_step(now, number);
  }
  return true;
}

void BootstrapShard::Engine::complete(Instant now, std::uint32_t number,
                                      const coap::MessageView& message) {
  BootstrapSession& session = at(number);
  const BootstrapStep step = session.now_doing();
  const Code code = message.code();
  std::string reason;
  if (!coap::is_success(code) && !message.content_format()) {
    reason = diagnostic_text(message.payload());
  }
  const bool asks = step.kind == Step::Discover || step.kind == Step::Read;
  if (asks && code == Code::Content) reason = take_findings(session);
  const bool usable = !asks || code != Code::Content || reason.empty();
  answered(now, number, usable ? Outcome::Answered : Outcome::BadAnswer, code, reason);
  if (step.kind == Step::Read) session.findings->asked.push_back(step.path.object());
  if (step.kind == Step::Discover && !session.findings) {
    // Nobody knows what it has: so everything.
    session.configuration.mode = BootstrapMode::All;
  }
  if (asks || is_gone(step, code)) return next_step(now, number);
  if (step.kind == Step::Finish && code == Code::NotAcceptable) {
    return on_refused(now, number, reason);
  }
  if (!coap::is_success(code))
    return fail(now, number, with_code(name_of(step), code, reason), code);
  if (step.kind != Step::Finish) return next_step(now, number);
  ++counters_.finished;
  BootstrapEvent event = event_of(session, What::Finished);
  event.code = code;
  event.elapsed = now - session.started;
  end(now, number, std::move(event));
}

/// Keeps what the answer to a Discover or Read tells. Returns what is wrong with it, or nothing.
std::string BootstrapShard::Engine::take_findings(BootstrapSession& session) const {
  const OutgoingRequest& request = session.request;
  const BootstrapStep& step = session.now_doing();
  if (!request.answer_format && !request.answer.empty()) return "the answer has no content format";
  if (step.kind == Step::Discover) {
    if (request.answer_format && *request.answer_format != ContentFormat::LinkFormat) {
      return "a Discover is answered in link format";
    }
    auto discovery = read_discovery(as_text(request.answer));
    if (!discovery) return "the payload is not a link list";
    session.findings = std::move(discovery->findings);
    session.device.version = discovery->version;
    return {};
  }
  RegistrationView device;
  device.version = session.device.version.value_or(lwm2m::kEnabler12);
  DecodedValues decoded;
  if (request.answer_format) {
    // [BS-38]
    decoded = decode_values(*request.answer_format, request.answer, step.path,
                            std::span(&step.path, 1), device, definitions_);
  }
  if (!decoded.problem.empty()) return decoded.problem;
  BootstrapFindings& findings = *session.findings;
  findings.readable.push_back(step.path.object());
  std::ranges::move(decoded.values, std::back_inserter(findings.values));
  return {};
}

// [BS-52]
void BootstrapShard::Engine::on_refused(Instant now, std::uint32_t number,
                                        const std::string& reason) {
  BootstrapSession& session = at(number);
  session.refused = true;
  session.request.exchange.cancel();
  BootstrapEvent event = event_of(session, What::Refused);
  event.code = Code::NotAcceptable;
  event.reason = reason;
  events_.push(std::move(event));
  set_timer(number);
  const BootstrapSessionId id = session.id;
  const auto corrected = source_.repair({session.endpoint, session.configuration.name, reason});
  if (corrected) (void)repair(now, id, *corrected);
}

Status BootstrapShard::Engine::repair(Instant now, BootstrapSessionId id,
                                      const BootstrapConfiguration& corrected) {
  const std::uint32_t number = find(id);
  if (number == kNone) return Error::NotFound;
  BootstrapSession& session = at(number);
  if (!session.refused) return Error::State;
  if (session.repairs >= config_.max_repairs) return Error::TooLarge;
  LINNET_TRY_ASSIGN(BootstrapConfiguration expanded, expand(corrected, session.endpoint));
  BootstrapConfiguration before = std::exchange(session.configuration, std::move(expanded));
  // What was found before is no longer true.
  session.findings.reset();
  if (const Status planned = make_plan_of(session); !planned) {
    session.configuration = std::move(before);
    return planned;
  }
  ++session.repairs;
  session.refused = false;
  session.step = 0;
  events_.push(event_of(session, What::Repaired));
  begin_step(now, number);
  return {};
}

bool BootstrapShard::Engine::cancel(Instant now, BootstrapSessionId id) {
  const std::uint32_t number = find(id);
  if (number == kNone) return false;
  fail(now, number, "cancelled");
  return true;
}

BootstrapEvent BootstrapShard::Engine::event_of(const BootstrapSession& session, What kind) {
  BootstrapEvent event;
  event.kind = kind;
  event.session = session.id;
  event.endpoint = session.endpoint;
  event.address = session.address;
  event.configuration = session.configuration.name;
  event.attempt = session.attempt;
  if (kind == What::Sent || kind == What::Answered) {
    const BootstrapStep& step = session.now_doing();
    event.number = session.number;
    event.step = step.kind;
    event.target = target_of(step);
    event.format = step.format;
  }
  return event;
}

void BootstrapShard::Engine::answered(Instant now, std::uint32_t number, Outcome outcome, Code code,
                                      std::string reason) {
  const BootstrapSession& session = at(number);
  BootstrapEvent event = event_of(session, What::Answered);
  event.outcome = outcome;
  event.code = code;
  event.reason = std::move(reason);
  event.elapsed = now - session.step_started;
  events_.push(std::move(event));
}

void BootstrapShard::Engine::fail(Instant now, std::uint32_t number, std::string reason,
                                  Code code) {
  ++counters_.failed;
  BootstrapEvent event = event_of(at(number), What::Failed);
  event.reason = std::move(reason);
  event.code = code;
  event.elapsed = now - at(number).started;
  end(now, number, std::move(event));
}

void BootstrapShard::Engine::end(Instant now, std::uint32_t number, BootstrapEvent event) {
  (void)now;
  events_.push(std::move(event));
  timers_.cancel(number);
  Entry& entry = entries_[number];
  by_endpoint_.erase(hash_bytes(entry.session->endpoint, seed_), number);
  by_address_.erase(hash(entry.session->address, seed_), number);
  entry.session.reset();
  entry.next_free = free_;
  free_ = number;
}

const char* describe(BootstrapEvent::Kind kind) {
  switch (kind) {
    case What::Started: return "started";
    case What::Sent: return "sent";
    case What::Answered: return "answered";
    case What::Refused: return "refused";
    case What::Repaired: return "repaired";
    case What::Finished: return "finished";
    case What::Failed: return "failed";
    case What::Denied: return "denied";
    case What::PackSent: return "pack sent";
  }
  return "";
}

}  // namespace linnet::server
