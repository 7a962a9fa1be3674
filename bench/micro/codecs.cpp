// SPDX-License-Identifier: Apache-2.0
// Measures the rooms cbor, json and text: CPU time of one operation (a whole document, or one
// number), the bytes it reads or writes (column "bytes"), and so the throughput. The document is a
// Device object as a device would report it: fifteen SenML records, in CBOR and in JSON, with the
// same content. Numbers are measured beside the standard library's converters: read the ratio of
// two lines of one run, not a time by itself.
//
//   cmake --preset release && cmake --build --preset release --target bench_codecs
//   build/release/bench/micro/bench_codecs
#include <benchmark/benchmark.h>

#include <array>
#include <bit>
#include <charconv>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include <linnet/cbor/decoder.hpp>
#include <linnet/cbor/encoder.hpp>
#include <linnet/json/decoder.hpp>
#include <linnet/json/encoder.hpp>
#include <linnet/text/base64.hpp>
#include <linnet/text/number.hpp>
#include <linnet/text/utf8.hpp>

namespace linnet {
namespace {

struct Entry {
  std::string_view name;
  enum { Text, Integer, Real, Boolean } kind;
  std::string_view text;
  double number;
};

constexpr std::array<Entry, 15> kDevice{{
    {"0", Entry::Text, "Open Mobile Appliances", 0},
    {"1", Entry::Text, "Thermometer 500", 0},
    {"2", Entry::Text, "345000123", 0},
    {"3", Entry::Text, "1.0.17", 0},
    {"6/0", Entry::Integer, "", 1},
    {"6/1", Entry::Integer, "", 5},
    {"7/0", Entry::Integer, "", 3800},
    {"7/1", Entry::Integer, "", 5000},
    {"8/0", Entry::Integer, "", 125},
    {"9", Entry::Integer, "", 100},
    {"10", Entry::Real, "", 15.25},
    {"11/0", Entry::Integer, "", 0},
    {"13", Entry::Integer, "", 1367491215},
    {"14", Entry::Text, "+02:00", 0},
    {"21", Entry::Boolean, "", 1},
}};

void write_cbor(Writer& writer) {
  cbor::Encoder cbor(writer);
  cbor.array(kDevice.size());
  for (const Entry& entry : kDevice) {
    const bool first = &entry == kDevice.data();
    cbor.map(first ? 3 : 2);
    if (first) {
      cbor.integer(-2);
      cbor.text("/3/0/");
    }
    cbor.integer(0);
    cbor.text(entry.name);
    cbor.integer(entry.kind == Entry::Text ? 3 : entry.kind == Entry::Boolean ? 4 : 2);
    switch (entry.kind) {
      case Entry::Text: cbor.text(entry.text); break;
      case Entry::Integer: cbor.integer(static_cast<std::int64_t>(entry.number)); break;
      case Entry::Real: cbor.real(entry.number); break;
      case Entry::Boolean: cbor.boolean(entry.number != 0); break;
    }
  }
}

void write_json(Writer& writer) {
  json::Encoder json(writer);
  json.begin_array();
  for (const Entry& entry : kDevice) {
    json.begin_object();
    if (&entry == kDevice.data()) {
      json.key("bn");
      json.string("/3/0/");
    }
    json.key("n");
    json.string(entry.name);
    json.key(entry.kind == Entry::Text ? "vs" : entry.kind == Entry::Boolean ? "vb" : "v");
    switch (entry.kind) {
      case Entry::Text: json.string(entry.text); break;
      case Entry::Integer: json.integer(static_cast<std::int64_t>(entry.number)); break;
      case Entry::Real: json.real(entry.number); break;
      case Entry::Boolean: json.boolean(entry.number != 0); break;
    }
    json.end_object();
  }
  json.end_array();
}

/// The document in the storage of this object.
class Document {
 public:
  explicit Document(void (*write)(Writer&)) {
    Writer writer(storage_);
    write(writer);
    if (!writer.ok()) std::abort();
    size_ = writer.size();
  }
  [[nodiscard]] ByteView bytes() const { return ByteView(storage_).first(size_); }

 private:
  std::array<std::uint8_t, 1024> storage_{};
  std::size_t size_ = 0;
};

void report(benchmark::State& state, std::size_t bytes_an_operation) {
  state.counters["bytes"] = static_cast<double>(bytes_an_operation);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes_an_operation));
}

void encode(benchmark::State& state, void (*write)(Writer&)) {
  std::array<std::uint8_t, 1024> storage{};
  std::size_t size = 0;
  for (auto _ : state) {
    Writer writer(storage);
    write(writer);
    size = writer.size();
    benchmark::DoNotOptimize(storage.data());
    benchmark::ClobberMemory();
  }
  report(state, size);
}
BENCHMARK_CAPTURE(encode, senml_cbor, write_cbor);
BENCHMARK_CAPTURE(encode, senml_json, write_json);

void cbor_walk(benchmark::State& state) {
  const Document document(write_cbor);
  for (auto _ : state) {
    Reader reader(document.bytes());
    while (!reader.empty() && reader.ok()) {
      benchmark::DoNotOptimize(cbor::Decoder(reader).next());
    }
    if (!reader.ok()) state.SkipWithError("refused");
  }
  report(state, document.bytes().size());
}
BENCHMARK(cbor_walk);

void cbor_skip(benchmark::State& state) {
  const Document document(write_cbor);
  for (auto _ : state) {
    Reader reader(document.bytes());
    if (!cbor::Decoder(reader).skip().ok()) state.SkipWithError("refused");
  }
  report(state, document.bytes().size());
}
BENCHMARK(cbor_skip);

