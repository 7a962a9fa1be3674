// SPDX-License-Identifier: Apache-2.0
#include "access_store.hpp"

#include <algorithm>
#include <utility>

namespace linnet::service {
namespace {

/// What is known of the latest use may be so old after a crash.
constexpr std::int64_t kUseEvery = 60'000;
constexpr std::int64_t kCodeLife = 15 * 60'000;
constexpr std::size_t kMaxCodes = 256;
constexpr std::size_t kMaxSessionsEach = 64;

std::string text_of(const Digest& digest) { return {digest.begin(), digest.end()}; }

std::optional<Digest> digest_from(std::string_view bytes) {
  Digest digest{};
  if (bytes.size() != digest.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

std::optional<Access> role_of(std::int64_t number) {
  if (number < static_cast<int>(Access::View) || number > static_cast<int>(Access::Administer)) {
    return std::nullopt;
  }
  return static_cast<Access>(number);
}

/// The earlier of two times, of which 0 is none.
std::int64_t earlier_end(std::int64_t a, std::int64_t b) {
  if (a == 0 || b == 0) return std::max(a, b);
  return std::min(a, b);
}

}  // namespace

AccessStore::AccessStore(Sqlite& database, const AccessSettings& settings,
                         std::function<std::int64_t()> unix_ms)
    : unix_ms_(std::move(unix_ms)),
      put_token_(database, "INSERT OR REPLACE INTO api_token VALUES (?,?,?,?,?,?,?)"),
      drop_token_(database, "DELETE FROM api_token WHERE id=?"),
      put_user_(database, "INSERT OR REPLACE INTO api_user VALUES (?,?,?,?,?)"),
      drop_user_(database, "DELETE FROM api_user WHERE name=?"),
      put_session_(database, "INSERT OR REPLACE INTO api_session VALUES (?,?,?,?,?)"),
      drop_session_(database, "DELETE FROM api_session WHERE hash=?"),
      session_idle_(settings.session_idle),
      session_lifetime_(settings.session_lifetime) {
  load(database);
}

void AccessStore::set_session_times(const AccessSettings& settings) {
  const std::scoped_lock lock(mutex_);
  session_idle_ = settings.session_idle;
  session_lifetime_ = settings.session_lifetime;
}

void AccessStore::load(Sqlite& database) {
  Statement tokens(database, "SELECT id, hash, name, role, created, expires, used FROM api_token");
  while (tokens.step()) {
    const auto hash = digest_from(as_text(tokens.bytes(1)));
    const auto role = role_of(tokens.integer(3));
    if (!hash || !role) continue;
    TokenRow row;
    row.id = tokens.text(0);
    row.name = tokens.text(2);
    row.role = *role;
    row.created = tokens.integer(4);
    row.expires = tokens.integer(5);
    row.used = row.stored_use = tokens.integer(6);
    row.hash = *hash;
    token_ids_.emplace(row.hash, row.id);
    tokens_.emplace(row.id, std::move(row));
  }
  Statement users(database, "SELECT name, password, role, created, signed_in FROM api_user");
  while (users.step()) {
    const auto role = role_of(users.integer(2));
    if (!role) continue;
    ApiUser user{std::string(users.text(0)), *role, users.integer(3), users.integer(4),
                 std::string(users.text(1))};
    users_.emplace(user.name, std::move(user));
  }
  Statement sessions(database, "SELECT hash, way, holder, created, used FROM api_session");
  while (sessions.step()) {
    const auto hash = digest_from(as_text(sessions.bytes(0)));
    const std::int64_t way = sessions.integer(1);
    if (!hash || (way != static_cast<int>(Caller::Way::Password) &&
                  way != static_cast<int>(Caller::Way::Code))) {
      continue;
    }
    SessionRow row;
    row.way = static_cast<Caller::Way>(way);
    row.holder = sessions.text(2);
    row.created = sessions.integer(3);
    row.used = row.stored_use = sessions.integer(4);
    sessions_.emplace(*hash, std::move(row));
  }
}

bool AccessStore::nobody() const {
  const std::scoped_lock lock(mutex_);
  return tokens_.empty() && users_.empty();
}

std::string AccessStore::token_holder(std::string_view id) { return "token:" + std::string(id); }
std::string AccessStore::user_holder(std::string_view name) { return "user:" + std::string(name); }

// --- Who is it? ---

std::optional<Caller> AccessStore::holder(std::string_view name, std::int64_t now) const {
  const auto colon = name.find(':');
  const auto key = name.substr(colon + 1);
  if (name.starts_with("token:")) {
    const auto found = tokens_.find(key);
    if (found == tokens_.end()) return std::nullopt;
    const TokenRow& token = found->second;
    if (token.expires != 0 && token.expires <= now) return std::nullopt;
    return Caller{token.name, token.role, Caller::Way::Token, std::string(name), {}, token.expires};
  }
  const auto found = users_.find(key);
  if (found == users_.end()) return std::nullopt;
  return Caller{
      found->second.name, found->second.role, Caller::Way::Password, std::string(name), {}, 0};
}

std::optional<Caller> AccessStore::session_caller(const Digest& hash, const SessionRow& session,
                                                  std::int64_t now) const {
  const std::int64_t end =
      std::min(session.created + session_lifetime_.ms, session.used + session_idle_.ms);
  if (end <= now) return std::nullopt;
  auto caller = holder(session.holder, now);
  if (!caller) return std::nullopt;
  caller->way = session.way;
  caller->session = text_of(hash);
  caller->expires = earlier_end(caller->expires, end);
  return caller;
}

std::optional<Caller> AccessStore::by_token(std::string_view token) {
  const Digest hash = digest_of(token);
  const std::int64_t now = unix_ms_();
  const std::scoped_lock lock(mutex_);
  const auto id = token_ids_.find(hash);
  if (id == token_ids_.end()) return std::nullopt;
  auto caller = holder(token_holder(id->second), now);
  if (!caller) return std::nullopt;
  TokenRow& row = tokens_.find(id->second)->second;
  row.used = now;
  if (!row.passing && now - row.stored_use >= kUseEvery) {
    row.stored_use = now;
    changed_tokens_.waiting.insert(row.id);
  }
  return caller;
}

std::optional<Caller> AccessStore::by_session(std::string_view secret) {
  const Digest hash = digest_of(secret);
  const std::int64_t now = unix_ms_();
  const std::scoped_lock lock(mutex_);
  const auto found = sessions_.find(hash);
  if (found == sessions_.end()) return std::nullopt;
  SessionRow& session = found->second;
  if (!session_caller(hash, session, now)) {
    sessions_.erase(found);
    changed_sessions_.waiting.insert(hash);
    return std::nullopt;
  }
  session.used = now;
  if (now - session.stored_use >= kUseEvery) {
    session.stored_use = now;
    changed_sessions_.waiting.insert(hash);
  }
  return session_caller(hash, session, now);
}

bool AccessStore::still(const Caller& caller) const {
  const std::int64_t now = unix_ms_();
  const std::scoped_lock lock(mutex_);
  if (caller.session.empty()) {
    const auto known = holder(caller.holder, now);
    return known && known->role >= caller.role;
  }
  const auto hash = digest_from(caller.session);
  const auto found = hash ? sessions_.find(*hash) : sessions_.end();
  if (found == sessions_.end()) return false;
  // A stream is a use: who looks at it is there.
  SessionRow session = found->second;
  session.used = now;
  const auto known = session_caller(*hash, session, now);
  return known && known->role >= caller.role;
}

// --- Tokens ---

AccessStore::NewToken AccessStore::add_token(std::string name, Access role, std::int64_t expires) {
  NewToken made;
  made.secret = new_secret("lnt_");
  TokenRow row;
  row.id = random_name(5);
  row.name = std::move(name);
  row.role = role;
  row.created = unix_ms_();
  row.expires = expires;
  row.hash = digest_of(made.secret);
  made.token = row;
  const std::scoped_lock lock(mutex_);
  changed_tokens_.waiting.insert(row.id);
  token_ids_.emplace(row.hash, row.id);
  tokens_.emplace(row.id, std::move(row));
  mark_urgent();
  return made;
}

std::string AccessStore::add_passing_token(std::string id, std::string name, Access role) {
  std::string secret = new_secret("lnt_");
  TokenRow row;
  row.id = std::move(id);
  row.name = std::move(name);
  row.role = role;
  row.created = unix_ms_();
  row.hash = digest_of(secret);
  row.passing = true;
  const std::scoped_lock lock(mutex_);
  token_ids_.emplace(row.hash, row.id);
  tokens_.insert_or_assign(row.id, std::move(row));
  return secret;
}

std::vector<ApiToken> AccessStore::tokens() const {
  const std::scoped_lock lock(mutex_);
  std::vector<ApiToken> all;
  all.reserve(tokens_.size());
  for (const auto& [id, token] : tokens_) all.push_back(token);
  return all;
}

/// One that is stored and has no end: others are no way back in.
bool AccessStore::other_admin(std::string_view but, std::int64_t now) const {
  const auto is_other = [&](const std::string& name) { return name != but && holder(name, now); };
  return std::ranges::any_of(tokens_,
                             [&](const auto& entry) {
                               const TokenRow& token = entry.second;
                               return token.role == Access::Administer && !token.passing &&
                                      token.expires == 0 && is_other(token_holder(token.id));
                             }) ||
         std::ranges::any_of(users_, [&](const auto& entry) {
           return entry.second.role == Access::Administer &&
                  is_other(user_holder(entry.second.name));
         });
}

AccessStore::Removal AccessStore::remove_token(const std::string& id) {
  {
    const std::int64_t now = unix_ms_();
    const std::scoped_lock lock(mutex_);
    const auto found = tokens_.find(id);
    if (found == tokens_.end()) return Removal::Unknown;
    const TokenRow& token = found->second;
    const bool lasting = token.role == Access::Administer && !token.passing && token.expires == 0;
    if (lasting && !other_admin(token_holder(id), now)) return Removal::LastAdmin;
    if (!token.passing) changed_tokens_.waiting.insert(id);
    token_ids_.erase(token.hash);
    tokens_.erase(found);
    end_sessions(token_holder(id), {});
    mark_urgent();
  }
  tell_end();
  return Removal::Done;
}

// --- Users ---

AccessStore::Put AccessStore::put_user(const std::string& name,
                                       std::optional<std::string> password_hash,
                                       std::optional<Access> role, std::string_view kept) {
  Put result = Put::Changed;
  {
    const std::int64_t now = unix_ms_();
    const std::scoped_lock lock(mutex_);
    auto found = users_.find(name);
    if (found == users_.end()) {
      if (!password_hash) return Put::NeedsPassword;
      found = users_.emplace(name, ApiUser{name, Access::View, now, 0, {}}).first;
      result = Put::Made;
    }
    ApiUser& user = found->second;
    const bool was_admin = result == Put::Changed && user.role == Access::Administer;
    if (role && was_admin && *role != Access::Administer && !other_admin(user_holder(name), now)) {
      return Put::LastAdmin;
    }
    if (role) user.role = *role;
    if (password_hash) {
      user.password = std::move(*password_hash);
      end_sessions(user_holder(name), kept);
    }
    changed_users_.waiting.insert(name);
    mark_urgent();
  }
  if (result == Put::Changed) tell_end();
  return result;
}

std::vector<ApiUser> AccessStore::users() const {
  const std::scoped_lock lock(mutex_);
  std::vector<ApiUser> all;
  all.reserve(users_.size());
  for (const auto& [name, user] : users_) all.push_back(user);
  return all;
}

std::optional<ApiUser> AccessStore::user(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  const auto found = users_.find(name);
  if (found == users_.end()) return std::nullopt;
  return found->second;
}

AccessStore::Removal AccessStore::remove_user(const std::string& name) {
  {
    const std::int64_t now = unix_ms_();
    const std::scoped_lock lock(mutex_);
    const auto found = users_.find(name);
    if (found == users_.end()) return Removal::Unknown;
    if (found->second.role == Access::Administer && !other_admin(user_holder(name), now)) {
      return Removal::LastAdmin;
    }
    changed_users_.waiting.insert(name);
    users_.erase(found);
    end_sessions(user_holder(name), {});
    mark_urgent();
  }
  tell_end();
  return Removal::Done;
}

// --- Signing in ---

AccessStore::SignIn AccessStore::begin_session(Caller::Way way, const std::string& holder,
                                               std::int64_t now) {
  drop_old_sessions(holder, now);
  SignIn begun;
  begun.secret = new_secret("lns_");
  const Digest hash = digest_of(begun.secret);
  const SessionRow row{way, holder, now, now, now};
  begun.caller = session_caller(hash, row, now).value_or(Caller{});
  sessions_.emplace(hash, row);
  changed_sessions_.waiting.insert(hash);
  return begun;
}

std::optional<AccessStore::SignIn> AccessStore::sign_in(const std::string& user,
                                                        std::string_view password_hash) {
  const std::int64_t now = unix_ms_();
  const std::scoped_lock lock(mutex_);
  const auto found = users_.find(user);
  if (found == users_.end() || found->second.password != password_hash) return std::nullopt;
  found->second.signed_in = now;
  changed_users_.waiting.insert(user);
  return begin_session(Caller::Way::Password, user_holder(user), now);
}

AccessStore::Code AccessStore::make_code(const std::string& holder) {
  Code made{new_secret(""), unix_ms_() + kCodeLife};
  const std::scoped_lock lock(mutex_);
  if (codes_.size() == kMaxCodes) codes_.pop_front();
  codes_.push_back({digest_of(made.code), holder, made.expires});
  return made;
}

std::optional<AccessStore::SignIn> AccessStore::sign_in(std::string_view code) {
  const Digest hash = digest_of(code);
  const std::int64_t now = unix_ms_();
  const std::scoped_lock lock(mutex_);
  const auto found =
      std::ranges::find_if(codes_, [&](const CodeRow& row) { return row.hash == hash; });
  if (found == codes_.end()) return std::nullopt;
  const CodeRow row = std::move(*found);
  codes_.erase(found);
  if (row.expires <= now || !holder(row.holder, now)) return std::nullopt;
  return begin_session(Caller::Way::Code, row.holder, now);
}

void AccessStore::sign_out(const Caller& caller) {
  {
    const auto hash = digest_from(caller.session);
    const std::scoped_lock lock(mutex_);
    if (!hash || sessions_.erase(*hash) == 0) return;
    changed_sessions_.waiting.insert(*hash);
    mark_urgent();
  }
  tell_end();
}

void AccessStore::end_sessions(std::string_view holder, std::string_view kept) {
  std::erase_if(sessions_, [&](const auto& entry) {
    if (entry.second.holder != holder || text_of(entry.first) == kept) return false;
    changed_sessions_.waiting.insert(entry.first);
    return true;
  });
  std::erase_if(codes_, [&](const CodeRow& code) { return code.holder == holder; });
}

/// Those that have ended, and the one of `holder` that was used longest ago, if there are too many.
void AccessStore::drop_old_sessions(std::string_view holder, std::int64_t now) {
  std::size_t count = 0;
  const Digest* oldest = nullptr;
  std::int64_t oldest_use = 0;
  std::erase_if(sessions_, [&](const auto& entry) {
    if (session_caller(entry.first, entry.second, now)) return false;
    changed_sessions_.waiting.insert(entry.first);
    return true;
  });
  for (const auto& [hash, session] : sessions_) {
    if (session.holder != holder) continue;
    ++count;
    if (oldest != nullptr && session.used >= oldest_use) continue;
    oldest = &hash;
    oldest_use = session.used;
  }
  if (count < kMaxSessionsEach) return;
  const Digest gone = *oldest;
  changed_sessions_.waiting.insert(gone);
  sessions_.erase(gone);
}

void AccessStore::tell_end() {
  if (on_end_) on_end_();
}

// --- Into the store ---

bool AccessStore::changed() const {
  const std::scoped_lock lock(mutex_);
  return changed_tokens_.any() || changed_users_.any() || changed_sessions_.any();
}

bool AccessStore::urgent() const {
  const std::scoped_lock lock(mutex_);
  return urgent_;
}

void AccessStore::write() {
  std::vector<std::pair<std::string, std::optional<TokenRow>>> tokens;
  std::vector<std::pair<std::string, std::optional<ApiUser>>> users;
  std::vector<std::pair<Digest, std::optional<SessionRow>>> sessions;
  {
    const auto now_of = [](const auto& table, const auto& key) {
      const auto found = table.find(key);
      return found == table.end() ? std::nullopt : std::optional(found->second);
    };
    const std::scoped_lock lock(mutex_);
    changed_tokens_.begin();
    changed_users_.begin();
    changed_sessions_.begin();
    urgent_next_ = false;
    for (const auto& id : changed_tokens_.writing) tokens.emplace_back(id, now_of(tokens_, id));
    for (const auto& name : changed_users_.writing) users.emplace_back(name, now_of(users_, name));
    for (const auto& hash : changed_sessions_.writing) {
      sessions.emplace_back(hash, now_of(sessions_, hash));
    }
  }
  for (const auto& [id, token] : tokens) write(id, token);
  for (const auto& [name, user] : users) write(name, user);
  for (const auto& [hash, session] : sessions) write(hash, session);
}

void AccessStore::write(const std::string& id, const std::optional<TokenRow>& token) {
  Statement& statement = token ? put_token_ : drop_token_;
  statement.reset();
  statement.bind(std::string_view(id));
  if (token) {
    statement.bind(ByteView(token->hash))
        .bind(std::string_view(token->name))
        .bind(static_cast<std::int64_t>(token->role))
        .bind(token->created)
        .bind(token->expires)
        .bind(token->used);
  }
  statement.run();
}

void AccessStore::write(const std::string& name, const std::optional<ApiUser>& user) {
  Statement& statement = user ? put_user_ : drop_user_;
  statement.reset();
  statement.bind(std::string_view(name));
  if (user) {
    statement.bind(std::string_view(user->password))
        .bind(static_cast<std::int64_t>(user->role))
        .bind(user->created)
        .bind(user->signed_in);
  }
  statement.run();
}

void AccessStore::write(const Digest& hash, const std::optional<SessionRow>& session) {
  Statement& statement = session ? put_session_ : drop_session_;
  statement.reset();
  statement.bind(ByteView(hash));
  if (session) {
    statement.bind(static_cast<std::int64_t>(session->way))
        .bind(std::string_view(session->holder))
        .bind(session->created)
        .bind(session->used);
  }
  statement.run();
}

void AccessStore::written() {
  const std::scoped_lock lock(mutex_);
  changed_tokens_.writing.clear();
  changed_users_.writing.clear();
  changed_sessions_.writing.clear();
  urgent_ = urgent_next_;
}

}  // namespace linnet::service
