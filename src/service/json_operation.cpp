// SPDX-License-Identifier: Apache-2.0
#include "json_operation.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <charconv>
#include <cmath>

#include "problem.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;
using server::Operation;
using server::OperationKind;

struct OperationName {
  std::string_view name;
  OperationKind kind;
};
constexpr OperationName kOperations[] = {
    {"read", OperationKind::Read},
    {"write", OperationKind::Write},
    {"update", OperationKind::WriteUpdate},
    {"execute", OperationKind::Execute},
    {"create", OperationKind::Create},
    {"delete", OperationKind::Delete},
    {"discover", OperationKind::Discover},
    {"attributes", OperationKind::WriteAttributes},
    {"observe", OperationKind::Observe},
    {"cancel", OperationKind::CancelObservation},
    {"read-composite", OperationKind::ReadComposite},
    {"write-composite", OperationKind::WriteComposite},
    {"observe-composite", OperationKind::ObserveComposite},
};

struct FormatName {
  std::string_view name;
  coap::ContentFormat format;
};
constexpr FormatName kFormats[] = {
    {"text", coap::ContentFormat::Text},
    {"link-format", coap::ContentFormat::LinkFormat},
    {"opaque", coap::ContentFormat::Opaque},
    {"cbor", coap::ContentFormat::Cbor},
    {"senml-json", coap::ContentFormat::SenmlJson},
    {"senml-cbor", coap::ContentFormat::SenmlCbor},
    {"senml-etch-json", coap::ContentFormat::EtchJson},
    {"senml-etch-cbor", coap::ContentFormat::EtchCbor},
    {"tlv", coap::ContentFormat::Tlv},
    {"json", coap::ContentFormat::Json10},
    {"lwm2m-cbor", coap::ContentFormat::Lwm2mCbor},
};

constexpr std::string_view kMembers[] = {
    "op",       "mode",       "path",      "paths", "value",       "values", "type",   "format",
    "deadline", "attributes", "arguments", "depth", "observation", "keep",   "trigger"};

std::string list(const auto& items) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : ", ") + std::string(item.name);
  return out;
}

std::string_view text_member(const json::object& body, std::string_view name) {
  const auto* value = body.if_contains(name);
  if (value == nullptr) return {};
  const auto* text = value->if_string();
  if (text == nullptr) throw bad_request("\"" + std::string(name) + "\" is a string");
  return *text;
}

bool flag_member(const json::object& body, std::string_view name, bool absent) {
  const auto* value = body.if_contains(name);
  if (value == nullptr) return absent;
  if (!value->is_bool()) throw bad_request("\"" + std::string(name) + "\" is true or false");
  return value->get_bool();
}

bool is_composite(OperationKind kind) {
  return kind == OperationKind::ReadComposite || kind == OperationKind::WriteComposite ||
         kind == OperationKind::ObserveComposite;
}

/// Several paths turn "read" into "read-composite"; so a caller need not know the word.
OperationKind with_paths(OperationKind kind) {
  if (kind == OperationKind::Read) return OperationKind::ReadComposite;
  if (kind == OperationKind::Observe) return OperationKind::ObserveComposite;
  return kind;
}

void check_members(const json::object& body) {
  for (const auto& [name, value] : body) {
    const std::string_view key = name;
    if (std::find(std::begin(kMembers), std::end(kMembers), key) == std::end(kMembers)) {
      throw bad_request("an operation has no member \"" + std::string(key) + "\"");
    }
  }
}

std::optional<OperationMode> parse_mode(const json::object& body) {
  if (!body.contains("mode")) return {};
  const auto text = text_member(body, "mode");
  const auto mode = find_operation_mode(text);
  if (!mode) {
    throw bad_request(
        "there is no mode \"" + std::string(text) +
        "\"; \"wait\" answers when the device has answered, \"queue\" answers at once "
        "and waits for the device, \"now\" fails if it cannot be reached now");
  }
  return mode;
}

std::optional<Duration> parse_deadline(const json::object& body) {
  const auto* deadline = body.if_contains("deadline");
  if (deadline == nullptr) return {};
  const double limit = deadline->is_number() ? deadline->to_number<double>() : 0.0;
  if (!(limit >= 0.001 && limit <= static_cast<double>(kMaxDeadline.ms) / 1000)) {
    throw bad_request("\"deadline\" is a number of seconds from 0.001 to " +
                      std::to_string(kMaxDeadline.ms / 1000));
  }
  return milliseconds(static_cast<std::int64_t>(std::ceil(limit * 1000)));
}

