// SPDX-License-Identifier: Apache-2.0
#pragma once
// Payloads of the device management and reporting interfaces, read and written as a stream of
// records (Core 1.2 §7.4; [FMT-01]..[FMT-29]). No tree is built and nothing is allocated.
//
// A `RecordReader` yields one record after the other; the raw value becomes a typed `Value` once
// the caller knows the resource's data type. A `RecordWriter` takes records in path order.
// Each format is one row: only the rows in the table that an application hands over are linked.
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include <linnet/base/bytes.hpp>
#include <linnet/coap/content_format.hpp>
#include <linnet/json/decoder.hpp>
#include <linnet/lwm2m/path.hpp>
#include <linnet/lwm2m/value.hpp>

namespace linnet::lwm2m {

using coap::ContentFormat;

/// A value as it stood in the payload. `bytes` refers to the payload.
struct RawValue {
  enum class Kind : std::uint8_t {
    None,      ///< a path without a value (Read-Composite, Observe-Composite)
    Null,      ///< explicit null: delete this resource instance (ETCH, 1.2 Write-Composite)
    Bytes,     ///< untyped, as in TLV
    Text,      ///< untyped: a text/plain payload
    Number,    ///< a JSON number, in `bytes`
    JsonText,  ///< a JSON string, still escaped, in `bytes`
    Base64,    ///< a JSON string that holds base64url (SenML vd) or base64, in `bytes`
    Integer,   ///< in `integer`
    Unsigned,  ///< in `integer`, as two's complement of a number above INT64_MAX
    Float,     ///< in `real`
    Boolean,   ///< in `integer`
    String,    ///< UTF-8 in `bytes`
    Opaque,    ///< in `bytes`
    LinkText,  ///< "oid:iid" in `bytes`
  };
  Kind kind = Kind::None;
  ByteView bytes;
  std::int64_t integer = 0;
  double real = 0;
  /// How `convert` reads a Number, JsonText or Base64. The JSON readers set it, so that only who
  /// links one of them pays for unescaping and decoding.
  Result<Value> (*decode)(const RawValue&, DataType, MutableBytes scratch) = nullptr;
};

/// The value of `raw` as `type`. Text that has to be unescaped or decoded is written to
/// `scratch`, which the value then refers to. `Type` if the payload says another type, `Range` if
/// the number does not fit, `NoSpace` if `scratch` is too small (the length of `raw.bytes` always
/// suffices), `Malformed` for broken text, UTF-8 or base64.
[[nodiscard]] Result<Value> convert(const RawValue& raw, DataType type, MutableBytes scratch);

/// The type to assume for a resource nobody has a definition of: what the payload itself says;
/// Opaque for untyped bytes, String for untyped text.
[[nodiscard]] DataType natural_type(const RawValue& raw);

/// One entry of a payload. In TLV and LwM2M CBOR a record whose value is None announces an empty
/// container: an instance without resources, a multiple resource without instances. In SenML a
/// value of None is a name (Read-Composite). LwM2M CBOR has no form for a bare name: there, as
/// in ETCH a deletion, it is Null.
struct Record {
  Path path;
  RawValue value;
  /// Unix time in seconds, or relative to now if below 2^28 (RFC 8428 §4.5.3) [FMT-18]. Never 0,
  /// which is now, as without a time.
  std::optional<double> time;
};

struct Format;

/// Where a reader stands. Rows of the format table keep their state here; callers do not look.
struct ReadState {
  struct Level {
    std::uint32_t remaining = 0;  ///< elements or bytes left
    std::uint8_t ids = 0;         ///< path identifiers this level added
    bool indefinite = false;
  };
  Reader input;
  json::Decoder json;  ///< instead of `input`
  Path base;
  std::array<Level, 8> levels{};
  std::uint8_t depth = 0;
  bool started = false;
  bool done = false;
  bool relative = false;  ///< paths in the payload start at `base`, not at the root
  bool has_base_name = false;
  Path current;
  ByteView base_name;
  double base_time = 0;
};

class RecordReader {
 public:
  /// Reads `payload` as the body of a request or response whose target is `base`. Both `format`
  /// and `payload` outlive the reader.
  RecordReader(const Format& format, ByteView payload, const Path& base);

