// SPDX-License-Identifier: Apache-2.0
// 01: a device that registers and can be read: objects 0, 1 and 3, one server.
//   01_register coap://127.0.0.1
#include <linnet/client/client.hpp>
#include <linnet/client/objects/device.hpp>
#include <linnet/client/objects/security.hpp>
#include <linnet/client/objects/server.hpp>
#include <linnet/posix/system_rng.hpp>

#include "port.hpp"

using namespace linnet;

int main(int argc, char** argv) {
  const char* uri = argc > 1 ? argv[1] : "coap://127.0.0.1";
  constexpr const lwm2m::Format* kFormats[] = {&lwm2m::kText, &lwm2m::kTlv};

  client::SecurityStorage<client::SecurityCapacity{}> accounts;
  client::SecurityObject security(accounts.rows(), lwm2m::objects::kSecurity);
  client::ServerInstance servers[1];
  client::ServerObject server(servers, lwm2m::objects::kServer);
  const client::DeviceInfo info{.manufacturer = "Example Ltd.", .model_number = "01"};
  client::DeviceObject device(info, lwm2m::objects::kDevice);
  client::Object* const objects[] = {&security, &server, &device};

  if (!security.add({.instance = 0, .uri = uri, .short_server_id = 1}) ||
      !server.put(client::ServerInstance(0, 1, 300))) {
    return 1;
  }
  posix::SystemRng rng;
  client::Client<client::Limits{}> client({.endpoint = "example-01", .formats = kFormats}, rng,
                                          objects);
  example::run(client, example::address_of(uri), seconds(1), [](Instant) {});
}
