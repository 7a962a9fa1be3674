// SPDX-License-Identifier: Apache-2.0
#include <linnet/server/registration.hpp>

#include <algorithm>

namespace linnet::server {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int digit_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-') return 62;
  return c == '_' ? 63 : -1;
}

}  // namespace

std::array<char, kRegistrationIdText> format(RegistrationId id) {
  std::array<char, kRegistrationIdText> text;
  std::uint64_t rest = id.value;
  for (std::size_t i = text.size(); i-- > 0; rest >>= 6) text[i] = kAlphabet[rest & 63];
  return text;
}

std::optional<RegistrationId> parse_registration_id(std::string_view text) {
  // Eleven digits have 66 bits: the first says no more than 15.
  if (text.size() != kRegistrationIdText || digit_of(text.front()) > 15) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    const int digit = digit_of(c);
    if (digit < 0) return std::nullopt;
    value = value << 6 | static_cast<std::uint64_t>(digit);
  }
  return RegistrationId{value};
}

Result<Binding> Binding::parse(std::string_view text, lwm2m::Version version, bool& queue) {
  queue = false;
  // [REG-08]: 1.0 has six values, later versions have sets of letters.
  if (version == lwm2m::kEnabler10) {
    constexpr std::string_view kAllowed[] = {"U", "UQ", "S", "SQ", "US", "UQS"};
    if (std::find(std::begin(kAllowed), std::end(kAllowed), text) == std::end(kAllowed)) {
      return Error::Malformed;
    }
  } else if (text.empty() || text.find('Q') != std::string_view::npos) {
    return Error::Malformed;
  }
  Binding binding{0};
  for (const char letter : text) {
    if (letter == 'Q') {
      queue = true;
      continue;
    }
    const std::size_t bit = kLetters.find(letter);
    if (bit == std::string_view::npos || binding.has(letter)) return Error::Malformed;
    binding.bits = static_cast<std::uint8_t>(binding.bits | 1u << bit);
  }
  return binding;
}

bool Binding::has(char letter) const {
  const std::size_t bit = kLetters.find(letter);
  return bit != std::string_view::npos && (bits >> bit & 1) != 0;
}

std::string_view Binding::format(bool with_queue, std::span<char> out) const {
  std::size_t size = 0;
  bool queue = with_queue;
  const auto put = [&](char c) {
    if (size < out.size()) out[size++] = c;
  };
  for (std::size_t i = 0; i < kLetters.size(); ++i) {
    if ((bits >> i & 1) == 0) continue;
    put(kLetters[i]);
    if (queue) put('Q');
    queue = false;
  }
  return {out.data(), size};
}

bool RegistrationView::has_object(lwm2m::Id object) const {
  const auto found = std::ranges::lower_bound(links, object, {}, &RegisteredLink::object);
  return found != links.end() && found->object == object;
}

bool RegistrationView::has_instance(lwm2m::Id object, lwm2m::Id instance) const {
  if (instance == lwm2m::kNoId) return false;
  const auto before = [&](const RegisteredLink& link, int) {
    return link.object != object ? link.object < object : link.instance < instance;
  };
  const auto found = std::lower_bound(links.begin(), links.end(), 0, before);
  return found != links.end() && found->object == object && found->instance == instance;
}

lwm2m::Version RegistrationView::object_version(lwm2m::Id object) const {
  const auto found = std::ranges::lower_bound(links, object, {}, &RegisteredLink::object);
  if (found != links.end() && found->object == object && found->version.major != 0) {
    return found->version;
  }
  // [OV-05]
  return lwm2m::default_object_version(object, version);
}

}  // namespace linnet::server
