// SPDX-License-Identifier: Apache-2.0
#include "console_page.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "console_files.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

constexpr std::string_view kAssets = "/assets/";

constexpr const char* kContentSecurityPolicy =
    "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'; connect-src 'self'";

const ConsoleFile* find(std::string_view path) {
  const auto files = console_files();
  const auto found = std::ranges::lower_bound(files, path, {}, &ConsoleFile::path);
  return found != files.end() && found->path == path ? &*found : nullptr;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// Calls `test` with each piece between commas until it returns true.
template <typename Test>
bool any_item(std::string_view list, Test test) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (test(trimmed(list.substr(0, comma)))) return true;
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
  return false;
}

bool is_current(const HttpRequest& request, const ConsoleFile& file) {
  return any_item(request.header("if-none-match"), [&](std::string_view tag) {
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    return tag == "*" || tag == file.etag;
  });
}

/// Who does not say what they take, takes everything.
bool takes(const HttpRequest& request, std::string_view encoding) {
  const auto accepted = request.header("accept-encoding");
  if (encoding.empty() || accepted.empty()) return true;
  return any_item(accepted, [&](std::string_view item) {
    const auto name = trimmed(item.substr(0, item.find(';')));
    const auto weight = item.find("q=");
    const bool refused = weight != std::string_view::npos &&
                         item.substr(weight + 2).find_first_not_of("0.") == std::string_view::npos;
    return (name == encoding || name == "*") && !refused;
  });
}

}  // namespace

HttpResponse console_page(const HttpRequest& request) {
  const ConsoleFile* file = find(request.path);
  const bool asset = request.path.starts_with(kAssets);
  if (file == nullptr && asset) {
    throw Problem(404, "no-such-path", "Nothing here", "the console has no file of that name");
  }
  if (file == nullptr) file = find("/index.html");
  if (!takes(request, file->encoding)) {
    throw Problem(406, "not-acceptable", "Not acceptable",
                  "the console's files are compressed with gzip; let Accept-Encoding name it");
  }
  HttpResponse response;
  response.content_type = file->content_type;
  response.headers = {
      {"ETag", std::string(file->etag)},
      // Files with a hash in their name never change; the page that names them may with each
      // update.
      {"Cache-Control", asset ? "public, max-age=31536000, immutable" : "no-cache"},
      {"Vary", "Accept-Encoding"},
      {"Content-Security-Policy", kContentSecurityPolicy},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
  };
  if (is_current(request, *file)) {
    response.status = 304;
    return response;
  }
  if (!file->encoding.empty()) {
    response.headers.emplace_back("Content-Encoding", std::string(file->encoding));
  }
  response.body = file->bytes;
  return response;
}

}  // namespace linnet::service
