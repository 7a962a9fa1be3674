// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the files of the API share: the numbers of its routes, in the order of `routes()`, and the
// checks every request goes through.
#include <boost/json/value.hpp>
#include <cstddef>
#include <initializer_list>
#include <string_view>

#include <linnet/service/http_server.hpp>

namespace linnet::service {

enum RouteIndex : std::size_t {
  kListDevices,
  kShowDevice,
  kRemoveDevice,
  kOperate,
  kEvents,
  kListModels,
  kShowModel,
  kHealth,
  kReady,
  kVersion,
  kOpenapi,
  kListConfigurations,
  kShowConfiguration,
  kPutConfiguration,
  kRemoveConfiguration,
  kPreview,
  kListSessions,
  kListCredentials,
  kImportCredentials,
  kShowCredentials,
  kPutCredential,
  kAddCredential,
  kRevokeCredentials,
  kRevokeCredential,
  kListTrustAnchors,
  kShowTrustAnchor,
  kPutTrustAnchor,
  kRemoveTrustAnchor,
  kServerIdentity,
  kRouteCount
};

[[nodiscard]] HttpResponse json_response(const boost::json::value& body, unsigned status = 200);
/// Unknown parameters are refused: a filter with a typing error would otherwise show everything.
void allow_parameters(const HttpRequest& request, std::initializer_list<std::string_view> names);
/// Throws Problem unless the body is `application/json`.
void check_json_body(const HttpRequest& request);

}  // namespace linnet::service
