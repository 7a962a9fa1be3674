// SPDX-License-Identifier: Apache-2.0
// Pins block arithmetic, size negotiation, and that any body crosses in any sizes and losses.
#include <gtest/gtest.h>

#include <algorithm>
#include <hex.hpp>
#include <linnet/coap/block.hpp>
#include <linnet/coap/exchange.hpp>
#include <vector>

namespace linnet::coap {
namespace {

using test::hex;

using Bytes = std::vector<std::uint8_t>;

ByteView part_of(const Bytes& body, const BlockSlice& part) {
  return ByteView(body).subspan(part.offset, part.size);
}

Bytes random_body(Rng& rng, std::size_t size) {
  Bytes body(size);
  rng.fill(body);
  return body;
}

TEST(BlockOption, ReadsAndWritesItsThreeForms) {
  EXPECT_EQ(*BlockOption::parse({}), (BlockOption{0, false, 0}));
  EXPECT_EQ(*BlockOption::parse(hex("0e")), (BlockOption{0, true, 6}));
  EXPECT_EQ(*BlockOption::parse(hex("04 12")), (BlockOption{65, false, 2}));
  EXPECT_EQ(*BlockOption::parse(hex("ff ff fe")), (BlockOption{0xFFFFF, true, 6}));
  EXPECT_EQ(BlockOption::parse(hex("07")).error(), Error::Malformed);
  EXPECT_EQ(BlockOption::parse(hex("0f")).error(), Error::Malformed);
  EXPECT_EQ(BlockOption::parse(hex("00 00 00 00")).error(), Error::Range);
  EXPECT_EQ((BlockOption{65, false, 2}).encode(), 0x412u);
  EXPECT_EQ((BlockOption{0, true, 6}).encode(), 0x0Eu);
  EXPECT_EQ((BlockOption{3, false, 2}).offset(), 192u);
  EXPECT_EQ((BlockOption{0, false, 6}).size(), 1024u);
  EXPECT_EQ(szx_for(0), 0);
  EXPECT_EQ(szx_for(31), 0);
  EXPECT_EQ(szx_for(32), 1);
  EXPECT_EQ(szx_for(1023), 5);
  EXPECT_EQ(szx_for(1024), 6);
  EXPECT_EQ(szx_for(100'000), 6);
}

TEST(BlockOption, IsFoundInAMessage) {
  const auto find = [](const char* text) {
    const Bytes bytes = hex(text);
    return BlockOption::find(*MessageView::parse(bytes), OptionNumber::Block1);
  };
  EXPECT_FALSE(find("40 03 00 01")->has_value());
  EXPECT_EQ(**find("40 03 00 01 d1 0e 0a"), (BlockOption{0, true, 2}));
  EXPECT_EQ(find("40 03 00 01 d1 0e 0f").error(), Error::Malformed);
}

TEST(Slice, AnswersAnyBlockInAnyOrder) {
  // RFC 7959 Figure 3 ff.: a body of 300 bytes in blocks of 128.
  const auto first = slice(300, {0, false, 3}, 6);
  EXPECT_EQ(first->block, (BlockOption{0, true, 3}));
  EXPECT_EQ(first->size, 128u);
  const auto last = slice(300, {2, false, 3}, 6);
  EXPECT_EQ(last->block, (BlockOption{2, false, 3}));
  EXPECT_EQ(last->offset, 256u);
  EXPECT_EQ(last->size, 44u);
  EXPECT_EQ(slice(300, {3, false, 3}, 6).error(), Error::Range);
  EXPECT_EQ(slice(256, {2, false, 3}, 6).error(), Error::Range);
  // The server wants blocks of 64: the number counts those, from the same place.
  const auto smaller = slice(300, {1, false, 3}, 2);
  EXPECT_EQ(smaller->block, (BlockOption{2, true, 2}));
  EXPECT_EQ(smaller->offset, 128u);
  const auto empty = slice(0, {0, false, 6}, 6);
  EXPECT_EQ(empty->size, 0u);
  EXPECT_FALSE(empty->block.more);
  // Beyond 2^20 blocks of 16 bytes there is no number.
  EXPECT_EQ(slice(std::size_t{1} << 25, {0xFFFFF, false, 1}, 0).error(), Error::Range);
}

class Receiver : public testing::Test {
 protected:
  BlockOutcome put(std::uint32_t number, bool more, std::uint8_t szx, std::size_t size,
                   std::optional<std::uint32_t> total = {}, std::optional<ByteView> tag = {}) {
    return receiver.accept({number, more, szx}, ByteView(zeros).first(size), total, tag);
  }

  Bytes zeros = Bytes(2048);
  BlockReceiver receiver{200, 2};  // at most 200 bytes, in blocks of 64
};

TEST_F(Receiver, TakesBlocksInOrder) {
  EXPECT_EQ(put(0, true, 2, 64), BlockOutcome::More);
  EXPECT_TRUE(receiver.open());
  EXPECT_EQ(put(1, true, 2, 64), BlockOutcome::More);
  EXPECT_EQ(receiver.taken_offset(), 64u);
  EXPECT_EQ(put(2, false, 2, 5), BlockOutcome::Complete);
  EXPECT_EQ(receiver.taken_offset(), 128u);
  EXPECT_EQ(receiver.received(), 133u);
  EXPECT_FALSE(receiver.open());
  EXPECT_EQ(put(3, false, 2, 5), BlockOutcome::Incomplete);
}

TEST_F(Receiver, AFinishedBodyIsNotContinued) {
  EXPECT_EQ(put(0, false, 2, 64), BlockOutcome::Complete);
  EXPECT_EQ(put(1, false, 2, 1), BlockOutcome::Incomplete);
}

TEST_F(Receiver, RefusesGapsAndStartsOverAtZero) {
  EXPECT_EQ(put(1, true, 2, 64), BlockOutcome::Incomplete);
  EXPECT_EQ(put(0, true, 2, 64), BlockOutcome::More);
  EXPECT_EQ(put(2, true, 2, 64), BlockOutcome::Incomplete);
  EXPECT_EQ(put(1, true, 2, 64), BlockOutcome::More);
  EXPECT_EQ(put(0, true, 2, 64), BlockOutcome::More);
  EXPECT_EQ(receiver.received(), 64u);
  EXPECT_EQ(put(2, true, 2, 64), BlockOutcome::Incomplete);
}

TEST_F(Receiver, OnlyTheLastBlockMayBeShort) {
  EXPECT_EQ(put(0, true, 2, 63), BlockOutcome::Malformed);
  EXPECT_EQ(put(0, true, 2, 0), BlockOutcome::Malformed);
  EXPECT_EQ(put(0, true, 2, 65), BlockOutcome::Malformed);
  EXPECT_EQ(put(0, false, 2, 65), BlockOutcome::Malformed);
  EXPECT_EQ(put(0, false, 2, 0), BlockOutcome::Complete);
}

TEST_F(Receiver, RefusesAtTheLimitAndNotBefore) {
  EXPECT_EQ(put(0, true, 2, 64, 201), BlockOutcome::TooLarge);
  EXPECT_EQ(put(0, true, 2, 64, 200), BlockOutcome::More);
  EXPECT_EQ(put(1, true, 2, 64), BlockOutcome::More);
  BlockReceiver before_last = receiver;
  EXPECT_EQ(before_last.accept({2, true, 2}, ByteView(zeros).first(64)), BlockOutcome::More);
  EXPECT_EQ(before_last.accept({3, false, 2}, ByteView(zeros).first(9)), BlockOutcome::TooLarge);
  EXPECT_FALSE(before_last.open());
  receiver = BlockReceiver(192, 2);
  EXPECT_EQ(put(0, true, 2, 64), BlockOutcome::More);
  EXPECT_EQ(put(1, true, 2, 64), BlockOutcome::More);
  // Full, and yet more is announced: it cannot end well.
  EXPECT_EQ(put(2, true, 2, 64), BlockOutcome::TooLarge);
  receiver = BlockReceiver(192, 2);
  EXPECT_EQ(put(0, true, 2, 64), BlockOutcome::More);
  EXPECT_EQ(put(1, true, 2, 64), BlockOutcome::More);
  EXPECT_EQ(put(2, false, 2, 64), BlockOutcome::Complete);
}

TEST_F(Receiver, AsksForItsOwnSizeAndFollowsASmallerOne) {
  EXPECT_EQ(put(0, true, 3, 128), BlockOutcome::More);
  EXPECT_EQ(receiver.answer({0, true, 3}, BlockOutcome::More), (BlockOption{0, true, 2}));
  EXPECT_EQ(receiver.next(), (BlockOption{2, false, 2}));
  EXPECT_EQ(put(2, true, 2, 64), BlockOutcome::More);
  EXPECT_EQ(put(12, false, 0, 8), BlockOutcome::Complete);
  EXPECT_EQ(receiver.received(), 200u);
  EXPECT_EQ(receiver.answer({12, false, 0}, BlockOutcome::Complete), (BlockOption{12, false, 0}));
  EXPECT_EQ(put(0, true, 2, 64), BlockOutcome::More);
  EXPECT_EQ(receiver.next(), (BlockOption{1, false, 2}));  // a new body, the wished size again
}

TEST_F(Receiver, ABodyThatChangesUnderwayIsNotMixed) {
  const Bytes one = hex("01");
  const Bytes two = hex("02");
  EXPECT_EQ(put(0, true, 2, 64, {}, one), BlockOutcome::More);
  EXPECT_EQ(put(1, true, 2, 64, {}, two), BlockOutcome::Incomplete);
  EXPECT_EQ(put(1, true, 2, 64), BlockOutcome::Incomplete);
  EXPECT_EQ(put(1, true, 2, 64, {}, one), BlockOutcome::More);
  EXPECT_EQ(put(0, true, 2, 64), BlockOutcome::More);
  EXPECT_EQ(put(1, true, 2, 64, {}, ByteView{}), BlockOutcome::Incomplete);  // empty is a tag too
  EXPECT_EQ(put(1, true, 2, 64, {}, Bytes(9)), BlockOutcome::Malformed);
}

TEST_F(Receiver, AssemblesIntoNoMoreThanTheCallersBytes) {
  Bytes body(100);
  BlockReceiver into(1000, 6);
  const Bytes sent = hex("000102030405060708090a0b0c0d0e0f");
  EXPECT_EQ(into.assemble(body, {0, true, 0}, sent), BlockOutcome::More);
  EXPECT_EQ(into.assemble(body, {1, false, 0}, hex("aabb")), BlockOutcome::Complete);
  EXPECT_EQ(into.received(), 18u);
  EXPECT_TRUE(equal(ByteView(body).first(16), sent));
  EXPECT_EQ(body[16], 0xAA);
  EXPECT_EQ(into.limit(), 100u);
  EXPECT_EQ(into.assemble(body, {0, true, 3}, Bytes(128)), BlockOutcome::TooLarge);
}

TEST(BlockOutcome, EachFailureHasItsCode) {
  EXPECT_EQ(response_code(BlockOutcome::More), Code::Continue);
  EXPECT_EQ(response_code(BlockOutcome::Incomplete), Code::RequestEntityIncomplete);
  EXPECT_EQ(response_code(BlockOutcome::TooLarge), Code::RequestEntityTooLarge);
  EXPECT_EQ(response_code(BlockOutcome::Malformed), Code::BadRequest);
}

TEST(BlockSender, GoesThroughTheBodyAndFollowsASmallerSize) {
  // RFC 7959 Figure 8: 1:0/1/128 answered 1:0/1/32, then 1:4/1/32 ...
  BlockSender sender(160, 3);
  EXPECT_FALSE(sender.fits_one());
  EXPECT_EQ(sender.current()->block, (BlockOption{0, true, 3}));
  EXPECT_EQ(sender.on_response(Code::Continue, BlockOption{0, true, 1}), SendOutcome::SendNext);
  EXPECT_EQ(sender.current()->block, (BlockOption{4, false, 1}));
  EXPECT_EQ(sender.current()->offset, 128u);
  EXPECT_EQ(sender.szx(), 1);
  EXPECT_EQ(sender.on_response(Code::Changed, BlockOption{4, false, 1}), SendOutcome::Final);
}

TEST(BlockSender, StartsOverSmallerAfter413AndOnceAfter408) {
  BlockSender sender(3000, 6);
  EXPECT_EQ(sender.on_response(Code::Continue, BlockOption{0, true, 6}), SendOutcome::SendNext);
  EXPECT_EQ(sender.on_response(Code::RequestEntityTooLarge, BlockOption{1, true, 4}),
            SendOutcome::Restart);
  EXPECT_EQ(sender.current()->block, (BlockOption{0, true, 4}));
  EXPECT_EQ(sender.on_response(Code::Continue, BlockOption{0, true, 4}), SendOutcome::SendNext);
  EXPECT_EQ(sender.on_response(Code::RequestEntityIncomplete, {}), SendOutcome::Restart);
  EXPECT_EQ(sender.offset(), 0u);
  // Nothing was sent before block 0: it cannot be incomplete.
  EXPECT_EQ(sender.on_response(Code::RequestEntityIncomplete, {}), SendOutcome::Final);
  EXPECT_EQ(sender.on_response(Code::Continue, BlockOption{0, true, 4}), SendOutcome::SendNext);
  EXPECT_EQ(sender.on_response(Code::RequestEntityIncomplete, {}), SendOutcome::Final);
  EXPECT_EQ(sender.on_response(Code::RequestEntityTooLarge, BlockOption{1, true, 4}),
            SendOutcome::Final);
  EXPECT_EQ(sender.on_response(Code::RequestEntityTooLarge, {}), SendOutcome::Final);
}

TEST(BlockSender, RefusesAPeerThatBreaksTheProtocol) {
  BlockSender sender(3000, 6);
  EXPECT_EQ(sender.on_response(Code::Continue, {}), SendOutcome::Failed);
  EXPECT_EQ(sender.on_response(Code::Continue, BlockOption{1, true, 6}), SendOutcome::Failed);
  BlockSender small(10, 6);
  EXPECT_TRUE(small.fits_one());
  EXPECT_EQ(small.on_response(Code::Continue, BlockOption{0, true, 6}), SendOutcome::Failed);
  BlockSender huge(std::size_t{1} << 31, 6);
  EXPECT_EQ(huge.current().error(), Error::Range);
  EXPECT_EQ(huge.on_response(Code::Continue, BlockOption{0, true, 6}), SendOutcome::Failed);
  // In blocks of 16 bytes this body is out of reach.
  BlockSender squeezed(std::size_t{1} << 25, 6);
  BlockSender refused = squeezed;
  EXPECT_EQ(squeezed.on_response(Code::Continue, BlockOption{0, true, 0}), SendOutcome::Failed);
  EXPECT_EQ(refused.on_response(Code::RequestEntityTooLarge, BlockOption{0, true, 0}),
            SendOutcome::Failed);
}

TEST(BlockSender, GoesOnWhenTheServerCarriesOutEachBlockByItself) {
  BlockSender sender(40, 1);
  EXPECT_EQ(sender.on_response(Code::Changed, BlockOption{0, false, 1}), SendOutcome::SendNext);
  EXPECT_EQ(sender.current()->block, (BlockOption{1, false, 1}));
  EXPECT_EQ(sender.on_response(Code::Changed, BlockOption{1, false, 1}), SendOutcome::Final);
  BlockSender early(40, 1);
  EXPECT_EQ(early.on_response(Code::Changed, {}), SendOutcome::Final);
}

/// One block or answer crosses a lossy path: the exchange's copies arrive 0 to 5 times.
std::uint32_t copies(Rng& rng) { return 1 + (rng.below(4) == 0 ? rng.below(2) : 0); }

// Block1: sender and receiver of random sizes; duplicates are filtered as the message layer does,
// some bodies are interrupted by the sender starting over, some are too large.
TEST(BlockWise, AnyBodyCrossesWithBlock1) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    SeededRng rng(seed);
    const Bytes body = random_body(rng, rng.below(5000));
    const std::size_t limit = rng.below(5) == 0 ? rng.below(3000) : 5000;
    Bytes storage(limit);
    BlockReceiver receiver(limit, static_cast<std::uint8_t>(rng.below(7)));
    BlockSender sender(body.size(), static_cast<std::uint8_t>(rng.below(7)));
    BlockOutcome outcome = BlockOutcome::More;
    std::size_t interruptions = rng.below(3);
    for (int sent = 0; outcome == BlockOutcome::More; ++sent) {
      ASSERT_LT(sent, 2000);
      if (interruptions > 0 && rng.below(8) == 0) {
        --interruptions;
        sender = BlockSender(body.size(), static_cast<std::uint8_t>(rng.below(7)));
      }
      const auto part = sender.current();
      ASSERT_TRUE(part.ok());
      outcome = receiver.assemble(storage, part->block, part_of(body, *part));
      const Code code = outcome == BlockOutcome::Complete ? Code::Changed : response_code(outcome);
      const SendOutcome sends = sender.on_response(code, receiver.answer(part->block, outcome));
      if (outcome == BlockOutcome::TooLarge && sends == SendOutcome::Restart) {
        outcome = BlockOutcome::More;
        continue;
      }
      ASSERT_EQ(sends, outcome == BlockOutcome::More ? SendOutcome::SendNext : SendOutcome::Final);
    }
    if (body.size() <= limit) {
      ASSERT_EQ(outcome, BlockOutcome::Complete);
      ASSERT_EQ(receiver.received(), body.size());
      ASSERT_TRUE(equal(ByteView(storage).first(body.size()), body));
    } else {
      ASSERT_EQ(outcome, BlockOutcome::TooLarge);
    }
  }
}

// Block1 with the receiver losing its state at random: 4.08 makes the sender start over.
TEST(BlockWise, AReceiverThatForgetsGetsTheBodyAgain) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    SeededRng rng(seed);
    const Bytes body = random_body(rng, 200 + rng.below(1000));
    Bytes storage(body.size());
    BlockReceiver receiver(body.size(), 2);
    BlockSender sender(body.size(), 2);
    const std::uint32_t forget_at = 1 + rng.below(3);
    bool restarted = false;
    for (std::uint32_t sent = 0;; ++sent) {
      ASSERT_LT(sent, 100u);
      if (sent == forget_at) receiver.reset();
      const auto part = sender.current();
      const BlockOutcome outcome = receiver.assemble(storage, part->block, part_of(body, *part));
      if (outcome == BlockOutcome::Complete) break;
      const SendOutcome sends =
          sender.on_response(response_code(outcome), receiver.answer(part->block, outcome));
      restarted = restarted || sends == SendOutcome::Restart;
      ASSERT_TRUE(sends == SendOutcome::SendNext || sends == SendOutcome::Restart);
    }
    EXPECT_TRUE(restarted);
    EXPECT_TRUE(equal(storage, body));
  }
}

