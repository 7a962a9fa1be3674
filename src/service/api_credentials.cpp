// SPDX-License-Identifier: Apache-2.0
// The part of the API that is about credentials, trust anchors and the server's own keys.
#include <algorithm>
#include <charconv>
#include <utility>

#include "api.hpp"
#include "api_routes.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

constexpr std::size_t kMaxPage = 1000;

bool flag(const HttpRequest& request, std::string_view name) {
  const auto* text = request.find(name);
  if (text == nullptr || *text == "false") return false;
  if (*text == "true") return true;
  throw bad_request("\"" + std::string(name) + "\" is true or false");
}

CredentialDesk::Query page_of(const HttpRequest& request) {
  allow_parameters(request, {"cursor", "limit", "q"});
  CredentialDesk::Query query;
  if (const auto* text = request.find("cursor")) query.cursor = *text;
  if (const auto* text = request.find("q")) query.text = *text;
  if (const auto* text = request.find("limit")) {
    const auto [end, error] =
        std::from_chars(text->data(), text->data() + text->size(), query.limit);
    const bool number = error == std::errc{} && end == text->data() + text->size();
    if (!number || query.limit == 0 || query.limit > kMaxPage) {
      throw bad_request("\"limit\" is a number from 1 to " + std::to_string(kMaxPage));
    }
  }
  return query;
}

CredentialDesk::Import import_of(const HttpRequest& request) {
  allow_parameters(request, {"dryRun", "keepGoing", "replace"});
  const auto type =
      std::string_view(request.content_type).substr(0, request.content_type.find(';'));
  CredentialDesk::Import how;
  how.dry_run = flag(request, "dryRun");
  how.keep_going = flag(request, "keepGoing");
  how.replace = flag(request, "replace");
  if (type == "text/csv") {
    how.format = CredentialFormat::Csv;
  } else if (type != "application/x-ndjson" && type != "application/jsonl") {
    throw Problem(415, "unsupported-media-type", "Unsupported media type",
                  "send the lines as application/x-ndjson or text/csv");
  }
  return how;
}

HttpResponse no_content() {
  HttpResponse response;
  response.status = 204;
  return response;
}

HttpResponse put_response(const CredentialDesk::Put& put) {
  return json_response(put.credential, put.created ? 201 : 200);
}

}  // namespace

void Api::credentials(std::size_t route, HttpRequest& request, const Responder& responder) {
  auto& segments = request.segments;
  // /api/v1/credentials/{endpoint}/{id} and /api/v1/trust-anchors/{name}
  std::string name = segments.size() > 3 ? std::move(segments[3]) : std::string();
  std::string id = segments.size() > 4 ? std::move(segments[4]) : std::string();
  CredentialDesk::Query query;
  CredentialDesk::Import how;
  bool forget = false;
  if (route == kListCredentials) {
    query = page_of(request);
  } else if (route == kImportCredentials) {
    how = import_of(request);
  } else if (route == kRevokeCredentials) {
    allow_parameters(request, {"forget"});
    forget = flag(request, "forget");
  } else {
    allow_parameters(request, {});
  }
  const bool takes_json =
      route == kPutCredential || route == kAddCredential || route == kPutTrustAnchor;
  if (takes_json) check_json_body(request);
  on_shard(responder, [this, route, query = std::move(query), how, forget, name = std::move(name),
                       id = std::move(id), body = std::move(request.body)](const Responder& reply) {
    using Others = CredentialStore::Others;
    switch (route) {
      case kListCredentials: return reply.send(json_response(credentials_.list(query)));
      case kImportCredentials: {
        unsigned status = 200;
        const auto report = credentials_.import(body, how, status);
        return reply.send(json_response(report, status));
      }
      case kShowCredentials: return reply.send(json_response(credentials_.show(name)));
      case kPutCredential:
        return reply.send(put_response(credentials_.put(name, body, Others::Replace)));
      case kAddCredential:
        return reply.send(put_response(credentials_.put(name, body, Others::Keep)));
      case kRevokeCredentials: credentials_.remove(name, forget); return reply.send(no_content());
      case kRevokeCredential: credentials_.remove(name, id); return reply.send(no_content());
      case kListTrustAnchors: return reply.send(json_response(credentials_.trust_anchors()));
      case kShowTrustAnchor: return reply.send(json_response(credentials_.trust_anchor(name)));
      case kPutTrustAnchor:
        return reply.send(put_response(credentials_.put_trust_anchor(name, body)));
      case kRemoveTrustAnchor:
        credentials_.remove_trust_anchor(name);
        return reply.send(no_content());
      case kServerIdentity: return reply.send(json_response(credentials_.identity()));
      default: break;
    }
  });
}

}  // namespace linnet::service
