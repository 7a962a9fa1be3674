// SPDX-License-Identifier: Apache-2.0
#include "sqlite.hpp"

#include <cstring>

namespace linnet::service {

Sqlite::Sqlite(const std::filesystem::path& file, Open how) : name_(file.string()) {
  sqlite3* handle = nullptr;
  const int flags =
      how == Open::Make ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  const int code = sqlite3_open_v2(name_.c_str(), &handle, flags, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) fail(code);
  if (how == Open::Make && sqlite3_db_readonly(handle, "main") == 1) {
    throw SqliteError(SQLITE_READONLY, name_ + ": it may not be written to");
  }
  sqlite3_extended_result_codes(handle, 1);
}

void Sqlite::fail(int code) const {
  std::string reason = handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code);
  // "disk I/O error" alone helps nobody.
  const int primary = code & 0xFF;
  const int why = handle_ && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN)
                      ? sqlite3_system_errno(handle_.get())
                      : 0;
  if (why != 0) reason += std::string(" (") + std::strerror(why) + ")";
  throw SqliteError(code, name_ + ": " + reason);
}

void Sqlite::run(const char* sql) {
  const int code = sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

Statement::Statement(Sqlite& database, const char* sql) : database_(database) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v3(database.handle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
                           nullptr));
  statement_.reset(statement);
}

void Statement::check(int code) {
  if (code != SQLITE_OK) database_.fail(code);
}

Statement& Statement::bind(std::int64_t value) {
  check(sqlite3_bind_int64(statement_.get(), ++bound_, value));
  return *this;
}

Statement& Statement::bind(std::string_view value) {
  // A null pointer would be NULL, not an empty text.
  check(sqlite3_bind_text(statement_.get(), ++bound_, value.empty() ? "" : value.data(),
                          static_cast<int>(value.size()), SQLITE_STATIC));
  return *this;
}

Statement& Statement::bind(ByteView value) {
  if (value.empty()) {
    check(sqlite3_bind_zeroblob(statement_.get(), ++bound_, 0));
  } else {
    check(sqlite3_bind_blob(statement_.get(), ++bound_, value.data(),
                            static_cast<int>(value.size()), SQLITE_STATIC));
  }
  return *this;
}

Statement& Statement::bind_null() {
  check(sqlite3_bind_null(statement_.get(), ++bound_));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  reset();
  if (code != SQLITE_DONE) database_.fail(code);
  return false;
}

void Statement::run() {
  while (step()) {
  }
}

void Statement::reset() {
  sqlite3_reset(statement_.get());  // repeats the error of `step`, which was thrown
  bound_ = 0;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return text == nullptr ? std::string_view{} : std::string_view(text, static_cast<unsigned>(size));
}

ByteView Statement::bytes(int column) const {
  const auto* bytes =
      static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? ByteView{} : ByteView(bytes, static_cast<unsigned>(size));
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

}  // namespace linnet::service
