// SPDX-License-Identifier: Apache-2.0
#pragma once
// Registered devices as JSON, one by one and page by page. Shard's thread only.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <linnet/server/shard.hpp>

#include "json_values.hpp"

namespace linnet::service {

/// Turns instants into Unix seconds: both clocks read at one moment.
struct ClockPair {
  Instant now;
  double unix_now = 0;
  [[nodiscard]] double unix_time(Instant t) const {
    return unix_now + static_cast<double>((t - now).ms) / 1000.0;
  }
};
[[nodiscard]] ClockPair read_clocks();

class SecureServer;

/// What is known of devices besides their registrations. `secure` is null without DTLS.
struct DeviceSurroundings {
  ClockPair clocks;
  const SecureServer* secure = nullptr;

  /// Behind a secure session the address of the peer.
  [[nodiscard]] SocketAddress address_of(const server::RegistrationView& registration) const;
};

/// What a list shows of a device. `identity`: also as whom it proved itself, a look into the store.
[[nodiscard]] boost::json::object device_summary(const server::RegistrationView& registration,
                                                 const DeviceSurroundings& around, bool identity);
/// Everything: the summary and objects, formats, observations, waiting operations.
[[nodiscard]] boost::json::object device_details(const server::Shard& shard,
                                                 const server::RegistrationView& registration,
                                                 const DeviceSurroundings& around,
                                                 const DeviceModel& model);

/// One page of the list of devices.
struct DeviceQuery {
  enum class Sort : std::uint8_t { Endpoint, Registered, Updated, Expires, Address };

  std::size_t limit = 100;
  Sort sort = Sort::Endpoint;
  bool descending = false;
  /// Lower case; part of an endpoint or address.
  std::string search;
  std::optional<lwm2m::Id> object;
  /// The place of the last device of the page before.
  struct Place {
    std::string key;
    std::string endpoint;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  std::optional<Place> after;

  /// Throws Problem.
  static DeviceQuery parse(const std::string* cursor, const std::string* limit,
                           const std::string* search, const std::string* sort,
                           const std::string* object);
};

/// Walks the registry in pieces so that a million devices hold nobody up, keeping only the page.
class DeviceSearch {
 public:
  explicit DeviceSearch(DeviceQuery query, const SecureServer* secure = nullptr)
      : query_(std::move(query)), around_{{}, secure} {}

  /// Looks at the next few thousand devices; true when it has seen all.
  bool step(const server::Shard& shard);
  /// `{"devices":[...],"total":n,"next":"..."}`. Call once, after `step` returned true.
  [[nodiscard]] boost::json::object page(const server::Shard& shard);

 private:
  struct Row {
    DeviceQuery::Place place;
    server::RegistrationId id;
  };
  [[nodiscard]] bool matches(const server::RegistrationView& registration) const;
  [[nodiscard]] bool before(const DeviceQuery::Place& a, const DeviceQuery::Place& b) const;

  DeviceQuery query_;
  DeviceSurroundings around_;
  std::uint32_t cursor_ = 0;
  std::uint64_t matched_ = 0;
  /// A heap whose top is the last row of the page so far.
  std::vector<Row> rows_;
};

}  // namespace linnet::service