// Block2: the client asks, the server answers from a body that may change; responses may come
// twice. A change of the ETag makes the client begin again; what it has is never a mixture.
TEST(BlockWise, AnyBodyCrossesWithBlock2AndIsNeverAMixture) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    SeededRng rng(seed);
    Bytes body = random_body(rng, rng.below(4000));
    Bytes tag = {0};
    const auto server_szx = static_cast<std::uint8_t>(rng.below(7));
    std::size_t changes = rng.below(3);
    Bytes storage(4000);
    BlockReceiver client(storage.size(), static_cast<std::uint8_t>(rng.below(7)));
    bool complete = false;
    for (int asked = 0; !complete; ++asked) {
      ASSERT_LT(asked, 2000);
      if (changes > 0 && rng.below(6) == 0) {
        --changes;
        body = random_body(rng, rng.below(4000));
        ++tag[0];
      }
      const auto part = slice(body.size(), client.next(), server_szx);
      if (!part.ok()) {  // the body became shorter: 4.00
        client.reset();
        continue;
      }
      for (std::uint32_t copy = copies(rng); copy > 0; --copy) {
        const bool was_open = client.open() || client.received() == 0;
        const BlockOutcome outcome = client.assemble(storage, part->block, part_of(body, *part),
                                                     static_cast<std::uint32_t>(body.size()), tag);
        if (outcome == BlockOutcome::Complete) complete = true;
        if (complete) break;
        if (outcome == BlockOutcome::Incomplete) {
          // Either a copy of a block already taken, or another body.
          ASSERT_TRUE(was_open);
          if (client.next().offset() == part->offset) client.reset();
        }
      }
    }
    ASSERT_EQ(client.received(), body.size());
    ASSERT_TRUE(equal(ByteView(storage).first(body.size()), body));
  }
}

