// SPDX-License-Identifier: Apache-2.0
#include "client_prompt.hpp"

#include <charconv>
#include <sstream>

#include <linnet/lwm2m/object_definitions.hpp>
#include <linnet/posix/clock.hpp>

#include "account_tables.hpp"
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
  accounts              the servers this device knows, and how things stand with them
  access                who owns what and may do what with it
  disable SERVER SECS   de-register from a server and be silent to it for so long; enable SERVER
                        ends that. SERVER is a short server id or a URI, as in accounts
  sessions              the secure sessions: with whom, how, since when
  move                  go on from another UDP port, as behind a NAT that forgot us
  offline               send nothing to anybody; online comes back
  bootstrap             ask the bootstrap server for a configuration now
  deregister            leave the servers; register comes back
  quit                  de-register and end)";

std::string no_server(const std::string& word) {
  return "there is no server " + printable(word) + "; accounts lists them";
}

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
  if (word == "accounts") return accounts_table(session_);
  if (word == "access") return access_table(session_);
  if (word == "sessions") return sessions_table(session_);
  if (word == "move") return session_.move();
  if (word == "disable") return disable(words);
  if (word == "enable") return enable(words);
  if (word == "offline" || word == "online") return set_offline(word == "offline");
  if (word == "bootstrap") return bootstrap();
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
  if (engine.offline()) return "this device is offline; online sends an update";
  bool any = false;
  for (client::PeerId peer = 0; peer < engine.peers(); ++peer) {
    if (!engine.registered(peer)) continue;
    engine.update_registration(posix::monotonic_now(), peer);
    any = true;
  }
  return any ? std::string() : "not registered at any server";
}

client::PeerId ClientPrompt::find_server(const std::string& word) const {
  auto& engine = session_.engine();
  for (client::PeerId peer = 0; peer < engine.peers(); ++peer) {
    const auto server = engine.short_server_id(peer);
    if (server == 0) continue;
    if (word == std::to_string(server) || word == engine.server_uri(peer)) return peer;
  }
  return client::kNoPeer;
}

std::string ClientPrompt::disable(const std::vector<std::string>& words) {
  std::uint32_t time = 0;
  const std::string text = words.size() == 2 ? words[1] : "";
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), time);
  if (error != std::errc() || end != text.data() + text.size()) {
    return "disable needs a server and seconds, such as: disable 1 30";
  }
  if (session_.stopping()) return "this device has left its servers; register comes back";
  const auto peer = find_server(words[0]);
  if (peer == client::kNoPeer) return no_server(words[0]);
  session_.engine().disable(posix::monotonic_now(), peer, seconds(time));
  return {};
}

std::string ClientPrompt::enable(const std::vector<std::string>& words) {
  if (words.size() != 1) return "enable needs a server, such as: enable 1";
  const auto peer = find_server(words[0]);
  if (peer == client::kNoPeer) return no_server(words[0]);
  auto& engine = session_.engine();
  if (!engine.disabled(peer)) return "server " + words[0] + " is not disabled";
  engine.enable(posix::monotonic_now(), peer);
  return engine.offline() ? "server " + words[0] + " is enabled once we are online" : "";
}

std::string ClientPrompt::set_offline(bool offline) {
  auto& engine = session_.engine();
  if (engine.offline() == offline) return offline ? "offline already" : "online already";
  engine.set_offline(posix::monotonic_now(), offline);
  return offline ? "offline: nothing is sent, nothing taken; online comes back"
                 : "online: the servers are told";
}

std::string ClientPrompt::bootstrap() {
  auto& engine = session_.engine();
  if (session_.stopping()) return "this device has left its servers; register comes back";
  const std::string server(engine.server_uri(engine.bootstrap_peer()));
  const Status asked = engine.bootstrap(posix::monotonic_now());
  if (asked.ok()) {
    return engine.offline() ? server + " is asked once we are online"
                            : "asking " + server + " for a bootstrap";
  }
  if (asked.error() == Error::Busy) return "a bootstrap is under way already";
  return "there is no bootstrap server to ask: start with --bootstrap URI, or with a [bootstrap] "
         "table in a --factory file";
}

}  // namespace linnet::cli
