// SPDX-License-Identifier: Apache-2.0
#pragma once
// What cases that differ only in their format share: /1/0 and /3/0 of the basic configuration as a
// server should see them.
#include <conformance/world.hpp>

namespace linnet::conformance {

/// /1/0 of a device of 1.1 or later with a lifetime.
inline server::ResourceValues server_instance(std::int64_t lifetime = 86400) {
  return values({{Path(1, 0, 0), Value::integer(101)},
                 {Path(1, 0, 1), Value::integer(lifetime)},
                 {Path(1, 0, 6), Value::boolean(true)},
                 {Path(1, 0, 7), Value::string("U")},
                 {Path(1, 0, 23), Value::boolean(false)}});
}

inline server::ResourceValues device_instance() {
  return values({{Path(3, 0, 0), Value::string("Open Mobile Alliance")},
                 {Path(3, 0, 1), Value::string("Lightweight M2M Client")},
                 {Path(3, 0, 2), Value::string("345000123")},
                 {Path(3, 0, 3), Value::string("1.0")},
                 {Path(3, 0, 11, 0), Value::integer(0)},
                 {Path(3, 0, 16), Value::string("U")}});
}

/// The entries of both lists, in the order of their paths.
inline server::ResourceValues together(server::ResourceValues a, const server::ResourceValues& b) {
  a.insert(a.end(), b.begin(), b.end());
  std::sort(a.begin(), a.end(), [](const auto& x, const auto& y) { return x.path < y.path; });
  return a;
}

/// " ct=110" and " accept=110" for SenML JSON.
inline std::string ct(ContentFormat format) {
  return " ct=" + std::to_string(static_cast<unsigned>(format));
}
inline std::string accept(ContentFormat format) {
  return " accept=" + std::to_string(static_cast<unsigned>(format));
}

/// Steps of 231 and 232: the object /1, the instance /3/0, a resource, a resource instance.
inline void query_basic_information(World& w, ContentFormat format) {
  const Step object = w.read(Path(1), format);
  EXPECT_EQ(object.asked(), "GET /1" + accept(format));
  EXPECT_EQ(object.answered(), "2.05" + ct(format));
  EXPECT_EQ(object.result.values, server_instance());
  const Step instance = w.read(Path(3, 0), format);
  EXPECT_EQ(instance.asked(), "GET /3/0" + accept(format));
  EXPECT_EQ(instance.answered(), "2.05" + ct(format));
  EXPECT_EQ(instance.result.values, device_instance());
  const Step resource = w.read(Path(3, 0, 16), format);
  EXPECT_EQ(resource.asked(), "GET /3/0/16" + accept(format));
  EXPECT_EQ(resource.answered(), "2.05" + ct(format));
  EXPECT_EQ(resource.result.values, values({{Path(3, 0, 16), Value::string("U")}}));
  const Step one = w.read(Path(3, 0, 11, 0), format);
  EXPECT_EQ(one.asked(), "GET /3/0/11/0" + accept(format));
  EXPECT_EQ(one.answered(), "2.05" + ct(format));
  EXPECT_EQ(one.result.values, values({{Path(3, 0, 11, 0), Value::integer(0)}}));
}

/// Steps of 233 and 234: a Partial Update of /1/0, a resource instance, a resource. Each payload is
/// compared with the given text, hexadecimal for CBOR.
struct SetPayloads {
  std::string instance;
  std::string resource_instance;
  std::string resource;
};

template <typename Text>
void set_basic_information(World& w, ContentFormat format, const SetPayloads& expected,
                           const Text& text) {
  const Step update =
      w.write(Path(1, 0),
              values({{Path(1, 0, 1), Value::integer(61)}, {Path(1, 0, 6), Value::boolean(false)}}),
              format, OperationKind::WriteUpdate);
  EXPECT_EQ(update.asked(), "POST /1/0" + ct(format));
  EXPECT_EQ(text(update.request()), expected.instance);
  EXPECT_EQ(update.answered(), "2.04");
  const Step changed = w.read(Path(1, 0), format);
  EXPECT_EQ(changed.value(Path(1, 0, 1)), Value::integer(61));
  EXPECT_EQ(changed.value(Path(1, 0, 6)), Value::boolean(false));
  EXPECT_EQ(changed.value(Path(1, 0, 7)), Value::string("U"));

  const Step one = w.set(Path(16, 0, 0, 0), Value::string("x"), format);
  EXPECT_EQ(one.asked(), "PUT /16/0/0/0" + ct(format));
  EXPECT_EQ(text(one.request()), expected.resource_instance);
  EXPECT_EQ(one.answered(), "2.04");
  const Step portfolio = w.read(Path(16), format);
  EXPECT_EQ(portfolio.result.values.size(), 4u);
  EXPECT_EQ(portfolio.value(Path(16, 0, 0, 0)), Value::string("x"));
  EXPECT_EQ(portfolio.value(Path(16, 0, 0, 1)), Value::string("Host Device Manufacturer #1"));

  const Step resource = w.set(Path(1, 0, 1), Value::integer(63), format);
  EXPECT_EQ(resource.asked(), "PUT /1/0/1" + ct(format));
  EXPECT_EQ(text(resource.request()), expected.resource);
  EXPECT_EQ(resource.answered(), "2.04");
  EXPECT_EQ(w.read(Path(1, 0, 1), format).value(Path(1, 0, 1)), Value::integer(63));
  EXPECT_EQ(w.set(Path(1, 0, 1), Value::integer(86400), format).answered(), "2.04");
}

}  // namespace linnet::conformance
