# How Leaktrap itself is built. The CMakeLists.txt of the folders, which are
# written from BUILD.bazel, call what is here and in leaktrap_tests.cmake.

set(LEAKTRAP_ROOT "${CMAKE_CURRENT_SOURCE_DIR}")
set(LEAKTRAP_BINARY_ROOT "${CMAKE_CURRENT_BINARY_DIR}")

# What is compiled, for users and for tests.
function(_leaktrap_compile TARGET)
  target_compile_features(${TARGET} PUBLIC cxx_std_17)
  # Neither what is installed nor a report names the folder of the build: files
  # are called as Bazel calls them. The last that fits counts. Ninja compiles in
  # one folder, make in that of each target.
  target_compile_options(
    ${TARGET} PRIVATE "-ffile-prefix-map=${LEAKTRAP_ROOT}/="
                      "-ffile-prefix-map=${CMAKE_BINARY_DIR}=/proc/self/cwd"
                      "-ffile-prefix-map=${CMAKE_CURRENT_BINARY_DIR}=/proc/self/cwd"
  )
  # Files have names of their own for what only they use.
  set_target_properties(${TARGET} PROPERTIES UNITY_BUILD OFF)
endfunction()

# leaktrap_pool is leaktrap::pool for users, here and when installed.
function(_leaktrap_export TARGET)
  string(REGEX REPLACE "^leaktrap_" "" name ${TARGET})
  add_library(leaktrap::${name} ALIAS ${TARGET})
  set_target_properties(${TARGET} PROPERTIES EXPORT_NAME ${name})
  set_property(GLOBAL APPEND PROPERTY LEAKTRAP_EXPORTS ${TARGET})
endfunction()

function(_leaktrap_library TARGET TYPE)
  add_library(${TARGET} ${TYPE})
  _leaktrap_compile(${TARGET})
  # So that it can also become part of a shared object; under one name.
  set_target_properties(
    ${TARGET} PROPERTIES POSITION_INDEPENDENT_CODE ON DEBUG_POSTFIX ""
  )
  target_include_directories(
    ${TARGET} PUBLIC "$<BUILD_INTERFACE:${LEAKTRAP_ROOT}/lib>"
                     "$<BUILD_INTERFACE:${LEAKTRAP_ROOT}/testing>"
                     "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>"
  )
  _leaktrap_export(${TARGET})
endfunction()

# leaktrap_archive(<target> [DEPS <target>...] [INTERNAL_DEPS <target>...])
#
# Never shared: there must be one copy of all state, and it is linked whole.
function(leaktrap_archive TARGET)
  cmake_parse_arguments(PARSE_ARGV 1 A "" "" "DEPS;INTERNAL_DEPS")
  _leaktrap_library(${TARGET} STATIC)
  target_link_libraries(
    ${TARGET} PUBLIC ${A_DEPS} Threads::Threads PRIVATE ${A_INTERNAL_DEPS}
  )
endfunction()

# leaktrap_objects(<target> DEPS <target>...)
function(leaktrap_objects TARGET)
  cmake_parse_arguments(PARSE_ARGV 1 A "" "" "DEPS")
  _leaktrap_library(${TARGET} OBJECT)
  target_link_libraries(${TARGET} PRIVATE ${A_DEPS})
endfunction()

# leaktrap_interface(<target> [DEPS <target>...] [OBJECTS <object library>])
#
# Whoever links it, directly or not, links the objects too.
function(leaktrap_interface TARGET)
  cmake_parse_arguments(PARSE_ARGV 1 A "" "OBJECTS" "DEPS")
  add_library(${TARGET} INTERFACE)
  target_link_libraries(${TARGET} INTERFACE ${A_DEPS})
  if(A_OBJECTS)
    string(REGEX REPLACE "^leaktrap_" "leaktrap::" objects ${A_OBJECTS})
    target_link_libraries(${TARGET} INTERFACE "$<TARGET_OBJECTS:${objects}>")
    add_dependencies(${TARGET} ${A_OBJECTS})
  endif()
  _leaktrap_export(${TARGET})
endfunction()

# leaktrap_link_when_static(<interface> <archive>)
#
# With -static the linker takes -lNAME for libNAME.a, else for libNAME.so first,
# whatever that is: here an archive of nothing.
function(leaktrap_link_when_static TARGET ARCHIVE)
  set(folder "${LEAKTRAP_BINARY_ROOT}/when_static")
  # Without a folder for each configuration.
  set_target_properties(${ARCHIVE} PROPERTIES ARCHIVE_OUTPUT_DIRECTORY "${folder}/$<0:>")
  file(WRITE "${folder}/lib${ARCHIVE}.so" "!<arch>\n")
  set(installed "${LEAKTRAP_PRIVATE_LIBDIR}")
  if(NOT IS_ABSOLUTE "${installed}")
    set(installed "$<INSTALL_PREFIX>/${installed}")
  endif()
  target_link_options(
    ${TARGET} INTERFACE "-L$<BUILD_INTERFACE:${folder}>$<INSTALL_INTERFACE:${installed}>"
    "LINKER:--whole-archive,-l${ARCHIVE},--no-whole-archive"
  )
  add_dependencies(${TARGET} ${ARCHIVE})
endfunction()

# leaktrap_part(<target> [SRCS <file>...] [HDRS <file>...])
#
# There is no target of an adapter whose library is not there.
function(leaktrap_part TARGET)
  if(NOT TARGET ${TARGET})
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 A "" "" "SRCS;HDRS")
  target_sources(${TARGET} PRIVATE ${A_SRCS})
  cmake_path(
    RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY "${LEAKTRAP_ROOT}"
    OUTPUT_VARIABLE folder
  )
  if(LEAKTRAP_INSTALL)
    # lib/ and testing/ are where #include begins.
    string(REGEX REPLACE "^(lib|testing)/" "" folder "${folder}")
    install(
      FILES ${A_HDRS} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/${folder}"
    )
  endif()
endfunction()
