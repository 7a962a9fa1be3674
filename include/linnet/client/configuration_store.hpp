// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a device keeps its configuration over restarts [BS-16] [IR-14]: the objects that persist
// (`Object::persists`: 0, 1 and 2, and those of the application that say so) and what servers
// attached by Write-Attributes, as one image.
//
//   posix::ImageFile store("device.conf");           // or your flash, as an ImageStore
//   Client<Limits{}> client{Config{.store = &store, ...}, rng, objects};
//
// What the objects hold when the client is constructed are the factory data. `Engine::start`
// replaces them by the image, if there is one. From then on every change is kept before the answer
// to the request that made it leaves. A store that fails is an event, and the device goes on.
//
// A factory reset is `store.erase()`, then a new client with factory data. Do not drive the old
// client in between: it might keep its configuration once more.
#include <algorithm>
#include <array>

#include <linnet/base/image_store.hpp>

namespace linnet::client {

using ConfigurationStore = ImageStore;

struct ConfigurationOperations;
extern const ConfigurationOperations kConfigurationOperations;

/// `Config::store`: a store, and the code that uses it, so that it is linked only if there is one.
struct KeptIn {
  constexpr KeptIn() = default;
  /// `there` outlives the client; null: nothing is kept.
  constexpr KeptIn(ConfigurationStore* there)  // NOLINT(google-explicit-constructor)
      : store(there), operations(there != nullptr ? &kConfigurationOperations : nullptr) {}

  ConfigurationStore* store = nullptr;
  const ConfigurationOperations* operations = nullptr;
};

/// Keeps an image of up to `kBytes` as long as the object lives: for devices whose memory survives
/// what their client does not, and for tests. Takes twice `kBytes`.
template <std::size_t kBytes>
class MemoryConfigurationStore final : public ConfigurationStore {
 public:
  Status begin() override {
    begun_ = true;
    next_size_ = 0;
    return {};
  }
  Status append(ByteView piece) override {
    if (!begun_) return Error::State;
    if (piece.size() > kBytes - next_size_) return Error::NoSpace;
    std::copy(piece.begin(), piece.end(), halves_[1u - current_].begin() + next_size_);
    next_size_ += piece.size();
    return {};
  }
  Status commit() override {
    if (!begun_) return Error::State;
    begun_ = false;
    current_ = 1u - current_;
    size_ = next_size_;
    there_ = true;
    return {};
  }
  [[nodiscard]] Result<std::size_t> read(std::size_t offset, MutableBytes out) override {
    if (!there_) return Error::NotFound;
    const std::size_t from = std::min(offset, size_);
    const std::size_t count = std::min(out.size(), size_ - from);
    std::copy_n(halves_[current_].begin() + from, count, out.begin());
    return count;
  }
  Status erase() override {
    for (auto& half : halves_) half.fill(0);  // keys do not stay behind in memory
    begun_ = there_ = false;
    return {};
  }

  /// The committed image; empty if there is none.
  [[nodiscard]] ByteView image() const {
    return there_ ? ByteView(halves_[current_]).first(size_) : ByteView();
  }

 private:
  std::array<std::array<std::uint8_t, kBytes>, 2> halves_{};
  std::size_t current_ = 0;
  std::size_t size_ = 0;
  std::size_t next_size_ = 0;
  bool there_ = false;
  bool begun_ = false;
};

}  // namespace linnet::client
