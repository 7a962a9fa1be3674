// SPDX-License-Identifier: Apache-2.0
#pragma once
// Lists of devices: what is asked for, and the walk that finds it. A page in the order of endpoints
// without filters comes from an index; everything else looks at each device once, in pieces so that
// a million of them hold nobody up, and keeps only the page. Shard's thread only.
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <linnet/service/http_server.hpp>

#include "device_directory.hpp"
#include "device_view.hpp"

namespace linnet::service {

/// With small letters, of ASCII.
[[nodiscard]] std::string lower(std::string_view text);
/// Whether `lower_part` is in it, however it is spelt.
[[nodiscard]] bool contains(std::string_view text, std::string_view lower_part);

/// Which devices are meant.
struct DeviceFilter {
  enum class State : std::uint8_t { Registered, Awake, Asleep, Absent, All };

  State state = State::Registered;
  /// Lower case; part of an endpoint or address.
  std::string search{};
  std::optional<lwm2m::Id> object{};
  std::vector<std::string> tags{};  ///< it has all of them

  [[nodiscard]] bool wants_registered() const { return state != State::Absent; }
  /// Nobody knows the objects of a device that is not registered.
  [[nodiscard]] bool wants_absent() const {
    return (state == State::Absent || state == State::All) && !object;
  }
  /// Whether it is all devices of a state that is kept in order.
  [[nodiscard]] bool everything() const {
    return search.empty() && !object && tags.empty() && state != State::Awake &&
           state != State::Asleep;
  }
  [[nodiscard]] bool matches(const server::RegistrationView& registration,
                             const DeviceSurroundings& around) const;
  [[nodiscard]] bool matches(const DeviceTable::Absent& device,
                             const DeviceDirectory& directory) const;

  /// Of the parameters q, object, state and tag. Throws Problem.
  static DeviceFilter parse(const HttpRequest& request);
};

/// One page of the list of devices.
struct DeviceQuery {
  enum class Sort : std::uint8_t { Endpoint, Registered, Updated, Expires, Address, LastSeen };

  DeviceFilter filter{};
  std::size_t limit = 100;
  Sort sort = Sort::Endpoint;
  bool descending = false;
  /// The place of the last device of the page before.
  struct Place {
    std::string key;
    std::string endpoint;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  std::optional<Place> after{};

  /// Of the parameters of a request. Throws Problem.
  static DeviceQuery parse(const HttpRequest& request);
};

class DeviceSearch {
 public:
  explicit DeviceSearch(DeviceQuery query) : query_(std::move(query)) {}

  /// Goes on for about two milliseconds; true when it has seen all.
  bool step(const server::Shard& shard, const DeviceSurroundings& around);
  /// `{"devices":[...],"total":n,"next":"..."}`. Call once, after `step` returned true.
  [[nodiscard]] boost::json::object page(const server::Shard& shard,
                                         const DeviceSurroundings& around);

 private:
  struct Row {
    DeviceQuery::Place place;
    server::RegistrationId id{};  // not valid: it is not registered
    DeviceTable::Absent absent{};
  };
  enum class Phase : std::uint8_t { Start, Registered, Absent, Done };

  void take_pages(const server::Shard& shard, const DeviceSurroundings& around);
  /// True when all were seen.
  bool walk_registered(const server::Shard& shard, const DeviceSurroundings& around);
  bool walk_absent(const DeviceSurroundings& around);
  void offer(Row row);
  [[nodiscard]] bool before(const DeviceQuery::Place& a, const DeviceQuery::Place& b) const {
    return query_.descending ? b < a : a < b;
  }

  DeviceQuery query_;
  Phase phase_ = Phase::Start;
  std::uint32_t cursor_ = 0;
  std::string walked_;
  std::uint64_t matched_ = 0;
  /// A heap whose top is the last row of the page so far.
  std::vector<Row> rows_;
};

}  // namespace linnet::service
