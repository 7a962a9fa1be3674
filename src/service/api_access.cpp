// SPDX-License-Identifier: Apache-2.0
#include "api_access.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <charconv>
#include <utility>

#include "access_guard.hpp"
#include "json_operation.hpp"
#include "password.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

enum : std::size_t {
  kSignIn,
  kSession,
  kSignOut,
  kCode,
  kPassword,
  kTokens,
  kAddToken,
  kRemoveToken,
  kUsers,
  kPutUser,
  kRemoveUser,
  kAudit,
  kCount
};
constexpr std::array<Route, kCount> kRoutes = {{
    {"POST", "/api/v1/session", Access::Open},
    {"GET", "/api/v1/session", Access::View},
    {"DELETE", "/api/v1/session", Access::View},
    {"POST", "/api/v1/session/code", Access::View},
    {"POST", "/api/v1/session/password", Access::View},
    {"GET", "/api/v1/tokens", Access::Administer},
    {"POST", "/api/v1/tokens", Access::Administer},
    {"DELETE", "/api/v1/tokens/{id}", Access::Administer},
    {"GET", "/api/v1/users", Access::Administer},
    {"PUT", "/api/v1/users/{name}", Access::Administer},
    {"DELETE", "/api/v1/users/{name}", Access::Administer},
    {"GET", "/api/v1/audit", Access::Administer},
}};

/// Where `{id}` and `{name}` stand in the pieces of a path.
constexpr std::size_t kName = 3;
constexpr std::size_t kMaxPage = 1000;
constexpr std::size_t kLongestName = 64;
constexpr double kLastYear = 4102444800;  // 2100-01-01

double seconds_of(std::int64_t ms) { return static_cast<double>(ms) / 1000; }

/// The members of a JSON body, of which there are no others than `names`. Throws Problem.
json::object members(const ApiRequest& request, std::initializer_list<std::string_view> names) {
  check_json_body(request);
  auto object = parse_object(request.body);
  for (const auto& [name, value] : object) {
    if (std::find(names.begin(), names.end(), std::string_view(name)) == names.end()) {
      std::string list;
      for (const auto known : names) list += (list.empty() ? "" : ", ") + std::string(known);
      throw bad_request("there is no member \"" + std::string(name) + "\" here; there are " + list);
    }
  }
  return object;
}

std::optional<std::string> text_member(const json::object& body, std::string_view name) {
  const auto* value = body.if_contains({name.data(), name.size()});
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) throw bad_request("\"" + std::string(name) + "\" is a text");
  return std::string(value->get_string());
}

std::string needed_text(const json::object& body, std::string_view name) {
  auto text = text_member(body, name);
  if (!text) throw bad_request("\"" + std::string(name) + "\" is missing");
  return *std::move(text);
}

std::optional<Access> role_member(const json::object& body) {
  const auto text = text_member(body, "role");
  if (!text) return std::nullopt;
  const auto role = find_role(*text);
  if (!role) throw bad_request("\"role\" is viewer, operator or admin");
  return role;
}

void check_password(const std::string& password) {
  if (password.size() >= kShortestPassword && password.size() <= kLongestPassword) return;
  throw Problem(422, "bad-password", "Password not taken",
                "a password has at least " + std::to_string(kShortestPassword) + " and at most " +
                    std::to_string(kLongestPassword) + " bytes; several words make a good one");
}

void check_user_name(const std::string& name) {
  const bool good =
      !name.empty() && name.size() <= kLongestName && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-' || c == '@';
      });
  if (good) return;
  throw bad_request("the name of a user has up to " + std::to_string(kLongestName) +
                    " letters, digits, dots, hyphens, underscores and @");
}

void check_token_name(const std::string& name) {
  const bool good =
      !name.empty() && name.size() <= kLongestName && std::ranges::none_of(name, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
      });
  if (!good) {
    throw bad_request("\"name\" has 1 to " + std::to_string(kLongestName) +
                      " bytes: what the token is for");
  }
}

Problem last_admin() {
  return {409, "last-admin", "Last admin",
          "nobody else could administer this server; make another admin first"};
}

Problem wrong_password() {
  return unauthenticated(
      "the user or the password is wrong; `linnet user set` on the server's machine sets another");
}

