// SPDX-License-Identifier: Apache-2.0
#pragma once
// Operations in the store: those that wait, in the order they were accepted, and the latest of
// those that ended. What changes is written with the next commit of the store; until then it is
// kept here, and asked first. Thread rule: that of the store.
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "operation_row.hpp"
#include "sqlite.hpp"
#include "store.hpp"

namespace linnet::service {

/// What a caller named a request with, so that asking again does not do it again.
struct RequestKey {
  std::string caller{};
  std::string key{};                   ///< empty: it has none
  std::vector<std::uint8_t> digest{};  ///< of what was asked
};

class OperationStore final : public StorePart {
 public:
  struct Limits {
    std::size_t kept_per_device = 100;  ///< that ended; about
    std::int64_t kept_ms = std::int64_t{30} * 86'400'000;
    std::int64_t keys_kept_ms = 86'400'000;
  };

  /// Removes batches that were not accepted as a whole. Throws SqliteError.
  OperationStore(Sqlite& database, const Limits& limits);

  void set_limits(const Limits& limits) { limits_ = limits; }

  // One by one.
  /// Gives it its number. It exists from the next commit on.
  OperationNumber add(OperationRow row);
  /// Of a row whose `state` was `before`.
  void change(const OperationRow& row, OperationState before);
  /// Takes back an `add` that was not committed.
  void drop(OperationNumber number);
  [[nodiscard]] std::optional<OperationRow> find(OperationNumber number);
  /// The first of a device that has not ended; of those after `after`.
  [[nodiscard]] std::optional<OperationRow> next(DeviceNumber device, OperationNumber after = 0);

  struct Waiting {
    DeviceNumber device = 0;
    std::string endpoint{};
    std::size_t count = 0;
    bool sent = false;  ///< the first of them is under way
  };
  /// All devices with operations that have not ended.
  [[nodiscard]] std::vector<Waiting> waiting();
  /// Operations that have not ended and whose deadline passed, the oldest first.
  [[nodiscard]] std::vector<OperationRow> due(std::int64_t now, std::size_t limit);

  struct Filter {
    std::optional<DeviceNumber> device{};
    std::vector<OperationState> states{};  ///< empty: all
    BatchNumber batch = 0;
    OperationNumber before = 0;  ///< 0: from the newest
    std::size_t limit = 100;
  };
  struct Listed {
    OperationRow row;
    std::string endpoint;
  };
  /// The newest first.
  [[nodiscard]] std::vector<Listed> page(const Filter& filter);

  // Many at once: they exist, all of them, when the batch is complete.
  struct Batch {
    BatchNumber number = 0;
    std::string op{}, target{}, by{}, request{};
    std::int64_t created = 0;
    std::array<std::int64_t, kOperationStates> counts{};
  };
  BatchNumber begin_batch(const Batch& batch);
  /// Operations as `shared` for `devices`, which get numbers from the returned one on. REQUIRES:
  /// the batch was begun, and not completed.
  OperationNumber add_to_batch(const OperationRow& shared,
                               const std::vector<DeviceNumber>& devices);
  void complete_batch(BatchNumber number, std::size_t operations);
  void abandon_batch(BatchNumber number);
  [[nodiscard]] std::optional<Batch> batch(BatchNumber number);

  // Idempotency.
  struct KnownKey {
    std::vector<std::uint8_t> digest{};
    OperationNumber operation = 0;
    BatchNumber batch = 0;
  };
  [[nodiscard]] std::optional<KnownKey> find(const RequestKey& key, std::int64_t now);
  void put(const RequestKey& key, OperationNumber operation, BatchNumber batch, std::int64_t now);
  void drop(const RequestKey& key);

  /// To be called now and then: what is too old goes with the next commits, a piece each.
  void tend(std::int64_t now);
  /// Everything that is kept of a device. It must have nothing that waits.
  void forget(DeviceNumber device);

  [[nodiscard]] bool changed() const override;
  [[nodiscard]] bool urgent() const override { return false; }
  void write() override;
  void written() override;

 private:
  struct Changed {
    OperationRow row;
    bool is_new = false;
  };
  struct Building {
    Batch batch;
    bool stored = false;    // its row is
    bool complete = false;  // to be told
    OperationRow shared{};
    std::vector<std::pair<OperationNumber, DeviceNumber>> piece{};
  };
  struct NewKey {
    KnownKey known;
    std::int64_t created = 0;
  };

  [[nodiscard]] static OperationRow row_of(const Statement& row);
  void write_new(const OperationRow& row);
  void write_changed(const OperationRow& row);
  [[nodiscard]] bool waits(const NewKey& key) const;
  void write_batches();
  void write_keys();
  void sweep();

  Sqlite& database_;
  Limits limits_;
  Statement put_, update_, find_, next_, due_;
  Statement put_batch_, complete_batch_, count_batch_, find_batch_;
  Statement put_key_, find_key_;
  Statement trim_, old_, drop_old_, drop_keys_, drop_batches_, drop_abandoned_;
  OperationNumber last_ = 0;
  BatchNumber last_batch_ = 0;
  std::map<OperationNumber, Changed> changed_;
  std::map<BatchNumber, Building> building_;
  std::map<BatchNumber, std::array<std::int64_t, kOperationStates>> counts_;  // differences
  std::set<BatchNumber> abandoned_;
  std::map<std::pair<std::string, std::string>, NewKey> keys_;
  // What goes.
  std::set<DeviceNumber> trims_;
  std::size_t trimmed_ = 0;  // of the first of them, in this transaction
  std::set<DeviceNumber> forgotten_;
  std::int64_t now_ = 0;
  std::int64_t swept_ = 0;  // when the last sweep by age began
  OperationNumber sweep_at_ = 0;
  OperationNumber swept_to_ = 0;  // in this transaction
  bool sweeping_ = false;
  bool more_keys_ = false;
};

}  // namespace linnet::service
