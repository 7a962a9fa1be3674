// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the cases run in. `World`: our device and our server on the virtual network, with a record
// of all that went over the wire. `RawServer`: our device, and a server made of raw messages. (A
// device of raw messages for our server is `test::FakeDevice`.)
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <coap_peer.hpp>
#include <conformance/device.hpp>
#include <requirement.hpp>

namespace linnet::conformance {

using client::EventType;
using coap::Code;
using coap::ContentFormat;
using coap::OptionNumber;
using server::Operation;
using server::OperationKind;
using server::OperationResult;
using test::Sent;

/// A message in one line: "GET /3/0/1 accept=0", "2.05 ct=0", "POST /rd?ep=x&lt=60 ct=40",
/// "2.01 at=/rd/x", "RST". What a payload says is not in it.
std::string line(const Sent& message);

/// A request and everything that came back under its token, notifications included.
struct Talk {
  Instant at;
  bool by_device = false;
  Sent request;
  std::vector<Sent> responses;
  Instant answered_at;  ///< when the first response was sent

  [[nodiscard]] std::string asked() const { return line(request); }
  /// The first response.
  [[nodiscard]] std::string answered() const {
    return responses.empty() ? "nothing" : line(responses.front());
  }
};

/// A response of the device that is a message of its own: a notification (or a separate response).
struct Notice {
  Instant at;
  std::string path;  ///< of the request it belongs to
  Sent message;
};

/// Everything that went over the network, lost datagrams and copies left out.
class Wire {
 public:
  explicit Wire(sim::Network& network);

  /// Where the record stands: what comes later is told of by the functions below.
  [[nodiscard]] std::size_t mark() const { return records_.size(); }
  /// What the device asked the server, and the other way round, in order.
  [[nodiscard]] std::vector<Talk> by_device(std::size_t since = 0) const {
    return talks(true, since);
  }
  [[nodiscard]] std::vector<Talk> by_server(std::size_t since = 0) const {
    return talks(false, since);
  }
  [[nodiscard]] std::vector<Notice> notifications(std::size_t since = 0) const;
  /// Empty messages (ACK and RST) of one side, in order.
  [[nodiscard]] std::vector<Sent> empty_messages(bool by_device, std::size_t since = 0) const;

 private:
  struct Record {
    Instant at;
    bool by_device;
    Sent message;
  };
  [[nodiscard]] std::vector<Talk> talks(bool by_device, std::size_t since) const;

  std::vector<Record> records_;
};

/// An operation: what the application of the server got, and what was on the wire.
struct Step {
  OperationResult result;
  std::vector<Talk> talks;  ///< of the server, while the operation was under way

  /// The only request, or the last one of a body in blocks.
  [[nodiscard]] std::string asked() const { return talks.empty() ? "" : talks.back().asked(); }
  [[nodiscard]] std::string answered() const {
    return talks.empty() ? "" : talks.back().answered();
  }
  [[nodiscard]] const Sent& request() const { return talks.back().request; }
  [[nodiscard]] const Sent& response() const { return talks.back().responses.at(0); }
  /// When the device answered.
  [[nodiscard]] Instant answered_at() const { return talks.back().answered_at; }
  /// The value the result has for a path; empty if it has none.
  [[nodiscard]] server::OwnedValue value(const Path& path) const;
};

/// Values with their paths, for an operation.
server::ResourceValues values(std::initializer_list<std::pair<Path, Value>> entries);

class World {
 public:
  explicit World(const Configuration& configuration = kBasic,
                 lwm2m::Version version = lwm2m::kEnabler11,
                 const server::ShardConfig& config = {});

  /// Switches the device on: a fresh client, everything forgotten but its configuration.
  void power_on();
  /// The same, and waits until it is registered.
  void power_on_registered();

  Step perform(Operation operation);
  Step read(const Path& path, std::optional<ContentFormat> format = std::nullopt);
  /// A Replace of one resource or resource instance.
  Step set(const Path& path, const Value& value, ContentFormat format);
  /// A Replace, or with WriteUpdate a Partial Update, of an instance or multiple resource.
  Step write(const Path& path, const server::ResourceValues& values, ContentFormat format,
             OperationKind kind = OperationKind::Write);
  Step create(const Path& path, const server::ResourceValues& values, ContentFormat format);
  Step remove(const Path& path);
  Step execute(const Path& path, std::string arguments = {});
  Step discover(const Path& path);
  Step observe(const Path& path, std::optional<ContentFormat> format = std::nullopt);
  Step observe_composite(const std::vector<Path>& paths, ContentFormat format);
  Step cancel(server::ObservationId observation);
  Step read_composite(const std::vector<Path>& paths, ContentFormat format);
  Step write_composite(const server::ResourceValues& values, ContentFormat format);
  /// `attributes` as queries: {"pmin=5", "pmax"}.
  Step write_attributes(const Path& path, const std::vector<std::string>& attributes);

  [[nodiscard]] std::optional<server::RegistrationView> registration() const {
    return server.shard.find(kEndpoint);
  }
  [[nodiscard]] std::vector<server::Notification> notifications() const {
    return server.all<server::Notification>();
  }

  Configuration configuration;
  sim::DeviceOptions options;
  sim::Network net{1};
  Wire wire{net};
  Definitions definitions;
  sim::SimServer server;
  std::optional<Device> device;
};

/// Our device, and its server in lock step: nothing happens by itself.
struct RawServer {
  explicit RawServer(const Configuration& configuration = kBasic,
                     lwm2m::Version version = lwm2m::kEnabler11);
  /// Starts the device and accepts its Register at /rd/1.
  void accept_registration();

  sim::Network net{1};
  Device device;
  test::CoapPeer peer;
};

/// For cases that every enabler shares: their parameter is the enabler's version.
class EnablerTest : public ::testing::TestWithParam<lwm2m::Version> {};
std::string enabler_name(const ::testing::TestParamInfo<lwm2m::Version>& info);

}  // namespace linnet::conformance

/// Runs the cases of a class derived from `EnablerTest` for 1.0, 1.1 and 1.2.
#define LINNET_EVERY_ENABLER(suite)                                                                \
  INSTANTIATE_TEST_SUITE_P(Enabler, suite,                                                         \
                           ::testing::Values(linnet::lwm2m::kEnabler10, linnet::lwm2m::kEnabler11, \
                                             linnet::lwm2m::kEnabler12),                           \
                           linnet::conformance::enabler_name)
/// The same for 1.1 and 1.2.
#define LINNET_ENABLERS_FROM_11(suite)                                                         \
  INSTANTIATE_TEST_SUITE_P(                                                                    \
      Enabler, suite, ::testing::Values(linnet::lwm2m::kEnabler11, linnet::lwm2m::kEnabler12), \
      linnet::conformance::enabler_name)
