// SPDX-License-Identifier: Apache-2.0
#pragma once
// Who changed what, and when. An entry is stored in the commit that stores the change itself, or in
// one before; what came of it is added when the request was answered. So there is no change without
// its entry, whenever the server is killed. Entries have no secrets. Bounded by number and age.
//
// Thread rule: `begin` and `answered` on any thread; the rest is the store's.
#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <linnet/service/access_settings.hpp>

#include "api_area.hpp"
#include "sqlite.hpp"
#include "store.hpp"

namespace linnet::service {

struct AuditEntry {
  std::int64_t id = 0;
  std::int64_t time = 0;  ///< Unix milliseconds
  std::string who{};
  Access role = Access::Open;
  std::string method{};
  std::string path{};
  std::string subject{};
  unsigned status = 0;  ///< 0: not answered
  std::string address{};
};

/// What a request is about, beyond its path: "write /3/0/14". Of values only the names.
[[nodiscard]] std::string audit_subject(const HttpRequest& request);
/// `subject` as far as it is for a person's eyes: one line, no longer than it must be.
[[nodiscard]] std::string audit_text(std::string_view text);

class AuditLog final : public StorePart {
 public:
  /// All outlive it; `unix_ms` says what time it is. Throws SqliteError.
  AuditLog(Sqlite& database, const AccessSettings& settings, std::function<std::int64_t()> unix_ms);

  /// The id of an entry that will be stored with the next commit; 0 if there are too many that
  /// could not be.
  [[nodiscard]] std::int64_t begin(AuditEntry entry);
  void answered(std::int64_t id, unsigned status);

  struct Query {
    std::string who;
    std::string text;         ///< in method, path, subject or address
    std::int64_t before = 0;  ///< an id; 0: from the newest
    std::size_t limit = 100;
  };
  /// {entries, next?}: the newest first; a page may be short or empty and still have a `next`.
  [[nodiscard]] boost::json::object list(const Query& query);

  /// Takes up how much is kept; the store's thread.
  void set_retention(const AccessSettings& settings) {
    settings_ = settings;
    next_prune_ = 0;
  }

  [[nodiscard]] bool changed() const override;
  [[nodiscard]] bool urgent() const override { return false; }
  void write() override;
  void written() override;

 private:
  struct Answer {
    std::int64_t id;
    unsigned status;
  };
  void prune();

  AccessSettings settings_;
  const std::function<std::int64_t()> unix_ms_;
  Statement put_, answer_, page_, drop_;
  std::int64_t next_prune_ = 0;
  std::int64_t last_stored_ = 0;

  mutable std::mutex mutex_;  // guards all below
  std::int64_t last_ = 0;
  std::vector<AuditEntry> entries_, writing_;
  std::vector<Answer> answers_, answering_;
};

}  // namespace linnet::service
