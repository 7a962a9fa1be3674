// SPDX-License-Identifier: Apache-2.0
#include "device_directory.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include <linnet/posix/net_address.hpp>

#include "secure_server.hpp"

namespace linnet::service {

DeviceDirectory::DeviceDirectory(const server::Shard& shard, DeviceTable& table, Sqlite& database,
                                 const Clocks& clocks)
    : shard_(shard),
      table_(table),
      now_(clocks.now),
      clock_offset_(clocks.unix_ms() - clocks.now().ms),
      tags_(database),
      timeline_(database, clocks.unix_ms) {
  table_.on_forget([this](DeviceNumber device, std::string_view) {
    tags_.forget(device);
    timeline_.forget(device);
  });
}

DeviceDirectory::Note& DeviceDirectory::at(std::uint32_t slot) {
  while (notes_.size() <= slot) notes_.emplace_back();
  return notes_[slot];
}

DeviceDirectory::Note* DeviceDirectory::of(server::RegistrationId id) {
  const auto device = shard_.find(id);
  return device ? &at(device->slot) : nullptr;
}

DeviceNumber DeviceDirectory::number(const server::RegistrationView& registration) {
  Note& note = at(registration.slot);
  if (note.number == 0) note.number = table_.number(registration.endpoint);
  return note.number;
}

Instant DeviceDirectory::last_seen(const server::RegistrationView& registration) const {
  if (registration.slot >= notes_.size()) return registration.updated;
  return std::max({notes_[registration.slot].heard, registration.heard, registration.updated});
}

std::size_t DeviceDirectory::pending(DeviceNumber device) const {
  return pending_ ? pending_(device) : 0;
}

void DeviceDirectory::note(const server::Event& event) {
  std::visit([this](const auto& item) { on(item); }, event);
}

void DeviceDirectory::note(std::string_view endpoint, TimelineEntry entry) {
  const auto known = table_.find(endpoint);
  if (!known) return;
  if (const auto device = shard_.find(endpoint)) {
    Note& note = at(device->slot);
    note.number = *known;
    add(note, std::move(entry));
  } else {
    timeline_.add(*known, std::move(entry));
  }
}

void DeviceDirectory::note(std::string_view endpoint, TimelineEvent event,
                           const std::string& address, const std::string& detail) {
  TimelineEntry entry;
  entry.event = event;
  entry.address = address;
  entry.detail = detail;
  note(endpoint, std::move(entry));
}

void DeviceDirectory::note_session(std::string_view endpoint, const std::string& address,
                                   const std::string& how) {
  (void)table_.number(endpoint);
  note(endpoint, TimelineEvent::Handshake, address, how);
}

void DeviceDirectory::heard(server::RegistrationId id) {
  if (Note* note = of(id)) note->heard = now_();
}

void DeviceDirectory::count(Note& note, TimelineRun& run) {
  timeline_.count(run);
  note.put = false;
}

void DeviceDirectory::put_runs(Note& note) {
  if (note.put || note.number == 0) return;
  timeline_.put(note.number, TimelineEvent::Updated, note.refreshes);
  if (note.sleep) {
    timeline_.put(note.number, TimelineEvent::Awake, note.sleep->awake);
    timeline_.put(note.number, TimelineEvent::Asleep, note.sleep->asleep);
  }
  note.put = true;
}

void DeviceDirectory::end_runs(Note& note) {
  put_runs(note);
  note.refreshes = {};
  note.sleep.reset();
}

void DeviceDirectory::add(Note& note, TimelineEntry entry) {
  end_runs(note);
  timeline_.add(note.number, std::move(entry));
}

void DeviceDirectory::on(const server::Registered& event) {
  const auto device = shard_.find(event.id);
  if (!device) return;
  Note& note = at(device->slot);
  note.number = table_.arrived(device->endpoint);
  note.heard = device->updated;
  fleet_.remove(note.profile);
  note.profile = fleet_.add(*device);
  TimelineEntry entry;
  entry.event = TimelineEvent::Registered;
  entry.lifetime = device->lifetime;
  entry.address = posix::to_string(real_address(secure_, device->address));
  entry.detail = "LwM2M " + lwm2m::format(device->version);
  add(note, std::move(entry));
}

void DeviceDirectory::on(const server::Updated& event) {
  const auto device = shard_.find(event.id);
  if (!device) return;
  Note& note = at(device->slot);
  note.heard = device->updated;
  if (note.number == 0) note.number = table_.number(device->endpoint);
  if (event.refresh_only()) return count(note, note.refreshes);
  if (event.links_changed) {
    fleet_.remove(note.profile);
    note.profile = fleet_.add(*device);
  }
  TimelineEntry entry;
  entry.event = TimelineEvent::Updated;
  const auto changed = [&](bool yes, const char* what) {
    if (yes) entry.detail += (entry.detail.empty() ? "new " : ", new ") + std::string(what);
  };
  changed(event.address_changed, "address");
  changed(event.lifetime_changed, "lifetime");
  changed(event.links_changed, "objects");
  changed(event.binding_changed, "binding");
  if (event.lifetime_changed) entry.lifetime = device->lifetime;
  if (event.address_changed) {
    entry.address = posix::to_string(real_address(secure_, device->address));
  }
  add(note, std::move(entry));
}

void DeviceDirectory::on(const server::Deregistered& event) {
  using Reason = server::Deregistered::Reason;
  if (event.reason == Reason::Replaced) return;  // its Registered comes next
  Note& note = at(event.slot);
  if (note.number == 0) note.number = table_.number(event.endpoint);
  // One that came and went within a turn was never seen here.
  const bool now = event.reason == Reason::Request || note.heard == Instant{};
  const Instant heard = now ? now_() : note.heard;
  table_.left(event.endpoint, unix_time(heard));
  TimelineEntry entry;
  entry.event =
      event.reason == Reason::Expired ? TimelineEvent::Expired : TimelineEvent::Deregistered;
  if (event.reason == Reason::Removed) entry.detail = "by this server";
  add(note, std::move(entry));
  fleet_.remove(note.profile);
  note = {};
  if (leaving_.erase(event.endpoint) != 0) (void)table_.forget(event.endpoint);
}

DeviceDirectory::Sleep& DeviceDirectory::sleep(Note& note) {
  if (!note.sleep) note.sleep = std::make_unique<Sleep>();
  return *note.sleep;
}

void DeviceDirectory::on(const server::Awake& event) {
  Note* note = of(event.id);
  if (note != nullptr) count(*note, sleep(*note).awake);
}

void DeviceDirectory::on(const server::Sleeping& event) {
  Note* note = of(event.id);
  if (note != nullptr) count(*note, sleep(*note).asleep);
}

void DeviceDirectory::on(const server::OperationResult& event) {
  if (event.outcome == server::Outcome::Answered) heard(event.registration);
}

void DeviceDirectory::forget_when_gone(const std::string& endpoint) {
  if (shard_.find(endpoint)) {
    leaving_.insert(endpoint);
  } else {
    (void)table_.forget(endpoint);
  }
}

void DeviceDirectory::resume() {
  // The store and the shard may differ about registrations that make no sense any more.
  if (table_.registered_count() != shard_.counters().registrations) {
    DeviceNumber last = 0;
    while (true) {
      const auto some = table_.registered_after(last, 4096);
      if (some.empty()) break;
      last = some.back().number;
      for (const auto& device : some) {
        if (!shard_.find(device.endpoint)) table_.left(device.endpoint, 0);
      }
    }
  }
  std::uint32_t cursor = 0;
  while (const auto device = shard_.next_registration(cursor)) {
    Note& note = at(device->slot);
    note.heard = device->updated;
    note.profile = fleet_.add(*device);
  }
}

bool DeviceDirectory::learn_numbers() {
  const auto some = table_.registered_after(learned_, 1024);
  if (some.empty()) return true;
  learned_ = some.back().number;
  for (const auto& item : some) {
    const auto device = shard_.find(item.endpoint);
    if (device) at(device->slot).number = item.number;
  }
  return false;
}

void DeviceDirectory::tend(Instant now) {
  constexpr std::size_t kTurns = 600;  // one a second
  if (now < tend_at_ || timeline_.crowded()) return;
  tend_at_ = now + seconds(1);
  const std::size_t part = notes_.size() / kTurns + 1;
  for (std::size_t i = 0; i < part; ++i, ++tended_) {
    if (tended_ >= notes_.size()) {
      tended_ = 0;
      break;
    }
    put_runs(notes_[tended_]);
  }
}

void DeviceDirectory::put_all_runs() {
  for (Note& note : notes_) put_runs(note);
}

std::vector<TimelineEntry> DeviceDirectory::timeline(std::string_view endpoint, std::size_t limit) {
  const auto known = table_.find(endpoint);
  if (!known) return {};
  auto placed = timeline_.read(*known);
  const auto open = [&](TimelineEvent event, const TimelineRun& run) {
    if (run.count == 0) return;
    std::erase_if(placed, [&](const auto& old) { return old.at == run.at; });
    placed.push_back({run.at, to_entry(event, run)});
  };
  if (const auto device = shard_.find(endpoint)) {
    const Note& note = at(device->slot);
    open(TimelineEvent::Updated, note.refreshes);
    if (note.sleep) {
      open(TimelineEvent::Awake, note.sleep->awake);
      open(TimelineEvent::Asleep, note.sleep->asleep);
    }
  }
  std::ranges::stable_sort(placed, [](const auto& a, const auto& b) {
    return std::pair(a.entry.time_ms, a.at) > std::pair(b.entry.time_ms, b.at);
  });
  std::vector<TimelineEntry> out;
  for (auto& item : placed) {
    if (out.size() == limit) break;
    out.push_back(std::move(item.entry));
  }
  return out;
}

}  // namespace linnet::service
