// SPDX-License-Identifier: Apache-2.0
#pragma once
// One reader of the event log as server-sent events (WHATWG HTML, "Server-sent events") or as the
// messages of a WebSocket.
// HTTP server's thread only.
#include <string>

#include <linnet/service/http_server.hpp>

#include "event_filter.hpp"
#include "event_reader.hpp"

namespace linnet::service {

class EventStream final : public StreamSource {
 public:
  enum class Form : std::uint8_t { ServerSent, Frames };
  /// `reader` outlives it.
  EventStream(EventReader& reader, EventFilter filter, EventReader::Start start,
              Form form = Form::ServerSent)
      : reader_(reader),
        filter_(std::move(filter)),
        after_(start.after),
        told_(start.after),
        gap_(start.gap),
        form_(form) {}

  bool next(std::string& out) override;
  /// The number of the last event it took or left out.
  [[nodiscard]] std::uint64_t position() const { return after_; }

 private:
  void take(const EventChunk& chunk, std::string& out);
  void tell(std::string& out, std::string_view type, std::string_view members);

  EventReader& reader_;
  EventFilter filter_;
  std::uint64_t after_;
  std::uint64_t told_;  ///< the last number the reader has an id of
  bool gap_;
  Form form_;
  bool greeted_ = false;
};

}  // namespace linnet::service
