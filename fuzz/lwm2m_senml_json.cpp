// SPDX-License-Identifier: Apache-2.0
// SenML JSON and SenML-ETCH JSON: what is accepted encodes again and then means the same.
#include "lwm2m_format.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  linnet::fuzz::test_format(linnet::lwm2m::kSenmlJson, data, size);
  return linnet::fuzz::test_format(linnet::lwm2m::kEtchJson, data, size);
}
