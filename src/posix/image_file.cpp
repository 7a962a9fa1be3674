// SPDX-License-Identifier: Apache-2.0
#include <linnet/posix/image_file.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <linnet/posix/setup_error.hpp>

namespace linnet::posix {
namespace {

constexpr mode_t kOwnerOnly = 0600;

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string reason() { return std::strerror(errno); }

}  // namespace

ImageFile::ImageFile(std::string path)
    : path_(std::move(path)), new_path_(path_ + ".new"), folder_(folder_of(path_)) {
  struct stat status {};
  if (stat(folder_.c_str(), &status) != 0) {
    throw SetupError("cannot keep anything in " + path_ + ": the folder " + folder_ + ": " +
                     reason());
  }
  if (stat(path_.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    throw SetupError("cannot keep anything in " + path_ + ": it is no file");
  }
  const std::string lock = path_ + ".lock";
  lock_ = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly);
  if (lock_ < 0) {
    throw SetupError("cannot keep anything in " + path_ + ": cannot open " + lock + ": " +
                     reason());
  }
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const std::string why = errno == EWOULDBLOCK
                                ? "another process uses it; end that one or take another file"
                                : "cannot lock " + lock + ": " + reason();
    close(lock_);
    throw SetupError("cannot keep anything in " + path_ + ": " + why);
  }
  (void)unlink(new_path_.c_str());
}

ImageFile::~ImageFile() {
  close_new();
  if (image_ >= 0) close(image_);
  close(lock_);
}

Status ImageFile::fail(const char* what, const std::string& file) {
  problem_ = std::string("cannot ") + what + " " + file + ": " + reason();
  return Error::Io;
}

void ImageFile::close_new() {
  if (new_ >= 0) close(new_);
  new_ = -1;
}

Status ImageFile::begin() {
  close_new();
  if (!step("open")) return Error::Io;
  // Not truncated but new, so that nobody who has the old one open sees what comes.
  (void)unlink(new_path_.c_str());
  new_ = open(new_path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly);
  return new_ >= 0 ? Status() : fail("create", new_path_);
}

Status ImageFile::write_all(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t size = write(new_, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail("write", new_path_);
    bytes = bytes.subspan(static_cast<std::size_t>(size));
  }
  return {};
}

Status ImageFile::append(ByteView piece) {
  if (new_ < 0) return Error::State;
  if (!step("write")) {
    (void)write_all(piece.first(piece.size() / 2));
    return Error::Io;
  }
  return write_all(piece);
}

Status ImageFile::sync_folder() {
  if (!step("fsync folder")) return Error::Io;
  const int folder = open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return fail("open", folder_);
  const bool synced = fsync(folder) == 0;
  const Status status = synced ? Status() : fail("sync", folder_);
  close(folder);
  return status;
}

Status ImageFile::commit() {
  if (new_ < 0) return Error::State;
  if (!step("fsync")) return Error::Io;
  // The content first: a name without its content is what a power cut must not leave.
  const Status synced = fsync(new_) == 0 ? Status() : fail("sync", new_path_);
  close_new();
  LINNET_TRY(synced);
  if (!step("rename")) return Error::Io;
  if (rename(new_path_.c_str(), path_.c_str()) != 0) return fail("replace", path_);
  if (image_ >= 0) close(image_);
  image_ = -1;
  return sync_folder();
}

Result<std::size_t> ImageFile::read(std::size_t offset, MutableBytes out) {
  if (image_ < 0) {
    image_ = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (image_ < 0) {
      if (errno == ENOENT) return Error::NotFound;
      return fail("open", path_).error();
    }
  }
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t size =
        pread(image_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail("read", path_).error();
    if (size == 0) break;
    done += static_cast<std::size_t>(size);
  }
  return done;
}

Status ImageFile::erase() {
  close_new();
  (void)unlink(new_path_.c_str());
  if (image_ >= 0) close(image_);
  image_ = -1;
  if (!step("unlink")) return Error::Io;
  if (unlink(path_.c_str()) != 0 && errno != ENOENT) return fail("remove", path_);
  return sync_folder();
}

}  // namespace linnet::posix
