// SPDX-License-Identifier: Apache-2.0
#include "factory_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <limits>

#include <linnet/lwm2m/object_definitions.hpp>

#include "account_security.hpp"
#include "bytes_text.hpp"
#include "command.hpp"

namespace linnet::cli {
namespace {

namespace objects = lwm2m::objects;
using lwm2m::DataType;
using lwm2m::Id;
using lwm2m::kNoId;
using lwm2m::Path;
using lwm2m::Value;

/// A key of the file and the resource it stands for.
struct Key {
  const char* name;
  Id resource;
};

constexpr Key kServerKeys[] = {
    {"lifetime", 1},
    {"default_minimum_period", 2},
    {"default_maximum_period", 3},
    {"disable_timeout", 5},
    {"notification_storing_when_disabled_or_offline", 6},
    {"binding", 7},
    {"registration_priority_order", 13},
    {"initial_registration_delay_timer", 14},
    {"registration_failure_block", 15},
    {"bootstrap_on_registration_failure", 16},
    {"communication_retry_count", 17},
    {"communication_retry_timer", 18},
    {"communication_sequence_delay_timer", 19},
    {"communication_sequence_retry_count", 20},
    {"trigger", 21},
    {"preferred_transport", 22},
    {"mute_send", 23},
    {"default_notification_mode", 26},
    {"profile_id_hash_algorithm", 27},
};
constexpr Key kBootstrapKeys[] = {
    {"client_hold_off_time", objects::security::kClientHoldOffTime},
    {"bootstrap_server_account_timeout", objects::security::kBootstrapServerAccountTimeout},
};
constexpr Key kSecurityKeys[] = {
    {"matching_type", objects::security::kMatchingType},
    {"sni", objects::security::kSni},
    {"certificate_usage", objects::security::kCertificateUsage},
};

/// One table of the file, key by key; what nobody asked for is an error.
class Section {
 public:
  Section(const std::filesystem::path& file, const toml::table& table, std::string name)
      : file_(file), table_(table), name_(std::move(name)) {}

  [[noreturn]] void fail(std::size_t line, const std::string& what) const {
    throw Failure(kUsage, file_.string() + ":" + std::to_string(line) + ": " + what);
  }
  [[noreturn]] void fail(const toml::node& at, const std::string& what) const {
    fail(at.source().begin.line, what);
  }
  [[nodiscard]] std::size_t line() const { return table_.source().begin.line; }
  [[nodiscard]] std::string full(std::string_view key) const {
    return name_ + "." + std::string(key);
  }
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

  const toml::node* take(std::string_view key) {
    known_.emplace_back(key);
    return table_.get(key);
  }
  /// A text, or nothing if the key is not there.
  std::optional<std::string> text(std::string_view key) {
    const auto* node = take(key);
    if (node == nullptr) return std::nullopt;
    if (!node->is_string()) fail(*node, full(key) + " is a string in quotes");
    return node->value<std::string>();
  }
  std::string needed_text(std::string_view key) {
    const auto value = text(key);
    if (!value) fail(line(), "there is no " + full(key));
    return *value;
  }
  std::optional<std::int64_t> number(std::string_view key, std::int64_t low, std::int64_t high) {
    const auto* node = take(key);
    if (node == nullptr) return std::nullopt;
    const auto value = node->is_integer() ? node->value<std::int64_t>() : std::nullopt;
    if (!value || *value < low || *value > high) {
      fail(*node,
           full(key) + " is a number from " + std::to_string(low) + " to " + std::to_string(high));
    }
    return value;
  }
  const toml::table* table(std::string_view key) {
    const auto* node = take(key);
    if (node == nullptr) return nullptr;
    if (!node->is_table()) fail(*node, full(key) + " is a table: " + std::string(key) + " = { }");
    return node->as_table();
  }
  /// Refuses what is left.
  void finish() const {
    for (const auto& [key, node] : table_) {
      if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
      std::string list;
      for (const auto& known : known_) list += (list.empty() ? "" : ", ") + known;
      fail(key.source().begin.line,
           "there is no \"" + std::string(key.str()) + "\" in " + name_ + "; there are " + list);
    }
  }

