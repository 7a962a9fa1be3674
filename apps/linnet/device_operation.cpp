// SPDX-License-Identifier: Apache-2.0
// Operations as the API takes them, made from what a person typed.
#include <boost/json/parse.hpp>
#include <fstream>
#include <iostream>
#include <sstream>

#include <linnet/posix/clock.hpp>
#include <linnet/service/http_server.hpp>
#include <linnet/service/json_text.hpp>

#include "bytes_text.hpp"
#include "device_command.hpp"
#include "operation_output.hpp"
#include "screen.hpp"
#include "table.hpp"

namespace linnet::cli {
namespace {

namespace json = boost::json;

/// "21:03:17  /3303/0/5700  Sensor Value  23.6"; a sample's own time instead, if it has one.
void print_values(const json::object& event) {
  if (const auto error = text(event, "error"); !error.empty()) {
    std::cerr << "linnet: a notification could not be understood: " << printable(error) << '\n';
  }
  if (const auto ended = text(event, "ended"); !ended.empty()) {
    std::cerr << "linnet: no more notifications: " << ended << '\n';
  }
  Table table;
  const auto* values = event.if_contains("values");
  if (values == nullptr) return;
  for (const auto& item : values->as_array()) {
    auto row = value_row(item.as_object());
    const double time = number(item.as_object(), "time", number(event, "time"));
    row.pop_back();
    row.insert(row.begin(), local_time(time).substr(11));
    table.add(std::move(row));
  }
  table.print(std::cout);
  std::cout << std::flush;
}

}  // namespace

json::object operation_body(const DeviceOptions& options, const std::string& op) {
  json::object body{{"op", op}};
  if (!options.path.empty()) body["path"] = options.path;
  if (!options.format.empty()) body["format"] = options.format;
  if (!options.deadline.empty()) body["deadline"] = parse_duration(options.deadline);
  if (options.queue) body["mode"] = "queue";
  if (options.now) body["mode"] = "now";
  return body;
}

std::string typed_value(const std::string& text) {
  if (text.starts_with("hex:")) {
    const auto bytes = from_hex(std::string_view(text).substr(4));
    if (!bytes) throw Failure(kUsage, "\"" + text + "\" is not hex behind \"hex:\"");
    return to_base64(*bytes);
  }
  if (text.starts_with('@') && text.size() > 1) {
    std::ifstream file(text.substr(1), std::ios::binary);
    if (!file) throw Failure(kUsage, "cannot read the file " + text.substr(1));
    std::ostringstream content;
    content << file.rdbuf();
    return to_base64(content.str());
  }
  return text;
}

std::pair<std::string, std::string> assignment(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Failure(kUsage, "\"" + text + "\" should be like 5700=21.5");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

ExitCode operate(const DeviceOptions& options, const json::object& body) {
  ApiClient api(options.server);
  const json::object result =
      api.post(device_target(options.endpoint) + "/operations", body).as_object();
  const bool waits = !operation_ended(result);
  // Who wanted to wait, and waited in vain, has no answer.
  const ExitCode code = waits && !options.queue ? kNoAnswer : operation_exit_code(result);
  if (options.as_json) {
    print_json(result);
    return code;
  }
  if (waits) {
    const std::string id = text(result, "id");
    (options.queue ? std::cout : std::cerr)
        << (options.queue ? "" : "linnet: no answer yet: ") << "operation " << id
        << " waits for the device, until " << local_time(number(result, "deadline"))
        << ". `linnet operation watch " << id << "` follows it\n";
    return code;
  }
  if (report_operation(result) == kOk) print_result(result);
  return code;
}

namespace {

/// One `linnet device observe`: the stream is open before the device is asked, so that no value
/// falls between the two.
class Follower {
 public:
  Follower(const DeviceOptions& options, json::object body)
      : options_(options),
        body_(std::move(body)),
        operations_(device_target(options.endpoint) + "/operations"),
        api_(options.server) {}

  ExitCode run() {
    const bool interrupted = api_.stream(
        "/api/v1/events?type=value&endpoint=" + service::percent_encode(options_.endpoint),
        [this](const ServerSentEvent& event) { return take(event); });
    if (!started_ || ended_ || code_ != kOk) return ended_ ? kDeviceError : code_;
    if (options_.keep) return kOk;
    if (shared_) {
      if (!options_.as_json) std::cout << "\nThe observation was there before, and stays.\n";
      return kOk;
    }
    api_.post(operations_, json::object{{"op", "cancel"}, {"observation", observation_}});
    if (interrupted && !options_.as_json) std::cout << "\nThe observation is cancelled.\n";
    return kOk;
  }

 private:
  bool take(const ServerSentEvent& event) {
    if (event.type == "hello") return started_ || start();
    if (event.type == "lost") {
      std::cerr << "linnet: some values were lost: they came faster than they could be shown\n";
      return true;
    }
    const auto data = json::parse(event.data).as_object();
    const auto* of = data.if_contains("observation");
    if (of == nullptr || of->to_number<std::uint64_t>() != observation_ ||
        data.contains("initial")) {
      return true;
    }
    return show(data);
  }

  /// Somebody observes the same already: then it is not ours to end or to make less lasting.
  void look_for_others() {
    json::array paths;
    if (const auto* several = body_.if_contains("paths")) {
      paths = several->as_array();
    } else {
      paths.push_back(body_.at("path"));
    }
    const json::object device = api_.get(device_target(options_.endpoint)).as_object();
    for (const auto& item : device.at("observations").as_array()) {
      const json::object& other = item.as_object();
      if (other.at("paths") != paths ||
          other.at("composite").as_bool() != body_.contains("paths")) {
        continue;
      }
      shared_ = true;
      if (other.at("keep").as_bool()) body_["keep"] = true;
    }
  }

  bool start() {
    started_ = true;
    look_for_others();
    const json::object result = api_.post(operations_, body_).as_object();
    code_ = report_operation(result);
    if (code_ != kOk) return false;
    const auto* number = result.if_contains("observation");
    if (number == nullptr) {
      print_result(result);
      throw Failure(kDeviceError,
                    "the device answered but does not observe: it has no more room "
                    "for observations, or does not support them");
    }
    observation_ = number->to_number<std::uint64_t>();
    json::object first{{"type", "value"}, {"endpoint", options_.endpoint}, {"initial", true}};
    first["time"] = posix::unix_now();
    first["observation"] = observation_;
    first["values"] = result.contains("values") ? result.at("values") : json::value(json::array{});
    return show(first);
  }

  bool show(const json::object& event) {
    if (options_.as_json) {
      std::cout << service::to_text(event) << std::endl;
    } else {
      print_values(event);
    }
    ended_ = event.contains("ended");
    ++shown_;
    return !ended_ && (options_.count == 0 || shown_ < options_.count);
  }

  const DeviceOptions& options_;
  json::object body_;
  const std::string operations_;
  ApiClient api_;
  std::uint64_t observation_ = 0;
  std::size_t shown_ = 0;
  ExitCode code_ = kOk;
  bool started_ = false;
  bool shared_ = false;
  bool ended_ = false;
};

}  // namespace

ExitCode observe(const DeviceOptions& options, json::object body) {
  return Follower(options, std::move(body)).run();
}

}  // namespace linnet::cli
