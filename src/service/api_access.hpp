// SPDX-License-Identifier: Apache-2.0
#pragma once
// Who may do what, in the API: signing in and out, tokens, users, the audit. Passwords are checked
// by a worker, never on the API's or the shard's thread.
#include <boost/json/object.hpp>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "access_store.hpp"
#include "api_area.hpp"
#include "audit_log.hpp"
#include "rate_limit.hpp"
#include "worker.hpp"

namespace linnet::service {

[[nodiscard]] std::span<const Route> access_routes();

class AccessApi final : public ApiArea {
 public:
  struct Ports {
    AccessStore& access;
    AuditLog& audit;
    const ShardCalls& shard;
    std::function<std::int64_t()> unix_ms;
    std::function<Instant()> now;  ///< monotonic
  };
  /// What it refers to outlives it.
  explicit AccessApi(Ports ports) : ports_(std::move(ports)) {}

  [[nodiscard]] std::span<const Route> routes() const override { return access_routes(); }
  void handle(std::size_t route, ApiRequest& request, const Responder& responder) override;

 private:
  void sign_in(ApiRequest& request, const Responder& responder);
  void sign_in_by_code(std::string code, const ApiRequest& request, const Responder& responder);
  void sign_in_by_password(std::string user, std::string password, const ApiRequest& request,
                           const Responder& responder);
  void show_session(const ApiRequest& request, const Responder& responder) const;
  void sign_out(const ApiRequest& request, const Responder& responder);
  void make_code(const ApiRequest& request, const Responder& responder);
  void change_password(ApiRequest& request, const Responder& responder);

  void add_token(ApiRequest& request, const Responder& responder);
  void remove_token(const ApiRequest& request, const Responder& responder);
  void put_user(ApiRequest& request, const Responder& responder);
  void store_user(const std::string& name, std::optional<std::string> hash,
                  std::optional<Access> role, const Responder& reply);
  void remove_user(const ApiRequest& request, const Responder& responder);
  void list_audit(const ApiRequest& request, const Responder& responder);

  void begin_attempt(const std::string& user, const SocketAddress& from);
  void work(std::function<void()> job);

  Ports ports_;
  std::mutex mutex_;
  SignInLimit limit_;  // guarded by mutex_
  Worker worker_{32};  // the last: its jobs use the others
};

}  // namespace linnet::service
