// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which events somebody wants. Looks at the head of an event only, never into its JSON.
#include <bitset>
#include <string>
#include <string_view>
#include <vector>

#include <linnet/service/event_log.hpp>
#include <linnet/service/http_server.hpp>

namespace linnet::service {

class EventFilter {
 public:
  /// Each of them may be called several times: an event passes if it is of one of the types, of one
  /// of the devices, and about one of the paths. What was never named does not matter.
  /// All throw Problem: for what there is not, and for more than 256 of a kind.

  /// One type, or several separated by commas.
  void add_types(std::string_view names);
  /// A device, or with `*` at the end all whose endpoint begins so.
  void add_endpoint(std::string_view pattern);
  /// "/3/0/9": what is about this, something below, or something it lies in.
  void add_path(std::string_view path);

  [[nodiscard]] bool everything() const {
    return kinds_.none() && endpoints_.empty() && paths_.empty();
  }
  [[nodiscard]] bool matches(const EventView& event) const;

 private:
  std::bitset<kEventKinds> kinds_;
  std::vector<std::string> endpoints_;
  std::vector<lwm2m::Path> paths_;
};

/// The query parameters `type`, `endpoint` and `path`. Throws Problem.
[[nodiscard]] EventFilter event_filter(const HttpRequest& request);

}  // namespace linnet::service
