// SPDX-License-Identifier: Apache-2.0
// Keeps the configuration in `Config::store`.
#include <algorithm>

#include <client/configuration_image.hpp>
#include <client/operations.hpp>

namespace linnet::client {

struct Engine::KeepConfiguration {
  static constexpr std::int64_t kLongestPause = 600;  // seconds

  static void restore(Engine& engine, Instant now) {
    Keeping& keeping = engine.keeping_;
    if (keeping.started) return;  // what the objects hold now is newer than the image
    keeping.started = true;
    engine.now_ = now;
    // How the factory data came to be is no news.
    engine.collect_changes();
    // The record of a bootstrap that was cut off has more than what persists.
    const auto all = engine.dm_.settings().objects;
    std::uint64_t persisting = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i]->persists()) persisting |= std::uint64_t{1} << std::min<std::size_t>(i, 63);
    }
    const auto image = read_image(engine.dm_.settings(), persisting, *engine.config_.store.store);
    if (image.ok()) {
      keeping.flags = image->flags;
      if (image->refused != Error::Ok) report(engine, image->refused, image->refused_at);
    } else if (image.error() != Error::NotFound) {
      report(engine, image.error(), Path());
    }
    engine.collect_changes();
    (void)engine.attributes_.take_changed();
    keeping.dirty = false;
  }

  static void report(Engine& engine, Error error, Path path) {
    Event& event = engine.report(EventType::ConfigurationNotRestored, kNoPeer);
    event.error = error;
    event.path = path;
  }

  static void changed(Engine& engine, const Change& change) {
    if (change.kind == Change::Kind::Executed) return;
    const Object* object = engine.dm_.object(change.path.object());
    if (object != nullptr ? object->persists() : change.path.is_root()) {
      engine.keeping_.dirty = true;
    }
  }

  static bool is_dirty(Engine& engine) {
    if (engine.attributes_.take_changed()) engine.keeping_.dirty = true;
    return engine.keeping_.started && engine.keeping_.dirty && !engine.keeping_.held;
  }

  static void keep(Engine& engine) {
    Keeping& keeping = engine.keeping_;
    if (!is_dirty(engine) || keeping.retry_at > engine.now_) return;
    const Status kept = write_image(engine.dm_.settings(), keeping.flags, ImageScope::Kept,
                                    *engine.config_.store.store);
    if (kept.ok()) {
      keeping.dirty = false;
      keeping.failures = 0;
      return;
    }
    const unsigned doublings = std::min<unsigned>(keeping.failures, 10);
    keeping.retry_at = engine.now_ + seconds(std::min(std::int64_t{1} << doublings, kLongestPause));
    if (keeping.failures < 10) ++keeping.failures;
    Event& event = engine.report(EventType::ConfigurationNotKept, kNoPeer);
    event.error = kept.error();
    event.retry_at = keeping.retry_at;
  }

  static Instant due(Engine& engine) {
    return is_dirty(engine) ? engine.keeping_.retry_at : Instant::never();
  }
};

const ConfigurationOperations kConfigurationOperations = {
    .restore = &Engine::KeepConfiguration::restore,
    .changed = &Engine::KeepConfiguration::changed,
    .keep = &Engine::KeepConfiguration::keep,
    .due = &Engine::KeepConfiguration::due};

}  // namespace linnet::client
