// SPDX-License-Identifier: Apache-2.0
#pragma once
// A journal of events over a store of its own, with commits by hand: they can fail, and the process
// can "crash" between two of them.
#include <linnet/base/random.hpp>
#include <memory>
#include <string>

#include "folder.hpp"
#include "service/event_journal.hpp"
#include "service/event_reader.hpp"

namespace linnet::test {

class EventBench {
 public:
  explicit EventBench(service::EventRetention retention = {}, std::size_t memory = 1u << 20)
      : retention_(retention), memory_(memory) {
    start();
  }

  /// What follows a crash, or `stop`.
  void start() {
    journal.reset();
    log.reset();
    database.reset();
    database = std::make_unique<service::Sqlite>(file());
    database->run("PRAGMA journal_mode=WAL");
    database->run("BEGIN");
    service::migrate(*database, "store");
    database->run("COMMIT");
    log = std::make_unique<service::EventLog>(memory_, "none");
    journal = std::make_unique<service::EventJournal>(*database, *log, retention_, rng_,
                                                      [this] { return now_ms; });
  }
  void stop() {
    journal->stop();
    commit();
  }
  bool commit(bool good = true) {
    if (!journal->changed()) return true;
    database->run("BEGIN");
    journal->write();
    database->run(good ? "COMMIT" : "ROLLBACK");
    good ? journal->written() : journal->failed();
    return good;
  }
  std::uint64_t publish(const std::string& data, std::string_view endpoint = "dev",
                        service::EventKind kind = service::EventKind::Value) {
    return log->publish(kind, endpoint, data);
  }
  [[nodiscard]] std::filesystem::path file() const { return folder_ / "store"; }
  [[nodiscard]] service::EventReader reader() const { return service::EventReader(*log, file()); }

  std::int64_t now_ms = 1'000'000;
  std::unique_ptr<service::Sqlite> database;
  std::unique_ptr<service::EventLog> log;
  std::unique_ptr<service::EventJournal> journal;

 private:
  service::EventRetention retention_;
  std::size_t memory_;
  Folder folder_;
  SeededRng rng_{7};
};

}  // namespace linnet::test
