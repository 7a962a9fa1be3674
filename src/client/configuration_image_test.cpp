// SPDX-License-Identifier: Apache-2.0
// Pins that an image gives a device back what it had, and that a damaged one changes nothing.
#include <gtest/gtest.h>

#include <client/configuration_image.hpp>
#include <client/test_device.hpp>
#include <linnet/cbor/decoder.hpp>
#include <linnet/client/objects/access_control.hpp>
#include <requirement.hpp>

namespace linnet::client::test {
namespace {

namespace security = lwm2m::objects::security;
namespace server = lwm2m::objects::server;
namespace acl = lwm2m::objects::access_control;
using lwm2m::Attribute;
using Store = MemoryConfigurationStore<8192>;

/// A device with the objects 0, 1, 2 and 1000, all of which persist.
class KeptDevice {
 public:
  KeptDevice() {
    every.kept = true;
    settings.objects = objects;
    settings.scratch = scratch;
    settings.attributes = &attributes;
    settings.features = all_features();
  }

  /// Values of every type, in two accounts and more.
  void fill() {
    const std::vector<std::uint8_t> key(2000, 0xA5);
    ASSERT_TRUE(security.add({.instance = 0, .uri = "coap://bs", .bootstrap = true}).ok());
    ASSERT_TRUE(security
                    .add({.instance = 3,
                          .uri = "coaps://server",
                          .bootstrap = false,
                          .mode = SecurityMode::X509,
                          .short_server_id = 101,
                          .identity = key,
                          .server_key = {},
                          .secret_key = as_bytes("secret")})
                    .ok());
    ASSERT_TRUE(servers.put(ServerInstance(7, 101, 300, "UT")).ok());
    ASSERT_TRUE(servers.set(7, server::kDefaultMaximumPeriod, 60).ok());
    ASSERT_TRUE(servers.set(7, server::kPreferredTransport, 'T').ok());
    const AclEntry entries[] = {{101, 15}, {0, 1}};
    ASSERT_TRUE(access.add(Path(1000, 4), 101, entries).ok());
    ASSERT_TRUE(access.add(Path(1000), 65535, {}).ok());
    fill_every();
    attach(101, Path(1000), "pmin=1");
    attach(101, Path(1000, 4, kFloat), "pmax=60");
    attach(101, Path(1000, 4, kFloat), "gt=-2.5");
    attach(102, Path(1000, 4, kNumbers, 9), "st=0.1");
  }
  void fill_every() {
    every.set(4, kText, Value::string("gr\xc3\xbc\xc3\x9f"));
    every.set(4, kInteger, Value::integer(42));
    every.set(4, kUnsigned, Value::unsigned_integer(UINT64_MAX));
    every.set(4, kFloat, Value::floating(-0.1));
    every.set(4, kBoolean, Value::boolean(true));
    every.set(4, kOpaque, Value::opaque(as_bytes(std::string_view("\0\1\2", 3))));
    every.set(4, kTime, Value::time(-5));
    every.set(4, kLink, Value::link({3, kNoId}));
    every.set(4, kCorelnk, Value::corelnk("</3/0>"));
    every.set(4, kSecret, Value::string("known"));
    every.set(4, kCounter, Value::integer(7));
    every.put(Path(kEvery, 4, kNumbers, 0), Value::integer(1));
    every.put(Path(kEvery, 4, kNumbers, 9), Value::integer(-9));
    every.images[Path(kEvery, 4, kImage)] = "a stream";
    every.set(9, kText, Value::string(""));
  }
  void attach(ShortServerId by, const Path& path, std::string_view query) {
    lwm2m::AttributeChange change;
    ASSERT_TRUE(change.parse(query).ok());
    ASSERT_TRUE(attributes.apply(by, path, change).ok());
  }

