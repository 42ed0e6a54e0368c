// A gRPC server that answers each message with itself; writes its port and
// serves until it is killed.

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <iostream>

#include "recipes/grpc/echo_service.h"

int main() {
  recipes::EchoService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterCallbackGenericService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  std::cout << "port " << port << std::endl;
  server->Wait();
}
