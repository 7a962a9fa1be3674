// SPDX-License-Identifier: Apache-2.0
#pragma once
// A port: one image of bytes that survives restarts and power cuts, replaced as a whole. A client
// keeps its configuration in one (client/configuration_store.hpp). Here, below everything, so that
// a room that knows files or flash needs to know nothing of LwM2M.
//
// Whatever happens in between, after a restart `read` gives the image of the last `commit` that
// returned Ok, or that of one that was under way: never a mixture. Calls come from one thread, and
// block until they are done. An error other than `NotFound` is reported and tried again later.
#include <linnet/base/bytes.hpp>

namespace linnet {

class ImageStore {
 public:
  /// Starts a new image beside the one that is there. One that was begun before is dropped.
  virtual Status begin() = 0;
  /// The next bytes of the image that was begun, some ten to a few thousand at a time. `NoSpace`
  /// if it becomes too large; `State` if none was begun.
  virtual Status append(ByteView piece) = 0;
  /// The new image replaces the old one, atomically; Ok means that it is on the medium, not in a
  /// cache. After an error it is the old one or the new one that is there. `State` if none was
  /// begun.
  virtual Status commit() = 0;
  /// Bytes of the committed image from `offset` on into `out`, and how many: fewer than fit only
  /// at its end, none behind it. `NotFound` if there is no image. Also works between `begin` and
  /// `commit`: then of the old one.
  [[nodiscard]] virtual Result<std::size_t> read(std::size_t offset, MutableBytes out) = 0;
  /// Forgets the image, and one that was begun: what a factory reset takes. Ok means that it is
  /// gone from the medium; Ok if there was none.
  virtual Status erase() = 0;

 protected:
  ~ImageStore() = default;
};

}  // namespace linnet