json::object to_json(const ApiToken& token) {
  json::object out{{"id", token.id},
                   {"name", token.name},
                   {"role", role_name(token.role)},
                   {"created", seconds_of(token.created)}};
  if (token.expires != 0) out["expires"] = seconds_of(token.expires);
  if (token.used != 0) out["lastUsed"] = seconds_of(token.used);
  if (token.passing) out["untilRestart"] = true;
  return out;
}

json::object to_json(const ApiUser& user) {
  json::object out{
      {"name", user.name}, {"role", role_name(user.role)}, {"created", seconds_of(user.created)}};
  if (user.signed_in != 0) out["lastSignIn"] = seconds_of(user.signed_in);
  return out;
}

json::object to_json(const Caller& caller) {
  const auto kind = [&] {
    switch (caller.way) {
      case Caller::Way::Token: return "token";
      case Caller::Way::Password: return "user";
      case Caller::Way::Code: return "code";
      case Caller::Way::None: break;
    }
    return "open";
  };
  json::object out{{"name", caller.name}, {"role", role_name(caller.role)}, {"kind", kind()}};
  if (caller.expires != 0) out["expires"] = seconds_of(caller.expires);
  return out;
}

/// One that was set through TLS does not travel without.
std::string cookie(std::string_view value, std::int64_t seconds, bool secure) {
  return std::string(kSessionCookie) + "=" + std::string(value) +
         "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(seconds) +
         (secure ? "; Secure" : "");
}

HttpResponse signed_in(const AccessStore::SignIn& sign_in, bool secure) {
  auto response = json_response(to_json(sign_in.caller));
  // The server knows when it ends; the browser forgets it no sooner than that can be.
  constexpr std::int64_t kLongest = std::int64_t{400} * 86400;
  response.headers.emplace_back("Set-Cookie", cookie(sign_in.secret, kLongest, secure));
  return response;
}

}  // namespace

std::span<const Route> access_routes() { return kRoutes; }

void AccessApi::handle(std::size_t route, ApiRequest& request, const Responder& responder) {
  if (route == kAudit) return list_audit(request, responder);
  allow_parameters(request, {});
  switch (route) {
    case kSignIn: return sign_in(request, responder);
    case kSession: return show_session(request, responder);
    case kSignOut: return sign_out(request, responder);
    case kCode: return make_code(request, responder);
    case kPassword: return change_password(request, responder);
    case kTokens: {
      json::array tokens;
      for (const auto& token : ports_.access.tokens()) tokens.push_back(to_json(token));
      return responder.send(json_response({{"tokens", std::move(tokens)}}));
    }
    case kAddToken: return add_token(request, responder);
    case kRemoveToken: return remove_token(request, responder);
    case kUsers: {
      json::array users;
      for (const auto& user : ports_.access.users()) users.push_back(to_json(user));
      return responder.send(json_response({{"users", std::move(users)}}));
    }
    case kPutUser: return put_user(request, responder);
    case kRemoveUser: return remove_user(request, responder);
    default: break;
  }
}

// --- Signing in and out ---

void AccessApi::begin_attempt(const std::string& user, const SocketAddress& from) {
  const std::scoped_lock lock(mutex_);
  const Duration wait = limit_.begin(ports_.now(), user, from);
  if (wait > Duration{}) {
    throw too_many(wait, "there were too many wrong passwords; wait " +
                             std::to_string((wait.ms + 999) / 1000) + " s and try again");
  }
}

void AccessApi::work(std::function<void()> job) {
  if (worker_.add(std::move(job))) return;
  throw too_many(seconds(1), "many passwords are being checked; try again in a moment");
}

void AccessApi::sign_in(ApiRequest& request, const Responder& responder) {
  if (!is_own_page(request)) {
    throw Problem(403, "cross-site", "Not allowed", "a page of another site asked for this");
  }
  const auto body = members(request, {"user", "password", "code"});
  wipe(request.body);
  if (auto code = text_member(body, "code")) {
    return sign_in_by_code(*std::move(code), request, responder);
  }
  auto user = needed_text(body, "user");
  auto password = needed_text(body, "password");
  if (user.size() > kLongestName || password.size() > kLongestPassword) throw wrong_password();
  sign_in_by_password(std::move(user), std::move(password), request, responder);
}

void AccessApi::sign_in_by_code(std::string code, const ApiRequest& request,
                                const Responder& responder) {
  ports_.shard.run(responder, [this, code = std::move(code), attempt = request.attempt,
                               secure = request.secure](const Responder& reply) {
    const auto done = ports_.access.sign_in(code);
    if (!done) {
      throw unauthenticated(
          "this sign-in link was used already, is older than 15 minutes, or is of another server; "
          "`linnet console` makes a new one");
    }
    if (attempt) {
      attempt->who = done->caller.name;
      attempt->role = done->caller.role;
    }
    ports_.shard.send_when_stored(reply, signed_in(*done, secure));
  });
}

