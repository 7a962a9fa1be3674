// SPDX-License-Identifier: Apache-2.0
// What a person wrote about each command, for its manual page. A paragraph that begins with two
// blanks is shown as it is.
#include <map>

#include "man_pages.hpp"

namespace linnet::cli {
namespace {

using Paragraphs = std::vector<std::string>;

const std::map<std::string, Paragraphs> kServing = {
    {"linnet",
     {"linnet is OMA Lightweight M2M in one program: the server that devices register at, with its "
      "bootstrap server, HTTP API and console; a device to try it with; a simulator of many "
      "devices; and the commands with which people and scripts use a server's API.",
      "Commands that use the API find the server by --server or LINNET_SERVER, and the token that "
      "says who asks by --token, --token-file, LINNET_TOKEN, $XDG_CONFIG_HOME/linnet/token and at "
      "last the token that a server on this machine leaves for the user who runs it. So nothing "
      "has to be set up where both are the same user.",
      "A server on another machine is asked through https://. Its certificate has to be signed by "
      "whom this machine trusts, or by what --ca or LINNET_CA names, which may also be the "
      "certificate itself, and to be for the name or address in --server; else nothing is sent.",
      "With --json a command prints what the API answered, for programs; what it has to say to "
      "people goes to the standard error output. Colours appear on a terminal only, and not if "
      "NO_COLOR is set."}},
    {"linnet.toml",
     {"The file is TOML. All of it is optional; these are the sections and keys with their "
      "defaults. A section or key that does not exist, and a value of another type or range, is "
      "an error that names the line: the server does not start, and a reload leaves everything "
      "as it was.",
      "Each key is also taken from a variable of the environment, LINNET_<SECTION>_<KEY>, which "
      "goes before the file; a list is separated by commas there. The command line goes before "
      "both. What is in force, and where each value came from, is shown by",
      "  linnet server --config /etc/linnet/linnet.toml --check-config"}},
    {"server",
     {"Serves LwM2M devices over CoAP and DTLS, the bootstrap interface, and an HTTP API with a "
      "console on this machine, in one process, until a signal ends it. Without a store in the "
      "settings it keeps everything in a temporary place that goes away with it; with one, a "
      "restart, also after a crash, finds every registration, observation, operation, credential "
      "and configuration again, and no device has to do anything.",
      "SIGTERM and SIGINT end it within seconds: nothing new is taken, requests under way are "
      "answered, everything is stored. A second one does not wait. SIGHUP reads the settings "
      "again; what cannot change while it runs is named in the log, and settings with an error "
      "change nothing. Certificate and key of DTLS are read again then also where their names are "
      "the same: new handshakes show the new one, sessions stay.",
      "Under systemd it says when it is ready, reloads and stops, and answers the watchdog from "
      "the thread that serves devices (sd_notify(3))."}},
    {"client",
     {"Is a device with a handful of objects whose values change by themselves, to try a server "
      "with, or to see what a device of one's own should do on the wire. At its prompt values are "
      "set and sent; help lists what can be typed."}},
    {"fleet",
     {"Is many devices at once, for trying a server under load. Each has its own endpoint name, "
      "port and registration; rates and times are reported as it goes."}},
    {"decode",
     {"Explains a CoAP message given in hexadecimal, with the LwM2M values in its payload. No "
      "server is asked."}},
    {"completion",
     {"Prints a script that makes a shell complete commands, options, and the names of devices, "
      "configurations and credentials of the server that LINNET_SERVER names. The package of "
      "Debian installs all three."}},
};

const std::map<std::string, Paragraphs> kUsing = {
    {"device",
     {"Lists the devices of a server, and reads, writes, executes, creates, deletes, discovers and "
      "observes on them. Devices are remembered after their registration ended; device list shows "
      "those with --state absent or all.",
      "An operation waits for the device's answer. With --queue it is left with the server, which "
      "sends it when the device is there, if need be when it wakes up or registers again, within "
      "--deadline; the answer is its number then (linnet-operation(1)). With --now it fails at "
      "once if the device cannot be reached. Operations for many devices are made by linnet "
      "operation submit.",
      "Values are converted to the type that the resource has by its definition. Times are shown "
      "in local time, numbers with their unit."}},
    {"operation",
     {"Looks at operations, those that wait for their device and those that ended, follows and "
      "cancels them, and makes one for many devices at once.",
      "An operation is queued, sent, and then done (the device answered with success), failed (it "
      "answered an error, or could not be asked), expired (its deadline passed) or cancelled."}},
    {"credential",
     {"Makes, imports, lists and revokes the keys by which devices are believed over DTLS: "
      "pre-shared keys, raw public keys and certificates."}},
    {"bootstrap",
     {"Says what devices are configured with when they come to the bootstrap server, shows the "
      "exact requests a device would get, and follows each step as it happens."}},
    {"rule",
     {"Observe rules say which paths of which devices are observed, with which attributes. They "
      "are applied whenever a device registers, and repaired after a device lost or refused an "
      "observation."}},
    {"events",
     {"Follows what happens at a server. With --resume-file the number of the last event printed "
      "is kept in that file, written after the event: whoever is killed and begins again with the "
      "same file goes on behind it, as long as the server keeps events. Killed between the two, "
      "the last event is printed twice, and none is lost."}},
    {"model",
     {"Looks at the object definitions a server has, gives it new ones, and checks files before. "
      "Where no server answers at the usual address, and with --models, list and show use what is "
      "built into the program; check never asks a server."}},
    {"token",
     {"Makes, lists and revokes the tokens of the API. A token has a role: viewer may look, "
      "operator may also ask things of devices, admin may do everything. It is shown once, when "
      "it is made."}},
    {"user",
     {"Makes and removes users of the console, with a password and a role. A password is asked "
      "for without showing it, or read from the standard input."}},
    {"webhook",
     {"Says which URLs are told of events. Deliveries are signed with the webhook's secret, which "
      "is shown once when it is made; a receiver that fails is tried again, and after a while the "
      "webhook pauses until linnet webhook resume."}},
    {"mqtt", {"Shows whether events are published to an MQTT broker, and how far it is behind."}},
    {"audit", {"Shows who changed what, newest first."}},
    {"overview", {"Shows the fleet in one page: counts, rates, and what needs attention."}},
    {"console",
     {"Prints a link that signs in to the console once, with the role of the token used here. It "
      "holds for a few minutes."}},
    {"backup",
     {"Writes a consistent copy of a running server's store to a file, checks it, and makes it "
      "readable for its owner only. Keys of devices in it are encrypted with the key in "
      "STORE-key, which is not in it: keep that file apart, and the server's identity, "
      "STORE-identity.pem, too."}},
    {"restore",
     {"Puts a back-up in place of everything that a running server knows. The back-up is sent over "
      "the API and checked there; then the server answers what is under way, replaces its store, "
      "and serves it at the same ports. The former store is kept beside as STORE.before, and comes "
      "back by itself if the back-up cannot be served. Registrations, operations, users and tokens "
      "are those of the back-up; whoever follows events is told how many are lost. A back-up whose "
      "keys were encrypted by another server is refused.",
      "With --store nothing is sent: the server that uses that store must have been stopped. An "
      "existing store is not overwritten without --force, and then kept beside as STORE.before.",
      "Secure sessions are left out: numbers of messages that were used since the back-up must not "
      "be used again. Devices make new handshakes, by themselves."}},
};

}  // namespace

std::vector<std::string> man_text(const std::string& name) {
  for (const auto* texts : {&kServing, &kUsing}) {
    if (const auto found = texts->find(name); found != texts->end()) return found->second;
  }
  return {};
}

}  // namespace linnet::cli
