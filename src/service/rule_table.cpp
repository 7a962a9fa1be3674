// SPDX-License-Identifier: Apache-2.0
#include "rule_table.hpp"

#include <linnet/service/json_text.hpp>

#include "problem.hpp"

namespace linnet::service {

RuleTable::RuleTable(Sqlite& database)
    : database_(database),
      put_(database, "INSERT OR REPLACE INTO observe_rule VALUES (?,?)"),
      drop_(database, "DELETE FROM observe_rule WHERE name=?") {}

std::vector<ObserveRule> RuleTable::all() {
  std::vector<ObserveRule> out;
  Statement rows(database_, "SELECT name, body FROM observe_rule ORDER BY name");
  while (rows.step()) {
    try {
      out.push_back(ObserveRule::parse(rows.text(0), rows.text(1)));
    } catch (const Problem&) {
      // Of a Linnet that knows more; it stays in the table.
    }
  }
  return out;
}

void RuleTable::put(const ObserveRule& rule) { changed_[rule.name] = to_text(rule.to_json()); }

void RuleTable::write() {
  for (const auto& [name, body] : changed_) {
    if (body) {
      put_.reset();
      put_.bind(std::string_view(name)).bind(std::string_view(*body)).run();
    } else {
      drop_.reset();
      drop_.bind(std::string_view(name)).run();
    }
  }
}

}  // namespace linnet::service
