// SPDX-License-Identifier: Apache-2.0
// Pins what is read from object definition files, and that each mistake is named with its line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

#include <linnet/lwm2m/model/ddf.hpp>

namespace linnet::lwm2m {
namespace {

using Severity = DdfFinding::Severity;
using ::testing::HasSubstr;

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// A file without mistakes. The tests below put one in at a time; the line numbers are part of them.
const std::string kPump = R"(<?xml version="1.0" encoding="UTF-8"?>
<LWM2M>
  <Object ObjectType="MODefinition">
    <Name>Pump</Name>
    <Description1>Moves water.</Description1>
    <ObjectID>32770</ObjectID>
    <ObjectURN>urn:oma:lwm2m:x:32770:2.1</ObjectURN>
    <LWM2MVersion>1.1</LWM2MVersion>
    <ObjectVersion>2.1</ObjectVersion>
    <MultipleInstances>Multiple</MultipleInstances>
    <Mandatory>Optional</Mandatory>
    <Resources>
      <Item ID="7">
        <Name>Flow</Name>
        <Operations>R</Operations>
        <MultipleInstances>Multiple</MultipleInstances>
        <Mandatory>Mandatory</Mandatory>
        <Type>Float</Type>
        <RangeEnumeration>0..12.5</RangeEnumeration>
        <Units>m3/s</Units>
        <Description><![CDATA[Water & <foam>]]></Description>
      </Item>
      <Item ID="2">
        <Name>Prime</Name>
        <Operations>E</Operations>
        <MultipleInstances>Single</MultipleInstances>
        <Mandatory>Optional</Mandatory>
        <Type></Type>
        <RangeEnumeration></RangeEnumeration>
        <Units></Units>
        <Description>Fills the pump.</Description>
      </Item>
    </Resources>
    <Description2/>
  </Object>
</LWM2M>
)";

TEST(Ddf, ReadsAnObjectAndSortsItsResources) {
  const DdfResult result = parse_ddf(kPump);
  EXPECT_TRUE(result.findings.empty());
  ASSERT_EQ(result.objects.size(), 1u);
  const ObjectModel& pump = result.objects[0];
  EXPECT_EQ(pump.id, 32770);
  EXPECT_EQ(pump.version, (Version{2, 1}));
  EXPECT_EQ(pump.enabler, kEnabler11);
  EXPECT_EQ(pump.name, "Pump");
  EXPECT_EQ(pump.urn, "urn:oma:lwm2m:x:32770:2.1");
  EXPECT_EQ(pump.description, "Moves water.");
  EXPECT_TRUE(pump.multiple);
  EXPECT_FALSE(pump.mandatory);
  ASSERT_EQ(pump.resources.size(), 2u);
  const ResourceModel& prime = pump.resources[0];
  EXPECT_EQ(prime.id, 2);
  EXPECT_EQ(prime.operations, kExecute);
  EXPECT_EQ(prime.type, DataType::None);
  const ResourceModel* flow = pump.find(7);
  ASSERT_EQ(flow, &pump.resources[1]);
  EXPECT_EQ(flow->operations, kRead);
  EXPECT_EQ(flow->type, DataType::Float);
  EXPECT_TRUE(flow->multiple && flow->mandatory);
  EXPECT_EQ(flow->range_text, "0..12.5");
  EXPECT_EQ(flow->range.intervals, (std::vector<ValueRange::Interval>{{0, 12.5}}));
  EXPECT_EQ(flow->units, "m3/s");
  EXPECT_EQ(flow->description, "Water & <foam>");
  EXPECT_EQ(pump.find(3), nullptr);
}

TEST(Ddf, ReadsEveryTypeAndOperation) {
  const std::pair<const char*, DataType> types[] = {
      {"String", DataType::String},
      {"Integer", DataType::Integer},
      {"Unsigned Integer", DataType::Unsigned},
      {"Float", DataType::Float},
      {"Boolean", DataType::Boolean},
      {"Opaque", DataType::Opaque},
      {"Time", DataType::Time},
      {"Objlnk", DataType::Objlnk},
      {"Corelnk", DataType::Corelnk},
  };
  const std::string plain = replaced(kPump, "0..12.5", "");
  for (const auto& [name, type] : types) {
    const DdfResult result =
        parse_ddf(replaced(plain, "<Type>Float", "<Type>" + std::string(name)));
    ASSERT_TRUE(result.findings.empty()) << name;
    EXPECT_EQ(result.objects[0].find(7)->type, type) << name;
  }
  for (const auto& [name, operations] :
       {std::pair{"", kNoOperation}, {"R", kRead}, {"W", kWrite}, {"RW", kReadWrite}}) {
    const DdfResult result =
        parse_ddf(replaced(kPump, "<Operations>R</", "<Operations>" + std::string(name) + "</"));
    ASSERT_TRUE(result.findings.empty()) << name;
    EXPECT_EQ(result.objects[0].find(7)->operations, operations) << name;
  }
}

TEST(Ddf, FilesOfLwm2m10HaveNoVersionTags) {
  std::string text = replaced(kPump, "    <LWM2MVersion>1.1</LWM2MVersion>\n", "");
  text = replaced(text, "    <ObjectVersion>2.1</ObjectVersion>\n", "");
  text = replaced(text, ":2.1</ObjectURN>", "</ObjectURN>");
  const DdfResult result = parse_ddf(text);
  EXPECT_TRUE(result.findings.empty());
  ASSERT_EQ(result.objects.size(), 1u);
  EXPECT_EQ(result.objects[0].version, (Version{1, 0}));
  EXPECT_EQ(result.objects[0].enabler, kEnabler10);
}

struct Mistake {
  const char* from;
  const char* to;
  Severity severity;
  std::size_t line;
  const char* what;
  const char* remedy;
};

constexpr Severity kError = Severity::Error;
constexpr Severity kWarning = Severity::Warning;

const Mistake kMistakes[] = {
    {"</Units>", "</Unit>", kError, 20, "not well-formed", "near this line"},
    {"<LWM2M>", "<LWM2M>\xff", kError, 2, "not UTF-8", "save the file as UTF-8"},
    {"<ObjectID>32770", "<ObjectID>65535", kError, 6, "\"65535\" is no identifier", "0 to 65534"},
    {"<ObjectID>32770", "<ObjectID>pump", kError, 6, "\"pump\" is no identifier", "0 to 65534"},
    {"<ObjectID>32770</ObjectID>", "", kError, 3, "<ObjectID> is missing", "0 to 65534"},
    {":32770:2.1<", ":32771:2.1<", kError, 7, "object 32771", "urn:oma:lwm2m:x:32770:2.1"},
    {":32770:2.1<", ":32770<", kError, 7, "the URN says version 1.0, <ObjectVersion> 2.1",
     "urn:oma:lwm2m:x:32770:2.1"},
    {"urn:oma:lwm2m:x:32770:2.1", "urn:acme:1", kError, 7, "has not the form",
     "urn:oma:lwm2m:x:32770:2.1"},
    {"<ObjectURN>urn:oma:lwm2m:x:32770:2.1</ObjectURN>", "", kError, 3, "has not the form",
     "urn:oma:lwm2m:x:32770:2.1"},
    {"lwm2m:x:", "lwm2m:ext:", kWarning, 7, "does not fit the range", "urn:oma:lwm2m:x:32770:2.1"},
    {"<LWM2MVersion>1.1", "<LWM2MVersion>soon", kWarning, 8, "says \"soon\"", "such as 1.1"},
    {"<ObjectVersion>2.1</ObjectVersion>", "", kWarning, 3, "the URN says 2.1",
     "add <ObjectVersion>2.1"},
    {"<MultipleInstances>Multiple</MultipleInstances>\n    <M", "<M", kError, 3,
     "<MultipleInstances> is missing", "Multiple, Single"},
    {"<Mandatory>Optional", "<Mandatory>Maybe", kError, 11, "says \"Maybe\"",
     "Mandatory, Optional"},
    {"MODefinition", "MO", kWarning, 3, "ObjectType is \"MO\"", "MODefinition"},
    {"<Name>Pump</Name>", "", kWarning, 3, "no name", "<Name>"},
    {"<Description2/>", "", kWarning, 3, "<Description2> is missing", "empty"},
    {"<Description2/>", "<Extra/>\n<Description2/>", kWarning, 34, "<Extra>", "remove"},
    {"<Description2/>", "<Description2/><Description2/>", kWarning, 34, "a second <Description2>",
     "remove"},
    {"<Item ID=\"2\">", "<Item ID=\"7\">", kError, 23, "already defined in line 13", "another ID"},
    {"<Item ID=\"2\">", "<Item>", kError, 23, "\"\" is no identifier", "0 to 65534"},
    {"<Item ID=\"2\">", "<Item ID=\"-2\">", kError, 23, "\"-2\" is no identifier", "0 to 65534"},
    {"<Operations>R<", "<Operations>X<", kError, 15, "says \"X\"", "R, W, RW, E"},
    {"<Operations>R<", "<Operations>r<", kWarning, 15, "says \"r\"", "write R"},
    {"<Operations>R</Operations>", "", kError, 13, "<Operations> is missing", "nothing, R"},
    {"<Type>Float", "<Type>Double", kError, 18, "says \"Double\"", "Unsigned Integer"},
    {"<Type>Float", "<Type>float", kWarning, 18, "says \"float\"", "write Float"},
    {"<Type></Type>", "<Type>String</Type>", kWarning, 28, "an executable resource has a type",
     "leave <Type> empty"},
    {"Single", "Multiple", kWarning, 26, "cannot have instances", "write Single"},
    {"<Units></Units>", "", kWarning, 23, "<Units> is missing", "empty"},
    {"<Name>Prime</Name>", "<Name/>", kWarning, 23, "no name", "<Name>"},
    {"0..12.5", "a little", kWarning, 19, "not checked against \"a little\"", "0..10"},
};

TEST(Ddf, EachMistakeIsReportedOnceWithItsLineAndHowToMendIt) {
  for (const Mistake& mistake : kMistakes) {
    SCOPED_TRACE(mistake.what);
    const DdfResult result = parse_ddf(replaced(kPump, mistake.from, mistake.to));
    ASSERT_EQ(result.findings.size(), 1u);
    const DdfFinding& finding = result.findings[0];
    EXPECT_EQ(finding.severity, mistake.severity);
    EXPECT_EQ(finding.line, mistake.line);
    EXPECT_THAT(finding.what, HasSubstr(mistake.what));
    EXPECT_THAT(finding.remedy, HasSubstr(mistake.remedy));
    EXPECT_EQ(result.ok(), mistake.severity == Severity::Warning);
    EXPECT_EQ(result.objects.size(), mistake.severity == Severity::Warning ? 1u : 0u);
  }
}

TEST(Ddf, AReadableResourceWithoutTypeIsReported) {
  const DdfResult result = parse_ddf(replaced(kPump, "<Type>Float", "<Type>"));
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings[0].line, 18u);
  EXPECT_THAT(result.findings[0].what, HasSubstr("no type"));
}

