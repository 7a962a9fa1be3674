// SPDX-License-Identifier: Apache-2.0
// A sequence of datagrams, time steps and operations into one server shard. The input is a list of
// steps: one byte of command, and for datagrams a byte of length and the bytes. Sequences can use
// what the shard answered: bytes 0xE0..0xE7 in a datagram after the marker 0xEE are replaced by the
// message id, token and registration id seen last, so that exchanges go on.
// Properties: no crash, limits held, a datagram that is sent is a well-formed message.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <core_definitions.hpp>
#include <linnet/base/random.hpp>
#include <linnet/coap/message.hpp>
#include <linnet/server/shard.hpp>

namespace {

using namespace linnet;
using namespace linnet::server;

[[noreturn]] void broken() { std::abort(); }

/// What the peer of the shard has seen.
struct Seen {
  std::uint16_t message_id = 0;
  coap::Token token;
  std::vector<std::uint8_t> location;
};

class Sequence {
 public:
  Sequence(const std::uint8_t* data, std::size_t size) : input_({data, size}) {}

  void run() {
    while (!input_.empty() && input_.ok()) step(input_.u8());
    // In the end everything runs out.
    now_ = now_ + seconds(1'000'000);
    for (int i = 0; i < 100'000 && shard_.next_timeout() <= now_; ++i) {
      shard_.on_timeout(now_);
      drain();
    }
    if (shard_.counters().pending_operations != 0) broken();
  }

 private:
  static ShardConfig config() {
    ShardConfig config;
    config.max_registrations = 8;
    config.max_links = 64;
    config.max_operations = 16;
    config.max_operations_per_device = 4;
    config.max_observations = 8;
    config.max_response_bytes = 2048;
    config.max_request_bytes = 2048;
    config.max_block_transfers = 4;
    config.max_dedup_entries = 64;
    config.max_events = 64;
    config.max_replies = 16;
    return config;
  }
  SocketAddress peer(std::uint8_t n) { return SocketAddress::v4(10, 0, 0, n % 4, 5683); }

  void step(std::uint8_t command) {
    switch (command % 8) {
      case 0:
      case 1:
      case 2:
      case 3: datagram(command); break;
      case 4: now_ = now_ + milliseconds(std::int64_t{1} << (input_.u8() % 28)); break;
      case 5: submit(input_.u8()); break;
      case 6:
        if (shard_.next_timeout() <= now_) shard_.on_timeout(now_);
        break;
      case 7: manage(input_.u8()); break;
    }
    drain();
  }

  void datagram(std::uint8_t command) {
    const ByteView raw = input_.take(std::min<std::size_t>(input_.u8(), input_.remaining()));
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] != 0xEE || i + 1 == raw.size()) {
        bytes.push_back(raw[i]);
        continue;
      }
      insert(raw[++i], bytes);
    }
    shard_.receive(now_, peer(static_cast<std::uint8_t>(command >> 3)), bytes);
  }

  void insert(std::uint8_t what, std::vector<std::uint8_t>& bytes) const {
    if (what == 0xE0) {
      bytes.push_back(static_cast<std::uint8_t>(seen_.message_id >> 8));
      bytes.push_back(static_cast<std::uint8_t>(seen_.message_id));
    } else if (what == 0xE1) {
      bytes.insert(bytes.end(), seen_.token.view().begin(), seen_.token.view().end());
    } else if (what == 0xE2) {
      bytes.insert(bytes.end(), seen_.location.begin(), seen_.location.end());
    } else {
      bytes.push_back(what);
    }
  }

  void submit(std::uint8_t how) {
    std::uint32_t cursor = how % 8;
    const auto device = shard_.next_registration(cursor);
    if (!device) return;
    Operation operation;
    operation.kind = static_cast<OperationKind>(how % 13);
    operation.path = lwm2m::Path(3, 0).first(1 + how % 2);
    operation.keep = how % 3 == 0;
    const lwm2m::Path resource(3303, 0, 5700);
    switch (operation.kind) {
      case OperationKind::Read:
      case OperationKind::Observe:
        if (how & 0x80) operation.path = resource;
        break;
      case OperationKind::Write:
        operation.path = resource;
        operation.values = {{resource, lwm2m::Value::floating(1.5), {}}};
        if ((how & 0x80) == 0) break;
        operation.path = lwm2m::Path(31000, 0, 1);
        operation.values = {{operation.path, lwm2m::Value::string(std::string_view(kLong)), {}}};
        break;
      case OperationKind::Execute: operation.path = resource; break;
      case OperationKind::ReadComposite:
      case OperationKind::ObserveComposite:
        operation.path = {};
        operation.paths = {lwm2m::Path(3), resource};
        break;
      case OperationKind::CancelObservation: operation.observation = observation_; break;
      default: break;
    }
    (void)shard_.submit(now_, device->id, std::move(operation));
  }

  void manage(std::uint8_t how) {
    std::uint32_t cursor = how % 8;
    const auto device = shard_.next_registration(cursor);
    if (how & 0x40) {
      (void)shard_.cancel_observation(now_, observation_);
    } else if (device && (how & 0x80)) {
      (void)shard_.remove(now_, device->id);
    } else {
      (void)shard_.cancel(now_, operation_);
    }
  }

  void drain() {
    std::vector<std::uint8_t> out(1500);
    while (const auto sent = shard_.poll_transmit(now_, out)) {
      const auto message = coap::MessageView::parse(ByteView(out).first(sent->size));
      if (!message) broken();
      if (!coap::is_request(message->code())) {
        for (const auto& option : message->options(coap::OptionNumber::LocationPath)) {
          seen_.location.assign(option.value.begin(), option.value.end());
        }
        continue;
      }
      seen_.message_id = message->message_id();
      seen_.token = message->token();
    }
    while (const auto event = shard_.poll_event()) {
      if (const auto* result = std::get_if<OperationResult>(&*event)) {
        operation_ = result->operation;
        if (result->observation.valid()) observation_ = result->observation;
      }
    }
    const ShardCounters counters = shard_.counters();
    if (counters.registrations > 8 || counters.observations > 8) broken();
  }

  static constexpr char kLong[3000] = {'x'};

  Reader input_;
  SeededRng rng_{7};
  test::CoreDefinitions definitions_;
  Shard shard_{config(), rng_, nullptr, &definitions_};
  Instant now_{1000};
  Seen seen_;
  OperationId operation_;
  ObservationId observation_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Sequence(data, size).run();
  return 0;
}
