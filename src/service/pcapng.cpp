// SPDX-License-Identifier: Apache-2.0
#include "pcapng.hpp"

#include <algorithm>
#include <array>

namespace linnet::service {
namespace {

constexpr std::uint32_t kSectionHeader = 0x0A0D0D0A;
constexpr std::uint32_t kInterface = 1;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr unsigned kRawIp = 101;  // LINKTYPE_RAW
constexpr unsigned kEndOfOptions = 0;
constexpr unsigned kComment = 1;
constexpr unsigned kUserApplication = 4;  // of a section header
constexpr unsigned kName = 2;             // of an interface
constexpr std::uint8_t kUdp = 17;
constexpr std::uint16_t kCoapPort = 5683;
constexpr std::array<std::uint8_t, 4> kOwnV4 = {192, 0, 2, 1};
constexpr std::array<std::uint8_t, 16> kOwnV6 = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0,
                                                 0,    0,    0,    0,    0, 0, 0, 1};

/// A block: its fields in the byte order of the section, its length around it.
class Block {
 public:
  explicit Block(std::uint32_t type) { u32(type).u32(0); }
  Block& u16(unsigned value) {
    bytes_ += static_cast<char>(value & 0xFF);
    bytes_ += static_cast<char>(value >> 8 & 0xFF);
    return *this;
  }
  Block& u32(std::uint32_t value) { return u16(value & 0xFFFF).u16(value >> 16); }
  Block& data(std::string_view text) {
    bytes_ += text;
    while (bytes_.size() % 4 != 0) bytes_ += '\0';
    return *this;
  }
  Block& option(unsigned code, std::string_view value) {
    if (value.empty()) return *this;
    value = value.substr(0, 0xFFFF);
    u16(code).u16(static_cast<unsigned>(value.size())).data(value);
    has_options_ = true;
    return *this;
  }
  void write_to(std::string& out) {
    if (has_options_) u16(kEndOfOptions).u16(0);
    const auto size = static_cast<std::uint32_t>(bytes_.size() + 4);
    u32(size);
    for (std::size_t i = 0; i < 4; ++i) bytes_[4 + i] = static_cast<char>(size >> (8 * i) & 0xFF);
    out += bytes_;
  }

 private:
  std::string bytes_;
  bool has_options_ = false;
};

/// The Internet checksum (RFC 1071), its sum not yet folded.
std::uint32_t sum_of(std::string_view bytes, std::uint32_t sum = 0) {
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    sum += static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << 8;
    if (i + 1 < bytes.size()) sum += static_cast<unsigned char>(bytes[i + 1]);
  }
  return sum;
}

std::uint16_t checksum(std::uint32_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void put16(std::string& out, std::size_t value) {
  out += static_cast<char>(value >> 8 & 0xFF);
  out += static_cast<char>(value & 0xFF);
}

std::string text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct Ends {
  std::string source, destination;  // addresses
  std::uint16_t source_port = 0, destination_port = 0;
};

Ends ends_of(const SocketAddress& peer, bool from_peer) {
  const bool v4 = peer.is_v4();
  const std::string theirs = text_of(std::span(peer.ip).subspan(v4 ? 12 : 0));
  const std::string ours = v4 ? text_of(kOwnV4) : text_of(kOwnV6);
  Ends ends{theirs, ours, peer.port, kCoapPort};
  if (!from_peer) {
    std::swap(ends.source, ends.destination);
    std::swap(ends.source_port, ends.destination_port);
  }
  return ends;
}

std::string udp_datagram(const Ends& ends, ByteView message) {
  std::string udp;
  const std::size_t size = 8 + message.size();
  put16(udp, ends.source_port);
  put16(udp, ends.destination_port);
  put16(udp, size);
  put16(udp, 0);
  udp += as_text(message);
  // With the pseudo header (RFC 768, RFC 8200 section 8.1); 0 would mean that there is none.
  std::uint32_t sum = sum_of(udp, sum_of(ends.destination, sum_of(ends.source)));
  sum += kUdp + static_cast<std::uint32_t>(size);
  const std::uint16_t check = checksum(sum);
  udp[6] = static_cast<char>(check == 0 ? 0xFF : check >> 8);
  udp[7] = static_cast<char>(check == 0 ? 0xFF : check & 0xFF);
  return udp;
}

std::string packet_of(const Ends& ends, ByteView message) {
  const std::string udp = udp_datagram(ends, message);
  std::string ip;
  if (ends.source.size() == 4) {
    ip += '\x45';
    ip += '\0';
    put16(ip, 20 + udp.size());
    put16(ip, 0);
    put16(ip, 0x4000);  // not to be fragmented
    ip += '\x40';
    ip += static_cast<char>(kUdp);
    put16(ip, 0);
    ip += ends.source + ends.destination;
    const std::uint16_t check = checksum(sum_of(ip));
    ip[10] = static_cast<char>(check >> 8);
    ip[11] = static_cast<char>(check & 0xFF);
  } else {
    ip += '\x60';
    ip.append(3, '\0');
    put16(ip, udp.size());
    ip += static_cast<char>(kUdp);
    ip += '\x40';
    ip += ends.source + ends.destination;
  }
  return ip + udp;
}

}  // namespace

PcapngWriter::PcapngWriter(std::string_view program) {
  Block(kSectionHeader)
      .u32(0x1A2B3C4D)
      .u16(1)
      .u16(0)
      .u32(0xFFFFFFFF)  // of unknown length
      .u32(0xFFFFFFFF)
      .option(kUserApplication, program)
      .write_to(out_);
  Block(kInterface).u16(kRawIp).u16(0).u32(0).option(kName, "coap").write_to(out_);
}

void PcapngWriter::add(std::int64_t unix_us, const SocketAddress& peer, bool from_peer,
                       ByteView message, std::string_view comment) {
  // What fits into one IPv4 datagram; no CoAP message over UDP is longer.
  constexpr std::size_t kMost = 65507;
  const std::string packet =
      packet_of(ends_of(peer, from_peer), message.first(std::min(message.size(), kMost)));
  const auto size = static_cast<std::uint32_t>(packet.size());
  const auto time = static_cast<std::uint64_t>(unix_us);
  Block(kEnhancedPacket)
      .u32(0)
      .u32(static_cast<std::uint32_t>(time >> 32))
      .u32(static_cast<std::uint32_t>(time))
      .u32(size)
      .u32(size)
      .data(packet)
      .option(kComment, comment)
      .write_to(out_);
}

}  // namespace linnet::service