// The whole stack of a Block1 transfer over a path that loses messages both ways, driven by an
// Exchange for each block: copies reach the receiver, which knows them by message id.
TEST(BlockWise, CrossesALossyPath) {
  constexpr TransmissionParameters parameters;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    SeededRng rng(seed);
    const Bytes body = random_body(rng, rng.below(2000));
    Bytes storage(body.size() + 1);
    BlockReceiver receiver(storage.size(), 3);
    BlockSender sender(body.size(), 4);
    Instant now{0};
    bool finished = false;
    bool gave_up = false;
    std::uint16_t id = 0;
    while (!finished && !gave_up) {
      const auto part = sender.current();
      ASSERT_TRUE(part.ok());
      const Header header{Type::Con, Code::Put, ++id, Token::from_number(id, 2)};
      Exchange exchange;
      exchange.start(now, header, parameters, seconds(60), rng);
      bool seen = false;
      BlockOutcome outcome = BlockOutcome::More;
      while (exchange.active()) {
        if (rng.below(4) != 0) {  // the request arrives
          if (!seen) outcome = receiver.assemble(storage, part->block, part_of(body, *part));
          seen = true;
          const Code code =
              outcome == BlockOutcome::Complete ? Code::Changed : response_code(outcome);
          if (rng.below(4) != 0) {  // and the answer
            ASSERT_EQ(exchange.on_message(now, {Type::Ack, code, id, header.token}),
                      ExchangeEvent::Response);
            const SendOutcome sends =
                sender.on_response(code, receiver.answer(part->block, outcome));
            finished = sends == SendOutcome::Final;
            ASSERT_TRUE(finished || sends == SendOutcome::SendNext);
            break;
          }
        }
        now = exchange.next_timeout();
        gave_up = exchange.on_timeout(now) == ExchangeAction::NoAck;
      }
    }
    if (finished) {
      ASSERT_EQ(receiver.received(), body.size());
      ASSERT_TRUE(equal(ByteView(storage).first(body.size()), body));
    }
  }
}

}  // namespace
}  // namespace linnet::coap
