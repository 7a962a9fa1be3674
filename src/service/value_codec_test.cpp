// SPDX-License-Identifier: Apache-2.0
// Pins that every value comes back from its bytes as it was, and that nothing else breaks a reader.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "service/value_codec.hpp"

namespace linnet::service {
namespace {

using lwm2m::Value;

std::vector<server::OwnedValue> samples() {
  constexpr auto kLow = std::numeric_limits<std::int64_t>::min();
  constexpr auto kHigh = std::numeric_limits<std::int64_t>::max();
  std::vector<server::OwnedValue> out = {
      Value{},
      Value::string(""),
      Value::string("it's \"ten\" °C"),
      Value::corelnk("</3/0>"),
      Value::opaque(as_bytes(std::string_view("\0\xFF", 2))),
      Value::boolean(true),
      Value::boolean(false),
      Value::time(1764427344),
      Value::unsigned_integer(std::numeric_limits<std::uint64_t>::max()),
      Value::link({3, 0}),
      Value::link({}),
      Value::floating(21.5),
      Value::floating(0.1),
      Value::floating(-0.0),
      Value::floating(std::nan("")),
      Value::floating(-HUGE_VAL),
      Value::floating(1e300),
      Value::floating(5e-324)};
  for (const std::int64_t number :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{63}, std::int64_t{64}, kLow, kHigh}) {
    out.emplace_back(Value::integer(number));
  }
  return out;
}

TEST(ValueCodec, GivesBackEveryValue) {
  for (const auto& value : samples()) {
    std::string bytes;
    put_value(bytes, value.view());
    Reader in(as_bytes(bytes));
    EXPECT_EQ(server::OwnedValue(get_value(in)), value);
    EXPECT_TRUE(in.ok() && in.empty());
  }
}

TEST(ValueCodec, TakesFewBytesForWhatIsCommon) {
  const auto size = [](const Value& value) {
    std::string bytes;
    put_value(bytes, value);
    return bytes.size();
  };
  EXPECT_EQ(size(Value::floating(21.5)), 5u);
  EXPECT_EQ(size(Value::floating(0.1)), 9u);
  EXPECT_EQ(size(Value::integer(-40)), 2u);
  EXPECT_EQ(size(Value::boolean(true)), 1u);
}

TEST(ValueCodec, SaysSoWhenBytesAreMissing) {
  for (const auto& value : samples()) {
    std::string bytes;
    put_value(bytes, value.view());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      Reader in(as_bytes(std::string_view(bytes).substr(0, size)));
      (void)get_value(in);
      EXPECT_FALSE(in.ok()) << size << " of " << bytes.size();
    }
  }
}

TEST(ValueCodec, GivesBackPaths) {
  for (const auto& path : {lwm2m::Path(), lwm2m::Path(3), lwm2m::Path(3, 0), lwm2m::Path(3, 0, 6),
                           lwm2m::Path(65534, 65534, 65534, 65534)}) {
    std::string bytes;
    put_path(bytes, path);
    Reader in(as_bytes(bytes));
    EXPECT_EQ(get_path(in), path);
    EXPECT_TRUE(in.ok() && in.empty());
  }
  for (const std::string_view bytes : {"\x05", "\x01\xFF\xFF\x03"}) {
    Reader in(as_bytes(bytes));
    (void)get_path(in);
    EXPECT_FALSE(in.ok());
  }
}

}  // namespace
}  // namespace linnet::service
