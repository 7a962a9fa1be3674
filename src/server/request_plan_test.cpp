// SPDX-License-Identifier: Apache-2.0
// Pins which formats are tried for which device, and that a message that does not fit is an error.
#include <gtest/gtest.h>
#include <requirement.hpp>

#include <array>
#include <vector>

#include "server/request_plan.hpp"

namespace linnet::server {
namespace {

using coap::ContentFormat;
using lwm2m::Path;
using lwm2m::Value;
using Formats = std::vector<ContentFormat>;

RegistrationView device(lwm2m::Version version, std::span<const ContentFormat> announced = {}) {
  RegistrationView view;
  view.version = version;
  view.formats = announced;
  return view;
}

Formats contents(const Operation& operation, const RegistrationView& view) {
  Formats formats;
  for (const FormatChoice& choice : format_choices(operation, view)) {
    formats.push_back(choice.content.value_or(ContentFormat{0xFFFF}));
  }
  return formats;
}

const Operation kWriteInstance{.kind = OperationKind::Write,
                               .path = Path(1, 0),
                               .values = {{Path(1, 0, 1), Value::integer(60), {}}}};
const Operation kWriteResource{.kind = OperationKind::Write,
                               .path = Path(1, 0, 1),
                               .values = {{Path(1, 0, 1), Value::integer(60), {}}}};

TEST(FormatChoices, FollowTheVersionOfTheDevice) {
  LINNET_REQ("CMP-02");
  EXPECT_EQ(contents(kWriteInstance, device(lwm2m::kEnabler10)),
            (Formats{ContentFormat::Tlv, ContentFormat::Json10}));
  EXPECT_EQ(contents(kWriteResource, device(lwm2m::kEnabler10)),
            (Formats{ContentFormat::Tlv, ContentFormat::Json10}));
  EXPECT_EQ(contents(kWriteInstance, device(lwm2m::kEnabler11)),
            (Formats{ContentFormat::SenmlCbor, ContentFormat::SenmlJson, ContentFormat::Tlv}));
  EXPECT_EQ(contents(kWriteResource, device(lwm2m::kEnabler12)),
            (Formats{ContentFormat::Text, ContentFormat::SenmlCbor, ContentFormat::SenmlJson,
                     ContentFormat::Tlv}));
}

TEST(FormatChoices, PreferWhatTheDeviceAnnounced) {
  LINNET_REQ("REG-25");
  const ContentFormat json[] = {ContentFormat::Json10};
  EXPECT_EQ(contents(kWriteInstance, device(lwm2m::kEnabler10, json)),
            (Formats{ContentFormat::Json10, ContentFormat::Tlv}));
  const ContentFormat cbor[] = {ContentFormat::Lwm2mCbor, ContentFormat::SenmlJson};
  EXPECT_EQ(contents(kWriteInstance, device(lwm2m::kEnabler12, cbor)),
            (Formats{ContentFormat::SenmlJson, ContentFormat::Lwm2mCbor, ContentFormat::SenmlCbor,
                     ContentFormat::Tlv}));
  const ContentFormat unknown[] = {ContentFormat{4711}};
  const auto reads = format_choices({.kind = OperationKind::Read, .path = Path(3)},
                                    device(lwm2m::kEnabler12, unknown));
  EXPECT_EQ(reads, (std::vector<FormatChoice>{FormatChoice{}}));
}

TEST(FormatChoices, ADeletionInACompositeNeedsAFormatWithNull) {
  const Operation operation{.kind = OperationKind::WriteComposite,
                            .values = {{Path(3, 0, 6, 1), {}, {}}}};
  EXPECT_EQ(contents(operation, device(lwm2m::kEnabler12)),
            (Formats{ContentFormat::EtchCbor, ContentFormat::EtchJson, ContentFormat::Lwm2mCbor}));
}

TEST(FormatChoices, ACompositeWantsTheAnswerInAFormatForIt) {
  Operation operation{.kind = OperationKind::ReadComposite, .paths = {Path(3)}};
  operation.format = ContentFormat::EtchCbor;
  EXPECT_EQ(format_choices(operation, device(lwm2m::kEnabler12)),
            (std::vector<FormatChoice>{{ContentFormat::EtchCbor, ContentFormat::SenmlCbor}}));
  operation.format = ContentFormat::Text;
  const auto refused = format_choices(operation, device(lwm2m::kEnabler12));
  EXPECT_EQ(encode_body(operation, refused[0], device(lwm2m::kEnabler12), 1000).error(),
            Error::NotAcceptable);
}

TEST(EncodeBody, EveryChoiceForAWriteWorks) {
  for (const auto version : {lwm2m::kEnabler10, lwm2m::kEnabler11, lwm2m::kEnabler12}) {
    for (const Operation& operation : {kWriteInstance, kWriteResource}) {
      for (const FormatChoice& choice : format_choices(operation, device(version))) {
        const auto body = encode_body(operation, choice, device(version), 1000);
        ASSERT_TRUE(body.ok()) << static_cast<int>(*choice.content);
        EXPECT_FALSE(body->empty());
        EXPECT_EQ(encode_body(operation, choice, device(version), body->size() - 1).error(),
                  Error::TooLarge);
      }
    }
  }
}

TEST(WriteRequest, FitsOrFailsAtEverySize) {
  Operation operation{.kind = OperationKind::Observe, .path = Path(3303, 0, 5700)};
  ASSERT_TRUE(operation.attributes.parse("pmin=10").ok());
  const RequestParts parts{.operation = operation,
                           .root_path = "lwm2m",
                           .formats = {{}, ContentFormat::SenmlCbor},
                           .observe = 0,
                           .block2 = coap::BlockOption{0, false, 4},
                           .block1 = {},
                           .size1 = {},
                           .payload = {}};
  const coap::Header header{coap::Type::Con, method_of(operation), 1,
                            coap::Token::from_number(1, 8)};
  std::array<std::uint8_t, 256> storage;
  Writer whole(storage);
  ASSERT_TRUE(write_request(header, parts, whole).ok());
  for (std::size_t size = 1; size <= whole.size(); ++size) {
    std::vector<std::uint8_t> exact(size);
    Writer out(exact);
    EXPECT_EQ(write_request(header, parts, out).ok(), size == whole.size()) << size;
  }
}

}  // namespace
}  // namespace linnet::server
