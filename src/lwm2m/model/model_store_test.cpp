// SPDX-License-Identifier: Apache-2.0
// Pins which model a version finds, that addresses last, and that our own files are without fault.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <requirement.hpp>

#include <linnet/lwm2m/model/model_store.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::lwm2m {
namespace {

using ::testing::HasSubstr;

ObjectModel model(Id id, Version version, std::vector<Id> resources = {}) {
  ObjectModel result{.id = id, .version = version, .enabler = kEnabler10, .name = "Thing"};
  for (const Id resource : resources) {
    result.resources.push_back({.id = resource, .operations = kRead, .type = DataType::Integer});
  }
  return result;
}

TEST(ModelStore, KeepsVersionsSideBySide) {
  ModelStore store;
  for (const Version version : {Version{1, 1}, {2, 0}, {1, 0}})
    EXPECT_TRUE(store.add(model(5, version)));
  EXPECT_TRUE(store.add(model(4, {1, 0})));
  EXPECT_TRUE(store.add(model(6, {1, 0})));
  ASSERT_EQ(store.versions(5).size(), 3u);
  EXPECT_EQ(store.versions(5)[0]->model().version, (Version{1, 0}));
  EXPECT_EQ(store.latest(5)->model().version, (Version{2, 0}));
  EXPECT_EQ(store.find(5, {1, 1})->model().version, (Version{1, 1}));
  EXPECT_EQ(store.find(5, {1, 2}), nullptr);
  EXPECT_EQ(store.latest(7), nullptr);
  EXPECT_TRUE(store.versions(7).empty());
  EXPECT_EQ(store.all().size(), 5u);
}

TEST(ModelStore, LooksUpTheNearestMinorAndNeverAnotherMajor) {
  LINNET_REQ("OV-08");
  ModelStore store;
  for (const Version version : {Version{1, 0}, {1, 2}, {1, 7}, {3, 0}})
    EXPECT_TRUE(store.add(model(9, version)));
  const auto minor = [&](Version wanted) { return store.lookup(9, wanted)->model().version.minor; };
  EXPECT_EQ(minor({1, 2}), 2) << "that very version";
  EXPECT_EQ(minor({1, 1}), 2) << "of two equally near the newer";
  EXPECT_EQ(minor({1, 4}), 2);
  EXPECT_EQ(minor({1, 5}), 7);
  EXPECT_EQ(minor({1, 255}), 7);
  EXPECT_EQ(minor({3, 1}), 0);
  EXPECT_EQ(store.lookup(9, {2, 0}), nullptr);
  EXPECT_EQ(store.lookup(8, {1, 0}), nullptr);
  EXPECT_EQ(store.definition(9, {1, 5}), &store.find(9, {1, 7})->definition());
  EXPECT_EQ(store.definition(9, {2, 0}), nullptr);
}

TEST(ModelStore, SortsResourcesAndRefusesTwins) {
  ModelStore store;
  ASSERT_TRUE(store.add(model(9, {1, 0}, {30, 4, 17})));
  const ObjectDefinition& definition = store.find(9, {1, 0})->definition();
  ASSERT_EQ(definition.resources.size(), 3u);
  EXPECT_EQ(definition.resources[0].id, 4);
  EXPECT_EQ(definition.resources[2].id, 30);
  ASSERT_NE(definition.find(17), nullptr);
  EXPECT_EQ(definition.find(17)->type, DataType::Integer);
  EXPECT_EQ(store.add(model(9, {1, 1}, {4, 5, 4})).error(), Error::Conflict);
  EXPECT_EQ(store.add(model(9, {1, 1}, {4, kNoId})).error(), Error::Range);
  EXPECT_EQ(store.add(model(kNoId, {1, 1})).error(), Error::Range);
  EXPECT_EQ(store.all().size(), 1u);
}

TEST(ModelStore, AddressesOutliveOtherChangesAndCopies) {
  ModelStore store;
  ASSERT_TRUE(store.add(model(9, {1, 0}, {1})));
  const ObjectDefinition* definition = store.definition(9, {1, 0});
  const ModelStore copy = store;
  for (Id id = 0; id < 50; ++id) ASSERT_TRUE(store.add(model(id, {2, 0}, {1, 2})));
  EXPECT_EQ(store.definition(9, {1, 0}), definition);
  EXPECT_EQ(copy.definition(9, {1, 0}), definition) << "copies share the models";
  ASSERT_TRUE(store.add(model(9, {1, 0}, {1, 2})));
  EXPECT_EQ(store.definition(9, {1, 0})->resources.size(), 2u) << "replaced";
  EXPECT_EQ(definition->resources.size(), 1u) << "the copy still holds the old one";
  EXPECT_TRUE(store.remove(9, {1, 0}));
  EXPECT_FALSE(store.remove(9, {1, 0}));
  EXPECT_EQ(store.find(9, {1, 0}), nullptr);
  EXPECT_NE(copy.find(9, {1, 0}), nullptr);
}

TEST(ModelStore, HasTheCoreObjectsWithNamesAndTheSameTablesAsTheClient) {
  LINNET_REQ("OBJ-01");
  const ModelStore store = ModelStore::with_core_objects();
  for (const ObjectDefinition* wanted :
       {&objects::kSecurity_1_0, &objects::kSecurity_1_1, &objects::kSecurity,
        &objects::kServer_1_0, &objects::kServer_1_1, &objects::kServer,
        &objects::kAccessControl_1_0, &objects::kAccessControl, &objects::kDevice_1_0,
        &objects::kDevice_1_1, &objects::kDevice, &objects::kConnectivityMonitoring,
        &objects::kFirmwareUpdate, &objects::kLocation, &objects::kConnectivityStatistics,
        &objects::kTemperature, &objects::kLightControl}) {
    const StoredModel* found = store.find(wanted->id, wanted->version);
    ASSERT_NE(found, nullptr) << wanted->id;
    const ObjectDefinition& definition = found->definition();
    EXPECT_EQ(definition.multiple, wanted->multiple) << wanted->id;
    EXPECT_EQ(definition.mandatory, wanted->mandatory) << wanted->id;
    ASSERT_EQ(definition.resources.size(), wanted->resources.size()) << wanted->id;
    for (std::size_t i = 0; i < definition.resources.size(); ++i) {
      const ResourceDefinition& a = definition.resources[i];
      const ResourceDefinition& b = wanted->resources[i];
      EXPECT_EQ(
          std::tie(a.id, a.type, a.operations, a.multiple, a.mandatory, a.minimum, a.maximum),
          std::tie(b.id, b.type, b.operations, b.multiple, b.mandatory, b.minimum, b.maximum));
    }
  }
  EXPECT_EQ(store.find(1, {1, 1})->model().find(objects::server::kLifetime)->name, "Lifetime");
  EXPECT_EQ(store.find(1, {1, 1})->model().find(objects::server::kLifetime)->units, "s");
}

TEST(ModelStore, OurOwnFilesLoadWithoutAFinding) {
  ModelStore store;
  const ModelStore::LoadReport report = store.load_folder(LINNET_SOURCE_DIR "/models");
  for (const auto& [file, finding] : report.findings) ADD_FAILURE() << format(finding, file);
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.files, report.objects);
  EXPECT_EQ(store.all().size(), ModelStore::with_core_objects().all().size());
  for (const ModelPointer& pointer : store.all()) {
    for (const ResourceModel& resource : pointer->model().resources) {
      EXPECT_FALSE(resource.description.empty()) << pointer->model().id << '/' << resource.id;
    }
  }
}

