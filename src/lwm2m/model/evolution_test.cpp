// SPDX-License-Identifier: Apache-2.0
// Pins which changes of a definition need a new major version, and which reusable resources clash.
#include <gtest/gtest.h>

#include <functional>
#include <requirement.hpp>

#include <linnet/lwm2m/model/evolution.hpp>
#include <linnet/lwm2m/model/model_store.hpp>

namespace linnet::lwm2m {
namespace {

ObjectModel thing() {
  ObjectModel model{.id = 30000, .version = {1, 0}, .enabler = kEnabler10, .name = "Thing"};
  model.resources = {
      {.id = 0,
       .name = "Level",
       .operations = kReadWrite,
       .mandatory = true,
       .type = DataType::Integer,
       .range = ValueRange::parse("0..2", DataType::Integer),
       .units = "%"},
      {.id = 1, .name = "Note", .operations = kReadWrite, .type = DataType::String},
      {.id = 5700, .name = "Sensor Value", .operations = kRead, .type = DataType::Float},
  };
  return model;
}

std::string changes(const std::function<void(ObjectModel&)>& change) {
  const ObjectModel older = thing();
  ObjectModel newer = older;
  change(newer);
  std::string all;
  for (const EvolutionFinding& finding : breaking_changes(older, newer)) {
    all += (finding.resource == kNoId ? "" : std::to_string(finding.resource) + " ") +
           finding.what + "\n";
  }
  return all;
}

TEST(Evolution, AMinorVersionAddsAndNeverTakes) {
  LINNET_REQ("OV-03");
  EXPECT_EQ(changes([](ObjectModel&) {}), "");
  EXPECT_EQ(changes([](ObjectModel& m) {
              m.resources.push_back({.id = 6000, .name = "New", .type = DataType::Time});
              m.resources.erase(m.resources.begin() + 1);  // an optional one
              m.resources[0].description = "said better";
              m.resources[0].range = ValueRange::parse("0..3", DataType::Integer);
            }),
            "");
  EXPECT_EQ(changes([](ObjectModel& m) { m.name = "Other"; }),
            "the name is \"Other\", it was \"Thing\"\n");
  EXPECT_EQ(changes([](ObjectModel& m) { m.multiple = true; }),
            "the number of instances is several, it was one\n");
  EXPECT_EQ(changes([](ObjectModel& m) {
              m.resources.push_back({.id = 6000, .name = "New", .mandatory = true});
            }),
            "6000 a mandatory resource was added\n");
  EXPECT_EQ(changes([](ObjectModel& m) { m.resources.erase(m.resources.begin()); }),
            "0 a mandatory resource was removed\n");
  EXPECT_EQ(changes([](ObjectModel& m) { m.resources[1].mandatory = true; }),
            "1 the resource is mandatory, it was optional\n");
  EXPECT_EQ(changes([](ObjectModel& m) { m.resources[1].name = "Remark"; }),
            "1 the name is \"Remark\", it was \"Note\"\n");
  EXPECT_EQ(changes([](ObjectModel& m) { m.resources[1].operations = kRead; }),
            "1 the operations are R, it was RW\n");
  EXPECT_EQ(changes([](ObjectModel& m) { m.resources[1].multiple = true; }),
            "1 the number of instances is several, it was one\n");
  EXPECT_EQ(changes([](ObjectModel& m) { m.resources[1].type = DataType::Opaque; }),
            "1 the type is opaque, it was string\n");
  EXPECT_EQ(changes([](ObjectModel& m) { m.resources[0].units = "lx"; }),
            "0 the unit is \"lx\", it was \"%\"\n");
  EXPECT_EQ(changes([](ObjectModel& m) {
              m.resources[0].range = ValueRange::parse("0..1", DataType::Integer);
            }),
            "0 values that were allowed are not any more\n");
}

TEST(Evolution, ReusableResourcesAreTheSameEverywhere) {
  LINNET_REQ("OV-07");
  const ObjectModel one = thing();
  ObjectModel other = thing();
  other.id = 30001;
  other.resources[0].type = DataType::String;  // 0 means something else in every object
  EXPECT_TRUE(reuse_conflicts(one, other).empty());
  other.resources[2].units = "Cel";
  other.resources[2].multiple = true;  // up to the object
  other.resources[2].mandatory = true;
  const auto conflicts = reuse_conflicts(one, other);
  ASSERT_EQ(conflicts.size(), 1u);
  EXPECT_EQ(conflicts[0].resource, 5700);
  EXPECT_EQ(conflicts[0].what, "the unit is \"\", it was \"Cel\"");
  other.resources[2] = one.resources[2];
  other.resources[2].range = ValueRange::parse("0..10", DataType::Float);
  EXPECT_EQ(reuse_conflicts(one, other).size(), 1u);
  EXPECT_TRUE(is_reusable(2048));
  EXPECT_TRUE(is_reusable(26240));
  EXPECT_FALSE(is_reusable(2047));
  EXPECT_FALSE(is_reusable(26241));
}

TEST(Evolution, OurReusableResourcesAgree) {
  const ModelStore store = ModelStore::with_core_objects();
  for (const ModelPointer& a : store.all()) {
    for (const ModelPointer& b : store.all()) {
      for (const EvolutionFinding& finding : reuse_conflicts(a->model(), b->model())) {
        ADD_FAILURE() << a->model().id << " and " << b->model().id << ": " << finding.resource
                      << ' ' << finding.what;
      }
    }
  }
}

}  // namespace
}  // namespace linnet::lwm2m
