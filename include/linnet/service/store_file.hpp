// SPDX-License-Identifier: Apache-2.0
#pragma once
// A store as a file that no server has open: looked at, and put in place of another one.
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <stdexcept>

namespace linnet::service {

/// `what()` says what is wrong with which file, for a person.
class StoreFileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct StoreFacts {
  std::int64_t schema = 0;  ///< how far its tables are migrated
  std::uint64_t bytes = 0;
  std::uint64_t registrations = 0;
  std::uint64_t credentials = 0;
  std::uint64_t configurations = 0;
  std::uint64_t key_id = 0;  ///< of the key for the secrets in it; 0: there are none
};

/// Reads the whole file. Throws StoreFileError: not there, no store of Linnet, damaged, or of a
/// newer Linnet; or `stop` was set meanwhile, by another thread.
[[nodiscard]] StoreFacts check_store_file(const std::filesystem::path& file,
                                          const std::atomic<bool>* stop = nullptr);

struct RestoreOptions {
  /// The file with the key for the secrets in the back-up, to be put at "<store>-key". Empty: the
  /// key that lies there is the one, or comes later.
  std::filesystem::path key{};
  /// What is there may be replaced, and stays as "<store>.before" and "<store>-key.before".
  bool replace = false;
};

/// Puts a copy of `backup`, which is checked first, at `store`, without its secure sessions: their
/// record numbers of since then must not be used again, so devices make new handshakes. Where a
/// store is replaced, numbers of events and operations go on above those that it gave out. Throws
/// StoreFileError: a server has `store` open, something is there and not to be replaced, or the key
/// is that of another store; nothing is changed then.
void restore_store_file(const std::filesystem::path& backup, const std::filesystem::path& store,
                        const RestoreOptions& options);

}  // namespace linnet::service
