// SPDX-License-Identifier: Apache-2.0
#include <linnet/service/credential_lines.hpp>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <cctype>

#include <linnet/dtls_gnutls/keys.hpp>
#include <linnet/lwm2m/credentials.hpp>
#include <linnet/text/base64.hpp>

#include "json_values.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;
using server::Credential;
using Kind = server::CredentialKind;
using Bytes = std::vector<std::uint8_t>;

constexpr std::string_view kMembers[] = {"endpoint", "mode",      "identity",
                                         "key",      "publicKey", "certificate"};
constexpr const char* kMemberList = "endpoint, mode, identity, key, publicKey and certificate";

[[noreturn]] void fail(const std::string& what) { throw CredentialTextError(what); }

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Digits with blanks and colons between them.
std::optional<Bytes> from_hex(std::string_view text) {
  Bytes out;
  out.reserve(text.size() / 2);
  int high = -1;
  for (const char c : text) {
    if (c == ' ' || c == ':' || c == '\n') continue;
    const int digit = digit_of(c);
    if (digit < 0) return std::nullopt;
    if (high >= 0) out.push_back(static_cast<std::uint8_t>(high << 4 | digit));
    high = high < 0 ? digit : -1;
  }
  if (high >= 0) return std::nullopt;
  return out;
}

std::optional<Bytes> from_base64(std::string_view text) {
  std::string joined;
  std::ranges::copy_if(text, std::back_inserter(joined),
                       [](char c) { return c != '\n' && c != '\r' && c != ' '; });
  for (const auto variant : {text::Base64::Standard, text::Base64::UrlPadded}) {
    Bytes out(text::base64_decoded_bound(joined.size()) + 1);
    const auto decoded = text::base64_decode(joined, variant, out);
    if (!decoded) continue;
    out.resize(decoded->size());
    return out;
  }
  return std::nullopt;
}

std::optional<Bytes> from_prefixed(std::string_view text, bool& prefixed) {
  prefixed = true;
  const auto rest = [&](std::string_view prefix) { return text.substr(prefix.size()); };
  if (text.starts_with("hex:")) return from_hex(rest("hex:"));
  if (text.starts_with("base64:")) return from_base64(rest("base64:"));
  if (text.starts_with("text:")) {
    const auto bytes = as_bytes(rest("text:"));
    return Bytes(bytes.begin(), bytes.end());
  }
  prefixed = false;
  return std::nullopt;
}

/// The string of a member, empty if it is not there; {"hex": "00"} becomes "hex:00".
std::string member(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains({name.data(), name.size()});
  if (value == nullptr || value->is_null()) return {};
  if (const auto* text = value->if_string()) return std::string(*text);
  const auto* form = value->if_object();
  if (form != nullptr && form->size() == 1 && form->begin()->value().is_string()) {
    const std::string_view key = form->begin()->key();
    if (key == "hex" || key == "base64" || key == "text") {
      return std::string(key) + ":" + std::string(form->begin()->value().get_string());
    }
  }
  fail("\"" + std::string(name) + "\" is a string");
}

server::Secret parse_key(const std::string& text) {
  bool prefixed = false;
  auto bytes = from_prefixed(text, prefixed);
  if (!prefixed) bytes = from_hex(text);
  if (!bytes) {
    fail("the key is not written in hex; base64:... and text:... are other ways to write it");
  }
  server::Secret key(*bytes);
  secure::wipe(*bytes);
  return key;
}

/// A public key or certificate: anything but PEM as bytes.
Bytes parse_public(const std::string& text, const char* what) {
  bool prefixed = false;
  auto bytes = from_prefixed(text, prefixed);
  if (!prefixed) bytes = from_hex(text);
  if (!prefixed && !bytes) bytes = from_base64(text);
  if (!bytes || bytes->empty()) {
    fail(std::string("the ") + what + " is neither hex, base64 nor PEM");
  }
  return std::move(*bytes);
}

bool is_pem(std::string_view text) { return text.find("-----BEGIN ") != std::string_view::npos; }

Bytes parse_public_key(const std::string& text) {
  try {
    if (is_pem(text)) return dtls_gnutls::PublicKey::from(as_bytes(text)).spki();
    Bytes bytes = parse_public(text, "public key");
    // The x coordinate alone stays what it is: which of two points it means is not known.
    if (bytes.size() == dtls_gnutls::PublicKey::kCoordinate) return bytes;
    return dtls_gnutls::PublicKey::from(bytes).spki();
  } catch (const dtls_gnutls::KeyError& error) {
    fail(error.what());
  }
}

