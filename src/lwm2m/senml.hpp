// SPDX-License-Identifier: Apache-2.0
#pragma once
// What SenML JSON and SenML CBOR have in common (RFC 8428, RFC 8790; Core 1.2 §7.4.6, §7.4.7;
// [FMT-16]..[FMT-24]): labels, the rules of a record, base name and base time both ways.
#include <linnet/lwm2m/format.hpp>

#include <lwm2m/path_parser.hpp>

namespace linnet::lwm2m {

enum class SenmlLabel : std::uint8_t {
  BaseVersion,
  BaseName,
  BaseTime,
  BaseValue,
  Name,
  Time,
  Value,
  Text,
  Boolean,
  Data,
  Link,
  Ignored,  ///< unknown, or of no meaning in LwM2M
  Refused,  ///< unknown, and not to be ignored: it ends in '_' [FMT-23]
};

struct SenmlLabelRow {
  std::string_view name;
  std::int8_t number;
};
inline constexpr std::int8_t kNoNumber = 127;
/// In the order of `SenmlLabel`. [FMT-19]
inline constexpr SenmlLabelRow kSenmlLabels[] = {
    {"bver", -1}, {"bn", -2}, {"bt", -3}, {"bv", -5}, {"n", 0},           {"t", 6},
    {"v", 2},     {"vs", 3},  {"vb", 4},  {"vd", 8},  {"vlo", kNoNumber},
};

[[nodiscard]] SenmlLabel find_senml_label(std::string_view name);

/// The label of the field that holds a value of `type`.
[[nodiscard]] SenmlLabel senml_label(DataType type);

/// The fields of one record while it is read.
struct SenmlFields {
  std::uint16_t seen = 0;
  ByteView name;
  double time = 0;

  [[nodiscard]] bool has(SenmlLabel label) const {
    return (seen >> static_cast<unsigned>(label) & 1u) != 0;
  }
  /// `Malformed` for a second field of the same label, or a second value; `Unsupported` for a
  /// label that may not be ignored.
  Status note(SenmlLabel label);
};

/// `Unsupported` for a version of SenML newer than RFC 8428.
[[nodiscard]] Status check_senml_version(double version);

/// Fills path and time of `out`, whose value is there. `parser` was fed base name and name.
[[nodiscard]] Status finish_senml_record(const ReadState& state, const SenmlFields& fields,
                                         const PathParser& parser, bool etch, Record& out);

/// How a record that is being written says its path and time.
class SenmlHead {
 public:
  /// Chooses, and notes in `state` which base name and base time are in force from here on.
  SenmlHead(WriteState& state, const Path& path);
  SenmlHead(const SenmlHead&) = delete;
  SenmlHead& operator=(const SenmlHead&) = delete;

  /// Each is empty if the record does not need it.
  std::string_view base_name;
  std::optional<double> base_time;
  std::string_view name;
  std::optional<double> time;

  [[nodiscard]] std::size_t fields() const {
    return (base_name.empty() ? 0u : 1u) + (name.empty() ? 0u : 1u) +
           (base_time.has_value() ? 1u : 0u) + (time.has_value() ? 1u : 0u);
  }

 private:
  void choose_names(WriteState& state, const Path& path);
  void choose_times(WriteState& state);

  char base_text_[kMaxPathText + 1];
  char text_[kMaxPathText];
};

/// `NotAcceptable` for what the format has no record for.
[[nodiscard]] Status check_senml_kind(WriteKind kind, bool etch);

}  // namespace linnet::lwm2m
