// SPDX-License-Identifier: Apache-2.0
// Pins the grammar of Execute arguments: what the standard writes, blanks, and everything refused.
#include <gtest/gtest.h>

#include <string>

#include <linnet/client/execute_arguments.hpp>

#include <requirement.hpp>

namespace linnet::client {
namespace {

TEST(ExecuteArguments, FindsArgumentsOfTheGrammar) {
  LINNET_REQ("DM-47");
  const auto arguments = ExecuteArguments::parse("5,2='10.3',7,0='https://www.oma.org',9=''");
  ASSERT_TRUE(arguments.ok());
  EXPECT_FALSE(arguments->empty());
  ASSERT_TRUE(arguments->find('5'));
  EXPECT_FALSE(arguments->find('5')->has_value);
  EXPECT_EQ(arguments->find('2')->value, "10.3");
  EXPECT_EQ(arguments->find('0')->value, "https://www.oma.org");
  EXPECT_TRUE(arguments->find('9')->has_value);
  EXPECT_EQ(arguments->find('9')->value, "");
  EXPECT_FALSE(arguments->find('1'));
}

TEST(ExecuteArguments, AcceptsNoneAndBlanks) {
  EXPECT_TRUE(ExecuteArguments::parse("")->empty());
  EXPECT_TRUE(ExecuteArguments::parse("  ")->empty());
  const auto blanks = ExecuteArguments::parse(" 0 = 'two words' , 1 ");
  ASSERT_TRUE(blanks.ok());
  EXPECT_EQ(blanks->find('0')->value, "two words");
  EXPECT_TRUE(blanks->find('1'));
}

TEST(ExecuteArguments, RefusesWhatIsOutsideTheGrammar) {
  LINNET_REQ("DM-48");
  for (const char* text : {",",        "0,",       ",0",       "0,,1",    "a",      "10",
                           "0=",       "0=1",      "0='",      "0='a",    "0='a'b", "0'a'",
                           "0='a\"b'", "0='a\\b'", "0='\x80'", "0='a\n'", "0,0",    "0='a',0='b'",
                           "0 1",      "='a'",     "-1"}) {
    EXPECT_EQ(ExecuteArguments::parse(text).error(), Error::Malformed) << text;
  }
}

TEST(ExecuteArguments, ANulIsNoBlank) {
  EXPECT_EQ(ExecuteArguments::parse(std::string_view("\0", 1)).error(), Error::Malformed);
  EXPECT_EQ(ExecuteArguments::parse(std::string_view("0\0", 2)).error(), Error::Malformed);
}

TEST(ExecuteArguments, CutAtEveryLengthIsRefusedOrAPrefix) {
  const std::string_view whole = "0='abc',1,2='x'";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const auto arguments = ExecuteArguments::parse(whole.substr(0, size));
    const bool complete =
        size == 0 || size == 1 || size == 7 || size == 9 || size == 11 || size == whole.size();
    EXPECT_EQ(arguments.ok(), complete) << whole.substr(0, size);
  }
}

}  // namespace
}  // namespace linnet::client
