// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the API answers when it cannot do what was asked (RFC 9457): thrown where it is found,
// turned into an `application/problem+json` body in one place.
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <linnet/service/http_server.hpp>

namespace linnet::service {

struct Problem : std::exception {
  /// `kind` is the last part of the problem's type URI: `urn:linnet:problem:<kind>`.
  Problem(unsigned http_status, std::string problem_kind, std::string problem_title,
          std::string problem_detail)
      : status(http_status),
        kind(std::move(problem_kind)),
        title(std::move(problem_title)),
        detail(std::move(problem_detail)) {}

  [[nodiscard]] const char* what() const noexcept override { return detail.c_str(); }

  unsigned status;
  std::string kind;
  std::string title;   ///< the same for every problem of this kind
  std::string detail;  ///< what is wrong here, and what to do
  /// Further members of the body, for programs.
  std::vector<std::pair<std::string, std::string>> members{};
  /// Further fields of the header: Retry-After, WWW-Authenticate.
  std::vector<std::pair<std::string, std::string>> headers{};
};

[[nodiscard]] inline Problem bad_request(std::string detail) {
  return {400, "bad-request", "Bad request", std::move(detail)};
}

[[nodiscard]] inline Problem store_failing(std::string detail) {
  return {503, "store-failing", "Store failing", std::move(detail)};
}

[[nodiscard]] HttpResponse to_response(const Problem& problem);

}  // namespace linnet::service
