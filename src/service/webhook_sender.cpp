// SPDX-License-Identifier: Apache-2.0
#include "webhook_sender.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include <linnet/posix/clock.hpp>
#include <linnet/posix/setup_error.hpp>
#include <linnet/posix/system_rng.hpp>

#include "event_reader.hpp"

namespace linnet::service {
namespace {

constexpr std::size_t kBatchEvents = 100;
constexpr std::size_t kBatchBytes = 256 * 1024;
/// Looked through at a time, so that one with a narrow filter does not hold up the others.
constexpr std::size_t kScan = 1u << 20;
constexpr std::int64_t kLongestPause = 300'000;
constexpr std::int64_t kRetryAfterLimit = 3'600'000;
/// How often a position is reported that moved past events nobody wanted.
constexpr std::int64_t kReportEvery = 5000;

std::int64_t now_ms() { return posix::monotonic_now().ms; }

std::size_t ignore_answer(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

void start_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

struct ListFree {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct EasyFree {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};

/// One POST under way.
struct Transfer {
  std::unique_ptr<CURL, EasyFree> easy;
  std::unique_ptr<curl_slist, ListFree> headers;
  std::string body;
  char error[CURL_ERROR_SIZE] = {};
  std::int64_t started = 0;
};

void prepare(Transfer& transfer, const WebhookSettings& settings, const WebhookSender::Ports& ports,
             const std::string& delivery) {
  if (!transfer.easy) transfer.easy.reset(curl_easy_init());
  CURL* easy = transfer.easy.get();
  curl_easy_reset(easy);
  transfer.error[0] = '\0';
  const auto unix_s = static_cast<std::int64_t>(posix::unix_now());
  curl_slist* list = nullptr;
  const auto add = [&](const std::string& line) { list = curl_slist_append(list, line.c_str()); };
  for (const auto& [name, value] : settings.headers) {
    // A header without a value is written with a semicolon, or curl takes it for one to leave out.
    add(value.empty() ? name + ";" : name + ": " + value);
  }
  add("Content-Type: application/json");
  add("Expect:");
  add("X-Linnet-Delivery: " + delivery);
  add("X-Linnet-Signature: " + webhook_signature(settings.secret, unix_s, transfer.body));
  transfer.headers.reset(list);
  curl_easy_setopt(easy, CURLOPT_URL, settings.url.c_str());
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer.body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(transfer.body.size()));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers.get());
  curl_easy_setopt(easy, CURLOPT_USERAGENT, ports.agent.c_str());
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(settings.timeout_s * 1000));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // It goes where the settings say: no proxy of the environment, no other place or scheme.
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  if (!ports.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, ports.ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  }
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore_answer);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.error);
  transfer.started = now_ms();
}

/// What became of one: empty if it was taken.
std::string failure_of(const Transfer& transfer, CURLcode code, long& status) {
  status = 0;
  if (code != CURLE_OK) {
    return transfer.error[0] != '\0' ? transfer.error : curl_easy_strerror(code);
  }
  curl_easy_getinfo(transfer.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status >= 200 && status < 300) return {};
  return "the receiver answered " + std::to_string(status) +
         (status >= 300 && status < 400 ? ", and redirects are not followed" : "");
}

}  // namespace

struct WebhookSender::Engine {
  struct Hook {
    WebhookSettings settings;
    EventFilter filter;
    std::uint64_t generation = 0;
    Transfer transfer;
    bool busy = false;    // the transfer is under way
    bool filled = false;  // its body is a batch that was not taken yet
    std::string delivery;
    std::size_t events = 0;
    std::uint64_t end = 0;  // of the batch
    std::uint64_t position = 0;
    std::uint64_t reported = 0;
    std::int64_t report_due = 0;
    std::int64_t next_try = 0;
    std::int64_t failing_since = 0;
    int tries = 0;
    Status status;
  };
  struct Test {
    Transfer transfer;
    std::function<void(const TestResult&)> done;
  };

