// SPDX-License-Identifier: Apache-2.0
// Pins which method and options each operation has on the wire, between our server and our device.
#include <conformance/senml_cases.hpp>

namespace linnet::conformance {
namespace {

class MethodMap : public EnablerTest {};

TEST_P(MethodMap, OfTheOperationsOnOnePath) {
  LINNET_REQ("DM-01");
  LINNET_REQ("DM-09");
  LINNET_REQ("DM-10");
  LINNET_REQ("TR-05");
  LINNET_REQ("TR-09");
  World w(kWithPortfolio, GetParam());
  w.power_on_registered();
  const auto text = values({{Path(16, 0, 0, 0), Value::string("x")}});
  const ContentFormat tlv = ContentFormat::Tlv;
  const Step observe = w.observe(Path(3, 0, 0), ContentFormat::Text);
  const std::pair<Step, const char*> steps[] = {
      {w.read(Path(3, 0, 0), ContentFormat::Text), "GET /3/0/0 accept=0"},
      {w.discover(Path(3)), "GET /3 accept=40"},
      {observe, "GET /3/0/0 observe=0 accept=0"},
      {w.cancel(observe.result.observation), "GET /3/0/0 observe=1 accept=0"},
      {w.write(Path(16, 0, 0), text, tlv), "PUT /16/0/0 ct=11542"},
      {w.write(Path(16, 0), text, tlv), "PUT /16/0 ct=11542"},
      {w.write(Path(16, 0), text, tlv, OperationKind::WriteUpdate), "POST /16/0 ct=11542"},
      {w.write_attributes(Path(3, 0), {"pmin=1", "pmax=9"}), "PUT /3/0?pmin=1&pmax=9"},
      {w.execute(Path(3, 0, 12)), "POST /3/0/12"},
      {w.create(Path(16), text, tlv), "POST /16 ct=11542"},
      {w.remove(Path(16, 0)), "DELETE /16/0"},
  };
  for (const auto& [step, asked] : steps) {
    EXPECT_EQ(step.asked(), asked);
    EXPECT_TRUE(step.result.success()) << asked;
    EXPECT_EQ(step.request().type(), coap::Type::Con) << asked;
  }
}

LINNET_EVERY_ENABLER(MethodMap);

class CompositeMethodMap : public EnablerTest {};

TEST_P(CompositeMethodMap, OfTheCompositeOperations) {
  LINNET_REQ("DM-09");
  World w(kBasic, GetParam());
  w.power_on_registered();
  const std::vector<Path> paths = {Path(3, 0, 0)};
  const ContentFormat json = ContentFormat::SenmlJson;
  const Step observe = w.observe_composite(paths, json);
  const std::pair<Step, const char*> steps[] = {
      {w.read_composite(paths, json), "FETCH / ct=110 accept=110"},
      {observe, "FETCH / observe=0 ct=110 accept=110"},
      {w.cancel(observe.result.observation), "FETCH / observe=1 ct=110 accept=110"},
      {w.write_composite(values({{Path(1, 0, 1), Value::integer(60)}}), json), "iPATCH / ct=110"},
  };
  for (const auto& [step, asked] : steps) {
    EXPECT_EQ(step.asked(), asked);
    EXPECT_TRUE(step.result.success()) << asked;
    EXPECT_EQ(step.request().type(), coap::Type::Con) << asked;
  }
}

LINNET_ENABLERS_FROM_11(CompositeMethodMap);

}  // namespace
}  // namespace linnet::conformance
