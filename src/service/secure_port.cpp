// SPDX-License-Identifier: Apache-2.0
#include <linnet/service/secure_port.hpp>

namespace linnet::service {

bool SecurePort::receive(Instant now, Deliver deliver, FunctionRef<void()> after) {
  constexpr int kBatches = 8;
  for (int i = 0; i < kBatches; ++i) {
    const bool more = socket_.receive(in_);
    transport_.expect(in_.size(), [this](std::size_t k) -> server::SecureTransport::Incoming {
      return {in_.peer(k), in_.bytes(k)};
    });
    for (std::size_t k = 0; k < in_.size(); ++k) {
      transport_.receive(now, in_.peer(k), in_.bytes(k), deliver);
    }
    after();
    if (!more) return false;
  }
  return true;
}

void SecurePort::seal(Instant now, const SocketAddress& session, std::size_t size,
                      MutableBytes room, FunctionRef<bool()> reserve) {
  auto sealed = transport_.seal(now, session, size, room);
  if (sealed.error() == Error::Busy && reserve()) {
    sealed = transport_.seal(now, session, size, room);
  }
  // A session that is over is a device that is gone: as lost as on a network.
  if (sealed.ok()) out_.commit(sealed->to, sealed->size);
}

void SecurePort::flush(Instant now) {
  while (true) {
    if (out_.full()) socket_.send(out_);
    const auto datagram = transport_.poll_transmit(now, out_.free());
    if (!datagram) break;
    out_.commit(datagram->to, datagram->size);
  }
  if (out_.size() != 0) socket_.send(out_);
}

}  // namespace linnet::service
