# find_package(linnet [COMPONENTS client server ...]) and pkg-config (linnet-client, linnet-server).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(rooms GLOBAL PROPERTY LINNET_ROOMS)
list(TRANSFORM rooms PREPEND linnet_ OUTPUT_VARIABLE targets)

install(TARGETS ${targets} EXPORT linnet_targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT linnet_targets NAMESPACE linnet:: FILE linnet-targets.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/linnet)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/linnet-config.cmake.in
  ${PROJECT_BINARY_DIR}/linnet-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/linnet)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/linnet-config-version.cmake
  COMPATIBILITY SameMinorVersion)  # before 1.0 a minor version may break
install(FILES ${PROJECT_BINARY_DIR}/linnet-config.cmake ${PROJECT_BINARY_DIR}/linnet-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/linnet)

# One .pc file for the device side, one for the manager side.
set(LINNET_PC_REQUIRES "")
if(LINNET_WITH_NETTLE)
  set(LINNET_PC_REQUIRES nettle)
endif()
function(linnet_pkg_config name description)
  set(LINNET_PC_NAME linnet-${name})
  set(LINNET_PC_DESCRIPTION "${description}")
  list(TRANSFORM ARGN PREPEND "-llinnet_" OUTPUT_VARIABLE libraries)
  list(JOIN libraries " " LINNET_PC_LIBRARIES)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/linnet.pc.in ${PROJECT_BINARY_DIR}/linnet-${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/linnet-${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()
linnet_pkg_config(client "LwM2M client engine" client lwm2m secure coap cbor json text base)
if(LINNET_BUILD_SERVER)
  linnet_pkg_config(server "LwM2M server shard" server model lwm2m secure coap cbor json text base)
endif()

if(TARGET linnet)
  include(linnet_package)
endif()
