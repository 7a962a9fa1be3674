// SPDX-License-Identifier: Apache-2.0
// linnet credential new: makes a key and says what of it goes where.
#include <fcntl.h>
#include <unistd.h>
#include <boost/json/array.hpp>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <optional>

#include <linnet/dtls_gnutls/keys.hpp>
#include <linnet/lwm2m/endpoint_name.hpp>
#include <linnet/posix/clock.hpp>
#include <linnet/posix/system_rng.hpp>
#include <linnet/service/http_server.hpp>
#include <linnet/service/json_text.hpp>

#include "bytes_text.hpp"
#include "credential_command.hpp"
#include "screen.hpp"
#include "table.hpp"

namespace linnet::cli {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;
using dtls_gnutls::Bytes;
using dtls_gnutls::PrivateKey;

constexpr std::int64_t kDay = 86'400;

std::string hex(ByteView bytes) { return to_hex(as_text(bytes)); }

/// A random UUID (RFC 4122 §4.4) as an endpoint name.
std::string new_endpoint() {
  std::array<std::uint8_t, 16> bytes{};
  posix::SystemRng rng;
  rng.fill(bytes);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
  std::string text = hex(bytes);
  for (const std::size_t at : {20u, 16u, 12u, 8u}) text.insert(at, "-");
  return "urn:uuid:" + text;
}

/// Writes a new file; what is there is not overwritten.
void write_new(const fs::path& file, std::string_view content, bool secret) {
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  const int descriptor = open(file.c_str(), flags, secret ? 0600 : 0644);
  const auto written = descriptor >= 0 ? write(descriptor, content.data(), content.size()) : -1;
  const int reason = errno;
  if (descriptor >= 0) close(descriptor);
  if (written == static_cast<ssize_t>(content.size())) return;
  throw Failure(kRefused, "cannot write " + file.string() + ": " +
                              (reason == EEXIST ? "it is there already" : std::strerror(reason)));
}

/// The endpoint as a file name.
std::string file_name(const std::string& endpoint) {
  std::string out;
  for (const char c : endpoint) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.';
    out += plain ? c : '_';
  }
  return out.starts_with('.') ? "_" + out : out;
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Failure(kRefused, "cannot make " + folder.string() + ": " + error.message());
}

struct Authority {
  PrivateKey key;
  Bytes certificate;
  bool made = false;
};

/// The authority in a folder, made if there is none.
Authority load_authority(const fs::path& folder, std::int64_t now) {
  const fs::path key_file = folder / "ca.key.pem";
  const fs::path certificate_file = folder / "ca.crt.pem";
  if (fs::exists(key_file) || fs::exists(certificate_file)) {
    return {PrivateKey::from(as_bytes(read_input(key_file))),
            dtls_gnutls::read_certificates(as_bytes(read_input(certificate_file))).front(), false};
  }
  make_folder(folder);
  const dtls_gnutls::TestAuthority made("Linnet test authority", now - kDay, now + 20 * 365 * kDay);
  write_new(key_file, made.key.pem(), true);
  write_new(certificate_file, dtls_gnutls::certificate_pem(made.certificate), false);
  return {made.key, made.certificate, true};
}

/// What was made. Of a PSK only `psk`.
struct Made {
  std::string mode;
  std::vector<std::uint8_t> psk;
  std::optional<PrivateKey> key;
  Bytes certificate;
  std::optional<Authority> authority;
};

Made make(const CredentialOptions& options) {
  Made made;
  const auto now = static_cast<std::int64_t>(posix::unix_now());
  if (options.psk) {
    made.mode = "psk";
    made.psk.resize(options.key_bytes);
    posix::SystemRng rng;
    rng.fill(made.psk);
    return made;
  }
  made.mode = options.rpk ? "rpk" : "x509";
  made.key = PrivateKey::generate();
  if (options.rpk) return made;
  const dtls_gnutls::CertificateContent content{.common_name = options.endpoint,
                                                .dns_names = options.dns_names,
                                                .addresses = options.addresses,
                                                .not_before = now - kDay,
                                                .not_after = now + options.days * kDay};
  if (options.authority.empty()) {
    made.certificate = dtls_gnutls::make_self_signed(*made.key, content);
    return made;
  }
  made.authority = load_authority(options.authority, now);
  made.certificate = dtls_gnutls::make_signed(made.key->public_key(), content,
                                              made.authority->certificate, made.authority->key);
  return made;
}

