// SPDX-License-Identifier: Apache-2.0
#include <linnet/base/check.hpp>
#include <linnet/coap/message.hpp>

namespace linnet::coap {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kPayloadMarker = 0xFF;
constexpr std::size_t kHeaderSize = 4;

/// Nibbles of an option header with a meaning of their own, and what one and two extra bytes add.
constexpr std::uint8_t kOneByte = 13;
constexpr std::uint8_t kTwoBytes = 14;
constexpr std::uint32_t kOneByteBase = 13;
constexpr std::uint32_t kTwoBytesBase = 269;

std::uint32_t read_extended(Reader& reader, std::uint8_t nibble) {
  if (nibble < kOneByte) return nibble;
  if (nibble == kOneByte) return kOneByteBase + reader.u8();
  if (nibble == kTwoBytes) return kTwoBytesBase + reader.u16();
  reader.fail(Error::Malformed);
  return 0;
}

/// Reads one option; `number` holds that of the option before it, and then its own.
ByteView read_option(Reader& reader, std::uint32_t& number) {
  const std::uint8_t head = reader.u8();
  number += read_extended(reader, head >> 4);
  const std::uint32_t size = read_extended(reader, head & 15);
  if (number > 0xFFFF) reader.fail(Error::Malformed);
  return reader.take(size);
}

/// What may be told of the first four bytes, in host form; the reserved parts are not judged.
Header read_fixed_header(ByteView datagram) {
  Header header;
  header.type = static_cast<Type>(datagram[0] >> 4 & 3);
  header.code = static_cast<Code>(datagram[1]);
  header.message_id = static_cast<std::uint16_t>(datagram[2] << 8 | datagram[3]);
  return header;
}

/// RFC 7252 §4.2, §4.3: which code each type may carry. [TR-01]
bool fits_type(Type type, Code code) {
  if (code == Code::Empty) return type != Type::Non;
  if (is_response(code)) return type != Type::Rst;
  return is_request(code) && (type == Type::Con || type == Type::Non);
}

bool repeats(const OptionRule* rule, bool seen) {
  return seen && rule != nullptr && !rule->repeatable;
}

bool fits_rule(const OptionRule* rule, std::size_t size) {
  return rule == nullptr || (size >= rule->min_size && size <= rule->max_size);
}

/// The nibble for `value`, which is followed by 0, 1 or 2 bytes.
std::uint8_t nibble_for(std::size_t value) {
  if (value < kOneByteBase) return static_cast<std::uint8_t>(value);
  return value < kTwoBytesBase ? kOneByte : kTwoBytes;
}

void write_extended(Writer& out, std::uint8_t nibble, std::size_t value) {
  if (nibble == kOneByte) out.u8(static_cast<std::uint8_t>(value - kOneByteBase));
  if (nibble == kTwoBytes) out.u16(static_cast<std::uint16_t>(value - kTwoBytesBase));
}

}  // namespace

Result<Token> Token::from(ByteView bytes) {
  if (bytes.size() > kMaxSize) return Error::Range;
  Token token;
  for (std::size_t i = 0; i < bytes.size(); ++i) token.bytes_[i] = bytes[i];
  token.size_ = static_cast<std::uint8_t>(bytes.size());
  return token;
}

Token Token::random(Rng& rng, std::size_t size) {
  LINNET_CHECK(size <= kMaxSize);
  Token token;
  rng.fill(MutableBytes{token.bytes_}.first(size));
  token.size_ = static_cast<std::uint8_t>(size);
  return token;
}

Token Token::from_number(std::uint64_t value, std::size_t size) {
  LINNET_CHECK(size <= kMaxSize);
  Token token;
  for (std::size_t i = size; i-- > 0; value >>= 8) {
    token.bytes_[i] = static_cast<std::uint8_t>(value);
  }
  token.size_ = static_cast<std::uint8_t>(size);
  return token;
}

std::uint64_t Token::number() const {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : view()) value = value << 8 | byte;
  return value;
}

OptionRange::Iterator::Iterator(ByteView options, std::int32_t only)
    : rest_(options), only_(only), at_end_(false) {
  next();
}

void OptionRange::Iterator::next() {
  Reader reader(rest_);
  std::uint32_t number = to_number(option_.number);
  while (!reader.empty()) {
    const ByteView value = read_option(reader, number);
    LINNET_CHECK(reader.ok());  // the bytes were checked by MessageView::parse_body
    option_ = {static_cast<OptionNumber>(number), value};
    if (only_ != kAll && number > static_cast<std::uint32_t>(only_)) break;
    if (only_ == kAll || number == static_cast<std::uint32_t>(only_)) {
      rest_ = reader.rest();
      return;
    }
  }
  *this = Iterator{};
}

// [TR-01]
Result<MessageView> MessageView::parse(ByteView datagram) {
  if (datagram.size() < kHeaderSize || datagram[0] >> 6 != kVersion) return Error::Malformed;
  Header header = read_fixed_header(datagram);
  if (!fits_type(header.type, header.code)) return Error::Malformed;

  Reader reader(datagram.subspan(kHeaderSize));
  const Result<Token> token = Token::from(reader.take(datagram[0] & 15));
  if (!reader.ok() || !token.ok()) return Error::Malformed;
  header.token = *token;
  if (header.code == Code::Empty && datagram.size() != kHeaderSize) return Error::Malformed;
  return parse_body(header, reader.rest());
}

