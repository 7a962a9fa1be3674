// SPDX-License-Identifier: Apache-2.0
#include <linnet/service/payload_records.hpp>

#include <algorithm>
#include <utility>

namespace linnet::service {

lwm2m::Path request_target(const coap::MessageView& request) {
  // The longest run of numbers at the end.
  std::string text;
  for (const auto& option : request.options(coap::OptionNumber::UriPath)) {
    const auto piece = option.text();
    const bool number =
        !piece.empty() && std::ranges::all_of(piece, [](char c) { return c >= '0' && c <= '9'; });
    if (number) {
      text += "/" + std::string(piece);
    } else {
      text.clear();
    }
  }
  const auto path = lwm2m::Path::parse(text.empty() ? "/" : text);
  return path.ok() ? *path : lwm2m::Path{};
}

Result<bool> PayloadRecords::next(DecodedRecord& out) {
  lwm2m::Record record;
  const auto more = reader_.next(record);
  if (!more.ok() || !*more) return more;
  out = {};
  out.path = record.path;
  out.time = record.time;
  out.resource = find_(record.path);
  if (record.value.kind == lwm2m::RawValue::Kind::None) return true;
  if (record.value.kind == lwm2m::RawValue::Kind::Null) {
    out.kind = DecodedRecord::Kind::Deletion;
    return true;
  }
  scratch_.resize(record.value.bytes.size() + 16);
  const MutableBytes space{reinterpret_cast<std::uint8_t*>(scratch_.data()), scratch_.size()};
  const auto natural = lwm2m::natural_type(record.value);
  const bool known = out.resource != nullptr && out.resource->type != lwm2m::DataType::None;
  out.type = known ? out.resource->type : natural;
  auto value = lwm2m::convert(record.value, out.type, space);
  if (!value.ok() && out.type != natural) {
    out.expected = std::exchange(out.type, natural);
    value = lwm2m::convert(record.value, natural, space);
  }
  out.kind = value.ok() ? DecodedRecord::Kind::Value : DecodedRecord::Kind::Unreadable;
  if (value.ok()) {
    out.value = *value;
  } else {
    out.error = value.error();
  }
  return true;
}

}  // namespace linnet::service
