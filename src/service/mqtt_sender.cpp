// SPDX-License-Identifier: Apache-2.0
#include "mqtt_sender.hpp"

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <deque>
#include <fstream>
#include <mutex>
#include <optional>
#include <thread>

#include <linnet/posix/clock.hpp>
#include <linnet/posix/setup_error.hpp>
#include <linnet/posix/system_rng.hpp>

#include "event_reader.hpp"
#include "mqtt_message.hpp"
#include "problem.hpp"

namespace linnet::service {
namespace {

constexpr int kKeepAlive = 30;
/// Under way without a confirmation.
constexpr std::size_t kMostUnderWay = 64;
constexpr std::size_t kMostBytesUnderWay = 4u << 20;
/// Looked through at a time, so that confirmations are taken in between.
constexpr std::size_t kScan = 1u << 20;
constexpr std::int64_t kConnectTimeout = 10'000;
constexpr std::int64_t kFirstPause = 1000;
constexpr std::int64_t kLongestPause = 60'000;
/// How often a position is reported.
constexpr std::int64_t kReportEvery = 200;

std::int64_t now_ms() { return posix::monotonic_now().ms; }

void start_library() {
  static std::once_flag once;
  std::call_once(once, [] { mosquitto_lib_init(); });
}

struct ClientFree {
  void operator()(mosquitto* client) const { mosquitto_destroy(client); }
};

/// Properties of one message.
class Properties {
 public:
  Properties() = default;
  ~Properties() { mosquitto_property_free_all(&list_); }
  Properties(const Properties&) = delete;
  Properties& operator=(const Properties&) = delete;

  void content_type(std::string_view type) {
    mosquitto_property_add_byte(&list_, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, 1);
    mosquitto_property_add_string(&list_, MQTT_PROP_CONTENT_TYPE, std::string(type).c_str());
  }
  void user(const char* name, std::string_view value) {
    mosquitto_property_add_string_pair(&list_, MQTT_PROP_USER_PROPERTY, name,
                                       std::string(value).c_str());
  }
  [[nodiscard]] const mosquitto_property* get() const { return list_; }

 private:
  mosquitto_property* list_ = nullptr;
};

std::string first_line(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) {
    throw posix::SetupError("[mqtt] password_file: " + file.string() + " cannot be read");
  }
  return line;
}

/// One that the broker may take later, or from a client it trusts again after a while.
bool is_passing(int reason) {
  return reason == MQTT_RC_QUOTA_EXCEEDED || reason == MQTT_RC_UNSPECIFIED ||
         reason == MQTT_RC_IMPLEMENTATION_SPECIFIC;
}

}  // namespace

void check_settings(const MqttSettings& settings) {
  const auto refuse = [](const std::string& what) { throw posix::SetupError("[mqtt] " + what); };
  if (settings.host.empty()) refuse("host: name the broker");
  if (settings.certificate.empty() != settings.private_key.empty()) {
    refuse("certificate and private_key belong together: name both or neither");
  }
  if (settings.prefix.empty() || settings.prefix.find_first_of("+#") != std::string::npos ||
      settings.prefix.front() == '$' || settings.prefix.front() == '/' ||
      settings.prefix.back() == '/') {
    refuse("prefix: topics begin with it, such as linnet or site-7/linnet");
  }
  if (settings.qos != 0 && settings.qos != 1) refuse("qos is 0 or 1");
  for (const auto& file : {settings.ca_file, settings.certificate, settings.private_key}) {
    if (!file.empty() && !std::ifstream(file)) refuse(file.string() + " cannot be read");
  }
  if (!settings.password_file.empty()) (void)first_line(settings.password_file);
  try {
    EventFilter filter;
    for (const auto& type : settings.types) filter.add_types(type);
  } catch (const Problem& problem) {
    refuse("types: " + problem.detail);
  }
}

struct MqttSender::Engine {
  struct UnderWay {
    int mid;
    std::uint64_t sequence;
    std::size_t bytes;
    bool done = false;
  };

