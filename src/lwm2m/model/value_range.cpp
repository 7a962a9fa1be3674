// SPDX-License-Identifier: Apache-2.0
// The text of RangeEnumeration. The schema leaves its form open: this reads the forms that occur.
#include <algorithm>
#include <charconv>
#include <string>

#include <linnet/lwm2m/model/object_model.hpp>

namespace linnet::lwm2m {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kDigits = "0123456789";

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(kBlanks)));
}

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  std::string out;
  std::size_t at = 0;
  for (std::size_t next = 0; (next = text.find(from, at)) != std::string::npos;) {
    out.append(text, at, next - at);
    out += to;
    at = next + from.size();
  }
  out.append(text, at);
  text = std::move(out);
}

bool read_number(std::string_view& text, double& number) {
  skip_blanks(text);
  std::size_t size = text.starts_with('-') ? 1 : 0;
  const auto skip_digits = [&] {
    const std::size_t first = size;
    size = std::min(text.size(), text.find_first_not_of(kDigits, size));
    return size > first;
  };
  if (!skip_digits()) return false;
  // In "0..5" the first dot is no decimal point.
  const std::size_t integer = size;
  if (text.substr(size).starts_with('.')) {
    ++size;
    if (!skip_digits()) size = integer;
  }
  const auto error = std::from_chars(text.data(), text.data() + size, number).ec;
  text.remove_prefix(size);
  return error == std::errc{};
}

bool read_interval(std::string_view& text, ValueRange::Interval& interval) {
  if (!read_number(text, interval.low)) return false;
  interval.high = interval.low;
  skip_blanks(text);
  if (take(text, "...") || take(text, "..") || take(text, "-")) {
    return read_number(text, interval.high) && interval.low <= interval.high;
  }
  // A label: "1: normal".
  if (take(text, ":")) text.remove_prefix(std::min(text.size(), text.find_first_of("\n,;")));
  return true;
}

bool read_intervals(std::string_view text, std::vector<ValueRange::Interval>& intervals) {
  for (;;) {
    ValueRange::Interval interval;
    if (!read_interval(text, interval)) return false;
    intervals.push_back(interval);
    const std::size_t blanks = std::min(text.size(), text.find_first_not_of(kBlanks));
    const bool new_line = text.substr(0, blanks).find('\n') != std::string_view::npos;
    text.remove_prefix(blanks);
    if (text.empty()) return true;
    if (!take(text, ",") && !take(text, ";") && !new_line) return false;
  }
}

/// Removes a trailing "bytes" and says whether it was there.
bool drop_unit(std::string& text) {
  for (const std::string_view unit : {"bytes", "Bytes", "byte", "Byte"}) {
    if (text.ends_with(unit)) {
      text.erase(text.size() - unit.size());
      return true;
    }
  }
  return false;
}

}  // namespace

ValueRange ValueRange::parse(std::string_view range_text, DataType type) {
  ValueRange range;
  std::string text{range_text};
  text.erase(0, std::min(text.size(), text.find_first_not_of(kBlanks)));
  text.erase(text.find_last_not_of(kBlanks) + 1);
  if (text.empty()) return range;
  range.kind = Kind::Text;

  const bool is_string = type == DataType::String || type == DataType::Corelnk;
  const bool has_length = is_string || type == DataType::Opaque;
  const bool is_number = type == DataType::Integer || type == DataType::Unsigned ||
                         type == DataType::Float || type == DataType::Time;
  const bool says_bytes = drop_unit(text);
  if (!has_length && (!is_number || says_bytes)) return range;
  replace_all(text, " or ", ",");
  // "16-32-48" lists lengths, "1-16" is a range.
  if (has_length && std::count(text.begin(), text.end(), '-') > 1) replace_all(text, "-", ",");

  std::vector<Interval> intervals;
  if (!read_intervals(text, intervals)) return range;
  const bool single = intervals.size() == 1 && intervals[0].low == intervals[0].high;
  const bool listed = intervals.size() > 1;
  if (single && is_number) return range;
  if (is_string && !says_bytes && (single || listed)) return range;
  if (has_length && single) intervals[0].low = 0;
  range.kind = has_length ? Kind::Lengths : Kind::Values;
  range.intervals = std::move(intervals);
  return range;
}

}  // namespace linnet::lwm2m
