// The hello-world that every gRPC library comes with, both ends: `greeter server PORT`, `greeter client TARGET NAME`.
#include <grpc/grpc.h>
#include <grpcpp/grpcpp.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>

#include "greeter.grpc.pb.h"

using grpc::ClientContext;
using grpc::ServerContext;
using grpc::Status;
using helloworld::Greeter;
using helloworld::HelloReply;
using helloworld::HelloRequest;

class GreeterService final : public Greeter::Service {
  Status SayHello(ServerContext*, const HelloRequest* request, HelloReply* reply) override {
    reply->set_message("Hello " + request->name());
    return Status::OK;
  }
};

int Serve(const std::string& port) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  GreeterService service;
  int bound = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:" + port, grpc::InsecureServerCredentials(), &bound);
  builder.RegisterService(&service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server) return 1;
  std::printf("listening on 127.0.0.1:%d\n", bound);
  std::fflush(stdout);
  int received = 0;
  sigwait(&signals, &received);
  server->Shutdown();
  return 0;
}

int Call(const std::string& target, const std::string& name) {
  auto stub =
      Greeter::NewStub(grpc::CreateChannel(target, grpc::InsecureChannelCredentials()));
  HelloRequest request;
  request.set_name(name);
  HelloReply reply;
  ClientContext context;
  Status status = stub->SayHello(&context, request, &reply);
  if (!status.ok()) {
    std::cerr << status.error_code() << ": " << status.error_message() << "\n";
    return 1;
  }
  std::cout << reply.message() << "\n";
  return 0;
}

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "server") return Serve(argv[2]);
  if (argc == 4 && std::string(argv[1]) == "client") return Call(argv[2], argv[3]);
  std::cerr << "usage: greeter server PORT | greeter client TARGET NAME\n";
  return 2;
}
