// SPDX-License-Identifier: Apache-2.0
#pragma once
// The HTTP API: which request does what. openapi.yaml beside this file describes it, and a test
// holds the two together. Runs on the HTTP server's thread; what concerns devices is posted to
// the shard's thread, which answers through the responder.
#include <functional>
#include <span>
#include <string_view>

#include <linnet/service/event_log.hpp>
#include <linnet/service/http_server.hpp>
#include <linnet/service/shard_host.hpp>

#include "bootstrap_desk.hpp"
#include "credential_desk.hpp"
#include "device_desk.hpp"

namespace linnet::service {

struct Route {
  std::string_view method;
  /// "/api/v1/devices/{endpoint}"; a piece in braces matches any one piece.
  std::string_view pattern;
};
[[nodiscard]] std::span<const Route> routes();

/// The text of openapi.yaml, compiled in.
[[nodiscard]] std::string_view openapi_yaml();

class Api {
 public:
  /// The desks are only touched by tasks posted through `post`. All of them outlive the API.
  Api(DeviceDesk& desk, BootstrapDesk& bootstrap, CredentialDesk& credentials, EventLog& log,
      lwm2m::ModelStore models, std::function<void(ShardHost::Task)> post,
      std::function<void(ShardHost::Job)> add_job);

  void handle(HttpRequest request, Responder responder);

 private:
  /// Runs `work` on the shard's thread; what it throws becomes the answer.
  void on_shard(Responder responder, std::function<void(const Responder&)> work);

  void dispatch(std::size_t route, HttpRequest& request, const Responder& responder);
  void list_devices(const HttpRequest& request, const Responder& responder);
  void show_device(const HttpRequest& request, const Responder& responder);
  void remove_device(const HttpRequest& request, const Responder& responder);
  void operate(HttpRequest& request, const Responder& responder);
  void stream_events(const HttpRequest& request, const Responder& responder);
  void list_models(const Responder& responder);
  void show_model(const HttpRequest& request, const Responder& responder);
  void ready(const Responder& responder);
  void bootstrap(std::size_t route, HttpRequest& request, const Responder& responder);

  void credentials(std::size_t route, HttpRequest& request, const Responder& responder);

  DeviceDesk& desk_;
  BootstrapDesk& bootstrap_;
  CredentialDesk& credentials_;
  EventLog& log_;
  const lwm2m::ModelStore models_;
  std::function<void(ShardHost::Task)> post_;
  std::function<void(ShardHost::Job)> add_job_;
};

}  // namespace linnet::service
