// SPDX-License-Identifier: Apache-2.0
// linnet client: a simulated device with a prompt.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <deque>
#include <iostream>
#include <memory>
#include <optional>

#include <linnet/lwm2m/endpoint_name.hpp>
#include <linnet/posix/clock.hpp>
#include <linnet/posix/core_dump.hpp>
#include <linnet/posix/event_loop.hpp>

#include "client_prompt.hpp"
#include "command.hpp"
#include "model_files.hpp"

namespace linnet::cli {
namespace {

constexpr const char* kFooter =
    R"(The device has the objects Server (1), Access Control (2), Device (3), Connectivity Monitoring
(4), Firmware Update (5), Location (6), Connectivity Statistics (7), Temperature (3303) and Light
Control (3311). Values change by themselves until you set them. At the prompt, "help" lists what
you can type; commands are also taken from a pipe.

Examples:
  linnet client coap://127.0.0.1
  linnet client --endpoint urn:dev:os:32473-lamp-1 --version 1.1 --lifetime 60 coap://example.org
  linnet client coap://first.example coap://second.example:5693
  linnet client --psk-identity lamp-1 --psk-key @lamp-1.psk coaps://example.org
  linnet client --rpk device.pem --server-key server.pem coaps://example.org
  linnet client --factory factory.toml --store device.conf
  linnet client --queue --lifetime 3600 coap://127.0.0.1
  echo 'set /3303/0/5700 30' | linnet client --no-prompt coap://127.0.0.1)";

std::string default_endpoint() {
  char host[256] = "device";
  gethostname(host, sizeof(host) - 1);
  return std::string("urn:dev:os:32473-") + host;
}

/// Lines of standard input, whatever it is: a terminal, a pipe, a file.
class Input {
 public:
  explicit Input(posix::EventLoop& loop) : loop_(loop) {}

  /// Starts to read; call again without effect.
  void open() {
    if (open_) return;
    open_ = true;
    struct stat status {};
    const bool waits =
        fstat(STDIN_FILENO, &status) == 0 &&
        (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) || isatty(STDIN_FILENO) != 0);
    if (waits) {
      watched_ = true;
      loop_.watch(STDIN_FILENO, [this] { read(); });
    } else {
      // A file cannot be waited for, and need not be.
      while (!ended_) read();
    }
  }
  ~Input() {
    if (watched_) loop_.unwatch(STDIN_FILENO);
  }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  [[nodiscard]] bool next(std::string& line) {
    if (lines_.empty()) return false;
    line = lines_.front();
    lines_.pop_front();
    return true;
  }
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  void read() {
    char buffer[4096];
    const ssize_t size = ::read(STDIN_FILENO, buffer, sizeof(buffer));
    if (size <= 0) {
      ended_ = true;
      if (!rest_.empty()) lines_.push_back(std::exchange(rest_, {}));
      if (watched_) loop_.unwatch(STDIN_FILENO);
      watched_ = false;
      return;
    }
    rest_.append(buffer, static_cast<std::size_t>(size));
    for (std::size_t end = 0; (end = rest_.find('\n')) != std::string::npos;
         rest_.erase(0, end + 1)) {
      lines_.push_back(rest_.substr(0, end));
    }
  }

  posix::EventLoop& loop_;
  std::deque<std::string> lines_;
  std::string rest_;
  bool open_ = false;
  bool watched_ = false;
  bool ended_ = false;
};

/// Prints lines above the prompt.
class Screen {
 public:
  explicit Screen(bool prompt) : prompt_(prompt) {}
  void say(const std::string& text) {
    if (text.empty()) return;
    if (shown_) std::cout << "\r\x1b[K";
    std::cout << text << '\n';
    shown_ = false;
    show();
  }
  /// After a line was typed: the cursor is at the start of the next one.
  void typed() { shown_ = false; }
  void show() {
    if (prompt_ && !shown_) std::cout << "linnet> ";
    shown_ = prompt_;
    std::cout << std::flush;
  }
  void close() {
    if (shown_) std::cout << "\r\x1b[K" << std::flush;
    prompt_ = shown_ = false;
  }

