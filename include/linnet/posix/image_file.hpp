// SPDX-License-Identifier: Apache-2.0
#pragma once
// An image in a file (base/image_store.hpp): what `linnet client --store` keeps its configuration
// in. The file is replaced by renaming a finished one over it, so that it is whole at any moment;
// only its owner can read it, as it may hold keys. One thread, and one process at a time.
//
// Beside FILE there are FILE.lock, which stays and keeps others out, and while an image is being
// written FILE.new. A FILE.new left by a power cut is removed by the next start.
#include <string>

#include <linnet/base/image_store.hpp>

namespace linnet::posix {

class ImageFile : public ImageStore {
 public:
  /// The folder of `path` must be there; the file need not. Throws SetupError with what is wrong
  /// and what to do: no such folder, no right to write there, in use by another process.
  explicit ImageFile(std::string path);
  virtual ~ImageFile();
  ImageFile(const ImageFile&) = delete;
  ImageFile& operator=(const ImageFile&) = delete;

  Status begin() override;
  Status append(ByteView piece) override;
  Status commit() override;
  [[nodiscard]] Result<std::size_t> read(std::size_t offset, MutableBytes out) override;
  Status erase() override;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// Why the last call that failed with `Io` did: "cannot write device.conf.new: No space left on
  /// device". Empty if none has.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 protected:
  /// Called before each system call that changes something; false ends everything there, as a
  /// power cut would (of what was to be written half is). For tests.
  virtual bool step(const char* call) {
    (void)call;
    return true;
  }

 private:
  Status fail(const char* what, const std::string& file);
  Status write_all(ByteView bytes);
  Status sync_folder();
  void close_new();

  std::string path_;
  std::string new_path_;
  std::string folder_;
  std::string problem_;
  int lock_ = -1;
  int new_ = -1;    // the image that is being written
  int image_ = -1;  // the committed one, open for reading
};

}  // namespace linnet::posix
