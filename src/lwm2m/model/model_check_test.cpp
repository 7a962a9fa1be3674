// SPDX-License-Identifier: Apache-2.0
// Pins what a new definition may not contradict, and that findings name its lines.
#include <gtest/gtest.h>

#include <requirement.hpp>
#include <string>

#include <linnet/lwm2m/model/model_check.hpp>

namespace linnet::lwm2m {
namespace {

std::string ddf(const std::string& version, const std::string& type) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<LWM2M>\n"
         "<Object ObjectType=\"MODefinition\">\n"
         "<Name>Thing</Name><Description1>A thing</Description1>\n"
         "<ObjectID>30000</ObjectID>\n"
         "<ObjectURN>urn:oma:lwm2m:x:30000:" +
         version + "</ObjectURN><LWM2MVersion>1.1</LWM2MVersion><ObjectVersion>" + version +
         "</ObjectVersion>\n"
         "<MultipleInstances>Single</MultipleInstances><Mandatory>Optional</Mandatory>\n"
         "<Resources>\n"
         "<Item ID=\"0\"><Name>Level</Name><Operations>RW</Operations>"
         "<MultipleInstances>Single</MultipleInstances><Mandatory>Mandatory</Mandatory><Type>" +
         type +
         "</Type><RangeEnumeration></RangeEnumeration><Units></Units>"
         "<Description>Of it</Description></Item>\n"
         "<Item ID=\"5700\"><Name>Other Name</Name><Operations>R</Operations>"
         "<MultipleInstances>Single</MultipleInstances><Mandatory>Optional</Mandatory>"
         "<Type>Float</Type><RangeEnumeration></RangeEnumeration><Units></Units>"
         "<Description>Of it</Description></Item>\n"
         "</Resources>\n<Description2></Description2>\n</Object>\n</LWM2M>\n";
}

ObjectModel read(const std::string& xml) {
  const auto result = parse_ddf(xml);
  EXPECT_EQ(result.objects.size(), 1u);
  return result.objects.empty() ? ObjectModel{} : result.objects.front();
}

TEST(ModelCheck, NamesTheLineOfAChangeThatNeedsANewMajorVersion) {
  LINNET_REQ("OV-03");
  ModelStore store;
  ASSERT_TRUE(store.add(read(ddf("1.0", "Integer"))).ok());
  const std::string newer = ddf("1.1", "Float");
  const auto findings = check_against(store, read(newer), newer);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].severity, DdfFinding::Severity::Error);
  EXPECT_EQ(findings[0].line, 9u);
  EXPECT_EQ(findings[0].resource, 0);
  EXPECT_EQ(findings[0].remedy, "that needs version 2.0");
  const std::string major = ddf("2.0", "Float");
  EXPECT_TRUE(check_against(store, read(major), major).empty());
}

TEST(ModelCheck, DoesNotTakeAResourceOfTheNextObjectForOneThatIsGone) {
  ModelStore store;
  ASSERT_TRUE(store.add(read(ddf("1.0", "Integer"))).ok());
  std::string newer = ddf("1.1", "Integer");
  newer.replace(newer.find("ID=\"0\""), 6, "ID=\"1\"");
  std::string other = ddf("1.0", "Integer");
  for (auto at = other.find("30000"); at != std::string::npos; at = other.find("30000")) {
    other.replace(at, 5, "30001");
  }
  const auto from = other.find("<Object ");
  newer.insert(newer.find("</LWM2M>"), other.substr(from, other.find("</LWM2M>") - from));
  const auto read_back = parse_ddf(newer);
  ASSERT_EQ(read_back.objects.size(), 2u);
  const auto findings = check_against(store, read_back.objects.front(), newer);
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].resource, 0);
  EXPECT_EQ(findings[0].line, 5u) << "the object's own line";
  EXPECT_EQ(findings[1].resource, 1);
  EXPECT_EQ(findings[1].line, 9u);
}

TEST(ModelCheck, WarnsOfAReusableResourceThatAnotherObjectDefinesDifferently) {
  LINNET_REQ("OV-07");
  const auto store = ModelStore::with_core_objects();
  const std::string text = ddf("1.0", "Integer");
  const auto findings = check_against(store, read(text), text);
  ASSERT_FALSE(findings.empty());
  for (const auto& finding : findings) {
    EXPECT_EQ(finding.severity, DdfFinding::Severity::Warning);
    EXPECT_EQ(finding.resource, 5700);
    EXPECT_EQ(finding.line, 10u);
  }
}

}  // namespace
}  // namespace linnet::lwm2m
