// SPDX-License-Identifier: Apache-2.0
#pragma once
// Who may use the API: tokens, users, the sign-ins that rest on them, and one-use codes to sign in
// with. All of it is in memory, so that a request asks no database; what changes is written with
// the next commit of the store. Of secrets it knows only the hash. A token or user that goes takes
// along whatever rests on it.
//
// Thread rule: any, but for what StorePart has, which is the store's.
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <linnet/service/access_settings.hpp>

#include "api_area.hpp"
#include "secret_text.hpp"
#include "sqlite.hpp"
#include "store.hpp"

namespace linnet::service {

/// All times in Unix milliseconds, 0: never.
struct ApiToken {
  std::string id{};
  std::string name{};
  Access role = Access::View;
  std::int64_t created = 0;
  std::int64_t expires = 0;
  std::int64_t used = 0;
  /// Not in the store: it ends with this process.
  bool passing = false;
};

struct ApiUser {
  std::string name{};
  Access role = Access::View;
  std::int64_t created = 0;
  std::int64_t signed_in = 0;
  std::string password{};  ///< its Argon2 hash
};

class AccessStore final : public StorePart {
 public:
  /// All outlive it; `unix_ms` says what time it is, on any thread. Throws SqliteError.
  AccessStore(Sqlite& database, const AccessSettings& settings,
              std::function<std::int64_t()> unix_ms);

  /// True if nobody was ever given access.
  [[nodiscard]] bool nobody() const;

  // --- Who is it? Both count as a use. ---
  [[nodiscard]] std::optional<Caller> by_token(std::string_view token);
  [[nodiscard]] std::optional<Caller> by_session(std::string_view secret);
  /// Whether that caller would still be known.
  [[nodiscard]] bool still(const Caller& caller) const;

  // --- Tokens ---
  struct NewToken {
    ApiToken token;
    std::string secret;
  };
  [[nodiscard]] NewToken add_token(std::string name, Access role, std::int64_t expires = 0);
  /// One that is not stored, in place of the one with that id. The same id means the same holder:
  /// sign-ins that rest on it go on.
  [[nodiscard]] std::string add_passing_token(std::string id, std::string name, Access role);
  [[nodiscard]] std::vector<ApiToken> tokens() const;

  enum class Removal : std::uint8_t { Done, Unknown, LastAdmin };
  [[nodiscard]] Removal remove_token(const std::string& id);

  // --- Users ---
  enum class Put : std::uint8_t { Made, Changed, LastAdmin, NeedsPassword };
  /// Makes or changes a user. Another password ends what was signed in with the old one, but for
  /// the session `kept`.
  [[nodiscard]] Put put_user(const std::string& name, std::optional<std::string> password_hash,
                             std::optional<Access> role, std::string_view kept = {});
  [[nodiscard]] std::vector<ApiUser> users() const;
  [[nodiscard]] std::optional<ApiUser> user(const std::string& name) const;
  [[nodiscard]] Removal remove_user(const std::string& name);

  // --- Signing in ---
  struct SignIn {
    std::string secret;  ///< of the session
    Caller caller;
  };
  /// Of a user whose password was found right; nothing if the user has gone, or the password is
  /// another than `password_hash` by now.
  [[nodiscard]] std::optional<SignIn> sign_in(const std::string& user,
                                              std::string_view password_hash);
  /// A code with which somebody signs in as `holder`, once.
  struct Code {
    std::string code;
    std::int64_t expires;
  };
  [[nodiscard]] Code make_code(const std::string& holder);
  [[nodiscard]] std::optional<SignIn> sign_in(std::string_view code);
  void sign_out(const Caller& caller);

  /// Takes up how long a sign-in lasts.
  void set_session_times(const AccessSettings& settings);

  /// Called, on any thread, when the right of somebody has ended.
  void on_end(std::function<void()> call) { on_end_ = std::move(call); }

  [[nodiscard]] bool changed() const override;
  [[nodiscard]] bool urgent() const override;
  void write() override;
  void written() override;

  [[nodiscard]] static std::string token_holder(std::string_view id);
  [[nodiscard]] static std::string user_holder(std::string_view name);

 private:
  struct TokenRow : ApiToken {
    Digest hash{};
    std::int64_t stored_use = 0;
  };
  struct SessionRow {
    Caller::Way way = Caller::Way::Password;
    std::string holder{};
    std::int64_t created = 0;
    std::int64_t used = 0;
    std::int64_t stored_use = 0;
  };
  struct CodeRow {
    Digest hash{};
    std::string holder{};
    std::int64_t expires = 0;
  };
  /// What is to be written, and what is being written.
  template <typename Key>
  struct Changes {
    std::set<Key> waiting, writing;
    [[nodiscard]] bool any() const { return !waiting.empty() || !writing.empty(); }
    void begin() {
      writing.merge(waiting);
      waiting.clear();
    }
  };

  void load(Sqlite& database);
  [[nodiscard]] std::optional<Caller> holder(std::string_view name, std::int64_t now) const;
  [[nodiscard]] std::optional<Caller> session_caller(const Digest& hash, const SessionRow& session,
                                                     std::int64_t now) const;
  [[nodiscard]] bool other_admin(std::string_view holder, std::int64_t now) const;
  [[nodiscard]] SignIn begin_session(Caller::Way way, const std::string& holder, std::int64_t now);
  void end_sessions(std::string_view holder, std::string_view kept);
  void drop_old_sessions(std::string_view holder, std::int64_t now);
  void mark_urgent() { urgent_ = urgent_next_ = true; }
  void tell_end();
  void write(const std::string& id, const std::optional<TokenRow>& token);
  void write(const std::string& name, const std::optional<ApiUser>& user);
  void write(const Digest& hash, const std::optional<SessionRow>& session);

  const std::function<std::int64_t()> unix_ms_;
  std::function<void()> on_end_;
  Statement put_token_, drop_token_, put_user_, drop_user_, put_session_, drop_session_;

  mutable std::mutex mutex_;  // guards all below
  Duration session_idle_, session_lifetime_;
  std::map<std::string, TokenRow, std::less<>> tokens_;
  std::unordered_map<Digest, std::string, DigestHash> token_ids_;
  std::map<std::string, ApiUser, std::less<>> users_;
  std::unordered_map<Digest, SessionRow, DigestHash> sessions_;
  std::deque<CodeRow> codes_;
  Changes<std::string> changed_tokens_, changed_users_;
  Changes<Digest> changed_sessions_;
  bool urgent_ = false;
  bool urgent_next_ = false;
};

}  // namespace linnet::service
