// SPDX-License-Identifier: Apache-2.0
#include "rule_desk.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <utility>

#include "problem.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;
using server::OperationKind;
using server::RegistrationId;
using server::RegistrationView;

constexpr std::uint8_t kSingle = 0xFF;
constexpr Instant kNotAgain = Instant::never();
constexpr Duration kFirstRetry = seconds(10);
constexpr std::int64_t kLongestRetryMs = 3'600'000;
constexpr std::size_t kMaxFailures = 10'000;
constexpr std::size_t kShownFailures = 100;
constexpr int kDevicesAtATime = 512;

/// 1.2 takes attributes with the Observe; before, they are written first.
bool takes_attributes(const RegistrationView& device) {
  return device.version >= lwm2m::Version{1, 2};
}

std::uint16_t mask_of(const lwm2m::Attributes& attributes) {
  std::uint16_t mask = 0;
  for (std::size_t i = 0; i < lwm2m::kAttributes; ++i) {
    if (attributes.has(static_cast<lwm2m::Attribute>(i))) {
      mask = static_cast<std::uint16_t>(mask | 1u << i);
    }
  }
  return mask;
}

/// For people.
std::string why(const server::OperationResult& result) {
  std::string text;
  if (result.outcome == server::Outcome::Answered) {
    const auto code = coap::dotted(result.code);
    text.assign(code.data(), code.size());
    if (result.success()) text += ", but the device does not notify of it";
  } else {
    text = server::describe(result.outcome);
  }
  return result.reason.empty() ? text : text + ": " + result.reason;
}

bool unreachable(server::Outcome outcome) {
  return outcome == server::Outcome::NotAcknowledged || outcome == server::Outcome::NoResponse ||
         outcome == server::Outcome::Expired;
}

}  // namespace

RuleDesk::RuleDesk(Ports ports) : ports_(std::move(ports)) {
  std::size_t place = 0;
  for (ObserveRule& rule : ports_.table.all()) {
    if (place < kMaxRules) rules_[place++] = std::move(rule);
  }
}

void RuleDesk::resume() {
  if (std::ranges::any_of(rules_, [](const auto& rule) { return rule.has_value(); })) {
    apply_everywhere();
  }
}

// --- The rules ---

std::vector<const ObserveRule*> RuleDesk::rules() const {
  std::vector<const ObserveRule*> out;
  for (const auto& rule : rules_) {
    if (rule) out.push_back(&*rule);
  }
  std::ranges::sort(out, {}, [](const ObserveRule* rule) { return rule->name; });
  return out;
}

const ObserveRule* RuleDesk::find(std::string_view name) const {
  for (const auto& rule : rules_) {
    if (rule && rule->name == name) return &*rule;
  }
  return nullptr;
}

json::object RuleDesk::show(std::string_view name) const {
  const auto place =
      std::ranges::find_if(rules_, [&](const auto& rule) { return rule && rule->name == name; });
  const auto index = static_cast<std::size_t>(place - rules_.begin());
  json::array failures;
  for (const auto& [key, failure] : failures_) {
    if ((failure.rules >> index & 1u) == 0) continue;
    failures.push_back(json::object{{"endpoint", failure.endpoint},
                                    {"path", failure.path},
                                    {"reason", failure.reason},
                                    {"time", static_cast<double>(failure.time) / 1000}});
    if (failures.size() == kShownFailures) break;
  }
  json::object out = (*place)->to_json();
  out["status"] = {{"devices", counts_[index].devices},
                   {"observations", counts_[index].observations},
                   {"failures", std::move(failures)}};
  return out;
}

bool RuleDesk::put(ObserveRule rule) {
  auto place =
      std::ranges::find_if(rules_, [&](const auto& one) { return one && one->name == rule.name; });
  const bool made = place == rules_.end();
  if (made) place = std::ranges::find_if(rules_, [](const auto& one) { return !one; });
  if (place == rules_.end()) {
    throw Problem(422, "too-many-rules", "Too many rules",
                  "there are " + std::to_string(kMaxRules) +
                      " observe rules already; a rule may have many paths and patterns");
  }
  const bool other_requests =
      !made && ((*place)->attributes != rule.attributes || (*place)->format != rule.format);
  ports_.table.put(rule);
  *place = std::move(rule);
  if (other_requests) renew(Rules{1} << (place - rules_.begin()));
  apply_everywhere();
  return made;
}

