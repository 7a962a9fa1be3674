// SPDX-License-Identifier: Apache-2.0
#include "table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ctime>

#include <linnet/service/json_text.hpp>

#include "bytes_text.hpp"

namespace linnet::cli {

std::size_t width(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {  // a colour, up to its m
      while (i < text.size() && text[i] != 'm') ++i;
      continue;
    }
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) ++columns;
  }
  return columns;
}

void Table::print(std::ostream& out) const {
  std::vector<std::size_t> widths;
  std::vector<bool> used;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    used.resize(widths.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width(row[i]));
      used[i] = used[i] || !row[i].empty();
    }
  }
  for (std::size_t i = 0; i < std::min(headings_.size(), widths.size()); ++i) {
    widths[i] = std::max(widths[i], width(headings_[i]));
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text = indent_;
    for (std::size_t i = 0; i < std::min(cells.size(), widths.size()); ++i) {
      if (!used[i]) continue;
      text += cells[i] + std::string(widths[i] - width(cells[i]) + 2, ' ');
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out << text << '\n';
  };
  if (!headings_.empty()) line(headings_);
  for (const auto& row : rows_) line(row);
}

std::string printable(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) {
      out += c;
    } else {
      out += "\\x";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

std::string duration(double seconds) {
  const auto whole = [](double n, const char* unit) {
    return std::to_string(static_cast<long long>(n)) + unit;
  };
  if (seconds < 0) seconds = 0;
  if (seconds < 120) return whole(seconds, " s");
  if (seconds < 7200) return whole(seconds / 60, " min");
  if (seconds < 2 * 86400) return whole(seconds / 3600, " h");
  return whole(seconds / 86400, " days");
}

std::string local_time(double unix_seconds) {
  if (!(std::abs(unix_seconds) < 253402300800.0)) return std::to_string(unix_seconds);
  const auto seconds = static_cast<std::time_t>(std::floor(unix_seconds));
  std::tm parts{};
  localtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &parts)};
}

std::string text(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains({name.data(), name.size()});
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

double number(const boost::json::object& object, std::string_view name, double absent) {
  const auto* value = object.if_contains({name.data(), name.size()});
  return value != nullptr && value->is_number() ? value->to_number<double>() : absent;
}

const boost::json::array& array_of(const boost::json::object& object, std::string_view name) {
  static const boost::json::array empty;
  const auto* value = object.if_contains({name.data(), name.size()});
  return value != nullptr && value->is_array() ? value->get_array() : empty;
}

const boost::json::object& object_of(const boost::json::object& object, std::string_view name) {
  static const boost::json::object empty;
  const auto* value = object.if_contains({name.data(), name.size()});
  return value != nullptr && value->is_object() ? value->get_object() : empty;
}

std::string count(const boost::json::object& object, std::string_view name) {
  return std::to_string(static_cast<std::uint64_t>(number(object, name)));
}

std::string number_text(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains({name.data(), name.size()});
  if (value == nullptr || value->is_null()) return {};
  return value->is_string() ? printable(value->get_string()) : service::to_text(*value);
}

boost::json::array texts(const std::vector<std::string>& words) {
  boost::json::array out;
  for (const auto& word : words) out.push_back(boost::json::value(word));
  return out;
}

bool flag_of(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains({name.data(), name.size()});
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::string joined(const boost::json::array& items, const char* between) {
  std::string out;
  for (const auto& item : items) {
    out += (out.empty() ? "" : between) +
           (item.is_string() ? printable(item.get_string()) : service::to_text(item));
  }
  return out;
}

std::string unit_text(const std::string& unit) {
  if (unit.empty()) return {};
  return unit == "/100" || unit == "%" ? " %" : " " + printable(unit);
}

std::string value_text(const boost::json::object& value) {
  const auto* content = value.if_contains("value");
  if (content == nullptr || content->is_null()) return "-";
  const std::string type = text(value, "type");
  if (type == "opaque") {
    const auto bytes = from_base64(text(value, "value"));
    constexpr std::size_t kShown = 32;
    std::string out = to_hex(bytes.substr(0, kShown)) + (bytes.size() > kShown ? "..." : "");
    return out + (bytes.empty() ? "(0 bytes)" : " (" + std::to_string(bytes.size()) + " bytes)");
  }
  std::string out;
  if (content->is_string()) {
    out = printable(text(value, "value"));
    if (out.empty()) return "\"\"";
  } else {
    out = service::to_text(*content);
  }
  if (type == "time") out = local_time(number(value, "value")) + " (" + out + ")";
  if (type == "time") return out;
  return out + unit_text(text(value, "unit"));
}

std::vector<std::string> value_row(const boost::json::object& value) {
  const auto* time = value.if_contains("time");
  return {text(value, "path"), printable(text(value, "name")), value_text(value),
          time != nullptr ? local_time(number(value, "time")) : ""};
}

}  // namespace linnet::cli
