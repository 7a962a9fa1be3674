// SPDX-License-Identifier: Apache-2.0
#include "server_config.hpp"

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "command.hpp"

namespace linnet::cli {
namespace {

constexpr std::int64_t kMany = 1 << 24;
constexpr std::int64_t kYear = std::int64_t{86400} * 365;

/// Those that are no settings of the server, but of the command.
constexpr std::array kOtherVariables = {"LINNET_SERVER", "LINNET_CA", "LINNET_TOKEN",
                                        "LINNET_TOKEN_FILE", "LINNET_CONFIG"};

class Builder {
 public:
  void section(const char* name) { section_ = name; }
  Setting& add(const char* key, Setting::Place place, const char* help) {
    return settings_.emplace_back(Setting{section_, key, help, std::move(place)});
  }
  void reloads(const char* key, Setting::Place place, const char* help) {
    add(key, std::move(place), help).reloads = true;
  }
  std::vector<Setting> take() { return std::move(settings_); }

 private:
  std::string section_;
  std::vector<Setting> settings_;
};

void add_ports(Builder& table, ServerConfig& config) {
  auto& settings = config.settings;
  table.section("coap");
  table.add("listen", &config.coap_listen,
            "Where devices register without DTLS; *:5683 is every interface, \"off\" closes it");
  table.add("secure_listen", &config.coaps_listen,
            "The same through DTLS; \"\" is the port after that of listen");
  table.section("http");
  table.add("listen", &config.http_listen, "Where the API and the console are");
  table.add("secure_listen", &config.https_listen,
            "The same through TLS, such as *:8443; needs the next two");
  table.reloads("certificate", &config.http_certificate, "For it: a chain in PEM");
  table.reloads("private_key", &config.http_private_key, "Its key, PEM");
  table.add("enabled", &config.http_enabled, "Whether they are served");
  table.add("idle",
            NumberSetting{[&http = settings.http] { return std::int64_t{http.idle.count()}; },
                          [&http = settings.http](std::int64_t value) {
                            http.idle = std::chrono::seconds(value);
                          },
                          1, 3600},
            "Seconds a request may take to come in, or a connection may be silent");
  table.add("maximum_connections", number_setting(settings.http.max_connections, 1, 65536),
            "Connections at once");
  table.add("maximum_body_bytes", number_setting(settings.http.max_body, 1024, 1 << 30),
            "Of a request");
  table.section("bootstrap");
  table.add("listen", &config.bootstrap_listen,
            "Where devices come for bootstrap without DTLS, or \"off\"");
  table.add("secure_listen", &config.bootstrap_coaps_listen,
            "The same through DTLS; \"\" is the port after that of listen");
  table.add("enabled", &config.bootstrap_enabled, "Whether there is a bootstrap server");
  table.add("packs", &settings.bootstrap_shard.packs, "Answer Bootstrap-Pack-Requests (LwM2M 1.2)");
  table.add("maximum_sessions", number_setting(settings.bootstrap_shard.max_sessions, 1, kMany),
            "Devices in bootstrap at the same time");
}

void add_access(Builder& table, ServerConfig& config) {
  auto& access = config.settings.access;
  table.section("auth");
  table.add("enabled", &access.enabled,
            "Ask for a token or a sign-in; false only where HTTP is on loopback");
  table.add("local_token", &access.local_token,
            "Leave a token for this user in the run-time folder while the server runs");
  table.reloads("session_idle", seconds_setting(access.session_idle, 60, kYear),
                "Seconds after which a sign-in that is not used ends");
  table.reloads("session_lifetime", seconds_setting(access.session_lifetime, 60, kYear),
                "Seconds after which every sign-in ends");
  table.section("limits");
  table.reloads("requests_per_second", number_setting(access.requests_per_second, 0, 1'000'000),
                "Requests to the API by one token or user; 0: no limit");
  table.reloads("burst", number_setting(access.burst, 1, kMany), "How many of them at once");
  table.reloads("anonymous_per_second", number_setting(access.anonymous_per_second, 0, 1'000'000),
                "Requests from one address, or /56 of IPv6, without either; 0: no limit");
  table.reloads("anonymous_burst", number_setting(access.anonymous_burst, 1, kMany),
                "How many of them at once");
  table.section("audit");
  table.reloads("kept", number_setting(access.audit_kept, 1, kMany), "Entries of the audit");
  table.reloads("age", seconds_setting(access.audit_age, 60, 100 * kYear),
                "Seconds after which an entry goes");
}

void add_devices(Builder& table, ServerConfig& config) {
  auto& settings = config.settings;
  auto& shard = settings.shard;
  auto& secure = settings.secure;
  table.section("dtls");
  table.reloads("certificate", &config.certificate_file,
                "The server's own chain, PEM or DER; \"\": made once, kept beside the store");
  table.reloads("private_key", &config.private_key_file, "Its key, PEM or DER");
  table.add("connection_ids", &secure.connection_ids, "Offer connection IDs (RFC 9146)");
  table.add("idle", seconds_setting(secure.idle, 0, kYear),
            "Seconds a session without a registration may be silent; 0: for ever");
  table.add("maximum_sessions", number_setting(secure.max_sessions, 1, kMany), "Sessions kept");
  table.add("maximum_handshakes", number_setting(secure.max_handshakes, 1, kMany),
            "Handshakes at the same time");
  table.add("handshake_timeout", seconds_setting(secure.handshake_lifetime, 1, 3600),
            "Seconds a handshake may take");
  table.reloads("hellos_per_second", number_setting(secure.hellos_per_second, 0, 1'000'000),
                "First datagrams of handshakes from one /24 or /56; 0: no limit");
  table.reloads("hello_burst", number_setting(secure.hello_burst, 1, kMany),
                "How many of them at once");
  table.section("models");
  table.reloads("folders", &config.model_folders,
                "Folders with object definitions (DDF, *.xml) beside those built in");
  table.section("registration");
  table.reloads("default_lifetime",
                number_setting(shard.default_lifetime, 1, std::numeric_limits<std::int32_t>::max()),
                "Seconds, of a device that does not say");
  table.add("grace", seconds_setting(shard.grace, 0, 86400), "Seconds an Update may be late");
  table.add("maximum", number_setting(shard.max_registrations, 1, kMany), "Devices at once");
  table.reloads("adopt_new_address", &shard.adopt_new_address,
                "Believe an Update from another address, without DTLS (NAT)");
  table.reloads("awake", seconds_setting(shard.awake_for, 1, 86400),
                "Seconds a device with queue mode is awake after its last message");
  table.section("operation");
  table.reloads("timeout", seconds_setting(shard.operation_timeout, 1, 86400),
                "Seconds a device has for its answer");
  auto& operations = config.settings.operations;
  table.reloads("maximum", number_setting(operations.max_waiting, 1, std::int64_t{1} << 32),
                "Operations that wait for their devices");
  table.reloads("maximum_per_device", number_setting(operations.max_per_device, 1, kMany),
                "Those that wait for one device");
  table.reloads("deadline", seconds_setting(operations.deadline, 1, 30 * 86400),
                "Seconds an operation waits for its device unless it says how long");
  table.reloads("retry", seconds_setting(operations.retry, 1, 86400),
                "Seconds until a device that does not react and uses no queue mode is tried again");
  table.reloads("kept_per_device", number_setting(operations.kept_per_device, 1, kMany),
                "Operations that ended, about");
  table.reloads("kept_days", number_setting(operations.kept_days, 1, 36500),
                "And not longer than so many days");
  table.reloads("maximum_answer_bytes", number_setting(shard.max_response_bytes, 1024, 1 << 30),
                "Of an answer that comes in blocks");
}

void add_mqtt(Builder& table, ServerConfig& config) {
  auto& mqtt = config.settings.mqtt;
  table.section("mqtt");
  table.reloads("enabled", &mqtt.enabled, "Publish events at an MQTT 5 broker");
  table.reloads("host", &mqtt.host, "The broker's name or address");
  table.reloads("port", number_setting(mqtt.port, 1, 65535), "And its port, 8883 with TLS");
  table.reloads("tls", &mqtt.tls, "Through TLS; the broker's certificate is verified");
  table.reloads("ca_file", &config.mqtt_ca_file, "Whom to trust, PEM; \"\": as this machine does");
  table.reloads("certificate", &config.mqtt_certificate, "What the server shows the broker, PEM");
  table.reloads("private_key", &config.mqtt_private_key, "And its key, PEM");
  table.reloads("username", &mqtt.username, "As whom; \"\": as nobody");
  table.reloads("password_file", &config.mqtt_password_file,
                "The file whose first line is the password");
  table.reloads("client_id", &mqtt.client_id, "\"\": one of this store's own");
  table.reloads("prefix", &mqtt.prefix, "Topics are PREFIX/ENDPOINT/TYPE");
  table.reloads("types", &mqtt.types,
                "Event types to publish, such as \"value\" and \"send\"; []: all");
  table.reloads("qos", number_setting(mqtt.qos, 0, 1), "1: what is not confirmed is sent again");
}

void add_webhooks(Builder& table, ServerConfig& config) {
  table.section("webhooks");
  table.reloads("ca_file", &config.webhook_ca_file,
                "Who signs the certificates of receivers, PEM; \"\": whom this machine trusts");
}

void add_rest(Builder& table, ServerConfig& config) {
  auto& settings = config.settings;
  table.section("events");
  table.reloads("kept", number_setting(settings.kept_events, 1, std::int64_t{1} << 40),
                "Events a reader can go back to");
  table.reloads("kept_bytes",
                number_setting(settings.kept_event_bytes, 1024, std::int64_t{1} << 44),
                "And not more than so many bytes of them");
  table.reloads("kept_for", seconds_setting(settings.kept_event_age, 1, 10 * kYear),
                "And not for longer than so many seconds");
  table.add("memory_bytes", number_setting(settings.event_memory, 65536, std::int64_t{1} << 34),
            "Bytes of the latest events kept in memory, for readers that keep up");
  table.section("history");
  table.reloads("samples", number_setting(settings.history_samples, 0, 1'000'000),
                "Kept of each resource that a device notifies of or sends; 0: none");
  table.reloads("days", number_setting(settings.history_days, 1, 36500),
                "And none older than so many days");
  table.section("store");
  table.add("file", &config.store_file,
            "The database; \"\": nothing outlives the process. Keys in it are encrypted with "
            "FILE-key");
  table.section("log");
  table.reloads("level", &config.log_level, "debug, info, warn, error or off");
  table.reloads("format", &config.log_format, "text, or json: an object a line");
  table.reloads("updates", &config.log_updates, "Also log updates and operations");
}

/// The LINNET_ variables' section that `rest` ("COAP_LISTEN") begins with; empty if there is none.
std::string section_of(const SettingTable& table, std::string_view rest) {
  for (const auto& section : table.sections()) {
    if (rest.size() > section.size() + 1 && rest[section.size()] == '_' &&
        std::equal(section.begin(), section.end(), rest.begin(),
                   [](char a, char b) { return a == (b | 0x20); })) {
      return section;
    }
  }
  return {};
}

class FileReader {
 public:
  FileReader(std::filesystem::path file, SettingTable& table)
      : file_(std::move(file)), table_(table) {}

