// SPDX-License-Identifier: Apache-2.0
// 234 Setting basic information in SenML JSON (1.1).
//
// Before: the configuration with a portfolio, the device is registered.
// Step 1: the server writes lifetime and storing of /1/0 by a Partial Update.
// Step 2: it writes the identity /16/0/0/0.
// Step 3: it writes the lifetime, /1/0/1.
// All in SenML JSON (110), each followed by a Read of what was written.
// Passes if every Write is answered 2.04 and every Read gives what was written, the rest being as
// it was.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int234 : public EnablerTest {};

TEST_P(Int234, DeviceAndServer) {
  LINNET_REQ("DM-26");
  LINNET_REQ("DM-30");
  World w(kWithPortfolio, GetParam());
  w.power_on_registered();
  set_basic_information(w, ContentFormat::SenmlJson,
                        {.instance = R"([{"bn":"/1/0/","n":"1","v":61},{"n":"6","vb":false}])",
                         .resource_instance = R"([{"bn":"/16/0/0/0","vs":"x"}])",
                         .resource = R"([{"bn":"/1/0/1","v":63}])"},
                        [](const Sent& message) { return message.payload(); });
}

LINNET_ENABLERS_FROM_11(Int234);

}  // namespace
}  // namespace linnet::conformance
