// SPDX-License-Identifier: Apache-2.0
// Any bytes as a stored session: what is accepted packs to the same bytes, is still not allowed to
// seal, and seals from its number on once that is set aside. Then any flight is repeated over it.
#include <array>
#include <cstdlib>
#include <vector>

#include <linnet/secure/handshake.hpp>
#include <linnet/secure/session.hpp>

namespace {

using namespace linnet;
using namespace linnet::secure;

void require(bool condition) {
  if (!condition) std::abort();
}

void repeat(ByteView flight, Session& session) {
  std::array<std::uint8_t, 400> out{};
  std::uint64_t plain_sequence = 4;
  const auto size = repeat_flight(flight, session, plain_sequence, out);
  if (!size.ok()) return;
  FlightReader pieces(flight);
  RecordReader records(ByteView(out).first(*size), session.peer_id().size);
  std::size_t count = 0;
  bool readable = true;  // an id where none belongs shifts all that follows
  while (const auto piece = pieces.next()) {
    ++count;
    readable = readable && piece->type != ContentType::ConnectionId;
  }
  while (records.next()) --count;
  // A content type that is none of DTLS cannot be read back either.
  require(count == 0 || !readable || !records.ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader in(ByteView(data, size));
  auto session = Session::unpack(in);
  if (!session.ok()) {
    require(session.error() == in.error());
    return 0;
  }
  std::array<std::uint8_t, 400> storage{};
  Writer out(storage);
  const std::uint64_t next = session->pack(out, 0);
  require(out.ok() && equal(out.written(), ByteView(data, in.position())));

  std::array<std::uint8_t, 100> record{};
  require(!session->seal(ContentType::ApplicationData, {}, record).ok());
  session->reserved(next + 3);
  const auto sealed = session->seal(ContentType::ApplicationData, {}, record);
  if (sealed.ok()) {
    RecordReader reader(ByteView(record).first(*sealed), session->peer_id().size);
    require(reader.next()->sequence == next);
  } else {
    require(sealed.error() == Error::State || next > kMaxSequence);
  }
  repeat(in.rest(), *session);
  return 0;
}
