// SPDX-License-Identifier: Apache-2.0
#include "budgets.hpp"

#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace linnet::scale {

int check_budgets(const std::string& file, Measured measured) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file);
  int broken = 0;
  bool header = true;
  std::printf("\n");
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    if (std::exchange(header, false)) continue;
    const std::size_t comma = line.find(',');
    if (comma == std::string::npos) throw std::runtime_error("not a budget: " + line);
    const std::string what = line.substr(0, comma);
    const double limit = std::stod(line.substr(comma + 1));
    const auto value = measured(what);
    const char* verdict = !value ? "not measured" : *value <= limit ? "met" : "BROKEN";
    if (value && *value > limit) ++broken;
    std::printf("%25s  %8.2f of %7.2f  %s\n", what.c_str(), value.value_or(0), limit, verdict);
  }
  return broken;
}

}  // namespace linnet::scale
