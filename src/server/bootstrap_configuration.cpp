// SPDX-License-Identifier: Apache-2.0
#include <linnet/server/bootstrap_configuration.hpp>

#include <algorithm>
#include <array>

#include <linnet/lwm2m/configuration.hpp>
#include <linnet/lwm2m/object_definitions.hpp>
#include "server/payload_decoder.hpp"
#include "server/request_plan.hpp"

namespace linnet::server {
namespace {

using lwm2m::DataType;
using lwm2m::Id;
using lwm2m::kNoId;
using lwm2m::Path;
using lwm2m::Value;
namespace objects = lwm2m::objects;

constexpr std::size_t kMaxValues = 65536;
constexpr std::size_t kMaxEndpoints = 65536;
constexpr std::size_t kMaxValueBytes = 1u << 20;

BootstrapFault fault(const Path& path, std::string reason, const char* rule = "BS-44") {
  return {path, std::move(reason), rule};
}

bool is_text(DataType type) {
  return type == DataType::String || type == DataType::Corelnk || type == DataType::Opaque;
}

std::string_view text_of(const Value& value) {
  return value.type() == DataType::Opaque ? as_text(value.as_opaque()) : value.as_string();
}

Value with_text(DataType type, std::string_view text) {
  if (type == DataType::Opaque) return Value::opaque(as_bytes(text));
  return type == DataType::Corelnk ? Value::corelnk(text) : Value::string(text);
}

/// The newest definition there is of an object. [OV-08]
const lwm2m::ObjectDefinition* find_object(const DefinitionSource* definitions, Id object) {
  if (definitions == nullptr) return nullptr;
  // OSCORE is the one core object with another major version.
  if (object == objects::oscore::kObject) {
    if (const auto* found = definitions->find(object, {2, 255})) return found;
  }
  return definitions->find(object, {1, 255});
}

/// Whether an object belongs to what a consistency check looks at.
bool is_account_object(Id object) {
  return object == objects::security::kObject || object == objects::server::kObject ||
         object == objects::access_control::kObject || object == objects::oscore::kObject;
}

/// The text of a value as the device will get it, or what is wrong with its variables.
std::optional<BootstrapFault> check_template(const BootstrapValue& entry,
                                             std::string_view endpoint) {
  if (entry.literal || !is_text(entry.value.type())) return std::nullopt;
  const auto text = expand(text_of(entry.value.view()), endpoint);
  if (text) return std::nullopt;
  if (text.error() == Error::NotFound) {
    return fault(entry.path, "there is no such variable: {endpoint} and {identifier} are known");
  }
  return fault(entry.path, "a brace stands alone: write {{ or }} for one that is meant as it is");
}

std::optional<BootstrapFault> check_shape(const Path& path,
                                          const lwm2m::ResourceDefinition& definition) {
  if (definition.type == DataType::None) {
    return fault(path, "the resource is executed, it has no value");
  }
  if (definition.multiple && path.depth() == 3) {
    return fault(path,
                 "the resource has instances: write their ids, such as " + to_text(path) + "/0");
  }
  if (!definition.multiple && path.depth() == 4) {
    return fault(path, "the resource has no instances");
  }
  return std::nullopt;
}

/// Gives a value the type of its resource, and checks it as the device will get it.
std::optional<BootstrapFault> check_type(BootstrapValue& entry, const DefinitionSource* definitions,
                                         std::string_view endpoint) {
  const auto* object = find_object(definitions, entry.path.object());
  if (object == nullptr) return std::nullopt;
  if (!object->multiple && entry.path.instance() != 0) {
    return fault(entry.path, "the object has one instance, 0");
  }
  if (entry.path.depth() < 3) return std::nullopt;
  const auto* definition = object->find(entry.path.resource());
  if (definition == nullptr) {
    // Of others a device may know a newer version.
    if (!is_account_object(object->id)) return std::nullopt;
    return fault(entry.path, "the object has no such resource");
  }
  if (auto wrong = check_shape(entry.path, *definition)) return wrong;
  const auto typed = retype(entry.value.view(), definition->type);
  if (!typed) {
    return fault(entry.path, std::string(describe(entry.value.type())) + " given, " +
                                 describe(definition->type) + " expected");
  }
  entry.value = OwnedValue(*typed);
  Value value = entry.value.view();
  std::string text;
  if (!entry.literal && is_text(value.type())) {
    text = expand(text_of(value), endpoint).value_or({});
    value = with_text(value.type(), text);
  }
  const Status good = lwm2m::check(*definition, value);
  if (good) return std::nullopt;
  std::string reason = is_text(definition->type) ? "its length, or its text, is not allowed"
                                                 : "the number is outside its range";
  if (definition->bounded()) {
    reason +=
        ": " + std::to_string(definition->minimum) + " to " + std::to_string(definition->maximum);
  }
  return fault(entry.path, std::move(reason));
}

std::optional<BootstrapFault> check_values(BootstrapConfiguration& configuration,
                                           const DefinitionSource* definitions,
                                           std::string_view endpoint) {
  auto& values = configuration.values;
  if (values.size() > kMaxValues) return fault({}, "too many values");
  for (BootstrapValue& entry : values) {
    const std::uint8_t depth = entry.path.depth();
    if (depth < 2) return fault(entry.path, "a value belongs to a resource or resource instance");
    if (entry.value.empty() != (depth == 2)) {
      return fault(entry.path,
                   depth == 2 ? "an instance has no value of its own" : "the value is missing");
    }
    if (is_text(entry.value.type()) && text_of(entry.value.view()).size() > kMaxValueBytes) {
      return fault(entry.path, "the value is too long");
    }
    if (auto wrong = check_template(entry, endpoint)) return wrong;
    if (auto wrong = check_type(entry, definitions, endpoint)) return wrong;
  }
  std::ranges::stable_sort(values, {}, &BootstrapValue::path);
  for (std::size_t i = 1; i < values.size(); ++i) {
    const Path& before = values[i - 1].path;
    const Path& path = values[i].path;
    if (before == path) return fault(path, "it is there twice");
    if (before.depth() >= 3 && before.contains(path)) {
      return fault(before, "it is there with a value and with instances");
    }
  }
  // An instance that has resources needs no entry of its own.
  std::erase_if(values, [&](const BootstrapValue& entry) {
    return entry.path.depth() == 2 && std::ranges::any_of(values, [&](const BootstrapValue& other) {
             return other.path.depth() > 2 && entry.path.contains(other.path);
           });
  });
  return std::nullopt;
}

bool is_structured(coap::ContentFormat format) {
  using coap::ContentFormat;
  return format == ContentFormat::Tlv || format == ContentFormat::Json10 ||
         format == ContentFormat::SenmlJson || format == ContentFormat::SenmlCbor ||
         format == ContentFormat::Lwm2mCbor;
}

std::optional<BootstrapFault> check_settings(const BootstrapConfiguration& configuration) {
  if (configuration.endpoints.size() > kMaxEndpoints) return fault({}, "too many endpoints");
  for (const std::string& name : configuration.endpoints) {
    if (name.empty()) return fault({}, "an endpoint name is empty", "BS-21");
    if (name.size() > 255) return fault({}, "an endpoint name is too long", "BS-21");
  }
  if (configuration.format && !is_structured(*configuration.format)) {
    return fault({}, "the format cannot carry an object instance", "BS-40");
  }
  for (const Path& path : configuration.deletes) {
    if (path.depth() > 2) {
      return fault(path, "what is deleted is everything, an object or an instance", "BS-45");
    }
  }
  return std::nullopt;
}

/// What a device has after the configuration, as far as the configuration tells.
class Outcome final : public lwm2m::ConfigurationView {
 public:
  explicit Outcome(std::span<const BootstrapValue> values) : values_(values) {}

