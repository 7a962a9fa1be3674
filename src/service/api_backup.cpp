// SPDX-License-Identifier: Apache-2.0
#include "api_backup.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "problem.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

enum : std::size_t { kBackup, kShow, kAppend, kStart, kDrop, kCount };
constexpr std::array<Route, kCount> kRoutes = {{
    {"GET", "/api/v1/backup", Access::Administer},
    {"GET", "/api/v1/restore", Access::Administer},
    {"PUT", "/api/v1/restore", Access::Administer},
    {"POST", "/api/v1/restore", Access::Administer},
    {"DELETE", "/api/v1/restore", Access::Administer},
}};

constexpr int kPagesATurn = 128;
constexpr std::size_t kPiece = 256 * 1024;

Problem failed(const std::string& why) {
  return {503, "backup-failed", "Back-up failed", "the store could not be copied: " + why};
}

/// A file without a name that goes when its reader does.
class FileSource final : public StreamSource {
 public:
  explicit FileSource(int descriptor) : descriptor_(descriptor) {}
  ~FileSource() override { ::close(descriptor_); }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  bool next(std::string& out) override {
    const std::size_t before = out.size();
    out.resize(before + kPiece);
    const ssize_t size = ::read(descriptor_, out.data() + before, kPiece);
    out.resize(before + static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    return size > 0;
  }
  [[nodiscard]] std::string_view content_type() const override { return "application/vnd.sqlite3"; }

 private:
  int descriptor_;
};

/// A copy that is being made. On the shard's thread.
class Copy {
 public:
  Copy(sqlite3* from, std::filesystem::path to) : file_(std::move(to)) {
    // One that a crash left behind.
    ::unlink(file_.c_str());
    // Made here for its owner only; SQLite would take the umask.
    const int made = ::open(file_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (made < 0) throw failed(file_.string() + ": " + std::strerror(errno));
    ::close(made);
    if (sqlite3_open(file_.c_str(), &to_) == SQLITE_OK) {
      backup_ = sqlite3_backup_init(to_, "main", from, "main");
    }
    if (backup_ == nullptr) {
      const std::string why = sqlite3_errmsg(to_);
      end();
      throw failed(why);
    }
  }
  ~Copy() { end(); }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;

  /// True when it is complete. Throws Problem.
  bool step() {
    const int code = sqlite3_backup_step(backup_, kPagesATurn);
    if (code == SQLITE_DONE) return true;
    // The store is in the middle of a transaction; a later turn finds it outside of one.
    if (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED) return false;
    throw failed(sqlite3_errstr(code));
  }
  /// The finished copy, open for reading. Throws Problem.
  std::unique_ptr<StreamSource> take() {
    const int code = sqlite3_backup_finish(std::exchange(backup_, nullptr));
    if (code != SQLITE_OK) throw failed(sqlite3_errstr(code));
    sqlite3_close_v2(std::exchange(to_, nullptr));
    const int descriptor = ::open(file_.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) throw failed(std::strerror(errno));
    return std::make_unique<FileSource>(descriptor);
  }

 private:
  void end() {
    if (backup_ != nullptr) sqlite3_backup_finish(std::exchange(backup_, nullptr));
    if (to_ != nullptr) sqlite3_close_v2(std::exchange(to_, nullptr));
    ::unlink(file_.c_str());
  }

  std::filesystem::path file_;
  sqlite3* to_ = nullptr;
  sqlite3_backup* backup_ = nullptr;
};

}  // namespace

std::span<const Route> backup_routes() { return kRoutes; }

void BackupApi::handle(std::size_t route, ApiRequest& request, const Responder& responder) {
  if (route == kAppend) return append(request, responder);
  allow_parameters(request, {});
  switch (route) {
    case kBackup: return calls_.run(responder, [this](const Responder& reply) { begin(reply); });
    case kShow: return responder.send(json_response(restore_.describe()));
    case kStart: return run(responder, [this](const Responder& reply) { start(reply); });
    case kDrop:
      return run(responder, [this](const Responder& reply) {
        restore_.drop();
        reply.send(no_content());
      });
    default: break;
  }
}

void BackupApi::run(const Responder& responder, std::function<void(const Responder&)> work) {
  // What takes long is known at once.
  restore_.refuse_if_busy();
  const bool taken = worker_.add([responder, work = std::move(work)] {
    try {
      work(responder);
    } catch (const Problem& problem) {
      responder.send(to_response(problem));
    }
  });
  if (!taken) {
    throw Problem(503, "too-busy", "Too busy",
                  "too many pieces wait for the disk; send them again");
  }
}

void BackupApi::tend() {
  (void)worker_.add([this] { restore_.tend(); });
}

void BackupApi::append(ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {"offset"});
  if (request.find("offset") == nullptr) {
    throw bad_request("\"offset\" says where in the back-up this piece begins; 0 begins anew");
  }
  const auto offset =
      number_parameter(request, "offset", 0, std::numeric_limits<std::int64_t>::max(), 0);
  const auto type = media_type(request);
  if (type != "application/octet-stream" && type != "application/vnd.sqlite3") {
    throw Problem(415, "unsupported-media-type", "Unsupported media type",
                  "send a piece of the back-up as application/octet-stream");
  }
  const auto bytes = std::make_shared<const std::string>(std::move(request.body));
  run(responder, [this, offset, bytes](const Responder& reply) {
    restore_.append(offset, *bytes);
    reply.send(json_response(restore_.describe()));
  });
}

void BackupApi::start(const Responder& reply) {
  const StoreFacts facts = restore_.make_ready();
  json::object answer = restore_.describe();
  answer["store"] = {{"bytes", facts.bytes},
                     {"schema", facts.schema},
                     {"registrations", facts.registrations},
                     {"credentials", facts.credentials},
                     {"configurations", facts.configurations}};
  // Before the server takes no more requests.
  reply.send(json_response(answer, 202));
  restore_.take_up();
}

void BackupApi::begin(const Responder& reply) {
  if (under_way_) {
    throw Problem(409, "backup-under-way", "Back-up under way",
                  "another back-up is being made; ask again when it is done");
  }
  const auto copy = std::make_shared<Copy>(store_.database().handle(), file_.string() + "-backup");
  under_way_ = true;
  calls_.add_job([this, copy, reply] {
    try {
      if (!copy->step()) return false;
      reply.stream(copy->take());
    } catch (const Problem& problem) {
      reply.send(to_response(problem));
    }
    under_way_ = false;
    return true;
  });
}

}  // namespace linnet::service
