# What users call, whichever way Leaktrap came into their build.
#
#   enable_testing()
#   find_package(leaktrap REQUIRED)
#
#   add_executable(my_test my_test.cc)
#   target_link_libraries(my_test PRIVATE my_library GTest::gtest_main)
#   leaktrap_discover_tests(my_test)   # in place of gtest_discover_tests(my_test)
#
# or, all four lines in one:
#
#   leaktrap_cc_test(NAME my_test SRCS my_test.cc DEPS my_library)

include_guard(GLOBAL)

# Whether a library that has tests checked is linked, directly or not, by what
# the property of the target lists. A shared library must not do so for itself:
# it and the executable would each record and check.
function(_leaktrap_is_registered TARGET PROPERTY SEEN RESULT)
  set(${RESULT} FALSE PARENT_SCOPE)
  get_target_property(libraries ${TARGET} ${PROPERTY})
  foreach(library IN LISTS libraries)
    # As a static library has what it links for itself only.
    string(REGEX REPLACE "^\\$<(LINK_ONLY|BUILD_INTERFACE):(.*)>$" "\\2" library "${library}")
    if(library MATCHES "^leaktrap(::|_)(main|auto)(_without_recorder)?$")
      set(${RESULT} TRUE PARENT_SCOPE)
    elseif(TARGET "${library}" AND NOT library IN_LIST SEEN)
      list(APPEND SEEN "${library}")
      get_target_property(type "${library}" TYPE)
      if(type MATCHES "^(SHARED|MODULE)_LIBRARY$")
        _leaktrap_is_registered("${library}" LINK_LIBRARIES "${SEEN}" registered)
        if(registered)
          message(
            FATAL_ERROR
              "leaktrap_discover_tests: the shared library \"${library}\" links leaktrap::main or "
              "leaktrap::auto, which belong into the executable. Let it link leaktrap::leaktrap."
          )
        endif()
      endif()
      _leaktrap_is_registered("${library}" INTERFACE_LINK_LIBRARIES "${SEEN}" registered)
      if(registered)
        set(${RESULT} TRUE PARENT_SCOPE)
      endif()
    endif()
  endforeach()
endfunction()

# So that reports can name lines, in the files of the target itself. What it
# links is the project's to compile: see CMAKE_BUILD_TYPE. A -g of the project's
# own is left as it is: -g1 behind it would take what debuggers need.
function(_leaktrap_give_lines TARGET)
  get_target_property(options ${TARGET} COMPILE_OPTIONS)
  set(configurations "${CMAKE_BUILD_TYPE}")
  if(CMAKE_CONFIGURATION_TYPES)
    set(configurations ${CMAKE_CONFIGURATION_TYPES})
  endif()
  set(flags "${CMAKE_CXX_FLAGS} ${options}")
  if(flags MATCHES "(^|[ ;:])-g")
    return()
  endif()
  if(NOT configurations)
    target_compile_options(${TARGET} PRIVATE "$<$<COMPILE_LANGUAGE:C,CXX>:-g1>")
  endif()
  foreach(configuration IN LISTS configurations)
    string(TOUPPER "${configuration}" upper)
    if(NOT "${CMAKE_CXX_FLAGS_${upper}}" MATCHES "(^|[ ;:])-g")
      target_compile_options(
        ${TARGET} PRIVATE "$<$<AND:$<COMPILE_LANGUAGE:C,CXX>,$<CONFIG:${configuration}>>:-g1>"
      )
    endif()
  endforeach()
endfunction()

# leaktrap_discover_tests(<target> [<arguments of gtest_discover_tests()>...])
#
# Adds the tests of an executable to CTest, each of them checked by Leaktrap. It
# takes the place of gtest_discover_tests(), after target_link_libraries().
#
# Where the target links neither leaktrap::main nor leaktrap::auto (or one of
# the two without_recorder), leaktrap::auto is added: it goes with any main,
# GoogleTest's too. Where nothing asks for debug information, the target's own
# sources get "-g1", so that reports can name their lines.
#
# CTest then runs each test in a process of its own, as it does for
# gtest_discover_tests(): what SetUpTestSuite and environments leave is told by
# each test of theirs.
function(leaktrap_discover_tests TARGET)
  if(NOT TARGET ${TARGET})
    message(FATAL_ERROR "leaktrap_discover_tests: there is no target \"${TARGET}\"; call add_executable() first.")
  endif()
  get_target_property(type ${TARGET} TYPE)
  if(NOT type STREQUAL "EXECUTABLE")
    message(FATAL_ERROR "leaktrap_discover_tests: \"${TARGET}\" is a ${type}; tests are checked in an executable.")
  endif()
  _leaktrap_is_registered(${TARGET} LINK_LIBRARIES "${TARGET}" registered)
  if(NOT registered)
    # Not target_link_libraries(), which the project may call in another style.
    set_property(TARGET ${TARGET} APPEND PROPERTY LINK_LIBRARIES leaktrap::auto)
  endif()
  _leaktrap_give_lines(${TARGET})
  # Here, since it sets variables of the scope that includes it.
  include(GoogleTest)
  gtest_discover_tests(${TARGET} ${ARGN})
endfunction()

# leaktrap_cc_test(NAME <name> SRCS <file>... [DEPS <target>...]
#                  [REGISTRATION <target>]
#                  [<arguments of gtest_discover_tests()>...])
#
# An executable of these sources whose tests are CTest's, each checked by
# Leaktrap. REGISTRATION is leaktrap::main, which brings a main; a test that has
# one of its own takes leaktrap::auto.
function(leaktrap_cc_test)
  set(flags NO_PRETTY_TYPES NO_PRETTY_VALUES)
  set(values
      DISCOVERY_MODE
      DISCOVERY_TIMEOUT
      TEST_FILTER
      TEST_LIST
      TEST_PREFIX
      TEST_SUFFIX
      WORKING_DIRECTORY
      XML_OUTPUT_DIR
  )
  set(lists DISCOVERY_EXTRA_ARGS EXTRA_ARGS PROPERTIES)
  cmake_parse_arguments(
    PARSE_ARGV 0 A "${flags}" "NAME;REGISTRATION;${values}" "SRCS;DEPS;${lists}"
  )
  if(NOT A_NAME OR NOT A_SRCS)
    message(FATAL_ERROR "leaktrap_cc_test: needs NAME <name> and SRCS <file>...")
  endif()
  if(A_UNPARSED_ARGUMENTS)
    message(
      FATAL_ERROR "leaktrap_cc_test: \"${A_NAME}\" has arguments that nothing knows: ${A_UNPARSED_ARGUMENTS}"
    )
  endif()
  if(NOT A_REGISTRATION)
    set(A_REGISTRATION leaktrap::main)
  endif()
  set(discovery)
  foreach(keyword IN LISTS flags)
    if(A_${keyword})
      list(APPEND discovery ${keyword})
    endif()
  endforeach()
  foreach(keyword IN LISTS values lists)
    if(DEFINED A_${keyword})
      list(APPEND discovery ${keyword} ${A_${keyword}})
    endif()
  endforeach()
  add_executable(${A_NAME} ${A_SRCS})
  target_link_libraries(${A_NAME} PRIVATE ${A_DEPS} ${A_REGISTRATION})
  leaktrap_discover_tests(${A_NAME} ${discovery})
endfunction()
