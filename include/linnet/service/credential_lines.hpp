// SPDX-License-Identifier: Apache-2.0
#pragma once
// Credentials as files and the API have them: JSON, one object a line, or CSV with a heading.
//
//   {"endpoint": "urn:dev:os:32473-lamp-1", "mode": "psk", "identity": "lamp-1", "key": "0011..."}
//   endpoint,mode,identity,key,public_key,certificate
//
// Keys and certificates are hex, or text that begins with "hex:", "base64:" or "text:"; public keys
// and certificates also base64 or PEM. Without an identity it is the endpoint; without a mode it is
// what the other members say. A certificate of mode x509 is that one; without one it is any
// certificate of a trust anchor whose common name is the endpoint.
// Free functions and values; any thread. No message made here holds a key.
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <linnet/server/credentials.hpp>

namespace linnet::service {

/// `what()` is a sentence for a person.
class CredentialTextError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// `endpoint` is used where the object has none. Throws CredentialTextError.
[[nodiscard]] server::Credential parse_credential(const boost::json::object& object,
                                                  std::string_view endpoint = {});
/// What `parse_credential` reads, key and all: only for the way to a server.
[[nodiscard]] boost::json::object to_json(const server::Credential& credential);

enum class CredentialFormat : std::uint8_t { JsonLines, Csv };
/// By its first character.
[[nodiscard]] CredentialFormat guess_format(std::string_view text);

struct CredentialLine {
  std::size_t number = 0;  ///< of the line it begins on, from 1
  server::Credential credential{};
  std::string problem{};  ///< why it is none; empty if all is well
};

/// Reads line after line; one that is wrong does not spoil the others. Empty lines are passed over.
class CredentialLines {
 public:
  /// `text` outlives the reader. Throws CredentialTextError for a heading that cannot be used.
  CredentialLines(std::string_view text, CredentialFormat format);
  [[nodiscard]] std::optional<CredentialLine> next();
  /// How far it has come, in bytes.
  [[nodiscard]] std::size_t position() const { return at_; }

 private:
  [[nodiscard]] std::vector<std::string> take_row();
  [[nodiscard]] boost::json::object row_object(const std::vector<std::string>& cells) const;
  [[nodiscard]] bool skip_empty_lines();

  std::string_view text_;
  CredentialFormat format_;
  char separator_ = ',';
  std::vector<std::string> columns_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

}  // namespace linnet::service
