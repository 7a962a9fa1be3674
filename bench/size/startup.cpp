// SPDX-License-Identifier: Apache-2.0
// The least a Cortex-M4 needs before main(): vectors, initialised data, constructors. Also the
// "hardware": a memory-mapped datagram port, so that the compiler cannot drop the engine's work.
#include <cstdint>
#include <cstring>

extern "C" {
extern std::uint32_t data_load, data_start, data_end, bss_start, bss_end, stack_top;
extern void (*init_array_start[])();
extern void (*init_array_end[])();

int main();

[[noreturn]] void reset_handler() {
  std::memcpy(&data_start, &data_load,
              static_cast<std::size_t>(reinterpret_cast<char*>(&data_end) -
                                       reinterpret_cast<char*>(&data_start)));
  std::memset(&bss_start, 0,
              static_cast<std::size_t>(reinterpret_cast<char*>(&bss_end) -
                                       reinterpret_cast<char*>(&bss_start)));
  for (auto* init = init_array_start; init != init_array_end; ++init) (*init)();
  main();
  for (;;) {
  }
}

[[gnu::section(".vectors"), gnu::used]] void* const vectors[] = {
    &stack_top, reinterpret_cast<void*>(&reset_handler)};

// A virtual destructor of a base may refer to operator delete although nothing is ever deleted.
void __cxa_pure_virtual() { __builtin_trap(); }
}

void operator delete(void*, std::size_t) noexcept { __builtin_trap(); }
void operator delete(void*) noexcept { __builtin_trap(); }

// Bounds checks inside the standard library end here instead of in libc's abort and its signals.
namespace std {
[[noreturn]] void __throw_out_of_range_fmt(const char*, ...) { __builtin_trap(); }
}  // namespace std