void AccessApi::sign_in_by_password(std::string user, std::string password,
                                    const ApiRequest& request, const Responder& responder) {
  begin_attempt(user, request.peer);
  work([this, user = std::move(user), password = std::move(password), from = request.peer,
        attempt = request.attempt, secure = request.secure, responder]() mutable {
    const auto known = ports_.access.user(user);
    // As long a check for a user nobody knows.
    const std::string hash = known ? known->password : nobodys_hash();
    const bool good = is_password(password, hash) && known;
    wipe(password);
    ports_.shard.run(responder,
                     [this, user, hash, good, from, attempt, secure](const Responder& reply) {
                       const auto done = good ? ports_.access.sign_in(user, hash) : std::nullopt;
                       if (!done) throw wrong_password();
                       {
                         const std::scoped_lock lock(mutex_);
                         limit_.succeeded(user, from);
                       }
                       if (attempt) {
                         attempt->who = done->caller.name;
                         attempt->role = done->caller.role;
                       }
                       ports_.shard.send_when_stored(reply, signed_in(*done, secure));
                     });
  });
}

void AccessApi::show_session(const ApiRequest& request, const Responder& responder) const {
  responder.send(json_response(to_json(request.caller)));
}

void AccessApi::sign_out(const ApiRequest& request, const Responder& responder) {
  if (request.caller.session.empty()) {
    throw Problem(409, "no-session", "Not signed in",
                  "a token needs no signing out; DELETE /api/v1/tokens/{id} removes it");
  }
  ports_.shard.run(
      responder, [this, caller = request.caller, secure = request.secure](const Responder& reply) {
        ports_.access.sign_out(caller);
        auto response = no_content();
        response.headers.emplace_back("Set-Cookie", cookie("", 0, secure));
        ports_.shard.send_when_stored(reply, std::move(response));
      });
}

void AccessApi::make_code(const ApiRequest& request, const Responder& responder) {
  if (request.caller.holder.empty()) {
    throw Problem(409, "auth-disabled", "Nobody has to sign in",
                  "auth.enabled is false, so the console is open without signing in");
  }
  const auto made = ports_.access.make_code(request.caller.holder);
  responder.send(json_response({{"code", made.code}, {"expires", seconds_of(made.expires)}}));
}

void AccessApi::change_password(ApiRequest& request, const Responder& responder) {
  const std::string& holder = request.caller.holder;
  if (!holder.starts_with("user:")) {
    throw Problem(409, "no-password", "No password",
                  "a token has no password; make another token and remove this one");
  }
  const auto body = members(request, {"old", "new"});
  wipe(request.body);
  auto old = needed_text(body, "old");
  auto fresh = needed_text(body, "new");
  check_password(fresh);
  const std::string user = holder.substr(holder.find(':') + 1);
  begin_attempt(user, request.peer);
  work([this, user, old = std::move(old), fresh = std::move(fresh), from = request.peer,
        session = request.caller.session, responder]() mutable {
    const auto known = ports_.access.user(user);
    const bool good = known && is_password(old, known->password);
    auto hash = good ? hash_password(fresh) : std::string();
    wipe(old);
    wipe(fresh);
    ports_.shard.run(responder, [this, user, from, session, good,
                                 hash = std::move(hash)](const Responder& reply) {
      if (!good) {
        throw Problem(422, "bad-password", "Password not taken", "\"old\" is not the password");
      }
      {
        const std::scoped_lock lock(mutex_);
        limit_.succeeded(user, from);
      }
      (void)ports_.access.put_user(user, hash, std::nullopt, session);
      ports_.shard.send_when_stored(reply, no_content());
    });
  });
}

// --- Tokens and users ---

