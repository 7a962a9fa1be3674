// SPDX-License-Identifier: Apache-2.0
#include "setting.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace linnet::cli {
namespace {

template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto comma = text.find(',');
    if (comma != 0) out.emplace_back(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return out;
}

}  // namespace

std::string toml_text(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      out += "\\u00";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

NumberSetting seconds_setting(Duration& place, std::int64_t low, std::int64_t high) {
  return {[&place] { return place.ms / 1000; },
          [&place](std::int64_t value) { place = seconds(value); }, low, high};
}

std::string Setting::variable() const {
  std::string out = "LINNET_" + section + "_" + key;
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

std::string Setting::toml() const {
  return std::visit(
      Overloaded{[](const std::string* text) { return toml_text(*text); },
                 [](const bool* flag) { return std::string(*flag ? "true" : "false"); },
                 [](const std::vector<std::string>* texts) {
                   std::string out;
                   for (const auto& text : *texts) {
                     out += (out.empty() ? "" : ", ") + toml_text(text);
                   }
                   return "[" + out + "]";
                 },
                 [](const NumberSetting& number) { return std::to_string(number.get()); }},
      place);
}

std::string Setting::expectation() const {
  return std::visit(Overloaded{[](const std::string*) { return std::string("a string in quotes"); },
                               [](const bool*) { return std::string("true or false"); },
                               [](const std::vector<std::string>*) {
                                 return std::string("a list of strings: [\"...\"]");
                               },
                               [](const NumberSetting& number) {
                                 return "a number from " + std::to_string(number.low) + " to " +
                                        std::to_string(number.high);
                               }},
                    place);
}

bool Setting::take(std::string_view text) {
  return std::visit(Overloaded{[&](std::string* out) {
                                 *out = text;
                                 return true;
                               },
                               [&](bool* out) {
                                 if (text != "true" && text != "false") return false;
                                 *out = text == "true";
                                 return true;
                               },
                               [&](std::vector<std::string>* out) {
                                 *out = split(text);
                                 return true;
                               },
                               [&](NumberSetting& number) {
                                 std::int64_t value = 0;
                                 const char* end = text.data() + text.size();
                                 const auto [stop, error] =
                                     std::from_chars(text.data(), end, value);
                                 if (error != std::errc{} || stop != end || value < number.low ||
                                     value > number.high) {
                                   return false;
                                 }
                                 number.set(value);
                                 return true;
                               }},
                    place);
}

Setting* SettingTable::find(std::string_view section, std::string_view key) {
  const auto found = std::ranges::find_if(settings_, [&](const Setting& setting) {
    return setting.section == section && setting.key == key;
  });
  return found == settings_.end() ? nullptr : &*found;
}

std::vector<std::string> SettingTable::sections() const {
  std::vector<std::string> out;
  for (const auto& setting : settings_) {
    if (std::ranges::find(out, setting.section) == out.end()) out.push_back(setting.section);
  }
  return out;
}

std::string SettingTable::keys_of(std::string_view section) const {
  std::string out;
  for (const auto& setting : settings_) {
    if (setting.section == section) out += (out.empty() ? "" : ", ") + setting.key;
  }
  return out;
}

}  // namespace linnet::cli
