// SPDX-License-Identifier: Apache-2.0
#include "api_operations.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <linnet/text/number.hpp>

#include "operation_batch.hpp"
#include "secret_text.hpp"

namespace linnet::service {
namespace {

enum : std::size_t {
  kOperate,
  kListOfDevice,
  kOperateMany,
  kList,
  kShow,
  kCancel,
  kShowBatch,
  kCancelBatch,
  kCount
};
constexpr std::array<Route, kCount> kRoutes = {{
    {"POST", "/api/v1/devices/{endpoint}/operations", Access::Operate},
    {"GET", "/api/v1/devices/{endpoint}/operations", Access::View},
    {"POST", "/api/v1/operations", Access::Operate},
    {"GET", "/api/v1/operations", Access::View},
    {"GET", "/api/v1/operations/{operation}", Access::View},
    {"DELETE", "/api/v1/operations/{operation}", Access::Operate},
    {"GET", "/api/v1/operations/batches/{batch}", Access::View},
    {"DELETE", "/api/v1/operations/batches/{batch}", Access::Operate},
}};

// Where they stand in the pieces of a path.
constexpr std::size_t kEndpoint = 3;
constexpr std::size_t kOperation = 3;
constexpr std::size_t kBatch = 4;

constexpr std::size_t kMaxKey = 255;

std::optional<std::int64_t> parse_number(std::string_view text) {
  const auto number = text::parse_integer(text);
  if (!number.ok() || *number <= 0) return {};
  return *number;
}

/// The number in a piece of the path, of a `what`. Throws Problem.
std::int64_t number_in(const ApiRequest& request, std::size_t piece, const std::string& what) {
  const std::string& text = request.segments[piece];
  if (const auto number = parse_number(text)) return *number;
  throw Problem(404, "no-" + what, "No such " + what, "there is no " + what + " \"" + text + "\"");
}

OperationNumber operation_of(const ApiRequest& request) {
  return number_in(request, kOperation, "operation");
}

BatchNumber batch_of(const ApiRequest& request) { return number_in(request, kBatch, "batch"); }

RequestKey key_of(const ApiRequest& request) {
  const std::string_view key = request.header("Idempotency-Key");
  if (key.empty()) return {};
  const bool printable =
      std::all_of(key.begin(), key.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (key.size() > kMaxKey || !printable) {
    throw bad_request("an Idempotency-Key has 1 to 255 printable characters of ASCII");
  }
  const Caller& caller = request.caller;
  const Digest digest = digest_of(request.path + "\n" + request.body);
  return {caller.holder.empty() ? caller.name : caller.holder,
          std::string(key),
          {digest.begin(), digest.end()}};
}

OperationDesk::Answer answer_to(const Responder& responder) {
  return [responder](HttpResponse response) { responder.send(std::move(response)); };
}

OperationStore::Filter filter_of(const ApiRequest& request) {
  OperationStore::Filter filter;
  filter.limit = number_parameter(request, "limit", 1, 1000, 100);
  for (const auto& [name, value] : request.query) {
    if (name != "state") continue;
    const auto state = find_operation_state(value);
    if (!state) {
      throw bad_request(
          "state is queued, sent, done, failed, expired or cancelled; several by "
          "naming it several times");
    }
    if (std::find(filter.states.begin(), filter.states.end(), *state) == filter.states.end()) {
      filter.states.push_back(*state);
    }
  }
  const auto number = [&](const char* name, const char* what) -> std::int64_t {
    const auto* text = request.find(name);
    if (text == nullptr) return 0;
    const auto value = parse_number(*text);
    if (!value) throw bad_request(what);
    return *value;
  };
  filter.batch = number("batch", "batch is the number of a batch");
  filter.before = number("cursor", "cursor is not one this server gave");
  return filter;
}

}  // namespace

std::span<const Route> operation_routes() { return kRoutes; }

void OperationApi::handle(std::size_t route, ApiRequest& request, const Responder& responder) {
  switch (route) {
    case kOperate: return operate(request, responder);
    case kListOfDevice:
      allow_parameters(request, {"state", "limit", "cursor"});
      return list(request, responder, &request.segments[kEndpoint]);
    case kOperateMany: return operate_many(request, responder);
    case kList:
      allow_parameters(request, {"endpoint", "state", "batch", "limit", "cursor"});
      return list(request, responder, request.find("endpoint"));
    case kShow: return show(request, responder);
    case kCancel: return cancel(request, responder);
    case kShowBatch: return show_batch(request, responder);
    case kCancelBatch: return cancel_batch(request, responder);
    default: break;
  }
}

void OperationApi::operate(const ApiRequest& request, const Responder& responder) {
  check_json_body(request);
  OperationDesk::Order order{request.segments[kEndpoint], parse_operation(request.body),
                             request.caller.name, key_of(request)};
  shard_.run(responder, [this, order = std::move(order)](const Responder& reply) mutable {
    desk_.submit(std::move(order), answer_to(reply));
  });
}

void OperationApi::operate_many(const ApiRequest& request, const Responder& responder) {
  check_json_body(request);
  auto body = parse_object(request.body);
  const auto* devices = body.if_contains("devices");
  if (devices == nullptr) {
    throw bad_request(
        "\"devices\" is missing: which devices; for one of them POST to "
        "/api/v1/devices/{endpoint}/operations");
  }
  DeviceChoice choice = DeviceChoice::parse(*devices);
  body.erase("devices");
  OperationRequest operation = parse_operation(std::move(body));
  shard_.run(responder, [this, choice = std::move(choice), operation = std::move(operation),
                         by = request.caller.name, key = key_of(request)](const Responder& reply) {
    if (desk_.replay(key, answer_to(reply))) return;
    const auto job =
        std::make_shared<OperationBatchJob>(desk_, choice, operation, by, key, answer_to(reply));
    shard_.add_job([job] { return job->step(); });
  });
}

void OperationApi::list(const ApiRequest& request, const Responder& responder,
                        const std::string* endpoint) {
  std::optional<std::string> of;
  if (endpoint != nullptr) of = *endpoint;
  shard_.run(responder, [this, of, filter = filter_of(request)](const Responder& reply) {
    OperationStore::Filter full = filter;
    if (of) full.device = desk_.device(*of);
    reply.send(json_response(desk_.list(full)));
  });
}

void OperationApi::show(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {});
  shard_.run(responder, [this, number = operation_of(request)](const Responder& reply) {
    reply.send(json_response(desk_.show(number)));
  });
}

void OperationApi::cancel(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {});
  shard_.run(responder, [this, number = operation_of(request)](const Responder& reply) {
    desk_.cancel(number, answer_to(reply));
  });
}

void OperationApi::show_batch(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {});
  shard_.run(responder, [this, number = batch_of(request)](const Responder& reply) {
    reply.send(json_response(desk_.show_batch(number)));
  });
}

void OperationApi::cancel_batch(const ApiRequest& request, const Responder& responder) {
  allow_parameters(request, {});
  shard_.run(responder, [this, number = batch_of(request)](const Responder& reply) {
    desk_.cancel_batch(number, answer_to(reply));
  });
}

}  // namespace linnet::service
