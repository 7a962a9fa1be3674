// SPDX-License-Identifier: Apache-2.0
#pragma once
// A LwM2M client with its storage: `Client<Limits{...}>` lays out the tables, `Engine` does the
// work. See engine.hpp for how to drive it; sizes are printed by bench/size.
//
//   linnet::client::Client<Limits{}> client{config, rng, objects};
#include <array>

#include <linnet/client/engine.hpp>

namespace linnet::client {

/// The arrays behind `Tables`.
template <Limits L>
struct Storage {
  static_assert(L.servers >= 1 && L.servers < kNoPeer - 1 && L.exchanges >= 1 && L.events >= 1);
  static_assert(L.message_bytes >= 128 && L.own_attributes < 0xFF);

  /// The last row is that of the bootstrap server.
  static constexpr std::size_t kPeers = L.servers + (L.bootstrap ? 1u : 0u);

  std::array<Server, kPeers> servers{};
  std::array<ExchangeSlot, L.exchanges> exchanges{};
  std::array<SendSlot, L.sends> sends{};
  std::array<Transfer, L.transfers> transfers{};
  std::array<Observation, L.observations> observations{};
  std::array<ObservedPath, L.observed_paths> observed_paths{};
  std::array<lwm2m::Attributes, L.own_attributes> own_attributes{};
  std::array<AttributeEntry, L.attributes> attributes{};
  std::array<coap::DedupEntry, L.remembered_requests> remembered{};
  std::array<std::uint8_t, std::size_t{L.remembered_requests} * L.remembered_answer_bytes>
      remembered_answers{};
  std::array<BootstrapSession, L.bootstrap ? 1 : 0> bootstrap_session{};
  std::array<Event, L.events> events{};
  std::array<std::uint8_t, kPeers * L.message_bytes> messages{};
  /// Room for one long answer beside a few short ones of each server.
  std::array<std::uint8_t, L.message_bytes + kPeers * 64> answers{};
  std::array<std::uint8_t, std::size_t{L.transfers} * L.body_bytes> bodies{};
  std::array<std::uint8_t, L.scratch_bytes> scratch{};
  std::array<std::uint8_t,
             L.stored_notifications == 0 ? 0 : std::size_t{L.servers} * L.stored_bytes>
      stored{};

  [[nodiscard]] Tables tables() {
    return {servers,
            exchanges,
            sends,
            transfers,
            observations,
            observed_paths,
            own_attributes,
            attributes,
            remembered,
            remembered_answers,
            bootstrap_session,
            events,
            messages,
            answers,
            bodies,
            scratch,
            stored,
            L.stored_notifications};
  }
};

/// Neither copyable nor movable. `config`'s texts, `rng` and `objects` outlive it.
template <Limits L>
class Client final : private Storage<L>, public Engine {
 public:
  /// `objects`: every object of the device, ascending by id; 0, 1 and 3 among them.
  Client(const Config& config, Rng& rng, std::span<Object* const> objects)
      : Engine(config, rng, objects, Storage<L>::tables(),
               {L.sends != 0 ? &Engine::kSendOperations : nullptr,
                L.transfers != 0 ? &Engine::kBlockOperations : nullptr,
                L.own_attributes != 0 ? &Engine::kOwnAttributeOperations : nullptr,
                L.bootstrap ? &Engine::kBootstrapOperations : nullptr,
                L.stored_notifications != 0 && L.stored_bytes != 0 ? &Engine::kStoreOperations
                                                                   : nullptr}) {}
};

}  // namespace linnet::client
