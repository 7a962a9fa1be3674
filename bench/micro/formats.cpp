// SPDX-License-Identifier: Apache-2.0
// Measures the rooms coap and lwm2m: CPU time of one operation and the bytes it reads or writes
// (column "bytes"). One Device object of fourteen values in every LwM2M format, both ways, values
// with their types included; one value in the formats that hold no more; the object list of a
// registration; and the CoAP message around them.
//
//   cmake --preset release && cmake --build --preset release --target bench_formats
//   build/release/bench/micro/bench_formats
#include <benchmark/benchmark.h>

#include <array>
#include <initializer_list>
#include <span>
#include <string>

#include <linnet/coap/message.hpp>
#include <linnet/lwm2m/format.hpp>
#include <linnet/lwm2m/link_format.hpp>

namespace linnet::lwm2m {
namespace {

struct Entry {
  Path path;
  Value value;
};

const Entry kDevice[] = {
    {Path(3, 0, 0), Value::string("Open Mobile Alliance")},
    {Path(3, 0, 1), Value::string("Lightweight M2M Client")},
    {Path(3, 0, 2), Value::string("345000123")},
    {Path(3, 0, 3), Value::string("1.0")},
    {Path(3, 0, 6, 0), Value::integer(1)},
    {Path(3, 0, 6, 1), Value::integer(5)},
    {Path(3, 0, 7, 0), Value::integer(3800)},
    {Path(3, 0, 7, 1), Value::integer(5000)},
    {Path(3, 0, 8, 0), Value::integer(125)},
    {Path(3, 0, 8, 1), Value::integer(900)},
    {Path(3, 0, 9), Value::integer(100)},
    {Path(3, 0, 11, 0), Value::integer(0)},
    {Path(3, 0, 13), Value::time(1367491215)},
    {Path(3, 0, 14), Value::string("+02:00")},
};
const Entry kTemperature[] = {{Path(3303, 0, 5700), Value::floating(21.75)}};
const Entry kKey[] = {{Path(3303, 0, 5750), Value::opaque(as_bytes("0123456789abcdef"))}};

struct Content {
  Path target;
  std::span<const Entry> entries;
};

/// What a format can hold.
Content content_of(const Format& format) {
  if (format.id == ContentFormat::Opaque) return {kKey[0].path, kKey};
  if (format.single) return {kTemperature[0].path, kTemperature};
  return {Path(3, 0), kDevice};
}

Status encode(const Format& format, Writer& out) {
  const Content content = content_of(format);
  RecordWriter writer(format, out, content.target);
  for (const Entry& entry : content.entries) LINNET_TRY(writer.add(entry.path, entry.value));
  return writer.finish();
}

void report(benchmark::State& state, std::size_t bytes_an_operation) {
  state.counters["bytes"] = static_cast<double>(bytes_an_operation);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes_an_operation));
}

void write_format(benchmark::State& state, const Format* format) {
  std::array<std::uint8_t, 1024> storage{};
  std::size_t size = 0;
  for (auto _ : state) {
    Writer out(storage);
    if (!encode(*format, out).ok()) state.SkipWithError("refused");
    size = out.size();
    benchmark::DoNotOptimize(storage.data());
    benchmark::ClobberMemory();
  }
  report(state, size);
}

void read_format(benchmark::State& state, const Format* format) {
  std::array<std::uint8_t, 1024> storage{};
  Writer out(storage);
  if (!encode(*format, out).ok()) state.SkipWithError("refused");
  const Content content = content_of(*format);
  std::array<std::uint8_t, 64> scratch{};
  for (auto _ : state) {
    RecordReader reader(*format, out.written(), content.target);
    Record record;
    std::size_t i = 0;
    for (auto more = reader.next(record); more.ok() && *more; more = reader.next(record)) {
      if (record.value.kind == RawValue::Kind::None) continue;  // a container
      const auto value = format->convert(record.value, content.entries[i++].value.type(), scratch);
      if (!value.ok()) state.SkipWithError("another type");
      benchmark::DoNotOptimize(value);
    }
    if (i != content.entries.size()) state.SkipWithError("refused");
  }
  report(state, out.size());
}

