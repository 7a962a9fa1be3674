// SPDX-License-Identifier: Apache-2.0
// Pins webhooks: their settings, the signature, and against a receiver on loopback that each event
// arrives in order, again after a failure, and from where it stopped.
#include "service/webhook.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <event_bench.hpp>
#include <filesystem>
#include <future>
#include <mutex>
#include <thread>

#include <linnet/service/http_server.hpp>
#include <linnet/service/json_text.hpp>

#include "service/problem.hpp"
#include "service/webhook_desk.hpp"
#include "service/webhook_sender.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

WebhookSettings parse(const std::string& body, const WebhookSettings* old = nullptr) {
  return parse_webhook("hook", json::parse(body).as_object(), old);
}

TEST(Webhook, TakesItsSettings) {
  const auto hook =
      parse(R"({"url":"https://example.com/x","types":["value"],"endpoints":["a*"],"paths":["/3"],)"
            R"("headers":{"Authorization":"Bearer x"},"timeout":5,"enabled":false,)"
            R"("secret":"0123456789abcdef"})");
  EXPECT_EQ(hook.url, "https://example.com/x");
  EXPECT_EQ(hook.timeout_s, 5);
  EXPECT_FALSE(hook.enabled);
  const auto shown = to_text(show_webhook(hook));
  EXPECT_EQ(shown.find("Bearer"), std::string::npos) << shown;
  EXPECT_EQ(shown.find("0123456789abcdef"), std::string::npos) << shown;
  EXPECT_NE(shown.find("\"Authorization\":null"), std::string::npos) << shown;
  // What was shown, sent back, changes nothing.
  const auto again = parse(shown, &hook);
  EXPECT_EQ(to_text(store_webhook(again)), to_text(store_webhook(hook)));
}

TEST(Webhook, RefusesWhatCannotWork) {
  for (const char* body :
       {R"({})", R"({"url":"example.com"})", R"({"url":"ftp://example.com/"})",
        R"({"url":"http://user:pass@example.com/"})", R"({"url":"http://a/","types":["x"]})",
        R"({"url":"http://a/","paths":["x"]})", R"({"url":"http://a/","timeout":0})",
        R"({"url":"http://a/","headers":{"A":null}})",
        R"({"url":"http://a/","headers":{"A b":""}})",
        R"({"url":"http://a/","headers":{"A":"x\r\nB: y"}})",
        R"({"url":"http://a/","headers":{"Host":"b"}})", R"({"url":"http://a/","secret":"short"})",
        R"({"url":"http://a/","surprise":1})", R"({"url":"file:///etc/passwd"})"}) {
    EXPECT_THROW((void)parse(body), Problem) << body;
  }
}

TEST(Webhook, SignsWhatItSends) {
  // HMAC-SHA-256 of "1790000000.{}" under "key", of another implementation.
  EXPECT_EQ(webhook_signature("key", 1790000000, "{}"),
            "t=1790000000,v1=099d33989336226b12c85da813adf6100e1bbab1e91bede9a41ddeb7882d66b8");
}

/// What a receiver got, and what it answers.
class Receiver {
 public:
  Receiver() {
    HttpOptions options;
    options.address = SocketAddress::v4(127, 0, 0, 1, 0);
    server_.emplace(options, [this](HttpRequest request, Responder responder) {
      HttpResponse response;
      {
        const std::scoped_lock lock(mutex_);
        response.status = answers_.empty() ? 200 : answers_.front();
        if (!answers_.empty()) answers_.erase(answers_.begin());
        got_.push_back(std::move(request));
      }
      responder.send(std::move(response));
      changed_.notify_all();
    });
  }
  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(server_->local().port) + "/hook";
  }
  void answer(std::vector<unsigned> statuses) {
    const std::scoped_lock lock(mutex_);
    answers_ = std::move(statuses);
  }
  /// All requests, once there are so many.
  std::vector<HttpRequest> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), [&] {
      return got_.size() >= count;
    })) << got_.size();
    return got_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<HttpRequest> got_;
  std::vector<unsigned> answers_;
  std::optional<HttpServer> server_;
};

std::vector<std::int64_t> numbers_in(const HttpRequest& request) {
  std::vector<std::int64_t> out;
  const json::value body = json::parse(request.body);
  for (const auto& event : body.at("events").as_array()) {
    if (const auto* n = event.as_object().if_contains("n")) out.push_back(n->as_int64());
  }
  return out;
}

class WebhookDelivery : public ::testing::Test {
 protected:
  explicit WebhookDelivery(std::size_t memory = 1u << 20) : bench_({}, memory) {}

