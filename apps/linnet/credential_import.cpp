// SPDX-License-Identifier: Apache-2.0
// linnet credential import: a file of any length, checked as a whole before anything of it is
// taken, and sent piece by piece so that the server goes on serving devices.
#include <algorithm>
#include <boost/json/array.hpp>
#include <iostream>
#include <unordered_map>

#include <linnet/lwm2m/credentials.hpp>
#include <linnet/service/credential_lines.hpp>
#include <linnet/service/json_text.hpp>

#include "credential_command.hpp"
#include "screen.hpp"
#include "table.hpp"

namespace linnet::cli {
namespace {

namespace json = boost::json;
using service::CredentialLine;

constexpr std::size_t kPiece = 1000;  // lines a request
constexpr std::size_t kShown = 20;    // lines of a report, unless for programs

struct Finding {
  std::size_t line = 0;
  std::string endpoint;
  std::string reason;
};

struct Report {
  std::size_t added = 0, replaced = 0, unchanged = 0;
  std::vector<Finding> problems, advice;
};

/// Finds what two lines of the file both claim: the server sees a piece at a time.
class Duplicates {
 public:
  /// What is wrong; empty if nothing is.
  std::string check(const CredentialLine& line) {
    const auto& credential = line.credential;
    const auto first = endpoints_.emplace(credential.endpoint, line.number);
    if (!first.second) return claimed("endpoint", first.first->second);
    using Kind = server::CredentialKind;
    if (credential.kind == Kind::Psk) {
      const auto identity = identities_.emplace(credential.identity, line.number);
      if (!identity.second) return claimed("PSK identity", identity.first->second);
      return key(as_text(credential.key.view()), line.number);
    }
    if (credential.kind == Kind::PublicKey) {
      return key(as_text(lwm2m::public_key_x(credential.public_key)), line.number);
    }
    if (credential.kind == Kind::Certificate) {
      return key(as_text(credential.certificate), line.number);
    }
    return {};
  }

 private:
  using Seen = std::unordered_map<std::string, std::size_t>;
  static std::string claimed(const char* what, std::size_t line) {
    return std::string("line ") + std::to_string(line) + " has the same " + what;
  }
  std::string key(std::string_view bytes, std::size_t line) {
    const auto found = keys_.emplace(bytes, line);
    return found.second ? std::string() : claimed("key", found.first->second);
  }