bool RuleDesk::drop(std::string_view name) {
  const auto place =
      std::ranges::find_if(rules_, [&](const auto& rule) { return rule && rule->name == name; });
  if (place == rules_.end()) return false;
  const Rules bit = Rules{1} << (place - rules_.begin());
  ports_.table.drop((*place)->name);
  // Everywhere at once, so that the place is free for another rule.
  for (auto& [id, device] : devices_) {
    if ((device.rules & bit) == 0) continue;
    set_rules(device, device.rules & ~bit);
    const auto view = ports_.shard.find(RegistrationId{id});
    for (Watch& watch : device.watches) {
      if ((watch.rules & bit) == 0) continue;
      const lwm2m::Attributes before = attributes_of(watch);
      count(watch, -1);
      watch.rules &= ~bit;
      count(watch, 1);
      if (watch.rules == 0) {
        give_up(watch);
      } else if (view && attributes_of(watch) != before) {
        ask_anew(*view, watch);
      }
    }
    enqueue({id}, device);
  }
  for (auto& [key, failure] : failures_) failure.rules &= ~bit;
  std::erase_if(failures_, [](const auto& one) { return one.second.rules == 0; });
  place->reset();
  pump();
  return true;
}

/// Attributes or the format of these rules are others now.
void RuleDesk::renew(Rules rules) {
  for (auto& [id, device] : devices_) {
    if ((device.rules & rules) == 0) continue;
    const auto view = ports_.shard.find(RegistrationId{id});
    if (!view) continue;
    for (Watch& watch : device.watches) {
      if ((watch.rules & rules) != 0) ask_anew(*view, watch);
    }
    enqueue({id}, device);
  }
}

/// What it is asked for with is something else now. A request that is under way has what was
/// before: when it ends, this is called again.
void RuleDesk::ask_anew(const RegistrationView& view, Watch& watch) const {
  watch.changed = true;
  watch.attributes_due = watch.composite == kSingle && !takes_attributes(view) &&
                         (!attributes_of(watch).empty() || watch.attached != 0);
  watch.remake = watch.ours && watch.observation.valid();
  watch.retry = {};
}

void RuleDesk::apply_everywhere() {
  walk_ = 0;
  if (std::exchange(walking_, true)) return;
  ports_.add_job([this] {
    for (int i = 0; i < kDevicesAtATime; ++i) {
      const auto device = ports_.shard.next_registration(walk_);
      if (!device) {
        walking_ = false;
        break;
      }
      apply(*device, false);
    }
    pump();
    return !walking_;
  });
}

// --- What a device should have ---

RuleDesk::Rules RuleDesk::matching(const RegistrationView& device) const {
  std::optional<std::vector<std::string>> tags;
  Rules out = 0;
  for (std::size_t i = 0; i < kMaxRules; ++i) {
    if (!rules_[i] || !rules_[i]->enabled) continue;
    if (!tags && !rules_[i]->tags.empty() && ports_.tags) tags = ports_.tags(device.endpoint);
    static const std::vector<std::string> kNone;
    if (rules_[i]->matches(device, tags ? *tags : kNone)) out |= Rules{1} << i;
  }
  return out;
}

std::vector<RuleDesk::Watch> RuleDesk::wanted(const RegistrationView& device, Rules rules) const {
  std::vector<Watch> out;
  for (; rules != 0; rules &= rules - 1) {
    const auto place = static_cast<Place>(std::countr_zero(rules));
    const ObserveRule& rule = *rules_[place];
    const auto paths = rule.expand(device);
    if (paths.empty()) continue;
    const bool composite = rule.composite && device.version >= lwm2m::Version{1, 1} &&
                           (takes_attributes(device) || rule.attributes.empty());
    if (composite) {
      out.emplace_back().composite = place;
      out.back().rules = Rules{1} << place;
      continue;
    }
    for (const auto& path : paths) {
      auto same = std::ranges::find_if(out, [&](const Watch& watch) {
        return watch.composite == kSingle && watch.path == path;
      });
      if (same == out.end()) {
        out.emplace_back().path = path;
        same = out.end() - 1;
      }
      same->rules |= Rules{1} << place;
    }
  }
  return out;
}

