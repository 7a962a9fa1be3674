// SPDX-License-Identifier: Apache-2.0
#include "compile.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

namespace linnet::model_compiler {
namespace {

using lwm2m::DataType;
using lwm2m::Id;
using lwm2m::ObjectModel;
using lwm2m::ResourceDefinition;
using lwm2m::ResourceModel;
using lwm2m::Version;

constexpr std::size_t kColumns = 100;
constexpr std::string_view kHome = "linnet::lwm2m";

// Words an object may be named after but no namespace.
constexpr std::string_view kKeywords[] = {
    "and",      "asm",     "auto",     "bool",     "break",     "case",   "char",   "class",
    "const",    "default", "delete",   "do",       "double",    "else",   "enum",   "explicit",
    "export",   "extern",  "false",    "float",    "for",       "friend", "goto",   "if",
    "inline",   "int",     "long",     "mutable",  "namespace", "new",    "not",    "operator",
    "or",       "private", "public",   "register", "return",    "short",  "signed", "static",
    "struct",   "switch",  "template", "this",     "throw",     "true",   "try",    "union",
    "unsigned", "using",   "virtual",  "void",     "volatile",  "while"};

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char upper(char c) { return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c; }
char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), lower);
  return text;
}

/// Letters and digits in a row. Brackets part no words: "Key(s)" is "Keys".
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  std::string word;
  const auto flush = [&] {
    if (!word.empty() && lowered(word) != "lwm2m") words.push_back(word);
    word.clear();
  };
  for (const char c : name) {
    if (c == '(' || c == ')') continue;
    if (is_upper(c) || is_lower(c) || is_digit(c)) {
      word += c;
    } else {
      flush();
    }
  }
  flush();
  return words;
}

/// A capital, and no two in a row unless the second one begins a word: "SignalSNR" -> "SignalSnr".
std::string capitalised(std::string word) {
  word[0] = upper(word[0]);
  std::string result = word;
  for (std::size_t i = 1; i < word.size(); ++i) {
    const bool begins_word = i + 1 < word.size() && is_lower(word[i + 1]);
    if (is_upper(word[i - 1]) && is_upper(word[i]) && !begins_word) result[i] = lower(word[i]);
  }
  return result;
}

/// `wanted`, or with the id if that name is taken.
std::string unique(std::set<std::string>& taken, std::string wanted, Id id) {
  if (!taken.insert(wanted).second) {
    wanted += '_' + std::to_string(id);
    taken.insert(wanted);
  }
  return wanted;
}

const char* type_name(DataType type) {
  switch (type) {
    case DataType::None: return "None";
    case DataType::String: return "String";
    case DataType::Integer: return "Integer";
    case DataType::Unsigned: return "Unsigned";
    case DataType::Float: return "Float";
    case DataType::Boolean: return "Boolean";
    case DataType::Opaque: return "Opaque";
    case DataType::Time: return "Time";
    case DataType::Objlnk: return "Objlnk";
    case DataType::Corelnk: return "Corelnk";
  }
  return "None";
}

const char* operations_name(std::uint8_t operations) {
  switch (operations) {
    case lwm2m::kRead: return "kRead";
    case lwm2m::kWrite: return "kWrite";
    case lwm2m::kReadWrite: return "kReadWrite";
    case lwm2m::kExecute: return "kExecute";
    default: return "kNoOperation";
  }
}

const char* name_of(bool flag) { return flag ? "true" : "false"; }

std::string suffix(Version version) {
  return std::to_string(version.major) + '_' + std::to_string(version.minor);
}

class HeaderWriter {
 public:
  explicit HeaderWriter(const Options& options) : options_(options) {}

  std::string write(const lwm2m::ModelStore& models);

 private:
  using Versions = std::span<const lwm2m::ModelPointer>;
  using ConstantNames = std::map<Id, std::string>;

  void write_opening();
  void write_object(Versions versions);
  ConstantNames name_resources(Versions versions);
  void write_table(const ObjectModel& model, const ConstantNames& names);

  const Options& options_;
  std::set<std::string> taken_;
  std::string text_;
};

std::string HeaderWriter::write(const lwm2m::ModelStore& models) {
  write_opening();
  Id previous = lwm2m::kNoId;
  for (const lwm2m::ModelPointer& pointer : models.all()) {
    if (pointer->model().id == previous) continue;
    previous = pointer->model().id;
    write_object(models.versions(previous));
  }
  text_ += "}  // namespace " + options_.name_space + "\n";
  return std::move(text_);
}

