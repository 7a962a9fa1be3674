// SPDX-License-Identifier: Apache-2.0
#pragma once
// Object 5, Firmware Update (Core 1.2 Appendix E.6; [OBJ-08]..[OBJ-16]): the state machine between
// a server that orders an update and an application that downloads, keeps and installs it.
#include <optional>
#include <span>

#include <linnet/client/object.hpp>
#include <linnet/lwm2m/object_definitions.hpp>

namespace linnet::client {

/// /5/0/3.
enum class FirmwareState : std::uint8_t { Idle, Downloading, Downloaded, Updating };

/// /5/0/5.
enum class FirmwareResult : std::uint8_t {
  Initial = 0,
  Updated = 1,
  NoFlash = 2,
  OutOfMemory = 3,
  ConnectionLost = 4,
  IntegrityFailed = 5,
  UnsupportedPackage = 6,
  InvalidUri = 7,
  UpdateFailed = 8,
  UnsupportedProtocol = 9,
  Cancelled = 10,  ///< object version 1.1
  Deferred = 11,   ///< object version 1.1
};

/// Takes the package a server pushes. Called from within the object.
class FirmwareSink {
 public:
  /// The next bytes; offset 0 begins anew, whatever was there, `last` ends the package. `NoSpace`
  /// ends the download with "not enough flash", `Unsupported` with "unsupported package type",
  /// `Malformed` with "integrity check failed", every other error with "out of memory".
  virtual Status write(std::size_t offset, ByteView bytes, bool last) = 0;
  /// The package, whole or not, is not wanted any more.
  virtual void discard() = 0;

 protected:
  ~FirmwareSink() = default;
};

/// What the application is to do.
struct FirmwareRequest {
  enum class Kind : std::uint8_t {
    Download,  ///< fetch `uri`, then call `downloaded` or `failed`
    Abort,     ///< stop fetching, and drop what was fetched
    Install,   ///< then call `updated` or `failed`, after the reboot `restore`; or `defer`
  };
  Kind kind = Kind::Download;
  std::string_view uri{};  ///< of a Download; lies in the object
};

struct FirmwareUpdateConfig {
  /// Of /5/0/8: 0 CoAP, 1 CoAPS, 2 HTTP, 3 HTTPS, 4 CoAP over TCP, 5 over TLS. Empty: no pull.
  std::span<const std::uint8_t> protocols{};
  /// Takes pushed packages; null: no push.
  FirmwareSink* sink = nullptr;
};

class FirmwareUpdateObject final : public Object {
 public:
  /// At least one of pull and push. Everything outlives the object; `definition` is one of
  /// lwm2m::objects::kFirmwareUpdate_1_x. The client needs `Limits::transfers`.
  FirmwareUpdateObject(const FirmwareUpdateConfig& config,
                       const lwm2m::ObjectDefinition& definition)
      : config_(config), definition_(definition) {}

  [[nodiscard]] FirmwareState state() const { return state_; }
  [[nodiscard]] FirmwareResult result() const { return result_; }
  /// 0 critical, 1 mandatory, 2 optional: what the user may be asked.
  [[nodiscard]] std::uint8_t severity() const { return severity_; }

  /// The next thing to do; false when there is none.
  bool poll_request(FirmwareRequest& out);

  /// The download is complete and its integrity was checked. Without effect unless Downloading.
  void downloaded();
  /// The download or the installation failed. A failed installation keeps the package for another
  /// try unless the result says that it is of no use.
  void failed(FirmwareResult result);
  /// The new firmware runs. For devices that need no reboot; see `restore`.
  void updated();
  /// The user does not want the update now [OBJ-15]. `NotAllowed` if the server forbids it or there
  /// is nothing to defer. After /5/0/13 seconds the Install is requested again.
  Status defer();
  /// The user wants a deferred update now.
  Status resume();
  /// What was true before a restart, or became true by it: a device that was Updating and runs the
  /// new firmware restores (Idle, Updated). A download does not survive.
  void restore(FirmwareState state, FirmwareResult result);
  /// /5/0/6 and 7; empty: not there. Both outlive the object or the next call.
  void set_package(std::string_view name, std::string_view version);
  /// The clock behind /5/0/12, which is not there before.
  void set_time(Instant now, std::int64_t unix_seconds);

  [[nodiscard]] const lwm2m::ObjectDefinition& definition() const override { return definition_; }
  [[nodiscard]] bool has_resource(const Path& resource) const override;
  [[nodiscard]] Id next_resource_instance(const Path& resource, Id after) const override;
  [[nodiscard]] Result<Value> read(const Path& path) override;
  [[nodiscard]] Status check(const Path& path, const Value& value) override;
  Status write(const Path& path, const Value& value) override;
  Status reset(const Path& path) override;
  Status execute(const Path& path, const ExecuteArguments& arguments) override;
  [[nodiscard]] bool is_stream(const Path& path) const override;
  Status write_block(const Path& path, std::size_t offset, ByteView bytes, bool last) override;
  void advance(Instant now) override;
  bool poll_change(Change& out) override { return changes_.poll(out); }

 private:
  void note(Id resource);
  void enter(FirmwareState state, FirmwareResult result);
  void request(FirmwareRequest::Kind kind);
  void revoke(FirmwareResult result);
  void discard(FirmwareResult result);
  void install();
  [[nodiscard]] FirmwareResult judge_uri() const;
  [[nodiscard]] bool has(Id resource) const { return definition_.find(resource) != nullptr; }

  FirmwareUpdateConfig config_;
  const lwm2m::ObjectDefinition& definition_;
  FirmwareState state_ = FirmwareState::Idle;
  FirmwareResult result_ = FirmwareResult::Initial;
  bool pushed_ = false;  ///< the package comes or came through /5/0/0
  std::uint8_t severity_ = 1;
  bool automatic_ = false;
  std::uint8_t requests_ = 0;  ///< bits (1 << FirmwareRequest::Kind)
  FixedString<255> uri_;
  std::string_view package_name_;
  std::string_view package_version_;
  std::optional<std::uint32_t> most_defer_s_;
  Instant now_{};
  Instant install_at_ = Instant::never();  ///< the end of a deferral
  std::optional<std::int64_t> epoch_ms_;   ///< Unix time of the instant 0
  std::int64_t changed_at_s_ = 0;
  ChangeLog changes_;
};

}  // namespace linnet::client