server::ResourceValue parse_entry(const lwm2m::Path& path, const json::value& value,
                                  std::string_view type, const DeviceModel& model) {
  return {path, parse_value(path, value, type, model), {}};
}

/// "5700" below /3303/0 is /3303/0/5700; "/3303/0/5700" is itself. Below an object (Create) the
/// instance does not matter and is taken to be 0.
lwm2m::Path relative_path(const std::optional<lwm2m::Path>& base, std::string_view key) {
  if (!key.empty() && key.front() == '/') return parse_path(key);
  if (!base) throw bad_request("\"" + std::string(key) + "\" needs a path to be relative to");
  const lwm2m::Path start = base->is_object() ? base->child(0) : *base;
  return parse_path(to_string(start) + "/" + std::string(key));
}

server::ResourceValues parse_values(const OperationRequest& request, const DeviceModel& model) {
  server::ResourceValues out;
  const auto type = text_member(request.body, "type");
  if (const auto* value = request.body.if_contains("value")) {
    if (!request.path) throw bad_request("\"value\" needs a \"path\"; or use \"values\"");
    out.push_back(parse_entry(*request.path, *value, type, model));
  }
  const auto* values = request.body.if_contains("values");
  if (values == nullptr) return out;
  if (const auto* object = values->if_object()) {
    for (const auto& [key, value] : *object) {
      out.push_back(parse_entry(relative_path(request.path, key), value, {}, model));
    }
    return out;
  }
  const auto* array = values->if_array();
  if (array == nullptr) {
    throw bad_request(
        "\"values\" is a list of {\"path\", \"value\"}, or an object of resource ids and values");
  }
  for (const auto& item : *array) {
    const auto* entry = item.if_object();
    const auto* value = entry != nullptr ? entry->if_contains("value") : nullptr;
    if (value == nullptr || !entry->contains("path")) {
      throw bad_request("each of \"values\" has a \"path\" and a \"value\"");
    }
    out.push_back(parse_entry(relative_path(request.path, text_member(*entry, "path")), *value,
                              text_member(*entry, "type"), model));
  }
  return out;
}

}  // namespace

lwm2m::AttributeChange parse_attributes(const json::object& body) {
  lwm2m::AttributeChange change;
  const auto* member = body.if_contains("attributes");
  if (member == nullptr) return change;
  const auto* attributes = member->if_object();
  if (attributes == nullptr) {
    throw bad_request("\"attributes\" is an object such as {\"pmin\":10,\"gt\":null}");
  }
  for (const auto& [key, value] : *attributes) {
    std::string query(key);
    if (value.is_number() || value.is_bool()) {
      char text[32];
      const double number =
          value.is_bool() ? (value.get_bool() ? 1.0 : 0.0) : value.to_number<double>();
      const auto end = std::to_chars(text, text + sizeof(text), number, std::chars_format::fixed);
      if (end.ec != std::errc{}) throw bad_request("attribute " + query + " is out of range");
      query += "=" + std::string(text, end.ptr);
    } else if (const auto* text = value.if_string()) {
      query += "=" + std::string(*text);
    } else if (!value.is_null()) {
      throw bad_request("attribute " + query + " is a number, or null to remove it");
    }
    const auto status = change.parse(query);
    if (!status.ok()) {
      throw bad_request("\"" + query + "\": " +
                        (lwm2m::find_attribute(std::string_view(key))
                             ? "not a value this attribute may have"
                             : "no such attribute; there are pmin, pmax, gt, lt, st, epmin, "
                               "epmax, edge, con and hqmax"));
    }
  }
  return change;
}

