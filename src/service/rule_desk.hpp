// SPDX-License-Identifier: Apache-2.0
#pragma once
// Sees to it that devices are observed as the rules say: after each registration, when a device has
// other objects than before, when a rule changes, and again after a device ended an observation or
// refused it, at growing intervals. What it asks of devices are no operations of anybody: they are
// in no list, and go past the desk for operations; what they bring are ordinary values.
//
// Every observation it makes is kept over registrations (`Operation::keep`). One that is there
// already is used, and left alone in the end unless it is such a kept one. Rules for one path share
// an observation; of their attributes those of the rule first by name count.
//
// No more than `kUnderWay` requests are under way at a time, one a device; a device that is asleep
// waits until it shows up. Shard's thread only.
#include <array>
#include <bit>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <linnet/server/shard.hpp>
#include <linnet/service/shard_host.hpp>

#include "observe_rule.hpp"
#include "rule_table.hpp"
#include "value_desk.hpp"

namespace linnet::service {

class RuleDesk final : public ShardHost::Guest {
 public:
  static constexpr std::size_t kUnderWay = 256;
  /// So that a set of rules fits a word.
  static constexpr std::size_t kMaxRules = 64;

  struct Ports {
    server::Shard& shard;
    RuleTable& table;
    ValueDesk& values;
    /// Of a device that is known; may be empty: then no device has any.
    std::function<std::vector<std::string>(std::string_view endpoint)> tags;
    /// Long work in pieces.
    std::function<void(ShardHost::Job)> add_job;
    std::function<Instant()> now;
    std::function<std::int64_t()> unix_ms;
  };

  /// With the rules of the table.
  explicit RuleDesk(Ports ports);

  /// Takes up devices and observations that the shard has, as if a crash had not happened.
  void resume();

  [[nodiscard]] std::vector<const ObserveRule*> rules() const;
  [[nodiscard]] const ObserveRule* find(std::string_view name) const;
  /// The rule with its status. REQUIRES: there is one.
  [[nodiscard]] boost::json::object show(std::string_view name) const;
  /// Makes or replaces a rule; true if there was none of that name. Throws Problem: too many.
  bool put(ObserveRule rule);
  /// False if there was none.
  bool drop(std::string_view name);
  /// The tags of a device changed.
  void apply(std::string_view endpoint);

  /// True for a result of what was asked here: it is nobody else's.
  bool take(server::OperationResult& result);
  /// After everybody else.
  void handle(const server::Event& event) {
    std::visit([this](const auto& item) { on(item); }, event);
  }
  void on(const server::Registered& event);
  void on(const server::Updated& event);
  void on(const server::Deregistered& event);
  void on(const server::ObservationEnded& event);
  void on(const server::Awake& event);
  template <typename Other>
  void on(const Other&) {}

  void take_turn(Instant now) override;
  [[nodiscard]] Instant next_timeout() const override;

 private:
  using Rules = std::uint64_t;  // a bit for each place in `rules_`
  enum class State : std::uint8_t {
    Wanted,       // to be asked for
    Established,  // there, or being made again by the shard
    Failed,       // to be asked for again at `retry`, if that is ever
    Unwanted,     // to be given up
  };
  /// One observation of one device.
  struct Watch {
    lwm2m::Path path{};             // root for a composite one
    std::uint8_t composite = 0xFF;  // the place of its rule
    State state = State::Wanted;
    std::uint8_t failures = 0;
    bool attributes_due = false;  // for LwM2M before 1.2
    bool ours = true;             // and to be ended by us
    bool remake = false;          // to be ended and asked for again
    bool changed = false;         // since it was asked for
    std::uint16_t attached = 0;   // attributes that were attached at the device
    Rules rules = 0;
    server::ObservationId observation{};
    Instant retry{};
  };
  struct Device {
    Rules rules = 0;
    server::OperationId busy{};
    bool ready = false;  // in `ready_`
    std::vector<Watch> watches{};
  };
  enum class Step : std::uint8_t { Attributes, Observe, Cancel };
  struct Asked {
    server::RegistrationId registration{};
    Step step = Step::Observe;
    lwm2m::Path path{};
    std::uint8_t composite = 0xFF;
    std::uint16_t attached = 0;  // attributes that the device has if it goes well
  };
  struct Failure {
    std::string endpoint, path, reason;
    std::int64_t time = 0;
    Rules rules = 0;
  };
  struct Counts {
    std::size_t devices = 0;
    std::size_t observations = 0;
  };
  struct FailureKey {
    std::uint64_t registration;
    lwm2m::Path path;
    std::uint8_t composite;
    friend auto operator<=>(const FailureKey&, const FailureKey&) = default;
  };
  using Place = std::uint8_t;

  [[nodiscard]] Rules matching(const server::RegistrationView& device) const;
  [[nodiscard]] std::vector<Watch> wanted(const server::RegistrationView& device,
                                          Rules rules) const;
  void apply(const server::RegistrationView& device, bool fresh);
  void adopt(const server::RegistrationView& device, Watch& watch, bool fresh);
  void want_again(const server::RegistrationView& device, Watch& watch, Rules rules);
  void apply_everywhere();
  void renew(Rules rules);
  void ask_anew(const server::RegistrationView& device, Watch& watch) const;
  void compare_paths(const server::RegistrationView& device, Watch& watch) const;
  void give_up(Watch& watch);
  void forget(server::RegistrationId id);

  void enqueue(server::RegistrationId id, Device& device);
  void pump();
  void step(server::RegistrationId id, Device& device);
  [[nodiscard]] std::optional<Step> next_step(const Watch& watch) const;
  [[nodiscard]] bool submit(server::RegistrationId id, Device& device, Watch& watch, Step step);
  [[nodiscard]] server::Operation operation(const server::RegistrationView& device,
                                            const Watch& watch, Step step) const;
  void conclude(const Asked& asked, Watch& watch, server::OperationResult& result);
  void established(server::RegistrationId id, Watch& watch, server::OperationResult& result);
  void finished(const Asked& asked, Watch& watch, const server::OperationResult& result);
  void failed(server::RegistrationId id, Watch& watch, std::string reason, bool again);
  void note_failure(server::RegistrationId id, const Watch& watch, std::string reason);
  void retry_later(server::RegistrationId id, Watch& watch);
  void count(const Watch& watch, std::ptrdiff_t by);
  void set_state(Watch& watch, State state);
  void set_rules(Device& device, Rules rules);

  [[nodiscard]] std::vector<lwm2m::Path> paths_of(const server::RegistrationView& device,
                                                  const Watch& watch) const;
  [[nodiscard]] lwm2m::Attributes attributes_of(const Watch& watch) const;

  Ports ports_;
  std::array<std::optional<ObserveRule>, kMaxRules> rules_;
  std::array<Counts, kMaxRules> counts_{};
  std::unordered_map<std::uint64_t, Device> devices_;
  std::unordered_map<std::uint64_t, Asked> asked_;
  std::deque<server::RegistrationId> ready_;
  std::multimap<Instant, server::RegistrationId> retries_;
  std::map<FailureKey, Failure> failures_;
  std::uint32_t walk_ = 0;  // where the walk over all devices is
  bool walking_ = false;
};

}  // namespace linnet::service
