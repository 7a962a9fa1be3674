// SPDX-License-Identifier: Apache-2.0
#include "gnutls_handshake.hpp"

#include <gnutls/dtls.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include <linnet/secure/wipe.hpp>

namespace linnet::dtls_gnutls {

using secure::Alert;
using secure::ContentType;

namespace {

/// The library's own timers must never fire: it counts milliseconds of the real clock, and for
/// retransmission more than for all of it means never.
constexpr unsigned kLibraryTimeout = 24 * 60 * 60 * 1000;
/// No fragments from the library: cutting is done when a flight is put into datagrams.
constexpr unsigned kLibraryMtu = 16 * 1024;
constexpr int kConnectionIdExtension = 54;  // RFC 9146 §3
/// More calls without the library taking a record would be a loop.
constexpr int kMaxSteps = 64;

std::string explain(int code) {
  switch (code) {
    case GNUTLS_E_NO_CIPHER_SUITES:
    case GNUTLS_E_INSUFFICIENT_CREDENTIALS: return "the two sides have no cipher suite in common";
    case GNUTLS_E_NO_CERTIFICATE_FOUND:
    case GNUTLS_E_CERTIFICATE_REQUIRED: return "the peer showed no certificate and no public key";
    case GNUTLS_E_UNSUPPORTED_VERSION_PACKET: return "the peer does not speak DTLS 1.2";
    case GNUTLS_E_UNSUPPORTED_CERTIFICATE_TYPE:
      return "one side has certificates and the other raw public keys";
    case GNUTLS_E_PK_SIG_VERIFY_FAILED:
      return "the peer does not have the private key of what it showed";
    default: return std::string("the handshake broke off: ") + gnutls_strerror(code);
  }
}

}  // namespace

GnutlsHandshake::GnutlsHandshake(const Role& role)
    : shim_(role.shim, *this),
      own_(role.shim.own),
      client_(role.shim.client),
      deadline_(role.deadline) {
  const unsigned side = client_ ? GNUTLS_CLIENT : GNUTLS_SERVER;
  if (gnutls_init(&session_, side | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK | role.flags) < 0) {
    session_ = nullptr;
    return;
  }
  gnutls_session_set_ptr(session_, this);
  gnutls_transport_set_ptr(session_, this);
  gnutls_transport_set_push_function(session_, push);
  gnutls_transport_set_pull_function(session_, pull);
  gnutls_transport_set_pull_timeout_function(session_, pull_timeout);
  gnutls_dtls_set_timeouts(session_, kLibraryTimeout + 1, kLibraryTimeout);
  gnutls_dtls_set_mtu(session_, kLibraryMtu);
  gnutls_handshake_set_hook_function(session_, GNUTLS_HANDSHAKE_FINISHED, GNUTLS_HOOK_POST,
                                     see_finished);
  // Parsed with a ticket too only as mandatory.
  gnutls_session_ext_register(
      session_, "connection_id", kConnectionIdExtension, GNUTLS_EXT_MANDATORY,
      receive_connection_id, send_connection_id, nullptr, nullptr, nullptr,
      GNUTLS_EXT_FLAG_CLIENT_HELLO | GNUTLS_EXT_FLAG_TLS12_SERVER_HELLO | GNUTLS_EXT_FLAG_DTLS);
}

GnutlsHandshake::~GnutlsHandshake() {
  let_library_go();
  secure::wipe(resumption_);
}

void GnutlsHandshake::let_library_go() {
  if (session_ != nullptr) gnutls_deinit(session_);
  session_ = nullptr;
}

// --- What the caller does ---

void GnutlsHandshake::receive(Instant now, ByteView datagram) {
  if (state_ == State::Failed) return;
  shim_.receive(now, datagram);
  if (state_ == State::Running) run(now);
}

std::optional<std::size_t> GnutlsHandshake::poll_transmit(Instant, MutableBytes out) {
  return shim_.transmit(out);
}

Instant GnutlsHandshake::next_timeout() const {
  if (state_ != State::Running) return Instant::never();
  return earlier(deadline_, shim_.retransmit_at());
}

void GnutlsHandshake::on_timeout(Instant now) {
  if (state_ != State::Running) return;
  if (now >= deadline_) {
    fail(Kind::Timeout, Alert{}, explain_timeout());
  } else if (now >= shim_.retransmit_at()) {
    shim_.repeat(now);
  }
}

Result<secure::Session> GnutlsHandshake::take_session() {
  if (state_ != State::Done) return Error::State;
  return shim_.take_session();
}

secure::ResidentSession* GnutlsHandshake::resident() {
  return state_ == State::Done && shim_.by_library() ? this : nullptr;
}

std::size_t GnutlsHandshake::resumption(MutableBytes out) const {
  if (resumption_.size() > out.size()) return 0;
  std::ranges::copy(resumption_, out.begin());
  return resumption_.size();
}

// --- How it goes on ---

void GnutlsHandshake::run(Instant now) {
  step();
  shim_.flush(now);
}

void GnutlsHandshake::step() {
  for (int i = 0; i < kMaxSteps && state_ == State::Running; ++i) {
    if (const auto& seen = shim_.alert()) {
      return fail(Kind::AlertReceived, seen->alert, std::string(secure::describe(seen->alert)));
    }
    const int code = gnutls_handshake(session_);
    if (code == GNUTLS_E_SUCCESS) return finish();
    if (gnutls_error_is_fatal(code) != 0) return fail_by_library(code);
    if (!shim_.readable() && !shim_.alert()) return;
  }
}

void GnutlsHandshake::finish() {
  resumed_ = gnutls_session_is_resumed(session_) != 0;
  if (!accept_peer(peer_)) return fail_by_library(GNUTLS_E_CERTIFICATE_ERROR);
  state_ = State::Done;
  shim_.stop();
  final_flight_ = shim_.final_flight();
  if (!shim_.by_library()) let_library_go();
}

void GnutlsHandshake::refuse(std::string reason) {
  fail(Kind::Refused, Alert{}, std::move(reason));
}

void GnutlsHandshake::object(Alert alert, std::string reason) {
  if (!refusal_) refusal_ = Refusal{alert, std::move(reason)};
}

void GnutlsHandshake::fail(Kind kind, Alert alert, std::string reason) {
  state_ = State::Failed;
  shim_.stop();
  reason_ = std::move(reason);
  failure_ = {kind, alert, reason_};
}

void GnutlsHandshake::fail_by_library(int code) {
  int level = 0;
  Refusal refusal{static_cast<Alert>(gnutls_error_to_alert(code, &level)), {}};
  if (refusal_) refusal = *refusal_;
  if (refusal.reason.empty()) refusal.reason = explain(code);
  gnutls_alert_send(session_, GNUTLS_AL_FATAL,
                    static_cast<gnutls_alert_description_t>(refusal.alert));
  shim_.drop_finished();
  fail(Kind::AlertSent, refusal.alert, std::move(refusal.reason));
}

// --- What the library asks ---

GnutlsHandshake& GnutlsHandshake::of(gnutls_session_t session) {
  return *static_cast<GnutlsHandshake*>(gnutls_session_get_ptr(session));
}

bool GnutlsHandshake::library_keys(Direction direction, secure::WriteKeys& out) {
  gnutls_datum_t mac{}, iv{}, key{};
  unsigned char sequence[8];
  if (gnutls_record_get_state(session_, direction == Direction::Read ? 1 : 0, &mac, &iv, &key,
                              sequence) < 0) {
    return false;
  }
  if (key.size == 0) return false;
  // A suite whose records stay with the library: nobody else needs its keys.
  if (mac.size != 0) return true;
  if (key.size > out.key.size() || iv.size > out.fixed_iv.size()) return false;
  std::copy_n(key.data, key.size, out.key.begin());
  std::copy_n(iv.data, iv.size, out.fixed_iv.begin());
  return true;
}

ssize_t GnutlsHandshake::push(gnutls_transport_ptr_t self, const void* data, std::size_t size) {
  auto& handshake = *static_cast<GnutlsHandshake*>(self);
  const ByteView record{static_cast<const std::uint8_t*>(data), size};
  if (handshake.sealed_into_.data() == nullptr) {
    // Once done, the shim repeats the last flight, not the library.
    if (handshake.state_ == State::Running) handshake.shim_.push(record);
  } else if (size <= handshake.sealed_into_.size()) {
    std::ranges::copy(record, handshake.sealed_into_.begin());
    handshake.sealed_size_ = size;
  }
  return static_cast<ssize_t>(size);
}

ssize_t GnutlsHandshake::pull(gnutls_transport_ptr_t self, void* data, std::size_t size) {
  auto& handshake = *static_cast<GnutlsHandshake*>(self);
  const MutableBytes out{static_cast<std::uint8_t*>(data), size};
  std::size_t taken = 0;
  if (handshake.state_ != State::Done) {
    taken = handshake.shim_.pull(out);
  } else if (handshake.opened_from_.size() <= size) {
    std::ranges::copy(handshake.opened_from_, out.begin());
    taken = handshake.opened_from_.size();
    handshake.opened_from_ = {};
  }
  if (taken != 0) return static_cast<ssize_t>(taken);
  gnutls_transport_set_errno(handshake.session_, EAGAIN);
  return -1;
}

int GnutlsHandshake::pull_timeout(gnutls_transport_ptr_t self, unsigned) {
  auto& handshake = *static_cast<GnutlsHandshake*>(self);
  if (handshake.state_ == State::Done) return handshake.opened_from_.empty() ? 0 : 1;
  return handshake.shim_.readable() ? 1 : 0;
}

int GnutlsHandshake::see_finished(gnutls_session_t session, unsigned, unsigned, unsigned incoming,
                                  const gnutls_datum_t* body) {
  if (incoming == 0) of(session).shim_.announce_finished({body->data, body->size});
  return 0;
}

// [SEC-08]
int GnutlsHandshake::receive_connection_id(gnutls_session_t session, const unsigned char* data,
                                           std::size_t size) {
  GnutlsHandshake& handshake = of(session);
  Reader in(ByteView{data, size});
  const ByteView id = in.take(in.u8());
  if (!in.ok() || !in.empty()) return GNUTLS_E_UNEXPECTED_EXTENSIONS_LENGTH;
  // A peer may want a longer one than we can keep: then there are none, if that is still open.
  if (id.size() > secure::kMaxConnectionIdBytes) {
    return handshake.client_ ? GNUTLS_E_RECEIVED_ILLEGAL_PARAMETER : 0;
  }
  if (!handshake.wants_connection_id()) return 0;
  secure::ConnectionId peer;
  std::ranges::copy(id, peer.bytes.begin());
  peer.size = static_cast<std::uint8_t>(id.size());
  peer.used = true;
  handshake.shim_.use_connection_ids(peer);
  return 0;
}

int GnutlsHandshake::send_connection_id(gnutls_session_t session, gnutls_buffer_t out) {
  GnutlsHandshake& handshake = of(session);
  const bool wanted =
      handshake.client_ ? handshake.wants_connection_id() : handshake.shim_.uses_connection_ids();
  if (!wanted) return 0;
  const secure::ConnectionId& own = handshake.own_;
  std::array<std::uint8_t, 1 + secure::kMaxConnectionIdBytes> content{own.size};
  std::ranges::copy(own.view(), content.begin() + 1);
  const std::size_t size = 1U + own.size;
  if (gnutls_buffer_append_data(out, content.data(), size) < 0) return GNUTLS_E_MEMORY_ERROR;
  return static_cast<int>(size);
}

// --- A session that stays in the library ---

Result<std::size_t> GnutlsHandshake::seal(ContentType type, ByteView plaintext, MutableBytes out) {
  if (session_ == nullptr || out.empty()) return Error::NoSpace;
  sealed_into_ = out;
  sealed_size_ = 0;
  ssize_t code = GNUTLS_E_INVALID_REQUEST;
  if (type == ContentType::ApplicationData) {
    code = gnutls_record_send(session_, plaintext.data(), plaintext.size());
  } else if (type == ContentType::Alert && plaintext.size() == 2) {
    code = gnutls_alert_send(session_, static_cast<gnutls_alert_level_t>(plaintext[0]),
                             static_cast<gnutls_alert_description_t>(plaintext[1]));
  }
  sealed_into_ = {};
  if (code < 0) return code == GNUTLS_E_LARGE_PACKET ? Error::TooLarge : Error::State;
  if (sealed_size_ == 0) return Error::NoSpace;
  return sealed_size_;
}

Result<secure::OpenedRecord> GnutlsHandshake::open(const secure::RecordView& record,
                                                   MutableBytes datagram) {
  if (session_ == nullptr) return Error::State;
  if (record.epoch != 1) return Error::NotFound;
  // The least that can be protected is longer; an alert needs two bytes.
  if (record.fragment.size() < 2) return Error::Malformed;
  opened_from_ = record.whole;
  std::vector<std::uint8_t> plaintext(record.fragment.size() + 1);
  const ssize_t size = gnutls_record_recv(session_, plaintext.data(), plaintext.size());
  opened_from_ = {};
  secure::OpenedRecord opened;
  opened.type = ContentType::ApplicationData;
  if (size <= 0) {
    const bool alert = size == 0 || size == GNUTLS_E_FATAL_ALERT_RECEIVED ||
                       size == GNUTLS_E_WARNING_ALERT_RECEIVED;
    if (!alert) return Error::Unauthorized;
    opened.type = ContentType::Alert;
    plaintext[0] = size == GNUTLS_E_FATAL_ALERT_RECEIVED ? 2 : 1;
    plaintext[1] = size == 0 ? 0 : static_cast<std::uint8_t>(gnutls_alert_get(session_));
  }
  const std::size_t length = size <= 0 ? 2 : static_cast<std::size_t>(size);
  const auto at = static_cast<std::size_t>(record.fragment.data() - datagram.data());
  opened.plaintext = datagram.subspan(at, length);
  std::copy_n(plaintext.begin(), length, opened.plaintext.begin());
  secure::wipe(plaintext);
  opened.newest = record.sequence >= newest_;
  if (opened.newest) newest_ = record.sequence + 1;
  return opened;
}

}  // namespace linnet::dtls_gnutls
