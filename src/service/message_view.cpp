// SPDX-License-Identifier: Apache-2.0
#include "message_view.hpp"

#include <array>

#include <linnet/coap/trace.hpp>
#include <linnet/lwm2m/format.hpp>
#include <linnet/posix/net_address.hpp>
#include <linnet/service/payload_records.hpp>
#include <linnet/service/service.hpp>

#include "json_operation.hpp"
#include "pcapng.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;
using coap::OptionNumber;

json::value text_value(std::string_view text) {
  return json::value(json::string_view(text.data(), text.size()));
}

json::array options_json(const coap::MessageView& message) {
  json::array out;
  std::array<char, 1024> buffer{};
  for (const auto& option : message.options()) {
    const auto known = coap::name(option.number);
    out.push_back(
        {{"name", known.empty()
                      ? json::value("Option-" + std::to_string(coap::to_number(option.number)))
                      : text_value(known)},
         {"value", text_value(coap::explain(option, buffer))}});
  }
  return out;
}

std::string code_text(coap::Code code) {
  const auto name = coap::name(code);
  if (coap::is_request(code) && !name.empty()) return std::string(name);
  const auto digits = coap::dotted(code);
  return {digits.data(), digits.size()};
}

std::string uri_of(const coap::MessageView& message, OptionNumber path, OptionNumber query) {
  std::array<char, 512> buffer{};
  std::string out;
  for (const auto& option : message.options(path)) {
    out += "/" + std::string(coap::explain(option, buffer));
  }
  char before = '?';
  for (const auto& option : message.options(query)) {
    out += before + std::string(coap::explain(option, buffer));
    before = '&';
  }
  return out;
}

/// What a list shows beside type and code.
std::string summary_of(const CapturedMessage& captured, const coap::MessageView& message) {
  std::string out;
  if (message.code() == coap::Code::Empty) {
    return message.type() == coap::Type::Con   ? "ping"
           : message.type() == coap::Type::Ack ? "acknowledged"
                                               : "rejected";
  }
  if (coap::is_request(message.code())) {
    out = uri_of(message, OptionNumber::UriPath, OptionNumber::UriQuery);
    if (out.empty()) out = "/";
    if (const auto observe = message.unsigned_option(OptionNumber::Observe)) {
      out += *observe == 0 ? ", observe" : ", observe no more";
    }
  } else {
    out = coap::name(message.code());
    if (!captured.target.is_root()) out += " " + to_string(captured.target);
    const auto place = uri_of(message, OptionNumber::LocationPath, OptionNumber::LocationQuery);
    if (!place.empty()) out += " " + place;
    if (const auto observe = message.unsigned_option(OptionNumber::Observe)) {
      out += ", notification " + std::to_string(*observe);
    }
  }
  std::array<char, 64> buffer{};
  for (const auto number : {OptionNumber::Block1, OptionNumber::Block2}) {
    for (const auto& option : message.options(number)) {
      out += ", block " + std::string(coap::explain(option, buffer));
    }
  }
  if (!captured.left_out.empty()) out += ", payload left out: " + std::string(captured.left_out);
  return out;
}

json::array values_json(const coap::MessageView& message, const lwm2m::Format& format,
                        const lwm2m::Path& base, const DeviceModel& model) {
  json::array out;
  PayloadRecords records(format, message.payload(), base, [&model](const lwm2m::Path& path) {
    return path.is_root() ? nullptr : model.resource(path);
  });
  DecodedRecord record;
  auto more = records.next(record);
  for (; more.ok() && *more; more = records.next(record)) {
    server::ResourceValue value{record.path, {}, record.time};
    if (record.kind == DecodedRecord::Kind::Value) value.value = record.value;
    json::object item = to_json(value, model);
    if (record.kind == DecodedRecord::Kind::Unreadable) {
      item["error"] = describe(record.error);
    } else if (record.kind == DecodedRecord::Kind::Deletion) {
      item["value"] = nullptr;
    }
    out.push_back(std::move(item));
  }
  if (!more.ok()) {
    out.push_back({{"path", to_string(base)}, {"error", describe(more.error())}});
  }
  return out;
}

bool is_text(coap::ContentFormat format) {
  using coap::ContentFormat;
  constexpr ContentFormat kTexts[] = {ContentFormat::Text,      ContentFormat::LinkFormat,
                                      ContentFormat::SenmlJson, ContentFormat::EtchJson,
                                      ContentFormat::Json10,    ContentFormat::OldText,
                                      ContentFormat::OldJson};
  return std::ranges::find(kTexts, format) != std::end(kTexts);
}

/// Whatever a device sent, as text that JSON can hold.
std::string readable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 && c != '\n' && c != '\t' ? '.' : c;
  }
  return out;
}

}  // namespace

json::object message_json(const CapturedMessage& captured, const DeviceModel& model) {
  json::object out{{"number", captured.number},
                   {"time", static_cast<double>(captured.unix_us) / 1e6},
                   {"direction", captured.in ? "in" : "out"},
                   {"address", posix::to_string(captured.address)},
                   {"secured", captured.secured},
                   {"hex", hex_text(as_bytes(captured.bytes))},
                   {"bytes", captured.size}};
  const ByteView bytes = as_bytes(captured.bytes);
  const auto message = coap::MessageView::parse(bytes);
  if (!message.ok()) {
    std::array<char, 256> buffer{};
    out["summary"] = text_value(coap::explain(bytes, buffer));
    out["type"] = out["code"] = out["token"] = "";
    out["messageId"] = 0;
    out["options"] = json::array{};
    return out;
  }
  out["summary"] = summary_of(captured, *message);
  out["type"] = text_value(coap::name(message->type()));
  out["code"] = code_text(message->code());
  out["messageId"] = message->message_id();
  out["token"] = hex_text(message->token().view());
  out["options"] = options_json(*message);
  if (!captured.left_out.empty()) out["leftOut"] = text_value(captured.left_out);
  if (message->payload().empty()) return out;
  const auto format = message->content_format();
  const bool reason = coap::is_response(message->code()) && !coap::is_success(message->code());
  if (format) out["format"] = format_name(*format);
  if (format ? is_text(*format) : reason) {
    out["payload"] = readable(as_text(message->payload()));
  }
  const auto* known = format ? lwm2m::find(lwm2m::all_formats(), *format) : nullptr;
  if (known != nullptr) out["values"] = values_json(*message, *known, captured.target, model);
  return out;
}

std::string messages_pcapng(std::string_view endpoint,
                            std::span<const std::shared_ptr<const CapturedMessage>> messages) {
  PcapngWriter out("linnet " + std::string(version()));
  for (const auto& message : messages) {
    std::string comment(endpoint);
    if (message->secured) comment += ", secured with DTLS on the wire";
    if (!message->left_out.empty()) {
      comment += ", payload left out: " + std::string(message->left_out);
    }
    out.add(message->unix_us, message->address, message->in, as_bytes(message->bytes), comment);
  }
  return out.take();
}

}  // namespace linnet::service
