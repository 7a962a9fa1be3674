// SPDX-License-Identifier: Apache-2.0
#include <linnet/json/encoder.hpp>
#include <linnet/text/number.hpp>
#include <linnet/text/utf8.hpp>

namespace linnet::json {

void Encoder::separate() {
  if (comma_) output_.character(',');
  comma_ = true;
}

void Encoder::open(char bracket) {
  separate();
  output_.character(bracket);
  comma_ = false;
}

void Encoder::close(char bracket) {
  output_.character(bracket);
  comma_ = true;
}

void Encoder::key(std::string_view name) {
  string(name);
  output_.character(':');
  comma_ = false;
}

void Encoder::string(std::string_view value) {
  begin_string();
  escaped(value);
  end_string();
}

void Encoder::integer(std::int64_t number) {
  separate();
  text::format_integer(output_, number);
}

void Encoder::unsigned_integer(std::uint64_t number) {
  separate();
  text::format_unsigned(output_, number);
}

void Encoder::real(double number) {
  separate();
  text::format_double(output_, number);
}

void Encoder::literal(std::string_view json) {
  separate();
  output_.text(json);
}

void Encoder::begin_string() {
  separate();
  output_.character('"');
}

void Encoder::escaped(std::string_view piece) {
  if (!text::is_utf8(as_bytes(piece))) output_.fail(Error::Malformed);
  for (const char c : piece) {
    if (c == '"' || c == '\\') {
      output_.character('\\');
      output_.character(c);
    } else if (static_cast<unsigned char>(c) < ' ') {
      output_.text("\\u00");
      output_.character(static_cast<char>('0' + (c >> 4)));
      output_.character("0123456789abcdef"[c & 15]);
    } else {
      output_.character(c);
    }
  }
}

}  // namespace linnet::json