  Id next_instance(Id object, Id after) const override {
    const Path from = after == kNoId ? Path(object) : Path(object, after);
    for (const BootstrapValue& entry : behind(from)) {
      if (entry.path.object() != object) break;
      if (after == kNoId || entry.path.instance() > after) return entry.path.instance();
    }
    return kNoId;
  }
  Id next_resource_instance(const Path& resource, Id after) const override {
    for (const BootstrapValue& entry : behind(resource)) {
      if (!resource.contains(entry.path)) break;
      if (entry.path.depth() < 4) continue;
      if (after == kNoId || entry.path.resource_instance() > after) {
        return entry.path.resource_instance();
      }
    }
    return kNoId;
  }
  Result<Value> value(const Path& path) const override {
    const auto found = std::ranges::lower_bound(values_, path, {}, &BootstrapValue::path);
    if (found == values_.end() || found->path != path || found->value.empty()) {
      return Error::NotFound;
    }
    return found->value.view();
  }
  bool has_instance(const Path& instance) const override {
    // Of its own objects a device may have more instances than are written.
    if (!is_account_object(instance.object())) return true;
    const auto from = behind(instance);
    return !from.empty() && instance.contains(from.front().path);
  }

 private:
  [[nodiscard]] std::span<const BootstrapValue> behind(const Path& path) const {
    const auto found = std::ranges::lower_bound(values_, path, {}, &BootstrapValue::path);
    return values_.subspan(static_cast<std::size_t>(found - values_.begin()));
  }

