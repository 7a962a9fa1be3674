// SPDX-License-Identifier: Apache-2.0
#include "bootstrap_desk.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <linnet/lwm2m/endpoint_name.hpp>
#include <linnet/posix/clock.hpp>
#include <linnet/posix/net_address.hpp>
#include <linnet/posix/setup_error.hpp>
#include <linnet/service/json_text.hpp>

#include "json_operation.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;
using server::BootstrapConfiguration;
using server::BootstrapEvent;
using server::BootstrapStep;
using Kind = server::BootstrapEvent::Kind;

constexpr std::size_t kKeptSessions = 256;
constexpr std::size_t kKeptSteps = 512;

Problem unknown(const std::string& name) {
  return {404, "configuration-not-found", "No such configuration",
          "there is no bootstrap configuration \"" + name + "\""};
}

Problem inconsistent(const server::BootstrapFault& fault) {
  Problem problem(422, "inconsistent-configuration", "Inconsistent configuration",
                  to_string(fault.path) + ": " + fault.reason + " [" + fault.rule + "]");
  problem.members = {
      {"path", to_string(fault.path)}, {"reason", fault.reason}, {"rule", fault.rule}};
  return problem;
}

Problem not_kept(const SqliteError& error) {
  return store_failing(std::string("the configuration could not be stored: ") + error.what());
}

std::string code_text(coap::Code code) {
  const auto text = coap::dotted(code);
  return {text.data(), text.size()};
}

bool is_step(Kind kind) { return kind == Kind::Sent || kind == Kind::Answered; }

/// What an event says, without what every event says.
json::object to_json(const BootstrapEvent& event) {
  json::object out{{"event", event.kind == Kind::PackSent ? "pack" : describe(event.kind)}};
  if (!event.configuration.empty()) out["configuration"] = event.configuration;
  if (event.session.valid()) out["session"] = std::to_string(event.session.value);
  out["address"] = posix::to_string(event.address);
  if (is_step(event.kind)) {
    out["step"] = event.number;
    out["operation"] = describe(event.step);
    out["path"] = event.target;
    if (event.attempt > 1) out["attempt"] = event.attempt;
  }
  if (event.format) out["format"] = format_name(*event.format);
  if (event.bytes != 0) out["bytes"] = event.bytes;
  if (event.kind == Kind::Answered) out["outcome"] = describe(event.outcome);
  if (event.code != coap::Code::Empty) out["code"] = code_text(event.code);
  if (!event.reason.empty()) out["reason"] = event.reason;
  const bool took =
      event.kind == Kind::Answered || event.kind == Kind::Finished || event.kind == Kind::Failed;
  if (took) out["elapsedMs"] = event.elapsed.ms;
  return out;
}

struct PreviewRequest {
  std::string endpoint;
  server::BootstrapDevice device;
  std::optional<server::BootstrapFindings> findings;
};

std::string links_of(const json::value& value) {
  if (const auto* text = value.if_string()) return std::string(*text);
  const auto* list = value.if_array();
  if (list == nullptr) {
    throw bad_request("\"discovered\" is a list of paths, or the text of a Discover answer");
  }
  std::string links;
  for (const auto& item : *list) {
    if (!item.is_string()) throw bad_request("\"discovered\" is a list of paths");
    const std::string path = to_string(parse_path(std::string_view(item.get_string())));
    links.append(links.empty() ? "<" : ",<").append(path).append(">");
  }
  return links;
}

