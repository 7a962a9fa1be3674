// SPDX-License-Identifier: Apache-2.0
#pragma once
// For tests of the engine: a small client with objects 0, 1 and 1000, and its server in lock step.
#include <coap_peer.hpp>
#include <hex.hpp>
#include <requirement.hpp>

#include <client/test_device.hpp>
#include <linnet/client/client.hpp>

namespace linnet::client::test {

using coap::Code;
using coap::OptionNumber;
using coap::Type;
using linnet::test::CoapPeer;
using linnet::test::Message;
using linnet::test::Sent;

inline constexpr Limits kTestLimits{.servers = 2,
                                    .exchanges = 3,
                                    .sends = 2,
                                    .transfers = 1,
                                    .body_bytes = 2048,
                                    .message_bytes = 256,
                                    .scratch_bytes = 128,
                                    .observations = 3,
                                    .observed_paths = 5,
                                    .own_attributes = 1,
                                    .attributes = 6,
                                    .remembered_requests = 4,
                                    .remembered_answer_bytes = 40,
                                    .events = 32};

inline constexpr const lwm2m::Format* kTestFormats[] = {
    &lwm2m::kText, &lwm2m::kOpaque, &lwm2m::kSenmlJson, &lwm2m::kSenmlCbor, &lwm2m::kTlv};

/// The objects; a base so that they are there before the client and after it.
struct TestObjects {
  TestObjects() {
    add_account(0, 101, 300);
    every.set(0, kText, Value::string("hello"));
    every.set(0, kInteger, Value::integer(42));
    every.set(0, kFloat, Value::floating(20));
    every.set(0, kBoolean, Value::boolean(false));
    every.set(0, kCounter, Value::integer(7));
    every.put(Path(kEvery, 0, kNumbers, 0), Value::integer(10));
    every.put(Path(kEvery, 0, kNumbers, 3), Value::integer(13));
    config.endpoint = "dev-1";
    config.version = lwm2m::kEnabler11;
    config.formats = kTestFormats;
  }
  void add_account(Id instance, ShortServerId server, std::uint32_t lifetime) {
    (void)security.add({.instance = instance,
                        .uri = "coap://server",
                        .bootstrap = false,
                        .mode = SecurityMode::NoSec,
                        .short_server_id = server,
                        .identity = {},
                        .server_key = {},
                        .secret_key = {}});
    (void)servers.put(ServerInstance(instance, server, lifetime));
    Change change;
    while (servers.poll_change(change)) {
    }
  }

  SecurityStorage<SecurityCapacity{.instances = 2}> security_rows;
  SecurityObject security{security_rows.rows(), lwm2m::objects::kSecurity_1_1};
  std::array<ServerInstance, 2> server_rows;
  ServerObject servers{server_rows, lwm2m::objects::kServer_1_2};
  EveryObject every;
  TestRights rights;
  std::array<Object*, 3> objects{&security, &servers, &every};
  Config config;
  SeededRng rng{42};
};

class ClientTest : public ::testing::Test, protected TestObjects {
 protected:
  /// Builds the client from `config` and starts it.
  void start() {
    client.emplace(config, rng, objects);
    server.emplace(*client, PeerId{0});
    server->now = Instant{1000};
    client->start(server->now);
  }
  /// The same, and answers its Register with 2.01.
  void start_registered() {
    start();
    accept_register(server->expect());
  }
  void accept_register(const Sent& request) {
    server->answer(request, {.code = Code::Created, .location = "/rd/r1"});
    ASSERT_TRUE(client->registered(0));
    server->forget_events();
  }

  std::optional<Client<kTestLimits>> client;
  std::optional<CoapPeer> server;
};

}  // namespace linnet::client::test
