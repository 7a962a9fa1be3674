// SPDX-License-Identifier: Apache-2.0
#pragma once
// The CoAP message on datagram transports: parsing, looking at options, writing.
// Read RFC 7252 §3, §4.2, §4.3, §5.4. A `MessageView` is checked once, when parsed, and refers to
// the datagram it was made from, as do all options and texts taken from it. Values; any thread.
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>

#include <linnet/base/bytes.hpp>
#include <linnet/base/random.hpp>
#include <linnet/coap/code.hpp>
#include <linnet/coap/content_format.hpp>
#include <linnet/coap/option.hpp>

namespace linnet::coap {

enum class Type : std::uint8_t { Con = 0, Non = 1, Ack = 2, Rst = 3 };

/// Matches responses to requests; 0 to 8 bytes, compared whole. A value of 9 bytes.
class Token {
 public:
  static constexpr std::size_t kMaxSize = 8;

  constexpr Token() = default;
  /// `Range` if longer than 8 bytes.
  [[nodiscard]] static Result<Token> from(ByteView bytes);
  /// `size` random bytes. REQUIRES: size <= 8.
  [[nodiscard]] static Token random(Rng& rng, std::size_t size);
  /// The low `size` bytes of `value`, most significant first. REQUIRES: size <= 8.
  [[nodiscard]] static Token from_number(std::uint64_t value, std::size_t size);

  [[nodiscard]] ByteView view() const { return {bytes_.data(), size_}; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  /// The bytes as one number, most significant first (tokens of different sizes may agree).
  [[nodiscard]] std::uint64_t number() const;

  friend constexpr auto operator<=>(const Token&, const Token&) = default;

 private:
  std::array<std::uint8_t, kMaxSize> bytes_{};  // bytes behind size_ stay zero: comparison is whole
  std::uint8_t size_ = 0;
};

struct Header {
  Type type = Type::Con;
  Code code = Code::Empty;
  std::uint16_t message_id = 0;
  Token token{};

  friend constexpr bool operator==(const Header&, const Header&) = default;
};

/// One option as it lies in a message; the value refers to the datagram.
struct OptionView {
  OptionNumber number{};
  ByteView value{};

  [[nodiscard]] std::string_view text() const { return as_text(value); }
  /// The value as a number; `Range` if longer than 4 bytes.
  [[nodiscard]] Result<std::uint32_t> unsigned_value() const { return decode_unsigned(value); }
};

/// The options of a parsed message, all or those of one number, in order: for use in range-for.
class OptionRange {
 public:
  class Iterator {
   public:
    using value_type = OptionView;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::forward_iterator_tag;
    using pointer = const OptionView*;
    using reference = const OptionView&;

    Iterator() = default;
    reference operator*() const { return option_; }
    pointer operator->() const { return &option_; }
    Iterator& operator++() {
      next();
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      next();
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) {
      return a.at_end_ == b.at_end_ && a.rest_.size() == b.rest_.size();
    }
    friend bool operator==(const Iterator& a, std::default_sentinel_t) { return a.at_end_; }

   private:
    friend class OptionRange;
    Iterator(ByteView options, std::int32_t only);
    void next();

    ByteView rest_;
    OptionView option_;
    std::int32_t only_ = kAll;
    bool at_end_ = true;
  };

  OptionRange() = default;
  [[nodiscard]] Iterator begin() const { return {options_, only_}; }
  [[nodiscard]] std::default_sentinel_t end() const { return {}; }
  [[nodiscard]] bool empty() const { return begin() == end(); }

 private:
  friend class MessageView;
  static constexpr std::int32_t kAll = -1;
  OptionRange(ByteView options, std::int32_t only) : options_(options), only_(only) {}

  ByteView options_;  // already checked
  std::int32_t only_ = kAll;
};

/// A well-formed message. Options whose length is out of range, and repetitions of an option that
/// may come once, count as not understood (RFC 7252 §5.4.3, §5.4.5): `find` and its kind do not
/// see them, `first_unknown_critical` names them. Every look-up is O(options).
class MessageView {
 public:
  MessageView() = default;

  /// `Malformed` for anything RFC 7252 §4.2 and §4.3 tell to reject: bad version, token length
  /// 9-15, option or payload marker errors, reserved code classes, an empty message with content,
  /// an empty NON, an ACK with a request, an RST with a code. An empty CON ("ping") is well formed.
  /// `reset_for` tells how to reject.
  [[nodiscard]] static Result<MessageView> parse(ByteView datagram);
  /// For carriers with another header (RFC 8323, the inside of OSCORE): `options_and_payload` as it
  /// follows the token. Only options and payload are checked.
  [[nodiscard]] static Result<MessageView> parse_body(const Header& header,
                                                      ByteView options_and_payload);