PreviewRequest parse_preview(std::string_view body) {
  json::error_code error;
  const auto parsed = json::parse(body, error);
  const auto* object = error ? nullptr : parsed.if_object();
  if (object == nullptr) throw bad_request("the body is no JSON object");
  PreviewRequest out;
  for (const auto& [name, value] : *object) {
    const std::string_view key = name;
    if (key == "discovered") {
      auto discovery = server::read_discovery(links_of(value));
      if (!discovery) throw bad_request("\"discovered\" is no link list");
      out.findings = std::move(discovery->findings);
      if (discovery->version) out.device.version = discovery->version;
      continue;
    }
    const auto* text = value.if_string();
    if (text == nullptr) throw bad_request("\"" + std::string(key) + "\" is a string");
    if (key == "endpoint") {
      out.endpoint = *text;
    } else if (key == "format") {
      out.device.preferred = find_format(std::string_view(*text));
      if (!out.device.preferred) throw bad_request("there is no such format");
    } else if (key == "version") {
      const auto version = lwm2m::Version::parse(std::string_view(*text));
      if (!version) throw bad_request("a version looks like 1.1");
      out.device.version = *version;
    } else {
      throw bad_request("a preview has no member \"" + std::string(key) +
                        "\"; it has endpoint, format, version and discovered");
    }
  }
  if (!lwm2m::check_endpoint_name(out.endpoint)) {
    throw bad_request("\"endpoint\" is the name of a device, such as urn:dev:os:32473-lamp-1");
  }
  return out;
}

}  // namespace

BootstrapDesk::BootstrapDesk(Ports ports, const ServiceSettings& settings,
                             const lwm2m::ModelStore& models)
    : ports_(std::move(ports)),
      models_(models),
      guarded_(configurations_, ports_.credentials),
      shard_(settings.bootstrap_shard, ports_.rng, guarded_, &ports_.definitions) {
  restore();
  if (!settings.serve_bootstrap) return;
  socket_.emplace(settings.bootstrap);
  driver_.emplace(*socket_);
  ports_.loop.watch(socket_->descriptor(), [this] {
    const Instant now = posix::monotonic_now();
    driver_->receive(shard_, now, [&] { take_turn(now); });
  });
}

BootstrapDesk::~BootstrapDesk() {
  if (socket_) ports_.loop.unwatch(socket_->descriptor());
  if (secure_ != nullptr) ports_.loop.unwatch(secure_->port().socket().descriptor());
}

void BootstrapDesk::set_secure(SecureServer& secure, std::function<bool()> reserve) {
  secure_ = &secure;
  reserve_ = std::move(reserve);
  guarded_.set_transport(&secure.transport());
  ports_.loop.watch(secure.port().socket().descriptor(), [this] {
    const Instant now = posix::monotonic_now();
    secure_->port().receive(
        now,
        [&](const SocketAddress& session, MutableBytes plain) {
          take_datagram(now, session, plain);
        },
        [&] { take_turn(now); });
  });
}

/// [BS-21] [BS-25] With the endpoint its security identity stands for.
void BootstrapDesk::take_datagram(Instant now, const SocketAddress& session, ByteView datagram) {
  const auto peer = secure_->transport().peer(session);
  if (peer) shard_.receive(now, session, datagram, peer->endpoint);
}

SocketAddress BootstrapDesk::place_of(const SocketAddress& address) const {
  return secure_ == nullptr ? address : secure_->real_address(address);
}

Instant BootstrapDesk::next_timeout() const {
  const Instant next = shard_.next_timeout();
  return secure_ == nullptr ? next : earlier(next, secure_->port().next_timeout());
}

void BootstrapDesk::restore() {
  if (ports_.store == nullptr) return;
  try {
    for (const auto& [name, body] : ports_.store->configurations()) {
      try {
        auto configuration = parse_configuration(name, body, model(), nullptr);
        if (const auto fault = server::prepare(configuration, &ports_.definitions)) {
          throw inconsistent(*fault);
        }
        configurations_.put(std::move(configuration));
      } catch (const Problem& problem) {
        if (ports_.print) {
          ports_.print(LogLevel::Warning, "the bootstrap configuration \"" + name +
                                              "\" in the store is not used: " + problem.detail);
        }
      }
    }
  } catch (const SqliteError& error) {
    throw posix::SetupError(std::string("the store cannot be read: ") + error.what());
  }
}

SocketAddress BootstrapDesk::address() const {
  return socket_ ? socket_->local() : SocketAddress{};
}

