// SPDX-License-Identifier: Apache-2.0
#pragma once
// The words a person or a script types to `linnet client`.
#include <string>

#include <linnet/lwm2m/model/model_store.hpp>

#include "client_session.hpp"

namespace linnet::cli {

class ClientPrompt {
 public:
  /// Both outlive the prompt.
  ClientPrompt(ClientSession& session, const lwm2m::ModelStore& models)
      : session_(session), models_(models) {}

  /// Does what a line says and returns what there is to say about it, without a line feed at the
  /// end. Sets `wants_quit` on "quit".
  [[nodiscard]] std::string run(const std::string& line);
  [[nodiscard]] bool wants_quit() const { return wants_quit_; }

 private:
  [[nodiscard]] std::string list() const;
  [[nodiscard]] std::string show(const std::string& path) const;
  [[nodiscard]] std::string set(const std::string& path, const std::string& value);
  [[nodiscard]] std::string send(const std::vector<std::string>& words);
  [[nodiscard]] std::string update();
  /// By short server id or URI; kNoPeer if there is none.
  [[nodiscard]] client::PeerId find_server(const std::string& word) const;
  [[nodiscard]] std::string disable(const std::vector<std::string>& words);
  [[nodiscard]] std::string enable(const std::vector<std::string>& words);
  [[nodiscard]] std::string set_offline(bool offline);
  [[nodiscard]] std::string bootstrap();

  ClientSession& session_;
  const lwm2m::ModelStore& models_;
  bool wants_quit_ = false;
};

}  // namespace linnet::cli
