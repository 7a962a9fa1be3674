// SPDX-License-Identifier: Apache-2.0
// linnet operation: what is to be done with devices, for one or for many.
#include <iostream>
#include <memory>

#include <linnet/lwm2m/path.hpp>
#include <linnet/service/http_server.hpp>
#include <linnet/service/json_text.hpp>

#include "device_command.hpp"
#include "operation_output.hpp"
#include "screen.hpp"
#include "table.hpp"

namespace linnet::cli {
namespace {

namespace json = boost::json;

constexpr const char* kFooter =
    R"(Examples:
  linnet operation list --state queued
  linnet operation watch 4711
  linnet operation cancel 4711 4712
  linnet operation submit read /3/0/9 --tag cellar --watch
  linnet operation submit write /3/0/14 +02:00 --search lamp- --deadline 1d)";

struct Options : ApiOptions {
  std::vector<std::string> ids;
  std::string id;
  std::string endpoint;
  std::string state;
  std::string batch;
  std::size_t limit = 50;
  // submit
  std::string op;
  std::vector<std::string> words;
  std::vector<std::string> endpoints;
  std::vector<std::string> tags;
  std::string search;
  std::string object;
  std::string format;
  std::string deadline;
  std::string key;
  bool all = false;
};
using OptionsPtr = std::shared_ptr<Options>;

std::string target_of(const std::string& id) {
  return "/api/v1/operations/" + service::percent_encode(id);
}

std::size_t count_of(const json::object& counts, const char* state) {
  return static_cast<std::size_t>(number(counts, state));
}

bool render_list(std::ostream& out, const Options& options, ApiClient& api) {
  Target target("/api/v1/operations");
  target.add("endpoint", options.endpoint).add("state", options.state).add("batch", options.batch);
  const Listed listed = list_all(api, std::move(target), "operations", options.limit);
  if (options.as_json) {
    print_json(json::object{{"operations", listed.items}, {"more", listed.more}}, out);
    return true;
  }
  Table table(operation_headings());
  for (const auto& item : listed.items) table.add(operation_row(item.as_object()));
  if (table.empty()) out << "There is no such operation.\n";
  table.print(out);
  if (listed.more) out << "... and more; --limit shows them\n";
  return true;
}

ExitCode list(const Options& options) { return watchable(options, render_list); }

ExitCode show(const Options& options) {
  const json::object operation = ApiClient(options.server).get(target_of(options.id)).as_object();
  if (options.as_json) {
    print_json(operation);
  } else {
    print_operation(std::cout, operation);
  }
  return kOk;
}

/// Follows it to its end; the exit code is that of the operation.
ExitCode watch(const Options& options) {
  ApiClient api(options.server);
  json::object last;
  const auto look = [&] {
    json::object now = api.get(target_of(options.id)).as_object();
    const bool changed = now != last;
    last = std::move(now);
    return changed;
  };
  if (options.as_json) {
    (void)repeat(std::chrono::milliseconds(500), [&] {
      if (look()) std::cout << service::to_text(last) << std::endl;
      return !operation_ended(last);
    });
  } else {
    (void)show_page(true, [&](std::ostream& out) {
      (void)look();
      print_operation(out, last);
      return !operation_ended(last);
    });
  }
  return operation_exit_code(last);
}

ExitCode cancel(const Options& options) {
  ApiClient api(options.server);
  for (const auto& id : options.ids) {
    const json::value answer = api.remove(target_of(id));
    if (options.as_json) {
      std::cout << service::to_text(answer) << '\n';
    } else {
      std::cout << "operation " << id << " is cancelled\n";
    }
  }
  return kOk;
}

std::string batch_target(const std::string& batch) {
  return "/api/v1/operations/batches/" + service::percent_encode(batch);
}

/// How many of a batch have not ended.
std::size_t waiting_of(const json::object& answer) {
  const auto& counts = object_of(answer, "counts");
  return count_of(counts, "queued") + count_of(counts, "sent");
}

void render_batch(std::ostream& out, const json::object& answer) {
  const auto& counts = object_of(answer, "counts");
  Table table({}, "  ");
  for (const char* state : {"queued", "sent", "done", "failed", "expired", "cancelled"}) {
    if (count_of(counts, state) != 0) table.add({coloured_state(state), count(counts, state)});
  }
  out << "batch " << text(answer, "batch") << '\n';
  table.print(out);
}

ExitCode batch(const Options& options) {
  ApiClient api(options.server);
  return show_page(options.watch, [&](std::ostream& out) {
    const json::object answer = api.get(batch_target(options.id)).as_object();
    if (options.as_json) {
      out << service::to_text(answer) << '\n';
    } else {
      render_batch(out, answer);
    }
    return waiting_of(answer) != 0;
  });
}

/// The part of the body that says what to do.
json::object submitted(const Options& options) {
  json::object body{{"op", options.op}, {"mode", "queue"}};
  if (!options.format.empty()) body["format"] = options.format;
  if (!options.deadline.empty()) body["deadline"] = parse_duration(options.deadline);
  const auto& words = options.words;
  if (options.op == "read-composite") {
    body["paths"] = texts(words);
    return body;
  }
  const bool by_path = options.op == "write-composite";
  const std::size_t first = by_path ? 0 : 1;
  if (!by_path) body["path"] = words.front();
  const bool named =
      by_path || (words.size() > first && words[first].find('=') != std::string::npos);
  if (options.op == "execute") {
    if (words.size() > 1) body["arguments"] = words[1];
  } else if (options.op == "attributes" || named) {
    json::object values;
    for (std::size_t i = first; i < words.size(); ++i) {
      const auto [key, value] = assignment(words[i]);
      values[key] = options.op == "attributes" && value.empty() ? json::value(nullptr)
                                                                : json::value(typed_value(value));
    }
    body[options.op == "attributes" ? "attributes" : "values"] = std::move(values);
  } else if (words.size() == 2) {
    body["value"] = typed_value(words[1]);
  } else if (words.size() > 2) {
    throw Failure(kUsage, "give one value, or several as ID=VALUE");
  }
  return body;
}

json::object devices_of(const Options& options) {
  json::object devices;
  if (!options.endpoints.empty()) devices["endpoints"] = texts(options.endpoints);
  if (!options.search.empty()) devices["q"] = options.search;
  if (options.tags.size() == 1) devices["tag"] = options.tags.front();
  if (options.tags.size() > 1) devices["tag"] = texts(options.tags);
  if (!options.object.empty()) devices["object"] = std::stoul(options.object);
  if (devices.empty() && options.all) devices["q"] = "";
  if (devices.empty()) {
    throw Failure(kUsage,
                  "say which devices: --endpoint, --tag, --search or --object, or --all for every "
                  "device that is registered");
  }
  return devices;
}

/// Shows how many of a batch have ended, until all have.
void follow(ApiClient& api, const std::string& name, std::size_t total) {
  const Progress progress("waiting  ", total);
  json::object answer;
  (void)repeat(std::chrono::milliseconds(500), [&] {
    answer = api.get(batch_target(name)).as_object();
    const std::size_t waiting = waiting_of(answer);
    progress.show(total - std::min(waiting, total));
    return waiting != 0;
  });
  render_batch(std::cout, answer);
  std::cout << (waiting_of(answer) != 0 ? "the others still wait\n" : "") << std::flush;
}

ExitCode submit(const Options& options) {
  ApiClient api(options.server);
  json::object body = submitted(options);
  body["devices"] = devices_of(options);
  ApiClient::Headers headers;
  if (!options.key.empty()) headers.emplace_back("Idempotency-Key", options.key);
  const json::object answer = api.post("/api/v1/operations", body, headers).as_object();
  const auto total = static_cast<std::size_t>(number(answer, "operations"));
  const auto& skipped = array_of(answer, "skipped");
  const std::string name = text(answer, "batch");
  if (options.as_json && !options.watch) {
    print_json(answer);
  } else if (options.as_json) {
    Options same = options;
    same.id = name;
    return batch(same);
  } else {
    std::cout << total << (total == 1 ? " operation waits" : " operations wait") << " as batch "
              << name << '\n';
    Table table({}, "  ");
    for (const auto& item : skipped) {
      const auto& skip = item.as_object();
      table.add({"not for", printable(text(skip, "endpoint")), printable(text(skip, "reason"))});
    }
    table.print(std::cout);
    if (options.watch && total != 0) follow(api, name, total);
  }
  return total == 0 ? kRefused : kOk;
}

void add_submit(CLI::App* command, const OptionsPtr& options, Action& action) {
  auto* submitter =
      add_api_command(command, options, action, "submit",
                      "Have something done by many devices, when each is there", submit);
  submitter->add_option("op", options->op, "What to do")
      ->required()
      ->check(
          CLI::IsMember({"read", "write", "update", "execute", "create", "delete", "discover",
                         "attributes", "observe", "cancel", "read-composite", "write-composite"}));
  submitter
      ->add_option("words", options->words,
                   "The path, then values as for `linnet device`: VALUE, or ID=VALUE ...")
      ->required();
  submitter->add_option("--endpoint", options->endpoints, "This device; may be given several times")
      ->allow_extra_args(false);
  submitter->add_option("--tag", options->tags, "Devices with this tag, or all of several")
      ->allow_extra_args(false);
  submitter->add_option("--search", options->search, "Devices with this in endpoint or address");
  submitter->add_option("--object", options->object, "Devices that have this object")
      ->check(CLI::Range(0, 65534).description(""))
      ->type_name("ID");
  submitter->add_flag("--all", options->all, "Every device that is registered");
  submitter->add_option("--deadline", options->deadline, "How long it may wait [7d]")
      ->type_name("TIME");
  submitter->add_option("--format", options->format, "Content format, as for `linnet device`");
  submitter->add_option("--idempotency-key", options->key,
                        "Any text of yours: the same again makes no other operations");
  submitter->add_flag("-w,--watch", options->watch, "Follow until all have ended");
}

}  // namespace