std::vector<lwm2m::Path> RuleDesk::paths_of(const RegistrationView& device,
                                            const Watch& watch) const {
  if (watch.composite == kSingle) return {watch.path};
  return rules_[watch.composite]->expand(device);
}

/// `fresh`: it has just registered, and knows nothing of attributes.
void RuleDesk::apply(const RegistrationView& view, bool fresh) {
  const Rules rules = matching(view);
  const auto found = devices_.find(view.id.value);
  if (rules == 0 && found == devices_.end()) return;
  Device& device = found != devices_.end() ? found->second : devices_[view.id.value];
  set_rules(device, rules);
  std::vector<Watch> list = wanted(view, rules);
  for (Watch& have : device.watches) {
    const auto same = std::ranges::find_if(list, [&](const Watch& watch) {
      return watch.composite == have.composite && watch.path == have.path;
    });
    if (same == list.end()) {
      give_up(have);
      continue;
    }
    want_again(view, have, same->rules);
    list.erase(same);
  }
  for (Watch& watch : list) {
    adopt(view, watch, fresh);
    device.watches.push_back(watch);
    count(device.watches.back(), 1);
  }
  enqueue(view.id, device);
}

/// What was wanted before, perhaps by other rules.
void RuleDesk::want_again(const RegistrationView& view, Watch& watch, Rules rules) {
  const lwm2m::Attributes before = attributes_of(watch);
  count(watch, -1);
  watch.rules = rules;
  count(watch, 1);
  watch.retry = {};
  watch.failures = 0;
  if (watch.state == State::Failed) set_state(watch, State::Wanted);
  if (watch.state == State::Unwanted) {
    set_state(watch, watch.observation.valid() ? State::Established : State::Wanted);
  }
  if (attributes_of(watch) != before) ask_anew(view, watch);
  compare_paths(view, watch);
}

/// A composite observation is made again when its rule has other paths.
void RuleDesk::compare_paths(const RegistrationView& view, Watch& watch) const {
  if (watch.composite == kSingle || !watch.observation.valid()) return;
  const auto observed = ports_.shard.find(watch.observation);
  const auto paths = paths_of(view, watch);
  if (observed && !std::ranges::equal(observed->paths, paths)) watch.remake = true;
}

/// Uses an observation that is there.
void RuleDesk::adopt(const RegistrationView& view, Watch& watch, bool fresh) {
  const auto paths = paths_of(view, watch);
  const bool composite = watch.composite != kSingle;
  ports_.shard.for_each_observation(view.id, [&](const server::ObservationView& item) {
    if (item.composite != composite || !std::ranges::equal(item.paths, paths)) return;
    watch.observation = item.id;
    watch.ours = item.keep;
    watch.state = State::Established;
  });
  const lwm2m::Attributes attributes = attributes_of(watch);
  if (attributes.empty() || takes_attributes(view) || composite) return;
  watch.attributes_due = fresh || !watch.observation.valid();
  if (!watch.attributes_due) watch.attached = mask_of(attributes);
}

void RuleDesk::give_up(Watch& watch) {
  set_state(watch, State::Unwanted);
  watch.rules = 0;
}

lwm2m::Attributes RuleDesk::attributes_of(const Watch& watch) const {
  std::vector<const ObserveRule*> rules;
  for (Rules rest = watch.rules; rest != 0; rest &= rest - 1) {
    rules.push_back(&*rules_[static_cast<std::size_t>(std::countr_zero(rest))]);
  }
  // The first one by name has the last word.
  std::ranges::sort(rules, std::greater{}, [](const ObserveRule* rule) { return rule->name; });
  lwm2m::Attributes out;
  for (const ObserveRule* rule : rules) out.override_with(rule->attributes);
  return out;
}

// --- Counting ---

