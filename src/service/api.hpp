// SPDX-License-Identifier: Apache-2.0
#pragma once
// The HTTP API: finds which area answers a request, and lets the guard see it first. openapi.yaml
// beside this file describes the whole, and a test holds the two together. Runs on the HTTP
// server's thread.
#include <initializer_list>
#include <string_view>
#include <vector>

#include <linnet/service/http_server.hpp>

#include "api_area.hpp"
#include "audit_log.hpp"
#include "rate_limit.hpp"

namespace linnet::service {

/// The text of openapi.yaml, compiled in.
[[nodiscard]] std::string_view openapi_yaml();

/// The routes of all areas.
[[nodiscard]] std::vector<Route> all_routes();

class Api {
 public:
  /// All outlive the API. `audit` gets every request that may change something.
  Api(ApiGuard& guard, AuditLog& audit, const ShardCalls& shard,
      std::initializer_list<ApiArea*> areas);

  void handle(HttpRequest request, Responder responder);

 private:
  struct Entry {
    Route route;
    ApiArea* area;
    std::size_t index;
  };
  void find_and_handle(HttpRequest& request, Responder& responder);
  void take_down(ApiRequest& request, Responder& responder, Access needed);
  void store_audit() const;

  ApiGuard& guard_;
  AuditLog& audit_;
  const ShardCalls& shard_;
  Bucket attempts_;  // of nobody known that are taken down: they must not push out the others
  std::vector<Entry> entries_;
};

}  // namespace linnet::service
