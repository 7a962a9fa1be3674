// SPDX-License-Identifier: Apache-2.0
#include "server_config.hpp"

#include <toml++/toml.h>
#include <functional>
#include <limits>

#include "command.hpp"

namespace linnet::cli {
namespace {

/// Reads one table, key by key; what nobody asked for is an error.
class Section {
 public:
  Section(const std::filesystem::path& file, const toml::table& root, std::string name)
      : file_(file), name_(std::move(name)) {
    const auto* node = root.get(name_);
    if (node == nullptr) return;
    table_ = node->as_table();
    if (table_ == nullptr) fail(*node, name_ + " is a table: write [" + name_ + "]");
  }

  [[noreturn]] void fail(const toml::node& at, const std::string& what) const {
    throw Failure(kUsage,
                  file_.string() + ":" + std::to_string(at.source().begin.line) + ": " + what);
  }

  void text(const char* key, std::string& out) {
    if (const auto* node = take(key)) {
      const auto value = node->value<std::string>();
      if (!node->is_string()) fail(*node, full(key) + " is a string in quotes");
      out = *value;
    }
  }
  void flag(const char* key, bool& out) {
    if (const auto* node = take(key)) {
      if (!node->is_boolean()) fail(*node, full(key) + " is true or false");
      out = *node->value<bool>();
    }
  }
  void texts(const char* key, std::vector<std::string>& out) {
    const auto* node = take(key);
    if (node == nullptr) return;
    const auto* array = node->as_array();
    if (array == nullptr) fail(*node, full(key) + " is a list of strings: [\"...\"]");
    for (const auto& item : *array) {
      if (!item.is_string()) fail(item, full(key) + " is a list of strings");
      out.push_back(*item.value<std::string>());
    }
  }
  template <typename T>
  void number(const char* key, std::int64_t low, std::int64_t high, T& out) {
    if (const auto* node = take(key)) {
      const auto value = node->is_integer() ? *node->value<std::int64_t>() : low - 1;
      if (value < low || value > high) {
        fail(*node, full(key) + " is a number from " + std::to_string(low) + " to " +
                        std::to_string(high));
      }
      out = static_cast<T>(value);
    }
  }
  void seconds(const char* key, std::int64_t low, std::int64_t high, Duration& out) {
    std::int64_t value = out.ms / 1000;
    number(key, low, high, value);
    out = linnet::seconds(value);
  }

  /// Refuses what is left.
  void finish() const {
    if (table_ == nullptr) return;
    for (const auto& [key, node] : *table_) {
      const std::string name(key.str());
      if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
      std::string list;
      for (const auto& known : known_) list += (list.empty() ? "" : ", ") + known;
      throw Failure(kUsage, file_.string() + ":" + std::to_string(key.source().begin.line) +
                                ": there is no setting \"" + name + "\" in [" + name_ +
                                "]; there are " + list);
    }
  }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  const toml::node* take(const char* key) {
    known_.emplace_back(key);
    return table_ != nullptr ? table_->get(key) : nullptr;
  }
  [[nodiscard]] std::string full(const char* key) const { return name_ + "." + key; }

  const std::filesystem::path& file_;
  std::string name_;
  const toml::table* table_ = nullptr;
  std::vector<std::string> known_;
};

toml::table parse(const std::filesystem::path& file) {
  try {
    return toml::parse_file(file.string());
  } catch (const toml::parse_error& error) {
    const auto line = error.source().begin.line;
    std::string where = file.string();
    if (line != 0) where += ":" + std::to_string(line);
    throw Failure(kUsage, where + ": " + std::string(error.description()));
  }
}

}  // namespace

void read_config(const std::filesystem::path& file, ServerConfig& config) {
  const toml::table root = parse(file);
  constexpr std::int64_t kMany = 1 << 24;
  auto& shard = config.settings.shard;

  Section coap(file, root, "coap");
  coap.text("listen", config.coap_listen);
  coap.text("secure_listen", config.coaps_listen);
  Section http(file, root, "http");
  http.text("listen", config.http_listen);
  http.flag("enabled", config.http_enabled);
  Section bootstrap(file, root, "bootstrap");
  bootstrap.text("listen", config.bootstrap_listen);
  bootstrap.text("secure_listen", config.bootstrap_coaps_listen);
  bootstrap.flag("enabled", config.settings.serve_bootstrap);
  bootstrap.flag("packs", config.settings.bootstrap_shard.packs);
  bootstrap.number("maximum_sessions", 1, kMany, config.settings.bootstrap_shard.max_sessions);
  Section dtls(file, root, "dtls");
  dtls.text("certificate", config.certificate_file);
  dtls.text("private_key", config.private_key_file);
  auto& secure = config.settings.secure;
  dtls.flag("connection_ids", secure.connection_ids);
  dtls.seconds("idle", 0, std::int64_t{86400} * 365, secure.idle);
  dtls.number("maximum_sessions", 1, kMany, secure.max_sessions);
  dtls.number("maximum_handshakes", 1, kMany, secure.max_handshakes);
  dtls.seconds("handshake_timeout", 1, 3600, secure.handshake_lifetime);
  dtls.number("hellos_per_second", 0, 1'000'000, secure.hellos_per_second);
  dtls.number("hello_burst", 1, kMany, secure.hello_burst);
  Section models(file, root, "models");
  models.texts("folders", config.model_folders);
  Section registration(file, root, "registration");
  registration.number("default_lifetime", 1, std::numeric_limits<std::int32_t>::max(),
                      shard.default_lifetime);
  registration.seconds("grace", 0, 86400, shard.grace);
  registration.number("maximum", 1, kMany, shard.max_registrations);
  registration.flag("adopt_new_address", shard.adopt_new_address);
  Section operation(file, root, "operation");
  operation.seconds("timeout", 1, 86400, shard.operation_timeout);
  operation.number("maximum_per_device", 1, 65535, shard.max_operations_per_device);
  operation.number("maximum_answer_bytes", 1024, 1 << 30, shard.max_response_bytes);
  Section events(file, root, "events");
  events.number("kept", 1, std::int64_t{1} << 40, config.settings.kept_events);
  events.number("kept_bytes", 1024, std::int64_t{1} << 44, config.settings.kept_event_bytes);
  events.seconds("kept_for", 1, std::int64_t{86400} * 3660, config.settings.kept_event_age);
  events.number("memory_bytes", 65536, std::int64_t{1} << 34, config.settings.event_memory);
  Section store(file, root, "store");
  store.text("file", config.store_file);
  Section log(file, root, "log");
  log.text("level", config.log_level);
  log.flag("updates", config.log_updates);

  const Section* sections[] = {&coap,         &http,      &bootstrap, &dtls,  &models,
                               &registration, &operation, &events,    &store, &log};
  std::string list;
  for (const auto* section : sections) {
    section->finish();
    list += (list.empty() ? "[" : ", [") + section->name() + "]";
  }
  for (const auto& [key, node] : root) {
    const bool known =
        std::any_of(std::begin(sections), std::end(sections),
                    [&](const auto* section) { return section->name() == key.str(); });
    if (!known) {
      throw Failure(kUsage, file.string() + ":" + std::to_string(key.source().begin.line) +
                                ": there is no section [" + std::string(key.str()) +
                                "]; there are " + list);
    }
  }
}

}  // namespace linnet::cli
