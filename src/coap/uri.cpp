// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include <linnet/coap/uri.hpp>

namespace linnet::coap {
namespace {

constexpr std::size_t kMaxPart = 255;  // of an Uri-Host, Uri-Path or Uri-Query option

constexpr std::array<std::string_view, 4> kSchemes = {"coap", "coaps", "coap+tcp", "coaps+tcp"};

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/// RFC 3986: unreserved and sub-delims, the characters any part may have as they are.
constexpr bool is_plain(char c) {
  if (is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z')) return true;
  return std::string_view("-._~!$&'()*+,;=").find(c) != std::string_view::npos;
}

/// Whether `text` has only plain characters, those in `more`, and whole percent escapes, and every
/// piece between `separator`s decodes to no more than an option holds.
bool well_formed(std::string_view text, std::string_view more, char separator) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    ++size;
    if (text[i] == separator) {
      size = 0;
    } else if (text[i] == '%') {
      if (text.size() - i < 3 || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0) {
        return false;
      }
      i += 2;
    } else if (!is_plain(text[i]) && more.find(text[i]) == std::string_view::npos) {
      return false;
    }
    if (size > kMaxPart) return false;
  }
  return true;
}

bool is_ip_literal(std::string_view text) {
  if (text.find(':') == std::string_view::npos) return false;
  for (const char c : text) {
    if (hex_digit(c) < 0 && c != ':' && c != '.') return false;
  }
  return text.size() <= 45;  // the longest text of an IPv6 address
}

/// "" is the default port.
Result<std::uint16_t> parse_port(std::string_view text, Scheme scheme) {
  if (text.empty()) return default_port(scheme);
  unsigned port = 0;
  for (const char c : text) {
    if (!is_digit(c)) return Error::Malformed;
    port = port * 10 + static_cast<unsigned>(c - '0');
    if (port > 0xFFFF) return Error::Malformed;
  }
  if (port == 0) return Error::Malformed;
  return static_cast<std::uint16_t>(port);
}

Result<Scheme> parse_scheme(std::string_view text) {
  for (std::size_t i = 0; i < kSchemes.size(); ++i) {
    bool same = text.size() == kSchemes[i].size();
    for (std::size_t j = 0; same && j < text.size(); ++j) same = lower(text[j]) == kSchemes[i][j];
    if (same) return static_cast<Scheme>(i);
  }
  return Error::Unsupported;
}

Status parse_authority(std::string_view text, UriView& uri) {
  uri.bracketed = !text.empty() && text.front() == '[';
  if (uri.bracketed) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return Error::Malformed;
    uri.host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (!is_ip_literal(uri.host) || (!text.empty() && text.front() != ':')) {
      return Error::Malformed;
    }
    (void)take_until(text, ':');
  } else {
    uri.host = take_until(text, ':');
    if (uri.host.empty() || !well_formed(uri.host, "", '\0')) return Error::Malformed;
  }
  LINNET_TRY_ASSIGN(uri.port, parse_port(text, uri.scheme));
  return {};
}

/// Adds one option with the decoded `part`. A view that parse_uri did not make may fail here.
void add_decoded(MessageWriter& message, OptionNumber number, std::string_view part) {
  std::array<std::uint8_t, kMaxPart> decoded;
  Writer out(decoded);
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] != '%') {
      out.character(part[i]);
      continue;
    }
    const int high = i + 1 < part.size() ? hex_digit(part[i + 1]) : -1;
    const int low = i + 2 < part.size() ? hex_digit(part[i + 2]) : -1;
    if (high < 0 || low < 0) return message.fail(Error::Malformed);
    out.u8(static_cast<std::uint8_t>(high << 4 | low));
    i += 2;
  }
  if (!out.ok()) return message.fail(Error::Malformed);
  message.add_option(number, out.written());
}

}  // namespace

std::string_view name(Scheme scheme) {
  const auto index = static_cast<std::size_t>(scheme);
  return index < kSchemes.size() ? kSchemes[index] : std::string_view{};
}

// [TR-04]
Result<UriView> parse_uri(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return Error::Malformed;
  UriView uri;
  LINNET_TRY_ASSIGN(uri.scheme, parse_scheme(text.substr(0, colon)));
  text.remove_prefix(colon + 1);
  if (text.substr(0, 2) != "//") return Error::Malformed;
  text.remove_prefix(2);

  const std::size_t authority_end = std::min(text.find_first_of("/?"), text.size());
  LINNET_TRY(parse_authority(text.substr(0, authority_end), uri));
  text.remove_prefix(authority_end);
  uri.path = take_until(text, '?');
  uri.query = text;
  if (!well_formed(uri.path, ":@", '/') || !well_formed(uri.query, ":@/?", '&')) {
    return Error::Malformed;
  }
  return uri;
}

// RFC 7252 §6.4: every part is an option, also an empty one, but "/" alone is no path.
void add_uri_path(MessageWriter& message, const UriView& uri) {
  std::string_view path = uri.path;
  if (path.size() <= 1) return;
  for (std::size_t at = 0; at != std::string_view::npos;) {
    const std::size_t next = path.find('/', at + 1);
    add_decoded(message, OptionNumber::UriPath, path.substr(at + 1, next - at - 1));
    at = next;
  }
}

// [TR-09]
void add_uri_query(MessageWriter& message, const UriView& uri) {
  std::string_view query = uri.query;
  while (!query.empty()) add_decoded(message, OptionNumber::UriQuery, take_until(query, '&'));
}

}  // namespace linnet::coap
