// gRPC's interop server in C++, with the synchronous API.
#include <grpc/grpc.h>
#include <grpcpp/grpcpp.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "test.grpc.pb.h"

// Both are exported by libgrpc for tests such as these, and declared in no public header.
uint32_t grpc_call_test_only_get_message_flags(grpc_call* call);

namespace grpc {
namespace testing {
// A friend of ServerContext, under this name.
class InteropServerContextInspector {
 public:
  static bool WasCompressed(const ServerContext& context) {
    // GRPC_WRITE_INTERNAL_COMPRESS, and the mark that decompressing leaves.
    constexpr uint32_t kCompressed = 0x80000000u | 0x40000000u;
    return grpc_call_test_only_get_message_flags(context.call_.call) & kCompressed;
  }
};
}  // namespace testing
}  // namespace grpc

using grpc::ServerContext;
using grpc::Status;
using grpc::StatusCode;
using namespace grpc::testing;

namespace {

void EchoMetadata(ServerContext* context) {
  for (const auto& pair : context->client_metadata()) {
    std::string key(pair.first.data(), pair.first.size());
    std::string value(pair.second.data(), pair.second.size());
    if (key == "x-grpc-test-echo-initial") context->AddInitialMetadata(key, value);
    if (key == "x-grpc-test-echo-trailing-bin") context->AddTrailingMetadata(key, value);
  }
}

Status Check(ServerContext* context, bool has, const BoolValue& expected) {
  if (!has || expected.value() == InteropServerContextInspector::WasCompressed(*context)) {
    return Status::OK;
  }
  return Status(StatusCode::INVALID_ARGUMENT, "the request's compression is not as announced");
}

Status Wanted(const EchoStatus& status) {
  return Status(static_cast<StatusCode>(status.code()), status.message());
}

template <typename Writer>
Status Answer(const StreamingOutputCallRequest& request, Writer* writer) {
  if (request.response_status().code() != 0) return Wanted(request.response_status());
  for (const auto& parameters : request.response_parameters()) {
    std::this_thread::sleep_for(std::chrono::microseconds(parameters.interval_us()));
    StreamingOutputCallResponse response;
    response.mutable_payload()->mutable_body()->assign(parameters.size(), '\0');
    grpc::WriteOptions options;
    if (!parameters.compressed().value()) options.set_no_compression();
    if (!writer->Write(response, options)) break;
  }
  return Status::OK;
}

class Service final : public TestService::Service {
  Status EmptyCall(ServerContext* context, const Empty*, Empty*) override {
    EchoMetadata(context);
    return Status::OK;
  }

  Status UnaryCall(ServerContext* context, const SimpleRequest* request,
                   SimpleResponse* response) override {
    EchoMetadata(context);
    Status checked = Check(context, request->has_expect_compressed(), request->expect_compressed());
    if (!checked.ok()) return checked;
    if (request->response_compressed().value()) {
      context->set_compression_algorithm(GRPC_COMPRESS_GZIP);
    }
    if (request->response_status().code() != 0) return Wanted(request->response_status());
    response->mutable_payload()->mutable_body()->assign(request->response_size(), '\0');
    return Status::OK;
  }

  Status StreamingOutputCall(ServerContext* context, const StreamingOutputCallRequest* request,
                             grpc::ServerWriter<StreamingOutputCallResponse>* writer) override {
    for (const auto& parameters : request->response_parameters()) {
      if (parameters.compressed().value()) context->set_compression_algorithm(GRPC_COMPRESS_GZIP);
    }
    return Answer(*request, writer);
  }

  Status StreamingInputCall(ServerContext* context,
                            grpc::ServerReader<StreamingInputCallRequest>* reader,
                            StreamingInputCallResponse* response) override {
    StreamingInputCallRequest request;
    int sum = 0;
    while (reader->Read(&request)) {
      Status checked = Check(context, request.has_expect_compressed(), request.expect_compressed());
      if (!checked.ok()) return checked;
      sum += static_cast<int>(request.payload().body().size());
    }
    response->set_aggregated_payload_size(sum);
    return Status::OK;
  }

  Status FullDuplexCall(ServerContext* context,
                        grpc::ServerReaderWriter<StreamingOutputCallResponse,
                                                 StreamingOutputCallRequest>* stream) override {
    EchoMetadata(context);
    StreamingOutputCallRequest request;
    while (stream->Read(&request)) {
      Status status = Answer(request, stream);
      if (!status.ok()) return status;
    }
    return Status::OK;
  }
};

}  // namespace

int main(int argc, char** argv) {
  std::string port = "0";
  for (int index = 1; index < argc; ++index) {
    if (std::strncmp(argv[index], "--port=", 7) == 0) port = argv[index] + 7;
  }
  // Before the library starts its threads, so that all of them leave SIGTERM to sigwait.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  Service service;
  int bound = 0;
  grpc::ServerBuilder builder;
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddListeningPort("127.0.0.1:" + port, grpc::InsecureServerCredentials(), &bound);
  builder.RegisterService(&service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server) return 1;
  std::printf("listening on 127.0.0.1:%d\n", bound);
  std::fflush(stdout);
  int received = 0;
  sigwait(&signals, &received);
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
}
