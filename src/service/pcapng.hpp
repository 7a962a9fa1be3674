// SPDX-License-Identifier: Apache-2.0
#pragma once
// CoAP messages as a capture file that Wireshark and tshark open (pcapng,
// draft-ietf-opsawg-pcapng): one section, one interface of raw IP packets, each message in a UDP
// datagram of its own. The inside of DTLS is written as if there had been none.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <linnet/base/address.hpp>
#include <linnet/base/bytes.hpp>

namespace linnet::service {

class PcapngWriter {
 public:
  /// `program` is noted as what wrote it.
  explicit PcapngWriter(std::string_view program);

  /// A message from or to `peer`; the server's own side is a documentation address (RFC 5737,
  /// RFC 3849) with port 5683. `comment` may be empty.
  void add(std::int64_t unix_us, const SocketAddress& peer, bool from_peer, ByteView message,
           std::string_view comment);

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

}  // namespace linnet::service
