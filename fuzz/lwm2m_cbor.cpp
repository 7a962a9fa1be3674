// SPDX-License-Identifier: Apache-2.0
// LwM2M CBOR: what is accepted encodes again and then means the same.
#include "lwm2m_format.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return linnet::fuzz::test_format(linnet::lwm2m::kLwm2mCbor, data, size);
}
