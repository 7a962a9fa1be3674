// SPDX-License-Identifier: Apache-2.0
// A sequence of datagrams, time steps and calls into one bootstrap shard. The input is a list of
// steps: one byte of command, and for datagrams a byte of length and the bytes. A datagram can use
// what the shard sent last: 0xEE 0xE0 stands for the message id, 0xEE 0xE1 for the token.
// Properties: no crash, limits held, what is sent is well formed, every session ends.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <bootstrap_bench.hpp>
#include <linnet/base/random.hpp>
#include <linnet/coap/message.hpp>
#include <linnet/server/bootstrap_shard.hpp>

namespace {

using namespace linnet;
using namespace linnet::server;

[[noreturn]] void broken() { std::abort(); }

class Sequence {
 public:
  Sequence(const std::uint8_t* data, std::size_t size) : input_({data, size}) {
    source_.put(test::one_server("all", "a*"));
    BootstrapConfiguration needed = test::one_server("needed", "n*");
    needed.mode = BootstrapMode::Needed;
    needed.values.push_back(
        {lwm2m::Path(31000, 0, 1), lwm2m::Value::string(std::string(3000, 'x'))});
    source_.put(std::move(needed));
  }

  void run() {
    while (!input_.empty() && input_.ok()) step(input_.u8());
    // In the end everything runs out.
    now_ = now_ + seconds(1'000'000);
    for (int i = 0; i < 100'000 && shard_.next_timeout() <= now_; ++i) {
      shard_.on_timeout(now_);
      drain();
    }
    if (shard_.counters().sessions != 0) broken();
  }

 private:
  static BootstrapShardConfig config() {
    BootstrapShardConfig config;
    config.max_sessions = 3;
    config.max_response_bytes = 2048;
    config.block_size = 256;
    config.max_dedup_entries = 64;
    config.max_events = 64;
    config.max_replies = 16;
    return config;
  }
  static SocketAddress peer(std::uint8_t n) { return SocketAddress::v4(10, 0, 0, n % 4, 5683); }

  void step(std::uint8_t command) {
    const auto who = static_cast<std::uint8_t>(command >> 3);
    switch (command % 8) {
      case 0:
      case 1:
      case 2:
      case 3: datagram(who); break;
      case 4: now_ = now_ + milliseconds(std::int64_t{1} << (input_.u8() % 24)); break;
      case 5: (void)shard_.begin(now_, who % 2 == 0 ? "a" : "n", peer(who)); break;
      case 6:
        if (shard_.next_timeout() <= now_) shard_.on_timeout(now_);
        break;
      case 7:
        if (who % 2 == 0) {
          (void)shard_.repair(now_, session_, test::one_server());
        } else {
          (void)shard_.cancel(now_, session_);
        }
        break;
    }
    drain();
  }

  void datagram(std::uint8_t who) {
    const ByteView raw = input_.take(std::min<std::size_t>(input_.u8(), input_.remaining()));
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] != 0xEE || i + 1 == raw.size()) {
        bytes.push_back(raw[i]);
      } else if (raw[++i] == 0xE0) {
        bytes.push_back(static_cast<std::uint8_t>(message_id_ >> 8));
        bytes.push_back(static_cast<std::uint8_t>(message_id_));
      } else if (raw[i] == 0xE1) {
        bytes.insert(bytes.end(), token_.view().begin(), token_.view().end());
      } else {
        bytes.push_back(raw[i]);
      }
    }
    shard_.receive(now_, peer(who), bytes, who % 8 == 7 ? "a7" : "");
  }

  void drain() {
    std::vector<std::uint8_t> out(1500);
    while (const auto sent = shard_.poll_transmit(now_, out)) {
      const auto message = coap::MessageView::parse(ByteView(out).first(sent->size));
      if (!message) broken();
      if (!coap::is_request(message->code())) continue;
      message_id_ = message->message_id();
      token_ = message->token();
    }
    while (const auto event = shard_.poll_event()) {
      if (event->session.valid()) session_ = event->session;
    }
    if (shard_.counters().sessions > config().max_sessions) broken();
  }

  Reader input_;
  SeededRng rng_{7};
  test::CoreDefinitions definitions_;
  BootstrapConfigurations source_;
  BootstrapShard shard_{config(), rng_, source_, &definitions_};
  Instant now_{1000};
  std::uint16_t message_id_ = 0;
  coap::Token token_;
  BootstrapSessionId session_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Sequence(data, size).run();
  return 0;
}
