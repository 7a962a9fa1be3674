// SPDX-License-Identifier: Apache-2.0
#include <linnet/lwm2m/model/evolution.hpp>

#include <algorithm>

namespace linnet::lwm2m {
namespace {

using Findings = std::vector<EvolutionFinding>;

std::string operations_text(std::uint8_t operations) {
  std::string text;
  if ((operations & kRead) != 0) text += 'R';
  if ((operations & kWrite) != 0) text += 'W';
  if ((operations & kExecute) != 0) text += 'E';
  return text.empty() ? "none" : text;
}

std::string instances_text(bool multiple) { return multiple ? "several" : "one"; }

std::string quoted(const std::string& text) { return '"' + text + '"'; }

std::string type_text(DataType type) {
  return type == DataType::None ? "none" : std::string(describe(type));
}

void compare(Findings& out, Id resource, const char* what, const std::string& before,
             const std::string& now) {
  if (before == now) return;
  std::string sentence = what;
  out.push_back({resource, sentence.append(now).append(", it was ").append(before)});
}

/// Whether every value of `older` is one of `newer`. Ranges only people can read are not judged.
bool covers(const ValueRange& newer, const ValueRange& older) {
  using Kind = ValueRange::Kind;
  if (newer.kind == Kind::None || newer.kind == Kind::Text || older.kind == Kind::Text) return true;
  if (newer.kind != older.kind) return false;
  return std::ranges::all_of(older.intervals, [&](const ValueRange::Interval& old) {
    return std::ranges::any_of(newer.intervals, [&](const ValueRange::Interval& now) {
      return now.low <= old.low && old.high <= now.high;
    });
  });
}

/// What both must have in common to be the same resource.
void compare_resources(Findings& out, const ResourceModel& before, const ResourceModel& now) {
  compare(out, now.id, "the name is ", quoted(before.name), quoted(now.name));
  compare(out, now.id, "the operations are ", operations_text(before.operations),
          operations_text(now.operations));
  compare(out, now.id, "the type is ", type_text(before.type), type_text(now.type));
  compare(out, now.id, "the unit is ", quoted(before.units), quoted(now.units));
}

}  // namespace

std::vector<EvolutionFinding> breaking_changes(const ObjectModel& older, const ObjectModel& newer) {
  Findings out;
  compare(out, kNoId, "the name is ", quoted(older.name), quoted(newer.name));
  compare(out, kNoId, "the number of instances is ", instances_text(older.multiple),
          instances_text(newer.multiple));
  for (const ResourceModel& before : older.resources) {
    const ResourceModel* now = newer.find(before.id);
    if (now == nullptr) {
      if (before.mandatory) out.push_back({before.id, "a mandatory resource was removed"});
      continue;
    }
    compare_resources(out, before, *now);
    compare(out, before.id, "the number of instances is ", instances_text(before.multiple),
            instances_text(now->multiple));
    compare(out, before.id, "the resource is ", before.mandatory ? "mandatory" : "optional",
            now->mandatory ? "mandatory" : "optional");
    if (!covers(now->range, before.range)) {
      out.push_back({before.id, "values that were allowed are not any more"});
    }
  }
  for (const ResourceModel& now : newer.resources) {
    if (now.mandatory && older.find(now.id) == nullptr) {
      out.push_back({now.id, "a mandatory resource was added"});
    }
  }
  return out;
}

std::vector<EvolutionFinding> reuse_conflicts(const ObjectModel& a, const ObjectModel& b) {
  Findings out;
  for (const ResourceModel& one : a.resources) {
    const ResourceModel* other = is_reusable(one.id) ? b.find(one.id) : nullptr;
    if (other == nullptr) continue;
    compare_resources(out, *other, one);
    if (!covers(one.range, other->range) || !covers(other->range, one.range)) {
      out.push_back({one.id, "the range is another one"});
    }
  }
  return out;
}

}  // namespace linnet::lwm2m