/// Tells the server; what it answered.
json::object add_to_server(const CredentialOptions& options, const Made& made, ApiClient& api) {
  json::object body{{"mode", made.mode}};
  if (options.psk) {
    body["identity"] = options.identity;
    body["key"] = "hex:" + hex(made.psk);
  } else if (options.rpk) {
    body["publicKey"] = "hex:" + hex(made.key->public_key().spki());
  } else if (!made.authority) {
    body["certificate"] = "hex:" + hex(made.certificate);
  } else {
    // Its name is enough, once the authority is believed.
    const auto& der = made.authority->certificate;
    const std::string name =
        "test-ca-" + dtls_gnutls::fingerprint(der).substr(sizeof("sha-256:") - 1, 8);
    api.put("/api/v1/trust-anchors/" + service::percent_encode(name),
            json::object{{"certificate", "hex:" + hex(der)}});
  }
  const std::string target = credential_target(options.endpoint);
  return (options.replace ? api.put(target, body) : api.post(target, body)).as_object();
}

/// Name and content of each resource of the Security object.
json::object resources(const CredentialOptions& options, const Made& made,
                       const json::object* server) {
  const auto known = [&](const char* name) -> std::string {
    return server != nullptr ? text(server->at(name).as_object(), "hex") : "";
  };
  json::object out{{"0", options.uri}};
  if (options.psk) {
    out["2"] = 0;
    out["3"] = options.identity;
    out["4"] = "";
    out["5"] = hex(made.psk);
    return out;
  }
  out["2"] = options.rpk ? 1 : 2;
  out["3"] = options.rpk ? hex(made.key->public_key().spki()) : hex(made.certificate);
  out["4"] = known(options.rpk ? "publicKey" : "certificate");
  Bytes key = made.key->one_asymmetric_key();
  out["5"] = hex(key);
  dtls_gnutls::wipe(key);
  return out;
}

/// The files made, by what they hold.
json::object write_files(const CredentialOptions& options, const Made& made,
                         const json::object* server) {
  json::object out;
  if (options.out.empty()) return out;
  const fs::path folder = options.out;
  make_folder(folder);
  const std::string base = file_name(options.endpoint);
  const auto put = [&](const char* what, const std::string& name, const std::string& content,
                       bool secret) {
    write_new(folder / name, content, secret);
    out[what] = (folder / name).string();
  };
  if (options.psk) {
    put("key", base + ".psk", hex(made.psk) + "\n", true);
    return out;
  }
  put("key", base + ".key.pem", made.key->pem(), true);
  if (options.rpk) {
    put("publicKey", base + ".pub.pem", made.key->public_key().pem(), false);
  } else {
    put("certificate", base + ".crt.pem", dtls_gnutls::certificate_pem(made.certificate), false);
  }
  if (server == nullptr) return out;
  const char* what = options.rpk ? "publicKey" : "certificate";
  const fs::path file = folder / (options.rpk ? "server.pub.pem" : "server.crt.pem");
  if (!fs::exists(file)) {
    write_new(file, text(server->at(what).as_object(), "pem"), false);
  }
  out["server"] = file.string();
  return out;
}

constexpr const char* kNames[] = {"LwM2M Server URI",  "",
                                  "Security Mode",     "Public Key or Identity",
                                  "Server Public Key", "Secret Key"};

