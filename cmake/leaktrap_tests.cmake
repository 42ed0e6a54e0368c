# Leaktrap's own tests: those of BUILD.bazel, one of CTest's for one of Bazel's.
#
# They run where Bazel would run them, in a folder in which programs and files
# have the paths that they have in the source tree: the root of the build.

function(_leaktrap_compile_for_test TARGET COPTS)
  _leaktrap_compile(${TARGET})
  target_include_directories(
    ${TARGET} PRIVATE "${LEAKTRAP_ROOT}" "${LEAKTRAP_ROOT}/lib" "${LEAKTRAP_ROOT}/testing"
                      "${LEAKTRAP_ROOT}/testing/leaktrap"
  )
  target_compile_options(${TARGET} PRIVATE -g1 ${COPTS})
endfunction()

# Most of the time of compiling a test is GoogleTest's headers.
if(LEAKTRAP_BUILD_TESTING)
  add_library(leaktrap_test_headers OBJECT "${LEAKTRAP_ROOT}/cmake/test_headers.cc")
  _leaktrap_compile_for_test(leaktrap_test_headers "")
  target_link_libraries(leaktrap_test_headers PRIVATE GTest::gmock)
  target_precompile_headers(leaktrap_test_headers PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
endif()

# leaktrap_test_library(<target> [SRCS <file>...] [GENERATED <target>...]
#                       [COPTS <option>...] [DEPS <target>...])
function(leaktrap_test_library TARGET)
  if(NOT LEAKTRAP_BUILD_TESTING)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 A "" "" "SRCS;GENERATED;COPTS;DEPS")
  if(A_SRCS)
    add_library(${TARGET} STATIC ${A_SRCS})
    _leaktrap_compile_for_test(${TARGET} "${A_COPTS}")
    target_link_libraries(${TARGET} PUBLIC ${A_DEPS})
  else()
    add_library(${TARGET} INTERFACE)
    target_link_libraries(${TARGET} INTERFACE ${A_DEPS})
  endif()
  foreach(generated IN LISTS A_GENERATED)
    add_dependencies(${TARGET} ${generated})
    target_include_directories(${TARGET} INTERFACE "${LEAKTRAP_BINARY_ROOT}/lib")
  endforeach()
endfunction()

# leaktrap_generated_file(<target> OUTPUT <file> SRCS <file>... SHELL <command>)
#
# The command finds them in $OUTPUT and $SRCS.
function(leaktrap_generated_file TARGET)
  if(NOT LEAKTRAP_BUILD_TESTING)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 A "" "OUTPUT;SHELL" "SRCS")
  set(output "${CMAKE_CURRENT_BINARY_DIR}/${A_OUTPUT}")
  list(JOIN A_SRCS " " sources)
  add_custom_command(
    OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" -E env "SRCS=${sources}" "OUTPUT=${output}" sh -c "${A_SHELL}"
    DEPENDS ${A_SRCS}
    WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
    VERBATIM
  )
  add_custom_target(${TARGET} DEPENDS "${output}")
endfunction()

# Both of the functions below are given what is meant for a test.
macro(_leaktrap_parse_program)
  cmake_parse_arguments(
    A "SHARED" "NAME;PROCESSORS;SHARDS;TIMEOUT"
    "SRCS;COPTS;LINKOPTS;DEFINES;DEPS;PROGRAMS;FILES;ARGS;ENV;LABELS" ${ARGN}
  )
endmacro()

