// SPDX-License-Identifier: Apache-2.0
#include "history_view.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>
#include <cstdio>
#include <optional>

#include <linnet/service/json_text.hpp>

#include "json_values.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

double seconds(std::int64_t ms) { return static_cast<double>(ms) / 1000; }

std::optional<double> number_of(const Sample& sample) {
  const lwm2m::Value value = sample.value.view();
  if (!value.is_numeric() || !std::isfinite(value.number())) return {};
  return value.number();
}

std::string iso_time_ms(std::int64_t ms) {
  const std::int64_t whole = ms >= 0 ? ms / 1000 : -((999 - ms) / 1000);
  std::string text = iso_time(static_cast<double>(whole));
  if (text.empty()) return std::to_string(seconds(ms));
  char fraction[8];
  std::snprintf(fraction, sizeof(fraction), ".%03dZ", static_cast<int>(ms - whole * 1000));
  text.replace(text.size() - 1, 1, fraction);
  return text;
}

/// A field, in quotes where it needs them.
std::string csv_field(const json::value& value) {
  const auto* text = value.if_string();
  if (text == nullptr) return to_text(value);
  if (text->find_first_of(",\"\r\n") == json::string::npos) return std::string(*text);
  std::string out = "\"";
  for (const char c : *text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

}  // namespace

std::vector<HistoryPoint> thin_out(const std::vector<Sample>& samples, std::size_t points) {
  std::vector<HistoryPoint> out;
  if (samples.empty()) return out;
  const std::int64_t begin = samples.front().time;
  const double width = static_cast<double>(samples.back().time - begin + 1);
  std::size_t last = points;
  for (const Sample& sample : samples) {
    const auto number = number_of(sample);
    if (!number) continue;
    const auto place = static_cast<std::size_t>(static_cast<double>(sample.time - begin) / width *
                                                static_cast<double>(points));
    if (place != last) out.push_back({sample.time, *number, *number, *number});
    last = place;
    HistoryPoint& point = out.back();
    point.time = sample.time;
    point.min = std::min(point.min, *number);
    point.max = std::max(point.max, *number);
    point.value = *number;
  }
  return out;
}

bool worth_thinning(const std::vector<Sample>& samples, std::size_t points) {
  return points != 0 && samples.size() > points && samples.back().value.view().is_numeric();
}

json::object history_json(const std::vector<Sample>& samples, std::size_t points) {
  json::object out;
  if (!samples.empty()) out["type"] = type_name(samples.back().value.type());
  json::array list;
  if (worth_thinning(samples, points)) {
    for (const HistoryPoint& point : thin_out(samples, points)) {
      list.push_back(json::object{{"time", seconds(point.time)},
                                  {"min", point.min},
                                  {"max", point.max},
                                  {"value", point.value}});
    }
  } else {
    list.reserve(samples.size());
    for (const Sample& sample : samples) {
      list.push_back(json::object{{"time", seconds(sample.time)},
                                  {"value", scalar_json(sample.value.view())}});
    }
  }
  out["samples"] = std::move(list);
  return out;
}

std::string history_csv(const std::vector<Sample>& samples, std::size_t points) {
  if (worth_thinning(samples, points)) {
    std::string out = "time,min,max,value\r\n";
    for (const HistoryPoint& point : thin_out(samples, points)) {
      out += iso_time_ms(point.time) + ',' + to_text(point.min) + ',' + to_text(point.max) + ',' +
             to_text(point.value) + "\r\n";
    }
    return out;
  }
  std::string out = "time,value\r\n";
  for (const Sample& sample : samples) {
    out += iso_time_ms(sample.time) + ',' + csv_field(scalar_json(sample.value.view())) + "\r\n";
  }
  return out;
}

}  // namespace linnet::service
