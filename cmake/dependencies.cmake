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

if(LEAKTRAP_BUILD_TESTING)
  leaktrap_find(GTest GTest::gmock_main libgmock-dev)
  leaktrap_find(benchmark benchmark::benchmark libbenchmark-dev)
  find_package(PkgConfig REQUIRED)
  foreach(name IN ITEMS curl:libcurl:libcurl4-openssl-dev liburing:liburing:liburing-dev
                        pugixml:pugixml:libpugixml-dev
  )
    string(REPLACE ":" ";" name "${name}")
    list(GET name 0 short)
    list(GET name 1 package)
    list(GET name 2 debian)
    pkg_check_modules(leaktrap_${short} QUIET IMPORTED_TARGET ${package})
    if(NOT leaktrap_${short}_FOUND)
      message(
        FATAL_ERROR
          "Leaktrap: its tests need ${package}, and pkg-config found none. Install it "
          "(Debian: apt install ${debian}), or leave the tests out (-DLEAKTRAP_BUILD_TESTING=OFF)."
      )
    endif()
  endforeach()
endif()