void RuleDesk::count(const Watch& watch, std::ptrdiff_t by) {
  if (watch.state != State::Established) return;
  for (Rules rest = watch.rules; rest != 0; rest &= rest - 1) {
    auto& number = counts_[static_cast<std::size_t>(std::countr_zero(rest))].observations;
    number = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(number) + by);
  }
}

void RuleDesk::set_state(Watch& watch, State state) {
  count(watch, -1);
  watch.state = state;
  count(watch, 1);
}

void RuleDesk::set_rules(Device& device, Rules rules) {
  for (Rules rest = device.rules & ~rules; rest != 0; rest &= rest - 1) {
    --counts_[static_cast<std::size_t>(std::countr_zero(rest))].devices;
  }
  for (Rules rest = rules & ~device.rules; rest != 0; rest &= rest - 1) {
    ++counts_[static_cast<std::size_t>(std::countr_zero(rest))].devices;
  }
  device.rules = rules;
}

void RuleDesk::forget(RegistrationId id) {
  const auto found = devices_.find(id.value);
  if (found == devices_.end()) return;
  set_rules(found->second, 0);
  for (const Watch& watch : found->second.watches) count(watch, -1);
  devices_.erase(found);
  const FailureKey first{id.value, {}, 0};
  for (auto it = failures_.lower_bound(first);
       it != failures_.end() && it->first.registration == id.value;) {
    it = failures_.erase(it);
  }
}

// --- Asking devices ---

void RuleDesk::enqueue(RegistrationId id, Device& device) {
  if (!std::exchange(device.ready, true)) ready_.push_back(id);
}

void RuleDesk::pump() {
  while (asked_.size() < kUnderWay && !ready_.empty()) {
    const RegistrationId id = ready_.front();
    ready_.pop_front();
    const auto found = devices_.find(id.value);
    if (found == devices_.end()) continue;
    found->second.ready = false;
    step(id, found->second);
  }
}

std::optional<RuleDesk::Step> RuleDesk::next_step(const Watch& watch) const {
  if (watch.state == State::Unwanted) {
    if (watch.attached != 0) return Step::Attributes;
    if (watch.ours && watch.observation.valid()) return Step::Cancel;
    return {};
  }
  if (watch.retry > ports_.now()) return {};
  if (watch.remake && watch.observation.valid()) return Step::Cancel;
  if (watch.attributes_due) return Step::Attributes;
  if (watch.state != State::Established) return Step::Observe;
  return {};
}

/// Asks for the next thing that is missing, or tidies up.
void RuleDesk::step(RegistrationId id, Device& device) {
  if (device.busy.valid() || !ports_.shard.is_awake(id)) return;
  for (Watch& watch : device.watches) {
    // What cannot be asked for is done with, or put off; it may leave something else to do.
    while (const auto next = next_step(watch)) {
      if (submit(id, device, watch, *next)) return;
    }
  }
  std::erase_if(device.watches, [&](const Watch& watch) {
    return watch.state == State::Unwanted && !next_step(watch);
  });
  if (device.watches.empty() && device.rules == 0) devices_.erase(id.value);
}

/// True if the device has something to do now. REQUIRES: it is not busy.
bool RuleDesk::submit(RegistrationId id, Device& device, Watch& watch, Step step) {
  const auto view = ports_.shard.find(id);
  if (!view) return true;
  server::Operation request = operation(*view, watch, step);
  const Asked asked{id, step, watch.path, watch.composite, mask_of(request.attributes.set)};
  const auto submitted = ports_.shard.submit(ports_.now(), id, std::move(request));
  if (submitted.ok()) {
    watch.changed = false;
    device.busy = *submitted;
    asked_.emplace(submitted->value, asked);
    return true;
  }
  server::OperationResult refused;
  refused.kind = OperationKind::Observe;
  refused.outcome = server::Outcome::Cancelled;
  refused.reason = describe(submitted.error());
  const bool later = submitted.error() == Error::Busy;
  if (step == Step::Observe) {
    failed(id, watch, "cannot be asked for: " + refused.reason, later);
  } else if (step == Step::Attributes && later) {
    failed(id, watch, "attributes cannot be written: " + refused.reason, true);
  } else {
    finished(asked, watch, refused);
  }
  return false;
}

