// SPDX-License-Identifier: Apache-2.0
#include <linnet/secure/handshake.hpp>

namespace linnet::secure {

std::optional<FlightReader::Piece> FlightReader::next() {
  Reader reader(rest_);
  Piece piece;
  piece.type = static_cast<ContentType>(reader.u8());
  piece.epoch = reader.u16();
  piece.fragment = reader.take(reader.u16());
  if (!reader.ok()) return {};
  rest_ = reader.rest();
  return piece;
}

void write_flight_piece(Writer& out, ContentType type, std::uint16_t epoch, ByteView fragment) {
  if (fragment.size() > kMaxPlaintextBytes) out.fail(Error::TooLarge);
  out.u8(static_cast<std::uint8_t>(type));
  out.u16(epoch);
  out.u16(static_cast<std::uint16_t>(fragment.size()));
  out.bytes(fragment);
}

Result<std::size_t> repeat_flight(FlightReader& rest, Session& session,
                                  std::uint64_t& plain_sequence, MutableBytes out) {
  if (out.empty()) return Error::NoSpace;  // to a Writer that means counting
  Writer writer(out);
  while (!rest.empty()) {
    FlightReader ahead = rest;
    const auto piece = ahead.next();
    if (!piece) return Error::Malformed;
    const std::size_t overhead = piece->epoch == 0 ? kRecordHeaderBytes : session.overhead();
    if (writer.free().size() < overhead + piece->fragment.size()) {
      if (writer.size() == 0) return Error::NoSpace;
      break;
    }
    if (piece->epoch == 0) {
      write_record(writer, piece->type, 0, plain_sequence++, piece->fragment);
      LINNET_TRY(writer.status());
    } else {
      LINNET_TRY_ASSIGN(const std::size_t size,
                        session.seal(piece->type, piece->fragment, writer.free()));
      writer.advance(size);
    }
    rest = ahead;
  }
  return writer.size();
}

Result<std::size_t> repeat_flight(ByteView flight, Session& session, std::uint64_t& plain_sequence,
                                  MutableBytes out) {
  FlightReader rest(flight);
  LINNET_TRY_ASSIGN(const std::size_t size, repeat_flight(rest, session, plain_sequence, out));
  if (!rest.empty()) return Error::NoSpace;
  return size;
}

}  // namespace linnet::secure