  Engine(MqttSettings s, Ports p, std::uint64_t position)
      : settings(std::move(s)),
        ports(std::move(p)),
        reader(ports.log, ports.store),
        sent(position),
        confirmed(position),
        reported(position),
        event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    for (const auto& type : settings.types) filter.add_types(type);
    status.position = position;
    thread = std::thread([this] { run(); });
  }
  ~Engine() {
    stop();
    close(event);
  }
  /// Returns when nothing is published any more.
  void stop() {
    if (!thread.joinable()) return;
    stopping.store(true);
    poke();
    thread.join();
  }

  void run();
  void connect();
  void make_client();
  void take_turn();
  void publish_some();
  bool publish(const EventChunk& chunk, std::size_t index);
  bool publish_lost(std::uint64_t lost);
  bool publish(const std::string& topic, std::string_view payload, const Properties& properties);
  void acknowledged(int mid, int reason);
  void advance();
  void report();
  void lose(const std::string& why);
  void wait(int socket, bool write, std::int64_t until);
  void say(bool connected, const std::string& error);
  void poke() const {
    const std::uint64_t one = 1;
    if (::write(event, &one, sizeof(one)) < 0) return;  // full: it is awake
  }

  static Engine& of(void* self) { return *static_cast<Engine*>(self); }

  MqttSettings settings;
  Ports ports;
  EventFilter filter;
  EventReader reader;
  posix::SystemRng rng;
  std::unique_ptr<mosquitto, ClientFree> client;
  bool connected = false;
  std::optional<std::string> broken;
  std::int64_t connect_until = 0;
  std::int64_t next_try = 0;
  std::int64_t next_report = 0;
  int tries = 0;
  bool hurry = false;
  std::deque<UnderWay> under_way;
  std::size_t bytes_under_way = 0;
  std::uint64_t sent;       // or not wanted
  std::uint64_t confirmed;  // everything up to here
  std::uint64_t reported;
  int event;
  std::atomic<bool> stopping{false};
  std::atomic<bool> woken{false};
  mutable std::mutex mutex;
  Status status;  // guarded by mutex
  std::thread thread;
};

void MqttSender::Engine::run() {
  while (!stopping.load()) {
    woken.store(false);
    const std::int64_t now = now_ms();
    if (!client) {
      if (now >= next_try) connect();
      if (!client) {
        wait(-1, false, next_try);
        continue;
      }
    }
    take_turn();
    report();
    if (broken) {
      lose(*std::exchange(broken, std::nullopt));
      continue;
    }
    const bool idle = confirmed == reported;
    wait(mosquitto_socket(client.get()), mosquitto_want_write(client.get()),
         hurry ? now : now + (idle ? 1000 : kReportEvery));
  }
  if (client && connected) mosquitto_disconnect_v5(client.get(), 0, nullptr);
}

void MqttSender::Engine::wait(int socket, bool write, std::int64_t until) {
  pollfd watched[2] = {{event, POLLIN, 0}, {socket, POLLIN, 0}};
  if (write) watched[1].events |= POLLOUT;
  const std::int64_t left = std::clamp<std::int64_t>(until - now_ms(), 0, 1000);
  if (poll(watched, socket < 0 ? 1 : 2, static_cast<int>(left)) <= 0) return;
  std::uint64_t count = 0;
  if ((watched[0].revents & POLLIN) != 0 && read(event, &count, sizeof(count)) < 0) return;
}

void MqttSender::Engine::say(bool is_connected, const std::string& error) {
  const std::scoped_lock lock(mutex);
  status.connected = is_connected;
  status.error = error;
}

