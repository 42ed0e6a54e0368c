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
        "/usr/lib/llvm-14/include/c++/v1/__functional/function.h",
        "../../../../../src/libstdc++-v3/src/c++11/thread.cc",
        "../sysdeps/nptl/libc_start_call_main.h", "./nptl/pthread_create.c"}) {
    EXPECT_EQ(OwnerOf(InFile(file)), FrameOwner::kRuntime) << file;
  }
  EXPECT_EQ(OwnerOf(InFile("/usr/include/absl/x.h")), FrameOwner::kSystem);
  for (const char* file :
       {"external/fmt/src/os.cc", "/home/me/app/out/_deps/fmt-src/src/os.cc"}) {
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
                             "/usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30",
                             "/lib64/ld-linux-x86-64.so.2"}) {
    EXPECT_EQ(OwnerOf(WithoutFile("x", module)), FrameOwner::kRuntime)
        << module;
  }
  EXPECT_EQ(OwnerOf(WithoutFile("curl_easy_perform",
                                "/usr/lib/x86_64-linux-gnu/libcurl.so.4")),
            FrameOwner::kSystem);
  EXPECT_EQ(OwnerOf(WithoutFile("x", "/builds/app/libcrawler.so")),
            FrameOwner::kUser);
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
