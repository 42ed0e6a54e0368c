# What must be there. A project that brings GoogleTest or Abseil along, by
# FetchContent or add_subdirectory, does so ahead of Leaktrap: then no other is
# looked for.

# leaktrap_find(<package> <target> <Debian's package> [<arguments>...])
macro(leaktrap_find PACKAGE TARGET DEBIAN)
  if(NOT TARGET ${TARGET})
    find_package(${PACKAGE} QUIET ${ARGN})
    if(NOT TARGET ${TARGET})
      message(
        FATAL_ERROR
          "Leaktrap: needs ${PACKAGE} (${TARGET}), and CMake found none. Install it "
          "(Debian: apt install ${DEBIAN}), tell where it is by CMAKE_PREFIX_PATH, or "
          "make it available ahead of Leaktrap (FetchContent_MakeAvailable)."
      )
    endif()
  endif()
endmacro()

set(THREADS_PREFER_PTHREAD_FLAG ON)
leaktrap_find(Threads Threads::Threads libc6-dev)
leaktrap_find(GTest GTest::gtest libgtest-dev)
get_target_property(imported GTest::gtest IMPORTED)
if(NOT imported AND NOT TARGET GTest::gmock)
  message(
    FATAL_ERROR "Leaktrap: needs GoogleMock too, of the GoogleTest that the project builds. "
                "Let it build that: set(BUILD_GMOCK ON)."
  )
endif()
leaktrap_find(GTest GTest::gmock libgmock-dev)
leaktrap_find(absl absl::strings libabsl-dev CONFIG)

# leaktrap_find_with_pkg_config(<name> <module> <Debian's package>)
#
# As PkgConfig::leaktrap_<name>. Only Leaktrap's own tests cannot do without.
function(leaktrap_find_with_pkg_config NAME MODULE DEBIAN)
  if(PkgConfig_FOUND)
    pkg_check_modules(leaktrap_${NAME} QUIET IMPORTED_TARGET ${MODULE})
  endif()
  if(LEAKTRAP_BUILD_TESTING AND NOT leaktrap_${NAME}_FOUND)
    message(
      FATAL_ERROR
        "Leaktrap: its tests need ${MODULE}, and pkg-config found none. Install it "
        "(Debian: apt install ${DEBIAN}), or leave the tests out (-DLEAKTRAP_BUILD_TESTING=OFF)."
    )
  endif()
  set(leaktrap_${NAME}_FOUND "${leaktrap_${NAME}_FOUND}" PARENT_SCOPE)
  set(leaktrap_${NAME}_INCLUDE_DIRS "${leaktrap_${NAME}_INCLUDE_DIRS}" PARENT_SCOPE)
endfunction()

find_package(PkgConfig QUIET)
# What there are adapters for that have to be compiled.
leaktrap_find_with_pkg_config(curl libcurl libcurl4-openssl-dev)
leaktrap_find_with_pkg_config(hiredis hiredis libhiredis-dev)
leaktrap_find_with_pkg_config(libpq libpq libpq-dev)

if(LEAKTRAP_BUILD_TESTING)
  leaktrap_find(GTest GTest::gmock_main libgmock-dev)
  leaktrap_find(benchmark benchmark::benchmark libbenchmark-dev)
  leaktrap_find_with_pkg_config(libpqxx libpqxx libpqxx-dev)
  leaktrap_find_with_pkg_config(liburing liburing liburing-dev)
  leaktrap_find_with_pkg_config(pugixml pugixml libpugixml-dev)
endif()
