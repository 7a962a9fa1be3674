// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a process tells systemd, or whatever else speaks its protocol: sd_notify(3), one datagram
// to the socket that $NOTIFY_SOCKET names. Without that variable nothing happens. Any thread.
#include <optional>
#include <string_view>

#include <linnet/base/time.hpp>

namespace linnet::posix {

/// Sends "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=..." or several lines of them. False if
/// nobody listens.
bool notify_service_manager(std::string_view state);
/// The same for a reload, which has to say when it began: between "RELOADING=1" and "READY=1".
bool notify_reloading();
/// How often the service manager wants to hear WATCHDOG=1 at the least, if it does.
[[nodiscard]] std::optional<Duration> watchdog_interval();
/// Whether standard output goes to the journal, which keeps the time of a line itself.
[[nodiscard]] bool output_is_journal();

}  // namespace linnet::posix
