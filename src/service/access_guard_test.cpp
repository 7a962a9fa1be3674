// SPDX-License-Identifier: Apache-2.0
// Pins whom the API lets in: tokens, cookies, pages of other sites, roles, and how much.
#include "service/access_guard.hpp"

#include <gtest/gtest.h>

#include <folder.hpp>

namespace linnet::service {
namespace {

struct Guard : testing::Test {
  static AccessSettings tight() {
    AccessSettings settings;
    settings.requests_per_second = 10;
    settings.burst = 3;
    settings.anonymous_per_second = 1;
    settings.anonymous_burst = 2;
    return settings;
  }
  HttpRequest request(std::vector<std::pair<std::string, std::string>> headers,
                      std::string method = "GET") {
    HttpRequest out;
    out.method = std::move(method);
    out.path = "/api/v1/devices";
    out.headers = std::move(headers);
    out.headers.emplace_back("Host", "localhost:8080");
    out.peer = SocketAddress::v4(192, 0, 2, next_peer++, 40000);
    return out;
  }
  HttpRequest with_token(const std::string& token) {
    return request({{"Authorization", "Bearer " + token}});
  }
  /// The status it is refused with, 0 if it is not.
  unsigned refused(const HttpRequest& request, Access needed) {
    try {
      guard.require(guard.identify(request), needed, request);
      return 0;
    } catch (const Problem& problem) {
      last = problem;
      return problem.status;
    }
  }
  std::string header(std::string_view name) const {
    for (const auto& [key, value] : last.headers) {
      if (key == name) return value;
    }
    return {};
  }

