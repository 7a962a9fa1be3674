// SPDX-License-Identifier: Apache-2.0
#pragma once
// A CoAP server in lock step with one client engine: the test says what it sends and what it
// expects, datagram by datagram, and sets the time. Nothing happens by itself.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include <linnet/client/engine.hpp>
#include <linnet/coap/block.hpp>
#include <linnet/coap/message.hpp>

namespace linnet::test {

/// A datagram the engine sent.
struct Sent {
  client::PeerId peer = client::kNoPeer;
  std::vector<std::uint8_t> bytes;

  [[nodiscard]] coap::MessageView view() const { return *coap::MessageView::parse(bytes); }
  [[nodiscard]] coap::Type type() const { return view().type(); }
  [[nodiscard]] coap::Code code() const { return view().code(); }
  [[nodiscard]] std::uint16_t id() const { return view().message_id(); }
  [[nodiscard]] coap::Token token() const { return view().token(); }
  [[nodiscard]] std::string payload() const { return std::string(as_text(view().payload())); }
  /// All options of a number, each behind a separator: "/rd/1", "?ep=x?lt=60".
  [[nodiscard]] std::string all(coap::OptionNumber number, char separator) const {
    std::string text;
    const coap::MessageView message = view();
    for (const coap::OptionView& option : message.options(number)) {
      text += separator + std::string(option.text());
    }
    return text;
  }
  [[nodiscard]] std::string path() const { return all(coap::OptionNumber::UriPath, '/'); }
  [[nodiscard]] std::string query() const { return all(coap::OptionNumber::UriQuery, '?'); }
  [[nodiscard]] std::string location() const { return all(coap::OptionNumber::LocationPath, '/'); }
  [[nodiscard]] std::optional<std::uint32_t> number(coap::OptionNumber option) const {
    return view().unsigned_option(option);
  }
  [[nodiscard]] std::optional<coap::BlockOption> block(coap::OptionNumber option) const {
    return coap::BlockOption::find(view(), option).value_or(std::nullopt);
  }
};

/// A message of the server. Fields that are not set do not appear.
struct Message {
  coap::Code code{};
  std::string path{};
  std::string location{};
  std::string payload{};
  std::vector<std::string> queries{};
  std::optional<coap::ContentFormat> format{};
  std::optional<coap::ContentFormat> accept{};
  std::optional<std::uint32_t> observe{};
  std::optional<coap::BlockOption> block1{};
  std::optional<coap::BlockOption> block2{};
  std::optional<std::uint32_t> size1{};
  std::optional<std::uint32_t> no_response{};
  bool if_none_match = false;
  std::optional<std::uint16_t> unknown_option{};
  coap::Type type = coap::Type::Con;
  std::optional<coap::Token> token{};
  std::optional<std::uint16_t> id{};
};

class CoapPeer {
 public:
  CoapPeer(client::Engine& engine, client::PeerId peer) : engine_(engine), peer_(peer) {}

  Instant now{};

  /// The time becomes `t`; the engine does what is due then.
  void at(Instant t) {
    now = t;
    if (engine_.next_timeout() <= now) engine_.on_timeout(now);
  }
  void pass(Duration duration) { at(now + duration); }

  /// What the engine sends next, to whichever server.
  std::optional<Sent> poll() {
    std::vector<std::uint8_t> out(4096);
    const auto outgoing = engine_.poll_transmit(now, out);
    if (!outgoing) return std::nullopt;
    out.resize(outgoing->size);
    return Sent{outgoing->peer, out};
  }
  /// The same, where there must be something.
  Sent expect() {
    const auto sent = poll();
    if (!sent) {
      ADD_FAILURE() << "the engine is silent";
      return Sent{peer_, {0x60, 0, 0, 0}};
    }
    return *sent;
  }
  [[nodiscard]] bool silent() { return !poll().has_value(); }

  void deliver(ByteView bytes) { engine_.receive(now, peer_, bytes); }
  void send(const Message& message) { deliver(encode(message)); }
  /// Sends a request and gives the answer, which the engine must send at once.
  Sent ask(const Message& message) {
    send(message);
    return expect();
  }
  /// A piggybacked response to a request of the engine.
  void answer(const Sent& request, Message response) {
    response.type = coap::Type::Ack;
    response.id = request.id();
    response.token = request.token();
    send(response);
  }
  void ack(const Sent& message) { deliver(coap::empty_message(coap::Type::Ack, message.id())); }
  void reset(const Sent& message) { deliver(coap::empty_message(coap::Type::Rst, message.id())); }

  [[nodiscard]] std::vector<std::uint8_t> encode(const Message& m) {
    using coap::OptionNumber;
    std::vector<std::uint8_t> bytes(4096);
    Writer out(bytes);
    const coap::Token token = m.token.value_or(coap::Token::from_number(++next_token_, 4));
    last_token_ = token;
    coap::MessageWriter writer(out, {m.type, m.code, m.id.value_or(++next_id_), token});
    if (m.if_none_match) writer.add_empty(OptionNumber::IfNoneMatch);
    if (m.observe) writer.add_unsigned(OptionNumber::Observe, *m.observe);
    if (!m.location.empty()) writer.add_path(m.location, OptionNumber::LocationPath);
    if (!m.path.empty()) writer.add_path(m.path);
    if (m.format) writer.add_content_format(*m.format);
    for (const std::string& query : m.queries) writer.add_option(OptionNumber::UriQuery, query);
    if (m.accept) {
      writer.add_unsigned(OptionNumber::Accept, static_cast<std::uint32_t>(*m.accept));
    }
    if (m.block2) writer.add_unsigned(OptionNumber::Block2, m.block2->encode());
    if (m.block1) writer.add_unsigned(OptionNumber::Block1, m.block1->encode());
    if (m.size1) writer.add_unsigned(OptionNumber::Size1, *m.size1);
    if (m.no_response) writer.add_unsigned(OptionNumber::NoResponse, *m.no_response);
    if (m.unknown_option) {
      writer.add_option(static_cast<OptionNumber>(*m.unknown_option), std::string_view("x"));
    }
    if (!m.payload.empty()) writer.payload(as_bytes(m.payload));
    EXPECT_TRUE(writer.finish().ok());
    bytes.resize(out.size());
    return bytes;
  }
  /// Of the message encoded last.
  [[nodiscard]] coap::Token last_token() const { return last_token_; }
  [[nodiscard]] std::uint16_t last_id() const { return next_id_; }

  /// Polls events until there is none; those of `type` are counted and the last one kept.
  std::size_t events(client::EventType type) {
    while (const auto event = engine_.poll_event()) all_.push_back(*event);
    std::size_t count = 0;
    for (const client::Event& event : all_) {
      if (event.type != type) continue;
      ++count;
      last_event = event;
    }
    return count;
  }
  client::Event last_event;
  void forget_events() {
    (void)events(client::EventType::Registered);
    all_.clear();
  }

 private:
  client::Engine& engine_;
  client::PeerId peer_;
  std::vector<client::Event> all_;
  std::uint32_t next_token_ = 0xA0000000;
  std::uint16_t next_id_ = 1000;
  coap::Token last_token_;
};

}  // namespace linnet::test
