// SPDX-License-Identifier: Apache-2.0
#include <linnet/client/object.hpp>

namespace linnet::client {
namespace {

Path common_ancestor(const Path& a, const Path& b) {
  std::size_t depth = 0;
  while (depth < 4 && a[depth] == b[depth]) ++depth;
  return a.first(depth);
}

}  // namespace

void ChangeLog::add(const Path& path, Change::Kind kind) {
  for (std::size_t i = 0; i < size_; ++i) {
    if (changes_[i].kind == kind && changes_[i].path.contains(path)) return;
  }
  if (size_ < changes_.size()) {
    changes_[size_++] = {.path = path, .kind = kind};
    return;
  }
  // Full: say less exactly what changed rather than nothing.
  Change& last = changes_.back();
  last.path = common_ancestor(last.path, path);
  if (last.kind == Change::Kind::Value) last.kind = kind;
}

bool ChangeLog::poll(Change& out) {
  if (size_ == 0) return false;
  out = changes_[0];
  --size_;
  for (std::size_t i = 0; i < size_; ++i) changes_[i] = changes_[i + 1];
  return true;
}

}  // namespace linnet::client
