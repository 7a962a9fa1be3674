// SPDX-License-Identifier: Apache-2.0
// 230 Write-Composite (1.1).
//
// Before: the configuration with a portfolio, the device is registered.
// Step 1: the server writes lifetime 60, storing false and two identities of the portfolio, one of
//         them new, in one request.
// Step 2: it reads what it wrote.
// Passes if the request, an iPATCH, is answered 2.04, and the Reads give what was written and all
// else untouched; in SenML JSON and in SenML CBOR.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int230 : public EnablerTest {};

TEST_P(Int230, DeviceAndServer) {
  LINNET_REQ("DM-65");
  LINNET_REQ("DM-67");
  for (const ContentFormat format : {ContentFormat::SenmlJson, ContentFormat::SenmlCbor}) {
    World w(kWithPortfolio, GetParam());
    w.power_on_registered();
    const std::size_t mark = w.wire.mark();
    const Step write = w.write_composite(values({{Path(1, 0, 1), Value::integer(60)},
                                                 {Path(1, 0, 6), Value::boolean(false)},
                                                 {Path(16, 0, 0, 1), Value::string("bb")},
                                                 {Path(16, 0, 0, 8), Value::string("new")}}),
                                         format);
    EXPECT_EQ(write.asked(), "iPATCH /" + ct(format));
    if (format == ContentFormat::SenmlJson) {
      EXPECT_EQ(write.request().payload(),
                R"([{"n":"/1/0/1","v":60},{"n":"/1/0/6","vb":false},)"
                R"({"n":"/16/0/0/1","vs":"bb"},{"n":"/16/0/0/8","vs":"new"}])");
    }
    EXPECT_EQ(write.answered(), "2.04");
    const Step server = w.read(Path(1, 0), format);
    EXPECT_EQ(server.value(Path(1, 0, 1)), Value::integer(60));
    EXPECT_EQ(server.value(Path(1, 0, 6)), Value::boolean(false));
    EXPECT_EQ(server.value(Path(1, 0, 7)), Value::string("U"));
    const Step portfolio = w.read(Path(16, 0, 0), format);
    EXPECT_EQ(portfolio.result.values,
              values({{Path(16, 0, 0, 0), Value::string("Host Device ID #1")},
                      {Path(16, 0, 0, 1), Value::string("bb")},
                      {Path(16, 0, 0, 2), Value::string("Host Device Model #1")},
                      {Path(16, 0, 0, 3), Value::string("Host Device Software Version #1")},
                      {Path(16, 0, 0, 8), Value::string("new")}}));
    // The new lifetime is told to the server as after any other Write.
    w.net.run_for(seconds(2));
    ASSERT_FALSE(w.wire.by_device(mark).empty());
    EXPECT_EQ(w.wire.by_device(mark)[0].request.query(), "?lt=60");
  }
}

LINNET_ENABLERS_FROM_11(Int230);

// The device alone: one entry that cannot be written keeps the others from it as well.
TEST(Int230Device, IsAllOrNothing) {
  LINNET_REQ("DM-65");
  LINNET_REQ("DM-66");
  RawServer raw;
  raw.accept_registration();
  const std::pair<const char*, const char*> bad[] = {
      {R"([{"n":"/1/0/1","v":60},{"n":"/1/0/0","v":5}])", "4.05"},     // read-only
      {R"([{"n":"/1/0/1","v":60},{"n":"/3/0/4","vs":"x"}])", "4.05"},  // executable
      {R"([{"n":"/1/0/1","v":60},{"n":"/1/0/7","v":5}])", "4.00"},     // another type
      {R"([{"n":"/1/0/1","v":60},{"n":"/1/0/1/0","v":5}])", "4.00"},   // not multiple
      {R"([{"n":"/1/0/1","v":60},{"n":"/1/3/1","v":5}])", "4.04"},     // no such instance
      {R"([{"n":"/1/0/1","v":60},{"n":"/0/0/0","vs":"x"}])", "4.01"},  // not for servers
      {R"([{"n":"/1/0/1","v":60})", "4.00"},                           // cut
  };
  for (const auto& [payload, code] : bad) {
    const Sent answer = raw.peer.ask(
        {.code = Code::IPatch, .payload = payload, .format = ContentFormat::SenmlJson});
    EXPECT_EQ(line(answer), code) << payload;
    EXPECT_EQ(raw.device.server.find(0)->lifetime(), 86400u) << payload;
  }
}

}  // namespace
}  // namespace linnet::conformance
