// SPDX-License-Identifier: Apache-2.0
#include <client/change_conditions.hpp>

#include <bit>

namespace linnet::client {
namespace {

using lwm2m::Attribute;
using lwm2m::Attributes;
using lwm2m::DataType;
using lwm2m::Value;

/// What `Value::bits` of a numeric type stand for.
double number(DataType type, std::uint64_t bits) {
  if (type == DataType::Float) return std::bit_cast<double>(bits);
  if (type == DataType::Unsigned) return static_cast<double>(bits);
  return static_cast<double>(static_cast<std::int64_t>(bits));
}

/// One threshold is crossed when the two numbers lie on different sides of it.
bool crosses(std::optional<double> threshold, double before, double now, bool upper) {
  if (!threshold) return false;
  return upper ? (before > *threshold) != (now > *threshold)
               : (before < *threshold) != (now < *threshold);
}

/// A threshold of something that is no number can never be crossed.
bool allowed(const lwm2m::AttributeChange& change, const lwm2m::ResourceDefinition* resource) {
  if (resource == nullptr) return !change.needs_resource();
  const Attributes& set = change.set;
  const bool threshold = set.has(Attribute::Gt) || set.has(Attribute::Lt) || set.has(Attribute::St);
  return (!set.has(Attribute::Edge) || resource->type == DataType::Boolean) &&
         (!threshold || lwm2m::is_numeric(resource->type));
}

std::optional<bool> met(const Attributes& attributes, const Watch& watch, const Value& value) {
  const DataType type = value.type();
  if (type == DataType::Boolean) {
    // [IR-07]
    const auto edge = attributes.integer(Attribute::Edge);
    if (!edge) return std::nullopt;
    return watch.evaluated != value.bits() && value.as_boolean() == (*edge != 0);
  }
  const auto gt = attributes.real(Attribute::Gt);
  const auto lt = attributes.real(Attribute::Lt);
  const auto st = attributes.real(Attribute::St);
  if ((!gt && !lt && !st) || !lwm2m::consistent(attributes)) return std::nullopt;  // [IR-11]
  // [IR-04] [IR-05]
  const double now = value.number();
  const double evaluated = number(type, watch.evaluated);
  const double notified = number(type, watch.notified);
  const double step = now > notified ? now - notified : notified - now;
  return crosses(gt, evaluated, now, true) || crosses(lt, evaluated, now, false) ||
         (st && step >= *st);
}

}  // namespace

constinit const ChangeConditions kChangeConditions = {
    .reals = &lwm2m::kRealAttributes, .allowed = allowed, .met = met};

}  // namespace linnet::client
