// SPDX-License-Identifier: Apache-2.0
// Pins the HTTP server over real loopback connections: requests, late answers, streams, refusals.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

#include <linnet/posix/setup_error.hpp>
#include <linnet/service/http_server.hpp>

namespace linnet::service {
namespace {

/// A client as simple as it gets: text out, text in.
class RawClient {
 public:
  explicit RawClient(const SocketAddress& to) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(to.port);
    std::memcpy(&address.sin_addr, to.ip.data() + 12, 4);
    const timeval limit{5, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(const std::string& text) {
    EXPECT_EQ(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  /// Reads until `mark` was seen, the peer closed, or five seconds passed.
  std::string read_until(const std::string& mark) {
    std::string text;
    char buffer[4096];
    while (text.find(mark) == std::string::npos) {
      const ssize_t size = recv(socket_, buffer, sizeof(buffer), 0);
      if (size <= 0) break;
      text.append(buffer, static_cast<std::size_t>(size));
    }
    return text;
  }
  std::string get(const std::string& target, const std::string& mark = "}") {
    send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return read_until(mark);
  }

 private:
  int socket_;
};

HttpOptions options() {
  HttpOptions result;
  result.address = SocketAddress::v4(127, 0, 0, 1, 0);
  return result;
}

HttpResponse echo(const HttpRequest& request) {
  HttpResponse response;
  response.body = "{" + request.method + " " + request.path;
  for (const auto& [name, value] : request.query) response.body += " " + name + "=" + value;
  response.body += " [" + request.body + "]}";
  return response;
}

TEST(HttpServer, AnswersSeveralRequestsOnOneConnection) {
  HttpServer server(options(), [](HttpRequest request, Responder r) { r.send(echo(request)); });
  RawClient client(server.local());
  EXPECT_NE(client.get("/a?x=1&y=a%20b+c").find("{GET /a x=1 y=a b c []}"), std::string::npos);
  client.send("POST /b HTTP/1.1\r\nHost: 127.0.0.1:1\r\nContent-Length: 2\r\n\r\nhi");
  const auto answer = client.read_until("}");
  EXPECT_NE(answer.find("HTTP/1.1 200"), std::string::npos);
  EXPECT_NE(answer.find("{POST /b [hi]}"), std::string::npos);
}

TEST(HttpServer, TakesAnswersLateFromAnotherThreadAndOnlyOnce) {
  std::mutex mutex;
  std::vector<Responder> waiting;
  std::atomic<int> count{0};
  HttpServer server(options(), [&](HttpRequest, Responder r) {
    const std::scoped_lock lock(mutex);
    waiting.push_back(r);
    ++count;
  });
  std::thread other([&] {
    while (count < 1) std::this_thread::yield();
    const std::scoped_lock lock(mutex);
    waiting[0].send({200, "text/plain", "first}", {}});
    waiting[0].send({200, "text/plain", "second}", {}});
  });
  RawClient client(server.local());
  EXPECT_NE(client.get("/").find("first}"), std::string::npos);
  other.join();
  client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  while (count < 2) std::this_thread::yield();
  waiting[0].send({200, "text/plain", "of another request}", {}});
  waiting[1].send({200, "text/plain", "third}", {}});
  const auto text = client.read_until("third}");
  EXPECT_NE(text.find("third}"), std::string::npos);
  EXPECT_EQ(text.find("another"), std::string::npos);
}

TEST(HttpServer, OutlivesAnswersThatNeverCame) {
  std::vector<Responder> waiting;
  std::atomic<bool> arrived{false};
  auto server = std::make_unique<HttpServer>(options(), [&](HttpRequest, Responder r) {
    waiting.push_back(std::move(r));
    arrived = true;
  });
  RawClient client(server->local());
  client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  while (!arrived) std::this_thread::yield();
  server.reset();
  waiting[0].send({});
  EXPECT_EQ(client.read_until("}"), "");
}

TEST(HttpServer, RefusesWhatIsNoRequest) {
  HttpServer server(options(), [](HttpRequest request, Responder r) { r.send(echo(request)); });
  {
    RawClient client(server.local());
    client.send("\x16\x03\x01 this is TLS\r\n\r\n");
    EXPECT_NE(client.read_until("}").find("HTTP/1.1 400"), std::string::npos);
  }
  {
    RawClient client(server.local());
    EXPECT_NE(client.get("/%zz").find("HTTP/1.1 400"), std::string::npos);
  }
  {
    auto small = options();
    small.max_body = 10;
    HttpServer strict(small, [](HttpRequest request, Responder r) { r.send(echo(request)); });
    RawClient client(strict.local());
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n\r\n");
    EXPECT_NE(client.read_until("}").find("HTTP/1.1 413"), std::string::npos);
  }
}

TEST(HttpServer, AWebPageCannotReachItByItsOwnName) {
  HttpServer server(options(), [](HttpRequest request, Responder r) { r.send(echo(request)); });
  for (const char* host :
       {"evil.example", "evil.example:8080", "localhost.evil.example", "10.0.0.1"}) {
    RawClient client(server.local());
    client.send(std::string("GET / HTTP/1.1\r\nHost: ") + host + "\r\n\r\n");
    EXPECT_NE(client.read_until("}").find("HTTP/1.1 403"), std::string::npos) << host;
  }
  for (const char* host : {"localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080"}) {
    RawClient client(server.local());
    client.send(std::string("GET / HTTP/1.1\r\nHost: ") + host + "\r\n\r\n");
    EXPECT_NE(client.read_until("}").find("HTTP/1.1 200"), std::string::npos) << host;
  }
}

/// Gives `count` pieces, then waits for more.
class Pieces final : public StreamSource {
 public:
  explicit Pieces(std::atomic<int>& available) : available_(available) {}
  bool next(std::string& out) override {
    while (given_ < available_) out += "data: " + std::to_string(++given_) + "\n\n";
    return given_ < 1000;
  }

 private:
  std::atomic<int>& available_;
  int given_ = 0;
};

TEST(HttpServer, StreamsWhatComesAndSendsAHeartbeat) {
  std::atomic<int> available{1};
  auto fast = options();
  fast.heartbeat = std::chrono::seconds(1);
  HttpServer server(
      fast, [&](HttpRequest, Responder r) { r.stream(std::make_unique<Pieces>(available)); });
  RawClient client(server.local());
  const auto start = client.get("/", "data: 1\n");
  EXPECT_NE(start.find("text/event-stream"), std::string::npos);
  available = 2;
  server.wake_streams();
  EXPECT_NE(client.read_until("data: 2\n").find("data: 2\n"), std::string::npos);
  EXPECT_NE(client.read_until(":\n\n").find(":\n\n"), std::string::npos);
  available = 1000;
  server.wake_streams();
  const auto end = client.read_until("\r\n0\r\n\r\n");
  EXPECT_NE(end.find("data: 1000\n"), std::string::npos);
}

TEST(HttpServer, AReaderThatTakesNothingHoldsNobodyUp) {
  std::atomic<int> asked{0};
  struct Endless final : StreamSource {
    explicit Endless(std::atomic<int>& n) : asked(n) {}
    bool next(std::string& out) override {
      ++asked;
      out.assign(64 * 1024, 'x');
      return true;
    }
    std::atomic<int>& asked;
  };
  HttpServer server(options(), [&](HttpRequest request, Responder r) {
    if (request.path == "/stream") return r.stream(std::make_unique<Endless>(asked));
    r.send(echo(request));
  });
  RawClient stuck(server.local());
  stuck.send("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
  // Once the kernel's buffers are full, the source is not asked any more.
  int before = -1;
  while (asked != before) {
    before = asked;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  RawClient other(server.local());
  EXPECT_NE(other.get("/a").find("{GET /a []}"), std::string::npos);
  EXPECT_EQ(asked, before);
}

std::string upgrade(const std::string& version = "13") {
  return "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\n"
         "Upgrade: websocket\r\nSec-WebSocket-Version: " +
         version + "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
}

/// Frames "1", "2", ... as far as they are there.
class Frames final : public StreamSource {
 public:
  explicit Frames(std::atomic<int>& available) : available_(available) {}
  bool next(std::string& out) override {
    while (given_ < available_) out += "\x81\x01" + std::to_string(++given_);
    return given_ < 9;
  }

 private:
  std::atomic<int>& available_;
  int given_ = 0;
};

class WebSocketServer : public ::testing::Test {
 protected:
  WebSocketServer() {
    auto fast = options();
    fast.heartbeat = std::chrono::seconds(1);
    fast.max_streams = 1;
    server_.emplace(fast, [this](HttpRequest, Responder r) {
      r.websocket(std::make_unique<Frames>(available_));
    });
  }
  std::atomic<int> available_{1};
  std::optional<HttpServer> server_;
};

TEST_F(WebSocketServer, SendsWhatComesAndAnswersPings) {
  RawClient client(server_->local());
  // A ping right behind the request, before the answer is there.
  client.send(upgrade() + std::string("\x89\x82\0\0\0\0hi", 8));
  const auto start = client.read_until(
      "\x81\x01"
      "1");
  EXPECT_NE(start.find("101 Switching Protocols"), std::string::npos);
  EXPECT_NE(start.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
            std::string::npos);
  EXPECT_NE(start.find("\r\n\r\n\x8a\x02hi\x81\x01"
                       "1"),
            std::string::npos);
  available_ = 2;
  server_->wake_streams();
  EXPECT_EQ(client.read_until("2"),
            "\x81\x01"
            "2");
  EXPECT_EQ(client.read_until(std::string("\x89\0", 2)), std::string("\x89\0", 2));  // its own ping
  client.send(std::string("\x88\x80\0\0\0\0", 6));
  EXPECT_EQ(client.read_until("never"), "\x88\x02\x03\xe8");
  EXPECT_EQ(server_->streams(), 0u);
}

TEST_F(WebSocketServer, ClosesWhenTheSourceEndsAndWhenTheServerStops) {
  {
    RawClient client(server_->local());
    available_ = 9;
    client.send(upgrade());
    EXPECT_NE(client.read_until("never").find("\x81\x01"
                                              "9\x88\x02\x03\xe8"),
              std::string::npos);
  }
  RawClient client(server_->local());
  available_ = 1;
  client.send(upgrade());
  (void)client.read_until(
      "\x81\x01"
      "1");
  std::thread stop([this] { server_.reset(); });
  EXPECT_EQ(client.read_until("never").substr(0, 4), "\x88\x12\x03\xe9");
  stop.join();
}

TEST_F(WebSocketServer, RefusesWhatIsNoWebSocket) {
  for (const auto& request :
       {std::string("GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\n"), upgrade("8")}) {
    RawClient client(server_->local());
    client.send(request);
    const auto answer = client.read_until("}");
    EXPECT_NE(answer.find("HTTP/1.1 426"), std::string::npos);
    EXPECT_NE(answer.find("Sec-WebSocket-Version: 13"), std::string::npos);
  }
  RawClient first(server_->local());
  first.send(upgrade());
  (void)first.read_until(
      "\x81\x01"
      "1");
  {
    RawClient second(server_->local());
    second.send(upgrade());
    EXPECT_NE(second.read_until("}").find("HTTP/1.1 503"), std::string::npos);
  }
  first.send("\x81\x05Hello");  // not masked
  EXPECT_EQ(first.read_until("never").substr(2, 2), "\x03\xea");
}

TEST(HttpServer, SaysWhyItCannotBind) {
  HttpServer server(options(), [](HttpRequest, Responder) {});
  auto taken = options();
  taken.address.port = server.local().port;
  try {
    HttpServer second(taken, [](HttpRequest, Responder) {});
    FAIL() << "two servers on one port";
  } catch (const posix::SetupError& error) {
    EXPECT_NE(std::string(error.what()).find("already in use"), std::string::npos) << error.what();
  }
}

TEST(Percent, DecodesAndEncodes) {
  std::string out;
  EXPECT_TRUE(percent_decode("urn%3Adev%2f1", false, out));
  EXPECT_EQ(out, "urn:dev/1");
  EXPECT_TRUE(percent_decode("a+b", false, out));
  EXPECT_EQ(out, "a+b");
  for (const char* bad : {"%", "%4", "%zz", "%00"})
    EXPECT_FALSE(percent_decode(bad, false, out)) << bad;
  EXPECT_EQ(percent_encode("urn:dev/ä 1"), "urn:dev%2F%C3%A4%201");
}

TEST(HttpServer, DrainsWhatIsUnderWayAndTakesNothingNew) {
  std::mutex mutex;
  std::vector<Responder> waiting;
  std::atomic<int> requests{0};
  HttpServer server(options(), [&](HttpRequest request, Responder r) {
    ++requests;
    if (request.path == "/now") return r.send(echo(request));
    const std::scoped_lock lock(mutex);
    waiting.push_back(std::move(r));
  });
  RawClient idle(server.local());
  EXPECT_NE(idle.get("/now").find("200"), std::string::npos);
  RawClient slow(server.local());
  slow.send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  while (requests.load() < 2) std::this_thread::yield();

  std::atomic<int> drained{0};
  server.drain([&] { ++drained; });
  EXPECT_EQ(idle.read_until("never"), "");  // it is closed
  EXPECT_EQ(drained.load(), 0);
  const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.local().port);
  std::memcpy(&address.sin_addr, server.local().ip.data() + 12, 4);
  EXPECT_NE(connect(probe, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ::close(probe);

  waiting.front().send({});
  const auto answer = slow.read_until("never");
  EXPECT_NE(answer.find("HTTP/1.1 200"), std::string::npos);
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  while (drained.load() == 0) std::this_thread::yield();
  EXPECT_EQ(drained.load(), 1);
}

}  // namespace
}  // namespace linnet::service
