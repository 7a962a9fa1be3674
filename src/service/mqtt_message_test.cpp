// SPDX-License-Identifier: Apache-2.0
// Pins an event as an MQTT message: topic, SenML, and JSON for everything else.
#include "service/mqtt_message.hpp"

#include <gtest/gtest.h>

namespace linnet::service {
namespace {

MqttMessage message(EventKind kind, const std::string& endpoint, const std::string& data) {
  EventChunk chunk(7);
  chunk.add(kind, endpoint, data, {});
  return mqtt_message("linnet", chunk[0], chunk.text(0, "ab").json);
}

TEST(MqttMessage, TopicsAreOfPrefixEndpointAndType) {
  EXPECT_EQ(mqtt_topic("linnet", "urn:dev:1", "value"), "linnet/urn:dev:1/value");
  EXPECT_EQ(mqtt_topic("a/b", "", "alarm"), "a/b/alarm");
  EXPECT_EQ(mqtt_topic("l", "a/b+c#d%e\n", "send"), "l/a%2Fb%2Bc%23d%25e%0A/send");
}

TEST(MqttMessage, ValuesAreSenml) {
  const auto made =
      message(EventKind::Value, "urn:dev:1",
              R"({"type":"value","time":1790000000.5,"endpoint":"urn:dev:1","values":[)"
              R"({"path":"/3303/0/5700","name":"Sensor Value","type":"float","value":21.5},)"
              R"({"path":"/3/0/0","type":"string","value":"x","time":1780000000},)"
              R"({"path":"/3/0/1","type":"boolean","value":true},)"
              R"({"path":"/3/0/2","type":"opaque","value":"+/8="},)"
              R"({"path":"/3/0/3","type":"integer","value":-9007199254740993},)"
              R"({"path":"/3/0/4","type":"float","value":"NaN"},)"
              R"({"path":"/3/0"}]})");
  EXPECT_EQ(made.content_type, "application/senml+json");
  EXPECT_EQ(made.topic, "linnet/urn:dev:1/value");
  EXPECT_EQ(made.payload, R"([{"bn":"urn:dev:1/","n":"3303/0/5700","v":21.5,"t":1790000000.5},)"
                          R"({"n":"3/0/0","vs":"x","t":1780000000},)"
                          R"({"n":"3/0/1","vb":true,"t":1790000000.5},)"
                          R"({"n":"3/0/2","vd":"-_8","t":1790000000.5},)"
                          R"({"n":"3/0/3","v":-9007199254740993,"t":1790000000.5},)"
                          R"({"n":"3/0/4","vs":"NaN","t":1790000000.5}])");
}

TEST(MqttMessage, NamesAreAsSenmlWantsThem) {
  const auto made = message(
      EventKind::Send, "_lamp 1é",
      R"({"type":"send","time":1790000000,"values":[{"path":"/3/0/9","type":"integer","value":1}]})");
  EXPECT_EQ(made.payload, R"([{"bn":"x_lamp-1--/","n":"3/0/9","v":1,"t":1790000000}])");
}

TEST(MqttMessage, EverythingElseIsTheEvent) {
  for (const auto& data : {R"({"type":"value","time":1,"ended":"the device is gone"})",
                           R"({"type":"value","time":1,"values":[]})"}) {
    const auto made = message(EventKind::Value, "a", data);
    EXPECT_EQ(made.content_type, "application/json");
    EXPECT_EQ(made.payload, "{\"id\":\"ab-7\"," + std::string(data).substr(1));
  }
  EXPECT_EQ(message(EventKind::Registered, "a", R"({"type":"registered"})").payload,
            R"({"id":"ab-7","type":"registered"})");
}

}  // namespace
}  // namespace linnet::service