std::string object_list() {
  std::array<std::uint8_t, 512> storage{};
  Writer out(storage);
  LinkWriter links(out);
  links.link("/").quoted("rt", "oma.lwm2m").quoted("ct", "60 110 112 11542 11544");
  for (const Id object : std::initializer_list<Id>{1, 3, 4, 5, 6, 7, 3303, 3311}) {
    links.link(Path(object, 0));
  }
  return std::string(as_text(out.written()));
}

void read_links(benchmark::State& state) {
  const std::string list = object_list();
  for (auto _ : state) {
    LinkReader reader(list);
    LinkView link;
    auto more = reader.next(link);
    while (more.ok() && *more) {
      benchmark::DoNotOptimize(link);
      more = reader.next(link);
    }
    if (!more.ok()) state.SkipWithError("refused");
  }
  report(state, list.size());
}
BENCHMARK(read_links);

void write_links(benchmark::State& state) {
  std::size_t size = 0;
  for (auto _ : state) {
    const std::string list = object_list();
    size = list.size();
    benchmark::DoNotOptimize(list.data());
  }
  report(state, size);
}
BENCHMARK(write_links);

void write_registration(Writer& out, std::string_view list) {
  coap::MessageWriter message(
      out, {coap::Type::Con, coap::Code::Post, 0x1234, coap::Token::from_number(0xA1B2C3D4, 4)});
  message.add_path("rd");
  message.add_content_format(ContentFormat::LinkFormat);
  message.add_query("ep", "urn:dev:os:32473-lamp-1");
  message.add_query("lt", "86400");
  message.add_query("lwm2m", "1.2");
  message.payload(as_bytes(list));
  (void)message.finish();
}

void write_message(benchmark::State& state) {
  const std::string list = object_list();
  std::array<std::uint8_t, 512> storage{};
  std::size_t size = 0;
  for (auto _ : state) {
    Writer out(storage);
    write_registration(out, list);
    size = out.size();
    benchmark::DoNotOptimize(storage.data());
    benchmark::ClobberMemory();
  }
  report(state, size);
}
BENCHMARK(write_message);

/// Parsed, and every option looked at once.
void read_message(benchmark::State& state) {
  std::array<std::uint8_t, 512> storage{};
  Writer out(storage);
  write_registration(out, object_list());
  for (auto _ : state) {
    const auto message = coap::MessageView::parse(out.written());
    if (!message.ok()) state.SkipWithError("refused");
    for (const coap::OptionView& option : message->options()) benchmark::DoNotOptimize(option);
  }
  report(state, out.size());
}
BENCHMARK(read_message);

const char* name_of(ContentFormat id) {
  switch (id) {
    case ContentFormat::Text: return "text";
    case ContentFormat::Opaque: return "opaque";
    case ContentFormat::Cbor: return "cbor";
    case ContentFormat::SenmlJson: return "senml_json";
    case ContentFormat::SenmlCbor: return "senml_cbor";
    case ContentFormat::EtchJson: return "etch_json";
    case ContentFormat::EtchCbor: return "etch_cbor";
    case ContentFormat::Tlv: return "tlv";
    case ContentFormat::Json10: return "json10";
    case ContentFormat::Lwm2mCbor: return "lwm2m_cbor";
    default: return "format";
  }
}

[[maybe_unused]] const bool kRegistered = [] {
  for (const Format* format : all_formats()) {
    const std::string name = name_of(format->id);
    benchmark::RegisterBenchmark(("write/" + name).c_str(), write_format, format);
    benchmark::RegisterBenchmark(("read/" + name).c_str(), read_format, format);
  }
  return true;
}();

}  // namespace
}  // namespace linnet::lwm2m
