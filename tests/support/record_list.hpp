// SPDX-License-Identifier: Apache-2.0
#pragma once
// Payloads of any format as lists that own their values: for tests and fuzz targets that decode,
// compare what was meant, and encode again.
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <linnet/lwm2m/format.hpp>

namespace linnet::test {

/// One record, typed. The text of a copy is shared, never freed early.
struct Entry {
  lwm2m::Path path;
  lwm2m::WriteKind kind = lwm2m::WriteKind::Value;
  lwm2m::Value value;
  std::optional<double> time;
  std::shared_ptr<std::string> text;

  static Entry of(lwm2m::Path path, const lwm2m::Value& value, std::optional<double> time = {}) {
    Entry entry{path, lwm2m::WriteKind::Value, value, time, nullptr};
    entry.own();
    return entry;
  }
  static Entry of(lwm2m::Path path, lwm2m::WriteKind kind) { return {path, kind, {}, {}, nullptr}; }

  void own() {
    using lwm2m::DataType;
    using lwm2m::Value;
    if (value.type() == DataType::String) {
      text = std::make_shared<std::string>(value.as_string());
      value = Value::string(*text);
    } else if (value.type() == DataType::Corelnk) {
      text = std::make_shared<std::string>(value.as_string());
      value = Value::corelnk(*text);
    } else if (value.type() == DataType::Opaque) {
      text = std::make_shared<std::string>(as_text(value.as_opaque()));
      value = Value::opaque(as_bytes(*text));
    }
  }

  friend bool operator==(const Entry& a, const Entry& b) {
    const auto is_nan = [](const lwm2m::Value& value) {
      return value.type() == lwm2m::DataType::Float && value.as_float() != value.as_float();
    };
    return a.path == b.path && a.kind == b.kind && a.time == b.time &&
           (a.value == b.value || (is_nan(a.value) && is_nan(b.value)));
  }
};

inline std::string describe(const lwm2m::Value& value) {
  using lwm2m::DataType;
  switch (value.type()) {
    case DataType::None: return "nothing";
    case DataType::String:
    case DataType::Corelnk: return "\"" + std::string(value.as_string()) + "\"";
    case DataType::Opaque: return "opaque of " + std::to_string(value.as_opaque().size());
    case DataType::Boolean: return value.as_boolean() ? "true" : "false";
    case DataType::Unsigned: return std::to_string(value.as_unsigned()) + "u";
    case DataType::Integer:
    case DataType::Time: return std::to_string(value.as_integer());
    case DataType::Float: return std::to_string(value.as_float()) + "f";
    case DataType::Objlnk:
      return std::to_string(value.as_link().object) + ":" +
             std::to_string(value.as_link().instance);
  }
  return "?";
}

/// For the failure messages of GoogleTest.
inline void PrintTo(const Entry& entry, std::ostream* out) {
  char text[lwm2m::kMaxPathText];
  *out << format(entry.path, text) << " kind " << static_cast<int>(entry.kind) << " "
       << lwm2m::describe(entry.value.type()) << " " << describe(entry.value);
  if (entry.time.has_value()) *out << " at " << *entry.time;
}

using Entries = std::vector<Entry>;

/// The data type of the resource at a path: of the nth record, if the test knows it so.
using TypeOf = std::function<lwm2m::DataType(std::size_t n, const lwm2m::Record&)>;

inline lwm2m::DataType natural(std::size_t, const lwm2m::Record& record) {
  return natural_type(record.value);
}

/// All records, typed; on an error those before it, and the error.
inline Entries decode(const lwm2m::Format& format, ByteView payload, const lwm2m::Path& base,
                      Error& error, const TypeOf& type_of = natural) {
  using Kind = lwm2m::RawValue::Kind;
  Entries entries;
  lwm2m::RecordReader reader(format, payload, base);
  lwm2m::Record record;
  error = Error::Ok;
  while (true) {
    const Result<bool> more = reader.next(record);
    if (!more.ok()) {
      error = more.error();
      return entries;
    }
    if (!*more) return entries;
    Entry entry{record.path, lwm2m::WriteKind::Value, {}, record.time, nullptr};
    if (record.value.kind == Kind::None) {
      const bool tree =
          format.id == lwm2m::ContentFormat::Tlv || format.id == lwm2m::ContentFormat::Lwm2mCbor;
      entry.kind = tree ? lwm2m::WriteKind::Container : lwm2m::WriteKind::Name;
    } else if (record.value.kind == Kind::Null) {
      entry.kind = lwm2m::WriteKind::Null;
    } else {
      std::vector<std::uint8_t> scratch(record.value.bytes.size());
      const auto value = convert(record.value, type_of(entries.size(), record), scratch);
      if (!value.ok()) {
        error = value.error();
        return entries;
      }
      entry.value = *value;
      entry.own();
    }
    entries.push_back(entry);
  }
}

/// Decodes again with the types of `like`.
inline TypeOf types_of(const Entries& like) {
  return [&like](std::size_t n, const lwm2m::Record& record) {
    return n < like.size() ? like[n].value.type() : natural_type(record.value);
  };
}

inline Status encode(const lwm2m::Format& format, const lwm2m::Path& base, const Entries& entries,
                     Writer& out) {
  lwm2m::RecordWriter writer(format, out, base);
  for (const Entry& entry : entries) {
    switch (entry.kind) {
      case lwm2m::WriteKind::Value:
        LINNET_TRY(writer.add(entry.path, entry.value, entry.time));
        break;
      case lwm2m::WriteKind::Container: LINNET_TRY(writer.add_container(entry.path)); break;
      case lwm2m::WriteKind::Name: LINNET_TRY(writer.add_name(entry.path)); break;
      case lwm2m::WriteKind::Null: LINNET_TRY(writer.add_null(entry.path)); break;
    }
  }
  return writer.finish();
}

/// The payload; empty, and the reason in `error`, if there is none.
inline std::vector<std::uint8_t> encode(const lwm2m::Format& format, const lwm2m::Path& base,
                                        const Entries& entries, Error& error) {
  std::vector<std::uint8_t> storage(65536);
  Writer out(storage);
  error = encode(format, base, entries, out).error();
  storage.resize(error == Error::Ok ? out.size() : 0);
  return storage;
}

/// The list in path order, each path once, no container of something that is there.
inline Entries in_order(Entries entries) {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.path < b.path; });
  Entries result;
  for (const Entry& entry : entries) {
    if (!result.empty() && result.back().path == entry.path) continue;
    if (!result.empty() && result.back().kind == lwm2m::WriteKind::Container &&
        result.back().path.contains(entry.path)) {
      result.pop_back();
    }
    result.push_back(entry);
  }
  return result;
}

