// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text in columns for people, and values, times and ages as they read them.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace linnet::cli {

/// Columns as wide as their longest cell, two blanks between them; the last one is not padded.
class Table {
 public:
  /// `headings` may be empty: then there is no first line.
  explicit Table(std::vector<std::string> headings = {}, std::string indent = {})
      : headings_(std::move(headings)), indent_(std::move(indent)) {}

  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// Columns in which no row has anything are left out.
  void print(std::ostream& out) const;

 private:
  std::vector<std::string> headings_;
  std::string indent_;
  std::vector<std::vector<std::string>> rows_;
};

/// How many columns a UTF-8 text takes, near enough: its code points without colours.
[[nodiscard]] std::size_t width(std::string_view text);
/// Control characters as \xNN, so that a device cannot write on our terminal.
[[nodiscard]] std::string printable(std::string_view text);
/// "12 s", "5 min", "3 h", "8 days".
[[nodiscard]] std::string duration(double seconds);
/// "2026-11-22 23:15:45" in local time.
[[nodiscard]] std::string local_time(double unix_seconds);

/// What stands behind a number: " Cel", " %"; empty if there is no unit.
[[nodiscard]] std::string unit_text(const std::string& unit);
/// The value of an API value object as a person reads it: text as it is, opaque as hex with its
/// size, times with their date, the unit behind numbers.
[[nodiscard]] std::string value_text(const boost::json::object& value);
/// The row of a value: path, name, value, and when it was if it says so.
[[nodiscard]] std::vector<std::string> value_row(const boost::json::object& value);

/// A string member, or empty.
[[nodiscard]] std::string text(const boost::json::object& object, std::string_view name);
[[nodiscard]] double number(const boost::json::object& object, std::string_view name,
                            double absent = 0);
/// An array member, or an empty one.
[[nodiscard]] const boost::json::array& array_of(const boost::json::object& object,
                                                 std::string_view name);
/// An object member, or an empty one.
[[nodiscard]] const boost::json::object& object_of(const boost::json::object& object,
                                                   std::string_view name);
/// A whole number that is not negative, as text; "0" if it is not there.
[[nodiscard]] std::string count(const boost::json::object& object, std::string_view name);
/// A number as it was sent, a text as it is; empty if it is null or not there.
[[nodiscard]] std::string number_text(const boost::json::object& object, std::string_view name);
/// Words as a JSON array.
[[nodiscard]] boost::json::array texts(const std::vector<std::string>& words);
[[nodiscard]] bool flag_of(const boost::json::object& object, std::string_view name);
/// The items as text: strings as they are, printable.
[[nodiscard]] std::string joined(const boost::json::array& items, const char* between = " ");

}  // namespace linnet::cli
