// SPDX-License-Identifier: Apache-2.0
#include <linnet/base/result.hpp>

namespace linnet {

const char* describe(Error error) {
  switch (error) {
    case Error::Ok: return "ok";
    case Error::NoSpace: return "no space";
    case Error::Truncated: return "truncated";
    case Error::Malformed: return "malformed";
    case Error::Unsupported: return "unsupported";
    case Error::Range: return "out of range";
    case Error::Type: return "wrong data type";
    case Error::NotFound: return "not found";
    case Error::Exists: return "already exists";
    case Error::NotAllowed: return "operation not allowed";
    case Error::Unauthorized: return "unauthorized";
    case Error::NotAcceptable: return "not acceptable";
    case Error::Format: return "unsupported content format";
    case Error::Conflict: return "conflict";
    case Error::State: return "wrong state";
    case Error::Order: return "wrong order";
    case Error::TooLarge: return "too large";
    case Error::Busy: return "busy";
    case Error::Timeout: return "timeout";
    case Error::Reset: return "reset by the peer";
    case Error::Cancelled: return "cancelled";
    case Error::Io: return "input/output error";
  }
  return "unknown error";
}

}  // namespace linnet
