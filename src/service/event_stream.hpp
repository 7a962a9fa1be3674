// SPDX-License-Identifier: Apache-2.0
#pragma once
// One reader of the event log as server-sent events (WHATWG HTML, "Server-sent events").
// HTTP server's thread only.
#include <bitset>
#include <string>

#include <linnet/service/event_log.hpp>
#include <linnet/service/http_server.hpp>

namespace linnet::service {

struct EventFilter {
  /// None set: every kind.
  std::bitset<kEventKinds> kinds;
  /// Empty: every device.
  std::string endpoint;
  [[nodiscard]] bool matches(const LoggedEvent& event) const;
};

class EventStream final : public StreamSource {
 public:
  /// Starts after event number `after`; `gap` says that events were lost before it and nobody
  /// knows how many.
  EventStream(const EventLog& log, EventFilter filter, std::uint64_t after, bool gap)
      : log_(log), filter_(std::move(filter)), after_(after), gap_(gap) {}

  bool next(std::string& out) override;

 private:
  const EventLog& log_;
  EventFilter filter_;
  std::uint64_t after_;
  bool gap_;
  bool greeted_ = false;
};

}  // namespace linnet::service
