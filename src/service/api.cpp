// SPDX-License-Identifier: Apache-2.0
#include "api.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <memory>

#include <linnet/service/json_text.hpp>

#include "api_routes.hpp"
#include "event_stream.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

constexpr std::array<Route, kRouteCount> kRoutes = {{
    {"GET", "/api/v1/devices"},
    {"GET", "/api/v1/devices/{endpoint}"},
    {"DELETE", "/api/v1/devices/{endpoint}"},
    {"POST", "/api/v1/devices/{endpoint}/operations"},
    {"GET", "/api/v1/events"},
    {"GET", "/api/v1/models"},
    {"GET", "/api/v1/models/{object}"},
    {"GET", "/healthz"},
    {"GET", "/readyz"},
    {"GET", "/version"},
    {"GET", "/openapi.yaml"},
    {"GET", "/api/v1/bootstrap/configurations"},
    {"GET", "/api/v1/bootstrap/configurations/{name}"},
    {"PUT", "/api/v1/bootstrap/configurations/{name}"},
    {"DELETE", "/api/v1/bootstrap/configurations/{name}"},
    {"POST", "/api/v1/bootstrap/configurations/{name}/preview"},
    {"GET", "/api/v1/bootstrap/sessions"},
    {"GET", "/api/v1/credentials"},
    {"POST", "/api/v1/credentials"},
    {"GET", "/api/v1/credentials/{endpoint}"},
    {"PUT", "/api/v1/credentials/{endpoint}"},
    {"POST", "/api/v1/credentials/{endpoint}"},
    {"DELETE", "/api/v1/credentials/{endpoint}"},
    {"DELETE", "/api/v1/credentials/{endpoint}/{id}"},
    {"GET", "/api/v1/trust-anchors"},
    {"GET", "/api/v1/trust-anchors/{name}"},
    {"PUT", "/api/v1/trust-anchors/{name}"},
    {"DELETE", "/api/v1/trust-anchors/{name}"},
    {"GET", "/api/v1/server-identity"},
}};

/// Where `{endpoint}` and `{object}` stand in the pieces of a path.
constexpr std::size_t kParameter = 3;
/// Where the `{name}` of a bootstrap configuration does.
constexpr std::size_t kName = 4;
constexpr std::size_t kMaxSessions = 256;

bool matches(std::string_view pattern, const std::vector<std::string>& segments) {
  for (const auto& segment : segments) {
    if (pattern.empty()) return false;
    pattern.remove_prefix(1);
    const auto piece = pattern.substr(0, pattern.find('/'));
    const bool parameter = !piece.empty() && piece.front() == '{';
    if (parameter ? segment.empty() : piece != segment) return false;
    pattern.remove_prefix(piece.size());
  }
  return pattern.empty();
}

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

HttpResponse json_response(const json::value& body, unsigned status) {
  HttpResponse response;
  response.status = status;
  response.body = to_text(body) + "\n";
  return response;
}

void allow_parameters(const HttpRequest& request, std::initializer_list<std::string_view> names) {
  for (const auto& [name, value] : request.query) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      throw bad_request("there is no query parameter \"" + name + "\" here");
    }
  }
}

void check_json_body(const HttpRequest& request) {
  const auto type =
      std::string_view(request.content_type).substr(0, request.content_type.find(';'));
  if (type == "application/json") return;
  throw Problem(415, "unsupported-media-type", "Unsupported media type",
                "send the body as application/json");
}

std::span<const Route> routes() { return kRoutes; }

Api::Api(DeviceDesk& desk, BootstrapDesk& bootstrap, CredentialDesk& credentials, EventLog& log,
         lwm2m::ModelStore models, std::function<void(ShardHost::Task)> post,
         std::function<void(ShardHost::Job)> add_job)
    : desk_(desk),
      bootstrap_(bootstrap),
      credentials_(credentials),
      log_(log),
      models_(std::move(models)),
      post_(std::move(post)),
      add_job_(std::move(add_job)) {}

void Api::handle(HttpRequest request, Responder responder) {
  try {
    std::string allow;
    for (std::size_t i = 0; i < kRoutes.size(); ++i) {
      if (!matches(kRoutes[i].pattern, request.segments)) continue;
      if (kRoutes[i].method == request.method) return dispatch(i, request, responder);
      allow += (allow.empty() ? "" : ", ") + std::string(kRoutes[i].method);
    }
    if (!allow.empty()) {
      auto response = to_response(Problem(405, "method-not-allowed", "Method not allowed",
                                          request.path + " takes " + allow));
      response.allow = allow;
      return responder.send(std::move(response));
    }
    throw Problem(404, "no-such-path", "Nothing here",
                  "there is nothing at " + request.path + "; see /openapi.yaml for what there is");
  } catch (const Problem& problem) {
    responder.send(to_response(problem));
  }
}

void Api::dispatch(std::size_t route, HttpRequest& request, const Responder& responder) {
  switch (route) {
    case kListDevices: return list_devices(request, responder);
    case kShowDevice: return show_device(request, responder);
    case kRemoveDevice: return remove_device(request, responder);
    case kOperate: return operate(request, responder);
    case kEvents: return stream_events(request, responder);
    case kListModels: return list_models(responder);
    case kShowModel: return show_model(request, responder);
    case kHealth: return responder.send(json_response({{"status", "ok"}}));
    case kReady: return ready(responder);
    case kVersion:
      return responder.send(
          json_response({{"name", "linnet"}, {"version", version()}, {"api", "v1"}}));
    case kOpenapi: {
      HttpResponse response;
      response.content_type = "application/yaml";
      response.body = openapi_yaml();
      return responder.send(std::move(response));
    }
    default:
      return route < kListCredentials ? bootstrap(route, request, responder)
                                      : credentials(route, request, responder);
  }
}

