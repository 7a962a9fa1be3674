// SPDX-License-Identifier: Apache-2.0
#include "api_area.hpp"

#include <algorithm>
#include <charconv>

#include <linnet/service/json_text.hpp>

#include "problem.hpp"
#include "sqlite.hpp"

namespace linnet::service {

void ShardCalls::run(Responder responder, std::function<void(const Responder&)> work) const {
  post([responder = std::move(responder), work = std::move(work)] {
    try {
      work(responder);
    } catch (const Problem& problem) {
      responder.send(to_response(problem));
    } catch (const SqliteError& error) {
      responder.send(to_response(
          store_failing(std::string("the store cannot be read or written: ") + error.what())));
    }
  });
}

void ShardCalls::send_when_stored(Responder responder, HttpResponse response) const {
  after_commit([responder = std::move(responder), response = std::move(response)](bool stored) {
    responder.send(stored ? response
                          : to_response(store_failing(
                                "it could not be stored; the server's log and /readyz say why")));
  });
}

std::string_view role_name(Access access) {
  switch (access) {
    case Access::Open: break;
    case Access::View: return "viewer";
    case Access::Operate: return "operator";
    case Access::Administer: return "admin";
  }
  return {};
}

std::optional<Access> find_role(std::string_view name) {
  for (const Access role : {Access::View, Access::Operate, Access::Administer}) {
    if (name == role_name(role)) return role;
  }
  return std::nullopt;
}

HttpResponse json_response(const boost::json::value& body, unsigned status) {
  HttpResponse response;
  response.status = status;
  response.body = to_text(body) + "\n";
  return response;
}

HttpResponse no_content() {
  HttpResponse response;
  response.status = 204;
  return response;
}

void allow_parameters(const HttpRequest& request, std::initializer_list<std::string_view> names) {
  for (const auto& [name, value] : request.query) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      throw bad_request("there is no query parameter \"" + name + "\" here");
    }
  }
}

std::size_t number_parameter(const HttpRequest& request, std::string_view name, std::size_t low,
                             std::size_t high, std::size_t fallback) {
  const auto* text = request.find(name);
  if (text == nullptr) return fallback;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  const bool good = error == std::errc{} && end == text->data() + text->size();
  if (!good || number < low || number > high) {
    throw bad_request("\"" + std::string(name) + "\" is a number from " + std::to_string(low) +
                      " to " + std::to_string(high));
  }
  return number;
}

bool flag_parameter(const HttpRequest& request, std::string_view name) {
  const auto* text = request.find(name);
  if (text == nullptr || *text == "false") return false;
  if (*text == "true") return true;
  throw bad_request("\"" + std::string(name) + "\" is true or false");
}

std::string_view media_type(const HttpRequest& request) {
  return std::string_view(request.content_type).substr(0, request.content_type.find(';'));
}

void check_json_body(const HttpRequest& request) {
  if (media_type(request) == "application/json") return;
  throw Problem(415, "unsupported-media-type", "Unsupported media type",
                "send the body as application/json");
}

}  // namespace linnet::service
