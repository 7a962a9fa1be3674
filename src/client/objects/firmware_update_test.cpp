// SPDX-License-Identifier: Apache-2.0
// Pins the state machine of object 5, transition by transition: states, results, refusals.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include <client/test_device.hpp>
#include <linnet/client/objects/firmware_update.hpp>

#include <requirement.hpp>

namespace linnet::client::test {
namespace {

using coap::Code;
namespace objects = lwm2m::objects;
using Kind = FirmwareRequest::Kind;

const lwm2m::Format* const kFormats[] = {&lwm2m::kText, &lwm2m::kOpaque, &lwm2m::kTlv};
constexpr std::uint8_t kHttp[] = {2, 3};

struct Sink final : FirmwareSink {
  std::string package;
  bool whole = false;
  Error error = Error::Ok;

  Status write(std::size_t offset, ByteView bytes, bool last) override {
    if (error != Error::Ok) return error;
    package.resize(offset);
    package += as_text(bytes);
    whole = last;
    return {};
  }
  void discard() override {
    package.clear();
    whole = false;
  }
};

struct FirmwareUpdate : testing::Test {
  explicit FirmwareUpdate(const lwm2m::ObjectDefinition& definition = objects::kFirmwareUpdate_1_2)
      : object({.protocols = kHttp, .sink = &sink}, definition) {
    device.objects.push_back(&object);
    std::sort(device.objects.begin(), device.objects.end(),
              [](Object* a, Object* b) { return a->definition().id < b->definition().id; });
    device.settings.objects = device.objects;
  }

  std::string text(std::string_view path) {
    const Reply reply = device.get(path, ContentFormat::Text);
    return reply.code == Code::Content ? std::string(device.text())
                                       : std::string(coap::dotted(reply.code).data(), 4);
  }
  /// "state result", as a server reads them.
  std::string state() { return text("/5/0/3") + " " + text("/5/0/5"); }
  Code run(std::string_view path) { return device.post(path, {}, {}).code; }
  Code push(std::string_view package) {
    return device.put("/5/0/0", ContentFormat::Opaque, as_bytes(package)).code;
  }
  /// One block of a longer push, as the engine gives it.
  Status block(std::size_t offset, std::string_view bytes, bool last) {
    return object.write_block(Path(5, 0, 0), offset, as_bytes(bytes), last);
  }
  /// "download <uri>", "abort", "install", or nothing.
  std::string request() {
    FirmwareRequest asked;
    if (!object.poll_request(asked)) return "";
    switch (asked.kind) {
      case Kind::Download: return "download " + std::string(asked.uri);
      case Kind::Abort: return "abort";
      case Kind::Install: return "install";
    }
    return "?";
  }
  /// A package is there, ready to install.
  void have_package() {
    ASSERT_EQ(push("image"), Code::Changed);
    ASSERT_EQ(state(), "2 0");
  }

