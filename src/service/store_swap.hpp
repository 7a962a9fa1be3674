// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a back-up takes the place of a store without that anything which was given out since is given
// out again: numbers of events and operations, ids that tickets of devices rest on, and the record
// numbers of secure sessions. All of it on files that no server has open. Any thread.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace linnet::service {

/// What a store gave out, as far as others may remember it.
struct StoreNumbers {
  std::optional<std::int64_t> log{};  ///< the name in the ids of its events
  std::int64_t latest = 0;            ///< event
  std::int64_t reserved = 0;          ///< numbers of events that a crash may have taken with it
  std::vector<std::pair<std::int64_t, std::int64_t>> jumps{};  ///< unused ones: above, up to
  std::vector<std::pair<std::string, std::int64_t>> positions{};
  std::int64_t operation = 0;
  std::int64_t batch = 0;
  std::vector<std::pair<std::string, std::int64_t>> sequences{};  ///< by the name of the table
  struct Audit {
    std::int64_t time, role, status;
    std::string who, address;
  };
  std::optional<Audit> asked{};  ///< who asked for a restore through the API, the last one
};

/// Nothing if the file cannot be read as a store.
[[nodiscard]] std::optional<StoreNumbers> read_numbers(const std::filesystem::path& store);

/// Makes a copy of a back-up what a server opens: its tables up to date, and without secure
/// sessions, for record numbers were used since, and with the same key none may be used twice.
/// [SEC-07] Throws SqliteError, and then nothing in it changed.
void prepare_restored(const std::filesystem::path& file);

/// Makes a prepared one go on above the numbers of the store it replaces; if they are unknown, far
/// above its own. Throws SqliteError, and then nothing in it changed.
void go_on_from(const std::filesystem::path& file, const std::optional<StoreNumbers>& former);

/// Puts `fresh`, which is in the same folder, at `store`; what is there stays as "<store>.before".
/// Throws std::filesystem::filesystem_error.
void swap_store(const std::filesystem::path& store, const std::filesystem::path& fresh);
/// Takes that back, also where it was not finished. Throws the same.
void unswap_store(const std::filesystem::path& store);

}  // namespace linnet::service