  [[nodiscard]] const Header& header() const { return header_; }
  [[nodiscard]] Type type() const { return header_.type; }
  [[nodiscard]] Code code() const { return header_.code; }
  [[nodiscard]] std::uint16_t message_id() const { return header_.message_id; }
  [[nodiscard]] const Token& token() const { return header_.token; }
  /// Empty if there is none: a marker without payload is malformed.
  [[nodiscard]] ByteView payload() const { return payload_; }

  /// Every option, understood or not.
  [[nodiscard]] OptionRange options() const { return {options_, OptionRange::kAll}; }
  /// Every occurrence of one option, of whatever length.
  [[nodiscard]] OptionRange options(OptionNumber number) const {
    return {options_, to_number(number)};
  }
  /// The options as they lie in the message, for a cache key or for OSCORE.
  [[nodiscard]] ByteView raw_options() const { return options_; }

  [[nodiscard]] bool has(OptionNumber number) const { return find(number).has_value(); }
  /// The value of the first usable occurrence.
  [[nodiscard]] std::optional<ByteView> find(OptionNumber number) const;
  [[nodiscard]] std::optional<std::uint32_t> unsigned_option(OptionNumber number) const;
  [[nodiscard]] std::optional<ContentFormat> content_format() const {
    return format_option(OptionNumber::ContentFormat);
  }
  [[nodiscard]] std::optional<ContentFormat> accept() const {
    return format_option(OptionNumber::Accept);
  }
  /// The value of the Uri-Query option `key=value`: text behind the `=`, empty for a bare `key`.
  /// The first such option counts. [TR-09]
  [[nodiscard]] std::optional<std::string_view> query(std::string_view key) const;

  /// The first critical option that is not in `understood` (any order), or is there but with a
  /// length out of range or repeated against its rule. A request with one is answered 4.02.
  [[nodiscard]] std::optional<OptionNumber> first_unknown_critical(
      std::span<const OptionNumber> understood) const;

 private:
  [[nodiscard]] std::optional<ContentFormat> format_option(OptionNumber number) const;

  Header header_;
  ByteView options_;
  ByteView payload_;
};

/// Type, code and message id of a datagram of version 1 that has four bytes, well formed or not.
/// The token is empty. For statistics and for rejecting.
[[nodiscard]] std::optional<Header> peek_header(ByteView datagram);

/// An empty ACK or RST, ready to send.
[[nodiscard]] std::array<std::uint8_t, 4> empty_message(Type type, std::uint16_t message_id);

/// How to reject `datagram`: the Reset to send if it is a CON (RFC 7252 §4.2), nothing if it is
/// to be ignored silently. Also answers a "ping". Call it only for what is rejected.
[[nodiscard]] std::optional<std::array<std::uint8_t, 4>> reset_for(ByteView datagram);

/// Writes one message to a `Writer`, which must outlive it. Sticky like the writer: check `finish`.
///
///   MessageWriter message(out, {Type::Con, Code::Post, id, token});
///   message.add_path("rd");
///   message.add_unsigned(OptionNumber::ContentFormat, 40);
///   message.begin_payload();
///   write_links(out);
///   LINNET_TRY(message.finish());
class MessageWriter {
 public:
  /// Writes the header of datagram transports.
  MessageWriter(Writer& out, const Header& header);
  /// Writes no header: options and payload only, for other carriers.
  explicit MessageWriter(Writer& out) : out_(out) {}

  /// Options must come in ascending order, else the writer fails with `Order`; `Range` above the
  /// 65,804 bytes an option can have.
  void add_option(OptionNumber number, ByteView value);
  void add_option(OptionNumber number, std::string_view value) {
    add_option(number, as_bytes(value));
  }
  /// In the shortest form; zero is an empty value.
  void add_unsigned(OptionNumber number, std::uint32_t value);
  void add_empty(OptionNumber number) { add_option(number, ByteView{}); }
  void add_content_format(ContentFormat format) {
    add_unsigned(OptionNumber::ContentFormat, static_cast<std::uint32_t>(format));
  }
  /// One Uri-Path (or Location-Path) option for each part between slashes; a leading or trailing
  /// slash adds no empty part. Nothing is decoded.
  void add_path(std::string_view path, OptionNumber number = OptionNumber::UriPath);
  /// One Uri-Query option `key=value`; a bare key is `add_option(UriQuery, key)`. Nothing is
  /// encoded: no `?` or `&` goes on the wire. [TR-09]
  void add_query(const char* key, std::string_view value);

  /// The payload follows in the writer itself. Nothing is sent of an empty one, not even a marker.
  void begin_payload();
  void payload(ByteView bytes);
  /// Records a failure found by the caller; the first one stays.
  void fail(Error error) { out_.fail(error); }
  /// Must be called last. The first error of this and of the writer.
  [[nodiscard]] Status finish();

 private:
  void option_header(OptionNumber number, std::size_t size);

  Writer& out_;
  std::size_t payload_at_ = 0;  // 0: no payload yet
  std::uint16_t last_option_ = 0;
  bool in_payload_ = false;
};

}  // namespace linnet::coap
