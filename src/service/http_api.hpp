// SPDX-License-Identifier: Apache-2.0
#pragma once
// The last group of a service: the API, all areas of it, over HTTP. It has the server's thread, and
// reaches the other groups through `ShardCalls` only. Constructed and destroyed on the shard's
// thread; destroyed first, so that nobody asks for what is gone.
#include <filesystem>
#include <functional>
#include <optional>

#include <linnet/service/http_server.hpp>
#include <linnet/service/service.hpp>

#include "access_guard.hpp"
#include "api.hpp"
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
#include "bootstrap_server.hpp"
#include "desks.hpp"
#include "device_server.hpp"
#include "event_outlets.hpp"
#include "first_access.hpp"
#include "records.hpp"

namespace linnet::service {

class HttpApi {
 public:
  struct Restore {
    std::function<void()> take_up;  ///< a back-up; called on the shard's thread
    std::optional<RestoreOutcome> last;
  };
  /// Serves from here on; requests wait until the shard's thread runs. All but the settings outlive
  /// it. Throws posix::SetupError.
  HttpApi(const ServiceSettings& settings, Rng& rng, Records& records, DeviceServer& devices,
          BootstrapServer& bootstrap, Desks& desks, EventOutlets& outlets, Restore restore);
  HttpApi(const HttpApi&) = delete;
  HttpApi& operator=(const HttpApi&) = delete;

  [[nodiscard]] HttpServer& server() { return *server_; }
  [[nodiscard]] const HttpServer& server() const { return *server_; }
  /// How much may be asked of it from now on.
  void set_limits(const AccessSettings& settings) { guard_.set_limits(settings); }
  /// The back-up that is taken up.
  [[nodiscard]] const std::filesystem::path& staged() const { return backup_.staged(); }
  [[nodiscard]] const Service::Welcome& welcome() const { return first_access_->welcome(); }

 private:
  void answer(HttpRequest request, Responder responder);

  ShardCalls calls_;
  AccessGuard guard_;
  HttpMetrics& metrics_;
  DeviceApi devices_;
  OperationApi operations_;
  MessageApi messages_;
  EventApi events_;
  ModelApi models_;
  BootstrapApi bootstrap_;
  CredentialApi credentials_;
  ValueApi values_;
  WebhookApi webhooks_;
  RuleApi rules_;
  ServerApi about_;
  BackupApi backup_;
  AccessApi access_;
  Api api_;
  std::optional<HttpServer> server_;
  std::optional<FirstAccess> first_access_;
};

}  // namespace linnet::service
