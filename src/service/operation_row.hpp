// SPDX-License-Identifier: Apache-2.0
#pragma once
// One operation as it is kept: what was asked of which device, and how far that is. Plain values.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <linnet/server/operation.hpp>

#include "device_table.hpp"

namespace linnet::service {

enum class OperationState : std::uint8_t {
  Queued,     ///< waits: for its turn, or for the device
  Sent,       ///< under way; the device may have it
  Done,       ///< the device answered with 2.xx
  Failed,     ///< it answered with an error, or there is no telling
  Expired,    ///< the deadline passed before the device took it
  Cancelled,  ///< by a caller
};
inline constexpr std::size_t kOperationStates = 6;
/// "queued", "sent", ... Static lifetime.
[[nodiscard]] std::string_view name(OperationState state);
[[nodiscard]] std::optional<OperationState> find_operation_state(std::string_view name);
[[nodiscard]] constexpr bool is_open(OperationState state) { return state <= OperationState::Sent; }

enum class OperationMode : std::uint8_t {
  Wait,   ///< the caller waits for the answer
  Queue,  ///< the operation waits for the device
  Now,    ///< only if the device can be reached now
};
[[nodiscard]] std::string_view name(OperationMode mode);
[[nodiscard]] std::optional<OperationMode> find_operation_mode(std::string_view name);

using OperationNumber = std::int64_t;  ///< never given twice; 0 names nothing
using BatchNumber = std::int64_t;      ///< of operations asked for in one request; 0: none

struct OperationRow {
  OperationNumber number = 0;
  DeviceNumber device = 0;
  BatchNumber batch = 0;
  OperationMode mode = OperationMode::Wait;
  OperationState state = OperationState::Queued;
  std::string op{};       ///< "read", ...
  std::string target{};   ///< "/3/0"; may be empty
  std::string by{};       ///< who asked
  std::string request{};  ///< JSON, as `parse_operation` takes it
  // Unix time in milliseconds; `finished` is 0 before the end.
  std::int64_t created = 0;
  std::int64_t deadline = 0;
  std::int64_t finished = 0;

  struct Step {
    std::int64_t time = 0;
    OperationState state = OperationState::Queued;
    std::string detail{};
  };
  /// What happened after `created`.
  std::vector<Step> steps{};
  /// A JSON object with what came of it; empty before the end.
  std::string result{};
  /// To go on with the request that was sent last, its time on the wall's clock.
  std::optional<server::RequestRecord> record{};

  /// Whether it was ever under way.
  [[nodiscard]] bool was_sent() const;
  /// Goes over to `next`; of very many steps some in the middle are forgotten.
  void step(std::int64_t now, OperationState next, std::string detail = {});
};

/// Steps as they are stored, and back; unreadable ones are none.
[[nodiscard]] std::string to_text(const std::vector<OperationRow::Step>& steps);
[[nodiscard]] std::vector<OperationRow::Step> parse_steps(std::string_view text);
/// A record as it is stored, and back.
[[nodiscard]] std::vector<std::uint8_t> to_bytes(const server::RequestRecord& record);
[[nodiscard]] std::optional<server::RequestRecord> parse_record(ByteView bytes);

/// Whether a device that did it already ends in the same state when it does it again.
[[nodiscard]] bool may_repeat(server::OperationKind kind);

}  // namespace linnet::service
