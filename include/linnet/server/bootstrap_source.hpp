// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a bootstrap server gets its configurations from. Implementations are called from inside
// the shard: they answer at once, do no I/O and do not call the shard.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <linnet/base/address.hpp>
#include <linnet/server/bootstrap_configuration.hpp>

namespace linnet::server {

/// Who wants to be configured.
struct BootstrapRequester {
  SocketAddress from{};
  /// As the device gave it; empty if it left it out, which is for the identity to make good.
  std::string_view endpoint{};
  /// Of its secure session; empty if it has none.
  std::string_view identity{};
  bool pack = false;  ///< asks for a Bootstrap-Pack
};

struct BootstrapDecision {
  enum class Kind : std::uint8_t {
    Configure,    ///< `configuration` is for it
    Unknown,      ///< no such endpoint, or nothing for it: 4.00 [BS-23]
    Unavailable,  ///< not now: 5.03
  };
  Kind kind = Kind::Unknown;
  /// Templates are expanded by the shard.
  BootstrapConfiguration configuration{};
  /// Of `Unknown`, for people and the device; static text, or null.
  const char* reason = nullptr;
};

/// A device answered Bootstrap-Finish with an error.
struct BootstrapRefusal {
  std::string_view endpoint{};
  std::string_view configuration{};  ///< its name
  std::string_view reason{};         ///< what the device said, for people
};

class BootstrapSource {
 public:
  virtual BootstrapDecision find(const BootstrapRequester& requester) = 0;
  /// Whether this security identity may speak for that endpoint; by default only for the one of
  /// the same name. Asked when a device has both. [BS-25]
  virtual bool stands_for(std::string_view identity, std::string_view endpoint) {
    return identity == endpoint;
  }
  /// A corrected configuration for a device that found the first one inconsistent; nothing leaves
  /// the session open for `BootstrapShard::repair`. [BS-52]
  virtual std::optional<BootstrapConfiguration> repair(const BootstrapRefusal& refusal) {
    (void)refusal;
    return std::nullopt;
  }

 protected:
  ~BootstrapSource() = default;
};

/// Configurations in memory, chosen by `select`. Not copyable; the thread of the shard it serves.
class BootstrapConfigurations final : public BootstrapSource {
 public:
  BootstrapConfigurations() = default;
  BootstrapConfigurations(const BootstrapConfigurations&) = delete;
  BootstrapConfigurations& operator=(const BootstrapConfigurations&) = delete;

  /// Adds it, or replaces the one of its name. REQUIRES: `prepare` found no fault.
  void put(BootstrapConfiguration configuration);
  bool remove(std::string_view name);
  [[nodiscard]] const BootstrapConfiguration* find(std::string_view name) const;
  /// By name.
  [[nodiscard]] std::span<const BootstrapConfiguration> all() const { return configurations_; }

  BootstrapDecision find(const BootstrapRequester& requester) override;

 private:
  std::vector<BootstrapConfiguration> configurations_;
};

}  // namespace linnet::server
