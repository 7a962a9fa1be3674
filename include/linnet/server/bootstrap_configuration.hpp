// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a bootstrap server wants devices to be configured like (Core 1.2 §6.1; [BS-39], [BS-44],
// [BS-45]): what to delete, what to write, in which way, and for which endpoints. Values may be
// templates with variables that are filled in for each device. Plain values; any thread.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <linnet/coap/content_format.hpp>
#include <linnet/lwm2m/path.hpp>
#include <linnet/server/ports.hpp>
#include <linnet/server/value.hpp>

namespace linnet::server {

/// A resource or resource instance to write. Without a value and with the path of an instance: an
/// instance without resources.
struct BootstrapValue {
  lwm2m::Path path{};
  OwnedValue value{};
  /// Text and bytes are taken as they are: what looks like a variable is none. For key material.
  bool literal = false;

  friend bool operator==(const BootstrapValue&, const BootstrapValue&) = default;
};

enum class BootstrapMode : std::uint8_t {
  All,  ///< first all deletes, then all writes, whatever the device has
  /// Looks first (Bootstrap-Discover, Bootstrap-Read): writes only instances that differ or cannot
  /// be read, and deletes what is there and not wanted, of the objects it writes or deletes.
  Needed,
};

enum class BootstrapWrites : std::uint8_t { Instances, Objects };  ///< one PUT for each

struct BootstrapConfiguration {
  std::string name{};
  /// Endpoint names, or patterns in which `*` stands for any text; "*" alone is the default.
  std::vector<std::string> endpoints{};
  BootstrapMode mode = BootstrapMode::All;
  BootstrapWrites writes = BootstrapWrites::Instances;
  /// For devices that do not say what they prefer (`pct`); absent: TLV, which all versions know.
  std::optional<coap::ContentFormat> format{};
  std::vector<lwm2m::Path> deletes{};  ///< /, /object or /object/instance; in this order
  std::vector<BootstrapValue> values{};
  bool pack = true;  ///< may be fetched as a Bootstrap-Pack; else 4.05 [BS-61]

  friend bool operator==(const BootstrapConfiguration&, const BootstrapConfiguration&) = default;
};

/// What is wrong with a configuration.
struct BootstrapFault {
  lwm2m::Path path{};
  std::string reason{};  ///< a sentence for a person
  std::string rule{};    ///< the requirement that it breaks: "BS-51"
};

/// Brings a configuration into order and checks it: deletes and paths, variables, types by the
/// object definitions, and whether what comes of it is consistent [BS-44] [BS-51]. A configuration
/// that replaces neither all accounts nor looks first may add to what a device has: what could be
/// there already is then not missed. Nothing if all is well.
/// Values get the types of their resources, and are sorted by path.
[[nodiscard]] std::optional<BootstrapFault> prepare(BootstrapConfiguration& configuration,
                                                    const DefinitionSource* definitions);

/// `text` with its variables filled in: `{endpoint}`, and `{identifier}`, what follows the last
/// colon of the endpoint name. `{{` and `}}` stand for single braces. `NotFound` for an unknown
/// variable, `Malformed` for a lone brace.
[[nodiscard]] Result<std::string> expand(std::string_view text, std::string_view endpoint);
/// The configuration for one device: all values are literal then. Errors as above.
[[nodiscard]] Result<BootstrapConfiguration> expand(const BootstrapConfiguration& configuration,
                                                    std::string_view endpoint);

/// Whether a name or pattern stands for this endpoint.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view endpoint);
/// The configuration for an endpoint: one with its exact name, else the one with the longest
/// pattern, else the default; of several the first. Null if there is none.
[[nodiscard]] const BootstrapConfiguration* select(
    std::span<const BootstrapConfiguration> configurations, std::string_view endpoint);

/// True for resources that hold a secret, which no log, event or answer may show: /0/x/5, /0/x/8
/// and /21/x/0.
[[nodiscard]] bool is_secret(const lwm2m::Path& path);
/// Secrets overwritten with asterisks, as many as they have bytes.
void hide_secrets(BootstrapConfiguration& configuration);

/// "all", "needed". Static lifetime.
[[nodiscard]] const char* describe(BootstrapMode mode);

}  // namespace linnet::server
