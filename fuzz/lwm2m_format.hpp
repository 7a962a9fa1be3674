// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the fuzz targets of the payload formats share. The first byte of the input chooses the
// target of the request (low three bits) and which data types its resources have (the others);
// the rest is the payload. What is accepted has to survive encoding and decoding again.
#include <record_list.hpp>

namespace linnet::fuzz {

inline const lwm2m::Path kTargets[8] = {
    lwm2m::Path(),        lwm2m::Path(3),          lwm2m::Path(3, 0), lwm2m::Path(3, 0, 6),
    lwm2m::Path(3, 0, 9), lwm2m::Path(3, 0, 6, 1), lwm2m::Path(1),    lwm2m::Path(65534, 0),
};

/// A type drawn from the path and `salt`, if the value can be of that type.
inline lwm2m::DataType drawn_type(const lwm2m::Record& record, unsigned salt) {
  const lwm2m::DataType natural = natural_type(record.value);
  if (salt == 0) return natural;
  const auto drawn = static_cast<lwm2m::DataType>((record.path.resource() + salt) % 10);
  std::vector<std::uint8_t> scratch(record.value.bytes.size());
  return convert(record.value, drawn, scratch).ok() ? drawn : natural;
}

inline int test_format(const lwm2m::Format& format, const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned salt = data[0] >> 3;
  test::survives_round_trip(
      format, {data + 1, size - 1}, kTargets[data[0] & 7],
      [salt](std::size_t, const lwm2m::Record& record) { return drawn_type(record, salt); });
  return 0;
}

}  // namespace linnet::fuzz
