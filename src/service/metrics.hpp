// SPDX-License-Identifier: Apache-2.0
#pragma once
// Numbers about the server in the text format of Prometheus (version 0.0.4). A part of the server
// registers what it can tell, once; it is asked when somebody looks, on the shard's thread.
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace linnet::service {

/// How often values fell into buckets. Any thread.
class Histogram {
 public:
  static constexpr std::size_t kMaxBuckets = 16;
  /// Upper bounds, ascending, at most `kMaxBuckets`.
  explicit Histogram(std::initializer_list<double> bounds);

  void observe(double value);
  void observe(std::chrono::steady_clock::duration time) {
    observe(std::chrono::duration<double>(time).count());
  }

  struct Reading {
    std::span<const double> bounds;
    std::array<std::uint64_t, kMaxBuckets + 1> counts{};  ///< each bucket alone, the last above all
    double sum = 0;
  };
  [[nodiscard]] Reading read() const;

 private:
  std::vector<double> bounds_;
  std::array<std::atomic<std::uint64_t>, kMaxBuckets + 1> counts_{};
  std::atomic<double> sum_ = 0;
};

class Metrics {
 public:
  enum class Type : std::uint8_t { Counter, Gauge };
  using Label = std::pair<std::string_view, std::string_view>;

  /// Takes the samples of one metric.
  class Samples {
   public:
    void add(double value, std::initializer_list<Label> labels = {});

   private:
    friend class Metrics;
    Samples(std::string_view name, std::string& out) : name_(name), out_(out) {}
    std::string_view name_;
    std::string& out_;
  };

  /// `name` as in the list of docs/operations.md, a counter with "_total" at the end; `help` says
  /// what is counted. What `read` refers to outlives this.
  void add(std::string name, std::string help, Type type, std::function<void(Samples&)> read);
  /// One without labels.
  void add(std::string name, std::string help, Type type, std::function<double()> read);
  void add(std::string name, std::string help, const Histogram& histogram);

  /// All of them, in the order of names.
  [[nodiscard]] std::string text() const;

 private:
  struct Metric {
    std::string help;
    const char* type = "gauge";
    std::function<void(std::string_view name, std::string& out)> write;
  };
  std::map<std::string, Metric> metrics_;
};

/// What the HTTP server was asked. Any thread.
class HttpMetrics {
 public:
  void count(std::string_view method, unsigned status, std::chrono::steady_clock::duration time);
  void add_to(Metrics& metrics);

 private:
  Histogram seconds_{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                     0.1,    0.25,  0.5,    1,     5,    30,    120};
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, unsigned>, std::uint64_t> requests_;  // guarded by mutex_
};

/// What the operating system knows of this process.
void add_process_metrics(Metrics& metrics);

}  // namespace linnet::service
