// SPDX-License-Identifier: Apache-2.0
// Everything a client of LwM2M 1.2 has without its security: every format, every operation, Send,
// bodies in blocks, and all objects that come with Linnet.
#include <linnet/client/client.hpp>
#include <linnet/client/objects/connectivity_monitoring.hpp>
#include <linnet/client/objects/connectivity_statistics.hpp>
#include <linnet/client/objects/device.hpp>
#include <linnet/client/objects/light_control.hpp>
#include <linnet/client/objects/location.hpp>
#include <linnet/client/objects/security.hpp>
#include <linnet/client/objects/server.hpp>
#include <linnet/client/objects/temperature.hpp>

#include "port.hpp"

namespace {

using namespace linnet;
namespace objects = lwm2m::objects;

port::Random g_random;
client::SecurityStorage<client::SecurityCapacity{}> g_accounts;
client::ServerInstance g_servers[2];
client::SecurityObject g_security(g_accounts.rows(), objects::kSecurity);
client::ServerObject g_server(g_servers, objects::kServer);
const client::DeviceInfo g_info{.manufacturer = "Linnet", .model_number = "full"};
client::PowerSource g_power[1];
client::DeviceObject g_device(g_info, objects::kDevice, g_power);
const std::uint8_t kBearers[] = {7};
client::ConnectivityMonitoringObject g_monitoring(objects::kConnectivityMonitoring, 7, kBearers);
client::LocationObject g_location;
client::ConnectivityStatisticsObject g_statistics;
client::TemperatureSensor g_sensors[1];
client::TemperatureObject g_temperature(g_sensors, objects::kTemperature);
client::Light g_lights[1];
client::LightControlObject g_light(g_lights);
client::Object* const g_objects[] = {&g_security, &g_server,     &g_device,      &g_monitoring,
                                     &g_location, &g_statistics, &g_temperature, &g_light};
client::Client<client::Limits{.servers = 2}> g_client(
    client::Config{.endpoint = "urn:dev:mac:0024befffe804ff1", .formats = lwm2m::all_formats()},
    g_random, g_objects);
std::uint8_t g_buffer[1152];
const client::Sample g_samples[] = {{.path = lwm2m::Path(3303, 0, 5700)}};

}  // namespace

int main() {
  (void)g_security.add({.instance = 0, .uri = "coap://192.0.2.1:5683", .short_server_id = 1});
  (void)g_server.put(client::ServerInstance(0, 1, 86400));
  g_sensors[0].id = g_lights[0].id = 0;
  g_client.start(port::now());
  (void)g_client.send(port::now(), 0, g_samples);
  for (;;) {
    (void)g_temperature.set_value(0, 21.5);
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
