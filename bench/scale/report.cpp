// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace linnet::scale {
namespace {

/// Smaller fleets do not fill the chunks memory is taken in.
constexpr std::uint32_t kLeastDevicesForMemory = 10'000;

std::string with_spread(const Spread& spread, int decimals) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.*f ±%.*f", decimals, spread.median, decimals, spread.mad);
  return text;
}

/// Padded by characters; "±" is two bytes.
std::string padded(const std::string& text, std::size_t width) {
  std::size_t characters = 0;
  for (const char c : text) characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  const std::size_t blanks = width > characters ? width - characters : 0;
  return std::string(blanks, ' ') + text;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.0f", value);
  return text;
}

const Result* largest(const std::vector<Result>& results, Request request) {
  const Result* found = nullptr;
  for (const Result& result : results) {
    if (result.request != request) continue;
    if (found == nullptr || result.devices > found->devices) found = &result;
  }
  return found;
}

const Result* smallest(const std::vector<Result>& results, Request request) {
  const Result* found = nullptr;
  for (const Result& result : results) {
    if (result.request != request) continue;
    if (found == nullptr || result.devices < found->devices) found = &result;
  }
  return found;
}

/// How much dearer, beside the echo, a request is with the most devices than with the fewest.
std::optional<double> growth(const std::vector<Result>& results, Request request) {
  const Result* last = largest(results, request);
  const Result* first = smallest(results, request);
  if (last == nullptr || first == last) return std::nullopt;
  return last->ratio.median / first->ratio.median;
}

std::optional<double> worst_ratio(const std::vector<Result>& results, Request request) {
  std::optional<double> worst;
  for (const Result& result : results) {
    if (result.request == request && result.ratio.median > worst.value_or(0)) {
      worst = result.ratio.median;
    }
  }
  return worst;
}

std::optional<double> worst_memory(const std::vector<Result>& results, Request request) {
  std::optional<double> worst;
  for (const Result& result : results) {
    if (result.request != request || result.devices < kLeastDevicesForMemory ||
        !result.bytes_per_device)
      continue;
    if (*result.bytes_per_device > worst.value_or(0)) worst = result.bytes_per_device;
  }
  return worst;
}

std::optional<double> handshake_ratio(const SecureResults& secure, std::string_view what,
                                      Spread HandshakeResult::*ratio) {
  for (const HandshakeResult& result : secure.handshakes) {
    if (result.what == what) return (result.*ratio).median;
  }
  return std::nullopt;
}

std::optional<double> worst_sealed_update(const SecureResults& secure) {
  std::optional<double> worst;
  for (const SessionResult& result : secure.sessions) {
    worst = std::max(worst.value_or(0), result.more_ns.median);
  }
  return worst;
}

std::optional<double> worst_session_memory(const SecureResults& secure) {
  std::optional<double> worst;
  for (const SessionResult& result : secure.sessions) {
    if (result.devices < kLeastDevicesForMemory) continue;
    worst = std::max(worst.value_or(0), result.bytes_per_session);
  }
  return worst;
}

/// Nothing if this run did not measure it.
void put(std::FILE* file, const char* key, const Spread& spread) {
  std::fprintf(file, "\"%s\": {\"median\": %.4f, \"mad\": %.4f}, ", key, spread.median, spread.mad);
}

}  // namespace

void print_table(const std::vector<Result>& results, bool engine_only) {
  if (engine_only) {
    std::printf("CPU time of the shard alone, ns a request (median ± MAD)\n\n");
    std::printf("%10s %9s %16s\n", "request", "devices", "ns");
    for (const Result& result : results) {
      std::printf("%10s %9u %s\n", name_of(result.request), result.devices,
                  padded(with_spread(result.shard_ns, 0), 16).c_str());
    }
    return;
  }
  std::printf("CPU time of the server's thread, ns a request (median ± MAD), beside an echo\n\n");
  std::printf("%10s %9s %14s %14s %14s %10s %12s %6s %11s\n", "request", "devices", "shard ns",
              "echo ns", "ratio", "requests/s", "batch s/e", "resent", "B/device");
  for (const Result& result : results) {
    char batch[32];
    std::snprintf(batch, sizeof(batch), "%.1f/%.1f", result.shard_batch, result.echo_batch);
    std::printf("%10s %9u %s %s %s %10.0f %12s %6llu %11s\n", name_of(result.request),
                result.devices, padded(with_spread(result.shard_ns, 0), 14).c_str(),
                padded(with_spread(result.echo_ns, 0), 14).c_str(),
                padded(with_spread(result.ratio, 2), 14).c_str(), result.per_second, batch,
                static_cast<unsigned long long>(result.retransmissions),
                result.bytes_per_device ? number(*result.bytes_per_device).c_str() : "");
  }
}

