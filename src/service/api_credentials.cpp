// SPDX-License-Identifier: Apache-2.0
#include "api_credentials.hpp"

#include <array>
#include <utility>

#include "problem.hpp"

namespace linnet::service {
namespace {

enum : std::size_t {
  kList,
  kImport,
  kShow,
  kPut,
  kAdd,
  kRevokeAll,
  kRevoke,
  kListAnchors,
  kShowAnchor,
  kPutAnchor,
  kRemoveAnchor,
  kIdentity,
  kCount
};
constexpr std::array<Route, kCount> kRoutes = {{
    {"GET", "/api/v1/credentials", Access::View},
    {"POST", "/api/v1/credentials", Access::Administer},
    {"GET", "/api/v1/credentials/{endpoint}", Access::View},
    {"PUT", "/api/v1/credentials/{endpoint}", Access::Administer},
    {"POST", "/api/v1/credentials/{endpoint}", Access::Administer},
    {"DELETE", "/api/v1/credentials/{endpoint}", Access::Administer},
    {"DELETE", "/api/v1/credentials/{endpoint}/{id}", Access::Administer},
    {"GET", "/api/v1/trust-anchors", Access::View},
    {"GET", "/api/v1/trust-anchors/{name}", Access::View},
    {"PUT", "/api/v1/trust-anchors/{name}", Access::Administer},
    {"DELETE", "/api/v1/trust-anchors/{name}", Access::Administer},
    {"GET", "/api/v1/server-identity", Access::View},
}};

constexpr std::size_t kMaxPage = 1000;

CredentialDesk::Query page_of(const HttpRequest& request) {
  allow_parameters(request, {"cursor", "limit", "q"});
  CredentialDesk::Query query;
  if (const auto* text = request.find("cursor")) query.cursor = *text;
  if (const auto* text = request.find("q")) query.text = *text;
  query.limit = number_parameter(request, "limit", 1, kMaxPage, query.limit);
  return query;
}

CredentialDesk::Import import_of(const HttpRequest& request) {
  allow_parameters(request, {"dryRun", "keepGoing", "replace"});
  const auto type = media_type(request);
  CredentialDesk::Import how;
  how.dry_run = flag_parameter(request, "dryRun");
  how.keep_going = flag_parameter(request, "keepGoing");
  how.replace = flag_parameter(request, "replace");
  if (type == "text/csv") {
    how.format = CredentialFormat::Csv;
  } else if (type != "application/x-ndjson" && type != "application/jsonl") {
    throw Problem(415, "unsupported-media-type", "Unsupported media type",
                  "send the lines as application/x-ndjson or text/csv");
  }
  return how;
}

HttpResponse put_response(const CredentialDesk::Put& put) {
  return json_response(put.credential, put.created ? 201 : 200);
}

}  // namespace

std::span<const Route> credential_routes() { return kRoutes; }

void CredentialApi::handle(std::size_t route, ApiRequest& request, const Responder& responder) {
  auto& segments = request.segments;
  // /api/v1/credentials/{endpoint}/{id} and /api/v1/trust-anchors/{name}
  std::string name = segments.size() > 3 ? std::move(segments[3]) : std::string();
  std::string id = segments.size() > 4 ? std::move(segments[4]) : std::string();
  CredentialDesk::Query query;
  CredentialDesk::Import how;
  bool forget = false;
  if (route == kList) {
    query = page_of(request);
  } else if (route == kImport) {
    how = import_of(request);
  } else if (route == kRevokeAll) {
    allow_parameters(request, {"forget"});
    forget = flag_parameter(request, "forget");
  } else {
    allow_parameters(request, {});
  }
  const bool takes_json = route == kPut || route == kAdd || route == kPutAnchor;
  if (takes_json) check_json_body(request);
  shard_.run(responder,
             [this, route, query = std::move(query), how, forget, name = std::move(name),
              id = std::move(id), body = std::move(request.body)](const Responder& reply) {
               using Others = CredentialStore::Others;
               switch (route) {
                 case kList: return reply.send(json_response(desk_.list(query)));
                 case kImport: {
                   unsigned status = 200;
                   const auto report = desk_.import(body, how, status);
                   return reply.send(json_response(report, status));
                 }
                 case kShow: return reply.send(json_response(desk_.show(name)));
                 case kPut: return reply.send(put_response(desk_.put(name, body, Others::Replace)));
                 case kAdd: return reply.send(put_response(desk_.put(name, body, Others::Keep)));
                 case kRevokeAll: desk_.remove(name, forget); return reply.send(no_content());
                 case kRevoke: desk_.remove(name, id); return reply.send(no_content());
                 case kListAnchors: return reply.send(json_response(desk_.trust_anchors()));
                 case kShowAnchor: return reply.send(json_response(desk_.trust_anchor(name)));
                 case kPutAnchor:
                   return reply.send(put_response(desk_.put_trust_anchor(name, body)));
                 case kRemoveAnchor:
                   desk_.remove_trust_anchor(name);
                   return reply.send(no_content());
                 case kIdentity: return reply.send(json_response(desk_.identity()));
                 default: break;
               }
             });
}

}  // namespace linnet::service
