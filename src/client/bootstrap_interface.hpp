// SPDX-License-Identifier: Apache-2.0
#pragma once
// The bootstrap interface of the client (Core 1.2 §6.1.7, Transport 1.2 §6.4.2): what a bootstrap
// server may do with the objects, whatever the access rights say [BS-12]. Takes requests whose body
// is complete, like `DeviceManagement`, and knows nothing of sessions, messages or time.
#include <cstdint>

#include <linnet/client/device_management.hpp>
#include <linnet/client/engine_tables.hpp>

namespace linnet::client {

/// Lives as long as a request.
class BootstrapInterface {
 public:
  /// `account`: the /0 instance of the bootstrap server, which no Delete takes away [BS-46]; kNoId
  /// if there is none.
  BootstrapInterface(DeviceManagement& model, Id account, BootstrapEffects& effects);

  /// Discover, Read, Write or Delete; the body of the answer goes to `body`. `request.server` does
  /// not matter.
  Reply handle(const Request& request, Writer& body);
  /// Takes a Bootstrap-Pack: each object in it is emptied first, then written [BS-59]. An error
  /// leaves a part of it written: the caller rolls back.
  Status take_pack(ContentFormat format, ByteView payload);
  /// Deletes an instance of /0 with all that follows [UB-01].
  void remove_account(Id instance);

 private:
  Status dispatch(const Request& request, Reply& reply, Writer& body);
  Status discover(const Path& target, Writer& body);
  void write_instance(Writer& body, const Path& instance);
  Status read(const Request& request, Reply& reply, Writer& body);

  // bootstrap_write.cpp
  struct Source;
  Status write(const Request& request);
  Status check(const Source& source, const lwm2m::Record& record);
  Status apply(const Source& source, const lwm2m::Record& record);
  Status prepare(const Source& source);
  Status make_ready(const Source& source, const Path& instance);
  void note_bootstrapped(const Path& written);

  Status remove(const Path& target);
  void remove_below(const Path& target);
  bool remove_instance(const Path& instance);
  void leave(const Path& target);
  void unbootstrap(std::span<const ShortServerId> leaving);
  [[nodiscard]] bool stays(const Path& instance) const;
  /// Whether a Delete of `target` takes the instance away.
  [[nodiscard]] bool goes_with(const Path& target, const Path& instance) const;

  void touch(Id object);
  /// A number of an account object, `absent` if it is not there.
  [[nodiscard]] std::uint32_t number(const Path& resource, std::uint32_t absent) const;
  /// 0 for a bootstrap server's.
  [[nodiscard]] ShortServerId server_of(const Path& security_instance) const;
  [[nodiscard]] Id oscore_of(Id security_instance) const;

  AccessControl* access_;
  DeviceManagement model_;  // without rights, see the constructor
  Id account_;
  BootstrapEffects& effects_;
};

}  // namespace linnet::client