void write_json(const std::string& file, const Options& options,
                const std::vector<Result>& results) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::fopen(file.c_str(), "w"),
                                                            std::fclose);
  if (out == nullptr) throw std::runtime_error("cannot write " + file);
  std::fprintf(out.get(), "{\"sockets\": %s, \"window\": %u, \"models\": %u, \"results\": [",
               options.engine_only ? "false" : "true", options.window, options.models);
  const char* comma = "";
  for (const Result& result : results) {
    std::fprintf(out.get(), "%s\n  {\"request\": \"%s\", \"devices\": %u, \"rounds\": %zu, ", comma,
                 name_of(result.request), result.devices, result.rounds);
    comma = ",";
    put(out.get(), "shard_ns", result.shard_ns);
    if (!options.engine_only) {
      put(out.get(), "echo_ns", result.echo_ns);
      put(out.get(), "ratio", result.ratio);
      std::fprintf(out.get(), "\"shard_batch\": %.2f, \"echo_batch\": %.2f, ", result.shard_batch,
                   result.echo_batch);
      std::fprintf(out.get(), "\"retransmissions\": %llu, ",
                   static_cast<unsigned long long>(result.retransmissions));
    }
    if (result.bytes_per_device) {
      std::fprintf(out.get(), "\"bytes_per_device\": %.1f, ", *result.bytes_per_device);
    }
    std::fprintf(out.get(), "\"requests\": %llu, \"per_second\": %.0f}",
                 static_cast<unsigned long long>(result.requests), result.per_second);
  }
  std::fprintf(out.get(), "\n]}\n");
}

void print_secure_table(const SecureResults& results) {
  std::printf(
      "Handshakes: CPU time of the server, ns (median ± MAD), beside GnuTLS alone that keeps its\n"
      "sessions, and that frees them at once\n\n");
  std::printf("%16s %18s %18s %12s %18s %12s\n", "", "Linnet ns", "keeps ns", "ratio", "frees ns",
              "ratio");
  for (const HandshakeResult& result : results.handshakes) {
    std::printf("%16s %s %s %s %s %s\n", result.what.c_str(),
                padded(with_spread(result.linnet_ns, 0), 18).c_str(),
                padded(with_spread(result.alone_ns, 0), 18).c_str(),
                padded(with_spread(result.ratio, 2), 12).c_str(),
                padded(with_spread(result.freed_ns, 0), 18).c_str(),
                padded(with_spread(result.freed_ratio, 2), 12).c_str());
  }
  std::printf(
      "\nUpdates: CPU time of transport and shard, ns, and memory of a sleeping session\n\n");
  std::printf("%9s %14s %14s %14s %11s\n", "devices", "plain ns", "sealed ns", "more ns",
              "B/session");
  for (const SessionResult& result : results.sessions) {
    std::printf("%9u %s %s %s %11.1f\n", result.devices,
                padded(with_spread(result.plain_ns, 0), 14).c_str(),
                padded(with_spread(result.sealed_ns, 0), 14).c_str(),
                padded(with_spread(result.more_ns, 0), 14).c_str(), result.bytes_per_session);
  }
}

void write_json(const std::string& file, const SecureResults& results) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::fopen(file.c_str(), "w"),
                                                            std::fclose);
  if (out == nullptr) throw std::runtime_error("cannot write " + file);
  std::fprintf(out.get(), "{\"handshakes\": [");
  const char* comma = "";
  for (const HandshakeResult& result : results.handshakes) {
    std::fprintf(out.get(), "%s\n  {\"what\": \"%s\", ", comma, result.what.c_str());
    comma = ",";
    put(out.get(), "linnet_ns", result.linnet_ns);
    put(out.get(), "gnutls_ns", result.alone_ns);
    put(out.get(), "ratio", result.ratio);
    put(out.get(), "gnutls_freed_ns", result.freed_ns);
    put(out.get(), "freed_ratio", result.freed_ratio);
    std::fprintf(out.get(), "\"handshakes\": %llu}",
                 static_cast<unsigned long long>(result.handshakes));
  }
  std::fprintf(out.get(), "\n], \"sessions\": [");
  comma = "";
  for (const SessionResult& result : results.sessions) {
    std::fprintf(out.get(), "%s\n  {\"devices\": %u, ", comma, result.devices);
    comma = ",";
    put(out.get(), "plain_ns", result.plain_ns);
    put(out.get(), "sealed_ns", result.sealed_ns);
    put(out.get(), "more_ns", result.more_ns);
    std::fprintf(out.get(), "\"bytes_per_session\": %.1f}", result.bytes_per_session);
  }
  std::fprintf(out.get(), "\n]}\n");
}

std::optional<double> value_of(const std::string& what, const std::vector<Result>& results,
                               const SecureResults& secure) {
  constexpr auto kRatio = &HandshakeResult::ratio;
  constexpr auto kFreedRatio = &HandshakeResult::freed_ratio;
  if (what == "psk_handshake_ratio") return handshake_ratio(secure, "PSK", kRatio);
  if (what == "psk_handshake_freed_ratio") return handshake_ratio(secure, "PSK", kFreedRatio);
  if (what == "raw_key_handshake_ratio") return handshake_ratio(secure, "raw public key", kRatio);
  if (what == "sealed_update_more_ns") return worst_sealed_update(secure);
  if (what == "bytes_per_session") return worst_session_memory(secure);
  if (what == "register_ratio") return worst_ratio(results, Request::Register);
  if (what == "update_ratio") return worst_ratio(results, Request::Update);
  if (what == "notify_ratio") return worst_ratio(results, Request::Notify);
  if (what == "register_growth") return growth(results, Request::Register);
  if (what == "update_growth") return growth(results, Request::Update);
  if (what == "notify_growth") return growth(results, Request::Notify);
  if (what == "bytes_per_device") return worst_memory(results, Request::Register);
  if (what == "bytes_per_observed_device") return worst_memory(results, Request::Notify);
  throw std::runtime_error("the budgets name '" + what + "', which is not measured");
}

}  // namespace linnet::scale