  std::span<const BootstrapValue> values_;
};

/// Whether nothing of an object remains but what is written.
bool replaces(const BootstrapConfiguration& configuration, Id object) {
  const auto covers = [&](const Path& path) { return path.contains(Path(object)); };
  if (std::ranges::any_of(configuration.deletes, covers)) return true;
  return configuration.mode == BootstrapMode::Needed &&
         std::ranges::any_of(configuration.values, [&](const BootstrapValue& entry) {
           return entry.path.object() == object;
         });
}

/// What may be on the device already when a configuration only adds to it [BS-15].
bool may_be_there(lwm2m::ConfigurationRule rule) {
  using Rule = lwm2m::ConfigurationRule;
  switch (rule) {
    case Rule::OscoreLink:
    case Rule::ServerWithoutSecurity:
    case Rule::SecurityWithoutServer:
    case Rule::NoServerAccount:
    case Rule::AccessControlTargetMissing:
    case Rule::AccessControlOwner:
    case Rule::AclServer: return true;
    default: return false;
  }
}

// [BS-44] [BS-51]
std::optional<BootstrapFault> check_outcome(const BootstrapConfiguration& configuration,
                                            std::string_view endpoint) {
  const auto expanded = expand(configuration, endpoint);
  if (!expanded) return fault({}, "its variables cannot be filled in");
  const bool touches = std::ranges::any_of(
      expanded->values, [](const auto& entry) { return is_account_object(entry.path.object()); });
  const bool complete = replaces(configuration, objects::security::kObject) &&
                        replaces(configuration, objects::server::kObject);
  if (!touches && !complete) return std::nullopt;
  lwm2m::ConfigurationSupport support;
  support.schemes = 0xFF;  // what a device cannot do, it says itself
  support.modes = 0xFF;
  const auto broken = lwm2m::find_inconsistency(Outcome(expanded->values), support);
  if (!broken || (!complete && may_be_there(broken->rule))) return std::nullopt;
  return fault(broken->path, lwm2m::describe(broken->rule), lwm2m::requirement_of(broken->rule));
}

/// An endpoint name that the configuration could be for.
std::string sample_endpoint(const BootstrapConfiguration& configuration) {
  if (configuration.endpoints.empty()) return "urn:dev:example";
  std::string name = configuration.endpoints.front();
  std::ranges::replace(name, '*', 'x');
  return name;
}

}  // namespace

std::optional<BootstrapFault> prepare(BootstrapConfiguration& configuration,
                                      const DefinitionSource* definitions) {
  if (auto wrong = check_settings(configuration)) return wrong;
  const std::string endpoint = sample_endpoint(configuration);
  if (auto wrong = check_values(configuration, definitions, endpoint)) return wrong;
  return check_outcome(configuration, endpoint);
}

Result<std::string> expand(std::string_view text, std::string_view endpoint) {
  std::string out;
  while (!text.empty()) {
    const std::size_t brace = std::min(text.find_first_of("{}"), text.size());
    out += text.substr(0, brace);
    text.remove_prefix(brace);
    if (text.empty()) break;
    if (text.size() >= 2 && text[1] == text[0]) {
      out += text[0];
      text.remove_prefix(2);
      continue;
    }
    const std::size_t end = text.find('}');
    if (text[0] == '}' || end == std::string_view::npos) return Error::Malformed;
    const std::string_view name = text.substr(1, end - 1);
    if (name == "endpoint") {
      out += endpoint;
    } else if (name == "identifier") {
      out += endpoint.substr(endpoint.rfind(':') + 1);  // npos + 1 is the start
    } else {
      return Error::NotFound;
    }
    text.remove_prefix(end + 1);
  }
  return out;
}

Result<BootstrapConfiguration> expand(const BootstrapConfiguration& configuration,
                                      std::string_view endpoint) {
  BootstrapConfiguration out = configuration;
  for (BootstrapValue& entry : out.values) {
    const DataType type = entry.value.type();
    if (!entry.literal && is_text(type)) {
      LINNET_TRY_ASSIGN(const std::string text, expand(text_of(entry.value.view()), endpoint));
      entry.value = OwnedValue(with_text(type, text));
    }
    entry.literal = true;
  }
  return out;
}

bool matches(std::string_view pattern, std::string_view endpoint) {
  // After a star, the shortest match that works is enough: only the latest one is tried again.
  std::size_t p = 0;
  std::size_t e = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (e < endpoint.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = e;
    } else if (p < pattern.size() && pattern[p] == endpoint[e]) {
      ++p;
      ++e;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      e = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

const BootstrapConfiguration* select(std::span<const BootstrapConfiguration> configurations,
                                     std::string_view endpoint) {
  const BootstrapConfiguration* best = nullptr;
  std::size_t best_rank = 0;
  for (const BootstrapConfiguration& candidate : configurations) {
    for (const std::string& pattern : candidate.endpoints) {
      if (!matches(pattern, endpoint)) continue;
      const auto stars = static_cast<std::size_t>(std::ranges::count(pattern, '*'));
      const std::size_t rank = stars == 0 ? 1000 : 1 + pattern.size() - stars;
      if (rank <= best_rank) continue;
      best = &candidate;
      best_rank = rank;
    }
  }
  return best;
}

bool is_secret(const Path& path) {
  if (path.depth() < 3) return false;
  if (path.object() == objects::security::kObject) {
    return path.resource() == objects::security::kSecretKey ||
           path.resource() == objects::security::kSmsBindingSecretKeys;
  }
  return path.object() == objects::oscore::kObject &&
         path.resource() == objects::oscore::kOscoreMasterSecret;
}

void hide_secrets(BootstrapConfiguration& configuration) {
  for (BootstrapValue& entry : configuration.values) {
    const DataType type = entry.value.type();
    if (!is_secret(entry.path) || !is_text(type)) continue;
    const std::string stars(text_of(entry.value.view()).size(), '*');
    entry.value = OwnedValue(with_text(type, stars));
    entry.literal = true;
  }
}

const char* describe(BootstrapMode mode) { return mode == BootstrapMode::All ? "all" : "needed"; }

}  // namespace linnet::server
