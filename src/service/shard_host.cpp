// SPDX-License-Identifier: Apache-2.0
#include <linnet/service/shard_host.hpp>

#include <utility>

#include <linnet/posix/clock.hpp>

namespace linnet::service {

ShardHost::ShardHost(posix::EventLoop& loop, posix::UdpSocket* socket, server::Shard& shard)
    : loop_(loop), socket_(socket), shard_(shard) {
  if (socket_ == nullptr) return;
  driver_.emplace(*socket_);
  loop_.watch(socket_->descriptor(), [this] {
    // What does not fit into this turn stays in the kernel, and the loop comes back for it.
    const Instant now = posix::monotonic_now();
    driver_->receive(shard_, now, [&] { answer(now); });
  });
}

ShardHost::~ShardHost() {
  if (socket_ != nullptr) loop_.unwatch(socket_->descriptor());
  if (secure_ != nullptr) loop_.unwatch(secure_->socket().descriptor());
}

void ShardHost::set_secure(SecurePort& port, std::function<void()> on_events) {
  secure_ = &port;
  on_secure_events_ = std::move(on_events);
  loop_.watch(port.socket().descriptor(), [this] {
    const Instant now = posix::monotonic_now();
    secure_->receive(
        now,
        [&](const SocketAddress& session, MutableBytes plain) {
          shard_.receive(now, session, plain);
        },
        [&] { answer(now); });
  });
}

void ShardHost::run() {
  do {
    const Instant now = posix::monotonic_now();
    do_tasks();
    do_timers(now);
    do_jobs();
    if (shard_.next_timeout() <= now) shard_.on_timeout(now);
    if (secure_ != nullptr) {
      secure_->on_timeout(now, [&](const SocketAddress& session, MutableBytes plain) {
        shard_.receive(now, session, plain);
      });
    }
    for (Guest* guest : guests_) guest->take_turn(now);
    answer(now);
    // What came up since, and nobody's answer waits for.
    (void)commit();
  } while (!ended_ && loop_.run_once(next_timeout()));
}

Instant ShardHost::next_timeout() const {
  if (!jobs_.empty()) return Instant{0};
  Instant next = shard_.next_timeout();
  for (const Timer& timer : timers_) next = earlier(next, timer.next);
  if (secure_ != nullptr) next = earlier(next, secure_->next_timeout());
  for (const Guest* guest : guests_) next = earlier(next, guest->next_timeout());
  return next;
}

/// Events first: one of them may lead to a new request, and what they tell may have to be stored
/// before a device hears of it.
void ShardHost::answer(Instant now) {
  if (secure_ != nullptr) on_secure_events_();
  while (auto event = shard_.poll_event()) turn_->on_event(*event);
  if (!commit()) shard_.drop_answers();
  posix::UdpDriver* plain = driver_ ? &*driver_ : nullptr;
  if (secure_ != nullptr) {
    secure_->transmit(shard_, now, plain, [this] { return commit(); });
  } else if (plain != nullptr) {
    plain->transmit(shard_, now);
  }
}

void ShardHost::post(Task task) {
  bool first = false;
  {
    const std::scoped_lock lock(mutex_);
    first = mailbox_.empty();
    mailbox_.push_back(std::move(task));
  }
  if (first) loop_.wake();
}

void ShardHost::do_tasks() {
  std::vector<Task> tasks;
  {
    const std::scoped_lock lock(mutex_);
    tasks.swap(mailbox_);
  }
  for (const auto& task : tasks) task();
}

void ShardHost::every(Duration interval, std::function<void(Instant now)> task) {
  timers_.push_back({interval, std::move(task)});
}

void ShardHost::do_timers(Instant now) {
  for (Timer& timer : timers_) {
    if (timer.next > now) continue;
    timer.next = now + timer.interval;
    timer.task(now);
  }
}

void ShardHost::do_jobs() {
  // A job may add another one.
  std::vector<Job> jobs = std::exchange(jobs_, {});
  std::erase_if(jobs, [](const Job& job) { return job(); });
  jobs_.insert(jobs_.begin(), std::make_move_iterator(jobs.begin()),
               std::make_move_iterator(jobs.end()));
}

}  // namespace linnet::service
