// SPDX-License-Identifier: Apache-2.0
// 233 Setting basic information in SenML CBOR (1.1).
//
// Before: the configuration with a portfolio, the device is registered.
// Step 1: the server writes lifetime and storing of /1/0 by a Partial Update.
// Step 2: it writes the identity /16/0/0/0.
// Step 3: it writes the lifetime, /1/0/1.
// All in SenML CBOR (112), each followed by a Read of what was written.
// Passes if every Write is answered 2.04 and every Read gives what was written, the rest being as
// it was.
#include <hex.hpp>

#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class Int233 : public EnablerTest {};

TEST_P(Int233, DeviceAndServer) {
  LINNET_REQ("DM-26");
  LINNET_REQ("DM-30");
  LINNET_REQ("FMT-19");
  World w(kWithPortfolio, GetParam());
  w.power_on_registered();
  set_basic_information(w, ContentFormat::SenmlCbor,
                        {.instance = "82a321652f312f302f00613102183da200613604f4",
                         .resource_instance = "81a221692f31362f302f302f30036178",
                         .resource = "81a221662f312f302f3102183f"},
                        [](const Sent& message) { return test::to_hex(message.view().payload()); });
}

LINNET_ENABLERS_FROM_11(Int233);

}  // namespace
}  // namespace linnet::conformance
