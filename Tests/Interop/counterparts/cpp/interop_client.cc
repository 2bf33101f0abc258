// gRPC's interop client in C++, with the synchronous API.
#include <grpc/grpc.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "test.grpc.pb.h"

// Exported by libgrpc for tests such as these, and declared in no public header.
uint32_t grpc_call_test_only_get_message_flags(grpc_call* call);

namespace grpc {
namespace testing {
// A friend of ClientContext, under this name.
class InteropClientContextInspector {
 public:
  static bool WasCompressed(const ClientContext& context) {
    constexpr uint32_t kCompressed = 0x80000000u | 0x40000000u;
    return grpc_call_test_only_get_message_flags(context.call_) & kCompressed;
  }
};
}  // namespace testing
}  // namespace grpc

using grpc::ClientContext;
using grpc::Status;
using grpc::StatusCode;
using namespace grpc::testing;

namespace {

constexpr int kLargeRequest = 271828;
constexpr int kLargeResponse = 314159;
const std::vector<int> kRequests = {27182, 8, 1828, 45904};
const std::vector<int> kResponses = {31415, 9, 2653, 58979};
const std::string kWhitespace =
    "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n";
const std::string kInitialKey = "x-grpc-test-echo-initial";
const std::string kInitialValue = "test_initial_metadata_value";
const std::string kTrailingKey = "x-grpc-test-echo-trailing-bin";
const std::string kTrailingValue = "\xab\xab\xab";

std::string test_case;

template <typename Value>
void Expect(const Value& got, const Value& expected, const std::string& what) {
  if (got == expected) return;
  std::cerr << test_case << ": " << what << ": expected " << expected << ", got " << got << "\n";
  std::exit(1);
}

void ExpectStatus(const Status& status, StatusCode code) {
  Expect<int>(status.error_code(), code, "status (" + status.error_message() + ")");
}

void ExpectZeros(const Payload& payload, int size) {
  Expect(payload.body() == std::string(size, '\0'), true, std::to_string(size) + " zeros");
}

SimpleRequest Large() {
  SimpleRequest request;
  request.set_response_size(kLargeResponse);
  request.mutable_payload()->mutable_body()->assign(kLargeRequest, '\0');
  return request;
}

StreamingInputCallRequest Input(int size) {
  StreamingInputCallRequest request;
  request.mutable_payload()->mutable_body()->assign(size, '\0');
  return request;
}

StreamingOutputCallRequest Ping(int size, int response) {
  StreamingOutputCallRequest request;
  request.mutable_payload()->mutable_body()->assign(size, '\0');
  if (response > 0) request.add_response_parameters()->set_size(response);
  return request;
}

struct Context : ClientContext {
  Context() { set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(1)); }
};

class Client {
 public:
  explicit Client(const std::string& target) : target_(target) { Connect(); }

