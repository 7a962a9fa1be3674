// SPDX-License-Identifier: Apache-2.0
#include <linnet/lwm2m/format.hpp>

namespace linnet::lwm2m {

RecordReader::RecordReader(const Format& format, ByteView payload, const Path& base)
    : format_(&format) {
  state_.input = Reader(payload);
  state_.base = base;
}

Result<bool> RecordReader::next(Record& out) {
  out = Record{};
  if (error_ != Error::Ok) return error_;
  if (state_.done) return false;
  const Result<bool> found = format_->read(state_, out);
  if (!found.ok()) {
    error_ = found.error();
  } else if (!*found) {
    state_.done = true;
  }
  return found;
}

RecordWriter::RecordWriter(const Format& format, Writer& output, const Path& base)
    : format_(&format) {
  state_.output = &output;
  state_.base = base;
  state_.start = static_cast<std::uint32_t>(output.size());
}

Status RecordWriter::add(const Path& path, const Value& value) {
  if (value.empty() || path.depth() < 3) return Error::Type;
  return write(WriteKind::Value, path, value);
}

Status RecordWriter::add(const Path& path, const Value& value, std::optional<double> time) {
  if (time.has_value() && !format_->timed) return Error::NotAcceptable;  // [FMT-28]
  state_.time = time.value_or(0);
  const Status status = add(path, value);
  state_.time = 0;
  return status;
}

Status RecordWriter::add_container(const Path& path) {
  return write(WriteKind::Container, path, Value());
}

Status RecordWriter::add_name(const Path& path) { return write(WriteKind::Name, path, Value()); }

Status RecordWriter::add_null(const Path& path) { return write(WriteKind::Null, path, Value()); }

Status RecordWriter::write(WriteKind kind, const Path& path, const Value& value) {
  if (!state_.base.contains(path)) return Error::Conflict;
  LINNET_TRY(format_->write(state_, kind, path, value));
  return state_.output->status();
}

Status RecordWriter::finish() {
  LINNET_TRY(format_->finish(state_));
  return state_.output->status();
}

const Format* find(FormatTable table, ContentFormat id) {
  if (id == ContentFormat::OldText) id = ContentFormat::Text;
  if (id == ContentFormat::OldTlv) id = ContentFormat::Tlv;
  if (id == ContentFormat::OldJson) id = ContentFormat::Json10;
  for (const Format* format : table) {
    if (format->id == id) return format;
  }
  return nullptr;
}

}  // namespace linnet::lwm2m
