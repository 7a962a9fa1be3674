// SPDX-License-Identifier: Apache-2.0
#include "api_command.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>
#include <utility>

#include <linnet/service/http_server.hpp>

#include "table.hpp"

namespace linnet::cli {

Target& Target::add(const char* name, const std::string& value) {
  if (value.empty()) return *this;
  text_ += separator_ + std::string(name) + "=" + service::percent_encode(value);
  separator_ = '&';
  return *this;
}

Target& Target::add(const char* name, const std::vector<std::string>& values) {
  for (const auto& value : values) add(name, value);
  return *this;
}

Target& Target::add(const char* name, std::size_t value) {
  return value == 0 ? *this : add(name, std::to_string(value));
}

std::string read_input(const std::string& name) {
  std::ostringstream out;
  if (name == "-") {
    out << std::cin.rdbuf();
    return std::move(out).str();
  }
  std::ifstream file(name, std::ios::binary);
  if (!file) throw Failure(kUsage, "cannot read " + name);
  out << file.rdbuf();
  return std::move(out).str();
}

boost::json::array list_whole(ApiClient& api, const char* path, const char* name) {
  return array_of(api.get(path).as_object(), name);
}

ExitCode removed(const ApiOptions& options, const std::string& target,
                 const boost::json::object& told, const std::string& words) {
  (void)ApiClient(options.server).remove(target);
  if (options.as_json) {
    print_json(told);
  } else {
    std::cout << words << '\n';
  }
  return kOk;
}

Listed list_all(ApiClient& api, Target target, const char* name, std::size_t limit) {
  constexpr std::size_t kPage = 1000;
  Listed out;
  std::string cursor;
  do {
    Target next = target;
    next.add("limit", limit == 0 ? kPage : std::min(kPage, limit - out.items.size()));
    next.add("cursor", cursor);
    auto page = api.get(next.text()).as_object();
    for (const auto& item : array_of(page, name)) out.items.push_back(item);
    cursor = text(page, "next");
    if (out.page.empty()) out.page = std::move(page);
  } while (!cursor.empty() && (limit == 0 || out.items.size() < limit));
  out.more = !cursor.empty();
  return out;
}

}  // namespace linnet::cli
