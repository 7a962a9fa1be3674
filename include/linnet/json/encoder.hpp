// SPDX-License-Identifier: Apache-2.0
#pragma once
// JSON (RFC 8259) appended to a caller's `Writer`, without blanks. The encoder puts the commas
// and colons; that keys and values alternate and ends match is the caller's business. Errors are
// the writer's.
#include <cstdint>
#include <string_view>

#include <linnet/base/bytes.hpp>

namespace linnet::json {

class Encoder {
 public:
  /// Appends to `output`, which outlives the encoder. To go on where another encoder stopped,
  /// pass what its `needs_comma()` said.
  explicit Encoder(Writer& output, bool needs_comma = false)
      : output_(output), comma_(needs_comma) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void key(std::string_view name);
  /// `Malformed` in the writer if `value` is not UTF-8; the same holds for `key`.
  void string(std::string_view value);
  void integer(std::int64_t number);
  void unsigned_integer(std::uint64_t number);
  /// The shortest text that reads back to the same double. JSON has no infinity or NaN: `Range`.
  void real(double number);
  void boolean(bool value) { literal(value ? "true" : "false"); }
  void null() { literal("null"); }
  /// A value that is JSON already; not checked.
  void literal(std::string_view json);

  /// A string in pieces: `begin_string`, then any of `escaped` and direct writes to `output()` of
  /// characters that need no escape (base64, digits), then `end_string`. No piece ends within a
  /// character.
  void begin_string();
  void escaped(std::string_view piece);
  void end_string() { output_.character('"'); }

  [[nodiscard]] Writer& output() { return output_; }
  [[nodiscard]] bool needs_comma() const { return comma_; }

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();

  Writer& output_;
  bool comma_;
};

}  // namespace linnet::json
