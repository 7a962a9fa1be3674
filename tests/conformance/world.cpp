// SPDX-License-Identifier: Apache-2.0
#include <conformance/world.hpp>

#include <algorithm>

namespace linnet::conformance {

namespace {

constexpr std::uint8_t kServerHost = 1;

const char* method_name(Code code) {
  switch (code) {
    case Code::Get: return "GET";
    case Code::Post: return "POST";
    case Code::Put: return "PUT";
    case Code::Delete: return "DELETE";
    case Code::Fetch: return "FETCH";
    case Code::IPatch: return "iPATCH";
    default: return "?";
  }
}

std::string code_text(Code code) {
  const auto byte = static_cast<unsigned>(code);
  const unsigned detail = byte & 31;
  return std::to_string(byte >> 5) + "." + (detail < 10 ? "0" : "") + std::to_string(detail);
}

void add_number(std::string& text, const Sent& message, OptionNumber option, const char* name) {
  if (const auto number = message.number(option)) text += name + std::to_string(*number);
}

}  // namespace

std::string line(const Sent& message) {
  const Code code = message.code();
  if (code == Code::Empty) return message.type() == coap::Type::Rst ? "RST" : "ACK";
  std::string text;
  if (coap::is_request(code)) {
    const std::string path = message.path();
    text = std::string(method_name(code)) + " " + (path.empty() ? "/" : path);
    std::string query = message.query();
    for (std::size_t i = 1; i < query.size(); ++i) {
      if (query[i] == '?') query[i] = '&';
    }
    text += query;
  } else {
    text = code_text(code);
    if (const std::string at = message.location(); !at.empty()) text += " at=" + at;
  }
  // The value of Observe is a sequence number in a response.
  if (coap::is_request(code)) {
    add_number(text, message, OptionNumber::Observe, " observe=");
  } else if (message.number(OptionNumber::Observe)) {
    text += " observe";
  }
  add_number(text, message, OptionNumber::ContentFormat, " ct=");
  add_number(text, message, OptionNumber::Accept, " accept=");
  return text;
}

Wire::Wire(sim::Network& network) {
  network.on_datagram = [this](Instant now, const sim::Datagram& datagram, bool lost) {
    if (lost) return;
    const bool by_device = datagram.from != sim::host(kServerHost);
    const auto same = [&](const Record& record) {
      return record.by_device == by_device && record.message.bytes == datagram.bytes;
    };
    if (std::any_of(records_.begin(), records_.end(), same)) return;
    ASSERT_TRUE(coap::MessageView::parse(datagram.bytes).ok()) << "malformed message on the wire";
    records_.push_back({now, by_device, Sent{0, datagram.bytes}});
  };
}

std::vector<Talk> Wire::talks(bool by_device, std::size_t since) const {
  std::vector<Talk> found;
  for (std::size_t i = since; i < records_.size(); ++i) {
    const Record& record = records_[i];
    const Code code = record.message.code();
    if (record.by_device == by_device && coap::is_request(code)) {
      found.push_back({record.at, by_device, record.message, {}, {}});
    } else if (record.by_device != by_device && coap::is_response(code)) {
      const auto talk = std::find_if(found.rbegin(), found.rend(), [&](const Talk& t) {
        return t.request.token() == record.message.token();
      });
      if (talk == found.rend()) continue;
      if (talk->responses.empty()) talk->answered_at = record.at;
      talk->responses.push_back(record.message);
    }
  }
  return found;
}

std::vector<Notice> Wire::notifications(std::size_t since) const {
  std::vector<Notice> found;
  for (std::size_t i = since; i < records_.size(); ++i) {
    const Record& record = records_[i];
    if (!record.by_device || !coap::is_response(record.message.code())) continue;
    if (record.message.type() == coap::Type::Ack) continue;
    for (std::size_t k = i; k-- > 0;) {
      const Record& request = records_[k];
      if (request.by_device || !coap::is_request(request.message.code()) ||
          request.message.token() != record.message.token()) {
        continue;
      }
      found.push_back({record.at, request.message.path(), record.message});
      break;
    }
  }
  return found;
}

std::vector<Sent> Wire::empty_messages(bool by_device, std::size_t since) const {
  std::vector<Sent> found;
  for (std::size_t i = since; i < records_.size(); ++i) {
    const Record& record = records_[i];
    if (record.by_device == by_device && record.message.code() == Code::Empty) {
      found.push_back(record.message);
    }
  }
  return found;
}

server::OwnedValue Step::value(const Path& path) const {
  for (const server::ResourceValue& entry : result.values) {
    if (entry.path == path) return entry.value;
  }
  return {};
}

server::ResourceValues values(std::initializer_list<std::pair<Path, Value>> entries) {
  server::ResourceValues result;
  for (const auto& [path, value] : entries) result.push_back({path, value, {}});
  return result;
}

// --- World ---

World::World(const Configuration& what, lwm2m::Version version, const server::ShardConfig& config)
    : configuration(what),
      options(options_of(version, what)),
      server(net, sim::host(kServerHost), config, 2, &definitions) {}

void World::power_on() {
  ++options.seed;
  device.emplace(net, options, configuration);
  device->on_event = [this](Instant now, const client::Event& event) {
    if (event.type == EventType::DisableRequested) device->client.stop(now);
  };
  device->start();
}

void World::power_on_registered() {
  power_on();
  ASSERT_TRUE(net.run_until([&] { return device->registered(); }, seconds(60)));
}

Step World::perform(Operation operation) {
  const std::size_t mark = wire.mark();
  Step step;
  step.result = server.perform(kEndpoint, std::move(operation));
  step.talks = wire.by_server(mark);
  return step;
}

namespace {

Operation operation(OperationKind kind, const Path& path,
                    std::optional<ContentFormat> format = std::nullopt) {
  Operation op;
  op.kind = kind;
  op.path = path;
  op.format = format;
  return op;
}

}  // namespace

Step World::read(const Path& path, std::optional<ContentFormat> format) {
  return perform(operation(OperationKind::Read, path, format));
}

Step World::write(const Path& path, const server::ResourceValues& entries, ContentFormat format,
                  OperationKind kind) {
  Operation op = operation(kind, path, format);
  op.values = entries;
  return perform(std::move(op));
}

Step World::set(const Path& path, const Value& value, ContentFormat format) {
  return write(path, values({{path, value}}), format);
}

Step World::create(const Path& path, const server::ResourceValues& entries, ContentFormat format) {
  return write(path, entries, format, OperationKind::Create);
}

Step World::remove(const Path& path) { return perform(operation(OperationKind::Delete, path)); }

Step World::execute(const Path& path, std::string arguments) {
  Operation op = operation(OperationKind::Execute, path);
  op.arguments = std::move(arguments);
  return perform(std::move(op));
}

Step World::discover(const Path& path) { return perform(operation(OperationKind::Discover, path)); }

Step World::observe(const Path& path, std::optional<ContentFormat> format) {
  return perform(operation(OperationKind::Observe, path, format));
}

Step World::observe_composite(const std::vector<Path>& paths, ContentFormat format) {
  Operation op = operation(OperationKind::ObserveComposite, {}, format);
  op.paths = paths;
  return perform(std::move(op));
}

Step World::cancel(server::ObservationId observation) {
  Operation op = operation(OperationKind::CancelObservation, {});
  op.observation = observation;
  return perform(std::move(op));
}

Step World::read_composite(const std::vector<Path>& paths, ContentFormat format) {
  Operation op = operation(OperationKind::ReadComposite, {}, format);
  op.paths = paths;
  return perform(std::move(op));
}

Step World::write_composite(const server::ResourceValues& entries, ContentFormat format) {
  Operation op = operation(OperationKind::WriteComposite, {}, format);
  op.values = entries;
  return perform(std::move(op));
}

Step World::write_attributes(const Path& path, const std::vector<std::string>& attributes) {
  Operation op = operation(OperationKind::WriteAttributes, path);
  for (const std::string& attribute : attributes) {
    EXPECT_TRUE(op.attributes.parse(attribute).ok()) << attribute;
  }
  return perform(std::move(op));
}

// --- RawServer ---

RawServer::RawServer(const Configuration& configuration, lwm2m::Version version)
    : device(net, options_of(version, configuration), configuration), peer(device.client, 0) {
  peer.now = Instant{1000};
}

void RawServer::accept_registration() {
  device.client.start(peer.now);
  peer.answer(peer.expect(), {.code = Code::Created, .location = "/rd/1"});
  ASSERT_TRUE(device.registered());
}

std::string enabler_name(const ::testing::TestParamInfo<lwm2m::Version>& info) {
  return "v1" + std::to_string(info.param.minor);
}

}  // namespace linnet::conformance
