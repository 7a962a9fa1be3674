// SPDX-License-Identifier: Apache-2.0
#include "credential_desk.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <charconv>
#include <utility>

#include <linnet/base/bytes.hpp>
#include <linnet/dtls_gnutls/keys.hpp>
#include <linnet/lwm2m/credentials.hpp>

#include "json_operation.hpp"
#include "json_values.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;
using server::CredentialFault;
using Change = CredentialStore::Change;
using Entry = CredentialStore::Entry;
using Kind = server::CredentialKind;
using Others = CredentialStore::Others;

constexpr std::size_t kScanned = 20'000;     // rows a list looks at for one page
constexpr std::size_t kMaxProblems = 1'000;  // lines an import reports
constexpr std::size_t kMaxName = 100;

Problem unknown(const std::string& endpoint) {
  return {404, "credential-not-found", "No such credential",
          "there is no credential of \"" + endpoint + "\""};
}

Problem to_problem(const CredentialFault& fault) {
  if (fault.kind == CredentialFault::Kind::Invalid) {
    return {422, "invalid-credential", "Invalid credential", fault.reason};
  }
  return {409, "credential-taken", "Credential in use", fault.reason};
}

/// Runs `work`; what the database cannot do becomes a problem.
template <typename Work>
auto stored(Work work) {
  try {
    return work();
  } catch (const SqliteError& error) {
    throw store_failing(std::string("the store cannot be read or written: ") + error.what());
  }
}

void add_certificate(json::object& out, ByteView der) {
  out["certificate"] = base64_encode(der);
  try {
    const auto facts = dtls_gnutls::inspect_certificate(der);
    out["subject"] = facts.subject;
    out["issuer"] = facts.issuer;
    out["notBefore"] = facts.not_before;
    out["notAfter"] = facts.not_after;
  } catch (const dtls_gnutls::KeyError&) {
    // Shown as it is stored: it was one when it was put there.
  }
  out["fingerprint"] = dtls_gnutls::fingerprint(der);
}

json::object to_json(const Entry& entry) {
  const server::Credential& credential = entry.credential;
  json::object out{{"endpoint", credential.endpoint},
                   {"id", std::to_string(credential.id)},
                   {"mode", describe(credential.kind)},
                   {"created", entry.created}};
  switch (credential.kind) {
    case Kind::Psk:
      out["identity"] = credential.identity;
      out["keyBytes"] = entry.key_bytes;
      break;
    case Kind::PublicKey:
      out["publicKey"] = base64_encode(credential.public_key);
      out["fingerprint"] = dtls_gnutls::fingerprint(credential.public_key);
      break;
    case Kind::Certificate: add_certificate(out, credential.certificate); break;
    case Kind::NamedCertificate: out["byName"] = true; break;
  }
  return out;
}

/// "17:urn:dev:..." is behind that credential.
std::pair<std::string, std::uint64_t> parse_cursor(const std::string& text) {
  if (text.empty()) return {};
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  const auto at = static_cast<std::size_t>(end - text.data());
  if (error != std::errc{} || at == text.size() || text[at] != ':') {
    throw bad_request("\"cursor\" is the next of a page before");
  }
  return {text.substr(at + 1), id};
}

std::uint64_t parse_id(const std::string& endpoint, const std::string& text) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size()) throw unknown(endpoint);
  return id;
}

void check_name(const std::string& name) {
  const bool printable = std::ranges::all_of(
      name, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F && c != '/'; });
  if (!printable || name.size() > kMaxName) {
    throw bad_request(
        "a trust anchor's name is printable text of at most 100 bytes without a "
        "slash");
  }
}

/// One line of a report.
json::object line_of(const CredentialLine& line, const std::string& reason) {
  json::object out{{"line", line.number}};
  if (!line.credential.endpoint.empty()) out["endpoint"] = line.credential.endpoint;
  out["reason"] = reason;
  return out;
}

}  // namespace

