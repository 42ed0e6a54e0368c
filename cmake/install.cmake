# cmake --install, pkg-config, and cpack.

include(CMakePackageConfigHelpers)

set(config_folder "${CMAKE_INSTALL_LIBDIR}/cmake/leaktrap")

# What goes into production code is found without GoogleTest.
install(
  TARGETS leaktrap_pool leaktrap_gauge leaktrap_libpq leaktrap_libpqxx
  EXPORT leaktrap-production
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
)
install(
  TARGETS leaktrap
          leaktrap_auto
          leaktrap_auto_without_recorder
          leaktrap_main
          leaktrap_main_function
          leaktrap_main_without_recorder
          leaktrap_origin
          leaktrap_recorder
  EXPORT leaktrap-testing
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
)
install(
  TARGETS leaktrap_recorder_objects leaktrap_registration_objects leaktrap_static_functions
  EXPORT leaktrap-testing
  ARCHIVE DESTINATION "${LEAKTRAP_PRIVATE_LIBDIR}"
  OBJECTS DESTINATION "${LEAKTRAP_PRIVATE_LIBDIR}"
)
install(
  FILES "${LEAKTRAP_BINARY_ROOT}/when_static/libleaktrap_static_functions.so"
  DESTINATION "${LEAKTRAP_PRIVATE_LIBDIR}"
)
if(leaktrap_libpq_FOUND)
  install(
    TARGETS leaktrap_libpq_probe
    EXPORT leaktrap-testing
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  )
endif()
if(leaktrap_hiredis_FOUND)
  install(
    TARGETS leaktrap_hiredis
    EXPORT leaktrap-production
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  )
  install(
    TARGETS leaktrap_hiredis_probe
    EXPORT leaktrap-testing
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  )
endif()
if(leaktrap_curl_FOUND)
  install(
    TARGETS leaktrap_curl
    EXPORT leaktrap-production
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  )
  install(
    TARGETS leaktrap_curl_auto leaktrap_curl_auto_objects
    EXPORT leaktrap-testing
    OBJECTS DESTINATION "${LEAKTRAP_PRIVATE_LIBDIR}"
  )
endif()
foreach(set IN ITEMS production testing)
  install(
    EXPORT leaktrap-${set}
    FILE leaktrap-${set}-targets.cmake
    NAMESPACE leaktrap::
    DESTINATION "${config_folder}"
  )
endforeach()

configure_package_config_file(
  cmake/leaktrap-config.cmake.in "${PROJECT_BINARY_DIR}/leaktrap-config.cmake"
  INSTALL_DESTINATION "${config_folder}"
)
# Before 1.0 a minor version may change names.
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/leaktrap-config-version.cmake" COMPATIBILITY SameMinorVersion
)
install(
  FILES "${PROJECT_BINARY_DIR}/leaktrap-config.cmake"
        "${PROJECT_BINARY_DIR}/leaktrap-config-version.cmake"
        cmake/leaktrap_discover_tests.cmake
  DESTINATION "${config_folder}"
)

# Without CMake: the objects that must be linked whole, as one archive.
add_library(
  leaktrap_auto_archive STATIC $<TARGET_OBJECTS:leaktrap_recorder_objects>
                               $<TARGET_OBJECTS:leaktrap_registration_objects>
)
set_target_properties(
  leaktrap_auto_archive PROPERTIES OUTPUT_NAME leaktrap_auto DEBUG_POSTFIX "" LINKER_LANGUAGE CXX
)
install(TARGETS leaktrap_auto_archive ARCHIVE DESTINATION "${LEAKTRAP_PRIVATE_LIBDIR}")

set(pkg_config_folder "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
cmake_path(
  RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig"
  OUTPUT_VARIABLE prefix_from_pkg_config
)
foreach(folder IN ITEMS LIBDIR INCLUDEDIR)
  set(pkg_config_${folder} "${CMAKE_INSTALL_${folder}}")
  if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_${folder}}")
    set(pkg_config_${folder} "\${prefix}/${CMAKE_INSTALL_${folder}}")
  endif()
endforeach()
foreach(package IN ITEMS leaktrap leaktrap-auto leaktrap-gauge leaktrap-main leaktrap-pool)
  configure_file(
    cmake/pkg_config/${package}.pc.in "${PROJECT_BINARY_DIR}/pkgconfig/${package}.pc" @ONLY
  )
  install(
    FILES "${PROJECT_BINARY_DIR}/pkgconfig/${package}.pc" DESTINATION "${pkg_config_folder}"
  )
endforeach()

# cpack -G DEB
if(PROJECT_IS_TOP_LEVEL)
  install(
    FILES LICENSE DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/doc/libleaktrap-dev"
    RENAME copyright
  )
  set(CPACK_GENERATOR DEB)
  set(CPACK_PACKAGE_NAME libleaktrap-dev)
  set(CPACK_PACKAGE_CONTACT "the developers of Leaktrap <leaktrap@localhost>")
  set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
  set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
  set(CPACK_DEBIAN_PACKAGE_DEPENDS "libabsl-dev, libgmock-dev, libgtest-dev")
  # addr2line, for lines in reports.
  set(CPACK_DEBIAN_PACKAGE_RECOMMENDS binutils)
  set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
  include(CPack)
endif()
