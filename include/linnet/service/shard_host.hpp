// SPDX-License-Identifier: Apache-2.0
#pragma once
// The thread of one server shard: its sockets, its timers, and a mailbox through which other
// threads ask it to do something. The shard itself is never touched from another thread.
// Not copyable. `run` is called from the thread that owns everything here.
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include <linnet/posix/drive.hpp>
#include <linnet/posix/event_loop.hpp>
#include <linnet/posix/udp_socket.hpp>
#include <linnet/server/shard.hpp>
#include <linnet/service/secure_port.hpp>

namespace linnet::service {

class ShardHost {
 public:
  using Task = std::function<void()>;
  /// Long work in pieces: called again in each turn until it returns true.
  using Job = std::function<bool()>;
  /// What is done with each turn of the shard.
  class Turn {
   public:
    virtual void on_event(server::Event& event) = 0;
    /// Called when all events of a turn were handled, before anything is sent. False: what was to
    /// be answered could not be stored, and no answer leaves.
    virtual bool commit() = 0;

   protected:
    ~Turn() = default;
  };
  /// Another engine that lives on this thread, with a socket or just timers of its own.
  class Guest {
   public:
    /// Does what is due and sends what there is; called in each turn, before the shard's answers
    /// are sent.
    virtual void take_turn(Instant now) = 0;
    [[nodiscard]] virtual Instant next_timeout() const = 0;

   protected:
    ~Guest() = default;
  };

  /// All arguments outlive the host. `socket` may be null: then devices come through DTLS only.
  ShardHost(posix::EventLoop& loop, posix::UdpSocket* socket, server::Shard& shard);
  ~ShardHost();
  ShardHost(const ShardHost&) = delete;
  ShardHost& operator=(const ShardHost&) = delete;

  /// Before `run`, and needed for it. `turn` outlives the host's run.
  void set_turn(Turn& turn) { turn_ = &turn; }
  /// Serves until the loop is stopped, or `end` was called. What is still in the mailbox then is
  /// dropped.
  void run();
  /// Makes `run` return after this turn. Shard's thread only.
  void end() { ended_ = true; }

  /// Runs `task` on the shard's thread, soon. Any thread.
  void post(Task task);
  /// Shard's thread only.
  void add_job(Job job) { jobs_.push_back(std::move(job)); }
  /// `Turn::commit`, for guests that may send nothing before.
  bool commit() { return turn_->commit(); }
  /// Calls `task` so often from `run` on, and whenever the loop wakes for it. Before `run`.
  void every(Duration interval, std::function<void(Instant now)> task);
  /// Before `run`. `guest` outlives the host's run.
  void add_guest(Guest& guest) { guests_.push_back(&guest); }
  /// Before `run`: serves devices through DTLS too. `port` outlives the host; `on_events` is called
  /// in each turn to take what the transport tells, before the commit.
  void set_secure(SecurePort& port, std::function<void()> on_events);

 private:
  struct Timer {
    Duration interval;
    std::function<void(Instant)> task;
    Instant next{};
  };

  void do_tasks();
  void do_timers(Instant now);
  void do_jobs();
  void answer(Instant now);
  [[nodiscard]] Instant next_timeout() const;

  posix::EventLoop& loop_;
  posix::UdpSocket* socket_;
  std::optional<posix::UdpDriver> driver_;
  server::Shard& shard_;
  Turn* turn_ = nullptr;
  std::vector<Job> jobs_;
  std::vector<Timer> timers_;
  std::vector<Guest*> guests_;
  SecurePort* secure_ = nullptr;
  bool ended_ = false;
  std::function<void()> on_secure_events_;

  std::mutex mutex_;
  std::vector<Task> mailbox_;  // guarded by mutex_
};

}  // namespace linnet::service
