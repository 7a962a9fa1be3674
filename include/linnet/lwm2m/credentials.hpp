// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether bytes have the shape of a credential (Core 1.2 §5.2.8). No cryptography: only what tells
// a key that was pasted into the wrong place, cut off or left in PEM from one that may be right.
#include <linnet/base/bytes.hpp>

namespace linnet::lwm2m {

/// A SubjectPublicKeyInfo in DER of a P-256 key, compressed or not, or as in early drafts the bare
/// point (65 bytes) or its x coordinate (32 bytes), whose lengths no SubjectPublicKeyInfo has.
/// [SEC-17]
[[nodiscard]] bool is_public_key(ByteView bytes);
/// The x coordinate in a public key of any of these forms, which tells keys apart: whoever has the
/// private key of one y has that of the other. Empty if it is no public key. Lies in `bytes`.
[[nodiscard]] ByteView public_key_x(ByteView bytes);
/// A OneAsymmetricKey or ECPrivateKey in DER, or as in early drafts the bare 32 bytes. [SEC-17]
[[nodiscard]] bool is_private_key(ByteView bytes);
/// One certificate in DER, or a chain of them one after the other. [SEC-19]
[[nodiscard]] bool is_certificate(ByteView bytes);
/// 1 to 128 bytes, UTF-8 or not. [SEC-15]
[[nodiscard]] bool is_psk_identity(ByteView bytes);
/// 1 to 64 bytes. Fewer than 16 are bad advice, but the owner's choice. [SEC-15]
[[nodiscard]] bool is_psk(ByteView bytes);

}  // namespace linnet::lwm2m
