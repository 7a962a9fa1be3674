// SPDX-License-Identifier: Apache-2.0
// Whatever a bootstrap server asks of a device, the answer has a code of its interface, what a
// Discover or Read gives is well formed, and taking the session back leaves exactly what was there
// before [BS-28]. Requests follow each other: method and path, format, length, payload.
#include <cstdlib>

#include <client/bootstrap_interface.hpp>
#include <client/configuration_image.hpp>
#include <client/test_device.hpp>
#include <linnet/client/objects/access_control.hpp>
#include <linnet/lwm2m/link_format.hpp>

namespace {

using namespace linnet;
using namespace linnet::client;
using namespace linnet::client::test;
using coap::Code;

void require(bool condition) {
  if (!condition) std::abort();
}

constexpr Code kMethods[] = {Code::Get, Code::Put, Code::Delete, Code::Post, Code::Put};
constexpr std::string_view kPaths[] = {
    "/",         "/0",         "/0/0",      "/0/1",      "/0/1/0",     "/0/1/10",   "/1",
    "/1/0",      "/1/1",       "/1/1/1",    "/1/1/0",    "/2",         "/2/0",      "/2/1",
    "/2/0/2",    "/2/1/3",     "/1000",     "/1000/0",   "/1000/1",    "/1000/0/0", "/1000/0/1",
    "/1000/0/3", "/1000/0/12", "/1000/2/5", "/1000/0/9", "/1000/0/13", "/1001",     "/1000/0/12/0"};
constexpr std::uint16_t kFormats[] = {9999, 0, 42, 60, 110, 112, 40, 11542, 11543, 11544};
using Store = MemoryConfigurationStore<16384>;

std::optional<ContentFormat> format_of(std::uint8_t byte) {
  const std::uint16_t number = kFormats[byte % std::size(kFormats)];
  if (number == 9999) return std::nullopt;
  return static_cast<ContentFormat>(number);
}

bool is_expected(Code code) {
  switch (code) {
    case Code::Deleted:
    case Code::Changed:
    case Code::Content:
    case Code::BadRequest:
    case Code::NotFound:
    case Code::MethodNotAllowed:
    case Code::NotAcceptable:
    case Code::RequestEntityTooLarge:
    case Code::UnsupportedContentFormat:
    case Code::InternalServerError: return true;
    default: return false;
  }
}

void check_links(ByteView body) {
  lwm2m::LinkReader links(as_text(body));
  lwm2m::LinkView link;
  while (true) {
    const Result<bool> more = links.next(link);
    require(more.ok());
    if (!*more) return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Device device(lwm2m::all_formats());
  AccessControlStorage<AccessControlCapacity{.instances = 4, .entries = 3}> rows;
  AccessControlObject access(rows.rows(), device.servers, lwm2m::objects::kAccessControl,
                             lwm2m::kEnabler11);
  const AclEntry entry{.server = 101, .rights = 15};
  require(access.add(Path(kEvery, 0), 101, {&entry, 1}).ok());
  device.objects.insert(device.objects.begin() + 2, &access);
  device.settings.objects = device.objects;
  device.settings.access = &access;
  require(device.attach("/1000/0", {"pmin=3"}).code == Code::Changed);

  Store before;
  require(write_image(device.settings, 7, ImageScope::Everything, before).ok());

  DeviceManagement model(device.settings);
  BootstrapEffects effects;
  Reader input(ByteView(data, size));
  for (int i = 0; i < 12 && input.remaining() != 0; ++i) {
    Request request;
    request.method = kMethods[input.u8() % std::size(kMethods)];
    request.path = *Path::parse(kPaths[input.u8() % std::size(kPaths)]);
    const std::uint8_t format = input.u8();
    if (request.method == Code::Get) {
      request.accept = format_of(format);
    } else {
      request.content_format = format_of(format);
    }
    const std::size_t length = input.u8();
    request.payload = input.take(std::min(length, input.remaining()));
    if (!input.ok()) break;
    std::array<std::uint8_t, 4096> storage;
    Writer body(storage);
    const Reply reply = BootstrapInterface(model, kNoId, effects).handle(request, body);
    require(is_expected(reply.code));
    if (!coap::is_success(reply.code)) require(body.size() == 0);
    if (reply.format == ContentFormat::LinkFormat) check_links(body.written());
  }

  require(read_image(device.settings, effects.touched, before).ok());
  Store after;
  require(write_image(device.settings, 7, ImageScope::Everything, after).ok());
  require(equal(before.image(), after.image()));
  return 0;
}
