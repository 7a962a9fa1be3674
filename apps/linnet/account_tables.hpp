// SPDX-License-Identifier: Apache-2.0
#pragma once
// Who a device knows and who may do what with it, as tables for a person. Never a key.
#include <string>

#include "client_session.hpp"

namespace linnet::cli {

/// A line for each account in object 0, and how things stand with it. Without a line feed at the
/// end, as the next one.
[[nodiscard]] std::string accounts_table(ClientSession& session);
/// A line for each server with security: the session there is, how it came about and since when.
[[nodiscard]] std::string sessions_table(ClientSession& session);
/// A line for each instance of object 2: what it is about, who owns it and the rights of each
/// server as letters.
[[nodiscard]] std::string access_table(ClientSession& session);

/// "RWEDC" for bits of `client::Right`, "-" for none.
[[nodiscard]] std::string right_letters(std::uint8_t rights);

}  // namespace linnet::cli
