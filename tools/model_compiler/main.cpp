// SPDX-License-Identifier: Apache-2.0
// linnet_model_compiler: checks object definition files and writes them as a C++ header.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "compile.hpp"

namespace {

using linnet::lwm2m::DdfFinding;
using linnet::lwm2m::ModelStore;

constexpr const char* kUsage =
    R"(usage: linnet_model_compiler [--namespace NAME] [--output FILE [--check]] INPUT...

Checks object definition files (OMA DDF) and writes them as a C++ header of constant tables.
INPUT is a file or a folder of *.xml.

  --output FILE     write the header there; without it the files are only checked
  --check           write nothing; fail unless FILE already has that content
  --namespace NAME  of the tables (linnet::lwm2m::objects)

Exit status: 0 done, 1 something is wrong with the files, 2 wrong usage.
)";

struct Arguments {
  linnet::model_compiler::Options options;
  std::filesystem::path output;
  bool check = false;
  bool help = false;
  std::vector<std::filesystem::path> inputs;
};

bool parse(int argc, char** argv, Arguments& arguments) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const bool has_value = i + 1 < argc;
    if (word == "--namespace" && has_value) {
      arguments.options.name_space = argv[++i];
    } else if (word == "--output" && has_value) {
      arguments.output = argv[++i];
    } else if (word == "--check") {
      arguments.check = true;
    } else if (word == "--help") {
      arguments.help = true;
    } else if (word.starts_with("-")) {
      return false;
    } else {
      arguments.inputs.emplace_back(word);
    }
  }
  return arguments.help ||
         (!arguments.inputs.empty() && (!arguments.check || !arguments.output.empty()));
}

bool print(const DdfFinding& finding, const std::string& file) {
  std::cerr << format(finding, file) << '\n';
  return finding.severity == DdfFinding::Severity::Warning;
}

/// Adds the definitions of `input` to `models`; false if there were errors.
bool load(const std::filesystem::path& input, ModelStore& models) {
  bool good = true;
  std::error_code ignored;
  if (std::filesystem::is_directory(input, ignored)) {
    for (const auto& [file, finding] : models.load_folder(input).findings)
      good &= print(finding, file);
    return good;
  }
  std::ifstream stream(input, std::ios::binary);
  if (!stream) {
    std::cerr << input.string() << ": cannot be read\n";
    return false;
  }
  auto result = linnet::lwm2m::parse_ddf(std::string{std::istreambuf_iterator<char>(stream), {}});
  for (const DdfFinding& finding : result.findings) good &= print(finding, input.string());
  for (auto& model : result.objects) {
    if (!models.add(std::move(model))) good = false;
  }
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (!parse(argc, argv, arguments)) {
    std::cerr << kUsage;
    return 2;
  }
  if (arguments.help) {
    std::cout << kUsage;
    return 0;
  }
  ModelStore models;
  bool good = true;
  for (const std::filesystem::path& input : arguments.inputs) good &= load(input, models);
  if (!good) return 1;
  if (arguments.output.empty()) {
    std::cout << models.all().size() << " object definitions\n";
    return 0;
  }
  const std::string text = compile(models, arguments.options);
  if (arguments.check) {
    std::ifstream stream(arguments.output, std::ios::binary);
    if (stream && std::string{std::istreambuf_iterator<char>(stream), {}} == text) return 0;
    std::cerr << arguments.output.string()
              << ": does not match the definitions; run without --check\n";
    return 1;
  }
  std::ofstream stream(arguments.output, std::ios::binary);
  stream << text;
  stream.close();
  if (!stream) {
    std::cerr << arguments.output.string() << ": cannot be written\n";
    return 1;
  }
  return 0;
}
