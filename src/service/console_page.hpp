// SPDX-License-Identifier: Apache-2.0
#pragma once
// The web console's files over HTTP (RFC 9110, RFC 9111), with what keeps a browser from running
// anything else (Content Security Policy 3). Any thread.
#include <linnet/service/http_server.hpp>

namespace linnet::service {

/// The answer to a GET for a file of the console. A path that is none of its files is a page the
/// console makes itself, and gets index.html; but what is missing under /assets/ is not there.
[[nodiscard]] HttpResponse console_page(const HttpRequest& request);

}  // namespace linnet::service
