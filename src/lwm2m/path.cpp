// SPDX-License-Identifier: Apache-2.0
#include <linnet/lwm2m/path.hpp>

#include <linnet/text/number.hpp>

#include <lwm2m/path_parser.hpp>

namespace linnet::lwm2m {

// [ID-06]
void PathParser::put(char c) {
  if (c == '/') {
    if (after_ == After::Slash) return fail(Error::Malformed);
    if (after_ == After::Digit) {
      if (path_.depth() == 3 || error_ != Error::Ok) return fail(Error::Malformed);
      path_ = path_.child(static_cast<Id>(number_));
    }
    after_ = After::Slash;
    number_ = 0;
    return;
  }
  if (c < '0' || c > '9') return fail(Error::Malformed);
  if (after_ == After::Digit && number_ == 0) return fail(Error::Malformed);  // a leading zero
  number_ = number_ * 10 + static_cast<std::uint32_t>(c - '0');
  if (number_ >= kNoId) {  // [ID-01]
    number_ = kNoId;       // so that it cannot wrap
    fail(Error::Range);
  }
  after_ = After::Digit;
}

Result<Path> PathParser::finish() const {
  if (error_ != Error::Ok) return error_;
  if (after_ == After::Digit) return path_.child(static_cast<Id>(number_));
  if (after_ == After::Slash && path_.is_root()) return path_;
  return Error::Malformed;
}

Result<Path> Path::parse(std::string_view text) {
  PathParser parser;
  parser.put(text);
  return parser.finish();
}

void write(Writer& out, const Path& path) {
  if (path.is_root()) out.character('/');
  for (std::size_t i = 0; i < path.depth(); ++i) {
    out.character('/');
    text::format_unsigned(out, path[i]);
  }
}

std::string_view format(const Path& path, std::span<char> out) {
  Writer text({reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
  write(text, path);
  return text.ok() ? as_text(text.written()) : std::string_view{};
}

}  // namespace linnet::lwm2m
