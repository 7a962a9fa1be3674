// SPDX-License-Identifier: Apache-2.0
#include "device_search.hpp"

#include <algorithm>
#include <array>

#include <linnet/posix/clock.hpp>
#include <linnet/posix/net_address.hpp>

#include "api_area.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;
using Sort = DeviceQuery::Sort;
using State = DeviceFilter::State;

constexpr std::pair<std::string_view, Sort> kSorts[] = {
    {"endpoint", Sort::Endpoint}, {"registered", Sort::Registered}, {"updated", Sort::Updated},
    {"expires", Sort::Expires},   {"address", Sort::Address},       {"lastSeen", Sort::LastSeen},
};
constexpr std::pair<std::string_view, State> kStates[] = {
    {"registered", State::Registered}, {"awake", State::Awake}, {"asleep", State::Asleep},
    {"absent", State::Absent},         {"all", State::All},
};

/// How long a walk may keep the shard from its devices at a time.
constexpr Duration kPiece = milliseconds(2);
/// Devices between two looks at the clock.
constexpr int kAtATime = 256;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Whether an address may have this in it: making a text of each is slow.
bool is_part_of_address(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef.:[]") == std::string_view::npos;
}

/// A time as text that sorts as the time does.
std::string sortable(std::int64_t ms) {
  auto bits = static_cast<std::uint64_t>(ms) ^ 1ull << 63;
  std::string out(8, '\0');
  for (auto c = out.rbegin(); c != out.rend(); ++c, bits >>= 8) *c = static_cast<char>(bits);
  return out;
}

std::string sort_key(const server::RegistrationView& registration, Sort sort,
                     const DeviceSurroundings& around) {
  switch (sort) {
    case Sort::Endpoint: return {};
    case Sort::Registered: return sortable(registration.registered.ms);
    case Sort::Updated: return sortable(registration.updated.ms);
    case Sort::Expires: return sortable(registration.expires.ms);
    // Beside devices whose times outlive this process's clock.
    case Sort::LastSeen:
      return sortable(around.directory.unix_time(around.last_seen(registration)));
    case Sort::Address: {
      const SocketAddress address = around.address_of(registration);
      std::string out(address.ip.begin(), address.ip.end());
      out += static_cast<char>(address.port >> 8);
      out += static_cast<char>(address.port & 0xFF);
      return out;
    }
  }
  return {};
}

/// Opaque to callers; they send back what they were given.
std::string to_cursor(const DeviceQuery& query, const DeviceQuery::Place& place) {
  std::string packed;
  packed += static_cast<char>(static_cast<int>(query.sort) * 2 + (query.descending ? 1 : 0));
  packed += static_cast<char>(place.key.size());
  packed += place.key + place.endpoint;
  return base64_encode(as_bytes(packed));
}

DeviceQuery::Place from_cursor(const DeviceQuery& query, std::string_view text) {
  const auto packed = base64_decode(text);
  const bool whole = packed && packed->size() >= 2 &&
                     packed->size() >= 2u + static_cast<unsigned char>((*packed)[1]);
  if (!whole) throw bad_request("this cursor did not come from this server");
  if (packed->front() !=
      static_cast<char>(static_cast<int>(query.sort) * 2 + (query.descending ? 1 : 0))) {
    throw bad_request("this cursor is of a list in another order; keep \"sort\" as it was");
  }
  const auto size = static_cast<unsigned char>((*packed)[1]);
  return {packed->substr(2, size), packed->substr(2u + size)};
}

}  // namespace

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

bool contains(std::string_view text, std::string_view lower_part) {
  std::array<char, 256> buffer{};
  if (text.size() > buffer.size()) return lower(text).find(lower_part) != std::string::npos;
  std::transform(text.begin(), text.end(), buffer.begin(), [](char c) { return lower(c); });
  return std::string_view(buffer.data(), text.size()).find(lower_part) != std::string_view::npos;
}

DeviceFilter DeviceFilter::parse(const HttpRequest& request) {
  DeviceFilter filter;
  if (request.find("object") != nullptr) {
    filter.object =
        static_cast<lwm2m::Id>(number_parameter(request, "object", 0, lwm2m::kNoId - 1, 0));
  }
  if (const auto* search = request.find("q")) filter.search = lower(*search);
  for (const auto& [name, value] : request.query) {
    if (name == "tag") filter.tags.push_back(value);
  }
  if (const auto* state = request.find("state")) {
    const auto* found = std::find_if(std::begin(kStates), std::end(kStates),
                                     [&](const auto& item) { return item.first == *state; });
    if (found == std::end(kStates)) {
      throw bad_request("state is registered, awake, asleep, absent or all");
    }
    filter.state = found->second;
  }
  return filter;
}

bool DeviceFilter::matches(const server::RegistrationView& registration,
                           const DeviceSurroundings& around) const {
  if (object && !registration.has_object(*object)) return false;
  if (state == State::Awake && state_of(registration) != "awake") return false;
  if (state == State::Asleep && state_of(registration) != "asleep") return false;
  if (!tags.empty() &&
      !around.directory.tags().has_all(around.directory.number(registration), tags)) {
    return false;
  }
  if (search.empty() || contains(registration.endpoint, search)) return true;
  return is_part_of_address(search) &&
         posix::to_string(around.address_of(registration)).find(search) != std::string::npos;
}

