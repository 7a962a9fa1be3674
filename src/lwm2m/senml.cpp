// SPDX-License-Identifier: Apache-2.0
#include <lwm2m/senml.hpp>

namespace linnet::lwm2m {
namespace {

constexpr unsigned bit(SenmlLabel label) { return 1u << static_cast<unsigned>(label); }

constexpr unsigned kValues = bit(SenmlLabel::Value) | bit(SenmlLabel::Text) |
                             bit(SenmlLabel::Boolean) | bit(SenmlLabel::Data) |
                             bit(SenmlLabel::Link);

/// Which base name is in force while writing: `WriteState::base_name`.
enum BaseName : std::uint8_t { kNoBaseName, kTarget, kTargetAndSlash };

}  // namespace

SenmlLabel find_senml_label(std::string_view name) {
  std::uint8_t i = 0;
  for (const SenmlLabelRow& row : kSenmlLabels) {
    if (row.name == name) return static_cast<SenmlLabel>(i);
    ++i;
  }
  return name.ends_with('_') ? SenmlLabel::Refused : SenmlLabel::Ignored;
}

SenmlLabel senml_label(DataType type) {
  switch (type) {
    case DataType::String:
    case DataType::Corelnk: return SenmlLabel::Text;
    case DataType::Boolean: return SenmlLabel::Boolean;
    case DataType::Opaque: return SenmlLabel::Data;
    case DataType::Objlnk: return SenmlLabel::Link;
    default: return SenmlLabel::Value;  // also of a null
  }
}

Status SenmlFields::note(SenmlLabel label) {
  // A base value would have to be added to the values that follow; LwM2M does not know it.
  if (label == SenmlLabel::Refused || label == SenmlLabel::BaseValue) return Error::Unsupported;
  if (label == SenmlLabel::Ignored) return {};
  if (has(label)) return Error::Malformed;
  if ((bit(label) & kValues) != 0 && (seen & kValues) != 0) return Error::Malformed;  // [FMT-16]
  seen = static_cast<std::uint16_t>(seen | bit(label));
  return {};
}

Status check_senml_version(double version) {
  constexpr double kRfc8428 = 10;
  if (version > kRfc8428) return Error::Unsupported;
  return {};
}

Status finish_senml_record(const ReadState& state, const SenmlFields& fields,
                           const PathParser& parser, bool etch, Record& out) {
  LINNET_TRY_ASSIGN(out.path, parser.finish());
  if (out.value.kind == RawValue::Kind::None) return {};  // [FMT-21]
  if (out.value.kind == RawValue::Kind::Null) {           // [FMT-24]
    return etch ? Status() : Status(Error::Malformed);
  }
  if (out.path.depth() < 3) return Error::Malformed;  // [FMT-17]
  const double time = state.base_time + fields.time;  // [FMT-18]
  if (time - time != 0) return Error::Range;          // infinite or not a number
  if (time != 0) out.time = time;
  return {};
}

SenmlHead::SenmlHead(WriteState& state, const Path& path) {
  choose_names(state, path);
  choose_times(state);
}

// A record of the target itself has its path in the base name alone, records below the target
// have it in front of their own, and below the root each has its full path: as the examples of
// Core 1.2 §7.4.6 do. [FMT-16] [FMT-17]
void SenmlHead::choose_names(WriteState& state, const Path& path) {
  const std::string_view full = format(path, text_);
  if (state.base.is_root()) {
    name = full;
    return;
  }
  const std::string_view target = format(state.base, std::span(base_text_, kMaxPathText));
  const BaseName wanted = path == state.base ? kTarget : kTargetAndSlash;
  std::size_t length = target.size();
  if (wanted == kTargetAndSlash) {
    base_text_[length++] = '/';
    name = full.substr(length);
  }
  if (state.base_name == wanted) return;
  state.base_name = wanted;
  base_name = std::string_view(base_text_, length);
}

void SenmlHead::choose_times(WriteState& state) {
  const double wanted = state.time;
  if (state.base_time == 0 && wanted == 0) return;
  const double rest = wanted - state.base_time;
  // The sum has to give the same double again.
  if (state.base_time == 0 || wanted == 0 || state.base_time + rest != wanted) {
    state.base_time = wanted;
    base_time = wanted;
  } else if (rest != 0) {
    time = rest;
  }
}

Status check_senml_kind(WriteKind kind, bool etch) {
  if (kind == WriteKind::Null && !etch) return Error::NotAcceptable;
  return {};
}

}  // namespace linnet::lwm2m
