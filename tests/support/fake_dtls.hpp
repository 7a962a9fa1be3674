// SPDX-License-Identifier: Apache-2.0
#pragma once
// A handshake without cryptography, and the server it is made with: two flights whose records say
// in plain what is done, then real sessions under keys that both sides count up. For tests of what
// is around handshakes.
#include <linnet/secure/client_link.hpp>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace linnet::test {

using Bytes = std::vector<std::uint8_t>;

/// Text as one plain record of a handshake.
inline Bytes plain_record(std::string_view text, std::uint64_t sequence = 0,
                          secure::ContentType type = secure::ContentType::Handshake) {
  Bytes bytes(text.size() + secure::kRecordHeaderBytes);
  Writer out(bytes);
  secure::write_record(out, type, 0, sequence, as_bytes(text));
  return bytes;
}

/// The text of a plain record, or nothing.
inline std::string plain_text(ByteView datagram) {
  secure::RecordReader reader(datagram);
  const auto record = reader.next();
  if (!record || record->epoch != 0) return {};
  return std::string(as_text(record->fragment));
}

/// The session of one side; `key` says which one it is.
inline secure::Session fake_session(std::uint8_t key, bool client, std::uint8_t id_bytes) {
  secure::SessionParameters parameters;
  parameters.suite = secure::CipherSuite::PskAes128Ccm8;
  parameters.write.key.fill(static_cast<std::uint8_t>(key * 2 + (client ? 1 : 0)));
  parameters.read.key.fill(static_cast<std::uint8_t>(key * 2 + (client ? 0 : 1)));
  secure::ConnectionId servers;
  servers.used = id_bytes != 0;
  servers.size = id_bytes;
  std::fill_n(servers.bytes.begin(), id_bytes, key);
  secure::ConnectionId ours;
  ours.used = servers.used;
  parameters.own = client ? ours : servers;
  parameters.peer = client ? servers : ours;
  // As after a real handshake: the Finished was number 0.
  parameters.next_write = parameters.next_read = 1;
  return *secure::Session::make(parameters);
}

/// Keeps the session in the "library", as CBC suites do.
class FakeResident final : public secure::ResidentSession {
 public:
  explicit FakeResident(const secure::Session& session) : session_(session) {}
  Result<std::size_t> seal(secure::ContentType type, ByteView plaintext,
                           MutableBytes out) override {
    return session_.seal(type, plaintext, out);
  }
  Result<secure::OpenedRecord> open(const secure::RecordView& record,
                                    MutableBytes datagram) override {
    return session_.open(record, datagram);
  }

 private:
  secure::Session session_;
};

/// "hello <ticket>", answered by "done <key> <id bytes> <resumed> <ticket>" or "alert <number>".
class FakeHandshake final : public secure::Handshake {
 public:
  FakeHandshake(Instant now, const secure::ClientCredentials& credentials)
      : resumption_(as_text(credentials.resumption)),
        deadline_(now + credentials.timeout),
        resend_(now + seconds(1)),
        offers_id_(credentials.offer_connection_id) {
    say("hello " + resumption_);
  }

  void receive(Instant now, ByteView datagram) override {
    received.emplace_back(datagram.begin(), datagram.end());
    const std::string text = plain_text(datagram);
    int key = 0;
    int id_bytes = 0;
    int resumed = 0;
    int alert = 0;
    char ticket[64] = "";
    if (state_ == State::Done) {
      if (!final_flight_.empty()) say("finished");
      return;
    }
    if (std::sscanf(text.c_str(), "done %d %d %d %63s", &key, &id_bytes, &resumed, ticket) >= 3) {
      state_ = State::Done;
      session_ = fake_session(static_cast<std::uint8_t>(key), true,
                              static_cast<std::uint8_t>(offers_id_ ? id_bytes : 0));
      resumed_ = resumed != 0;
      ticket_ = ticket;
      if (resumed_) {
        // Ours is the last flight then.
        final_flight_.resize(64);
        Writer out(final_flight_);
        secure::write_flight_piece(out, secure::ContentType::Handshake, 0, as_bytes("finished"));
        final_flight_.resize(out.size());
        say("finished");
      }
    } else if (std::sscanf(text.c_str(), "alert %d", &alert) == 1) {
      state_ = State::Failed;
      failure_ = {.kind = secure::HandshakeFailure::Kind::AlertReceived,
                  .alert = static_cast<secure::Alert>(alert),
                  .reason = secure::describe(static_cast<secure::Alert>(alert))};
    }
    (void)now;
  }
  std::optional<std::size_t> poll_transmit(Instant, MutableBytes out) override {
    if (flight_.empty()) return std::nullopt;
    const Bytes next = flight_.front();
    flight_.pop_front();
    std::copy(next.begin(), next.end(), out.begin());
    return next.size();
  }
  Instant next_timeout() const override {
    return state_ == State::Running ? earlier(deadline_, resend_) : Instant::never();
  }
  void on_timeout(Instant now) override {
    if (state_ != State::Running) return;
    if (now >= deadline_) {
      state_ = State::Failed;
      failure_ = {
          .kind = secure::HandshakeFailure::Kind::Timeout, .alert = {}, .reason = "nobody answers"};
    } else if (now >= resend_) {
      resend_ = now + seconds(4);
      say("hello " + resumption_);
    }
  }
  State state() const override { return state_; }
  const secure::HandshakeFailure& failure() const override { return failure_; }
  Result<secure::Session> take_session() override {
    if (resident_wanted) return Error::Unsupported;
    return session_;
  }
  secure::ResidentSession* resident() override {
    if (!resident_wanted) return nullptr;
    if (!resident_) resident_.emplace(session_);
    return &*resident_;
  }
  const secure::PeerProof& peer() const override { return peer_; }
  secure::CipherSuite suite() const override {
    return resident_wanted ? secure::CipherSuite::PskAes128CbcSha256 : session_.suite();
  }
  bool resumed() const override { return resumed_; }
  ByteView final_flight() const override { return final_flight_; }
  std::uint64_t next_plain_sequence() const override { return 7; }
  std::size_t resumption(MutableBytes out) const override {
    if (ticket_.size() > out.size()) return 0;
    std::copy(ticket_.begin(), ticket_.end(), out.begin());
    return ticket_.size();
  }

