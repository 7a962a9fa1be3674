// SPDX-License-Identifier: Apache-2.0
#include "server_check.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <iostream>

#include "model_files.hpp"
#include "screen.hpp"
#include "server_log.hpp"
#include "server_ports.hpp"
#include "table.hpp"

namespace linnet::cli {
namespace {

namespace json = boost::json;

/// The value of a setting as JSON has it: what is TOML here is JSON too.
json::value json_value(const Setting& setting) {
  if (const auto* text = std::get_if<std::string*>(&setting.place)) {
    return json::value(**text);
  }
  if (const auto* flag = std::get_if<bool*>(&setting.place)) return **flag;
  if (const auto* texts = std::get_if<std::vector<std::string>*>(&setting.place)) {
    json::array out;
    for (const auto& text : **texts) out.push_back(json::value(text));
    return out;
  }
  return std::get<NumberSetting>(setting.place).get();
}

}  // namespace

lwm2m::ModelStore check_settings(ServerConfig& config) {
  ServerLog::check(config.log_level, config.log_format);
  choose_ports(config);
  service::check_files(config.settings);
  return load_models(config.model_folders, std::cerr);
}

void print_settings(const ServerConfig& config, bool as_json) {
  if (as_json) {
    json::array settings;
    for (const auto& setting : config.table.all()) {
      settings.push_back({{"section", setting.section},
                          {"key", setting.key},
                          {"value", json_value(setting)},
                          {"origin", setting.origin},
                          {"help", setting.help},
                          {"reloads", setting.reloads}});
    }
    print_json(json::object{{"settings", std::move(settings)}});
    return;
  }
  bool first = true;
  for (const auto& section : config.table.sections()) {
    std::cout << (first ? "[" : "\n[") << section << "]\n";
    first = false;
    Table table;
    for (const auto& setting : config.table.all()) {
      if (setting.section != section) continue;
      table.add({setting.key, "= " + setting.toml(), "# " + setting.origin});
    }
    table.print(std::cout);
  }
}

}  // namespace linnet::cli
