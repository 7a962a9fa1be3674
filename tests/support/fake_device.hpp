// SPDX-License-Identifier: Apache-2.0
#pragma once
// A device made of raw CoAP messages, in lock step with a server shard: nothing happens by itself,
// each message is written down by the test. `Bench` is the shard, its clock and its wire.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <linnet/base/random.hpp>
#include <linnet/coap/block.hpp>
#include <linnet/coap/message.hpp>
#include <linnet/server/shard.hpp>

namespace linnet::test {

/// Writes a message; options may be given in any order.
class MessageBuilder {
 public:
  MessageBuilder(coap::Type type, coap::Code code, std::uint16_t message_id, coap::Token token = {})
      : header_{type, code, message_id, token} {}

  MessageBuilder& option(coap::OptionNumber number, std::string_view value) {
    options_.push_back({number, std::string(value)});
    return *this;
  }
  MessageBuilder& number(coap::OptionNumber option_number, std::uint32_t value) {
    std::string bytes;
    for (std::size_t i = coap::unsigned_size(value); i-- > 0;) {
      bytes += static_cast<char>(value >> (8 * i));
    }
    return option(option_number, bytes);
  }
  /// "/rd/abc" as Uri-Path options.
  MessageBuilder& path(std::string_view text,
                       coap::OptionNumber option_number = coap::OptionNumber::UriPath) {
    while (!text.empty()) {
      text.remove_prefix(1);
      const std::size_t end = std::min(text.find('/'), text.size());
      option(option_number, text.substr(0, end));
      text.remove_prefix(end);
    }
    return *this;
  }
  /// "a=1&b" as Uri-Query options.
  MessageBuilder& query(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('&'), text.size());
      option(coap::OptionNumber::UriQuery, text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return *this;
  }
  MessageBuilder& format(unsigned content_format) {
    return number(coap::OptionNumber::ContentFormat, content_format);
  }
  MessageBuilder& observe(std::uint32_t value) {
    return number(coap::OptionNumber::Observe, value);
  }
  MessageBuilder& block1(std::uint32_t block, bool more, std::uint8_t szx) {
    return number(coap::OptionNumber::Block1, coap::BlockOption{block, more, szx}.encode());
  }
  MessageBuilder& block2(std::uint32_t block, bool more, std::uint8_t szx) {
    return number(coap::OptionNumber::Block2, coap::BlockOption{block, more, szx}.encode());
  }
  MessageBuilder& payload(ByteView bytes) {
    payload_.assign(bytes.begin(), bytes.end());
    return *this;
  }
  MessageBuilder& payload(std::string_view text) { return payload(as_bytes(text)); }

  [[nodiscard]] std::vector<std::uint8_t> bytes() const {
    auto options = options_;
    std::stable_sort(options.begin(), options.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::uint8_t> storage(payload_.size() + 2048);
    Writer out(storage);
    coap::MessageWriter message(out, header_);
    for (const auto& [number, value] : options) message.add_option(number, value);
    if (!payload_.empty()) message.payload(payload_);
    EXPECT_TRUE(message.finish().ok());
    storage.resize(out.size());
    return storage;
  }

 private:
  coap::Header header_;
  std::vector<std::pair<coap::OptionNumber, std::string>> options_;
  std::vector<std::uint8_t> payload_;
};

/// A message the server sent; owns its bytes.
class SentMessage {
 public:
  explicit SentMessage(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {
    const auto parsed = coap::MessageView::parse(bytes_);
    EXPECT_TRUE(parsed.ok()) << "the server sent something malformed";
    if (parsed.ok()) view_ = *parsed;
  }
  SentMessage(SentMessage&&) = default;  // a moved vector keeps its memory, and so the view
  SentMessage& operator=(SentMessage&&) = default;
  SentMessage(const SentMessage&) = delete;
  SentMessage& operator=(const SentMessage&) = delete;

  const coap::MessageView* operator->() const { return &view_; }
  [[nodiscard]] const coap::MessageView& view() const { return view_; }
  [[nodiscard]] const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  [[nodiscard]] coap::Code code() const { return view_.code(); }
  [[nodiscard]] std::string path(coap::OptionNumber number = coap::OptionNumber::UriPath) const {
    std::string text;
    for (const auto& option : view_.options(number)) text.append("/").append(option.text());
    return text;
  }
  [[nodiscard]] std::string query() const {
    std::string text;
    for (const auto& option : view_.options(coap::OptionNumber::UriQuery)) {
      text.append(text.empty() ? "" : "&").append(option.text());
    }
    return text;
  }
  [[nodiscard]] std::optional<coap::BlockOption> block(coap::OptionNumber number) const {
    const auto found = coap::BlockOption::find(view_, number);
    return found.ok() ? *found : std::nullopt;
  }
  [[nodiscard]] std::string payload() const { return std::string(as_text(view_.payload())); }

 private:
  std::vector<std::uint8_t> bytes_;
  coap::MessageView view_;
};

/// What goes to and fro between devices and a server that a subclass has.
class Wire {
 public:
  /// Hands a datagram to the server.
  void deliver(const SocketAddress& from, ByteView datagram) {
    receive(from, datagram);
    collect();
  }
  /// Moves the clock, doing what is due on the way, at the moments it is due.
  void run_for(Duration duration) {
    const Instant end = now + duration;
    while (next_timeout() <= end) {
      now = std::max(now, next_timeout());
      on_timeout();
      collect();
    }
    now = end;
  }
  /// The next datagram sent to `to`, if there is one.
  std::optional<SentMessage> take(const SocketAddress& to) {
    collect();
    const auto found = std::find_if(wire_.begin(), wire_.end(),
                                    [&](const auto& datagram) { return datagram.first == to; });
    if (found == wire_.end()) return std::nullopt;
    SentMessage message(std::move(found->second));
    wire_.erase(found);
    return message;
  }
  [[nodiscard]] bool silent() {
    collect();
    return wire_.empty();
  }

