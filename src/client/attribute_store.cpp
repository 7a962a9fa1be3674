// SPDX-License-Identifier: Apache-2.0
#include <linnet/client/attribute_store.hpp>

namespace linnet::client {

using lwm2m::Attributes;
using lwm2m::Path;

const Attributes* AttributeStore::find(ShortServerId server, const Path& path) const {
  for (const AttributeEntry& entry : entries_) {
    if (entry.server == server && entry.path == path && !entry.attributes.empty()) {
      return &entry.attributes;
    }
  }
  return nullptr;
}

Status AttributeStore::apply(ShortServerId server, const Path& path,
                             const lwm2m::AttributeChange& change) {
  AttributeEntry* target = nullptr;
  for (AttributeEntry& entry : entries_) {
    if (entry.attributes.empty()) {
      if (target == nullptr) target = &entry;
    } else if (entry.server == server && entry.path == path) {
      target = &entry;
      break;
    }
  }
  if (target == nullptr) return change.set.empty() ? Status() : Error::NoSpace;
  target->server = server;
  target->path = path;
  change.apply_to(target->attributes);
  applied_ = true;
  return {};
}

Attributes AttributeStore::effective(ShortServerId server, const Path& path,
                                     std::size_t from_depth) const {
  // [IR-13]
  Attributes result;
  for (std::size_t depth = from_depth; depth <= path.depth(); ++depth) {
    const Attributes* level = find(server, path.first(depth));
    if (level != nullptr) result.override_with(*level);
  }
  return result;
}

void AttributeStore::remove_server(ShortServerId server) {
  for (AttributeEntry& entry : entries_) {
    if (entry.server == server) entry = {};
  }
}

void AttributeStore::remove_below(const Path& path) {
  for (AttributeEntry& entry : entries_) {
    if (path.contains(entry.path)) entry = {};
  }
}

void AttributeStore::clear() {
  for (AttributeEntry& entry : entries_) entry = {};
}

bool AttributeStore::take_changed() {
  std::uint16_t count = 0;
  for (const AttributeEntry& entry : entries_)
    if (!entry.attributes.empty()) ++count;
  // What is forgotten is fewer; only `apply` makes more of them.
  const bool changed = applied_ || count != counted_;
  applied_ = false;
  counted_ = count;
  return changed;
}

}  // namespace linnet::client
