// SPDX-License-Identifier: Apache-2.0
// Operations of a `SimServer`: submit, run the network, give the result.
#include <sim_world.hpp>

namespace linnet::sim {

server::OperationResult SimServer::perform(std::string_view endpoint, server::Operation operation) {
  const auto registration = shard.find(endpoint);
  if (!registration) {
    ADD_FAILURE() << endpoint << " is not registered";
    return {};
  }
  const auto id = shard.submit(network_.now(), registration->id, std::move(operation));
  if (!id) {
    ADD_FAILURE() << "submit: " << describe(id.error());
    return {};
  }
  server::OperationResult found;
  const bool done = network_.run_until(
      [&] {
        for (const server::Event& event : events) {
          const auto* result = std::get_if<server::OperationResult>(&event);
          if (result != nullptr && result->operation == *id) {
            found = *result;
            return true;
          }
        }
        return false;
      },
      seconds(600));
  EXPECT_TRUE(done) << "no result; seed " << network_.seed();
  return found;
}

server::OperationResult SimServer::read(std::string_view endpoint, const Path& path) {
  server::Operation operation;
  operation.kind = server::OperationKind::Read;
  operation.path = path;
  return perform(endpoint, std::move(operation));
}

}  // namespace linnet::sim
