// SPDX-License-Identifier: Apache-2.0
#pragma once
// Object definitions as constant tables, and names for their identifiers (Core 1.2 Appendix E).
// Generated from object definition files by tools/model_compiler: change those, not this one.
// A table costs flash only if it is used. All have static lifetime.
#include <linnet/lwm2m/definition.hpp>

namespace linnet::lwm2m::objects {
namespace security {

inline constexpr Id kObject = 0;
inline constexpr Id kServerUri = 0;
inline constexpr Id kBootstrapServer = 1;
inline constexpr Id kSecurityMode = 2;
inline constexpr Id kPublicKeyOrIdentity = 3;
inline constexpr Id kServerPublicKey = 4;
inline constexpr Id kSecretKey = 5;
inline constexpr Id kSmsSecurityMode = 6;
inline constexpr Id kSmsBindingKeyParameters = 7;
inline constexpr Id kSmsBindingSecretKeys = 8;
inline constexpr Id kServerSmsNumber = 9;
inline constexpr Id kShortServerId = 10;
inline constexpr Id kClientHoldOffTime = 11;
inline constexpr Id kBootstrapServerAccountTimeout = 12;
inline constexpr Id kMatchingType = 13;
inline constexpr Id kSni = 14;
inline constexpr Id kCertificateUsage = 15;
inline constexpr Id kDtlsTlsCiphersuite = 16;
inline constexpr Id kOscoreSecurityMode = 17;
inline constexpr Id kGroupsToUseByClient = 18;
inline constexpr Id kSignatureAlgorithmsSupportedByServer = 19;
inline constexpr Id kSignatureAlgorithmsToUseByClient = 20;
inline constexpr Id kSignatureAlgorithmCertsSupportedByServer = 21;
inline constexpr Id kTls13FeaturesToUseByClient = 22;
inline constexpr Id kTlsExtensionsSupportedByServer = 23;
inline constexpr Id kTlsExtensionsToUseByClient = 24;
inline constexpr Id kSecondaryServerUri = 25;
inline constexpr Id kMqttServer = 26;
inline constexpr Id kCoseSecurity = 27;
inline constexpr Id kRdsDestinationPort = 28;
inline constexpr Id kRdsSourcePort = 29;
inline constexpr Id kRdsApplicationId = 30;

inline constexpr ResourceDefinition kResources_1_0[] = {
    {kServerUri, DataType::String, kNoOperation, false, true, 0, 255},
    {kBootstrapServer, DataType::Boolean, kNoOperation, false, true, 0, -1},
    {kSecurityMode, DataType::Integer, kNoOperation, false, true, 0, 4},
    {kPublicKeyOrIdentity, DataType::Opaque, kNoOperation, false, true, 0, -1},
    {kServerPublicKey, DataType::Opaque, kNoOperation, false, true, 0, -1},
    {kSecretKey, DataType::Opaque, kNoOperation, false, true, 0, -1},
    {kSmsSecurityMode, DataType::Integer, kNoOperation, false, false, 0, 255},
    {kSmsBindingKeyParameters, DataType::Opaque, kNoOperation, false, false, 0, 6},
    {kSmsBindingSecretKeys, DataType::Opaque, kNoOperation, false, false, 16, 48},
    {kServerSmsNumber, DataType::String, kNoOperation, false, false, 0, -1},
    {kShortServerId, DataType::Integer, kNoOperation, false, false, 1, 65534},
    {kClientHoldOffTime, DataType::Integer, kNoOperation, false, false, 0, -1},
    {kBootstrapServerAccountTimeout, DataType::Integer, kNoOperation, false, false, 0, -1},
};

inline constexpr ResourceDefinition kResources_1_1[] = {
    {kServerUri, DataType::String, kNoOperation, false, true, 0, 255},
    {kBootstrapServer, DataType::Boolean, kNoOperation, false, true, 0, -1},
    {kSecurityMode, DataType::Integer, kNoOperation, false, true, 0, 4},
    {kPublicKeyOrIdentity, DataType::Opaque, kNoOperation, false, true, 0, -1},
    {kServerPublicKey, DataType::Opaque, kNoOperation, false, true, 0, -1},
    {kSecretKey, DataType::Opaque, kNoOperation, false, true, 0, -1},
    {kSmsSecurityMode, DataType::Integer, kNoOperation, false, false, 0, 255},
    {kSmsBindingKeyParameters, DataType::Opaque, kNoOperation, false, false, 0, 6},
    {kSmsBindingSecretKeys, DataType::Opaque, kNoOperation, false, false, 16, 48},
    {kServerSmsNumber, DataType::String, kNoOperation, false, false, 0, -1},
    {kShortServerId, DataType::Integer, kNoOperation, false, false, 1, 65534},
    {kClientHoldOffTime, DataType::Integer, kNoOperation, false, false, 0, -1},
    {kBootstrapServerAccountTimeout, DataType::Integer, kNoOperation, false, false, 0, -1},
    {kMatchingType, DataType::Unsigned, kNoOperation, false, false, 0, 3},
    {kSni, DataType::String, kNoOperation, false, false, 0, -1},
    {kCertificateUsage, DataType::Unsigned, kNoOperation, false, false, 0, 3},
    {kDtlsTlsCiphersuite, DataType::Unsigned, kNoOperation, true, false, 0, -1},
    {kOscoreSecurityMode, DataType::Objlnk, kNoOperation, false, false, 0, -1},
};

inline constexpr ResourceDefinition kResources_1_2[] = {
    {kServerUri, DataType::String, kNoOperation, false, true, 0, 255},
    {kBootstrapServer, DataType::Boolean, kNoOperation, false, true, 0, -1},
    {kSecurityMode, DataType::Integer, kNoOperation, false, true, 0, 4},
    {kPublicKeyOrIdentity, DataType::Opaque, kNoOperation, false, true, 0, -1},
    {kServerPublicKey, DataType::Opaque, kNoOperation, false, true, 0, -1},
    {kSecretKey, DataType::Opaque, kNoOperation, false, true, 0, -1},
    {kSmsSecurityMode, DataType::Integer, kNoOperation, false, false, 0, 255},
    {kSmsBindingKeyParameters, DataType::Opaque, kNoOperation, false, false, 0, 6},
    {kSmsBindingSecretKeys, DataType::Opaque, kNoOperation, false, false, 16, 48},
    {kServerSmsNumber, DataType::String, kNoOperation, false, false, 0, -1},
    {kShortServerId, DataType::Integer, kNoOperation, false, false, 1, 65534},
    {kClientHoldOffTime, DataType::Integer, kNoOperation, false, false, 0, -1},
    {kBootstrapServerAccountTimeout, DataType::Integer, kNoOperation, false, false, 0, -1},
    {kMatchingType, DataType::Unsigned, kNoOperation, false, false, 0, 3},
    {kSni, DataType::String, kNoOperation, false, false, 0, -1},
    {kCertificateUsage, DataType::Unsigned, kNoOperation, false, false, 0, 3},
    {kDtlsTlsCiphersuite, DataType::Unsigned, kNoOperation, true, false, 0, -1},
    {kOscoreSecurityMode, DataType::Objlnk, kNoOperation, false, false, 0, -1},
    {kGroupsToUseByClient, DataType::Unsigned, kNoOperation, true, false, 0, 65535},
    {kSignatureAlgorithmsSupportedByServer, DataType::Unsigned,
     kNoOperation, true, false, 0, 65535},
    {kSignatureAlgorithmsToUseByClient, DataType::Unsigned, kNoOperation, true, false, 0, 65535},
    {kSignatureAlgorithmCertsSupportedByServer, DataType::Unsigned,
     kNoOperation, true, false, 0, 65535},
    {kTls13FeaturesToUseByClient, DataType::Unsigned, kNoOperation, false, false, 0, 65535},
    {kTlsExtensionsSupportedByServer, DataType::Unsigned, kNoOperation, false, false, 0, 65535},
    {kTlsExtensionsToUseByClient, DataType::Unsigned, kNoOperation, false, false, 0, 65535},
    {kSecondaryServerUri, DataType::String, kNoOperation, true, false, 0, 255},
    {kMqttServer, DataType::Objlnk, kNoOperation, false, false, 0, -1},
    {kCoseSecurity, DataType::Objlnk, kNoOperation, true, false, 0, -1},
    {kRdsDestinationPort, DataType::Integer, kNoOperation, false, false, 0, 15},
    {kRdsSourcePort, DataType::Integer, kNoOperation, false, false, 0, 15},
    {kRdsApplicationId, DataType::String, kNoOperation, false, false, 0, -1},
};

}  // namespace security

inline constexpr ObjectDefinition kSecurity_1_0{
    0, {1, 0}, true, true, security::kResources_1_0};
inline constexpr ObjectDefinition kSecurity_1_1{
    0, {1, 1}, true, true, security::kResources_1_1};
inline constexpr ObjectDefinition kSecurity_1_2{
    0, {1, 2}, true, true, security::kResources_1_2};
/// The latest version.
inline constexpr const ObjectDefinition& kSecurity = kSecurity_1_2;

namespace server {

inline constexpr Id kObject = 1;
inline constexpr Id kShortServerId = 0;
inline constexpr Id kLifetime = 1;
inline constexpr Id kDefaultMinimumPeriod = 2;
inline constexpr Id kDefaultMaximumPeriod = 3;
inline constexpr Id kDisable = 4;
inline constexpr Id kDisableTimeout = 5;
inline constexpr Id kNotificationStoringWhenDisabledOrOffline = 6;
inline constexpr Id kBinding = 7;
inline constexpr Id kRegistrationUpdateTrigger = 8;
inline constexpr Id kBootstrapRequestTrigger = 9;
inline constexpr Id kApnLink = 10;
inline constexpr Id kTlsDtlsAlertCode = 11;
inline constexpr Id kLastBootstrapped = 12;
inline constexpr Id kRegistrationPriorityOrder = 13;
inline constexpr Id kInitialRegistrationDelayTimer = 14;
inline constexpr Id kRegistrationFailureBlock = 15;
inline constexpr Id kBootstrapOnRegistrationFailure = 16;
inline constexpr Id kCommunicationRetryCount = 17;
inline constexpr Id kCommunicationRetryTimer = 18;
inline constexpr Id kCommunicationSequenceDelayTimer = 19;
inline constexpr Id kCommunicationSequenceRetryCount = 20;
inline constexpr Id kTrigger = 21;
inline constexpr Id kPreferredTransport = 22;
inline constexpr Id kMuteSend = 23;
inline constexpr Id kAlternateApnLinks = 24;
inline constexpr Id kSupportedServerVersions = 25;
inline constexpr Id kDefaultNotificationMode = 26;
inline constexpr Id kProfileIdHashAlgorithm = 27;

inline constexpr ResourceDefinition kResources_1_0[] = {
    {kShortServerId, DataType::Integer, kRead, false, true, 1, 65535},
    {kLifetime, DataType::Integer, kReadWrite, false, true, 0, -1},
    {kDefaultMinimumPeriod, DataType::Integer, kReadWrite, false, false, 0, -1},
    {kDefaultMaximumPeriod, DataType::Integer, kReadWrite, false, false, 0, -1},
    {kDisable, DataType::None, kExecute, false, false, 0, -1},
    {kDisableTimeout, DataType::Integer, kReadWrite, false, false, 0, -1},
    {kNotificationStoringWhenDisabledOrOffline, DataType::Boolean, kReadWrite, false, true, 0, -1},
    {kBinding, DataType::String, kReadWrite, false, true, 0, -1},
    {kRegistrationUpdateTrigger, DataType::None, kExecute, false, true, 0, -1},
};

inline constexpr ResourceDefinition kResources_1_1[] = {
    {kShortServerId, DataType::Integer, kRead, false, true, 1, 65534},
    {kLifetime, DataType::Integer, kReadWrite, false, true, 0, -1},
    {kDefaultMinimumPeriod, DataType::Integer, kReadWrite, false, false, 0, -1},
    {kDefaultMaximumPeriod, DataType::Integer, kReadWrite, false, false, 0, -1},
    {kDisable, DataType::None, kExecute, false, false, 0, -1},
    {kDisableTimeout, DataType::Integer, kReadWrite, false, false, 0, -1},
    {kNotificationStoringWhenDisabledOrOffline, DataType::Boolean, kReadWrite, false, true, 0, -1},
    {kBinding, DataType::String, kReadWrite, false, true, 0, -1},
    {kRegistrationUpdateTrigger, DataType::None, kExecute, false, true, 0, -1},
    {kBootstrapRequestTrigger, DataType::None, kExecute, false, false, 0, -1},
    {kApnLink, DataType::Objlnk, kReadWrite, false, false, 0, -1},
    {kTlsDtlsAlertCode, DataType::Unsigned, kRead, false, false, 0, 255},
    {kLastBootstrapped, DataType::Time, kRead, false, false, 0, -1},
    {kRegistrationPriorityOrder, DataType::Unsigned, kNoOperation, false, false, 0, -1},
    {kInitialRegistrationDelayTimer, DataType::Unsigned, kNoOperation, false, false, 0, -1},
    {kRegistrationFailureBlock, DataType::Boolean, kNoOperation, false, false, 0, -1},
    {kBootstrapOnRegistrationFailure, DataType::Boolean, kNoOperation, false, false, 0, -1},
    {kCommunicationRetryCount, DataType::Unsigned, kNoOperation, false, false, 0, -1},
    {kCommunicationRetryTimer, DataType::Unsigned, kNoOperation, false, false, 0, -1},
    {kCommunicationSequenceDelayTimer, DataType::Unsigned, kNoOperation, false, false, 0, -1},
    {kCommunicationSequenceRetryCount, DataType::Unsigned, kNoOperation, false, false, 0, -1},
    {kTrigger, DataType::Boolean, kReadWrite, false, false, 0, -1},
    {kPreferredTransport, DataType::String, kReadWrite, false, false, 0, -1},
    {kMuteSend, DataType::Boolean, kReadWrite, false, false, 0, -1},
};

inline constexpr ResourceDefinition kResources_1_2[] = {
    {kShortServerId, DataType::Integer, kRead, false, true, 1, 65534},
    {kLifetime, DataType::Integer, kReadWrite, false, true, 0, -1},
    {kDefaultMinimumPeriod, DataType::Integer, kReadWrite, false, false, 0, -1},
    {kDefaultMaximumPeriod, DataType::Integer, kReadWrite, false, false, 0, -1},
    {kDisable, DataType::None, kExecute, false, false, 0, -1},
    {kDisableTimeout, DataType::Integer, kReadWrite, false, false, 0, -1},
    {kNotificationStoringWhenDisabledOrOffline, DataType::Boolean, kReadWrite, false, true, 0, -1},
    {kBinding, DataType::String, kReadWrite, false, true, 0, -1},
    {kRegistrationUpdateTrigger, DataType::None, kExecute, false, true, 0, -1},
    {kBootstrapRequestTrigger, DataType::None, kExecute, false, false, 0, -1},
    {kApnLink, DataType::Objlnk, kReadWrite, false, false, 0, -1},
    {kTlsDtlsAlertCode, DataType::Unsigned, kRead, false, false, 0, 255},
    {kLastBootstrapped, DataType::Time, kRead, false, false, 0, -1},
    {kRegistrationPriorityOrder, DataType::Unsigned, kRead, false, false, 0, -1},
    {kInitialRegistrationDelayTimer, DataType::Unsigned, kReadWrite, false, false, 0, -1},
    {kRegistrationFailureBlock, DataType::Boolean, kRead, false, false, 0, -1},
    {kBootstrapOnRegistrationFailure, DataType::Boolean, kRead, false, false, 0, -1},
    {kCommunicationRetryCount, DataType::Unsigned, kReadWrite, false, false, 0, -1},
    {kCommunicationRetryTimer, DataType::Unsigned, kReadWrite, false, false, 0, -1},
    {kCommunicationSequenceDelayTimer, DataType::Unsigned, kReadWrite, false, false, 0, -1},
    {kCommunicationSequenceRetryCount, DataType::Unsigned, kReadWrite, false, false, 0, -1},
    {kTrigger, DataType::Boolean, kReadWrite, false, false, 0, -1},
    {kPreferredTransport, DataType::String, kReadWrite, false, false, 0, -1},
    {kMuteSend, DataType::Boolean, kReadWrite, false, false, 0, -1},
    {kAlternateApnLinks, DataType::Objlnk, kReadWrite, true, false, 0, -1},
    {kSupportedServerVersions, DataType::String, kReadWrite, true, false, 0, -1},
    {kDefaultNotificationMode, DataType::Integer, kReadWrite, false, false, 0, 1},
    {kProfileIdHashAlgorithm, DataType::Unsigned, kReadWrite, false, false, 0, 255},
};

}  // namespace server

inline constexpr ObjectDefinition kServer_1_0{
    1, {1, 0}, true, true, server::kResources_1_0};
inline constexpr ObjectDefinition kServer_1_1{
    1, {1, 1}, true, true, server::kResources_1_1};
inline constexpr ObjectDefinition kServer_1_2{
    1, {1, 2}, true, true, server::kResources_1_2};
/// The latest version.
inline constexpr const ObjectDefinition& kServer = kServer_1_2;

namespace access_control {

inline constexpr Id kObject = 2;
inline constexpr Id kObjectId = 0;
inline constexpr Id kObjectInstanceId = 1;
inline constexpr Id kAcl = 2;
inline constexpr Id kAccessControlOwner = 3;

inline constexpr ResourceDefinition kResources_1_0[] = {
    {kObjectId, DataType::Integer, kRead, false, true, 1, 65534},
    {kObjectInstanceId, DataType::Integer, kRead, false, true, 0, 65535},
    {kAcl, DataType::Integer, kReadWrite, true, false, 0, -1},
    {kAccessControlOwner, DataType::Integer, kReadWrite, false, true, 0, 65535},
};

inline constexpr ResourceDefinition kResources_1_1[] = {
    {kObjectId, DataType::Integer, kRead, false, true, 1, 65534},
    {kObjectInstanceId, DataType::Integer, kRead, false, true, 0, 65535},
    {kAcl, DataType::Integer, kReadWrite, true, false, 0, 31},
    {kAccessControlOwner, DataType::Integer, kReadWrite, false, true, 0, 65535},
};

}  // namespace access_control

inline constexpr ObjectDefinition kAccessControl_1_0{
    2, {1, 0}, true, false, access_control::kResources_1_0};
inline constexpr ObjectDefinition kAccessControl_1_1{
    2, {1, 1}, true, false, access_control::kResources_1_1};
/// The latest version.
inline constexpr const ObjectDefinition& kAccessControl = kAccessControl_1_1;

namespace device {

inline constexpr Id kObject = 3;
inline constexpr Id kManufacturer = 0;
inline constexpr Id kModelNumber = 1;
inline constexpr Id kSerialNumber = 2;
inline constexpr Id kFirmwareVersion = 3;
inline constexpr Id kReboot = 4;
inline constexpr Id kFactoryReset = 5;
inline constexpr Id kAvailablePowerSources = 6;
inline constexpr Id kPowerSourceVoltage = 7;
inline constexpr Id kPowerSourceCurrent = 8;
inline constexpr Id kBatteryLevel = 9;
inline constexpr Id kMemoryFree = 10;
inline constexpr Id kErrorCode = 11;
inline constexpr Id kResetErrorCode = 12;
inline constexpr Id kCurrentTime = 13;
inline constexpr Id kUtcOffset = 14;
inline constexpr Id kTimezone = 15;
inline constexpr Id kSupportedBindingAndModes = 16;
inline constexpr Id kDeviceType = 17;
inline constexpr Id kHardwareVersion = 18;
inline constexpr Id kSoftwareVersion = 19;
inline constexpr Id kBatteryStatus = 20;
inline constexpr Id kMemoryTotal = 21;
inline constexpr Id kExtDevInfo = 22;

inline constexpr ResourceDefinition kResources_1_0[] = {
    {kManufacturer, DataType::String, kRead, false, false, 0, -1},
    {kModelNumber, DataType::String, kRead, false, false, 0, -1},
    {kSerialNumber, DataType::String, kRead, false, false, 0, -1},
    {kFirmwareVersion, DataType::String, kRead, false, false, 0, -1},
    {kReboot, DataType::None, kExecute, false, true, 0, -1},
    {kFactoryReset, DataType::None, kExecute, false, false, 0, -1},
    {kAvailablePowerSources, DataType::Integer, kRead, true, false, 0, 7},
    {kPowerSourceVoltage, DataType::Integer, kRead, true, false, 0, -1},
    {kPowerSourceCurrent, DataType::Integer, kRead, true, false, 0, -1},
    {kBatteryLevel, DataType::Integer, kRead, false, false, 0, 100},
    {kMemoryFree, DataType::Integer, kRead, false, false, 0, -1},
    {kErrorCode, DataType::Integer, kRead, true, true, 0, 8},
    {kResetErrorCode, DataType::None, kExecute, false, false, 0, -1},
    {kCurrentTime, DataType::Time, kReadWrite, false, false, 0, -1},
    {kUtcOffset, DataType::String, kReadWrite, false, false, 0, -1},
    {kTimezone, DataType::String, kReadWrite, false, false, 0, -1},
    {kSupportedBindingAndModes, DataType::String, kRead, false, true, 0, -1},
    {kDeviceType, DataType::String, kRead, false, false, 0, -1},
    {kHardwareVersion, DataType::String, kRead, false, false, 0, -1},
    {kSoftwareVersion, DataType::String, kRead, false, false, 0, -1},
    {kBatteryStatus, DataType::Integer, kRead, false, false, 0, 6},
    {kMemoryTotal, DataType::Integer, kRead, false, false, 0, -1},
    {kExtDevInfo, DataType::Objlnk, kRead, true, false, 0, -1},
};

inline constexpr ResourceDefinition kResources_1_1[] = {
    {kManufacturer, DataType::String, kRead, false, false, 0, -1},
    {kModelNumber, DataType::String, kRead, false, false, 0, -1},
    {kSerialNumber, DataType::String, kRead, false, false, 0, -1},
    {kFirmwareVersion, DataType::String, kRead, false, false, 0, -1},
    {kReboot, DataType::None, kExecute, false, true, 0, -1},
    {kFactoryReset, DataType::None, kExecute, false, false, 0, -1},
    {kAvailablePowerSources, DataType::Integer, kRead, true, false, 0, 7},
    {kPowerSourceVoltage, DataType::Integer, kRead, true, false, 0, -1},
    {kPowerSourceCurrent, DataType::Integer, kRead, true, false, 0, -1},
    {kBatteryLevel, DataType::Integer, kRead, false, false, 0, 100},
    {kMemoryFree, DataType::Integer, kRead, false, false, 0, -1},
    {kErrorCode, DataType::Integer, kRead, true, true, 0, 8},
    {kResetErrorCode, DataType::None, kExecute, false, false, 0, -1},
    {kCurrentTime, DataType::Time, kReadWrite, false, false, 0, -1},
    {kUtcOffset, DataType::String, kReadWrite, false, false, 0, -1},
    {kTimezone, DataType::String, kReadWrite, false, false, 0, -1},
    {kSupportedBindingAndModes, DataType::String, kRead, false, true, 0, -1},
    {kDeviceType, DataType::String, kRead, false, false, 0, -1},
    {kHardwareVersion, DataType::String, kRead, false, false, 0, -1},
    {kSoftwareVersion, DataType::String, kRead, false, false, 0, -1},
    {kBatteryStatus, DataType::Integer, kRead, false, false, 0, 6},
    {kMemoryTotal, DataType::Integer, kRead, false, false, 0, -1},
    {kExtDevInfo, DataType::Objlnk, kRead, true, false, 0, -1},
};

inline constexpr ResourceDefinition kResources_1_2[] = {
    {kManufacturer, DataType::String, kRead, false, false, 0, -1},
    {kModelNumber, DataType::String, kRead, false, false, 0, -1},
    {kSerialNumber, DataType::String, kRead, false, false, 0, -1},
    {kFirmwareVersion, DataType::String, kRead, false, false, 0, -1},
    {kReboot, DataType::None, kExecute, false, true, 0, -1},
    {kFactoryReset, DataType::None, kExecute, false, false, 0, -1},
    {kAvailablePowerSources, DataType::Integer, kRead, true, false, 0, 7},
    {kPowerSourceVoltage, DataType::Integer, kRead, true, false, 0, -1},
    {kPowerSourceCurrent, DataType::Integer, kRead, true, false, 0, -1},
    {kBatteryLevel, DataType::Integer, kRead, false, false, 0, 100},
    {kMemoryFree, DataType::Integer, kRead, false, false, 0, -1},
    {kErrorCode, DataType::Integer, kRead, true, true, 0, 32},
    {kResetErrorCode, DataType::None, kExecute, false, false, 0, -1},
    {kCurrentTime, DataType::Time, kReadWrite, false, false, 0, -1},
    {kUtcOffset, DataType::String, kReadWrite, false, false, 0, -1},
    {kTimezone, DataType::String, kReadWrite, false, false, 0, -1},
    {kSupportedBindingAndModes, DataType::String, kRead, false, true, 0, -1},
    {kDeviceType, DataType::String, kRead, false, false, 0, -1},
    {kHardwareVersion, DataType::String, kRead, false, false, 0, -1},
    {kSoftwareVersion, DataType::String, kRead, false, false, 0, -1},
    {kBatteryStatus, DataType::Integer, kRead, false, false, 0, 6},
    {kMemoryTotal, DataType::Integer, kRead, false, false, 0, -1},
    {kExtDevInfo, DataType::Objlnk, kRead, true, false, 0, -1},
};

}  // namespace device

inline constexpr ObjectDefinition kDevice_1_0{
    3, {1, 0}, false, true, device::kResources_1_0};
inline constexpr ObjectDefinition kDevice_1_1{
    3, {1, 1}, false, true, device::kResources_1_1};
inline constexpr ObjectDefinition kDevice_1_2{
    3, {1, 2}, false, true, device::kResources_1_2};
/// The latest version.
inline constexpr const ObjectDefinition& kDevice = kDevice_1_2;

namespace connectivity_monitoring {

inline constexpr Id kObject = 4;
inline constexpr Id kNetworkBearer = 0;
inline constexpr Id kAvailableNetworkBearer = 1;
inline constexpr Id kRadioSignalStrength = 2;
inline constexpr Id kLinkQuality = 3;
inline constexpr Id kIpAddresses = 4;
inline constexpr Id kRouterIpAddresses = 5;
inline constexpr Id kLinkUtilization = 6;
inline constexpr Id kApn = 7;
inline constexpr Id kCellId = 8;
inline constexpr Id kSmnc = 9;
inline constexpr Id kSmcc = 10;
inline constexpr Id kSignalSnr = 11;
inline constexpr Id kLac = 12;
inline constexpr Id kCoverageEnhancementLevel = 13;

inline constexpr ResourceDefinition kResources_1_0[] = {
    {kNetworkBearer, DataType::Integer, kRead, false, true, 0, 50},
    {kAvailableNetworkBearer, DataType::Integer, kRead, true, true, 0, 50},
    {kRadioSignalStrength, DataType::Integer, kRead, false, true, 0, -1},
    {kLinkQuality, DataType::Integer, kRead, false, false, 0, -1},
    {kIpAddresses, DataType::String, kRead, true, true, 0, -1},
    {kRouterIpAddresses, DataType::String, kRead, true, false, 0, -1},
    {kLinkUtilization, DataType::Integer, kRead, false, false, 0, 100},
    {kApn, DataType::String, kRead, true, false, 0, -1},
    {kCellId, DataType::Integer, kRead, false, false, 0, -1},
    {kSmnc, DataType::Integer, kRead, false, false, 0, 999},
    {kSmcc, DataType::Integer, kRead, false, false, 0, 999},
};

inline constexpr ResourceDefinition kResources_1_1[] = {
    {kNetworkBearer, DataType::Integer, kRead, false, true, 0, 50},
    {kAvailableNetworkBearer, DataType::Integer, kRead, true, true, 0, 50},
    {kRadioSignalStrength, DataType::Integer, kRead, false, true, 0, -1},
    {kLinkQuality, DataType::Integer, kRead, false, false, 0, -1},
    {kIpAddresses, DataType::String, kRead, true, true, 0, -1},
    {kRouterIpAddresses, DataType::String, kRead, true, false, 0, -1},
    {kLinkUtilization, DataType::Integer, kRead, false, false, 0, 100},
    {kApn, DataType::String, kRead, true, false, 0, -1},
    {kCellId, DataType::Integer, kRead, false, false, 0, -1},
    {kSmnc, DataType::Integer, kRead, false, false, 0, 999},
    {kSmcc, DataType::Integer, kRead, false, false, 0, 999},
    {kSignalSnr, DataType::Integer, kRead, false, false, 0, -1},
};

inline constexpr ResourceDefinition kResources_1_2[] = {
    {kNetworkBearer, DataType::Integer, kRead, false, true, 0, 50},
    {kAvailableNetworkBearer, DataType::Integer, kRead, true, true, 0, 50},
    {kRadioSignalStrength, DataType::Integer, kRead, false, true, 0, -1},
    {kLinkQuality, DataType::Integer, kRead, false, false, 0, -1},
    {kIpAddresses, DataType::String, kRead, true, true, 0, -1},
    {kRouterIpAddresses, DataType::String, kRead, true, false, 0, -1},
    {kLinkUtilization, DataType::Integer, kRead, false, false, 0, 100},
    {kApn, DataType::String, kRead, true, false, 0, -1},
    {kCellId, DataType::Integer, kRead, false, false, 0, -1},
    {kSmnc, DataType::Integer, kRead, false, false, 0, 999},
    {kSmcc, DataType::Integer, kRead, false, false, 0, 999},
    {kSignalSnr, DataType::Integer, kRead, false, false, 0, -1},
    {kLac, DataType::Integer, kRead, false, false, 0, -1},
};

inline constexpr ResourceDefinition kResources_1_3[] = {
    {kNetworkBearer, DataType::Integer, kRead, false, true, 0, 50},
    {kAvailableNetworkBearer, DataType::Integer, kRead, true, true, 0, 50},
    {kRadioSignalStrength, DataType::Integer, kRead, false, true, 0, -1},
    {kLinkQuality, DataType::Integer, kRead, false, false, 0, -1},
    {kIpAddresses, DataType::String, kRead, true, true, 0, -1},
    {kRouterIpAddresses, DataType::String, kRead, true, false, 0, -1},
    {kLinkUtilization, DataType::Integer, kRead, false, false, 0, 100},
    {kApn, DataType::String, kRead, true, false, 0, -1},
    {kCellId, DataType::Integer, kRead, false, false, 0, -1},
    {kSmnc, DataType::Integer, kRead, false, false, 0, 999},
    {kSmcc, DataType::Integer, kRead, false, false, 0, 999},
    {kSignalSnr, DataType::Integer, kRead, false, false, 0, -1},
    {kLac, DataType::Integer, kRead, false, false, 0, -1},
    {kCoverageEnhancementLevel, DataType::Integer, kRead, false, false, 0, 4},
};

}  // namespace connectivity_monitoring

inline constexpr ObjectDefinition kConnectivityMonitoring_1_0{
    4, {1, 0}, false, false, connectivity_monitoring::kResources_1_0};
inline constexpr ObjectDefinition kConnectivityMonitoring_1_1{
    4, {1, 1}, false, false, connectivity_monitoring::kResources_1_1};
inline constexpr ObjectDefinition kConnectivityMonitoring_1_2{
    4, {1, 2}, false, false, connectivity_monitoring::kResources_1_2};
inline constexpr ObjectDefinition kConnectivityMonitoring_1_3{
    4, {1, 3}, false, false, connectivity_monitoring::kResources_1_3};
/// The latest version.
inline constexpr const ObjectDefinition& kConnectivityMonitoring = kConnectivityMonitoring_1_3;

namespace firmware_update {

inline constexpr Id kObject = 5;
inline constexpr Id kPackage = 0;
inline constexpr Id kPackageUri = 1;
inline constexpr Id kUpdate = 2;
inline constexpr Id kState = 3;
inline constexpr Id kUpdateResult = 5;
inline constexpr Id kPkgName = 6;
inline constexpr Id kPkgVersion = 7;
inline constexpr Id kFirmwareUpdateProtocolSupport = 8;
inline constexpr Id kFirmwareUpdateDeliveryMethod = 9;
inline constexpr Id kCancel = 10;
inline constexpr Id kSeverity = 11;
inline constexpr Id kLastStateChangeTime = 12;
inline constexpr Id kMaximumDeferPeriod = 13;
inline constexpr Id kAutomaticUpgradeAtDownload = 14;

inline constexpr ResourceDefinition kResources_1_0[] = {
    {kPackage, DataType::Opaque, kWrite, false, true, 0, -1},
    {kPackageUri, DataType::String, kReadWrite, false, true, 0, 255},
    {kUpdate, DataType::None, kExecute, false, true, 0, -1},
    {kState, DataType::Integer, kRead, false, true, 0, 3},
    {kUpdateResult, DataType::Integer, kRead, false, true, 0, 9},
    {kPkgName, DataType::String, kRead, false, false, 0, 255},
    {kPkgVersion, DataType::String, kRead, false, false, 0, 255},
    {kFirmwareUpdateProtocolSupport, DataType::Integer, kRead, true, false, 0, 5},
    {kFirmwareUpdateDeliveryMethod, DataType::Integer, kRead, false, true, 0, 2},
};

inline constexpr ResourceDefinition kResources_1_1[] = {
    {kPackage, DataType::Opaque, kWrite, false, true, 0, -1},
    {kPackageUri, DataType::String, kReadWrite, false, true, 0, 255},
    {kUpdate, DataType::None, kExecute, false, true, 0, -1},
    {kState, DataType::Integer, kRead, false, true, 0, 3},
    {kUpdateResult, DataType::Integer, kRead, false, true, 0, 11},
    {kPkgName, DataType::String, kRead, false, false, 0, 255},
    {kPkgVersion, DataType::String, kRead, false, false, 0, 255},
    {kFirmwareUpdateProtocolSupport, DataType::Integer, kRead, true, false, 0, 5},
    {kFirmwareUpdateDeliveryMethod, DataType::Integer, kRead, false, true, 0, 2},
    {kCancel, DataType::None, kExecute, false, false, 0, -1},
    {kSeverity, DataType::Integer, kReadWrite, false, false, 0, 2},
    {kLastStateChangeTime, DataType::Time, kRead, false, false, 0, -1},
    {kMaximumDeferPeriod, DataType::Unsigned, kReadWrite, false, false, 0, -1},
};

inline constexpr ResourceDefinition kResources_1_2[] = {
    {kPackage, DataType::Opaque, kWrite, false, true, 0, -1},
    {kPackageUri, DataType::String, kReadWrite, false, true, 0, 255},
    {kUpdate, DataType::None, kExecute, false, true, 0, -1},
    {kState, DataType::Integer, kRead, false, true, 0, 3},
    {kUpdateResult, DataType::Integer, kRead, false, true, 0, 11},
    {kPkgName, DataType::String, kRead, false, false, 0, 255},
    {kPkgVersion, DataType::String, kRead, false, false, 0, 255},
    {kFirmwareUpdateProtocolSupport, DataType::Integer, kRead, true, false, 0, 5},
    {kFirmwareUpdateDeliveryMethod, DataType::Integer, kRead, false, true, 0, 2},
    {kCancel, DataType::None, kExecute, false, false, 0, -1},
    {kSeverity, DataType::Integer, kReadWrite, false, false, 0, 2},
    {kLastStateChangeTime, DataType::Time, kRead, false, false, 0, -1},
    {kMaximumDeferPeriod, DataType::Unsigned, kReadWrite, false, false, 0, -1},
    {kAutomaticUpgradeAtDownload, DataType::Boolean, kReadWrite, false, false, 0, -1},
};

}  // namespace firmware_update

inline constexpr ObjectDefinition kFirmwareUpdate_1_0{
    5, {1, 0}, false, false, firmware_update::kResources_1_0};
inline constexpr ObjectDefinition kFirmwareUpdate_1_1{
    5, {1, 1}, false, false, firmware_update::kResources_1_1};
inline constexpr ObjectDefinition kFirmwareUpdate_1_2{
    5, {1, 2}, false, false, firmware_update::kResources_1_2};
/// The latest version.
inline constexpr const ObjectDefinition& kFirmwareUpdate = kFirmwareUpdate_1_2;

namespace location {

inline constexpr Id kObject = 6;
inline constexpr Id kLatitude = 0;
inline constexpr Id kLongitude = 1;
inline constexpr Id kAltitude = 2;
inline constexpr Id kRadius = 3;
inline constexpr Id kVelocity = 4;
inline constexpr Id kTimestamp = 5;
inline constexpr Id kSpeed = 6;

inline constexpr ResourceDefinition kResources_1_0[] = {
    {kLatitude, DataType::Float, kRead, false, true, 0, -1},
    {kLongitude, DataType::Float, kRead, false, true, 0, -1},
    {kAltitude, DataType::Float, kRead, false, false, 0, -1},
    {kRadius, DataType::Float, kRead, false, false, 0, -1},
    {kVelocity, DataType::Opaque, kRead, false, false, 0, -1},
    {kTimestamp, DataType::Time, kRead, false, true, 0, -1},
    {kSpeed, DataType::Float, kRead, false, false, 0, -1},
};

}  // namespace location

inline constexpr ObjectDefinition kLocation_1_0{
    6, {1, 0}, false, false, location::kResources_1_0};
/// The latest version.
inline constexpr const ObjectDefinition& kLocation = kLocation_1_0;

namespace connectivity_statistics {

inline constexpr Id kObject = 7;
inline constexpr Id kSmsTxCounter = 0;
inline constexpr Id kSmsRxCounter = 1;
inline constexpr Id kTxData = 2;
inline constexpr Id kRxData = 3;
inline constexpr Id kMaxMessageSize = 4;
inline constexpr Id kAverageMessageSize = 5;
inline constexpr Id kStart = 6;
inline constexpr Id kStop = 7;
inline constexpr Id kCollectionPeriod = 8;

inline constexpr ResourceDefinition kResources_1_0[] = {
    {kSmsTxCounter, DataType::Integer, kRead, false, false, 0, -1},
    {kSmsRxCounter, DataType::Integer, kRead, false, false, 0, -1},
    {kTxData, DataType::Integer, kRead, false, false, 0, -1},
    {kRxData, DataType::Integer, kRead, false, false, 0, -1},
    {kMaxMessageSize, DataType::Integer, kRead, false, false, 0, -1},
    {kAverageMessageSize, DataType::Integer, kRead, false, false, 0, -1},
    {kStart, DataType::None, kExecute, false, true, 0, -1},
    {kStop, DataType::None, kExecute, false, true, 0, -1},
    {kCollectionPeriod, DataType::Integer, kReadWrite, false, false, 0, -1},
};

}  // namespace connectivity_statistics

inline constexpr ObjectDefinition kConnectivityStatistics_1_0{
    7, {1, 0}, false, false, connectivity_statistics::kResources_1_0};
/// The latest version.
inline constexpr const ObjectDefinition& kConnectivityStatistics = kConnectivityStatistics_1_0;

namespace oscore {

inline constexpr Id kObject = 21;
inline constexpr Id kOscoreMasterSecret = 0;
inline constexpr Id kOscoreSenderId = 1;
inline constexpr Id kOscoreRecipientId = 2;
inline constexpr Id kOscoreAeadAlgorithm = 3;
inline constexpr Id kOscoreHmacAlgorithm = 4;
inline constexpr Id kOscoreMasterSalt = 5;
inline constexpr Id kOscoreIdContext = 6;

inline constexpr ResourceDefinition kResources_1_0[] = {
    {kOscoreMasterSecret, DataType::String, kNoOperation, false, true, 0, -1},
    {kOscoreSenderId, DataType::String, kNoOperation, false, true, 0, -1},
    {kOscoreRecipientId, DataType::String, kNoOperation, false, true, 0, -1},
    {kOscoreAeadAlgorithm, DataType::Integer, kNoOperation, false, false, 0, -1},
    {kOscoreHmacAlgorithm, DataType::Integer, kNoOperation, false, false, 0, -1},
    {kOscoreMasterSalt, DataType::String, kNoOperation, false, false, 0, -1},
};

inline constexpr ResourceDefinition kResources_1_1[] = {
    {kOscoreMasterSecret, DataType::String, kNoOperation, false, true, 0, -1},
    {kOscoreSenderId, DataType::String, kNoOperation, false, true, 0, -1},
    {kOscoreRecipientId, DataType::String, kNoOperation, false, true, 0, -1},
    {kOscoreAeadAlgorithm, DataType::Integer, kNoOperation, false, false, 0, -1},
    {kOscoreHmacAlgorithm, DataType::Integer, kNoOperation, false, false, 0, -1},
    {kOscoreMasterSalt, DataType::String, kNoOperation, false, false, 0, -1},
    {kOscoreIdContext, DataType::String, kNoOperation, false, false, 0, -1},
};

inline constexpr ResourceDefinition kResources_2_0[] = {
    {kOscoreMasterSecret, DataType::Opaque, kNoOperation, false, true, 0, -1},
    {kOscoreSenderId, DataType::Opaque, kNoOperation, false, true, 0, -1},
    {kOscoreRecipientId, DataType::Opaque, kNoOperation, false, true, 0, -1},
    {kOscoreAeadAlgorithm, DataType::Integer, kNoOperation, false, false, 0, -1},
    {kOscoreHmacAlgorithm, DataType::Integer, kNoOperation, false, false, 0, -1},
    {kOscoreMasterSalt, DataType::Opaque, kNoOperation, false, false, 0, -1},
    {kOscoreIdContext, DataType::Opaque, kNoOperation, false, false, 0, -1},
};

}  // namespace oscore

inline constexpr ObjectDefinition kOscore_1_0{
    21, {1, 0}, true, false, oscore::kResources_1_0};
inline constexpr ObjectDefinition kOscore_1_1{
    21, {1, 1}, true, false, oscore::kResources_1_1};
inline constexpr ObjectDefinition kOscore_2_0{
    21, {2, 0}, true, false, oscore::kResources_2_0};
/// The latest version.
inline constexpr const ObjectDefinition& kOscore = kOscore_2_0;

namespace temperature {

inline constexpr Id kObject = 3303;
inline constexpr Id kTimestamp = 5518;
inline constexpr Id kMinMeasuredValue = 5601;
inline constexpr Id kMaxMeasuredValue = 5602;
inline constexpr Id kMinRangeValue = 5603;
inline constexpr Id kMaxRangeValue = 5604;
inline constexpr Id kResetMinAndMaxMeasuredValues = 5605;
inline constexpr Id kSensorValue = 5700;
inline constexpr Id kSensorUnits = 5701;
inline constexpr Id kApplicationType = 5750;
inline constexpr Id kMeasurementQualityIndicator = 6042;
inline constexpr Id kMeasurementQualityLevel = 6049;
inline constexpr Id kFractionalTimestamp = 6050;

inline constexpr ResourceDefinition kResources_1_0[] = {
    {kMinMeasuredValue, DataType::Float, kRead, false, false, 0, -1},
    {kMaxMeasuredValue, DataType::Float, kRead, false, false, 0, -1},
    {kMinRangeValue, DataType::Float, kRead, false, false, 0, -1},
    {kMaxRangeValue, DataType::Float, kRead, false, false, 0, -1},
    {kResetMinAndMaxMeasuredValues, DataType::None, kExecute, false, false, 0, -1},
    {kSensorValue, DataType::Float, kRead, false, true, 0, -1},
    {kSensorUnits, DataType::String, kRead, false, false, 0, -1},
};

inline constexpr ResourceDefinition kResources_1_1[] = {
    {kTimestamp, DataType::Time, kRead, false, false, 0, -1},
    {kMinMeasuredValue, DataType::Float, kRead, false, false, 0, -1},
    {kMaxMeasuredValue, DataType::Float, kRead, false, false, 0, -1},
    {kMinRangeValue, DataType::Float, kRead, false, false, 0, -1},
    {kMaxRangeValue, DataType::Float, kRead, false, false, 0, -1},
    {kResetMinAndMaxMeasuredValues, DataType::None, kExecute, false, false, 0, -1},
    {kSensorValue, DataType::Float, kRead, false, true, 0, -1},
    {kSensorUnits, DataType::String, kRead, false, false, 0, -1},
    {kApplicationType, DataType::String, kReadWrite, false, false, 0, -1},
    {kMeasurementQualityIndicator, DataType::Integer, kRead, false, false, 0, 23},
    {kMeasurementQualityLevel, DataType::Integer, kRead, false, false, 0, 100},
    {kFractionalTimestamp, DataType::Float, kRead, false, false, 0, -1},
};

}  // namespace temperature

inline constexpr ObjectDefinition kTemperature_1_0{
    3303, {1, 0}, true, false, temperature::kResources_1_0};
inline constexpr ObjectDefinition kTemperature_1_1{
    3303, {1, 1}, true, false, temperature::kResources_1_1};
/// The latest version.
inline constexpr const ObjectDefinition& kTemperature = kTemperature_1_1;

namespace light_control {

inline constexpr Id kObject = 3311;
inline constexpr Id kSensorUnits = 5701;
inline constexpr Id kColour = 5706;
inline constexpr Id kApplicationType = 5750;
inline constexpr Id kCumulativeActivePower = 5805;
inline constexpr Id kPowerFactor = 5820;
inline constexpr Id kOnOff = 5850;
inline constexpr Id kDimmer = 5851;
inline constexpr Id kOnTime = 5852;

inline constexpr ResourceDefinition kResources_1_0[] = {
    {kSensorUnits, DataType::String, kRead, false, false, 0, -1},
    {kColour, DataType::String, kReadWrite, false, false, 0, -1},
    {kApplicationType, DataType::String, kReadWrite, false, false, 0, -1},
    {kCumulativeActivePower, DataType::Float, kRead, false, false, 0, -1},
    {kPowerFactor, DataType::Float, kRead, false, false, 0, -1},
    {kOnOff, DataType::Boolean, kReadWrite, false, true, 0, -1},
    {kDimmer, DataType::Integer, kReadWrite, false, false, 0, 100},
    {kOnTime, DataType::Integer, kReadWrite, false, false, 0, -1},
};

}  // namespace light_control

inline constexpr ObjectDefinition kLightControl_1_0{
    3311, {1, 0}, true, false, light_control::kResources_1_0};
/// The latest version.
inline constexpr const ObjectDefinition& kLightControl = kLightControl_1_0;

}  // namespace linnet::lwm2m::objects
