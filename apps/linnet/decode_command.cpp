// SPDX-License-Identifier: Apache-2.0
// linnet decode: a CoAP message in words, its payload by content format with paths and values.
#include <array>
#include <iostream>
#include <iterator>
#include <memory>

#include <linnet/coap/message.hpp>
#include <linnet/coap/trace.hpp>
#include <linnet/lwm2m/format.hpp>
#include <linnet/lwm2m/link_format.hpp>
#include <linnet/service/payload_records.hpp>

#include "bytes_text.hpp"
#include "command.hpp"
#include "model_files.hpp"
#include "table.hpp"
#include "value_words.hpp"

namespace linnet::cli {
namespace {

constexpr const char* kFooter =
    R"(The target of a response is not in it: say it with --path to have full paths and types.
With --format the bytes are a payload without a CoAP message around it.

Examples:
  linnet decode 4402 1234 a1b2c3d4 b272 6411 28 ff 3c2f333e
  linnet decode --format tlv --path /3/0 c8 00 06 4c 69 6e 6e 65 74
  xxd -p message.bin | linnet decode -)";

struct Options {
  std::vector<std::string> hex;
  std::string path;
  std::string format;
  std::vector<std::string> folders;
};

const lwm2m::ResourceModel* find_resource(const lwm2m::ModelStore& models,
                                          const lwm2m::Path& path) {
  const auto* object = path.is_root() ? nullptr : models.latest(path.object());
  return object == nullptr || path.depth() < 3 ? nullptr : object->model().find(path.resource());
}

std::vector<std::string> row_of(const service::DecodedRecord& record) {
  using Kind = service::DecodedRecord::Kind;
  const std::string name = record.resource != nullptr ? record.resource->name : "";
  const std::string time =
      record.time ? "at " + value_words(lwm2m::Value::floating(*record.time)) : "";
  if (record.kind == Kind::Name) return {path_words(record.path), name, "", "", time};
  if (record.kind == Kind::Deletion) return {path_words(record.path), name, "", "delete", time};
  std::string type = lwm2m::describe(record.type);
  if (record.expected != lwm2m::DataType::None) {
    type += std::string(", not ") + lwm2m::describe(record.expected);
  }
  return {
      path_words(record.path), name, type,
      record.kind == Kind::Value ? value_words(record.value) : std::string(describe(record.error)),
      time};
}

void print_links(ByteView payload) {
  lwm2m::LinkReader reader(as_text(payload));
  lwm2m::LinkView link;
  Table table({}, "  ");
  auto more = reader.next(link);
  for (; more.ok() && *more; more = reader.next(link)) {
    table.add({"<" + printable(link.target()) + ">", printable(link.attributes())});
  }
  table.print(std::cout);
  if (!more.ok()) std::cout << "  then: " << describe(more.error()) << '\n';
}

void print_payload(ByteView payload, coap::ContentFormat id, const lwm2m::Path& base,
                   const lwm2m::ModelStore& models) {
  const auto name = coap::name(id);
  std::cout << "payload: " << payload.size() << " bytes of "
            << (name.empty() ? "content format " + std::to_string(static_cast<unsigned>(id))
                             : std::string(name))
            << '\n';
  if (id == coap::ContentFormat::LinkFormat) return print_links(payload);
  const auto* format = lwm2m::find(lwm2m::all_formats(), id);
  if (format == nullptr) {
    std::cout << "  " << to_hex(as_text(payload)) << '\n';
    return;
  }
  service::PayloadRecords records(*format, payload, base, [&models](const lwm2m::Path& path) {
    return find_resource(models, path);
  });
  service::DecodedRecord record;
  Table table({}, "  ");
  auto more = records.next(record);
  for (; more.ok() && *more; more = records.next(record)) table.add(row_of(record));
  table.print(std::cout);
  if (!more.ok()) {
    std::cout << (table.empty() ? "  it is " : "  then it is ") << describe(more.error())
              << "; the bytes are " << to_hex(as_text(payload)) << '\n';
  }
}

lwm2m::Path given_path(const std::string& text) {
  const auto path = lwm2m::Path::parse(text);
  if (!path.ok()) throw Failure(kUsage, "\"" + text + "\" is not a path such as /3/0");
  return *path;
}

std::string read_input(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += word + " ";
  if (words.size() == 1 && words.front() == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  }
  const auto bytes = from_hex(text);
  if (!bytes)
    throw Failure(kUsage, "this is not hex: an even number of the digits 0-9 and a-f is needed");
  if (bytes->empty()) throw Failure(kUsage, "there are no bytes to decode");
  return *bytes;
}

ExitCode run(const Options& options) {
  const std::string bytes = read_input(options.hex);
  const auto models = load_models(options.folders, std::cerr);
  if (!options.format.empty()) {
    print_payload(as_bytes(bytes), parse_format(options.format),
                  options.path.empty() ? lwm2m::Path{} : given_path(options.path), models);
    return kOk;
  }
  std::array<char, 4096> line{};
  std::cout << coap::explain(as_bytes(bytes), line) << '\n';
  const auto message = coap::MessageView::parse(as_bytes(bytes));
  if (!message.ok()) return kDeviceError;
  if (message->payload().empty()) return kOk;
  const lwm2m::Path base =
      options.path.empty() ? service::request_target(*message) : given_path(options.path);
  if (const auto format = message->content_format()) {
    print_payload(message->payload(), *format, base, models);
  } else if (coap::is_response(message->code()) && !coap::is_success(message->code())) {
    std::cout << "reason: \"" << printable(as_text(message->payload())) << "\"\n";
  } else {
    std::cout << "payload without a content format: " << to_hex(as_text(message->payload()))
              << '\n';
  }
  return kOk;
}

}  // namespace

void add_decode(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("decode", "Explain a CoAP or LwM2M message given as hex");
  command->add_option("hex", options->hex, "The message, or - to read it from standard input")
      ->required();
  command->add_option("--path", options->path, "What the payload is about")->type_name("PATH");
  command->add_option("--format", options->format, "The bytes are a payload of this content format")
      ->type_name("FORMAT");
  command->add_option("--models", options->folders, "Folder with more object definitions")
      ->type_name("DIR");
  command->footer(kFooter);
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace linnet::cli
