// SPDX-License-Identifier: Apache-2.0
#pragma once
// Manual pages made from the declarations that --help shows, with what a person wrote about each
// command (man_text.cpp) in front: linnet.1, a linnet-<command>.1 each, and linnet.toml.5 from the
// table of settings.
#include <CLI/App.hpp>
#include <filesystem>
#include <string>
#include <vector>

namespace linnet::cli {

/// Writes every page into `folder`, which is made. Throws Failure.
void write_man_pages(const CLI::App& app, const std::filesystem::path& folder);

/// Writes a file, in place of what is there. Throws Failure.
void write_page(const std::filesystem::path& file, const std::string& content);

/// What is written by hand about a top-level command: paragraphs; `name` "linnet" is the whole,
/// "linnet.toml" the settings file. Empty if nobody wrote anything, which a test does not allow.
[[nodiscard]] std::vector<std::string> man_text(const std::string& name);

}  // namespace linnet::cli
