// SPDX-License-Identifier: Apache-2.0
#pragma once
// Payloads of LwM2M decoded for people: each record with its path, the name of its resource, and
// its value as the type that the definition says, or as the one the payload suggests. Not
// thread-safe; what it refers to outlives it.
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <linnet/coap/message.hpp>
#include <linnet/lwm2m/format.hpp>
#include <linnet/lwm2m/model/model_store.hpp>

namespace linnet::service {

/// The path that a request names, as far as it is one of the resource model; what stands before it
/// (an alternate root path) is left out. The root if there is none.
[[nodiscard]] lwm2m::Path request_target(const coap::MessageView& request);

struct DecodedRecord {
  enum class Kind : std::uint8_t {
    Value,
    Name,        ///< a path without a value
    Deletion,    ///< an explicit null
    Unreadable,  ///< `error` says why
  };
  Kind kind = Kind::Name;
  lwm2m::Path path{};
  /// Unix seconds, or relative to when it was sent if below 2^28.
  std::optional<double> time{};
  const lwm2m::ResourceModel* resource = nullptr;  ///< null if nobody described it
  lwm2m::DataType type = lwm2m::DataType::None;    ///< of `value`
  /// What the definition says, if the payload has another type.
  lwm2m::DataType expected = lwm2m::DataType::None;
  lwm2m::Value value{};  ///< until the next record
  Error error = Error::Ok;
};

class PayloadRecords {
 public:
  using FindResource = std::function<const lwm2m::ResourceModel*(const lwm2m::Path&)>;

  /// `payload` is the body of a request to `base`, or of its answer.
  PayloadRecords(const lwm2m::Format& format, ByteView payload, const lwm2m::Path& base,
                 FindResource find)
      : reader_(format, payload, base), find_(std::move(find)) {}

  /// True, or false at the end of a well-formed payload.
  Result<bool> next(DecodedRecord& out);

 private:
  lwm2m::RecordReader reader_;
  FindResource find_;
  std::string scratch_;
};

}  // namespace linnet::service
