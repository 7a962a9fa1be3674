// SPDX-License-Identifier: Apache-2.0
#pragma once
// Stands before the API: who sends a request, may they do that, and is it too much? A token comes
// in `Authorization: Bearer`, a sign-in of the console in the cookie `linnet_session`, which a
// browser also sends when another page asks it to; such requests are told apart by Origin,
// Sec-Fetch-Site and the header X-Linnet-Console. On the API's thread; asks no database.
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "access_store.hpp"
#include "api_area.hpp"
#include "problem.hpp"
#include "rate_limit.hpp"

namespace linnet::service {

inline constexpr std::string_view kSessionCookie = "linnet_session";

/// The value of that cookie; empty without one.
[[nodiscard]] std::string_view session_cookie(const HttpRequest& request);
/// Whether a page of this server sent it, or no page at all, as far as a browser tells.
[[nodiscard]] bool is_own_page(const HttpRequest& request);
/// 429, and when to come back.
[[nodiscard]] Problem too_many(Duration wait, std::string detail);
/// 401, and how to do it right.
[[nodiscard]] Problem unauthenticated(std::string detail, bool wrong_token = false);

class AccessGuard final : public ApiGuard {
 public:
  /// `store` outlives it; `now` is monotonic.
  AccessGuard(AccessStore& store, const AccessSettings& settings, std::uint64_t seed,
              std::function<Instant()> now);

  /// Takes up how much may be asked. Any thread.
  void set_limits(const AccessSettings& settings);

  [[nodiscard]] Caller identify(const HttpRequest& request) override;
  void require(const Caller& caller, Access needed, const HttpRequest& request) override;
  [[nodiscard]] bool still_admitted(const Caller& caller) override;

 private:
  [[nodiscard]] Caller find(const HttpRequest& request) const;
  void limit(const Caller& caller, const SocketAddress& from);

  AccessStore& store_;
  const bool enabled_;
  std::atomic<std::uint32_t> per_second_, burst_;
  std::atomic<std::uint32_t> anonymous_per_second_, anonymous_burst_;
  std::function<Instant()> now_;
  AddressBuckets addresses_;
  std::unordered_map<std::string, Bucket> holders_;
};

}  // namespace linnet::service
