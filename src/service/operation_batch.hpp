// SPDX-License-Identifier: Apache-2.0
#pragma once
// One request for many devices: an operation for each, stored in pieces so that nobody else waits,
// and accepted as a whole or not at all. Shard's thread only.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "operation_desk.hpp"

namespace linnet::service {

/// Which devices: those named, else the registered ones that fit.
struct DeviceChoice {
  std::vector<std::string> endpoints{};
  /// Lower case; part of the endpoint.
  std::string search{};
  std::optional<lwm2m::Id> object{};
  std::vector<std::string> tags{};  ///< all of them
  bool named = false;

  /// Throws Problem.
  static DeviceChoice parse(const boost::json::value& devices);
};

class OperationBatchJob : public std::enable_shared_from_this<OperationBatchJob> {
 public:
  /// `desk` outlives it. Throws Problem.
  OperationBatchJob(OperationDesk& desk, DeviceChoice choice, OperationRequest request,
                    std::string by, RequestKey key, OperationDesk::Answer answer);

  /// The next piece; true at the end.
  bool step();

 private:
  struct Chosen {
    OperationNumber operation;
    DeviceNumber device;
    std::string endpoint;
  };
  enum class Phase : std::uint8_t { Choosing, Storing, Activating, Over };

  void choose();
  void choose_named();
  void choose_registered();
  void take(std::string endpoint, const server::RegistrationView* registration);
  void skip(const std::string& endpoint, const char* reason);
  void complete();
  void stored(bool good);
  void activate();

  OperationDesk& desk_;
  DeviceChoice choice_;
  OperationRequest request_;
  RequestKey key_;
  OperationDesk::Answer answer_;
  OperationRow shared_;
  Phase phase_ = Phase::Choosing;
  std::size_t next_ = 0;      // of the names, later of those to activate
  std::uint32_t cursor_ = 0;  // of the registry
  std::vector<DeviceNumber> piece_;
  std::vector<Chosen> chosen_;
  boost::json::array skipped_;
  std::size_t skipped_count_ = 0;
};

}  // namespace linnet::service
