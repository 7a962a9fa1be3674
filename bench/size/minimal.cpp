// SPDX-License-Identifier: Apache-2.0
// The smallest useful device: objects 0, 1 and 3, TLV and plain text, Observe and Discover, one
// server, datagrams of a kilobyte. What peers call their minimal build.
#include <linnet/client/client.hpp>
#include <linnet/client/objects/security.hpp>
#include <linnet/client/objects/server.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

#include "port.hpp"

namespace {

using namespace linnet;

class Device final : public client::Object {
 public:
  const lwm2m::ObjectDefinition& definition() const override { return lwm2m::objects::kDevice_1_1; }
  bool has_resource(const lwm2m::Path& path) const override {
    return path.resource() == 0 || path.resource() == 4 || path.resource() == 11 ||
           path.resource() == 16;
  }
  lwm2m::Id next_resource_instance(const lwm2m::Path&, lwm2m::Id after) const override {
    return after == lwm2m::kNoId ? lwm2m::Id{0} : lwm2m::kNoId;
  }
  Result<lwm2m::Value> read(const lwm2m::Path& path) override {
    switch (path.resource()) {
      case 0: return lwm2m::Value::string("Linnet");
      case 11: return lwm2m::Value::integer(0);
      default: return lwm2m::Value::string("U");
    }
  }
  Status execute(const lwm2m::Path&, const client::ExecuteArguments&) override { return {}; }
};

constexpr const lwm2m::Format* kFormats[] = {&lwm2m::kBasicText, &lwm2m::kTlv};
constexpr client::Limits kLimits{
    .sends = 0, .transfers = 0, .message_bytes = 1152, .own_attributes = 0};

port::Random g_random;
client::SecurityStorage<client::SecurityCapacity{.instances = 1, .identity = 0, .secret_key = 0}>
    g_accounts;
client::ServerInstance g_servers[1];
client::SecurityObject g_security(g_accounts.rows(), lwm2m::objects::kSecurity_1_0);
client::ServerObject g_server(g_servers, lwm2m::objects::kServer_1_0);
Device g_device;
client::Object* const g_objects[] = {&g_security, &g_server, &g_device};
client::Client<kLimits> g_client(client::Config{.endpoint = "urn:dev:mac:0024befffe804ff1",
                                                .version = lwm2m::kEnabler10,
                                                .formats = kFormats,
                                                .features = {}},
                                 g_random, g_objects);
std::uint8_t g_buffer[1152];

}  // namespace

int main() {
  (void)g_security.add({.instance = 0, .uri = "coap://192.0.2.1:5683", .short_server_id = 1});
  (void)g_server.put(client::ServerInstance(0, 1, 86400));
  g_client.start(port::now());
  for (;;) {
    if (const std::size_t size = port::receive(g_buffer)) {
      g_client.receive(port::now(), 0, ByteView(g_buffer).first(size));
    }
    if (g_client.next_timeout() <= port::now()) g_client.on_timeout(port::now());
    while (const auto out = g_client.poll_transmit(port::now(), g_buffer)) {
      port::send(ByteView(g_buffer).first(out->size));
    }
    while (g_client.poll_event()) {
    }
  }
}
