// SPDX-License-Identifier: Apache-2.0
#include "first_access.hpp"

#include <linnet/posix/net_address.hpp>
#include <linnet/posix/setup_error.hpp>
#include <linnet/service/token_file.hpp>

namespace linnet::service {
namespace {

constexpr const char* kLocal = "local";

/// How a browser on this machine reaches it.
std::string page_address(const SocketAddress& http) {
  const bool any = http.ip == decltype(http.ip){};
  return "http://" + (any ? "127.0.0.1:" + std::to_string(http.port) : posix::to_string(http)) +
         "/";
}

}  // namespace

FirstAccess::FirstAccess(AccessStore& access, const StorePlace& place,
                         const ServiceSettings& settings, const SocketAddress& http)
    : access_(access), log_(settings.log), http_(http) {
  if (!settings.access.enabled) return;
  const auto local = local_token_file(http.port);
  try {
    if (access_.nobody()) make_first(place, local);
    // What is kept in no file has no other way in than this one.
    if (!passing_.empty() || (!place.temporary() && !settings.access.local_token)) return;
    write_local_token_file(local,
                           access_.add_passing_token(kLocal, "this machine", Access::Administer));
    passing_ = local;
  } catch (const posix::SetupError& error) {
    if (log_) log_(LogLevel::Warning, std::string("no token was written: ") + error.what());
  }
}

void FirstAccess::make_first(const StorePlace& place, const std::filesystem::path& local) {
  const auto made = access_.add_token("first admin", Access::Administer);
  welcome_.link = page_address(http_) +
                  "#code=" + access_.make_code(AccessStore::token_holder(made.token.id)).code;
  // Before it is stored: after a crash in between there is another first start.
  if (place.temporary()) {
    welcome_.token_file = local;
    write_local_token_file(local, made.secret);
    passing_ = local;
  } else {
    welcome_.token_file = place.file().string() + "-admin-token";
    write_token_file(welcome_.token_file, made.secret);
  }
}

FirstAccess::~FirstAccess() {
  std::error_code ignored;
  if (!passing_.empty()) std::filesystem::remove(passing_, ignored);
}

}  // namespace linnet::service
