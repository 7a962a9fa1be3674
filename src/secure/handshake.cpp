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

Result<std::size_t> repeat_flight(ByteView flight, Session& session, std::uint64_t& plain_sequence,
                                  MutableBytes out) {
  if (out.empty()) return Error::NoSpace;  // to a Writer that means counting
  Writer writer(out);
  FlightReader reader(flight);
  while (const auto piece = reader.next()) {
    if (piece->epoch == 0) {
      write_record(writer, piece->type, 0, plain_sequence++, piece->fragment);
    } else {
      LINNET_TRY_ASSIGN(const std::size_t size,
                        session.seal(piece->type, piece->fragment, writer.free()));
      writer.advance(size);
    }
    LINNET_TRY(writer.status());
  }
  return writer.size();
}

}  // namespace linnet::secure
