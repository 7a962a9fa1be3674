// SPDX-License-Identifier: Apache-2.0
#pragma once
// A rule of what to observe at which devices, for as long as it is there. Values; any thread.
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <linnet/coap/content_format.hpp>
#include <linnet/lwm2m/attributes.hpp>
#include <linnet/lwm2m/path.hpp>
#include <linnet/server/registration.hpp>

namespace linnet::service {

/// A path of which the instance may be any: "/3303/*/5700", "/3303/*", "/3/0/9", "/3303".
class PathPattern {
 public:
  /// Nothing for what is no such pattern, or the root.
  [[nodiscard]] static std::optional<PathPattern> parse(std::string_view text);
  [[nodiscard]] const std::string& text() const { return text_; }
  /// A resource or resource instance.
  [[nodiscard]] bool is_resource() const { return path_.depth() >= 3; }
  /// Appends the paths it stands for at a device: those whose object, or object instance, is
  /// registered.
  void expand(const server::RegistrationView& device, std::vector<lwm2m::Path>& out) const;
  friend bool operator==(const PathPattern&, const PathPattern&) = default;

 private:
  std::string text_;
  lwm2m::Path path_;  // with instance 0 where any will do
  bool any_instance_ = false;
};

struct ObserveRule {
  std::string name{};
  bool enabled = true;
  /// A device has to fit one entry of each list that is not empty.
  std::vector<std::string> endpoints{};
  std::vector<std::string> tags{};
  std::vector<lwm2m::Id> objects{};
  std::vector<PathPattern> paths{};
  lwm2m::Attributes attributes{};
  /// All paths of a device in one observation; LwM2M 1.1 and later, otherwise one by one.
  bool composite = false;
  std::optional<coap::ContentFormat> format{};

  [[nodiscard]] bool matches(const server::RegistrationView& device,
                             const std::vector<std::string>& device_tags) const;
  /// The paths it stands for at a device, in order, each once.
  [[nodiscard]] std::vector<lwm2m::Path> expand(const server::RegistrationView& device) const;

  /// Throws Problem: not what a rule may be.
  [[nodiscard]] static ObserveRule parse(std::string_view name, std::string_view body);
  [[nodiscard]] boost::json::object to_json() const;
  friend bool operator==(const ObserveRule&, const ObserveRule&) = default;
};

}  // namespace linnet::service