  test::Folder folder;
  AccessSettings settings = tight();
  Instant now{1};
  std::uint8_t next_peer = 1;
  Problem last{0, "", "", ""};
  Store store{folder / "store"};
  AccessStore access{store.database(), settings, [] { return std::int64_t{1'800'000'000'000}; }};
  AccessGuard guard{access, settings, 7, [this] { return now; }};
};

TEST_F(Guard, EachRoleMayDoWhatIsItsOwnAndNoMore) {
  constexpr Access kRoles[] = {Access::View, Access::Operate, Access::Administer};
  for (const Access role : kRoles) {
    const auto token = access.add_token("t", role);
    for (const Access needed : kRoles) {
      now = now + seconds(10);
      EXPECT_EQ(refused(with_token(token.secret), needed), role >= needed ? 0u : 403u);
      if (role < needed) {
        EXPECT_NE(last.detail.find(role_name(needed)), std::string::npos) << last.detail;
      }
    }
  }
  for (const Access needed : kRoles) {
    EXPECT_EQ(refused(request({}), needed), 401u);
    EXPECT_EQ(header("WWW-Authenticate"), "Bearer realm=\"linnet\"");
    EXPECT_EQ(refused(with_token("lnt_nobody"), needed), 401u);
    EXPECT_NE(header("WWW-Authenticate").find("invalid_token"), std::string::npos);
  }
  EXPECT_EQ(refused(request({}), Access::Open), 0u);
}

TEST_F(Guard, AuthorizationIsBearerInAnyLetterCaseAndNothingElse) {
  const auto token = access.add_token("t", Access::View).secret;
  EXPECT_EQ(refused(request({{"authorization", "bearer " + token}}), Access::View), 0u);
  for (const auto& wrong : {token, "Basic " + token, "Bearer  " + token, "Bearer" + token,
                            "Bearer " + token + " ", "Bearer " + token + "," + token}) {
    EXPECT_EQ(refused(request({{"Authorization", wrong}}), Access::View), 401u) << wrong;
  }
}

TEST_F(Guard, AWrongTokenIsNotMendedByACookie) {
  const auto token = access.add_token("t", Access::Administer);
  const auto session = access.sign_in(access.make_code("token:" + token.token.id).code);
  ASSERT_TRUE(session);
  EXPECT_EQ(refused(request({{"Authorization", "Bearer lnt_x"},
                             {"Cookie", "linnet_session=" + session->secret}}),
                    Access::View),
            401u);
}

TEST_F(Guard, ACookieIsForTheConsoleOfThisServerOnly) {
  const auto token = access.add_token("t", Access::Administer);
  const auto session = access.sign_in(access.make_code("token:" + token.token.id).code);
  ASSERT_TRUE(session);
  const std::pair<std::string, std::string> cookie{
      "Cookie", "theme=dark; linnet_session=" + session->secret + "; x=1"};
  using Header = std::pair<std::string, std::string>;
  const Header console{"X-Linnet-Console", "1"};
  const auto check = [&](std::vector<Header> headers, const char* method) {
    now = now + seconds(10);
    headers.push_back(cookie);
    return refused(request(std::move(headers), method), Access::View);
  };
  EXPECT_EQ(check({}, "GET"), 0u);
  EXPECT_EQ(check({}, "DELETE"), 403u) << "without the console's header";
  EXPECT_EQ(check({console}, "DELETE"), 0u);
  EXPECT_EQ(check({console, {"Origin", "http://localhost:8080"}}, "POST"), 0u);
  EXPECT_EQ(check({console, {"Sec-Fetch-Site", "same-origin"}}, "POST"), 0u);
  EXPECT_EQ(check({{"Sec-Fetch-Site", "none"}}, "GET"), 0u);
  for (const char* origin : {"http://localhost:3000", "http://evil.example", "null",
                             "http://localhost:8080.evil.example", "http://localhost"}) {
    EXPECT_EQ(check({console, {"Origin", origin}}, "POST"), 403u) << origin;
    EXPECT_EQ(check({{"Origin", origin}}, "GET"), 403u) << origin;
  }
  for (const char* site : {"cross-site", "same-site"}) {
    EXPECT_EQ(check({console, {"Sec-Fetch-Site", site}}, "POST"), 403u) << site;
    EXPECT_EQ(check({{"Sec-Fetch-Site", site}}, "GET"), 403u) << site;
  }
  EXPECT_EQ(refused(request({{"Cookie", "linnet_session=lns_x"}}), Access::View), 401u);
  EXPECT_EQ(refused(request({{"Cookie", "xlinnet_session=" + session->secret}}), Access::View),
            401u);
}

TEST_F(Guard, ARoleIsLookedUpWithEachRequest) {
  (void)access.put_user("root", "hash", Access::Administer);
  (void)access.put_user("alice", "hash", Access::Operate);
  const auto session = access.sign_in("alice", "hash");
  ASSERT_TRUE(session);
  const auto ask = [&] {
    now = now + seconds(10);
    return refused(request({{"Cookie", "linnet_session=" + session->secret}}), Access::Operate);
  };
  EXPECT_EQ(ask(), 0u);
  (void)access.put_user("alice", {}, Access::View);
  EXPECT_EQ(ask(), 403u);
  (void)access.remove_user("alice");
  EXPECT_EQ(ask(), 401u);
}

TEST_F(Guard, WhoAsksTooMuchHasToWaitAndNobodyElse) {
  const auto busy = access.add_token("busy", Access::View).secret;
  const auto calm = access.add_token("calm", Access::View).secret;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(refused(with_token(busy), Access::View), 0u) << i;
  EXPECT_EQ(refused(with_token(busy), Access::View), 429u);
  EXPECT_EQ(header("Retry-After"), "1");
  EXPECT_EQ(refused(with_token(calm), Access::View), 0u);
  now = now + milliseconds(99);
  EXPECT_EQ(refused(with_token(busy), Access::View), 429u);
  now = now + milliseconds(1);
  EXPECT_EQ(refused(with_token(busy), Access::View), 0u);
  EXPECT_EQ(refused(with_token(busy), Access::View), 429u);

  auto anonymous = request({});
  EXPECT_EQ(refused(anonymous, Access::View), 401u);
  EXPECT_EQ(refused(anonymous, Access::View), 401u);
  EXPECT_EQ(refused(anonymous, Access::View), 429u);
  EXPECT_EQ(refused(anonymous, Access::Open), 429u);
  anonymous.peer.port = 5;
  EXPECT_EQ(refused(anonymous, Access::View), 429u) << "another port is the same address";
  EXPECT_EQ(refused(request({}), Access::View), 401u);
  anonymous.headers = with_token(calm).headers;
  EXPECT_EQ(refused(anonymous, Access::View), 0u) << "a token has a budget of its own";
}

TEST(AccessSettings, NobodyIsAskedOnLoopbackOnly) {
  AccessSettings open;
  open.enabled = false;
  EXPECT_TRUE(problem_of(open, SocketAddress::v4(127, 0, 0, 1, 8080)).empty());
  EXPECT_FALSE(problem_of(open, SocketAddress::v4(192, 0, 2, 1, 8080)).empty());
  EXPECT_FALSE(problem_of(open, SocketAddress{{}, 8080}).empty());
  EXPECT_TRUE(problem_of({}, SocketAddress{{}, 8080}).empty());
}

TEST(SignInLimit, WrongPasswordsWaitLongerAndLonger) {
  SignInLimit limit;
  Instant now{5000};
  const auto from = SocketAddress::v4(192, 0, 2, 1, 1);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(limit.begin(now, "alice", from), Duration{}) << i;
  for (const int wait : {1, 2, 4, 8, 16, 32, 60, 60}) {
    EXPECT_EQ(limit.begin(now, "alice", SocketAddress::v4(198, 51, 100, 1, 1)), seconds(wait));
    now = now + seconds(wait);
    EXPECT_EQ(limit.begin(now, "alice", SocketAddress::v4(198, 51, 100, 1, 1)), Duration{});
  }
  EXPECT_EQ(limit.begin(now, "bob", from), Duration{});
  limit.succeeded("alice", from);
  EXPECT_EQ(limit.begin(now, "alice", from), Duration{});
}

TEST(SignInLimit, AnAddressThatTriesManyUsersWaitsToo) {
  SignInLimit limit;
  Instant now{5000};
  const auto from = SocketAddress::v4(192, 0, 2, 1, 1);
  int taken = 0;
  while (limit.begin(now, "user" + std::to_string(taken), from) == Duration{}) ++taken;
  EXPECT_EQ(taken, SignInLimit::kFreeForAddress);
  EXPECT_EQ(limit.begin(now, "other", SocketAddress::v4(192, 0, 2, 2, 1)), Duration{});
  now = now + SignInLimit::kMemory;
  EXPECT_EQ(limit.begin(now, "user0", from), Duration{});
}

}  // namespace
}  // namespace linnet::service
