// SPDX-License-Identifier: Apache-2.0
// SenML CBOR, 112, and SenML-ETCH CBOR, 322 (RFC 8428 §6, RFC 8790; Core 1.2 §7.4.7).
#include <lwm2m/cbor_value.hpp>
#include <lwm2m/senml.hpp>
#include <lwm2m/typed_value.hpp>

namespace linnet::lwm2m {
namespace {

using cbor::Item;

/// The label of a field: a number, or a text as in JSON. [FMT-19]
Result<SenmlLabel> take_label(Reader& in) {
  cbor::Decoder decoder(in);
  LINNET_TRY_ASSIGN(const Item item, decoder.next());
  if (item.kind == Item::Kind::Text) {
    ByteView name;
    LINNET_TRY(take_cbor_string(in, item, name));
    return find_senml_label(as_text(name));
  }
  LINNET_TRY_ASSIGN(const std::int64_t number, item.integer());
  std::uint8_t i = 0;
  for (const SenmlLabelRow& row : kSenmlLabels) {
    if (row.number == number && number != kNoNumber) return static_cast<SenmlLabel>(i);
    ++i;
  }
  return SenmlLabel::Ignored;
}

Result<double> take_double(Reader& in) {
  RawValue raw;
  LINNET_TRY(take_cbor_value(in, raw));
  LINNET_TRY_ASSIGN(const Value value, convert_item(raw, DataType::Float, {}));
  return value.as_float();
}

Result<ByteView> take_text(Reader& in) {
  RawValue raw;
  LINNET_TRY(take_cbor_value(in, raw));
  if (raw.kind != RawValue::Kind::String) return Error::Malformed;
  return raw.bytes;
}

/// True if a value of `kind` may stand in the field `label`.
bool fits(SenmlLabel label, RawValue::Kind kind) {
  using Kind = RawValue::Kind;
  if (kind == Kind::Null) return true;
  switch (label) {
    case SenmlLabel::Text:
    case SenmlLabel::Link: return kind == Kind::String;
    case SenmlLabel::Boolean: return kind == Kind::Boolean;
    case SenmlLabel::Data: return kind == Kind::Opaque;
    default: return kind == Kind::Integer || kind == Kind::Unsigned || kind == Kind::Float;
  }
}

Status take_field(ReadState& state, SenmlFields& fields, RawValue& value) {
  LINNET_TRY_ASSIGN(const SenmlLabel label, take_label(state.input));
  LINNET_TRY(fields.note(label));
  switch (label) {
    case SenmlLabel::Ignored: return cbor::Decoder(state.input).skip();  // [FMT-23]
    case SenmlLabel::BaseName: {
      LINNET_TRY_ASSIGN(state.base_name, take_text(state.input));
      return {};
    }
    case SenmlLabel::Name: {
      LINNET_TRY_ASSIGN(fields.name, take_text(state.input));
      return {};
    }
    case SenmlLabel::BaseTime: {
      LINNET_TRY_ASSIGN(state.base_time, take_double(state.input));
      return {};
    }
    case SenmlLabel::Time: {
      LINNET_TRY_ASSIGN(fields.time, take_double(state.input));
      return {};
    }
    case SenmlLabel::BaseVersion: {
      LINNET_TRY_ASSIGN(const double version, take_double(state.input));
      return check_senml_version(version);
    }
    default: break;
  }
  LINNET_TRY(take_cbor_value(state.input, value));
  if (!fits(label, value.kind)) return Error::Malformed;
  if (label == SenmlLabel::Link && value.kind != RawValue::Kind::Null) {
    value.kind = RawValue::Kind::LinkText;
  }
  return {};
}

/// True if the container `head` has no item after `done` ones; consumes its Break.
Result<bool> at_end(Reader& in, const ReadState::Level& level) {
  if (!level.indefinite) return level.remaining == 0;
  cbor::Decoder decoder(in);
  LINNET_TRY_ASSIGN(const Item item, decoder.peek());
  if (item.kind != Item::Kind::Break) return false;
  in.skip(1);
  return true;
}

Result<ReadState::Level> take_head(Reader& in, Item::Kind kind) {
  cbor::Decoder decoder(in);
  LINNET_TRY_ASSIGN(const Item head, decoder.next());
  if (head.kind != kind) return Error::Malformed;
  return ReadState::Level{static_cast<std::uint32_t>(head.number), 0, head.indefinite};
}

Result<bool> read(ReadState& state, Record& out, bool etch) {
  ReadState::Level& records = state.levels[0];
  if (!state.started) {
    state.started = true;
    LINNET_TRY_ASSIGN(records, take_head(state.input, Item::Kind::Array));
  }
  LINNET_TRY_ASSIGN(const bool end, at_end(state.input, records));
  if (end) return state.input.empty() ? Result<bool>(false) : Result<bool>(Error::Malformed);
  --records.remaining;

  SenmlFields fields;
  LINNET_TRY_ASSIGN(ReadState::Level record, take_head(state.input, Item::Kind::Map));
  while (true) {
    LINNET_TRY_ASSIGN(const bool record_end, at_end(state.input, record));
    if (record_end) break;
    --record.remaining;
    LINNET_TRY(take_field(state, fields, out.value));
  }
  PathParser parser;
  parser.put(as_text(state.base_name));
  parser.put(as_text(fields.name));
  LINNET_TRY(finish_senml_record(state, fields, parser, etch, out));
  return true;
}

Result<bool> read_senml(ReadState& state, Record& out) { return read(state, out, false); }
Result<bool> read_etch(ReadState& state, Record& out) { return read(state, out, true); }

void write_label(cbor::Encoder& encoder, SenmlLabel label) {
  const SenmlLabelRow& row = kSenmlLabels[static_cast<std::size_t>(label)];
  if (row.number == kNoNumber) {
    encoder.text(row.name);
  } else {
    encoder.integer(row.number);
  }
}

/// A time as an integer if it is one: shorter, and what others write.
void write_time(cbor::Encoder& encoder, double time) {
  const Result<Value> whole = number_value(time, DataType::Time);
  if (whole.ok()) {
    encoder.integer(whole->as_integer());
  } else {
    encoder.real(time);
  }
}

Status write(WriteState& state, WriteKind kind, const Path& path, const Value& value, bool etch) {
  LINNET_TRY(check_senml_kind(kind, etch));
  if (kind == WriteKind::Container) return {};  // there is no record for it
  const SenmlHead head(state, path);
  cbor::Encoder encoder(*state.output);
  encoder.map(head.fields() + (kind == WriteKind::Name ? 0u : 1u));
  if (!head.base_name.empty()) {
    write_label(encoder, SenmlLabel::BaseName);
    encoder.text(head.base_name);
  }
  if (head.base_time.has_value()) {
    write_label(encoder, SenmlLabel::BaseTime);
    write_time(encoder, *head.base_time);
  }
  if (!head.name.empty()) {
    write_label(encoder, SenmlLabel::Name);
    encoder.text(head.name);
  }
  if (head.time.has_value()) {
    write_label(encoder, SenmlLabel::Time);
    write_time(encoder, *head.time);
  }
  if (kind != WriteKind::Name) {
    write_label(encoder, senml_label(value.type()));
    write_cbor_value(*state.output, value);
  }
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
  cbor::Encoder(*state.output).insert_array_head(state.start, state.count);
  return {};
}

}  // namespace

constinit const Format kSenmlCbor = {
    ContentFormat::SenmlCbor, false, true, true, read_senml, convert_item, write_senml, finish};
constinit const Format kEtchCbor = {
    ContentFormat::EtchCbor, false, true, true, read_etch, convert_item, write_etch, finish};

}  // namespace linnet::lwm2m
