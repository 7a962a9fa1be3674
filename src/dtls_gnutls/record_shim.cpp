// SPDX-License-Identifier: Apache-2.0
#include "record_shim.hpp"

#include <algorithm>

#include <linnet/base/check.hpp>
#include <linnet/secure/wipe.hpp>

namespace linnet::dtls_gnutls {

using secure::ContentType;
using secure::RecordView;

namespace {

constexpr Duration kFirstPause = seconds(1);
constexpr Duration kLongestPause = seconds(60);
/// A repetition of the peer is answered if our flight went out longer ago: two sides that answered
/// each one at once would never stop.
constexpr Duration kAnswerPause = milliseconds(500);
constexpr std::size_t kLeastMtu = 128;
/// A message is not cut to pieces smaller than that to fill up a datagram.
constexpr std::size_t kLeastCut = 48;
constexpr std::size_t kLikelyFlight = 512;
constexpr std::size_t kLikelyOverhead = 128;
constexpr std::size_t kMaxHeld = 4;
constexpr std::size_t kMaxHeldBytes = 512;

template <typename Keys>
void wipe(Keys& keys) {
  secure::wipe({reinterpret_cast<std::uint8_t*>(&keys), sizeof keys});
}

void append(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

template <typename Queue>
auto take_front(Queue& queue) {
  auto front = std::move(queue.front());
  if (queue.size() == 1) {
    queue.pop_back();
  } else {
    queue.erase(queue.begin());
  }
  return front;
}

void append_piece(Bytes& out, ContentType type, std::uint16_t epoch, ByteView content) {
  constexpr std::size_t kHead = 5;  // type, epoch, length
  const std::size_t at = out.size();
  out.resize(at + kHead + content.size());
  Writer writer(MutableBytes(out).subspan(at));
  secure::write_flight_piece(writer, type, epoch, content);
}

/// A message, or a fragment of one, in smaller fragments (RFC 6347 §4.2.3). `room` says how long
/// the next may be, header included, being told how much of the body is left.
template <typename Room, typename Use>
void cut(ByteView message, Room room, Use use) {
  Reader in(message);
  const MessageHeader header = MessageHeader::read(in);
  const ByteView body = in.rest();
  Bytes fragment;
  for (std::size_t done = 0; done < body.size();) {
    const std::size_t left = body.size() - done;
    const std::size_t size = std::min(room(left) - kMessageHeaderBytes, left);
    MessageHeader part = header;
    part.offset = static_cast<std::uint32_t>(header.offset + done);
    part.fragment_length = static_cast<std::uint32_t>(size);
    fragment.resize(kMessageHeaderBytes);
    Writer out(fragment);
    part.write(out);
    append(fragment, body.subspan(done, size));
    use(fragment);
    done += size;
  }
}

}  // namespace

/// Puts pieces into datagrams.
class RecordShim::Packer {
 public:
  explicit Packer(RecordShim& shim) : shim_(shim) {}
  ~Packer() { close(); }
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;

  void add(ByteView flight) {
    // Not always the whole of what may fit: little memory is handed out faster.
    likely_ = std::min(shim_.mtu_, flight.size() + kLikelyOverhead);
    secure::FlightReader reader(flight);
    while (const auto piece = reader.next()) add(*piece);
  }

 private:
  using Piece = secure::FlightReader::Piece;

