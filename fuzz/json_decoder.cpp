// SPDX-License-Identifier: Apache-2.0
// Any bytes: `skip` and a walk over the tokens accept the same texts, and what was accepted
// encodes again into tokens that are the same.
#include <cstdlib>
#include <string>
#include <vector>

#include <linnet/json/decoder.hpp>
#include <linnet/json/encoder.hpp>
#include <linnet/text/number.hpp>

namespace {

using namespace linnet;
using json::Token;
using Kind = Token::Kind;

void require(bool condition) {
  if (!condition) std::abort();
}

/// A token with the text it stands for instead of its escaped form.
struct Plain {
  Kind kind;
  std::string text;
  friend bool operator==(const Plain&, const Plain&) = default;
};

/// All tokens before the end into `out`; false if the input is no JSON text. `readable` becomes
/// false if a string is not UTF-8 or holds a lone surrogate.
bool walk(ByteView input, std::vector<Plain>& out, bool& readable) {
  for (json::Decoder decoder{input};;) {
    const Result<Token> token = decoder.next();
    if (!token.ok()) {
      require(decoder.next().error() == token.error());
      return false;
    }
    require(decoder.depth() <= json::Decoder::kMaxDepth && decoder.position() <= input.size());
    if (token->kind == Kind::End) return true;
    Plain plain{token->kind, std::string(token->raw)};
    if (token->kind == Kind::String || token->kind == Kind::Key) {
      std::vector<std::uint8_t> storage(token->raw.size());
      const Result<std::string_view> text = json::unescape(token->raw, storage);
      require(text.ok() || text.error() == Error::Malformed);
      readable = readable && text.ok();
      if (text.ok()) {
        plain.text = *text;
        require(token->escaped || *text == token->raw);
        require(json::equal_unescaped(token->raw, *text));
        require(!json::equal_unescaped(token->raw, plain.text + "\n"));
      }
    }
    if (token->kind == Kind::Number) {
      const Result<double> number = text::parse_double(token->raw);
      require(number.ok() || number.error() == Error::Range);
    }
    out.push_back(std::move(plain));
  }
}

void write(json::Encoder& encoder, const Plain& token) {
  switch (token.kind) {
    case Kind::BeginObject: return encoder.begin_object();
    case Kind::EndObject: return encoder.end_object();
    case Kind::BeginArray: return encoder.begin_array();
    case Kind::EndArray: return encoder.end_array();
    case Kind::Key: return encoder.key(token.text);
    case Kind::String: return encoder.string(token.text);
    case Kind::Number: return encoder.literal(token.text);
    case Kind::True: return encoder.boolean(true);
    case Kind::False: return encoder.boolean(false);
    case Kind::Null: return encoder.null();
    case Kind::End: return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  std::vector<Plain> tokens;
  bool readable = true;
  const bool accepted = walk(input, tokens, readable);

  json::Decoder skipper{input};
  const bool skipped = skipper.skip_value().ok() && skipper.next().ok();
  require(skipped == accepted);
  if (!accepted || !readable) return 0;

  std::vector<std::uint8_t> storage(6 * input.size() + 1);
  Writer writer(storage);
  json::Encoder encoder(writer);
  for (const Plain& token : tokens) write(encoder, token);
  require(writer.ok());
  std::vector<Plain> again;
  require(walk(writer.written(), again, readable) && readable);
  require(again == tokens);
  return 0;
}
