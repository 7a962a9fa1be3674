// SPDX-License-Identifier: Apache-2.0
#include "operation_row.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace linnet::service {
namespace {

namespace json = boost::json;
using server::RequestRecord;

constexpr std::array<std::string_view, kOperationStates> kStates = {
    "queued", "sent", "done", "failed", "expired", "cancelled"};
constexpr std::array<std::string_view, 3> kModes = {"wait", "queue", "now"};

/// A device that sleeps and wakes for weeks without answering must not fill the disk.
constexpr std::size_t kMaxSteps = 32;
constexpr std::uint32_t kNoFormat = 0xFFFFFFFF;

template <typename T, std::size_t N>
std::optional<T> find(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return {};
  return static_cast<T>(found - names.begin());
}

void put_format(Writer& out, std::optional<coap::ContentFormat> format) {
  out.u32(format ? static_cast<std::uint32_t>(*format) : kNoFormat);
}

std::optional<coap::ContentFormat> take_format(Reader& in) {
  const std::uint32_t number = in.u32();
  if (number == kNoFormat) return {};
  return static_cast<coap::ContentFormat>(number);
}

}  // namespace

std::string_view name(OperationState state) { return kStates[static_cast<std::size_t>(state)]; }

std::optional<OperationState> find_operation_state(std::string_view name) {
  return find<OperationState>(kStates, name);
}

std::string_view name(OperationMode mode) { return kModes[static_cast<std::size_t>(mode)]; }

std::optional<OperationMode> find_operation_mode(std::string_view name) {
  return find<OperationMode>(kModes, name);
}

bool OperationRow::was_sent() const {
  return std::any_of(steps.begin(), steps.end(),
                     [](const Step& step) { return step.state == OperationState::Sent; });
}

void OperationRow::step(std::int64_t now, OperationState next, std::string detail) {
  state = next;
  if (!is_open(next)) finished = now;
  // The first one says that it was sent, and when.
  if (steps.size() >= kMaxSteps) steps.erase(steps.begin() + 1);
  steps.push_back({now, next, std::move(detail)});
}

std::string to_text(const std::vector<OperationRow::Step>& steps) {
  json::array out;
  for (const auto& step : steps) {
    json::array item{step.time, static_cast<std::int64_t>(step.state)};
    if (!step.detail.empty()) item.push_back(json::value(step.detail));
    out.push_back(std::move(item));
  }
  return json::serialize(out);
}

std::vector<OperationRow::Step> parse_steps(std::string_view text) {
  std::vector<OperationRow::Step> steps;
  if (text.empty()) return steps;
  json::error_code error;
  const json::value parsed = json::parse({text.data(), text.size()}, error);
  if (error || !parsed.is_array()) return steps;
  for (const auto& item : parsed.get_array()) {
    const auto* entry = item.if_array();
    if (entry == nullptr || entry->size() < 2) continue;
    json::error_code bad_time, bad_state;
    const auto time = entry->at(0).to_number<std::int64_t>(bad_time);
    const auto state = entry->at(1).to_number<std::uint8_t>(bad_state);
    if (bad_time || bad_state || state >= kOperationStates) continue;
    std::string detail;
    if (entry->size() > 2 && entry->at(2).is_string()) detail = entry->at(2).get_string();
    steps.push_back({time, static_cast<OperationState>(state), std::move(detail)});
  }
  return steps;
}

std::vector<std::uint8_t> to_bytes(const RequestRecord& record) {
  std::vector<std::uint8_t> bytes(64);
  Writer out(bytes);
  out.u8(static_cast<std::uint8_t>(record.token.view().size()));
  out.bytes(record.token.view());
  out.u16(record.message_id);
  out.u8(record.attempt);
  out.u64(static_cast<std::uint64_t>(record.first_sent.ms));
  put_format(out, record.content);
  put_format(out, record.accept);
  out.u8(record.resumable ? 1 : 0);
  bytes.resize(out.size());
  return bytes;
}

std::optional<RequestRecord> parse_record(ByteView bytes) {
  if (bytes.empty()) return {};
  Reader in(bytes);
  RequestRecord record;
  const auto token = coap::Token::from(in.take(in.u8()));
  record.message_id = in.u16();
  record.attempt = in.u8();
  record.first_sent.ms = static_cast<std::int64_t>(in.u64());
  record.content = take_format(in);
  record.accept = take_format(in);
  record.resumable = in.u8() != 0;
  if (!in.ok() || !in.empty() || !token) return {};
  record.token = *token;
  return record;
}

// LwM2M has no write that appends: a partial update sets resources and their instances by id.
bool may_repeat(server::OperationKind kind) {
  return kind != server::OperationKind::Execute && kind != server::OperationKind::Create;
}

}  // namespace linnet::service
