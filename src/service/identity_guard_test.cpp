// SPDX-License-Identifier: Apache-2.0
// Pins who may speak for which endpoint: behind a session only its identity's, and nobody with less
// than the endpoint has or had. With a shard, a bootstrap shard and real sessions.
#include "service/identity_guard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include <fake_handshake.hpp>
#include <linnet/coap/message.hpp>
#include <linnet/server/bootstrap_shard.hpp>
#include <linnet/server/shard.hpp>
#include <requirement.hpp>

namespace linnet::service {
namespace {

using coap::Code;
using secure::Proof;
using test::FakeSecureDevice;
using testing::HasSubstr;

SocketAddress at(std::uint8_t host) { return SocketAddress::v4(192, 0, 2, host, 40000); }

/// Says how strong each endpoint is.
class Strengths final : public server::CredentialDirectory {
 public:
  Proof strongest(std::string_view endpoint) override {
    const auto found = known.find(std::string(endpoint));
    return found == known.end() ? Proof::None : found->second;
  }
  std::optional<Found> find_psk(ByteView, MutableBytes, std::size_t&) override { return {}; }
  std::optional<Found> find_public_key(ByteView) override { return {}; }
  std::optional<Found> find_certificate(const secure::CertificateView&,
                                        std::string_view&) override {
    return {};
  }
  bool still_valid(std::uint64_t) override { return true; }
  bool barred(std::string_view endpoint) override {
    return revoked.contains(std::string(endpoint));
  }
  std::map<std::string, Proof> known;
  std::set<std::string> revoked;
};

test::Datagram message(Code code, std::initializer_list<const char*> path,
                       std::initializer_list<std::pair<const char*, std::string>> query,
                       std::string_view payload = {}) {
  static std::uint16_t next_id = 1;
  test::Datagram bytes(1280);
  Writer out(bytes);
  coap::MessageWriter writer(out, {coap::Type::Con, code, next_id++, {}});
  for (const char* segment : path) writer.add_option(coap::OptionNumber::UriPath, segment);
  if (!payload.empty()) writer.add_content_format(coap::ContentFormat::LinkFormat);
  for (const auto& [name, value] : query) writer.add_query(name, value);
  writer.payload(as_bytes(payload));
  EXPECT_TRUE(writer.finish().ok());
  bytes.resize(out.size());
  return bytes;
}

class IdentityGuardTest : public ::testing::Test {
 protected:
  IdentityGuardTest() {
    guard_.set_transport(&transport_);
    guarded_.set_transport(&transport_);
    server::BootstrapConfiguration configuration;
    configuration.name = "all";
    configuration.endpoints = {"*"};
    EXPECT_FALSE(server::prepare(configuration, nullptr));
    configurations_.put(std::move(configuration));
  }

  /// A session of that credential, whose endpoint is "device-<number>".
  SocketAddress connect(std::uint64_t number, Proof proof) {
    FakeSecureDevice device(number, at(static_cast<std::uint8_t>(number)));
    device.parameters.proof = proof;
    test::Datagram next = device.hello();
    test::Datagram buffer(2048);
    const auto nothing = [](const SocketAddress&, MutableBytes) {};
    for (int i = 0; i < 4 && !device.open(); ++i) {
      transport_.receive(now_, device.address, next, nothing);
      transport_.on_timeout(now_, nothing);
      while (const auto sent = transport_.poll_transmit(now_, buffer)) {
        const auto answer =
            device.receive({buffer.begin(), buffer.begin() + std::ptrdiff_t(sent->size)});
        if (answer) next = *answer;
      }
    }
    EXPECT_TRUE(device.open());
    SocketAddress session;
    std::uint32_t cursor = 0;
    while (const auto peer = transport_.next_peer(cursor)) {
      if (peer->credential == number) session = peer->session;
    }
    return session;
  }
  Code ask(const SocketAddress& from, const test::Datagram& request) {
    shard_.receive(now_, from, request);
    test::Datagram buffer(1280);
    Code code{};
    while (const auto sent = shard_.poll_transmit(now_, buffer)) {
      const auto answer = coap::MessageView::parse(MutableBytes(buffer).first(sent->size));
      if (!answer) continue;
      code = answer->code();
      for (const auto& option : answer->options(coap::OptionNumber::LocationPath)) {
        id_ = option.text();
      }
    }
    return code;
  }
  Code register_as(const SocketAddress& from, const std::string& endpoint) {
    return ask(from, message(Code::Post, {"rd"},
                             {{"ep", endpoint}, {"lt", "300"}, {"lwm2m", "1.1"}}, "</3/0>"));
  }
  Code update(const SocketAddress& from) {
    return ask(from, message(Code::Post, {"rd", id_.c_str()}, {}));
  }
  Code bootstrap(const SocketAddress& from, const std::string& endpoint) {
    const auto peer = transport_.peer(from);
    const auto request = endpoint.empty() ? message(Code::Post, {"bs"}, {})
                                          : message(Code::Post, {"bs"}, {{"ep", endpoint}});
    bootstrap_.receive(now_, from, request, peer ? peer->endpoint : std::string_view{});
    test::Datagram buffer(1280);
    Code code{};
    if (const auto sent = bootstrap_.poll_transmit(now_, buffer)) {
      code = coap::MessageView::parse(MutableBytes(buffer).first(sent->size))->code();
    }
    while (const auto event = bootstrap_.poll_event()) reason_ = event->reason;
    return code;
  }

