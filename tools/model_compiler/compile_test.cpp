// SPDX-License-Identifier: Apache-2.0
// Pins the names and tables that object definitions become.
#include "compile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace linnet::model_compiler {
namespace {

using lwm2m::DataType;
using lwm2m::Id;
using lwm2m::ObjectModel;
using lwm2m::Version;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Names, BecomeIdentifiers) {
  const std::pair<const char*, const char*> cases[] = {
      {"Lifetime", "Lifetime"},
      {"LWM2M Server URI", "ServerUri"},
      {"SMS Binding Secret Key(s)", "SmsBindingSecretKeys"},
      {"DTLS/TLS Ciphersuite", "DtlsTlsCiphersuite"},
      {"TLS 1.3 Features", "Tls13Features"},
      {"PkgName", "PkgName"},
      {"SignalSNR", "SignalSnr"},
      {"UTCOffset", "UtcOffset"},
      {"on/off", "OnOff"},
      {"\xC3\xA4", ""},
      {"", ""},
  };
  for (const auto& [name, identifier] : cases) EXPECT_EQ(pascal_case(name), identifier);
  EXPECT_EQ(snake_case("LwM2M Access Control"), "access_control");
  EXPECT_EQ(snake_case("Firmware Update"), "firmware_update");
}

lwm2m::ModelStore store_of(std::initializer_list<ObjectModel> models) {
  lwm2m::ModelStore store;
  for (const ObjectModel& model : models) EXPECT_TRUE(store.add(model));
  return store;
}

ObjectModel object(Id id, std::string name, Version version,
                   std::vector<std::pair<Id, std::string>> resources) {
  ObjectModel model{.id = id, .version = version, .name = std::move(name), .multiple = true};
  for (auto& [resource, text] : resources) {
    model.resources.push_back({.id = resource,
                               .name = std::move(text),
                               .operations = lwm2m::kReadWrite,
                               .mandatory = true,
                               .type = DataType::Integer,
                               .range = lwm2m::ValueRange::parse("-1..9", DataType::Integer)});
  }
  return model;
}

TEST(Compile, WritesATableForEachVersionAndNamesOnce) {
  const std::string text =
      compile(store_of({object(30000, "Water Tank", {1, 0}, {{4, "Level"}}),
                        object(30000, "Water Tank", {1, 1}, {{4, "Level"}, {7, "Inflow"}})}),
              {.name_space = "linnet::lwm2m::objects"});
  EXPECT_THAT(text, HasSubstr(R"(namespace water_tank {

inline constexpr Id kObject = 30000;
inline constexpr Id kLevel = 4;
inline constexpr Id kInflow = 7;

inline constexpr ResourceDefinition kResources_1_0[] = {
    {kLevel, DataType::Integer, kReadWrite, false, true, -1, 9},
};

inline constexpr ResourceDefinition kResources_1_1[] = {
    {kLevel, DataType::Integer, kReadWrite, false, true, -1, 9},
    {kInflow, DataType::Integer, kReadWrite, false, true, -1, 9},
};

}  // namespace water_tank

inline constexpr ObjectDefinition kWaterTank_1_0{
    30000, {1, 0}, true, false, water_tank::kResources_1_0};
inline constexpr ObjectDefinition kWaterTank_1_1{
    30000, {1, 1}, true, false, water_tank::kResources_1_1};
/// The latest version.
inline constexpr const ObjectDefinition& kWaterTank = kWaterTank_1_1;
)"));
}

TEST(Compile, KeepsNamesApartAndOutOfTheWayOfTheLanguage) {
  const std::string text = compile(
      store_of({object(1, "Switch", {1, 0}, {{1, "Level"}, {2, "level"}, {3, "\xE6\xB0\xB4"}}),
                object(2, "3D Printer", {1, 0}, {{1, "Object"}}),
                object(3, "Tank", {1, 0}, {{1, "A"}}), object(4, "TANK", {1, 0}, {})}),
      {});
  for (const char* wanted :
       {"namespace object_switch {", "kLevel = 1;", "kLevel_2 = 2;", "kResource = 3;",
        "namespace object_3d_printer {", "kObject_1 = 1;", "namespace tank {", "namespace tank_4 {",
        "4, {1, 0}, true, false, {}};"}) {
    EXPECT_THAT(text, HasSubstr(wanted));
  }
}

TEST(Compile, ForeignNamespacesNameWhatTheyUse) {
  const std::string own = compile(store_of({}), {});
  EXPECT_THAT(own, Not(HasSubstr("using ")));
  const std::string foreign = compile(store_of({}), {.name_space = "acme"});
  EXPECT_THAT(foreign, HasSubstr("namespace acme {\nusing linnet::lwm2m::DataType;\n"));
}

TEST(Compile, LinesKeepTo100Columns) {
  for (std::size_t length = 30; length < 50; ++length) {
    const std::string text =
        compile(store_of({object(1, "Tank", {1, 0}, {{1, std::string(length, 'a')}})}), {});
    std::size_t begin = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos;
         end = text.find('\n', begin)) {
      EXPECT_LE(end - begin, 100u) << text.substr(begin, end - begin);
      begin = end + 1;
    }
  }
}

}  // namespace
}  // namespace linnet::model_compiler