  void Connect() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    channel_ = grpc::CreateCustomChannel(target_, grpc::InsecureChannelCredentials(), arguments);
    stub_ = TestService::NewStub(channel_);
  }

  void EmptyUnary() {
    Context context;
    Empty response;
    ExpectStatus(stub_->EmptyCall(&context, Empty(), &response), StatusCode::OK);
  }

  void LargeUnary(const SimpleRequest& request = Large(), bool compress = false) {
    Context context;
    if (compress) context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
    SimpleResponse response;
    ExpectStatus(stub_->UnaryCall(&context, request, &response), StatusCode::OK);
    ExpectZeros(response.payload(), request.response_size());
    if (request.has_response_compressed()) {
      Expect(InteropClientContextInspector::WasCompressed(context),
             request.response_compressed().value(), "the compressed flag");
    }
  }

  void ClientStreaming() {
    Context context;
    StreamingInputCallResponse response;
    auto stream = stub_->StreamingInputCall(&context, &response);
    for (int size : kRequests) Expect(stream->Write(Input(size)), true, "write");
    stream->WritesDone();
    ExpectStatus(stream->Finish(), StatusCode::OK);
    Expect(response.aggregated_payload_size(), 74922, "aggregated_payload_size");
  }

  void ServerStreaming() {
    StreamingOutputCallRequest request;
    for (int size : kResponses) request.add_response_parameters()->set_size(size);
    Context context;
    auto stream = stub_->StreamingOutputCall(&context, request);
    StreamingOutputCallResponse response;
    for (int size : kResponses) {
      Expect(stream->Read(&response), true, "read");
      ExpectZeros(response.payload(), size);
    }
    Expect(stream->Read(&response), false, "a fifth response");
    ExpectStatus(stream->Finish(), StatusCode::OK);
  }

  void PingPong() {
    Context context;
    auto stream = stub_->FullDuplexCall(&context);
    StreamingOutputCallResponse response;
    for (size_t index = 0; index < kRequests.size(); ++index) {
      Expect(stream->Write(Ping(kRequests[index], kResponses[index])), true, "write");
      Expect(stream->Read(&response), true, "read");
      ExpectZeros(response.payload(), kResponses[index]);
    }
    stream->WritesDone();
    Expect(stream->Read(&response), false, "a fifth response");
    ExpectStatus(stream->Finish(), StatusCode::OK);
  }

  void EmptyStream() {
    Context context;
    auto stream = stub_->FullDuplexCall(&context);
    stream->WritesDone();
    StreamingOutputCallResponse response;
    Expect(stream->Read(&response), false, "a response");
    ExpectStatus(stream->Finish(), StatusCode::OK);
  }

  void TimeoutOnSleepingServer() {
    ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(1));
    auto stream = stub_->FullDuplexCall(&context);
    stream->Write(Ping(kRequests[0], 0));
    StreamingOutputCallResponse response;
    stream->Read(&response);
    ExpectStatus(stream->Finish(), StatusCode::DEADLINE_EXCEEDED);
  }

  void CancelAfterBegin() {
    Context context;
    StreamingInputCallResponse response;
    auto stream = stub_->StreamingInputCall(&context, &response);
    context.TryCancel();
    ExpectStatus(stream->Finish(), StatusCode::CANCELLED);
  }

  void CancelAfterFirstResponse() {
    Context context;
    auto stream = stub_->FullDuplexCall(&context);
    stream->Write(Ping(kRequests[0], kResponses[0]));
    StreamingOutputCallResponse response;
    Expect(stream->Read(&response), true, "read");
    context.TryCancel();
    ExpectStatus(stream->Finish(), StatusCode::CANCELLED);
  }

  void CustomMetadata() {
    Context unary;
    AddMetadata(&unary);
    SimpleResponse response;
    ExpectStatus(stub_->UnaryCall(&unary, Large(), &response), StatusCode::OK);
    ExpectMetadata(unary);

    Context duplex;
    AddMetadata(&duplex);
    auto stream = stub_->FullDuplexCall(&duplex);
    stream->Write(Ping(kLargeRequest, kLargeResponse));
    stream->WritesDone();
    StreamingOutputCallResponse streamed;
    Expect(stream->Read(&streamed), true, "read");
    ExpectZeros(streamed.payload(), kLargeResponse);
    Expect(stream->Read(&streamed), false, "a second response");
    ExpectStatus(stream->Finish(), StatusCode::OK);
    ExpectMetadata(duplex);
  }

  void StatusCodeAndMessage(const std::string& message) {
    SimpleRequest request;
    request.mutable_response_status()->set_code(2);
    request.mutable_response_status()->set_message(message);
    Context unary;
    SimpleResponse response;
    Status status = stub_->UnaryCall(&unary, request, &response);
    ExpectStatus(status, StatusCode::UNKNOWN);
    Expect(status.error_message(), message, "status message");

    StreamingOutputCallRequest streamed;
    *streamed.mutable_response_status() = request.response_status();
    Context duplex;
    auto stream = stub_->FullDuplexCall(&duplex);
    stream->Write(streamed);
    stream->WritesDone();
    status = stream->Finish();
    ExpectStatus(status, StatusCode::UNKNOWN);
    Expect(status.error_message(), message, "status message");
  }

  void UnimplementedMethod() {
    Context context;
    Empty response;
    ExpectStatus(stub_->UnimplementedCall(&context, Empty(), &response),
                 StatusCode::UNIMPLEMENTED);
  }

  void UnimplementedService_() {
    Context context;
    Empty response;
    ExpectStatus(
        UnimplementedService::NewStub(channel_)->UnimplementedCall(&context, Empty(), &response),
        StatusCode::UNIMPLEMENTED);
  }

  void ClientCompressedUnary() {
    SimpleRequest request = Large();
    request.mutable_expect_compressed()->set_value(true);
    Context context;
    SimpleResponse response;
    ExpectStatus(stub_->UnaryCall(&context, request, &response), StatusCode::INVALID_ARGUMENT);
    LargeUnary(request, true);
    request.mutable_expect_compressed()->set_value(false);
    LargeUnary(request);
  }

  void ServerCompressedUnary() {
    for (bool compressed : {true, false}) {
      SimpleRequest request = Large();
      request.mutable_response_compressed()->set_value(compressed);
      LargeUnary(request);
    }
  }

  void ClientCompressedStreaming() {
    StreamingInputCallRequest first = Input(27182);
    first.mutable_expect_compressed()->set_value(true);
    StreamingInputCallResponse response;
    Context probe;
    auto probing = stub_->StreamingInputCall(&probe, &response);
    probing->Write(first);
    probing->WritesDone();
    ExpectStatus(probing->Finish(), StatusCode::INVALID_ARGUMENT);

    Context context;
    context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
    auto stream = stub_->StreamingInputCall(&context, &response);
    Expect(stream->Write(first), true, "write");
    StreamingInputCallRequest second = Input(45904);
    second.mutable_expect_compressed()->set_value(false);
    Expect(stream->Write(second, grpc::WriteOptions().set_no_compression()), true, "write");
    stream->WritesDone();
    ExpectStatus(stream->Finish(), StatusCode::OK);
    Expect(response.aggregated_payload_size(), 73086, "aggregated_payload_size");
  }

  void ServerCompressedStreaming() {
    const std::vector<std::pair<int, bool>> wanted = {{31415, true}, {92653, false}};
    StreamingOutputCallRequest request;
    for (const auto& each : wanted) {
      auto* parameters = request.add_response_parameters();
      parameters->set_size(each.first);
      parameters->mutable_compressed()->set_value(each.second);
    }
    Context context;
    auto stream = stub_->StreamingOutputCall(&context, request);
    StreamingOutputCallResponse response;
    for (const auto& each : wanted) {
      Expect(stream->Read(&response), true, "read");
      ExpectZeros(response.payload(), each.first);
      Expect(InteropClientContextInspector::WasCompressed(context), each.second,
             "the compressed flag");
    }
    Expect(stream->Read(&response), false, "a third response");
    ExpectStatus(stream->Finish(), StatusCode::OK);
  }

  void Soak(int iterations, bool new_channels) {
    for (int iteration = 0; iteration < iterations; ++iteration) {
      if (new_channels) Connect();
      LargeUnary();
    }
  }

 private:
  static void AddMetadata(ClientContext* context) {
    context->AddMetadata(kInitialKey, kInitialValue);
    context->AddMetadata(kTrailingKey, kTrailingValue);
  }

  static void ExpectMetadata(const ClientContext& context) {
    const auto& initial = context.GetServerInitialMetadata();
    auto found = initial.find(kInitialKey);
    Expect(found != initial.end() && found->second == kInitialValue, true, kInitialKey);
    const auto& trailing = context.GetServerTrailingMetadata();
    found = trailing.find(kTrailingKey);
    Expect(found != trailing.end() && found->second == kTrailingValue, true, kTrailingKey);
  }

  std::string target_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<TestService::Stub> stub_;
};

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> flags = {{"--server_host", "localhost"},
                                              {"--soak_iterations", "10"}};
  for (int index = 1; index < argc; ++index) {
    std::string word = argv[index];
    size_t equals = word.find('=');
    if (equals != std::string::npos) flags[word.substr(0, equals)] = word.substr(equals + 1);
  }
  test_case = flags["--test_case"];
  const int iterations = std::atoi(flags["--soak_iterations"].c_str());
  Client client(flags["--server_host"] + ":" + flags["--server_port"]);
  const std::map<std::string, std::function<void()>> cases = {
      {"empty_unary", [&] { client.EmptyUnary(); }},
      {"large_unary", [&] { client.LargeUnary(); }},
      {"client_streaming", [&] { client.ClientStreaming(); }},
      {"server_streaming", [&] { client.ServerStreaming(); }},
      {"ping_pong", [&] { client.PingPong(); }},
      {"empty_stream", [&] { client.EmptyStream(); }},
      {"timeout_on_sleeping_server", [&] { client.TimeoutOnSleepingServer(); }},
      {"cancel_after_begin", [&] { client.CancelAfterBegin(); }},
      {"cancel_after_first_response", [&] { client.CancelAfterFirstResponse(); }},
      {"custom_metadata", [&] { client.CustomMetadata(); }},
      {"status_code_and_message", [&] { client.StatusCodeAndMessage("test status message"); }},
      {"special_status_message", [&] { client.StatusCodeAndMessage(kWhitespace); }},
      {"unimplemented_method", [&] { client.UnimplementedMethod(); }},
      {"unimplemented_service", [&] { client.UnimplementedService_(); }},
      {"client_compressed_unary", [&] { client.ClientCompressedUnary(); }},
      {"client_compressed_streaming", [&] { client.ClientCompressedStreaming(); }},
      {"server_compressed_unary", [&] { client.ServerCompressedUnary(); }},
      {"server_compressed_streaming", [&] { client.ServerCompressedStreaming(); }},
      {"rpc_soak", [&] { client.Soak(iterations, false); }},
      {"channel_soak", [&] { client.Soak(iterations, true); }},
  };
  auto found = cases.find(test_case);
  if (found == cases.end()) {
    std::cerr << "unknown test case " << test_case << "\n";
    return 2;
  }
  found->second();
}
