// SPDX-License-Identifier: Apache-2.0
// Bootstrap configurations as the API has them: JSON both ways, refusal with a rule, preview,
// secrets, and the store.
#include "service/bootstrap_desk.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <filesystem>

#include <linnet/posix/system_rng.hpp>
#include <linnet/service/json_text.hpp>
#include <requirement.hpp>

#include "service/problem.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

constexpr const char* kOneServer = R"({
  "for": ["urn:x:*"], "delete": ["/"],
  "objects": {
    "/0/1": {"0": "coaps://{identifier}.example", "1": false, "2": 0, "3": {"text": "{endpoint}"},
             "4": "", "5": {"hex": "00112233445566778899AABBCCDDEEFF"}, "10": 101},
    "/1/1": {"0": 101, "1": 300, "6": true, "7": "U"}}})";
constexpr const char* kSecretHex = "00112233445566778899aabbccddeeff";

class Definitions final : public server::DefinitionSource {
 public:
  explicit Definitions(const lwm2m::ModelStore& models) : models_(models) {}
  const lwm2m::ObjectDefinition* find(lwm2m::Id object, lwm2m::Version version) const override {
    return models_.definition(object, version);
  }

 private:
  const lwm2m::ModelStore& models_;
};

class BootstrapDeskTest : public ::testing::Test {
 protected:
  std::unique_ptr<BootstrapDesk> open(Store* store = nullptr) {
    ServiceSettings settings;
    settings.log = [this](LogLevel, const std::string& line) { log_ += line + "\n"; };
    return std::make_unique<BootstrapDesk>(
        BootstrapDesk::Ports{loop_, rng_, definitions_, store, events_, settings.log, true},
        settings, models_);
  }
  /// The problem of putting this, as "status path rule: detail".
  std::string problem(std::string_view body) {
    try {
      (void)desk_->put("test", body);
    } catch (const Problem& found) {
      std::string text = std::to_string(found.status);
      for (const auto& [name, value] : found.members) {
        if (name != "reason") text += " " + value;
      }
      return text + ": " + found.detail;
    }
    return "none";
  }
  static json::object with(const char* path, const char* resource, const json::value& value) {
    json::object body = json::parse(kOneServer).as_object();
    body["objects"].as_object()[path].as_object()[resource] = value;
    return body;
  }

