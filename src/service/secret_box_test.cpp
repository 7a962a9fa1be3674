// SPDX-License-Identifier: Apache-2.0
// Pins secrets at rest: they open with their key, in their place and unchanged, and the key lies in
// a file that only its owner can read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include <folder.hpp>
#include <linnet/posix/setup_error.hpp>

#include "service/secret_box.hpp"

namespace linnet::service {
namespace {

using ::testing::HasSubstr;
using Absent = SecretBox::Absent;

class SecretBoxTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string problem(Absent absent) const {
    try {
      (void)SecretBox::open(file_, absent);
    } catch (const posix::SetupError& error) {
      return error.what();
    }
    return "";
  }
  static std::string opened(const SecretBox& box, ByteView sealed, std::string_view place) {
    const auto secret = box.unseal(sealed, place);
    return secret ? std::string(as_text(secret->view())) : "(no)";
  }

  test::Folder folder_;
  std::filesystem::path file_ = folder_ / "linnet.db-key";
};

TEST_F(SecretBoxTest, OpensWhatItSealedAndNothingElse) {
  const SecretBox box = SecretBox::temporary();
  for (const std::string& secret : {std::string(), std::string("k"), std::string(5000, 'k')}) {
    const auto sealed = box.seal(as_bytes(secret), "row 1");
    EXPECT_EQ(sealed.size(), secret.size() + 29);
    EXPECT_EQ(opened(box, sealed, "row 1"), secret);
    EXPECT_EQ(opened(box, sealed, "row 2"), "(no)");
    EXPECT_NE(box.seal(as_bytes(secret), "row 1"), sealed);
    EXPECT_EQ(opened(SecretBox::temporary(), sealed, "row 1"), "(no)");
  }
  const auto sealed = box.seal(as_bytes("a secret"), "row 1");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] ^= 1;
    EXPECT_EQ(opened(box, changed, "row 1"), "(no)") << i;
    EXPECT_EQ(opened(box, ByteView(sealed).first(i), "row 1"), "(no)") << i;
  }
}

TEST_F(SecretBoxTest, MarksEqualSecretsEqual) {
  const SecretBox box = SecretBox::temporary();
  EXPECT_EQ(box.mark(as_bytes("key")), box.mark(as_bytes("key")));
  EXPECT_NE(box.mark(as_bytes("key")), box.mark(as_bytes("keys")));
  EXPECT_NE(box.mark(as_bytes("key")), SecretBox::temporary().mark(as_bytes("key")));
}

TEST_F(SecretBoxTest, KeepsItsKeyInAPrivateFile) {
  const SecretBox first = SecretBox::open(file_, Absent::Make);
  struct stat status {};
  ASSERT_EQ(stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  EXPECT_EQ(status.st_size, 32);
  const auto sealed = first.seal(as_bytes("a secret"), "here");
  const SecretBox again = SecretBox::open(file_, Absent::Refuse);
  EXPECT_EQ(opened(again, sealed, "here"), "a secret");
  EXPECT_EQ(again.key_id(), first.key_id());
  EXPECT_NE(again.key_id(), SecretBox::temporary().key_id());
}

TEST_F(SecretBoxTest, SaysWhatIsWrongWithTheFile) {
  EXPECT_THAT(problem(Absent::Refuse), HasSubstr("is missing"));
  std::ofstream(file_) << "short";
  chmod(file_.c_str(), 0600);
  EXPECT_THAT(problem(Absent::Make), HasSubstr("5 bytes and not 32"));
  std::filesystem::remove(file_);
  ASSERT_EQ(problem(Absent::Make), "");
  chmod(file_.c_str(), 0644);
  EXPECT_THAT(problem(Absent::Make), HasSubstr("everybody"));
  chmod(file_.c_str(), 0640);
  EXPECT_EQ(problem(Absent::Make), "");
  file_ = folder_ / "no" / "such";
  EXPECT_THAT(problem(Absent::Make), HasSubstr("cannot be made"));
}

}  // namespace
}  // namespace linnet::service