json::object CredentialDesk::list(const Query& query) {
  auto cursor = parse_cursor(query.cursor);
  auto& endpoint = cursor.first;
  auto& id = cursor.second;
  json::array items;
  std::size_t scanned = 0;
  bool more = true;
  while (more && items.size() < query.limit && scanned < kScanned) {
    const auto page = stored([&] { return store_.list(endpoint, id, query.limit + 1); });
    more = page.size() > query.limit;
    for (const Entry& entry : page) {
      if (items.size() == query.limit) {
        more = true;
        break;
      }
      ++scanned;
      endpoint = entry.credential.endpoint;
      id = entry.credential.id;
      const bool wanted = query.text.empty() || endpoint.find(query.text) != std::string::npos ||
                          entry.credential.identity.find(query.text) != std::string::npos;
      if (wanted) items.push_back(to_json(entry));
    }
  }
  json::object out{{"credentials", std::move(items)}, {"stored", store_.size()}};
  if (more) out["next"] = std::to_string(id) + ":" + endpoint;
  return out;
}

json::object CredentialDesk::show(const std::string& endpoint) {
  const auto entries = stored([&] { return store_.of(endpoint); });
  const bool barred = store_.barred(endpoint);
  if (entries.empty() && !barred) throw unknown(endpoint);
  json::array items;
  for (const Entry& entry : entries) items.push_back(to_json(entry));
  return {{"endpoint", endpoint}, {"credentials", std::move(items)}, {"barred", barred}};
}

CredentialDesk::Put CredentialDesk::put(const std::string& endpoint, std::string_view body,
                                        Others others) {
  server::Credential credential;
  try {
    credential = parse_credential(parse_object(body), endpoint);
  } catch (const CredentialTextError& error) {
    throw to_problem({CredentialFault::Kind::Invalid, error.what()});
  }
  return stored([&]() -> Put {
    CredentialStore::Batch batch(store_);
    const auto done = store_.put(credential, others);
    if (done.fault) throw to_problem(*done.fault);
    batch.commit();
    Put out;
    out.created = done.change == Change::Added;
    for (const Entry& entry : store_.of(endpoint)) {
      if (entry.credential.id == done.id) out.credential = to_json(entry);
    }
    const std::string advice = server::advice(credential);
    if (!advice.empty()) out.credential["advice"] = advice;
    if (done.change != Change::Unchanged) {
      say({"credential     " + endpoint + ": " + describe(credential.kind) +
               (done.change == Change::Replaced ? " replaced" : " added"),
           endpoint});
    }
    return out;
  });
}

void CredentialDesk::remove(const std::string& endpoint, bool forget) {
  stored([&] {
    CredentialStore::Batch batch(store_);
    const bool revoked = store_.remove(endpoint) != 0;
    const bool forgotten = forget && store_.forget(endpoint);
    if (!revoked && !forgotten) throw unknown(endpoint);
    batch.commit();
  });
  say({"credential     " + endpoint + (forget ? ": forgotten" : ": revoked"), endpoint});
}

void CredentialDesk::remove(const std::string& endpoint, const std::string& id) {
  const std::uint64_t number = parse_id(endpoint, id);
  stored([&] {
    CredentialStore::Batch batch(store_);
    if (!store_.remove(endpoint, number)) throw unknown(endpoint);
    batch.commit();
  });
  say({"credential     " + endpoint + ": number " + id + " revoked", endpoint});
}

