// SPDX-License-Identifier: Apache-2.0
#pragma once
// Endpoint client names (Core 1.2 §7.4 and RFC 9039): any text may be one, but who uses one of the
// recommended forms must use it right.
#include <string_view>

#include <linnet/base/result.hpp>

namespace linnet::lwm2m {

/// `Malformed` if the name is empty, is no printable UTF-8, or begins like one of these forms and
/// is not well formed [ID-04]; `Range` above 255 bytes.
///
///   urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6     urn:imei:490154203237518 (15 digits)
///   urn:dev:os:<OUI>-<serial>                         urn:esn:<8 hex digits>
///   urn:dev:ops:<OUI>-<class>-<serial>                urn:meid:<14 hex digits>
///   urn:dev:mac:<16 hex digits>                       urn:imei-msisdn:<15>-<15 digits>
///   urn:nai:user@realm                                urn:imei-imsi:<15>-<15 digits>
[[nodiscard]] Status check_endpoint_name(std::string_view name);

/// What the form of a name that begins like this must look like, for an error message; empty if
/// any will do. Static lifetime.
[[nodiscard]] std::string_view expected_form(std::string_view name);

}  // namespace linnet::lwm2m
