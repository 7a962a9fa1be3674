// SPDX-License-Identifier: Apache-2.0
#pragma once
// CoAP Content-Format numbers that LwM2M uses (IANA registry; Core 1.2 §7.4).
#include <cstdint>

namespace linnet::coap {

/// Any number may arrive from a peer; the named ones are those Linnet knows.
enum class ContentFormat : std::uint16_t {
  Text = 0,
  LinkFormat = 40,
  Opaque = 42,
  Cbor = 60,
  SenmlJson = 110,
  SenmlCbor = 112,
  EtchJson = 320,
  EtchCbor = 322,
  OldText = 1541,  ///< pre-standard numbers of LwM2M drafts, accepted on input
  OldTlv = 1542,
  OldJson = 1543,
  Tlv = 11542,
  Json10 = 11543,  ///< LwM2M 1.0 JSON
  Lwm2mCbor = 11544,
};

}  // namespace linnet::coap