  void add(const Piece& piece) {
    if (piece.epoch != 0 && shim_.by_library()) {  // a whole record already
      if (room() < piece.fragment.size()) close();
      open();
      return append(current_, piece.fragment);
    }
    if (room() >= overhead(piece) + piece.fragment.size()) return put(piece, piece.fragment);
    // Nor is there anything to cut in a message without a body.
    if (piece.type != ContentType::Handshake || piece.epoch != 0 ||
        piece.fragment.size() <= kMessageHeaderBytes) {
      close();
      return put(piece, piece.fragment);
    }
    cut(
        piece.fragment,
        [this](std::size_t rest) {
          const std::size_t head = secure::kRecordHeaderBytes + kMessageHeaderBytes;
          if (room() < head + std::min(kLeastCut, rest)) close();
          return room() - secure::kRecordHeaderBytes;
        },
        [&](ByteView part) { put(piece, part); });
  }
  [[nodiscard]] std::size_t room() const {
    return shim_.mtu_ - std::min(shim_.mtu_, current_.size());
  }
  [[nodiscard]] std::size_t overhead(const Piece& piece) const {
    return piece.epoch == 0 ? secure::kRecordHeaderBytes : shim_.session_.overhead();
  }
  void open() {
    if (current_.empty()) current_.reserve(likely_);
  }
  void close() {
    if (!current_.empty()) shim_.datagrams_.push_back(std::move(current_));
    current_.clear();
  }
  void put(const Piece& piece, ByteView content) {
    open();
    const std::size_t at = current_.size();
    current_.resize(at + overhead(piece) + content.size());
    const MutableBytes out = MutableBytes(current_).subspan(at);
    if (piece.epoch != 0) {
      const auto size = shim_.session_.seal(piece.type, content, out);
      ++shim_.sealed_;
      if (!size) current_.resize(at);
      return;
    }
    Writer writer(out);
    secure::write_record(writer, piece.type, 0, shim_.plain_sequence_++, content);
  }