bool DeviceFilter::matches(const DeviceTable::Absent& device,
                           const DeviceDirectory& directory) const {
  return directory.tags().has_all(device.number, tags) &&
         (search.empty() || contains(device.endpoint, search));
}

DeviceQuery DeviceQuery::parse(const HttpRequest& request) {
  DeviceQuery query;
  query.filter = DeviceFilter::parse(request);
  query.limit = number_parameter(request, "limit", 1, 1000, 100);
  if (const auto* sort = request.find("sort")) {
    std::string_view name = *sort;
    if (!name.empty() && name.front() == '-') {
      query.descending = true;
      name.remove_prefix(1);
    }
    const auto* found = std::find_if(std::begin(kSorts), std::end(kSorts),
                                     [&](const auto& item) { return item.first == name; });
    if (found == std::end(kSorts)) {
      throw bad_request(
          "sort is endpoint, registered, updated, expires, address or lastSeen, with a minus in "
          "front for descending order");
    }
    query.sort = found->second;
  }
  if (const auto* cursor = request.find("cursor")) query.after = from_cursor(query, *cursor);
  return query;
}

void DeviceSearch::offer(Row row) {
  const auto order = [this](const Row& a, const Row& b) { return before(a.place, b.place); };
  if (query_.after && !before(*query_.after, row.place)) return;
  // One more than the page has room for tells whether there is a next one.
  if (rows_.size() > query_.limit) {
    if (!before(row.place, rows_.front().place)) return;
    std::pop_heap(rows_.begin(), rows_.end(), order);
    rows_.pop_back();
  }
  rows_.push_back(std::move(row));
  std::push_heap(rows_.begin(), rows_.end(), order);
}

void DeviceSearch::take_pages(const server::Shard& shard, const DeviceSurroundings& around) {
  DeviceTable& table = around.directory.table();
  DeviceTable::Range range{{}, query_.descending, query_.limit + 1};
  if (query_.after) range.from = query_.after->endpoint;
  const std::size_t registered = shard.counters().registrations;
  if (query_.filter.wants_registered()) {
    matched_ += registered;
    for (auto& endpoint : table.registered_page(range)) {
      if (const auto found = shard.find(endpoint)) {
        offer({{{}, std::move(endpoint)}, found->id, {}});
      }
    }
  }
  if (query_.filter.wants_absent()) {
    matched_ += table.size() - std::min(table.size(), registered);
    for (auto& device : table.absent_page(range)) {
      offer({{{}, device.endpoint}, {}, std::move(device)});
    }
  }
}

bool DeviceSearch::walk_registered(const server::Shard& shard, const DeviceSurroundings& around) {
  for (int i = 0; i < kAtATime; ++i) {
    const auto registration = shard.next_registration(cursor_);
    if (!registration) return true;
    if (!query_.filter.matches(*registration, around)) continue;
    ++matched_;
    std::string key = sort_key(*registration, query_.sort, around);
    // Most of many devices are on another page: seen before anything is copied.
    if (rows_.size() > query_.limit && query_.sort != Sort::Endpoint) {
      const auto& last = rows_.front().place.key;
      if (query_.descending ? key < last : key > last) continue;
    }
    offer({{std::move(key), std::string(registration->endpoint)}, registration->id, {}});
  }
  return false;
}

bool DeviceSearch::walk_absent(const DeviceSurroundings& around) {
  auto some = around.directory.table().absent_page({walked_, false, kAtATime});
  if (some.empty()) return true;
  walked_ = some.back().endpoint;
  for (auto& device : some) {
    if (!query_.filter.matches(device, around.directory)) continue;
    ++matched_;
    std::string key;
    if (query_.sort == Sort::LastSeen) key = sortable(device.last_seen_ms);
    offer({{std::move(key), device.endpoint}, {}, std::move(device)});
  }
  return false;
}

bool DeviceSearch::step(const server::Shard& shard, const DeviceSurroundings& around) {
  if (phase_ == Phase::Start && query_.sort == Sort::Endpoint && query_.filter.everything()) {
    take_pages(shard, around);
    phase_ = Phase::Done;
  }
  if (phase_ == Phase::Start) {
    phase_ = query_.filter.wants_registered() ? Phase::Registered : Phase::Absent;
  }
  const Instant until = posix::monotonic_now() + kPiece;
  do {
    if (phase_ == Phase::Registered && walk_registered(shard, around)) phase_ = Phase::Absent;
    if (phase_ == Phase::Absent && (!query_.filter.wants_absent() || walk_absent(around))) {
      phase_ = Phase::Done;
    }
  } while (phase_ != Phase::Done && posix::monotonic_now() < until);
  return phase_ == Phase::Done;
}

json::object DeviceSearch::page(const server::Shard& shard, const DeviceSurroundings& around) {
  std::sort(rows_.begin(), rows_.end(),
            [this](const Row& a, const Row& b) { return before(a.place, b.place); });
  const bool more = rows_.size() > query_.limit;
  if (more) rows_.pop_back();
  json::array devices;
  for (const auto& row : rows_) {
    if (!row.id.valid()) {
      devices.push_back(device_summary(row.absent, around));
    } else if (const auto registration = shard.find(row.id)) {
      devices.push_back(device_summary(*registration, around, true));
    }
  }
  json::object out{{"devices", std::move(devices)}, {"total", matched_}};
  if (more) out["next"] = to_cursor(query_, rows_.back().place);
  return out;
}

}  // namespace linnet::service
