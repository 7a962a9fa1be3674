// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <linnet/coap/block.hpp>
#include <linnet/coap/trace.hpp>

namespace linnet::coap {
namespace {

/// Text into a caller's span; what does not fit is dropped and marked at the end.
class Line {
 public:
  explicit Line(std::span<char> out) : out_(out) {}

  void put(char c) {
    if (size_ < out_.size()) {
      out_[size_++] = c;
    } else {
      cut_ = true;
    }
  }
  void put(std::string_view text) {
    for (const char c : text) put(c);
  }
  void number(std::size_t value) {
    if (value >= 10) number(value / 10);
    put(static_cast<char>('0' + value % 10));
  }
  void hex(std::uint8_t byte) {
    put("0123456789abcdef"[byte >> 4]);
    put("0123456789abcdef"[byte & 15]);
  }
  void hex(ByteView bytes) {
    for (const std::uint8_t byte : bytes) hex(byte);
  }
  /// Control characters, blanks and anything beyond ASCII as \xNN: one message stays one line and
  /// its options stay apart.
  void escaped(ByteView bytes) {
    for (const std::uint8_t byte : bytes) {
      if (byte > 0x20 && byte < 0x7F && byte != '\\') {
        put(static_cast<char>(byte));
      } else {
        put("\\x");
        hex(byte);
      }
    }
  }
  [[nodiscard]] std::string_view result() {
    if (cut_) {
      const std::size_t dots = std::min<std::size_t>(3, size_);
      std::fill_n(out_.data() + size_ - dots, dots, '.');
    }
    return {out_.data(), size_};
  }

