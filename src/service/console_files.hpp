// SPDX-License-Identifier: Apache-2.0
// The web console's files, which travel in the program (console/README.md).
//
// Built with LINNET_CONSOLE the table is written by console/scripts/embed.mjs; without, it has one
// page that says how to get the console. Any thread.
#pragma once

#include <span>
#include <string_view>

namespace linnet::service {

struct ConsoleFile {
  std::string_view path;          ///< "/index.html", "/assets/index-4fj2.js"
  std::string_view content_type;  ///< as in the header
  std::string_view encoding;      ///< "gzip", or empty for bytes as they are
  std::string_view etag;          ///< with its quotes
  std::string_view bytes;         ///< encoded
};

/// All of them, sorted by path; "/index.html" is always there. What lies under "/assets/" has a
/// hash of its content in its name, and may be kept by browsers for ever.
std::span<const ConsoleFile> console_files();

}  // namespace linnet::service
