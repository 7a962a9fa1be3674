// SPDX-License-Identifier: Apache-2.0
#include "fleet.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>

#include <linnet/base/check.hpp>
#include <linnet/coap/message.hpp>

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

coap::Header header(std::uint16_t message_id) {
  return {coap::Type::Con, coap::Code::Post, message_id, coap::Token::from_number(0, kToken)};
}

std::vector<std::uint8_t> build_register(std::uint32_t model) {
  std::array<std::uint8_t, kMaxRequest> storage;
  Writer out(storage);
  coap::MessageWriter message(out, header(0));
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
  coap::MessageWriter message(out, header(0));
  message.add_option(OptionNumber::UriPath, "rd");
  message.add_option(OptionNumber::UriPath, kNoRegistration);
  LINNET_CHECK(message.finish().ok());
  return {out.written().begin(), out.written().end()};
}

void put_digits(std::uint8_t* last, std::uint32_t number) {
  for (; number != 0; number /= 10) *last-- = static_cast<std::uint8_t>('0' + number % 10);
}

}  // namespace

const char* name_of(Request request) {
  return request == Request::Register ? "register" : "update";
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
}

SocketAddress Fleet::address(std::uint32_t device, std::uint16_t port) {
  return SocketAddress::v4(127, static_cast<std::uint8_t>(16 + (device >> 16)),
                           static_cast<std::uint8_t>(device >> 8),
                           static_cast<std::uint8_t>(device), port);
}

std::size_t Fleet::write(Request request, std::uint32_t device, std::uint64_t token,
                         MutableBytes out) {
  const bool registering = request == Request::Register;
  const Template& from = registering ? registers_[device % registers_.size()] : update_;
  Device& state = devices_[device];
  std::memcpy(out.data(), from.bytes.data(), from.bytes.size());
  const std::uint16_t message_id = state.message_id++;
  out[2] = static_cast<std::uint8_t>(message_id >> 8);
  out[3] = static_cast<std::uint8_t>(message_id);
  std::memcpy(out.data() + kHeader, &token, kToken);
  if (registering) {
    put_digits(out.data() + from.varying + kDigits.size() - 1, device);
  } else {
    std::memcpy(out.data() + from.varying, state.registration.data(), state.registration.size());
  }
  return from.bytes.size();
}

std::uint64_t Fleet::token_of(ByteView datagram) {
  if (datagram.size() < kHeader + kToken || (datagram[0] & 15) != kToken) return 0;
  std::uint64_t token = 0;
  std::memcpy(&token, datagram.data() + kHeader, kToken);
  return token;
}

bool Fleet::granted(Request request, std::uint32_t device, ByteView sent, ByteView answer) {
  const auto code = request == Request::Register ? coap::Code::Created : coap::Code::Changed;
  const auto header = coap::peek_header(answer);
  if (!header || header->type != coap::Type::Ack || header->code != code) return false;
  if (!equal(answer.subspan(2, 2 + kToken), sent.subspan(2, 2 + kToken))) return false;
  if (request == Request::Update) return answer.size() == kHeader + kToken;
  const auto message = coap::MessageView::parse(answer);
  if (!message) return false;
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

std::size_t Fleet::request_size(Request request) const {
  return request == Request::Register ? registers_[0].bytes.size() : update_.bytes.size();
}

}  // namespace linnet::scale