 private:
  bool prompt_;
  bool shown_ = false;
};

ExitCode run(ClientOptions options) {
  if (options.endpoint.empty()) options.endpoint = default_endpoint();
  if (const Status good = lwm2m::check_endpoint_name(options.endpoint); !good.ok()) {
    const std::string form(lwm2m::expected_form(options.endpoint));
    throw Failure(kUsage, good.error() == Error::Range ? "an endpoint name has at most 255 bytes"
                          : form.empty()               ? "an endpoint name is a printable text"
                                         : "an endpoint name of this kind looks like " + form);
  }
  const bool terminal = isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
  Screen screen(terminal && !options.no_prompt);
  posix::forbid_core_dumps();
  posix::EventLoop loop;
  std::optional<ClientSession> session;
  const auto open = [&] {
    session.emplace(loop, options, [&](const std::string& line) { screen.say(line); });
  };
  open();
  int interrupts = 0;
  bool leaving = false;
  const auto leave = [&] {
    if (!leaving) session->stop();
    leaving = true;
  };
  const posix::Signals signals(loop, {SIGINT, SIGTERM}, [&](int) {
    ++interrupts;
    leave();
  });
  const lwm2m::ModelStore models = load_models({}, std::cerr);
  std::optional<ClientPrompt> prompt;
  prompt.emplace(*session, models);
  Input input(loop);
  session->start();
  if (terminal && !options.no_prompt) screen.say("type help for what you can do");
  std::string line;
  while (interrupts < 2 && !(leaving && session->finished())) {
    session->work();
    if (!leaving && session->factory_reset_due()) {
      session->forget_configuration();
      prompt.reset();
      session.reset();
      open();
      prompt.emplace(*session, models);
      session->start();
    }
    // A script's first line is meant for a device that is registered.
    if (terminal || session->settled()) input.open();
    while (!leaving && input.next(line)) {
      screen.typed();
      screen.say(prompt->run(line));
      screen.show();
      session->work();
      if (prompt->wants_quit()) leave();
    }
    if (terminal && input.ended()) leave();
    loop.run_once(session->next_timeout());
  }
  session->work();
  screen.close();
  return kOk;
}

}  // namespace

void add_client(CLI::App& app, Action& action) {
  auto options = std::make_shared<ClientOptions>();
  auto* command = app.add_subcommand("client", "Be a device that registers at a server");
  command->add_option("uri", options->uris,
                      "coap://HOST[:PORT] or coaps://HOST[:PORT] of the server, or of several");
  command
      ->add_option("--factory", options->factory_file,
                   "Accounts and rights the device is made with, in TOML")
      ->type_name("FILE");
  command
      ->add_option("--bootstrap", options->bootstrap,
                   "coap://HOST[:PORT] or coaps://... of a bootstrap server, as factory data")
      ->type_name("URI");
  command->add_flag("--bootstrap-pack", options->pack,
                    "Ask the bootstrap server for everything in one answer first");
  command
      ->add_option("--store", options->store_file,
                   "Keep the configuration in this file over a restart; what is in it goes before "
                   "factory data")
      ->type_name("FILE");
  command->add_option("--endpoint", options->endpoint,
                      "Name of this device [urn:dev:os:32473-<host name>]");
  command
      ->add_option("--lifetime", options->lifetime,
                   "Seconds a registration holds without an update")
      ->check(CLI::Range(std::uint32_t{0}, std::uint32_t{0x7FFFFFFF}).description(""))
      ->type_name("SECONDS")
      ->capture_default_str();
  command->add_option("--version", options->version, "LwM2M version to speak: 1.0, 1.1 or 1.2")
      ->capture_default_str();
  command->add_option("--format", options->format,
                      "Format of answers where the server asks for none: tlv, senml-cbor, ...");
  command->add_option("--port", options->port,
                      "UDP port to send from; towards further servers the next ones [any]");
  command
      ->add_option("--interval", options->interval,
                   "Seconds between changes of simulated values, 0 for none")
      ->check(CLI::NonNegativeNumber.description(""))
      ->type_name("SECONDS")
      ->capture_default_str();
  command->add_flag("--queue", options->queue,
                    "Queue mode: sleep between messages, and hear nothing then");
  command
      ->add_option("--awake", options->awake,
                   "With --queue: seconds to stay reachable after the last message [93]")
      ->check(CLI::Range(std::uint16_t{1}, std::uint16_t{0xFFFF}).description(""))
      ->type_name("SECONDS");
  add_security_options(*command, options->security);
  command->add_flag("--no-prompt", options->no_prompt, "No prompt even on a terminal");
  command->footer(kFooter);
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace linnet::cli
