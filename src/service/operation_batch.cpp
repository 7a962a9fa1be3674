// SPDX-License-Identifier: Apache-2.0
#include "operation_batch.hpp"

#include <algorithm>
#include <utility>

#include "device_search.hpp"
#include "operation_view.hpp"

namespace linnet::service {
namespace {

namespace json = boost::json;

/// What a turn does: each takes some microseconds.
constexpr std::size_t kStoredATurn = 200;
constexpr std::size_t kLookedAtATurn = 2000;
constexpr std::size_t kActivatedATurn = 200;
/// Named in the answer; the others are counted.
constexpr std::size_t kMaxSkipped = 1000;

/// A list of strings, or one string.
std::vector<std::string> strings(const json::value& value, const char* problem) {
  std::vector<std::string> out;
  if (const auto* text = value.if_string()) {
    out.emplace_back(*text);
    return out;
  }
  const auto* list = value.if_array();
  if (list == nullptr || list->empty()) throw bad_request(problem);
  for (const auto& item : *list) {
    if (!item.is_string()) throw bad_request(problem);
    out.emplace_back(item.get_string());
  }
  return out;
}

}  // namespace

DeviceChoice DeviceChoice::parse(const json::value& devices) {
  const auto* object = devices.if_object();
  if (object == nullptr || object->empty()) {
    throw bad_request(
        "\"devices\" says which: {\"endpoints\":[...]}, {\"object\":3303}, or {\"q\":\"lamp\"}; "
        "{\"q\":\"\"} is every registered device");
  }
  DeviceChoice choice;
  for (const auto& [key, value] : *object) {
    if (key == "endpoints") {
      choice.endpoints = strings(value, "\"endpoints\" is a list of names");
      choice.named = true;
    } else if (key == "q") {
      if (!value.is_string()) throw bad_request("\"q\" is a part of the endpoint");
      choice.search = lower(std::string_view(value.get_string()));
    } else if (key == "object") {
      json::error_code error;
      choice.object = value.to_number<lwm2m::Id>(error);
      if (error) throw bad_request("\"object\" is the number of an object");
    } else if (key == "tag") {
      choice.tags = strings(value, "\"tag\" is a tag, or a list of tags that it must have all of");
    } else {
      throw bad_request("\"devices\" has no member \"" + std::string(std::string_view(key)) +
                        "\"; there are endpoints, q, tag and object");
    }
  }
  std::sort(choice.endpoints.begin(), choice.endpoints.end());
  const auto last = std::unique(choice.endpoints.begin(), choice.endpoints.end());
  choice.endpoints.erase(last, choice.endpoints.end());
  return choice;
}

OperationBatchJob::OperationBatchJob(OperationDesk& desk, DeviceChoice choice,
                                     OperationRequest request, std::string by, RequestKey key,
                                     OperationDesk::Answer answer)
    : desk_(desk),
      choice_(std::move(choice)),
      request_(std::move(request)),
      key_(std::move(key)),
      answer_(std::move(answer)) {
  const OperationMode mode = request_.mode.value_or(OperationMode::Queue);
  if (mode == OperationMode::Wait) {
    throw bad_request(
        "for many devices there are the modes \"queue\" and \"now\"; the batch shows what came of "
        "them");
  }
  desk_.check(request_);
  shared_ = desk_.row_for(request_, mode, by);
  OperationStore::Batch batch;
  batch.op = shared_.op;
  batch.target = shared_.target;
  batch.by = shared_.by;
  batch.request = shared_.request;
  batch.created = shared_.created;
  shared_.batch = desk_.store().begin_batch(batch);
  if (!key_.key.empty()) desk_.store().put(key_, 0, shared_.batch, shared_.created);
}

bool OperationBatchJob::step() {
  switch (phase_) {
    case Phase::Choosing: choose(); break;
    case Phase::Storing: break;  // until the commit
    case Phase::Activating: activate(); break;
    case Phase::Over: break;
  }
  return phase_ == Phase::Over || phase_ == Phase::Storing;
}

void OperationBatchJob::choose() {
  piece_.clear();
  if (choice_.named) {
    choose_named();
  } else {
    choose_registered();
  }
  if (!piece_.empty()) {
    OperationNumber number = desk_.store().add_to_batch(shared_, piece_);
    for (std::size_t i = chosen_.size() - piece_.size(); i < chosen_.size(); ++i) {
      chosen_[i].operation = number++;
    }
  }
  if (phase_ == Phase::Storing) {
    complete();
    return;
  }
  // A piece that cannot be stored ends it all.
  desk_.after_commit([self = shared_from_this()](bool good) {
    if (!good) self->stored(false);
  });
}

void OperationBatchJob::choose_named() {
  while (next_ < choice_.endpoints.size() && piece_.size() < kStoredATurn) {
    const std::string& endpoint = choice_.endpoints[next_++];
    const auto registration = desk_.shard().find(endpoint);
    if (!registration && !desk_.devices().find(endpoint)) {
      skip(endpoint, "no such device is known");
    } else if (!registration && (choice_.object || shared_.mode == OperationMode::Now)) {
      skip(endpoint, "not registered");
    } else {
      take(endpoint, registration ? &*registration : nullptr);
    }
  }
  if (next_ == choice_.endpoints.size()) phase_ = Phase::Storing;
}

void OperationBatchJob::choose_registered() {
  for (std::size_t looked = 0; looked < kLookedAtATurn && piece_.size() < kStoredATurn; ++looked) {
    const auto registration = desk_.shard().next_registration(cursor_);
    if (!registration) {
      phase_ = Phase::Storing;
      return;
    }
    if (choice_.object && !registration->has_object(*choice_.object)) continue;
    if (!contains(registration->endpoint, choice_.search)) continue;
    take(std::string(registration->endpoint), &*registration);
  }
}

void OperationBatchJob::take(std::string endpoint, const server::RegistrationView* registration) {
  if (choice_.named && !contains(endpoint, choice_.search)) {
    return skip(endpoint, "its name does not have \"q\" in it");
  }
  if (choice_.named && registration != nullptr && choice_.object &&
      !registration->has_object(*choice_.object)) {
    return skip(endpoint, "it does not have the object");
  }
  const DeviceNumber device = desk_.devices().number(endpoint);
  if (!desk_.has_tags(device, choice_.tags)) {
    if (choice_.named) skip(endpoint, "it does not have the tags");
    return;
  }
  if (shared_.mode == OperationMode::Now && !registration->awake) {
    return skip(endpoint, "asleep");
  }
  if (!desk_.why_full(device).empty()) return skip(endpoint, "too many operations wait already");
  piece_.push_back(device);
  chosen_.push_back({0, device, std::move(endpoint)});
}

void OperationBatchJob::skip(const std::string& endpoint, const char* reason) {
  ++skipped_count_;
  if (skipped_.size() >= kMaxSkipped) return;
  skipped_.push_back(json::object{{"endpoint", endpoint}, {"reason", reason}});
}

void OperationBatchJob::complete() {
  desk_.store().complete_batch(shared_.batch, chosen_.size());
  desk_.after_commit([self = shared_from_this()](bool good) { self->stored(good); });
}

void OperationBatchJob::stored(bool good) {
  if (phase_ == Phase::Over) return;
  if (!good) {
    phase_ = Phase::Over;
    desk_.store().abandon_batch(shared_.batch);
    if (!key_.key.empty()) desk_.store().drop(key_);
    answer_(to_response(Problem(503, "store-failing", "Store failing",
                                "the operations could not be stored, and none of them is done; "
                                "the server's log and /readyz say why")));
    return;
  }
  json::object body{{"batch", std::to_string(shared_.batch)},
                    {"operations", chosen_.size()},
                    {"skipped", std::move(skipped_)}};
  if (skipped_count_ > kMaxSkipped) body["skippedCount"] = skipped_count_;
  HttpResponse response = json_response(body, 202);
  response.headers.emplace_back("Location",
                                "/api/v1/operations/batches/" + std::to_string(shared_.batch));
  answer_(std::move(response));
  phase_ = Phase::Activating;
  next_ = 0;
  desk_.add_job([self = shared_from_this()] { return self->step(); });
}

/// From here on each is an operation like any other.
void OperationBatchJob::activate() {
  OperationRow row = shared_;
  for (std::size_t n = 0; n < kActivatedATurn && next_ < chosen_.size(); ++n, ++next_) {
    row.number = chosen_[next_].operation;
    row.device = chosen_[next_].device;
    desk_.activate(row, chosen_[next_].endpoint);
  }
  if (next_ == chosen_.size()) phase_ = Phase::Over;
}

}  // namespace linnet::service