json::object CredentialDesk::import(std::string_view text, const Import& how, unsigned& status) {
  std::optional<CredentialLines> lines;
  try {
    lines.emplace(text, how.format);
  } catch (const CredentialTextError& error) {
    throw bad_request(error.what());
  }
  const Others others = how.replace ? Others::Replace : Others::Refuse;
  std::size_t count = 0, added = 0, replaced = 0, unchanged = 0, bad = 0;
  json::array problems, advice;
  stored([&] {
    CredentialStore::Batch batch(store_);
    while (auto line = lines->next()) {
      if (++count > kMaxLines) {
        throw Problem(413, "too-many-lines", "Too many lines",
                      "an import takes at most 10000 lines; send the rest in further ones");
      }
      CredentialStore::Put done;
      if (line->problem.empty()) {
        done = store_.put(line->credential, others);
        if (done.fault) line->problem = done.fault->reason;
      }
      added += done.change == Change::Added;
      replaced += done.change == Change::Replaced;
      unchanged += done.change == Change::Unchanged;
      if (!line->problem.empty()) {
        ++bad;
        if (problems.size() < kMaxProblems) problems.push_back(line_of(*line, line->problem));
      } else if (const auto hint = server::advice(line->credential); !hint.empty()) {
        if (advice.size() < kMaxProblems) advice.push_back(line_of(*line, hint));
      }
    }
    if (!how.dry_run && (bad == 0 || how.keep_going)) batch.commit();
  });
  const bool refused = bad != 0 && !how.keep_going;
  status = refused && !how.dry_run ? 422 : 200;
  if (!how.dry_run && !refused && added + replaced != 0) {
    say("credential     " + std::to_string(added) + " added and " + std::to_string(replaced) +
        " replaced by an import");
  }
  json::object out{{"dryRun", how.dry_run},
                   {"imported", !how.dry_run && !refused},
                   {"lines", count},
                   {"added", added},
                   {"replaced", replaced},
                   {"unchanged", unchanged},
                   {"bad", bad},
                   {"problems", std::move(problems)}};
  if (!advice.empty()) out["advice"] = std::move(advice);
  return out;
}

// --- Trust anchors ---

json::object CredentialDesk::trust_anchors() {
  json::array items;
  for (const auto& [name, der] : stored([&] { return store_.trust_anchors(); })) {
    json::object item{{"name", name}};
    add_certificate(item, der);
    items.push_back(std::move(item));
  }
  return {{"trustAnchors", std::move(items)}};
}

json::object CredentialDesk::trust_anchor(const std::string& name) {
  for (const auto& [stored_name, der] : stored([&] { return store_.trust_anchors(); })) {
    if (stored_name != name) continue;
    json::object out{{"name", name}};
    add_certificate(out, der);
    return out;
  }
  throw Problem(404, "trust-anchor-not-found", "No such trust anchor",
                "there is no trust anchor \"" + name + "\"");
}

CredentialDesk::Put CredentialDesk::put_trust_anchor(const std::string& name,
                                                     std::string_view body) {
  check_name(name);
  json::object given = parse_object(body);
  const auto* certificate = given.if_contains("certificate");
  if (certificate == nullptr || given.size() != 1) {
    throw bad_request("a trust anchor has one member, \"certificate\"");
  }
  server::Credential parsed;
  try {
    given["mode"] = "x509";
    parsed = parse_credential(given, name);
    const auto facts = dtls_gnutls::inspect_certificate(parsed.certificate);
    if (!facts.authority) {
      throw CredentialTextError("the certificate of " + facts.subject +
                                " is not that of an authority: it may not sign others");
    }
  } catch (const std::runtime_error& error) {
    throw Problem(422, "invalid-certificate", "Invalid certificate", error.what());
  }
  return stored([&]() -> Put {
    const auto before = store_.trust_anchors();
    const bool known = std::ranges::any_of(before, [&](const auto& a) { return a.first == name; });
    store_.put_trust_anchor(name, parsed.certificate);
    say("credential     trust anchor " + name + (known ? " replaced" : " added"));
    return {!known, trust_anchor(name)};
  });
}

void CredentialDesk::remove_trust_anchor(const std::string& name) {
  (void)trust_anchor(name);
  stored([&] { (void)store_.remove_trust_anchor(name); });
  say("credential     trust anchor " + name + " removed");
}

json::object CredentialDesk::identity() const {
  const auto& key = identity_.key.public_key();
  const auto spki = key.spki();
  const auto facts = dtls_gnutls::inspect_certificate(identity_.chain.front());
  std::string pem;
  for (const auto& der : identity_.chain) pem += dtls_gnutls::certificate_pem(der);
  return {{"origin", identity_.origin},
          {"publicKey",
           {{"hex", hex_text(spki)}, {"pem", key.pem()}, {"fingerprint", key.fingerprint()}}},
          {"certificate",
           {{"hex", hex_text(identity_.chain.front())},
            {"pem", pem},
            {"fingerprint", dtls_gnutls::fingerprint(identity_.chain.front())},
            {"subject", facts.subject},
            {"issuer", facts.issuer},
            {"notBefore", facts.not_before},
            {"notAfter", facts.not_after}}}};
}

}  // namespace linnet::service
