// SPDX-License-Identifier: Apache-2.0
// Any bytes: a message that is accepted and written again reads the same; it can be explained and
// searched; what is refused is rejected by a Reset or by silence.
#include <array>
#include <cstdlib>
#include <vector>

#include <linnet/coap/block.hpp>
#include <linnet/coap/message.hpp>
#include <linnet/coap/no_response.hpp>
#include <linnet/coap/trace.hpp>

namespace {

using namespace linnet;
using namespace linnet::coap;

void require(bool condition) {
  if (!condition) std::abort();
}

void write_again(const MessageView& message, std::size_t size) {
  std::vector<std::uint8_t> storage(size + 1);
  Writer out(storage);
  MessageWriter writer(out, message.header());
  for (const OptionView& option : message.options()) {
    writer.add_option(option.number, option.value);
  }
  writer.payload(message.payload());
  // Shortest forms only: never longer than what was read.
  require(writer.finish().ok() && out.size() <= size);
  const auto again = MessageView::parse(out.written());
  require(again.ok() && again->header() == message.header());
  require(equal(again->payload(), message.payload()));
  auto option = again->options().begin();
  for (const OptionView& first : message.options()) {
    require(option != again->options().end());
    require(option->number == first.number && equal(option->value, first.value));
    ++option;
  }
  require(option == again->options().end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView datagram(data, size);
  std::array<char, 100> text;
  require(explain(datagram, text).size() <= text.size());
  const auto message = MessageView::parse(datagram);
  const auto reset = reset_for(datagram);
  if (!message.ok()) {
    require(!reset || MessageView::parse(*reset).ok());
    return 0;
  }
  write_again(*message, size);
  for (const OptionView& option : message->options()) {
    const auto found = message->find(option.number);
    const OptionRule* rule = find_rule(option.number);
    require(rule == nullptr ? found.has_value() : true);
    require(!found || rule == nullptr || found->size() <= rule->max_size);
    const OptionNumber understood[] = {option.number};
    (void)message->first_unknown_critical(understood);
  }
  (void)message->query("ep");
  (void)is_suppressed(Code::Content, *message);
  (void)BlockOption::find(*message, OptionNumber::Block2);
  return 0;
}
