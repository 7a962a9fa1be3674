// SPDX-License-Identifier: Apache-2.0
// Measures the room secure: CPU time to seal and to open one record of 100 bytes with each cipher,
// without and with a connection id of 8 bytes; and what a server does with a sleeping session for
// one request and its answer: unpack, open, seal, pack. The key is set up for each record, as it is
// in use: no state beside the session is kept. Column "bytes": of the record, or of the packed
// session. "cold" walks through a million sessions in no order, so that each comes from memory.
//
//   cmake --preset release && cmake --build --preset release --target bench_records
//   build/release/bench/micro/bench_records
#include <benchmark/benchmark.h>

#include <array>
#include <limits>
#include <string>
#include <vector>

#include <linnet/base/random.hpp>
#include <linnet/secure/session.hpp>

namespace linnet::secure {
namespace {

constexpr std::size_t kText = 100;
constexpr std::uint8_t kIdBytes = 8;
constexpr std::array<std::uint8_t, kText> kRequest{};

SessionParameters parameters_for(CipherSuite suite, std::uint8_t id_bytes) {
  SessionParameters parameters;
  parameters.suite = suite;
  SeededRng rng(7);
  rng.fill(parameters.write.key);
  rng.fill(MutableBytes{parameters.write.fixed_iv}.first(traits_of(aead_of(suite)).fixed_iv_bytes));
  parameters.read = parameters.write;  // what it sends it could open
  parameters.own.used = parameters.peer.used = id_bytes != 0;
  parameters.own.size = parameters.peer.size = id_bytes;
  return parameters;
}

void seal(benchmark::State& state, CipherSuite suite, std::uint8_t id_bytes) {
  Session session = *Session::make(parameters_for(suite, id_bytes));
  std::array<std::uint8_t, 256> out{};
  const ByteView text = ByteView{out}.subspan(session.headroom(), kText);
  std::size_t size = 0;
  for (auto _ : state) {
    const auto sealed = session.seal(ContentType::ApplicationData, text, out);
    if (!sealed.ok()) state.SkipWithError("refused");
    size = *sealed;
    benchmark::ClobberMemory();
  }
  state.counters["bytes"] = static_cast<double>(size);
}

/// Opens the same record again and again with copies of the session: a window takes it once.
void open(benchmark::State& state, CipherSuite suite, std::uint8_t id_bytes) {
  const Session fresh = *Session::make(parameters_for(suite, id_bytes));
  Session sender = fresh;
  std::array<std::uint8_t, 256> record{};
  const auto size = sender.seal(ContentType::ApplicationData, kRequest, record);
  std::array<std::uint8_t, 256> datagram{};
  for (auto _ : state) {
    Session session = fresh;
    datagram = record;
    RecordReader reader(ByteView{datagram}.first(*size), id_bytes);
    const auto opened = session.open(*reader.next(), datagram);
    if (!opened.ok()) state.SkipWithError("refused");
    benchmark::DoNotOptimize(opened);
  }
  state.counters["bytes"] = static_cast<double>(*size);
}

/// What `open` measures besides opening.
void copy_session_and_record(benchmark::State& state) {
  const Session fresh = *Session::make(parameters_for(CipherSuite::PskAes128Ccm8, 0));
  std::array<std::uint8_t, 256> record{};
  std::array<std::uint8_t, 256> datagram{};
  for (auto _ : state) {
    Session session = fresh;
    datagram = record;
    benchmark::DoNotOptimize(session);
    benchmark::DoNotOptimize(datagram);
  }
}
BENCHMARK(copy_session_and_record);

constexpr std::size_t kPackedRoom = 96;

/// One request and its answer on each of `count` sleeping sessions in turn.
void sleeping(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  Session fresh = *Session::make(parameters_for(CipherSuite::PskAes128Ccm8, kIdBytes));
  std::array<std::uint8_t, kPackedRoom> asleep{};
  Writer first(asleep);
  (void)fresh.pack(first, 0);
  std::vector<std::array<std::uint8_t, kPackedRoom>> table(count, asleep);
  std::array<std::uint8_t, 256> request{};
  const auto size = fresh.seal(ContentType::ApplicationData, kRequest, request);
  std::array<std::uint8_t, 256> datagram{};
  std::array<std::uint8_t, 256> answer{};
  std::size_t at = 0;
  for (auto _ : state) {
    at = (at + 514'229) % count;  // far from the one before
    Reader in(table[at]);
    auto session = Session::unpack(in);
    session->reserved(std::numeric_limits<std::uint64_t>::max());
    datagram = request;
    RecordReader reader(ByteView{datagram}.first(*size), kIdBytes);
    const auto opened = session->open(*reader.next(), datagram);
    if (!opened.ok()) state.SkipWithError("refused");
    (void)session->seal(ContentType::ApplicationData, opened->plaintext, answer);
    Writer out(table[at]);
    (void)session->pack(out, 0);
    session->wipe();
    table[at] = asleep;  // so that it takes the same request next time
    benchmark::ClobberMemory();
  }
  state.counters["bytes"] = static_cast<double>(first.size());
}
BENCHMARK(sleeping)->Arg(1)->Arg(1'000'000);

[[maybe_unused]] const bool kRegistered = [] {
  for (const CipherSuite suite :
       {CipherSuite::PskAes128Ccm8, CipherSuite::PskAes128Ccm, CipherSuite::PskAes128Gcm,
        CipherSuite::PskAes256Gcm, CipherSuite::PskChaCha20Poly1305}) {
    for (const std::uint8_t id_bytes : {std::uint8_t{0}, kIdBytes}) {
      const std::string what = std::string(name(suite).substr(13)) + (id_bytes != 0 ? "/id" : "");
      benchmark::RegisterBenchmark(("seal/" + what).c_str(), seal, suite, id_bytes);
      benchmark::RegisterBenchmark(("open/" + what).c_str(), open, suite, id_bytes);
    }
  }
  return true;
}();

}  // namespace
}  // namespace linnet::secure