  Status write(ConfigurationStore& store, ImageScope scope = ImageScope::Kept,
               std::uint32_t flags = 0) {
    return write_image(settings, flags, scope, store);
  }
  Result<RestoredImage> read(ConfigurationStore& store, std::uint64_t mask = kAllObjects) {
    return read_image(settings, mask, store);
  }
  /// The image of it, which says all there is.
  std::vector<std::uint8_t> state(ImageScope scope = ImageScope::Kept) {
    auto store = std::make_unique<Store>();
    EXPECT_TRUE(write(*store, scope).ok());
    return {store->image().begin(), store->image().end()};
  }

  SecurityStorage<SecurityCapacity{.instances = 2, .identity = 2000, .server_key = 2000}>
      security_rows;
  SecurityObject security{security_rows.rows(), lwm2m::objects::kSecurity_1_1};
  std::array<ServerInstance, 2> server_rows;
  ServerObject servers{server_rows, lwm2m::objects::kServer_1_2};
  AccessControlStorage<AccessControlCapacity{.instances = 3, .entries = 2}> access_rows;
  AccessControlObject access{access_rows.rows(), servers, lwm2m::objects::kAccessControl_1_1,
                             lwm2m::kEnabler12};
  EveryObject every;
  std::vector<Object*> objects{&security, &servers, &access, &every};
  std::array<AttributeEntry, 4> attribute_rows;
  AttributeStore attributes{attribute_rows};
  std::array<std::uint8_t, 2000> scratch{};
  DeviceManagementSettings settings;
};

class ConfigurationImageTest : public ::testing::Test {
 protected:
  /// Commits any bytes.
  void put(ByteView image) {
    ASSERT_TRUE(store.begin().ok());
    ASSERT_TRUE(store.append(image).ok());
    ASSERT_TRUE(store.commit().ok());
  }
  Store store;
};

TEST_F(ConfigurationImageTest, GivesBackEverything) {
  LINNET_REQ("IR-14");
  KeptDevice before;
  before.fill();
  ASSERT_TRUE(before.write(store, ImageScope::Kept, 0x80000001).ok());

  KeptDevice after;
  const auto image = after.read(store);
  ASSERT_TRUE(image.ok()) << describe(image.error());
  EXPECT_EQ(image->refused, Error::Ok);
  EXPECT_EQ(image->flags, 0x80000001u);
  EXPECT_EQ(after.state(), before.state());

  EXPECT_EQ(after.security.find(0)->uri.text(), "coap://bs");
  EXPECT_TRUE(after.security.find(0)->is_bootstrap());
  EXPECT_EQ(after.security.find(3)->identity.size, 2000u);
  EXPECT_EQ(after.security.find(3)->identity.view()[1999], 0xA5);
  EXPECT_EQ(after.security.find(3)->secret_key.text(), "secret");
  EXPECT_EQ(after.servers.find(7)->binding(), "UT");
  EXPECT_EQ(after.servers.find(7)->get(server::kDefaultMaximumPeriod), 60u);
  EXPECT_EQ(after.access.governing(Path(1000, 4))->owner, 101);
  EXPECT_EQ(after.access.governing(Path(1000, 4))->find(0)->rights, 1);
  EXPECT_EQ(after.access.governing(Path(1000))->owner, 65535);
  for (const auto& [path, value] : before.every.instances[4]) {
    ASSERT_TRUE(after.every.has(path));
    EXPECT_EQ(after.every.at(path), value.get());
  }
  EXPECT_EQ(after.every.instances.size(), 2u);
  EXPECT_TRUE(after.every.images.empty()) << "streams are not configuration";
  EXPECT_EQ(after.attributes.find(101, Path(1000, 4, kFloat))->real(Attribute::Gt), -2.5);
  EXPECT_EQ(after.attributes.find(101, Path(1000, 4, kFloat))->integer(Attribute::Pmax), 60u);
  EXPECT_EQ(after.attributes.find(102, Path(1000, 4, kNumbers, 9))->real(Attribute::St), 0.1);
}

TEST_F(ConfigurationImageTest, OverwritesFactoryData) {
  LINNET_REQ("BS-16");
  KeptDevice before;
  before.fill();
  ASSERT_TRUE(before.write(store).ok());

  KeptDevice factory;  // all rows taken: what goes makes room for what comes
  ASSERT_TRUE(factory.security.add({.instance = 1, .uri = "coap://old"}).ok());
  ASSERT_TRUE(factory.security.add({.instance = 2, .uri = "coap://older"}).ok());
  ServerInstance old(7, 5, 86400);
  old.set(server::kDisableTimeout, 9);
  ASSERT_TRUE(factory.servers.put(old).ok());
  ASSERT_TRUE(factory.servers.put(ServerInstance(0, 6, 86400)).ok());
  factory.every.set(4, kOpaque, Value::opaque(as_bytes("longer than the kept one")));
  factory.every.put(Path(kEvery, 4, kNumbers, 3), Value::integer(3));
  factory.every.put(Path(kEvery, 4, kLog, 3), Value::string("there was no log"));
  for (const Id id : {Id{1}, Id{65534}}) factory.every.set(id, kText, Value::string("goes"));
  factory.attach(7, Path(1000), "pmin=7");
  ASSERT_TRUE(factory.read(store).ok());
  EXPECT_EQ(factory.state(), before.state());
  EXPECT_FALSE(factory.servers.find(7)->has(server::kDisableTimeout));
  EXPECT_EQ(factory.attributes.find(7, Path(1000)), nullptr);
}

TEST_F(ConfigurationImageTest, AnEmptyDeviceIsAnImageToo) {
  KeptDevice before;
  ASSERT_TRUE(before.write(store).ok());
  KeptDevice after;
  after.fill();
  ASSERT_TRUE(after.read(store).ok());
  EXPECT_EQ(after.state(), before.state());
  EXPECT_TRUE(after.every.instances.empty());
}

TEST_F(ConfigurationImageTest, KeepsOnlyWhatPersists) {
  KeptDevice before;
  before.every.kept = false;
  before.fill();
  ASSERT_TRUE(before.write(store).ok());
  KeptDevice after;
  after.every.kept = false;
  after.every.set(0, kText, Value::string("mine"));
  ASSERT_TRUE(after.read(store).ok());
  EXPECT_EQ(after.every.at(Path(kEvery, 0, kText)), Value::string("mine"));
  EXPECT_EQ(after.every.instances.size(), 1u);
  // Attributes of what is not there go, the others are found again.
  EXPECT_EQ(after.attributes.find(101, Path(1000, 4, kFloat)), nullptr);
  EXPECT_NE(after.attributes.find(101, Path(1000)), nullptr);
}

TEST_F(ConfigurationImageTest, EverythingIsForARollback) {
  KeptDevice device;
  device.every.kept = false;
  device.fill();
  const auto before = device.state(ImageScope::Everything);
  ASSERT_TRUE(device.write(store, ImageScope::Everything).ok());
  ASSERT_TRUE(device.security.remove(3).ok());
  ASSERT_TRUE(device.every.remove(4).ok());
  device.every.set(2, kText, Value::string("new"));
  ASSERT_TRUE(device.servers.write(Path(1, 7, 1), Value::integer(1)).ok());
  device.attributes.clear();

  ASSERT_TRUE(device.read(store, 1u << 3).ok());
  EXPECT_EQ(device.every.instances.size(), 2u);
  EXPECT_EQ(device.every.at(Path(kEvery, 4, kText)), Value::string("gr\xc3\xbc\xc3\x9f"));
  EXPECT_FALSE(device.every.has(Path(kEvery, 4, kSecret))) << "nobody could read it";
  EXPECT_EQ(device.security.find(3), nullptr) << "only the objects that were named";
  EXPECT_EQ(device.servers.find(7)->lifetime(), 1u);
  ASSERT_TRUE(device.read(store).ok());
  EXPECT_EQ(device.state(ImageScope::Everything), before);
}

/// An object that a bootstrap cannot write.
class Fixed final : public Object {
 public:
  static constexpr lwm2m::ResourceDefinition kResources[] = {
      {0, DataType::String, lwm2m::kRead}, {1, DataType::Integer, lwm2m::kRead, true}};
  static constexpr lwm2m::ObjectDefinition kDefinition{1001, {1, 0}, false, false, kResources};
  bool kept = false;
  const lwm2m::ObjectDefinition& definition() const override { return kDefinition; }
  bool persists() const override { return kept; }
  Id next_resource_instance(const Path&, Id after) const override {
    return after == kNoId ? Id{0} : kNoId;
  }
  Result<Value> read(const Path& path) override {
    return path.resource() == 0 ? Value::string("fixed") : Value::integer(1);
  }
};

TEST_F(ConfigurationImageTest, WhatCannotBeWrittenIsNoErrorUnlessItPersists) {
  KeptDevice device;
  Fixed fixed;
  device.objects.push_back(&fixed);
  device.settings.objects = device.objects;
  device.fill();
  ASSERT_TRUE(device.write(store, ImageScope::Everything).ok());
  const auto image = device.read(store);
  ASSERT_TRUE(image.ok());
  EXPECT_EQ(image->refused, Error::Ok);
  fixed.kept = true;
  const auto again = device.read(store);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->refused, Error::NotAllowed);
  EXPECT_EQ(again->refused_at, Path(1001, 0, 0));
}

TEST_F(ConfigurationImageTest, AValueThatCannotBeReadIsLeftAlone) {
  KeptDevice device;
  device.fill();
  device.every.read_error = Error::Busy;
  ASSERT_TRUE(device.write(store).ok());
  device.every.read_error = Error::Ok;
  ASSERT_TRUE(device.read(store).ok());
  EXPECT_EQ(device.every.at(Path(kEvery, 4, kCounter)), Value::integer(7));
}

TEST_F(ConfigurationImageTest, OtherFirmwareStartsWithWhatItKnows) {
  KeptDevice before;
  before.fill();
  ASSERT_TRUE(before.write(store).ok());
  // Fewer objects.
  KeptDevice fewer;
  fewer.objects = {&fewer.security, &fewer.servers};
  fewer.settings.objects = fewer.objects;
  ASSERT_TRUE(fewer.read(store).ok());
  EXPECT_NE(fewer.servers.find(7), nullptr);
  // Fewer resources: definitions of 1.0, where /1/7/22 is unknown.
  KeptDevice older;
  ServerObject servers(older.server_rows, lwm2m::objects::kServer_1_0);
  older.objects[1] = &servers;
  older.settings.objects = older.objects;
  const auto image = older.read(store);
  ASSERT_TRUE(image.ok());
  EXPECT_EQ(image->refused, Error::Ok);
  EXPECT_EQ(older.server_rows[0].lifetime(), 300u);
  EXPECT_FALSE(older.server_rows[0].has(server::kPreferredTransport));
}

TEST_F(ConfigurationImageTest, OtherFirmwareMayHaveOtherTypesAndBounds) {
  KeptDevice before;
  before.fill_every();
  ASSERT_TRUE(before.write(store).ok());
  class Other final : public Object {
   public:
    std::vector<std::string> written;
    const lwm2m::ObjectDefinition& definition() const override {
      static constexpr lwm2m::ResourceDefinition kResources[] = {
          {kText, DataType::Opaque, lwm2m::kReadWrite},
          {kInteger, DataType::Integer, lwm2m::kReadWrite, false, false, 0, 41},
          {kUnsigned, DataType::Integer, lwm2m::kReadWrite},
          {kFloat, DataType::Float, lwm2m::kReadWrite, true},
          {kBoolean, DataType::Boolean, lwm2m::kReadWrite},
          {kNumbers, DataType::Integer, lwm2m::kReadWrite},
      };
      static constexpr lwm2m::ObjectDefinition kDefinition{
          kEvery, {3, 0}, false, false, kResources};
      return kDefinition;
    }
    bool persists() const override { return true; }
    Id next_instance(Id after) const override { return after < 4 || after == kNoId ? 4 : kNoId; }
    Status write(const Path& path, const Value&) override {
      char text[lwm2m::kMaxPathText];
      written.emplace_back(format(path, text));
      return {};
    }
  } other;
  KeptDevice after;
  after.objects[3] = &other;
  after.settings.objects = after.objects;
  ASSERT_TRUE(after.read(store).ok());
  EXPECT_EQ(other.written, std::vector<std::string>{"/1000/4/4"});
}

TEST_F(ConfigurationImageTest, TooFewRowsAreToldAndTheRestIsThere) {
  KeptDevice before;
  before.fill();
  before.every.set(1, kText, Value::string("one"));
  ASSERT_TRUE(before.write(store).ok());
  KeptDevice after;
  after.every.max_instances = 2;
  const auto image = after.read(store);
  ASSERT_TRUE(image.ok());
  EXPECT_EQ(image->refused, Error::NoSpace);
  EXPECT_EQ(image->refused_at, Path(kEvery, 9));
  EXPECT_EQ(after.every.instances.size(), 2u);
  EXPECT_NE(after.attributes.find(101, Path(1000)), nullptr);
}

TEST_F(ConfigurationImageTest, ADamagedImageChangesNothing) {
  KeptDevice before;
  before.fill();
  const auto good = before.state();
  KeptDevice after;
  after.fill_every();
  after.attach(9, Path(1000), "pmin=9");
  const auto state = after.state();
  EXPECT_EQ(after.read(store).error(), Error::NotFound);
  // Cut anywhere, continued, or with any byte changed. (Long strings only at their ends.)
  for (std::size_t i = 0; i < good.size(); ++i) {
    if (good[i] == 0xA5 && i % 200 != 0) continue;
    put(ByteView(good).first(i));
    EXPECT_FALSE(after.read(store).ok()) << i;
    auto bad = good;
    bad[i] ^= static_cast<std::uint8_t>(1u << i % 8);
    put(bad);
    EXPECT_FALSE(after.read(store).ok()) << i;
  }
  auto longer = good;
  longer.push_back(0);
  put(longer);
  EXPECT_EQ(after.read(store).error(), Error::Malformed);
  auto newer = good;
  newer[5] = 2;
  put(newer);
  EXPECT_EQ(after.read(store).error(), Error::Unsupported);
  EXPECT_EQ(after.state(), state);
  EXPECT_NE(after.attributes.find(9, Path(1000)), nullptr);
  put(good);
  EXPECT_TRUE(after.read(store).ok());
}

TEST_F(ConfigurationImageTest, AValueLongerThanTheScratchIsRefusedBothWays) {
  KeptDevice before;
  before.fill();
  ASSERT_TRUE(before.write(store).ok());
  const auto good = before.state();
  KeptDevice after;
  after.fill_every();
  const auto state = after.state();
  after.settings.scratch = MutableBytes(after.scratch).first(1999);
  EXPECT_EQ(after.read(store).error(), Error::TooLarge);
  EXPECT_EQ(after.state(), state);
  before.settings.scratch = MutableBytes(before.scratch).first(1999);
  EXPECT_EQ(before.write(store).error(), Error::TooLarge);
  EXPECT_TRUE(equal(store.image(), good)) << "the old image stays";
}

TEST_F(ConfigurationImageTest, IsCompactCbor) {
  KeptDevice before;
  ASSERT_TRUE(before.servers.put(ServerInstance(0, 1, 86400)).ok());
  const auto image = before.state();
  EXPECT_LE(image.size(), 64u);
  Reader reader(image);
  std::size_t items = 0;
  for (; !reader.empty(); ++items) ASSERT_TRUE(cbor::Decoder(reader).skip().ok());
  EXPECT_EQ(items, 6u);
}

TEST_F(ConfigurationImageTest, TheChecksumIsThatOfTheRestOfTheWorld) {
  KeptDevice empty;
  empty.objects.clear();
  empty.settings.objects = empty.objects;
  // CRC-32 of 44 4c 4e 43 46 01 00 9f ff 9f ff as zlib computes it.
  const std::uint8_t expected[] = {0x44, 'L',  'N',  'C',  'F',  0x01, 0x00, 0x9f, 0xff,
                                   0x9f, 0xff, 0x82, 0x0b, 0x1a, 0x54, 0x35, 0x0e, 0x95};
  EXPECT_TRUE(equal(empty.state(), expected));
}

/// A store of which the call with a number, counted from 0, fails, and all after it.
class FailingStore final : public ConfigurationStore {
 public:
  FailingStore(ConfigurationStore& there, std::size_t good) : there_(there), good_(good) {}
  Status begin() override { return step() ? there_.begin() : Error::Io; }
  Status append(ByteView piece) override { return step() ? there_.append(piece) : Error::Io; }
  Status commit() override { return step() ? there_.commit() : Error::Io; }
  Result<std::size_t> read(std::size_t offset, MutableBytes out) override {
    if (!step()) return Error::Io;
    return there_.read(offset, out.first(std::min<std::size_t>(out.size(), 7)));
  }
  Status erase() override { return step() ? there_.erase() : Error::Io; }