# leaktrap_program(<target> NAME <file> [SHARED] [SRCS <file>...] [COPTS <option>...]
#                  [LINKOPTS <option>...] [DEFINES <name>...] [DEPS <target>...]
#                  [PROGRAMS <target>...] [FILES <path>...])
#
# PROGRAMS and FILES are what it finds in its folder when it runs.
function(leaktrap_program TARGET)
  if(NOT LEAKTRAP_BUILD_TESTING)
    return()
  endif()
  _leaktrap_parse_program(${ARGV})
  if(A_SHARED)
    add_library(${TARGET} SHARED ${A_SRCS})
    set_target_properties(
      ${TARGET} PROPERTIES PREFIX "" SUFFIX "" OUTPUT_NAME "${A_NAME}"
                           LIBRARY_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}"
    )
  else()
    add_executable(${TARGET} ${A_SRCS})
    set_target_properties(
      ${TARGET} PROPERTIES OUTPUT_NAME "${A_NAME}" RUNTIME_OUTPUT_DIRECTORY
                                                   "${CMAKE_CURRENT_BINARY_DIR}"
    )
  endif()
  _leaktrap_compile_for_test(${TARGET} "${A_COPTS}")
  if(NOT A_COPTS AND NOT A_DEFINES AND NOT A_SHARED)
    target_precompile_headers(${TARGET} REUSE_FROM leaktrap_test_headers)
  endif()
  target_compile_definitions(${TARGET} PRIVATE ${A_DEFINES})
  target_link_options(${TARGET} PRIVATE ${A_LINKOPTS})
  target_link_libraries(${TARGET} PRIVATE ${A_DEPS})
  foreach(file IN LISTS A_FILES)
    cmake_path(GET file PARENT_PATH folder)
    file(MAKE_DIRECTORY "${LEAKTRAP_BINARY_ROOT}/${folder}")
    file(CREATE_LINK "${LEAKTRAP_ROOT}/${file}" "${LEAKTRAP_BINARY_ROOT}/${file}" SYMBOLIC)
  endforeach()
  # Of a folder that comes later, perhaps.
  set_property(GLOBAL APPEND PROPERTY LEAKTRAP_RUNS_PROGRAMS ${TARGET})
  set_property(GLOBAL PROPERTY LEAKTRAP_PROGRAMS_OF_${TARGET} ${A_PROGRAMS})
endfunction()

# leaktrap_test(<target> <arguments of leaktrap_program()> [ARGS <argument>...]
#               [ENV <name>=<value>...] [LABELS <label>...] [PROCESSORS <n>]
#               [SHARDS <n>] TIMEOUT <seconds>)
function(leaktrap_test TARGET)
  if(NOT LEAKTRAP_BUILD_TESTING)
    return()
  endif()
  leaktrap_program(${ARGV})
  _leaktrap_parse_program(${ARGV})
  cmake_path(
    RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY "${LEAKTRAP_ROOT}"
    OUTPUT_VARIABLE folder
  )
  if(NOT A_SHARDS)
    set(A_SHARDS 1)
  endif()
  if(NOT A_PROCESSORS)
    set(A_PROCESSORS 1)
  endif()
  cmake_path(GET LEAKTRAP_BINARY_ROOT PARENT_PATH runfiles)
  cmake_path(GET LEAKTRAP_BINARY_ROOT FILENAME workspace)
  foreach(shard RANGE 1 ${A_SHARDS})
    set(name "${folder}/${A_NAME}")
    set(environment ${A_ENV})
    if(A_SHARDS GREATER 1)
      set(name "${name}/${shard}_of_${A_SHARDS}")
      math(EXPR index "${shard} - 1")
      list(APPEND environment "GTEST_TOTAL_SHARDS=${A_SHARDS}" "GTEST_SHARD_INDEX=${index}")
    endif()
    set(scratch "${LEAKTRAP_BINARY_ROOT}/Testing/scratch/${name}")
    file(MAKE_DIRECTORY "${scratch}")
    add_test(
      NAME "${name}" COMMAND ${TARGET} ${A_ARGS}
      WORKING_DIRECTORY "${LEAKTRAP_BINARY_ROOT}"
    )
    set_tests_properties(
      "${name}"
      PROPERTIES
        TIMEOUT ${A_TIMEOUT} PROCESSORS ${A_PROCESSORS} LABELS "${A_LABELS}" ENVIRONMENT
        "${environment};TEST_TMPDIR=${scratch};TEST_SRCDIR=${runfiles};TEST_WORKSPACE=${workspace};XML_OUTPUT_FILE=${LEAKTRAP_BINARY_ROOT}/Testing/xml/${name}.xml"
    )
  endforeach()
endfunction()

# To be called when all programs are known.
function(leaktrap_finish_tests)
  get_property(targets GLOBAL PROPERTY LEAKTRAP_RUNS_PROGRAMS)
  foreach(target IN LISTS targets)
    get_property(programs GLOBAL PROPERTY LEAKTRAP_PROGRAMS_OF_${target})
    if(programs)
      add_dependencies(${target} ${programs})
    endif()
  endforeach()
endfunction()
