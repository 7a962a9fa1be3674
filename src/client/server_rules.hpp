// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the Server object makes a client do beside registering: being disabled or offline, storing
// notifications meanwhile, and the order of registrations. Read Core 1.2 §6.2.1.2 and Appendix E.2,
// docs/decisions/0008. `kServerOperations` is optional (Features::servers), and the store within it
// (Limits::stored_notifications).
#include <linnet/client/engine.hpp>

namespace linnet::client {

/// How the engine calls the rules, and nothing else of them.
struct ServerOperations {
  /// Does what is due. Before anything is sent.
  void (*step)(Engine&);
  /// When that is necessary next.
  Instant (*due)(Engine&);
  /// /1/x/4 of this instance was executed.
  void (*disable)(Engine&, Id account);
  /// Something happened to the server; its state says so already.
  void (*reported)(Engine&, EventType type, PeerId peer);
};

/// notification_store.cpp
struct Engine::StoreOperations {
  /// Stores what the observation would report now; false if that is not what its format, or hqmax,
  /// is for.
  bool (*keep)(Engine&, std::size_t index);
  /// Sends what is stored as far as it goes; true once nothing is left.
  bool (*flush)(Engine&, PeerId peer);
  /// Forgets what observations that are no more have left.
  void (*purge)(Engine&, PeerId peer);
  /// The confirmable notification with stored values was acknowledged.
  void (*delivered)(Engine&, PeerId peer);
};

/// Whether nothing is taken from a server in this state, and nothing sent to it.
[[nodiscard]] constexpr bool is_absent(RegistrationState state) {
  return state == RegistrationState::Offline || state == RegistrationState::Disabled;
}

/// A namespace within the engine: all functions are static.
struct Engine::ServerRules {
  // absence.cpp
  static void step(Engine& engine);
  static Instant due(Engine& engine);
  static void disable_account(Engine& engine, Id account);
  static void reported(Engine& engine, EventType type, PeerId peer);

  static void disable(Engine& engine, PeerId peer, Duration duration);
  static void become_disabled(Engine& engine, PeerId peer);
  static void go_offline(Engine& engine, PeerId peer);
  static void come_back(Engine& engine, PeerId peer);
  static void abandon_exchanges(Engine& engine, PeerId peer, bool waiting_sends);
  static void watch_absent(Engine& engine, PeerId peer);
  static void hold(Engine& engine, PeerId peer);
  static void step_flush(Engine& engine, PeerId peer);
  static void begin_flush(Engine& engine, PeerId peer, Duration grace);

  // registration_order.cpp
  static void step_order(Engine& engine, PeerId peer);
  static void registration_failed(Engine& engine, PeerId peer);
  static void look_for_accounts(Engine& engine);
};

}  // namespace linnet::client
