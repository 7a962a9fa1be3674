// SPDX-License-Identifier: Apache-2.0
#include "model_desk.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

#include <linnet/lwm2m/model/model_check.hpp>

#include "json_values.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

std::int64_t number_of(lwm2m::Version version) { return version.major << 8 | version.minor; }

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

json::object to_json(const lwm2m::DdfFinding& finding) {
  const bool error = finding.severity == lwm2m::DdfFinding::Severity::Error;
  json::object out{{"line", finding.line}, {"severity", error ? "error" : "warning"}};
  std::string message = finding.what;
  if (!finding.remedy.empty()) message += "; " + finding.remedy;
  out["message"] = message;
  if (finding.object != lwm2m::kNoId) out["object"] = std::int64_t{finding.object};
  if (finding.resource != lwm2m::kNoId) out["resource"] = std::int64_t{finding.resource};
  return out;
}

Problem unknown(lwm2m::Id object, const std::string& version) {
  return {404, "model-not-found", "No such model",
          "there is no definition of object " + std::to_string(object) +
              (version.empty() ? "" : " in version " + version) +
              "; upload its DDF file, or put it into the folder given by --models"};
}

Problem not_stored(const SqliteError& error) {
  return store_failing(std::string("not stored: ") + error.what());
}

}  // namespace

ModelDesk::ModelDesk(Sqlite& database, lwm2m::ModelStore models)
    : database_(database),
      models_(models),
      first_(std::move(models)),
      core_(lwm2m::ModelStore::with_core_objects()),
      put_(database, "INSERT OR REPLACE INTO object_definition VALUES (?,?,?)"),
      drop_(database, "DELETE FROM object_definition WHERE object=? AND version=?"),
      text_(database, "SELECT ddf FROM object_definition WHERE object=? AND version=?") {
  Statement rows(database, "SELECT object, version, ddf FROM object_definition");
  while (rows.step()) {
    // It was good when it came; a newer Linnet may be stricter, and then it is not used.
    for (auto& model : lwm2m::parse_ddf(rows.text(2)).objects) {
      if (model.id == rows.integer(0) && number_of(model.version) == rows.integer(1)) {
        add(std::move(model));
      }
    }
  }
}

void ModelDesk::reload(lwm2m::ModelStore models) {
  former_.assign(models_.all().begin(), models_.all().end());
  first_ = std::move(models);
  models_ = first_;
  for (const auto& [key, stored] : uploaded_) (void)models_.add(stored->model());
}

void ModelDesk::add(lwm2m::ObjectModel model) {
  const Key key{model.id, model.version};
  if (const auto* old = models_.find(key.first, key.second)) {
    const auto versions = models_.versions(key.first);
    const auto found = std::ranges::find(versions, old, &lwm2m::ModelPointer::get);
    former_.push_back(*found);
  }
  if (!models_.add(std::move(model)).ok()) return;
  const auto versions = models_.versions(key.first);
  uploaded_[key] = *std::ranges::find_if(
      versions, [&](const auto& stored) { return stored->model().version == key.second; });
}

std::string_view ModelDesk::source_of(const lwm2m::ObjectModel& model) const {
  if (uploaded_.contains({model.id, model.version})) return "uploaded";
  return core_.find(model.id, model.version) != nullptr ? "built-in" : "file";
}

json::object ModelDesk::list() const {
  json::array models;
  for (const auto& stored : models_.all()) {
    json::object summary = model_summary(stored->model());
    summary["source"] = source_of(stored->model());
    models.push_back(std::move(summary));
  }
  return {{"models", std::move(models)}};
}

json::object ModelDesk::show(lwm2m::Id object, std::optional<lwm2m::Version> version) const {
  const auto* found = version ? models_.find(object, *version) : models_.latest(object);
  if (found == nullptr) throw unknown(object, version ? lwm2m::format(*version) : "");
  json::object body = model_details(found->model());
  json::array versions;
  for (const auto& other : models_.versions(object)) {
    versions.push_back(json::value(lwm2m::format(other->model().version)));
  }
  body["versions"] = std::move(versions);
  body["source"] = source_of(found->model());
  return body;
}

ModelDesk::Upload ModelDesk::upload(std::string_view ddf, bool dry_run) {
  auto parsed = lwm2m::parse_ddf(ddf);
  auto findings = std::move(parsed.findings);
  for (const auto& model : parsed.objects) {
    const auto more = lwm2m::check_against(models_, model, ddf);
    findings.insert(findings.end(), more.begin(), more.end());
  }
  std::ranges::stable_sort(findings, {}, &lwm2m::DdfFinding::line);
  const bool bad = parsed.objects.empty() || std::ranges::any_of(findings, [](const auto& finding) {
                     return finding.severity == lwm2m::DdfFinding::Severity::Error;
                   });
  Upload upload;
  json::array objects, found;
  bool replaces = false;
  for (const auto& model : parsed.objects) {
    replaces = replaces || uploaded_.contains({model.id, model.version});
    objects.push_back({{"object", std::int64_t{model.id}},
                       {"version", lwm2m::format(model.version)},
                       {"name", model.name}});
  }
  for (const auto& finding : findings) found.push_back(to_json(finding));
  upload.report = {{"objects", std::move(objects)}, {"findings", std::move(found)}};
  if (bad) {
    upload.status = 422;
  } else if (!dry_run) {
    upload.status = replaces ? 200 : 201;
    keep(parsed.objects, ddf);
    for (auto& model : parsed.objects) add(std::move(model));
  }
  return upload;
}

void ModelDesk::keep(const std::vector<lwm2m::ObjectModel>& models, std::string_view ddf) {
  try {
    database_.run("BEGIN");
    for (const auto& model : models) {
      put_.reset();
      put_.bind(std::int64_t{model.id}).bind(number_of(model.version)).bind(ddf).run();
    }
    database_.run("COMMIT");
  } catch (const SqliteError& error) {
    if (database_.in_transaction()) database_.run("ROLLBACK");
    throw not_stored(error);
  }
}

void ModelDesk::remove(lwm2m::Id object, lwm2m::Version version) {
  const auto found = uploaded_.find({object, version});
  if (found == uploaded_.end()) {
    if (models_.find(object, version) == nullptr) throw unknown(object, lwm2m::format(version));
    throw Problem(409, "not-uploaded", "Not uploaded",
                  "this definition was not uploaded: it is built in, or comes from a file in a "
                  "folder given by --models");
  }
  try {
    drop_.reset();
    drop_.bind(std::int64_t{object}).bind(number_of(version)).run();
  } catch (const SqliteError& error) {
    throw not_stored(error);
  }
  former_.push_back(found->second);
  uploaded_.erase(found);
  (void)models_.remove(object, version);
  if (const auto* before = first_.find(object, version)) (void)models_.add(before->model());
}

std::string ModelDesk::ddf(lwm2m::Id object, lwm2m::Version version) {
  text_.reset();
  if (!text_.bind(std::int64_t{object}).bind(number_of(version)).step()) {
    throw Problem(404, "no-ddf", "No such file",
                  "nothing was uploaded for object " + std::to_string(object) + " in version " +
                      lwm2m::format(version));
  }
  std::string text(text_.text(0));
  text_.reset();
  return text;
}

}  // namespace linnet::service
