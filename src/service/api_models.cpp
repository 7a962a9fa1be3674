// SPDX-License-Identifier: Apache-2.0
#include "api_models.hpp"

#include <array>

#include <linnet/lwm2m/path.hpp>

#include "problem.hpp"

namespace linnet::service {
namespace {

enum : std::size_t { kList, kUpload, kShow, kRemove, kFile, kCount };
constexpr std::array<Route, kCount> kRoutes = {{
    {"GET", "/api/v1/models", Access::View},
    {"POST", "/api/v1/models", Access::Administer},
    {"GET", "/api/v1/models/{object}", Access::View},
    {"DELETE", "/api/v1/models/{object}/{version}", Access::Administer},
    {"GET", "/api/v1/models/{object}/{version}/ddf", Access::View},
}};

/// Where `{object}` and `{version}` stand in the pieces of a path.
constexpr std::size_t kObject = 3;
constexpr std::size_t kVersion = 4;

lwm2m::Id parse_object(const std::string& text) {
  const auto path = lwm2m::Path::parse(text);
  if (!path.ok() || !path->is_object()) {
    throw bad_request("\"" + text + "\" is not the id of an object");
  }
  return path->object();
}

lwm2m::Version parse_version(const std::string& text) {
  const auto version = lwm2m::Version::parse(text);
  if (!version.ok()) throw bad_request("a version looks like 1.0");
  return *version;
}

}  // namespace

std::span<const Route> model_routes() { return kRoutes; }

void ModelApi::handle(std::size_t route, ApiRequest& request, const Responder& responder) {
  if (route == kShow) return show(request, responder);
  if (route == kUpload) return upload(request, responder);
  allow_parameters(request, {});
  if (route == kList) {
    return shard_.run(responder,
                      [this](const Responder& reply) { reply.send(json_response(desk_.list())); });
  }
  const lwm2m::Id object = parse_object(request.segments[kObject]);
  const lwm2m::Version version = parse_version(request.segments[kVersion]);
  shard_.run(responder, [this, route, object, version](const Responder& reply) {
    if (route == kRemove) {
      desk_.remove(object, version);
      return reply.send(no_content());
    }
    HttpResponse response;
    response.content_type = "application/xml";
    response.body = desk_.ddf(object, version);
    reply.send(std::move(response));
  });
}

void ModelApi::show(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {"version"});
  const lwm2m::Id object = parse_object(request.segments[kObject]);
  std::optional<lwm2m::Version> version;
  if (const auto* text = request.find("version")) version = parse_version(*text);
  shard_.run(responder, [this, object, version](const Responder& reply) {
    reply.send(json_response(desk_.show(object, version)));
  });
}

void ModelApi::upload(ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {"dryRun"});
  const auto type = media_type(request);
  if (type != "application/xml" && type != "text/xml") {
    throw Problem(415, "unsupported-media-type", "Unsupported media type",
                  "send the DDF file as application/xml");
  }
  shard_.run(responder, [this, dry_run = flag_parameter(request, "dryRun"),
                         ddf = std::move(request.body)](const Responder& reply) {
    const auto done = desk_.upload(ddf, dry_run);
    reply.send(json_response(done.report, done.status));
  });
}

}  // namespace linnet::service
