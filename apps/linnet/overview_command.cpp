// SPDX-License-Identifier: Apache-2.0
// linnet overview: the fleet in one page.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>

#include "api_command.hpp"
#include "screen.hpp"
#include "table.hpp"

namespace linnet::cli {
namespace {

namespace json = boost::json;

std::string rate(const json::object& rates, const char* name) {
  char text[32];
  const double value = number(rates, name);
  std::snprintf(text, sizeof(text), value < 10 ? "%.2f" : "%.0f", value);
  return text;
}

/// The last hour as one line of blocks; empty if nothing happened.
std::string sparkline(const json::array& series, const char* name) {
  constexpr const char* kBlocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr std::size_t kColumns = 60;
  std::vector<double> columns(kColumns, 0);
  const std::size_t offset = series.size() > kColumns ? 0 : kColumns - series.size();
  const std::size_t per = std::max<std::size_t>(1, (series.size() + kColumns - 1) / kColumns);
  for (std::size_t i = 0; i < series.size(); ++i) {
    const std::size_t at = std::min(offset + i / per, kColumns - 1);
    columns[at] = std::max(columns[at], number(series[i].as_object(), name));
  }
  const double most = *std::max_element(columns.begin(), columns.end());
  if (most <= 0) return {};
  std::string out;
  for (const double value : columns) {
    out += kBlocks[value <= 0 ? 0 : 1 + static_cast<std::size_t>(value / most * 7)];
  }
  return out;
}

bool render(std::ostream& out, const ApiOptions& options, ApiClient& api) {
  const json::object all = api.get("/api/v1/overview").as_object();
  if (options.as_json) {
    print_json(all, out);
    return true;
  }
  const auto& devices = object_of(all, "devices");
  const auto& rates = object_of(all, "rates");
  const auto& store = object_of(all, "store");
  const auto& series = array_of(all, "series");
  Table facts;
  facts.add({"devices", coloured(Colour::Bold, count(devices, "registered") + " registered") +
                            ", " + count(devices, "awake") + " awake, " + count(devices, "asleep") +
                            " asleep, " + count(devices, "absent") + " absent"});
  facts.add({"observed", count(all, "observations") + " observations"});
  facts.add({"waiting", count(all, "pending") + " operations"});
  facts.add({"sessions", count(all, "sessions") + " secure"});
  facts.add({"store", (flag_of(store, "failing") ? coloured(Colour::Red, "failing, ") : "") +
                          size_text(number(store, "bytes")) +
                          (text(store, "file").empty() ? ", kept until the server ends"
                                                       : "  " + printable(text(store, "file")))});
  facts.add({"running for", duration(number(all, "uptime"))});
  facts.print(out);
  out << "a second, over the last minute, and the last hour\n";
  Table table({}, "  ");
  for (const char* name :
       {"registrations", "updates", "notifications", "operations", "messagesIn", "messagesOut"}) {
    table.add({name, rate(rates, name), sparkline(series, name)});
  }
  table.print(out);
  if (const auto& alarms = array_of(all, "alarms"); !alarms.empty()) {
    out << "alarms\n";
    Table list({}, "  ");
    for (const auto& item : alarms) {
      const auto& alarm = item.as_object();
      list.add({age(number(alarm, "time")), coloured(Colour::Red, printable(text(alarm, "text")))});
    }
    list.print(out);
  }
  return true;
}

ExitCode run(const ApiOptions& options) { return watchable(options, render); }

}  // namespace

void add_overview(CLI::App& app, Action& action) {
  auto options = std::make_shared<ApiOptions>();
  auto* command = add_api_command(&app, options, action, "overview",
                                  "The fleet in one page: counts, rates, alarms", run);
  add_watch(command, options);
}

}  // namespace linnet::cli
