// SPDX-License-Identifier: Apache-2.0
#pragma once
// The parts of the engine that a client can leave out. Everything else calls them through these
// tables only, so that the linker drops what no `Client<Limits>` names.
#include <linnet/client/engine.hpp>

namespace linnet::client {

/// sending.cpp
struct Engine::SendOperations {
  bool (Engine::*due)(PeerId peer) const;
  void (Engine::*step)(PeerId peer);
  /// The exchange of a Send is over: by `message`, or by `error` if there is none.
  void (Engine::*finished)(std::size_t index, Error error, const coap::MessageView* message);
};

/// own_attributes.cpp
struct Engine::OwnAttributeOperations {
  /// What the queries of an Observe say.
  Status (Engine::*parse)(const Incoming& in, lwm2m::Attributes& own) const;
  /// The attributes that hold for an observation with its own, given those attached to a path.
  lwm2m::Attributes (Engine::*merge)(const Observation& observation,
                                     const lwm2m::Attributes& attached);
};

/// block_transfer.cpp
struct Engine::BlockOperations {
  /// A request whose body comes in blocks.
  Answer (Engine::*receive)(Incoming& in, const coap::BlockOption& block);
  /// An answer that fits no message.
  Answer (Engine::*answer_long)(FunctionRef<Reply(Writer&)> produce, const Incoming& in);
  /// A later block of one that was kept; code Empty if it was not.
  Answer (Engine::*answer_kept)(const Incoming& in);
  Answer (Engine::*answer_stream)(const Incoming& in, const Reply& reply);
  /// Keeps a body that is sent in blocks.
  void (Engine::*keep)(ByteView body, const Incoming& in, ContentFormat format);
};

}  // namespace linnet::client
