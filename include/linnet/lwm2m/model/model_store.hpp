// SPDX-License-Identifier: Apache-2.0
#pragma once
// The object models a server knows, several versions of an object side by side (Core 1.2 §7.1.1;
// [OV-08]). Host only. A value without locks: give each thread its own copy. A copy costs one
// reference count an object, for the models themselves are shared and never change.
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <linnet/lwm2m/model/ddf.hpp>
#include <linnet/lwm2m/model/object_model.hpp>

namespace linnet::lwm2m {

/// A model with its table for codecs. Its address and the table's stay the same until every store
/// and `ModelPointer` that holds it is gone.
class StoredModel {
 public:
  /// REQUIRES: resources sorted by id, each id once (`ModelStore::add` sees to it).
  explicit StoredModel(ObjectModel model);
  StoredModel(const StoredModel&) = delete;
  StoredModel& operator=(const StoredModel&) = delete;

  [[nodiscard]] const ObjectModel& model() const { return model_; }
  [[nodiscard]] const ObjectDefinition& definition() const { return definition_; }

 private:
  ObjectModel model_;
  std::vector<ResourceDefinition> table_;
  ObjectDefinition definition_;
};

using ModelPointer = std::shared_ptr<const StoredModel>;

class ModelStore {
 public:
  /// What `load_folder` did.
  struct LoadReport {
    struct FileFinding {
      std::string file;
      DdfFinding finding;
    };
    std::size_t files = 0;
    std::size_t objects = 0;
    std::vector<FileFinding> findings;
    [[nodiscard]] bool ok() const;
  };

  /// Empty.
  ModelStore() = default;
  /// With the definitions of models/, compiled in.
  [[nodiscard]] static ModelStore with_core_objects();

  /// Adds a model, or replaces the one with its id and version; resources need not be sorted.
  /// `Range` if an id is 65535, `Conflict` if a resource id is there twice. O(n).
  Status add(ObjectModel model);
  /// False if it was not there. O(n).
  bool remove(Id object, Version version);
  /// Adds every `*.xml` in `folder`, in the order of their names, not those in folders below.
  /// Files that cannot be read or have errors are reported; what is good in them is added.
  LoadReport load_folder(const std::filesystem::path& folder);

  /// That very version, or null. O(log n), as all the look-ups.
  [[nodiscard]] const StoredModel* find(Id object, Version version) const;
  /// That version; else the one of the same major whose minor is nearest, of two the newer one;
  /// else null: another major means other resources [OV-03] [OV-08].
  [[nodiscard]] const StoredModel* lookup(Id object, Version version) const;
  /// The newest version, or null.
  [[nodiscard]] const StoredModel* latest(Id object) const;
  /// The table of `lookup()`, or null: codecs then guess types.
  [[nodiscard]] const ObjectDefinition* definition(Id object, Version version) const;

  /// Every version of one object, oldest first. Valid until the store changes.
  [[nodiscard]] std::span<const ModelPointer> versions(Id object) const;
  /// All models by id and version. Valid until the store changes; a copied pointer keeps its model.
  [[nodiscard]] std::span<const ModelPointer> all() const { return models_; }

 private:
  std::vector<ModelPointer> models_;
};

}  // namespace linnet::lwm2m