  void start(std::int64_t give_up_ms = 60'000) { start(give_up_ms, bench_.file()); }
  void start(std::int64_t give_up_ms, const std::filesystem::path& store) {
    sender_ = std::make_unique<WebhookSender>(
        WebhookSender::Ports{*bench_.log, store,
                             [this](WebhookSender::Report report) {
                               const std::scoped_lock lock(mutex_);
                               reports_.push_back(std::move(report));
                               reported_.notify_all();
                             },
                             "linnet/test", give_up_ms, 1});
  }
  WebhookSettings settings() {
    auto hook = parse(R"({"url":")" + receiver_.url() + R"(","headers":{"X-Own":"mine"}})");
    hook.secret = "0123456789abcdef";
    return hook;
  }
  void publish(int from, int to) {
    for (int i = from; i <= to; ++i) bench_.publish("{\"n\":" + std::to_string(i) + "}");
    bench_.commit();
    if (sender_) sender_->wake();
  }
  WebhookSender::Report wait_for(const std::function<bool(const WebhookSender::Report&)>& wanted) {
    std::unique_lock lock(mutex_);
    WebhookSender::Report found;
    EXPECT_TRUE(reported_.wait_for(lock, std::chrono::seconds(20), [&] {
      for (const auto& report : reports_) {
        if (!wanted(report)) continue;
        found = report;
        return true;
      }
      return false;
    }));
    return found;
  }

  test::EventBench bench_;
  Receiver receiver_;
  std::mutex mutex_;
  std::condition_variable reported_;
  std::vector<WebhookSender::Report> reports_;
  std::unique_ptr<WebhookSender> sender_;
};

TEST_F(WebhookDelivery, DeliversInPiecesAndSigned) {
  publish(1, 250);
  start();
  sender_->set(settings(), 1, 0, false);
  wait_for([](const auto& report) { return report.position == 250; });
  const auto got = receiver_.wait_for(3);
  ASSERT_EQ(got.size(), 3u);
  std::int64_t next = 1;
  for (const auto& request : got) {
    EXPECT_EQ(request.header("X-Own"), "mine");
    EXPECT_EQ(request.content_type, "application/json");
    EXPECT_FALSE(request.header("X-Linnet-Delivery").empty());
    const std::string signature(request.header("X-Linnet-Signature"));
    const auto time = std::stoll(signature.substr(2));
    EXPECT_EQ(signature, webhook_signature("0123456789abcdef", time, request.body));
    for (const auto number : numbers_in(request)) EXPECT_EQ(number, next++);
  }
  EXPECT_EQ(next, 251);
  publish(251, 251);
  EXPECT_EQ(numbers_in(receiver_.wait_for(4)[3]), std::vector<std::int64_t>{251});
}

TEST_F(WebhookDelivery, TriesAgainWithTheSameEvents) {
  receiver_.answer({500, 302, 404});
  publish(1, 3);
  start();
  sender_->set(settings(), 1, 0, false);
  wait_for([](const auto& report) { return report.position == 3; });
  const auto got = receiver_.wait_for(4);
  ASSERT_EQ(got.size(), 4u);
  for (const auto& request : got) {
    EXPECT_EQ(numbers_in(request), (std::vector<std::int64_t>{1, 2, 3}));
    EXPECT_EQ(request.header("X-Linnet-Delivery"), got[0].header("X-Linnet-Delivery"));
  }
  const auto status = sender_->status("hook");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->failures, 3u);
  EXPECT_EQ(status->delivered, 3u);
  EXPECT_EQ(status->state, WebhookSender::State::Active);
}

TEST_F(WebhookDelivery, PausesWhenNobodyTakesItAndGoesOnWhereItStopped) {
  receiver_.answer({200, 500, 500});
  start(0);
  sender_->set(settings(), 1, 0, false);
  publish(1, 1);
  (void)receiver_.wait_for(1);
  wait_for([](const auto& report) { return report.position == 1; });
  publish(2, 2);
  const auto paused = wait_for([](const auto& report) { return report.paused.has_value(); });
  EXPECT_EQ(paused.position, 1u);
  EXPECT_NE(paused.paused->find("500"), std::string::npos);
  publish(3, 3);
  receiver_.answer({});
  sender_->set(settings(), 2, 0, false);
  wait_for([](const auto& report) { return report.position == 3; });
  const auto got = receiver_.wait_for(3);
  EXPECT_EQ(numbers_in(got.back()), (std::vector<std::int64_t>{2, 3}));
}

TEST_F(WebhookDelivery, OneThatIsGoneIsPausedAtOnce) {
  receiver_.answer({410});
  publish(1, 1);
  start();
  sender_->set(settings(), 1, 0, false);
  wait_for([](const auto& report) { return report.paused.has_value(); });
  // And has nothing to do any more.
  const std::clock_t before = std::clock();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_LT(std::clock() - before, CLOCKS_PER_SEC / 50);
}