 private:
  std::span<char> out_;
  std::size_t size_ = 0;
  bool cut_ = false;
};

void put_code(Line& line, Code code) {
  const std::string_view known = name(code);
  if (code_class(code) != 0 || known.empty()) {
    const auto digits = dotted(code);
    line.put(std::string_view(digits.data(), digits.size()));
    if (!known.empty()) line.put(' ');
  }
  line.put(known);
}

void put_block(Line& line, ByteView value) {
  const Result<BlockOption> block = BlockOption::parse(value);
  if (!block.ok()) return line.hex(value);
  line.number(block->number);
  line.put(block->more ? "/more/" : "/last/");
  line.number(block->size());
}

void put_unsigned(Line& line, const OptionView& option) {
  const Result<std::uint32_t> value = option.unsigned_value();
  if (!value.ok()) return line.hex(option.value);
  line.number(*value);
  if (option.number != OptionNumber::ContentFormat && option.number != OptionNumber::Accept) {
    return;
  }
  const std::string_view format = name(static_cast<ContentFormat>(*value));
  if (*value > 0xFFFF || format.empty()) return;
  line.put(" (");
  line.put(format);
  line.put(')');
}

void put_value(Line& line, const OptionView& option) {
  const OptionRule* rule = find_rule(option.number);
  if (option.number == OptionNumber::Block1 || option.number == OptionNumber::Block2) {
    put_block(line, option.value);
  } else if (rule != nullptr && rule->format == OptionFormat::Unsigned) {
    put_unsigned(line, option);
  } else if (rule != nullptr && rule->format == OptionFormat::String) {
    line.escaped(option.value);
  } else {
    line.hex(option.value);
  }
}

void put_option(Line& line, const OptionView& option) {
  line.put(' ');
  const std::string_view known = name(option.number);
  if (known.empty()) {
    line.put("Option-");
    line.number(to_number(option.number));
  } else {
    line.put(known);
  }
  const OptionRule* rule = find_rule(option.number);
  if (rule == nullptr || rule->format != OptionFormat::Empty || !option.value.empty()) {
    line.put(':');
  }
  put_value(line, option);
  if (rule != nullptr &&
      (option.value.size() < rule->min_size || option.value.size() > rule->max_size)) {
    line.put("(bad length)");
  }
}

void put_header(Line& line, const Header& header) {
  line.put(name(header.type));
  line.put(' ');
  put_code(line, header.code);
  line.put(" mid=");
  line.number(header.message_id);
}

/// Which rule of the message format is broken. REQUIRES: the datagram does not parse.
std::string_view why_malformed(ByteView datagram) {
  const std::optional<Header> header = peek_header(datagram);
  if (datagram.size() < 4) return "shorter than a header";
  if (!header) return "version is not 1";
  const Code code = header->code;
  if (code != Code::Empty && !is_request(code) && !is_response(code)) return "reserved code";
  const std::size_t token_size = datagram[0] & 15u;
  if (token_size > Token::kMaxSize) return "token length above 8";
  if (datagram.size() < 4 + token_size) return "ends inside the token";
  if (code == Code::Empty && datagram.size() > 4) return "empty message with content";
  if (!MessageView::parse_body({}, datagram.subspan(4 + token_size)).ok()) {
    return "bad option or payload marker";
  }
  return "this type cannot carry this code";
}

}  // namespace

std::string_view name(OptionNumber number) {
  switch (number) {
    case OptionNumber::IfMatch: return "If-Match";
    case OptionNumber::UriHost: return "Uri-Host";
    case OptionNumber::ETag: return "ETag";
    case OptionNumber::IfNoneMatch: return "If-None-Match";
    case OptionNumber::Observe: return "Observe";
    case OptionNumber::UriPort: return "Uri-Port";
    case OptionNumber::LocationPath: return "Location-Path";
    case OptionNumber::Oscore: return "OSCORE";
    case OptionNumber::UriPath: return "Uri-Path";
    case OptionNumber::ContentFormat: return "Content-Format";
    case OptionNumber::MaxAge: return "Max-Age";
    case OptionNumber::UriQuery: return "Uri-Query";
    case OptionNumber::HopLimit: return "Hop-Limit";
    case OptionNumber::Accept: return "Accept";
    case OptionNumber::QBlock1: return "Q-Block1";
    case OptionNumber::LocationQuery: return "Location-Query";
    case OptionNumber::Edhoc: return "EDHOC";
    case OptionNumber::Block2: return "Block2";
    case OptionNumber::Block1: return "Block1";
    case OptionNumber::Size2: return "Size2";
    case OptionNumber::QBlock2: return "Q-Block2";
    case OptionNumber::ProxyUri: return "Proxy-Uri";
    case OptionNumber::ProxyScheme: return "Proxy-Scheme";
    case OptionNumber::Size1: return "Size1";
    case OptionNumber::Echo: return "Echo";
    case OptionNumber::NoResponse: return "No-Response";
    case OptionNumber::RequestTag: return "Request-Tag";
  }
  return {};
}

std::string_view name(Type type) {
  switch (type) {
    case Type::Con: return "CON";
    case Type::Non: return "NON";
    case Type::Ack: return "ACK";
    case Type::Rst: return "RST";
  }
  return {};
}

std::string_view name(ContentFormat format) {
  switch (format) {
    case ContentFormat::Text: return "text/plain";
    case ContentFormat::LinkFormat: return "application/link-format";
    case ContentFormat::Opaque: return "application/octet-stream";
    case ContentFormat::Cbor: return "application/cbor";
    case ContentFormat::SenmlJson: return "application/senml+json";
    case ContentFormat::SenmlCbor: return "application/senml+cbor";
    case ContentFormat::EtchJson: return "application/senml-etch+json";
    case ContentFormat::EtchCbor: return "application/senml-etch+cbor";
    case ContentFormat::OldText: return "text/plain, pre-standard";
    case ContentFormat::OldTlv: return "application/vnd.oma.lwm2m+tlv, pre-standard";
    case ContentFormat::OldJson: return "application/vnd.oma.lwm2m+json, pre-standard";
    case ContentFormat::Tlv: return "application/vnd.oma.lwm2m+tlv";
    case ContentFormat::Json10: return "application/vnd.oma.lwm2m+json";
    case ContentFormat::Lwm2mCbor: return "application/vnd.oma.lwm2m+cbor";
  }
  return {};
}

std::string_view explain(const MessageView& message, std::span<char> out) {
  Line line(out);
  put_header(line, message.header());
  if (!message.token().empty()) {
    line.put(" token=");
    line.hex(message.token().view());
  }
  for (const OptionView& option : message.options()) put_option(line, option);
  if (!message.payload().empty()) {
    line.put(" payload ");
    line.number(message.payload().size());
    line.put(message.payload().size() == 1 ? " byte" : " bytes");
  }
  return line.result();
}

std::string_view explain(const OptionView& option, std::span<char> out) {
  Line line(out);
  put_value(line, option);
  return line.result();
}

std::string_view explain(ByteView datagram, std::span<char> out) {
  const Result<MessageView> message = MessageView::parse(datagram);
  if (message.ok()) return explain(*message, out);
  Line line(out);
  line.put("malformed, ");
  line.put(why_malformed(datagram));
  line.put(": ");
  if (const auto header = peek_header(datagram)) {
    put_header(line, *header);
    line.put(", ");
  }
  line.number(datagram.size());
  line.put(" bytes");
  return line.result();
}

}  // namespace linnet::coap
