// SPDX-License-Identifier: Apache-2.0
// The smallest useful device: objects 0, 1 and 3, TLV and plain text, Observe and Discover, one
// server, datagrams of a kilobyte; what peers call their minimal build. Each SIZE_* that CMake
// defines as 1 adds one feature, so that its cost can be seen.
#include <linnet/client/client.hpp>
#include <linnet/client/configuration_store.hpp>
#include <linnet/client/objects/fixed_security.hpp>
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

struct Formats {
  std::array<const lwm2m::Format*, 9> rows{};
  std::size_t size = 0;
};

constexpr Formats chosen_formats() {
  Formats formats;
  const auto add = [&formats](bool wanted, const lwm2m::Format& format) {
    if (wanted) formats.rows[formats.size++] = &format;
  };
  add(true, SIZE_FULL_TEXT ? lwm2m::kText : lwm2m::kBasicText);
  add(SIZE_OPAQUE, lwm2m::kOpaque);
  add(SIZE_CBOR, lwm2m::kCbor);
  add(SIZE_SENML_JSON, lwm2m::kSenmlJson);
  add(SIZE_SENML_CBOR, lwm2m::kSenmlCbor);
  add(true, SIZE_FULL_TLV ? lwm2m::kTlv : lwm2m::kBasicTlv);
  add(SIZE_JSON_1_0, lwm2m::kJson10);
  add(SIZE_LWM2M_CBOR, lwm2m::kLwm2mCbor);
  return formats;
}

constexpr Formats kFormats = chosen_formats();
constexpr client::Limits kLimits{.bootstrap = SIZE_BOOTSTRAP != 0,
                                 .sends = SIZE_SEND,
                                 .transfers = SIZE_BLOCKS,
                                 .message_bytes = 1152,
                                 .own_attributes = SIZE_OWN_ATTRIBUTES,
                                 .stored_notifications = SIZE_STORE * 16};
constexpr client::Features kFeatures{
    .composite = SIZE_COMPOSITE ? &client::kCompositeOperations : nullptr,
    .instances = SIZE_INSTANCES ? &client::kInstanceOperations : nullptr,
    .conditions = SIZE_CONDITIONS ? &client::kChangeConditions : nullptr,
    .servers = SIZE_SERVERS || SIZE_STORE ? &client::kServerOperations : nullptr,
    .queue = SIZE_QUEUE ? &client::kQueueOperations : nullptr};

port::Random g_random;
constexpr client::SecurityAccount kAccounts[] = {
    {.instance = 0, .uri = "coap://192.0.2.1:5683", .short_server_id = 1}};
client::ServerInstance g_servers[] = {client::ServerInstance(0, 1, 86400)};
#if SIZE_BOOTSTRAP
// With the account of a bootstrap server, and flash to keep what it wrote: here a kilobyte of RAM.
client::SecurityStorage<client::SecurityCapacity{.identity = 32, .secret_key = 32}> g_security_rows;
client::SecurityObject g_security(g_security_rows.rows(), lwm2m::objects::kSecurity_1_0);
client::MemoryConfigurationStore<512> g_store;
#else
client::FixedSecurityObject g_security(kAccounts);
#endif
client::ServerObject g_server(g_servers, lwm2m::objects::kServer_1_0);
Device g_device;
client::Object* const g_objects[] = {&g_security, &g_server, &g_device};
client::Client<kLimits> g_client(
    client::Config {
      .endpoint = "urn:dev:mac:0024befffe804ff1", .version = lwm2m::kEnabler10,
      .queue_mode = SIZE_QUEUE != 0, .formats = std::span(kFormats.rows).first(kFormats.size),
      .features = kFeatures,
#if SIZE_BOOTSTRAP
      .store = &g_store,
#endif
    },
    g_random, g_objects);
std::uint8_t g_buffer[1152];
[[maybe_unused]] const client::Sample g_samples[] = {{.path = lwm2m::Path(3, 0, 11, 0)}};

}  // namespace

int main() {
#if SIZE_BOOTSTRAP
  (void)g_security.add({.instance = 0, .uri = "coap://192.0.2.1:5783", .bootstrap = true});
#endif
  g_client.start(port::now());
  if constexpr (SIZE_SEND != 0) (void)g_client.send(port::now(), 0, g_samples);
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
