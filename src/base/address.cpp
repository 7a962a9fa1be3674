// SPDX-License-Identifier: Apache-2.0
#include <linnet/base/address.hpp>

namespace linnet {
namespace {

constexpr std::array<std::uint8_t, 12> kV4Prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
/// ff0f::/16 with nothing behind it until the last eight bytes.
constexpr std::array<std::uint8_t, 8> kSessionPrefix = {0xFF, 0x0F, 0, 0, 0, 0, 0, 0};

/// Appends to a span and remembers whether it fitted.
class Text {
 public:
  explicit Text(std::span<char> out) : out_(out) {}
  void put(char c) {
    if (size_ < out_.size()) out_[size_] = c;
    ++size_;
  }
  void number(unsigned value, unsigned base) {
    if (value >= base) number(value / base, base);
    put("0123456789abcdef"[value % base]);
  }
  [[nodiscard]] std::string_view result() const {
    return size_ <= out_.size() ? std::string_view{out_.data(), size_} : std::string_view{};
  }

 private:
  std::span<char> out_;
  std::size_t size_ = 0;
};

/// RFC 5952: lower case, the longest run of two or more zero groups becomes "::".
void put_v6(Text& text, const SocketAddress& address) {
  const auto group = [&](std::size_t i) {
    return static_cast<unsigned>(address.ip[2 * i] << 8 | address.ip[2 * i + 1]);
  };
  std::size_t best = 8;
  std::size_t best_size = 1;
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t size = 0;
    while (i + size < 8 && group(i + size) == 0) ++size;
    if (size > best_size) {
      best = i;
      best_size = size;
    }
  }
  for (std::size_t i = 0; i < 8;) {
    if (i == best) {
      text.put(':');
      text.put(':');
      i += best_size;
      continue;
    }
    if (i != 0 && i != best + best_size) text.put(':');
    text.number(group(i), 16);
    ++i;
  }
}

}  // namespace

SocketAddress SocketAddress::v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d,
                                std::uint16_t port) {
  return {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, a, b, c, d}, port};
}

SocketAddress SocketAddress::session(std::uint64_t id) {
  SocketAddress result;
  Writer out(result.ip);
  out.bytes(kSessionPrefix);
  out.u64(id);
  return result;
}

bool SocketAddress::is_session() const {
  return port == 0 && equal(ByteView{ip}.first(8), kSessionPrefix);
}

std::uint64_t SocketAddress::session_id() const { return Reader(ByteView{ip}.subspan(8)).u64(); }

bool SocketAddress::is_v4() const { return equal(ByteView{ip}.first(12), kV4Prefix); }

bool SocketAddress::is_loopback() const {
  if (is_v4()) return ip[12] == 127;
  for (std::size_t i = 0; i < 15; ++i) {
    if (ip[i] != 0) return false;
  }
  return ip[15] == 1;
}

std::uint64_t hash(const SocketAddress& address, std::uint64_t seed) {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, address.ip.data(), 8);
  std::memcpy(&low, address.ip.data() + 8, 8);
  std::uint64_t h = seed ^ high * 0x9E3779B97F4A7C15ull;
  h = (h ^ (h >> 29) ^ low) * 0xBF58476D1CE4E5B9ull;
  h = (h ^ (h >> 32) ^ address.port) * 0x94D049BB133111EBull;
  return h ^ (h >> 29);
}

std::string_view format(const SocketAddress& address, std::span<char> out) {
  Text text(out);
  if (address.is_session()) {
    for (const char c : std::string_view("session ")) text.put(c);
    for (int shift = 60; shift >= 0; shift -= 4) {
      text.number(static_cast<unsigned>(address.session_id() >> shift & 15), 16);
    }
    return text.result();
  }
  if (address.is_v4()) {
    for (std::size_t i = 12; i < 16; ++i) {
      if (i != 12) text.put('.');
      text.number(address.ip[i], 10);
    }
  } else {
    text.put('[');
    put_v6(text, address);
    text.put(']');
  }
  text.put(':');
  text.number(address.port, 10);
  return text.result();
}

}  // namespace linnet
