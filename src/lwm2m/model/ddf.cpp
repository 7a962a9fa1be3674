// SPDX-License-Identifier: Apache-2.0
#include <linnet/lwm2m/model/ddf.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <pugixml.hpp>
#include <span>

#include <linnet/text/utf8.hpp>

namespace linnet::lwm2m {
namespace {

using Severity = DdfFinding::Severity;

/// A file that is wrong everywhere must not cost memory without end.
constexpr std::size_t kMaxFindings = 1000;

template <typename T>
struct Named {
  std::string_view name;
  T value;
};

constexpr Named<DataType> kTypes[] = {
    {"String", DataType::String},
    {"Integer", DataType::Integer},
    {"Float", DataType::Float},
    {"Boolean", DataType::Boolean},
    {"Opaque", DataType::Opaque},
    {"Time", DataType::Time},
    {"Objlnk", DataType::Objlnk},
    {"Corelnk", DataType::Corelnk},
    {"Unsigned Integer", DataType::Unsigned},
    {"", DataType::None},
};
constexpr Named<std::uint8_t> kOperationNames[] = {
    {"", kNoOperation}, {"R", kRead}, {"W", kWrite}, {"RW", kReadWrite}, {"E", kExecute}};
constexpr Named<bool> kMultiplicities[] = {{"Multiple", true}, {"Single", false}};
constexpr Named<bool> kPresences[] = {{"Mandatory", true}, {"Optional", false}};

enum ObjectTag : std::size_t {
  kObjectName,
  kDescription1,
  kObjectId,
  kObjectUrn,
  kEnabler,
  kObjectVersion,
  kObjectMultiple,
  kObjectMandatory,
  kResources,
  kDescription2,
  kObjectTags
};
constexpr std::array<const char*, kObjectTags> kObjectTagNames = {
    "Name",          "Description1",      "ObjectID",  "ObjectURN", "LWM2MVersion",
    "ObjectVersion", "MultipleInstances", "Mandatory", "Resources", "Description2"};

enum ItemTag : std::size_t {
  kItemName,
  kOperations,
  kItemMultiple,
  kItemMandatory,
  kType,
  kRange,
  kUnits,
  kDescription,
  kItemTags
};
constexpr std::array<const char*, kItemTags> kItemTagNames = {
    "Name",  "Operations", "MultipleInstances", "Mandatory", "Type", "RangeEnumeration",
    "Units", "Description"};

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

/// The text of an element without the blanks around it; empty for a missing element.
std::string text_of(pugi::xml_node node) {
  std::string text;
  for (const pugi::xml_node part : node.children()) {
    if (part.type() == pugi::node_pcdata || part.type() == pugi::node_cdata) text += part.value();
  }
  constexpr std::string_view blanks = " \t\r\n";
  text.erase(0, std::min(text.size(), text.find_first_not_of(blanks)));
  text.erase(text.find_last_not_of(blanks) + 1);
  return text;
}

std::string quoted(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::size_t size = std::min(text.size(), longest);
  // Not in the middle of a character.
  while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
    --size;
  std::string result = "\"";
  result += text.substr(0, size);
  if (size < text.size()) result += "...";
  return result + '"';
}

template <typename T>
std::string choices(std::span<const Named<T>> names) {
  std::string text;
  for (const Named<T>& named : names) {
    if (!text.empty()) text += ", ";
    text += named.name.empty() ? "nothing" : named.name;
  }
  return text;
}

class DdfReader {
 public:
  explicit DdfReader(std::string_view xml) : xml_(xml) {}

  DdfResult read();

 private:
  template <std::size_t N>
  using Tags = std::array<pugi::xml_node, N>;

