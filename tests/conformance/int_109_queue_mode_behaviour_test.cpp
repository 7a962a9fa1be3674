// SPDX-License-Identifier: Apache-2.0
// 109 Behaviour in queue mode (1.1): what is asked of a device that sleeps waits until it wakes.
//
// Before: basic configuration, the device is set to use queue mode and is registered.
// Step 1: nothing is said for MAX_TRANSMIT_WAIT, 93 s: the device goes to sleep.
// Step 2: the application of the server asks for /3/0/1, /3/0/2 and an observation of /1/0/1.
// Step 3: the device wakes and sends an Update.
// Step 4: it sleeps again, and wakes for something it has to report.
// Passes if nothing is sent to the device while it sleeps; if it wakes with a Confirmable Update
// that is answered 2.04; if the server then asks what waited, in order and one after the other,
// and the application gets the values; and if an Update goes before the report.
#include <conformance/world.hpp>

namespace linnet::conformance {
namespace {

class Int109 : public EnablerTest {};

TEST_P(Int109, DeviceAndServer) {
  LINNET_REQ("QM-01");
  LINNET_REQ("QM-03");
  LINNET_REQ("QM-04");
  LINNET_REQ("QM-05");
  World w(kBasic, GetParam());
  w.options.queue_mode = w.options.sleeps = true;
  if (GetParam() == lwm2m::kEnabler10) w.options.binding = "UQ";
  w.power_on_registered();
  const Instant registered = w.net.now();
  const auto id = w.registration()->id;

  // Step 1
  w.net.run_for(seconds(92));
  EXPECT_FALSE(w.device->asleep());
  EXPECT_TRUE(w.server.shard.is_awake(id));
  w.net.run_for(seconds(2));
  EXPECT_TRUE(w.device->asleep());
  EXPECT_FALSE(w.server.shard.is_awake(id));
  EXPECT_LE(w.net.now() - registered, seconds(95));
  EXPECT_EQ(w.server.all<server::Sleeping>().size(), 1u);

  // Step 2
  auto since = w.wire.mark();
  const auto ask = [&](OperationKind kind, const Path& path) {
    Operation operation{.kind = kind, .path = path};
    operation.timeout = seconds(4000);
    EXPECT_TRUE(w.server.shard.submit(w.net.now(), id, std::move(operation)).ok());
  };
  ask(OperationKind::Read, Path(3, 0, 1));
  ask(OperationKind::Read, Path(3, 0, 2));
  ask(OperationKind::Observe, Path(1, 0, 1));
  w.net.run_for(seconds(3600));
  EXPECT_EQ(w.wire.mark(), since) << "nothing goes over the wire";

  // Step 3
  w.device->client.update_registration(w.net.now(), 0);
  w.net.run_for(seconds(10));
  const auto update = w.wire.by_device(since);
  ASSERT_EQ(update.size(), 1u);
  EXPECT_EQ(update[0].request.type(), coap::Type::Con);
  EXPECT_EQ(update[0].asked().substr(0, 9), "POST /rd/");
  EXPECT_EQ(update[0].answered(), "2.04");
  const auto requests = w.wire.by_server(since);
  ASSERT_EQ(requests.size(), 3u);
  const char* const paths[] = {"/3/0/1", "/3/0/2", "/1/0/1"};
  for (std::size_t i = 0; i < requests.size(); ++i) {
    EXPECT_EQ(requests[i].request.path(), paths[i]);
    EXPECT_EQ(requests[i].answered().substr(0, 4), "2.05");
    EXPECT_GT(requests[i].at, i == 0 ? update[0].at : requests[i - 1].answered_at);
  }
  const auto results = w.server.all<OperationResult>();
  ASSERT_EQ(results.size(), 3u);
  for (const auto& result : results) EXPECT_TRUE(result.success());
  EXPECT_EQ(w.server.all<server::Awake>().size(), 1u);

  // Step 4
  w.net.run_for(seconds(94));
  EXPECT_TRUE(w.device->asleep());
  since = w.wire.mark();
  EXPECT_TRUE(w.device->server.set(0, lwm2m::objects::server::kLifetime, 80000).ok());
  w.device->client.notify_changed(Path(1, 0, 1));
  w.net.run_for(seconds(1));
  const auto again = w.wire.by_device(since);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].answered(), "2.04");
  const auto notices = w.wire.notifications(since);
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_GE(notices[0].at, again[0].at);
  EXPECT_EQ(w.server.all<server::Awake>().size(), 2u);
}

LINNET_EVERY_ENABLER(Int109);

}  // namespace
}  // namespace linnet::conformance
