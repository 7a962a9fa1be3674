// SPDX-License-Identifier: Apache-2.0
#include "fleet.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>

#include <linnet/base/check.hpp>
#include <linnet/coap/message.hpp>
#include <linnet/coap/observe.hpp>

namespace linnet::scale {
namespace {

using coap::OptionNumber;

constexpr std::size_t kHeader = 4;
constexpr std::size_t kToken = 8;
constexpr std::string_view kDigits = "000000000000000";  // an IMEI
constexpr std::string_view kNoRegistration = "AAAAAAAAAAA";
static_assert(kNoRegistration.size() == server::kRegistrationIdText);

/// Ten object links behind the root link.
std::string object_list(std::uint32_t model) {
  std::string text =
      "</>;rt=\"oma.lwm2m\";ct=\"60 110 112 11542\",</1/0>,</3/0>,</4/0>,</5/0>,</6/0>,</7/0>,"
      "</3303/0>,</3303/1>";
  for (std::uint32_t i = 1; i <= 2; ++i, model /= 16'384) {
    text += ",</" + std::to_string(10'240 + i) + "/" + std::to_string(model % 16'384) + ">";
  }
  return text;
}

coap::Header header(coap::Type type, coap::Code code) {
  return {type, code, 0, coap::Token::from_number(0, kToken)};
}

std::vector<std::uint8_t> build_register(std::uint32_t model) {
  std::array<std::uint8_t, kMaxRequest> storage;
  Writer out(storage);
  coap::MessageWriter message(out, header(coap::Type::Con, coap::Code::Post));
  message.add_option(OptionNumber::UriPath, "rd");
  message.add_content_format(coap::ContentFormat::LinkFormat);
  message.add_query("ep", "urn:imei:" + std::string(kDigits));
  message.add_query("lt", "86400");
  message.add_query("lwm2m", "1.1");
  message.add_query("b", "U");
  message.payload(as_bytes(object_list(model)));
  LINNET_CHECK(message.finish().ok());
  return {out.written().begin(), out.written().end()};
}

std::vector<std::uint8_t> build_update() {
  std::array<std::uint8_t, kMaxRequest> storage;
  Writer out(storage);
  coap::MessageWriter message(out, header(coap::Type::Con, coap::Code::Post));
  message.add_option(OptionNumber::UriPath, "rd");
  message.add_option(OptionNumber::UriPath, kNoRegistration);
  LINNET_CHECK(message.finish().ok());
  return {out.written().begin(), out.written().end()};
}

/// One temperature in SenML CBOR: [{-2: "/3303/0/5700", 2: a float of 4 bytes}].
constexpr std::array<std::uint8_t, 22> kTemperature = {0x81, 0xA2, 0x21, 0x6C, '/',  '3', '3', '0',
                                                       '3',  '/',  '0',  '/',  '5',  '7', '0', '0',
                                                       0x02, 0xFA, 0x41, 0xA8, 0x00, 0x00};
/// An Observe option of three bytes, so that the sequence number has a fixed place.
constexpr std::uint32_t kLongSequence = 0x800000;
constexpr std::size_t kSequence = kHeader + kToken + 1;

std::vector<std::uint8_t> build_notification() {
  std::array<std::uint8_t, kMaxRequest> storage;
  Writer out(storage);
  coap::MessageWriter message(out, header(coap::Type::Con, coap::Code::Content));
  message.add_unsigned(OptionNumber::Observe, kLongSequence);
  message.add_content_format(coap::ContentFormat::SenmlCbor);
  message.payload(kTemperature);
  LINNET_CHECK(message.finish().ok());
  return {out.written().begin(), out.written().end()};
}

void put_message_id(std::uint32_t number, MutableBytes out) {
  out[2] = static_cast<std::uint8_t>(number >> 8);
  out[3] = static_cast<std::uint8_t>(number);
}

void put_digits(std::uint8_t* last, std::uint32_t number) {
  for (; number != 0; number /= 10) *last-- = static_cast<std::uint8_t>('0' + number % 10);
}

}  // namespace

const char* name_of(Request request) {
  switch (request) {
    case Request::Register: return "register";
    case Request::Update: return "update";
    case Request::Notify: break;
  }
  return "notify";
}

Fleet::Fleet(std::uint32_t devices, std::uint32_t models) : devices_(devices) {
  LINNET_CHECK(models >= 1 && models <= devices && devices <= kMaxDevices);
  for (std::uint32_t model = 0; model < models; ++model) {
    Template made{build_register(model), 0};
    made.varying = as_text(made.bytes).find(kDigits);
    registers_.push_back(std::move(made));
  }
  update_.bytes = build_update();
  update_.varying = as_text(update_.bytes).find(kNoRegistration);
  // Real devices start their message ids anywhere.
  std::mt19937 random(1);
  for (Device& device : devices_) device.message_id = static_cast<std::uint16_t>(random());
  notification_.bytes = build_notification();
  notification_.varying = notification_.bytes.size() - 2;
}

SocketAddress Fleet::address(std::uint32_t device, std::uint16_t port) {
  return SocketAddress::v4(127, static_cast<std::uint8_t>(16 + (device >> 16)),
                           static_cast<std::uint8_t>(device >> 8),
                           static_cast<std::uint8_t>(device), port);
}

std::optional<std::uint32_t> Fleet::device_at(const SocketAddress& address) const {
  const auto device = static_cast<std::uint32_t>(address.ip[13] - 16) << 16 |
                      static_cast<std::uint32_t>(address.ip[14] << 8 | address.ip[15]);
  if (device >= devices_.size() || Fleet::address(device, address.port) != address) return {};
  return device;
}

std::size_t Fleet::write(Request request, std::uint32_t device, std::uint32_t number,
                         MutableBytes out) {
  const Template& from = request == Request::Register ? registers_[device % registers_.size()]
                         : request == Request::Update ? update_
                                                      : notification_;
  Device& state = devices_[device];
  std::memcpy(out.data(), from.bytes.data(), from.bytes.size());
  put_message_id(state.message_id++, out);
  std::uint8_t* token = out.data() + kHeader;
  std::uint8_t* varying = out.data() + from.varying;
  switch (request) {
    case Request::Register:
      std::memcpy(token, &number, sizeof(number));
      put_digits(varying + kDigits.size() - 1, device);
      break;
    case Request::Update:
      std::memcpy(token, &number, sizeof(number));
      std::memcpy(varying, state.registration.data(), state.registration.size());
      break;
    case Request::Notify:
      std::memcpy(token, state.observation.data(), kToken);
      out[kSequence] = static_cast<std::uint8_t>(number >> 16);
      out[kSequence + 1] = static_cast<std::uint8_t>(number >> 8);
      out[kSequence + 2] = static_cast<std::uint8_t>(number);
      std::memcpy(varying, &number, 2);
      break;
  }
  return from.bytes.size();
}

std::size_t Fleet::answer_observe(std::uint32_t device, std::uint32_t number, ByteView request,
                                  MutableBytes out) {
  const auto message = coap::MessageView::parse(request);
  if (!message || message->code() != coap::Code::Get || message->token().size() != kToken ||
      message->unsigned_option(OptionNumber::Observe) != coap::kObserveRegister) {
    return 0;
  }
  std::memcpy(devices_[device].observation.data(), message->token().view().data(), kToken);
  const std::size_t size = write(Request::Notify, device, number, out);
  out[0] = static_cast<std::uint8_t>((out[0] & 0xCF) | static_cast<unsigned>(coap::Type::Ack) << 4);
  put_message_id(message->message_id(), out);
  return size;
}

std::optional<std::uint16_t> Fleet::mark_of(Request request, ByteView datagram) {
  std::uint16_t mark = 0;
  if (request == Request::Notify) {
    const auto header = coap::peek_header(datagram);
    if (!header) return {};
    mark = header->message_id;
  } else {
    if (datagram.size() < kHeader + kToken || (datagram[0] & 15) != kToken) return {};
    std::memcpy(&mark, datagram.data() + kHeader, sizeof(mark));
  }
  return mark;
}

bool Fleet::granted(Request request, std::uint32_t device, ByteView sent, ByteView answer) {
  const auto header = coap::peek_header(answer);
  if (!header || header->type != coap::Type::Ack) return false;
  if (!equal(answer.subspan(2, 2), sent.subspan(2, 2))) return false;
  if (request == Request::Notify) {
    return header->code == coap::Code::Empty && answer.size() == kHeader;
  }
  if (answer.size() < kHeader + kToken) return false;
  if (!equal(answer.subspan(kHeader, kToken), sent.subspan(kHeader, kToken))) return false;
  if (request == Request::Update) {
    return header->code == coap::Code::Changed && answer.size() == kHeader + kToken;
  }
  const auto message = coap::MessageView::parse(answer);
  if (!message || message->code() != coap::Code::Created) return false;
  std::string_view id;
  for (const auto& option : message->options(OptionNumber::LocationPath)) id = option.text();
  Device& state = devices_[device];
  if (id.size() != state.registration.size()) return false;
  std::copy(id.begin(), id.end(), state.registration.begin());
  return true;
}

std::vector<std::uint32_t> Fleet::shuffled() const {
  std::vector<std::uint32_t> order(devices_.size());
  std::iota(order.begin(), order.end(), 0u);
  std::shuffle(order.begin(), order.end(), std::mt19937(7));
  return order;
}

}  // namespace linnet::scale
