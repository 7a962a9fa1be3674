// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a webhook is: where events go by HTTP, which ones, and how the receiver knows that they are
// from this server. Value types; any thread.
#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "event_filter.hpp"

namespace linnet::service {

struct WebhookSettings {
  std::string name;
  std::string url;
  std::vector<std::string> types;
  std::vector<std::string> endpoints;
  std::vector<std::string> paths;
  std::vector<std::pair<std::string, std::string>> headers;
  std::int64_t timeout_s = 10;
  bool enabled = true;
  /// What deliveries are signed with; never shown again.
  std::string secret;

  [[nodiscard]] EventFilter filter() const;
};

/// The settings in `body` for a webhook of that name. `old`, which may be null, has what the body
/// leaves as it is: the secret that is not named, and headers whose value is null. Throws Problem.
[[nodiscard]] WebhookSettings parse_webhook(std::string name, const boost::json::object& body,
                                            const WebhookSettings* old);
/// Without the secret, and without the values of headers: they may be secrets too.
[[nodiscard]] boost::json::object show_webhook(const WebhookSettings& settings);
/// All of it, for the store; `parse_webhook` reads it.
[[nodiscard]] boost::json::object store_webhook(const WebhookSettings& settings);

/// For X-Linnet-Signature: "t=<unix seconds>,v1=<hex of HMAC-SHA-256 of "t.body">".
[[nodiscard]] std::string webhook_signature(std::string_view secret, std::int64_t unix_seconds,
                                            std::string_view body);

}  // namespace linnet::service
