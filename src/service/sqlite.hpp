// SPDX-License-Identifier: Apache-2.0
#pragma once
// SQLite as values that clean up after themselves. Errors are exceptions: the store catches them in
// one place. Thread rule: a connection and its statements belong to one thread.
#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <linnet/base/bytes.hpp>

namespace linnet::service {

class SqliteError : public std::runtime_error {
 public:
  SqliteError(int code, const std::string& what) : std::runtime_error(what), code_(code) {}
  /// The primary result code: SQLITE_FULL, SQLITE_BUSY, ...
  [[nodiscard]] int code() const { return code_ & 0xFF; }

 private:
  int code_;
};

class Sqlite {
 public:
  enum class Open : std::uint8_t {
    Make,  ///< to read and write, made if it is not there
    Read,  ///< one that is there, beside whoever writes it
  };
  /// Throws SqliteError.
  explicit Sqlite(const std::filesystem::path& file, Open how = Open::Make);

  /// Runs statements that return nothing. Throws SqliteError.
  void run(const char* sql);
  [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(handle()) == 0; }
  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }
  [[noreturn]] void fail(int code) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::string name_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A prepared statement. Values are bound in order; texts and bytes are referred to until `reset`.
class Statement {
 public:
  Statement(Sqlite& database, const char* sql);

  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view value);
  Statement& bind(ByteView value);
  Statement& bind_null();
  /// True if there is a row; at the end the statement is reset.
  bool step();
  /// Runs a statement without rows, and resets it.
  void run();
  void reset();

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string_view text(int column) const;  ///< until the next `step`
  [[nodiscard]] ByteView bytes(int column) const;         ///< until the next `step`
  [[nodiscard]] bool is_null(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  void check(int code);

  Sqlite& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bound_ = 0;
};

}  // namespace linnet::service
