// SPDX-License-Identifier: Apache-2.0
#include "problem.hpp"

#include <boost/json/object.hpp>

#include <linnet/service/json_text.hpp>

namespace linnet::service {

HttpResponse to_response(const Problem& problem) {
  HttpResponse response;
  response.status = problem.status;
  response.content_type = "application/problem+json";
  boost::json::object body{{"type", "urn:linnet:problem:" + problem.kind},
                           {"title", problem.title},
                           {"status", problem.status},
                           {"detail", problem.detail}};
  for (const auto& [name, text] : problem.members) body[name] = text;
  response.headers = problem.headers;
  response.body = to_text(body) + "\n";
  return response;
}

}  // namespace linnet::service
