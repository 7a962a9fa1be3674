# What is built. At top level everything a developer needs; as a subproject only the libraries.
include(CMakeDependentOption)

option(LINNET_DEVELOPER_MODE "Tests, examples, benchmarks and warnings as errors" ${PROJECT_IS_TOP_LEVEL})
option(LINNET_BUILD_SERVER "Server, posix and service rooms (a hosted system)" ON)
cmake_dependent_option(LINNET_BUILD_APPS "The linnet command" ${PROJECT_IS_TOP_LEVEL} "LINNET_BUILD_SERVER" OFF)
cmake_dependent_option(LINNET_CONSOLE "The web console in the server, by npm" ON "LINNET_BUILD_APPS" OFF)
if(CMAKE_SYSTEM_NAME STREQUAL "Generic")  # a microcontroller has its own
  set(hosted OFF)
else()
  set(hosted ON)
endif()
option(LINNET_WITH_NETTLE "Encryption of DTLS records by nettle" ${hosted})
option(LINNET_BUILD_TESTS "Unit, simulation and conformance tests" ${LINNET_DEVELOPER_MODE})
option(LINNET_BUILD_EXAMPLES "Examples" ${LINNET_DEVELOPER_MODE})
option(LINNET_BUILD_BENCH "Benchmarks" OFF)
option(LINNET_BUILD_FUZZ "Fuzz targets; with clang as libFuzzer programs, else as corpus replay" ${LINNET_DEVELOPER_MODE})
option(LINNET_INSTALL "Install rules and package files" ${PROJECT_IS_TOP_LEVEL})
set(LINNET_SANITIZE "" CACHE STRING "Sanitizers for everything, as for -fsanitize (address,undefined | thread)")

option(LINNET_PRECOMPILE "Precompiled headers: quicker from nothing, but ccache does not keep what uses them" OFF)
find_program(LINNET_CCACHE ccache)
if(LINNET_CCACHE AND PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # What was compiled in another checkout is found too.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${LINNET_CCACHE}")
endif()

# Code that only wires (tests, the command, the HTTP service over Boost's headers) is compiled without
# optimisation and without UBSan when sanitizing: that is a quarter of the time. ASan stays, and
# engines and codecs keep both.
set(LINNET_LIGHT_OPTIONS "")
if(LINNET_SANITIZE MATCHES "undefined" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(LINNET_LIGHT_OPTIONS -O0 -fno-sanitize=undefined)
endif()

if(LINNET_SANITIZE)
  add_compile_options(-fsanitize=${LINNET_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${LINNET_SANITIZE})
endif()

# Coverage instrumentation in the rooms too: without it libFuzzer only sees the target's own file.
option(LINNET_FUZZ_ENGINE "Link libFuzzer (needs clang)" OFF)
if(LINNET_FUZZ_ENGINE)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(LINNET_BUILD_TESTS OR LINNET_BUILD_FUZZ)
  enable_testing()
endif()
if(LINNET_BUILD_TESTS OR LINNET_BUILD_FUZZ)
  find_package(GTest REQUIRED)  # fuzz targets share the devices of the tests
  include(GoogleTest)
endif()
