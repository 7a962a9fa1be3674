// SPDX-License-Identifier: Apache-2.0
// Pins the forms of values and operations in JSON, and that wrong input gets a sentence.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <cmath>
#include <limits>

#include <linnet/service/json_text.hpp>

#include "service/json_operation.hpp"
#include "service/json_values.hpp"
#include "service/problem.hpp"

namespace linnet::service {
namespace {

using lwm2m::DataType;
using lwm2m::Path;
using lwm2m::Value;
using server::OperationKind;

lwm2m::ModelStore models() {
  lwm2m::ModelStore store;
  lwm2m::ObjectModel thing;
  thing.id = 9000;
  thing.name = "Thing";
  thing.multiple = true;
  const auto add = [&](lwm2m::Id id, const char* name, DataType type, const char* unit = "") {
    lwm2m::ResourceModel resource;
    resource.id = id;
    resource.name = name;
    resource.type = type;
    resource.units = unit;
    resource.operations = type == DataType::None ? lwm2m::kExecute : lwm2m::kReadWrite;
    thing.resources.push_back(resource);
  };
  add(0, "Label", DataType::String);
  add(1, "Count", DataType::Integer);
  add(2, "Mask", DataType::Unsigned);
  add(3, "Heat", DataType::Float, "Cel");
  add(4, "On", DataType::Boolean);
  add(5, "Blob", DataType::Opaque);
  add(6, "When", DataType::Time);
  add(7, "Link", DataType::Objlnk);
  add(8, "Go", DataType::None);
  EXPECT_TRUE(store.add(thing).ok());
  return store;
}

server::OwnedValue parse(lwm2m::Id resource, const char* json, std::string_view type = {}) {
  const auto store = models();
  return parse_value(Path(9000, 0, resource), boost::json::parse(json), type,
                     DeviceModel(store, nullptr));
}

std::string refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const Problem& problem) {
    return problem.detail;
  }
  return {};
}