server::Operation RuleDesk::operation(const RegistrationView& view, const Watch& watch,
                                      Step step) const {
  server::Operation out;
  switch (step) {
    case Step::Cancel:
      out.kind = OperationKind::CancelObservation;
      out.observation = watch.observation;
      break;
    case Step::Attributes:
      out.kind = OperationKind::WriteAttributes;
      out.path = watch.path;
      if (watch.state != State::Unwanted) out.attributes.set = attributes_of(watch);
      out.attributes.unset =
          static_cast<std::uint16_t>(watch.attached & ~mask_of(out.attributes.set));
      break;
    case Step::Observe: {
      const bool composite = watch.composite != kSingle;
      out.kind = composite ? OperationKind::ObserveComposite : OperationKind::Observe;
      if (composite) {
        out.paths = paths_of(view, watch);
      } else {
        out.path = watch.path;
      }
      if (takes_attributes(view)) out.attributes.set = attributes_of(watch);
      const auto first = static_cast<std::size_t>(std::countr_zero(watch.rules));
      out.format = rules_[first]->format;
      out.keep = true;
      break;
    }
  }
  return out;
}

bool RuleDesk::take(server::OperationResult& result) {
  const auto known = asked_.find(result.operation.value);
  if (known == asked_.end()) return false;
  const Asked asked = known->second;
  asked_.erase(known);
  const auto found = devices_.find(asked.registration.value);
  Watch* watch = nullptr;
  if (found != devices_.end()) {
    Device& device = found->second;
    device.busy = {};
    const auto same = std::ranges::find_if(device.watches, [&](const Watch& one) {
      return one.composite == asked.composite && one.path == asked.path;
    });
    if (same != device.watches.end()) watch = &*same;
    enqueue(asked.registration, device);
  }
  if (watch != nullptr) {
    conclude(asked, *watch, result);
  } else if (result.observation.valid()) {
    (void)ports_.shard.cancel_observation(ports_.now(), result.observation);
  }
  pump();
  return true;
}

void RuleDesk::conclude(const Asked& asked, Watch& watch, server::OperationResult& result) {
  if (asked.step == Step::Observe && result.observation.valid() && result.success()) {
    established(asked.registration, watch, result);
  } else {
    finished(asked, watch, result);
  }
  const auto view = ports_.shard.find(asked.registration);
  if (!view || watch.state == State::Unwanted) return;
  if (watch.changed) ask_anew(*view, watch);
  if (asked.step == Step::Observe) compare_paths(*view, watch);
}

void RuleDesk::established(RegistrationId id, Watch& watch, server::OperationResult& result) {
  watch.observation = result.observation;
  watch.ours = true;
  watch.remake = false;
  watch.failures = 0;
  failures_.erase(FailureKey{id.value, watch.path, watch.composite});
  if (watch.state != State::Unwanted) set_state(watch, State::Established);
  const auto view = ports_.shard.find(id);
  if (!view) return;
  make_absolute(result.values, static_cast<double>(ports_.unix_ms()) / 1000);
  const auto observed = ports_.shard.find(result.observation);
  if (!observed) return;
  ports_.values.started(result, std::string(view->endpoint),
                        {observed->paths.begin(), observed->paths.end()});
}

void RuleDesk::finished(const Asked& asked, Watch& watch, const server::OperationResult& result) {
  switch (asked.step) {
    case Step::Attributes:
      if (result.success()) {
        watch.attached = asked.attached;
        watch.attributes_due = false;
        watch.failures = 0;
        failures_.erase(FailureKey{asked.registration.value, watch.path, watch.composite});
      } else if (watch.state == State::Unwanted) {
        watch.attached = 0;  // it was tried
      } else {
        // Without its attributes it is better observed than not at all.
        if (!unreachable(result.outcome)) watch.attributes_due = false;
        note_failure(asked.registration, watch, "attributes not written: " + why(result));
        if (watch.attributes_due) retry_later(asked.registration, watch);
      }
      return;
    case Step::Cancel:
      if (!result.success()) {
        (void)ports_.shard.cancel_observation(ports_.now(), watch.observation);
      }
      watch.observation = {};
      watch.remake = false;
      if (watch.state != State::Unwanted) set_state(watch, State::Wanted);
      return;
    case Step::Observe: return failed(asked.registration, watch, why(result), true);
  }
}

