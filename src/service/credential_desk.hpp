// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the API does with credentials, trust anchors and the server's own keys. Called on the thread
// of the store; what is returned never has a secret in it. All throw Problem.
#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <linnet/service/credential_lines.hpp>
#include <linnet/service/service.hpp>

#include "credential_store.hpp"
#include "server_identity.hpp"

namespace linnet::service {

class CredentialDesk {
 public:
  /// All outlive the desk. `print` may be empty.
  CredentialDesk(CredentialStore& store, const ServerIdentity& identity, LogSink print)
      : store_(store), identity_(identity), print_(std::move(print)) {}

  struct Query {
    std::string cursor;  ///< the `next` of the page before
    std::string text;    ///< in endpoint or identity
    std::size_t limit = 100;
  };
  [[nodiscard]] boost::json::object list(const Query& query);
  [[nodiscard]] boost::json::object show(const std::string& endpoint);

  struct Put {
    bool created = false;
    boost::json::object credential;
  };
  /// `others`: whether what the endpoint had stays besides.
  Put put(const std::string& endpoint, std::string_view body, CredentialStore::Others others);
  /// All of an endpoint.
  /// The endpoint is barred then, unless it is to be forgotten.
  void remove(const std::string& endpoint, bool forget);
  void remove(const std::string& endpoint, const std::string& id);

  struct Import {
    CredentialFormat format = CredentialFormat::JsonLines;
    bool dry_run = false;
    bool keep_going = false;  ///< take the good lines when others are bad
    bool replace = false;     ///< an endpoint's other credentials go
  };
  static constexpr std::size_t kMaxLines = 10'000;
  /// `status` is 422 if there are bad lines and nothing was taken because of them.
  [[nodiscard]] boost::json::object import(std::string_view text, const Import& how,
                                           unsigned& status);

  [[nodiscard]] boost::json::object trust_anchors();
  [[nodiscard]] boost::json::object trust_anchor(const std::string& name);
  /// `body`: {"certificate": "PEM, base64 or hex"}.
  Put put_trust_anchor(const std::string& name, std::string_view body);
  void remove_trust_anchor(const std::string& name);

  /// The server's public key and certificate, as a device has to know them.
  [[nodiscard]] boost::json::object identity() const;

 private:
  void say(const LogLine& line) const {
    if (print_) print_(LogLevel::Info, line);
  }

  CredentialStore& store_;
  const ServerIdentity& identity_;
  LogSink print_;
};

}  // namespace linnet::service
