// The recipe of docs/recipes.md for programs that use gRPC C++.

#ifndef LEAKTRAP_TESTING_RECIPES_GRPC_OPTIONS_FOR_GRPC_H_
#define LEAKTRAP_TESTING_RECIPES_GRPC_OPTIONS_FOR_GRPC_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "leaktrap/leaktrap.h"

namespace recipes {

// gRPC starts its threads and opens its pollers with the first channel, and
// ends them with the last one, in part a second later; two descriptors stay for
// ever. A channel that is kept from before the first test, and never connects,
// makes them stay: no test makes them, waits for their end or is blamed. What a
// test itself leaves is told by its socket.
inline leaktrap::Options OptionsForGrpc() {
  leaktrap::Options options;
  options.WarmUp([] {
    static const auto* const kept = new std::shared_ptr<grpc::Channel>(
        grpc::CreateChannel("127.0.0.1:1", grpc::InsecureChannelCredentials()));
    static_cast<void>(kept);
  });
  // Their number grows with the work, whoever gives it.
  for (const char* name : {"default-executo*", "resolver-execut*",
                           "grpc_global_tim*", "event_engine*"}) {
    options.IgnoreThread(name, "gRPC's own, for all channels");
  }
  return options;
}

}  // namespace recipes

#endif  // LEAKTRAP_TESTING_RECIPES_GRPC_OPTIONS_FOR_GRPC_H_