void BootstrapDesk::take_turn(Instant now) {
  if (shard_.next_timeout() <= now) shard_.on_timeout(now);
  posix::UdpDriver* plain = driver_ ? &*driver_ : nullptr;
  if (secure_ != nullptr) {
    secure_->port().on_timeout(now, [&](const SocketAddress& session, MutableBytes bytes) {
      take_datagram(now, session, bytes);
    });
    secure_->handle_events();
    if (secure_->transport().changed()) (void)reserve_();
    secure_->port().transmit(shard_, now, plain, [this] { return reserve_(); });
  } else if (plain != nullptr) {
    plain->transmit(shard_, now);
  }
  while (auto event = shard_.poll_event()) {
    event->address = place_of(event->address);
    handle(*event);
  }
}

const BootstrapConfiguration& BootstrapDesk::configuration(const std::string& name) const {
  const auto* found = configurations_.find(name);
  if (found == nullptr) throw unknown(name);
  return *found;
}

json::object BootstrapDesk::list() const {
  json::array all;
  for (const BootstrapConfiguration& item : configurations_.all()) {
    json::object entry = to_json(item, model(), Secrets::Hidden);
    json::array instances;
    for (const auto& [path, resources] : entry.at("objects").as_object()) {
      instances.push_back(json::value(path));
    }
    entry.erase("objects");
    entry["instances"] = std::move(instances);
    all.push_back(std::move(entry));
  }
  return {{"configurations", std::move(all)}};
}

json::object BootstrapDesk::show(const std::string& name) const {
  return to_json(configuration(name), model(), Secrets::Hidden);
}

BootstrapDesk::Put BootstrapDesk::put(const std::string& name, std::string_view body) {
  const auto* before = configurations_.find(name);
  auto parsed = parse_configuration(name, body, model(), before);
  if (const auto fault = server::prepare(parsed, &ports_.definitions)) throw inconsistent(*fault);
  Put done{before == nullptr, to_json(parsed, model(), Secrets::Hidden)};
  if (ports_.store != nullptr) {
    try {
      ports_.store->put_configuration(name, to_text(to_json(parsed, model(), Secrets::Shown)));
    } catch (const SqliteError& error) {
      throw not_kept(error);
    }
  }
  configurations_.put(parsed);
  repair_sessions(parsed);
  return done;
}

void BootstrapDesk::remove(const std::string& name) {
  (void)configuration(name);
  if (ports_.store != nullptr) {
    try {
      ports_.store->drop_configuration(name);
    } catch (const SqliteError& error) {
      throw not_kept(error);
    }
  }
  configurations_.remove(name);
}

// [BS-52]
void BootstrapDesk::repair_sessions(const BootstrapConfiguration& corrected) {
  const Instant now = posix::monotonic_now();
  for (const Session& session : sessions_) {
    if (session.state != "waiting" || session.configuration != corrected.name) continue;
    (void)shard_.repair(now, session.id, corrected);
  }
}

json::object BootstrapDesk::preview(const std::string& name, std::string_view body) const {
  const BootstrapConfiguration& found = configuration(name);
  const PreviewRequest request = parse_preview(body);
  BootstrapConfiguration shown = found;
  server::hide_secrets(shown);
  const auto steps = server::preview(shown, request.endpoint, request.device,
                                     request.findings ? &*request.findings : nullptr);
  if (!steps) {
    throw Problem(
        422, "no-requests", "No requests",
        std::string("the configuration cannot be made into requests: ") + describe(steps.error()));
  }
  json::array list;
  for (const BootstrapStep& step : *steps) list.push_back(to_json(step, model()));
  const auto* selected = server::select(configurations_.all(), request.endpoint);
  json::object out{{"configuration", name},
                   {"endpoint", request.endpoint},
                   {"format", format_name(bootstrap_formats(shown, request.device).front())},
                   {"steps", std::move(list)}};
  if (selected != nullptr) out["selected"] = selected->name;
  return out;
}

