// SPDX-License-Identifier: Apache-2.0
// What an event costs: published and stored, and read by one or many streams. The store lies on
// whatever TMPDIR is.
#include <benchmark/benchmark.h>
#include <event_bench.hpp>
#include <memory>
#include <string>
#include <vector>

#include "service/event_stream.hpp"

namespace {

using linnet::service::EventFilter;
using linnet::service::EventStream;
using linnet::test::EventBench;

const std::string kData =
    R"({"type":"value","time":1790000000.125,"endpoint":"urn:dev:os:32473-123456","observation":17,)"
    R"("paths":["/3303/0/5700"],"values":[{"path":"/3303/0/5700","name":"Sensor Value",)"
    R"("type":"float","value":21.5}]})";

void publish(EventBench& bench, std::int64_t events) {
  const std::vector<linnet::lwm2m::Path> about{linnet::lwm2m::Path(3303, 0, 5700)};
  for (std::int64_t i = 0; i < events; ++i) {
    bench.log->publish(linnet::service::EventKind::Value,
                       "urn:dev:os:32473-" + std::to_string(100'000 + i % 1000), kData, about);
  }
}

/// range(0): events in one commit.
void publish_and_commit(benchmark::State& state) {
  EventBench bench;
  for (auto _ : state) {
    publish(bench, state.range(0));
    bench.commit();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(publish_and_commit)->Arg(1)->Arg(16)->Arg(64)->Arg(1000);

/// range(0): streams that want everything; range(1): those that want one device of a thousand. 64
/// events in a commit, then everybody takes them. Items are events.
void publish_commit_and_stream(benchmark::State& state) {
  EventBench bench({}, 16u << 20);
  linnet::service::EventReader reader = bench.reader();
  std::vector<std::unique_ptr<EventStream>> streams;
  for (std::int64_t i = 0; i < state.range(0) + state.range(1); ++i) {
    EventFilter filter;
    if (i >= state.range(0)) filter.add_endpoint("urn:dev:os:32473-100007");
    streams.push_back(std::make_unique<EventStream>(
        reader, filter, reader.latest(),
        i % 2 == 0 ? EventStream::Form::ServerSent : EventStream::Form::Frames));
  }
  std::string piece;
  std::size_t bytes = 0;
  for (auto _ : state) {
    publish(bench, 64);
    bench.commit();
    for (auto& stream : streams) {
      piece.clear();
      stream->next(piece);
      bytes += piece.size();
    }
  }
  state.SetItemsProcessed(state.iterations() * 64);
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(publish_commit_and_stream)
    ->Args({0, 1})
    ->Args({1, 0})
    ->Args({50, 0})
    ->Args({0, 50})
    ->ArgNames({"all", "filtered"});

/// One reader goes through what the store has.
void read_from_the_store(benchmark::State& state) {
  EventBench bench({}, 100'000);
  for (int i = 0; i < 1000; ++i) {
    publish(bench, 64);
    bench.commit();
  }
  std::string piece;
  for (auto _ : state) {
    linnet::service::EventReader reader = bench.reader();
    EventStream stream(reader, {}, reader.oldest());
    do {
      piece.clear();
      stream.next(piece);
    } while (!piece.empty());
  }
  state.SetItemsProcessed(state.iterations() * 64'000);
}
BENCHMARK(read_from_the_store)->Unit(benchmark::kMillisecond);

}  // namespace
