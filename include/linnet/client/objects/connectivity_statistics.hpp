// SPDX-License-Identifier: Apache-2.0
#pragma once
// Object 7, Connectivity Statistics (Core 1.2 Appendix E.8; [OBJ-17]): counts what the application
// tells between Start and Stop, or for the collection period.
#include <linnet/client/object.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::client {

class ConnectivityStatisticsObject final : public Object {
 public:
  /// A message of `bytes` was sent or received, headers included. Ignored unless collecting.
  void count_sent(std::size_t bytes);
  void count_received(std::size_t bytes);
  void count_sms_sent();
  void count_sms_received();
  [[nodiscard]] bool collecting() const { return collecting_; }

  [[nodiscard]] const lwm2m::ObjectDefinition& definition() const override {
    return lwm2m::objects::kConnectivityStatistics_1_0;
  }
  [[nodiscard]] Result<Value> read(const Path& path) override;
  [[nodiscard]] Status check(const Path& path, const Value& value) override;
  Status write(const Path& path, const Value& value) override;
  Status reset(const Path& path) override;
  Status execute(const Path& path, const ExecuteArguments& arguments) override;
  /// Stops the collection when its period is over: messages counted after that are ignored.
  void advance(Instant now) override;
  bool poll_change(Change& out) override { return changes_.poll(out); }

 private:
  void count(std::uint64_t& total, Id resource, std::size_t bytes);
  void note(Id resource);

  struct Counters {
    std::uint32_t sms_sent = 0;
    std::uint32_t sms_received = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
    std::uint32_t messages = 0;
    std::uint32_t largest = 0;
  };

  Counters counters_;
  std::uint32_t period_s_ = 0;
  Instant now_;
  Instant until_ = Instant::never();
  bool collecting_ = false;
  ChangeLog changes_;
};

}  // namespace linnet::client