  Device device{kFormats};
  Sink sink;
  FirmwareUpdateObject object;
};

TEST_F(FirmwareUpdate, TakesAPushedPackageAndInstallsIt) {
  LINNET_REQ("OBJ-11");
  EXPECT_EQ(state(), "0 0");
  EXPECT_EQ(text("/5/0/9"), "2");
  EXPECT_EQ(text("/5/0/8/1"), "3");
  EXPECT_TRUE(block(0, "ab", false).ok());
  EXPECT_EQ(state(), "1 0");
  EXPECT_TRUE(block(2, "c", true).ok());
  EXPECT_EQ(sink.package, "abc");
  EXPECT_TRUE(sink.whole);
  EXPECT_EQ(state(), "2 0");
  EXPECT_EQ(request(), "");
  EXPECT_EQ(run("/5/0/2"), Code::Changed);
  EXPECT_EQ(state(), "3 0");
  EXPECT_EQ(request(), "install");
  object.updated();
  EXPECT_EQ(state(), "0 1");
  EXPECT_EQ(sink.package, "") << "nobody needs it any more";
  EXPECT_TRUE(block(0, "n", false).ok());
  EXPECT_EQ(state(), "1 0") << "the result starts anew with the next download";
}

TEST_F(FirmwareUpdate, FetchesFromAUri) {
  EXPECT_EQ(device.put("/5/0/1", "https://host/image").code, Code::Changed);
  EXPECT_EQ(state(), "1 0");
  EXPECT_EQ(text("/5/0/1"), "https://host/image");
  EXPECT_EQ(request(), "download https://host/image");
  object.set_package("radio", "2.1");
  object.downloaded();
  EXPECT_EQ(state(), "2 0");
  EXPECT_EQ(text("/5/0/6") + " " + text("/5/0/7"), "radio 2.1");
  EXPECT_EQ(push("other"), Code::MethodNotAllowed) << "one order at a time";
  EXPECT_EQ(device.put("/5/0/1", "http://elsewhere").code, Code::MethodNotAllowed);
  EXPECT_EQ(run("/5/0/2"), Code::Changed);
  EXPECT_EQ(request(), "install");
  object.failed(FirmwareResult::UpdateFailed);
  EXPECT_EQ(state(), "2 8") << "it can be tried again";
  EXPECT_EQ(run("/5/0/2"), Code::Changed);
  EXPECT_EQ(state(), "3 0");
  object.failed(FirmwareResult::IntegrityFailed);
  EXPECT_EQ(state(), "0 5");
}

TEST_F(FirmwareUpdate, TellsWhatIsWrongWithAUriByTheResult) {
  LINNET_REQ("OBJ-08");
  for (const auto& [uri, result] : {std::pair{"no uri", "7"},
                                    {"://x", "7"},
                                    {"http://", "7"},
                                    {"ftp://host/x", "9"},
                                    {"coap://host/x", "9"}}) {
    EXPECT_EQ(device.put("/5/0/1", uri).code, Code::Changed) << uri;
    EXPECT_EQ(state(), std::string("0 ") + result) << uri;
    EXPECT_EQ(request(), "") << uri;
  }
}

TEST_F(FirmwareUpdate, TellsAFailedDownloadByTheResult) {
  LINNET_REQ("OBJ-08");
  for (const auto& [error, result] : {std::pair{Error::NoSpace, "2"},
                                      {Error::Io, "3"},
                                      {Error::Malformed, "5"},
                                      {Error::Unsupported, "6"}}) {
    sink.error = error;
    EXPECT_EQ(push("image"), Code::Changed);
    EXPECT_EQ(state(), std::string("0 ") + result);
    EXPECT_EQ(block(0, "im", false).error(), Error::TooLarge) << "spares the other blocks";
    EXPECT_EQ(state(), std::string("0 ") + result);
  }
  EXPECT_EQ(device.put("/5/0/1", "http://host/x").code, Code::Changed);
  EXPECT_EQ(request(), "download http://host/x");
  object.failed(FirmwareResult::ConnectionLost);
  EXPECT_EQ(state(), "0 4");
  object.failed(FirmwareResult::UpdateFailed);
  EXPECT_EQ(state(), "0 4") << "there is nothing that could fail";
}

TEST_F(FirmwareUpdate, UpdatesOnlyWhenDownloaded) {
  LINNET_REQ("OBJ-09");
  EXPECT_EQ(run("/5/0/2"), Code::MethodNotAllowed);
  EXPECT_TRUE(block(0, "a", false).ok());
  EXPECT_EQ(run("/5/0/2"), Code::MethodNotAllowed);
  EXPECT_TRUE(block(1, "b", true).ok());
  EXPECT_EQ(run("/5/0/2"), Code::Changed);
  EXPECT_EQ(run("/5/0/2"), Code::MethodNotAllowed);
  EXPECT_EQ(push("new"), Code::MethodNotAllowed) << "nothing stops an installation";
  EXPECT_EQ(push(std::string_view("\0", 1)), Code::MethodNotAllowed);
  EXPECT_EQ(device.put("/5/0/1", "").code, Code::MethodNotAllowed);
  EXPECT_EQ(state(), "3 0");
}

TEST_F(FirmwareUpdate, AnEmptyOrderResets) {
  LINNET_REQ("OBJ-10");
  have_package();
  EXPECT_EQ(device.put("/5/0/1", "").code, Code::Changed);
  EXPECT_EQ(state(), "0 0");
  EXPECT_EQ(sink.package, "");
  have_package();
  EXPECT_EQ(push(std::string_view("\0", 1)), Code::Changed);
  EXPECT_EQ(state(), "0 0");
  EXPECT_EQ(sink.package, "");
  EXPECT_EQ(device.put("/5/0/1", "http://host/x").code, Code::Changed);
  EXPECT_EQ(device.put("/5/0/1", "").code, Code::Changed);
  EXPECT_EQ(request(), "") << "never begun, so not to be stopped";
  EXPECT_EQ(device.put("/5/0/1", "http://host/x").code, Code::Changed);
  EXPECT_EQ(request(), "download http://host/x");
  EXPECT_EQ(device.put("/5/0/1", "").code, Code::Changed);
  EXPECT_EQ(request(), "abort");
  EXPECT_EQ(text("/5/0/1"), "");
  object.downloaded();
  EXPECT_EQ(state(), "0 0") << "too late";
}

TEST_F(FirmwareUpdate, IsCancelledBeforeTheInstallation) {
  LINNET_REQ("OBJ-14");
  EXPECT_EQ(run("/5/0/10"), Code::MethodNotAllowed);
  EXPECT_TRUE(block(0, "a", false).ok());
  EXPECT_EQ(run("/5/0/10"), Code::Changed);
  EXPECT_EQ(state(), "0 10");
  EXPECT_EQ(block(1, "b", true).error(), Error::NotAllowed) << "the rest of it";
  have_package();
  EXPECT_EQ(run("/5/0/10"), Code::Changed);
  EXPECT_EQ(state(), "0 10");
  have_package();
  EXPECT_EQ(run("/5/0/2"), Code::Changed);
  EXPECT_EQ(run("/5/0/10"), Code::MethodNotAllowed);
  EXPECT_EQ(state(), "3 0");
}

TEST_F(FirmwareUpdate, IsDeferredForAsLongAsTheServerAllows) {
  LINNET_REQ("OBJ-15");
  EXPECT_EQ(object.defer().error(), Error::NotAllowed);
  EXPECT_EQ(text("/5/0/13"), "4.04");
  EXPECT_EQ(device.put("/5/0/13", "60").code, Code::Changed);
  have_package();
  object.advance({1000});
  EXPECT_EQ(run("/5/0/2"), Code::Changed);
  EXPECT_EQ(request(), "install");
  EXPECT_TRUE(object.defer().ok());
  EXPECT_EQ(state(), "2 11");
  object.advance({60'999});
  EXPECT_EQ(state(), "2 11");
  object.advance({61'000});
  EXPECT_EQ(state(), "3 0");
  EXPECT_EQ(request(), "install");
  EXPECT_TRUE(object.defer().ok());
  EXPECT_TRUE(object.resume().ok());
  EXPECT_EQ(request(), "install");
  EXPECT_EQ(object.resume().error(), Error::NotAllowed);
  EXPECT_EQ(device.put("/5/0/13", "0").code, Code::Changed);
  EXPECT_EQ(object.defer().error(), Error::NotAllowed) << "0: no deferral";
  EXPECT_EQ(device.put("/5/0/13", "4294967296").code, Code::BadRequest);
}

TEST_F(FirmwareUpdate, InstallsByItselfIfToldTo) {
  LINNET_REQ("OBJ-16");
  EXPECT_EQ(device.put("/5/0/14", "1").code, Code::Changed);
  EXPECT_EQ(push("image"), Code::Changed);
  EXPECT_EQ(state(), "3 0");
  EXPECT_EQ(request(), "install");
}

TEST_F(FirmwareUpdate, RemembersWhenTheStateChanged) {
  EXPECT_EQ(text("/5/0/12"), "4.04");
  object.set_time({5000}, 1'700'000'000);
  EXPECT_EQ(text("/5/0/12"), "1700000000");
  object.advance({15'000});
  have_package();
  EXPECT_EQ(text("/5/0/12"), "1700000010");
}

TEST_F(FirmwareUpdate, ComesBackFromARestart) {
  object.restore(FirmwareState::Idle, FirmwareResult::Updated);
  EXPECT_EQ(state(), "0 1");
  object.restore(FirmwareState::Downloading, FirmwareResult::Initial);
  EXPECT_EQ(state(), "0 0") << "a download does not survive";
  object.restore(FirmwareState::Downloaded, FirmwareResult::Initial);
  EXPECT_EQ(run("/5/0/2"), Code::Changed);
}

TEST_F(FirmwareUpdate, ANewBlock0BeginsThePushAgain) {
  EXPECT_TRUE(block(0, "old", false).ok());
  EXPECT_TRUE(block(0, "new", true).ok());
  EXPECT_EQ(sink.package, "new");
  EXPECT_EQ(state(), "2 0");
}

TEST_F(FirmwareUpdate, NotifiesOfStateAndResult) {
  EXPECT_EQ(device.put("/5/0/1", "ftp://host/x").code, Code::Changed);
  std::vector<Path> changed;
  Change change;
  while (object.poll_change(change)) changed.push_back(change.path);
  EXPECT_NE(std::find(changed.begin(), changed.end(), Path(5, 0, 3)), changed.end());
  EXPECT_NE(std::find(changed.begin(), changed.end(), Path(5, 0, 5)), changed.end());
}

struct FirmwareUpdate10 : FirmwareUpdate {
  FirmwareUpdate10() : FirmwareUpdate(objects::kFirmwareUpdate_1_0) {}
};

TEST_F(FirmwareUpdate10, HasNeitherCancelNorDeferral) {
  have_package();
  EXPECT_EQ(run("/5/0/10"), Code::NotFound);
  EXPECT_EQ(text("/5/0/11"), "4.04");
  EXPECT_EQ(run("/5/0/2"), Code::Changed);
  EXPECT_EQ(object.defer().error(), Error::NotAllowed);
}

}  // namespace
}  // namespace linnet::client::test
