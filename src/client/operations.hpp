// SPDX-License-Identifier: Apache-2.0
#pragma once
// The parts of the engine that a client can leave out. Everything else calls them through these
// tables only, so that the linker drops what no `Client<Limits>` names.
#include <utility>

#include <linnet/client/engine.hpp>

namespace linnet::client {

/// A member function as a plain function: a call of one takes a third of the code of a call
/// through a pointer to member.
template <auto kMember>
struct Plain {
  template <typename R, typename... Arguments>
  static R call(Engine& engine, Arguments... arguments) {
    return (engine.*kMember)(std::forward<Arguments>(arguments)...);
  }
};

/// Flags of the stored image.
inline constexpr std::uint32_t kBootstrapped = 1;  ///< accounts are of a bootstrap: /0/x/12 counts
inline constexpr std::uint32_t kRegisteredSince = 2;  ///< and a server took the registration since

/// sending.cpp
struct Engine::SendOperations {
  bool (*due)(Engine&, PeerId peer);
  void (*step)(Engine&, PeerId peer);
  /// The exchange of a Send is over: by `message`, or by `error` if there is none.
  void (*finished)(Engine&, std::size_t index, Error error, const coap::MessageView* message);
};

/// own_attributes.cpp
struct Engine::OwnAttributeOperations {
  /// What the queries of an Observe say.
  Status (*parse)(Engine&, const Incoming& in, lwm2m::Attributes& own);
  /// Gives them a place; false if there is none.
  bool (*keep)(Engine&, Observation& observation, const lwm2m::Attributes& own);
  /// The attributes that hold for an observation with its own, given those attached to a path.
  lwm2m::Attributes (*merge)(Engine&, const Observation& observation,
                             const lwm2m::Attributes& attached);
};

/// bootstrap.cpp
struct Engine::BootstrapOperations {
  /// Object 0 may have changed. False while a bootstrap is under way: accounts are read after it.
  bool (*load)(Engine&);
  /// No server takes our registration.
  void (*want)(Engine&);
  /// A server asks for one.
  void (*trigger)(Engine&);
  /// Connectivity is gone.
  void (*pause)(Engine&);
  void (*stop)(Engine&);
  Instant (*due)(Engine&);
  void (*step)(Engine&);
  /// Begins anew with a server if its account is not what it was.
  void (*recognise)(Engine&, PeerId peer);
  /// The account of a server is gone.
  void (*leave)(Engine&, PeerId peer);
  /// A request of the bootstrap server, and one whose path names no data: Bootstrap-Finish.
  Answer (*serve)(Engine&, Incoming& in);
  Answer (*finish)(Engine&, const coap::MessageView& message, MutableBytes room);
  /// What came of a Bootstrap-Request or Bootstrap-Pack-Request.
  void (*answered)(Engine&, Error error, const coap::MessageView* message);
  /// There is no way to the bootstrap server.
  void (*failed)(Engine&, Error error);
};

/// block_transfer.cpp
struct Engine::BlockOperations {
  /// A request that may have the options Block1 and Block2.
  Answer (*serve)(Engine&, Incoming& in);
  /// The block of a body that was asked for; all of it if it fits and none was.
  Answer (*cut)(Engine&, ByteView body, const Incoming& in, ContentFormat format);
  /// An answer that fits no message.
  Answer (*answer_long)(Engine&, FunctionRef<Reply(Writer&)> produce, const Incoming& in);
  /// A later block of one that was kept; code Empty if it was not.
  Answer (*answer_kept)(Engine&, const Incoming& in);
  Answer (*answer_stream)(Engine&, const Incoming& in, const Reply& reply);
  /// The part of the object list whose turn it is.
  Status (*add_list_block)(Engine&, PeerId peer, coap::MessageWriter& message, Writer& out);
  /// What the response to a part of the object list means.
  coap::SendOutcome (*list_answered)(Engine&, Server& server, const coap::MessageView& message);
};

/// configuration_keeping.cpp
struct ConfigurationOperations {
  void (*restore)(Engine&, Instant now);
  void (*changed)(Engine&, const Change&);
  /// Writes the image if it is time to.
  void (*keep)(Engine&);
  Instant (*due)(Engine&);
};

}  // namespace linnet::client
