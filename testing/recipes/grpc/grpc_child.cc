// What gRPC keeps, with the recipe if the environment has RECIPE, else without.
// grpc_test runs it and judges its verdicts.

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "leaktrap/leaktrap.h"
#include "recipes/grpc/echo_service.h"
#include "recipes/grpc/options_for_grpc.h"

namespace {

using ChannelPtr = std::shared_ptr<grpc::Channel>;

std::string Address(const std::string& host) {
  return host + ":" + std::getenv("ECHO_PORT");
}

ChannelPtr Open(const std::string& address) {
  return grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
}

// By the generic interface: the same below as what generated code does.
std::string Echo(const ChannelPtr& channel, const std::string& text) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const grpc::Slice slice(text);
  const grpc::ByteBuffer request(&slice, 1);
  const auto call =
      stub.PrepareUnaryCall(&context, "/Echo/Say", request, &queue);
  grpc::ByteBuffer reply;
  grpc::Status status;
  call->StartCall();
  call->Finish(&reply, &status, nullptr);
  void* tag;
  bool ok;
  queue.Next(&tag, &ok);
  if (!status.ok()) throw std::runtime_error(status.error_message());
  grpc::Slice answer;
  if (!reply.DumpToSingleSlice(&answer).ok()) return "";
  return std::string(reinterpret_cast<const char*>(answer.begin()),
                     answer.size());
}

TEST(Fixed, ChannelByAddress) {
  EXPECT_EQ(Echo(Open(Address("127.0.0.1")), "x"), "x");
}

TEST(Fixed, ChannelByName) {
  EXPECT_EQ(Echo(Open(Address("localhost")), "x"), "x");
}

TEST(Fixed, ChannelToNobody) {
  EXPECT_THROW(Echo(Open("127.0.0.1:1"), "x"), std::runtime_error);
}

TEST(Fixed, ManyChannels) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(Echo(Open(Address("127.0.0.1")), "x"), "x");
  }
}

std::unique_ptr<grpc::Server> Serve(grpc::CallbackGenericService* service) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials());
  builder.RegisterCallbackGenericService(service);
  return builder.BuildAndStart();
}

TEST(Fixed, ServerThatIsShutDown) {
  recipes::EchoService service;
  Serve(&service)->Shutdown();
}

TEST(Fixed, ChannelsOfManyThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([] {
      for (int j = 0; j < 5; ++j) Echo(Open(Address("localhost")), "x");
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Leaking, ChannelThatIsKept) {
  static ChannelPtr& kept = *new ChannelPtr(Open(Address("127.0.0.1")));
  EXPECT_EQ(Echo(kept, "x"), "x");
}

TEST(Leaking, ServerThatIsKept) {
  static auto& service = *new recipes::EchoService;
  static std::unique_ptr<grpc::Server>& kept =
      *new std::unique_ptr<grpc::Server>(Serve(&service));
  EXPECT_NE(kept, nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  leaktrap::ParseFlags(&argc, argv);
  if (std::getenv("RECIPE") != nullptr) {
    testing::AddGlobalTestEnvironment(
        new leaktrap::LeakEnvironment(recipes::OptionsForGrpc()));
  }
  return RUN_ALL_TESTS();
}
