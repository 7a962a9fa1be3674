// SPDX-License-Identifier: Apache-2.0
// SenML JSON, 110, and SenML-ETCH JSON, 320 (RFC 8428 §5, RFC 8790; Core 1.2 §7.4.6).
#include <lwm2m/json_value.hpp>
#include <lwm2m/senml.hpp>
#include <lwm2m/typed_value.hpp>

#include <linnet/text/base64.hpp>

namespace linnet::lwm2m {
namespace {

using json::Token;

/// The label of a Key. Escapes in it are resolved; a name longer than any label keeps its end.
SenmlLabel label_of(const Token& key) {
  if (!key.escaped) return find_senml_label(key.raw);
  char name[5];
  std::size_t size = 0;
  json::Unescaper characters(key.raw);
  for (char c = 0; characters.next(c);) {
    size = size < sizeof(name) ? size + 1 : size;
    name[size - 1] = c;
  }
  return find_senml_label({name, size});
}

Status put(PathParser& parser, ByteView raw) {
  json::Unescaper characters(as_text(raw));
  for (char c = 0; characters.next(c);) parser.put(c);
  return characters.status();
}

Status take_value(SenmlLabel label, const Token& token, RawValue& out) {
  constexpr RawValue::Kind kKinds[] = {RawValue::Kind::Number, RawValue::Kind::JsonText,
                                       RawValue::Kind::Boolean, RawValue::Kind::Base64,
                                       RawValue::Kind::LinkText};
  const auto i = static_cast<std::size_t>(label) - static_cast<std::size_t>(SenmlLabel::Value);
  return take_json_value(token, kKinds[i], out);
}

Status take_field(ReadState& state, SenmlFields& fields, const Token& key, RawValue& value) {
  const SenmlLabel label = label_of(key);
  LINNET_TRY(fields.note(label));
  if (label == SenmlLabel::Ignored) return state.json.skip_value();  // [FMT-23]
  LINNET_TRY_ASSIGN(const Token token, state.json.next());
  switch (label) {
    case SenmlLabel::BaseName:
    case SenmlLabel::Name:
      if (token.kind != Token::Kind::String) return Error::Malformed;
      (label == SenmlLabel::Name ? fields.name : state.base_name) = as_bytes(token.raw);
      return {};
    case SenmlLabel::BaseTime: {
      LINNET_TRY_ASSIGN(state.base_time, take_json_double(token));
      return {};
    }
    case SenmlLabel::Time: {
      LINNET_TRY_ASSIGN(fields.time, take_json_double(token));
      return {};
    }
    case SenmlLabel::BaseVersion: {
      LINNET_TRY_ASSIGN(const double version, take_json_double(token));
      return check_senml_version(version);
    }
    default: return take_value(label, token, value);
  }
}

Result<bool> read(ReadState& state, Record& out, bool etch) {
  if (!state.started) {
    state.started = true;
    state.json = json::Decoder(state.input.rest());
    LINNET_TRY_ASSIGN(const Token token, state.json.next());
    if (token.kind != Token::Kind::BeginArray) return Error::Malformed;
  }
  LINNET_TRY_ASSIGN(Token token, state.json.next());
  if (token.kind == Token::Kind::EndArray) {
    LINNET_TRY(state.json.next());  // nothing may follow
    return false;
  }
  if (token.kind != Token::Kind::BeginObject) return Error::Malformed;

  SenmlFields fields;
  while (true) {
    LINNET_TRY_ASSIGN(token, state.json.next());
    if (token.kind == Token::Kind::EndObject) break;
    LINNET_TRY(take_field(state, fields, token, out.value));
  }
  PathParser parser;
  LINNET_TRY(put(parser, state.base_name));
  LINNET_TRY(put(parser, fields.name));
  LINNET_TRY(finish_senml_record(state, fields, parser, etch, out));
  return true;
}

Result<bool> read_senml(ReadState& state, Record& out) { return read(state, out, false); }
Result<bool> read_etch(ReadState& state, Record& out) { return read(state, out, true); }

void write_value(json::Encoder& encoder, const Value& value) {
  encoder.key(kSenmlLabels[static_cast<std::size_t>(senml_label(value.type()))].name);
  switch (value.type()) {
    case DataType::String:
    case DataType::Corelnk: encoder.string(value.as_string()); break;
    case DataType::Opaque:  // [DT-06]
      encoder.begin_string();
      text::base64_encode(encoder.output(), value.as_opaque(), text::Base64::Url);
      encoder.end_string();
      break;
    case DataType::Objlnk: write_json_link(encoder, value.as_link()); break;
    default: write_json_scalar(encoder, value); break;
  }
}

Status write(WriteState& state, WriteKind kind, const Path& path, const Value& value, bool etch) {
  LINNET_TRY(check_senml_kind(kind, etch));
  if (kind == WriteKind::Container) return {};  // there is no record for it
  if (state.count == 0) state.output->character('[');
  const SenmlHead head(state, path);
  json::Encoder encoder(*state.output, state.count != 0);
  encoder.begin_object();
  if (!head.base_name.empty()) {
    encoder.key("bn");
    encoder.string(head.base_name);
  }
  if (head.base_time.has_value()) {
    encoder.key("bt");
    encoder.real(*head.base_time);
  }
  if (!head.name.empty()) {
    encoder.key("n");
    encoder.string(head.name);
  }
  if (head.time.has_value()) {
    encoder.key("t");
    encoder.real(*head.time);
  }
  if (kind != WriteKind::Name) write_value(encoder, value);
  encoder.end_object();
  ++state.count;
  return {};
}

Status write_senml(WriteState& state, WriteKind kind, const Path& path, const Value& value) {
  return write(state, kind, path, value, false);
}
Status write_etch(WriteState& state, WriteKind kind, const Path& path, const Value& value) {
  return write(state, kind, path, value, true);
}

Status finish(WriteState& state) {
  state.output->text(state.count == 0 ? "[]" : "]");
  return {};
}

}  // namespace

constinit const Format kSenmlJson = {
    ContentFormat::SenmlJson, false, true, true, read_senml, convert_item, write_senml, finish};
constinit const Format kEtchJson = {
    ContentFormat::EtchJson, false, true, true, read_etch, convert_item, write_etch, finish};

}  // namespace linnet::lwm2m