Result<MessageView> MessageView::parse_body(const Header& header, ByteView options_and_payload) {
  Result<MessageView> result = MessageView();
  MessageView& message = *result;
  message.header_ = header;
  message.options_ = options_and_payload;
  Reader reader(options_and_payload);
  std::uint32_t number = 0;
  while (!reader.empty()) {
    if (reader.peek() == kPayloadMarker) {
      message.options_ = options_and_payload.first(reader.position());
      message.payload_ = reader.rest().subspan(1);
      if (message.payload_.empty()) return Error::Malformed;
      break;
    }
    (void)read_option(reader, number);
    if (!reader.ok()) return Error::Malformed;
  }
  return result;
}

std::optional<ByteView> MessageView::find(OptionNumber number) const {
  const OptionRule* rule = find_rule(number);
  for (const OptionView& option : options(number)) {
    if (fits_rule(rule, option.value.size())) return option.value;
    if (repeats(rule, true)) break;
  }
  return {};
}

std::optional<std::uint32_t> MessageView::unsigned_option(OptionNumber number) const {
  const std::optional<ByteView> value = find(number);
  if (!value) return {};
  const Result<std::uint32_t> decoded = decode_unsigned(*value);
  if (!decoded.ok()) return {};
  return *decoded;
}

std::optional<ContentFormat> MessageView::format_option(OptionNumber number) const {
  const auto value = unsigned_option(number);
  if (!value) return {};
  return static_cast<ContentFormat>(*value);
}

// [TR-09]
std::optional<std::string_view> MessageView::query(std::string_view key) const {
  for (const OptionView& option : options(OptionNumber::UriQuery)) {
    const std::string_view text = option.text();
    if (text.substr(0, key.size()) != key) continue;
    if (text.size() == key.size()) return std::string_view{};
    if (text[key.size()] == '=') return text.substr(key.size() + 1);
  }
  return {};
}

std::optional<OptionNumber> MessageView::first_unknown_critical(
    std::span<const OptionNumber> understood) const {
  bool first = true;
  OptionNumber before{};
  for (const OptionView& option : options()) {
    const bool seen = !first && option.number == before;
    first = false;
    before = option.number;
    if (is_elective(option.number)) continue;
    bool known = false;
    for (const OptionNumber number : understood) known = known || number == option.number;
    const OptionRule* rule = find_rule(option.number);
    if (!known || repeats(rule, seen) || !fits_rule(rule, option.value.size())) {
      return option.number;
    }
  }
  return {};
}

std::optional<Header> peek_header(ByteView datagram) {
  if (datagram.size() < kHeaderSize || datagram[0] >> 6 != kVersion) return {};
  return read_fixed_header(datagram);
}

std::array<std::uint8_t, 4> empty_message(Type type, std::uint16_t message_id) {
  return {static_cast<std::uint8_t>(kVersion << 6 | static_cast<unsigned>(type) << 4), 0,
          static_cast<std::uint8_t>(message_id >> 8), static_cast<std::uint8_t>(message_id)};
}

// [TR-01]
std::optional<std::array<std::uint8_t, 4>> reset_for(ByteView datagram) {
  const std::optional<Header> header = peek_header(datagram);
  if (!header || header->type != Type::Con) return {};
  return empty_message(Type::Rst, header->message_id);
}

MessageWriter::MessageWriter(Writer& out, const Header& header) : out_(out) {
  out.u8(static_cast<std::uint8_t>(kVersion << 6 | static_cast<unsigned>(header.type) << 4 |
                                   header.token.size()));
  out.u8(static_cast<std::uint8_t>(header.code));
  out.u16(header.message_id);
  out.bytes(header.token.view());
}

void MessageWriter::option_header(OptionNumber number, std::size_t size) {
  if (in_payload_ || to_number(number) < last_option_) return out_.fail(Error::Order);
  if (size > kTwoBytesBase + 0xFFFFu) return out_.fail(Error::Range);
  const std::size_t delta = static_cast<std::size_t>(to_number(number) - last_option_);
  last_option_ = to_number(number);
  const std::uint8_t delta_nibble = nibble_for(delta);
  const std::uint8_t size_nibble = nibble_for(size);
  out_.u8(static_cast<std::uint8_t>(delta_nibble << 4 | size_nibble));
  write_extended(out_, delta_nibble, delta);
  write_extended(out_, size_nibble, size);
}

void MessageWriter::add_option(OptionNumber number, ByteView value) {
  option_header(number, value.size());
  out_.bytes(value);
}

void MessageWriter::add_unsigned(OptionNumber number, std::uint32_t value) {
  const std::size_t size = unsigned_size(value);
  option_header(number, size);
  out_.unsigned_be(value, size);
}

void MessageWriter::add_path(std::string_view path, OptionNumber number) {
  if (!path.empty() && path.front() == '/') path.remove_prefix(1);
  if (!path.empty() && path.back() == '/') path.remove_suffix(1);
  while (!path.empty()) add_option(number, take_until(path, '/'));
}

// [TR-09]
void MessageWriter::add_query(const char* key, std::string_view value) {
  option_header(OptionNumber::UriQuery, std::strlen(key) + 1 + value.size());
  out_.text(key);
  out_.character('=');
  out_.text(value);
}

void MessageWriter::begin_payload() {
  if (in_payload_) return out_.fail(Error::Order);
  in_payload_ = true;
  payload_at_ = out_.size();
  out_.u8(kPayloadMarker);
}

void MessageWriter::payload(ByteView bytes) {
  begin_payload();
  out_.bytes(bytes);
}

Status MessageWriter::finish() {
  if (out_.ok() && in_payload_ && out_.size() == payload_at_ + 1) out_.truncate(payload_at_);
  return out_.status();
}

}  // namespace linnet::coap
