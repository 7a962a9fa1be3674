// SPDX-License-Identifier: Apache-2.0
#include <linnet/lwm2m/model/model_check.hpp>

#include <algorithm>
#include <string>

#include <linnet/lwm2m/model/evolution.hpp>

namespace linnet::lwm2m {
namespace {

std::size_t line_at(std::string_view xml, std::size_t at) {
  return 1 + static_cast<std::size_t>(std::count(xml.begin(), xml.begin() + at, '\n'));
}

/// Where the object of this id begins; the start of the text if it cannot be found.
std::size_t object_place(std::string_view xml, Id object) {
  const std::string id = "<ObjectID>" + std::to_string(object) + "</ObjectID>";
  const auto at = xml.find(id);
  return at == std::string_view::npos ? 0 : at;
}

/// The line of a resource, else of its object. Attributes may stand in any order and quotes.
std::size_t line_of(std::string_view xml, Id object, Id resource) {
  const std::size_t start = object_place(xml, object);
  if (resource == kNoId) return line_at(xml, start);
  const std::string number = std::to_string(resource);
  const auto end = xml.find("</Object>", start);
  for (auto at = xml.find("<Item", start); at < end; at = xml.find("<Item", at + 1)) {
    const auto tag = xml.substr(at, xml.find('>', at) - at);
    if (tag.find("ID=\"" + number + "\"") != std::string_view::npos ||
        tag.find("ID='" + number + "'") != std::string_view::npos) {
      return line_at(xml, at);
    }
  }
  return line_at(xml, start);
}

}  // namespace

std::vector<DdfFinding> check_against(const ModelStore& store, const ObjectModel& model,
                                      std::string_view xml) {
  std::vector<DdfFinding> findings;
  const auto add = [&](DdfFinding::Severity severity, Id resource, std::string what,
                       std::string remedy) {
    findings.push_back({severity, line_of(xml, model.id, resource), model.id, resource,
                        std::move(what), std::move(remedy)});
  };
  for (const auto& stored : store.all()) {
    const auto& other = stored->model();
    if (other.id != model.id) {
      for (const auto& conflict : reuse_conflicts(model, other)) {
        add(DdfFinding::Severity::Warning, conflict.resource,
            "not as in object " + std::to_string(other.id) + " (" + other.name +
                "): " + conflict.what,
            "reusable resources are the same in all objects; choose another id");
      }
    } else if (other.version.major == model.version.major && other.version < model.version) {
      for (const auto& change : breaking_changes(other, model)) {
        add(DdfFinding::Severity::Error, change.resource,
            change.what + " in " + format(other.version),
            "that needs version " + std::to_string(model.version.major + 1) + ".0");
      }
    }
  }
  std::ranges::stable_sort(findings, {}, &DdfFinding::line);
  return findings;
}

}  // namespace linnet::lwm2m
