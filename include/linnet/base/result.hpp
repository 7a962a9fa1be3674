// SPDX-License-Identifier: Apache-2.0
#pragma once
// What every fallible call of Linnet returns: a value or a one-byte `Error`.
// No exceptions, no heap. CoAP response codes are protocol values, not errors;
// `coap/code.hpp` maps an `Error` to the code a peer is answered with.
#include <cstdint>
#include <type_traits>
#include <utility>

#include <linnet/base/check.hpp>
#include <linnet/base/compact.hpp>

namespace linnet {

/// Why an operation could not be done. One byte; zero is success.
enum class Error : std::uint8_t {
  Ok = 0,
  NoSpace,        ///< the caller's storage or a fixed table is full
  Truncated,      ///< the input ends inside an element
  Malformed,      ///< the input breaks the grammar of its format
  Unsupported,    ///< well formed, but a feature that is not built or not implemented
  Range,          ///< a number or length outside what its field may hold
  Type,           ///< the value is of another data type than asked for
  NotFound,       ///< no such path, entry or registration
  Exists,         ///< the identifier is taken
  NotAllowed,     ///< the node exists but does not support the operation
  Unauthorized,   ///< the peer has no right to do this
  NotAcceptable,  ///< no representation in the format the peer asked for
  Format,         ///< the content format of the payload is not supported
  Conflict,       ///< contradicts another part of the request or the state
  State,          ///< the call does not fit the state of the object it was made on
  Order,          ///< elements came in the wrong order
  TooLarge,       ///< above a configured limit
  Busy,           ///< a resource is in use; try again later
  Timeout,        ///< no answer in time
  Reset,          ///< the peer answered with Reset
  Cancelled,      ///< given up by the caller
  Io,             ///< the operating system refused
};

/// The error's name for logs and messages ("no space", "truncated", ...). Static lifetime.
[[nodiscard]] const char* describe(Error error);

/// A `T` or the `Error` that stands in its place. `T` must be default constructible
/// (it is kept beside the error so that the type stays trivial for trivial `T`).
template <typename T>
class [[nodiscard]] Result {
 public:
  constexpr Result(T value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  constexpr Result(Error error)                            // NOLINT(google-explicit-constructor)
      requires(sizeof(T) <= sizeof(std::uint64_t))
      : error_(error) {
    LINNET_CHECK(error != Error::Ok);
  }
  /// The same for a `T` that takes code to make.
  LINNET_COMPACT constexpr Result(Error error)  // NOLINT(google-explicit-constructor)
      requires(sizeof(T) > sizeof(std::uint64_t))
      : error_(error) {
    LINNET_CHECK(error != Error::Ok);
  }

  [[nodiscard]] constexpr bool ok() const { return error_ == Error::Ok; }
  constexpr explicit operator bool() const { return ok(); }
  [[nodiscard]] constexpr Error error() const { return error_; }

  /// REQUIRES: `ok()`.
  constexpr T& operator*() & { return value_; }
  constexpr const T& operator*() const& { return value_; }
  constexpr T&& operator*() && { return std::move(value_); }
  constexpr T* operator->() { return &value_; }
  constexpr const T* operator->() const { return &value_; }

  /// The value, or `other` on failure.
  constexpr T value_or(T other) const { return ok() ? value_ : other; }

 private:
  T value_{};
  Error error_ = Error::Ok;
};

/// Success or the reason why not.
template <>
class [[nodiscard]] Result<void> {
 public:
  constexpr Result() = default;
  constexpr Result(Error error) : error_(error) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] constexpr bool ok() const { return error_ == Error::Ok; }
  constexpr explicit operator bool() const { return ok(); }
  [[nodiscard]] constexpr Error error() const { return error_; }

 private:
  Error error_ = Error::Ok;
};

using Status = Result<void>;

#define LINNET_CONCAT_(a, b) a##b
#define LINNET_CONCAT(a, b) LINNET_CONCAT_(a, b)

/// Returns the error of `expr` from the enclosing function if it failed.
#define LINNET_TRY(expr)                                \
  do {                                                  \
    if (auto linnet_try_ = (expr); !linnet_try_.ok()) { \
      return linnet_try_.error();                       \
    }                                                   \
  } while (false)

#define LINNET_TRY_ASSIGN_(temporary, target, expr) \
  auto temporary = (expr);                          \
  if (!temporary.ok()) return temporary.error();    \
  target = *std::move(temporary)

/// `LINNET_TRY_ASSIGN(auto n, read_count());` assigns the value or returns the error.
#define LINNET_TRY_ASSIGN(target, expr) \
  LINNET_TRY_ASSIGN_(LINNET_CONCAT(linnet_result_, __COUNTER__), target, expr)

}  // namespace linnet
