// SPDX-License-Identifier: Apache-2.0
#pragma once
// The example client of the standard (Core 1.2 §7.4): what a read of /3/0 and of /1 gives, in any
// format, and the data types of the resources.
#include <record_list.hpp>

namespace linnet::test {

inline Entries example_device() {
  using lwm2m::Path;
  using lwm2m::Value;
  return {
      Entry::of(Path(3, 0, 0), Value::string("Open Mobile Alliance")),
      Entry::of(Path(3, 0, 1), Value::string("Lightweight M2M Client")),
      Entry::of(Path(3, 0, 2), Value::string("345000123")),
      Entry::of(Path(3, 0, 3), Value::string("1.0")),
      Entry::of(Path(3, 0, 6, 0), Value::integer(1)),
      Entry::of(Path(3, 0, 6, 1), Value::integer(5)),
      Entry::of(Path(3, 0, 7, 0), Value::integer(3800)),
      Entry::of(Path(3, 0, 7, 1), Value::integer(5000)),
      Entry::of(Path(3, 0, 8, 0), Value::integer(125)),
      Entry::of(Path(3, 0, 8, 1), Value::integer(900)),
      Entry::of(Path(3, 0, 9), Value::integer(100)),
      Entry::of(Path(3, 0, 10), Value::integer(15)),
      Entry::of(Path(3, 0, 11, 0), Value::integer(0)),
      Entry::of(Path(3, 0, 13), Value::time(1367491215)),
      Entry::of(Path(3, 0, 14), Value::string("+02:00")),
      Entry::of(Path(3, 0, 16), Value::string("U")),
  };
}

inline Entries example_servers() {
  using lwm2m::Path;
  using lwm2m::Value;
  Entries entries;
  for (const lwm2m::Id i : {lwm2m::Id{0}, lwm2m::Id{1}}) {
    entries.push_back(Entry::of(Path(1, i, 0), Value::integer(101 + i)));
    entries.push_back(Entry::of(Path(1, i, 1), Value::integer(86400)));
    entries.push_back(Entry::of(Path(1, i, 2), Value::integer(i == 0 ? 300 : 600)));
    entries.push_back(Entry::of(Path(1, i, 3), Value::integer(6000)));
    entries.push_back(Entry::of(Path(1, i, 5), Value::integer(86400)));
    entries.push_back(Entry::of(Path(1, i, 6), Value::boolean(i == 0)));
    entries.push_back(Entry::of(Path(1, i, 7), Value::string("U")));
  }
  return entries;
}

}  // namespace linnet::test
