// SPDX-License-Identifier: Apache-2.0
#pragma once
// Notification attributes (Core 1.2 §7.3; [IR-01]..[IR-15]): what a server attaches to a path by
// Write-Attributes, or gives in an Observe. A value type of 56 bytes.
#include <cstdint>
#include <optional>
#include <string_view>

#include <linnet/base/bytes.hpp>
#include <linnet/lwm2m/path.hpp>

namespace linnet::lwm2m {

/// Those with a real number last.
enum class Attribute : std::uint8_t { Pmin, Pmax, Epmin, Epmax, Edge, Con, Hqmax, Gt, Lt, St };
inline constexpr std::size_t kAttributes = 10;

/// "pmin", "gt", ... as on the wire. Static lifetime.
[[nodiscard]] std::string_view name(Attribute attribute);
[[nodiscard]] std::optional<Attribute> find_attribute(std::string_view name);

class Attributes {
 public:
  [[nodiscard]] constexpr bool has(Attribute a) const { return (present_ >> index(a) & 1u) != 0; }
  [[nodiscard]] constexpr bool empty() const { return present_ == 0; }
  /// gt, lt and st; nothing if absent.
  [[nodiscard]] std::optional<double> real(Attribute a) const;
  /// All the others; nothing if absent.
  [[nodiscard]] std::optional<std::uint32_t> integer(Attribute a) const;
  /// The same, 0 if absent.
  [[nodiscard]] std::uint32_t integer_or_zero(Attribute a) const;
  void set(Attribute a, double value);
  /// The same without floating-point arithmetic. REQUIRES: gt, lt or st; any other.
  void set_real(Attribute a, double value);
  void set_integer(Attribute a, std::uint32_t value);
  void clear(Attribute a);

  /// Takes the values that `lower` has: precedence is evaluated per attribute, the deeper level
  /// first [IR-13].
  void override_with(const Attributes& lower);

  friend bool operator==(const Attributes&, const Attributes&) = default;

 private:
  static constexpr unsigned index(Attribute a) { return static_cast<unsigned>(a); }

  // What is absent is 0.
  double reals_[3]{};
  std::uint32_t integers_[7]{};
  std::uint16_t present_ = 0;
};

/// What gt, lt and st need that the other attributes do not: who does not have them links no
/// floating point.
struct RealAttributes {
  Result<double> (*parse)(Attribute attribute, std::string_view text);
  void (*format)(Writer& output, double number);
  /// lt < gt and lt + 2*st < gt, as far as the three are there [IR-11] [DM-41].
  bool (*consistent)(const Attributes& attributes);
};
extern const RealAttributes kRealAttributes;

/// A change asked for by Write-Attributes: values to set and attributes to unset [DM-39].
struct AttributeChange {
  Attributes set;
  std::uint16_t unset = 0;  ///< bit (1 << Attribute)

  /// Takes one Uri-Query option such as "pmin=10" or "gt". `Malformed` for an unknown, repeated or
  /// non-numeric one [DM-40], `Range` for a value outside its field. Without `reals` gt, lt and st
  /// are unknown.
  Status parse(std::string_view query, const RealAttributes* reals = &kRealAttributes);
  /// Makes of what is attached what is attached after the change.
  void apply_to(Attributes& current) const;
  /// True if any attribute is allowed on resources and resource instances only [DM-42].
  [[nodiscard]] bool needs_resource() const;
};

/// lt < gt and lt + 2*st < gt, as far as the three are there [IR-11] [DM-41].
[[nodiscard]] inline bool consistent(const Attributes& attributes) {
  return kRealAttributes.consistent(attributes);
}

/// Appends ";pmin=10;gt=2.5" to `output`, the link-format form used in Discover.
/// REQUIRES: `reals` if gt, lt or st are there.
void write_link_attributes(const Attributes& attributes, Writer& output,
                           const RealAttributes* reals = &kRealAttributes);
/// Appends "pmin=10&gt=2.5", the query form.
void write_query(const Attributes& attributes, Writer& output);

}  // namespace linnet::lwm2m
