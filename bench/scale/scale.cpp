// SPDX-License-Identifier: Apache-2.0
// Measures what a registered device costs the server, in time and memory: bench/scale/README.md.
#include <cstdio>
#include <exception>
#include <string>

#include <CLI/CLI.hpp>

#include "budgets.hpp"
#include "cpu_clock.hpp"
#include "measure.hpp"
#include "report.hpp"
#include "secure.hpp"

namespace {

using namespace linnet::scale;

struct Arguments {
  Options options;
  bool secure = false;
  std::string json;
  std::string budgets;
};

void declare(CLI::App& app, Arguments& arguments) {
  Options& options = arguments.options;
  app.add_option("--devices", options.devices, "Fleet sizes, one measured after the other")
      ->delimiter(',')
      ->check(CLI::Range(2u, kMaxDevices))
      ->capture_default_str();
  app.add_option("--window", options.window, "Requests under way at a time")
      ->check(CLI::Range(2u, 1024u))
      ->capture_default_str();
  app.add_option("--models", options.models, "Distinct object lists in a fleet")
      ->check(CLI::Range(1u, kMaxDevices))
      ->capture_default_str();
  app.add_option("--rounds", options.rounds, "Rounds of updates")
      ->check(CLI::Range(3u, 10'000u))
      ->capture_default_str();
  app.add_option("--round-size", options.round_size, "Updates in a round")
      ->check(CLI::Range(1'000u, 10'000'000u))
      ->capture_default_str();
  app.add_option("--clock-factor", options.clock_factor, "How much faster the shard's time goes")
      ->check(CLI::Range(1u, 1'000u))
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "Begin no new round after this time")
      ->capture_default_str();
  app.add_flag("--engine", options.engine_only, "The shard alone, in this process, no sockets");
  app.add_flag("--secure", arguments.secure,
               "What DTLS costs: sessions, sealed updates, handshakes; no sockets");
  app.add_option("--json", arguments.json, "Write the results to this file as well");
  app.add_option("--check", arguments.budgets, "Compare with the budgets in this file");
}

int check(const Arguments& arguments, const std::vector<Result>& results,
          const SecureResults& secure) {
  if (arguments.budgets.empty()) return 0;
  const int broken = check_budgets(
      arguments.budgets, [&](const std::string& what) { return value_of(what, results, secure); });
  if (broken != 0) std::printf("\n%d budgets broken\n", broken);
  return broken == 0 ? 0 : 1;
}

int run_secure(const Arguments& arguments) {
  const Options& options = arguments.options;
  const double start = wall_seconds();
  SecureResults results;
  {
    Progress progress;
    const auto parts = static_cast<double>(options.devices.size() + 1);
    double part = 0;
    const auto deadline = [&] { return start + options.seconds * ++part / parts; };
    results.handshakes = measure_handshakes(options, deadline(), progress);
    for (const std::uint32_t devices : options.devices) {
      results.sessions.push_back(measure_sessions(options, devices, deadline(), progress));
    }
  }
  print_secure_table(results);
  if (!arguments.json.empty()) write_json(arguments.json, results);
  return check(arguments, {}, results);
}

int run(const Arguments& arguments) {
  const Options& options = arguments.options;
  const double start = wall_seconds();
  std::vector<Result> results;
  {
    Progress progress;
    double part = 0;
    for (const std::uint32_t devices : options.devices) {
      // Each fleet has its part of the time, and what those before it left.
      const auto fleets = static_cast<double>(options.devices.size());
      const double deadline = start + options.seconds * ++part / fleets;
      const auto measured = options.engine_only
                                ? measure_engine(options, devices, deadline, progress)
                                : measure_over_sockets(options, devices, deadline, progress);
      results.insert(results.end(), measured.begin(), measured.end());
    }
  }
  print_table(results, options.engine_only);
  if (!arguments.json.empty()) write_json(arguments.json, options, results);
  return check(arguments, results, {});
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("What registered devices cost the server: CPU time beside an echo, and memory");
  Arguments arguments;
  declare(app, arguments);
  CLI11_PARSE(app, argc, argv);
  try {
    return arguments.secure ? run_secure(arguments) : run(arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_scale: %s\n", error.what());
    return 2;
  }
}
