// SPDX-License-Identifier: Apache-2.0
#include <linnet/client/object.hpp>

namespace linnet::client {
namespace {

Path common_ancestor(Path a, const Path& b) {
  while (!a.contains(b)) a = a.parent();
  return a;
}

}  // namespace

void ChangeLog::add(const Path& path, Change::Kind kind) {
  for (const Change& change : changes_) {
    if (change.kind == kind && change.path.contains(path)) return;
  }
  const Change added{.path = path, .kind = kind};
  if (changes_.push_back(added)) return;
  // Full: say less exactly what changed rather than nothing. The object's other instances are
  // looked at in vain then, which is harmless.
  Change& last = changes_.back();
  last.path = common_ancestor(last.path, path);
  if (last.kind == Change::Kind::Value) last.kind = kind;
}

bool ChangeLog::poll(Change& out) {
  if (changes_.empty()) return false;
  out = changes_[0];
  changes_.erase(0);
  return true;
}

}  // namespace linnet::client
