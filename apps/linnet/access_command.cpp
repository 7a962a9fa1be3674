// SPDX-License-Identifier: Apache-2.0
// linnet token, user, audit, console: who may use the API, and who did.
#include <termios.h>
#include <unistd.h>

#include <iostream>
#include <memory>

#include <linnet/secure/wipe.hpp>
#include <linnet/service/http_server.hpp>
#include <linnet/service/json_text.hpp>

#include "api_command.hpp"
#include "screen.hpp"
#include "table.hpp"

namespace linnet::cli {
namespace {

namespace json = boost::json;

struct Options : ApiOptions {
  std::string name;
  std::string role;
  std::string expires;
  std::string who;
  std::string search;
  std::size_t limit = 50;
  bool password_stdin = false;
  bool keep_password = false;
};
using OptionsPtr = std::shared_ptr<Options>;

std::string user_target(const std::string& name) {
  return "/api/v1/users/" + service::percent_encode(name);
}

std::string age_or_dash(const json::object& object, const char* name) {
  const double time = number(object, name);
  return time == 0 ? "-" : age(time);
}

/// Echo is off while it lives, if there is a terminal.
class HiddenInput {
 public:
  HiddenInput() {
    hidden_ = tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!hidden_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  ~HiddenInput() {
    if (hidden_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  HiddenInput(const HiddenInput&) = delete;
  HiddenInput& operator=(const HiddenInput&) = delete;

 private:
  termios before_{};
  bool hidden_ = false;
};

std::string ask_hidden(const char* question) {
  std::string line;
  {
    // First: who answers at once is not seen either.
    const HiddenInput hidden;
    std::cerr << question << std::flush;
    std::getline(std::cin, line);
  }
  std::cerr << '\n';
  return line;
}

std::string password_of(const Options& options) {
  std::string password;
  if (options.password_stdin) {
    std::getline(std::cin, password);
  } else {
    if (isatty(STDIN_FILENO) == 0) {
      throw Failure(kUsage, "there is no terminal to ask for the password; use --password-stdin");
    }
    password = ask_hidden("Password: ");
    if (ask_hidden("Once more: ") != password) {
      throw Failure(kUsage, "these were two different passwords");
    }
  }
  if (password.empty()) throw Failure(kUsage, "the password is empty");
  return password;
}

ExitCode token_new(const Options& options) {
  json::object body{{"name", options.name}, {"role", options.role}};
  if (!options.expires.empty()) {
    body["expires"] = static_cast<std::int64_t>(std::time(nullptr)) +
                      static_cast<std::int64_t>(parse_duration(options.expires));
  }
  const json::object made = ApiClient(options.server).post("/api/v1/tokens", body).as_object();
  if (options.as_json) {
    print_json(made);
    return kOk;
  }
  std::cerr << "The token of " << printable(text(made, "name")) << " (" << text(made, "role")
            << ", number " << text(made, "id") << "), shown this once:\n";
  std::cout << text(made, "token") << '\n';
  return kOk;
}

ExitCode token_list(const Options& options) {
  ApiClient api(options.server);
  const json::array items = list_whole(api, "/api/v1/tokens", "tokens");
  if (options.as_json) {
    print_json(json::object{{"tokens", items}});
    return kOk;
  }
  Table table({"ID", "NAME", "ROLE", "MADE", "LAST USED", "EXPIRES"});
  for (const auto& item : items) {
    const auto& token = item.as_object();
    const double expires = number(token, "expires");
    table.add({text(token, "id"), printable(text(token, "name")), text(token, "role"),
               age_or_dash(token, "created"), age_or_dash(token, "lastUsed"),
               flag_of(token, "untilRestart") ? "with this run"
               : expires == 0                 ? "never"
                                              : age(expires)});
  }
  table.print(std::cout);
  return kOk;
}

ExitCode token_revoke(const Options& options) {
  return removed(options, "/api/v1/tokens/" + service::percent_encode(options.name),
                 {{"id", options.name}, {"revoked", true}},
                 "Token " + printable(options.name) + " is revoked.");
}

ExitCode user_set(const Options& options) {
  json::object body;
  if (!options.role.empty()) body["role"] = options.role;
  if (!options.keep_password) {
    std::string password = password_of(options);
    body["password"] = password;
    secure::wipe({reinterpret_cast<std::uint8_t*>(password.data()), password.size()});
  }
  const json::value made = ApiClient(options.server).put(user_target(options.name), body);
  if (options.as_json) {
    print_json(made);
  } else {
    std::cout << printable(options.name) << " may sign in as " << text(made.as_object(), "role")
              << ".\n";
  }
  return kOk;
}

ExitCode user_list(const Options& options) {
  ApiClient api(options.server);
  const json::array items = list_whole(api, "/api/v1/users", "users");
  if (options.as_json) {
    print_json(json::object{{"users", items}});
    return kOk;
  }
  Table table({"NAME", "ROLE", "MADE", "LAST SIGN-IN"});
  for (const auto& item : items) {
    const auto& user = item.as_object();
    table.add({printable(text(user, "name")), text(user, "role"), age_or_dash(user, "created"),
               age_or_dash(user, "lastSignIn")});
  }
  if (table.empty()) std::cout << "There is no user. `linnet user set NAME` makes one.\n";
  table.print(std::cout);
  return kOk;
}

ExitCode user_remove(const Options& options) {
  return removed(options, user_target(options.name), {{"name", options.name}, {"removed", true}},
                 printable(options.name) + " is removed, and signed out.");
}

ExitCode audit(const Options& options) {
  ApiClient api(options.server);
  Target target("/api/v1/audit");
  target.add("who", options.who).add("q", options.search);
  const Listed listed = list_all(api, std::move(target), "entries", options.limit);
  if (options.as_json) {
    print_json(json::object{{"entries", listed.items}, {"more", listed.more}});
    return kOk;
  }
  Table table({"TIME", "WHO", "ROLE", "FROM", "DID", "STATUS"});
  for (const auto& item : listed.items) {
    const auto& entry = item.as_object();
    const double status = number(entry, "status");
    const std::string code = std::to_string(static_cast<int>(status));
    const std::string subject = printable(text(entry, "subject"));
    table.add({local_time(number(entry, "time")), printable(text(entry, "who")),
               text(entry, "role"), text(entry, "address"),
               text(entry, "method") + " " + printable(text(entry, "path")) +
                   (subject.empty() ? "" : "  " + subject),
               status < 400 ? coloured(Colour::Green, code) : coloured(Colour::Red, code)});
  }
  if (table.empty()) std::cout << "Nobody changed anything.\n";
  table.print(std::cout);
  if (listed.more) std::cout << "... and more; --limit shows them\n";
  return kOk;
}

ExitCode console(const Options& options) {
  ApiClient api(options.server);
  const json::object answer = api.post("/api/v1/session/code", json::object{}).as_object();
  std::string url = api.url();
  while (url.ends_with('/')) url.pop_back();
  const std::string link = url + "/#code=" + text(answer, "code");
  if (options.as_json) {
    json::object out = answer;
    out["link"] = link;
    print_json(out);
    return kOk;
  }
  std::cout << link << '\n';
  std::cerr << "It signs in once, " << age(number(answer, "expires")) << " at the latest.\n";
  return kOk;
}

CLI::Option* add_role(CLI::App* command, const OptionsPtr& options) {
  return command->add_option("--role", options->role, "viewer, operator or admin")
      ->check(CLI::IsMember({"viewer", "operator", "admin"}).description(""));
}

}  // namespace

void add_access(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  auto* token = app.add_subcommand("token", "Make, list and revoke tokens of the API");
  token->require_subcommand(1);
  auto* maker =
      add_api_command(token, options, action, "new", "Make a token; it is shown once", token_new);
  maker->add_option("name", options->name, "What it is for")->required();
  add_role(maker, options)->required();
  maker->add_option("--expires", options->expires, "How long it holds, such as 90d [for ever]")
      ->type_name("TIME");
  add_api_command(token, options, action, "list", "Every token", token_list);
  add_api_command(token, options, action, "revoke", "End a token", token_revoke)
      ->add_option("id", options->name, "Its number")
      ->required();
  token->footer(
      "Examples:\n  linnet token new dashboard --role viewer --expires 90d\n"
      "  export LINNET_TOKEN=$(linnet token new importer --role operator)");

  auto* user = app.add_subcommand("user", "Say who may sign in to the console");
  user->require_subcommand(1);
  auto* setter = add_api_command(user, options, action, "set",
                                 "Make a user, or give one another password or role", user_set);
  setter->add_option("user", options->name, "The name")->required();
  add_role(setter, options);
  auto* from_input = setter->add_flag("--password-stdin", options->password_stdin,
                                      "Read the password from the input instead of asking");
  setter->add_flag("--keep-password", options->keep_password, "Only change the role")
      ->excludes(from_input);
  add_api_command(user, options, action, "list", "Every user", user_list);
  add_api_command(user, options, action, "remove", "Remove a user", user_remove)
      ->add_option("user", options->name, "The name")
      ->required();
  user->footer(
      "Examples:\n  linnet user set ada --role operator\n"
      "  pass show linnet | linnet user set ada --role admin --password-stdin");

  auto* log =
      add_api_command(&app, options, action, "audit", "Who changed what, newest first", audit);
  log->add_option("--who", options->who, "Only of this token or user");
  log->add_option("--search", options->search, "Only with this text");
  log->add_option("--limit", options->limit, "Not more than so many [50]");

  add_api_command(&app, options, action, "console",
                  "Print a link that signs in to the console, once", console);
}

}  // namespace linnet::cli
