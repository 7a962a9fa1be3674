// SPDX-License-Identifier: Apache-2.0
#pragma once
// JSON (RFC 8259) as a stream of tokens, for SenML JSON and the JSON of LwM2M 1.0.
//
// The decoder holds the whole grammar (commas, colons, nesting, number and escape syntax); the
// caller sees only well-formed text. Strings and numbers are views of the input: numbers go to
// text/number.hpp, strings with escapes through `unescape` or `equal_unescaped`. A value type: a
// copy is a bookmark to return to. The input outlives decoder and tokens.
#include <cstdint>
#include <string_view>

#include <linnet/base/bytes.hpp>
#include <linnet/base/result.hpp>

namespace linnet::json {

struct Token {
  enum class Kind : std::uint8_t {
    BeginObject,
    EndObject,
    Key,  ///< `raw` is the name, as String; its value follows
    BeginArray,
    EndArray,
    String,  ///< `raw` is what stands between the quotes
    Number,  ///< `raw` is the number
    True,
    False,
    Null,
    End,  ///< the input is used up, and was one whole JSON text
  };
  Kind kind = Kind::End;
  /// A Key or String that contains escapes: `raw` is then not its text.
  bool escaped = false;
  std::string_view raw;
};

class Decoder {
 public:
  /// How many arrays and objects may be open at a time.
  static constexpr std::size_t kMaxDepth = 8;

  constexpr Decoder() = default;
  explicit constexpr Decoder(ByteView input) : input_(input) {}
  explicit Decoder(std::string_view input) : Decoder(as_bytes(input)) {}

  /// The next token; `End` again and again after the end. `Truncated` if the input ends within
  /// the text, `Malformed` if it breaks the grammar, `TooLarge` if it nests deeper than
  /// kMaxDepth. That strings are UTF-8 and their surrogates paired, `unescape` checks.
  /// After an error only that error comes.
  [[nodiscard]] Result<Token> next();

  /// Consumes what is left of the value that `token`, the last one returned, has begun: all up
  /// to the matching end for BeginObject and BeginArray; nothing for others. Iterative.
  [[nodiscard]] Status skip(const Token& token);

  /// Consumes the next value; to be called after a Key. Where no value comes next, as at the end
  /// of an array, it is `State`, and that token is consumed.
  [[nodiscard]] Status skip_value();

  /// Open arrays and objects.
  [[nodiscard]] std::size_t depth() const { return depth_; }
  /// Bytes consumed.
  [[nodiscard]] std::size_t position() const { return input_.position(); }

 private:
  enum class Expect : std::uint8_t { Value, ValueOrEnd, Key, KeyOrEnd, CommaOrEnd, End };

  [[nodiscard]] bool in_array() const { return (arrays_ >> (depth_ - 1) & 1) != 0; }
  void skip_blanks();
  Token read();
  Token value(char first);
  Token open(Token::Kind kind);
  Token close();
  Token string(Token::Kind kind);
  Token number();
  Token literal(std::string_view word, Token::Kind kind);
  void value_done() { expect_ = depth_ == 0 ? Expect::End : Expect::CommaOrEnd; }

  Reader input_;
  std::uint8_t depth_ = 0;
  std::uint8_t arrays_ = 0;  ///< bit n: level n is an array, not an object
  Expect expect_ = Expect::Value;
};

/// The bytes of a raw string, one after the other, with its escapes resolved.
class Unescaper {
 public:
  explicit constexpr Unescaper(std::string_view raw) : raw_(raw) {}

  /// The next byte of the text into `byte`: true, or false at the end or on an error.
  [[nodiscard]] bool next(char& byte);
  /// `Malformed` for a broken escape, a lone surrogate or a control character, once `next` has
  /// come to it. UTF-8 is not checked.
  [[nodiscard]] Status status() const { return error_; }

 private:
  bool escape(std::uint32_t& character);
  bool hex4(std::uint32_t& unit);

  std::string_view raw_;
  std::uint8_t pending_[4]{};  ///< the bytes of an escaped character
  std::uint8_t pending_size_ = 0;
  std::uint8_t pending_at_ = 0;
  Error error_ = Error::Ok;
};

/// The text of a raw string, in `out`. `Malformed` for a broken escape, a lone surrogate, a
/// control character or what is not UTF-8; `NoSpace` if `out` is too small: `raw.size()` bytes
/// always suffice. `out` may begin where `raw` begins (in place).
[[nodiscard]] Result<std::string_view> unescape(std::string_view raw, MutableBytes out);

/// True if the text of the raw string is `text`; false also for one that `unescape` refuses.
[[nodiscard]] bool equal_unescaped(std::string_view raw, std::string_view text);

}  // namespace linnet::json
