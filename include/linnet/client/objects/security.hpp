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
#include <linnet/lwm2m/security_mode.hpp>

namespace linnet::client {

/// Bytes of bounded length in storage somebody else gives.
struct BytesSlot {
  MutableBytes storage;
  std::size_t size = 0;

  [[nodiscard]] ByteView view() const { return storage.first(size); }
  [[nodiscard]] std::string_view text() const { return as_text(view()); }
  /// False if `value` does not fit; the old content stays. What it covers up is wiped.
  [[nodiscard]] bool assign(ByteView value);
  /// Nothing of a key stays behind in memory.
  void wipe();
};

using lwm2m::SecurityMode;

/// The place of one instance of a multiple resource that holds numbers or links: its instance id is
/// the place. Such places make a Write all or nothing without counting.
struct SecurityNumber {
  std::uint8_t resource = 0;
  std::uint8_t instance = 0;
  bool present = false;
  std::uint32_t number = 0;
};

/// The same for texts and bytes, and for optional single resources (`instance` is then kSingle).
struct SecurityText {
  static constexpr std::uint8_t kSingle = 255;
  std::uint8_t resource = 0;
  std::uint8_t instance = kSingle;
  bool present = false;
  BytesSlot slot{};
};

/// One instance of /0. A boolean is kept as the number 0 or 1, a link as object << 16 | instance.
class SecurityInstance {
 public:
  static constexpr Id kResources = 31;

  /// kNoId: this row is free.
  Id id = kNoId;
  BytesSlot uri;         ///< /0/x/0
  BytesSlot identity;    ///< /0/x/3: PSK identity, public key or certificate
  BytesSlot server_key;  ///< /0/x/4
  BytesSlot secret_key;  ///< /0/x/5
  BytesSlot sni;         ///< /0/x/14
  /// Instances of 16, 18 to 21 and 27: places in ascending order of resource and instance.
  std::span<SecurityNumber> numbers{};
  /// 7, 8, 9, instances of 25, and 30.
  std::span<SecurityText> texts{};

  /// Whether a resource, named as in lwm2m::objects::security, is there; a multiple one is if it
  /// has an instance.
  [[nodiscard]] bool has(Id resource) const;
  /// The number of a single resource.
  [[nodiscard]] std::uint32_t get(Id resource, std::uint32_t absent = 0) const;
  /// Sets a single number; of a text, only that it is there. REQUIRES: resource < kResources.
  void set(Id resource, std::uint32_t number);
  /// Takes a single resource away.
  void clear(Id resource) { present_ &= ~(1u << resource); }
  /// An instance of a multiple resource that holds numbers; null if it is not there.
  [[nodiscard]] const SecurityNumber* number_at(Id resource, Id instance) const;
  /// The text of 7, 8, 9 or 30, or of an instance of 25; null if it is not there.
  [[nodiscard]] const SecurityText* text_at(Id resource, Id instance = kNoId) const;

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
  static constexpr std::size_t kNumbers = 15;  // single resources that are numbers

  [[nodiscard]] BytesSlot* slot(Id resource);
  [[nodiscard]] SecurityNumber* number_place(const Path& path) const;
  [[nodiscard]] SecurityText* text_place(const Path& path) const;

  std::uint32_t present_ = 0;
  std::array<std::uint32_t, kNumbers> numbers_{};
};

/// What each instance has room for, in bytes or in instances of a multiple resource. What has no
/// room takes none, and a bootstrap is told that it is not supported; of the mandatory resources
/// only empty values fit then.
struct SecurityCapacity {
  std::uint16_t instances = 2;
  std::uint16_t uri = 64;         ///< of 0 and 25
  std::uint16_t identity = 128;   ///< as long as PSK identities get [SEC-15]
  std::uint16_t server_key = 0;   ///< 91 for a raw public key
  std::uint16_t secret_key = 64;  ///< as long as pre-shared keys get [SEC-15]
  std::uint16_t sni = 0;
  std::uint16_t sms_parameters = 0;       ///< 7: 6 bytes
  std::uint16_t sms_keys = 0;             ///< 8: up to 48 bytes
  std::uint16_t sms_number = 0;           ///< 9
  std::uint16_t rds_application = 0;      ///< 30
  std::uint8_t ciphersuites = 0;          ///< instances of 16
  std::uint8_t groups = 0;                ///< instances of 18
  std::uint8_t signature_algorithms = 0;  ///< instances of 19, of 20 and of 21
  std::uint8_t secondary_uris = 0;        ///< instances of 25
  std::uint8_t cose = 0;                  ///< instances of 27

  [[nodiscard]] constexpr std::size_t numbers() const {
    return std::size_t{ciphersuites} + groups + 3u * signature_algorithms + cose;
  }
  [[nodiscard]] constexpr std::size_t texts() const {
    return (sms_parameters > 0 ? 1u : 0u) + (sms_keys > 0 ? 1u : 0u) + (sms_number > 0 ? 1u : 0u) +
           (rds_application > 0 ? 1u : 0u) + secondary_uris;
  }
  [[nodiscard]] constexpr std::size_t bytes() const {
    return std::size_t{uri} + identity + server_key + secret_key + sni + sms_parameters + sms_keys +
           sms_number + rds_application + std::size_t{secondary_uris} * uri;
  }
};

/// Every resource there is, keys and certificates of usual length.
inline constexpr SecurityCapacity kCompleteSecurity{.instances = 4,
                                                    .uri = 255,
                                                    .identity = 1024,
                                                    .server_key = 1024,
                                                    .secret_key = 160,
                                                    .sni = 64,
                                                    .sms_parameters = 6,
                                                    .sms_keys = 48,
                                                    .sms_number = 20,
                                                    .rds_application = 64,
                                                    .ciphersuites = 8,
                                                    .groups = 4,
                                                    .signature_algorithms = 8,
                                                    .secondary_uris = 2,
                                                    .cose = 2};

/// Gives the rows their storage: of `numbers`, `texts` and `bytes` as much for each as `capacity`
/// says.
void lay_out(const SecurityCapacity& capacity, std::span<SecurityInstance> rows,
             std::span<SecurityNumber> numbers, std::span<SecurityText> texts, MutableBytes bytes);

/// The storage of a `SecurityObject`. Not movable: the rows point into it.
template <SecurityCapacity C>
class SecurityStorage {
 public:
  SecurityStorage() { lay_out(C, rows_, numbers_, texts_, bytes_); }
  SecurityStorage(const SecurityStorage&) = delete;
  SecurityStorage& operator=(const SecurityStorage&) = delete;

  [[nodiscard]] std::span<SecurityInstance> rows() { return rows_; }

 private:
  std::array<SecurityInstance, C.instances> rows_;
  std::array<SecurityNumber, C.instances * C.numbers()> numbers_;
  std::array<SecurityText, C.instances * C.texts()> texts_;
  std::array<std::uint8_t, C.instances * C.bytes()> bytes_{};
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
  [[nodiscard]] Id next_resource_instance(const Path& resource, Id after) const override;
  [[nodiscard]] Result<Value> read(const Path& path) override;
  /// `NotAllowed` for an optional resource there is no room for at all: it is not supported, and a
  /// bootstrap passes over it [BS-41]. `Range` for a value or an instance that does not fit.
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