void Api::bootstrap(std::size_t route, HttpRequest& request, const Responder& responder) {
  if (route == kPutConfiguration || route == kPreview) check_json_body(request);
  std::size_t limit = 50;
  std::string endpoint;
  if (route == kListSessions) {
    allow_parameters(request, {"endpoint", "limit"});
    if (const auto* text = request.find("endpoint")) endpoint = *text;
    if (const auto* text = request.find("limit")) {
      const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
      const bool number = error == std::errc{} && end == text->data() + text->size();
      if (!number || limit == 0 || limit > kMaxSessions) {
        throw bad_request("\"limit\" is a number from 1 to " + std::to_string(kMaxSessions));
      }
    }
  } else {
    allow_parameters(request, {});
  }
  std::string name = route == kListConfigurations || route == kListSessions
                         ? std::string()
                         : std::move(request.segments[kName]);
  on_shard(responder, [this, route, limit, endpoint = std::move(endpoint), name = std::move(name),
                       body = std::move(request.body)](const Responder& reply) {
    switch (route) {
      case kListConfigurations: return reply.send(json_response(bootstrap_.list()));
      case kShowConfiguration: return reply.send(json_response(bootstrap_.show(name)));
      case kPutConfiguration: {
        const auto put = bootstrap_.put(name, body);
        return reply.send(json_response(put.configuration, put.created ? 201 : 200));
      }
      case kRemoveConfiguration: {
        bootstrap_.remove(name);
        HttpResponse response;
        response.status = 204;
        return reply.send(std::move(response));
      }
      case kPreview: return reply.send(json_response(bootstrap_.preview(name, body)));
      case kListSessions: return reply.send(json_response(bootstrap_.sessions(endpoint, limit)));
      default: break;
    }
  });
}

void Api::on_shard(Responder responder, std::function<void(const Responder&)> work) {
  post_([responder = std::move(responder), work = std::move(work)] {
    try {
      work(responder);
    } catch (const Problem& problem) {
      responder.send(to_response(problem));
    }
  });
}

void Api::list_devices(const HttpRequest& request, const Responder& responder) {
  allow_parameters(request, {"cursor", "limit", "q", "sort", "object"});
  auto query = DeviceQuery::parse(request.find("cursor"), request.find("limit"), request.find("q"),
                                  request.find("sort"), request.find("object"));
  auto search = std::make_shared<DeviceSearch>(std::move(query));
  on_shard(responder, [this, search](const Responder& reply) {
    add_job_([this, search, reply] {
      if (!search->step(desk_.shard())) return false;
      reply.send(json_response(search->page(desk_.shard())));
      return true;
    });
  });
}

void Api::show_device(const HttpRequest& request, const Responder& responder) {
  allow_parameters(request, {});
  on_shard(responder, [this, endpoint = request.segments[kParameter]](const Responder& reply) {
    const auto device = desk_.device(endpoint);
    const DeviceModel model(desk_.models(), &device);
    reply.send(json_response(device_details(desk_.shard(), device, read_clocks(), model)));
  });
}

void Api::remove_device(const HttpRequest& request, const Responder& responder) {
  on_shard(responder, [this, endpoint = request.segments[kParameter]](const Responder& reply) {
    desk_.remove(endpoint);
    HttpResponse response;
    response.status = 204;
    reply.send(std::move(response));
  });
}

void Api::operate(HttpRequest& request, const Responder& responder) {
  check_json_body(request);
  auto operation = parse_operation(request.body);
  on_shard(responder,
           [this, endpoint = request.segments[kParameter], operation = std::move(operation)](
               const Responder& reply) { desk_.perform(endpoint, operation, reply); });
}

void Api::stream_events(const HttpRequest& request, const Responder& responder) {
  allow_parameters(request, {"type", "endpoint", "lastEventId"});
  EventFilter filter;
  for (const auto& [name, value] : request.query) {
    if (name == "endpoint") filter.endpoint = value;
    if (name != "type") continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const auto word = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
      const auto kind = find_event_kind(word);
      if (!kind) {
        throw bad_request("there is no event type \"" + std::string(word) +
                          "\"; types are registered, updated, deregistered, expired, value, "
                          "send, operation and bootstrap");
      }
      filter.kinds.set(static_cast<std::size_t>(*kind));
    }
  }
  // A browser sends the header by itself; whoever cannot set one uses the parameter.
  std::string_view last = request.last_event_id;
  if (const auto* parameter = request.find("lastEventId"); last.empty() && parameter != nullptr) {
    last = *parameter;
  }
  std::uint64_t after = log_.latest();
  bool gap = false;
  if (!last.empty()) {
    const auto number = log_.parse_id(last);
    gap = !number;
    after = std::min(number.value_or(0), after);
  }
  responder.stream(std::make_unique<EventStream>(log_, std::move(filter), after, gap));
}

void Api::list_models(const Responder& responder) {
  json::array models;
  for (const auto& stored : models_.all()) models.push_back(model_summary(stored->model()));
  responder.send(json_response({{"models", std::move(models)}}));
}

void Api::show_model(const HttpRequest& request, const Responder& responder) {
  allow_parameters(request, {"version"});
  const auto path = lwm2m::Path::parse(request.segments[kParameter]);
  if (!path.ok() || !path->is_object()) {
    throw bad_request("\"" + request.segments[kParameter] + "\" is not the id of an object");
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

void Api::ready(const Responder& responder) {
  on_shard(responder, [this](const Responder& reply) {
    reply.send(json_response(
        {{"status", "ready"}, {"registrations", desk_.shard().counters().registrations}}));
  });
}

}  // namespace linnet::service
