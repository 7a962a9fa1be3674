// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a device shows of itself: one `Object` for each object id (Core 1.2 §7.1). The engine
// calls it, never the other way round; an object tells news by being asked (`poll_change`).
//
// An object with one instance whose definition lists just what it has needs `definition()` and
// `read()`, and `write()` or `execute()` if there is something to write or execute: everything
// else has the right default for it. Objects outlive the engine and are used from its thread.
#include <array>
#include <cstdint>

#include <linnet/base/bytes.hpp>
#include <linnet/base/fixed.hpp>
#include <linnet/base/time.hpp>
#include <linnet/client/execute_arguments.hpp>
#include <linnet/lwm2m/definition.hpp>

namespace linnet::client {

using lwm2m::Id;
using lwm2m::kNoId;
using lwm2m::Path;
using lwm2m::Value;

/// Something that happened to the data.
struct Change {
  enum class Kind : std::uint8_t {
    Value,     ///< what is at or below `path` may have a new value
    Created,   ///< the object instance `path` is there now
    Removed,   ///< the object instance `path` is gone
    Executed,  ///< a server executed the resource `path`; its effects are changes of their own
  };
  Path path;
  Kind kind = Kind::Value;
};

/// How much of a stream was given, and whether that was the end of it.
struct StreamBlock {
  std::size_t size = 0;
  bool last = false;
};

/// Paths in calls are complete: /o/i/r for a single resource, /o/i/r/ri for an instance of a
/// multiple one, and always of this object. A `Value` always has the type of the definition.
class Object {
 public:
  /// Its id, version and resources. The same at every call.
  [[nodiscard]] virtual const lwm2m::ObjectDefinition& definition() const = 0;
  /// Whether a device that keeps its configuration (`Config::store`) keeps this object: instances
  /// and all values but streams, those too that servers cannot read. Then `read` gives every value
  /// that is there, and `create`, `remove`, `write` and `reset` take back what it gave, of any
  /// resource, whatever `check` says. What changes without a server is told by `poll_change`.
  [[nodiscard]] virtual bool persists() const { return false; }

  // --- What there is. Identifiers come in ascending order; `after` is kNoId for the first. ---

  /// The smallest instance id above `after`, kNoId at the end. Default: only instance 0.
  [[nodiscard]] virtual Id next_instance(Id after) const { return after == kNoId ? Id{0} : kNoId; }
  /// Whether an instance has a resource of the definition. A multiple resource may be there and
  /// have no instances. Default: has all of them.
  [[nodiscard]] virtual bool has_resource(const Path& resource) const {
    (void)resource;
    return true;
  }
  /// The smallest instance id above `after` of a multiple resource that is there.
  [[nodiscard]] virtual Id next_resource_instance(const Path& resource, Id after) const {
    (void)resource, (void)after;
    return kNoId;
  }

  // --- Values ---

  /// The present value. Text and bytes stay valid until the next call on this object. Called for
  /// what is readable and there. An error makes a Read of just this resource fail; in a Read of
  /// an instance or object the resource is left out.
  [[nodiscard]] virtual Result<Value> read(const Path& path) {
    (void)path;
    return Error::NotFound;
  }
  /// A veto before anything of a request is applied: type, bounds, UTF-8 and links have been
  /// checked. What passes here must succeed in `write`: that makes writes all or nothing. `path`
  /// may name an instance that a Create is about to make; an empty value asks whether the resource
  /// instance may be removed. Full tables refuse here: a multiple resource whose instances have
  /// fixed places needs no count for that. `Unauthorized` for resource instances that servers may
  /// not make or remove. [DM-27] [DM-28] [DM-65]
  [[nodiscard]] virtual Status check(const Path& path, const Value& value) {
    (void)path, (void)value;
    return {};
  }
  /// The same for a bootstrap, which may write what only fits together when it is done. Default:
  /// `check`.
  [[nodiscard]] virtual Status check_bootstrap(const Path& path, const Value& value) {
    return check(path, value);
  }
  /// Takes a new value; the value's text or bytes die with the call. A resource instance that is
  /// not there yet is added. Also called for read-only resources by a bootstrap.
  virtual Status write(const Path& path, const Value& value) {
    (void)path, (void)value;
    return Error::NotAllowed;
  }
  /// Puts back to "not there": an optional resource left out of a Replace, all instances of a
  /// multiple resource before a Replace writes the new ones, or one resource instance
  /// [DM-31] [DM-32] [DM-67]. An error for an optional resource that was left out is ignored.
  virtual Status reset(const Path& path) {
    (void)path;
    return Error::NotAllowed;
  }
  /// Runs an executable resource. What takes long or ends the connection (a reboot) is only noted
  /// here and done after the answer has left. `Malformed` for arguments that are not understood.
  virtual Status execute(const Path& path, const ExecuteArguments& arguments) {
    (void)path, (void)arguments;
    return Error::NotAllowed;
  }

  // --- Instances ---

  /// Makes an instance with default values; values of the Create are written afterwards. If a
  /// mandatory resource is not there then, `remove` is called and the Create fails.
  virtual Status create(Id instance) {
    (void)instance;
    return Error::NotAllowed;
  }
  virtual Status remove(Id instance) {
    (void)instance;
    return Error::NotAllowed;
  }

  // --- Opaque resources that are too long for a value ---

  /// True if an Opaque resource goes through `read_block` and `write_block` instead of `read` and
  /// `write`.
  [[nodiscard]] virtual bool is_stream(const Path& path) const {
    (void)path;
    return false;
  }
  /// Bytes from `offset` on into `out`; fewer than fit only at the end. A server may ask for any
  /// offset: `Range` if it lies behind the end.
  [[nodiscard]] virtual Result<StreamBlock> read_block(const Path& path, std::size_t offset,
                                                       MutableBytes out) {
    (void)path, (void)offset, (void)out;
    return Error::NotAllowed;
  }
  /// The next bytes. Offset 0 starts anew, whatever was there; otherwise `offset` is where the
  /// last call ended.
  virtual Status write_block(const Path& path, std::size_t offset, ByteView bytes, bool last) {
    (void)path, (void)offset, (void)bytes, (void)last;
    return Error::NotAllowed;
  }

  // --- Time and news ---

  /// The time, before each request and at each timeout of the engine.
  virtual void advance(Instant now) { (void)now; }
  /// The next thing that changed without a server's Write, Create or Delete having named it: by
  /// the application, by time, as a consequence of an Execute. False when there is no more.
  virtual bool poll_change(Change& out) {
    (void)out;
    return false;
  }

 protected:
  ~Object() = default;
};

/// Up to four changes for `poll_change`, the oldest first. When there are more, the later ones
/// become one change of what is below their common ancestor, of a kind that some of them had:
/// then Created and Removed mean that instances below the path came and went.
class ChangeLog {
 public:
  void add(const Path& path, Change::Kind kind = Change::Kind::Value);
  bool poll(Change& out);

 private:
  std::array<Change, 4> changes_;
  std::uint8_t size_ = 0;
};

}  // namespace linnet::client