/// Of a chain the first: the device's own.
Bytes parse_certificate(const std::string& text) {
  try {
    if (is_pem(text)) return dtls_gnutls::read_certificates(as_bytes(text)).front();
    return dtls_gnutls::read_certificates(parse_public(text, "certificate")).front();
  } catch (const dtls_gnutls::KeyError& error) {
    fail(error.what());
  }
}

/// What stands in one place of JSON may be a number.
std::string mode_of(const json::object& object) {
  const auto* value = object.if_contains("mode");
  if (value != nullptr && value->is_int64()) return std::to_string(value->get_int64());
  return member(object, "mode");
}

Kind kind_of(std::string mode, bool has_key, bool has_public_key, bool has_certificate) {
  std::ranges::transform(mode, mode.begin(), [](unsigned char c) { return std::tolower(c); });
  if (mode.empty()) {
    if (has_key) return Kind::Psk;
    if (has_public_key) return Kind::PublicKey;
    if (has_certificate) return Kind::Certificate;
    fail("there is neither a mode nor a key, a publicKey or a certificate");
  }
  if (mode == "psk" || mode == "0") return Kind::Psk;
  if (mode == "rpk" || mode == "1") return Kind::PublicKey;
  if (mode == "x509" || mode == "2") {
    return has_certificate ? Kind::Certificate : Kind::NamedCertificate;
  }
  if (mode == "nosec" || mode == "3") fail("mode nosec needs no credential");
  if (mode == "est" || mode == "4") fail("mode est is not supported");
  fail("the mode is psk, rpk or x509");
}

void refuse_unknown_members(const json::object& object) {
  for (const auto& item : object) {
    if (std::ranges::find(kMembers, std::string_view(item.key())) == std::end(kMembers)) {
      fail("there is no member \"" + std::string(item.key()) + "\"; there are " + kMemberList);
    }
  }
}

/// "Public Key", "public_key" and "publicKey" are one column.
std::string column_name(std::string_view heading) {
  std::string plain;
  for (const char c : heading) {
    if (c == '_' || c == ' ' || c == '-') continue;
    plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  if (plain == "publickey" || plain == "rpk") return "publicKey";
  if (plain == "psk" || plain == "pskkey" || plain == "secretkey") return "key";
  if (plain == "pskidentity") return "identity";
  if (plain == "endpointname" || plain == "ep") return "endpoint";
  return plain;
}

}  // namespace

Credential parse_credential(const json::object& object, std::string_view endpoint) {
  refuse_unknown_members(object);
  Credential credential;
  credential.endpoint = member(object, "endpoint");
  if (credential.endpoint.empty()) credential.endpoint = endpoint;
  if (!endpoint.empty() && credential.endpoint != endpoint) {
    fail("\"endpoint\" is another one than in the address");
  }
  std::string key = member(object, "key");
  const std::string public_key = member(object, "publicKey");
  const std::string certificate = member(object, "certificate");
  const std::string identity = member(object, "identity");
  credential.kind =
      kind_of(mode_of(object), !key.empty(), !public_key.empty(), !certificate.empty());
  const bool psk = credential.kind == Kind::Psk;
  const bool rpk = credential.kind == Kind::PublicKey;
  const char* foreign = !psk && !key.empty()                   ? "key"
                        : !psk && !identity.empty()            ? "identity"
                        : !rpk && !public_key.empty()          ? "publicKey"
                        : (psk || rpk) && !certificate.empty() ? "certificate"
                                                               : nullptr;
  if (foreign != nullptr) {
    secure::wipe({reinterpret_cast<std::uint8_t*>(key.data()), key.size()});
    fail(std::string("a credential of mode ") + describe(credential.kind) + " has no " + foreign);
  }
  if (psk) {
    credential.identity = identity.empty() ? credential.endpoint : identity;
    if (key.empty()) fail("there is no key");
    credential.key = parse_key(key);
    secure::wipe({reinterpret_cast<std::uint8_t*>(key.data()), key.size()});
  }
  if (rpk) {
    if (public_key.empty()) fail("there is no publicKey");
    credential.public_key = parse_public_key(public_key);
  }
  if (credential.kind == Kind::Certificate) credential.certificate = parse_certificate(certificate);
  return credential;
}