void print_try(const CredentialOptions& options, const json::object& files,
               const std::string& key) {
  const auto file = [&](const char* name) { return text(files, name); };
  std::string line = "  linnet client --endpoint " + options.endpoint;
  if (options.psk) {
    line += " --psk-identity " + options.identity + " --psk-key " +
            (files.empty() ? key : "@" + file("key"));
  } else if (files.if_contains("server") == nullptr) {
    return;
  } else if (options.rpk) {
    line += " --rpk " + file("key") + " --server-key " + file("server");
  } else {
    line += " --cert " + file("certificate") + " --key " + file("key") + " --server-cert " +
            file("server");
  }
  std::cout << "Try it:\n" << line << ' ' << options.uri << '\n';
}

void print(const CredentialOptions& options, const Made& made, const json::object& values,
           const json::object& files, bool added) {
  std::cout << "For " << printable(options.endpoint)
            << (added ? ", known to the server from now on" : "") << "\n\n";
  Table table({}, "  ");
  for (const auto& [id, value] : values) {
    const auto number = static_cast<std::size_t>(id[0] - '0');
    std::string shown = value.is_string() ? std::string(value.get_string())
                                          : service::to_text(value) + " (" + made.mode + ")";
    if (number == 5 && !files.empty()) shown = "in " + text(files, "key");
    if (number == 4 && shown.empty() && !options.psk) {
      shown = "the server's: linnet credential server";
    }
    table.add({"/0/x/" + std::string(id), kNames[number], printable(shown)});
  }
  table.print(std::cout);
  for (const auto& [what, file] : files) {
    std::cout << "  wrote " << std::string_view(file.get_string()) << '\n';
  }
  if (made.authority && made.authority->made) {
    std::cout << "  made the authority in " << options.authority
              << "; whoever has ca.key.pem can make "
              << "devices\n";
  }
  std::cout << '\n';
  print_try(options, files, text(values, "5"));
}

ExitCode run(CredentialOptions options) {
  if (!options.psk && !options.rpk && !options.x509) {
    throw Failure(kUsage, "say what to make: --psk, --rpk or --x509");
  }
  const auto& trusted = options.server.ca_file;
  if (!trusted.empty() && !std::filesystem::is_regular_file(trusted)) {
    throw Failure(kUsage, trusted +
                              " is no file: --ca is whom to trust at https://. The folder of "
                              "an authority that signs is --authority DIR");
  }
  if (options.endpoint.empty()) options.endpoint = new_endpoint();
  if (!lwm2m::check_endpoint_name(options.endpoint)) {
    throw Failure(kUsage, "\"" + printable(options.endpoint) + "\" is no endpoint client name " +
                              std::string(lwm2m::expected_form(options.endpoint)));
  }
  if (options.identity.empty()) options.identity = options.endpoint;
  if (options.identity.size() > 128) {
    throw Failure(kUsage, "a PSK identity has at most 128 bytes; --identity gives another");
  }
  options.add = options.add || options.replace;
  Made made = make(options);
  ApiClient api(options.server);
  std::optional<json::object> server;
  if (!options.psk) {
    try {
      server = api.get("/api/v1/server-identity", std::chrono::milliseconds(2000)).as_object();
    } catch (const Failure&) {
      if (options.add) throw;
    }
  }
  // Files first: a key the server knows and nobody has any more would be a device lost.
  const json::object* known = server ? &*server : nullptr;
  const json::object files = write_files(options, made, known);
  json::object stored;
  if (options.add) stored = add_to_server(options, made, api);
  json::object values = resources(options, made, known);
  if (options.as_json) {
    if (!files.empty()) values.erase("5");
    json::object out{{"endpoint", options.endpoint}, {"mode", made.mode}, {"resources", values}};
    if (!files.empty()) out["files"] = files;
    if (options.add) out["credential"] = stored;
    print_json(out);
  } else {
    print(options, made, values, files, options.add);
  }
  dtls_gnutls::wipe(made.psk);
  return kOk;
}

}  // namespace

ExitCode make_credential(const CredentialOptions& options) {
  try {
    return run(options);
  } catch (const dtls_gnutls::KeyError& error) {
    throw Failure(kUsage, error.what());
  }
}

}  // namespace linnet::cli
