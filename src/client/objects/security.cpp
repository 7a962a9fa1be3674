// SPDX-License-Identifier: Apache-2.0
#include <linnet/client/objects/security.hpp>

#include <algorithm>

#include <client/objects/next_row.hpp>
#include <client/objects/number_value.hpp>

namespace linnet::client {

namespace security = lwm2m::objects::security;
using lwm2m::DataType;

namespace {

constexpr std::uint8_t kNone = 255;

/// Where the number of a single resource is kept.
constexpr std::uint8_t kNumberPlaces[SecurityInstance::kResources] = {
    kNone, 0, 1,     kNone, kNone, kNone, 2, kNone, kNone, kNone, 3,  4,     5,  6,  kNone, 7,
    kNone, 8, kNone, kNone, kNone, kNone, 9, 10,    11,    kNone, 12, kNone, 13, 14, kNone};

ByteView bytes_of(const Value& value) {
  return value.type() == DataType::Opaque ? value.as_opaque() : as_bytes(value.as_string());
}

Value text_value(DataType type, const BytesSlot& slot) {
  return type == DataType::String ? Value::string(slot.text()) : Value::opaque(slot.view());
}

/// Lengths that the definition cannot say: three DES keys or fewer, and a fixed header.
bool good_length(Id resource, std::size_t size) {
  if (resource == security::kSmsBindingKeyParameters) return size == 6;
  if (resource == security::kSmsBindingSecretKeys) return size != 0 && size % 16 == 0;
  return true;
}

}  // namespace

bool BytesSlot::assign(ByteView value) {
  if (value.size() > storage.size()) return false;
  // The value may be what is here already, or a part of it.
  std::copy(value.begin(), value.end(), storage.begin());
  std::fill(storage.begin() + static_cast<std::ptrdiff_t>(value.size()), storage.end(),
            std::uint8_t{0});
  size = value.size();
  return true;
}

void BytesSlot::wipe() { (void)assign({}); }

// --- Rows ---

void lay_out(const SecurityCapacity& capacity, std::span<SecurityInstance> rows,
             std::span<SecurityNumber> numbers, std::span<SecurityText> texts, MutableBytes bytes) {
  const auto take = [&](BytesSlot& slot, std::size_t size) {
    slot.storage = bytes.first(size);
    bytes = bytes.subspan(size);
  };
  for (SecurityInstance& row : rows) {
    take(row.uri, capacity.uri);
    take(row.identity, capacity.identity);
    take(row.server_key, capacity.server_key);
    take(row.secret_key, capacity.secret_key);
    take(row.sni, capacity.sni);

    row.numbers = numbers.first(capacity.numbers());
    numbers = numbers.subspan(capacity.numbers());
    std::size_t at = 0;
    const auto places = [&](Id resource, std::uint8_t count) {
      for (std::uint8_t i = 0; i < count; ++i) {
        row.numbers[at].resource = static_cast<std::uint8_t>(resource);
        row.numbers[at++].instance = i;
      }
    };
    places(security::kDtlsTlsCiphersuite, capacity.ciphersuites);
    places(security::kGroupsToUseByClient, capacity.groups);
    for (const Id list : {security::kSignatureAlgorithmsSupportedByServer,
                          security::kSignatureAlgorithmsToUseByClient,
                          security::kSignatureAlgorithmCertsSupportedByServer}) {
      places(list, capacity.signature_algorithms);
    }
    places(security::kCoseSecurity, capacity.cose);

    row.texts = texts.first(capacity.texts());
    texts = texts.subspan(capacity.texts());
    std::size_t next = 0;
    const auto text = [&](Id resource, std::uint8_t instance, std::size_t size) {
      if (size == 0) return;
      SecurityText& place = row.texts[next++];
      place.resource = static_cast<std::uint8_t>(resource);
      place.instance = instance;
      take(place.slot, size);
    };
    text(security::kSmsBindingKeyParameters, SecurityText::kSingle, capacity.sms_parameters);
    text(security::kSmsBindingSecretKeys, SecurityText::kSingle, capacity.sms_keys);
    text(security::kServerSmsNumber, SecurityText::kSingle, capacity.sms_number);
    for (std::uint8_t i = 0; i < capacity.secondary_uris; ++i) {
      text(security::kSecondaryServerUri, i, capacity.uri);
    }
    text(security::kRdsApplicationId, SecurityText::kSingle, capacity.rds_application);
  }
}

bool SecurityInstance::has(Id resource) const {
  if (resource < kResources && (present_ >> resource & 1u) != 0) return true;
  for (const SecurityNumber& place : numbers) {
    if (place.present && place.resource == resource) return true;
  }
  for (const SecurityText& place : texts) {
    if (place.present && place.resource == resource) return true;
  }
  return false;
}

std::uint32_t SecurityInstance::get(Id resource, std::uint32_t absent) const {
  const std::uint8_t place = resource < kResources ? kNumberPlaces[resource] : kNone;
  return place != kNone && has(resource) ? numbers_[place] : absent;
}

void SecurityInstance::set(Id resource, std::uint32_t number) {
  LINNET_CHECK(resource < kResources);
  present_ |= 1u << resource;
  if (kNumberPlaces[resource] != kNone) numbers_[kNumberPlaces[resource]] = number;
}

SecurityNumber* SecurityInstance::number_place(const Path& path) const {
  for (SecurityNumber& place : numbers) {
    if (place.resource == path.resource() && place.instance == path.resource_instance()) {
      return &place;
    }
  }
  return nullptr;
}

SecurityText* SecurityInstance::text_place(const Path& path) const {
  for (SecurityText& place : texts) {
    const Id instance = place.instance == SecurityText::kSingle ? kNoId : Id{place.instance};
    if (place.resource == path.resource() && instance == path.resource_instance()) return &place;
  }
  return nullptr;
}

const SecurityNumber* SecurityInstance::number_at(Id resource, Id instance) const {
  const SecurityNumber* place = number_place(Path(security::kObject, id, resource, instance));
  return place != nullptr && place->present ? place : nullptr;
}

const SecurityText* SecurityInstance::text_at(Id resource, Id instance) const {
  const SecurityText* place = text_place(Path(security::kObject, id, resource, instance));
  return place != nullptr && place->present ? place : nullptr;
}

BytesSlot* SecurityInstance::slot(Id resource) {
  switch (resource) {
    case security::kServerUri: return &uri;
    case security::kPublicKeyOrIdentity: return &identity;
    case security::kServerPublicKey: return &server_key;
    case security::kSecretKey: return &secret_key;
    case security::kSni: return &sni;
    default: return nullptr;
  }
}

SecurityInstance* SecurityObject::row(Id instance) const {
  for (SecurityInstance& row : rows_) {
    if (row.id == instance) return &row;
  }
  return nullptr;
}

const SecurityInstance* SecurityObject::find(Id instance) const {
  return instance == kNoId ? nullptr : row(instance);
}

const SecurityInstance* SecurityObject::find_server(ShortServerId server) const {
  for (const SecurityInstance& row : rows_) {
    if (row.id != kNoId && !row.is_bootstrap() && row.short_server_id() == server) return &row;
  }
  return nullptr;
}

Status SecurityObject::add(const SecurityAccount& account) {
  if (find(account.instance) != nullptr) return Error::Exists;
  LINNET_TRY(create(account.instance));
  SecurityInstance& target = *row(account.instance);
  target.set(security::kBootstrapServer, account.bootstrap ? 1 : 0);
  target.set(security::kSecurityMode, static_cast<std::uint32_t>(account.mode));
  if (!account.bootstrap) target.set(security::kShortServerId, account.short_server_id);
  const struct {
    Id resource;
    ByteView bytes;
  } texts[] = {{security::kServerUri, as_bytes(account.uri)},
               {security::kPublicKeyOrIdentity, account.identity},
               {security::kServerPublicKey, account.server_key},
               {security::kSecretKey, account.secret_key}};
  for (const auto& text : texts) {
    target.set(text.resource, 0);
    if (!target.slot(text.resource)->assign(text.bytes)) {
      (void)remove(account.instance);
      return Error::NoSpace;
    }
  }
  return {};
}

Id SecurityObject::next_instance(Id after) const {
  return next_row<&SecurityInstance::id>(rows_, after);
}

bool SecurityObject::has_resource(const Path& resource) const {
  const SecurityInstance* target = row(resource.instance());
  return target != nullptr && definition_.find(resource.resource()) != nullptr &&
         target->has(resource.resource());
}

Id SecurityObject::next_resource_instance(const Path& resource, Id after) const {
  const SecurityInstance* target = row(resource.instance());
  if (target == nullptr) return kNoId;
  const auto at_least = static_cast<Id>(after + 1);
  // Places ascend.
  for (const SecurityNumber& place : target->numbers) {
    if (place.present && place.resource == resource.resource() && place.instance >= at_least) {
      return place.instance;
    }
  }
  for (const SecurityText& place : target->texts) {
    if (place.present && place.resource == resource.resource() && place.instance >= at_least &&
        place.instance != SecurityText::kSingle) {
      return place.instance;
    }
  }
  return kNoId;
}

Result<Value> SecurityObject::read(const Path& path) {
  SecurityInstance& target = *row(path.instance());
  const lwm2m::ResourceDefinition* definition = definition_.find(path.resource());
  if (definition == nullptr) return Error::NotFound;
  const DataType type = definition->type;
  if (const BytesSlot* slot = target.slot(path.resource())) return text_value(type, *slot);
  if (const SecurityText* place = target.text_place(path)) {
    if (!place->present) return Error::NotFound;
    return text_value(type, place->slot);
  }
  if (!definition->multiple) return to_value(type, target.get(path.resource()));
  const SecurityNumber* place = target.number_place(path);
  if (place == nullptr || !place->present) return Error::NotFound;
  return to_value(type, place->number);
}

Status SecurityObject::check(const Path& path, const Value& value) {
  const Id resource = path.resource();
  const lwm2m::ResourceDefinition* definition = definition_.find(resource);
  if (definition == nullptr || rows_.empty()) return Error::NotAllowed;
  if (value.empty()) return {};
  // A bootstrap may name an instance that is not there yet: all rows are alike.
  SecurityInstance& like = rows_[0];
  const BytesSlot* slot = like.slot(resource);
  if (slot == nullptr) {
    if (const SecurityText* place = like.text_place(path)) slot = &place->slot;
  }
  if (slot != nullptr) {
    if (slot->storage.empty() && !definition->mandatory) return Error::NotAllowed;
    const std::size_t size = bytes_of(value).size();
    const bool fits = size <= slot->storage.size() && good_length(resource, size);
    return fits ? Status() : Error::Range;
  }
  const bool single = kNumberPlaces[resource] != kNone;
  if (single || like.number_place(path) != nullptr) {
    return from_value(value).ok() ? Status() : Error::Range;
  }
  const Path first = path.first(3).child(0);
  const bool some = like.number_place(first) != nullptr || like.text_place(first) != nullptr;
  return some ? Error::Range : Error::NotAllowed;
}

Status SecurityObject::write(const Path& path, const Value& value) {
  LINNET_TRY(check(path, value));
  SecurityInstance& target = *row(path.instance());
  if (BytesSlot* slot = target.slot(path.resource())) {
    if (!slot->assign(bytes_of(value))) return Error::Range;
    target.set(path.resource(), 0);
    return {};
  }
  if (SecurityText* place = target.text_place(path)) {
    if (!place->slot.assign(bytes_of(value))) return Error::Range;
    place->present = true;
    return {};
  }
  LINNET_TRY_ASSIGN(const std::uint32_t number, from_value(value));
  if (SecurityNumber* place = target.number_place(path)) {
    place->number = number;
    place->present = true;
    return {};
  }
  target.set(path.resource(), number);
  return {};
}

Status SecurityObject::reset(const Path& path) {
  SecurityInstance& target = *row(path.instance());
  const Id resource = path.resource();
  const Id only = path.resource_instance();  // kNoId: all of them
  for (SecurityNumber& place : target.numbers) {
    if (place.resource != resource || (only != kNoId && place.instance != only)) continue;
    place.present = false;
    place.number = 0;
  }
  for (SecurityText& place : target.texts) {
    if (place.resource != resource || (only != kNoId && place.instance != only)) continue;
    place.present = false;
    place.slot.wipe();
  }
  if (only != kNoId || resource >= SecurityInstance::kResources) return {};
  if (BytesSlot* slot = target.slot(resource)) slot->wipe();
  target.set(resource, 0);
  target.clear(resource);
  return {};
}

Status SecurityObject::create(Id instance) {
  SecurityInstance* target = row(kNoId);
  if (target == nullptr) return Error::NoSpace;
  target->id = instance;
  // Bootstrap servers leave out what an account without security does not use. Where it is used,
  // none is as wrong as missing.
  for (const Id resource :
       {security::kPublicKeyOrIdentity, security::kServerPublicKey, security::kSecretKey}) {
    target->set(resource, 0);
  }
  return {};
}

Status SecurityObject::remove(Id instance) {
  for (Id id = 0; id < SecurityInstance::kResources; ++id) {
    LINNET_TRY(reset(Path(security::kObject, instance, id)));
  }
  row(instance)->id = kNoId;
  return {};
}

}  // namespace linnet::client