  explicit Engine(Ports p)
      : ports(std::move(p)), reader(ports.log, ports.store), multi(curl_multi_init()) {
    thread = std::thread([this] { run(); });
  }
  ~Engine() {
    stopping.store(true);
    curl_multi_wakeup(multi);
    thread.join();
    for (auto& [name, hook] : hooks) abort(*hook);
    for (auto& test : tests) curl_multi_remove_handle(multi, test->transfer.easy.get());
    curl_multi_cleanup(multi);
  }

  void run();
  void do_commands();
  bool advance(const std::string& name, Hook& hook, std::int64_t now);
  bool fill(Hook& hook);
  void send(Hook& hook);
  void take_results();
  void finish(const std::string& name, Hook& hook, CURLcode code);
  void failed(const std::string& name, Hook& hook, const std::string& why, long status);
  void finish(Test& test, CURLcode code);
  void abort(Hook& hook);
  void report(const std::string& name, Hook& hook);
  void publish(const std::string& name, const Hook& hook);
  [[nodiscard]] int wait_ms(std::int64_t now) const;
  void command(std::function<void()> work) {
    {
      const std::scoped_lock lock(mutex);
      commands.push_back(std::move(work));
    }
    curl_multi_wakeup(multi);
  }

  Ports ports;
  EventReader reader;
  CURLM* multi;
  posix::SystemRng rng;
  std::map<std::string, std::unique_ptr<Hook>, std::less<>> hooks;
  std::vector<std::unique_ptr<Test>> tests;
  std::atomic<bool> stopping{false};
  std::atomic<bool> woken{false};
  bool hurry = false;

  mutable std::mutex mutex;
  std::vector<std::function<void()>> commands;          // guarded by mutex
  std::map<std::string, Status, std::less<>> statuses;  // guarded by mutex
  std::thread thread;
};

void WebhookSender::Engine::run() {
  while (!stopping.load()) {
    woken.store(false);
    do_commands();
    const std::int64_t now = now_ms();
    hurry = false;
    for (auto& [name, hook] : hooks) hurry = advance(name, *hook, now) || hurry;
    int running = 0;
    curl_multi_perform(multi, &running);
    take_results();
    curl_multi_poll(multi, nullptr, 0, hurry ? 0 : wait_ms(now_ms()), nullptr);
  }
}

int WebhookSender::Engine::wait_ms(std::int64_t now) const {
  std::int64_t wait = 1000;
  for (const auto& [name, hook] : hooks) {
    if (!hook->busy && hook->filled) wait = std::min(wait, hook->next_try - now);
  }
  return static_cast<int>(std::max<std::int64_t>(wait, 0));
}

void WebhookSender::Engine::do_commands() {
  std::vector<std::function<void()>> work;
  {
    const std::scoped_lock lock(mutex);
    work.swap(commands);
  }
  for (const auto& item : work) item();
}

/// True if there is more to look through.
bool WebhookSender::Engine::advance(const std::string& name, Hook& hook, std::int64_t now) {
  if (hook.busy || !hook.settings.enabled || hook.status.state == State::Paused) return false;
  if (hook.position != hook.reported && now >= hook.report_due) report(name, hook);
  if (hook.filled) {
    if (now >= hook.next_try) send(hook);
    return false;
  }
  const std::uint64_t before = hook.position;
  const bool more = fill(hook);
  if (hook.filled) {
    send(hook);
    return false;
  }
  if (hook.position != before) publish(name, hook);
  return more;
}

