// SPDX-License-Identifier: Apache-2.0
#pragma once
// The API is made of areas: each has its routes and answers them. `Api` finds the route, asks the
// guard who is calling, and hands the request over. Runs on the HTTP server's thread; what concerns
// devices and the store goes to the shard's thread through `ShardCalls`.
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <linnet/service/http_server.hpp>
#include <linnet/service/shard_host.hpp>

#include "store.hpp"

namespace linnet::service {

/// What a caller must be allowed to do; each includes those before it. The roles viewer, operator
/// and admin are the last three.
enum class Access : std::uint8_t { Open, View, Operate, Administer };

struct Route {
  std::string_view method;
  /// "/api/v1/devices/{endpoint}"; a piece in braces matches any one piece.
  std::string_view pattern;
  Access access = Access::View;
};

/// Who sent a request.
struct Caller {
  /// How they show who they are.
  enum class Way : std::uint8_t { None, Token, Password, Code };

  std::string name{};
  Access role = Access::Open;
  Way way = Way::None;
  /// What their right rests on: "token:<id>" or "user:<name>"; empty if nobody is asked.
  std::string holder{};
  /// The SHA-256 of the sign-in session's secret; empty without a session.
  std::string session{};
  /// When the token or the session ends by itself, in Unix milliseconds; 0: never.
  std::int64_t expires = 0;
};

struct AuditEntry;

struct ApiRequest : HttpRequest {
  Caller caller{};
  /// Of a request of nobody known: whoever finds out who it was says so before it is answered.
  std::shared_ptr<AuditEntry> attempt{};
};

/// The way from the API's thread to the shard's.
class ShardCalls {
 public:
  /// Both outlive it.
  ShardCalls(ShardHost& host, Store& store) : host_(host), store_(store) {}

  /// Runs `work` on the shard's thread; a Problem it throws becomes the answer. Any thread.
  void run(Responder responder, std::function<void(const Responder&)> work) const;
  /// Runs `task` on the shard's thread. Any thread.
  void post(ShardHost::Task task) const { host_.post(std::move(task)); }
  /// Long work in pieces, until it returns true. Shard's thread only.
  void add_job(ShardHost::Job job) const { host_.add_job(std::move(job)); }
  /// Calls `done` after the next commit: what changed by then is stored, or it is not and stays to
  /// be written. Shard's thread only.
  void after_commit(std::function<void(bool stored)> done) const {
    store_.after_commit(std::move(done));
  }
  /// Sends `response` once what changed so far is stored, otherwise a 503. Shard's thread only.
  void send_when_stored(Responder responder, HttpResponse response) const;

 private:
  ShardHost& host_;
  Store& store_;
};

class ApiArea {
 public:
  virtual ~ApiArea() = default;
  /// Static lifetime.
  [[nodiscard]] virtual std::span<const Route> routes() const = 0;
  /// `route` is the index in `routes()`. A Problem it throws becomes the answer.
  virtual void handle(std::size_t route, ApiRequest& request, const Responder& responder) = 0;
};

/// Decides who may do what. On the API's thread.
class ApiGuard {
 public:
  virtual ~ApiGuard() = default;
  /// Who sent this; a caller with the role Open if nobody known did. Throws Problem: 403 for a page
  /// of another site, 429 if too often.
  [[nodiscard]] virtual Caller identify(const HttpRequest& request) = 0;
  /// Throws Problem unless `caller`, who sent `request`, may do what needs `needed`: 401 if it is
  /// not known who they are, 403 if they may not.
  virtual void require(const Caller& caller, Access needed, const HttpRequest& request) = 0;
  /// Whether what `caller` was admitted for may go on: a stream ends when its reader's right does.
  [[nodiscard]] virtual bool still_admitted(const Caller& caller) = 0;
};

/// "viewer", "operator", "admin"; empty for Open. Static lifetime.
[[nodiscard]] std::string_view role_name(Access access);
[[nodiscard]] std::optional<Access> find_role(std::string_view name);

[[nodiscard]] HttpResponse json_response(const boost::json::value& body, unsigned status = 200);
[[nodiscard]] HttpResponse no_content();
/// Unknown parameters are refused: a filter with a typing error would otherwise show everything.
void allow_parameters(const HttpRequest& request, std::initializer_list<std::string_view> names);
/// The query parameter `name` as a number in a range. Throws Problem.
[[nodiscard]] std::size_t number_parameter(const HttpRequest& request, std::string_view name,
                                           std::size_t low, std::size_t high, std::size_t fallback);
/// The query parameter `name`: true or false, false if it is not there. Throws Problem.
[[nodiscard]] bool flag_parameter(const HttpRequest& request, std::string_view name);
/// The type of the body without its parameters. Lives as long as the request.
[[nodiscard]] std::string_view media_type(const HttpRequest& request);
/// Throws Problem unless the body is `application/json`.
void check_json_body(const HttpRequest& request);

}  // namespace linnet::service
