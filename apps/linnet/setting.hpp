// SPDX-License-Identifier: Apache-2.0
#pragma once
// One setting of `linnet server`: where it is written, what it may be, and where its value came
// from. The table of all of them (server_config.hpp) is what the file, the environment,
// --check-config, the manual page and the packaged linnet.toml have in common.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <linnet/base/time.hpp>

namespace linnet::cli {

/// A number somewhere, of any integer type, or a Duration in whole seconds.
struct NumberSetting {
  std::function<std::int64_t()> get;
  std::function<void(std::int64_t)> set;
  std::int64_t low = 0;
  std::int64_t high = 0;
};

struct Setting {
  using Place = std::variant<std::string*, bool*, std::vector<std::string>*, NumberSetting>;

  std::string section;
  std::string key;
  /// One line for people, with the unit.
  std::string help;
  Place place;
  /// Takes effect with `systemctl reload` (SIGHUP); else only after a restart.
  bool reloads = false;
  /// "default", "linnet.toml:12", "LINNET_COAP_LISTEN" or "--coap".
  std::string origin = "default";

  /// "coap.listen".
  [[nodiscard]] std::string name() const { return section + "." + key; }
  /// "LINNET_COAP_LISTEN".
  [[nodiscard]] std::string variable() const;
  /// The value as it would stand in the file.
  [[nodiscard]] std::string toml() const;
  /// What the value has to be, for a message: "a number from 1 to 65535".
  [[nodiscard]] std::string expectation() const;
  /// Takes a value from text, as the environment has it: lists are separated by commas. False if it
  /// is not as expected; the value stays then.
  bool take(std::string_view text);
};

/// A setting of an integer type.
template <typename T>
NumberSetting number_setting(T& place, std::int64_t low, std::int64_t high) {
  return {[&place] { return static_cast<std::int64_t>(place); },
          [&place](std::int64_t value) { place = static_cast<T>(value); }, low, high};
}
/// A Duration in seconds.
[[nodiscard]] NumberSetting seconds_setting(Duration& place, std::int64_t low, std::int64_t high);

/// All settings in the order of the file.
class SettingTable {
 public:
  SettingTable() = default;
  explicit SettingTable(std::vector<Setting> settings) : settings_(std::move(settings)) {}

  [[nodiscard]] std::vector<Setting>& all() { return settings_; }
  [[nodiscard]] const std::vector<Setting>& all() const { return settings_; }
  /// Null if there is none.
  [[nodiscard]] Setting* find(std::string_view section, std::string_view key);
  /// In order, each once.
  [[nodiscard]] std::vector<std::string> sections() const;
  /// "listen, secure_listen".
  [[nodiscard]] std::string keys_of(std::string_view section) const;

 private:
  std::vector<Setting> settings_;
};

/// Text as a TOML basic string, in quotes.
[[nodiscard]] std::string toml_text(std::string_view text);

}  // namespace linnet::cli