  Seen endpoints_, identities_, keys_;
};

/// The good lines; the others go to the report.
std::vector<CredentialLine> read_lines(const std::string& content, Report& report,
                                       std::size_t& count) {
  try {
    service::CredentialLines lines(content, service::guess_format(content));
    Duplicates duplicates;
    std::vector<CredentialLine> good;
    const Progress progress("reading  ", content.size());
    while (auto line = lines.next()) {
      if (++count % 5000 == 0) progress.show(lines.position());
      if (line->problem.empty()) line->problem = duplicates.check(*line);
      if (line->problem.empty()) {
        good.push_back(std::move(*line));
      } else {
        report.problems.push_back({line->number, line->credential.endpoint, line->problem});
      }
    }
    return good;
  } catch (const service::CredentialTextError& error) {
    throw Failure(kUsage, error.what());
  }
}

void take_findings(const json::object& answer, const char* name,
                   const std::vector<CredentialLine>& lines, std::size_t offset,
                   std::vector<Finding>& out) {
  const auto* list = answer.if_contains(name);
  if (list == nullptr) return;
  for (const auto& item : list->as_array()) {
    const auto& finding = item.as_object();
    const std::size_t index = offset + static_cast<std::size_t>(number(finding, "line")) - 1;
    out.push_back({lines.at(index).number, text(finding, "endpoint"), text(finding, "reason")});
  }
}

/// Sends all lines in pieces. What is bad is told and does not stop it.
void send(const CredentialOptions& options, const std::vector<CredentialLine>& lines, bool dry,
          Report& report) {
  ApiClient api(options.server);
  const std::string target = std::string("/api/v1/credentials?keepGoing=true") +
                             (dry ? "&dryRun=true" : "") + (options.replace ? "&replace=true" : "");
  const Progress progress(dry ? "checking " : "importing", lines.size());
  for (std::size_t offset = 0; offset < lines.size(); offset += kPiece) {
    const std::size_t end = std::min(offset + kPiece, lines.size());
    std::string body;
    for (std::size_t i = offset; i < end; ++i) {
      body += service::to_text(service::to_json(lines[i].credential)) + "\n";
    }
    json::object answer;
    try {
      answer = api.post_lines(target, body).as_object();
    } catch (const Failure& failure) {
      if (dry || offset == 0) throw;
      throw Failure(failure.code,
                    "the first " + std::to_string(offset) + " of " + std::to_string(lines.size()) +
                        " were sent, then: " + failure.what() + ". The import may be repeated");
    }
    report.added += static_cast<std::size_t>(number(answer, "added"));
    report.replaced += static_cast<std::size_t>(number(answer, "replaced"));
    report.unchanged += static_cast<std::size_t>(number(answer, "unchanged"));
    take_findings(answer, "problems", lines, offset, report.problems);
    take_findings(answer, "advice", lines, offset, report.advice);
    progress.show(end);
  }
}

json::array to_json(const std::vector<Finding>& findings) {
  json::array out;
  for (const Finding& finding : findings) {
    out.push_back(
        {{"line", finding.line}, {"endpoint", finding.endpoint}, {"reason", finding.reason}});
  }
  return out;
}

void print_findings(const char* title, const std::vector<Finding>& findings) {
  if (findings.empty()) return;
  std::cout << title << '\n';
  Table table({}, "  ");
  for (std::size_t i = 0; i < std::min(findings.size(), kShown); ++i) {
    table.add({"line " + std::to_string(findings[i].line), printable(findings[i].endpoint),
               printable(findings[i].reason)});
  }
  table.print(std::cout);
  if (findings.size() > kShown) {
    std::cout << "  ... and " << findings.size() - kShown << " more; --json has them all\n";
  }
}

void print(const CredentialOptions& options, const Report& report, std::size_t count,
           bool imported) {
  if (options.as_json) {
    print_json(json::object{{"dryRun", options.dry_run},
                            {"imported", imported},
                            {"lines", count},
                            {"added", report.added},
                            {"replaced", report.replaced},
                            {"unchanged", report.unchanged},
                            {"bad", report.problems.size()},
                            {"problems", to_json(report.problems)},
                            {"advice", to_json(report.advice)}});
    return;
  }
  print_findings("Bad lines:", report.problems);
  print_findings("Bad advice:", report.advice);
  std::cout << count << (count == 1 ? " line: " : " lines: ") << report.added
            << (imported ? " added, " : " to add, ") << report.replaced
            << (imported ? " replaced, " : " to replace, ") << report.unchanged << " as before, "
            << report.problems.size() << " bad\n";
  if (options.dry_run) {
    std::cout << "Nothing was imported: this was a dry run.\n";
  } else if (!imported) {
    std::cout << "Nothing was imported. Mend the bad lines, or take the others with "
                 "--keep-going.\n";
  }
}

}  // namespace

ExitCode import_credentials(const CredentialOptions& options) {
  std::string content = read_input(options.file);
  Report report;
  std::size_t count = 0;
  const auto lines = read_lines(content, report, count);
  secure::wipe({reinterpret_cast<std::uint8_t*>(content.data()), content.size()});
  Report checked = report;
  send(options, lines, true, checked);
  const bool good = checked.problems.empty();
  const bool imported = !options.dry_run && (good || options.keep_going);
  if (imported) {
    send(options, lines, false, report);
    checked = std::move(report);
  }
  std::ranges::sort(checked.problems, {}, &Finding::line);
  print(options, checked, count, imported);
  return checked.problems.empty() ? kOk : kRefused;
}

}  // namespace linnet::cli
