// SPDX-License-Identifier: Apache-2.0
#pragma once
// Object definitions in the API.
#include <linnet/lwm2m/model/model_store.hpp>

#include "api_area.hpp"

namespace linnet::service {

[[nodiscard]] std::span<const Route> model_routes();

class ModelApi final : public ApiArea {
 public:
  explicit ModelApi(lwm2m::ModelStore models) : models_(std::move(models)) {}

  [[nodiscard]] std::span<const Route> routes() const override { return model_routes(); }
  void handle(std::size_t route, ApiRequest& request, const Responder& responder) override;

 private:
  void list(const Responder& responder);
  void show(const ApiRequest& request, const Responder& responder);

  const lwm2m::ModelStore models_;
};

}  // namespace linnet::service
