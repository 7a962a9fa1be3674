// SPDX-License-Identifier: Apache-2.0
#include "device_tags.hpp"

#include <algorithm>

#include "problem.hpp"

namespace linnet::service {
namespace {

void check(const std::string& tag) {
  const bool bad =
      tag.empty() || tag.size() > DeviceTags::kMaxBytes || std::ranges::any_of(tag, [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == '\x7F' || c == ',';
      });
  if (!bad) return;
  throw bad_request("a tag is 1 to " + std::to_string(DeviceTags::kMaxBytes) +
                    " bytes of text without commas and control characters");
}

}  // namespace

DeviceTags::DeviceTags(Sqlite& database)
    : drop_(database, "DELETE FROM tag WHERE device=?"),
      put_(database, "INSERT INTO tag (device, tag) VALUES (?,?)") {
  Statement rows(database, "SELECT device, tag FROM tag ORDER BY device, tag");
  while (rows.step()) {
    const Word word = intern(std::string(rows.text(1)));
    by_device_[rows.integer(0)].push_back(word);
    ++words_[word].devices;
  }
}

DeviceTags::Word DeviceTags::intern(const std::string& text) {
  const auto [found, added] = by_text_.try_emplace(text, static_cast<Word>(words_.size()));
  if (added) words_.push_back({text, 0});
  return found->second;
}

std::vector<std::string> DeviceTags::tags(DeviceNumber device) const {
  std::vector<std::string> out;
  const auto found = by_device_.find(device);
  if (found == by_device_.end()) return out;
  for (const Word word : found->second) out.push_back(words_[word].text);
  std::ranges::sort(out);
  return out;
}

bool DeviceTags::has_all(DeviceNumber device, std::span<const std::string> tags) const {
  if (tags.empty()) return true;
  const auto device_words = by_device_.find(device);
  if (device_words == by_device_.end()) return false;
  return std::ranges::all_of(tags, [&](const std::string& tag) {
    const auto word = by_text_.find(tag);
    return word != by_text_.end() &&
           std::ranges::find(device_words->second, word->second) != device_words->second.end();
  });
}

std::size_t DeviceTags::count(std::string_view tag) const {
  const auto word = by_text_.find(tag);
  return word == by_text_.end() ? 0 : words_[word->second].devices;
}

std::vector<std::pair<std::string, std::size_t>> DeviceTags::all() const {
  std::vector<std::pair<std::string, std::size_t>> out;
  for (const Use& use : words_) {
    if (use.devices != 0) out.emplace_back(use.text, use.devices);
  }
  std::ranges::sort(out);
  return out;
}

void DeviceTags::set(DeviceNumber device, std::vector<std::string> tags) {
  std::ranges::sort(tags);
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  if (tags.size() > kMaxTags) {
    throw bad_request("a device has at most " + std::to_string(kMaxTags) + " tags");
  }
  std::ranges::for_each(tags, check);
  put(device, tags);
  if (on_change_) on_change_(device);
}

void DeviceTags::put(DeviceNumber device, const std::vector<std::string>& tags) {
  const auto old = by_device_.find(device);
  if (old == by_device_.end() && tags.empty()) return;
  if (old != by_device_.end()) {
    for (const Word word : old->second) --words_[word].devices;
    by_device_.erase(old);
  }
  changed_.insert(device);
  if (tags.empty()) return;
  auto& words = by_device_[device];
  for (const auto& tag : tags) {
    const Word word = intern(tag);
    words.push_back(word);
    ++words_[word].devices;
  }
}

void DeviceTags::write() {
  for (const DeviceNumber device : changed_) {
    drop_.reset();
    drop_.bind(device).run();
    const auto found = by_device_.find(device);
    if (found == by_device_.end()) continue;
    for (const Word word : found->second) {
      put_.reset();
      put_.bind(device).bind(std::string_view(words_[word].text)).run();
    }
  }
}

}  // namespace linnet::service