  void report_at(std::size_t line, Severity severity, std::string what, std::string remedy);
  void report(pugi::xml_node node, Severity severity, std::string what, std::string remedy) {
    report_at(line_of(node), severity, std::move(what), std::move(remedy));
  }
  void error(pugi::xml_node node, std::string what, std::string remedy) {
    report(node, Severity::Error, std::move(what), std::move(remedy));
  }
  void warn(pugi::xml_node node, std::string what, std::string remedy) {
    report(node, Severity::Warning, std::move(what), std::move(remedy));
  }
  std::size_t line_at(std::size_t offset);
  std::size_t line_of(pugi::xml_node node);

  template <std::size_t N>
  Tags<N> tags_of(pugi::xml_node parent, const std::array<const char*, N>& names);
  template <typename T, std::size_t N>
  T choice(pugi::xml_node parent, pugi::xml_node node, const char* tag, const Named<T> (&names)[N]);
  std::optional<Id> id_in(pugi::xml_node node, std::string_view text);

  bool check_utf8();
  void read_object(pugi::xml_node node);
  void read_version(pugi::xml_node object, const Tags<kObjectTags>& tags, ObjectModel& model);
  void read_urn(pugi::xml_node object, const Tags<kObjectTags>& tags, ObjectModel& model,
                bool versioned);
  void read_resources(pugi::xml_node node, ObjectModel& model);
  std::optional<ResourceModel> read_item(pugi::xml_node node);
  void check_item(pugi::xml_node node, const Tags<kItemTags>& tags, ResourceModel& resource);
  [[nodiscard]] bool full() const { return result_.findings.size() >= kMaxFindings; }