/// What a fuzz target asks of a format: bytes that decode encode again, and then mean the same.
/// Returns false if the payload was refused.
inline bool survives_round_trip(const lwm2m::Format& format, ByteView payload,
                                const lwm2m::Path& base, const TypeOf& type_of = natural) {
  Error error = Error::Ok;
  Entries entries = decode(format, payload, base, error, type_of);
  if (error != Error::Ok) return false;
  for (const Entry& entry : entries) {
    if (!base.contains(entry.path)) return false;  // what a caller refuses
  }
  const bool in_path_order =
      format.id == lwm2m::ContentFormat::Tlv || format.id == lwm2m::ContentFormat::Lwm2mCbor;
  if (in_path_order) entries = in_order(entries);
  if (format.id == lwm2m::ContentFormat::Tlv && base.is_instance()) {
    // That the target itself is there is not worth a byte.
    std::erase_if(entries, [&base](const Entry& entry) { return entry.path == base; });
  }

  const auto check = [](bool condition) {
    if (!condition) __builtin_trap();
  };
  Writer counter;
  check(encode(format, base, entries, counter).ok());
  std::vector<std::uint8_t> storage(counter.size());
  Writer out(storage);
  check(storage.empty() || encode(format, base, entries, out).ok());
  check(out.size() == counter.size() || storage.empty());
  Error again_error = Error::Ok;
  const Entries again = decode(format, storage, base, again_error, types_of(entries));
  check(again_error == Error::Ok);
  check(again == entries);
  return true;
}

}  // namespace linnet::test
