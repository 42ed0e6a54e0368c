// A gRPC service without generated code: answers each message with itself.

#ifndef LEAKTRAP_TESTING_RECIPES_GRPC_ECHO_SERVICE_H_
#define LEAKTRAP_TESTING_RECIPES_GRPC_ECHO_SERVICE_H_

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

namespace recipes {

class EchoService final : public grpc::CallbackGenericService {
  class Reactor final : public grpc::ServerGenericBidiReactor {
   public:
    Reactor() { StartRead(&message_); }
    void OnReadDone(bool ok) override {
      if (ok) {
        StartWriteAndFinish(&message_, grpc::WriteOptions(), grpc::Status::OK);
      } else {
        Finish(grpc::Status::CANCELLED);
      }
    }
    void OnDone() override { delete this; }

   private:
    grpc::ByteBuffer message_;
  };

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext*) override {
    return new Reactor;
  }
};

}  // namespace recipes

#endif  // LEAKTRAP_TESTING_RECIPES_GRPC_ECHO_SERVICE_H_
