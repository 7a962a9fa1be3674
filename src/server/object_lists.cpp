// SPDX-License-Identifier: Apache-2.0
#include "server/object_lists.hpp"

#include <cstring>
#include <type_traits>

#include <linnet/base/check.hpp>

namespace linnet::server {

// A stored list is a head, then links, formats and root path; all but the text aligned to two.
static_assert(sizeof(RegisteredLink) == 6 && alignof(RegisteredLink) == 2);
static_assert(std::is_trivially_copyable_v<RegisteredLink>);

ObjectLists::Head ObjectLists::head(Handle handle) const {
  Head head;
  std::memcpy(&head, arena_.at(handle), sizeof(Head));
  return head;
}

std::size_t ObjectLists::content_size(const Head& head) {
  return head.links * sizeof(RegisteredLink) + head.formats * sizeof(coap::ContentFormat) +
         head.root_path;
}

std::string_view ObjectLists::content(Handle handle) const {
  return as_text({arena_.at(handle) + sizeof(Head), content_size(head(handle))});
}

ObjectListView ObjectLists::view(Handle handle) const {
  const Head sizes = head(handle);
  const std::uint8_t* at = arena_.at(handle) + sizeof(Head);
  const auto* links = reinterpret_cast<const RegisteredLink*>(at);
  at += sizes.links * sizeof(RegisteredLink);
  const auto* formats = reinterpret_cast<const coap::ContentFormat*>(at);
  at += sizes.formats * sizeof(coap::ContentFormat);
  return {as_text({at, sizes.root_path}), {formats, sizes.formats}, {links, sizes.links}};
}

std::optional<ObjectLists::Handle> ObjectLists::acquire(const ObjectList& list) {
  const Head sizes{1, static_cast<std::uint16_t>(list.links.size()),
                   static_cast<std::uint16_t>(list.formats.size()),
                   static_cast<std::uint16_t>(list.root_path.size())};
  const std::size_t size = sizeof(Head) + list.links.size() * sizeof(RegisteredLink) +
                           list.formats.size() * sizeof(coap::ContentFormat) +
                           list.root_path.size();
  if (size > ByteArena::kMaxPiece) return std::nullopt;
  scratch_.resize(size);
  std::uint8_t* at = scratch_.data();
  const auto put = [&](const void* bytes, std::size_t n) {
    if (n != 0) std::memcpy(at, bytes, n);
    at += n;
  };
  put(&sizes, sizeof(Head));
  put(list.links.data(), list.links.size() * sizeof(RegisteredLink));
  put(list.formats.data(), list.formats.size() * sizeof(coap::ContentFormat));
  put(list.root_path.data(), list.root_path.size());

  const std::string_view text = as_text(scratch_).substr(sizeof(Head));
  const std::uint64_t hash = hash_bytes(text, seed_);
  const std::uint32_t found = index_.find(hash, [&](Handle handle) {
    const Head other = head(handle);
    return other.links == sizes.links && other.formats == sizes.formats &&
           other.root_path == sizes.root_path && content(handle) == text;
  });
  if (found != kNone) {
    Head counted = head(found);
    ++counted.references;
    std::memcpy(arena_.at(found), &counted, sizeof(Head));
    return found;
  }
  const auto handle = arena_.allocate(size);
  if (!handle) return std::nullopt;
  std::memcpy(arena_.at(*handle), scratch_.data(), size);
  index_.insert(hash, *handle);
  return handle;
}

void ObjectLists::release(Handle handle) {
  Head counted = head(handle);
  LINNET_CHECK(counted.references != 0);
  if (--counted.references != 0) {
    std::memcpy(arena_.at(handle), &counted, sizeof(Head));
    return;
  }
  index_.erase(hash_bytes(content(handle), seed_), handle);
  arena_.release(handle, sizeof(Head) + content_size(counted));
}

}  // namespace linnet::server
