// SPDX-License-Identifier: Apache-2.0
#include "api.hpp"

#include <linnet/posix/clock.hpp>
#include <linnet/posix/net_address.hpp>

#include "api_access.hpp"
#include "api_backup.hpp"
#include "api_bootstrap.hpp"
#include "api_credentials.hpp"
#include "api_devices.hpp"
#include "api_events.hpp"
#include "api_messages.hpp"
#include "api_models.hpp"
#include "api_operations.hpp"
#include "api_rules.hpp"
#include "api_server.hpp"
#include "api_values.hpp"
#include "api_webhooks.hpp"
#include "console_page.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

bool matches(std::string_view pattern, const std::vector<std::string>& segments) {
  for (const auto& segment : segments) {
    if (pattern.empty()) return false;
    pattern.remove_prefix(1);
    const auto piece = pattern.substr(0, pattern.find('/'));
    const bool parameter = !piece.empty() && piece.front() == '{';
    if (parameter ? segment.empty() : piece != segment) return false;
    pattern.remove_prefix(piece.size());
  }
  return pattern.empty();
}

/// Attempts to sign in that are written down.
constexpr std::uint32_t kAttemptsPerSecond = 1;
constexpr std::uint32_t kAttemptBurst = 300;

/// Without the port.
std::string host_text(const SocketAddress& address) {
  std::string text = posix::to_string(address);
  text.erase(text.rfind(':'));
  if (text.starts_with('[')) text = text.substr(1, text.size() - 2);
  return text;
}

}  // namespace

std::vector<Route> all_routes() {
  std::vector<Route> all;
  for (const auto routes :
       {device_routes(), operation_routes(), message_routes(), value_routes(), rule_routes(),
        event_routes(), model_routes(), bootstrap_routes(), credential_routes(), webhook_routes(),
        server_routes(), backup_routes(), access_routes()}) {
    all.insert(all.end(), routes.begin(), routes.end());
  }
  return all;
}

Api::Api(ApiGuard& guard, AuditLog& audit, const ShardCalls& shard,
         std::initializer_list<ApiArea*> areas)
    : guard_(guard), audit_(audit), shard_(shard) {
  for (ApiArea* area : areas) {
    const auto routes = area->routes();
    for (std::size_t i = 0; i < routes.size(); ++i) entries_.push_back({routes[i], area, i});
  }
}

void Api::handle(HttpRequest request, Responder responder) {
  try {
    find_and_handle(request, responder);
  } catch (const Problem& problem) {
    responder.send(to_response(problem));
  }
}

/// Any task makes the shard's thread take a turn, which ends with a commit.
void Api::store_audit() const {
  shard_.post([] {});
}

void Api::take_down(ApiRequest& request, Responder& responder, Access needed) {
  if (request.method == "GET") return;
  const Caller& caller = request.caller;
  if (needed != Access::Open && caller.role == Access::Open) return;
  AuditEntry entry;
  entry.method = request.method;
  entry.path = audit_text(request.path);
  entry.subject = audit_subject(request);
  entry.address = host_text(request.peer);
  if (needed == Access::Open) {
    // Somebody signs in; who, is known when it is answered.
    auto attempt = std::make_shared<AuditEntry>(std::move(entry));
    request.attempt = attempt;
    responder.observe([this, attempt](unsigned status) {
      if (status == 429) return;
      const Duration wait =
          attempts_.take(posix::monotonic_now(), kAttemptsPerSecond, kAttemptBurst);
      if (attempt->who.empty() && wait > Duration{}) return;
      attempt->status = status;
      (void)audit_.begin(*attempt);
      store_audit();
    });
    return;
  }
  entry.who = caller.name;
  entry.role = caller.role;
  const std::int64_t id = audit_.begin(std::move(entry));
  responder.observe([this, id](unsigned status) {
    audit_.answered(id, status);
    store_audit();
  });
}

void Api::find_and_handle(HttpRequest& request, Responder& responder) {
  // A path may fit two patterns, one with a name where the other has a parameter: the name wins, by
  // the order in the table of the area.
  std::string allow;
  for (const auto& entry : entries_) {
    if (!matches(entry.route.pattern, request.segments)) continue;
    if (entry.route.method == request.method) {
      ApiRequest full{std::move(request), {}, {}};
      full.caller = guard_.identify(full);
      take_down(full, responder, entry.route.access);
      guard_.require(full.caller, entry.route.access, full);
      if (full.method == "GET") {
        responder.stream_while(
            [this, caller = full.caller] { return guard_.still_admitted(caller); });
      }
      return entry.area->handle(entry.index, full, responder);
    }
    allow += (allow.empty() ? "" : ", ") + std::string(entry.route.method);
  }
  if (allow.empty() && request.method == "GET" && !request.path.starts_with("/api")) {
    return responder.send(console_page(request));
  }
  // Who may see nothing learns nothing of what there is.
  guard_.require(guard_.identify(request), Access::View, request);
  if (!allow.empty()) {
    auto response = to_response(
        Problem(405, "method-not-allowed", "Method not allowed", request.path + " takes " + allow));
    response.allow = allow;
    return responder.send(std::move(response));
  }
  throw Problem(404, "no-such-path", "Nothing here",
                "there is nothing at " + request.path + "; see /openapi.yaml for what there is");
}

}  // namespace linnet::service