TEST(Ddf, KeepsTheGoodObjectsOfAFile) {
  const std::size_t begin = kPump.find("  <Object ");
  const std::size_t end = kPump.find("</LWM2M>");
  const std::string object = kPump.substr(begin, end - begin);
  std::string text =
      kPump.substr(0, begin) + replaced(object, "<Type>Float", "<Type>?") + object + "</LWM2M>";
  const DdfResult result = parse_ddf(text);
  EXPECT_FALSE(result.ok());
  ASSERT_EQ(result.objects.size(), 1u);
  EXPECT_EQ(result.objects[0].resources.size(), 2u);
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings[0].object, 32770);
  EXPECT_EQ(result.findings[0].resource, 7);
  EXPECT_EQ(format(result.findings[0], "pump.xml"),
            "pump.xml:18: error: object 32770, resource 7: <Type> says \"?\" (write one of: "
            "String, Integer, "
            "Float, Boolean, Opaque, Time, Objlnk, Corelnk, Unsigned Integer, nothing)");
}

TEST(Ddf, LeavesOutWhatIsNoObject) {
  DdfResult result = parse_ddf(replaced(kPump, "MODefinition", "CommonResources"));
  EXPECT_TRUE(result.ok());
  EXPECT_TRUE(result.objects.empty());
  EXPECT_EQ(result.findings.size(), 1u);
  result = parse_ddf("<LWM2M/>");
  EXPECT_FALSE(result.ok());
  result = parse_ddf("<DDFList><Item/></DDFList>");
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_THAT(result.findings[0].what, HasSubstr("<DDFList>"));
  result = parse_ddf(std::string(kMaxDdfBytes + 1, ' '));
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_THAT(result.findings[0].what, HasSubstr("too large"));
}

