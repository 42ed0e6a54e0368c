// The recipe for gRPC: silent where all is closed, and a channel or a server
// that is kept is told, without the threads that work for all.

#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "child/child.h"
#include "child/child_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "servers/server_process.h"

namespace recipes {
namespace {

using leaktrap::child::ChildOptions;
using leaktrap::child::ChildResult;
using leaktrap::child::ExitedWith;
using leaktrap::child::FailuresOutsideTests;
using leaktrap::child::RunChild;
using leaktrap::child::TestFailed;
using leaktrap::child::TestPassed;
using leaktrap::servers::ReadFile;
using leaktrap::servers::ServerProcess;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kChild[] = "testing/recipes/grpc_child";

class GrpcTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove(log_);  // of the test before
    const std::string program = "testing/recipes/grpc_echo_server";
    absl::StatusOr<ServerProcess> server =
        ServerProcess::Start({{program}, log_, SIGKILL, ""});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    int port = 0;
    while (port == 0 && !server_.HasEnded()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      const std::string log = ReadFile(log_);
      const size_t at = log.find("port ");
      if (at != std::string::npos && log.find('\n', at) != std::string::npos) {
        port = std::atoi(log.c_str() + at + 5);
      }
    }
    ASSERT_NE(port, 0) << ReadFile(log_);
    options_.env["ECHO_PORT"] = std::to_string(port);
  }
  void TearDown() override { server_.End(SIGKILL); }

  ChildOptions options_;

 private:
  const std::string log_ = testing::TempDir() + "/grpc_echo_server.log";
  ServerProcess server_;
};

TEST_F(GrpcTest, WithTheRecipe) {
  options_.env["RECIPE"] = "1";
  const ChildResult run = RunChild(kChild, options_);
  EXPECT_THAT(run, ExitedWith(1));
  EXPECT_THAT(run, FailuresOutsideTests(IsEmpty()));
  for (const char* test :
       {"ChannelByAddress", "ChannelByName", "ChannelToNobody", "ManyChannels",
        "ChannelsOfManyThreads", "ServerThatIsShutDown"}) {
    EXPECT_THAT(run, TestPassed(std::string("Fixed.") + test));
  }
  EXPECT_THAT(
      run, TestFailed("Leaking.ChannelThatIsKept",
                      ElementsAre(AllOf(HasSubstr("left behind 1 descriptor:"),
                                        HasSubstr("TCP socket")))));
  EXPECT_THAT(run,
              TestFailed("Leaking.ServerThatIsKept",
                         ElementsAre(AllOf(
                             HasSubstr("left behind 2 threads, 1 descriptor:"),
                             HasSubstr("listening on")))));
}

TEST_F(GrpcTest, WithoutItTheFirstUserIsBlamed) {
  options_.args = {"--gtest_filter=Fixed.ChannelByAddress"};
  EXPECT_THAT(
      RunChild(kChild, options_),
      TestFailed("Fixed.ChannelByAddress",
                 ElementsAre(AllOf(HasSubstr("left behind 2 descriptors:"),
                                   HasSubstr("eventfd"), HasSubstr("epoll")))));
}

}  // namespace
}  // namespace recipes
