// SPDX-License-Identifier: Apache-2.0
#include "man_pages.hpp"

#include <CLI/Option.hpp>
#include <fstream>
#include <sstream>
#include <string_view>

#include <linnet/service/service.hpp>

#include "command.hpp"
#include "server_config.hpp"

namespace linnet::cli {
namespace {

/// Text as roff: no escape, no request, and a minus that can be copied.
std::string roff(std::string_view text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    line_start = c == '\n';
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

/// A name for the word a positional takes: "endpoint", "[path...]".
std::string placeholder(const CLI::Option& option) {
  std::string name = option.get_name();
  const bool many = option.get_items_expected_max() > 1;
  std::string out = italic(name) + (many ? " ..." : "");
  return option.get_required() ? out : "[" + out + "]";
}

/// The options that every command has which asks a server: told once a page.
bool is_common(const CLI::Option& option) {
  for (const char* name : {"--help", "--server", "--ca", "--token", "--token-file", "--json"}) {
    if (option.check_name(name)) return true;
  }
  return false;
}

std::vector<const CLI::Option*> options_of(const CLI::App& command, bool positional) {
  std::vector<const CLI::Option*> out;
  for (const auto* option : command.get_options()) {
    if (option->get_positional() == positional && !option->get_group().empty())
      out.push_back(option);
  }
  return out;
}

/// Subcommands that are shown, in the order declared.
std::vector<const CLI::App*> commands_of(const CLI::App& command) {
  std::vector<const CLI::App*> out;
  for (const auto* sub : command.get_subcommands([](const CLI::App*) { return true; })) {
    if (!sub->get_group().empty() && !sub->get_name().empty()) out.push_back(sub);
  }
  return out;
}

/// "linnet device read".
std::string full_name(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr ? command.get_name() : full_name(*parent) + " " + command.get_name();
}

void write_synopsis(std::ostream& out, const CLI::App& command) {
  out << bold(full_name(command));
  if (!commands_of(command).empty()) {
    out << ' ' << italic("command") << " ...\n";
    return;
  }
  if (!options_of(command, false).empty()) out << " [" << italic("options") << ']';
  for (const auto* option : options_of(command, true)) out << ' ' << placeholder(*option);
  out << '\n';
}

void write_option(std::ostream& out, const CLI::Option& option) {
  out << ".TP\n";
  if (option.get_positional()) {
    out << italic(option.get_name()) << '\n';
  } else {
    std::string names;
    for (const auto& name : option.get_snames())
      names += (names.empty() ? "" : ", ") + bold("-" + name);
    for (const auto& name : option.get_lnames())
      names += (names.empty() ? "" : ", ") + bold("--" + name);
    out << names;
    if (option.get_items_expected_max() > 0 && option.get_type_size() != 0) {
      out << ' ' << italic(option.get_type_name());
    }
    out << '\n';
  }
  out << roff(option.get_description());
  if (!option.get_default_str().empty()) out << " [" << roff(option.get_default_str()) << ']';
  if (!option.get_envname().empty()) {
    out << " (also taken from the variable " << bold(option.get_envname()) << ')';
  }
  out << '\n';
}

void write_options(std::ostream& out, const CLI::App& command, bool common) {
  for (const bool positional : {true, false}) {
    for (const auto* option : options_of(command, positional)) {
      if (common || positional || !is_common(*option)) write_option(out, *option);
    }
  }
}

/// The common options of the first leaf that has them.
bool write_common(std::ostream& out, const CLI::App& command) {
  for (const auto* sub : commands_of(command)) {
    if (write_common(out, *sub)) return true;
  }
  if (command.get_option_no_throw("--server") == nullptr) return false;
  for (const auto* option : options_of(command, false)) {
    if (is_common(*option)) write_option(out, *option);
  }
  return true;
}

/// Every leaf below `command`, each with its options.
void write_commands(std::ostream& out, const CLI::App& command) {
  for (const auto* sub : commands_of(command)) {
    if (!commands_of(*sub).empty()) {
      write_commands(out, *sub);
      continue;
    }
    out << ".SS ";
    write_synopsis(out, *sub);
    out << roff(sub->get_description()) << '\n';
    write_options(out, *sub, false);
  }
}

void write_verbatim(std::ostream& out, const std::string& text) {
  out << ".nf\n" << roff(text) << "\n.fi\n";
}

void write_head(std::ostream& out, const std::string& name, const char* section,
                std::string_view line) {
  out << ".\\\" Made by linnet itself from its declarations.\n"
      << ".TH \"" << name << "\" \"" << section << "\" \"\" \"Linnet " << service::version()
      << "\" \"Linnet\"\n.SH NAME\n"
      << roff(name) << " \\- " << roff(line) << '\n';
}

void write_description(std::ostream& out, const std::string& name) {
  out << ".SH DESCRIPTION\n";
  bool first = true;
  for (const auto& paragraph : man_text(name)) {
    if (!first) out << ".PP\n";
    first = false;
    if (paragraph.starts_with("  ")) {
      write_verbatim(out, paragraph);
    } else {
      out << roff(paragraph) << '\n';
    }
  }
}

std::string command_page(const CLI::App& command) {
  std::ostringstream out;
  const std::string page = "linnet-" + command.get_name();
  write_head(out, page, "1", command.get_description());
  out << ".SH SYNOPSIS\n";
  write_synopsis(out, command);
  write_description(out, command.get_name());
  if (commands_of(command).empty()) {
    out << ".SH OPTIONS\n";
    write_options(out, command, true);
  } else {
    out << ".SH COMMANDS\n";
    write_commands(out, command);
    out << ".SH \"COMMON OPTIONS\"\n";
    (void)write_common(out, command);
  }
  if (const std::string footer = command.get_footer(); !footer.empty()) {
    out << ".SH NOTES\n";
    write_verbatim(out, footer);
  }
  out << ".SH \"SEE ALSO\"\n\\fBlinnet\\fR(1), \\fBlinnet.toml\\fR(5)\n";
  return std::move(out).str();
}

std::string main_page(const CLI::App& app) {
  std::ostringstream out;
  write_head(out, "linnet", "1", app.get_description());
  out << ".SH SYNOPSIS\n" << bold("linnet") << ' ' << italic("command") << " ...\n";
  write_description(out, "linnet");
  out << ".SH OPTIONS\n";
  write_options(out, app, true);
  out << ".SH COMMANDS\n";
  for (const auto* command : commands_of(app)) {
    out << ".TP\n\\fBlinnet\\-" << roff(command->get_name()) << "\\fR(1)\n"
        << roff(command->get_description()) << '\n';
  }
  out << ".SH NOTES\n";
  write_verbatim(out, app.get_footer());
  out << ".SH \"SEE ALSO\"\n\\fBlinnet.toml\\fR(5)\n";
  return std::move(out).str();
}

std::string settings_page() {
  std::ostringstream out;
  write_head(out, "linnet.toml", "5", "settings of linnet server");
  write_description(out, "linnet.toml");
  const ServerConfig defaults;
  for (const auto& section : defaults.table.sections()) {
    out << ".SH [" << section << "]\n";
    for (const auto& setting : defaults.table.all()) {
      if (setting.section != section) continue;
      out << ".TP\n"
          << bold(setting.key) << " = " << roff(setting.toml()) << '\n'
          << roff(setting.help) << ".\n";
      if (const auto* number = std::get_if<NumberSetting>(&setting.place)) {
        out << "From " << number->low << " to " << number->high << ".\n";
      }
      if (setting.reloads) out << "Taken up by a reload.\n";
      out << "Variable: " << bold(setting.variable()) << '\n';
    }
  }
  out << ".SH \"SEE ALSO\"\n\\fBlinnet\\-server\\fR(1)\n";
  return std::move(out).str();
}

}  // namespace

void write_page(const std::filesystem::path& file, const std::string& content) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << content;
  if (!out.flush()) throw Failure(kCannotStart, "cannot write " + file.string());
}

void write_man_pages(const CLI::App& app, const std::filesystem::path& folder) {
  std::error_code error;
  for (const char* section : {"man1", "man5"}) {
    std::filesystem::create_directories(folder / section, error);
  }
  write_page(folder / "man1/linnet.1", main_page(app));
  write_page(folder / "man5/linnet.toml.5", settings_page());
  for (const auto* command : commands_of(app)) {
    write_page(folder / ("man1/linnet-" + command->get_name() + ".1"), command_page(*command));
  }
}

}  // namespace linnet::cli