bool WebhookSender::Engine::fill(Hook& hook) {
  std::string& body = hook.transfer.body;
  body.clear();
  hook.events = 0;
  hook.end = hook.position;
  std::size_t scanned = 0;
  const auto add = [&](std::string_view event) {
    body += body.empty() ? "{\"webhook\":\"" + hook.settings.name + "\",\"events\":[" : ",";
    body += event;
    ++hook.events;
  };
  bool full = false, more = false;
  while (!full && !more) {
    const auto [chunk, lost] = reader.next(hook.end);
    if (!chunk) break;
    // They are there, and read when the store can be.
    if (lost != 0 && !reader.problem().empty()) break;
    if (lost != 0) {
      hook.end = chunk->first() - 1;
      add(ports.log.lost_text(hook.end, lost));
    }
    for (std::size_t i = chunk->index_after(hook.end); i < chunk->size() && !full; ++i) {
      hook.end = chunk->first() + i;
      if (!hook.filter.matches((*chunk)[i])) continue;
      add(chunk->text(i, ports.log.name()).json);
      full = hook.events >= kBatchEvents || body.size() >= kBatchBytes;
    }
    scanned += chunk->body().size();
    more = scanned >= kScan;
  }
  if (hook.events == 0) {
    hook.position = hook.end;
    return more;
  }
  body += "]}";
  hook.filled = true;
  hook.delivery = ports.log.id(hook.end);
  hook.tries = 0;
  hook.failing_since = 0;
  return false;
}

void WebhookSender::Engine::send(Hook& hook) {
  prepare(hook.transfer, hook.settings, ports, hook.delivery);
  hook.busy = true;
  curl_multi_add_handle(multi, hook.transfer.easy.get());
}

void WebhookSender::Engine::abort(Hook& hook) {
  if (!hook.busy) return;
  curl_multi_remove_handle(multi, hook.transfer.easy.get());
  hook.busy = false;
}

void WebhookSender::Engine::take_results() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;
    curl_multi_remove_handle(multi, easy);
    hurry = true;
    for (auto& [name, hook] : hooks) {
      if (hook->transfer.easy.get() == easy) finish(name, *hook, code);
    }
    const auto test = std::ranges::find_if(
        tests, [&](const auto& item) { return item->transfer.easy.get() == easy; });
    if (test == tests.end()) continue;
    finish(**test, code);
    tests.erase(test);
  }
}

void WebhookSender::Engine::finish(const std::string& name, Hook& hook, CURLcode code) {
  hook.busy = false;
  long status = 0;
  const std::string why = failure_of(hook.transfer, code, status);
  hook.status.last_status = status;
  if (!why.empty()) return failed(name, hook, why, status);
  hook.filled = false;
  hook.position = hook.end;
  hook.status.state = State::Active;
  hook.status.delivered += hook.events;
  hook.status.last_error.clear();
  hook.status.last_success = static_cast<std::int64_t>(posix::unix_now());
  report(name, hook);
}

void WebhookSender::Engine::failed(const std::string& name, Hook& hook, const std::string& why,
                                   long status) {
  const std::int64_t now = now_ms();
  if (hook.failing_since == 0) hook.failing_since = now;
  ++hook.status.failures;
  hook.status.last_error = why;
  hook.status.state = State::Retrying;
  // Half of the pause is by chance, so that many do not come back at once.
  const std::int64_t pause =
      std::min(kLongestPause, ports.first_pause_ms << std::min(hook.tries++, 20));
  hook.next_try = now + pause / 2 + rng.below(static_cast<std::uint32_t>(pause / 2 + 1));
  curl_off_t asked = 0;
  curl_easy_getinfo(hook.transfer.easy.get(), CURLINFO_RETRY_AFTER, &asked);
  if (asked > 0) {
    hook.next_try = std::max(
        hook.next_try, now + std::min(static_cast<std::int64_t>(asked) * 1000, kRetryAfterLimit));
  }
  constexpr long kGone = 410;
  const bool pause_it = status == kGone || now - hook.failing_since >= ports.give_up_ms;
  if (pause_it) {
    hook.status.state = State::Paused;
    hook.filled = false;
  }
  publish(name, hook);
  if (pause_it) ports.report({name, hook.generation, hook.position, why});
}

