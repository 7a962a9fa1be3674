// SPDX-License-Identifier: Apache-2.0
#include <linnet/client/objects/connectivity_statistics.hpp>

#include <algorithm>
#include <limits>

namespace linnet::client {

namespace statistics = lwm2m::objects::connectivity_statistics;

void ConnectivityStatisticsObject::note(Id resource) {
  changes_.add(Path(statistics::kObject, 0, resource));
}

void ConnectivityStatisticsObject::count(std::uint64_t& total, Id resource, std::size_t bytes) {
  if (!collecting_) return;
  const std::uint64_t kilobytes = total / 1000;
  total += bytes;
  ++counters_.messages;
  if (total / 1000 != kilobytes) note(resource);
  if (bytes > counters_.largest) {
    counters_.largest = static_cast<std::uint32_t>(bytes);
    note(statistics::kMaxMessageSize);
  }
  note(statistics::kAverageMessageSize);
}

void ConnectivityStatisticsObject::count_sent(std::size_t bytes) {
  count(counters_.bytes_sent, statistics::kTxData, bytes);
}

void ConnectivityStatisticsObject::count_received(std::size_t bytes) {
  count(counters_.bytes_received, statistics::kRxData, bytes);
}

void ConnectivityStatisticsObject::count_sms_sent() {
  if (!collecting_) return;
  ++counters_.sms_sent;
  note(statistics::kSmsTxCounter);
}

void ConnectivityStatisticsObject::count_sms_received() {
  if (!collecting_) return;
  ++counters_.sms_received;
  note(statistics::kSmsRxCounter);
}

Result<Value> ConnectivityStatisticsObject::read(const Path& path) {
  const Counters& now = counters_;
  std::uint64_t number = 0;
  switch (path.resource()) {
    case statistics::kSmsTxCounter: number = now.sms_sent; break;
    case statistics::kSmsRxCounter: number = now.sms_received; break;
    case statistics::kTxData: number = now.bytes_sent / 1000; break;
    case statistics::kRxData: number = now.bytes_received / 1000; break;
    case statistics::kMaxMessageSize: number = now.largest; break;
    case statistics::kAverageMessageSize:
      number = now.messages == 0 ? 0 : (now.bytes_sent + now.bytes_received) / now.messages;
      break;
    case statistics::kCollectionPeriod: number = period_s_; break;
    default: return Error::NotFound;
  }
  return Value::integer(static_cast<std::int64_t>(number));
}

Status ConnectivityStatisticsObject::check(const Path&, const Value& value) {
  const std::int64_t seconds = value.as_integer();
  const bool fits = seconds >= 0 && seconds <= std::numeric_limits<std::uint32_t>::max();
  return fits ? Status() : Error::Range;
}

Status ConnectivityStatisticsObject::write(const Path&, const Value& value) {
  period_s_ = static_cast<std::uint32_t>(value.as_integer());
  return {};
}

Status ConnectivityStatisticsObject::reset(const Path&) {
  period_s_ = 0;
  return {};
}

// [OBJ-17]
Status ConnectivityStatisticsObject::execute(const Path& path, const ExecuteArguments&) {
  if (path.resource() == statistics::kStop) {
    collecting_ = false;
    return {};
  }
  counters_ = {};
  collecting_ = true;
  until_ = period_s_ == 0 ? Instant::never() : now_ + seconds(period_s_);
  changes_.add(Path(statistics::kObject, 0));
  return {};
}

void ConnectivityStatisticsObject::advance(Instant now) {
  now_ = now;
  if (now >= until_) collecting_ = false;
}

}  // namespace linnet::client
