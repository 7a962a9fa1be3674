// SPDX-License-Identifier: Apache-2.0
// linnet credential: which keys devices have, and making them.
#include "credential_command.hpp"

#include <boost/json/array.hpp>
#include <iostream>
#include <memory>
#include <utility>

#include <linnet/service/http_server.hpp>
#include <linnet/service/json_text.hpp>

#include "screen.hpp"
#include "table.hpp"

namespace linnet::cli {
namespace {

namespace json = boost::json;

constexpr const char* kFooter =
    R"(Examples:
  linnet credential new --psk --endpoint urn:dev:os:32473-lamp-1 --add
  linnet credential new --rpk --endpoint urn:dev:os:32473-lamp-2 --out keys --add
  linnet credential new --x509 --authority my-ca --endpoint urn:dev:os:32473-lamp-3 --out keys --add
  linnet credential import devices.csv --dry-run
  linnet credential list --search lamp
  linnet credential revoke urn:dev:os:32473-lamp-1
  linnet credential server

A file to import is CSV with a heading, or JSON, one object a line:
  endpoint,mode,identity,key,public_key,certificate
  urn:dev:os:32473-lamp-1,psk,lamp-1,00112233445566778899aabbccddeeff,,
  {"endpoint": "urn:dev:os:32473-lamp-2", "mode": "rpk", "publicKey": "MFkwEwYH..."}
  {"endpoint": "urn:dev:os:32473-lamp-3", "mode": "x509", "certificate": "-----BEGIN ..."}
  {"endpoint": "urn:dev:os:32473-*", "mode": "x509"}
The last one lets in every device of that name with a certificate of a trust anchor
(`linnet credential trust`). Keys of a PSK are hex, or base64:... or text:...)";

using OptionsPtr = std::shared_ptr<CredentialOptions>;

std::string anchor_target(const std::string& name) {
  return "/api/v1/trust-anchors/" + service::percent_encode(name);
}

std::string date(const json::object& object, std::string_view name) {
  return object.if_contains({name.data(), name.size()}) != nullptr
             ? local_time(number(object, name))
             : std::string();
}

/// What a credential is known by, in one cell.
std::string summary(const json::object& credential) {
  const std::string identity = text(credential, "identity");
  if (!identity.empty()) return printable(identity);
  if (credential.if_contains("byName") != nullptr) return "(by its name, from a trust anchor)";
  return text(credential, "fingerprint");
}

ExitCode list(const CredentialOptions& options) {
  ApiClient api(options.server);
  const Listed listed = list_all(api, Target("/api/v1/credentials").add("q", options.search),
                                 "credentials", options.limit);
  const double stored = number(listed.page, "stored");
  if (options.as_json) {
    print_json(
        json::object{{"credentials", listed.items}, {"stored", stored}, {"more", listed.more}});
    return kOk;
  }
  Table table({"ENDPOINT", "MODE", "IDENTITY OR KEY", "SINCE", "ID"});
  for (const auto& item : listed.items) {
    const auto& credential = item.as_object();
    table.add({printable(text(credential, "endpoint")), text(credential, "mode"),
               summary(credential), date(credential, "created"), text(credential, "id")});
  }
  if (table.empty()) {
    std::cout << (stored == 0 ? "There is no credential, so no device can come over DTLS. `linnet "
                                "credential new` makes one.\n"
                              : "No credential is like that.\n");
  }
  table.print(std::cout);
  if (listed.more) std::cout << "... and more; --limit shows them.\n";
  return kOk;
}

ExitCode show(const CredentialOptions& options) {
  const json::object body =
      ApiClient(options.server).get(credential_target(options.endpoint)).as_object();
  if (options.as_json) {
    print_json(body);
    return kOk;
  }
  for (const auto& item : body.at("credentials").as_array()) {
    const auto& credential = item.as_object();
    std::cout << text(credential, "mode") << "  id " << text(credential, "id") << ", since "
              << date(credential, "created") << '\n';
    Table table({}, "  ");
    for (const char* name :
         {"identity", "subject", "issuer", "fingerprint", "publicKey", "certificate"}) {
      const std::string shown = printable(text(credential, name));
      if (!shown.empty()) table.add({name, shown});
    }
    if (const auto* bytes = credential.if_contains("keyBytes")) {
      table.add({"key", service::to_text(*bytes) + " bytes, not shown"});
    }
    if (credential.if_contains("notAfter") != nullptr) {
      table.add({"valid", date(credential, "notBefore") + " to " + date(credential, "notAfter")});
    }
    if (credential.if_contains("byName") != nullptr) {
      table.add({"certificate", "any of a trust anchor with this common name"});
    }
    table.print(std::cout);
  }
  return kOk;
}

ExitCode revoke(const CredentialOptions& options) {
  std::string target = credential_target(options.endpoint);
  if (!options.id.empty()) target += "/" + service::percent_encode(options.id);
  if (options.forget) target += "?forget=true";
  ApiClient(options.server).remove(target);
  if (options.as_json) {
    print_json(json::object{{"endpoint", options.endpoint}, {"revoked", true}});
  } else if (options.forget) {
    std::cout << printable(options.endpoint) << " is unknown now, and may come without a key\n";
  } else if (!options.id.empty()) {
    std::cout << "number " << options.id << " of " << printable(options.endpoint)
              << " is revoked\n";
  } else {
    std::cout << printable(options.endpoint)
              << " is revoked, and stays out until it gets another credential (or --forget)\n";
  }
  return kOk;
}

/// "@file" is what is in the file.
std::string text_or_file(const std::string& given) {
  if (!given.starts_with('@')) return given;
  std::string content = read_input(given.substr(1));
  while (!content.empty() && (content.back() == '\n' || content.back() == '\r')) content.pop_back();
  return content;
}

/// A file as the API takes it: PEM as it is, anything else in hex.
std::string file_text(const std::string& name) {
  const std::string content = read_input(name);
  if (content.find("-----BEGIN ") != std::string::npos) return content;
  std::string hex = "hex:";
  for (const char c : content) {
    constexpr char kDigits[] = "0123456789abcdef";
    hex += kDigits[static_cast<unsigned char>(c) >> 4];
    hex += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

ExitCode add_known(const CredentialOptions& options) {
  const int kinds = !options.key.empty() + !options.public_key.empty() +
                    !options.certificate.empty() + options.by_name;
  if (kinds != 1) {
    throw Failure(kUsage,
                  "give one of --psk-key, --public-key, --certificate and --by-name; `linnet "
                  "credential new` makes a key");
  }
  json::object body;
  if (!options.key.empty()) {
    body["mode"] = "psk";
    body["key"] = text_or_file(options.key);
    if (!options.identity.empty()) body["identity"] = options.identity;
  } else if (!options.public_key.empty()) {
    body["mode"] = "rpk";
    body["publicKey"] = file_text(options.public_key);
  } else {
    body["mode"] = "x509";
    if (!options.certificate.empty()) body["certificate"] = file_text(options.certificate);
  }
  ApiClient api(options.server);
  const std::string target = credential_target(options.endpoint);
  const json::object made =
      (options.replace ? api.put(target, body) : api.post(target, body)).as_object();
  if (options.as_json) {
    print_json(made);
    return kOk;
  }
  std::cout << printable(options.endpoint) << " can come with " << text(made, "mode") << ' '
            << summary(made) << '\n';
  if (const std::string advice = text(made, "advice"); !advice.empty()) {
    std::cerr << "linnet: warning: " << advice << '\n';
  }
  return kOk;
}

ExitCode server(const CredentialOptions& options) {
  const json::object body = ApiClient(options.server).get("/api/v1/server-identity").as_object();
  if (options.as_json) {
    print_json(body);
    return kOk;
  }
  const auto& key = body.at("publicKey").as_object();
  const auto& certificate = body.at("certificate").as_object();
  std::cout << "Public key   /0/x/4 of a device with Security Mode 1 (raw public key)\n"
            << "  fingerprint  " << text(key, "fingerprint") << '\n'
            << "  hex          " << text(key, "hex") << '\n'
            << text(key, "pem") << '\n'
            << "Certificate  /0/x/4 of a device with Security Mode 2 (X.509)\n"
            << "  subject      " << printable(text(certificate, "subject")) << '\n'
            << "  issuer       " << printable(text(certificate, "issuer")) << '\n'
            << "  valid        " << date(certificate, "notBefore") << " to "
            << date(certificate, "notAfter") << '\n'
            << "  fingerprint  " << text(certificate, "fingerprint") << '\n'
            << "  hex          " << text(certificate, "hex") << '\n'
            << text(certificate, "pem") << "\nFrom " << text(body, "origin") << '\n';
  return kOk;
}

ExitCode trust_list(const CredentialOptions& options) {
  const json::object body = ApiClient(options.server).get("/api/v1/trust-anchors").as_object();
  if (options.as_json) {
    print_json(body);
    return kOk;
  }
  Table table({"NAME", "SUBJECT", "UNTIL", "FINGERPRINT"});
  for (const auto& item : body.at("trustAnchors").as_array()) {
    const auto& anchor = item.as_object();
    table.add({printable(text(anchor, "name")), printable(text(anchor, "subject")),
               date(anchor, "notAfter"), text(anchor, "fingerprint")});
  }
  if (table.empty()) std::cout << "No authority is believed.\n";
  table.print(std::cout);
  return kOk;
}

ExitCode trust_add(const CredentialOptions& options) {
  const json::object body{{"certificate", file_text(options.file)}};
  const json::object made =
      ApiClient(options.server).put(anchor_target(options.anchor), body).as_object();
  if (options.as_json) {
    print_json(made);
  } else {
    std::cout << printable(options.anchor) << " is " << printable(text(made, "subject"))
              << ", until " << date(made, "notAfter") << '\n';
  }
  return kOk;
}

ExitCode trust_remove(const CredentialOptions& options) {
  return removed(options, anchor_target(options.anchor),
                 {{"name", options.anchor}, {"removed", true}},
                 printable(options.anchor) + " is believed no more");
}

void add_endpoint(CLI::App* command, const OptionsPtr& options) {
  command->add_option("endpoint", options->endpoint, "A device's name")->required();
}

void add_new(CLI::App* parent, const OptionsPtr& options, Action& action) {
  auto* maker = add_api_command(parent, options, action, "new",
                                "Make a key, and print what to put on the device", make_credential);
  auto* psk = maker->add_flag("--psk", options->psk, "A pre-shared key");
  auto* rpk = maker->add_flag("--rpk", options->rpk, "A raw public key");
  auto* x509 = maker->add_flag("--x509", options->x509, "A certificate");
  psk->excludes(rpk, x509);
  rpk->excludes(x509);
  maker->get_option("--json")->description("For programs");
  maker->add_option("--endpoint", options->endpoint, "Of the device [a new urn:uuid:...]");
  maker->add_option("--identity", options->identity, "PSK identity [the endpoint]");
  maker->add_option("--bytes", options->key_bytes, "Length of the PSK [16]")
      ->check(CLI::Range(16, 64));
  maker
      ->add_option("--authority", options->authority,
                   "Sign by the authority in this folder (ca.crt.pem, ca.key.pem);\n"
                   "made if it is not there. Else the certificate signs itself")
      ->type_name("DIR");
  maker->add_option("--days", options->days, "How long a certificate is valid [3650]")
      ->check(CLI::Range(1, 36500));
  maker->add_option("--dns", options->dns_names, "A host name in the certificate, for servers");
  maker->add_option("--ip", options->addresses, "An address in the certificate, for servers");
  maker->add_option("--out", options->out, "Write files there, and show no private key")
      ->type_name("DIR");
  maker->add_option("--uri", options->uri, "What the device connects to [coaps://127.0.0.1]");
  maker->add_flag("--add", options->add, "Tell the server of it, beside what it has");
  maker->add_flag("--replace", options->replace,
                  "Tell the server of it, and revoke what the endpoint had");
}

void add_adder(CLI::App* parent, const OptionsPtr& options, Action& action) {
  auto* adder = add_api_command(parent, options, action, "add", "Tell the server of a key there is",
                                add_known);
  add_endpoint(adder, options);
  adder->add_option("--psk-key", options->key, "In hex, base64:... or @FILE with that");
  adder->add_option("--psk-identity", options->identity, "[the endpoint]");
  adder->add_option("--public-key", options->public_key, "PEM or DER")->type_name("FILE");
  adder->add_option("--certificate", options->certificate, "PEM or DER")->type_name("FILE");
  adder->add_flag("--by-name", options->by_name,
                  "Any certificate of a trust anchor with this common name;\n"
                  "the name may have * for any text");
  adder->add_flag("--replace", options->replace, "Revoke what the endpoint had");
}

void add_trust(CLI::App* parent, const OptionsPtr& options, Action& action) {
  auto* trust = parent->add_subcommand("trust", "The authorities whose certificates are believed");
  trust->require_subcommand(1);
  add_api_command(trust, options, action, "list", "All of them", trust_list);
  auto* adder = add_api_command(trust, options, action, "add", "Believe an authority", trust_add);
  adder->add_option("anchor", options->anchor, "A name for it")->required();
  adder->add_option("file", options->file, "Its certificate, PEM or DER")->required();
  auto* remover =
      add_api_command(trust, options, action, "remove", "Believe it no more", trust_remove);
  remover->add_option("anchor", options->anchor, "Its name")->required();
}

}  // namespace

std::string credential_target(const std::string& endpoint) {
  return "/api/v1/credentials/" + service::percent_encode(endpoint);
}

void add_credential(CLI::App& app, Action& action) {
  auto options = std::make_shared<CredentialOptions>();
  auto* command = app.add_subcommand("credential", "Make, import, list and revoke keys of devices");
  command->require_subcommand(1);
  add_new(command, options, action);
  add_adder(command, options, action);
  auto* lister =
      add_api_command(command, options, action, "list", "Every credential, by endpoint", list);
  lister->add_option("--search", options->search,
                     "Only those with this text in endpoint or identity");
  lister->add_option("--limit", options->limit, "How many at the most [100]")
      ->check(CLI::Range(1, 10'000'000));
  add_endpoint(
      add_api_command(command, options, action, "show", "What a device can come with", show),
      options);
  auto* importer = add_api_command(command, options, action, "import",
                                   "Add many from a file, all or nothing", import_credentials);
  importer->add_option("file", options->file, "CSV or JSON lines; - is the input")->required();
  importer->add_flag("--dry-run", options->dry_run, "Only say what is wrong");
  importer->add_flag("--keep-going", options->keep_going,
                     "Take the good lines when others are bad");
  importer->add_flag("--replace", options->replace, "Revoke what the endpoints had");
  auto* revoker =
      add_api_command(command, options, action, "revoke",
                      "Take away what a device can come with; its sessions end", revoke);
  add_endpoint(revoker, options);
  auto* one = revoker->add_option("--id", options->id, "Only this one of several");
  revoker
      ->add_flag("--forget", options->forget,
                 "Make the device unknown: without it, it stays out, also without security")
      ->excludes(one);
  add_api_command(command, options, action, "server", "What devices need to know of the server",
                  server);
  add_trust(command, options, action);
  command->footer(kFooter);
}

}  // namespace linnet::cli
