// SPDX-License-Identifier: Apache-2.0
// Pins the text and the order of paths.
#include <linnet/lwm2m/path.hpp>

#include <gtest/gtest.h>

#include <string>

#include <requirement.hpp>

namespace linnet::lwm2m {
namespace {

std::string text_of(const Path& path) {
  char text[kMaxPathText];
  return std::string(format(path, text));
}

TEST(Path, ParsesAndFormatsEachDepth) {
  LINNET_REQ("ID-06");
  for (const char* text : {"/", "/0", "/3/0", "/3/0/1", "/3/0/6/1", "/65534/65534/65534/65534"}) {
    const Result<Path> path = Path::parse(text);
    ASSERT_TRUE(path.ok()) << text;
    EXPECT_EQ(text_of(*path), text);
  }
  EXPECT_EQ(*Path::parse("3/0/1"), Path(3, 0, 1));
  EXPECT_EQ(*Path::parse("/10/200/3000/40000"), Path(10, 200, 3000, 40000));
}

TEST(Path, RefusesAllOtherTexts) {
  LINNET_REQ("ID-06");
  for (const char* text : {"", "//", "/3/", "/3//0", "/03", "/3/00", "/3/0/1/2/3", "/3/0/1/2/",
                           "/a", "/3/0/x", "/-1", "/+1", " /3", "/3 ", "/3/0?", "/3.0", "3/"}) {
    EXPECT_EQ(Path::parse(text).error(), Error::Malformed) << text;
  }
}

TEST(Path, Identifier65535NamesNothing) {
  LINNET_REQ("ID-01");
  for (const char* text :
       {"/65535", "/3/65535", "/3/0/1/65535", "/70000", "/4294967296", "/18446744073709551616/1"}) {
    EXPECT_EQ(Path::parse(text).error(), Error::Range) << text;
  }
  EXPECT_EQ(Path::parse("/65534")->object(), 65534);
}

TEST(Path, FormatNeedsRoomForAllOfIt) {
  char text[kMaxPathText];
  EXPECT_EQ(format(Path(65534, 1, 2, 3), std::span(text, 11)), "");
  EXPECT_EQ(format(Path(65534, 1, 2, 3), std::span(text, 12)), "/65534/1/2/3");
  EXPECT_EQ(format(Path(), std::span(text, 0)), "");
}

TEST(Path, OrdersParentsBeforeChildren) {
  const Path sorted[] = {Path(),           Path(1),        Path(1, 0),  Path(1, 0, 7),
                         Path(1, 0, 7, 0), Path(1, 0, 8),  Path(1, 1),  Path(3),
                         Path(3, 0, 9),    Path(3, 0, 10), Path(65534), Path(65534, 0)};
  for (std::size_t i = 0; i + 1 < std::size(sorted); ++i) {
    EXPECT_LT(sorted[i], sorted[i + 1]) << text_of(sorted[i]);
  }
}

TEST(Path, WalksUpAndDown) {
  const Path path(3, 0, 6, 1);
  EXPECT_EQ(path.depth(), 4);
  EXPECT_EQ(path.parent(), Path(3, 0, 6));
  EXPECT_EQ(path.first(1), Path(3));
  EXPECT_EQ(path.first(9), path);
  EXPECT_EQ(Path().parent(), Path());
  EXPECT_EQ(Path(3).child(0), Path(3, 0));
  EXPECT_TRUE(Path().contains(path));
  EXPECT_TRUE(Path(3, 0).contains(path));
  EXPECT_TRUE(path.contains(path));
  EXPECT_FALSE(path.contains(Path(3, 0, 6)));
  EXPECT_FALSE(Path(3, 1).contains(path));
  EXPECT_TRUE(Path(3, 0).touches(path));
  EXPECT_TRUE(path.touches(Path(3, 0)));
  EXPECT_FALSE(path.touches(Path(3, 1)));
}

}  // namespace
}  // namespace linnet::lwm2m
