// SPDX-License-Identifier: Apache-2.0
#include <linnet/server/bootstrap_plan.hpp>

#include <algorithm>
#include <array>
#include <charconv>

#include <linnet/lwm2m/link_format.hpp>
#include <linnet/lwm2m/object_definitions.hpp>
#include "server/payload_decoder.hpp"
#include "server/request_plan.hpp"

namespace linnet::server {
namespace {

using coap::ContentFormat;
using lwm2m::DataType;
using lwm2m::Id;
using lwm2m::kNoId;
using lwm2m::Path;
using Kind = BootstrapStep::Kind;
namespace objects = lwm2m::objects;

constexpr Id kSecurity = objects::security::kObject;
constexpr Id kOscore = objects::oscore::kObject;

template <typename List, typename T>
bool contains(const List& list, const T& item) {
  return std::ranges::find(list, item) != list.end();
}

/// Values of one configuration by path, for one device.
using Wanted = std::vector<BootstrapValue>;

bool wants(const Wanted& wanted, const Path& part) {
  return std::ranges::any_of(wanted, [&](const auto& entry) { return part.contains(entry.path); });
}

/// [BS-46] [BS-35]: what survives every delete, and an account of which nobody says whose it is.
bool is_kept(const BootstrapFindings::Instance& instance) {
  if (instance.path == Path(objects::device::kObject, 0)) return true;
  const bool account = instance.path.object() == kSecurity || instance.path.object() == kOscore;
  return account && !instance.short_server_id;
}

bool is_server_account(const Wanted& wanted, Id instance) {
  return std::ranges::any_of(wanted, [&](const BootstrapValue& entry) {
    return entry.path == Path(kSecurity, instance, objects::security::kBootstrapServer) &&
           entry.value.type() == DataType::Boolean && !entry.value.view().as_boolean();
  });
}

/// A server's account must not overwrite that of the bootstrap server: it gets another instance
/// id, which nothing else refers to.
Wanted around_bootstrap_account(Wanted wanted, const BootstrapFindings& findings) {
  for (const auto& found : findings.instances) {
    if (found.path.object() != kSecurity || !is_kept(found)) continue;
    const Id taken = found.path.instance();
    if (!is_server_account(wanted, taken)) continue;
    Id free = 0;
    while (wants(wanted, Path(kSecurity, free)) ||
           findings.find(Path(kSecurity, free)) != nullptr) {
      ++free;
    }
    for (BootstrapValue& entry : wanted) {
      if (!found.path.contains(entry.path)) continue;
      entry.path = Path(kSecurity, free, entry.path.resource(), entry.path.resource_instance());
    }
  }
  std::ranges::stable_sort(wanted, {}, &BootstrapValue::path);
  return wanted;
}

enum class Difference : std::uint8_t { None, Some, TooMuch };

/// How what was read of an instance differs from what is wanted. Resources nobody wants do not
/// count [BS-38]; instances of a resource that is wanted do: a write would leave them.
Difference compare(const Wanted& wanted, const BootstrapFindings& findings, const Path& instance) {
  const auto found = [&](const Path& path) -> const ResourceValue* {
    const auto at = std::ranges::find(findings.values, path, &ResourceValue::path);
    return at == findings.values.end() ? nullptr : &*at;
  };
  for (const ResourceValue& there : findings.values) {
    if (!instance.contains(there.path) || there.path.depth() != 4) continue;
    const auto same = [&](const auto& entry) { return entry.path == there.path; };
    const bool resource_wanted = wants(wanted, there.path.first(3));
    if (resource_wanted && std::ranges::none_of(wanted, same)) return Difference::TooMuch;
  }
  for (const BootstrapValue& entry : wanted) {
    if (!instance.contains(entry.path) || entry.value.empty()) continue;
    const ResourceValue* there = found(entry.path);
    if (there == nullptr || there->value != entry.value) return Difference::Some;
  }
  return Difference::None;
}

class Planner {
 public:
  Planner(const BootstrapConfiguration& configuration, ContentFormat format, std::size_t limit)
      : configuration_(configuration), format_(format), limit_(limit) {}

  Result<BootstrapPlan> everything() {
    for (const Path& path : configuration_.deletes) remove(path);
    const auto size = configuration_.writes == BootstrapWrites::Objects ? 1u : 2u;
    LINNET_TRY(write_parts(configuration_.values, size, nullptr));
    return finish();
  }