namespace {

void require_shape(const OperationRequest& request) {
  const bool composite = is_composite(request.kind);
  if (request.kind == OperationKind::CancelObservation) {
    if (!request.path && request.paths.empty() && !request.observation.valid()) {
      throw bad_request("\"cancel\" needs the \"path\", \"paths\" or number of an \"observation\"");
    }
    return;
  }
  if (request.kind == OperationKind::WriteComposite) {
    if (!request.body.contains("values")) throw bad_request("\"write-composite\" needs \"values\"");
  } else if (composite && request.paths.empty()) {
    throw bad_request("\"" + request.op + "\" needs \"paths\"");
  } else if (!composite && !request.path) {
    throw bad_request("\"" + request.op + "\" needs a \"path\" such as \"/3/0\"");
  }
  const bool writes =
      request.kind == OperationKind::Write || request.kind == OperationKind::WriteUpdate;
  if (writes && !request.body.contains("value") && !request.body.contains("values")) {
    throw bad_request("\"" + request.op + "\" needs a \"value\" or \"values\"");
  }
  if (request.kind == OperationKind::WriteAttributes && !request.body.contains("attributes")) {
    throw bad_request("\"attributes\" needs \"attributes\" such as {\"pmin\":10}");
  }
}

}  // namespace

std::vector<lwm2m::Path> OperationRequest::about() const {
  std::vector<lwm2m::Path> all = paths;
  if (path) all.insert(all.begin(), *path);
  return all;
}

std::string OperationRequest::target() const {
  std::string out;
  if (path) out = to_string(*path);
  for (const auto& item : paths) out += (out.empty() ? "" : " ") + to_string(item);
  return out;
}

const std::vector<std::string_view>& operation_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> out;
    for (const auto& item : kOperations) out.push_back(item.name);
    return out;
  }();
  return names;
}

std::string format_name(coap::ContentFormat format) {
  for (const auto& item : kFormats) {
    if (item.format == format) return std::string(item.name);
  }
  return std::to_string(static_cast<unsigned>(format));
}

std::optional<coap::ContentFormat> find_format(std::string_view text) {
  for (const auto& item : kFormats) {
    if (item.name == text) return item.format;
  }
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return static_cast<coap::ContentFormat>(number);
}

json::object parse_object(std::string_view body) {
  json::error_code error;
  json::value parsed = json::parse({body.data(), body.size()}, error);
  if (error || !parsed.is_object()) {
    throw bad_request(error ? "the body is no JSON: " + error.message()
                            : "the body is a JSON object");
  }
  return std::move(parsed.get_object());
}

OperationRequest parse_operation(std::string_view body) {
  return parse_operation(parse_object(body));
}

OperationRequest parse_operation(json::object body) {
  json::error_code error;
  OperationRequest request;
  request.body = std::move(body);
  check_members(request.body);
  request.mode = parse_mode(request.body);
  request.deadline = parse_deadline(request.body);
  request.op = text_member(request.body, "op");
  const auto found = std::find_if(std::begin(kOperations), std::end(kOperations),
                                  [&](const auto& item) { return item.name == request.op; });
  if (found == std::end(kOperations)) {
    throw bad_request((request.op.empty() ? "\"op\" is missing"
                                          : "there is no operation \"" + request.op + "\"") +
                      "; operations are " + list(kOperations));
  }
  request.kind = found->kind;
  if (request.body.contains("path")) request.path = parse_path(text_member(request.body, "path"));
  if (const auto* paths = request.body.if_contains("paths")) {
    const auto* array = paths->if_array();
    if (array == nullptr || array->empty()) throw bad_request("\"paths\" is a list of paths");
    for (const auto& item : *array) {
      const auto* text = item.if_string();
      if (text == nullptr) throw bad_request("\"paths\" is a list of paths");
      request.paths.push_back(parse_path(std::string_view(*text)));
    }
    request.kind = with_paths(request.kind);
  }
  if (const auto* number = request.body.if_contains("observation")) {
    const auto value = number->to_number<std::uint64_t>(error);
    if (error) throw bad_request("\"observation\" is the number of an observation");
    request.observation.value = value;
  }
  require_shape(request);
  return request;
}

