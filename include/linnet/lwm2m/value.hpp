// SPDX-License-Identifier: Apache-2.0
#pragma once
// The value of one resource or resource instance and its data type (Core 1.2 Appendix C;
// [DT-01]..[DT-10]). A `Value` does not own its text or bytes: they live in the payload, the
// object or the scratch storage they came from, and the value dies with them.
#include <cstdint>
#include <string_view>

#include <linnet/base/bytes.hpp>
#include <linnet/lwm2m/path.hpp>

namespace linnet::lwm2m {

enum class DataType : std::uint8_t {
  None,      ///< executable resources only [DT-10]
  String,    ///< UTF-8
  Integer,   ///< signed, up to 64 bits
  Unsigned,  ///< up to 64 bits (1.1)
  Float,     ///< binary32 or binary64
  Boolean,
  Opaque,
  Time,     ///< Unix seconds, signed 64 bits
  Objlnk,   ///< an object instance
  Corelnk,  ///< text in link format (1.1)
};

/// True for Integer, Unsigned, Float and Time: what gt, lt and st apply to [IR-04].
[[nodiscard]] constexpr bool is_numeric(DataType type) {
  return type == DataType::Integer || type == DataType::Unsigned || type == DataType::Float ||
         type == DataType::Time;
}

/// "string", "integer", ... Static lifetime.
[[nodiscard]] const char* describe(DataType type);

/// The value of an Objlnk resource. The null link is 65535:65535 [DT-08].
struct ObjectLink {
  Id object = kNoId;
  Id instance = kNoId;
  friend constexpr bool operator==(const ObjectLink&, const ObjectLink&) = default;
};

class Value {
 public:
  constexpr Value() : integer_(0) {}
  static constexpr Value string(std::string_view text) { return {DataType::String, text}; }
  static constexpr Value corelnk(std::string_view text) { return {DataType::Corelnk, text}; }
  static Value opaque(ByteView bytes) { return {DataType::Opaque, as_text(bytes)}; }
  static constexpr Value integer(std::int64_t number) { return {DataType::Integer, number}; }
  static constexpr Value time(std::int64_t unix_seconds) { return {DataType::Time, unix_seconds}; }
  static constexpr Value boolean(bool value) { return {DataType::Boolean, std::int64_t{value}}; }
  static constexpr Value unsigned_integer(std::uint64_t number) {
    Value value;
    value.type_ = DataType::Unsigned;
    value.unsigned_ = number;
    return value;
  }
  static constexpr Value floating(double number) {
    Value value;
    value.type_ = DataType::Float;
    value.float_ = number;
    return value;
  }
  static constexpr Value link(ObjectLink target) {
    Value value;
    value.type_ = DataType::Objlnk;
    value.link_ = target;
    return value;
  }

  [[nodiscard]] constexpr DataType type() const { return type_; }
  /// True for a default-constructed value, which stands for nothing (a path without a value).
  [[nodiscard]] constexpr bool empty() const { return type_ == DataType::None; }

  /// REQUIRES: the type says so (String or Corelnk; Opaque; Integer or Time; ...).
  [[nodiscard]] constexpr std::string_view as_string() const {
    LINNET_CHECK(type_ == DataType::String || type_ == DataType::Corelnk);
    return text_;
  }
  [[nodiscard]] ByteView as_opaque() const {
    LINNET_CHECK(type_ == DataType::Opaque);
    return as_bytes(text_);
  }
  [[nodiscard]] constexpr std::int64_t as_integer() const {
    LINNET_CHECK(type_ == DataType::Integer || type_ == DataType::Time);
    return integer_;
  }
  [[nodiscard]] constexpr std::uint64_t as_unsigned() const {
    LINNET_CHECK(type_ == DataType::Unsigned);
    return unsigned_;
  }
  [[nodiscard]] constexpr double as_float() const {
    LINNET_CHECK(type_ == DataType::Float);
    return float_;
  }
  [[nodiscard]] constexpr bool as_boolean() const {
    LINNET_CHECK(type_ == DataType::Boolean);
    return integer_ != 0;
  }
  [[nodiscard]] constexpr ObjectLink as_link() const {
    LINNET_CHECK(type_ == DataType::Objlnk);
    return link_;
  }

  [[nodiscard]] constexpr bool is_numeric() const { return lwm2m::is_numeric(type_); }
  /// A numeric value as a double. REQUIRES: is_numeric().
  [[nodiscard]] double number() const;

  /// What a number or boolean is kept as: equal for equal values of one type.
  [[nodiscard]] std::uint64_t bits() const {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &integer_, sizeof bits);
    return bits;
  }

  /// Same type and same content. Floats compare by bits, so NaN equals itself.
  friend bool operator==(const Value& a, const Value& b);

 private:
  constexpr Value(DataType type, std::string_view text) : type_(type), text_(text) {}
  constexpr Value(DataType type, std::int64_t number) : type_(type), integer_(number) {}

  DataType type_ = DataType::None;
  union {
    std::string_view text_;
    std::int64_t integer_;
    std::uint64_t unsigned_;
    double float_;
    ObjectLink link_;
  };
};

}  // namespace linnet::lwm2m
