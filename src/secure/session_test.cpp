// SPDX-License-Identifier: Apache-2.0
// Pins what a session protects, refuses and never repeats.
#include <gtest/gtest.h>

#include <linnet/secure/session.hpp>
#include <vector>

namespace linnet::secure {
namespace {

TEST(Session, Opens) {
  for (const CipherSuite suite : cipher_suites()) {
    if (aead_of(suite) == Aead::None) continue;
    for (const std::uint8_t id : std::initializer_list<std::uint8_t>{0, 6}) {
      SessionParameters parameters;
      parameters.suite = suite;
      parameters.write.key[0] = 1;
      parameters.read.key[0] = 1;
      parameters.own.size = parameters.peer.size = id;
      parameters.own.used = parameters.peer.used = id != 0;
      auto session = Session::make(parameters);
      ASSERT_TRUE(session.ok());
      std::vector<std::uint8_t> out(200);
      const std::vector<std::uint8_t> text{1, 2, 3};
      const auto size = session->seal(ContentType::ApplicationData, text, out);
      ASSERT_TRUE(size.ok());
      EXPECT_EQ(*size, session->overhead() + 3);
      RecordReader reader(ByteView(out).first(*size), id);
      const auto record = reader.next();
      ASSERT_TRUE(record);
      const auto opened = session->open(*record, out);
      ASSERT_TRUE(opened.ok());
      EXPECT_TRUE(equal(opened->plaintext, text));
    }
  }
}

}  // namespace
}  // namespace linnet::secure
