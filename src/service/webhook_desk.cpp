// SPDX-License-Identifier: Apache-2.0
#include "webhook_desk.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <cmath>

#include <linnet/posix/clock.hpp>
#include <linnet/secure/wipe.hpp>
#include <linnet/service/json_text.hpp>

#include "json_operation.hpp"
#include "problem.hpp"
#include "secret_text.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxHooks = 100;
constexpr std::size_t kMaxName = 64;

std::string place_of(std::string_view name) { return "webhook " + std::string(name); }
std::string reader_of(std::string_view name) { return "webhook/" + std::string(name); }

void check_name(std::string_view name) {
  const bool good = std::ranges::all_of(name, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.';
  });
  if (good && !name.empty() && name.size() <= kMaxName) return;
  throw bad_request(
      "a webhook's name has at most 64 letters (a to z), digits, dots, hyphens and underscores");
}

std::string_view name_of(WebhookSender::State state) {
  switch (state) {
    case WebhookSender::State::Active: return "active";
    case WebhookSender::State::Retrying: return "retrying";
    case WebhookSender::State::Paused: return "paused";
  }
  return "";
}

}  // namespace

WebhookDesk::WebhookDesk(Ports ports) : ports_(ports) { load(); }

void WebhookDesk::load() {
  Statement rows(ports_.database, "SELECT name, settings, paused FROM webhook ORDER BY name");
  while (rows.step()) {
    const std::string name(rows.text(0));
    const auto text = ports_.box.unseal(rows.bytes(1), place_of(name));
    json::error_code error;
    const json::value body = text ? json::parse(as_text(text->view()), error) : json::value();
    if (error || !body.is_object()) continue;
    try {
      Hook& hook = hooks_[name];
      hook.settings = parse_webhook(name, body.get_object(), nullptr);
      hook.paused = rows.integer(2) != 0;
      start(hook);
    } catch (const Problem&) {
      hooks_.erase(name);
    }
  }
}

void WebhookDesk::start(Hook& hook) {
  hook.generation = ++generations_;
  const auto position = ports_.journal.position(reader_of(hook.settings.name));
  ports_.sender.set(hook.settings, hook.generation, position.value_or(ports_.log.latest()),
                    hook.paused);
}

const WebhookDesk::Hook& WebhookDesk::find(std::string_view name) const {
  const auto found = hooks_.find(name);
  if (found != hooks_.end()) return found->second;
  throw Problem(404, "webhook-not-found", "No such webhook",
                "there is no webhook \"" + std::string(name) + "\"");
}

WebhookDesk::Hook& WebhookDesk::find(std::string_view name) {
  return const_cast<Hook&>(std::as_const(*this).find(name));
}

std::uint64_t WebhookDesk::lag(const std::optional<WebhookSender::Status>& status) const {
  return status ? ports_.log.count_between(status->position, ports_.log.latest() + 1) : 0;
}

json::object WebhookDesk::describe(const Hook& hook) const {
  json::object out = show_webhook(hook.settings);
  const auto known = ports_.sender.status(hook.settings.name);
  const auto status = known.value_or(WebhookSender::Status{});
  json::object state{{"state", hook.paused ? "paused" : name_of(status.state)},
                     {"delivered", status.delivered},
                     {"failures", status.failures},
                     {"lag", lag(known)}};
  if (status.last_status != 0) state["lastStatus"] = status.last_status;
  if (!status.last_error.empty()) state["lastError"] = status.last_error;
  if (status.last_success != 0) state["lastSuccess"] = status.last_success;
  out["status"] = std::move(state);
  return out;
}

json::array WebhookDesk::list() const {
  json::array out;
  for (const auto& [name, hook] : hooks_) out.push_back(describe(hook));
  return out;
}

json::object WebhookDesk::show(std::string_view name) const { return describe(find(name)); }

WebhookDesk::Put WebhookDesk::put(const std::string& name, std::string_view body) {
  check_name(name);
  const auto found = hooks_.find(name);
  const bool created = found == hooks_.end();
  WebhookSettings settings =
      parse_webhook(name, parse_object(body), created ? nullptr : &found->second.settings);
  if (created && hooks_.size() >= kMaxHooks) {
    throw Problem(409, "too-many-webhooks", "Too many webhooks",
                  "there are 100 webhooks already; delete one first");
  }
  const bool made_secret = settings.secret.empty();
  if (made_secret) settings.secret = new_secret("whsec_");
  // What happens from now on, not what is kept.
  if (created) ports_.journal.set_position(reader_of(name), ports_.log.published());
  Hook& hook = hooks_[name];
  hook.settings = std::move(settings);
  changed_.insert(name);
  start(hook);
  Put done{describe(hook), created};
  if (made_secret) done.webhook["secret"] = hook.settings.secret;
  return done;
}

void WebhookDesk::remove(std::string_view name) {
  const std::string key = find(name).settings.name;
  hooks_.erase(key);
  ports_.sender.remove(key);
  ports_.journal.forget_position(reader_of(key));
  changed_.insert(key);
}

void WebhookDesk::resume(std::string_view name) {
  Hook& hook = find(name);
  if (hook.paused) changed_.insert(hook.settings.name);
  hook.paused = false;
  start(hook);
}

void WebhookDesk::test(std::string_view name,
                       std::function<void(const WebhookSender::TestResult&)> done) {
  ports_.sender.test(find(name).settings, std::move(done));
}

void WebhookDesk::take(const WebhookSender::Report& report) {
  const auto found = hooks_.find(report.webhook);
  if (found == hooks_.end()) return;
  Hook& hook = found->second;
  // Of settings before the present ones: the position still holds, a pause does not.
  ports_.journal.set_position(reader_of(report.webhook), report.position);
  if (!report.paused || report.generation != hook.generation || hook.paused) return;
  hook.paused = true;
  changed_.insert(report.webhook);
  json::object data{{"type", name(EventKind::Alarm)},
                    {"time", std::round(posix::unix_now() * 1000) / 1000},
                    {"endpoint", ""},
                    {"webhook", report.webhook},
                    {"text", "the webhook " + report.webhook + " is paused: " + *report.paused +
                                 ". Mend the receiver and resume it; it goes on where it stopped"}};
  ports_.log.publish(EventKind::Alarm, {}, to_text(data));
}

std::vector<WebhookDesk::Lag> WebhookDesk::lags() const {
  std::vector<Lag> out;
  for (const auto& [name, hook] : hooks_) out.push_back({name, lag(ports_.sender.status(name))});
  return out;
}

std::size_t WebhookDesk::paused() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(hooks_, [](const auto& item) { return item.second.paused; }));
}

void WebhookDesk::write() {
  for (const auto& name : changed_) {
    const auto found = hooks_.find(name);
    if (found == hooks_.end()) {
      Statement(ports_.database, "DELETE FROM webhook WHERE name=?")
          .bind(std::string_view(name))
          .run();
      continue;
    }
    std::string text = to_text(store_webhook(found->second.settings));
    const auto sealed = ports_.box.seal(as_bytes(text), place_of(name));
    secure::wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    Statement(ports_.database, "INSERT OR REPLACE INTO webhook VALUES (?,?,?)")
        .bind(std::string_view(name))
        .bind(ByteView(sealed))
        .bind(std::int64_t{found->second.paused})
        .run();
  }
}

}  // namespace linnet::service