TEST(Ddf, CutAtEveryLengthItIsAnErrorAndNeverAnObject) {
  const std::size_t complete = kPump.find("</LWM2M>") + std::string_view("</LWM2M>").size();
  for (std::size_t size = 0; size < complete; ++size) {
    const DdfResult result = parse_ddf(std::string_view(kPump).substr(0, size));
    EXPECT_FALSE(result.ok()) << size;
    EXPECT_TRUE(result.objects.empty()) << size;
  }
}

TEST(Ddf, TheReportOfAFileThatIsWrongEverywhereEnds) {
  std::string text = "<LWM2M><Object>";
  for (int i = 0; i < 5000; ++i) text += "<Nothing/>";
  const DdfResult result = parse_ddf(text + "</Object></LWM2M>");
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(result.findings.size(), 1000u);
  EXPECT_THAT(result.findings.back().what, HasSubstr("left out"));
}

TEST(Ddf, ReadsThePublicRegistry) {
  const char* registry = std::getenv("LINNET_REGISTRY");
  if (registry == nullptr) {
    GTEST_SKIP() << "set LINNET_REGISTRY to a folder with the files of the OMA registry";
  }
  std::size_t objects = 0;
  std::size_t warnings = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(registry)) {
    if (entry.path().extension() != ".xml") continue;
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (text.find("<LWM2M") == std::string::npos) continue;  // lists of files and of units
    const DdfResult result = parse_ddf(text);
    objects += result.objects.size();
    for (const DdfFinding& finding : result.findings) {
      ++warnings;
      EXPECT_EQ(finding.severity, Severity::Warning) << format(finding, entry.path().string());
    }
  }
  std::printf("%zu objects, %zu warnings\n", objects, warnings);
  EXPECT_GT(objects, 0u);
}

}  // namespace
}  // namespace linnet::lwm2m
