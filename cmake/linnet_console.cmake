# linnet_console(OUTPUT): a C++ source with the web console's files, or with one page that says
# that there is none. npm runs only when something in console/ has changed.
function(linnet_console output)
  if(NOT LINNET_CONSOLE)
    set(${output} "${PROJECT_SOURCE_DIR}/src/service/console_absent.cpp" PARENT_SCOPE)
    return()
  endif()
  find_program(LINNET_NPM npm)
  find_program(LINNET_NODE NAMES node nodejs)
  if(NOT LINNET_NPM OR NOT LINNET_NODE)
    message(FATAL_ERROR "The web console needs nodejs (18 or newer) and npm: scripts/setup build "
      "installs them, and -DLINNET_CONSOLE=OFF builds without the console.")
  endif()

  set(console "${PROJECT_SOURCE_DIR}/console")
  set(packages "${console}/node_modules/.package-lock.json")  # npm writes it when it is done
  add_custom_command(OUTPUT "${packages}"
    DEPENDS "${console}/package.json" "${console}/package-lock.json"
    COMMAND "${LINNET_NPM}" ci --no-audit --no-fund --loglevel=error
    COMMAND "${CMAKE_COMMAND}" -E touch "${packages}"
    WORKING_DIRECTORY "${console}" COMMENT "Fetching the console's packages" VERBATIM)

  # The one place where sources are not listed: the bundler finds them by their imports anyway.
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS
    "${console}/src/*.ts" "${console}/src/*.tsx" "${console}/src/*.css" "${console}/public/*")
  list(FILTER sources EXCLUDE REGEX "(\\.d\\.ts|\\.test\\.tsx?)$")
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/console")
  set(file "${CMAKE_CURRENT_BINARY_DIR}/console_files.cpp")
  add_custom_command(OUTPUT "${file}"
    DEPENDS "${packages}" ${sources} "${console}/index.html" "${console}/vite.config.ts" "${console}/scripts/embed.mjs"
    COMMAND "${LINNET_NPM}" run --silent build -- --outDir "${folder}" --emptyOutDir --logLevel warn
    COMMAND "${LINNET_NODE}" "${console}/scripts/embed.mjs" "${folder}" "${file}"
    WORKING_DIRECTORY "${console}" COMMENT "Building the console" VERBATIM)
  set(${output} "${file}" PARENT_SCOPE)
endfunction()