  BootstrapPlan look() {
    plan_.steps.push_back({.kind = Kind::Discover, .format = ContentFormat::LinkFormat});
    return plan_;
  }

  BootstrapPlan read(std::span<const Id> which) {
    for (const Id object : which) {
      plan_.steps.push_back({.kind = Kind::Read, .path = Path(object), .format = format_});
    }
    return plan_;
  }

  Result<BootstrapPlan> changes(const BootstrapFindings& findings) {
    const Wanted wanted = around_bootstrap_account(configuration_.values, findings);
    std::vector<Path> good;
    for (const auto& found : findings.instances) {
      const Path& instance = found.path;
      if (!manages(instance) || is_kept(found)) continue;
      if (!wants(wanted, instance)) {
        remove(instance);
      } else if (contains(findings.readable, instance.object())) {
        const Difference difference = compare(wanted, findings, instance);
        if (difference == Difference::None) good.push_back(instance);
        if (difference == Difference::TooMuch) remove(instance);
      }
    }
    // Others of the object may be good already: only whole instances leave them alone.
    LINNET_TRY(write_parts(wanted, 2, &good));
    return finish();
  }

 private:
  [[nodiscard]] bool manages(const Path& instance) const {
    return wants(configuration_.values, instance.first(1)) ||
           std::ranges::any_of(configuration_.deletes,
                               [&](const Path& path) { return path.contains(instance); });
  }

  void remove(const Path& path) { plan_.steps.push_back({.kind = Kind::Delete, .path = path}); }

  Status write_parts(const Wanted& wanted, std::size_t depth, const std::vector<Path>* good) {
    for (std::size_t first = 0; first < wanted.size();) {
      const Path part = wanted[first].path.first(depth);
      std::size_t last = first;
      while (last < wanted.size() && part.contains(wanted[last].path)) ++last;
      const std::span<const BootstrapValue> values(&wanted[first], last - first);
      if (good == nullptr || !contains(*good, part)) LINNET_TRY(write(part, values));
      first = last;
    }
    return {};
  }

  Status write(const Path& part, std::span<const BootstrapValue> values) {
    Operation operation;
    operation.kind = OperationKind::Write;
    operation.path = part;
    for (const BootstrapValue& entry : values) {
      // That the target itself exists says the request.
      if (entry.path != part) operation.values.push_back({entry.path, entry.value, {}});
    }
    LINNET_TRY_ASSIGN(auto payload, encode_body(operation, {format_, {}}, {}, limit_));
    plan_.steps.push_back(
        {Kind::Write, part, format_, std::move(payload), std::move(operation.values)});
    return {};
  }

  BootstrapPlan finish() {
    plan_.steps.push_back({.kind = Kind::Finish});
    plan_.complete = true;
    return plan_;
  }

