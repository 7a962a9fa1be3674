// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a shard asks of its application: who may register, and what objects look like.
// Implementations are called from inside the shard: they answer at once, do no I/O and do not call
// the shard.
#include <cstdint>
#include <string_view>

#include <linnet/base/address.hpp>
#include <linnet/base/bytes.hpp>
#include <linnet/base/time.hpp>
#include <linnet/lwm2m/definition.hpp>
#include <linnet/server/registration.hpp>

namespace linnet::server {

/// What a device is about to do.
struct AccessRequest {
  enum class Kind : std::uint8_t { Register, Update, Deregister, Send };
  Kind kind = Kind::Register;
  SocketAddress from;
  std::string_view endpoint;
  /// The registration concerned; for Register the one that would be replaced. Null if none.
  const RegistrationView* registration = nullptr;
};

enum class Access : std::uint8_t {
  Allow,
  Unknown,    ///< unknown endpoint, or not the one its security identity stands for: 4.00 [REG-15]
  Forbidden,  ///< 4.03
  Unavailable,  ///< 5.03: nobody can be let in now, such as when nothing can be stored
};

class Authorizer {
 public:
  virtual Access decide(const AccessRequest& request) = 0;
  /// The endpoint that the security identity behind `from` stands for, for a Register without `ep`;
  /// empty if there is none. Lives until the next call. [REG-04]
  virtual std::string_view endpoint_of(const SocketAddress& from) {
    (void)from;
    return {};
  }

 protected:
  ~Authorizer() = default;
};

enum class Direction : std::uint8_t { In, Out };

/// Sees the CoAP messages of registered devices, and Register requests with their answers, as they
/// are inside DTLS; for a message log.
class MessageTap {
 public:
  /// `registration` is not valid for the messages of a Register until it is accepted, and for its
  /// copies; `endpoint` is then what it says. What comes in is reported before it is dealt with.
  /// An answer to one of several devices behind one address is taken for one to the device that
  /// registered last.
  virtual void on_message(Instant now, const SocketAddress& peer, Direction direction,
                          ByteView message, RegistrationId registration,
                          std::string_view endpoint) = 0;

 protected:
  ~MessageTap() = default;
};

/// Where object definitions come from. Asked for each object in an answer; must be fast.
class DefinitionSource {
 public:
  /// The definition of `object` in `version`, or the nearest known of the same major version, or
  /// null: then values get the type their payload suggests. Outlives the shard.
  virtual const lwm2m::ObjectDefinition* find(lwm2m::Id object, lwm2m::Version version) const = 0;

 protected:
  ~DefinitionSource() = default;
};

}  // namespace linnet::server
