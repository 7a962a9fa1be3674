// SPDX-License-Identifier: Apache-2.0
#pragma once
// From a configuration to the exact requests a device gets (Core 1.2 §6.1.7; [BS-24], [BS-32],
// [BS-37], [BS-39], [BS-40], [BS-45], [BS-48]). A session executes what stands here and nothing
// else, so a preview is what will happen. Plain values and functions without state; any thread.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <linnet/coap/code.hpp>
#include <linnet/coap/content_format.hpp>
#include <linnet/lwm2m/definition.hpp>
#include <linnet/server/bootstrap_configuration.hpp>
#include <linnet/server/operation.hpp>

namespace linnet::server {

struct BootstrapStep {
  enum class Kind : std::uint8_t {
    Discover,  ///< GET, Accept 40
    Read,      ///< GET of /1 or /2
    Delete,
    Write,   ///< PUT
    Finish,  ///< POST /bs
  };
  Kind kind = Kind::Finish;
  lwm2m::Path path{};
  std::optional<coap::ContentFormat> format{};  ///< of the payload of a Write, of the answer else
  std::vector<std::uint8_t> payload{};
  ResourceValues values{};  ///< what the payload says

  friend bool operator==(const BootstrapStep&, const BootstrapStep&) = default;
};
/// "discover", "read", "delete", "write", "finish". Static lifetime.
[[nodiscard]] const char* describe(BootstrapStep::Kind kind);
[[nodiscard]] coap::Code method_of(BootstrapStep::Kind kind);
/// The path as it is requested: "/0/1", "/bs".
[[nodiscard]] std::string target_of(const BootstrapStep& step);

/// What the device said about itself.
struct BootstrapDevice {
  std::optional<coap::ContentFormat> preferred{};  ///< `pct` [BS-22]
  std::optional<lwm2m::Version> version{};         ///< of the enabler, from Discover [BS-33]
};

/// What a device was found to have.
struct BootstrapFindings {
  struct Instance {
    lwm2m::Path path{};
    std::optional<lwm2m::Id> short_server_id{};  ///< `ssid` [BS-35]
    std::string uri{};
  };
  std::vector<Instance> instances{};
  /// Objects that were asked for by Bootstrap-Read, whatever came of it.
  std::vector<lwm2m::Id> asked{};
  /// Objects that could be read, and their values.
  std::vector<lwm2m::Id> readable{};
  ResourceValues values{};

  [[nodiscard]] const Instance* find(const lwm2m::Path& instance) const;
};
/// The answer to a Bootstrap-Discover, in link format.
struct BootstrapDiscovery {
  BootstrapFindings findings{};
  std::optional<lwm2m::Version> version{};  ///< of the enabler [BS-33]
};
/// Attributes nobody knows are ignored [BS-36]; so is the version without a target that 1.0 wrote.
/// `Malformed` if it is no link list.
[[nodiscard]] Result<BootstrapDiscovery> read_discovery(std::string_view links);

struct BootstrapPlan {
  std::vector<BootstrapStep> steps{};
  /// False: these steps ask, and what they bring leads to another plan.
  bool complete = false;
};

/// The formats to try for payloads, the best first: what the device prefers, what the
/// configuration says, and then those that some version must know.
[[nodiscard]] std::vector<coap::ContentFormat> bootstrap_formats(
    const BootstrapConfiguration& configuration, const BootstrapDevice& device);

/// What to do now. `configuration` is expanded; `findings` is null as long as nothing was asked.
/// `NotAcceptable` or `Type` if `format` cannot express a value, `TooLarge` above `limit` bytes of
/// one payload.
[[nodiscard]] Result<BootstrapPlan> make_plan(const BootstrapConfiguration& configuration,
                                              const BootstrapDevice& device,
                                              const BootstrapFindings* findings,
                                              coap::ContentFormat format, std::size_t limit);

/// All a device like this will be asked, in one list. Without findings, a configuration that looks
/// first is shown for a device that has nothing. `configuration` is not expanded yet. Errors of
/// `expand` and `make_plan`.
[[nodiscard]] Result<std::vector<BootstrapStep>> preview(
    const BootstrapConfiguration& configuration, std::string_view endpoint,
    const BootstrapDevice& device, const BootstrapFindings* findings = nullptr,
    std::size_t limit = std::size_t{1} << 20);

/// The payload of a Bootstrap-Pack [BS-58]. REQUIRES: format is SenML JSON, SenML CBOR or LwM2M
/// CBOR; `configuration` is expanded. Errors as above.
[[nodiscard]] Result<std::vector<std::uint8_t>> make_pack(
    const BootstrapConfiguration& configuration, coap::ContentFormat format, std::size_t limit);

}  // namespace linnet::server
