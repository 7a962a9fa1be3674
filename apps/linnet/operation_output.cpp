// SPDX-License-Identifier: Apache-2.0
#include "operation_output.hpp"

#include <iostream>

#include <linnet/service/json_text.hpp>

#include "screen.hpp"
#include "table.hpp"

namespace linnet::cli {
namespace {

namespace json = boost::json;

/// "4.04 Not Found: no such instance", or the reason alone.
std::string outcome(const json::object& operation) {
  std::string out = text(operation, "code");
  if (!out.empty() && !text(operation, "codeName").empty())
    out += " " + text(operation, "codeName");
  const std::string reason = printable(text(operation, "reason"));
  if (!reason.empty()) out += (out.empty() ? "" : ": ") + reason;
  return out;
}

}  // namespace

std::string operation_state(const json::object& operation) {
  const std::string state = text(operation, "state");
  if (!state.empty()) return state;
  return flag_of(operation, "success") ? "done" : "failed";
}

bool operation_ended(const json::object& operation) {
  const std::string state = operation_state(operation);
  return state != "queued" && state != "sent";
}

ExitCode operation_exit_code(const json::object& operation) {
  const std::string state = operation_state(operation);
  if (state == "done" || !operation_ended(operation)) return kOk;
  if (state == "expired") return kNoAnswer;
  if (state == "cancelled") return kRefused;
  return text(operation, "code").empty() ? kNoAnswer : kDeviceError;
}

ExitCode report_operation(const json::object& operation) {
  const ExitCode exit = operation_exit_code(operation);
  if (exit == kOk) return exit;
  const std::string code = text(operation, "code");
  std::string message;
  if (!code.empty()) {
    message = "the device answered " + outcome(operation);
  } else {
    message = "the operation " + operation_state(operation);
    if (operation_state(operation) == "cancelled") message = "the operation was cancelled";
    if (!outcome(operation).empty()) message += ": " + outcome(operation);
  }
  if (code == "4.04") message += ". `linnet device discover` shows what is there";
  if (code == "4.05")
    message += ". The resource does not allow this; `linnet model show` tells what it allows";
  std::cerr << "linnet: " << message << '\n';
  return exit;
}

std::vector<std::string> operation_headings() {
  return {"ID", "STATE", "ENDPOINT", "OPERATION", "TARGET", "MADE", "DEADLINE", "OUTCOME"};
}

std::vector<std::string> operation_row(const json::object& operation) {
  const double deadline = number(operation, "deadline");
  const bool waits = !operation_ended(operation);
  return {text(operation, "id"),
          coloured_state(operation_state(operation)),
          printable(text(operation, "endpoint")),
          text(operation, "op"),
          printable(text(operation, "target")),
          age(number(operation, "time")),
          waits && deadline != 0 ? age(deadline) : "",
          outcome(operation)};
}

void print_operation(std::ostream& out, const json::object& operation) {
  out << text(operation, "op") << ' ' << printable(text(operation, "target")) << "  of "
      << printable(text(operation, "endpoint")) << '\n';
  Table facts({}, "  ");
  facts.add({"id", text(operation, "id")});
  facts.add({"state", coloured_state(operation_state(operation))});
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) facts.add({name, value});
  };
  add("outcome", outcome(operation));
  add("mode", text(operation, "mode"));
  facts.add({"made",
             time_and_age(number(operation, "time")) +
                 (text(operation, "by").empty() ? "" : " by " + printable(text(operation, "by")))});
  if (const double deadline = number(operation, "deadline"); deadline != 0) {
    facts.add({"deadline", time_and_age(deadline)});
  }
  if (const double finished = number(operation, "finished"); finished != 0) {
    facts.add({"ended", time_and_age(finished)});
  }
  if (const auto took = number_text(operation, "elapsedMs"); !took.empty()) {
    facts.add({"took", took + " ms"});
  }
  add("batch", text(operation, "batch"));
  facts.print(out);
  if (const auto& timeline = array_of(operation, "timeline"); !timeline.empty()) {
    out << "timeline\n";
    Table steps({}, "  ");
    for (const auto& item : timeline) {
      const auto& step = item.as_object();
      steps.add({local_time(number(step, "time")), coloured_state(text(step, "state")),
                 printable(text(step, "detail"))});
    }
    steps.print(out);
  }
  if (const auto& values = array_of(operation, "values"); !values.empty()) {
    out << "values\n";
    Table rows({}, "  ");
    for (const auto& item : values) rows.add(value_row(item.as_object()));
    rows.print(out);
  }
}

}  // namespace linnet::cli
