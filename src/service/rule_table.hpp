// SPDX-License-Identifier: Apache-2.0
#pragma once
// The observe rules in the store. Thread rule: that of the store.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "observe_rule.hpp"
#include "sqlite.hpp"
#include "store.hpp"

namespace linnet::service {

class RuleTable final : public StorePart {
 public:
  /// Throws SqliteError.
  explicit RuleTable(Sqlite& database);

  /// In the order of their names; rows that make no sense are left out. Throws SqliteError.
  [[nodiscard]] std::vector<ObserveRule> all();
  // Both with the next commit.
  void put(const ObserveRule& rule);
  void drop(const std::string& name) { changed_[name] = std::nullopt; }

  [[nodiscard]] bool changed() const override { return !changed_.empty(); }
  [[nodiscard]] bool urgent() const override { return changed(); }
  void write() override;
  void written() override { changed_.clear(); }

 private:
  Sqlite& database_;
  Statement put_, drop_;
  std::map<std::string, std::optional<std::string>> changed_;
};

}  // namespace linnet::service