void MqttSender::Engine::make_client() {
  const std::string id =
      settings.client_id.empty() ? "linnet-" + ports.log.name() : settings.client_id;
  client.reset(mosquitto_new(id.c_str(), true, this));
  if (!client) throw posix::SetupError("no memory");
  mosquitto* const it = client.get();
  mosquitto_int_option(it, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
  mosquitto_int_option(it, MOSQ_OPT_SEND_MAXIMUM, static_cast<int>(kMostUnderWay));
  if (!settings.username.empty()) {
    const std::string password =
        settings.password_file.empty() ? std::string() : first_line(settings.password_file);
    mosquitto_username_pw_set(it, settings.username.c_str(),
                              password.empty() ? nullptr : password.c_str());
  }
  if (settings.tls) {
    const auto text = [](const std::filesystem::path& file) {
      return file.empty() ? nullptr : file.c_str();
    };
    const int made = mosquitto_tls_set(
        it, text(settings.ca_file), settings.ca_file.empty() ? "/etc/ssl/certs" : nullptr,
        text(settings.certificate), text(settings.private_key), nullptr);
    if (made != MOSQ_ERR_SUCCESS) throw posix::SetupError(mosquitto_strerror(made));
  }
  mosquitto_connect_v5_callback_set(
      it, [](mosquitto*, void* self, int reason, int, const mosquitto_property*) {
        if (reason != 0) {
          of(self).broken = std::string("the broker refuses: ") + mosquitto_reason_string(reason);
          return;
        }
        of(self).connected = true;
        of(self).tries = 0;
        of(self).say(true, "");
      });
  mosquitto_disconnect_v5_callback_set(
      it, [](mosquitto*, void* self, int reason, const mosquitto_property*) {
        if (of(self).broken) return;  // it has said why
        of(self).broken =
            reason < 0x80 ? std::string("the connection broke")
                          : std::string("the broker ended it: ") + mosquitto_reason_string(reason);
      });
  mosquitto_publish_v5_callback_set(
      it, [](mosquitto*, void* self, int mid, int reason, const mosquitto_property*) {
        of(self).acknowledged(mid, reason);
      });
}

void MqttSender::Engine::connect() {
  connected = false;
  broken.reset();
  connect_until = now_ms() + kConnectTimeout;
  try {
    make_client();
  } catch (const posix::SetupError& error) {
    return lose(error.what());
  }
  const int done =
      mosquitto_connect_async(client.get(), settings.host.c_str(), settings.port, kKeepAlive);
  if (done == MOSQ_ERR_SUCCESS || done == MOSQ_ERR_CONN_PENDING) return;
  lose(done == MOSQ_ERR_ERRNO ? std::string(strerror(errno)) : mosquitto_strerror(done));
}

/// Whatever the broker did not confirm is published again at the next connection.
void MqttSender::Engine::lose(const std::string& why) {
  say(false, settings.host + ":" + std::to_string(settings.port) + ": " + why);
  connected = false;
  client.reset();
  under_way.clear();
  bytes_under_way = 0;
  sent = confirmed;
  const std::int64_t pause = std::min(kLongestPause, kFirstPause << std::min(tries++, 10));
  next_try = now_ms() + pause / 2 + rng.below(static_cast<std::uint32_t>(pause / 2 + 1));
}

void MqttSender::Engine::take_turn() {
  mosquitto* const it = client.get();
  hurry = false;
  const auto check = [&](int done) {
    if (done != MOSQ_ERR_SUCCESS && done != MOSQ_ERR_CONN_PENDING && !broken) {
      broken = done == MOSQ_ERR_ERRNO ? std::string(strerror(errno)) : mosquitto_strerror(done);
    }
    return !broken;
  };
  if (!check(mosquitto_loop_read(it, 1)) || !check(mosquitto_loop_write(it, 1)) ||
      !check(mosquitto_loop_misc(it))) {
    return;
  }
  if (connected) return publish_some();
  if (now_ms() > connect_until) broken = "no answer within 10 s";
}

void MqttSender::Engine::publish_some() {
  std::size_t scanned = 0;
  // Nothing is under way with QoS 0: then what the connection does not take is the bound.
  const auto may_send = [this] {
    return under_way.size() < kMostUnderWay && bytes_under_way < kMostBytesUnderWay &&
           (settings.qos != 0 || !mosquitto_want_write(client.get()));
  };
  while (!broken && may_send()) {
    const auto [chunk, lost] = reader.next(sent);
    if (!chunk) break;
    // They are there, and read when the store can be.
    if (lost != 0 && !reader.problem().empty()) break;
    if (lost != 0) {
      sent = chunk->first() - 1;
      if (!publish_lost(lost)) return;
      continue;
    }
    for (std::size_t i = chunk->index_after(sent);
         i < chunk->size() && under_way.size() < kMostUnderWay; ++i) {
      sent = chunk->first() + i;
      if (filter.matches((*chunk)[i]) && !publish(*chunk, i)) return;
    }
    scanned += chunk->body().size();
    if (scanned >= kScan) {
      hurry = true;
      break;
    }
  }
  advance();
}

bool MqttSender::Engine::publish_lost(std::uint64_t lost) {
  Properties properties;
  properties.content_type("application/json");
  properties.user("id", ports.log.id(sent));
  properties.user("type", "lost");
  return publish(mqtt_topic(settings.prefix, "", "lost"), ports.log.lost_text(sent, lost),
                 properties);
}

bool MqttSender::Engine::publish(const EventChunk& chunk, std::size_t index) {
  const EventView view = chunk[index];
  const auto message =
      mqtt_message(settings.prefix, view, chunk.text(index, ports.log.name()).json);
  Properties properties;
  properties.content_type(message.content_type);
  properties.user("id", ports.log.id(view.sequence));
  properties.user("type", name(view.kind));
  if (!view.endpoint.empty()) properties.user("endpoint", view.endpoint);
  return publish(message.topic, message.payload, properties);
}

bool MqttSender::Engine::publish(const std::string& topic, std::string_view payload,
                                 const Properties& properties) {
  // Listed before: with QoS 0 it is confirmed within the call.
  under_way.push_back({-1, sent, payload.size()});
  bytes_under_way += payload.size();
  int mid = 0;
  const int done =
      mosquitto_publish_v5(client.get(), &mid, topic.c_str(), static_cast<int>(payload.size()),
                           payload.data(), settings.qos, false, properties.get());
  if (done == MOSQ_ERR_SUCCESS) {
    if (settings.qos == 0) {
      acknowledged(-1, 0);
    } else {
      under_way.back().mid = mid;
    }
    return true;
  }
  if (done == MOSQ_ERR_OVERSIZE_PACKET || done == MOSQ_ERR_PAYLOAD_SIZE || done == MOSQ_ERR_INVAL ||
      done == MOSQ_ERR_MALFORMED_UTF8) {
    // No broker of this kind ever takes it.
    acknowledged(-1, MQTT_RC_PACKET_TOO_LARGE);
    return true;
  }
  broken = mosquitto_strerror(done);
  return false;
}

void MqttSender::Engine::acknowledged(int mid, int reason) {
  const auto found = std::ranges::find_if(
      under_way, [&](const UnderWay& item) { return item.mid == mid && !item.done; });
  if (found == under_way.end()) return;
  if (reason >= 0x80 && is_passing(reason)) {
    broken = std::string("the broker does not take more: ") + mosquitto_reason_string(reason);
    return;
  }
  found->done = true;
  bytes_under_way -= found->bytes;
  {
    const std::scoped_lock lock(mutex);
    if (reason < 0x80) {
      ++status.published;
    } else {
      ++status.refused;
      status.error = "the broker refused the event " + ports.log.id(found->sequence) + ": " +
                     mosquitto_reason_string(reason);
    }
  }
  advance();
}

void MqttSender::Engine::advance() {
  while (!under_way.empty() && under_way.front().done) {
    confirmed = under_way.front().sequence;
    under_way.pop_front();
  }
  if (under_way.empty()) confirmed = std::max(confirmed, sent);
  const std::scoped_lock lock(mutex);
  status.position = confirmed;
}

void MqttSender::Engine::report() {
  if (confirmed == reported || now_ms() < next_report) return;
  next_report = now_ms() + kReportEvery;
  reported = confirmed;
  ports.report(confirmed);
}

MqttSender::MqttSender(Ports ports) : ports_(std::move(ports)) {}
MqttSender::~MqttSender() = default;

std::shared_ptr<MqttSender::Engine> MqttSender::engine() const {
  const std::scoped_lock lock(mutex_);
  return engine_;
}

void MqttSender::set(const MqttSettings& settings, std::uint64_t position) {
  if (settings.enabled) check_settings(settings);
  if (settings == settings_) return;
  if (const auto former = engine()) {
    former->stop();  // a broker knows both by one name
    position = std::max(position, former->confirmed);
  }
  std::shared_ptr<Engine> next;
  if (settings.enabled) {
    start_library();
    next = std::make_shared<Engine>(settings, ports_, position);
  }
  settings_ = settings;
  const std::scoped_lock lock(mutex_);
  engine_ = std::move(next);
}

void MqttSender::wake() {
  const auto now = engine();
  if (now && !now->woken.exchange(true)) now->poke();
}

std::optional<MqttSender::Status> MqttSender::status() const {
  const auto now = engine();
  if (!now) return std::nullopt;
  const std::scoped_lock lock(now->mutex);
  return now->status;
}

}  // namespace linnet::service
