// SPDX-License-Identifier: Apache-2.0
// Pins Read-Composite and Write-Composite, in SenML, ETCH and LwM2M CBOR.
#include <gtest/gtest.h>

#include <client/test_device.hpp>

#include <requirement.hpp>

namespace linnet::client::test {
namespace {

using coap::Code;

struct CompositeTest : testing::Test {
  Device device{lwm2m::all_formats()};

  Reply fetch(std::string_view json, std::optional<ContentFormat> accept = ContentFormat::SenmlJson,
              std::optional<ContentFormat> format = ContentFormat::SenmlJson) {
    Request request;
    request.method = Code::Fetch;
    request.content_format = format;
    request.accept = accept;
    request.payload = as_bytes(json);
    return device.ask(request);
  }
  Code write(std::string_view json,
             std::optional<ContentFormat> format = ContentFormat::SenmlJson) {
    return device.send(Code::IPatch, "/", format, as_bytes(json)).code;
  }
  /// The values of the answer, as "path=value" in order.
  std::string values(ContentFormat format = ContentFormat::SenmlJson) {
    std::string all;
    lwm2m::RecordReader reader(*find(lwm2m::all_formats(), format), device.body, Path());
    lwm2m::Record record;
    while (true) {
      const auto more = reader.next(record);
      EXPECT_TRUE(more.ok());
      if (!more.ok() || !*more) return all;
      char path[lwm2m::kMaxPathText];
      all += std::string(linnet::lwm2m::format(record.path, path)) + " ";
    }
  }
};

TEST_F(CompositeTest, ReadsPathsOfEveryLevelOnceAndInOrder) {
  LINNET_REQ("DM-62");
  EXPECT_EQ(fetch(R"([{"n":"/1000/0/12/3"},{"n":"/1/0/1"},{"n":"/1000/0/0"}])").code,
            Code::Content);
  EXPECT_EQ(values(), "/1/0/1 /1000/0/0 /1000/0/12/3 ");
  fetch(R"([{"n":"/1000/0/1"},{"n":"/1000/0"},{"n":"/1000/0/1"}])");
  EXPECT_EQ(values(), "/1000/0/0 /1000/0/1 /1000/0/11 /1000/0/12/0 /1000/0/12/3 ");
  fetch(R"([{"n":"/1000"}])");
  EXPECT_EQ(values(), "/1000/0/0 /1000/0/1 /1000/0/11 /1000/0/12/0 /1000/0/12/3 ");
}

TEST_F(CompositeTest, TheRootIsEverythingButSecurity) {
  LINNET_REQ("DM-64");
  EXPECT_EQ(fetch(R"([{"n":"/"}])").code, Code::Content);
  EXPECT_EQ(values(),
            "/1/0/0 /1/0/1 /1/0/2 /1/0/6 /1/0/7 /1/1/0 /1/1/1 /1/1/6 /1/1/7 "
            "/1000/0/0 /1000/0/1 /1000/0/11 /1000/0/12/0 /1000/0/12/3 ");
}

TEST_F(CompositeTest, LeavesOutWhatCannotBeRead) {
  LINNET_REQ("DM-63");
  LINNET_REQ("ACL-16");
  LINNET_REQ("IR-36");
  const char* request = R"([{"n":"/0/0/0"},{"n":"/5/0"},{"n":"/1000/0/9"},{"n":"/1000/0/10"},)"
                        R"({"n":"/1000/0/2"},{"n":"/1000/0/1/0"},{"n":"/1000/7"},{"n":"/1/0/1"}])";
  EXPECT_EQ(fetch(request).code, Code::Content);
  EXPECT_EQ(values(), "/1/0/1 ");
  device.every.read_error = Error::Busy;
  EXPECT_EQ(fetch(R"([{"n":"/1000/0/11"},{"n":"/1000/0/1"}])").code, Code::Content);
  EXPECT_EQ(values(), "/1000/0/1 ");
  device.rights.denied[{Path(kEvery, 0), Right::Read}] = true;
  EXPECT_EQ(fetch(R"([{"n":"/1000/0/1"},{"n":"/1/0/1"}])").code, Code::Content);
  EXPECT_EQ(values(), "/1/0/1 ");
  EXPECT_EQ(fetch(R"([{"n":"/1000/0/1"}])").code, Code::Unauthorized);
  EXPECT_EQ(fetch(R"([{"n":"/1000"}])").code, Code::Unauthorized);
  EXPECT_EQ(fetch(R"([{"n":"/0/0/0"}])").code, Code::Unauthorized);
  EXPECT_EQ(fetch(R"([{"n":"/0"}])").code, Code::Unauthorized);
  // Nothing there is not a question of rights.
  EXPECT_EQ(fetch(R"([{"n":"/5/0"}])").code, Code::Content);
  EXPECT_EQ(values(), "");
}

TEST_F(CompositeTest, NegotiatesTheFormat) {
  LINNET_REQ("DM-66");
  EXPECT_EQ(fetch(R"([{"n":"/1/0/1"}])", {}).format, ContentFormat::SenmlCbor);
  EXPECT_EQ(values(ContentFormat::SenmlCbor), "/1/0/1 ");
  EXPECT_EQ(fetch(R"([{"n":"/1/0/1"}])", ContentFormat::Lwm2mCbor).format,
            ContentFormat::Lwm2mCbor);
  EXPECT_EQ(values(ContentFormat::Lwm2mCbor), "/1/0/1 ");
  for (const auto accept : {ContentFormat::Tlv, ContentFormat::Text, ContentFormat::LinkFormat}) {
    EXPECT_EQ(fetch(R"([{"n":"/1/0/1"}])", accept).code, Code::NotAcceptable);
  }
  LINNET_REQ("DM-68");
  EXPECT_EQ(fetch(R"([{"n":"/1/0/1"}])", {}, ContentFormat::EtchJson).code, Code::Content);
  EXPECT_EQ(fetch(R"([{"n":"/1/0/1"}])", {}, ContentFormat::Tlv).code,
            Code::UnsupportedContentFormat);
  EXPECT_EQ(fetch(R"([{"n":"/1/0/1"}])", {}, std::nullopt).code, Code::BadRequest);
}

TEST_F(CompositeTest, RefusesBadRequests) {
  EXPECT_EQ(fetch("[]").code, Code::BadRequest);
  EXPECT_EQ(fetch("").code, Code::BadRequest);
  EXPECT_EQ(fetch("[{").code, Code::BadRequest);
  EXPECT_EQ(fetch(R"([{"n":"/1/0/1","v":5}])").code, Code::BadRequest);
  EXPECT_EQ(fetch(R"([{"n":"/1/0/70000"}])").code, Code::BadRequest);
  std::string many = "[";
  for (int i = 0; i < 17; ++i) many += (i == 0 ? "" : ",") + std::string(R"({"n":"/1/0/1"})");
  EXPECT_EQ(fetch(many + "]").code, Code::RequestEntityTooLarge);
  Request request;
  request.method = Code::Fetch;
  request.path = Path(kEvery);
  EXPECT_EQ(device.ask(request).code, Code::MethodNotAllowed);
}

TEST_F(CompositeTest, ReadsForAnObservation) {
  DeviceManagement model(device.settings);
  Request request;
  request.content_format = ContentFormat::SenmlJson;
  const std::string json = R"([{"n":"/1000/0/1"},{"n":"/1/0/1"}])";
  request.payload = as_bytes(json);
  std::array<Path, 2> paths;
  ASSERT_EQ(*model.parse_paths(request, paths), 2u);
  EXPECT_EQ(paths[0], Path(kEvery, 0, 1));
  EXPECT_EQ(paths[1], Path(1, 0, 1));
  EXPECT_EQ(model.parse_paths(request, std::span(paths).first(1)).error(), Error::TooLarge);
  device.storage.resize(100);
  Writer body(device.storage);
  const Reply reply = model.read_composite(101, paths, ContentFormat::SenmlJson, body);
  EXPECT_EQ(reply.code, Code::Content);
  EXPECT_EQ(reply.format, ContentFormat::SenmlJson);
  device.body.assign(body.written().begin(), body.written().end());
  EXPECT_EQ(values(), "/1/0/1 /1000/0/1 ");
}

// --- Write-Composite ---

TEST_F(CompositeTest, WritesAcrossObjects) {
  LINNET_REQ("DM-65");
  EXPECT_EQ(
      write(R"([{"n":"/1/0/1","v":60},{"n":"/1000/0/0","vs":"new"},{"n":"/1000/0/12/5","v":5}])"),
      Code::Changed);
  EXPECT_EQ(device.servers.find(0)->lifetime(), 60u);
  EXPECT_EQ(device.every.at(Path(kEvery, 0, kText)).as_string(), "new");
  LINNET_REQ("DM-67");
  EXPECT_EQ(device.every.at(Path(kEvery, 0, kNumbers, 5)).as_integer(), 5);
  EXPECT_EQ(device.every.at(Path(kEvery, 0, kInteger)).as_integer(), 42);
  EXPECT_EQ(device.changes.all.size(), 3u);
}

TEST_F(CompositeTest, ChangesNothingUnlessEverythingIsGood) {
  LINNET_REQ("DM-65");
  const struct {
    const char* bad;
    Code code;
  } rows[] = {
      {R"({"n":"/1000/0/1","v":101})", Code::BadRequest},
      {R"({"n":"/1000/0/1","vs":"x"})", Code::BadRequest},
      {R"({"n":"/1000/0/11","v":1})", Code::MethodNotAllowed},
      {R"({"n":"/1000/0/99","v":1})", Code::NotFound},
      {R"({"n":"/1000/7/1","v":1})", Code::NotFound},
      {R"({"n":"/5/0/1","vs":"x"})", Code::NotFound},
      {R"({"n":"/0/0/0","vs":"x"})", Code::Unauthorized},
      {R"({"n":"/1000/0","v":1})", Code::BadRequest},
      {R"({"n":"/1000/0/12","v":1})", Code::BadRequest},
      {R"({"n":"/1000/0/1/0","v":1})", Code::BadRequest},
      {R"({"n":"/1000/0/1"})", Code::BadRequest},
  };
  for (const auto& row : rows) {
    const std::string good = R"({"n":"/1/0/1","v":60})";
    EXPECT_EQ(write("[" + good + "," + row.bad + "]"), row.code) << row.bad;
    EXPECT_EQ(device.servers.find(0)->lifetime(), 300u) << row.bad;
  }
  EXPECT_EQ(write(R"([{"n":"/1/0/1","v":60},)"), Code::BadRequest);
  device.rights.denied[{Path(kEvery, 0), Right::Write}] = true;
  LINNET_REQ("ACL-16");
  EXPECT_EQ(write(R"([{"n":"/1/0/1","v":60},{"n":"/1000/0/1","v":1}])"), Code::Unauthorized);
  EXPECT_EQ(write("[]", ContentFormat::Tlv), Code::UnsupportedContentFormat);
  EXPECT_EQ(write("[]", {}), Code::BadRequest);
  EXPECT_EQ(device.send(Code::IPatch, "/1000/0", ContentFormat::SenmlJson, {}).code,
            Code::MethodNotAllowed);
  EXPECT_EQ(device.servers.find(0)->lifetime(), 300u);
  EXPECT_TRUE(device.changes.all.empty());
}

TEST_F(CompositeTest, NullDeletesAResourceInstance) {
  LINNET_REQ("DM-67");
  EXPECT_EQ(
      write(R"([{"n":"/1000/0/12/3","v":null},{"n":"/1000/0/1","v":1}])", ContentFormat::EtchJson),
      Code::Changed);
  EXPECT_FALSE(device.every.has(Path(kEvery, 0, kNumbers, 3)));
  EXPECT_TRUE(device.every.has(Path(kEvery, 0, kNumbers, 0)));
  EXPECT_EQ(write(R"([{"n":"/1000/0/12/3","v":null}])", ContentFormat::EtchJson), Code::NotFound);
  EXPECT_EQ(write(R"([{"n":"/1000/0/2","v":null}])", ContentFormat::EtchJson), Code::BadRequest);
  device.every.check_error = Error::NotAllowed;
  EXPECT_EQ(write(R"([{"n":"/1000/0/12/0","v":null}])", ContentFormat::EtchJson),
            Code::MethodNotAllowed);
  EXPECT_TRUE(device.every.has(Path(kEvery, 0, kNumbers, 0)));
}

// --- Single operations in the formats of 1.1 and 1.2 ---

TEST_F(CompositeTest, ReadAndWriteInEveryFormat) {
  for (const ContentFormat format :
       {ContentFormat::SenmlJson, ContentFormat::SenmlCbor, ContentFormat::Lwm2mCbor,
        ContentFormat::Json10, ContentFormat::Tlv}) {
    Device other{lwm2m::all_formats()};
    other.every.set(0, kText, Value::string("changed"));
    other.every.set(0, kInteger, Value::integer(0));
    ASSERT_EQ(device.get("/1000/0", format).code, Code::Content);
    // Read-only values are refused in a Write, so take a writable resource at a time.
    for (const char* path : {"/1000/0/0", "/1000/0/1", "/1000/0/12"}) {
      const Reply reply = device.get(path, format);
      ASSERT_EQ(reply.code, Code::Content) << path << ' ' << static_cast<int>(format);
      EXPECT_EQ(other.put(path, reply.format, device.body).code, Code::Changed)
          << path << ' ' << static_cast<int>(format);
    }
    EXPECT_EQ(other.every.at(Path(kEvery, 0, kText)).as_string(), "hello");
    EXPECT_EQ(other.every.at(Path(kEvery, 0, kInteger)).as_integer(), 42);
    EXPECT_EQ(other.every.at(Path(kEvery, 0, kNumbers, 3)).as_integer(), 13);
  }
}

TEST_F(CompositeTest, CreateInSenml) {
  LINNET_REQ("DM-49");
  const std::string json = R"([{"bn":"/1000/","n":"5/0","vs":"A"},{"n":"6/0","vs":"B"}])";
  EXPECT_EQ(device.post("/1000", ContentFormat::SenmlJson, as_bytes(json)).code, Code::Created);
  EXPECT_EQ(device.every.at(Path(kEvery, 5, kText)).as_string(), "A");
  EXPECT_EQ(device.every.at(Path(kEvery, 6, kText)).as_string(), "B");
  const std::string elsewhere = R"([{"n":"/1/5/1","v":1}])";
  EXPECT_EQ(device.post("/1000", ContentFormat::SenmlJson, as_bytes(elsewhere)).code,
            Code::BadRequest);
}

}  // namespace
}  // namespace linnet::client::test
