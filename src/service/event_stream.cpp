// SPDX-License-Identifier: Apache-2.0
#include "event_stream.hpp"

#include "websocket.hpp"

namespace linnet::service {
namespace {

constexpr std::size_t kPiece = 64 * 1024;
/// Looked through for one piece at most, so that a reader far behind holds nobody else up.
constexpr std::size_t kScan = 1u << 20;
/// A reader whose filter lets little through is told where it is after so many events, or it would
/// resume at a point that is not kept any more.
constexpr std::uint64_t kTellEvery = 1000;

}  // namespace

void EventStream::tell(std::string& out, std::string_view type, std::string_view members) {
  const std::string id = reader_.log().id(after_);
  std::string data = "{\"id\":\"" + id + "\",\"type\":\"";
  data.append(type).append("\"").append(members).append("}");
  told_ = after_;
  if (form_ == Form::Frames) return append_frame(out, WebSocketOp::Text, data);
  out.append("id: ").append(id).append("\nevent: ").append(type);
  out.append("\ndata: ").append(data).append("\n\n");
}

bool EventStream::next(std::string& out) {
  if (!greeted_) {
    // Tells the reader that it is connected, and after how long to come back if it is cut off.
    // The id makes a resume right even if no event came at all.
    greeted_ = true;
    if (form_ == Form::ServerSent) out += "retry: 2000\n";
    tell(out, "hello", "");
  }
  if (gap_) {
    gap_ = false;
    tell(out, "lost", "");
  }
  std::size_t scanned = 0;
  while (out.size() < kPiece) {
    const auto [chunk, lost] = reader_.next(after_);
    if (!chunk) break;
    if (lost != 0) {
      after_ = chunk->first() - 1;
      tell(out, "lost", ",\"events\":" + std::to_string(lost));
    }
    take(*chunk, out);
    scanned += chunk->body().size();
    if (scanned >= kScan) break;
  }
  // A look through so much always ends in something to write, after which it is asked again.
  if (after_ >= told_ + kTellEvery || (scanned >= kScan && after_ != told_)) {
    tell(out, "position", "");
  }
  return true;
}

void EventStream::take(const EventChunk& chunk, std::string& out) {
  const std::string& log = reader_.log().name();
  for (std::size_t index = chunk.index_after(after_); index < chunk.size() && out.size() < kPiece;
       ++index) {
    after_ = chunk.first() + index;
    if (!filter_.everything() && !filter_.matches(chunk[index])) continue;
    const auto text = chunk.text(index, log);
    if (form_ == Form::Frames) {
      append_frame(out, WebSocketOp::Text, text.json);
    } else {
      out += text.stream;
    }
    told_ = after_;
  }
}

}  // namespace linnet::service
