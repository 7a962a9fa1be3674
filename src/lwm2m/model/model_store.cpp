// SPDX-License-Identifier: Apache-2.0
#include <linnet/lwm2m/model/model_store.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>

#include "lwm2m/model/core_models.hpp"

namespace linnet::lwm2m {
namespace {

struct Key {
  Id object = 0;
  Version version;
  friend auto operator<=>(const Key&, const Key&) = default;
};

Key key_of(const ModelPointer& pointer) { return {pointer->model().id, pointer->model().version}; }

/// The first model that is not before `key`.
auto lower_bound(std::span<const ModelPointer> models, Key key) {
  return std::lower_bound(
      models.begin(), models.end(), key,
      [](const ModelPointer& pointer, const Key& k) { return key_of(pointer) < k; });
}

}  // namespace

StoredModel::StoredModel(ObjectModel model) : model_(std::move(model)) {
  table_.reserve(model_.resources.size());
  for (const ResourceModel& resource : model_.resources) table_.push_back(resource.definition());
  definition_ = {.id = model_.id,
                 .version = model_.version,
                 .multiple = model_.multiple,
                 .mandatory = model_.mandatory,
                 .resources = table_};
}

bool ModelStore::LoadReport::ok() const {
  return std::none_of(findings.begin(), findings.end(), [](const FileFinding& f) {
    return f.finding.severity == DdfFinding::Severity::Error;
  });
}

ModelStore ModelStore::with_core_objects() {
  ModelStore store;
  for (const std::string_view xml : core_models()) {
    DdfResult result = parse_ddf(xml);
    // Our own files: a test holds that they have no findings.
    LINNET_CHECK(result.ok());
    for (ObjectModel& model : result.objects) LINNET_CHECK(store.add(std::move(model)).ok());
  }
  return store;
}

Status ModelStore::add(ObjectModel model) {
  if (model.id == kNoId) return Error::Range;
  std::vector<ResourceModel>& resources = model.resources;
  std::sort(resources.begin(), resources.end(),
            [](const ResourceModel& a, const ResourceModel& b) { return a.id < b.id; });
  if (!resources.empty() && resources.back().id == kNoId) return Error::Range;
  const auto twin = std::adjacent_find(resources.begin(), resources.end(),
                                       [](const auto& a, const auto& b) { return a.id == b.id; });
  if (twin != resources.end()) return Error::Conflict;

  const Key key{model.id, model.version};
  const auto place = models_.begin() +
                     (lower_bound(models_, key) - std::span<const ModelPointer>(models_).begin());
  auto stored = std::make_shared<const StoredModel>(std::move(model));
  if (place != models_.end() && key_of(*place) == key) {
    *place = std::move(stored);
  } else {
    models_.insert(place, std::move(stored));
  }
  return {};
}

bool ModelStore::remove(Id object, Version version) {
  return std::erase_if(models_, [&](const ModelPointer& p) {
           return key_of(p) == Key{object, version};
         }) > 0;
}

ModelStore::LoadReport ModelStore::load_folder(const std::filesystem::path& folder) {
  LoadReport report;
  const auto fail = [&](const std::filesystem::path& file, std::string what, std::string remedy) {
    report.findings.push_back(
        {file.string(), {.what = std::move(what), .remedy = std::move(remedy)}});
  };
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (entry->path().extension() == ".xml" && entry->is_regular_file(ignored))
      files.push_back(entry->path());
  }
  if (error)
    fail(folder, "cannot be listed: " + error.message(),
         "check that the folder exists and is readable");
  std::sort(files.begin(), files.end());

  std::vector<Key> seen;
  for (const std::filesystem::path& file : files) {
    std::ifstream stream(file, std::ios::binary);
    const std::string xml{std::istreambuf_iterator<char>(stream), {}};
    if (!stream.good() && !stream.eof()) {
      fail(file, "cannot be read", "check its permissions");
      continue;
    }
    ++report.files;
    DdfResult result = parse_ddf(xml);
    for (DdfFinding& finding : result.findings)
      report.findings.push_back({file.string(), std::move(finding)});
    for (ObjectModel& model : result.objects) {
      const Key key{model.id, model.version};
      if (std::find(seen.begin(), seen.end(), key) != seen.end()) {
        report.findings.push_back(
            {file.string(),
             {.severity = DdfFinding::Severity::Warning,
              .object = key.object,
              .what = "version " + format(key.version) + " replaces that of an earlier file",
              .remedy = "remove one of the files"}});
      }
      seen.push_back(key);
      if (add(std::move(model)).ok()) ++report.objects;
    }
  }
  return report;
}

const StoredModel* ModelStore::find(Id object, Version version) const {
  const std::span<const ModelPointer> models = models_;
  const auto place = lower_bound(models, {object, version});
  return place != models.end() && key_of(*place) == Key{object, version} ? place->get() : nullptr;
}

// [OV-08]
const StoredModel* ModelStore::lookup(Id object, Version version) const {
  const StoredModel* nearest = nullptr;
  int shortest = 0;
  for (const ModelPointer& pointer : versions(object)) {
    const Version candidate = pointer->model().version;
    if (candidate.major != version.major) continue;
    const int distance = std::abs(candidate.minor - version.minor);
    // Oldest first, so that "<=" prefers the newer one of two.
    if (nearest == nullptr || distance <= shortest) {
      nearest = pointer.get();
      shortest = distance;
    }
  }
  return nearest;
}

const StoredModel* ModelStore::latest(Id object) const {
  const std::span<const ModelPointer> found = versions(object);
  return found.empty() ? nullptr : found.back().get();
}

const ObjectDefinition* ModelStore::definition(Id object, Version version) const {
  const StoredModel* found = lookup(object, version);
  return found == nullptr ? nullptr : &found->definition();
}

std::span<const ModelPointer> ModelStore::versions(Id object) const {
  const std::span<const ModelPointer> models = models_;
  const auto first = lower_bound(models, {object, {0, 0}});
  auto last = first;
  while (last != models.end() && (*last)->model().id == object) ++last;
  return {first, last};
}

}  // namespace linnet::lwm2m
