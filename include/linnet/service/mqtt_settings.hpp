// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where events go by MQTT 5, and which. A value type.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace linnet::service {

struct MqttSettings {
  bool enabled = false;
  std::string host = "127.0.0.1";
  std::uint16_t port = 1883;
  /// The broker has to show a certificate of `ca_file`, or of an authority this machine trusts.
  bool tls = false;
  std::filesystem::path ca_file;
  /// Of this server, PEM; both or neither.
  std::filesystem::path certificate;
  std::filesystem::path private_key;
  std::string username;
  /// Its first line.
  std::filesystem::path password_file;
  /// Empty: one that is the same in every run over the same store.
  std::string client_id;
  /// Topics are "<prefix>/<endpoint>/<type>", and "<prefix>/<type>" of the server itself.
  std::string prefix = "linnet";
  /// "value", "send", ...; empty: all.
  std::vector<std::string> types;
  /// 0: events may get lost on the way; 1: the broker confirms each, and what it did not confirm is
  /// sent again.
  int qos = 1;

  friend bool operator==(const MqttSettings&, const MqttSettings&) = default;
};

}  // namespace linnet::service
