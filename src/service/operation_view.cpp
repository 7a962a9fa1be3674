// SPDX-License-Identifier: Apache-2.0
#include "operation_view.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "api_area.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

double to_seconds(std::int64_t unix_ms) { return static_cast<double>(unix_ms) / 1000; }

json::object parsed(std::string_view text) {
  if (text.empty()) return {};
  json::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error);
  return error || !value.is_object() ? json::object{} : std::move(value.get_object());
}

json::object step_json(std::int64_t time, OperationState state, std::string_view detail) {
  json::object out{{"time", to_seconds(time)}, {"state", name(state)}};
  if (!detail.empty()) out["detail"] = detail;
  return out;
}

std::string_view text_of(const json::object& object, std::string_view member) {
  const auto* value = object.if_contains(member);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                : std::string_view();
}

}  // namespace

json::object to_json(const Problem& problem) {
  return {
      {"success", false},
      {"reason", problem.detail},
      {"problem",
       json::object{{"kind", problem.kind}, {"title", problem.title}, {"status", problem.status}}}};
}

json::object to_json(const OperationRow& row, std::string_view endpoint) {
  json::object out{{"id", std::to_string(row.number)},
                   {"endpoint", endpoint},
                   {"op", row.op},
                   {"target", row.target},
                   {"mode", name(row.mode)},
                   {"state", name(row.state)},
                   {"time", to_seconds(row.created)},
                   {"deadline", to_seconds(row.deadline)}};
  if (row.finished != 0) out["finished"] = to_seconds(row.finished);
  if (!row.by.empty()) out["by"] = row.by;
  if (row.batch != 0) out["batch"] = std::to_string(row.batch);
  out["request"] = parsed(row.request);
  for (auto& [key, value] : parsed(row.result)) out[key] = std::move(value);
  json::array timeline{step_json(row.created, OperationState::Queued, {})};
  for (const auto& step : row.steps) {
    timeline.push_back(step_json(step.time, step.state, step.detail));
  }
  out["timeline"] = std::move(timeline);
  return out;
}

json::object event_of(const OperationRow& row, const json::object& result) {
  json::object out{{"operation", std::to_string(row.number)},
                   {"op", row.op},
                   {"target", row.target},
                   {"state", name(row.state)}};
  if (!row.by.empty()) out["by"] = row.by;
  if (row.batch != 0) out["batch"] = std::to_string(row.batch);
  for (const char* member : {"success", "outcome", "code", "reason", "elapsedMs"}) {
    if (const auto* value = result.if_contains(member)) out[member] = *value;
  }
  if (is_open(row.state) && !row.steps.empty() && !row.steps.back().detail.empty()) {
    out["detail"] = row.steps.back().detail;
  }
  return out;
}

json::object to_json(const OperationStore::Batch& batch) {
  json::object counts;
  for (std::size_t i = 0; i < kOperationStates; ++i) {
    counts[name(static_cast<OperationState>(i))] = batch.counts[i];
  }
  return {{"batch", std::to_string(batch.number)},
          {"op", batch.op},
          {"target", batch.target},
          {"by", batch.by},
          {"time", to_seconds(batch.created)},
          {"counts", std::move(counts)}};
}

HttpResponse accepted(const OperationRow& row, std::string_view endpoint) {
  HttpResponse response = json_response(to_json(row, endpoint), 202);
  response.headers.emplace_back("Location", "/api/v1/operations/" + std::to_string(row.number));
  return response;
}

HttpResponse ended(const OperationRow& row, std::string_view endpoint) {
  const json::object result = parsed(row.result);
  const auto* problem = result.if_contains("problem");
  if (problem == nullptr || !problem->is_object()) return json_response(to_json(row, endpoint));
  const json::object& what = problem->get_object();
  const auto* status = what.if_contains("status");
  Problem answer(status != nullptr ? status->to_number<unsigned>() : 500,
                 std::string(text_of(what, "kind")), std::string(text_of(what, "title")),
                 std::string(text_of(result, "reason")));
  answer.members.emplace_back("operation", std::to_string(row.number));
  answer.members.emplace_back("state", std::string(name(row.state)));
  return to_response(answer);
}

}  // namespace linnet::service
