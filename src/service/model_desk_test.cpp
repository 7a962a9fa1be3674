// SPDX-License-Identifier: Apache-2.0
// Pins that definitions can come and go while the server runs, and outlive it.
#include <gtest/gtest.h>
#include <algorithm>
#include <folder.hpp>
#include <functional>

#include <linnet/service/json_text.hpp>

#include "service/model_desk.hpp"
#include "service/problem.hpp"
#include "service/store.hpp"

namespace linnet::service {
namespace {

std::string thing(const std::string& version, const std::string& type = "Integer",
                  const std::string& name = "Thing") {
  return "<LWM2M>\n<Object ObjectType=\"MODefinition\">\n<Name>" + name +
         "</Name><Description1>A thing</Description1><ObjectID>30000</ObjectID>"
         "<ObjectURN>urn:oma:lwm2m:x:30000" +
         (version == "1.0" ? "" : ":" + version) +
         "</ObjectURN><LWM2MVersion>1.1</LWM2MVersion><ObjectVersion>" + version +
         "</ObjectVersion><MultipleInstances>Single</MultipleInstances>"
         "<Mandatory>Optional</Mandatory>\n<Resources>\n"
         "<Item ID=\"0\"><Name>Level</Name><Operations>RW</Operations>"
         "<MultipleInstances>Single</MultipleInstances><Mandatory>Mandatory</Mandatory><Type>" +
         type +
         "</Type><RangeEnumeration></RangeEnumeration><Units></Units>"
         "<Description>Of it</Description></Item>\n"
         "</Resources><Description2></Description2></Object></LWM2M>\n";
}

class ModelDeskTest : public ::testing::Test {
 protected:
  void SetUp() override { reopen(); }
  void reopen() {
    desk_.reset();
    database_.reset();
    database_.emplace(folder_ / "store");
    database_->run("BEGIN");
    migrate(*database_, "store");
    database_->run("COMMIT");
    desk_.emplace(*database_, lwm2m::ModelStore::with_core_objects());
  }
  std::string problem(const std::function<void()>& act) {
    try {
      act();
    } catch (const Problem& problem) {
      return problem.kind;
    }
    return "none";
  }

  test::Folder folder_;
  std::optional<Sqlite> database_;
  std::optional<ModelDesk> desk_;
};

TEST_F(ModelDeskTest, TakesAnObjectAndKnowsItAfterARestart) {
  EXPECT_EQ(desk_->find(30000, {1, 0}), nullptr);
  EXPECT_EQ(desk_->upload(thing("1.0"), true).status, 200u);
  EXPECT_EQ(desk_->find(30000, {1, 0}), nullptr) << "a dry run takes nothing";
  EXPECT_EQ(desk_->upload(thing("1.0"), false).status, 201u);
  ASSERT_NE(desk_->find(30000, {1, 0}), nullptr);
  EXPECT_EQ(desk_->upload(thing("1.1"), false).status, 201u);
  reopen();
  ASSERT_NE(desk_->find(30000, {1, 0}), nullptr);
  const auto shown = desk_->show(30000, std::nullopt);
  EXPECT_EQ(shown.at("version"), "1.1");
  EXPECT_EQ(shown.at("source"), "uploaded");
  EXPECT_EQ(shown.at("versions"), (boost::json::array{"1.0", "1.1"}));
  EXPECT_EQ(desk_->ddf(30000, {1, 0}), thing("1.0"));
}

TEST_F(ModelDeskTest, SaysTheLineOfAnError) {
  const auto bad = desk_->upload("<LWM2M>\n\n<Object>\n<Name>x</Name></Object></LWM2M>", false);
  EXPECT_EQ(bad.status, 422u);
  const auto& findings = bad.report.at("findings").as_array();
  const bool found = std::ranges::any_of(findings, [](const auto& finding) {
    return finding.at("severity") == "error" && finding.at("line") == 3;
  });
  EXPECT_TRUE(found) << to_text(bad.report);
  EXPECT_EQ(desk_->upload("no XML at all", false).status, 422u);

  ASSERT_EQ(desk_->upload(thing("1.0"), false).status, 201u);
  const auto breaking = desk_->upload(thing("1.1", "String"), false);
  EXPECT_EQ(breaking.status, 422u);
  EXPECT_EQ(breaking.report.at("findings").at(0).at("line"), 5);
  EXPECT_EQ(problem([&] { (void)desk_->show(30000, lwm2m::Version{1, 1}); }), "model-not-found");
}

TEST_F(ModelDeskTest, ForgetsOnlyWhatWasUploaded) {
  ASSERT_EQ(desk_->upload(thing("1.0"), false).status, 201u);
  const auto* in_use = desk_->find(30000, {1, 0});
  EXPECT_EQ(desk_->upload(thing("1.0", "Float"), false).status, 200u) << "replaces";
  EXPECT_EQ(in_use->id, 30000) << "the former table is still there for who uses it";
  desk_->remove(30000, {1, 0});
  EXPECT_EQ(desk_->find(30000, {1, 0}), nullptr);
  EXPECT_EQ(problem([&] { desk_->remove(30000, {1, 0}); }), "model-not-found");
  EXPECT_EQ(problem([&] { (void)desk_->ddf(30000, {1, 0}); }), "no-ddf");
  EXPECT_EQ(problem([&] { desk_->remove(3, {1, 0}); }), "not-uploaded");
  reopen();
  EXPECT_EQ(desk_->find(30000, {1, 0}), nullptr);
}

TEST_F(ModelDeskTest, KeepsWhatWasUploadedOverAReload) {
  ASSERT_EQ(desk_->upload(thing("1.0"), false).status, 201u);
  const auto* models = &desk_->models();
  desk_->reload({});
  EXPECT_EQ(&desk_->models(), models);
  EXPECT_NE(desk_->find(30000, {1, 0}), nullptr);
  EXPECT_EQ(desk_->find(3, {1, 0}), nullptr);
}

TEST_F(ModelDeskTest, BringsBackWhatAnUploadReplaced) {
  const auto before = desk_->show(3303, lwm2m::Version{1, 0});
  std::string other = thing("1.0", "Integer", "My Temperature");
  for (const std::string_view id : {"ObjectID>30000", "x:30000"}) {
    other.replace(other.find(id) + id.size() - 5, 5, "3303");
  }
  EXPECT_EQ(desk_->upload(other, false).status, 201u) << to_text(desk_->upload(other, true).report);
  EXPECT_EQ(desk_->show(3303, lwm2m::Version{1, 0}).at("name"), "My Temperature");
  desk_->remove(3303, {1, 0});
  EXPECT_EQ(desk_->show(3303, lwm2m::Version{1, 0}), before);
}

}  // namespace
}  // namespace linnet::service
