// SPDX-License-Identifier: Apache-2.0
#pragma once
// Notification attributes that servers attached by Write-Attributes (Core 1.2 §7.3), in storage
// the application gives. Linear search: a client has few.
#include <span>

#include <linnet/client/access_control.hpp>
#include <linnet/lwm2m/attributes.hpp>

namespace linnet::client {

/// Attributes of one server on one node; free while `attributes` is empty.
struct AttributeEntry {
  ShortServerId server = 0;
  lwm2m::Path path;
  lwm2m::Attributes attributes;
};

class AttributeStore {
 public:
  AttributeStore() = default;
  /// `storage` outlives the store; what it holds already (restored by the application) counts.
  explicit AttributeStore(std::span<AttributeEntry> storage) : entries_(storage) {}

  /// What `server` attached to exactly this node, or null. Valid until the next change.
  [[nodiscard]] const lwm2m::Attributes* find(ShortServerId server, const lwm2m::Path& path) const;
  /// Sets and unsets; `NoSpace` if a new entry is needed and there is none. [DM-39] [DM-43]
  Status apply(ShortServerId server, const lwm2m::Path& path, const lwm2m::AttributeChange& change);
  /// What holds at `path`: each attribute from the deepest level that has it. Levels above
  /// `from_depth` do not count. [IR-13]
  [[nodiscard]] lwm2m::Attributes effective(ShortServerId server, const lwm2m::Path& path,
                                            std::size_t from_depth = 1) const;
  /// Forgets everything of a server [UB-08].
  void remove_server(ShortServerId server);
  /// Forgets what is attached at or below a node that is gone.
  void remove_below(const lwm2m::Path& path);
  /// Forgets everything.
  void clear();
  /// The rows, free ones among them.
  [[nodiscard]] std::span<const AttributeEntry> entries() const { return entries_; }
  /// Whether anything was set, unset or forgotten since the last call.
  bool take_changed();

 private:
  std::span<AttributeEntry> entries_;
  std::uint16_t counted_ = 0;  ///< entries in use at the last `take_changed`
  bool applied_ = false;       ///< something was set or unset since then
};

}  // namespace linnet::client
