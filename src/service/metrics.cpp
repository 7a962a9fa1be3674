// SPDX-License-Identifier: Apache-2.0
#include "metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include <linnet/base/check.hpp>

namespace linnet::service {
namespace {

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end.ptr};
}

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

void append_sample(std::string& out, std::string_view name, std::span<const Metrics::Label> labels,
                   double value) {
  out += name;
  if (!labels.empty()) {
    char before = '{';
    for (const auto& [label, text] : labels) {
      out += before;
      out += label;
      out += "=\"";
      append_escaped(out, text, true);
      out += '"';
      before = ',';
    }
    out += '}';
  }
  out += ' ' + number_text(value) + '\n';
}

void append_histogram(std::string& out, std::string_view name, const Histogram& histogram) {
  const auto reading = histogram.read();
  std::uint64_t below = 0;
  const std::string bucket = std::string(name) + "_bucket";
  for (std::size_t i = 0; i <= reading.bounds.size(); ++i) {
    below += reading.counts[i];
    const std::string bound = i == reading.bounds.size() ? "+Inf" : number_text(reading.bounds[i]);
    const Metrics::Label labels[] = {{"le", bound}};
    append_sample(out, bucket, labels, static_cast<double>(below));
  }
  append_sample(out, std::string(name) + "_sum", {}, reading.sum);
  append_sample(out, std::string(name) + "_count", {}, static_cast<double>(below));
}

double resident_bytes() {
  long pages = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  if (std::fscanf(file, "%*s %ld", &pages) != 1) pages = 0;
  std::fclose(file);
  return static_cast<double>(pages) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

Histogram::Histogram(std::initializer_list<double> bounds) : bounds_(bounds) {
  LINNET_CHECK(bounds_.size() <= kMaxBuckets);
}

void Histogram::observe(double value) {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  double sum = sum_.load(std::memory_order_relaxed);
  while (!sum_.compare_exchange_weak(sum, sum + value, std::memory_order_relaxed)) {
  }
}

Histogram::Reading Histogram::read() const {
  Reading out{bounds_, {}, sum_.load(std::memory_order_relaxed)};
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    out.counts[i] = counts_[i].load(std::memory_order_relaxed);
  }
  return out;
}

void Metrics::Samples::add(double value, std::initializer_list<Label> labels) {
  append_sample(out_, name_, std::span(labels.begin(), labels.size()), value);
}

void Metrics::add(std::string name, std::string help, Type type,
                  std::function<void(Samples&)> read) {
  Metric& metric = metrics_[std::move(name)];
  metric.help = std::move(help);
  metric.type = type == Type::Counter ? "counter" : "gauge";
  metric.write = [read = std::move(read)](std::string_view own_name, std::string& out) {
    Samples samples(own_name, out);
    read(samples);
  };
}

void Metrics::add(std::string name, std::string help, Type type, std::function<double()> read) {
  add(std::move(name), std::move(help), type,
      std::function<void(Samples&)>(
          [read = std::move(read)](Samples& samples) { samples.add(read()); }));
}

void Metrics::add(std::string name, std::string help, const Histogram& histogram) {
  Metric& metric = metrics_[std::move(name)];
  metric.help = std::move(help);
  metric.type = "histogram";
  metric.write = [&histogram](std::string_view own_name, std::string& out) {
    append_histogram(out, own_name, histogram);
  };
}

std::string Metrics::text() const {
  std::string out;
  for (const auto& [name, metric] : metrics_) {
    out += "# HELP " + name + ' ';
    append_escaped(out, metric.help, false);
    out += "\n# TYPE " + name + ' ' + metric.type + '\n';
    metric.write(name, out);
  }
  return out;
}

void HttpMetrics::count(std::string_view method, unsigned status,
                        std::chrono::steady_clock::duration time) {
  seconds_.observe(time);
  // Methods are what a client wrote: others than these are one.
  constexpr std::string_view kMethods[] = {"GET", "POST", "PUT", "DELETE"};
  const bool known = std::ranges::find(kMethods, method) != std::end(kMethods);
  const std::scoped_lock lock(mutex_);
  ++requests_[{std::string(known ? method : "other"), status}];
}

void HttpMetrics::add_to(Metrics& metrics) {
  metrics.add("linnet_http_requests_total", "Requests to the API that were answered.",
              Metrics::Type::Counter, [this](Metrics::Samples& samples) {
                const std::scoped_lock lock(mutex_);
                for (const auto& [key, count] : requests_) {
                  samples.add(static_cast<double>(count),
                              {{"method", key.first}, {"status", std::to_string(key.second)}});
                }
              });
  metrics.add("linnet_http_request_seconds",
              "From a request to its answer; the wait for a device included.", seconds_);
}

void add_process_metrics(Metrics& metrics) {
  metrics.add("linnet_process_resident_bytes", "Memory of the process.", Metrics::Type::Gauge,
              resident_bytes);
  metrics.add("linnet_process_cpu_seconds_total", "CPU time of the process.",
              Metrics::Type::Counter, cpu_seconds);
}

}  // namespace linnet::service