  Instant now_{1000};
  SeededRng rng_{7};
  Strengths credentials_;
  std::vector<std::string> refusals_;
  IdentityGuard guard_{credentials_, [this](const IdentityRefusal& refusal) {
                         refusals_.push_back(std::string(refusal.endpoint) + ": " + refusal.reason);
                       }};
  server::BootstrapConfigurations configurations_;
  GuardedSource guarded_{configurations_, &credentials_};
  test::FakeServerHandshakes handshakes_;
  server::SecureTransport transport_{{}, rng_, handshakes_};
  server::Shard shard_{{}, rng_, &guard_};
  server::BootstrapShard bootstrap_{{}, rng_, guarded_};
  std::string id_;
  std::string reason_;
};

TEST_F(IdentityGuardTest, ASessionRegistersTheEndpointItStandsFor) {
  LINNET_REQ("SEC-06");
  LINNET_REQ("REG-15");
  const SocketAddress session = connect(1, Proof::Psk);
  EXPECT_EQ(register_as(session, "device-1"), Code::Created);
  EXPECT_EQ(register_as(session, "device-2"), Code::BadRequest);
  ASSERT_EQ(refusals_.size(), 1u);
  EXPECT_EQ(refusals_[0], "device-2: the identity of its session stands for \"device-1\"");
  EXPECT_TRUE(shard_.find("device-1"));
  EXPECT_FALSE(shard_.find("device-2"));
}

TEST_F(IdentityGuardTest, RevokingDoesNotOpenTheWayWithoutSecurity) {
  LINNET_REQ("SEC-10");
  credentials_.revoked = {"device-1"};
  EXPECT_EQ(register_as(at(9), "device-1"), Code::BadRequest);
  EXPECT_EQ(register_as(connect(1, Proof::Certificate), "device-1"), Code::BadRequest);
  ASSERT_EQ(refusals_.size(), 2u);
  EXPECT_THAT(refusals_[0], HasSubstr("its credentials were revoked"));
  EXPECT_EQ(bootstrap(at(9), "device-1"), Code::BadRequest);
  EXPECT_EQ(register_as(at(9), "device-2"), Code::Created);
}

TEST_F(IdentityGuardTest, WithoutAnEndpointNameTheIdentityTells) {
  LINNET_REQ("REG-04");
  const SocketAddress session = connect(1, Proof::Psk);
  const auto nameless = message(Code::Post, {"rd"}, {{"lt", "300"}, {"lwm2m", "1.1"}}, "</3/0>");
  EXPECT_EQ(ask(session, nameless), Code::Created);
  EXPECT_EQ(shard_.find("device-1")->address, session);
  EXPECT_EQ(ask(at(9), nameless), Code::BadRequest);
}

TEST_F(IdentityGuardTest, NobodyElseUpdatesOrEndsARegistration) {
  LINNET_REQ("SEC-06");
  const SocketAddress owner = connect(1, Proof::Psk);
  const SocketAddress other = connect(2, Proof::Certificate);
  ASSERT_EQ(register_as(owner, "device-1"), Code::Created);
  for (const SocketAddress& stranger : {other, at(66)}) {
    EXPECT_EQ(update(stranger), Code::BadRequest);
    EXPECT_EQ(ask(stranger, message(Code::Delete, {"rd", id_.c_str()}, {})), Code::BadRequest);
  }
  EXPECT_EQ(refusals_.size(), 4u);
  EXPECT_EQ(shard_.find("device-1")->address, owner);
  EXPECT_EQ(update(owner), Code::Changed);
  EXPECT_EQ(ask(owner, message(Code::Delete, {"rd", id_.c_str()}, {})), Code::Deleted);
}

TEST_F(IdentityGuardTest, AnEndpointDoesNotBecomeLessSecure) {
  LINNET_REQ("SEC-01");
  credentials_.known["device-1"] = Proof::Psk;
  EXPECT_EQ(register_as(at(1), "device-1"), Code::BadRequest);
  EXPECT_THAT(refusals_.back(), HasSubstr("no security at all"));
  // Somebody without credentials is free to come as always.
  EXPECT_EQ(register_as(at(1), "plain"), Code::Created);

  const SocketAddress psk = connect(1, Proof::Psk);
  EXPECT_EQ(register_as(psk, "device-1"), Code::Created);
  credentials_.known["device-1"] = Proof::RawPublicKey;
  EXPECT_EQ(register_as(psk, "device-1"), Code::BadRequest);
  EXPECT_THAT(refusals_.back(), HasSubstr("its endpoint has a raw public key"));
  // What is registered goes on until then.
  EXPECT_EQ(update(psk), Code::Changed);
}

TEST_F(IdentityGuardTest, ARegistrationIsNotTakenOverByAWeakerProof) {
  const SocketAddress rpk = connect(1, Proof::RawPublicKey);
  ASSERT_EQ(register_as(rpk, "device-1"), Code::Created);
  EXPECT_EQ(register_as(at(1), "device-1"), Code::BadRequest);
  EXPECT_THAT(refusals_.back(), HasSubstr("is registered with a raw public key"));
  EXPECT_EQ(shard_.find("device-1")->address, rpk);
  // Upwards is fine: from nothing to a session.
  ASSERT_EQ(register_as(at(2), "device-2"), Code::Created);
  EXPECT_EQ(register_as(connect(2, Proof::Psk), "device-2"), Code::Created);
}

TEST_F(IdentityGuardTest, ANewCredentialEndsWhatIsRegisteredWithoutSecurity) {
  LINNET_REQ("SEC-01");
  const SocketAddress session = connect(1, Proof::Psk);
  ASSERT_EQ(register_as(session, "device-1"), Code::Created);
  ASSERT_EQ(register_as(at(3), "device-3"), Code::Created);
  ASSERT_EQ(register_as(at(2), "device-2"), Code::Created);
  credentials_.known["device-1"] = credentials_.known["device-2"] = Proof::Psk;
  // Even before anything was ended, as after a crash, it does not go on.
  EXPECT_EQ(update(at(2)), Code::BadRequest);
  EXPECT_THAT(refusals_.back(), HasSubstr("no security at all"));
  for (const char* added : {"device-1", "device-2", "device-3", "nobody"}) {
    guard_.end_unsecured(now_, shard_, added);
  }
  EXPECT_TRUE(shard_.find("device-1")) << "it came with its session";
  EXPECT_FALSE(shard_.find("device-2"));
  EXPECT_TRUE(shard_.find("device-3")) << "it has no credential";
  EXPECT_THAT(refusals_.back(), HasSubstr("device-2: it is registered with no security at all"));
  bool told = false;
  while (const auto event = shard_.poll_event()) {
    const auto* gone = std::get_if<server::Deregistered>(&*event);
    told |= gone != nullptr && gone->endpoint == "device-2" &&
            gone->reason == server::Deregistered::Reason::Removed;
  }
  EXPECT_TRUE(told);
  credentials_.known["device-3"] = Proof::Certificate;
  guard_.end_unsecured(now_, shard_, "device-*");
  EXPECT_FALSE(shard_.find("device-3"));
  EXPECT_TRUE(shard_.find("device-1"));
}

TEST_F(IdentityGuardTest, ASessionThatIsOverSpeaksForNobody) {
  const SocketAddress session = connect(1, Proof::Psk);
  transport_.end(now_, session, server::SecureEvent::End::Removed);
  EXPECT_EQ(register_as(session, "device-1"), Code::BadRequest);
}

TEST_F(IdentityGuardTest, ABootstrapRequestIsBoundToItsIdentity) {
  LINNET_REQ("BS-25");
  LINNET_REQ("SEC-06");
  const SocketAddress session = connect(1, Proof::Psk);
  EXPECT_EQ(bootstrap(session, "device-2"), Code::BadRequest);
  EXPECT_EQ(reason_, "ep is not what the security identity stands for");
  EXPECT_EQ(bootstrap(session, "device-1"), Code::Changed);
}

TEST_F(IdentityGuardTest, ABootstrapRequestMayLeaveTheNameToItsIdentity) {
  LINNET_REQ("BS-21");
  EXPECT_EQ(bootstrap(connect(1, Proof::Psk), ""), Code::Changed);
}

TEST_F(IdentityGuardTest, KeysAreNotHandedOutToWhoClaimsAName) {
  credentials_.known["device-1"] = Proof::RawPublicKey;
  EXPECT_EQ(bootstrap(at(1), "device-1"), Code::BadRequest);
  EXPECT_THAT(reason_, HasSubstr("come through DTLS"));
  EXPECT_EQ(bootstrap(connect(1, Proof::Psk), "device-1"), Code::BadRequest);
  EXPECT_EQ(bootstrap(at(3), "device-3"), Code::Changed);
}

TEST_F(IdentityGuardTest, WhileNothingCanBeStoredNobodyRegisters) {
  guard_.set_failing(true);
  EXPECT_EQ(register_as(connect(1, Proof::Psk), "device-1"), Code::ServiceUnavailable);
}

}  // namespace
}  // namespace linnet::service
