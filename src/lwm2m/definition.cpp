// SPDX-License-Identifier: Apache-2.0
#include <linnet/lwm2m/definition.hpp>

#include <linnet/text/utf8.hpp>

namespace linnet::lwm2m {
namespace {

/// Takes a decimal number up to 255 off the front.
bool take_number(std::string_view& text, std::uint8_t& out) {
  unsigned number = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    number = number * 10 + static_cast<unsigned>(text[digits] - '0');
    if (number > 255) return false;
  }
  text.remove_prefix(digits);
  out = static_cast<std::uint8_t>(number);
  return digits > 0;
}

bool take_dot(std::string_view& text) {
  if (!text.starts_with('.')) return false;
  text.remove_prefix(1);
  return true;
}

/// Versions of the core objects in enabler 1.0, 1.1 and 1.2. [OV-05]
struct CoreObject {
  std::uint8_t id;
  std::uint8_t minor[3];
};
constexpr CoreObject kCore[] = {
    {0, {0, 1, 2}}, {1, {0, 1, 2}}, {2, {0, 0, 1}}, {3, {0, 1, 2}},  {4, {0, 2, 3}},
    {5, {0, 0, 1}}, {6, {0, 0, 0}}, {7, {0, 0, 0}}, {21, {0, 0, 1}},
};

}  // namespace

Result<Version> Version::parse(std::string_view text) {
  Version version;
  std::uint8_t dropped = 0;
  if (!take_number(text, version.major) || !take_dot(text) || !take_number(text, version.minor)) {
    return Error::Malformed;
  }
  if (!text.empty() && !(take_dot(text) && take_number(text, dropped))) return Error::Malformed;
  if (!text.empty()) return Error::Malformed;
  return version;
}

const ResourceDefinition* ObjectDefinition::find(Id resource) const {
  std::size_t first = 0;
  std::size_t end = resources.size();
  while (first < end) {
    const std::size_t middle = first + (end - first) / 2;
    if (resources[middle].id == resource) return &resources[middle];
    if (resources[middle].id < resource) {
      first = middle + 1;
    } else {
      end = middle;
    }
  }
  return nullptr;
}

Status check(const ResourceDefinition& definition, const Value& value) {
  if (value.type() != definition.type) return Error::Type;
  const bool text = value.type() == DataType::String;
  if (text && !text::is_utf8(as_bytes(value.as_string()))) return Error::Range;  // [DT-01]
  if (!definition.bounded()) return {};
  std::int64_t measure = 0;
  switch (value.type()) {
    case DataType::Integer:
    case DataType::Time: measure = value.as_integer(); break;
    case DataType::Unsigned:
      if (value.as_unsigned() > INT64_MAX) return Error::Range;
      measure = static_cast<std::int64_t>(value.as_unsigned());
      break;
    case DataType::String: measure = static_cast<std::int64_t>(value.as_string().size()); break;
    case DataType::Opaque: measure = static_cast<std::int64_t>(value.as_opaque().size()); break;
    default: return {};
  }
  if (measure < definition.minimum || measure > definition.maximum) return Error::Range;
  return {};
}

Version default_object_version(Id object, Version enabler) {
  const std::size_t column = enabler >= kEnabler12 ? 2 : enabler.minor;
  for (const CoreObject& core : kCore) {
    if (core.id == object && enabler.major > 0) return {1, core.minor[column]};
  }
  return {1, 0};
}

}  // namespace linnet::lwm2m
