// SPDX-License-Identifier: Apache-2.0
#pragma once
// Turns object models into a C++ header of constant tables (`ObjectDefinition`) and of names for
// the identifiers, so that a client carries its definitions in flash and parses nothing.
#include <string>

#include <linnet/lwm2m/model/model_store.hpp>

namespace linnet::model_compiler {

struct Options {
  /// The namespace of the tables.
  std::string name_space = "linnet::lwm2m::objects";
};

/// The text of the header. The same models give the same text.
[[nodiscard]] std::string compile(const lwm2m::ModelStore& models, const Options& options);

/// "DTLS/TLS Ciphersuite" -> "DtlsTlsCiphersuite"; "LwM2M" is left out. Empty if `name` has neither
/// ASCII letters nor digits.
[[nodiscard]] std::string pascal_case(std::string_view name);
/// "LwM2M Access Control" -> "access_control".
[[nodiscard]] std::string snake_case(std::string_view name);

}  // namespace linnet::model_compiler