void HeaderWriter::write_opening() {
  text_ =
      "// SPDX-License-Identifier: Apache-2.0\n"
      "#pragma once\n"
      "// Object definitions as constant tables, and names for their identifiers (Core 1.2 "
      "Appendix "
      "E).\n"
      "// Generated from object definition files by tools/model_compiler: change those, not this "
      "one.\n"
      "// A table costs flash only if it is used. All have static lifetime.\n"
      "#include <linnet/lwm2m/definition.hpp>\n\n";
  text_ += "namespace " + options_.name_space + " {\n";
  if (options_.name_space != kHome && !options_.name_space.starts_with(std::string(kHome) + "::")) {
    for (const char* name : {"DataType", "Id", "ObjectDefinition", "ResourceDefinition", "kExecute",
                             "kNoOperation", "kRead", "kReadWrite", "kWrite"}) {
      text_ += "using " + std::string(kHome) + "::" + name + ";\n";
    }
  }
}

/// The constants of all versions: an id never means another resource in another version [OV-03].
HeaderWriter::ConstantNames HeaderWriter::name_resources(Versions versions) {
  std::map<Id, std::string_view> newest;
  for (const lwm2m::ModelPointer& pointer : versions) {
    for (const ResourceModel& resource : pointer->model().resources)
      newest[resource.id] = resource.name;
  }
  ConstantNames names;
  std::set<std::string> taken{"kObject"};
  for (const auto& [id, name] : newest) {
    std::string word = pascal_case(name);
    if (word.empty()) word = "Resource";
    names[id] = unique(taken, "k" + word, id);
    text_ += "inline constexpr Id " + names[id] + " = " + std::to_string(id) + ";\n";
  }
  return names;
}

void HeaderWriter::write_object(Versions versions) {
  const ObjectModel& latest = versions.back()->model();
  std::string space = snake_case(latest.name);
  std::string constant = pascal_case(latest.name);
  if (space.empty()) {
    space = "object";
    constant = "Object";
  }
  const bool is_keyword =
      std::find(std::begin(kKeywords), std::end(kKeywords), space) != std::end(kKeywords);
  if (is_keyword || is_digit(space[0])) space = "object_" + space;
  space = unique(taken_, space, latest.id);
  constant = unique(taken_, "k" + constant, latest.id);

  text_ += "namespace " + space +
           " {\n\ninline constexpr Id kObject = " + std::to_string(latest.id) + ";\n";
  const ConstantNames names = name_resources(versions);
  for (const lwm2m::ModelPointer& pointer : versions) write_table(pointer->model(), names);
  text_ += "\n}  // namespace " + space + "\n\n";

  for (const lwm2m::ModelPointer& pointer : versions) {
    const ObjectModel& model = pointer->model();
    text_ += "inline constexpr ObjectDefinition " + constant + '_' + suffix(model.version) +
             "{\n    " + std::to_string(model.id) + ", {" + std::to_string(model.version.major) +
             ", " + std::to_string(model.version.minor) + "}, " + name_of(model.multiple) + ", " +
             name_of(model.mandatory) + ", ";
    text_ += model.resources.empty() ? "{}" : space + "::kResources_" + suffix(model.version);
    text_ += "};\n";
  }
  text_ += "/// The latest version.\ninline constexpr const ObjectDefinition& " + constant + " = " +
           constant + '_' + suffix(latest.version) + ";\n\n";
}

void HeaderWriter::write_table(const ObjectModel& model, const ConstantNames& names) {
  if (model.resources.empty()) return;
  text_ += "\ninline constexpr ResourceDefinition kResources_" + suffix(model.version) + "[] = {\n";
  for (const ResourceModel& resource : model.resources) {
    const ResourceDefinition definition = resource.definition();
    const std::string head =
        "    {" + names.at(resource.id) + ", DataType::" + type_name(definition.type) + ",";
    std::string tail = operations_name(definition.operations);
    tail += std::string(", ") + name_of(definition.multiple) + ", " +
            name_of(definition.mandatory) + ", " + std::to_string(definition.minimum) + ", " +
            std::to_string(definition.maximum) + "},\n";
    // The line feed is no column, the blank between the two is.
    const bool fits = head.size() + tail.size() <= kColumns;
    text_ += head;
    text_ += fits ? " " : "\n     ";
    text_ += tail;
  }
  text_ += "};\n";
}

}  // namespace

std::string pascal_case(std::string_view name) {
  std::string result;
  for (const std::string& word : words_of(name)) result += capitalised(word);
  return result;
}

std::string snake_case(std::string_view name) {
  std::string result;
  for (const std::string& word : words_of(name)) {
    if (!result.empty()) result += '_';
    result += lowered(word);
  }
  return result;
}

std::string compile(const lwm2m::ModelStore& models, const Options& options) {
  return HeaderWriter(options).write(models);
}

}  // namespace linnet::model_compiler
