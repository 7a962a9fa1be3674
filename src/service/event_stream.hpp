// SPDX-License-Identifier: Apache-2.0
#pragma once
// One reader of the event log as server-sent events (WHATWG HTML, "Server-sent events") or as the
// messages of a WebSocket.
// HTTP server's thread only.
#include <memory>
#include <set>
#include <string>

#include <linnet/service/http_server.hpp>

#include "event_filter.hpp"
#include "event_reader.hpp"

namespace linnet::service {

class EventStream final : public StreamSource {
 public:
  /// Those that are open.
  using Census = std::set<const EventStream*>;
  enum class Form : std::uint8_t { ServerSent, Frames };
  /// `reader` outlives it.
  EventStream(EventReader& reader, EventFilter filter, EventReader::Start start,
              Form form = Form::ServerSent, std::shared_ptr<Census> census = nullptr)
      : reader_(reader),
        filter_(std::move(filter)),
        after_(start.after),
        told_(start.after),
        gap_(start.gap),
        form_(form),
        census_(std::move(census)) {
    if (census_) census_->insert(this);
  }
  ~EventStream() override {
    if (census_) census_->erase(this);
  }
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  bool next(std::string& out) override;
  [[nodiscard]] bool hurry() const override { return hurry_; }
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
  std::shared_ptr<Census> census_;
  bool greeted_ = false;
  bool hurry_ = false;
};

}  // namespace linnet::service