json::object to_json(const Credential& credential) {
  json::object out{{"endpoint", credential.endpoint}, {"mode", describe(credential.kind)}};
  switch (credential.kind) {
    case Kind::Psk:
      out["identity"] = credential.identity;
      out["key"] = "hex:" + hex_text(credential.key.view());
      break;
    case Kind::PublicKey: out["publicKey"] = "hex:" + hex_text(credential.public_key); break;
    case Kind::Certificate: out["certificate"] = "hex:" + hex_text(credential.certificate); break;
    case Kind::NamedCertificate: break;
  }
  return out;
}

CredentialFormat guess_format(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  const bool json = first != std::string_view::npos && text[first] == '{';
  return json ? CredentialFormat::JsonLines : CredentialFormat::Csv;
}

CredentialLines::CredentialLines(std::string_view text, CredentialFormat format)
    : text_(text), format_(format) {
  if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  if (format_ == CredentialFormat::JsonLines || !skip_empty_lines()) return;
  const std::string_view heading = text_.substr(at_, text_.find('\n', at_) - at_);
  if (heading.find(',') == std::string_view::npos) {
    if (heading.find(';') != std::string_view::npos) separator_ = ';';
    if (heading.find('\t') != std::string_view::npos) separator_ = '\t';
  }
  for (const std::string& cell : take_row()) {
    columns_.push_back(column_name(cell));
    if (std::ranges::find(kMembers, columns_.back()) == std::end(kMembers)) {
      fail(
          "the first line is no heading of columns: there is no column of that name; there are "
          "endpoint, mode, identity, key, public_key and certificate");
    }
  }
  if (std::ranges::find(columns_, "endpoint") == columns_.end()) {
    fail("there is no column \"endpoint\" in the heading");
  }
}

bool CredentialLines::skip_empty_lines() {
  while (at_ < text_.size()) {
    const auto end = std::min(text_.find('\n', at_), text_.size());
    const auto line = text_.substr(at_, end - at_);
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) return true;
    at_ = std::min(end + 1, text_.size());
    ++line_;
  }
  return false;
}

/// RFC 4180: a cell in quotes may have line feeds, and quotes written twice.
std::vector<std::string> CredentialLines::take_row() {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '\n') ++line_;
    if (quoted) {
      const bool twice = c == '"' && at_ + 1 < text_.size() && text_[at_ + 1] == '"';
      if (twice) ++at_;
      if (c == '"' && !twice) {
        quoted = false;
      } else {
        cells.back() += c;
      }
    } else if (c == '"' && cells.back().empty()) {
      quoted = true;
    } else if (c == separator_) {
      cells.emplace_back();
    } else if (c == '\n') {
      ++at_;
      break;
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  if (quoted) fail("a quotation mark is never closed");
  for (std::string& cell : cells) {
    cell.erase(0, std::min(cell.find_first_not_of(' '), cell.size()));
    cell.erase(cell.find_last_not_of(' ') + 1);
  }
  return cells;
}

json::object CredentialLines::row_object(const std::vector<std::string>& cells) const {
  if (cells.size() > columns_.size()) {
    fail("there are " + std::to_string(cells.size()) + " cells and " +
         std::to_string(columns_.size()) + " columns");
  }
  json::object object;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!cells[i].empty()) object[columns_[i]] = cells[i];
  }
  return object;
}

std::optional<CredentialLine> CredentialLines::next() {
  if (!skip_empty_lines()) return std::nullopt;
  CredentialLine out;
  out.number = line_;
  try {
    json::object object;
    if (format_ == CredentialFormat::Csv) {
      object = row_object(take_row());
    } else {
      const auto end = std::min(text_.find('\n', at_), text_.size());
      const std::string_view line = text_.substr(at_, end - at_);
      at_ = std::min(end + 1, text_.size());
      ++line_;
      json::error_code error;
      json::value value = json::parse(line, error);
      if (error || !value.is_object()) fail("this is no JSON object");
      object = std::move(value.get_object());
    }
    if (const auto* endpoint = object.if_contains("endpoint");
        endpoint != nullptr && endpoint->is_string()) {
      out.credential.endpoint = std::string_view(endpoint->get_string());
    }
    out.credential = parse_credential(object);
  } catch (const CredentialTextError& error) {
    out.problem = error.what();
  }
  return out;
}

}  // namespace linnet::service
