// SPDX-License-Identifier: Apache-2.0
#include "event_stream.hpp"

namespace linnet::service {

bool EventFilter::matches(const LoggedEvent& event) const {
  if (kinds.any() && !kinds.test(static_cast<std::size_t>(event.kind))) return false;
  return endpoint.empty() || event.endpoint == endpoint;
}

bool EventStream::next(std::string& out) {
  constexpr std::size_t kAtATime = 256;
  constexpr std::size_t kPiece = 64 * 1024;
  if (!greeted_) {
    // Tells the reader that it is connected, and after how long to come back if it is cut off.
    // The id makes a resume right even if no event came at all.
    greeted_ = true;
    out += "retry: 2000\nid: " + log_.id(after_) + "\nevent: hello\ndata: {\"type\":\"hello\"}\n\n";
  }
  if (gap_) {
    gap_ = false;
    out += "event: lost\ndata: {\"type\":\"lost\"}\n\n";
  }
  while (out.size() < kPiece) {
    const auto batch = log_.read(after_, kAtATime);
    if (batch.missed != 0) {
      out += "event: lost\ndata: {\"type\":\"lost\",\"events\":" + std::to_string(batch.missed) +
             "}\n\n";
    }
    if (batch.events.empty()) break;
    for (const auto& event : batch.events) {
      after_ = event->sequence;
      if (!filter_.matches(*event)) continue;
      const std::string id = log_.id(event->sequence);
      out += "id: " + id + "\nevent: ";
      out += name(event->kind);
      out += "\ndata: {\"id\":\"" + id + "\",";
      out.append(event->data, 1);
      out += "\n\n";
    }
  }
  return true;
}

}  // namespace linnet::service
