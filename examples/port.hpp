// SPDX-License-Identifier: Apache-2.0
#pragma once
// What all device examples share: the loop of docs/architecture.md over a UDP socket. On a
// microcontroller these twenty lines look the same, over the board's own socket and clock.
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <linnet/client/engine.hpp>
#include <linnet/coap/uri.hpp>
#include <linnet/posix/clock.hpp>
#include <linnet/posix/event_loop.hpp>
#include <linnet/posix/net_address.hpp>
#include <linnet/posix/udp_socket.hpp>

namespace example {

/// Runs a client of one server until SIGINT or SIGTERM, then de-registers. `step` is called at
/// least every `period`, before the engine looks at the objects.
template <typename Step>
void run(linnet::client::Engine& client, const linnet::SocketAddress& server,
         linnet::Duration period, Step step) {
  using namespace linnet;
  posix::EventLoop loop;
  posix::UdpSocket socket(SocketAddress{});
  posix::ReceiveBatch in;
  posix::SendBatch out;
  bool stopping = false;
  posix::Signals signals(loop, {SIGINT, SIGTERM}, [&](int) { stopping = true; });

  client.start(posix::monotonic_now());
  for (bool told = false; !told || !client.stopped();) {
    const Instant now = posix::monotonic_now();
    if (stopping && !told) client.stop(now);
    told = stopping;
    step(now);
    if (client.next_timeout() <= now) client.on_timeout(now);
    while (const auto datagram = client.poll_transmit(now, out.free())) {
      out.commit(server, datagram->size);
      socket.send(out);
    }
    while (const auto event = client.poll_event()) std::printf("%s\n", describe(event->type));
    std::fflush(stdout);
    loop.run_once(earlier(client.next_timeout(), now + period));
    while (socket.receive(in), in.size() != 0) {
      for (std::size_t i = 0; i < in.size(); ++i) {
        client.receive(posix::monotonic_now(), 0, in.bytes(i));
      }
    }
  }
}

/// The address behind "coap://host:port"; ends the program with a message if there is none.
inline linnet::SocketAddress address_of(const char* uri) {
  const auto parsed = linnet::coap::parse_uri(uri);
  if (!parsed) {
    std::fprintf(stderr, "%s is no CoAP address; try coap://127.0.0.1\n", uri);
    std::exit(2);
  }
  return linnet::posix::resolve({std::string(parsed->host), parsed->port}).front();
}

}  // namespace example
