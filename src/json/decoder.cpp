// SPDX-License-Identifier: Apache-2.0
#include <linnet/json/decoder.hpp>

namespace linnet::json {
namespace {

using Kind = Token::Kind;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A place in the text; beyond its end stands a NUL, which no rule of the grammar takes.
struct Cursor {
  std::string_view text;
  std::size_t at = 0;

  [[nodiscard]] char now() const { return at < text.size() ? text[at] : '\0'; }
  bool take(char c) {
    if (now() != c) return false;
    ++at;
    return true;
  }
  bool digits() {
    if (!is_digit(now())) return false;
    while (is_digit(now())) ++at;
    return true;
  }
  [[nodiscard]] Error wrong() const {
    return at < text.size() ? Error::Malformed : Error::Truncated;
  }
};

bool scan_number(Cursor& cursor) {
  cursor.take('-');
  if (!cursor.take('0') && !cursor.digits()) return false;
  if (cursor.take('.') && !cursor.digits()) return false;
  if (cursor.take('e') || cursor.take('E')) {
    if (!cursor.take('+')) cursor.take('-');
    if (!cursor.digits()) return false;
  }
  return true;
}

bool scan_escape(Cursor& cursor) {
  if (!cursor.take('u')) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    if (cursor.now() == '\0' || kLetters.find(cursor.now()) == std::string_view::npos) return false;
    ++cursor.at;
    return true;
  }
  for (int i = 0; i < 4; ++i, ++cursor.at) {
    const char c = cursor.now();
    const char letter = static_cast<char>(c | 0x20);
    if (!is_digit(c) && (letter < 'a' || letter > 'f')) return false;
  }
  return true;
}

}  // namespace

void Decoder::skip_blanks() {
  while (!input_.empty() && input_.ok()) {
    const std::uint8_t c = input_.peek();
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return;
    input_.skip(1);
  }
}

Result<Token> Decoder::next() {
  const Token token = read();
  if (!input_.ok()) return input_.error();
  return token;
}

Token Decoder::read() {
  skip_blanks();
  if (expect_ == Expect::End) {
    if (!input_.empty()) input_.fail(Error::Malformed);
    return {};
  }
  char c = static_cast<char>(input_.peek());
  bool may_close = expect_ == Expect::KeyOrEnd || expect_ == Expect::ValueOrEnd;
  if (expect_ == Expect::CommaOrEnd) {
    if (c == ',') {
      input_.skip(1);
      skip_blanks();
      c = static_cast<char>(input_.peek());
      expect_ = in_array() ? Expect::Value : Expect::Key;
    } else {
      may_close = true;
    }
  }
  if (may_close && c == (in_array() ? ']' : '}')) return close();
  switch (expect_) {
    case Expect::Value:
    case Expect::ValueOrEnd: return value(c);
    case Expect::Key:
    case Expect::KeyOrEnd:
      if (c == '"') return string(Kind::Key);
      [[fallthrough]];
    default: input_.fail(Error::Malformed); return {};
  }
}

Token Decoder::value(char first) {
  switch (first) {
    case '{': return open(Kind::BeginObject);
    case '[': return open(Kind::BeginArray);
    case '"': return string(Kind::String);
    case 't': return literal("true", Kind::True);
    case 'f': return literal("false", Kind::False);
    case 'n': return literal("null", Kind::Null);
    default: return number();
  }
}

Token Decoder::open(Kind kind) {
  if (depth_ == kMaxDepth) {
    input_.fail(Error::TooLarge);
    return {};
  }
  input_.skip(1);
  const auto bit = static_cast<std::uint8_t>(1u << depth_++);
  if (kind == Kind::BeginArray) {
    arrays_ |= bit;
    expect_ = Expect::ValueOrEnd;
  } else {
    arrays_ &= static_cast<std::uint8_t>(~bit);
    expect_ = Expect::KeyOrEnd;
  }
  return {kind, false, {}};
}

Token Decoder::close() {
  input_.skip(1);
  const Kind kind = in_array() ? Kind::EndArray : Kind::EndObject;
  --depth_;
  value_done();
  return {kind, false, {}};
}

Token Decoder::string(Kind kind) {
  input_.skip(1);
  Cursor cursor{as_text(input_.rest())};
  bool escaped = false;
  while (cursor.now() != '"') {
    const char c = cursor.now();
    if (static_cast<unsigned char>(c) < ' ') {  // also the NUL at the end
      input_.fail(cursor.wrong());
      return {};
    }
    ++cursor.at;
    if (c != '\\') continue;
    escaped = true;
    if (!scan_escape(cursor)) {
      input_.fail(cursor.wrong());
      return {};
    }
  }
  const std::string_view raw = as_text(input_.take(cursor.at));
  input_.skip(1);
  if (kind == Kind::Key) {
    skip_blanks();
    if (input_.peek() != ':') input_.fail(Error::Malformed);
    input_.skip(1);
    expect_ = Expect::Value;
  } else {
    value_done();
  }
  return {kind, escaped, raw};
}

Token Decoder::number() {
  Cursor cursor{as_text(input_.rest())};
  if (!scan_number(cursor)) input_.fail(cursor.wrong());
  value_done();
  return {Kind::Number, false, as_text(input_.take(cursor.at))};
}

Token Decoder::literal(std::string_view word, Kind kind) {
  Cursor cursor{as_text(input_.rest())};
  for (const char c : word) {
    if (cursor.take(c)) continue;
    input_.fail(cursor.wrong());
    return {};
  }
  input_.skip(cursor.at);
  value_done();
  return {kind, false, {}};
}

Status Decoder::skip(const Token& token) {
  if (token.kind != Kind::BeginObject && token.kind != Kind::BeginArray) return input_.status();
  const std::size_t outside = depth_ - std::size_t{1};
  while (depth_ > outside) LINNET_TRY(next());
  return {};
}

Status Decoder::skip_value() {
  LINNET_TRY_ASSIGN(const Token token, next());
  switch (token.kind) {
    case Kind::Key:
    case Kind::EndObject:
    case Kind::EndArray:
    case Kind::End: return Error::State;
    default: return skip(token);
  }
}

}  // namespace linnet::json
