// SPDX-License-Identifier: Apache-2.0
#pragma once
// Object 0, LwM2M Security (Core 1.2 Appendix E.1): addresses and credentials of the servers, held
// for the engine. No server ever sees it: the dispatcher answers 4.01 for everything in it
// [DM-02]; a bootstrap writes it.
#include <array>
#include <span>

#include <linnet/client/access_control.hpp>
#include <linnet/client/object.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::client {

/// Bytes of bounded length in storage somebody else gives.
struct BytesSlot {
  MutableBytes storage;
  std::size_t size = 0;

  [[nodiscard]] ByteView view() const { return storage.first(size); }
  [[nodiscard]] std::string_view text() const { return as_text(view()); }
  /// False if `value` does not fit; the old content stays.
  [[nodiscard]] bool assign(ByteView value);
};

enum class SecurityMode : std::uint8_t { Psk = 0, RawPublicKey = 1, X509 = 2, NoSec = 3, Est = 4 };

/// One instance of /0. `numbers` hold what fits a number, by resource id: a boolean as 0 or 1, a
/// link as object << 16 | instance.
class SecurityInstance {
 public:
  static constexpr Id kResources = 18;

  /// kNoId: this row is free.
  Id id = kNoId;
  BytesSlot uri;         ///< /0/x/0
  BytesSlot identity;    ///< /0/x/3: PSK identity, public key or certificate
  BytesSlot server_key;  ///< /0/x/4
  BytesSlot secret_key;  ///< /0/x/5
  BytesSlot sni;         ///< /0/x/14

  /// Whether a resource, named as in lwm2m::objects::security, is there.
  [[nodiscard]] bool has(Id resource) const { return (present_ >> resource & 1u) != 0; }
  [[nodiscard]] std::uint32_t get(Id resource, std::uint32_t absent = 0) const {
    return has(resource) ? numbers_[resource] : absent;
  }
  /// REQUIRES: resource < kResources.
  void set(Id resource, std::uint32_t number);
  void clear(Id resource) { present_ &= ~(1u << resource); }

  [[nodiscard]] bool is_bootstrap() const {
    return get(lwm2m::objects::security::kBootstrapServer) != 0;
  }
  [[nodiscard]] SecurityMode mode() const {
    return static_cast<SecurityMode>(get(lwm2m::objects::security::kSecurityMode, 3));
  }
  /// 0 for a bootstrap server.
  [[nodiscard]] ShortServerId short_server_id() const {
    return static_cast<ShortServerId>(get(lwm2m::objects::security::kShortServerId));
  }

 private:
  friend class SecurityObject;
  [[nodiscard]] BytesSlot* slot(Id resource);

  std::uint32_t present_ = 0;
  std::array<std::uint32_t, kResources> numbers_{};
};

struct SecurityCapacity {
  std::uint16_t instances = 2;
  std::uint16_t uri = 64;
  std::uint16_t identity = 64;
  std::uint16_t server_key = 0;
  std::uint16_t secret_key = 64;
  std::uint16_t sni = 0;
};

/// The storage of a `SecurityObject`. Not movable: the rows point into it.
template <SecurityCapacity C>
class SecurityStorage {
 public:
  SecurityStorage() {
    std::size_t at = 0;
    const auto take = [&](BytesSlot& slot, std::size_t size) {
      slot.storage = MutableBytes(bytes_).subspan(at, size);
      at += size;
    };
    for (SecurityInstance& row : rows_) {
      take(row.uri, C.uri);
      take(row.identity, C.identity);
      take(row.server_key, C.server_key);
      take(row.secret_key, C.secret_key);
      take(row.sni, C.sni);
    }
  }
  SecurityStorage(const SecurityStorage&) = delete;
  SecurityStorage& operator=(const SecurityStorage&) = delete;

  [[nodiscard]] std::span<SecurityInstance> rows() { return rows_; }

 private:
  static constexpr std::size_t kRowBytes =
      std::size_t{C.uri} + C.identity + C.server_key + C.secret_key + C.sni;

  std::array<SecurityInstance, C.instances> rows_;
  std::array<std::uint8_t, C.instances * kRowBytes> bytes_{};
};

/// What `SecurityObject::add` takes; keys as the mode needs them.
struct SecurityAccount {
  Id instance = 0;
  std::string_view uri{};
  bool bootstrap = false;
  SecurityMode mode = SecurityMode::NoSec;
  ShortServerId short_server_id = 0;
  ByteView identity{};
  ByteView server_key{};
  ByteView secret_key{};
};

class SecurityObject final : public Object {
 public:
  /// `rows` outlives the object; `definition` is one of the lwm2m::objects::kSecurity_1_x.
  SecurityObject(std::span<SecurityInstance> rows, const lwm2m::ObjectDefinition& definition)
      : rows_(rows), definition_(definition) {}

  /// Null if there is none.
  [[nodiscard]] const SecurityInstance* find(Id instance) const;
  /// The account of a server; the bootstrap server's has no short id and is never found here.
  [[nodiscard]] const SecurityInstance* find_server(ShortServerId server) const;
  [[nodiscard]] std::span<const SecurityInstance> rows() const { return rows_; }
  /// Adds an instance: `Exists`, or `NoSpace` if there is no row or a text is too long.
  Status add(const SecurityAccount& account);

  [[nodiscard]] const lwm2m::ObjectDefinition& definition() const override { return definition_; }
  [[nodiscard]] bool persists() const override { return true; }
  [[nodiscard]] Id next_instance(Id after) const override;
  [[nodiscard]] bool has_resource(const Path& resource) const override;
  [[nodiscard]] Result<Value> read(const Path& path) override;
  [[nodiscard]] Status check(const Path& path, const Value& value) override;
  Status write(const Path& path, const Value& value) override;
  Status reset(const Path& path) override;
  Status create(Id instance) override;
  Status remove(Id instance) override;

 private:
  [[nodiscard]] SecurityInstance* row(Id instance) const;

  std::span<SecurityInstance> rows_;
  const lwm2m::ObjectDefinition& definition_;
};

}  // namespace linnet::client
