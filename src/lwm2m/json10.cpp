// SPDX-License-Identifier: Apache-2.0
// JSON of LwM2M 1.0, 11543 (Core 1.0 §6.4.4; [FMT-15]): one object with the entries in "e". Base
// name and base time may stand behind the entries, so that the object is gone through first.
#include <lwm2m/json_value.hpp>
#include <lwm2m/path_parser.hpp>
#include <lwm2m/typed_value.hpp>

#include <linnet/text/base64.hpp>

namespace linnet::lwm2m {
namespace {

using json::Token;

/// One field of an object. `Malformed` if `seen` has it already.
Status once(std::uint8_t& seen, unsigned field) {
  if ((seen >> field & 1u) != 0) return Error::Malformed;
  seen = static_cast<std::uint8_t>(seen | 1u << field);
  return {};
}

Status take_string(const Token& token, ByteView& out) {
  if (token.kind != Token::Kind::String) return Error::Malformed;
  out = as_bytes(token.raw);
  return {};
}

/// Goes through the whole object and leaves `state.json` in front of the first entry.
Status begin(ReadState& state) {
  json::Decoder in(state.input.rest());
  LINNET_TRY_ASSIGN(Token token, in.next());
  if (token.kind != Token::Kind::BeginObject) return Error::Malformed;
  std::uint8_t seen = 0;
  bool entries = false;
  while (true) {
    LINNET_TRY_ASSIGN(token, in.next());
    if (token.kind == Token::Kind::EndObject) break;
    const std::string_view key = token.raw;
    LINNET_TRY_ASSIGN(token, in.next());
    if (json::equal_unescaped(key, "bn")) {
      LINNET_TRY(once(seen, 0));
      LINNET_TRY(take_string(token, state.base_name));
      state.has_base_name = true;
    } else if (json::equal_unescaped(key, "bt")) {
      LINNET_TRY(once(seen, 1));
      LINNET_TRY_ASSIGN(state.base_time, take_json_double(token));
    } else if (json::equal_unescaped(key, "e")) {
      LINNET_TRY(once(seen, 2));
      if (token.kind != Token::Kind::BeginArray) return Error::Malformed;
      entries = true;
      state.json = in;
      LINNET_TRY(in.skip(token));
    } else {
      LINNET_TRY(in.skip(token));
    }
  }
  LINNET_TRY(in.next());  // nothing may follow
  return entries ? Status() : Status(Error::Malformed);
}

struct Entry {
  ByteView name;
  double time = 0;
  std::uint8_t seen = 0;
};

/// A value field: `Malformed` if there is another one already, or for a null.
Status take_value(Entry& entry, const Token& token, RawValue::Kind kind, RawValue& out) {
  LINNET_TRY(once(entry.seen, 2));
  LINNET_TRY(take_json_value(token, kind, out));
  if (out.kind == RawValue::Kind::Null) return Error::Malformed;
  if (kind == RawValue::Kind::JsonText) out.decode = decode_json10_text;
  return {};
}

Status take_field(ReadState& state, Entry& entry, std::string_view key, RawValue& value) {
  LINNET_TRY_ASSIGN(const Token token, state.json.next());
  if (json::equal_unescaped(key, "n")) {
    LINNET_TRY(once(entry.seen, 0));
    return take_string(token, entry.name);
  }
  if (json::equal_unescaped(key, "t")) {
    LINNET_TRY(once(entry.seen, 1));
    LINNET_TRY_ASSIGN(entry.time, take_json_double(token));
    return {};
  }
  if (json::equal_unescaped(key, "v")) {
    return take_value(entry, token, RawValue::Kind::Number, value);
  }
  if (json::equal_unescaped(key, "bv")) {
    return take_value(entry, token, RawValue::Kind::Boolean, value);
  }
  if (json::equal_unescaped(key, "sv")) {
    return take_value(entry, token, RawValue::Kind::JsonText, value);
  }
  if (json::equal_unescaped(key, "ov")) {
    return take_value(entry, token, RawValue::Kind::LinkText, value);
  }
  return state.json.skip(token);
}

Status put(PathParser& parser, ByteView raw) {
  json::Unescaper characters(as_text(raw));
  for (char c = 0; characters.next(c);) parser.put(c);
  return characters.status();
}

/// Without a base name, a name that does not start at the root starts at the target.
Result<Path> resolve(const ReadState& state, ByteView name) {
  PathParser parser;
  if (state.has_base_name) {
    LINNET_TRY(put(parser, state.base_name));
  } else if (!as_text(name).starts_with('/') && !as_text(name).starts_with('\\')) {
    if (name.empty()) return state.base;
    char text[kMaxPathText];
    parser.put(format(state.base, text));
    if (!state.base.is_root()) parser.put('/');
  }
  LINNET_TRY(put(parser, name));
  return parser.finish();
}

Result<bool> read(ReadState& state, Record& out) {
  if (!state.started) {
    state.started = true;
    LINNET_TRY(begin(state));
  }
  LINNET_TRY_ASSIGN(Token token, state.json.next());
  if (token.kind == Token::Kind::EndArray) return false;
  if (token.kind != Token::Kind::BeginObject) return Error::Malformed;
  Entry entry;
  while (true) {
    LINNET_TRY_ASSIGN(token, state.json.next());
    if (token.kind == Token::Kind::EndObject) break;
    LINNET_TRY(take_field(state, entry, token.raw, out.value));
  }
  LINNET_TRY_ASSIGN(out.path, resolve(state, entry.name));
  if (out.value.kind == RawValue::Kind::None || out.path.depth() < 3) return Error::Malformed;
  const double time = state.base_time + entry.time;
  if (time - time != 0) return Error::Range;  // infinite
  if (time != 0) out.time = time;
  return true;
}

/// What the base name stands for: at most an instance, so that all names below it are relative.
Path base_of(const WriteState& state) { return state.base.first(2); }

void begin(WriteState& state) {
  state.output->text("{\"bn\":\"");
  char text[kMaxPathText];
  state.output->text(format(base_of(state), text));
  state.output->text(base_of(state).is_root() ? "\",\"e\":[" : "/\",\"e\":[");
}

void write_value(json::Encoder& encoder, const Value& value) {
  switch (value.type()) {
    case DataType::String:
    case DataType::Corelnk:
      encoder.key("sv");
      encoder.string(value.as_string());
      break;
    case DataType::Opaque:
      encoder.key("sv");
      encoder.begin_string();
      text::base64_encode(encoder.output(), value.as_opaque(), text::Base64::Standard);
      encoder.end_string();
      break;
    case DataType::Objlnk:
      encoder.key("ov");
      write_json_link(encoder, value.as_link());
      break;
    case DataType::Boolean:
      encoder.key("bv");
      write_json_scalar(encoder, value);
      break;
    default:
      encoder.key("v");
      write_json_scalar(encoder, value);
      break;
  }
}

Status write(WriteState& state, WriteKind kind, const Path& path, const Value& value) {
  if (kind == WriteKind::Container) return {};  // there is no entry for it
  if (kind != WriteKind::Value) return Error::NotAcceptable;
  if (state.count == 0) begin(state);
  json::Encoder encoder(*state.output, state.count != 0);
  encoder.begin_object();
  encoder.key("n");
  char text[kMaxPathText];
  const Path base = base_of(state);
  char base_text[kMaxPathText];
  const std::size_t skipped = base.is_root() ? 1 : format(base, base_text).size() + 1;
  encoder.string(format(path, text).substr(skipped));
  if (state.time != 0) {
    encoder.key("t");
    encoder.real(state.time);
  }
  write_value(encoder, value);
  encoder.end_object();
  ++state.count;
  return {};
}

Status finish(WriteState& state) {
  if (state.count == 0) begin(state);
  state.output->text("]}");
  return {};
}

}  // namespace

constinit const Format kJson10 = {ContentFormat::Json10, false, true,  false, read,
                                  convert_item,          write, finish};

}  // namespace linnet::lwm2m