 private:
  const std::filesystem::path& file_;
  const toml::table& table_;
  std::string name_;
  std::vector<std::string> known_;
};

/// The value of a key as its resource has it. `text` holds what the value refers to.
Value value_of(const Section& section, const std::string& key, const toml::node& node,
               const lwm2m::ResourceDefinition& definition, std::string& text) {
  switch (definition.type) {
    case DataType::Boolean:
      if (!node.is_boolean()) section.fail(node, key + " is true or false");
      return Value::boolean(*node.value<bool>());
    case DataType::String:
      if (!node.is_string()) section.fail(node, key + " is a string in quotes");
      text = *node.value<std::string>();
      return Value::string(text);
    default: break;
  }
  const bool bounded = definition.bounded();
  const std::int64_t low = bounded ? definition.minimum : 0;
  const std::int64_t high =
      bounded ? std::int64_t{definition.maximum} : std::numeric_limits<std::int32_t>::max();
  const std::int64_t number = node.is_integer() ? *node.value<std::int64_t>() : low - 1;
  if (number < low || number > high) {
    section.fail(node,
                 key + " is a number from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return definition.type == DataType::Unsigned
             ? Value::unsigned_integer(static_cast<std::uint64_t>(number))
             : Value::integer(number);
}

/// Writes the keys that are there into an instance of `object`.
void write_keys(Section& section, std::span<const Key> keys, client::Object& object, Id instance) {
  for (const Key& key : keys) {
    const auto* node = section.take(key.name);
    if (node == nullptr) continue;
    const auto& definition = object.definition();
    const auto* resource = definition.find(key.resource);
    const std::string full = section.full(key.name);
    if (resource == nullptr) {
      section.fail(*node, full + " is not in version " + std::to_string(definition.version.major) +
                              "." + std::to_string(definition.version.minor) + " of object " +
                              std::to_string(definition.id) + "; see --version");
    }
    std::string text;
    const Value value = value_of(section, full, *node, *resource, text);
    const Path path(definition.id, instance, key.resource);
    if (!lwm2m::check(*resource, value).ok() || !object.check(path, value).ok() ||
        !object.write(path, value).ok()) {
      section.fail(*node, full + " does not fit the resource");
    }
  }
}

// --- Keys and names ---

/// Bytes of a credential: "hex:...", "base64:...", "file:..." (the file as it is), and where
/// `plain` any other text as it is.
std::string bytes_of(Section& section, std::string_view key, bool plain) {
  const auto* node = section.take(key);
  if (node == nullptr) return {};
  const std::string full = section.full(key);
  const std::string forms = plain ? "a text, or hex:, base64: or file: with the bytes"
                                  : "hex:, base64: or file: with the bytes";
  if (!node->is_string()) section.fail(*node, full + " is a string: " + forms);
  const std::string text = *node->value<std::string>();
  const std::string rest = text.substr(text.find(':') + 1);
  std::string out;
  if (text.starts_with("hex:")) {
    const auto bytes = from_hex(rest);
    if (!bytes) section.fail(*node, full + ": this is not hex");
    out = *bytes;
  } else if (text.starts_with("base64:")) {
    out = from_base64(rest);
    if (out.empty()) section.fail(*node, full + ": this is not base64");
  } else if (text.starts_with("file:")) {
    // Beside the file that names it.
    const auto path = section.file().parent_path() / rest;
    std::ifstream in(path, std::ios::binary);
    if (!in) section.fail(*node, full + ": cannot read " + path.string());
    out.assign(std::istreambuf_iterator<char>(in), {});
  } else if (plain) {
    out = text;
  } else {
    section.fail(*node, full + " is " + forms);
  }
  if (out.empty()) section.fail(*node, full + " is empty");
  return out;
}

void check_size(Section& section, std::string_view key, const std::string& bytes,
                std::size_t longest) {
  if (bytes.size() <= longest) return;
  section.fail(*section.take(key), section.full(key) + " has " + std::to_string(bytes.size()) +
                                       " bytes; this device holds " + std::to_string(longest));
}

client::SecurityMode mode_of(Section& section) {
  constexpr std::pair<std::string_view, client::SecurityMode> kModes[] = {
      {"psk", client::SecurityMode::Psk},
      {"rpk", client::SecurityMode::RawPublicKey},
      {"x509", client::SecurityMode::X509},
      {"nosec", client::SecurityMode::NoSec}};
  const auto text = section.needed_text("mode");
  if (text == "est") {
    section.fail(
        *section.take("mode"),
        section.full("mode") + " est (certificates by EST) is not supported by this device");
  }
  for (const auto& [name, mode] : kModes) {
    if (text == name) return mode;
  }
  section.fail(*section.take("mode"), section.full("mode") + " is psk, rpk, x509 or nosec");
}

constexpr std::size_t kMostKeyBytes = 64;  // of a PSK [SEC-15]

/// Makes PEM the DER that object 0 has, and refuses an account that can never connect.
void complete(const Section& section, client::SecurityMode mode, std::string& identity,
              std::string& key, std::string& server_key) {
  using client::SecurityMode;
  if (mode == SecurityMode::NoSec) return;
  const std::string where = section.file().string() + ":" + std::to_string(section.line()) + ": ";
  const auto need = [&](const std::string& bytes, const char* name) {
    if (bytes.empty()) section.fail(section.line(), "there is no " + section.full(name));
  };
  need(key, "key");
  if (mode == SecurityMode::Psk) {
    need(identity, "identity");
    if (key.size() <= kMostKeyBytes) return;
    section.fail(section.line(), section.full("key") + " has " + std::to_string(key.size()) +
                                     " bytes; a pre-shared key has at most " +
                                     std::to_string(kMostKeyBytes));
  }
  key = private_key_bytes(key, where + section.full("key"));
  need(server_key, "server_key");
  if (mode == SecurityMode::X509) {
    need(identity, "identity");
    identity = certificate_bytes(identity, where + section.full("identity"));
    server_key = certificate_bytes(server_key, where + section.full("server_key"));
    return;
  }
  server_key = public_key_bytes(server_key, where + section.full("server_key"));
  identity = identity.empty() ? public_key_of(key, where + section.full("key"))
                              : public_key_bytes(identity, where + section.full("identity"));
}

/// Adds the instance of object 0.
void add_security(Section& account, Id instance, bool bootstrap, client::ShortServerId server,
                  SimulatedDevice& device) {
  const std::string uri = account.needed_text("uri");
  if (uri.empty() || uri.size() > 255) {
    account.fail(*account.take("uri"), account.full("uri") + " has 1 to 255 bytes");
  }
  client::SecurityMode mode = client::SecurityMode::NoSec;
  std::string identity;
  std::string server_key;
  std::string key;
  const toml::table nothing;
  const auto* table = account.table("security");
  Section section(account.file(), table != nullptr ? *table : nothing, account.full("security"));
  if (table != nullptr) {
    mode = mode_of(section);
    identity = bytes_of(section, "identity", true);
    key = bytes_of(section, "key", false);
    server_key = bytes_of(section, "server_key", false);
    complete(section, mode, identity, key, server_key);
    check_size(section, "identity", identity, SimulatedDevice::kIdentityBytes);
    check_size(section, "key", key, SimulatedDevice::kKeyBytes);
    check_size(section, "server_key", server_key, SimulatedDevice::kServerKeyBytes);
  }
  const Status added = device.security().add({.instance = instance,
                                              .uri = uri,
                                              .bootstrap = bootstrap,
                                              .mode = mode,
                                              .short_server_id = server,
                                              .identity = as_bytes(identity),
                                              .server_key = as_bytes(server_key),
                                              .secret_key = as_bytes(key)});
  if (!added.ok()) account.fail(account.line(), "there is no room for another account");
  if (table == nullptr) return;
  write_keys(section, kSecurityKeys, device.security(), instance);
  section.finish();
}

Id free_instance(SimulatedDevice& device) {
  Id instance = 0;
  while (device.security().find(instance) != nullptr || device.servers().find(instance) != nullptr)
    ++instance;
  return instance;
}

void add_server(Section section, SimulatedDevice& device) {
  client::ShortServerId server = 1;
  while (device.servers().find_server(server) != nullptr) ++server;
  if (const auto number = section.number("short_server_id", 1, 65534)) {
    server = static_cast<client::ShortServerId>(*number);
    if (device.servers().find_server(server) != nullptr) {
      section.fail(*section.take("short_server_id"),
                   "there is a server " + std::to_string(server) + " already");
    }
  }
  const Id instance = free_instance(device);
  client::ServerInstance row(instance, server, 86400);
  if (!device.servers().put(row).ok()) {
    section.fail(section.line(), "this device has at most " +
                                     std::to_string(SimulatedDevice::kMaxServers) + " servers");
  }
  add_security(section, instance, false, server, device);
  write_keys(section, kServerKeys, device.servers(), instance);
  section.finish();
}

void add_bootstrap(Section section, SimulatedDevice& device) {
  const Id instance = free_instance(device);
  add_security(section, instance, true, 0, device);
  write_keys(section, kBootstrapKeys, device.security(), instance);
  section.finish();
}

// --- Access rights ---

std::uint8_t rights_of(const Section& section, const toml::node& node, const std::string& key) {
  constexpr std::string_view kLetters = "RWEDC";
  std::uint8_t rights = 0;
  const std::string text = node.is_string() ? *node.value<std::string>() : "?";
  for (const char letter : text) {
    const std::size_t bit = kLetters.find(letter);
    if (bit == std::string_view::npos) {
      section.fail(node, key +
                             " is a string of R (read), W (write), E (execute), D (delete) and C "
                             "(create)");
    }
    rights |= static_cast<std::uint8_t>(1u << bit);
  }
  return rights;
}

client::AclEntry entry_of(const Section& section, const toml::key& key, const toml::node& node,
                          SimulatedDevice& device) {
  const std::string_view text = key.str();
  client::ShortServerId server = kNoId;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), server);
  const bool number = error == std::errc() && end == text.data() + text.size();
  if (!number || (server != 0 && device.servers().find_server(server) == nullptr)) {
    section.fail(key.source().begin.line, "in " + section.full("acl") +
                                              " stand short_server_id of servers above, and 0 "
                                              "for all others; \"" +
                                              std::string(text) + "\" is none");
  }
  return {server, rights_of(section, node, section.full("acl") + "." + std::string(text))};
}

void add_access(Section section, SimulatedDevice& device) {
  const std::string text = section.needed_text("target");
  const auto target = Path::parse(text);
  if (!target.ok() || target->depth() < 1 || target->depth() > 2) {
    section.fail(*section.take("target"), section.full("target") +
                                              " is an object instance such as /3/0, or an object "
                                              "such as /3303, for the right to create");
  }
  const auto owner = section.number("owner", 1, 65535);
  if (!owner) section.fail(section.line(), "there is no " + section.full("owner"));
  const auto server = static_cast<client::ShortServerId>(*owner);
  if (server != 65535 && device.servers().find_server(server) == nullptr) {
    section.fail(*section.take("owner"),
                 section.full("owner") + " is the short_server_id of a server above, or 65535");
  }
  std::vector<client::AclEntry> entries;
  if (const auto* acl = section.table("acl")) {
    for (const auto& [key, node] : *acl) entries.push_back(entry_of(section, key, node, device));
  }
  section.finish();
  const Status added = device.access().add(*target, server, entries);
  if (added.ok()) return;
  section.fail(section.line(), added.error() == Error::Exists
                                   ? "there are rights on " + text + " already"
                                   : "this device cannot hold more rights");
}

using Reader = void (*)(Section, SimulatedDevice&);

/// Every table of [[name]].
void read_all(const std::filesystem::path& file, const toml::table& root, const char* name,
              Reader reader, SimulatedDevice& device) {
  const auto* node = root.get(name);
  if (node == nullptr) return;
  const std::string where = file.string() + ":" + std::to_string(node->source().begin.line) + ": ";
  const auto* array = node->as_array();
  if (array == nullptr || !array->is_array_of_tables()) {
    throw Failure(kUsage, where + name + " may be there several times: write [[" + name + "]]");
  }
  for (const auto& item : *array) reader(Section(file, *item.as_table(), name), device);
}

}  // namespace

void load_factory(const std::filesystem::path& file, SimulatedDevice& device) {
  toml::table root;
  try {
    root = toml::parse_file(file.string());
  } catch (const toml::parse_error& error) {
    const auto line = error.source().begin.line;
    const std::string where = line != 0 ? ":" + std::to_string(line) : std::string();
    throw Failure(kUsage, file.string() + where + ": " + std::string(error.description()));
  }
  for (const auto& [key, node] : root) {
    if (key == "server" || key == "bootstrap" || key == "access") continue;
    throw Failure(kUsage, file.string() + ":" + std::to_string(key.source().begin.line) +
                              ": there is no \"" + std::string(key.str()) +
                              "\"; there are [bootstrap], [[server]] and [[access]]");
  }
  if (const auto* node = root.get("bootstrap")) {
    if (!node->is_table()) {
      throw Failure(kUsage, file.string() + ":" + std::to_string(node->source().begin.line) +
                                ": there is one bootstrap server: write [bootstrap]");
    }
    add_bootstrap(Section(file, *node->as_table(), "bootstrap"), device);
  }
  read_all(file, root, "server", add_server, device);
  read_all(file, root, "access", add_access, device);
}

}  // namespace linnet::cli