  void fail(const secure::HandshakeFailure& failure) {
    state_ = State::Failed;
    failure_ = failure;
    flight_.clear();
  }
  bool resident_wanted = false;
  std::vector<Bytes> received;

 private:
  void say(const std::string& text) { flight_.push_back(plain_record(text, sequence_++)); }

  std::string resumption_;
  std::string ticket_;
  Instant deadline_;
  Instant resend_;
  bool offers_id_;
  bool resumed_ = false;
  State state_ = State::Running;
  secure::HandshakeFailure failure_;
  secure::PeerProof peer_{.proof = secure::Proof::Psk, .text = "the server"};
  secure::Session session_;
  std::optional<FakeResident> resident_;
  Bytes final_flight_;
  std::deque<Bytes> flight_;
  std::uint64_t sequence_ = 0;
};

class FakeHandshakes final : public secure::ClientHandshakes {
 public:
  secure::Handshake* begin(Instant now, const secure::ClientCredentials& credentials) override {
    if (no_memory) return nullptr;
    ++begun;
    handshakes.push_back(std::make_unique<FakeHandshake>(now, credentials));
    handshakes.back()->resident_wanted = resident;
    if (refuse) {
      handshakes.back()->fail({.kind = secure::HandshakeFailure::Kind::Refused,
                               .alert = {},
                               .reason = "the key is no key"});
    }
    return handshakes.back().get();
  }
  void end(secure::Handshake* handshake) override {
    const auto before = handshakes.size();
    std::erase_if(handshakes, [&](const auto& item) { return item.get() == handshake; });
    EXPECT_EQ(handshakes.size() + 1, before) << "not one of ours";
  }
  [[nodiscard]] FakeHandshake& last() { return *handshakes.back(); }

  std::vector<std::unique_ptr<FakeHandshake>> handshakes;
  int begun = 0;
  bool no_memory = false;
  bool refuse = false;
  bool resident = false;
};

/// Does its part of the handshake, and echoes.
struct FakeDtlsServer {
  std::uint8_t id_bytes = 6;
  int alert = -1;  ///< answers every hello with it
  bool knows_tickets = true;
  std::uint8_t key = 0;  ///< of the session there is; counts up
  secure::Session session;
  std::vector<std::string> heard;  ///< plain records as text, and what was inside of others
  int hellos = 0;

  /// What it answers to a datagram; nothing for records that are not of its session.
  std::vector<Bytes> receive(ByteView datagram) {
    const std::string text = plain_text(datagram);
    if (text.starts_with("hello")) {
      ++hellos;
      heard.push_back(text);
      if (alert >= 0) return {plain_record("alert " + std::to_string(alert))};
      const bool resumed = knows_tickets && text.size() > 6;
      session = fake_session(++key, false, id_bytes);
      return {plain_record("done " + std::to_string(key) + " " + std::to_string(id_bytes) + " " +
                           (resumed ? "1" : "0") + " ticket-" + std::to_string(key))};
    }
    if (!text.empty()) {
      heard.push_back(text);
      return {};
    }
    Bytes copy(datagram.begin(), datagram.end());
    secure::RecordReader reader(copy, session.own_id().size);
    const auto record = reader.next();
    if (!record || !session.valid()) return {};
    const auto opened = session.open(*record, copy);
    if (!opened.ok()) return {};
    heard.emplace_back(opened->type == secure::ContentType::Alert
                           ? "alert " + std::to_string(opened->plaintext[1])
                           : std::string(as_text(opened->plaintext)));
    return {};
  }
  Bytes seal(secure::ContentType type, std::string_view text) {
    Bytes out(text.size() + 64);
    out.resize(*session.seal(type, as_bytes(text), out));
    return out;
  }
  Bytes say(std::string_view text) { return seal(secure::ContentType::ApplicationData, text); }
  Bytes say_alert(secure::AlertLevel level, secure::Alert which) {
    const char bytes[] = {static_cast<char>(level), static_cast<char>(which)};
    return seal(secure::ContentType::Alert, {bytes, 2});
  }
};

/// Lends a PSK, and knows whether it has it back.
class FakeCredentials final : public secure::CredentialSource {
 public:
  Status lend(secure::ClientCredentials& out) override {
    if (error != Error::Ok) return error;
    EXPECT_FALSE(lent);
    lent = true;
    out.identity = as_bytes("dev-1");
    return {};
  }
  void give_back() override {
    EXPECT_TRUE(lent);
    lent = false;
  }
  Error error = Error::Ok;
  bool lent = false;
};

}  // namespace linnet::test
