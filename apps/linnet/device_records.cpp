// SPDX-License-Identifier: Apache-2.0
// linnet device: what the server keeps of a device, beside what the device itself answers.
#include <algorithm>
#include <ctime>
#include <iostream>

#include <boost/json/array.hpp>

#include <linnet/service/http_server.hpp>
#include <linnet/service/json_text.hpp>

#include "device_command.hpp"
#include "operation_output.hpp"
#include "screen.hpp"
#include "table.hpp"

namespace linnet::cli {
namespace {

namespace json = boost::json;
using OptionsPtr = std::shared_ptr<DeviceOptions>;

std::string below(const DeviceOptions& options, const char* what) {
  return device_target(options.endpoint) + "/" + what;
}

ExitCode all_tags(const DeviceOptions& options, ApiClient& api) {
  const json::object answer = api.get("/api/v1/tags").as_object();
  if (options.as_json) {
    print_json(answer);
    return kOk;
  }
  Table table({"TAG", "DEVICES"});
  for (const auto& item : array_of(answer, "tags")) {
    const auto& tag = item.as_object();
    table.add({printable(text(tag, "tag")), number_text(tag, "devices")});
  }
  if (table.empty()) std::cout << "No device has a tag. `linnet device tags ENDPOINT --add TAG`\n";
  table.print(std::cout);
  return kOk;
}

ExitCode tags(const DeviceOptions& options) {
  ApiClient api(options.server);
  if (options.endpoint.empty()) return all_tags(options, api);
  json::object device = api.get(device_target(options.endpoint)).as_object();
  json::array now = array_of(device, "tags");
  if (!options.add.empty() || !options.remove.empty()) {
    for (const auto& tag : options.add) {
      if (std::find(now.begin(), now.end(), json::value(tag)) == now.end()) {
        now.push_back(json::value(tag));
      }
    }
    for (const auto& tag : options.remove) {
      now.erase(std::remove(now.begin(), now.end(), json::value(tag)), now.end());
    }
    const json::object answer =
        api.put(below(options, "tags"), json::object{{"tags", now}}).as_object();
    now = array_of(answer, "tags");
  }
  if (options.as_json) {
    print_json(json::object{{"tags", now}});
  } else if (now.empty()) {
    std::cout << printable(options.endpoint) << " has no tag.\n";
  } else {
    std::cout << joined(now, "\n") << '\n';
  }
  return kOk;
}

bool render_values(std::ostream& out, const DeviceOptions& options, ApiClient& api) {
  const json::object answer =
      api.get(Target(below(options, "values")).add("path", options.path).text()).as_object();
  if (options.as_json) {
    print_json(answer, out);
    return true;
  }
  Table table({"PATH", "NAME", "VALUE", "SENT", "RECEIVED", "FROM"});
  for (const auto& item : array_of(answer, "values")) {
    const auto& value = item.as_object();
    const double sent = number(value, "sent");
    table.add({text(value, "path"), printable(text(value, "name")), value_text(value),
               sent == 0 ? "" : age(sent), age(number(value, "received")), text(value, "source")});
  }
  if (table.empty()) {
    out << "No value is known. `linnet device read` asks for one, `linnet rule set` keeps them "
           "coming.\n";
  }
  table.print(out);
  return true;
}

ExitCode values(const DeviceOptions& options) { return watchable(options, render_values); }

/// Unix seconds of "1d" (ago), of a date, or of Unix seconds themselves, as the API takes them.
std::string api_time(const std::string& given) {
  if (given.empty()) return {};
  for (const char* format :
       {"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
    std::tm parts{};
    parts.tm_isdst = -1;
    const char* end = strptime(given.c_str(), format, &parts);
    if (end != nullptr && *end == '\0') return std::to_string(std::mktime(&parts));
  }
  const double seconds = parse_duration(given);
  constexpr double kTheNineties = 631152000;  // a length of time is not as long, a date is later
  const bool date = seconds > kTheNineties;
  return std::to_string(static_cast<std::int64_t>(
      date ? seconds : static_cast<double>(std::time(nullptr)) - seconds));
}

ExitCode history(const DeviceOptions& options) {
  ApiClient api(options.server);
  Target target(below(options, "history"));
  target.add("path", options.path);
  target.add("from", api_time(options.from)).add("to", api_time(options.to));
  target.add("points", options.points);
  if (options.csv) {
    std::cout << api.get_text(target.add("format", "csv").text());
    return kOk;
  }
  const json::object answer = api.get(target.text()).as_object();
  if (options.as_json) {
    print_json(answer);
    return kOk;
  }
  const auto& samples = array_of(answer, "samples");
  if (samples.empty()) {
    std::cout << "Nothing is kept of it. Values are kept while the resource is observed.\n";
    return kOk;
  }
  const std::string unit = unit_text(text(answer, "unit"));
  std::cout << text(answer, "path") << "  " << printable(text(answer, "name")) << '\n';
  Table table(
      {"TIME", "VALUE" + (unit.empty() ? "" : " (" + unit.substr(1) + ")"), "LEAST", "GREATEST"});
  for (const auto& item : samples) {
    const auto& sample = item.as_object();
    table.add({local_time(number(sample, "time")), number_text(sample, "value"),
               number_text(sample, "min"), number_text(sample, "max")});
  }
  table.print(std::cout);
  return kOk;
}

std::string timeline_words(const json::object& entry) {
  std::string out = printable(text(entry, "detail"));
  const auto add = [&](const std::string& words) {
    if (!words.empty()) out += (out.empty() ? "" : ", ") + words;
  };
  if (const auto address = text(entry, "address"); !address.empty()) add("at " + address);
  if (const double lifetime = number(entry, "lifetime"); lifetime > 0) {
    add("lifetime " + service::to_text(entry.at("lifetime")) + " s");
  }
  if (const double count = number(entry, "count"); count > 1) {
    add(service::to_text(entry.at("count")) + " times since " + local_time(number(entry, "first")));
  }
  return out;
}

bool render_timeline(std::ostream& out, const DeviceOptions& options, ApiClient& api) {
  const json::object answer =
      api.get(Target(below(options, "timeline")).add("limit", options.limit).text()).as_object();
  if (options.as_json) {
    print_json(answer, out);
    return true;
  }
  Table table;
  for (const auto& item : array_of(answer, "entries")) {
    const auto& entry = item.as_object();
    table.add({local_time(number(entry, "time")), coloured_state(text(entry, "event")),
               timeline_words(entry)});
  }
  if (table.empty()) out << "Nothing is known of it.\n";
  table.print(out);
  return true;
}

ExitCode timeline(const DeviceOptions& options) { return watchable(options, render_timeline); }

bool render_operations(std::ostream& out, const DeviceOptions& options, ApiClient& api) {
  const Listed listed =
      list_all(api, Target(below(options, "operations")).add("state", options.state), "operations",
               options.limit);
  if (options.as_json) {
    print_json(json::object{{"operations", listed.items}}, out);
    return true;
  }
  Table table(operation_headings());
  for (const auto& item : listed.items) table.add(operation_row(item.as_object()));
  if (table.empty()) out << "There is no operation.\n";
  table.print(out);
  return true;
}

ExitCode operations(const DeviceOptions& options) { return watchable(options, render_operations); }

void print_message(const json::object& message) {
  const bool in = text(message, "direction") == "in";
  std::cout << local_time(number(message, "time")).substr(11) << "  "
            << coloured(in ? Colour::Green : Colour::Blue, in ? "<-" : "->") << "  ";
  const std::string type = text(message, "type");
  if (!type.empty()) std::cout << type << ' ' << text(message, "code") << "  ";
  std::cout << printable(text(message, "summary"))
            << (flag_of(message, "secured") ? coloured(Colour::Dim, "  (DTLS)") : "") << '\n';
  Table values({}, "              ");
  for (const auto& item : array_of(message, "values")) values.add(value_row(item.as_object()));
  values.print(std::cout);
}

/// Prints what is kept, and with --follow what comes.
ExitCode messages(const DeviceOptions& options) {
  ApiClient api(options.server);
  if (!options.file.empty()) {
    api.download(below(options, "messages.pcapng"), options.file);
    if (!options.as_json) std::cout << options.file << " is for Wireshark or tshark.\n";
    return kOk;
  }
  std::string after;
  std::size_t shown = 0;
  (void)repeat(std::chrono::seconds(1), [&] {
    const json::object page = api.get(Target(below(options, "messages"))
                                          .add("after", after)
                                          .add("limit", options.limit)
                                          .text())
                                  .as_object();
    for (const auto& item : array_of(page, "messages")) {
      ++shown;
      if (options.as_json) {
        std::cout << service::to_text(item) << '\n';
      } else {
        print_message(item.as_object());
      }
    }
    std::cout << std::flush;
    if (const auto* next = page.if_contains("next"); next != nullptr && !next->is_null()) {
      after = number_text(page, "next");
    }
    if (shown == 0 && !options.follow && !options.as_json) {
      std::cout << "No message is kept. `linnet device capture` begins to keep them.\n";
    }
    return options.follow;
  });
  return kOk;
}

ExitCode capture(const DeviceOptions& options) {
  ApiClient api(options.server);
  json::object body{{"enabled", !options.off}};
  if (options.minutes != 0) body["minutes"] = options.minutes;
  const json::object answer = api.put(below(options, "capture"), body).as_object();
  if (options.as_json) {
    print_json(answer);
    return kOk;
  }
  if (!flag_of(answer, "enabled")) {
    std::cout << "No message of " << printable(options.endpoint) << " is kept any more.\n";
    return kOk;
  }
  const double until = number(answer, "until");
  std::cout << "Messages of " << printable(options.endpoint) << " are kept"
            << (until == 0 ? "" : " until " + local_time(until))
            << ". `linnet device messages` shows them.\n";
  return kOk;
}

ExitCode forget(const DeviceOptions& options) {
  ApiClient api(options.server);
  const json::value answer = api.remove(device_target(options.endpoint) + "?forget=true");
  if (options.as_json) {
    print_json(json::object{{"endpoint", options.endpoint}, {"forgotten", true}});
  } else {
    std::cout << "Nothing is kept of " << printable(options.endpoint) << " any more.\n";
  }
  return kOk;
}

CLI::App* add(CLI::App* parent, const OptionsPtr& options, Action& action, const char* name,
              const char* help, ExitCode (*run)(const DeviceOptions&)) {
  auto* command = add_api_command(parent, options, action, name, help, run);
  command->add_option("endpoint", options->endpoint, "Endpoint name of the device")->required();
  return command;
}

}  // namespace

void add_device_records(CLI::App* device, const OptionsPtr& options, Action& action) {
  auto* tagger = add_api_command(device, options, action, "tags",
                                 "Show or change the tags of a device, or show those of all", tags);
  tagger->add_option("endpoint", options->endpoint, "Endpoint name of the device");
  tagger->add_option("--add", options->add, "A tag to add")->allow_extra_args(false);
  tagger->add_option("--remove", options->remove, "A tag to take away")->allow_extra_args(false);

  auto* lister = add(device, options, action, "values",
                     "The last value of each resource the server heard of", values);
  lister->add_option("path", options->path, "Only at and below this path");
  add_watch(lister, options);

  auto* historian =
      add(device, options, action, "history", "What a resource was over time", history);
  historian->add_option("path", options->path, "A resource, such as /3303/0/5700")->required();
  historian
      ->add_option("--from", options->from, "Since when: 2026-11-22 23:15, or 1d for a day ago")
      ->type_name("TIME");
  historian->add_option("--to", options->to, "Until when [now]")->type_name("TIME");
  historian->add_option("--points", options->points,
                        "Not more than so many; several samples become the least and greatest");
  historian->add_flag("--csv", options->csv, "As CSV");

  auto* teller = add(device, options, action, "timeline",
                     "When it registered, slept, woke and was gone, newest first", timeline);
  teller->add_option("--limit", options->limit, "Not more than so many");
  add_watch(teller, options);

  auto* waiting = add(device, options, action, "operations",
                      "What was and is to be done with it, newest first", operations);
  waiting->add_option("--state", options->state,
                      "Only queued, sent, done, failed, expired or cancelled");
  waiting->add_option("--limit", options->limit, "Not more than so many");
  add_watch(waiting, options);

  auto* catcher =
      add(device, options, action, "capture", "Begin or end to keep its messages", capture);
  catcher->add_option("--minutes", options->minutes, "End by itself after so many");
  catcher->add_flag("--off", options->off, "End it now");

  auto* reader =
      add(device, options, action, "messages",
          "Its messages as they were captured, decoded; with --json one a line", messages);
  reader->add_flag("-f,--follow", options->follow, "Go on until Ctrl-C");
  reader->add_option("--limit", options->limit, "Not more than so many at once");
  reader->add_option("--pcap", options->file, "Write them as pcapng instead")->type_name("FILE");

  add(device, options, action, "forget", "Drop all that is kept of a device", forget);
}

}  // namespace linnet::cli