// A new minor version may add resources and narrow nothing a client relies on [OV-03].
TEST(ModelStore, OurOwnVersionsKeepToTheRulesOfVersions) {
  const ModelStore store = ModelStore::with_core_objects();
  for (std::size_t i = 1; i < store.all().size(); ++i) {
    const ObjectModel& older = store.all()[i - 1]->model();
    const ObjectModel& newer = store.all()[i]->model();
    if (older.id != newer.id || older.version.major != newer.version.major) continue;
    EXPECT_EQ(older.name, newer.name);
    EXPECT_EQ(older.multiple, newer.multiple) << newer.name;
    for (const ResourceModel& resource : older.resources) {
      const ResourceModel* same = newer.find(resource.id);
      ASSERT_NE(same, nullptr) << newer.name << ' ' << resource.name;
      EXPECT_EQ(same->name, resource.name) << newer.name;
      EXPECT_EQ(same->type, resource.type) << newer.name << ' ' << resource.name;
      EXPECT_EQ(same->multiple, resource.multiple) << newer.name << ' ' << resource.name;
      EXPECT_EQ(same->mandatory, resource.mandatory) << newer.name << ' ' << resource.name;
    }
  }
}

class ModelFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("linnet_models_" +
               std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "below.xml");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void put(const char* name, const std::string& text) { std::ofstream(folder_ / name) << text; }
  static std::string ddf(Id id, const std::string& name) {
    return "<LWM2M><Object ObjectType='MODefinition'><Name>" + name +
           "</Name><Description1/><ObjectID>" + std::to_string(id) + "</ObjectID><ObjectURN>" +
           format(ObjectUrn{ObjectUrn::Owner::X, id, {1, 0}}) +
           "</ObjectURN><MultipleInstances>Single</MultipleInstances><Mandatory>Optional</"
           "Mandatory>"
           "<Resources><Item "
           "ID='0'><Name>Level</Name><Operations>R</Operations><MultipleInstances>Single"
           "</MultipleInstances><Mandatory>Optional</Mandatory><Type>Integer</"
           "Type><RangeEnumeration/><Units/>"
           "<Description/></Item></Resources><Description2/></Object></LWM2M>";
  }

  std::filesystem::path folder_;
};

TEST_F(ModelFolder, LoadsWhatIsGoodAndReportsTheRest) {
  put("a.xml", ddf(30001, "Tank"));
  put("b.xml", "<LWM2M><Object>");
  put("c.xml", ddf(30001, "Barrel"));
  put("notes.txt", "not read");
  ModelStore store;
  const ModelStore::LoadReport report = store.load_folder(folder_);
  EXPECT_EQ(report.files, 3u);
  EXPECT_EQ(report.objects, 2u);
  EXPECT_FALSE(report.ok());
  ASSERT_EQ(report.findings.size(), 2u);
  EXPECT_THAT(report.findings[0].file, HasSubstr("b.xml"));
  EXPECT_THAT(report.findings[1].file, HasSubstr("c.xml"));
  EXPECT_THAT(report.findings[1].finding.what, HasSubstr("replaces"));
  ASSERT_EQ(store.all().size(), 1u);
  EXPECT_EQ(store.latest(30001)->model().name, "Barrel");
}

TEST_F(ModelFolder, ReplacesAModelThatWasThereBefore) {
  put("a.xml", ddf(30001, "Tank"));
  ModelStore store;
  ASSERT_TRUE(store.add(model(30001, {1, 0})));
  EXPECT_TRUE(store.load_folder(folder_).ok());
  EXPECT_EQ(store.latest(30001)->model().name, "Tank");
}

TEST_F(ModelFolder, SaysThatAFolderIsMissing) {
  ModelStore store;
  const ModelStore::LoadReport report = store.load_folder(folder_ / "nowhere");
  EXPECT_FALSE(report.ok());
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_THAT(report.findings[0].finding.what, HasSubstr("cannot be listed"));
}

}  // namespace
}  // namespace linnet::lwm2m