 private:
  bool step() { return good_ != 0 && good_-- != 0; }
  ConfigurationStore& there_;
  std::size_t good_;
};

TEST_F(ConfigurationImageTest, AStoreThatFailsAtAnyCallLeavesTheOldImageOrTheNewOne) {
  KeptDevice first;
  first.fill();
  KeptDevice second;
  second.fill_every();
  const auto old_state = first.state();
  const auto new_state = second.state();
  bool written = false;
  std::size_t calls = 0;
  for (; !written; ++calls) {
    ASSERT_LT(calls, 1000u);
    put(old_state);
    FailingStore failing(store, calls);
    written = second.write(failing).ok();
    KeptDevice restarted;
    ASSERT_TRUE(restarted.read(store).ok());
    EXPECT_EQ(restarted.state(), written ? new_state : old_state) << calls;
  }
  EXPECT_GT(calls, 4u);
}

TEST_F(ConfigurationImageTest, AStoreThatCannotBeReadChangesNothing) {
  KeptDevice before;
  before.fill();
  ASSERT_TRUE(before.write(store).ok());
  // The reads of the first pass; the second is another story.
  std::size_t calls = 0;
  for (;; ++calls) {
    KeptDevice after;
    after.fill_every();
    const auto state = after.state();
    FailingStore failing(store, calls);
    const auto image = after.read(failing);
    if (image.ok()) break;
    EXPECT_EQ(image.error(), Error::Io);
    if (after.state() != state) break;
  }
  EXPECT_GT(calls, 300u) << "seven bytes at a time";
  KeptDevice slowly;
  FailingStore slow(store, SIZE_MAX);
  ASSERT_TRUE(slowly.read(slow).ok());
  EXPECT_EQ(slowly.state(), before.state());
}

TEST(MemoryConfigurationStore, KeepsItsOrder) {
  MemoryConfigurationStore<4> store;
  std::array<std::uint8_t, 8> out{};
  EXPECT_EQ(store.append(as_bytes("a")).error(), Error::State);
  EXPECT_EQ(store.commit().error(), Error::State);
  EXPECT_EQ(store.read(0, out).error(), Error::NotFound);
  EXPECT_TRUE(store.erase().ok());
  ASSERT_TRUE(store.begin().ok());
  ASSERT_TRUE(store.append(as_bytes("abc")).ok());
  EXPECT_EQ(store.append(as_bytes("de")).error(), Error::NoSpace);
  ASSERT_TRUE(store.append(as_bytes("d")).ok());
  EXPECT_EQ(store.read(0, out).error(), Error::NotFound);
  ASSERT_TRUE(store.commit().ok());
  EXPECT_EQ(store.read(1, out).value_or(0), 3u);
  EXPECT_EQ(as_text(ByteView(out).first(3)), "bcd");
  EXPECT_EQ(store.read(5, out).value_or(9), 0u);
  ASSERT_TRUE(store.begin().ok());
  ASSERT_TRUE(store.append(as_bytes("x")).ok());
  EXPECT_EQ(as_text(store.image()), "abcd");
  EXPECT_TRUE(store.erase().ok());
  EXPECT_EQ(store.read(0, out).error(), Error::NotFound);
  EXPECT_EQ(store.commit().error(), Error::State);
}

}  // namespace
}  // namespace linnet::client::test