void WebhookSender::Engine::report(const std::string& name, Hook& hook) {
  hook.reported = hook.position;
  hook.report_due = now_ms() + kReportEvery;
  // Who hears of it finds it in the status.
  publish(name, hook);
  ports.report({name, hook.generation, hook.position});
}

void WebhookSender::Engine::publish(const std::string& name, const Hook& hook) {
  const std::scoped_lock lock(mutex);
  Status& status = statuses[name];
  status = hook.status;
  status.position = hook.position;
}

void WebhookSender::Engine::finish(Test& test, CURLcode code) {
  TestResult result;
  result.error = failure_of(test.transfer, code, result.status);
  result.elapsed_ms = now_ms() - test.transfer.started;
  test.done(result);
}

WebhookSender::WebhookSender(Ports ports) {
  start_curl();
  engine_ = std::make_unique<Engine>(std::move(ports));
}
WebhookSender::~WebhookSender() = default;

void WebhookSender::set(const WebhookSettings& settings, std::uint64_t generation,
                        std::uint64_t position, bool paused) {
  {
    const std::scoped_lock lock(engine_->mutex);
    Status& status = engine_->statuses.emplace(settings.name, Status{}).first->second;
    if (status.position == 0) status.position = position;
    status.state = paused ? State::Paused : State::Active;
  }
  engine_->command([engine = engine_.get(), settings, generation, position, paused] {
    auto& slot = engine->hooks[settings.name];
    if (!slot) {
      slot = std::make_unique<Engine::Hook>();
      slot->position = slot->reported = position;
    }
    engine->abort(*slot);
    slot->settings = settings;
    slot->filter = settings.filter();
    slot->generation = generation;
    slot->filled = false;
    slot->next_try = 0;
    slot->status.state = paused ? State::Paused : State::Active;
    engine->publish(settings.name, *slot);
  });
}

void WebhookSender::remove(std::string_view name) {
  engine_->command([engine = engine_.get(), name = std::string(name)] {
    const auto found = engine->hooks.find(name);
    if (found != engine->hooks.end()) {
      engine->abort(*found->second);
      engine->hooks.erase(found);
    }
    const std::scoped_lock lock(engine->mutex);
    engine->statuses.erase(name);
  });
}

void WebhookSender::set_ca_file(const std::filesystem::path& file) {
  engine_->command([engine = engine_.get(), file] { engine->ports.ca_file = file; });
}

void check_webhook_ca(const std::filesystem::path& file) {
  if (file.empty()) return;
  std::ifstream in(file);
  std::string line;
  while (std::getline(in, line)) {
    if (line.starts_with("-----BEGIN") && line.find("CERTIFICATE") != std::string::npos) return;
  }
  throw posix::SetupError("[webhooks] ca_file: " + file.string() +
                          (in.eof() ? " has no certificate in PEM" : " cannot be read"));
}

void WebhookSender::wake() {
  if (!engine_->woken.exchange(true)) curl_multi_wakeup(engine_->multi);
}

void WebhookSender::test(const WebhookSettings& settings,
                         std::function<void(const TestResult&)> done) {
  engine_->command([engine = engine_.get(), settings, done = std::move(done)]() mutable {
    auto test = std::make_unique<Engine::Test>();
    test->done = std::move(done);
    test->transfer.body =
        "{\"webhook\":\"" + settings.name + "\",\"events\":[{\"type\":\"test\",\"time\":" +
        std::to_string(static_cast<std::int64_t>(posix::unix_now())) + ",\"endpoint\":\"\"}]}";
    prepare(test->transfer, settings, engine->ports, "test-" + std::to_string(engine->rng.next()));
    curl_multi_add_handle(engine->multi, test->transfer.easy.get());
    engine->tests.push_back(std::move(test));
  });
}

std::optional<WebhookSender::Status> WebhookSender::status(std::string_view name) const {
  const std::scoped_lock lock(engine_->mutex);
  const auto found = engine_->statuses.find(name);
  if (found == engine_->statuses.end()) return {};
  return found->second;
}

}  // namespace linnet::service
