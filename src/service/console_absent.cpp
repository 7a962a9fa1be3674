// SPDX-License-Identifier: Apache-2.0
// Stands in for the console in a program that was built without it.
#include "service/console_files.hpp"

namespace linnet::service {
namespace {

constexpr std::string_view kPage = R"html(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Linnet</title>
<h1>Linnet runs, without its console</h1>
<p>This program was built with <code>LINNET_CONSOLE=OFF</code>. Everything the console does is in the
<a href="/openapi.yaml">API</a> and in the <code>linnet</code> command; try <code>linnet device list</code>.</p>
<p>To have the console, build with <code>-DLINNET_CONSOLE=ON</code>; that needs nodejs and npm.</p>
</html>
)html";

}  // namespace

std::span<const ConsoleFile> console_files() {
  static const ConsoleFile kFiles[] = {
      {"/index.html", "text/html; charset=utf-8", "", "\"absent-1\"", kPage}};
  return kFiles;
}

}  // namespace linnet::service