json::object BootstrapDesk::sessions(std::string_view endpoint, std::size_t limit) const {
  json::array list;
  for (auto session = sessions_.rbegin(); session != sessions_.rend(); ++session) {
    if (!endpoint.empty() && session->endpoint != endpoint) continue;
    if (list.size() == limit) break;
    json::object item{{"session", std::to_string(session->id.value)},
                      {"endpoint", session->endpoint},
                      {"address", session->address},
                      {"configuration", session->configuration},
                      {"state", session->state},
                      {"started", session->started}};
    if (!session->reason.empty()) item["reason"] = session->reason;
    const bool over = session->state == "finished" || session->state == "failed";
    if (over) item["elapsedMs"] = session->elapsed.ms;
    json::array steps;
    for (const Step& step : session->steps) steps.push_back(step.told);
    item["steps"] = std::move(steps);
    list.push_back(std::move(item));
  }
  return {{"sessions", std::move(list)}};
}

void BootstrapDesk::handle(const BootstrapEvent& event) {
  json::object told = to_json(event);
  record(event, told);
  print(event);
  json::object out{{"type", name(EventKind::Bootstrap)},
                   {"time", posix::unix_now()},
                   {"endpoint", event.endpoint}};
  for (auto& [key, value] : told) out[key] = std::move(value);
  ports_.log.publish(EventKind::Bootstrap, event.endpoint, to_text(out));
}

void BootstrapDesk::record(const BootstrapEvent& event, const json::object& told) {
  if (!event.session.valid()) return;
  if (event.kind == Kind::Started) {
    if (sessions_.size() == kKeptSessions) sessions_.pop_front();
    Session session;
    session.id = event.session;
    session.endpoint = event.endpoint;
    session.address = posix::to_string(event.address);
    session.configuration = event.configuration;
    session.started = posix::unix_now();
    sessions_.push_back(std::move(session));
    return;
  }
  const auto found = std::ranges::find(sessions_, event.session, &Session::id);
  if (found == sessions_.end()) return;
  Session& session = *found;
  switch (event.kind) {
    case Kind::Sent:
    case Kind::Answered: {
      if (session.steps.empty() || session.steps.back().number != event.number) {
        if (session.steps.size() == kKeptSteps) session.steps.pop_front();
        session.steps.push_back({event.number, {}});
      }
      for (const auto& [key, value] : told) {
        const std::string_view member = key;
        if (member == "event" || member == "session" || member == "address") continue;
        if (member != "configuration") session.steps.back().told[key] = value;
      }
      break;
    }
    case Kind::Refused:
      session.state = "waiting";
      session.reason = event.reason.empty() ? "the device found it inconsistent" : event.reason;
      break;
    case Kind::Repaired:
      session.state = "running";
      session.reason.clear();
      break;
    case Kind::Finished:
    case Kind::Failed:
      session.state = event.kind == Kind::Finished ? "finished" : "failed";
      session.reason = event.reason;
      session.elapsed = event.elapsed;
      if (ports_.ended) {
        ports_.ended(event.endpoint, session.address,
                     event.kind == Kind::Finished ? "\"" + session.configuration + "\""
                                                  : "failed: " + event.reason);
      }
      break;
    default: break;
  }
}

void BootstrapDesk::print(const BootstrapEvent& event) const {
  if (!ports_.print || (is_step(event.kind) && !ports_.verbose)) return;
  std::string line = "bootstrap      " + event.endpoint + ": ";
  line += event.kind == Kind::PackSent ? "pack sent" : describe(event.kind);
  if (event.kind == Kind::Started) line += " with \"" + event.configuration + "\"";
  if (event.kind == Kind::Started || event.kind == Kind::Denied) {
    line += " at " + posix::to_string(event.address);
  }
  if (is_step(event.kind)) line += std::string(" ") + describe(event.step) + " " + event.target;
  if (event.code != coap::Code::Empty) line += " " + code_text(event.code);
  if (!event.reason.empty()) line += ", " + event.reason;
  const bool bad = event.kind == Kind::Failed || event.kind == Kind::Refused;
  const LogLevel level = bad                   ? LogLevel::Warning
                         : is_step(event.kind) ? LogLevel::Debug
                                               : LogLevel::Info;
  ports_.print(level, {line, event.endpoint});
}

}  // namespace linnet::service
