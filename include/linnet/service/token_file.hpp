// SPDX-License-Identifier: Apache-2.0
#pragma once
// The file through which a server gives a token to the user it runs as, and its commands find it.
// Any thread.
#include <cstdint>
#include <filesystem>
#include <string_view>

namespace linnet::service {

/// "admin-token-<port>", for the API on that port of this machine, in $XDG_RUNTIME_DIR/linnet; for
/// a system service in its RUNTIME_DIRECTORY (systemd.exec(5)); otherwise in /tmp/linnet-<uid>.
[[nodiscard]] std::filesystem::path local_token_file(std::uint16_t http_port);

/// Writes `token` to `file` for the owner alone, in place of what is there. Throws
/// posix::SetupError: it cannot be written.
void write_token_file(const std::filesystem::path& file, std::string_view token);
/// The same to a `local_token_file`, whose folder is made if it is not there. Throws
/// posix::SetupError, also if others can write to the folder.
void write_local_token_file(const std::filesystem::path& file, std::string_view token);

}  // namespace linnet::service
