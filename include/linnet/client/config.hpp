// SPDX-License-Identifier: Apache-2.0
#pragma once
// What an application decides about its client once, before the client starts.
// Read Core 1.2 §6.2.1 (registration parameters), RFC 7252 §4.8. All texts and tables are referred
// to, not copied: they outlive the client.
#include <string_view>

#include <linnet/client/access_control.hpp>
#include <linnet/client/configuration_store.hpp>
#include <linnet/client/features.hpp>
#include <linnet/coap/content_format.hpp>
#include <linnet/coap/transmission.hpp>
#include <linnet/lwm2m/configuration.hpp>
#include <linnet/lwm2m/definition.hpp>
#include <linnet/lwm2m/format.hpp>

namespace linnet::client {

/// How much a client holds: the template argument of `Client`. Every row costs RAM; running out of
/// one becomes the CoAP answer its comment names, never a crash.
struct Limits {
  std::uint16_t servers = 1;    ///< server accounts served; further ones are ignored
  bool bootstrap = false;       ///< serves a bootstrap server too; then `Config::store` is needed
  std::uint16_t exchanges = 2;  ///< our requests and CON notifications under way; more wait
  std::uint16_t sends = 2;      ///< `send` calls not yet done, then `Busy`; 0: Send is not linked
  std::uint16_t transfers = 1;  ///< bodies moved block by block at once, then 5.03; 0: not linked
  std::uint16_t body_bytes = 1024;  ///< largest body assembled or cut into blocks; then 4.13, 5.00
  std::uint16_t message_bytes = 1152;  ///< largest datagram we make; at least 128
  std::uint16_t scratch_bytes = 256;  ///< longest text that must be unescaped or decoded; then 5.00
  std::uint16_t observations = 4;     ///< then an Observe is answered like a plain GET
  std::uint16_t observed_paths = 4;   ///< one a single observation, one a path of a composite one
  std::uint16_t own_attributes =
      2;                         ///< of those, with attributes of their own; 0: 4.00, not linked
  std::uint16_t attributes = 4;  ///< paths with attributes, counted per server; then 5.00
  /// Of each server: values of notifications kept while it is disabled or we are offline, and the
  /// bytes they take: 20 and the value each. Then the oldest is dropped, and counted; 0 of either:
  /// only the present value is reported afterwards, not linked [IR-43].
  std::uint16_t stored_notifications = 16;
  std::uint16_t stored_bytes = 512;
  std::uint16_t remembered_requests = 4;       ///< copies of still older requests run again
  std::uint16_t remembered_answer_bytes = 32;  ///< longest answer repeated to a copy of a request
  std::uint16_t events = 8;  ///< not yet polled; then the oldest is dropped, and counted
};

struct Config {
  /// Endpoint client name. Not empty for 1.0; may be empty where the security layer names the
  /// client (1.1) [REG-04].
  std::string_view endpoint{};
  /// The enabler announced by `lwm2m=`; 1.0, 1.1 and 1.2 decide the forms of `b` and `Q`.
  lwm2m::Version version = lwm2m::kEnabler12;
  /// Supported bindings, letters of U T S N M H; equal to /3/0/16. "U" need not be sent [REG-08].
  std::string_view binding = "U";
  /// Announces Q, for 1.0 in `b` [QM-02], and sleeps. See queue_mode.hpp.
  bool queue_mode = false;
  /// Seconds to stay reachable after the last message; 0: MAX_TRANSMIT_WAIT of `transmission`, 93
  /// with its defaults. Less only for servers that know it [QM-05].
  std::uint16_t awake_s = 0;
  std::string_view sms{};  ///< MSISDN without "+", or empty
  /// What stands before every path, such as "/lwm2m"; empty for nothing [REG-26].
  std::string_view root_path{};
  /// The formats linked in, in ascending order of their numbers.
  lwm2m::FormatTable formats{};
  /// For answers to requests without Accept: of a single value, of an instance or object, and of a
  /// composite read.
  lwm2m::ContentFormat single_format = lwm2m::ContentFormat::Text;
  lwm2m::ContentFormat multiple_format = lwm2m::ContentFormat::Tlv;
  lwm2m::ContentFormat composite_format = lwm2m::ContentFormat::SenmlCbor;
  /// What of the optional is linked in.
  Features features = all_features();
  /// Who may do what; null: every server everything, right for a single server account.
  AccessControl* access = nullptr;
  /// Asks with Bootstrap-Pack-Request first (1.2) [BS-57].
  bool bootstrap_pack = false;
  /// Lets the bootstrap server begin on its own, as it may in 1.0 [BS-31]; clients of 1.0 always
  /// do.
  bool server_initiated_bootstrap = false;
  /// What a bootstrap may make of this device [BS-51].
  lwm2m::ConfigurationSupport support{};
  /// Where the configuration survives restarts; null: nowhere. See configuration_store.hpp.
  KeptIn store{};
  coap::TransmissionParameters transmission{};
  /// Used where /1/x/17 to /1/x/20 are absent [SRV-05] [SRV-06].
  std::uint32_t retry_count = 5;
  std::uint32_t retry_timer_s = 60;
  std::uint32_t sequence_delay_s = 86400;
  std::uint32_t sequence_count = 1;
  /// After the last sequence failed, begin again after `sequence_delay_s` instead of giving up.
  /// Without a bootstrap server there is nobody else to ask.
  bool retry_for_ever = true;
  /// Set it when a device without `store` that had registered since its last bootstrap starts
  /// again: the delays of /1/x/14 are over then [SRV-02].
  bool registered_before = false;
};

}  // namespace linnet::client
