// SPDX-License-Identifier: Apache-2.0
#include <linnet/lwm2m/endpoint_name.hpp>

#include <algorithm>

#include <linnet/base/bytes.hpp>
#include <linnet/text/utf8.hpp>

namespace linnet::lwm2m {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
/// What a URN may carry without escaping beside '-' and '@'.
bool is_plain(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
         c == '~' || c == '%' || c == ':' || c == '+';
}

bool all(std::string_view text, bool (*allowed)(char), std::size_t size) {
  return text.size() == size && std::ranges::all_of(text, allowed);
}

bool uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

/// `parts` fields separated by dashes, the first an OUI; the last may contain dashes.
bool product(std::string_view text, unsigned parts) {
  const std::string_view oui = take_until(text, '-');
  if (!all(oui, is_hex, 6) && !all(oui, is_digit, oui.size())) return false;
  if (oui.empty()) return false;
  for (unsigned part = 2; part < parts; ++part) {
    const std::string_view field = take_until(text, '-');
    if (field.empty() || !std::ranges::all_of(field, is_plain)) return false;
  }
  return !text.empty() && std::ranges::all_of(text, [](char c) { return is_plain(c) || c == '-'; });
}

bool os(std::string_view text) { return product(text, 2); }
bool ops(std::string_view text) { return product(text, 3); }
bool mac(std::string_view text) { return all(text, is_hex, 16); }
bool imei(std::string_view text) { return all(text, is_digit, 15); }
bool esn(std::string_view text) { return all(text, is_hex, 8); }
bool meid(std::string_view text) { return all(text, is_hex, 14); }
bool two_numbers(std::string_view text) {
  const std::string_view first = take_until(text, '-');
  return imei(first) && !text.empty() && text.size() <= 15 && std::ranges::all_of(text, is_digit);
}
bool nai(std::string_view text) {
  const std::string_view user = take_until(text, '@');
  return !user.empty() && !text.empty() && text.find('@') == std::string_view::npos;
}

struct Form {
  std::string_view prefix;
  bool (*fits)(std::string_view rest);
  std::string_view looks;
};

constexpr Form kForms[] = {
    {"urn:uuid:", uuid, "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"},
    {"urn:dev:ops:", ops, "urn:dev:ops:<OUI>-<product class>-<serial number>"},
    {"urn:dev:os:", os, "urn:dev:os:<OUI>-<serial number>"},
    {"urn:dev:mac:", mac, "urn:dev:mac:<16 hexadecimal digits>"},
    {"urn:imei:", imei, "urn:imei:<15 digits>"},
    {"urn:esn:", esn, "urn:esn:<8 hexadecimal digits>"},
    {"urn:meid:", meid, "urn:meid:<14 hexadecimal digits>"},
    {"urn:imei-msisdn:", two_numbers, "urn:imei-msisdn:<15 digits>-<up to 15 digits>"},
    {"urn:imei-imsi:", two_numbers, "urn:imei-imsi:<15 digits>-<up to 15 digits>"},
    {"urn:nai:", nai, "urn:nai:user@realm"},
};

const Form* form_of(std::string_view name) {
  for (const Form& form : kForms) {
    if (name.starts_with(form.prefix)) return &form;
  }
  return nullptr;
}

}  // namespace

Status check_endpoint_name(std::string_view name) {
  if (name.size() > 255) return Error::Range;
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (name.empty() || !text::is_utf8(as_bytes(name)) || std::ranges::any_of(name, control)) {
    return Error::Malformed;
  }
  const Form* form = form_of(name);
  if (form != nullptr && !form->fits(name.substr(form->prefix.size()))) return Error::Malformed;
  return {};
}

std::string_view expected_form(std::string_view name) {
  const Form* form = form_of(name);
  return form != nullptr ? form->looks : std::string_view{};
}

}  // namespace linnet::lwm2m