  const BootstrapConfiguration& configuration_;
  ContentFormat format_;
  std::size_t limit_;
  BootstrapPlan plan_;
};

/// What Bootstrap-Read can tell and was not asked yet [BS-37].
std::vector<Id> to_read(const BootstrapConfiguration& configuration, const BootstrapDevice& device,
                        const BootstrapFindings& findings) {
  std::vector<Id> out;
  // 1.0 had no such operation.
  if (device.version && *device.version < lwm2m::kEnabler11) return out;
  for (const Id object : {objects::server::kObject, objects::access_control::kObject}) {
    const bool there = std::ranges::any_of(
        findings.instances, [&](const auto& found) { return found.path.object() == object; });
    if (there && wants(configuration.values, Path(object)) && !contains(findings.asked, object)) {
      out.push_back(object);
    }
  }
  return out;
}

}  // namespace

const char* describe(Kind kind) {
  switch (kind) {
    case Kind::Discover: return "discover";
    case Kind::Read: return "read";
    case Kind::Delete: return "delete";
    case Kind::Write: return "write";
    case Kind::Finish: return "finish";
  }
  return "";
}

coap::Code method_of(Kind kind) {
  switch (kind) {
    case Kind::Discover:
    case Kind::Read: return coap::Code::Get;
    case Kind::Delete: return coap::Code::Delete;
    case Kind::Write: return coap::Code::Put;
    case Kind::Finish: break;
  }
  return coap::Code::Post;
}

std::string target_of(const BootstrapStep& step) {
  return step.kind == Kind::Finish ? "/bs" : to_text(step.path);
}

const BootstrapFindings::Instance* BootstrapFindings::find(const Path& instance) const {
  const auto found = std::ranges::find(instances, instance, &Instance::path);
  return found == instances.end() ? nullptr : &*found;
}

Result<BootstrapDiscovery> read_discovery(std::string_view links) {
  BootstrapDiscovery out;
  // 1.0 wrote `lwm2m="1.0"` before the links, without a target.
  if (links.starts_with("lwm2m=")) {
    out.version = lwm2m::kEnabler10;
    links.remove_prefix(std::min(links.find(','), links.size() - 1) + 1);
  }
  const DecodedLinks decoded = decode_links(links, {});
  if (!decoded.problem.empty()) return Error::Malformed;
  for (const DiscoveredLink& link : decoded.links) {
    const lwm2m::LinkView view({}, link.attributes);
    if (link.path.is_root()) {
      const auto version = view.find("lwm2m");
      const auto parsed = lwm2m::Version::parse(version ? version->value : "");
      if (parsed) out.version = *parsed;
    }
    if (!link.path.is_instance() || out.findings.find(link.path) != nullptr) continue;
    BootstrapFindings::Instance instance{.path = link.path};
    if (const auto uri = view.find("uri")) instance.uri = uri->value;
    if (const auto ssid = view.find("ssid")) {
      const std::string_view text = ssid->value;
      Id id = 0;
      const auto parsed = std::from_chars(text.data(), text.data() + text.size(), id);
      const bool whole = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
      if (whole) instance.short_server_id = id;
    }
    out.findings.instances.push_back(std::move(instance));
  }
  std::ranges::sort(out.findings.instances, {}, &BootstrapFindings::Instance::path);
  return out;
}

std::vector<ContentFormat> bootstrap_formats(const BootstrapConfiguration& configuration,
                                             const BootstrapDevice& device) {
  std::vector<ContentFormat> formats;
  const auto add = [&](ContentFormat format) {
    if (!contains(formats, format)) formats.push_back(format);
  };
  // [BS-22]
  if (device.preferred) add(*device.preferred);
  if (configuration.format) add(*configuration.format);
  for (const auto format :
       {ContentFormat::Tlv, ContentFormat::SenmlCbor, ContentFormat::SenmlJson}) {
    add(format);
  }
  return formats;
}

Result<BootstrapPlan> make_plan(const BootstrapConfiguration& configuration,
                                const BootstrapDevice& device, const BootstrapFindings* findings,
                                ContentFormat format, std::size_t limit) {
  Planner planner(configuration, format, limit);
  if (configuration.mode == BootstrapMode::All) return planner.everything();
  if (findings == nullptr) return planner.look();
  const std::vector<Id> readable = to_read(configuration, device, *findings);
  if (!readable.empty()) return planner.read(readable);
  return planner.changes(*findings);
}

Result<std::vector<BootstrapStep>> preview(const BootstrapConfiguration& configuration,
                                           std::string_view endpoint, const BootstrapDevice& device,
                                           const BootstrapFindings* findings, std::size_t limit) {
  LINNET_TRY_ASSIGN(const BootstrapConfiguration expanded, expand(configuration, endpoint));
  const ContentFormat format = bootstrap_formats(expanded, device).front();
  std::vector<BootstrapStep> steps;
  BootstrapFindings found;
  const BootstrapFindings* known = nullptr;
  for (;;) {
    LINNET_TRY_ASSIGN(BootstrapPlan plan, make_plan(expanded, device, known, format, limit));
    for (BootstrapStep& step : plan.steps) {
      if (step.kind == Kind::Read) found.asked.push_back(step.path.object());
      steps.push_back(std::move(step));
    }
    if (plan.complete) return steps;
    if (known == nullptr && findings != nullptr) {
      found = *findings;
      found.asked.clear();
    }
    known = &found;
  }
}

Result<std::vector<std::uint8_t>> make_pack(const BootstrapConfiguration& configuration,
                                            ContentFormat format, std::size_t limit) {
  Operation operation;
  operation.kind = OperationKind::WriteComposite;
  for (const BootstrapValue& entry : configuration.values) {
    // A pack has no form for an instance without resources.
    if (!entry.value.empty()) operation.values.push_back({entry.path, entry.value, {}});
  }
  return encode_body(operation, {format, {}}, {}, limit);
}

}  // namespace linnet::server
