// SPDX-License-Identifier: Apache-2.0
#include <linnet/lwm2m/attributes.hpp>

#include <linnet/text/number.hpp>

namespace linnet::lwm2m {
namespace {

/// In the order of `Attribute`.
constexpr char kNames[kAttributes][6] = {"pmin", "pmax",  "epmin", "epmax", "edge",
                                         "con",  "hqmax", "gt",    "lt",    "st"};

constexpr std::uint16_t bit(Attribute a) {
  return static_cast<std::uint16_t>(1u << static_cast<unsigned>(a));
}

constexpr bool is_real(Attribute a) { return a >= Attribute::Gt; }

constexpr std::uint16_t kResourceOnly =
    bit(Attribute::Gt) | bit(Attribute::Lt) | bit(Attribute::St) | bit(Attribute::Edge);

/// Where `Attributes` keeps the value: among gt, lt and st, or among the others.
constexpr std::size_t slot(Attribute a) {
  const auto first = is_real(a) ? Attribute::Gt : Attribute::Pmin;
  return static_cast<std::size_t>(a) - static_cast<std::size_t>(first);
}

/// Flags are 0 or 1; seconds and counts are what all of Linnet can count, and 68 years.
constexpr std::uint32_t largest(Attribute a) {
  return a == Attribute::Edge || a == Attribute::Con ? 1 : 0x7FFFFFFF;
}

Result<double> parse_real(Attribute attribute, std::string_view text) {
  LINNET_TRY_ASSIGN(const double number, text::parse_double(text));
  if (attribute == Attribute::St && number < 0) return Error::Range;
  return number;
}

bool consistent_reals(const Attributes& attributes) {
  const std::optional<double> gt = attributes.real(Attribute::Gt);
  const std::optional<double> lt = attributes.real(Attribute::Lt);
  if (!gt.has_value() || !lt.has_value()) return true;
  const double st = attributes.real(Attribute::St).value_or(0);
  return *lt < *gt && *lt + 2 * st < *gt;
}

/// "pmin=10" for each that is there, after `first` or `separator`.
void write(const Attributes& attributes, const char* first, char separator, Writer& output,
           const RealAttributes* reals) {
  bool any = false;
  for (std::size_t i = 0; i < kAttributes; ++i) {
    const auto attribute = static_cast<Attribute>(i);
    if (!attributes.has(attribute)) continue;
    if (any) {
      output.character(separator);
    } else {
      output.text(first);
    }
    any = true;
    output.text(kNames[i]);
    output.character('=');
    if (is_real(attribute)) {
      reals->format(output, *attributes.real(attribute));
    } else {
      text::format_unsigned(output, attributes.integer_or_zero(attribute));
    }
  }
}

}  // namespace

std::string_view name(Attribute attribute) { return kNames[static_cast<std::size_t>(attribute)]; }

std::optional<Attribute> find_attribute(std::string_view name) {
  for (std::size_t i = 0; i < kAttributes; ++i) {
    if (kNames[i] == name) return static_cast<Attribute>(i);
  }
  return {};
}

std::optional<double> Attributes::real(Attribute a) const {
  if (!has(a) || !is_real(a)) return {};
  return reals_[slot(a)];
}

std::optional<std::uint32_t> Attributes::integer(Attribute a) const {
  if (!has(a) || is_real(a)) return {};
  return integers_[slot(a)];
}

std::uint32_t Attributes::integer_or_zero(Attribute a) const {
  LINNET_CHECK(!is_real(a));
  return integers_[slot(a)];
}

void Attributes::set(Attribute a, double value) {
  if (is_real(a)) return set_real(a, value);
  const double most = largest(a);
  set_integer(a, static_cast<std::uint32_t>(!(value > 0) ? 0 : value < most ? value : most));
}

void Attributes::set_real(Attribute a, double value) {
  LINNET_CHECK(is_real(a));
  reals_[slot(a)] = value;
  present_ = static_cast<std::uint16_t>(present_ | bit(a));
}

void Attributes::set_integer(Attribute a, std::uint32_t value) {
  LINNET_CHECK(!is_real(a));
  integers_[slot(a)] = value < largest(a) ? value : largest(a);
  present_ = static_cast<std::uint16_t>(present_ | bit(a));
}

void Attributes::clear(Attribute a) {
  // An absent attribute has no value left that could make two sets differ.
  if (is_real(a)) {
    reals_[slot(a)] = 0;
  } else {
    integers_[slot(a)] = 0;
  }
  present_ = static_cast<std::uint16_t>(present_ & ~bit(a));
}

void Attributes::override_with(const Attributes& lower) {
  for (std::size_t i = 0; i < kAttributes; ++i) {
    const auto a = static_cast<Attribute>(i);
    if (!lower.has(a)) continue;
    if (is_real(a)) {
      reals_[slot(a)] = lower.reals_[slot(a)];
    } else {
      integers_[slot(a)] = lower.integers_[slot(a)];
    }
  }
  present_ |= lower.present_;
}

Status AttributeChange::parse(std::string_view query, const RealAttributes* reals) {
  std::string_view value = query;
  const std::string_view name = take_until(value, '=');
  const std::optional<Attribute> attribute = find_attribute(name);
  if (!attribute.has_value() || (is_real(*attribute) && reals == nullptr)) return Error::Malformed;
  if (set.has(*attribute) || (unset & bit(*attribute)) != 0) return Error::Malformed;  // [DM-40]
  if (name.size() == query.size()) {                                                   // [DM-39]
    unset = static_cast<std::uint16_t>(unset | bit(*attribute));
    return {};
  }
  if (is_real(*attribute)) {
    LINNET_TRY_ASSIGN(const double number, reals->parse(*attribute, value));
    set.set_real(*attribute, number);
  } else {
    LINNET_TRY_ASSIGN(const std::uint64_t number, text::parse_unsigned(value));
    if (number > largest(*attribute)) return Error::Range;
    set.set_integer(*attribute, static_cast<std::uint32_t>(number));
  }
  return {};
}

void AttributeChange::apply_to(Attributes& current) const {
  for (std::size_t i = 0; i < kAttributes; ++i) {
    const auto a = static_cast<Attribute>(i);
    if ((unset & bit(a)) != 0) current.clear(a);
  }
  current.override_with(set);
}

bool AttributeChange::needs_resource() const {  // [DM-42]
  for (std::size_t i = 0; i < kAttributes; ++i) {
    const auto a = static_cast<Attribute>(i);
    if ((kResourceOnly & bit(a)) != 0 && (set.has(a) || (unset & bit(a)) != 0)) return true;
  }
  return false;
}

constinit const RealAttributes kRealAttributes = {
    .parse = parse_real, .format = text::format_double, .consistent = consistent_reals};

void write_link_attributes(const Attributes& attributes, Writer& output,
                           const RealAttributes* reals) {
  write(attributes, ";", ';', output, reals);
}

void write_query(const Attributes& attributes, Writer& output) {
  write(attributes, "", '&', output, &kRealAttributes);
}

}  // namespace linnet::lwm2m
