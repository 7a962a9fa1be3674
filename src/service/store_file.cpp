// SPDX-License-Identifier: Apache-2.0
#include <linnet/service/store_file.hpp>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include <linnet/posix/setup_error.hpp>
#include <linnet/service/http_server.hpp>

#include "descriptor.hpp"
#include "secret_box.hpp"
#include "store.hpp"
#include "store_swap.hpp"

namespace linnet::service {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& why) {
  throw StoreFileError(file.string() + ": " + why);
}

/// To the disk, for its owner only. `to` must not be there.
void copy_private(const std::filesystem::path& from, const std::filesystem::path& to) {
  const Descriptor in(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in.good()) fail(from, std::strerror(errno));
  const Descriptor out(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!out.good()) fail(to, std::strerror(errno));
  std::array<char, 65536> piece;
  while (true) {
    const ssize_t size = ::read(in.get(), piece.data(), piece.size());
    if (size < 0) fail(from, std::strerror(errno));
    if (size == 0) break;
    for (ssize_t done = 0; done < size;) {
      const ssize_t written =
          ::write(out.get(), piece.data() + done, static_cast<std::size_t>(size - done));
      if (written <= 0) fail(to, std::strerror(errno));
      done += written;
    }
  }
  if (::fsync(out.get()) != 0) fail(to, std::strerror(errno));
}

/// A file nobody changes, read as it lies there: no journal beside it is looked for.
class FrozenDatabase {
 public:
  explicit FrozenDatabase(const std::filesystem::path& file,
                          const std::atomic<bool>* stop = nullptr)
      : file_(file) {
    std::string uri = "file:";
    for (const char c : std::filesystem::absolute(file).string()) {
      uri += c == '/' ? "/" : percent_encode(std::string(1, c));
    }
    uri += "?immutable=1";
    sqlite3* handle = nullptr;
    const int code =
        sqlite3_open_v2(uri.c_str(), &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nullptr);
    handle_.reset(handle);
    if (code != SQLITE_OK) fail(file_, sqlite3_errstr(code));
    if (stop == nullptr) return;
    constexpr int kInstructions = 10'000;  // a fraction of a millisecond
    sqlite3_progress_handler(
        handle, kInstructions,
        [](void* flag) { return static_cast<const std::atomic<bool>*>(flag)->load() ? 1 : 0; },
        const_cast<std::atomic<bool>*>(stop));
  }

  std::string text(const char* sql) {
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v2(handle_.get(), sql, -1, &raw, nullptr) != SQLITE_OK) {
      fail(file_,
           "this is no store of Linnet (" + std::string(sqlite3_errmsg(handle_.get())) + ")");
    }
    const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement(raw,
                                                                               sqlite3_finalize);
    if (sqlite3_step(raw) != SQLITE_ROW) {
      const bool other = sqlite3_errcode(handle_.get()) == SQLITE_NOTADB;
      fail(file_, std::string(other ? "this is no store of Linnet (" : "it cannot be read (") +
                      sqlite3_errmsg(handle_.get()) + ")");
    }
    const auto* value = sqlite3_column_text(raw, 0);
    return value == nullptr ? "" : reinterpret_cast<const char*>(value);
  }
  std::uint64_t count(const char* table) {
    return std::stoull(text((std::string("SELECT count(*) FROM ") + table).c_str()));
  }
  /// Of the key for the secrets in it; 0 if there are none.
  std::uint64_t key_id() {
    return static_cast<std::uint64_t>(
        std::stoll(text("SELECT coalesce(sum(value), 0) FROM meta WHERE key='key_id'")));
  }
  bool has(const char* table) {
    return text((std::string("SELECT count(*) FROM sqlite_master WHERE name='") + table + "'")
                    .c_str()) != "0";
  }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::filesystem::path file_;
  std::unique_ptr<sqlite3, Close> handle_;
};

std::filesystem::path key_of(const std::filesystem::path& store) { return store.string() + "-key"; }

/// Whether `options.key` has to be put beside the store; looks whether the key that will lie there
/// opens what is in the back-up.
bool wants_key(const std::filesystem::path& backup, const std::filesystem::path& store,
               const RestoreOptions& options) {
  const std::uint64_t wanted = FrozenDatabase(backup).key_id();
  const auto fits = [&](const std::filesystem::path& key) {
    return wanted == 0 || SecretBox::open(key, SecretBox::Absent::Refuse).key_id() == wanted;
  };
  const bool there = std::filesystem::exists(key_of(store));
  if (options.key.empty()) {
    if (there && !fits(key_of(store))) {
      fail(key_of(store), "this is the key of another store than " + backup.string() +
                              "; name its own with --key");
    }
    return false;
  }
  if (!fits(options.key)) {
    fail(options.key, "this is the key of another store than " + backup.string());
  }
  if (there && fits(key_of(store))) return false;
  if (there && !options.replace) fail(key_of(store), "it is there already; --force replaces it");
  return true;
}

}  // namespace

StoreFacts check_store_file(const std::filesystem::path& file, const std::atomic<bool>* stop) {
  std::error_code error;
  StoreFacts facts;
  facts.bytes = std::filesystem::file_size(file, error);
  if (error) fail(file, error.message());
  FrozenDatabase database(file, stop);
  facts.schema = std::stoll(database.text("PRAGMA user_version"));
  if (facts.schema <= 0 || !database.has("registration")) fail(file, "this is no store of Linnet");
  if (facts.schema > store_schema()) fail(file, "it was written by a newer Linnet");
  // Nothing may happen in a store but what is asked of it.
  if (database.text("SELECT count(*) FROM sqlite_master WHERE type IN ('trigger', 'view')") !=
      "0") {
    fail(file, "this is no store of Linnet: it has triggers or views");
  }
  if (stop != nullptr && stop->load()) fail(file, "the look at it was interrupted");
  const std::string integrity = database.text("PRAGMA integrity_check(1)");
  if (integrity != "ok") fail(file, "it is damaged: " + integrity);
  facts.registrations = database.count("registration");
  if (database.has("credential")) facts.credentials = database.count("credential");
  if (database.has("bootstrap_configuration")) {
    facts.configurations = database.count("bootstrap_configuration");
  }
  facts.key_id = database.key_id();
  return facts;
}

void restore_store_file(const std::filesystem::path& backup, const std::filesystem::path& store,
                        const RestoreOptions& options) {
  (void)check_store_file(backup);
  std::error_code error;
  const bool there = std::filesystem::exists(store, error);
  if (there && !options.replace) fail(store, "it is there already; --force replaces it");
  if (there && std::filesystem::equivalent(backup, store, error)) {
    fail(store, "this is the back-up itself");
  }
  try {
    const FileLock lock(store);
    const bool new_key = wants_key(backup, store, options);
    const std::filesystem::path fresh = store.string() + ".new";
    std::filesystem::remove(fresh, error);
    copy_private(backup, fresh);
    prepare_restored(fresh);
    if (there) go_on_from(fresh, read_numbers(store));
    if (new_key) {
      const std::filesystem::path before = key_of(store).string() + ".before";
      std::filesystem::remove(before, error);
      if (std::filesystem::exists(key_of(store))) std::filesystem::rename(key_of(store), before);
      copy_private(options.key, key_of(store));
    }
    swap_store(store, fresh);
  } catch (const SqliteError& failure) {
    throw StoreFileError(failure.what());
  } catch (const posix::SetupError& failure) {
    throw StoreFileError(failure.what());
  } catch (const std::filesystem::filesystem_error& failure) {
    fail(store, failure.code().message());
  }
}

}  // namespace linnet::service
