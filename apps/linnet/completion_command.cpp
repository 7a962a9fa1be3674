// SPDX-License-Identifier: Apache-2.0
// linnet completion: scripts for three shells. They all ask `linnet __complete WORD...`, which
// knows the commands from the same declarations that --help shows, and the endpoints of devices
// from the server, if there is one.
#include <filesystem>
#include <iostream>
#include <memory>
#include <utility>

#include <linnet/service/http_server.hpp>

#include "api_client.hpp"
#include "command.hpp"
#include "man_pages.hpp"
#include "server_config.hpp"
#include "table.hpp"

namespace linnet::cli {
namespace {

constexpr const char* kBash =
    R"sh(# bash completion of linnet: source this, or put it into /etc/bash_completion.d
_linnet() {
  local word
  COMPREPLY=()
  while IFS= read -r word; do
    COMPREPLY+=("$word")
  done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null)
  if declare -F __ltrim_colon_completions > /dev/null; then
    __ltrim_colon_completions "${COMP_WORDS[COMP_CWORD]}"
  fi
}
complete -o default -F _linnet linnet
)sh";

constexpr const char* kZsh = R"sh(#compdef linnet
# zsh completion of linnet: put it as _linnet into a folder of $fpath
_linnet() {
  local -a words_found
  words_found=(${(f)"$(${words[1]} __complete ${words[2,$CURRENT]} 2> /dev/null)"})
  if (( ${#words_found} )); then
    compadd -a words_found
  else
    _files
  fi
}
if [ "$funcstack[1]" = "_linnet" ]; then _linnet "$@"; else compdef _linnet linnet; fi
)sh";

constexpr const char* kFish =
    R"sh(# fish completion of linnet: put it into ~/.config/fish/completions/linnet.fish
function __linnet_complete
  set -l words (commandline -opc) (commandline -ct)
  $words[1] __complete $words[2..-1] 2> /dev/null
end
complete -c linnet -a '(__linnet_complete)'
)sh";

/// What a server knows: member `name` of each item of `list`; nothing if none answers at once.
void print_known(const std::string& target, const char* list, const char* name,
                 const std::string& prefix) {
  try {
    ApiClient api{ServerAccess{}};
    const auto page = api.get(target, std::chrono::milliseconds(300));
    for (const auto& item : page.at(list).as_array()) {
      const std::string word = printable(text(item.as_object(), name));
      if (word.starts_with(prefix)) std::cout << word << '\n';
    }
  } catch (const std::exception&) {
  }
}

/// What may stand in place of an argument of `command`, `positional` others before it.
void complete_argument(const CLI::App& command, std::size_t positional, const std::string& prefix) {
  const auto takes = [&](const char* name) { return command.get_option_no_throw(name) != nullptr; };
  const CLI::App* parent = command.get_parent();
  const std::string group = parent == nullptr ? "" : parent->get_name();
  if (group == "credential" && (command.get_name() == "show" || command.get_name() == "revoke")) {
    if (positional != 0) return;
    print_known("/api/v1/credentials?limit=1000&q=" + service::percent_encode(prefix),
                "credentials", "endpoint", prefix);
    return;
  }
  if (group == "credential" && !takes("anchor")) return;
  struct Known {
    const char* option;
    const char* group;
    const char* target;
    const char* list;
    const char* member;
  };
  // The first word of a command, by what it is called.
  constexpr Known kFirst[] = {
      {"anchor", "", "/api/v1/trust-anchors", "trustAnchors", "name"},
      {"rule", "", "/api/v1/observe-rules", "rules", "name"},
      {"webhook", "", "/api/v1/webhooks", "webhooks", "name"},
      {"user", "", "/api/v1/users", "users", "name"},
      {"name", "bootstrap", "/api/v1/bootstrap/configurations", "configurations", "name"},
      {"id", "token", "/api/v1/tokens", "tokens", "id"},
      {"id", "operation", "/api/v1/operations?limit=100", "operations", "id"},
      {"ids", "operation", "/api/v1/operations?limit=100&state=queued", "operations", "id"},
  };
  for (const Known& known : kFirst) {
    if (positional == 0 && takes(known.option) && (*known.group == '\0' || group == known.group)) {
      print_known(known.target, known.list, known.member, prefix);
      return;
    }
  }
  // A configuration comes before an endpoint.
  if (takes("endpoint") && positional == (takes("name") ? 1u : 0u)) {
    print_known("/api/v1/devices?limit=1000", "devices", "endpoint", prefix);
  }
}

}  // namespace

ExitCode complete(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* command = &app;
  const std::string prefix = words.empty() ? "" : words.back();
  std::size_t positional = 0;
  bool option_value = false;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (option_value) {
      option_value = false;
      continue;
    }
    if (words[i].starts_with("-")) {
      const auto* option = command->get_option_no_throw(words[i]);
      option_value = option != nullptr && option->get_items_expected_min() > 0 &&
                     words[i].find('=') == std::string::npos;
      continue;
    }
    const auto next =
        command->get_subcommands([&](const CLI::App* sub) { return sub->get_name() == words[i]; });
    if (!next.empty() && positional == 0) {
      command = next.front();
    } else {
      ++positional;
    }
  }
  if (option_value) return kOk;
  if (prefix.starts_with("-")) {
    for (const auto* option : command->get_options()) {
      for (const auto& name : option->get_lnames()) {
        if (("--" + name).starts_with(prefix)) std::cout << "--" << name << '\n';
      }
    }
    return kOk;
  }
  for (const auto* sub : command->get_subcommands([](const CLI::App*) { return true; })) {
    const auto& name = sub->get_name();
    if (positional == 0 && !name.starts_with("_") && name.starts_with(prefix))
      std::cout << name << '\n';
  }
  complete_argument(*command, positional, prefix);
  return kOk;
}

ExitCode generate(const CLI::App& app, const std::string& folder) {
  const std::filesystem::path root = folder;
  write_man_pages(app, root);
  const std::string settings =
      "# Settings of the Linnet server, see linnet.toml(5). What is commented out is the default.\n"
      "# `linnet server --config /etc/linnet/linnet.toml --check-config` tells what is in "
      "force.\n\n" +
      packaged_settings();
  for (const auto& [name, content] : {std::pair<const char*, std::string>{"linnet.bash", kBash},
                                      {"_linnet", kZsh},
                                      {"linnet.fish", kFish},
                                      {"linnet.toml", settings}}) {
    write_page(root / name, content);
  }
  return kOk;
}

void add_completion(CLI::App& app, Action& action) {
  auto shell = std::make_shared<std::string>();
  auto* command = app.add_subcommand("completion", "Print the completion script of a shell");
  command->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer("Example:\n  source <(linnet completion bash)");
  command->callback([shell, &action] {
    action = [shell] {
      std::cout << (*shell == "bash" ? kBash : *shell == "zsh" ? kZsh : kFish);
      return kOk;
    };
  });
}

}  // namespace linnet::cli