  void read() {
    const toml::table root = parse();
    for (const auto& [key, node] : root) {
      const std::string section(key.str());
      const auto known = table_.sections();
      if (std::ranges::find(known, section) == known.end()) {
        std::string list;
        for (const auto& name : known) list += (list.empty() ? "[" : ", [") + name + "]";
        fail(key, "there is no section [" + section + "]; there are " + list);
      }
      const auto* values = node.as_table();
      if (values == nullptr) fail(node, section + " is a table: write [" + section + "]");
      for (const auto& [name, value] : *values) take(section, name, value);
    }
  }

 private:
  toml::table parse() const {
    try {
      return toml::parse_file(file_.string());
    } catch (const toml::parse_error& error) {
      const auto line = error.source().begin.line;
      std::string where = file_.string();
      if (line != 0) where += ":" + std::to_string(line);
      throw Failure(kUsage, where + ": " + std::string(error.description()));
    }
  }
  template <typename At>
  std::string where(const At& at) const {
    return file_.string() + ":" + std::to_string(at.source().begin.line);
  }
  template <typename At>
  [[noreturn]] void fail(const At& at, const std::string& what) const {
    throw Failure(kUsage, where(at) + ": " + what);
  }

  void take(const std::string& section, const toml::key& key, const toml::node& node) {
    auto* setting = table_.find(section, key.str());
    if (setting == nullptr) {
      fail(key, "there is no setting \"" + std::string(key.str()) + "\" in [" + section +
                    "]; there are " + table_.keys_of(section));
    }
    if (!fits(*setting, node)) fail(node, setting->name() + " is " + setting->expectation());
    setting->origin = where(node);
  }
  static bool fits(Setting& setting, const toml::node& node) {
    if (auto* text = std::get_if<std::string*>(&setting.place)) {
      if (!node.is_string()) return false;
      **text = *node.value<std::string>();
      return true;
    }
    if (auto* flag = std::get_if<bool*>(&setting.place)) {
      if (!node.is_boolean()) return false;
      **flag = *node.value<bool>();
      return true;
    }
    if (auto* texts = std::get_if<std::vector<std::string>*>(&setting.place)) {
      const auto* array = node.as_array();
      if (array == nullptr) return false;
      (*texts)->clear();
      for (const auto& item : *array) {
        if (!item.is_string()) return false;
        (*texts)->push_back(*item.value<std::string>());
      }
      return true;
    }
    return node.is_integer() && setting.take(std::to_string(*node.value<std::int64_t>()));
  }