Operation to_operation(const OperationRequest& request, const DeviceModel& model) {
  const json::object& body = request.body;
  Operation operation;
  operation.kind = request.kind;
  operation.path = request.path.value_or(lwm2m::Path{});
  operation.paths = request.paths;
  operation.values = parse_values(request, model);
  operation.attributes = parse_attributes(body);
  operation.arguments = text_member(body, "arguments");
  operation.observation = request.observation;
  operation.keep = flag_member(body, "keep", true);
  operation.trigger = flag_member(body, "trigger", false);
  operation.timeout = request.deadline.value_or(Duration{0});
  if (const auto* format = body.if_contains("format")) {
    if (const auto* text = format->if_string()) {
      operation.format = find_format(*text);
    } else if (format->is_int64() && format->get_int64() >= 0 && format->get_int64() <= 65535) {
      operation.format = static_cast<coap::ContentFormat>(format->get_int64());
    }
    if (!operation.format) {
      throw bad_request("there is no such format; formats are " + list(kFormats) +
                        " and any content format number");
    }
  }
  if (const auto* depth = body.if_contains("depth")) {
    if (!depth->is_int64() || depth->get_int64() < 0 || depth->get_int64() > 3) {
      throw bad_request("\"depth\" is a number from 0 to 3");
    }
    operation.depth = static_cast<std::uint8_t>(depth->get_int64());
  }
  return operation;
}

namespace {

/// Why there is no answer: the sentence a person reads.
Problem no_answer(const server::OperationResult& result) {
  using server::Outcome;
  const auto elapsed = std::to_string((result.elapsed.ms + 999) / 1000) + " s";
  switch (result.outcome) {
    case Outcome::NotAcknowledged:
      return {504, "device-unreachable", "Device unreachable",
              "the device did not react to the request and its retransmissions within " + elapsed +
                  "; it may be switched off, asleep or behind a NAT that has forgotten it"};
    case Outcome::NoResponse:
      return {504, "device-timeout", "Device did not answer in time",
              "the device took the request but sent no response within " + elapsed};
    case Outcome::Expired:
      return {504, "deadline-passed", "Deadline passed",
              "the deadline passed while the request waited for its turn; other operations of "
              "this device are under way"};
    case Outcome::Rejected:
      return {502, "device-rejected", "Device rejected the request",
              "the device answered with a Reset: it does not understand the request"};
    case Outcome::RegistrationGone:
      return {409, "registration-gone", "Registration ended",
              "the device's registration ended before it answered"};
    case Outcome::Cancelled: return {409, "cancelled", "Cancelled", "the operation was cancelled"};
    case Outcome::BadAnswer:
      return {502, "device-answer", "Answer not understood",
              "the device's answer could not be understood" +
                  (result.reason.empty() ? "" : ": " + result.reason)};
    case Outcome::TooLarge:
      return {502, "answer-too-large", "Answer too large",
              "the device's answer is larger than this server accepts"};
    case Outcome::Answered:
    case Outcome::Sent: break;
  }
  return {500, "internal", "Internal error", "an unexpected outcome"};
}

}  // namespace

json::object to_json(const server::OperationResult& result, const DeviceModel& model) {
  using server::Outcome;
  if (result.outcome != Outcome::Answered && result.outcome != Outcome::Sent)
    throw no_answer(result);
  json::object out;
  out["success"] = result.success();
  if (result.outcome == Outcome::Answered) {
    const auto code = coap::dotted(result.code);
    out["code"] = json::string_view(code.data(), code.size());
    const auto name = coap::name(result.code);
    out["codeName"] = json::string_view(name.data(), name.size());
  }
  if (!result.reason.empty()) out["reason"] = result.reason;
  if (result.format) out["format"] = format_name(*result.format);
  if (result.kind == OperationKind::Discover && result.success()) {
    json::array links;
    for (const auto& link : result.links) {
      json::object item{{"path", to_string(link.path)}};
      if (!link.attributes.empty()) item["attributes"] = link.attributes;
      if (const auto* resource = model.resource(link.path)) {
        item["name"] = resource->name;
      } else if (const auto* object = model.object(link.path.object())) {
        item["name"] = object->name;
      }
      links.push_back(std::move(item));
    }
    out["links"] = std::move(links);
  } else if (!result.values.empty() ||
             (result.success() && (result.kind == OperationKind::Read ||
                                   result.kind == OperationKind::ReadComposite))) {
    out["values"] = to_json(result.values, model);
  }
  if (result.created) out["created"] = to_string(*result.created);
  if (result.observation.valid()) out["observation"] = result.observation.value;
  out["elapsedMs"] = result.elapsed.ms;
  return out;
}

}  // namespace linnet::service