/// Whose log has next to nothing in memory.
class WebhookFromTheStore : public WebhookDelivery {
 protected:
  WebhookFromTheStore() : WebhookDelivery(2000) {}
};

TEST_F(WebhookFromTheStore, WaitsForAStoreThatCannotBeRead) {
  for (int i = 1; i <= 50; ++i) publish(i, i);
  const std::filesystem::path store = bench_.file().string() + "-later";
  start(60'000, store);
  sender_->set(settings(), 1, 0, false);
  // Once this is told, it has tried to read.
  std::promise<void> told;
  auto nobody = settings();
  nobody.url = "http://127.0.0.1:1/";
  sender_->test(nobody, [&](const auto&) { told.set_value(); });
  told.get_future().wait();
  std::filesystem::create_symlink(bench_.file(), store);
  sender_->wake();
  const auto first = receiver_.wait_for(1)[0];
  EXPECT_EQ(first.body.find("\"type\":\"lost\""), std::string::npos) << first.body;
  EXPECT_EQ(numbers_in(first).size(), 50u);
}

TEST_F(WebhookDelivery, SendsWhatTheFilterLetsThrough) {
  publish(1, 5);
  bench_.publish("{\"n\":6}", "other", EventKind::Send);
  publish(7, 9);
  start();
  auto narrow = settings();
  narrow.types = {"send"};
  sender_->set(narrow, 1, 0, false);
  EXPECT_EQ(numbers_in(receiver_.wait_for(1)[0]), std::vector<std::int64_t>{6});
}

TEST_F(WebhookDelivery, ATestIsSentAtOnceAndToldOf) {
  start();
  std::optional<WebhookSender::TestResult> result;
  const auto test = [&](const WebhookSettings& hook) {
    result.reset();
    sender_->test(hook, [&](const WebhookSender::TestResult& told) {
      const std::scoped_lock lock(mutex_);
      result = told;
      reported_.notify_all();
    });
    std::unique_lock lock(mutex_);
    return reported_.wait_for(lock, std::chrono::seconds(20), [&] { return result.has_value(); });
  };
  ASSERT_TRUE(test(settings()));
  EXPECT_EQ(result->status, 200);
  EXPECT_EQ(result->error, "");
  EXPECT_NE(receiver_.wait_for(1)[0].body.find("\"type\":\"test\""), std::string::npos);
  auto nobody = settings();
  nobody.url = "http://127.0.0.1:1/";
  ASSERT_TRUE(test(nobody));
  EXPECT_EQ(result->status, 0);
  EXPECT_NE(result->error, "");
}

TEST_F(WebhookDelivery, TheDeskKeepsThemOverARestart) {
  start();
  const SecretBox box = SecretBox::temporary();
  const auto commit = [&](WebhookDesk& desk) {
    bench_.database->run("BEGIN");
    desk.write();
    bench_.database->run("COMMIT");
    desk.written();
    bench_.commit();
  };
  {
    WebhookDesk desk({*bench_.database, box, *bench_.log, *bench_.journal, *sender_});
    publish(1, 2);
    const auto put = desk.put("a.b", R"({"url":")" + receiver_.url() + R"("})");
    EXPECT_TRUE(put.created);
    EXPECT_TRUE(put.webhook.contains("secret"));
    EXPECT_FALSE(
        desk.put("a.b", R"({"url":")" + receiver_.url() + R"("})").webhook.contains("secret"));
    EXPECT_THROW(desk.put("a/b", "{}"), Problem);
    EXPECT_THROW(desk.put("c", "{}"), Problem);
    EXPECT_THROW((void)desk.show("c"), Problem);
    commit(desk);
    // Only what comes from now on.
    publish(3, 3);
    EXPECT_EQ(numbers_in(receiver_.wait_for(1)[0]), std::vector<std::int64_t>{3});
    const auto report = wait_for([](const auto& told) { return told.position == 3; });
    desk.take(report);
    desk.take({"a.b", 2, 3, "nobody answers"});
    EXPECT_EQ(desk.paused(), 1u);
    commit(desk);
    EXPECT_EQ(bench_.database->in_transaction(), false);
  }
  WebhookDesk desk({*bench_.database, box, *bench_.log, *bench_.journal, *sender_});
  const auto shown = desk.show("a.b");
  EXPECT_EQ(shown.at("status").at("state").as_string(), "paused");
  EXPECT_EQ(bench_.journal->position("webhook/a.b"), 3u);
  desk.resume("a.b");
  publish(4, 4);
  (void)wait_for([](const auto& told) { return told.position >= 4; });
  desk.remove("a.b");
  commit(desk);
  EXPECT_TRUE(
      WebhookDesk({*bench_.database, box, *bench_.log, *bench_.journal, *sender_}).list().empty());
  EXPECT_FALSE(bench_.journal->position("webhook/a.b"));
}

}  // namespace
}  // namespace linnet::service
