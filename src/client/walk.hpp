// SPDX-License-Identifier: Apache-2.0
#pragma once
// Steps through the nodes at and below a path, parents before children, in the order of their
// paths: what Read, Discover and the object list have in common. Objects 0 and 21 are not on the
// way [DM-02].
#include <linnet/client/device_management.hpp>

namespace linnet::client {

class Walk {
 public:
  /// REQUIRES: `target` exists. Goes down to paths of `max_depth` identifiers.
  Walk(const DeviceManagement& model, const Path& target, std::size_t max_depth)
      : model_(model), target_(target), current_(target), max_depth_(max_depth) {}

  /// Goes to the next node, the first time to the target itself. False at the end.
  bool next() {
    if (!started_) {
      started_ = true;
      return true;
    }
    if (descend_ && current_.depth() < max_depth_ && step(current_, kNoId)) return true;
    descend_ = true;
    while (current_.depth() > target_.depth()) {
      const Path parent = current_.parent();
      if (step(parent, current_[parent.depth()])) return true;
      current_ = parent;
    }
    return false;
  }
  /// What is below the present node is left out.
  void skip_children() { descend_ = false; }

  [[nodiscard]] const Path& path() const { return current_; }

 private:
  bool step(const Path& parent, Id after) {
    const Id id = model_.next_child(parent, after);
    if (id == kNoId) return false;
    current_ = parent.child(id);
    return true;
  }

  const DeviceManagement& model_;
  Path target_;
  Path current_;
  std::size_t max_depth_;
  bool started_ = false;
  bool descend_ = true;
};

}  // namespace linnet::client
