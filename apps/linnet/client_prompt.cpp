// SPDX-License-Identifier: Apache-2.0
#include "client_prompt.hpp"

#include <sstream>

#include <linnet/lwm2m/object_definitions.hpp>
#include <linnet/posix/clock.hpp>

#include "table.hpp"
#include "value_words.hpp"

namespace linnet::cli {
namespace {

constexpr const char* kHelp =
    R"(  list                  objects and instances of this device
  show [PATH]           values, such as: show /3303/0
  set PATH VALUE        change a value, such as: set /3303/0/5700 25.5
  send PATH ...         send values to the server without being asked
  update                tell the server that we are still here
  deregister            leave the servers; register comes back
  quit                  de-register and end)";

std::string without_line_feed(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

std::string ClientPrompt::run(const std::string& line) {
  std::istringstream in(line);
  std::string word;
  in >> word;
  std::vector<std::string> words;
  std::string rest;
  std::getline(in >> std::ws, rest);
  std::istringstream more(rest);
  for (std::string next; more >> next;) words.push_back(next);
  if (word.empty() || word[0] == '#') return {};
  if (word == "help" || word == "?") return kHelp;
  if (word == "list") return list();
  if (word == "show") return show(words.empty() ? "/" : words[0]);
  if (word == "set") {
    if (words.size() < 2) return "set needs a path and a value, such as: set /3303/0/5700 25.5";
    return set(words[0], rest.substr(rest.find_first_of(" \t")).erase(0, 1));
  }
  if (word == "send") return send(words);
  if (word == "update") return update();
  if (word == "deregister") {
    session_.stop();
    return {};
  }
  if (word == "register") {
    session_.start();
    return {};
  }
  if (word == "quit" || word == "exit") {
    wants_quit_ = true;
    return {};
  }
  return "\"" + word + "\" is no command; help lists them";
}

std::string ClientPrompt::list() const {
  Table table({}, "  ");
  for (const auto* object : session_.device().objects()) {
    const auto& definition = object->definition();
    std::string instances;
    for (auto id = object->next_instance(lwm2m::kNoId); id != lwm2m::kNoId;
         id = object->next_instance(id)) {
      instances += (instances.empty() ? "" : " ") + std::to_string(id);
    }
    const auto* model = models_.lookup(definition.id, definition.version);
    table.add({"/" + std::to_string(definition.id), model != nullptr ? model->model().name : "",
               lwm2m::format(definition.version), "instances " + instances});
  }
  std::ostringstream out;
  table.print(out);
  return without_line_feed(out.str());
}

std::string ClientPrompt::show(const std::string& text) const {
  const auto path = lwm2m::Path::parse(text);
  if (!path.ok()) return "\"" + text + "\" is not a path such as /3303/0";
  Table table({}, "  ");
  for (const auto& item : session_.device().values_below(*path)) {
    auto* object = session_.device().find(item.object());
    const auto value = object->read(item);
    const auto& definition = object->definition();
    const auto* model = models_.lookup(definition.id, definition.version);
    const auto* resource = model != nullptr ? model->model().find(item.resource()) : nullptr;
    const bool secret = item.object() == lwm2m::objects::security::kObject &&
                        item.resource() == lwm2m::objects::security::kSecretKey;
    std::string shown = secret       ? "(not shown)"
                        : value.ok() ? value_words(*value)
                                     : std::string(describe(value.error()));
    if (resource != nullptr && value.ok() && value->is_numeric() &&
        value->type() != lwm2m::DataType::Time) {
      shown += unit_text(resource->units);
    }
    table.add({path_words(item), resource != nullptr ? resource->name : "", shown});
  }
  if (table.empty()) return "there is nothing at " + text + "; list shows what there is";
  std::ostringstream out;
  table.print(out);
  return without_line_feed(out.str());
}

std::string ClientPrompt::set(const std::string& text, const std::string& value) {
  const auto path = lwm2m::Path::parse(text);
  if (!path.ok()) return "\"" + text + "\" is not a path such as /3303/0/5700";
  const std::string reason = session_.device().set(session_.engine(), *path, value);
  return reason.empty() ? text + " is " + value : "cannot set " + text + ": " + reason;
}

std::string ClientPrompt::send(const std::vector<std::string>& words) {
  if (words.empty()) return "send needs paths, such as: send /3303/0/5700 /3/0/9";
  std::vector<lwm2m::Path> paths;
  for (const auto& word : words) {
    const auto path = lwm2m::Path::parse(word);
    if (!path.ok() || path->is_root()) return "\"" + word + "\" is not a path such as /3303/0/5700";
    paths.push_back(*path);
  }
  const std::string reason = session_.send(paths);
  return reason.empty() ? reason : "cannot send: " + reason;
}

std::string ClientPrompt::update() {
  auto& engine = session_.engine();
  bool any = false;
  for (client::PeerId peer = 0; peer < engine.peers(); ++peer) {
    if (!engine.registered(peer)) continue;
    engine.update_registration(posix::monotonic_now(), peer);
    any = true;
  }
  return any ? std::string() : "not registered at any server";
}

}  // namespace linnet::cli
