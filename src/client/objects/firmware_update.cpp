// SPDX-License-Identifier: Apache-2.0
#include <linnet/client/objects/firmware_update.hpp>

#include <algorithm>

namespace linnet::client {

namespace firmware = lwm2m::objects::firmware_update;

namespace {

/// In the order of /5/0/8.
constexpr std::string_view kSchemes[] = {"coap", "coaps", "http", "https", "coap+tcp", "coaps+tcp"};

/// What is left of a package that failed to install with this result can be tried again.
bool keeps_package(FirmwareResult result) {
  return result != FirmwareResult::IntegrityFailed && result != FirmwareResult::UnsupportedPackage;
}

FirmwareResult result_of(Error error) {
  switch (error) {
    case Error::NoSpace: return FirmwareResult::NoFlash;
    case Error::Unsupported: return FirmwareResult::UnsupportedPackage;
    case Error::Malformed: return FirmwareResult::IntegrityFailed;
    default: return FirmwareResult::OutOfMemory;
  }
}

}  // namespace

void FirmwareUpdateObject::note(Id resource) { changes_.add(Path(firmware::kObject, 0, resource)); }

void FirmwareUpdateObject::enter(FirmwareState state, FirmwareResult result) {
  if (state != state_) {
    if (epoch_ms_) changed_at_s_ = (*epoch_ms_ + now_.ms) / 1000;
    state_ = state;
    note(firmware::kState);
  }
  if (result != result_) {
    result_ = result;
    note(firmware::kUpdateResult);
  }
  if (state != FirmwareState::Downloaded) install_at_ = Instant::never();
}

void FirmwareUpdateObject::request(FirmwareRequest::Kind kind) {
  requests_ |= static_cast<std::uint8_t>(1u << static_cast<unsigned>(kind));
}

bool FirmwareUpdateObject::poll_request(FirmwareRequest& out) {
  // An Abort comes before the Download that may follow it.
  for (const auto kind : {FirmwareRequest::Kind::Abort, FirmwareRequest::Kind::Download,
                          FirmwareRequest::Kind::Install}) {
    const auto bit = static_cast<std::uint8_t>(1u << static_cast<unsigned>(kind));
    if ((requests_ & bit) == 0) continue;
    requests_ &= static_cast<std::uint8_t>(~bit);
    out = {.kind = kind, .uri = kind == FirmwareRequest::Kind::Download ? uri_.text() : ""};
    return true;
  }
  return false;
}

/// A server takes its order back.
void FirmwareUpdateObject::revoke(FirmwareResult result) {
  const bool asked =
      (requests_ >> static_cast<unsigned>(FirmwareRequest::Kind::Download) & 1u) != 0;
  requests_ = 0;
  if (state_ != FirmwareState::Idle && !pushed_ && !asked) request(FirmwareRequest::Kind::Abort);
  discard(result);
}

/// Back to the beginning: nothing is kept of the package.
void FirmwareUpdateObject::discard(FirmwareResult result) {
  if (config_.sink != nullptr && pushed_) config_.sink->discard();
  pushed_ = false;
  if (uri_.size() != 0) note(firmware::kPackageUri);
  uri_.clear();
  enter(FirmwareState::Idle, result);
}

void FirmwareUpdateObject::install() {
  enter(FirmwareState::Updating, FirmwareResult::Initial);  // [OBJ-11]
  request(FirmwareRequest::Kind::Install);
}

// --- The application ---

void FirmwareUpdateObject::downloaded() {
  if (state_ != FirmwareState::Downloading) return;
  enter(FirmwareState::Downloaded, FirmwareResult::Initial);
  if (automatic_) install();  // [OBJ-16]
}

void FirmwareUpdateObject::failed(FirmwareResult result) {
  if (state_ == FirmwareState::Downloading) {
    discard(result);
  } else if (state_ == FirmwareState::Updating) {
    if (keeps_package(result)) {
      enter(FirmwareState::Downloaded, result);
    } else {
      discard(result);
    }
  }
}

void FirmwareUpdateObject::updated() {
  if (state_ == FirmwareState::Updating) discard(FirmwareResult::Updated);
}

// [OBJ-15]
Status FirmwareUpdateObject::defer() {
  if (state_ != FirmwareState::Updating || most_defer_s_ == 0u || !has(firmware::kCancel)) {
    return Error::NotAllowed;
  }
  enter(FirmwareState::Downloaded, FirmwareResult::Deferred);
  requests_ = 0;
  if (most_defer_s_) install_at_ = now_ + seconds(*most_defer_s_);
  return {};
}

Status FirmwareUpdateObject::resume() {
  if (state_ != FirmwareState::Downloaded || result_ != FirmwareResult::Deferred) {
    return Error::NotAllowed;
  }
  install();
  return {};
}

void FirmwareUpdateObject::restore(FirmwareState state, FirmwareResult result) {
  if (state == FirmwareState::Downloading) state = FirmwareState::Idle;
  enter(state, result);
}

void FirmwareUpdateObject::set_package(std::string_view name, std::string_view version) {
  package_name_ = name;
  package_version_ = version;
  note(firmware::kPkgName);
  note(firmware::kPkgVersion);
}

void FirmwareUpdateObject::set_time(Instant now, std::int64_t unix_seconds) {
  now_ = now;
  epoch_ms_ = unix_seconds * 1000 - now.ms;
  if (changed_at_s_ == 0) changed_at_s_ = unix_seconds;
}

void FirmwareUpdateObject::advance(Instant now) {
  now_ = now;
  if (install_at_ <= now) install();
}

// --- Servers ---

bool FirmwareUpdateObject::has_resource(const Path& resource) const {
  switch (resource.resource()) {
    case firmware::kPkgName: return !package_name_.empty();
    case firmware::kPkgVersion: return !package_version_.empty();
    case firmware::kFirmwareUpdateProtocolSupport: return !config_.protocols.empty();
    case firmware::kLastStateChangeTime: return epoch_ms_.has_value();
    case firmware::kMaximumDeferPeriod: return most_defer_s_.has_value();
    default: return true;
  }
}

Id FirmwareUpdateObject::next_resource_instance(const Path& resource, Id after) const {
  const auto next = static_cast<Id>(after + 1);
  const bool listed = resource.resource() == firmware::kFirmwareUpdateProtocolSupport;
  return listed && next < config_.protocols.size() ? next : kNoId;
}

Result<Value> FirmwareUpdateObject::read(const Path& path) {
  switch (path.resource()) {
    case firmware::kPackageUri: return Value::string(uri_.text());
    case firmware::kState: return Value::integer(static_cast<int>(state_));
    case firmware::kUpdateResult: return Value::integer(static_cast<int>(result_));
    case firmware::kPkgName: return Value::string(package_name_);
    case firmware::kPkgVersion: return Value::string(package_version_);
    case firmware::kFirmwareUpdateProtocolSupport:
      return Value::integer(config_.protocols[path.resource_instance()]);
    case firmware::kFirmwareUpdateDeliveryMethod:
      return Value::integer(config_.sink == nullptr ? 0 : config_.protocols.empty() ? 1 : 2);
    case firmware::kSeverity: return Value::integer(severity_);
    case firmware::kLastStateChangeTime: return Value::time(changed_at_s_);
    case firmware::kMaximumDeferPeriod: return Value::unsigned_integer(most_defer_s_.value_or(0));
    case firmware::kAutomaticUpgradeAtDownload: return Value::boolean(automatic_);
    default: return Error::NotFound;
  }
}

Status FirmwareUpdateObject::check(const Path& path, const Value& value) {
  switch (path.resource()) {
    case firmware::kPackageUri: {
      // A new order needs a reset first; nothing stops an installation.
      const bool resets = value.as_string().empty();
      const bool fits = resets ? state_ != FirmwareState::Updating : state_ == FirmwareState::Idle;
      return fits ? Status() : Error::NotAllowed;
    }
    case firmware::kMaximumDeferPeriod:
      return value.as_unsigned() <= 0xFFFFFFFF ? Status() : Error::Range;
    default: return {};  // the package is judged by `write_block`
  }
}

Status FirmwareUpdateObject::write(const Path& path, const Value& value) {
  switch (path.resource()) {
    case firmware::kPackageUri: {
      LINNET_TRY(check(path, value));
      if (value.as_string().empty()) {
        revoke(FirmwareResult::Initial);  // [OBJ-10]
        return {};
      }
      if (!uri_.assign(value.as_string())) return Error::Range;
      enter(FirmwareState::Downloading, FirmwareResult::Initial);
      // [OBJ-08] What is wrong with the URI is told by the result alone.
      const FirmwareResult verdict = judge_uri();
      if (verdict != FirmwareResult::Initial) {
        enter(FirmwareState::Idle, verdict);
      } else {
        request(FirmwareRequest::Kind::Download);
      }
      return {};
    }
    case firmware::kSeverity: severity_ = static_cast<std::uint8_t>(value.as_integer()); return {};
    case firmware::kMaximumDeferPeriod:
      most_defer_s_ = static_cast<std::uint32_t>(value.as_unsigned());
      return {};
    case firmware::kAutomaticUpgradeAtDownload: automatic_ = value.as_boolean(); return {};
    default: return Error::NotAllowed;
  }
}

Status FirmwareUpdateObject::reset(const Path& path) {
  switch (path.resource()) {
    case firmware::kSeverity: severity_ = 1; return {};
    case firmware::kMaximumDeferPeriod: most_defer_s_.reset(); return {};
    case firmware::kAutomaticUpgradeAtDownload: automatic_ = false; return {};
    default: return Error::NotAllowed;
  }
}

FirmwareResult FirmwareUpdateObject::judge_uri() const {
  const std::string_view uri = uri_.text();
  const std::size_t end = uri.find("://");
  if (end == std::string_view::npos || end == 0 || end + 3 == uri.size()) {
    return FirmwareResult::InvalidUri;
  }
  for (const std::uint8_t protocol : config_.protocols) {
    if (protocol < std::size(kSchemes) && uri.substr(0, end) == kSchemes[protocol]) {
      return FirmwareResult::Initial;
    }
  }
  return FirmwareResult::UnsupportedProtocol;
}

Status FirmwareUpdateObject::execute(const Path& path, const ExecuteArguments&) {
  const bool waiting = state_ == FirmwareState::Downloading || state_ == FirmwareState::Downloaded;
  switch (path.resource()) {
    case firmware::kUpdate:
      if (state_ != FirmwareState::Downloaded) return Error::NotAllowed;  // [OBJ-09]
      install();
      return {};
    case firmware::kCancel:
      if (!waiting) return Error::NotAllowed;  // [OBJ-14]
      revoke(FirmwareResult::Cancelled);
      return {};
    default: return Error::NotAllowed;
  }
}

bool FirmwareUpdateObject::is_stream(const Path& path) const {
  return path.resource() == firmware::kPackage;
}

Status FirmwareUpdateObject::write_block(const Path&, std::size_t offset, ByteView bytes,
                                         bool last) {
  if (state_ == FirmwareState::Updating) return Error::NotAllowed;
  const bool nothing = bytes.empty() || (bytes.size() == 1 && bytes[0] == 0);
  if (offset == 0 && last && nothing) {
    revoke(FirmwareResult::Initial);  // [OBJ-10]
    return {};
  }
  const bool downloading = state_ == FirmwareState::Downloading;
  if (config_.sink == nullptr || state_ == FirmwareState::Downloaded ||
      (downloading ? !pushed_ : offset != 0)) {
    return Error::NotAllowed;
  }
  pushed_ = true;
  enter(FirmwareState::Downloading, FirmwareResult::Initial);
  const Status taken = config_.sink->write(offset, bytes, last);
  if (taken.ok()) {
    if (last) downloaded();
    return {};
  }
  discard(result_of(taken.error()));
  // [OBJ-08] A whole package was written, whatever it is worth. Of others no more is wanted.
  return last ? Status() : Error::TooLarge;
}

}  // namespace linnet::client