  std::string_view xml_;
  std::vector<std::size_t> line_starts_;
  Id object_ = kNoId;
  Id resource_ = kNoId;
  bool object_has_error_ = false;
  DdfResult result_;
};

void DdfReader::report_at(std::size_t line, Severity severity, std::string what,
                          std::string remedy) {
  if (severity == Severity::Error) object_has_error_ = true;
  if (full()) return;
  if (result_.findings.size() + 1 == kMaxFindings) {
    severity = Severity::Error;
    what = "so much is wrong that the rest of the file was left out";
    remedy = "mend what is listed above first";
  }
  result_.findings.push_back(
      {severity, line, object_, resource_, std::move(what), std::move(remedy)});
}

std::size_t DdfReader::line_at(std::size_t offset) {
  if (line_starts_.empty()) {
    line_starts_.push_back(0);
    for (std::size_t i = 0; i < xml_.size(); ++i) {
      if (xml_[i] == '\n') line_starts_.push_back(i + 1);
    }
  }
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  return static_cast<std::size_t>(after - line_starts_.begin());
}

std::size_t DdfReader::line_of(pugi::xml_node node) {
  // In UTF-16 and UTF-32 offsets count characters of the converted text: good enough to look near.
  const std::ptrdiff_t offset = node.offset_debug();
  return line_at(offset < 0 ? 0 : std::min(static_cast<std::size_t>(offset), xml_.size()));
}

template <std::size_t N>
DdfReader::Tags<N> DdfReader::tags_of(pugi::xml_node parent,
                                      const std::array<const char*, N>& names) {
  Tags<N> tags;
  for (const pugi::xml_node child : parent.children()) {
    if (child.type() != pugi::node_element) continue;
    const auto name = std::find(names.begin(), names.end(), std::string_view{child.name()});
    if (name == names.end()) {
      warn(child, "unknown element <" + std::string(child.name()) + ">", "remove it");
      continue;
    }
    pugi::xml_node& tag = tags[static_cast<std::size_t>(name - names.begin())];
    if (tag) {
      warn(child, "a second <" + std::string(*name) + ">; the first one counts",
           "remove one of them");
    } else {
      tag = child;
    }
  }
  return tags;
}

template <typename T, std::size_t N>
T DdfReader::choice(pugi::xml_node parent, pugi::xml_node node, const char* tag,
                    const Named<T> (&names)[N]) {
  const std::string element = "<" + std::string(tag) + ">";
  if (!node) {
    error(parent, element + " is missing", "add it with one of: " + choices<T>(names));
    return T{};
  }
  const std::string text = text_of(node);
  for (const Named<T>& named : names) {
    if (named.name == text) return named.value;
  }
  for (const Named<T>& named : names) {
    if (!same_ignoring_case(named.name, text)) continue;
    warn(node, element + " says " + quoted(text), "write " + std::string(named.name));
    return named.value;
  }
  error(node, element + " says " + quoted(text), "write one of: " + choices<T>(names));
  return T{};
}

std::optional<Id> DdfReader::id_in(pugi::xml_node node, std::string_view text) {
  Id id = kNoId;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (code == std::errc{} && end == text.data() + text.size() && id != kNoId) return id;
  error(node, quoted(text) + " is no identifier", "write a number from 0 to 65534");
  return std::nullopt;
}

DdfResult DdfReader::read() {
  if (xml_.size() > kMaxDdfBytes) {
    report_at(1, Severity::Error, "the file is too large", "split it: 8 MiB are read at most");
    return std::move(result_);
  }
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(xml_.data(), xml_.size());
  if (!parsed) {
    const auto offset = static_cast<std::size_t>(std::max<std::ptrdiff_t>(parsed.offset, 0));
    report_at(line_at(std::min(offset, xml_.size())), Severity::Error,
              "not well-formed XML: " + std::string(parsed.description()),
              "mend the XML near this line");
    return std::move(result_);
  }
  if (parsed.encoding == pugi::encoding_utf8 && !check_utf8()) return std::move(result_);
  const pugi::xml_node root = document.document_element();
  if (std::string_view{root.name()} != "LWM2M") {
    error(root,
          "the outermost element is <" + std::string(root.name()) + ">, so this is no DDF file",
          "wrap the objects in <LWM2M>, or leave the file out");
    return std::move(result_);
  }
  bool empty = true;
  for (const pugi::xml_node node : root.children()) {
    if (node.type() != pugi::node_element || full()) continue;
    empty = false;
    if (std::string_view{node.name()} == "Object") {
      read_object(node);
    } else {
      warn(node, "unknown element <" + std::string(node.name()) + ">",
           "only <Object> belongs here");
    }
  }
  if (empty) error(root, "there is no <Object>", "add one");
  std::stable_sort(result_.findings.begin(), result_.findings.end(),
                   [](const DdfFinding& a, const DdfFinding& b) { return a.line < b.line; });
  return std::move(result_);
}

/// Names and descriptions end up in answers to people, which must be UTF-8.
bool DdfReader::check_utf8() {
  if (text::is_utf8(as_bytes(xml_))) return true;
  std::size_t line = 1;
  for (std::string_view rest = xml_; !rest.empty(); ++line) {
    const std::size_t end = std::min(rest.size(), rest.find('\n'));
    if (!text::is_utf8(as_bytes(rest.substr(0, end)))) break;
    rest.remove_prefix(std::min(rest.size(), end + 1));
  }
  report_at(line, Severity::Error, "bytes that are not UTF-8", "save the file as UTF-8");
  return false;
}

void DdfReader::read_object(pugi::xml_node node) {
  object_has_error_ = false;
  const std::string_view kind = node.attribute("ObjectType").value();
  if (kind == "CommonResources") {
    warn(node, "a list of reusable resources, not an object; left out", "nothing to do");
    return;
  }
  if (kind != "MODefinition") {
    warn(node, "ObjectType is " + quoted(kind), "write ObjectType=\"MODefinition\"");
  }
  const auto tags = tags_of(node, kObjectTagNames);
  ObjectModel model;
  if (!tags[kObjectId]) {
    error(node, "<ObjectID> is missing", "add it with a number from 0 to 65534");
  } else if (const auto id = id_in(tags[kObjectId], text_of(tags[kObjectId]))) {
    model.id = object_ = *id;
  }
  model.name = text_of(tags[kObjectName]);
  if (model.name.empty()) warn(node, "the object has no name", "add <Name>");
  model.description = text_of(tags[kDescription1]);
  if (!tags[kDescription1])
    warn(node, "<Description1> is missing", "say in it what the object is for");
  if (!tags[kDescription2]) warn(node, "<Description2> is missing", "add it; it may be empty");
  read_version(node, tags, model);
  model.multiple = choice(node, tags[kObjectMultiple], "MultipleInstances", kMultiplicities);
  model.mandatory = choice(node, tags[kObjectMandatory], "Mandatory", kPresences);
  if (tags[kResources]) {
    read_resources(tags[kResources], model);
  } else {
    error(node, "<Resources> is missing", "add it with an <Item> for each resource");
  }
  if (!object_has_error_ && !full()) result_.objects.push_back(std::move(model));
  object_ = kNoId;
}

void DdfReader::read_version(pugi::xml_node object, const Tags<kObjectTags>& tags,
                             ObjectModel& model) {
  model.enabler = kEnabler10;
  if (const std::string text = text_of(tags[kEnabler]); !text.empty()) {
    const auto version = Version::parse(text);
    if (version) {
      model.enabler = *version;
    } else {
      warn(tags[kEnabler], "<LWM2MVersion> says " + quoted(text), "write a version such as 1.1");
    }
  }
  const std::string text = text_of(tags[kObjectVersion]);
  if (!text.empty()) {
    const auto version = Version::parse(text);
    if (version) {
      model.version = *version;
    } else {
      error(tags[kObjectVersion], "<ObjectVersion> says " + quoted(text),
            "write a version such as 1.1");
    }
  }
  read_urn(object, tags, model, !text.empty());
}

void DdfReader::read_urn(pugi::xml_node object, const Tags<kObjectTags>& tags, ObjectModel& model,
                         bool versioned) {
  // Who may use which identifiers is laid down by the registry.
  using Owner = ObjectUrn::Owner;
  const Owner owner = model.id < 2048 ? Owner::Oma : model.id <= 10240 ? Owner::Ext : Owner::X;
  model.urn = text_of(tags[kObjectUrn]);
  const auto urn = ObjectUrn::parse(model.urn);
  if (urn && !versioned && urn->version != model.version) {
    warn(object, "<ObjectVersion> is missing and the URN says " + format(urn->version),
         "add <ObjectVersion>" + format(urn->version) + "</ObjectVersion>");
    model.version = urn->version;
  }
  if (model.id == kNoId) return;
  const std::string expected = format(ObjectUrn{owner, model.id, model.version});
  const pugi::xml_node node = tags[kObjectUrn] ? tags[kObjectUrn] : object;
  if (!urn) {
    error(node, "the URN " + quoted(model.urn) + " has not the form of one", "write " + expected);
  } else if (urn->object != model.id) {
    error(node, "the URN is that of object " + std::to_string(urn->object), "write " + expected);
  } else if (urn->version != model.version) {
    error(node,
          "the URN says version " + format(urn->version) + ", <ObjectVersion> " +
              format(model.version),
          "write " + expected + " or change <ObjectVersion>");
  } else if (urn->owner != owner) {
    warn(node, "the URN " + model.urn + " does not fit the range of the identifier",
         "write " + expected);
  }
}

void DdfReader::read_resources(pugi::xml_node node, ObjectModel& model) {
  struct Placed {
    ResourceModel resource;
    pugi::xml_node node;
  };
  std::vector<Placed> found;
  for (const pugi::xml_node item : node.children()) {
    if (item.type() != pugi::node_element || full()) continue;
    if (std::string_view{item.name()} != "Item") {
      warn(item, "unknown element <" + std::string(item.name()) + ">", "only <Item> belongs here");
      continue;
    }
    if (auto resource = read_item(item)) found.push_back({std::move(*resource), item});
    resource_ = kNoId;
  }
  if (found.empty()) warn(node, "the object has no resources", "add an <Item> for each resource");
  std::stable_sort(found.begin(), found.end(),
                   [](const Placed& a, const Placed& b) { return a.resource.id < b.resource.id; });
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (i > 0 && found[i].resource.id == found[i - 1].resource.id) {
      resource_ = found[i].resource.id;
      error(found[i].node,
            "the resource is already defined in line " + std::to_string(line_of(found[i - 1].node)),
            "give one of them another ID");
      resource_ = kNoId;
    }
    model.resources.push_back(std::move(found[i].resource));
  }
}

std::optional<ResourceModel> DdfReader::read_item(pugi::xml_node node) {
  const auto id = id_in(node, node.attribute("ID").value());
  if (!id) return std::nullopt;
  resource_ = *id;
  const auto tags = tags_of(node, kItemTagNames);
  ResourceModel resource;
  resource.id = *id;
  resource.name = text_of(tags[kItemName]);
  resource.operations = choice(node, tags[kOperations], "Operations", kOperationNames);
  resource.multiple = choice(node, tags[kItemMultiple], "MultipleInstances", kMultiplicities);
  resource.mandatory = choice(node, tags[kItemMandatory], "Mandatory", kPresences);
  resource.type = choice(node, tags[kType], "Type", kTypes);
  resource.range_text = text_of(tags[kRange]);
  resource.units = text_of(tags[kUnits]);
  resource.description = text_of(tags[kDescription]);
  check_item(node, tags, resource);
  return resource;
}

void DdfReader::check_item(pugi::xml_node node, const Tags<kItemTags>& tags,
                           ResourceModel& resource) {
  if (resource.name.empty()) warn(node, "the resource has no name", "add <Name>");
  for (const ItemTag tag : {kRange, kUnits, kDescription}) {
    if (!tags[tag])
      warn(node, "<" + std::string(kItemTagNames[tag]) + "> is missing", "add it; it may be empty");
  }
  if (resource.operations == kExecute) {
    if (resource.type != DataType::None) {
      warn(tags[kType], "an executable resource has a type; it is ignored", "leave <Type> empty");
      resource.type = DataType::None;
    }
    if (resource.multiple) {
      warn(tags[kItemMultiple], "an executable resource cannot have instances", "write Single");
      resource.multiple = false;
    }
  } else if (tags[kType] && text_of(tags[kType]).empty()) {
    warn(tags[kType], "the resource has no type, so nobody can tell what its bytes mean",
         "fill in <Type>");
  }
  if (resource.type == DataType::None) return;
  resource.range = ValueRange::parse(resource.range_text, resource.type);
  if (resource.range.kind == ValueRange::Kind::Text) {
    warn(tags[kRange], "values are not checked against " + quoted(resource.range_text),
         "write a range such as 0..10 or a list such as 0,1,2");
  }
}

}  // namespace

std::string format(const DdfFinding& finding, std::string_view file) {
  std::string text{file};
  text += ':' + std::to_string(finding.line);
  text += finding.severity == Severity::Error ? ": error: " : ": warning: ";
  if (finding.object != kNoId) {
    text += "object " + std::to_string(finding.object);
    if (finding.resource != kNoId) text += ", resource " + std::to_string(finding.resource);
    text += ": ";
  } else if (finding.resource != kNoId) {
    text += "resource " + std::to_string(finding.resource) + ": ";
  }
  text += finding.what;
  if (!finding.remedy.empty()) text += " (" + finding.remedy + ")";
  return text;
}

bool DdfResult::ok() const {
  return std::none_of(findings.begin(), findings.end(),
                      [](const DdfFinding& f) { return f.severity == Severity::Error; });
}

DdfResult parse_ddf(std::string_view xml) { return DdfReader(xml).read(); }

}  // namespace linnet::lwm2m
