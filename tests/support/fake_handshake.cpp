// SPDX-License-Identifier: Apache-2.0
#include "fake_handshake.hpp"

#include <algorithm>

#include <linnet/base/check.hpp>
#include <linnet/base/random.hpp>

namespace linnet::test {
namespace {

using secure::ConnectionId;
using secure::ContentType;
using secure::HandshakeFailure;
using secure::Session;

constexpr std::uint64_t kCookieSeed = 0x5EED;
enum Message : std::uint8_t {
  kHello = 1,
  kServerHello = 2,
  kVerify = 3,
  kKeys = 16,
  kFinished = 20
};

Datagram record(ContentType type, std::uint64_t sequence, ByteView fragment) {
  Datagram bytes(2048);
  Writer out(bytes);
  secure::write_record(out, type, 0, sequence, fragment);
  LINNET_CHECK(out.ok());
  bytes.resize(out.size());
  return bytes;
}

void put_id(Writer& out, const ConnectionId& id) {
  out.u8(id.used);
  out.u8(id.size);
  out.bytes(id.view());
}

ConnectionId get_id(Reader& in) {
  ConnectionId id;
  id.used = in.u8() != 0;
  id.size = std::min<std::uint8_t>(in.u8(), secure::kMaxConnectionIdBytes);
  const ByteView bytes = in.take(id.size);
  std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

void append(Datagram& to, const Datagram& more) { to.insert(to.end(), more.begin(), more.end()); }

Datagram sealed(Session& session, ContentType type, ByteView plain) {
  Datagram bytes(2048);
  const auto size = session.seal(type, plain, bytes);
  LINNET_CHECK(size.ok());
  bytes.resize(*size);
  return bytes;
}

}  // namespace

Datagram write_hello(const FakeHello& hello) {
  std::array<std::uint8_t, 256> body{};
  Writer out(body);
  out.u8(kHello);
  for (int i = 0; i < 11; ++i) out.u8(0);
  out.u16(secure::kDtls12);
  out.bytes(hello.random);
  out.u64(hello.cookie);
  put_id(out, hello.id);
  out.u64(hello.credential);
  out.u8(static_cast<std::uint8_t>(hello.proof));
  out.u8(hello.resume);
  out.u8(hello.resident);
  out.u8(hello.variant);
  return record(ContentType::Handshake, hello.cookie != 0 ? 1 : 0, out.written());
}

std::optional<FakeHello> read_hello(ByteView datagram) {
  secure::RecordReader records(datagram);
  const auto first = records.next();
  if (!first || first->type != ContentType::Handshake || first->epoch != 0) return {};
  Reader in(first->fragment);
  if (in.u8() != kHello) return {};
  in.skip(11 + 2);
  FakeHello hello;
  const ByteView random = in.take(32);
  if (!in.ok()) return {};
  std::copy(random.begin(), random.end(), hello.random.begin());
  hello.cookie = in.u64();
  hello.id = get_id(in);
  hello.credential = in.u64();
  hello.proof = static_cast<secure::Proof>(in.u8());
  hello.resume = in.u8() != 0;
  hello.resident = in.u8() != 0;
  hello.variant = in.u8();
  if (!in.ok()) return {};
  return hello;
}

secure::SessionParameters fake_keys(const FakeHello& hello, bool server) {
  secure::SessionParameters keys;
  keys.suite = secure::CipherSuite::PskAes128Ccm8;
  std::copy_n(hello.random.begin(), 16, (server ? keys.write : keys.read).key.begin());
  std::copy_n(hello.random.begin() + 16, 16, (server ? keys.read : keys.write).key.begin());
  // Of all that was said: a ClientHello that was changed on its way leads nowhere.
  FakeHello said = hello;
  said.cookie = 0;
  std::uint64_t all = hello.server_random;
  for (const std::uint8_t byte : write_hello(said)) all = (all ^ byte) * 0x100000001B3;
  for (secure::WriteKeys* one : {&keys.write, &keys.read}) {
    for (std::size_t i = 0; i < 8; ++i) one->key[i] ^= static_cast<std::uint8_t>(all >> (8 * i));
  }
  (server ? keys.write : keys.read).fixed_iv[0] = 1;
  return keys;
}

// --- Server ---

class FakeServerHandshakes::Running final : public secure::Handshake,
                                            public secure::ResidentSession {
 public:
  Running(const FakeHello& hello, const ConnectionId& own, Instant now, bool shared)
      : hello_(hello), sent_(now) {
    auto keys = fake_keys(hello, true);
    if (own.used && hello.id.used) {
      keys.own = own;
      keys.peer = hello.id;
    }
    session_ = *Session::make(keys);
    endpoint_ = "device-" + std::to_string(hello.credential);
    if (shared) endpoint_ += "-" + std::to_string(hello.variant);
    text_ = "identity-" + std::to_string(hello.credential);
    peer_ = {hello.proof, hello.credential, endpoint_, text_};
    suite_ = hello.resident ? secure::CipherSuite::PskAes128CbcSha256
                            : secure::CipherSuite::PskAes128Ccm8;
    send_server_hello();
  }

  void receive(Instant now, ByteView datagram) override {
    Datagram copy(datagram.begin(), datagram.end());
    secure::RecordReader records(copy, session_.own_id().size);
    while (const auto item = records.next()) {
      if (item->epoch == 0 && item->type == ContentType::Handshake && !item->fragment.empty()) {
        if (item->fragment[0] == kHello && state_ == State::Running) send_server_hello();
        if (item->fragment[0] == 99) fail(secure::Alert::DecodeError, "the test said so");
        if (item->fragment[0] == kKeys && state_ == State::Done) send_last_flight();
      } else if (item->epoch == 1 && state_ == State::Running) {
        const auto opened = session_.open(*item, copy);
        if (opened.ok() && opened->plaintext[0] == kFinished) done(now);
        if (state_ == State::Done) return;  // the rest is not the handshake's
      }
    }
  }
  std::optional<std::size_t> poll_transmit(Instant, MutableBytes out) override {
    if (out_.empty()) return {};
    const Datagram first = std::move(out_.front());
    out_.erase(out_.begin());
    std::copy(first.begin(), first.end(), out.begin());
    return first.size();
  }
  Instant next_timeout() const override {
    return state_ == State::Running ? sent_ + pause_ : Instant::never();
  }
  void on_timeout(Instant now) override {
    sent_ = now;
    pause_ = pause_ * 2;
    send_server_hello();
  }
  State state() const override { return state_; }
  const HandshakeFailure& failure() const override { return failure_; }
  Result<Session> take_session() override {
    if (hello_.resident) {
      Result<Session> none = Session();
      none = Error::Unsupported;
      return none;
    }
    Result<Session> out = session_;
    session_.wipe();
    return out;
  }
  ResidentSession* resident() override { return hello_.resident ? this : nullptr; }
  const secure::PeerProof& peer() const override { return peer_; }
  secure::CipherSuite suite() const override { return suite_; }
  bool resumed() const override { return hello_.resume; }
  ByteView final_flight() const override { return flight_; }
  std::uint64_t next_plain_sequence() const override { return plain_; }
  std::size_t resumption(MutableBytes) const override { return 0; }

  Result<std::size_t> seal(ContentType type, ByteView plaintext, MutableBytes out) override {
    return session_.seal(type, plaintext, out);
  }
  Result<secure::OpenedRecord> open(const secure::RecordView& item,
                                    MutableBytes datagram) override {
    return session_.open(item, datagram);
  }

 private:
  void send_server_hello() {
    std::array<std::uint8_t, 64> body{};
    Writer out(body);
    out.u8(kServerHello);
    put_id(out, session_.own_id());
    out.u64(hello_.server_random);
    out_.push_back(record(ContentType::Handshake, plain_++, out.written()));
  }
  void send_last_flight() {
    const std::array<std::uint8_t, 1> one{1};
    const std::array<std::uint8_t, 4> finished{kFinished, 0, 0, 0};
    Datagram last = record(ContentType::ChangeCipherSpec, plain_++, one);
    append(last, sealed(session_, ContentType::Handshake, finished));
    out_.push_back(std::move(last));
    flight_.resize(64);
    Writer out(flight_);
    secure::write_flight_piece(out, ContentType::ChangeCipherSpec, 0, one);
    secure::write_flight_piece(out, ContentType::Handshake, 1, finished);
    flight_.resize(out.size());
  }
  void done(Instant) {
    state_ = State::Done;
    send_last_flight();
  }
  void fail(secure::Alert alert, std::string_view reason) {
    state_ = State::Failed;
    failure_ = {HandshakeFailure::Kind::AlertSent, alert, reason};
    const std::array<std::uint8_t, 2> body{2, static_cast<std::uint8_t>(alert)};
    out_.push_back(record(ContentType::Alert, plain_++, body));
  }

  FakeHello hello_;
  Session session_;
  State state_ = State::Running;
  HandshakeFailure failure_;
  secure::PeerProof peer_;
  secure::CipherSuite suite_{};
  std::string endpoint_;
  std::string text_;
  std::vector<Datagram> out_;
  Datagram flight_;
  std::uint64_t plain_ = 1;
  Instant sent_;
  Duration pause_ = seconds(1);
};

FakeServerHandshakes::FakeServerHandshakes() = default;
FakeServerHandshakes::~FakeServerHandshakes() = default;

secure::ServerHandshakes::Gate FakeServerHandshakes::admit(const SocketAddress& from,
                                                           ByteView datagram, MutableBytes out,
                                                           std::size_t& size) {
  const auto hello = read_hello(datagram);
  if (!hello) return Gate::Drop;
  const std::uint64_t cookie = hash(from, kCookieSeed) | 1;
  if (hello->cookie == cookie) return Gate::Admit;
  std::array<std::uint8_t, 9> body{};
  Writer fragment(body);
  fragment.u8(kVerify);
  fragment.u64(cookie);
  Writer writer(out);
  secure::write_record(writer, ContentType::Handshake, 0, 0, fragment.written());
  size = writer.size();
  return Gate::Challenge;
}

secure::Handshake* FakeServerHandshakes::begin(Instant now, const SocketAddress&, ByteView datagram,
                                               const ConnectionId& own_id) {
  auto hello = read_hello(datagram);
  LINNET_CHECK(hello.has_value());
  hello->server_random = next_random++ * 0x9E3779B97F4A7C15;
  ++begun;
  ++alive;
  return new Running(*hello, hello->resident ? ConnectionId{} : own_id, now,
                     hello->credential >= shared_from);
}

void FakeServerHandshakes::end(secure::Handshake* handshake) {
  LINNET_CHECK(handshake != nullptr && alive != 0);
  --alive;
  delete static_cast<Running*>(handshake);
}

// --- Device ---

FakeSecureDevice::FakeSecureDevice(std::uint64_t number, const SocketAddress& from)
    : address(from), next_random_(number * 1'000'003) {
  parameters.credential = number;
  parameters.id.used = true;  // of no bytes, as devices do
}

Datagram FakeSecureDevice::hello() {
  SeededRng rng(next_random_++);
  rng.fill(parameters.random);
  parameters.cookie = 0;
  open_ = keyed_ = false;
  finished = 0;
  numbers.clear();
  return write_hello(parameters);
}

Datagram FakeSecureDevice::finish() {
  const std::array<std::uint8_t, 1> keys{kKeys};
  const std::array<std::uint8_t, 1> one{1};
  const std::array<std::uint8_t, 4> message{kFinished, 0, 0, 0};
  Datagram flight = record(ContentType::Handshake, 10 + plain_++, keys);
  append(flight, record(ContentType::ChangeCipherSpec, 10 + plain_++, one));
  append(flight, sealed(session, ContentType::Handshake, message));
  return flight;
}

/// Whether its tag is right, be it the first or not.
bool FakeSecureDevice::is_ours(const secure::RecordView& record) const {
  auto fresh = Session::make(keys_);
  Datagram copy(record.whole.begin(), record.whole.end());
  const auto same = secure::RecordReader(copy, parameters.id.size).next();
  return fresh.ok() && same && fresh->open(*same, copy).ok();
}

std::optional<Datagram> FakeSecureDevice::receive(Datagram datagram) {
  secure::RecordReader records(datagram, parameters.id.size);
  std::optional<Datagram> answer;
  while (const auto item = records.next()) {
    if (item->epoch == 1) {
      if (is_ours(*item)) {
        repeated_number = repeated_number || !numbers.insert(item->sequence).second;
      }
      const auto opened = session.open(*item, datagram);
      if (!opened.ok()) continue;
      if (opened->type == ContentType::Handshake) {
        ++finished;
        open_ = true;
      } else if (opened->type == ContentType::Alert) {
        alerts.push_back(static_cast<secure::Alert>(opened->plaintext[1]));
      } else {
        received.emplace_back(as_text(opened->plaintext));
      }
    } else if (item->type == ContentType::Alert) {
      alerts.push_back(static_cast<secure::Alert>(item->fragment[1]));
    } else if (item->type == ContentType::Handshake) {
      Reader in(item->fragment);
      const std::uint8_t type = in.u8();
      if (type == kVerify) {
        parameters.cookie = in.u64();
        answer = write_hello(parameters);
      } else if (type == kServerHello && !open_) {
        const ConnectionId id = get_id(in);
        const std::uint64_t server_random = in.u64();
        if (keyed_ && server_random == parameters.server_random) {
          answer = finish();  // once more
          continue;
        }
        keyed_ = true;
        parameters.server_random = server_random;
        auto keys = fake_keys(parameters, false);
        keys.peer = id;
        if (keys.peer.used) keys.own = parameters.id;
        keys_ = keys;
        session = *Session::make(keys);
        answer = finish();
      }
    }
  }
  return answer;
}

Datagram FakeSecureDevice::seal(std::string_view plain, ContentType type) {
  return sealed(session, type, as_bytes(plain));
}

Datagram FakeSecureDevice::seal_alert(secure::AlertLevel level, secure::Alert alert) {
  const std::array<std::uint8_t, 2> body{static_cast<std::uint8_t>(level),
                                         static_cast<std::uint8_t>(alert)};
  return sealed(session, ContentType::Alert, body);
}

}  // namespace linnet::test
