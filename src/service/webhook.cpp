// SPDX-License-Identifier: Apache-2.0
#include "webhook.hpp"

#include <curl/urlapi.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <memory>

#include "json_values.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxText = 4096;
constexpr std::size_t kMaxHeaders = 32;

std::string text_of(const json::value& value, std::string_view member) {
  const auto* text = value.if_string();
  if (text == nullptr || text->size() > kMaxText) {
    throw bad_request("\"" + std::string(member) + "\" is a string of at most 4096 characters");
  }
  return std::string(*text);
}

std::vector<std::string> texts_of(const json::value& value, std::string_view member) {
  const auto* array = value.if_array();
  if (array == nullptr) throw bad_request("\"" + std::string(member) + "\" is a list of strings");
  std::vector<std::string> out;
  for (const auto& item : *array) out.push_back(text_of(item, member));
  return out;
}

void check_url(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parts(curl_url(), curl_url_cleanup);
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    std::string out;
    if (curl_url_get(parts.get(), which, &text, 0) == CURLUE_OK) out = text;
    curl_free(text);
    return out;
  };
  if (curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      (part(CURLUPART_SCHEME) != "http" && part(CURLUPART_SCHEME) != "https")) {
    throw bad_request("\"url\" is an address such as https://example.com/linnet");
  }
  if (!part(CURLUPART_USER).empty() || !part(CURLUPART_PASSWORD).empty()) {
    throw bad_request(
        "\"url\" has a name or password in it, and addresses are shown: put it into "
        "\"headers\" as Authorization");
  }
}

bool is_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

void check_header(const std::string& name, std::string_view value) {
  if (!is_token(name)) throw bad_request("\"" + name + "\" is no name of a header");
  for (const char* ours : {"content-length", "content-type", "transfer-encoding", "host",
                           "connection", "expect", "x-linnet-signature", "x-linnet-delivery"}) {
    if (same_name(name, ours)) throw bad_request("the header " + name + " is set by this server");
  }
  if (std::ranges::any_of(value, [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
    throw bad_request("the header " + name + " has a character in it that no header may have");
  }
}

void read_headers(const json::value& value, const WebhookSettings* old, WebhookSettings& out) {
  const auto* object = value.if_object();
  if (object == nullptr || object->size() > kMaxHeaders) {
    throw bad_request("\"headers\" is an object of at most 32 headers");
  }
  for (const auto& [key, item] : *object) {
    const std::string name(key);
    std::string text;
    if (item.is_null()) {
      const auto known = [&](const auto& header) { return same_name(header.first, name); };
      const auto found =
          old == nullptr ? std::vector<std::pair<std::string, std::string>>() : old->headers;
      const auto at = std::ranges::find_if(found, known);
      if (at == found.end()) {
        throw bad_request("the header " + name + " has no value yet that could be kept");
      }
      text = at->second;
    } else {
      text = text_of(item, "headers");
    }
    check_header(name, text);
    out.headers.emplace_back(name, std::move(text));
  }
}

json::array to_array(const std::vector<std::string>& texts) {
  json::array out;
  for (const auto& text : texts) out.push_back(json::value(text));
  return out;
}

}  // namespace

EventFilter WebhookSettings::filter() const {
  EventFilter filter;
  for (const auto& type : types) filter.add_types(type);
  for (const auto& endpoint : endpoints) filter.add_endpoint(endpoint);
  for (const auto& path : paths) filter.add_path(path);
  return filter;
}

WebhookSettings parse_webhook(std::string name, const json::object& body,
                              const WebhookSettings* old) {
  WebhookSettings out;
  out.name = std::move(name);
  if (old != nullptr) out.secret = old->secret;
  for (const auto& [key, value] : body) {
    if (key == "url") {
      out.url = text_of(value, key);
    } else if (key == "types") {
      out.types = texts_of(value, key);
    } else if (key == "endpoints") {
      out.endpoints = texts_of(value, key);
    } else if (key == "paths") {
      out.paths = texts_of(value, key);
    } else if (key == "headers") {
      read_headers(value, old, out);
    } else if (key == "timeout") {
      const auto* seconds = value.if_int64();
      if (seconds == nullptr || *seconds < 1 || *seconds > 60) {
        throw bad_request("\"timeout\" is a number of seconds from 1 to 60");
      }
      out.timeout_s = *seconds;
    } else if (key == "enabled") {
      if (!value.is_bool()) throw bad_request("\"enabled\" is true or false");
      out.enabled = value.get_bool();
    } else if (key == "secret") {
      out.secret = text_of(value, key);
      if (out.secret.size() < 16) throw bad_request("\"secret\" has at least 16 characters");
    } else if (key != "name" && key != "status") {
      throw bad_request("a webhook has no \"" + std::string(key) +
                        "\"; it has url, types, endpoints, paths, headers, timeout, enabled and "
                        "secret");
    }
  }
  check_url(out.url);
  (void)out.filter();
  return out;
}

json::object show_webhook(const WebhookSettings& settings) {
  json::object out = store_webhook(settings);
  out.erase("secret");
  for (auto& [name, value] : out["headers"].as_object()) value = nullptr;
  json::object all{{"name", settings.name}};
  for (auto& [key, value] : out) all[key] = std::move(value);
  return all;
}

json::object store_webhook(const WebhookSettings& settings) {
  json::object headers;
  for (const auto& [name, value] : settings.headers) headers[name] = value;
  return {{"url", settings.url},
          {"types", to_array(settings.types)},
          {"endpoints", to_array(settings.endpoints)},
          {"paths", to_array(settings.paths)},
          {"headers", std::move(headers)},
          {"timeout", settings.timeout_s},
          {"enabled", settings.enabled},
          {"secret", settings.secret}};
}

std::string webhook_signature(std::string_view secret, std::int64_t unix_seconds,
                              std::string_view body) {
  const std::string time = std::to_string(unix_seconds);
  std::array<std::uint8_t, 32> mac{};
  gnutls_hmac_hd_t state = nullptr;
  if (gnutls_hmac_init(&state, GNUTLS_MAC_SHA256, secret.data(), secret.size()) != 0) return {};
  gnutls_hmac(state, time.data(), time.size());
  gnutls_hmac(state, ".", 1);
  gnutls_hmac(state, body.data(), body.size());
  gnutls_hmac_deinit(state, mac.data());
  return "t=" + time + ",v1=" + hex_text(mac);
}

}  // namespace linnet::service
