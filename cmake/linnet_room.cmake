# linnet_room(<room> SOURCES ... [HEADERS ...] [USES <room> ...] [LINK <library> ...]
#             [TESTS ...] [EXCEPTIONS])
#
# Declares the library linnet::<room> from src/<room>, its public headers under
# include/linnet/<room>, and one test program <room>_test from the *_test.cpp files beside the
# sources. Rooms build without exceptions unless EXCEPTIONS is given. RTTI is off only in the mcu
# preset: on a host a consumer may derive from our interfaces with RTTI on, and then the type
# information of the base must be there to link.
function(linnet_room room)
  cmake_parse_arguments(ROOM "EXCEPTIONS" "" "SOURCES;HEADERS;USES;LINK;TESTS" ${ARGN})
  set(target linnet_${room})
  if(ROOM_SOURCES)
    add_library(${target} STATIC ${ROOM_SOURCES})
    set(scope PUBLIC)
    set(private PRIVATE)
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
    set(private INTERFACE)
  endif()
  add_library(linnet::${room} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${room} OUTPUT_NAME linnet_${room})
  target_compile_features(${target} ${scope} cxx_std_20)
  list(TRANSFORM ROOM_HEADERS PREPEND "${PROJECT_SOURCE_DIR}/include/linnet/${room}/" OUTPUT_VARIABLE headers)
  target_sources(${target} ${scope} FILE_SET HEADERS
    BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES ${headers})
  set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  foreach(used IN LISTS ROOM_USES)
    target_link_libraries(${target} ${scope} linnet_${used})
  endforeach()
  if(ROOM_LINK)
    target_link_libraries(${target} ${private} ${ROOM_LINK})
  endif()
  if(ROOM_SOURCES)
    target_compile_options(${target} PRIVATE ${LINNET_WARNINGS})
    if(ROOM_EXCEPTIONS)
      target_compile_options(${target} PRIVATE ${LINNET_LIGHT_OPTIONS})
    else()
      target_compile_options(${target} PRIVATE -fno-exceptions -ffunction-sections -fdata-sections)
    endif()
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src")
  endif()
  set_property(GLOBAL APPEND PROPERTY LINNET_ROOMS ${room})

  if(ROOM_TESTS AND LINNET_BUILD_TESTS)
    linnet_test(${room}_test SOURCES ${ROOM_TESTS} LINK linnet::${room})
  endif()
endfunction()

# linnet_precompile(<target> <header> ...): where most files need them, and they take long.
function(linnet_precompile target)
  if(LINNET_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
endfunction()

# linnet_test(<name> SOURCES ... [LINK ...]): a GoogleTest program, one ctest entry a test case.
# Tests see private headers as <room/name.hpp>, and tests/support.
function(linnet_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_compile_options(${name} PRIVATE ${LINNET_WARNINGS} ${LINNET_LIGHT_OPTIONS})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/tests/support")
  target_link_libraries(${name} PRIVATE ${TEST_LINK} GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)
endfunction()

set(LINNET_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wimplicit-fallthrough)
if(LINNET_DEVELOPER_MODE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND LINNET_WARNINGS -Werror)
endif()