TEST(JsonText, WritesNumbersAsPeopleDo) {
  EXPECT_EQ(
      to_text({{"a", 21.5}, {"b", std::numeric_limits<std::uint64_t>::max()}, {"c", {1, nullptr}}}),
      "{\"a\":21.5,\"b\":18446744073709551615,\"c\":[1,null]}");
  EXPECT_EQ(to_text(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(to_pretty_text({{"a", boost::json::array{}}, {"b", {1}}}),
            "{\n  \"a\": [],\n  \"b\": [\n    1\n  ]\n}");
  EXPECT_EQ(to_text("tab\t\"x\""), "\"tab\\t\\\"x\\\"\"");
}

TEST(JsonValues, RoundTripEveryType) {
  const auto store = models();
  const DeviceModel model(store, nullptr);
  const std::uint8_t bytes[] = {0, 255, 16};
  const Value values[] = {Value::string("ä \"x\""),
                          Value::integer(std::numeric_limits<std::int64_t>::min()),
                          Value::unsigned_integer(std::numeric_limits<std::uint64_t>::max()),
                          Value::floating(21.5),
                          Value::boolean(true),
                          Value::opaque(bytes),
                          Value::time(1'700'000'000),
                          Value::link({3, 0})};
  for (lwm2m::Id id = 0; id < 8; ++id) {
    const server::ResourceValue in{Path(9000, 0, id), values[id], {}};
    const auto json = to_json(in, model);
    const auto parsed = boost::json::parse(to_text(json)).as_object();
    const auto out = parse_value(in.path, parsed.at("value"), {}, model);
    EXPECT_EQ(out.view(), values[id]) << to_text(json);
  }
}

TEST(JsonValues, CarryNameUnitAndReadableTime) {
  const auto store = models();
  const DeviceModel model(store, nullptr);
  EXPECT_EQ(
      to_text(to_json(server::ResourceValue{Path(9000, 0, 3), Value::floating(-4), 5.5}, model)),
      "{\"path\":\"/9000/0/"
      "3\",\"name\":\"Heat\",\"unit\":\"Cel\",\"type\":\"float\",\"value\":-4,\"time\":5.5}");
  EXPECT_EQ(
      to_text(to_json(server::ResourceValue{Path(9000, 0, 6), Value::time(0), {}}, model)),
      "{\"path\":\"/9000/0/"
      "6\",\"name\":\"When\",\"type\":\"time\",\"value\":0,\"iso\":\"1970-01-01T00:00:00Z\"}");
  EXPECT_EQ(
      to_text(to_json(server::ResourceValue{Path(77, 0, 1), Value::floating(NAN), {}}, model)),
      "{\"path\":\"/77/0/1\",\"type\":\"float\",\"value\":\"NaN\"}");
  EXPECT_EQ(to_text(to_json(server::ResourceValue{Path(77, 0), {}, {}}, model)),
            "{\"path\":\"/77/0\"}");
}

TEST(JsonValues, ConvertStringsToTheTypeOfTheResource) {
  EXPECT_EQ(parse(1, "\"-12\"").view(), Value::integer(-12));
  EXPECT_EQ(parse(3, "\"21.5\"").view(), Value::floating(21.5));
  EXPECT_EQ(parse(3, "21").view(), Value::floating(21));
  EXPECT_EQ(parse(4, "\"true\"").view(), Value::boolean(true));
  EXPECT_EQ(parse(4, "\"0\"").view(), Value::boolean(false));
  EXPECT_EQ(parse(6, "\"2026-11-22T23:15:45Z\"").view(), Value::time(1795389345));
  EXPECT_EQ(parse(7, "\"3:0\"").view(), Value::link({3, 0}));
  EXPECT_EQ(parse(0, "\"12\"").view(), Value::string("12"));
}

TEST(JsonValues, TakeWhatJsonSaysWhereNobodyKnowsBetter) {
  EXPECT_EQ(parse(99, "12").view(), Value::integer(12));
  EXPECT_EQ(parse(99, "18446744073709551615").view(), Value::unsigned_integer(~0ull));
  EXPECT_EQ(parse(99, "1.5").view(), Value::floating(1.5));
  EXPECT_EQ(parse(99, "false").view(), Value::boolean(false));
  EXPECT_EQ(parse(99, "\"x\"").view(), Value::string("x"));
  EXPECT_EQ(parse(99, "\"12\"", "time").view(), Value::time(12));
  EXPECT_TRUE(parse(99, "null").empty());
}

TEST(JsonValues, RefuseWithAReason) {
  const struct {
    lwm2m::Id resource;
    const char* json;
    const char* reason;
  } kCases[] = {
      {1, "\"warm\"", "not an integer"},
      {1, "1.5", "whole number"},
      {1, "9223372036854775808", "whole number"},
      {2, "-1", "without sign"},
      {3, "true", "of type float"},
      {4, "7", "of type boolean"},
      {5, "\"a\"", "base64"},
      {5, "\"====\"", "base64"},
      {6, "\"2026-02-30T00:00:00Z\"", "not a time"},
      {7, "\"3\"", "object link"},
      {8, "1", "executable"},
      {0, "5", "of type string"},
      {0, "[]", "a value is"},
  };
  for (const auto& c : kCases) {
    const auto reason = refusal([&] { (void)parse(c.resource, c.json); });
    EXPECT_NE(reason.find(c.reason), std::string::npos)
        << c.resource << " " << c.json << ": " << reason;
    EXPECT_NE(reason.find("/9000/0/"), std::string::npos) << reason;
  }
}

TEST(Base64, EncodesAndDecodes) {
  for (const auto& [plain, coded] : std::initializer_list<std::pair<std::string, std::string>>{
           {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(base64_encode(as_bytes(plain)), coded);
    EXPECT_EQ(base64_decode(coded), plain);
  }
  for (const char* bad : {"Z", "Zg=", "Zg==Zg==", "Z===", "Zm9-", "Zm 9"}) {
    EXPECT_FALSE(base64_decode(bad).has_value()) << bad;
  }
}

server::Operation operation(const char* json) {
  const auto store = models();
  return to_operation(parse_operation(json), DeviceModel(store, nullptr));
}

TEST(JsonOperation, ReadsEveryKind) {
  EXPECT_EQ(operation(R"({"op":"read","path":"/3/0"})").path, Path(3, 0));
  const auto write =
      operation(R"({"op":"write","path":"/9000/0/3","value":1,"format":"tlv","deadline":2.5})");
  EXPECT_EQ(write.kind, OperationKind::Write);
  ASSERT_EQ(write.values.size(), 1u);
  EXPECT_EQ(write.values[0].value.view(), Value::floating(1));
  EXPECT_EQ(write.format, coap::ContentFormat::Tlv);
  EXPECT_EQ(write.timeout, milliseconds(2500));
  const auto update =
      operation(R"({"op":"update","path":"/9000/1","values":{"0":"x","5/2":"AA=="}})");
  ASSERT_EQ(update.values.size(), 2u);
  EXPECT_EQ(update.values[1].path, Path(9000, 1, 5, 2));
  const auto create = operation(R"({"op":"create","path":"/9000","values":{"0":"x"}})");
  EXPECT_EQ(create.values.at(0).path, Path(9000, 0, 0));
  const auto composite = operation(R"({"op":"read","paths":["/3/0/0","/4"]})");
  EXPECT_EQ(composite.kind, OperationKind::ReadComposite);
  EXPECT_EQ(composite.paths.size(), 2u);
  const auto both = operation(
      R"({"op":"write-composite","values":[{"path":"/9000/0/1","value":5},{"path":"/9000/0/5/1","value":null}]})");
  ASSERT_EQ(both.values.size(), 2u);
  EXPECT_TRUE(both.values[1].value.empty());
  const auto attributes =
      operation(R"({"op":"attributes","path":"/3/0","attributes":{"pmin":5,"gt":2.5,"lt":null}})");
  EXPECT_EQ(attributes.attributes.set.integer(lwm2m::Attribute::Pmin), 5u);
  EXPECT_EQ(attributes.attributes.set.real(lwm2m::Attribute::Gt), 2.5);
  EXPECT_NE(attributes.attributes.unset, 0);
  EXPECT_EQ(operation(R"({"op":"execute","path":"/3/0/4","arguments":"0='1'"})").arguments,
            "0='1'");
  EXPECT_EQ(operation(R"({"op":"read","path":"/3","format":"60"})").format,
            coap::ContentFormat::Cbor);
  EXPECT_EQ(operation(R"({"op":"read","path":"/3","format":1542})").format,
            coap::ContentFormat::OldTlv);
}

TEST(JsonOperation, RefusesWithAReason) {
  const struct {
    const char* json;
    const char* reason;
  } kCases[] = {
      {"", "no JSON"},
      {"[]", "object"},
      {"{}", "\"op\" is missing"},
      {R"({"op":"dance"})", "no operation \"dance\""},
      {R"({"op":"read"})", "needs a \"path\""},
      {R"({"op":"read","path":"3//0"})", "not a path"},
      {R"({"op":"read","path":"/70000"})", "65534"},
      {R"({"op":"read","path":"/3","colour":1})", "no member \"colour\""},
      {R"({"op":"read","path":"/3","mode":"later"})", "no mode \"later\""},
      {R"({"op":"read","path":"/3","format":"xml"})", "no such format"},
      {R"({"op":"read","path":"/3","deadline":0})", "deadline"},
      {R"({"op":"read","paths":[]})", "paths"},
      {R"({"op":"write","path":"/9000/0/1"})", "needs a \"value\""},
      {R"({"op":"write-composite"})", "needs \"values\""},
      {R"({"op":"write","path":"/9000/0","values":3})", "values"},
      {R"({"op":"attributes","path":"/3","attributes":{"pmin":"x"}})", "pmin=x"},
      {R"({"op":"attributes","path":"/3","attributes":{"colour":1}})", "no such attribute"},
      {R"({"op":"cancel"})", "cancel"},
      {R"({"op":"discover","path":"/3","depth":9})", "depth"},
  };
  for (const auto& c : kCases) {
    const auto reason = refusal([&] { (void)operation(c.json); });
    EXPECT_NE(reason.find(c.reason), std::string::npos) << c.json << ": " << reason;
  }
}

TEST(JsonOperation, ResultsOfDevicesThatDoNotAnswerAreProblems) {
  const auto store = models();
  const DeviceModel model(store, nullptr);
  for (const auto& [outcome, status] : std::initializer_list<std::pair<server::Outcome, unsigned>>{
           {server::Outcome::NotAcknowledged, 504u},
           {server::Outcome::NoResponse, 504u},
           {server::Outcome::Expired, 504u},
           {server::Outcome::Rejected, 502u},
           {server::Outcome::Cancelled, 409u},
           {server::Outcome::RegistrationGone, 409u},
           {server::Outcome::BadAnswer, 502u},
           {server::Outcome::TooLarge, 502u}}) {
    server::OperationResult result;
    result.outcome = outcome;
    try {
      (void)to_json(result, model);
      ADD_FAILURE() << server::describe(outcome);
    } catch (const Problem& problem) {
      EXPECT_EQ(problem.status, status) << server::describe(outcome);
      EXPECT_NE(to_response(problem).body.find("urn:linnet:problem:" + problem.kind),
                std::string::npos);
    }
  }
}

}  // namespace
}  // namespace linnet::service