  SeededRng rng{1};
  Instant now{1'000'000};

 protected:
  ~Wire() = default;
  virtual void receive(const SocketAddress& from, ByteView datagram) = 0;
  virtual std::optional<server::Transmit> poll_transmit(MutableBytes out) = 0;
  [[nodiscard]] virtual Instant next_timeout() const = 0;
  virtual void on_timeout() = 0;

 private:
  void collect() {
    std::vector<std::uint8_t> storage(1500);
    while (const auto sent = poll_transmit(storage)) {
      wire_.emplace_back(sent->to, std::vector<std::uint8_t>(
                                       storage.begin(),
                                       storage.begin() + static_cast<std::ptrdiff_t>(sent->size)));
    }
  }

  std::deque<std::pair<SocketAddress, std::vector<std::uint8_t>>> wire_;
};

class Bench final : public Wire {
 public:
  explicit Bench(server::ShardConfig config = {}, server::Authorizer* authorizer = nullptr,
                 const server::DefinitionSource* definitions = nullptr)
      : shard(config, rng, authorizer, definitions) {}

  /// The next event of type `E`; those before it are dropped.
  template <typename E>
  std::optional<E> event() {
    while (auto next = shard.poll_event()) {
      if (auto* wanted = std::get_if<E>(&*next)) return std::move(*wanted);
    }
    return std::nullopt;
  }
  void drop_events() {
    while (shard.poll_event()) {
    }
  }

  server::Shard shard;

 private:
  void receive(const SocketAddress& from, ByteView datagram) override {
    shard.receive(now, from, datagram);
  }
  std::optional<server::Transmit> poll_transmit(MutableBytes out) override {
    return shard.poll_transmit(now, out);
  }
  [[nodiscard]] Instant next_timeout() const override { return shard.next_timeout(); }
  void on_timeout() override { shard.on_timeout(now); }
};

class FakeDevice {
 public:
  FakeDevice(Wire& bench, SocketAddress address) : bench_(bench), address_(address) {}
  FakeDevice(Wire& bench, std::uint16_t port)
      : FakeDevice(bench, SocketAddress::v4(192, 0, 2, 1, port)) {}

  static constexpr std::string_view kObjects = "</1/0>,</3/0>,</3303/0>,</3303/1>";

  /// A request builder with a fresh message id and token.
  MessageBuilder request(coap::Code method, std::string_view path,
                         coap::Type type = coap::Type::Con) {
    return MessageBuilder(type, method, ++message_id_, coap::Token::from_number(++token_, 2))
        .path(path);
  }
  MessageBuilder registration(std::string_view query, std::string_view objects = kObjects) {
    return request(coap::Code::Post, "/rd").query(query).format(40).payload(objects);
  }
  void send(const MessageBuilder& message) { send(message.bytes()); }
  void send(ByteView datagram) { bench_.deliver(address_, datagram); }
  /// What the server sent to this device next.
  std::optional<SentMessage> take() { return bench_.take(address_); }
  /// Sends a request and returns its answer; the test fails if there is none.
  SentMessage ask(const MessageBuilder& message) {
    send(message);
    auto answer = take();
    EXPECT_TRUE(answer.has_value()) << "no answer";
    if (!answer) return SentMessage(MessageBuilder(coap::Type::Rst, coap::Code::Empty, 0).bytes());
    return std::move(*answer);
  }
  coap::Code code_of(const MessageBuilder& message) { return ask(message).code(); }
  /// Registers and returns the location, "/rd/...".
  std::string register_as(std::string_view endpoint, std::string_view query = "lwm2m=1.1&lt=300",
                          std::string_view objects = kObjects) {
    const SentMessage answer =
        ask(registration("ep=" + std::string(endpoint) + "&" + std::string(query), objects));
    EXPECT_EQ(answer.code(), coap::Code::Created);
    return answer.path(coap::OptionNumber::LocationPath);
  }
  /// An answer piggybacked on the acknowledgement of `asked`.
  MessageBuilder reply(const SentMessage& asked, coap::Code code) {
    return MessageBuilder(coap::Type::Ack, code, asked->message_id(), asked->token());
  }
  /// A message of its own with the token of `asked`: a separate response or a notification.
  MessageBuilder later(const SentMessage& asked, coap::Code code,
                       coap::Type type = coap::Type::Con) {
    return MessageBuilder(type, code, ++message_id_, asked->token());
  }
  void acknowledge(const SentMessage& asked, coap::Type type = coap::Type::Ack) {
    send(coap::empty_message(type, asked->message_id()));
  }
  void move_to(SocketAddress address) { address_ = address; }
  [[nodiscard]] const SocketAddress& address() const { return address_; }
  [[nodiscard]] std::uint16_t last_message_id() const { return message_id_; }

 private:
  Wire& bench_;
  SocketAddress address_;
  std::uint16_t message_id_ = 100;
  std::uint16_t token_ = 0x5000;
};

}  // namespace linnet::test
