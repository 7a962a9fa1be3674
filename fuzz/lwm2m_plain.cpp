// SPDX-License-Identifier: Apache-2.0
// Plain text, opaque and CBOR: what is accepted encodes again and then means the same.
#include "lwm2m_format.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  linnet::fuzz::test_format(linnet::lwm2m::kText, data, size);
  linnet::fuzz::test_format(linnet::lwm2m::kOpaque, data, size);
  return linnet::fuzz::test_format(linnet::lwm2m::kCbor, data, size);
}
