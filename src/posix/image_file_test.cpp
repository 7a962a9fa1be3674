// SPDX-License-Identifier: Apache-2.0
// Pins that a file holds the old image or the new one after a power cut at any system call.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

#include <linnet/posix/image_file.hpp>
#include <linnet/posix/setup_error.hpp>

namespace linnet::posix {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Notes its system calls; the power is cut at one of them, and it never comes back.
class CutFile final : public ImageFile {
 public:
  explicit CutFile(const std::string& path, std::size_t good = SIZE_MAX)
      : ImageFile(path), good_(good) {}
  std::vector<std::string> calls;

 private:
  bool step(const char* call) override {
    calls.emplace_back(call);
    return calls.size() <= good_;
  }
  std::size_t good_;
};

class ImageFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/linnet-image-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder = name;
    path = folder / "device.conf";
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  static Status put(ImageStore& store, const std::vector<std::string>& pieces) {
    LINNET_TRY(store.begin());
    for (const auto& piece : pieces) LINNET_TRY(store.append(as_bytes(piece)));
    return store.commit();
  }
  /// "-" if there is none.
  static std::string content(ImageStore& store) {
    std::array<std::uint8_t, 64> bytes{};
    const auto size = store.read(0, bytes);
    if (!size.ok()) return size.error() == Error::NotFound ? "-" : describe(size.error());
    return std::string(as_text(ByteView(bytes).first(*size)));
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      all.push_back(entry.path().filename());
    }
    std::sort(all.begin(), all.end());
    return all;
  }

  std::filesystem::path folder;
  std::filesystem::path path;
};

TEST_F(ImageFileTest, WritesReadsAndErases) {
  {
    ImageFile file(path);
    EXPECT_EQ(content(file), "-");
    EXPECT_EQ(file.append(as_bytes("x")).error(), Error::State);
    EXPECT_EQ(file.commit().error(), Error::State);
    ASSERT_TRUE(put(file, {"ab", "", "cde"}).ok());
    EXPECT_EQ(content(file), "abcde");
    std::array<std::uint8_t, 2> bytes{};
    EXPECT_EQ(file.read(1, bytes).value_or(0), 2u);
    EXPECT_EQ(as_text(bytes), "bc");
    EXPECT_EQ(file.read(4, bytes).value_or(0), 1u);
    EXPECT_EQ(file.read(9, bytes).value_or(9), 0u);
    ASSERT_TRUE(file.begin().ok());
    ASSERT_TRUE(file.append(as_bytes("dropped")).ok());
    EXPECT_EQ(content(file), "abcde");
    ASSERT_TRUE(put(file, {"new"}).ok());
    EXPECT_EQ(content(file), "new");
  }
  ImageFile file(path);
  EXPECT_EQ(content(file), "new");
  EXPECT_TRUE(file.erase().ok());
  EXPECT_EQ(content(file), "-");
  EXPECT_TRUE(file.erase().ok());
  EXPECT_EQ(file.problem(), "");
}

TEST_F(ImageFileTest, OnlyItsOwnerMayReadIt) {
  const mode_t before = umask(0);
  ImageFile file(path);
  ASSERT_TRUE(put(file, {"key"}).ok());
  umask(before);
  for (const char* name : {"device.conf", "device.conf.lock"}) {
    struct stat status {};
    ASSERT_EQ(stat((folder / name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777u, 0600u) << name;
  }
}

TEST_F(ImageFileTest, ContentIsOnTheMediumBeforeItsName) {
  CutFile file(path);
  ASSERT_TRUE(put(file, {"a", "b"}).ok());
  EXPECT_THAT(file.calls, ElementsAre("open", "write", "write", "fsync", "rename", "fsync folder"));
  file.calls.clear();
  ASSERT_TRUE(file.erase().ok());
  EXPECT_THAT(file.calls, ElementsAre("unlink", "fsync folder"));
}

TEST_F(ImageFileTest, APowerCutAnywhereLeavesTheOldOrTheNew) {
  bool passed = false;
  std::size_t cut = 0;
  for (; !passed; ++cut) {
    ASSERT_LT(cut, 20u);
    {
      ImageFile file(path);
      ASSERT_TRUE(put(file, {"the old one"}).ok());
    }
    bool renamed = false;
    {
      CutFile file(path, cut);
      passed = put(file, {"the new", " one"}).ok();
      renamed = cut >= 5;
      EXPECT_EQ(file.calls.size(), passed ? 6 : cut + 1);
    }
    ImageFile file(path);
    EXPECT_EQ(content(file), renamed ? "the new one" : "the old one") << cut;
    EXPECT_THAT(names(), ElementsAre("device.conf", "device.conf.lock")) << cut;
    ASSERT_TRUE(put(file, {"another"}).ok());
    EXPECT_EQ(content(file), "another");
  }
  EXPECT_EQ(cut, 7u);
}

TEST_F(ImageFileTest, TwoCannotShareIt) {
  std::optional<ImageFile> first;
  first.emplace(path);
  try {
    ImageFile second(path);
    FAIL() << "it is shared";
  } catch (const SetupError& error) {
    EXPECT_THAT(error.what(), HasSubstr("another process uses it"));
    EXPECT_THAT(error.what(), HasSubstr(path.string()));
  }
  ASSERT_TRUE(put(*first, {"mine"}).ok());
  first.reset();
  EXPECT_EQ(content(first.emplace(path)), "mine");
}

TEST_F(ImageFileTest, SaysWhatIsWrong) {
  EXPECT_THAT([&] { ImageFile file(folder / "no" / "device.conf"); },
              ::testing::ThrowsMessage<SetupError>(HasSubstr("No such file or directory")));
  EXPECT_THAT([&] { ImageFile file(folder); },
              ::testing::ThrowsMessage<SetupError>(HasSubstr("it is no file")));
  ImageFile file(path);
  std::filesystem::create_directory(folder / "device.conf.new");
  EXPECT_EQ(file.begin().error(), Error::Io);
  EXPECT_THAT(file.problem(), HasSubstr("cannot create"));
  std::filesystem::remove(folder / "device.conf.new");
  ASSERT_TRUE(file.begin().ok());
  std::filesystem::remove(folder / "device.conf.new");
  EXPECT_EQ(file.commit().error(), Error::Io);
  EXPECT_THAT(file.problem(), HasSubstr("cannot replace"));
}

}  // namespace
}  // namespace linnet::posix