  /// The next record into `out`: true, or false at the end of a well-formed payload.
  /// Paths that do not lie below `base` are reported as they stand: the caller refuses them
  /// [FMT-22]. After an error the reader stays in error. `Format` if the format cannot be the
  /// body of a request to `base`; `NotFound` if `base` is an object and the payload has resources
  /// of an instance it does not name (Create): choose one and read again with that as `base`.
  Result<bool> next(Record& out);

 private:
  const Format* format_;
  ReadState state_;
  Error error_ = Error::Ok;
};

/// What is being written: a value, or one of the things without a value.
enum class WriteKind : std::uint8_t { Value, Container, Name, Null };

struct WriteState {
  struct Level {
    std::uint32_t offset = 0;  ///< where the container's content starts
    std::uint32_t count = 0;   ///< elements written into it
    std::uint8_t key_ids = 0;  ///< identifiers in the key of its last element
  };
  Writer* output = nullptr;
  Path base;
  std::array<Level, 5> levels{};
  std::uint8_t depth = 0;
  Path current;
  std::uint32_t count = 0;
  std::uint32_t start = 0;
  std::uint8_t base_name = 0;  ///< which base name is in force; 0 is none
  double base_time = 0;
  double time = 0;  ///< of the record being written; 0 is none
};

class RecordWriter {
 public:
  /// Appends to `output` the body of a message whose target is `base`. All arguments outlive the
  /// writer.
  RecordWriter(const Format& format, Writer& output, const Path& base);

  /// Adds a record. Paths come in ascending order when they carry no time; with time, SenML takes
  /// them in any order. `NotAcceptable` if the format cannot express it: a second value in plain
  /// text, opaque or CBOR, a time in TLV [FMT-03] [FMT-05] [FMT-28]; `Type` if the value's type
  /// has no form in it; `Order` if the path does not follow the one before; `Conflict` if it does
  /// not lie below `base`; `TooLarge` above what the format can hold; `NoSpace` when `output` is
  /// full.
  Status add(const Path& path, const Value& value);
  Status add(const Path& path, const Value& value, std::optional<double> time);
  /// Says that the instance or multiple resource at `path` exists, even if no record follows.
  Status add_container(const Path& path);
  /// Adds a name without a value (Read-Composite). SenML, ETCH and LwM2M CBOR only.
  Status add_name(const Path& path);
  /// Adds an explicit null (1.2 Write-Composite in ETCH and LwM2M CBOR).
  Status add_null(const Path& path);
  /// Closes what is open. Call once, last; also for a message without any record.
  Status finish();

 private:
  Status write(WriteKind kind, const Path& path, const Value& value);

  const Format* format_;
  WriteState state_;
};

/// One row of a format table.
struct Format {
  ContentFormat id;
  /// A single resource or resource instance only (text, opaque, CBOR) [FMT-03].
  bool single;
  /// Can carry time stamps (SenML, 1.0 JSON) [FMT-28].
  bool timed;
  /// Can carry several objects: composites and Send.
  bool composite;
  Result<bool> (*read)(ReadState&, Record&);
  /// `convert` for the values that `read` gives.
  Result<Value> (*convert)(const RawValue&, DataType, MutableBytes scratch);
  Status (*write)(WriteState&, WriteKind, const Path&, const Value&);
  Status (*finish)(WriteState&);
};

extern const Format kText;  ///< 0
/// 0 without Float, Opaque and Objlnk: 4.06 or 4.15 for these. For a device that has none of them
/// and counts bytes: they take 4 kB of a Cortex-M4.
extern const Format kBasicText;
extern const Format kOpaque;     ///< 42
extern const Format kCbor;       ///< 60
extern const Format kSenmlJson;  ///< 110
extern const Format kSenmlCbor;  ///< 112
extern const Format kEtchJson;   ///< 320
extern const Format kEtchCbor;   ///< 322
extern const Format kTlv;        ///< 11542
/// 11542 without Float: 4.06 or 4.15 for these. For a device that has none and counts bytes.
extern const Format kBasicTlv;
extern const Format kJson10;     ///< 11543, LwM2M 1.0 JSON
extern const Format kLwm2mCbor;  ///< 11544

using FormatTable = std::span<const Format* const>;

/// Every format there is, in ascending order of its number. A client that wants to be small
/// makes its own table.
[[nodiscard]] FormatTable all_formats();

/// The row for a content format, or null. The pre-standard numbers 1541, 1542 and 1543 find
/// plain text, TLV and JSON.
[[nodiscard]] const Format* find(FormatTable table, ContentFormat id);

}  // namespace linnet::lwm2m
