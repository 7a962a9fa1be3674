// SPDX-License-Identifier: Apache-2.0
#pragma once
// The messages of a device in the API: record them, read them, take them away as a capture file.
#include "api_area.hpp"
#include "device_desk.hpp"
#include "message_log.hpp"

namespace linnet::service {

[[nodiscard]] std::span<const Route> message_routes();

class MessageApi final : public ApiArea {
 public:
  /// All outlive it; `desk` and `log` are only touched on the shard's thread.
  MessageApi(DeviceDesk& desk, MessageLog& log, const ShardCalls& shard)
      : desk_(desk), log_(log), shard_(shard) {}

  [[nodiscard]] std::span<const Route> routes() const override { return message_routes(); }
  void handle(std::size_t route, ApiRequest& request, const Responder& responder) override;

 private:
  void show_capture(const ApiRequest& request, const Responder& responder);
  void put_capture(const ApiRequest& request, const Responder& responder);
  void list(const ApiRequest& request, const Responder& responder);
  void download(const ApiRequest& request, const Responder& responder);
  void start(const std::string& endpoint, Duration time);
  [[nodiscard]] HttpResponse capture_response(const std::string& endpoint) const;

  DeviceDesk& desk_;
  MessageLog& log_;
  const ShardCalls& shard_;
};

}  // namespace linnet::service
