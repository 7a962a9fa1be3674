// SPDX-License-Identifier: Apache-2.0
// 02 adds to 01: an object of one's own, a door that tells whether it is open, can be unlocked,
// and has a name a server may change. Try
//   linnet device observe example-02 /33002/0/0
#include <linnet/client/client.hpp>
#include <linnet/client/objects/device.hpp>
#include <linnet/client/objects/security.hpp>
#include <linnet/client/objects/server.hpp>
#include <linnet/posix/system_rng.hpp>

#include "port.hpp"

using namespace linnet;

class Door final : public client::Object {
 public:
  const lwm2m::ObjectDefinition& definition() const override { return kDefinition; }

  Result<lwm2m::Value> read(const lwm2m::Path& path) override {
    if (path.resource() == 0) return lwm2m::Value::boolean(open_);
    return lwm2m::Value::string(name_.text());
  }
  Status check(const lwm2m::Path&, const lwm2m::Value& name) override {
    return name.as_string().size() <= name_.capacity() ? Status{} : Status{Error::Range};
  }
  Status write(const lwm2m::Path&, const lwm2m::Value& name) override {
    return name_.assign(name.as_string()) ? Status{} : Status{Error::NoSpace};
  }
  Status execute(const lwm2m::Path&, const client::ExecuteArguments&) override {
    swing(true);
    return {};
  }
  bool poll_change(client::Change& out) override { return changes_.poll(out); }

  void swing(bool open) {
    open_ = open;
    changes_.add(lwm2m::Path(33002, 0, 0));  // observers are told
  }
  bool open() const { return open_; }

 private:
  static constexpr lwm2m::ResourceDefinition kResources[] = {
      {.id = 0, .type = lwm2m::DataType::Boolean, .operations = lwm2m::kRead},
      {.id = 1, .type = lwm2m::DataType::String, .operations = lwm2m::kReadWrite},
      {.id = 2, .operations = lwm2m::kExecute},
  };
  static constexpr lwm2m::ObjectDefinition kDefinition{
      .id = 33002, .version = {1, 0}, .resources = kResources};

  bool open_ = false;
  FixedString<32> name_;
  client::ChangeLog changes_;
};

int main(int argc, char** argv) {
  const char* uri = argc > 1 ? argv[1] : "coap://127.0.0.1";
  constexpr const lwm2m::Format* kFormats[] = {&lwm2m::kText, &lwm2m::kSenmlCbor, &lwm2m::kTlv};

  client::SecurityStorage<client::SecurityCapacity{}> accounts;
  client::SecurityObject security(accounts.rows(), lwm2m::objects::kSecurity);
  client::ServerInstance servers[1];
  client::ServerObject server(servers, lwm2m::objects::kServer);
  const client::DeviceInfo info{.manufacturer = "Example Ltd.", .model_number = "02"};
  client::DeviceObject device(info, lwm2m::objects::kDevice);
  Door door;
  client::Object* const objects[] = {&security, &server, &device, &door};

  if (!security.add({.instance = 0, .uri = uri, .short_server_id = 1}) ||
      !server.put(client::ServerInstance(0, 1, 300))) {
    return 1;
  }
  posix::SystemRng rng;
  client::Client<client::Limits{}> client({.endpoint = "example-02",
                                           .formats = kFormats,
                                           .multiple_format = lwm2m::ContentFormat::SenmlCbor},
                                          rng, objects);
  Instant swing{};
  example::run(client, example::address_of(uri), seconds(1), [&](Instant now) {
    if (now < swing) return;
    swing = now + seconds(5);  // somebody walks through every five seconds
    door.swing(!door.open());
  });
}
