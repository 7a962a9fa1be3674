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
  const bool known = target != nullptr && !target->attributes.empty();
  const Attributes after = change.apply_to(known ? target->attributes : Attributes{});
  if (!known && after.empty()) return {};
  if (target == nullptr) return Error::NoSpace;
  *target = {.server = server, .path = path, .attributes = after};
  return {};
}

Attributes AttributeStore::effective(ShortServerId server, const Path& path,
                                     std::size_t from_depth) const {
  // [IR-13]
  Attributes result;
  for (std::size_t depth = from_depth; depth <= path.depth(); ++depth) {
    const Attributes* level = find(server, path.first(depth));
    if (level != nullptr) result = result.overridden_by(*level);
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

}  // namespace linnet::client
