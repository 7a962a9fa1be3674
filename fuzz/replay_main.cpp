// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target over the files of its corpus folder, and over every prefix of each.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  std::size_t files = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::vector<char> read{std::istreambuf_iterator<char>(file), {}};
      for (std::size_t size = 0; size <= read.size(); ++size) {
        // A copy of exactly `size` bytes, so that a sanitizer sees a read past the end.
        const std::vector<std::uint8_t> input(read.begin(),
                                              read.begin() + static_cast<std::ptrdiff_t>(size));
        LLVMFuzzerTestOneInput(input.data(), input.size());
      }
      ++files;
    }
  }
  std::printf("%zu corpus files replayed, each at every length\n", files);
  return files == 0 ? 1 : 0;  // an empty corpus proves nothing
}
