// SPDX-License-Identifier: Apache-2.0
#include <linnet/coap/code.hpp>

namespace linnet::coap {

std::string_view name(Code code) {
  switch (code) {
    case Code::Empty: return "Empty";
    case Code::Get: return "GET";
    case Code::Post: return "POST";
    case Code::Put: return "PUT";
    case Code::Delete: return "DELETE";
    case Code::Fetch: return "FETCH";
    case Code::Patch: return "PATCH";
    case Code::IPatch: return "iPATCH";
    case Code::Created: return "Created";
    case Code::Deleted: return "Deleted";
    case Code::Valid: return "Valid";
    case Code::Changed: return "Changed";
    case Code::Content: return "Content";
    case Code::Continue: return "Continue";
    case Code::BadRequest: return "Bad Request";
    case Code::Unauthorized: return "Unauthorized";
    case Code::BadOption: return "Bad Option";
    case Code::Forbidden: return "Forbidden";
    case Code::NotFound: return "Not Found";
    case Code::MethodNotAllowed: return "Method Not Allowed";
    case Code::NotAcceptable: return "Not Acceptable";
    case Code::RequestEntityIncomplete: return "Request Entity Incomplete";
    case Code::Conflict: return "Conflict";
    case Code::PreconditionFailed: return "Precondition Failed";
    case Code::RequestEntityTooLarge: return "Request Entity Too Large";
    case Code::UnsupportedContentFormat: return "Unsupported Content-Format";
    case Code::UnprocessableEntity: return "Unprocessable Entity";
    case Code::TooManyRequests: return "Too Many Requests";
    case Code::InternalServerError: return "Internal Server Error";
    case Code::NotImplemented: return "Not Implemented";
    case Code::BadGateway: return "Bad Gateway";
    case Code::ServiceUnavailable: return "Service Unavailable";
    case Code::GatewayTimeout: return "Gateway Timeout";
    case Code::ProxyingNotSupported: return "Proxying Not Supported";
    case Code::HopLimitReached: return "Hop Limit Reached";
    case Code::Csm: return "CSM";
    case Code::Ping: return "Ping";
    case Code::Pong: return "Pong";
    case Code::Release: return "Release";
    case Code::Abort: return "Abort";
  }
  return {};
}

Code response_code(Error error) {
  switch (error) {
    case Error::Truncated:
    case Error::Malformed:
    case Error::Range:
    case Error::Type:
    case Error::Order:
    case Error::Exists: return Code::BadRequest;
    case Error::Unauthorized: return Code::Unauthorized;
    case Error::NotFound: return Code::NotFound;
    case Error::NotAllowed:
    case Error::State: return Code::MethodNotAllowed;
    case Error::NotAcceptable: return Code::NotAcceptable;
    case Error::Conflict: return Code::Conflict;
    case Error::TooLarge: return Code::RequestEntityTooLarge;
    case Error::Format: return Code::UnsupportedContentFormat;
    case Error::Unsupported: return Code::NotImplemented;
    case Error::Busy: return Code::ServiceUnavailable;
    case Error::Ok:
    case Error::NoSpace:
    case Error::Timeout:
    case Error::Reset:
    case Error::Cancelled:
    case Error::Io: return Code::InternalServerError;
  }
  return Code::InternalServerError;
}

}  // namespace linnet::coap
