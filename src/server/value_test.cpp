// SPDX-License-Identifier: Apache-2.0
// Pins owning values: they keep what they were made of, through copies and moves; and the names of
// outcomes and reasons.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <linnet/server/event.hpp>
#include <linnet/server/value.hpp>

namespace linnet::server {
namespace {

using lwm2m::Value;

TEST(OwnedValue, KeepsEveryTypeThroughCopiesAndMoves) {
  std::string text = "a text that is too long for the small buffer of a string";
  const std::vector<Value> values = {Value::string(text),
                                     Value::string("short"),
                                     Value::corelnk(text),
                                     Value::opaque(as_bytes(text)),
                                     Value::integer(-5),
                                     Value::unsigned_integer(~0ull),
                                     Value::floating(1.5),
                                     Value::boolean(true),
                                     Value::time(1'700'000'000),
                                     Value::link({3, 0}),
                                     Value()};
  std::vector<OwnedValue> owned(values.begin(), values.end());
  const std::string original = text;
  text.assign(text.size(), '?');  // what they were made of changes
  std::vector<OwnedValue> copies = owned;
  std::vector<OwnedValue> moved;
  for (OwnedValue& value : copies) moved.push_back(std::move(value));
  text = original;
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(owned[i].view(), values[i]) << i;
    EXPECT_EQ(moved[i].view(), values[i]) << i;
    EXPECT_EQ(moved[i].type(), values[i].type());
  }
  EXPECT_TRUE(OwnedValue().empty());
}

TEST(Operation, EveryOutcomeAndKindHasAName) {
  for (int i = 0; i <= static_cast<int>(OperationKind::WriteComposite); ++i) {
    EXPECT_STRNE(describe(static_cast<OperationKind>(i)), "unknown operation");
  }
  for (int i = 0; i <= static_cast<int>(Outcome::TooLarge); ++i) {
    EXPECT_STRNE(describe(static_cast<Outcome>(i)), "unknown outcome");
  }
  for (int i = 0; i <= static_cast<int>(Deregistered::Reason::Removed); ++i) {
    EXPECT_STRNE(describe(static_cast<Deregistered::Reason>(i)), "unknown reason");
  }
  for (int i = 0; i <= static_cast<int>(ObservationEnded::Reason::NotRestored); ++i) {
    EXPECT_STRNE(describe(static_cast<ObservationEnded::Reason>(i)), "unknown reason");
  }
}

}  // namespace
}  // namespace linnet::server