  lwm2m::ModelStore models_ = lwm2m::ModelStore::with_core_objects();
  Definitions definitions_{models_};
  posix::EventLoop loop_;
  posix::SystemRng rng_;
  EventLog events_{100'000, "run"};
  std::string log_;
  std::unique_ptr<BootstrapDesk> desk_ = open();
};

TEST_F(BootstrapDeskTest, KeepsShowsAndRemoves) {
  const auto made = desk_->put("meters", kOneServer);
  EXPECT_TRUE(made.created);
  EXPECT_FALSE(desk_->put("meters", kOneServer).created);
  EXPECT_EQ(desk_->show("meters"), made.configuration);
  const json::object listed = desk_->list();
  const auto& summary = listed.at("configurations").at(0).as_object();
  EXPECT_EQ(summary.at("name"), "meters");
  EXPECT_EQ(summary.at("instances"), (json::array{"/0/1", "/1/1"}));
  desk_->remove("meters");
  EXPECT_THROW((void)desk_->show("meters"), Problem);
  EXPECT_THROW(desk_->remove("meters"), Problem);
}

TEST_F(BootstrapDeskTest, HidesSecrets) {
  const std::string shown = to_text(desk_->put("meters", kOneServer).configuration);
  EXPECT_NE(shown.find(R"("5":{"secret":true,"bytes":16})"), std::string::npos) << shown;
  EXPECT_NE(shown.find(R"("3":{"text":"{endpoint}"})"), std::string::npos) << shown;
  const std::string preview = to_text(desk_->preview("meters", R"({"endpoint": "urn:x:1"})"));
  for (const std::string& text : {shown, to_text(desk_->list()), preview, log_}) {
    EXPECT_EQ(text.find(kSecretHex), std::string::npos);
    EXPECT_EQ(text.find("ABEiM0RVZneImaq7zN3u/w=="), std::string::npos);
  }
  // What was shown can be sent back: the secret stays.
  (void)desk_->put("meters", shown);
  EXPECT_EQ(to_text(desk_->show("meters")), shown);
  EXPECT_NE(problem(R"({"objects": {"/0/1": {"5": {"secret": true}}}})").find("no secret yet"),
            std::string::npos);
}

TEST_F(BootstrapDeskTest, TakesNamesAndLists) {
  (void)desk_->put("meters", R"({"for": ["*"], "delete": ["/0", "/1", "/2"], "objects": {
    "Security/1": {"lwm2m server uri": "coap://x", "Bootstrap-Server": false, "Security Mode": 3,
      "Public Key or Identity": "", "Server Public Key": "", "Secret Key": "",
      "Short Server ID": "101"},
    "LWM2M Server/1": {"Short Server ID": 101, "Lifetime": 300, "Binding": "U",
      "Notification Storing When Disabled or Offline": true, "25": ["1.0", "1.1"]},
    "2/0": {"0": 3, "1": 0, "2": {"101": 15}, "3": 101}}})");
  const std::string shown = to_text(desk_->show("meters"));
  EXPECT_NE(shown.find(R"("25":{"0":"1.0","1":"1.1"})"), std::string::npos) << shown;
  EXPECT_NE(shown.find(R"("2":{"101":15})"), std::string::npos) << shown;
  EXPECT_NE(shown.find(R"("/0/1":{"0":"coap://x","1":false,)"), std::string::npos) << shown;
}

TEST_F(BootstrapDeskTest, RefusesWhatADeviceWouldRefuse) {
  LINNET_REQ("BS-44");
  EXPECT_EQ(problem(to_text(with("/1/1", "0", 102))).substr(0, 4), "422 ");
  EXPECT_EQ(problem(to_text(with("/0/1", "0", "coaps://{serial}"))),
            "422 /0/1/0 BS-44: /0/1/0: there is no such variable: {endpoint} and {identifier} are "
            "known [BS-44]");
  EXPECT_EQ(problem(to_text(with("/0/1", "2", 9))),
            "422 /0/1/2 BS-44: /0/1/2: the number is outside its range: 0 to 4 [BS-44]");
  EXPECT_EQ(problem(R"({"delete": ["/"]})").substr(0, 8), "422 /1 B");
  EXPECT_EQ(desk_->configurations(), 0u);
}

TEST_F(BootstrapDeskTest, SaysWhatItDoesNotUnderstand) {
  EXPECT_NE(problem("{").find("not JSON"), std::string::npos);
  EXPECT_NE(problem("[]").find("JSON object"), std::string::npos);
  EXPECT_NE(problem(R"({"four": []})").find("no member \"four\""), std::string::npos);
  EXPECT_NE(problem(R"({"mode": "some"})").find("\"mode\" is"), std::string::npos);
  EXPECT_NE(problem(R"({"for": "x"})").find("list of strings"), std::string::npos);
  EXPECT_NE(problem(R"({"delete": ["x"]})").find("is not a path"), std::string::npos);
  EXPECT_NE(problem(R"({"format": "xml"})").find("no format"), std::string::npos);
  EXPECT_NE(problem(R"({"name": "other"})").find("calls itself"), std::string::npos);
  EXPECT_NE(problem(R"({"objects": {"/0": {}}})").find("no object instance"), std::string::npos);
  EXPECT_NE(problem(R"({"objects": {"Toaster/0": {}}})").find("no definition"), std::string::npos);
  EXPECT_NE(problem(R"({"objects": {"/1/0": {"Colour": 1}}})").find("no resource"),
            std::string::npos);
  EXPECT_NE(problem(to_text(with("/0/1", "5", "00ff"))).find("holds bytes"), std::string::npos);
  EXPECT_NE(problem(to_text(with("/0/1", "5", {{"hex", "0"}}))).find("half a byte"),
            std::string::npos);
  EXPECT_NE(problem(to_text(with("/0/1", "5", {{"hex", "0g"}}))).find("no hex"), std::string::npos);
  EXPECT_NE(problem(to_text(with("/0/1", "5", {{"base64", "*"}}))).find("no base64"),
            std::string::npos);
  EXPECT_NE(problem(to_text(with("/0/1", "5", {{"file", "x"}}))).find("bytes are"),
            std::string::npos);
  EXPECT_NE(problem(to_text(with("/1/1", "1", "soon"))).find("/1/1/1"), std::string::npos);
}

TEST_F(BootstrapDeskTest, PreviewsTheRequests) {
  (void)desk_->put("meters", kOneServer);
  json::object preview = desk_->preview("meters", R"({"endpoint": "urn:x:1"})");
  EXPECT_EQ(preview.at("selected"), "meters");
  EXPECT_EQ(preview.at("format"), "tlv");
  const auto& steps = preview.at("steps").as_array();
  ASSERT_EQ(steps.size(), 4u);
  EXPECT_EQ(steps[1].at("method"), "PUT");
  EXPECT_EQ(steps[1].at("path"), "/0/1");
  EXPECT_EQ(steps[1].at("values").at(0).at("value"), "coaps://1.example");
  EXPECT_EQ(steps[3].at("path"), "/bs");
  // Not for this one; and in another format.
  preview = desk_->preview("meters", R"({"endpoint": "other", "format": "senml-json"})");
  EXPECT_EQ(preview.if_contains("selected"), nullptr);
  EXPECT_EQ(preview.at("steps").at(1).at("format"), "senml-json");
  (void)desk_->put("looks", R"({"for": ["urn:x:1"], "mode": "needed", "delete": ["/3303"]})");
  preview = desk_->preview("looks", R"({"endpoint": "urn:x:1", "discovered": ["/3303/7"]})");
  EXPECT_EQ(preview.at("selected"), "looks");
  EXPECT_EQ(preview.at("steps").at(1).at("path"), "/3303/7");
  for (const char* bad :
       {"", "{}", R"({"endpoint": 1})", R"({"endpoint": "x", "format": "y"})",
        R"({"endpoint": "x", "version": "new"})", R"({"endpoint": "x", "discovered": "<"})",
        R"({"endpoint": "x", "discovered": [1]})", R"({"endpoint": "x", "other": ""})"}) {
    EXPECT_THROW((void)desk_->preview("meters", bad), Problem) << bad;
  }
}

TEST_F(BootstrapDeskTest, ComesBackFromTheStore) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("linnet-bootstrap-" + std::to_string(rng_.next()));
  std::filesystem::create_directory(folder);
  {
    Store store(folder / "x.db");
    desk_ = open(&store);
    (void)desk_->put("meters", kOneServer);
    (void)desk_->put("gone", R"({"for": ["x"]})");
    desk_->remove("gone");
    const json::object shown = desk_->show("meters");
    desk_ = open(&store);
    EXPECT_EQ(desk_->configurations(), 1u);
    EXPECT_EQ(desk_->show("meters"), shown);
    const auto kept = store.configurations();
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_NE(kept[0].second.find(kSecretHex), std::string::npos);
    // One that makes no sense any more is left out and told.
    store.put_configuration("broken", R"({"delete": ["/"]})");
    desk_ = open(&store);
    EXPECT_EQ(desk_->configurations(), 1u);
    EXPECT_NE(log_.find("\"broken\" in the store is not used"), std::string::npos);
    desk_.reset();
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace linnet::service
