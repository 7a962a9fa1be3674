# What a server is installed with beside the program (component "linnet"), and the .deb of it:
#   cmake --build build/release --target linnet linnet_pages && (cd build/release && cpack)
# Manual pages, completions and linnet.toml are written by the program itself, so that they cannot
# say something else than it does.
set(pages ${PROJECT_BINARY_DIR}/pages)

install(TARGETS linnet RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT linnet)
if(CMAKE_CROSSCOMPILING)
  return()
endif()
add_custom_command(OUTPUT ${pages}/stamp
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${pages}
  COMMAND linnet __generate ${pages}
  COMMAND find ${pages}/man1 ${pages}/man5 -type f -exec gzip -9n {} +
  COMMAND ${CMAKE_COMMAND} -E copy ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${pages}/changelog
  COMMAND gzip -9n ${pages}/changelog
  COMMAND ${CMAKE_COMMAND} -E touch ${pages}/stamp
  DEPENDS linnet ${PROJECT_SOURCE_DIR}/CHANGELOG.md COMMENT "Writing manual pages and completions" VERBATIM)
add_custom_target(linnet_pages ALL DEPENDS ${pages}/stamp)

install(DIRECTORY ${pages}/man1 ${pages}/man5 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT linnet)
install(FILES ${pages}/linnet.bash RENAME linnet
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT linnet)
install(FILES ${pages}/_linnet DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions COMPONENT linnet)
install(FILES ${pages}/linnet.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT linnet)
install(FILES packaging/grafana/linnet.json DESTINATION ${CMAKE_INSTALL_DATADIR}/linnet/grafana COMPONENT linnet)
install(FILES packaging/debian/copyright ${pages}/changelog.gz DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT linnet)
install(FILES packaging/linnet.service DESTINATION lib/systemd/system COMPONENT linnet)
install(FILES packaging/linnet.sysusers RENAME linnet.conf DESTINATION lib/sysusers.d COMPONENT linnet)
# /etc for a system's own tree; below the prefix elsewhere.
install(CODE "
  set(etc \"\${CMAKE_INSTALL_PREFIX}/etc\")
  if(CMAKE_INSTALL_PREFIX STREQUAL \"/usr\")
    set(etc /etc)
  endif()
  file(INSTALL DESTINATION \"\${etc}/linnet\" TYPE FILE FILES \"${pages}/linnet.toml\")"
  COMPONENT linnet)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME linnet)
set(CPACK_PACKAGE_VENDOR "Linnet")
set(CPACK_PACKAGE_CONTACT "The Linnet authors <linnet@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "OMA LwM2M server, device and command line")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"A server and bootstrap server for OMA Lightweight M2M devices with an HTTP API,
a console and a command line, and a simulated device to try it with.")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
foreach(file IN ITEMS conffiles postinst prerm postrm)
  list(APPEND control ${PROJECT_SOURCE_DIR}/packaging/debian/${file})
endforeach()
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${control}")
set(CPACK_DEBIAN_LINNET_PACKAGE_CONTROL_EXTRA "${control}")
set(CPACK_DEBIAN_LINNET_PACKAGE_NAME linnet)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL linnet)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_CMAKE_PROJECTS "${PROJECT_BINARY_DIR};linnet;linnet;/")
include(CPack)
