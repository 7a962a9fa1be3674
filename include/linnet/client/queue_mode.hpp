// SPDX-License-Identifier: Apache-2.0
#pragma once
// Queue mode: sleeping between messages. Read Transport 1.2 §6.5. [QM-01]..[QM-05]
//
// With `Config::queue_mode` (for 1.0: a binding with Q in /1/x/7) and `Features::queue` the client
// is reachable for `Config::awake_s` after the last message to or from any server; then it is
// asleep. The first message after that is a Confirmable Update, which tells the server that we are
// awake; what made us send, a notification or Send, follows it at once. Nothing else changes: the
// session, the registration and observations stay, and what a server sends meanwhile waits at the
// server.
//
//   after poll_transmit has given everything:
//     const RadioState radio = client.radio(now);
//     if (!radio.needed) switch_off();          // and on again when poll_transmit gives something
//     wait_until(earlier(client.next_timeout(), radio.until), or until there is a value to report);
#include <linnet/base/time.hpp>

namespace linnet::client {

class Engine;

/// Whether somebody may send to us now.
struct RadioState {
  bool needed = true;
  /// `needed`: till then, if nothing comes or goes before; never() as long as there is no telling.
  /// Otherwise when something may have to be sent next: an Update, another try, a notification
  /// whose conditions are looked at then; never() if only the application can change that.
  Instant until = Instant::never();
};

/// How the engine calls the rules, and nothing else of them.
struct QueueOperations {
  /// Plans the Update that goes before the first message after sleep.
  void (*step)(Engine&);
};

}  // namespace linnet::client