void AccessApi::add_token(ApiRequest& request, const Responder& responder) {
  const auto body = members(request, {"name", "role", "expires"});
  const auto name = needed_text(body, "name");
  check_token_name(name);
  const auto role = role_member(body);
  if (!role) throw bad_request("\"role\" is missing: viewer, operator or admin");
  std::int64_t expires = 0;
  if (const auto* value = body.if_contains("expires"); value != nullptr && !value->is_null()) {
    const double at = value->is_number() ? value->to_number<double>() : 0;
    if (!(at > seconds_of(ports_.unix_ms()) && at < kLastYear)) {
      throw bad_request("\"expires\" is a time to come, in seconds since 1970");
    }
    expires = static_cast<std::int64_t>(at * 1000);
  }
  ports_.shard.run(responder, [this, name, role = *role, expires](const Responder& reply) {
    const auto made = ports_.access.add_token(name, role, expires);
    auto shown = to_json(made.token);
    shown["token"] = made.secret;
    ports_.shard.send_when_stored(reply, json_response(shown, 201));
  });
}

void AccessApi::remove_token(const ApiRequest& request, const Responder& responder) {
  ports_.shard.run(responder, [this, id = request.segments[kName]](const Responder& reply) {
    switch (ports_.access.remove_token(id)) {
      case AccessStore::Removal::Done: break;
      case AccessStore::Removal::LastAdmin: throw last_admin();
      case AccessStore::Removal::Unknown:
        throw Problem(404, "no-such-token", "No such token",
                      "there is no token with the id \"" + audit_text(id) +
                          "\"; GET /api/v1/tokens shows them");
    }
    ports_.shard.send_when_stored(reply, no_content());
  });
}

void AccessApi::put_user(ApiRequest& request, const Responder& responder) {
  const std::string name = request.segments[kName];
  check_user_name(name);
  const auto body = members(request, {"password", "role"});
  wipe(request.body);
  const auto role = role_member(body);
  auto password = text_member(body, "password");
  if (!password && !role) throw bad_request("say \"password\", \"role\", or both");
  if (!password) {
    return ports_.shard.run(responder, [this, name, role](const Responder& reply) {
      store_user(name, std::nullopt, role, reply);
    });
  }
  check_password(*password);
  work([this, name, role, password = *std::move(password), responder]() mutable {
    auto hash = hash_password(password);
    wipe(password);
    ports_.shard.run(responder, [this, name, role, hash = std::move(hash)](const Responder& reply) {
      store_user(name, hash, role, reply);
    });
  });
}

void AccessApi::store_user(const std::string& name, std::optional<std::string> hash,
                           std::optional<Access> role, const Responder& reply) {
  const auto put = ports_.access.put_user(name, std::move(hash), role);
  if (put == AccessStore::Put::LastAdmin) throw last_admin();
  if (put == AccessStore::Put::NeedsPassword) {
    throw Problem(404, "no-such-user", "No such user",
                  "there is no user \"" + name + "\"; with \"password\" it is made");
  }
  const auto user = ports_.access.user(name);
  if (!user) return;
  ports_.shard.send_when_stored(
      reply, json_response(to_json(*user), put == AccessStore::Put::Made ? 201 : 200));
}

void AccessApi::remove_user(const ApiRequest& request, const Responder& responder) {
  ports_.shard.run(responder, [this, name = request.segments[kName]](const Responder& reply) {
    switch (ports_.access.remove_user(name)) {
      case AccessStore::Removal::Done: break;
      case AccessStore::Removal::LastAdmin: throw last_admin();
      case AccessStore::Removal::Unknown:
        throw Problem(
            404, "no-such-user", "No such user",
            "there is no user \"" + audit_text(name) + "\"; GET /api/v1/users shows them");
    }
    ports_.shard.send_when_stored(reply, no_content());
  });
}

void AccessApi::list_audit(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {"who", "q", "cursor", "limit"});
  AuditLog::Query query;
  if (const auto* text = request.find("who")) query.who = *text;
  if (const auto* text = request.find("q")) query.text = *text;
  if (const auto* text = request.find("cursor")) {
    const auto [end, error] =
        std::from_chars(text->data(), text->data() + text->size(), query.before);
    if (error != std::errc{} || end != text->data() + text->size() || query.before < 1) {
      throw bad_request("\"cursor\" is the \"next\" of the page before");
    }
  }
  query.limit = number_parameter(request, "limit", 1, kMaxPage, query.limit);
  ports_.shard.run(responder, [this, query](const Responder& reply) {
    // Then what was done before this request is there.
    ports_.shard.after_commit([this, query, reply](bool) {
      try {
        reply.send(json_response(ports_.audit.list(query)));
      } catch (const SqliteError&) {
        reply.send(
            to_response(store_failing("the audit cannot be read; the server's log says why")));
      }
    });
  });
}

}  // namespace linnet::service
