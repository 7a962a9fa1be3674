// SPDX-License-Identifier: Apache-2.0
// Any bytes as the kept configuration of a device: what is refused has changed nothing, and what
// is accepted gives, written and read once more, the same device. An odd first byte lets the rest
// be an image with the right length and checksum, an even one leaves it as it is.
#include <algorithm>
#include <cstdlib>
#include <memory>

#include <client/configuration_image.hpp>
#include <client/test_device.hpp>
#include <linnet/cbor/encoder.hpp>
#include <linnet/client/objects/access_control.hpp>

namespace {

using namespace linnet;
using namespace linnet::client;
using namespace linnet::client::test;
using Store = MemoryConfigurationStore<1 << 16>;
using Bytes = std::vector<std::uint8_t>;

void require(bool condition) {
  if (!condition) std::abort();
}

struct Kept {
  Kept() {
    every.kept = true;
    settings.objects = objects;
    settings.scratch = scratch;
    settings.attributes = &attributes;
  }
  SecurityStorage<SecurityCapacity{.instances = 2, .server_key = 32, .sni = 32}> security_rows;
  SecurityObject security{security_rows.rows(), lwm2m::objects::kSecurity_1_2};
  std::array<ServerInstance, 2> server_rows;
  ServerObject servers{server_rows, lwm2m::objects::kServer_1_2};
  AccessControlStorage<AccessControlCapacity{.instances = 3, .entries = 2}> access_rows;
  AccessControlObject access{access_rows.rows(), servers, lwm2m::objects::kAccessControl_1_1,
                             lwm2m::kEnabler12};
  EveryObject every;
  std::array<Object*, 4> objects{&security, &servers, &access, &every};
  std::array<AttributeEntry, 4> attribute_rows;
  AttributeStore attributes{attribute_rows};
  std::array<std::uint8_t, 256> scratch{};
  DeviceManagementSettings settings;
};

Bytes state(const Kept& device) {
  const auto store = std::make_unique<Store>();
  require(write_image(device.settings, 0, ImageScope::Kept, *store).ok());
  return {store->image().begin(), store->image().end()};
}

void put(Store& store, ByteView image) {
  require(store.begin().ok() && store.append(image).ok() && store.commit().ok());
}

std::uint32_t crc32(ByteView bytes) {
  std::uint32_t state = 0xFFFFFFFF;
  for (const std::uint8_t byte : bytes) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      const bool odd = ((state ^ byte >> bit) & 1u) != 0;
      state = state >> 1 ^ (odd ? 0xEDB88320u : 0u);
    }
  }
  return ~state;
}

Bytes with_end(ByteView body) {
  std::array<std::uint8_t, 32> storage;
  Writer out(storage);
  cbor::Encoder encoder(out);
  encoder.array(2);
  encoder.unsigned_integer(body.size());
  encoder.unsigned_integer(crc32(body));
  Bytes image(body.begin(), body.end());
  image.insert(image.end(), out.written().begin(), out.written().end());
  return image;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 60000) return 0;
  const ByteView body = ByteView(data, size).subspan(1);
  const auto store = std::make_unique<Store>();
  put(*store, data[0] % 2 != 0 ? with_end(body) : Bytes(body.begin(), body.end()));

  const auto device = std::make_unique<Kept>();
  device->every.set(0, kText, Value::string("before"));
  device->every.put(Path(kEvery, 0, kNumbers, 1), Value::integer(1));
  require(device->servers.put(ServerInstance(1, 101, 300)).ok());
  const Bytes before = state(*device);
  if (!read_image(device->settings, kAllObjects, *store).ok()) {
    require(state(*device) == before);
    return 0;
  }
  const Bytes after = state(*device);
  put(*store, after);
  const auto again = std::make_unique<Kept>();
  const auto image = read_image(again->settings, kAllObjects, *store);
  require(image.ok() && image->refused == Error::Ok);
  require(state(*again) == after);
  return 0;
}
