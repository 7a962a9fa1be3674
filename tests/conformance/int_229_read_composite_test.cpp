// SPDX-License-Identifier: Apache-2.0
// 229 Read-Composite (1.1).
//
// Before: basic configuration, the device is registered.
// Step 1: the server reads the object /3 and the instance /1/0 in one request.
// Step 2: it reads the resource /1/0/1 and the resource instance /3/0/11/0 in one request.
// Passes if both, FETCH requests with the paths as their payload, are answered 2.05 with the
// values of just these paths; in SenML JSON, in SenML CBOR, and with 1.2 in LwM2M CBOR.
#include <hex.hpp>

#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int229 : public EnablerTest {};

TEST_P(Int229, DeviceAndServer) {
  LINNET_REQ("DM-62");
  LINNET_REQ("FMT-21");
  World w(kBasic, GetParam());
  w.power_on_registered();
  for (const ContentFormat format : {ContentFormat::SenmlJson, ContentFormat::SenmlCbor}) {
    const Step all = w.read_composite({Path(3), Path(1, 0)}, format);
    EXPECT_EQ(all.asked(), "FETCH /" + ct(format) + accept(format));
    if (format == ContentFormat::SenmlJson) {
      EXPECT_EQ(all.request().payload(), R"([{"n":"/3"},{"n":"/1/0"}])");
    } else {
      EXPECT_EQ(test::to_hex(all.request().view().payload()), "82a100622f33a100642f312f30");
    }
    EXPECT_EQ(all.answered(), "2.05" + ct(format));
    EXPECT_EQ(together(all.result.values, {}), together(server_instance(), device_instance()));

    const Step two = w.read_composite({Path(1, 0, 1), Path(3, 0, 11, 0)}, format);
    EXPECT_EQ(two.answered(), "2.05" + ct(format));
    EXPECT_EQ(two.result.values, values({{Path(1, 0, 1), Value::integer(86400)},
                                         {Path(3, 0, 11, 0), Value::integer(0)}}));
  }
}

LINNET_ENABLERS_FROM_11(Int229);

TEST(Int229Lwm2mCbor, DeviceAndServer) {
  LINNET_REQ("FMT-29");
  World w(kBasic, lwm2m::kEnabler12);
  w.power_on_registered();
  const Step read = w.read_composite({Path(1, 0, 1), Path(3, 0, 11, 0)}, ContentFormat::Lwm2mCbor);
  EXPECT_TRUE(read.asked().ends_with(" accept=11544")) << read.asked();
  EXPECT_EQ(read.answered(), "2.05 ct=11544");
  EXPECT_EQ(read.result.values, values({{Path(1, 0, 1), Value::integer(86400)},
                                        {Path(3, 0, 11, 0), Value::integer(0)}}));
}

// A device of 1.0 does not know the operation, and our server does not send it there.
TEST(Int229Version10, IsNotSent) {
  LINNET_REQ("CMP-02");
  World w(kBasic, lwm2m::kEnabler10);
  w.power_on_registered();
  Operation op;
  op.kind = OperationKind::ReadComposite;
  op.paths = {Path(3), Path(1, 0)};
  const auto id = w.server.shard.submit(w.net.now(), w.registration()->id, op);
  ASSERT_FALSE(id.ok());
  EXPECT_EQ(id.error(), Error::Unsupported);
}

}  // namespace
}  // namespace linnet::conformance