void json_walk(benchmark::State& state) {
  const Document document(write_json);
  for (auto _ : state) {
    json::Decoder decoder(document.bytes());
    Result<json::Token> token = decoder.next();
    while (token.ok() && token->kind != json::Token::Kind::End) token = decoder.next();
    if (!token.ok()) state.SkipWithError("refused");
  }
  report(state, document.bytes().size());
}
BENCHMARK(json_walk);

void json_unescape(benchmark::State& state) {
  constexpr std::string_view kRaw =
      R"(\/3\/0\/ plain text with \"quotes\", \u20ac and \ud83d\ude00)";
  std::array<std::uint8_t, kRaw.size()> storage{};
  for (auto _ : state) benchmark::DoNotOptimize(json::unescape(kRaw, storage));
  report(state, kRaw.size());
}
BENCHMARK(json_unescape);

/// Doubles of one kind, and their shortest texts.
struct Doubles {
  static constexpr std::size_t kCount = 1024;
  std::vector<double> numbers;
  std::vector<std::string> texts;
  std::size_t characters = 0;

  explicit Doubles(bool any_bits) {
    std::mt19937_64 random(1);
    while (numbers.size() < kCount) {
      const double number = any_bits ? std::bit_cast<double>(random())
                                     : static_cast<double>(random() % 10'000'000) / 1000.0;
      if (number - number != 0) continue;  // no infinity, no NaN
      numbers.push_back(number);
      std::array<std::uint8_t, text::kMaxDoubleText> storage{};
      Writer writer(storage);
      text::format_double(writer, number);
      texts.emplace_back(as_text(writer.written()));
      characters += writer.size();
    }
  }
};

const Doubles& doubles(bool any_bits) {
  static const Doubles all(true);
  static const Doubles sensor(false);
  return any_bits ? all : sensor;
}

void format_double(benchmark::State& state, bool any_bits, bool standard) {
  const Doubles& set = doubles(any_bits);
  std::array<std::uint8_t, 64> storage{};
  char* const out = reinterpret_cast<char*>(storage.data());
  std::size_t i = 0;
  for (auto _ : state) {
    const double number = set.numbers[i++ % Doubles::kCount];
    if (standard) {
      benchmark::DoNotOptimize(std::to_chars(out, out + storage.size(), number));
    } else {
      Writer writer(storage);
      text::format_double(writer, number);
      benchmark::DoNotOptimize(writer.size());
    }
    benchmark::ClobberMemory();
  }
  report(state, set.characters / Doubles::kCount);
}
BENCHMARK_CAPTURE(format_double, sensor, false, false);
BENCHMARK_CAPTURE(format_double, sensor_to_chars, false, true);
BENCHMARK_CAPTURE(format_double, any, true, false);
BENCHMARK_CAPTURE(format_double, any_to_chars, true, true);

void parse_double(benchmark::State& state, bool any_bits, bool standard) {
  const Doubles& set = doubles(any_bits);
  std::size_t i = 0;
  for (auto _ : state) {
    const std::string& text = set.texts[i++ % Doubles::kCount];
    if (standard) {
      double number = 0;
      std::from_chars(text.data(), text.data() + text.size(), number);
      benchmark::DoNotOptimize(number);
    } else {
      benchmark::DoNotOptimize(text::parse_double(text));
    }
  }
  report(state, set.characters / Doubles::kCount);
}
BENCHMARK_CAPTURE(parse_double, sensor, false, false);
BENCHMARK_CAPTURE(parse_double, sensor_from_chars, false, true);
BENCHMARK_CAPTURE(parse_double, any, true, false);
BENCHMARK_CAPTURE(parse_double, any_from_chars, true, true);

void format_integer(benchmark::State& state) {
  std::array<std::uint8_t, text::kMaxIntegerText> storage{};
  for (auto _ : state) {
    Writer writer(storage);
    text::format_integer(writer, 1367491215);
    benchmark::DoNotOptimize(storage.data());
    benchmark::ClobberMemory();
  }
  report(state, 10);
}
BENCHMARK(format_integer);

void parse_integer(benchmark::State& state) {
  const std::string text = "1367491215";
  for (auto _ : state) benchmark::DoNotOptimize(text::parse_integer(text));
  report(state, text.size());
}
BENCHMARK(parse_integer);

void base64_encode(benchmark::State& state) {
  const std::vector<std::uint8_t> bytes(768, 0x5a);
  std::array<std::uint8_t, 1024> storage{};
  for (auto _ : state) {
    Writer writer(storage);
    text::base64_encode(writer, bytes, text::Base64::Url);
    benchmark::DoNotOptimize(storage.data());
    benchmark::ClobberMemory();
  }
  report(state, bytes.size());
}
BENCHMARK(base64_encode);

void base64_decode(benchmark::State& state) {
  const std::string encoded(1024, 'W');
  std::array<std::uint8_t, 768> storage{};
  for (auto _ : state) {
    benchmark::DoNotOptimize(text::base64_decode(encoded, text::Base64::Url, storage));
  }
  report(state, encoded.size());
}
BENCHMARK(base64_decode);

void is_utf8(benchmark::State& state) {
  std::string text;
  while (text.size() < 1024)
    text +=
        "23.5 \xc2\xb0"
        "C \xe2\x82\xac";
  for (auto _ : state) benchmark::DoNotOptimize(text::is_utf8(as_bytes(text)));
  report(state, text.size());
}
BENCHMARK(is_utf8);

}  // namespace
}  // namespace linnet
