// SPDX-License-Identifier: Apache-2.0
#include "value_words.hpp"

#include <array>
#include <charconv>

#include "bytes_text.hpp"
#include "command.hpp"
#include "table.hpp"

namespace linnet::cli {

std::string path_words(const lwm2m::Path& path) {
  std::array<char, lwm2m::kMaxPathText> text{};
  return std::string(lwm2m::format(path, text));
}

std::string value_words(const lwm2m::Value& value) {
  using lwm2m::DataType;
  switch (value.type()) {
    case DataType::None: return "";
    case DataType::String:
    case DataType::Corelnk: return printable(value.as_string());
    case DataType::Integer: return std::to_string(value.as_integer());
    case DataType::Time:
      return local_time(static_cast<double>(value.as_integer())) + " (" +
             std::to_string(value.as_integer()) + ")";
    case DataType::Unsigned: return std::to_string(value.as_unsigned());
    case DataType::Float: {
      char text[32];
      return {text, std::to_chars(text, text + sizeof(text), value.as_float()).ptr};
    }
    case DataType::Boolean: return value.as_boolean() ? "true" : "false";
    case DataType::Opaque:
      return to_hex(as_text(value.as_opaque())) + " (" + std::to_string(value.as_opaque().size()) +
             " bytes)";
    case DataType::Objlnk:
      return std::to_string(value.as_link().object) + ":" +
             std::to_string(value.as_link().instance);
  }
  return "";
}

coap::ContentFormat parse_format(std::string_view text) {
  using coap::ContentFormat;
  constexpr std::pair<std::string_view, ContentFormat> kNames[] = {
      {"text", ContentFormat::Text},
      {"opaque", ContentFormat::Opaque},
      {"cbor", ContentFormat::Cbor},
      {"senml-json", ContentFormat::SenmlJson},
      {"senml-cbor", ContentFormat::SenmlCbor},
      {"tlv", ContentFormat::Tlv},
      {"json", ContentFormat::Json10},
      {"lwm2m-cbor", ContentFormat::Lwm2mCbor},
      {"link-format", ContentFormat::LinkFormat},
      {"senml-etch-json", ContentFormat::EtchJson},
      {"senml-etch-cbor", ContentFormat::EtchCbor},
  };
  std::string list;
  for (const auto& [name, format] : kNames) {
    if (name == text) return format;
    list += std::string(name) + ", ";
  }
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size())
    return static_cast<ContentFormat>(number);
  throw Failure(kUsage, "there is no format \"" + std::string(text) + "\"; formats are " + list +
                            "or the number of one");
}

}  // namespace linnet::cli
