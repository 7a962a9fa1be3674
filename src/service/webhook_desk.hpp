// SPDX-License-Identifier: Apache-2.0
#pragma once
// The webhooks of a server: their settings and how far each got are kept in the store, secrets and
// headers encrypted. Shard's thread only.
#include <boost/json/object.hpp>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "event_journal.hpp"
#include "secret_box.hpp"
#include "sqlite.hpp"
#include "store.hpp"
#include "webhook_sender.hpp"

namespace linnet::service {

class WebhookDesk final : public StorePart {
 public:
  struct Ports {
    Sqlite& database;
    const SecretBox& box;
    EventLog& log;
    EventJournal& journal;
    WebhookSender& sender;
  };

  /// Takes up what is stored. All of `ports` outlive it. Throws SqliteError.
  explicit WebhookDesk(Ports ports);

  // All throw Problem.

  [[nodiscard]] boost::json::array list() const;
  [[nodiscard]] boost::json::object show(std::string_view name) const;
  struct Put {
    boost::json::object webhook;  ///< with its secret if that was made here
    bool created = false;
  };
  Put put(const std::string& name, std::string_view body);
  void remove(std::string_view name);
  /// Goes on where it stopped.
  void resume(std::string_view name);
  void test(std::string_view name, std::function<void(const WebhookSender::TestResult&)> done);

  /// What the sender tells.
  void take(const WebhookSender::Report& report);

  struct Lag {
    std::string webhook;
    std::uint64_t events = 0;
  };
  /// Events that each has still to get, by name.
  [[nodiscard]] std::vector<Lag> lags() const;
  [[nodiscard]] std::size_t paused() const;

  [[nodiscard]] bool changed() const override { return !changed_.empty(); }
  [[nodiscard]] bool urgent() const override { return false; }
  void write() override;
  void written() override { changed_.clear(); }

 private:
  struct Hook {
    WebhookSettings settings;
    std::uint64_t generation = 0;
    bool paused = false;
  };
  using Hooks = std::map<std::string, Hook, std::less<>>;

  void load();
  [[nodiscard]] const Hook& find(std::string_view name) const;
  [[nodiscard]] Hook& find(std::string_view name);
  [[nodiscard]] boost::json::object describe(const Hook& hook) const;
  [[nodiscard]] std::uint64_t lag(const std::optional<WebhookSender::Status>& status) const;
  void start(Hook& hook);

  Ports ports_;
  Hooks hooks_;
  std::set<std::string> changed_;  // to be written, or dropped if there is none of that name
  std::uint64_t generations_ = 0;
};

}  // namespace linnet::service
