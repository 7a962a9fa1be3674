// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads object definition files (OMA DDF, XML schemas of LwM2M 1.0 and 1.1; Core 1.2 §7.1,
// Appendix E). Tolerates what the public registry contains and says so in a report that names the
// line, what is wrong there and how to mend it. Host only; free functions without state.
#include <string>
#include <string_view>
#include <vector>

#include <linnet/lwm2m/model/object_model.hpp>

namespace linnet::lwm2m {

struct DdfFinding {
  enum class Severity : std::uint8_t {
    Warning,  ///< read all the same
    Error,    ///< the object, or with `object == kNoId` the file, was left out
  };

  Severity severity = Severity::Error;
  /// From 1.
  std::size_t line = 1;
  Id object = kNoId;
  Id resource = kNoId;
  std::string what;
  /// What the author can do about it.
  std::string remedy;
};

/// "device.xml:12: error: /3/0: ... (...)", the form editors understand.
[[nodiscard]] std::string format(const DdfFinding& finding, std::string_view file);

struct DdfResult {
  /// The objects without an error, in the order of the file.
  std::vector<ObjectModel> objects;
  /// In the order of the lines.
  std::vector<DdfFinding> findings;

  /// No errors; there may be warnings.
  [[nodiscard]] bool ok() const;
};

/// The largest file `parse_ddf` looks at.
inline constexpr std::size_t kMaxDdfBytes = std::size_t{8} * 1024 * 1024;

/// Total: any bytes give objects or findings. An object with an error is left out whole.
[[nodiscard]] DdfResult parse_ddf(std::string_view xml);

}  // namespace linnet::lwm2m