  RecordShim& shim_;
  std::size_t likely_ = 0;
  Bytes current_;
};

RecordShim::RecordShim(const Options& options, LibraryKeys& keys)
    : client_(options.client),
      mtu_(std::max(options.mtu, kLeastMtu)),
      keys_(keys),
      own_(options.own),
      messages_(options.next_message),
      plain_sequence_(options.plain_sequence) {}

RecordShim::~RecordShim() {
  wipe(write_);
  wipe(read_);
  session_.wipe();
  mirror_.wipe();
}

// --- Datagrams ---

void RecordShim::receive(Instant now, ByteView datagram) {
  secure::RecordReader records(datagram, ids_used_ ? own_.size : 0);
  repeated_ = false;
  while (const auto record = records.next()) {
    if (record->epoch == 0) {
      receive_plain(*record);
    } else if (record->epoch == 1 && record->whole.size() <= kMaxHeldBytes) {
      // Of a handshake there is one, Finished, which may overtake what has to come before.
      Bytes copy(record->whole.begin(), record->whole.end());
      if (learn_read_keys()) {
        receive_protected(copy);
      } else if (held_.size() < kMaxHeld) {
        held_.push_back(std::move(copy));
      }
    }
  }
  if (repeated_ && now - sent_at_ >= kAnswerPause) launch(now);
}

void RecordShim::receive_plain(const RecordView& record) {
  switch (record.type) {
    case ContentType::Handshake: note(messages_.add(0, record.fragment)); break;
    case ContentType::ChangeCipherSpec: change_seen_ = true; break;
    case ContentType::Alert:
      // Once the peer protects what it sends, anybody else may have written this.
      if (!read_known_) note_alert(record.fragment);
      break;
    default: break;
  }
}

// [SEC-44]
void RecordShim::receive_protected(MutableBytes bytes) {
  if (by_library()) {
    if (for_library_.size() < kMaxHeld) for_library_.emplace_back(bytes.begin(), bytes.end());
    return;
  }
  const auto record = secure::RecordReader(bytes, ids_used_ ? own_.size : 0).next();
  if (!record) return;
  const auto opened = session_.open(*record, bytes);
  if (!opened) {
    undecryptable_ |= opened.error() == Error::Unauthorized;
    return;
  }
  heard_ = true;
  next_read_ = std::max(next_read_, record->sequence + 1);
  if (opened->type == ContentType::Handshake) note(messages_.add(1, opened->plaintext));
  if (opened->type == ContentType::Alert) note_alert(opened->plaintext);
}

void RecordShim::note(MessageAssembly::Outcome outcome) {
  repeated_ |= outcome == MessageAssembly::Outcome::Repeated;
  heard_ |= outcome != MessageAssembly::Outcome::Ignored;
}

void RecordShim::note_alert(ByteView content) {
  if (content.size() != 2 || alert_) return;
  const AlertSeen seen{static_cast<secure::AlertLevel>(content[0]),
                       static_cast<secure::Alert>(content[1])};
  // Warnings are about something that can be done without.
  if (seen.level != secure::AlertLevel::Fatal && seen.alert != secure::Alert::CloseNotify) return;
  alert_ = seen;
}

std::size_t RecordShim::waiting() const { return datagrams_.size(); }

std::optional<std::size_t> RecordShim::transmit(MutableBytes out) {
  while (!datagrams_.empty()) {
    const Bytes datagram = take_front(datagrams_);
    if (datagram.size() > out.size()) continue;
    std::ranges::copy(datagram, out.begin());
    return datagram.size();
  }
  return std::nullopt;
}

void RecordShim::repeat(Instant now) {
  pause_ = std::min(pause_ * 2, kLongestPause);
  launch(now);
}

void RecordShim::launch(Instant now) {
  // After `take_session` the numbers belong to somebody else.
  if (flight_.empty() || taken_) return;
  datagrams_.clear();
  Packer packer(*this);
  packer.add(flight_);
  sent_at_ = now;
  retransmit_at_ = now + pause_;
}

void RecordShim::flush(Instant now) {
  if (dirty_) {
    dirty_ = false;
    pause_ = kFirstPause;
    launch(now);
  }
  if (!alerts_.empty() && !taken_) {
    Packer packer(*this);
    packer.add(alerts_);
  }
  alerts_.clear();
}

void RecordShim::drop_finished() {
  Bytes kept;
  secure::FlightReader reader(flight_);
  while (const auto piece = reader.next()) {
    if (piece->epoch == 0) append_piece(kept, piece->type, 0, piece->fragment);
  }
  flight_ = std::move(kept);
}

// --- Towards the library ---

bool RecordShim::readable() {
  if (learn_read_keys()) {
    while (!held_.empty()) {
      Bytes record = take_front(held_);
      receive_protected(record);
    }
  }
  return messages_.ready() || (change_seen_ && !change_delivered_) || !for_library_.empty();
}

std::size_t RecordShim::pull(MutableBytes out) {
  if (out.empty() || !readable()) return 0;
  answered_ = true;
  Writer writer(out);
  // All that is plain at once; but behind ChangeCipherSpec nothing, for the library has to have
  // taken it before there is a key.
  while (messages_.ready() && messages_.epoch() == 0) {
    const ByteView message = messages_.message();
    if (writer.size() != 0 && writer.free().size() < secure::kRecordHeaderBytes + message.size()) {
      return writer.size();
    }
    look_at_server_hello(message);
    secure::write_record(writer, ContentType::Handshake, 0, library_sequence_++, message);
    messages_.take();
  }
  constexpr std::uint8_t kChange[] = {1};
  if (change_seen_ && !change_delivered_ &&
      writer.free().size() >= secure::kRecordHeaderBytes + sizeof kChange) {
    change_delivered_ = true;
    secure::write_record(writer, ContentType::ChangeCipherSpec, 0, library_sequence_++, kChange);
  }
  if (writer.size() != 0) return writer.ok() ? writer.size() : 0;
  if (messages_.ready()) {
    const auto size = mirror_.seal(ContentType::Handshake, messages_.message(), out);
    messages_.take();
    return size.value_or(0);
  }
  if (for_library_.empty()) return 0;
  writer.bytes(take_front(for_library_));
  return writer.ok() ? writer.size() : 0;
}

void RecordShim::announce_finished(ByteView body) {
  announced_.assign(kMessageHeaderBytes, 0);
  append(announced_, body);
}

void RecordShim::push(ByteView bytes) {
  const auto record = secure::RecordReader(bytes).next();
  LINNET_CHECK(record && record->whole.size() == bytes.size());
  if (record->epoch != 0) return push_protected(*record);
  if (record->type == ContentType::Handshake) {
    Reader in(record->fragment);
    next_own_message_ = static_cast<std::uint16_t>(MessageHeader::read(in).number + 1);
    look_at_server_hello(record->fragment);
  }
  add_piece(record->type, 0, record->fragment);
}

void RecordShim::push_protected(const RecordView& record) {
  if (by_library()) {
    announced_.clear();
    return add_piece(record.type, record.epoch, record.whole);
  }
  if (!write_known_) {
    write_known_ = keys_.library_keys(LibraryKeys::Direction::Write, write_);
    LINNET_CHECK(write_known_ && make_session());
  }
  if (!announced_.empty()) {
    MessageHeader header;
    header.type = static_cast<std::uint8_t>(MessageType::Finished);
    header.length = static_cast<std::uint32_t>(announced_.size() - kMessageHeaderBytes);
    header.fragment_length = header.length;
    header.number = next_own_message_;
    Writer out(announced_);
    header.write(out);
    add_piece(ContentType::Handshake, 1, announced_);
    announced_.clear();
    return;
  }
  // An alert. The library sealed this with the key it just gave us.
  Bytes copy(record.whole.begin(), record.whole.end());
  const auto again = secure::RecordReader(copy).next();
  const auto opened = make_mirror().open(*again, copy);
  LINNET_CHECK(opened.ok());
  add_piece(opened->type, 1, opened->plaintext);
  secure::wipe(opened->plaintext);
}

void RecordShim::add_piece(ContentType type, std::uint16_t epoch, ByteView content) {
  if (type == ContentType::Alert) return append_piece(alerts_, type, epoch, content);
  if (answered_) {
    flight_.clear();
    answered_ = false;
  }
  if (flight_.empty()) flight_.reserve(kLikelyFlight);
  dirty_ = true;
  append_piece(flight_, type, epoch, content);
}

/// The suite stands there and nowhere else as early.
void RecordShim::look_at_server_hello(ByteView message) {
  // Once: a second one is an error, which the library finds after us.
  if (suite_ != secure::CipherSuite::None) return;
  Reader in(message);
  const MessageHeader header = MessageHeader::read(in);
  if (header.type != static_cast<std::uint8_t>(MessageType::ServerHello) || header.offset != 0) {
    return;
  }
  constexpr std::size_t kVersionAndRandom = 2 + 32;
  in.skip(kVersionAndRandom);
  in.skip(in.u8());  // session id
  const std::uint16_t suite = in.u16();
  if (in.ok()) suite_ = static_cast<secure::CipherSuite>(suite);
}

// --- Keys ---

bool RecordShim::by_library() const { return aead_of(suite_) == secure::Aead::None; }

void RecordShim::use_connection_ids(const secure::ConnectionId& peer) {
  ids_used_ = true;
  peer_ = peer;
}

bool RecordShim::learn_read_keys() {
  if (read_known_) return true;
  // Before that it has none, and asking costs.
  if (!change_delivered_) return false;
  read_known_ = keys_.library_keys(LibraryKeys::Direction::Read, read_);
  if (read_known_ && !by_library()) {
    read_known_ = make_session();
    mirror_ = make_mirror();
  }
  return read_known_;
}

/// Faces the peer, with the keys known so far; those of the other direction are not used before
/// they are.
bool RecordShim::make_session() {
  secure::SessionParameters parameters;
  parameters.suite = suite_;
  parameters.write = write_;
  parameters.read = read_;
  parameters.next_write = sealed_;
  parameters.next_read = next_read_;
  if (ids_used_) {
    parameters.own = own_;
    parameters.peer = peer_;
  }
  const auto made = secure::Session::make(parameters);
  wipe(parameters);
  if (made) session_ = *made;
  return made.ok();
}

/// Stands opposite the library.
secure::Session RecordShim::make_mirror() const {
  secure::SessionParameters parameters;
  parameters.suite = suite_;
  parameters.write = read_;
  parameters.read = write_;
  const auto made = secure::Session::make(parameters);
  wipe(parameters);
  return *made;
}

// --- Done ---

Result<secure::Session> RecordShim::take_session() {
  if (by_library()) return Error::Unsupported;
  if (taken_ || !write_known_ || !read_known_) return Error::State;
  taken_ = true;
  Result<secure::Session> session = session_;
  session_.wipe();
  mirror_.wipe();
  wipe(write_);
  wipe(read_);
  return session;
}

Bytes RecordShim::final_flight() const {
  Bytes out;
  if (answered_ || by_library()) return out;
  const std::size_t room = mtu_ - secure::kRecordHeaderBytes;
  if (flight_.size() <= room) return flight_;
  out.reserve(flight_.size());
  secure::FlightReader reader(flight_);
  while (const auto piece = reader.next()) {
    const auto add = [&](ByteView part) { append_piece(out, piece->type, piece->epoch, part); };
    if (piece->epoch != 0 || piece->fragment.size() <= room) {
      add(piece->fragment);
    } else {
      cut(
          piece->fragment, [&](std::size_t) { return room; }, add);
    }
  }
  return out;
}

}  // namespace linnet::dtls_gnutls
