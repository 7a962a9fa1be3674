// SPDX-License-Identifier: Apache-2.0
#include <linnet/lwm2m/model/object_model.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace linnet::lwm2m {
namespace {

constexpr std::string_view kUrnPrefix = "urn:oma:lwm2m:";

struct OwnerName {
  ObjectUrn::Owner owner;
  std::string_view name;
};
constexpr OwnerName kOwners[] = {
    {ObjectUrn::Owner::Oma, "oma"}, {ObjectUrn::Owner::Ext, "ext"}, {ObjectUrn::Owner::X, "x"}};

bool is_whole_32_bit(double number) {
  return number >= std::numeric_limits<std::int32_t>::min() &&
         number <= std::numeric_limits<std::int32_t>::max() && std::floor(number) == number;
}

}  // namespace

// [ID-05]
Result<ObjectUrn> ObjectUrn::parse(std::string_view text) {
  if (!text.starts_with(kUrnPrefix)) return Error::Malformed;
  text.remove_prefix(kUrnPrefix.size());
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return Error::Malformed;
  ObjectUrn urn;
  const auto* owner = std::find_if(std::begin(kOwners), std::end(kOwners), [&](const OwnerName& o) {
    return o.name == text.substr(0, colon);
  });
  if (owner == std::end(kOwners)) return Error::Malformed;
  urn.owner = owner->owner;
  text.remove_prefix(colon + 1);

  const std::string_view id = text.substr(0, text.find(':'));
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), urn.object);
  if (error == std::errc::result_out_of_range) return Error::Range;
  if (error != std::errc{} || end != id.data() + id.size()) return Error::Malformed;
  if (id.size() > 1 && id.front() == '0') return Error::Malformed;
  if (urn.object == kNoId) return Error::Range;
  if (id.size() == text.size()) return urn;
  LINNET_TRY_ASSIGN(urn.version, Version::parse(text.substr(id.size() + 1)));
  return urn;
}

std::string format(const ObjectUrn& urn) {
  std::string text{kUrnPrefix};
  text += kOwners[static_cast<std::size_t>(urn.owner)].name;
  text += ':' + std::to_string(urn.object);
  if (urn.version != Version{1, 0}) text += ':' + format(urn.version);
  return text;
}

std::string format(Version version) {
  return std::to_string(version.major) + '.' + std::to_string(version.minor);
}

ResourceDefinition ResourceModel::definition() const {
  ResourceDefinition result{.id = id,
                            .type = type,
                            .operations = static_cast<std::uint8_t>(operations & 7u),
                            .multiple = multiple,
                            .mandatory = mandatory};
  if (range.intervals.empty() || type == DataType::Float) return result;
  double low = range.intervals.front().low;
  double high = range.intervals.front().high;
  for (const ValueRange::Interval& interval : range.intervals) {
    low = std::min(low, interval.low);
    high = std::max(high, interval.high);
  }
  if (is_whole_32_bit(low) && is_whole_32_bit(high)) {
    result.minimum = static_cast<std::int32_t>(low);
    result.maximum = static_cast<std::int32_t>(high);
  }
  return result;
}

const ResourceModel* ObjectModel::find(Id resource) const {
  const auto found =
      std::lower_bound(resources.begin(), resources.end(), resource,
                       [](const ResourceModel& r, Id wanted) { return r.id < wanted; });
  return found != resources.end() && found->id == resource ? &*found : nullptr;
}

}  // namespace linnet::lwm2m