void add_operation(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("operation", "Follow, cancel and submit what is to be done with devices");
  command->require_subcommand(1);
  auto* lister =
      add_api_command(command, options, action, "list", "Operations, newest first", list);
  lister->add_option("--endpoint", options->endpoint, "Only of this device");
  lister->add_option("--state", options->state,
                     "Only queued, sent, done, failed, expired or cancelled");
  lister->add_option("--batch", options->batch, "Only of this batch");
  lister->add_option("--limit", options->limit, "Not more than so many [50]");
  add_watch(lister, options);
  const auto with_id = [&](CLI::App* sub, const char* help) {
    sub->add_option("id", options->id, help)->required();
  };
  with_id(
      add_api_command(command, options, action, "show", "One operation with its timeline", show),
      "Its number");
  with_id(
      add_api_command(command, options, action, "watch",
                      "Follow one to its end; the exit code is that of the device's answer", watch),
      "Its number");
  auto* batcher =
      add_api_command(command, options, action, "batch", "How many of a batch have ended", batch);
  // Not "id": completion would offer numbers of operations.
  batcher->add_option("batch", options->id, "Its name")->required();
  add_watch(batcher, options);
  add_api_command(command, options, action, "cancel", "Cancel what waits", cancel)
      ->add_option("ids", options->ids, "Their numbers")
      ->required();
  add_submit(command, options, action);
  command->footer(kFooter);
}

}  // namespace linnet::cli
