// SPDX-License-Identifier: Apache-2.0
#include "api_models.hpp"

#include <array>

#include "json_values.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

enum : std::size_t { kList, kShow, kCount };
constexpr std::array<Route, kCount> kRoutes = {{
    {"GET", "/api/v1/models", Access::View},
    {"GET", "/api/v1/models/{object}", Access::View},
}};

/// Where `{object}` stands in the pieces of a path.
constexpr std::size_t kObject = 3;

std::string operations_text(std::uint8_t operations) {
  if (operations == lwm2m::kExecute) return "E";
  std::string out;
  if ((operations & lwm2m::kRead) != 0) out += 'R';
  if ((operations & lwm2m::kWrite) != 0) out += 'W';
  return out;
}

json::object model_summary(const lwm2m::ObjectModel& model) {
  return {{"object", std::int64_t{model.id}},
          {"version", lwm2m::format(model.version)},
          {"name", model.name},
          {"urn", model.urn},
          {"multiple", model.multiple},
          {"mandatory", model.mandatory},
          {"resources", model.resources.size()}};
}

json::object model_details(const lwm2m::ObjectModel& model) {
  json::object out = model_summary(model);
  out["description"] = model.description;
  json::array resources;
  for (const auto& resource : model.resources) {
    json::object item{{"resource", std::int64_t{resource.id}},
                      {"name", resource.name},
                      {"operations", operations_text(resource.operations)},
                      {"multiple", resource.multiple},
                      {"mandatory", resource.mandatory}};
    if (resource.type != lwm2m::DataType::None) item["type"] = type_name(resource.type);
    if (!resource.range_text.empty()) item["range"] = resource.range_text;
    if (!resource.units.empty()) item["unit"] = resource.units;
    item["description"] = resource.description;
    resources.push_back(std::move(item));
  }
  out["resources"] = std::move(resources);
  return out;
}

}  // namespace

std::span<const Route> model_routes() { return kRoutes; }

void ModelApi::handle(std::size_t route, ApiRequest& request, const Responder& responder) {
  if (route == kList) return list(responder);
  show(request, responder);
}

void ModelApi::list(const Responder& responder) {
  json::array models;
  for (const auto& stored : models_.all()) models.push_back(model_summary(stored->model()));
  responder.send(json_response({{"models", std::move(models)}}));
}

void ModelApi::show(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {"version"});
  const auto path = lwm2m::Path::parse(request.segments[kObject]);
  if (!path.ok() || !path->is_object()) {
    throw bad_request("\"" + request.segments[kObject] + "\" is not the id of an object");
  }
  const lwm2m::StoredModel* found = nullptr;
  std::string wanted;
  if (const auto* text = request.find("version")) {
    const auto version = lwm2m::Version::parse(*text);
    if (!version.ok()) throw bad_request("a version looks like 1.0");
    found = models_.find(path->object(), *version);
    wanted = " in version " + *text;
  } else {
    found = models_.latest(path->object());
  }
  if (found == nullptr) {
    throw Problem(404, "model-not-found", "No such model",
                  "there is no definition of object " + std::to_string(path->object()) + wanted +
                      "; put its DDF file into the folder given by --models");
  }
  json::object body = model_details(found->model());
  json::array versions;
  for (const auto& other : models_.versions(path->object())) {
    versions.push_back(json::value(lwm2m::format(other->model().version)));
  }
  body["versions"] = std::move(versions);
  responder.send(json_response(body));
}

}  // namespace linnet::service