  std::filesystem::path file_;
  SettingTable& table_;
};

}  // namespace

ServerConfig::ServerConfig() {
  Builder builder;
  add_ports(builder, *this);
  add_access(builder, *this);
  add_devices(builder, *this);
  add_mqtt(builder, *this);
  add_webhooks(builder, *this);
  add_rest(builder, *this);
  table = SettingTable(builder.take());
}

void read_config(const std::filesystem::path& file, ServerConfig& config) {
  FileReader(file, config.table).read();
}

std::vector<std::string> read_environment(const char* const* environment, ServerConfig& config) {
  constexpr std::string_view kPrefix = "LINNET_";
  std::vector<std::string> unknown;
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    if (!entry.starts_with(kPrefix)) continue;
    const auto equals = entry.find('=');
    const std::string variable(entry.substr(0, equals));
    const auto found = std::ranges::find_if(
        config.table.all(), [&](const Setting& s) { return s.variable() == variable; });
    if (found != config.table.all().end()) {
      if (equals == std::string_view::npos || !found->take(entry.substr(equals + 1))) {
        throw Failure(kUsage, variable + ": " + found->name() + " is " + found->expectation());
      }
      found->origin = variable;
      continue;
    }
    if (std::ranges::find(kOtherVariables, variable) != kOtherVariables.end()) continue;
    const std::string section =
        section_of(config.table, std::string_view(variable).substr(kPrefix.size()));
    if (!section.empty()) {
      throw Failure(kUsage, variable + ": there is no such setting in [" + section +
                                "]; there are " + config.table.keys_of(section));
    }
    unknown.push_back(variable);
  }
  return unknown;
}

void override_setting(ServerConfig& config, std::string_view section, std::string_view key,
                      std::string_view value, std::string_view option) {
  auto* setting = config.table.find(section, key);
  setting->take(value);
  setting->origin = option;
}

namespace {

/// The whole table; `line` writes the one of a setting.
std::string describe(const std::function<std::string(const Setting&)>& line) {
  const ServerConfig defaults;
  std::string out;
  for (const auto& section : defaults.table.sections()) {
    out += (out.empty() ? "[" : "\n[") + section + "]\n";
    for (const auto& setting : defaults.table.all()) {
      if (setting.section != section) continue;
      out += "# " + setting.help + (setting.reloads ? " (taken up by a reload)" : "") + "\n" +
             line(setting) + "\n";
    }
  }
  return out;
}

}  // namespace

std::string describe_settings() {
  return describe([](const Setting& s) { return s.key + " = " + s.toml(); });
}

std::string packaged_settings() {
  return describe([](const Setting& s) {
    if (s.name() == "store.file") return s.key + " = \"/var/lib/linnet/linnet.db\"";
    return "#" + s.key + " = " + s.toml();
  });
}

}  // namespace linnet::cli
