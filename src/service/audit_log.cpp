// SPDX-License-Identifier: Apache-2.0
#include "audit_log.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <iterator>
#include <utility>

namespace linnet::service {
namespace {

namespace json = boost::json;

constexpr std::size_t kLargestParsed = 64 * 1024;
constexpr std::size_t kLongestText = 200;
/// Rows a page looks at: who seeks what is rare goes on with `next`.
constexpr std::int64_t kMostLookedAt = 5000;
constexpr std::int64_t kPruneEvery = 60'000;
/// Entries that wait for a store that takes nothing: then nothing else changes either.
constexpr std::size_t kMostWaiting = 20'000;

/// Members of a body that say what it is about; none is ever a secret.
constexpr std::array<std::string_view, 7> kTelling = {"op",   "path", "paths",  "name",
                                                      "role", "user", "enabled"};
/// Of these it is only said that they are there.
constexpr std::array<std::string_view, 3> kSecrets = {"password", "new", "secret"};

void append(std::string& out, std::string_view word) {
  if (word.empty()) return;
  if (!out.empty()) out += ' ';
  out += word;
}

void append_value(std::string& out, const json::value& value) {
  if (value.is_string()) return append(out, std::string_view(value.get_string()));
  if (value.is_bool()) return append(out, value.get_bool() ? "enabled" : "disabled");
  const auto* list = value.if_array();
  if (list == nullptr) return;
  for (const auto& item : *list) {
    if (out.size() > kLongestText) return;
    if (item.is_string()) append(out, std::string_view(item.get_string()));
  }
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

std::string audit_text(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kLongestText)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7F ? ' ' : c;
  }
  // Not in the middle of a character.
  if (text.size() > kLongestText) {
    while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0) == 0x80) out.pop_back();
    if (!out.empty() && static_cast<unsigned char>(out.back()) >= 0xC0) out.pop_back();
    out += "...";
  }
  return out;
}

std::string audit_subject(const HttpRequest& request) {
  if (request.body.empty() || request.body.size() > kLargestParsed) return {};
  if (!request.content_type.starts_with("application/json")) return {};
  boost::system::error_code error;
  const auto parsed = json::parse(request.body, error);
  const auto* body = error ? nullptr : parsed.if_object();
  if (body == nullptr) return {};
  std::string subject;
  for (const auto name : kTelling) {
    if (const auto* value = body->if_contains({name.data(), name.size()}))
      append_value(subject, *value);
  }
  for (const auto name : kSecrets) {
    if (body->contains({name.data(), name.size()})) append(subject, "(password or secret)");
  }
  return audit_text(subject);
}

AuditLog::AuditLog(Sqlite& database, const AccessSettings& settings,
                   std::function<std::int64_t()> unix_ms)
    : settings_(settings),
      unix_ms_(std::move(unix_ms)),
      put_(database, "INSERT OR REPLACE INTO audit VALUES (?,?,?,?,?,?,?,?,?)"),
      answer_(database, "UPDATE audit SET status=? WHERE id=?"),
      page_(database, "SELECT * FROM audit WHERE id<? ORDER BY id DESC LIMIT ?"),
      // Only what goes is looked at: entries lie by age.
      drop_(database,
            "DELETE FROM audit WHERE id < max(?1, ifnull("
            "(SELECT id FROM audit WHERE time>=?2 ORDER BY id LIMIT 1), ?3))") {
  // A number is never given twice, also if the newest entries have gone.
  Statement last(database,
                 "SELECT max(ifnull((SELECT seq FROM sqlite_sequence WHERE name='audit'), 0), "
                 "ifnull((SELECT max(id) FROM audit), 0))");
  if (last.step()) last_ = last_stored_ = last.integer(0);
}

std::int64_t AuditLog::begin(AuditEntry entry) {
  entry.time = unix_ms_();
  const std::scoped_lock lock(mutex_);
  if (entries_.size() + writing_.size() >= kMostWaiting) return 0;
  entry.id = ++last_;
  entries_.push_back(std::move(entry));
  return last_;
}

void AuditLog::answered(std::int64_t id, unsigned status) {
  if (id == 0) return;
  const std::scoped_lock lock(mutex_);
  const auto found =
      std::ranges::find_if(entries_, [&](const AuditEntry& entry) { return entry.id == id; });
  if (found != entries_.end()) {
    found->status = status;
  } else {
    answers_.push_back({id, status});
  }
}

bool AuditLog::changed() const {
  const std::scoped_lock lock(mutex_);
  return !entries_.empty() || !answers_.empty() || !writing_.empty() || !answering_.empty();
}

void AuditLog::write() {
  {
    // What could not be written the last time is still there.
    const std::scoped_lock lock(mutex_);
    std::ranges::move(std::exchange(entries_, {}), std::back_inserter(writing_));
    std::ranges::move(std::exchange(answers_, {}), std::back_inserter(answering_));
  }
  for (const AuditEntry& entry : writing_) {
    put_.reset();
    put_.bind(entry.id)
        .bind(entry.time)
        .bind(std::string_view(entry.who))
        .bind(static_cast<std::int64_t>(entry.role))
        .bind(std::string_view(entry.method))
        .bind(std::string_view(entry.path))
        .bind(std::string_view(entry.subject))
        .bind(std::int64_t{entry.status})
        .bind(std::string_view(entry.address))
        .run();
    last_stored_ = std::max(last_stored_, entry.id);
  }
  for (const Answer& answer : answering_) {
    answer_.reset();
    answer_.bind(std::int64_t{answer.status}).bind(answer.id).run();
  }
  prune();
}

void AuditLog::written() {
  const std::scoped_lock lock(mutex_);
  writing_.clear();
  answering_.clear();
}

void AuditLog::prune() {
  const std::int64_t now = unix_ms_();
  if (now < next_prune_) return;
  next_prune_ = now + kPruneEvery;
  drop_.reset();
  drop_.bind(last_stored_ - static_cast<std::int64_t>(settings_.audit_kept) + 1)
      .bind(now - settings_.audit_age.ms)
      .bind(last_stored_ + 1)
      .run();
}

json::object AuditLog::list(const Query& query) {
  json::array entries;
  std::int64_t looked_at = 0;
  std::int64_t last_seen = 0;
  bool more = false;
  page_.reset();
  page_.bind(query.before > 0 ? query.before : INT64_MAX).bind(kMostLookedAt);
  while (page_.step()) {
    if (entries.size() == query.limit) {
      more = true;
      break;
    }
    ++looked_at;
    last_seen = page_.integer(0);
    if (!query.who.empty() && page_.text(2) != query.who) continue;
    const bool fits = query.text.empty() || contains(page_.text(4), query.text) ||
                      contains(page_.text(5), query.text) || contains(page_.text(6), query.text) ||
                      contains(page_.text(8), query.text);
    if (!fits) continue;
    json::object entry{{"id", std::to_string(last_seen)},
                       {"time", static_cast<double>(page_.integer(1)) / 1000},
                       {"who", std::string(page_.text(2))},
                       {"role", role_name(static_cast<Access>(page_.integer(3)))},
                       {"method", std::string(page_.text(4))},
                       {"path", std::string(page_.text(5))}};
    if (!page_.text(6).empty()) entry["subject"] = std::string(page_.text(6));
    entry["status"] = page_.integer(7);
    entry["address"] = std::string(page_.text(8));
    entries.push_back(std::move(entry));
  }
  page_.reset();
  json::object page{{"entries", std::move(entries)}};
  if (more || looked_at == kMostLookedAt) page["next"] = std::to_string(last_seen);
  return page;
}

}  // namespace linnet::service
