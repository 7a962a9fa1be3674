// SPDX-License-Identifier: Apache-2.0
#include "access_guard.hpp"

#include <algorithm>
#include <utility>

#include "json_values.hpp"

namespace linnet::service {
namespace {

constexpr std::string_view kBearer = "bearer ";
constexpr std::size_t kManyHolders = 4096;

constexpr const char* kHowTo =
    "send a token as \"Authorization: Bearer lnt_...\", or sign in with POST /api/v1/session; the "
    "server made an admin token at its first start, and its log says where that lies";

Problem forbidden(const Caller& caller, Access needed) {
  const bool token = caller.way == Caller::Way::Token;
  return {403, "role-insufficient", "Not allowed",
          "this needs the role " + std::string(role_name(needed)) + ", and " +
              (token ? "the token \"" : "\"") + caller.name + "\" has the role " +
              std::string(role_name(caller.role)) +
              (token ? "; use another token" : "; an admin can change that")};
}

}  // namespace

std::string_view session_cookie(const HttpRequest& request) {
  std::string_view rest = request.header("cookie");
  while (!rest.empty()) {
    const auto end = rest.find(';');
    std::string_view item = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    item.remove_prefix(std::min(item.find_first_not_of(' '), item.size()));
    if (item.starts_with(kSessionCookie) && item.substr(kSessionCookie.size()).starts_with('=')) {
      return item.substr(kSessionCookie.size() + 1);
    }
  }
  return {};
}

bool is_own_page(const HttpRequest& request) {
  const auto site = request.header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return false;
  auto origin = request.header("origin");
  if (origin.empty()) return true;
  const auto scheme = origin.find("://");
  if (scheme == std::string_view::npos) return false;
  origin.remove_prefix(scheme + 3);
  return same_name(origin, request.header("host"));
}

Problem too_many(Duration wait, std::string detail) {
  Problem problem(429, "too-many-requests", "Too many requests", std::move(detail));
  const std::int64_t seconds = std::max<std::int64_t>(1, (wait.ms + 999) / 1000);
  problem.headers.emplace_back("Retry-After", std::to_string(seconds));
  return problem;
}

Problem unauthenticated(std::string detail, bool wrong_token) {
  Problem problem(401, "unauthenticated", "Not signed in", std::move(detail));
  problem.headers.emplace_back(
      "WWW-Authenticate",
      wrong_token ? R"(Bearer realm="linnet", error="invalid_token")" : R"(Bearer realm="linnet")");
  return problem;
}

AccessGuard::AccessGuard(AccessStore& store, const AccessSettings& settings, std::uint64_t seed,
                         std::function<Instant()> now)
    : store_(store), enabled_(settings.enabled), now_(std::move(now)), addresses_(seed) {
  set_limits(settings);
}

void AccessGuard::set_limits(const AccessSettings& settings) {
  per_second_ = settings.requests_per_second;
  burst_ = settings.burst;
  anonymous_per_second_ = settings.anonymous_per_second;
  anonymous_burst_ = settings.anonymous_burst;
}

Caller AccessGuard::find(const HttpRequest& request) const {
  const auto authorization = request.header("authorization");
  if (!authorization.empty()) {
    const bool bearer = same_name(authorization.substr(0, kBearer.size()), kBearer);
    auto caller = bearer ? store_.by_token(authorization.substr(kBearer.size())) : std::nullopt;
    return caller.value_or(Caller{});
  }
  const auto cookie = session_cookie(request);
  if (cookie.empty()) return {};
  auto caller = store_.by_session(cookie);
  if (!caller) return {};
  // The browser adds the cookie whoever asks for it.
  if (!is_own_page(request)) {
    throw Problem(403, "cross-site", "Not allowed",
                  "a page of another site asked for this; sign in with the console of this server, "
                  "or use a token");
  }
  if (request.method != "GET" && request.header("x-linnet-console").empty()) {
    throw Problem(403, "cross-site", "Not allowed",
                  "with a cookie a change needs the header \"X-Linnet-Console: 1\" too; programs "
                  "use a token");
  }
  return *std::move(caller);
}

void AccessGuard::limit(const Caller& caller, const SocketAddress& from) {
  const Instant now = now_();
  if (caller.holder.empty()) {
    const Duration wait = addresses_.take(now, from, anonymous_per_second_, anonymous_burst_);
    if (wait == Duration{}) return;
    throw too_many(wait,
                   "this address sends more requests without a token than [limits] "
                   "anonymous_per_second allows; send a token, or come back later");
  }
  if (holders_.size() > kManyHolders) {
    std::erase_if(holders_, [&](const auto& entry) { return entry.second.full(now); });
  }
  const Duration wait = holders_[caller.holder].take(now, per_second_, burst_);
  if (wait == Duration{}) return;
  throw too_many(wait, "\"" + caller.name +
                           "\" sends more than [limits] requests_per_second allows; send fewer, "
                           "or several in one as POST /api/v1/operations does");
}

Caller AccessGuard::identify(const HttpRequest& request) {
  if (!enabled_) {
    if (!is_own_page(request)) {
      throw Problem(403, "cross-site", "Not allowed", "a page of another site asked for this");
    }
    Caller anybody;
    anybody.name = "anybody";
    anybody.role = Access::Administer;
    return anybody;
  }
  Caller caller = find(request);
  limit(caller, request.peer);
  return caller;
}

void AccessGuard::require(const Caller& caller, Access needed, const HttpRequest& request) {
  if (caller.role >= needed) return;
  if (caller.role != Access::Open) throw forbidden(caller, needed);
  if (!request.header("authorization").empty()) {
    throw unauthenticated(
        "this token is not known here: it was removed, has expired, or is of another server", true);
  }
  throw unauthenticated(session_cookie(request).empty()
                            ? kHowTo
                            : "the sign-in has ended; sign in again, or use a token");
}

bool AccessGuard::still_admitted(const Caller& caller) { return !enabled_ || store_.still(caller); }

}  // namespace linnet::service
