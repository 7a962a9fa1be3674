// SPDX-License-Identifier: Apache-2.0
#include <linnet/service/json_text.hpp>

#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>

namespace linnet::service {
namespace {

namespace json = boost::json;

class Serializer {
 public:
  explicit Serializer(bool pretty) : pretty_(pretty) {}

  void put(const json::value& value) {
    if (const auto* object = value.if_object()) return put(*object);
    if (const auto* array = value.if_array()) return put(*array);
    if (const auto* number = value.if_double()) return put(*number);
    out_ += json::serialize(value);
  }
  std::string take() { return std::move(out_); }

 private:
  void put(double number) {
    if (!std::isfinite(number)) {
      out_ += "null";  // the one thing JSON has for it; who cares writes a string instead
      return;
    }
    char text[32];
    const auto end = std::to_chars(text, text + sizeof(text), number).ptr;
    out_.append(text, end);
  }
  void put(const json::object& object) {
    out_ += '{';
    ++depth_;
    bool first = true;
    for (const auto& [key, value] : object) {
      separate(first);
      out_ += json::serialize(json::value(key));
      out_ += pretty_ ? ": " : ":";
      put(value);
    }
    close('}', object.empty());
  }
  void put(const json::array& array) {
    out_ += '[';
    ++depth_;
    bool first = true;
    for (const auto& value : array) {
      separate(first);
      put(value);
    }
    close(']', array.empty());
  }
  void separate(bool& first) {
    if (!first) out_ += ',';
    first = false;
    new_line();
  }
  void close(char bracket, bool empty) {
    --depth_;
    if (!empty) new_line();
    out_ += bracket;
  }
  void new_line() {
    if (!pretty_) return;
    out_ += '\n';
    out_.append(2 * depth_, ' ');
  }

  bool pretty_;
  std::size_t depth_ = 0;
  std::string out_;
};

}  // namespace

std::string to_text(const json::value& value) {
  Serializer serializer(false);
  serializer.put(value);
  return serializer.take();
}

std::string to_pretty_text(const json::value& value) {
  Serializer serializer(true);
  serializer.put(value);
  return serializer.take();
}

}  // namespace linnet::service
