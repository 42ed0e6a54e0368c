#include "leaktrap/stack/frame_owner.h"

#include <string>

#include "gtest/gtest.h"

namespace leaktrap::internal {
namespace {

Frame InFile(const std::string& file, const std::string& function = "f") {
  Frame frame;
  frame.function = function;
  frame.file = file;
  frame.line = 1;
  frame.module = "/builds/app/a_test";
  return frame;
}

Frame WithoutFile(const std::string& function,
                  const std::string& module = "/builds/app/a_test") {
  Frame frame;
  frame.function = function;
  frame.module = module;
  return frame;
}

TEST(FrameOwnerTest, ByFile) {
  EXPECT_EQ(OwnerOf(InFile("src/pool.cc")), FrameOwner::kUser);
  EXPECT_EQ(OwnerOf(InFile("/builds/app/src/pool.cc")), FrameOwner::kUser);
  for (const char* file :
       {"lib/leaktrap/pool/lease.cc", "testing/leaktrap/main.cc",
        "external/leaktrap/lib/leaktrap/pool/lease.cc",
        "bazel-out/k8/bin/lib/leaktrap/pool/_virtual_includes/pool/leaktrap/"
        "pool/lease.h",
        "/usr/include/leaktrap/pool/lease.h",
        "/opt/leaktrap/include/leaktrap/pool/lease.h"}) {
    EXPECT_EQ(OwnerOf(InFile(file)), FrameOwner::kLeaktrap) << file;
  }
  EXPECT_EQ(OwnerOf(InFile("lib/leaktrap/pool/lease_test.cc")),
            FrameOwner::kUser);
  EXPECT_EQ(OwnerOf(InFile("mylib/leaktrap/x.cc")), FrameOwner::kUser);
  for (const char* file :
       {"external/com_google_googletest/googletest/src/gtest.cc",
        "/usr/src/googletest/googletest/src/gtest.cc",
        "/usr/include/gtest/gtest.h", "/usr/include/gmock/gmock-actions.h"}) {
    EXPECT_EQ(OwnerOf(InFile(file)), FrameOwner::kGoogleTest) << file;
  }
  for (const char* file :
       {"/usr/include/c++/12/bits/std_function.h",
        "/usr/include/x86_64-linux-gnu/c++/12/bits/gthr-default.h",
        "/usr/include/x86_64-linux-gnu/bits/fcntl2.h",
        "/usr/lib/llvm-14/include/c++/v1/__functional/function.h",
        "../../../../../src/libstdc++-v3/src/c++11/thread.cc",
        "../sysdeps/nptl/libc_start_call_main.h", "./nptl/pthread_create.c"}) {
    EXPECT_EQ(OwnerOf(InFile(file)), FrameOwner::kRuntime) << file;
  }
  EXPECT_EQ(OwnerOf(InFile("/usr/include/absl/x.h")), FrameOwner::kSystem);
  for (const char* file :
       {"external/fmt/src/os.cc", "/srv/app/out/_deps/fmt-src/src/os.cc"}) {
    EXPECT_EQ(OwnerOf(InFile(file)), FrameOwner::kThirdParty) << file;
  }
}

// Distributions build there, and so do containers.
TEST(FrameOwnerTest, FolderOfBuilds) {
  Frame frame = InFile("/build/curl-CLxdkJ/curl-7.88.1/lib/easy.c");
  EXPECT_EQ(OwnerOf(frame), FrameOwner::kUser);
  frame.module = "/usr/lib/x86_64-linux-gnu/libcurl.so.4";
  EXPECT_EQ(OwnerOf(frame), FrameOwner::kSystem);
}

Frame InSystemModule(const std::string& file) {
  Frame frame = InFile(file);
  frame.module = "/usr/lib/x86_64-linux-gnu/libcurl.so.4";
  return frame;
}

// Where Debian's debug information is said to be built, and where Docker's
// images tell their users to work.
TEST(FrameOwnerTest, FolderOfSources) {
  EXPECT_EQ(OwnerOf(InFile("/usr/src/myapp/pool.cc")), FrameOwner::kUser);
  EXPECT_EQ(OwnerOf(InFile("/usr/src/myapp/pool_test.cc")), FrameOwner::kUser);
  EXPECT_EQ(OwnerOf(InSystemModule("/usr/src/curl/lib/easy.c")),
            FrameOwner::kSystem);
}

TEST(FrameOwnerTest, GoogleTestWhereverItIsBuilt) {
  for (const char* file :
       {"external/com_google_googletest/googletest/src/gtest.cc",
        "external/com_google_googletest/googlemock/include/gmock/gmock.h",
        "external/googletest~/googletest/src/gtest.cc",
        "external/googletest~1.14.0/googletest/include/gtest/gtest.h",
        "external/+googletest+com_google_googletest/googletest/src/gtest.cc",
        "external/googletest+/googlemock/src/gmock.cc",
        "/srv/out/_deps/googletest-src/googletest/src/gtest.cc",
        "/srv/out/_deps/googletest-src/googletest/include/gtest/gtest.h",
        "/usr/src/googletest/googletest/src/gtest.cc",
        "/usr/src/googletest/googlemock/src/gmock.cc",
        "/usr/src/gtest/src/gtest.cc", "/opt/gtest/include/gtest/gtest.h",
        "/srv/app/third_party/googletest/googletest/src/gtest.cc",
        "third_party/googletest/src/gtest.cc",
        "/usr/include/gmock/gmock-actions.h",
        "../googletest/include/gtest/internal/gtest-port.h"}) {
    EXPECT_EQ(OwnerOf(InFile(file)), FrameOwner::kGoogleTest) << file;
  }
}

// All of it in two files, in a folder of any name.
TEST(FrameOwnerTest, GoogleTestFused) {
  EXPECT_EQ(OwnerOf(InFile("/srv/app/gtest/gtest-all.cc",
                           "testing::internal::UnitTestImpl::RunAllTests()")),
            FrameOwner::kGoogleTest);
  EXPECT_EQ(OwnerOf(InFile("/srv/app/gtest/gtest_util.cc", "app::F()")),
            FrameOwner::kUser);
}

// CMake compiles by absolute path: what the user calls folders is part of it.
TEST(FrameOwnerTest, UsersFoldersOfWellKnownNames) {
  for (const char* file :
       {"/srv/googletest/my_test.cc", "/srv/test/gtest/x.cc",
        "/srv/test/gmock/x.cc", "test/gtest/x.cc",
        "/srv/googletest/src/my_test.cc", "/srv/gtest/src/x.cc",
        "/srv/googlemock/x_test.cc", "/srv/glibc/alloc.cc", "/srv/nptl/x.cc",
        "/srv/sysdeps/linux/x.cc", "/srv/compiler-rt/x.cc",
        "/srv/libsanitizer/x.cc"}) {
    EXPECT_EQ(OwnerOf(InFile(file)), FrameOwner::kUser) << file;
  }
}

TEST(FrameOwnerTest, RuntimesByTheirModule) {
  Frame frame = InFile("/build/glibc-6iIyqT/glibc-2.36/nptl/pthread_join.c");
  frame.module = "/lib/x86_64-linux-gnu/libc.so.6";
  EXPECT_EQ(OwnerOf(frame), FrameOwner::kRuntime);
  frame.file = "/usr/src/debug/glibc/nptl/pthread_join.c";
  EXPECT_EQ(OwnerOf(frame), FrameOwner::kRuntime);
  frame.file = "/srv/distribution/glibc/nptl/pthread_join.c";
  EXPECT_EQ(OwnerOf(frame), FrameOwner::kRuntime);
  EXPECT_EQ(OwnerOf(InFile("/b/compiler-rt/lib/tsan/rtl/tsan_rtl.cpp",
                           "__tsan::ThreadStart()")),
            FrameOwner::kRuntime);
  for (const char* file : {"csu/../csu/libc-start.c", "./io/open64.c"}) {
    frame.file = file;
    EXPECT_EQ(OwnerOf(frame), FrameOwner::kRuntime) << file;
  }
  // Linked statically.
  EXPECT_EQ(OwnerOf(InFile("./nptl/pthread_create.c")), FrameOwner::kRuntime);
  EXPECT_EQ(OwnerOf(InFile("csu/../csu/libc-start.c", "__libc_start_main")),
            FrameOwner::kRuntime);
  EXPECT_EQ(OwnerOf(InFile("../../../../src/libsanitizer/tsan/tsan_rtl.cpp")),
            FrameOwner::kRuntime);
}

// The user's own specialisation, or an inlined function without its namespace.
TEST(FrameOwnerTest, FileGoesBeforeTheName) {
  EXPECT_EQ(OwnerOf(InFile("src/id.h", "std::hash<Id>::operator()(Id)")),
            FrameOwner::kUser);
  EXPECT_EQ(OwnerOf(InFile("/usr/include/c++/12/bits/invoke.h",
                           "__invoke<app::f()::<lambda()> >")),
            FrameOwner::kRuntime);
}

TEST(FrameOwnerTest, ByNameAndModule) {
  EXPECT_EQ(OwnerOf(WithoutFile("app::f(std::string)")), FrameOwner::kUser);
  EXPECT_EQ(OwnerOf(WithoutFile("T_Does_Test::TestBody()")), FrameOwner::kUser);
  EXPECT_EQ(OwnerOf(WithoutFile("")), FrameOwner::kUser);
  EXPECT_EQ(OwnerOf(WithoutFile("leaktrap::ConnectionPool::Take()")),
            FrameOwner::kLeaktrap);
  EXPECT_EQ(OwnerOf(WithoutFile("testing::Test::Run()")),
            FrameOwner::kGoogleTest);
  for (const char* name :
       {"void std::__invoke_impl<void, app::f()::{lambda()#1}>(int)",
        "std::thread::join()", "operator new(unsigned long)", "_start",
        "__interceptor_open", "__tsan::ThreadStart()"}) {
    EXPECT_EQ(OwnerOf(WithoutFile(name)), FrameOwner::kRuntime) << name;
  }
  for (const char* module : {"", "/lib/x86_64-linux-gnu/libc.so.6",
                             "/lib/x86_64-linux-gnu/libdl-2.31.so",
                             "/usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30",
                             "/lib64/ld-linux-x86-64.so.2"}) {
    EXPECT_EQ(OwnerOf(WithoutFile("x", module)), FrameOwner::kRuntime)
        << module;
  }
  EXPECT_EQ(OwnerOf(WithoutFile("curl_easy_perform",
                                "/usr/lib/x86_64-linux-gnu/libcurl.so.4")),
            FrameOwner::kSystem);
  // Of other libraries' names, only the beginning is the C library's.
  EXPECT_EQ(OwnerOf(WithoutFile("RTMP_Connect",
                                "/usr/lib/x86_64-linux-gnu/librtmp.so.1")),
            FrameOwner::kSystem);
  for (const char* module :
       {"/builds/app/libcrawler.so", "/builds/app/libutils.so"}) {
    EXPECT_EQ(OwnerOf(WithoutFile("x", module)), FrameOwner::kUser) << module;
  }
}

TEST(FrameOwnerTest, TestRunners) {
  for (const char* name :
       {"testing::Test::Run()", "testing::TestSuite::RunSetUpTestSuite()",
        "void testing::internal::HandleExceptionsInMethodIfSupported<"
        "testing::Test, void>(testing::Test*, void (testing::Test::*)(), "
        "char const*)",
        "testing::internal::UnitTestImpl::RunAllTests()"}) {
    EXPECT_TRUE(IsTestRunner(WithoutFile(name))) << name;
  }
  EXPECT_TRUE(IsTestRunner(
      InFile("external/com_google_googletest/googletest/src/gtest.cc",
             "HandleSehExceptionsInMethodIfSupported<testing::Test, void>")));
  // An action of a mock may run the user's code.
  EXPECT_FALSE(IsTestRunner(
      WithoutFile("testing::internal::FunctionMocker<void ()>::Invoke()")));
  EXPECT_FALSE(IsTestRunner(WithoutFile("app::Server::Run()")));
}

}  // namespace
}  // namespace leaktrap::internal
