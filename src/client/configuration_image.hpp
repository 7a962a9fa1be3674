// SPDX-License-Identifier: Apache-2.0
#pragma once
// The image of a configuration in a store: a CBOR sequence (RFC 8742), written and read in pieces,
// so that nobody holds it as a whole.
//
//   image      = magic version flags objects attributes end
//   magic      = 'LNCF' (bytes)                       version = 1
//   objects    = [_ *object ]                         ascending by id, as are all ids below
//   object     = [_ id version *instance ]            version: major << 8 | minor
//   instance   = [_ id *(id resource) ]
//   resource   = value / [_ *(id value) ]             a single one / a multiple one
//   value      = text / bytes / integer / float / boolean / [object, instance] / null
//   attributes = [_ *[_ server [*id] *(attribute number) ] ]
//   end        = [length, crc]                        of all before it; CRC-32 of IEEE 802.3
//
// Null: the resource is there, but its value could not be had. A reader leaves it as it is.
#include <linnet/client/configuration_store.hpp>
#include <linnet/client/device_management.hpp>

namespace linnet::client {

enum class ImageScope : std::uint8_t {
  Kept,        ///< the objects that persist
  Everything,  ///< all a bootstrap could change, for its rollback
};

/// Writes the objects and attributes of a device and commits. `TooLarge` for a value that is longer
/// than `settings.scratch` and could not be read back, otherwise the error of the store: then the
/// old image stays.
Status write_image(const DeviceManagementSettings& settings, std::uint32_t flags, ImageScope scope,
                   ConfigurationStore& store);

/// Bits for `read_image`: bit i is the object at place i of `settings.objects`; those from the
/// 64th on share the last one.
inline constexpr std::uint64_t kAllObjects = ~std::uint64_t{0};

struct RestoredImage {
  std::uint32_t flags = 0;  ///< as given to `write_image`
  /// The first thing that an object which persists did not take, and why; what others refuse,
  /// such as values that cannot be written, is no news.
  Error refused = Error::Ok;
  Path refused_at;
};

/// Makes the objects and the attributes what they were. First all of the image is checked; after
/// an error nothing has changed: `NotFound` if there is none, `Truncated` or `Malformed` if it is
/// damaged, `Unsupported` if a later version wrote it, `TooLarge` if a value is longer than
/// `settings.scratch`, or the error of the store (only that of a store which fails half-way through
/// comes late). Objects, resources and values that the definitions do not have or allow are
/// skipped, so that other firmware starts with the image too; attributes of what is not there are
/// dropped. Objects that are not in the image stay as they are.
Result<RestoredImage> read_image(const DeviceManagementSettings& settings, std::uint64_t objects,
                                 ConfigurationStore& store);

}  // namespace linnet::client
