// SPDX-License-Identifier: Apache-2.0
// Writes the files of a built console as one C++ source.
//   node scripts/embed.mjs FOLDER OUTPUT.cpp
// What shrinks by it is kept gzipped: unlike Brotli, browsers take that over plain HTTP too.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';

const types = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
};

function filesOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesOf(join(folder, entry.name)) : [join(folder, entry.name)]);
}

function embed(file, folder) {
  const path = `/${relative(folder, file).split('\\').join('/')}`;
  const contentType = types[extname(file)];
  if (contentType === undefined) throw new Error(`embed: ${path} has a type nobody told me`);
  const plain = readFileSync(file);
  const zipped = gzipSync(plain, { level: 9 });
  const encoding = zipped.length < plain.length * 0.95 ? 'gzip' : '';
  const bytes = encoding ? zipped : plain;
  const etag = createHash('sha256').update(bytes).digest('hex').slice(0, 20);
  return { path, contentType, encoding, etag, bytes };
}

const [folder, output] = process.argv.slice(2);
if (!folder || !output) throw new Error('embed: which folder, and into which file?');
const files = filesOf(folder).map((file) => embed(file, folder));
files.sort((a, b) => (a.path < b.path ? -1 : 1));

const arrays = files.map(({ bytes }, number) => {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 32) lines.push(`${[...bytes.subarray(at, at + 32)].join(',')},`);
  return `constexpr unsigned char kBytes${number}[] = {\n${lines.join('\n')}\n};\n`;
});
const rows = files.map(({ path, contentType, encoding, etag }, number) =>
  `    {"${path}", "${contentType}", "${encoding}", "\\"${etag}\\"", view(kBytes${number})},\n`);

writeFileSync(output, `// Written by console/scripts/embed.mjs from the built console.
#include "service/console_files.hpp"

namespace linnet::service {
namespace {

${arrays.join('\n')}
template <std::size_t N>
std::string_view view(const unsigned char (&bytes)[N]) {
  return {reinterpret_cast<const char*>(bytes), N};
}

}  // namespace

std::span<const ConsoleFile> console_files() {
  static const ConsoleFile kFiles[] = {
${rows.join('')}  };
  return kFiles;
}

}  // namespace linnet::service
`);
const total = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
console.log(`${files.length} files of the console, ${Math.ceil(total / 1024)} KiB`);
