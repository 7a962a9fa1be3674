// SPDX-License-Identifier: Apache-2.0
#pragma once
// Delivers events to webhooks, each in order and at least once, from wherever it got to: in pieces
// of at most 100 events and about 256 kB, the next one when the last was taken. Who does not take
// them is tried again, later and later, and paused after a day.
//
// It has a thread of its own and reads the log like everybody else, so a receiver that hangs holds
// up nothing but itself. All calls from any thread; `Ports::report` is called on its thread.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <linnet/service/event_log.hpp>

#include "webhook.hpp"

namespace linnet::service {

class WebhookSender {
 public:
  struct Report {
    std::string webhook;
    /// Of the `set` it belongs to.
    std::uint64_t generation = 0;
    /// Everything up to here was taken or is not wanted.
    std::uint64_t position = 0;
    /// It is not tried any more, and why.
    std::optional<std::string> paused{};
  };
  struct Ports {
    const EventLog& log;
    /// The file of older events.
    std::filesystem::path store;
    std::function<void(Report)> report;
    /// "linnet/1.0", for User-Agent.
    std::string agent;
    /// Paused when it failed for so long.
    std::int64_t give_up_ms = std::int64_t{86'400'000};
    /// Before the second try; doubled with each, up to five minutes.
    std::int64_t first_pause_ms = 1000;
    /// Whom to trust with https://, PEM; empty: whom this machine trusts.
    std::filesystem::path ca_file{};
  };

  enum class State : std::uint8_t { Active, Retrying, Paused };
  struct Status {
    State state = State::Active;
    std::uint64_t delivered = 0;  ///< events, since the start of this process
    std::uint64_t failures = 0;   ///< tries, likewise
    std::uint64_t position = 0;
    long last_status = 0;  ///< of HTTP; 0 if there was no answer
    std::string last_error{};
    std::int64_t last_success = 0;  ///< Unix seconds, 0 if there was none
  };
  struct TestResult {
    long status = 0;
    std::string error;
    std::int64_t elapsed_ms = 0;
  };

  explicit WebhookSender(Ports ports);
  /// Ends deliveries in the middle: they are made again after a restart.
  ~WebhookSender();
  WebhookSender(const WebhookSender&) = delete;
  WebhookSender& operator=(const WebhookSender&) = delete;

  /// Adds a webhook that got as far as `position`, or gives one other settings, for which
  /// `position` means nothing. It starts over trying, unless it is `paused`.
  void set(const WebhookSettings& settings, std::uint64_t generation, std::uint64_t position,
           bool paused);
  void remove(std::string_view name);
  void set_ca_file(const std::filesystem::path& file);
  /// There are new events.
  void wake();
  /// Sends one event of type `test`; `done` is called on the sender's thread.
  void test(const WebhookSettings& settings, std::function<void(const TestResult&)> done);
  [[nodiscard]] std::optional<Status> status(std::string_view name) const;

 private:
  struct Engine;
  std::unique_ptr<Engine> engine_;
};

/// Throws posix::SetupError unless certificates are in the file, PEM, or it has no name.
void check_webhook_ca(const std::filesystem::path& file);

}  // namespace linnet::service
