// SPDX-License-Identifier: Apache-2.0
#include <linnet/secure/client_link.hpp>

#include <algorithm>
#include <limits>

#include <linnet/coap/message.hpp>
#include <linnet/secure/wipe.hpp>

namespace linnet::secure {
namespace {

/// A server that was heard within this time is there, and a lost datagram only a lost datagram.
constexpr Duration kRecent = seconds(60);
/// So many confirmable messages may stay unanswered before the session is resumed: within
/// `kRecent`, under a connection id, and without one, when a NAT may have let us go.
constexpr std::uint8_t kPatienceRecent = 3;
constexpr std::uint8_t kPatienceWithId = 2;
constexpr std::uint8_t kPatienceWithout = 1;
/// A session that lasted so long was a good one.
constexpr Duration kSettled = seconds(60);
/// Ignored alerts may make us begin again for so long.
constexpr Duration kStubborn = seconds(60);
/// The server may ask for our final flight for so long, and not more often (RFC 6347 §4.2.4).
constexpr Duration kRepeatFor = seconds(60);
constexpr Duration kRepeatPause = milliseconds(500);

constexpr std::uint8_t kPackFormat = 1;

void count(std::uint8_t& counter) {
  if (counter != std::numeric_limits<std::uint8_t>::max()) ++counter;
}

/// As much of a text as fits.
template <std::size_t N>
void copy_text(FixedString<N>& to, std::string_view text) {
  (void)to.assign(text.substr(0, std::min(text.size(), N)));
}

/// Whether an answer to a message is due: then silence tells something.
bool is_confirmable(ByteView message) {
  const auto header = coap::peek_header(message);
  return header && header->type == coap::Type::Con;
}

/// Acknowledgements and Resets belong to what came in the session there is.
bool is_reply(ByteView message) {
  const auto header = coap::peek_header(message);
  return header && (header->type == coap::Type::Ack || header->type == coap::Type::Rst);
}

}  // namespace

ClientLink::ClientLink(ClientHandshakes& handshakes, CredentialSource& credentials,
                       const LinkStorage& storage)
    : handshakes_(handshakes), credentials_(credentials), storage_(storage) {}

ClientLink::~ClientLink() {
  end_handshake();
  end_session();
  wipe(storage_.held);
  wipe(storage_.resumption);
}

ClientLink::State ClientLink::state() const {
  if (has_session()) return State::Open;
  return handshake_ != nullptr || wanted_ ? State::Connecting : State::Idle;
}

// --- Outgoing ---

/// Whether the session may not be what gets this message to the server.
bool ClientLink::doubtful(ByteView message) const {
  if (moved_ && !has_connection_id()) return true;
  if (!is_confirmable(message)) return false;
  std::uint8_t patience = has_connection_id() ? kPatienceWithId : kPatienceWithout;
  if (!moved_ && now_ - heard_ < kRecent) patience = kPatienceRecent;
  return unanswered_ >= patience;
}

std::size_t ClientLink::send(Instant now, ByteView message, MutableBytes out) {
  now_ = now;
  const bool settled = has_session() && handshake_ == nullptr && !wanted_;
  const bool reply = has_session() && is_reply(message);
  if (reply || (settled && !doubtful(message))) {
    const std::size_t size = seal_message(message, out);
    if (size != 0 || !wanted_) return size;
  }
  hold(message);
  want_handshake();
  return 0;
}

/// 0 if it cannot be; a session that has no numbers left makes a handshake wanted.
std::size_t ClientLink::seal_message(ByteView message, MutableBytes out) {
  const auto size = seal(ContentType::ApplicationData, message, out);
  if (!size.ok()) {
    if (size.error() == Error::Range) want_handshake();
    return 0;
  }
  if (is_confirmable(message)) count(unanswered_);
  return *size;
}

Result<std::size_t> ClientLink::seal(ContentType type, ByteView plaintext, MutableBytes out) {
  return resident_ != nullptr ? resident_->seal(type, plaintext, out)
                              : session_.seal(type, plaintext, out);
}

MutableBytes ClientLink::place(std::size_t i) const {
  const std::size_t size = storage_.held.size() / kHeld;
  return storage_.held.subspan(i * size, size);
}

void ClientLink::hold(ByteView message) {
  const auto header = coap::peek_header(message);
  if (!header || message.size() > place(0).size()) return;
  std::size_t free = kHeld;
  for (std::size_t i = kHeld; i-- > 0;) {
    const auto other = coap::peek_header(place(i).first(held_sizes_[i]));
    if (!other) {
      free = i;
    } else if (other->message_id == header->message_id && other->type == header->type) {
      free = i;  // its first copy
      break;
    }
  }
  if (free == kHeld) return;
  std::copy(message.begin(), message.end(), place(free).begin());
  held_sizes_[free] = static_cast<std::uint16_t>(message.size());
}

std::optional<std::size_t> ClientLink::poll_transmit(Instant now, MutableBytes out) {
  now_ = now;
  if (!farewell_.empty()) {
    const ByteView bytes = farewell_.view();
    const std::size_t size = bytes.size() <= out.size() ? bytes.size() : 0;
    std::copy_n(bytes.begin(), size, out.begin());
    farewell_.clear();
    if (size != 0) return size;
  }
  if (wanted_ && handshake_ == nullptr && not_before_ <= now) begin();
  if (const auto size = transmit_handshake(out)) return size;
  if (const auto size = transmit_final_flight(out)) return size;
  return transmit_held(out);
}

/// The handshake is let go, whatever came of it, when it has nothing more to say.
std::optional<std::size_t> ClientLink::transmit_handshake(MutableBytes out) {
  if (handshake_ == nullptr) return std::nullopt;
  if (const auto size = handshake_->poll_transmit(now_, out)) return size;
  switch (handshake_->state()) {
    case Handshake::State::Running: break;
    case Handshake::State::Done: adopt(); break;
    case Handshake::State::Failed: fail(handshake_->failure()); break;
  }
  return std::nullopt;
}

std::optional<std::size_t> ClientLink::transmit_final_flight(MutableBytes out) {
  if (owner_ != nullptr) return owner_->poll_transmit(now_, out);
  if (!repeat_) return std::nullopt;
  repeat_ = false;
  const auto size = repeat_flight(final_flight_.view(), session_, plain_sequence_, out);
  return size.ok() ? std::optional<std::size_t>(*size) : std::nullopt;
}

std::optional<std::size_t> ClientLink::transmit_held(MutableBytes out) {
  if (!has_session() || handshake_ != nullptr || wanted_) return std::nullopt;
  for (std::size_t i = 0; i < kHeld; ++i) {
    const ByteView message = place(i).first(std::exchange(held_sizes_[i], std::uint16_t{0}));
    if (message.empty()) continue;
    if (const std::size_t size = seal_message(message, out)) return size;
  }
  return std::nullopt;
}

// --- Handshakes ---

void ClientLink::want_handshake() {
  if (wanted_ || handshake_ != nullptr) return;
  wanted_ = true;
  wanted_since_ = now_;
}

void ClientLink::begin() {
  wanted_ = false;
  ClientCredentials credentials;
  const Status lent = credentials_.lend(credentials);
  if (!lent.ok()) {
    fail({.kind = HandshakeFailure::Kind::Refused,
          .alert = {},
          .reason = "the account has no credentials to connect with"});
    return;
  }
  lent_ = true;
  credentials.resumption = storage_.resumption.first(resumption_size_);
  handshake_ = handshakes_.begin(now_, credentials);
  if (handshake_ == nullptr) {
    fail({.kind = HandshakeFailure::Kind::Refused,
          .alert = {},
          .reason = "there is no memory for a handshake"});
  }
}

/// The session is ours, and what was there before is no more.
void ClientLink::adopt() {
  Handshake& done = *handshake_;
  auto taken = done.take_session();
  ResidentSession* resident = taken.ok() ? nullptr : done.resident();
  if (!taken.ok() && resident == nullptr) {
    fail({.kind = HandshakeFailure::Kind::Refused,
          .alert = {},
          .reason = "the handshake gave no session"});
    return;
  }
  handshake_ = nullptr;
  end_session();
  suite_ = done.suite();
  resumed_ = done.resumed();
  copy_text(server_, done.peer().text);
  // Without a new ticket the one there is may be used again.
  const std::size_t size = done.resumption(storage_.resumption);
  if (size != 0 || !resumed_) {
    if (size < resumption_size_) wipe(storage_.resumption.first(resumption_size_).subspan(size));
    resumption_size_ = size;
  }
  if (resident == nullptr) {
    session_ = *taken;
    taken->wipe();
    if (!final_flight_.assign(done.final_flight())) final_flight_.clear();
    plain_sequence_ = done.next_plain_sequence();
    repeat_until_ = now_ + kRepeatFor;
    handshakes_.end(&done);
  } else {
    resident_ = resident;
    owner_ = &done;
  }
  end_handshake();
  since_ = heard_ = now_;
  unanswered_ = failures_ = 0;
  moved_ = wanted_ = false;
  const bool replaced = known_ && !resumed_;
  known_ = true;
  // The engine begins anew; what it said before means nothing now.
  if (replaced) drop_held();
  report(resumed_ ? LinkEvent::Type::Resumed : LinkEvent::Type::Established, {}, replaced);
}

void ClientLink::fail(const HandshakeFailure& failure) {
  using Kind = HandshakeFailure::Kind;
  HandshakeFailure told = failure;
  count(failures_);
  not_before_ = now_ + pause();
  if (told.kind == Kind::AlertReceived && classify(told.alert) == AlertClass::Ignore) {
    // [SEC-42]: as if nothing had come.
    if (now_ - wanted_since_ < kStubborn) {
      end_handshake();
      wanted_ = true;
      return;
    }
    told = {.kind = Kind::Timeout, .alert = {}, .reason = "the server does not answer"};
  }
  // Silence may end, and an alert in a handshake may be anybody's: neither ends the session there
  // is. If it was the server's, that is as dead as it is silent, and the next handshake will tell.
  if (told.kind == Kind::Refused) end_session();
  if (told.kind == Kind::AlertReceived || told.kind == Kind::Refused) known_ = false;
  if (told.kind != Kind::Timeout) {
    wipe(storage_.resumption.first(resumption_size_));
    resumption_size_ = 0;
  }
  drop_held();
  report(LinkEvent::Type::Failed, told, false);
  end_handshake();
}

void ClientLink::end_handshake() {
  if (handshake_ != nullptr) handshakes_.end(handshake_);
  handshake_ = nullptr;
  if (lent_) credentials_.give_back();
  lent_ = false;
}

void ClientLink::end_session() {
  session_.wipe();
  session_ = {};
  if (owner_ != nullptr) handshakes_.end(owner_);
  owner_ = nullptr;
  resident_ = nullptr;
  suite_ = CipherSuite::None;
  final_flight_ = {};
  repeat_ = false;
  unanswered_ = 0;
  moved_ = false;
}

/// [SEC-43]
Duration ClientLink::pause() const {
  const std::uint8_t times = std::max(failures_, closed_);
  if (times == 0) return {};
  return seconds(std::int64_t{1} << std::min(times - 1, 6));
}

// --- Incoming ---

/// While a handshake runs beside a session, what is not plainly the session's is the handshake's.
bool ClientLink::is_for_handshake(ByteView datagram) const {
  if (handshake_ == nullptr) return false;
  if (!has_session()) return true;
  const ConnectionId& own = session_.own_id();
  RecordReader reader(datagram, own.size);
  while (const auto record = reader.next()) {
    if (record->epoch == 0) return true;
    switch (record->type) {
      case ContentType::ApplicationData:
      case ContentType::Alert: break;
      case ContentType::ConnectionId:
        if (!own.used || !equal(record->connection_id, own.view())) return true;
        break;
      default: return true;
    }
  }
  return false;
}

void ClientLink::receive(Instant now, MutableBytes datagram, Deliver deliver) {
  now_ = now;
  if (is_for_handshake(datagram)) {
    handshake_->receive(now, datagram);
    return;
  }
  RecordReader reader(datagram, session_.own_id().size);
  while (const auto record = reader.next()) {
    if (!has_session()) {
      ++dropped_;
    } else if (record->epoch != 0) {
      on_record(*record, datagram, deliver);
    } else if (owner_ != nullptr) {
      owner_->receive(now, datagram);  // it may be asked for its final flight
      return;
    } else if (record->type == ContentType::Handshake && !final_flight_.empty()) {
      on_repeated_flight();
    } else {
      ++dropped_;
    }
  }
  if (!reader.ok()) ++dropped_;
}

void ClientLink::on_record(const RecordView& record, MutableBytes datagram, Deliver deliver) {
  const auto opened =
      resident_ != nullptr ? resident_->open(record, datagram) : session_.open(record, datagram);
  if (!opened.ok()) {
    ++dropped_;
    return;
  }
  heard_ = now_;
  unanswered_ = 0;
  moved_ = false;
  known_ = true;
  if (now_ - since_ >= kSettled) closed_ = 0;
  switch (opened->type) {
    case ContentType::ApplicationData:
      final_flight_.clear();  // the server has it
      deliver(opened->plaintext);
      break;
    case ContentType::Alert: on_alert(opened->plaintext); break;
    case ContentType::Handshake:
      // Finished once more; or a HelloRequest, and we do not renegotiate.
      if (!final_flight_.empty()) on_repeated_flight();
      break;
    default: ++dropped_; break;
  }
}

/// Anybody can make it look as if the server missed our final flight: not too often.
void ClientLink::on_repeated_flight() {
  if (now_ < repeat_after_ || now_ >= repeat_until_) return;
  repeat_after_ = now_ + kRepeatPause;
  repeat_ = true;
}

void ClientLink::on_alert(ByteView bytes) {
  if (bytes.size() < 2) return;
  const auto level = static_cast<AlertLevel>(bytes[0]);
  const auto alert = static_cast<Alert>(bytes[1]);
  if (alert == Alert::CloseNotify) {
    say_farewell();
  } else if (level != AlertLevel::Fatal || classify(alert) == AlertClass::Ignore) {
    return;  // [SEC-42]
  } else {
    // RFC 5246 §7.2.2: such a session is not resumed.
    wipe(storage_.resumption.first(resumption_size_));
    resumption_size_ = 0;
  }
  const bool short_lived = now_ - since_ < kSettled;
  end_session();
  if (handshake_ != nullptr) return;  // there will be news of that one
  if (short_lived) count(closed_);
  not_before_ = now_ + pause();
  known_ = wanted_ = false;
  drop_held();
  report(LinkEvent::Type::Closed,
         {.kind = HandshakeFailure::Kind::AlertReceived, .alert = alert, .reason = describe(alert)},
         false);
}

// --- Time, events ---

Instant ClientLink::next_timeout() const {
  if (!farewell_.empty() || repeat_) return now_;
  Instant next = Instant::never();
  if (handshake_ != nullptr) {
    if (handshake_->state() != Handshake::State::Running) return now_;
    next = handshake_->next_timeout();
  } else if (wanted_) {
    next = std::max(not_before_, now_);
  }
  if (owner_ != nullptr) next = earlier(next, owner_->next_timeout());
  return next;
}

void ClientLink::on_timeout(Instant now) {
  now_ = now;
  for (Handshake* handshake : {handshake_, owner_}) {
    if (handshake != nullptr && handshake->next_timeout() <= now) handshake->on_timeout(now);
  }
}

void ClientLink::report(LinkEvent::Type type, const HandshakeFailure& failure, bool replaced) {
  if (events_.full()) events_.erase(0);
  copy_text(reason_, failure.reason);
  LinkEvent event{.type = type, .replaced = replaced, .failure = failure};
  event.failure.reason = {};
  (void)events_.push_back(event);
}

std::optional<LinkEvent> ClientLink::poll_event() {
  if (events_.empty()) return std::nullopt;
  LinkEvent event = events_[0];
  events_.erase(0);
  const bool failed =
      event.type == LinkEvent::Type::Failed || event.type == LinkEvent::Type::Closed;
  if (failed) event.failure.reason = reason_.text();
  return event;
}

// --- What the application knows ---

void ClientLink::address_changed(Instant now) {
  now_ = now;
  moved_ = has_session();
}

void ClientLink::say_farewell() {
  constexpr std::uint8_t kCloseNotify[] = {static_cast<std::uint8_t>(AlertLevel::Warning),
                                           static_cast<std::uint8_t>(Alert::CloseNotify)};
  if (!has_session()) return;
  std::array<std::uint8_t, decltype(farewell_)::capacity()> record{};
  const auto size = seal(ContentType::Alert, kCloseNotify, record);
  if (size.ok()) (void)farewell_.assign(ByteView(record).first(*size));
}

void ClientLink::close(Instant now) {
  now_ = now;
  end_handshake();
  say_farewell();
  end_session();
  drop_held();
  known_ = wanted_ = false;
}

void ClientLink::renew(Instant now) {
  close(now);
  wipe(storage_.resumption.first(resumption_size_));
  resumption_size_ = 0;
  failures_ = closed_ = 0;
  not_before_ = now;
}

// --- Over deep sleep ---

Result<std::uint64_t> ClientLink::pack(Writer& out) {
  if (!has_session()) return Error::State;
  if (resident_ != nullptr) return Error::Unsupported;
  out.u8(kPackFormat);
  const std::uint64_t mark = session_.pack(out);
  out.u16(static_cast<std::uint16_t>(resumption_size_));
  out.bytes(storage_.resumption.first(resumption_size_));
  LINNET_TRY(out.status());
  return mark;
}

Status ClientLink::restore(Instant now, Reader& in) {
  close(now);
  farewell_.clear();
  resumption_size_ = 0;
  if (in.u8() != kPackFormat) in.fail(Error::Unsupported);
  auto session = Session::unpack(in);
  const ByteView resumption = in.take(in.u16());
  if (in.ok() && !session.ok()) in.fail(session.error());
  if (in.ok() && resumption.size() <= storage_.resumption.size()) {
    std::copy(resumption.begin(), resumption.end(), storage_.resumption.begin());
    resumption_size_ = resumption.size();
  }
  if (in.ok()) session_ = *session;
  session->wipe();
  LINNET_TRY(in.status());
  suite_ = session_.suite();
  known_ = resumed_ = true;
  since_ = now;
  heard_ = now - kRecent;
  return {};
}

}  // namespace linnet::secure
