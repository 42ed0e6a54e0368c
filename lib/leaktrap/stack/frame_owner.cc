#include "leaktrap/stack/frame_owner.h"

#include <initializer_list>
#include <string>
#include <string_view>

#include "leaktrap/stack/function_name.h"

namespace leaktrap::internal {
namespace {

using Texts = std::initializer_list<std::string_view>;

bool StartsWithAny(std::string_view text, Texts starts) {
  for (const std::string_view start : starts) {
    if (text.substr(0, start.size()) == start) return true;
  }
  return false;
}

// Whether one of the folders, each written "name/", is part of the path.
bool IsUnderAny(std::string_view path, Texts folders) {
  for (const std::string_view folder : folders) {
    for (size_t at = path.find(folder); at != std::string_view::npos;
         at = path.find(folder, at + 1)) {
      if (at == 0 || path[at - 1] == '/') return true;
    }
  }
  return false;
}

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() &&
         text.substr(text.size() - end.size()) == end;
}

bool IsTestSource(std::string_view file) {
  return EndsWith(file, "_test.cc") || EndsWith(file, "_for_test.cc") ||
         EndsWith(file, "_for_test.h") ||
         file.find("/leaktrap/children/") != std::string::npos ||
         file.find("/leaktrap/scenarios/") != std::string::npos;
}

bool IsRuntimeModule(std::string_view module) {
  const std::string_view name = module.substr(module.rfind('/') + 1);
  for (const std::string_view of_libc :
       {"libc", "libpthread", "libm", "libdl", "librt", "libresolv", "libanl",
        "libutil", "ld"}) {
    // libc.so.6, or libc-2.31.so as it was before; not librtmp.so.1.
    if (StartsWithAny(name, {of_libc}) &&
        StartsWithAny(name.substr(of_libc.size()), {".so", "-2", "-linux"})) {
      return true;
    }
  }
  return StartsWithAny(name, {"libstdc++", "libgcc_s", "libc++", "libasan",
                              "libtsan", "libubsan", "liblsan", "libclang_rt"});
}

bool IsSystemModule(std::string_view module) {
  return StartsWithAny(module,
                       {"/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/"});
}

bool IsAroundMain(std::string_view name) {
  return name == "_start" || name == "__libc_start_main" ||
         name == "__libc_start_call_main" || name == "__libc_csu_init";
}

FrameOwner OwnerOfFunction(const Frame& frame) {
  const std::string name = BareName(frame.function);
  if (StartsWithAny(name, {"leaktrap::"})) return FrameOwner::kLeaktrap;
  if (StartsWithAny(name, {"testing::"})) return FrameOwner::kGoogleTest;
  if (StartsWithAny(name,
                    {"std::", "__gnu_cxx::", "__cxxabiv1::", "operator new",
                     "operator delete", "__interceptor_", "__asan", "__tsan",
                     "__lsan", "__ubsan", "__sanitizer", "___interceptor_"})) {
    return FrameOwner::kRuntime;
  }
  if (IsAroundMain(name)) return FrameOwner::kRuntime;
  // No module is the kernel's own code, or nobody's.
  if (frame.module.empty() || IsRuntimeModule(frame.module)) {
    return FrameOwner::kRuntime;
  }
  return IsSystemModule(frame.module) ? FrameOwner::kSystem : FrameOwner::kUser;
}

// A user's own folder may be called googletest: CMake compiles by absolute
// path, and all of that is in the file's name.
bool IsGoogleTests(std::string_view file, const std::string& function) {
  if (IsUnderAny(file, {"include/gtest/", "include/gmock/",
                        "googletest/include/", "googlemock/include/",
                        "googletest-src/", "com_google_googletest/"})) {
    return true;
  }
  // Its sources, and the two that it may be fused into, have names like these.
  const std::string_view name = file.substr(file.rfind('/') + 1);
  return StartsWithAny(name, {"gtest", "gmock"}) &&
         (IsUnderAny(file, {"googletest/src/", "googlemock/src/", "gtest/src/",
                            "gmock/src/"}) ||
          StartsWithAny(BareName(function), {"testing::"}));
}

// The C library and the compiler's runtimes are compiled in their own folder;
// an absolute path with such a part may be a user's.
bool IsRuntimes(const Frame& frame) {
  const std::string_view file = frame.file;
  if (IsUnderAny(file, {"include/c++/", "libstdc++-v3/"})) return true;
  // Relative to a folder of its own: csu/../csu/libc-start.c, ./io/open64.c.
  if (!StartsWithAny(file, {"/"}) && (IsRuntimeModule(frame.module) ||
                                      IsAroundMain(BareName(frame.function)))) {
    return true;
  }
  // Where Debian has what differs between architectures:
  // /usr/include/x86_64-linux-gnu/c++/12/bits. And what _FORTIFY_SOURCE puts
  // around a call: /usr/include/x86_64-linux-gnu/bits/fcntl2.h.
  if (StartsWithAny(file, {"/usr/include/"}) &&
      IsUnderAny(file, {"c++/", "bits/"})) {
    return true;
  }
  return (!StartsWithAny(file, {"/"}) ||
          OwnerOfFunction(frame) == FrameOwner::kRuntime) &&
         IsUnderAny(file, {"compiler-rt/", "libsanitizer/", "sysdeps/", "nptl/",
                           "glibc/"});
}

FrameOwner OwnerOfFile(const Frame& frame) {
  const std::string_view file = frame.file;
  if (IsUnderAny(file,
                 {"lib/leaktrap/", "testing/leaktrap/", "include/leaktrap/"})) {
    // Our own tests are users of ours.
    return IsTestSource(file) ? FrameOwner::kUser : FrameOwner::kLeaktrap;
  }
  if (IsGoogleTests(file, frame.function)) return FrameOwner::kGoogleTest;
  if (IsRuntimes(frame)) return FrameOwner::kRuntime;
  if (StartsWithAny(file, {"/usr/include/", "/usr/lib/", "/lib/"})) {
    return FrameOwner::kSystem;
  }
  // Where distributions build; their debug information says so. Users' programs
  // are built there too, in containers.
  if (StartsWithAny(file, {"/build/", "/usr/src/"}) &&
      IsSystemModule(frame.module)) {
    return FrameOwner::kSystem;
  }
  // Bazel's folder, and that of CMake's FetchContent.
  if (IsUnderAny(file, {"external/", "_deps/"})) return FrameOwner::kThirdParty;
  return FrameOwner::kUser;
}

}  // namespace

FrameOwner OwnerOf(const Frame& frame) {
  return frame.file.empty() ? OwnerOfFunction(frame) : OwnerOfFile(frame);
}

bool IsTestRunner(const Frame& frame) {
  if (OwnerOf(frame) != FrameOwner::kGoogleTest) return false;
  const std::string name = LastName(BareName(frame.function));
  for (const std::string_view runner :
       {"HandleSehExceptionsInMethodIfSupported",
        "HandleExceptionsInMethodIfSupported", "Run", "RunAllTests",
        "RunSetUpTestSuite", "RunTearDownTestSuite", "RunSetUpTestCase",
        "RunTearDownTestCase", "SetUpEnvironment", "TearDownEnvironment",
        "RUN_ALL_TESTS"}) {
    if (name == runner) return true;
  }
  return false;
}

}  // namespace leaktrap::internal
