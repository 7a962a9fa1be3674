// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a client and a server prove who they are (Core 1.2 Appendix E.1).
#include <cstdint>

namespace linnet::lwm2m {

/// The values of /0/x/2 [SEC-12].
enum class SecurityMode : std::uint8_t { Psk = 0, RawPublicKey = 1, X509 = 2, NoSec = 3, Est = 4 };

}  // namespace linnet::lwm2m