void RuleDesk::note_failure(RegistrationId id, const Watch& watch, std::string reason) {
  const FailureKey key{id.value, watch.path, watch.composite};
  const auto view = ports_.shard.find(id);
  if (!view || (failures_.size() >= kMaxFailures && !failures_.contains(key))) return;
  std::string path;
  for (const auto& one : paths_of(*view, watch)) path += (path.empty() ? "" : " ") + to_string(one);
  failures_[key] = {std::string(view->endpoint), std::move(path), std::move(reason),
                    ports_.unix_ms(), watch.rules};
}

void RuleDesk::retry_later(RegistrationId id, Watch& watch) {
  const int doublings = std::min<int>(watch.failures, 12);
  if (watch.failures < 255) ++watch.failures;
  const std::int64_t wait = std::min(kFirstRetry.ms << doublings, kLongestRetryMs);
  watch.retry = ports_.now() + Duration{wait};
  retries_.emplace(watch.retry, id);
}

void RuleDesk::failed(RegistrationId id, Watch& watch, std::string reason, bool again) {
  if (watch.state == State::Unwanted) return;
  set_state(watch, State::Failed);
  note_failure(id, watch, std::move(reason));
  if (again) {
    retry_later(id, watch);
  } else {
    watch.retry = kNotAgain;
  }
}

// --- What the shard tells ---

void RuleDesk::on(const server::Registered& event) {
  const auto device = ports_.shard.find(event.id);
  if (!device) return;
  apply(*device, true);
  pump();
}

void RuleDesk::on(const server::Updated& event) {
  if (!event.links_changed) return;
  const auto device = ports_.shard.find(event.id);
  if (!device) return;
  apply(*device, false);
  pump();
}

void RuleDesk::apply(std::string_view endpoint) {
  const auto device = ports_.shard.find(endpoint);
  if (!device) return;
  apply(*device, false);
  pump();
}

void RuleDesk::on(const server::Deregistered& event) { forget(event.id); }

void RuleDesk::on(const server::Awake& event) {
  const auto found = devices_.find(event.id.value);
  if (found == devices_.end()) return;
  for (Watch& watch : found->second.watches) {
    if (watch.retry != kNotAgain) watch.retry = {};
  }
  enqueue(event.id, found->second);
  pump();
}

void RuleDesk::on(const server::ObservationEnded& event) {
  const auto found = devices_.find(event.registration.value);
  if (found == devices_.end()) return;
  Device& device = found->second;
  const auto watch = std::ranges::find(device.watches, event.observation, &Watch::observation);
  if (watch == device.watches.end()) return;
  using Reason = server::ObservationEnded::Reason;
  const bool asked_for = watch->state == State::Unwanted || watch->remake;
  if (event.reason == Reason::RegistrationGone) return;
  watch->observation = {};
  if (asked_for) {
    watch->remake = false;
    if (watch->state != State::Unwanted) set_state(*watch, State::Wanted);
    enqueue(event.registration, device);
    return;
  }
  std::string reason = server::describe(event.reason);
  if (event.reason == Reason::Device) {
    const auto code = coap::dotted(event.code);
    reason += " (" + std::string(code.data(), code.size()) + ")";
  }
  failed(event.registration, *watch, std::move(reason), event.reason != Reason::Cancelled);
}

void RuleDesk::take_turn(Instant now) {
  while (!retries_.empty() && retries_.begin()->first <= now) {
    const RegistrationId id = retries_.begin()->second;
    retries_.erase(retries_.begin());
    if (const auto found = devices_.find(id.value); found != devices_.end()) {
      enqueue(id, found->second);
    }
  }
  pump();
}

Instant RuleDesk::next_timeout() const {
  return retries_.empty() ? Instant::never() : retries_.begin()->first;
}

}  // namespace linnet::service
