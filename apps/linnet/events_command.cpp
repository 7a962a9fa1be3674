// SPDX-License-Identifier: Apache-2.0
// linnet events: what happens at a server, as it happens.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <memory>

#include <linnet/service/json_text.hpp>

#include "api_command.hpp"
#include "device_command.hpp"
#include "table.hpp"

namespace linnet::cli {
namespace {

constexpr const char* kFooter =
    R"(Examples:
  linnet events --type registered,expired
  linnet events --endpoint 'urn:dev:os:32473-*' --path /3303
  linnet events --from oldest --json --resume-file events.last | my-importer)";

struct Options : ApiOptions {
  std::string type;
  std::vector<std::string> endpoints;
  std::vector<std::string> paths;
  std::string from;
  std::string resume_file;
  std::size_t count = 0;
  std::size_t recent = 0;
};
using OptionsPtr = std::shared_ptr<Options>;

/// The number of the last event that was printed, in a file: where to go on after this process was
/// killed. Written in one piece of always the same length, so that it is never half of one.
class ResumeFile {
 public:
  explicit ResumeFile(const std::string& file) : file_(file) {
    if (file.empty()) return;
    descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor_ < 0) throw Failure(kUsage, "cannot use " + file + ": " + std::strerror(errno));
    char text[kBytes];
    const ssize_t size = ::pread(descriptor_, text, sizeof(text), 0);
    if (size > 0) last_.assign(text, static_cast<std::size_t>(size));
    last_.erase(std::min(last_.size(), last_.find_last_not_of(" \n") + 1));
  }
  ~ResumeFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  ResumeFile(const ResumeFile&) = delete;
  ResumeFile& operator=(const ResumeFile&) = delete;

  [[nodiscard]] const std::string& last() const { return last_; }
  void keep(const std::string& id) const {
    if (descriptor_ < 0 || id.empty() || id.size() >= kBytes) return;
    std::string text = id;
    text.resize(kBytes - 1, ' ');
    text += '\n';
    if (::pwrite(descriptor_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
      throw Failure(kUsage, "cannot write " + file_ + ": " + std::strerror(errno));
    }
  }

 private:
  static constexpr std::size_t kBytes = 128;
  std::string file_;
  std::string last_;
  int descriptor_ = -1;
};

void tell_gap(const boost::json::object& data) {
  const auto* many = data.if_contains("events");
  std::cerr << "linnet: "
            << (many != nullptr && many->is_number() ? service::to_text(*many) : "some")
            << " events are lost: the server does not keep them any more\n";
}

/// The latest ones, in the order in which they happened.
ExitCode show_recent(const Options& options, ApiClient& api) {
  Target target("/api/v1/events/recent");
  target.add("type", options.type).add("endpoint", options.endpoints).add("path", options.paths);
  const auto answer = api.get(target.add("limit", options.recent).text()).as_object();
  const auto& events = array_of(answer, "events");
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    if (options.as_json) {
      std::cout << service::to_text(*event) << '\n';
    } else {
      print_event(event->as_object());
    }
  }
  return kOk;
}

ExitCode run(const Options& options) {
  ApiClient api(options.server);
  if (options.recent != 0) return show_recent(options, api);
  const ResumeFile resume(options.resume_file);
  Target target("/api/v1/events");
  target.add("type", options.type).add("endpoint", options.endpoints).add("path", options.paths);
  if (resume.last().empty()) target.add("from", options.from);
  std::size_t shown = 0;
  api.stream(
      target.text(),
      [&](const ServerSentEvent& event) {
        if (event.type == "hello") {
          if (!options.as_json && shown == 0) {
            std::cerr << "following " << options.server.url << ", Ctrl-C ends it\n";
          }
          return true;
        }
        const auto data = boost::json::parse(event.data).as_object();
        if (event.type == "lost") {
          tell_gap(data);
          return true;
        }
        if (options.as_json) {
          std::cout << service::to_text(data) << std::endl;
        } else {
          print_event(data);
        }
        if (!std::cout) throw Failure(kUsage, "the output is closed");
        resume.keep(event.id);
        return options.count == 0 || ++shown < options.count;
      },
      resume.last());
  return kOk;
}

}  // namespace

void add_events(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  auto* command = add_api_command(&app, options, action, "events",
                                  "Follow registrations, values and operations until Ctrl-C", run);
  command->add_option(
      "--type", options->type,
      "Only these, separated by commas: registered, updated, deregistered, expired, awake, "
      "sleeping, value, send, operation, bootstrap, handshake, alarm");
  command->add_option("--endpoint", options->endpoints, "Only of this device; may end in *")
      ->allow_extra_args(false);
  command->add_option("--path", options->paths, "Only values at, below or above this path")
      ->allow_extra_args(false);
  command->add_option("--from", options->from, "Begin with what is still kept: oldest")
      ->check(CLI::IsMember({"oldest"}).description(""))
      ->type_name("oldest");
  command
      ->add_option("--resume-file", options->resume_file,
                   "Go on behind the event whose number is in it, and keep that number there")
      ->type_name("FILE");
  auto* count = command->add_option("--count", options->count, "End after so many");
  command->add_option("--recent", options->recent, "Only show so many of the latest, at most 1000")
      ->check(CLI::Range(1, 1000).description(""))
      ->excludes(count);
  command->footer(kFooter);
}

}  // namespace linnet::cli
