// SPDX-License-Identifier: Apache-2.0
#include "restore_desk.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include <linnet/posix/setup_error.hpp>

#include "problem.hpp"
#include "secret_box.hpp"
#include "sqlite.hpp"
#include "store_swap.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

/// Stays free for the store that is served meanwhile: a full disk would stop it.
constexpr std::uint64_t kLeft = 64u << 20;
constexpr std::int64_t kForgottenAfter = std::int64_t{3600} * 1000;

constexpr const char* kStates[] = {"idle", "staged", "checking", "restoring"};
constexpr const char* kOutcomes[] = {"restored", "refused", "put-back"};

Problem no_room(const std::string& why) {
  return {507, "no-room", "No room",
          "the back-up does not fit beside the store: " + why + ". What was there of it is gone"};
}

std::uint64_t free_bytes(const std::filesystem::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  struct statvfs status {};
  if (statvfs(folder.c_str(), &status) != 0) return std::numeric_limits<std::uint64_t>::max();
  return std::uint64_t{status.f_bavail} * status.f_frsize;
}

bool is_full(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }

}  // namespace

RestoreDesk::RestoreDesk(Ports ports, std::optional<RestoreOutcome> last)
    : ports_(std::move(ports)), file_(ports_.store.string() + "-restore"), last_(std::move(last)) {
  forget();
}

RestoreDesk::~RestoreDesk() { end_file(); }

void RestoreDesk::set(State state, std::uint64_t bytes) {
  const std::scoped_lock lock(mutex_);
  state_ = state;
  bytes_ = bytes;
}

void RestoreDesk::end_file() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void RestoreDesk::forget() {
  end_file();
  for (const char* end : {"", "-journal", "-wal", "-shm"}) ::unlink((file_.string() + end).c_str());
  set(State::Idle, 0);
}

void RestoreDesk::refuse_if_busy() const {
  const std::scoped_lock lock(mutex_);
  if (state_ == State::Checking || state_ == State::Restoring) {
    throw Problem(409, "restore-under-way", "Restore under way",
                  "a back-up is being taken up; GET /api/v1/restore says how it ends");
  }
}

void RestoreDesk::begin() {
  forget();
  descriptor_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor_ >= 0) return;
  const int error = errno;
  if (is_full(error)) throw no_room(std::strerror(error));
  throw Problem(503, "restore-failed", "Restore failed",
                "the back-up cannot be kept beside the store: " + std::string(strerror(error)));
}

void RestoreDesk::append(std::uint64_t offset, std::string_view bytes) {
  refuse_if_busy();
  if (offset == 0) {
    begin();
  } else if (offset != bytes_) {
    throw Problem(409, "wrong-offset", "Wrong offset",
                  std::to_string(bytes_) + " bytes are there; go on with offset=" +
                      std::to_string(bytes_) + ", or begin anew with offset=0");
  }
  const std::uint64_t room = ports_.room ? ports_.room() : free_bytes(file_);
  if (room < kLeft || room - kLeft < bytes.size()) {
    forget();
    throw no_room("the disk has " + std::to_string(room >> 20) + " MB left");
  }
  write(bytes);
  set(State::Staged, offset + bytes.size());
  touched_ = ports_.unix_ms();
}

void RestoreDesk::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(descriptor_, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) {
      const int error = size < 0 ? errno : ENOSPC;
      forget();
      if (is_full(error)) throw no_room(std::strerror(error));
      throw Problem(503, "restore-failed", "Restore failed",
                    "the back-up cannot be written: " + std::string(std::strerror(error)));
    }
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

void RestoreDesk::refuse(std::string why) {
  // Of no interest to whoever sent it.
  if (const std::string name = file_.string() + ": "; why.starts_with(name)) {
    why.erase(0, name.size());
  }
  forget();
  {
    const std::scoped_lock lock(mutex_);
    last_ = {RestoreOutcome::Kind::Refused, ports_.unix_ms(), why};
  }
  throw Problem(422, "backup-refused", "Back-up refused",
                "this cannot be restored: " + why + ". Nothing was changed");
}

StoreFacts RestoreDesk::make_ready() {
  refuse_if_busy();
  if (descriptor_ < 0) {
    throw Problem(409, "nothing-staged", "Nothing to restore",
                  "send a back-up first, with PUT /api/v1/restore?offset=0 and on");
  }
  set(State::Checking, bytes_);
  try {
    if (::fsync(descriptor_) != 0) {
      refuse(std::string("it cannot be written: ") + std::strerror(errno));
    }
    end_file();
    const StoreFacts facts = check_store_file(file_, &stop_);
    const std::filesystem::path key = ports_.store.string() + "-key";
    if (facts.key_id != 0 &&
        SecretBox::open(key, SecretBox::Absent::Refuse).key_id() != facts.key_id) {
      refuse(
          "the keys of devices in it are encrypted with the key of another server. Where that key "
          "is at hand: stop this server, and linnet restore FILE --store STORE --key KEY");
    }
    prepare_restored(file_);
    set(State::Restoring, bytes_);
    return facts;
  } catch (const StoreFileError& error) {
    refuse(error.what());
  } catch (const posix::SetupError& error) {
    refuse(error.what());
  } catch (const SqliteError& error) {
    if (error.code() != SQLITE_FULL) refuse(error.what());
    forget();
    throw no_room(error.what());
  }
}

void RestoreDesk::take_up() { ports_.take_up(); }

void RestoreDesk::drop() {
  refuse_if_busy();
  forget();
}

void RestoreDesk::tend() {
  const bool old = descriptor_ >= 0 && ports_.unix_ms() - touched_ >= kForgottenAfter;
  if (old) forget();
}

json::object RestoreDesk::describe() const {
  const std::scoped_lock lock(mutex_);
  json::object out{{"state", kStates[static_cast<std::size_t>(state_)]}, {"bytes", bytes_}};
  if (last_) {
    json::object& last = out["last"].emplace_object();
    last["outcome"] = kOutcomes[static_cast<std::size_t>(last_->kind)];
    last["time"] = static_cast<double>(last_->time) / 1000;
    last["detail"] = last_->detail;
  }
  return out;
}

}  // namespace linnet::service
