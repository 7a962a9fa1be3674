// SPDX-License-Identifier: Apache-2.0
#include <linnet/server/event.hpp>
#include <linnet/server/operation.hpp>

namespace linnet::server {

const char* describe(OperationKind kind) {
  switch (kind) {
    case OperationKind::Read: return "read";
    case OperationKind::Discover: return "discover";
    case OperationKind::Write: return "write";
    case OperationKind::WriteUpdate: return "write-update";
    case OperationKind::WriteAttributes: return "write-attributes";
    case OperationKind::Execute: return "execute";
    case OperationKind::Create: return "create";
    case OperationKind::Delete: return "delete";
    case OperationKind::Observe: return "observe";
    case OperationKind::CancelObservation: return "cancel-observation";
    case OperationKind::ReadComposite: return "read-composite";
    case OperationKind::ObserveComposite: return "observe-composite";
    case OperationKind::WriteComposite: return "write-composite";
  }
  return "unknown operation";
}

const char* describe(Outcome outcome) {
  switch (outcome) {
    case Outcome::Answered: return "answered";
    case Outcome::Sent: return "sent";
    case Outcome::NotAcknowledged: return "not acknowledged";
    case Outcome::NoResponse: return "no response";
    case Outcome::Expired: return "expired in the queue";
    case Outcome::Rejected: return "rejected";
    case Outcome::Cancelled: return "cancelled";
    case Outcome::RegistrationGone: return "registration gone";
    case Outcome::BadAnswer: return "bad answer";
    case Outcome::TooLarge: return "too large";
  }
  return "unknown outcome";
}

const char* describe(Deregistered::Reason reason) {
  switch (reason) {
    case Deregistered::Reason::Request: return "de-registered";
    case Deregistered::Reason::Expired: return "expired";
    case Deregistered::Reason::Replaced: return "registered again";
    case Deregistered::Reason::Removed: return "removed";
  }
  return "unknown reason";
}

const char* describe(ObservationEnded::Reason reason) {
  switch (reason) {
    case ObservationEnded::Reason::Cancelled: return "cancelled";
    case ObservationEnded::Reason::RegistrationGone: return "registration gone";
    case ObservationEnded::Reason::Device: return "ended by the device";
    case ObservationEnded::Reason::NotRestored: return "not restored";
  }
  return "unknown reason";
}

bool OperationResult::success() const {
  return outcome == Outcome::Sent || (outcome == Outcome::Answered && coap::is_success(code));
}

}  // namespace linnet::server
