// SPDX-License-Identifier: Apache-2.0
// Any request to a device: the answer has a code of the device management interface, a refused
// request has changed nothing at all, and what a Read gives can be decoded again. The first four
// bytes choose method, path and formats; the rest is the payload, or the queries of a PUT.
#include <cstdlib>

#include <client/test_device.hpp>

namespace {

using namespace linnet;
using namespace linnet::client;
using namespace linnet::client::test;
using coap::Code;

void require(bool condition) {
  if (!condition) std::abort();
}

constexpr Code kMethods[] = {Code::Get,   Code::Post,   Code::Put, Code::Delete,
                             Code::Fetch, Code::IPatch, Code::Get};
constexpr std::string_view kPaths[] = {
    "/",          "/0",           "/0/0",       "/1",         "/1/0",       "/1/0/1",
    "/1/0/7",     "/1/0/8",       "/1000",      "/1000/0",    "/1000/1",    "/1000/0/0",
    "/1000/0/1",  "/1000/0/3",    "/1000/0/5",  "/1000/0/7",  "/1000/0/9",  "/1000/0/10",
    "/1000/0/12", "/1000/0/12/3", "/1000/0/13", "/1000/0/14", "/1000/0/99", "/1001"};
constexpr std::uint16_t kNone = 9999;
constexpr std::uint16_t kFormats[] = {kNone, 0,  42, 60,    110,   112,   320,
                                      322,   40, 50, 11542, 11543, 11544, 1542};

std::optional<ContentFormat> format_of(std::uint8_t byte) {
  const std::uint16_t number = kFormats[byte % std::size(kFormats)];
  if (number == kNone) return std::nullopt;
  return static_cast<ContentFormat>(number);
}

/// Everything a server could change, as text.
std::string snapshot(Device& device) {
  std::string all;
  for (const auto& [id, values] : device.every.instances) {
    all += std::to_string(id) + ":";
    for (const auto& [path, value] : values) {
      char text[lwm2m::kMaxPathText];
      all += std::string(format(path, text)) + "=";
      std::array<std::uint8_t, 256> storage;
      Writer out(storage);
      lwm2m::RecordWriter writer(lwm2m::kCbor, out, path);
      (void)writer.add(path, value.get());
      all += as_text(out.written());
    }
  }
  for (const auto& [path, image] : device.every.images) all += image;
  for (const ServerInstance& server : device.server_rows) {
    for (Id id = 0; id < ServerInstance::kResources; ++id) all += std::to_string(server.get(id, 7));
    all += server.binding();
  }
  for (const AttributeEntry& entry : device.attribute_rows) {
    std::array<std::uint8_t, 256> storage;
    Writer out(storage);
    write_query(entry.attributes, out);
    all += as_text(out.written());
  }
  return all + std::to_string(device.every.executed.size());
}

bool is_expected(Code code) {
  switch (code) {
    case Code::Created:
    case Code::Deleted:
    case Code::Changed:
    case Code::Content:
    case Code::BadRequest:
    case Code::Unauthorized:
    case Code::NotFound:
    case Code::MethodNotAllowed:
    case Code::NotAcceptable:
    case Code::RequestEntityTooLarge:
    case Code::UnsupportedContentFormat:
    case Code::InternalServerError:
    case Code::ServiceUnavailable: return true;
    default: return false;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  Device device(lwm2m::all_formats());
  device.every.max_instances = 3;
  Request request;
  request.method = kMethods[data[0] % std::size(kMethods)];
  request.observe = data[0] % std::size(kMethods) == 6;
  request.path = *Path::parse(kPaths[data[1] % std::size(kPaths)]);
  request.content_format = format_of(data[2]);
  request.accept = format_of(data[3]);
  request.payload = ByteView(data, size).subspan(4);

  std::vector<std::string_view> queries;
  if (request.method == Code::Put && !request.content_format) {
    std::string_view rest = as_text(request.payload);
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('&'), rest.size());
      queries.push_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    request.payload = {};
    request.queries = queries;
  }

  const std::string before = snapshot(device);
  const Reply reply = device.ask(request);
  require(is_expected(reply.code));
  if (!coap::is_success(reply.code)) {
    require(device.body.empty() && !reply.format);
    require(snapshot(device) == before);
    require(device.changes.all.empty());
    return 0;
  }
  if (!reply.format || *reply.format == ContentFormat::LinkFormat) return 0;
  const Path base = request.method == Code::Fetch ? Path() : request.path;
  lwm2m::RecordReader reader(*find(lwm2m::all_formats(), *reply.format), device.body, base);
  lwm2m::Record record;
  while (true) {
    const Result<bool> more = reader.next(record);
    require(more.ok());
    if (!*more) return 0;
    require(base.contains(record.path));
  }
}
