// SPDX-License-Identifier: Apache-2.0
// Any datagrams and any lapse of time: the client stays within its storage, every message it sends
// is well formed, and when all is sent and all timeouts are served it waits: it never spins.
#include <array>
#include <cstdlib>

#include <client/test_device.hpp>
#include <linnet/client/client.hpp>
#include <linnet/coap/block.hpp>

namespace {

using namespace linnet;
using namespace linnet::client;
using namespace linnet::client::test;

void require(bool condition) {
  if (!condition) std::abort();
}

constexpr Limits kLimits{.exchanges = 2,
                         .transfers = 1,
                         .body_bytes = 512,
                         .message_bytes = 256,
                         .scratch_bytes = 64,
                         .observations = 3,
                         .observed_paths = 4,
                         .own_attributes = 1,
                         .attributes = 3,
                         .remembered_requests = 2,
                         .remembered_answer_bytes = 24,
                         .events = 4};

struct Subject {
  Subject() {
    (void)security.add({.instance = 0,
                        .uri = "coap://server",
                        .bootstrap = false,
                        .mode = SecurityMode::NoSec,
                        .short_server_id = 101,
                        .identity = {},
                        .server_key = {},
                        .secret_key = {}});
    ServerInstance account(0, 101, 60);
    account.set(lwm2m::objects::server::kMuteSend, 0);
    (void)servers.put(account);
    every.set(0, kText, Value::string("hello"));
    every.set(0, kInteger, Value::integer(42));
    every.set(0, kFloat, Value::floating(20));
    every.set(0, kBoolean, Value::boolean(false));
    every.put(Path(kEvery, 0, kNumbers, 0), Value::integer(10));
    every.images[Path(kEvery, 0, kImage)] = std::string(2000, 'i');
    config.endpoint = "fuzzed";
    config.version = lwm2m::kEnabler12;
    config.formats = lwm2m::all_formats();
  }

  SecurityStorage<SecurityCapacity{.instances = 1}> security_rows;
  SecurityObject security{security_rows.rows(), lwm2m::objects::kSecurity_1_1};
  std::array<ServerInstance, 1> server_rows;
  ServerObject servers{server_rows, lwm2m::objects::kServer_1_2};
  EveryObject every;
  std::array<Object*, 3> objects{&security, &servers, &every};
  Config config;
  SeededRng rng{1};
};

/// 2.01 to a Register, so that the client is registered most of the time.
void answer_register(Engine& client, Instant now, const coap::MessageView& request) {
  const auto path = request.find(coap::OptionNumber::UriPath);
  const auto block = coap::BlockOption::find(request, coap::OptionNumber::Block1);
  if (request.code() != coap::Code::Post || !path || as_text(*path) != "rd" ||
      request.options(coap::OptionNumber::UriQuery).empty() || !block) {
    return;
  }
  std::array<std::uint8_t, 64> bytes{};
  Writer out(bytes);
  const bool more = *block && (*block)->more;
  coap::MessageWriter message(out,
                              {coap::Type::Ack, more ? coap::Code::Continue : coap::Code::Created,
                               request.message_id(), request.token()});
  if (!more) message.add_path("rd/1", coap::OptionNumber::LocationPath);
  if (*block) message.add_unsigned(coap::OptionNumber::Block1, (*block)->encode());
  require(message.finish().ok());
  client.receive(now, 0, out.written());
}

void serve(Engine& client, Instant now) {
  std::array<std::uint8_t, kLimits.message_bytes> out{};
  for (int rounds = 0; client.next_timeout() <= now; ++rounds) {
    require(rounds < 64);
    client.on_timeout(now);
    for (int sent = 0;; ++sent) {
      require(sent < 256);
      const auto outgoing = client.poll_transmit(now, out);
      if (!outgoing) break;
      const auto message = coap::MessageView::parse(ByteView(out).first(outgoing->size));
      require(message.ok());
      answer_register(client, now, *message);
    }
  }
  while (client.poll_event()) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Subject subject;
  subject.every.max_instances = 5;
  Client<kLimits> client(subject.config, subject.rng, subject.objects);
  Instant now{1000};
  client.start(now);
  serve(client, now);
  require(client.registered(0));
  const Sample samples[] = {{Path(kEvery, 0, kInteger), Value::integer(1), 1.5e9},
                            {Path(kEvery, 0, kFloat), {}, {}}};
  Reader input(ByteView(data, size));
  while (!input.empty()) {
    // A length, or one of a few other things that happen to a client.
    const std::uint8_t what = input.u8();
    switch (what) {
      case 0xFF: now = now + seconds(input.u8()); break;
      case 0xFE: now = earlier(now + seconds(86'400), client.next_timeout()); break;
      case 0xFD: (void)client.send(now, 0, samples); break;
      case 0xFC: client.notify_changed(Path(kEvery)); break;
      case 0xFB: client.update_registration(now, 0); break;
      case 0xFA:
        subject.every.set(0, kInteger, Value::integer(input.u8()));
        client.notify_changed(Path(kEvery, 0, kInteger));
        break;
      default: {
        const ByteView datagram =
            input.rest().first(std::min<std::size_t>(what, input.remaining()));
        input.skip(datagram.size());
        client.receive(now, 0, datagram);
      }
    }
    serve(client, now);
  }
  return 0;
}
