#include "client/cpp/probe.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <future>
#include <utility>
#include <vector>

#include "client/cpp/channel.h"
#include "client/cpp/error.h"
#include "codeset/v1/monitoring.grpc.pb.h"
#include "google/protobuf/io/coded_stream.h"
#include "storage/model/status_macros.h"

namespace codeset::client {
namespace {

// HealthCheckResponse, encoded by hand, since no package has its messages: the field `status` is
// number 1, and SERVING is 1.
bool SaysServing(const std::string& answer) {
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(answer.data()),
                                            static_cast<int>(answer.size()));
  constexpr uint32_t kStatusTag = 1 << 3;
  uint32_t tag = 0, status = 0;
  return in.ReadVarint32(&tag) && tag == kStatusTag && in.ReadVarint32(&status) && status == 1;
}

class GrpcProbe final : public Probe {
 public:
  explicit GrpcProbe(const std::shared_ptr<grpc::Channel>& channel)
      : generic_(channel), monitoring_(v1::Monitoring::NewStub(channel)) {}

  absl::StatusOr<bool> IsServing(const CallOptions& options) override {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(options.deadline));
    // HealthCheckRequest of the server as a whole has no bytes.
    const grpc::Slice empty("");
    const grpc::ByteBuffer request(&empty, 1);
    grpc::ByteBuffer response;
    std::promise<grpc::Status> done;
    generic_.UnaryCall(&context, "/grpc.health.v1.Health/Check", grpc::StubOptions(), &request,
                       &response,
                       [&done](grpc::Status status) { done.set_value(std::move(status)); });
    RETURN_IF_ERROR(FromGrpcStatus(done.get_future().get()));
    std::vector<grpc::Slice> slices;
    RETURN_IF_ERROR(FromGrpcStatus(response.Dump(&slices)));
    std::string answer;
    for (const grpc::Slice& slice : slices) {
      answer.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    return SaysServing(answer);
  }

  absl::StatusOr<v1::GetServerStatusResponse> GetServerStatus(const CallOptions& options) override {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(options.deadline));
    v1::GetServerStatusResponse response;
    RETURN_IF_ERROR(FromGrpcStatus(
        monitoring_->GetServerStatus(&context, v1::GetServerStatusRequest(), &response)));
    return response;
  }

 private:
  grpc::GenericStub generic_;
  const std::unique_ptr<v1::Monitoring::Stub> monitoring_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<Probe>> MakeProbe(const std::string& address,
                                                 const ConnectionOptions& options,
                                                 bool with_token) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  ASSIGN_OR_RETURN(const std::shared_ptr<grpc::Channel> channel,
                   MakeChannel(address, options, arguments, with_token));
  return std::make_shared<GrpcProbe>(channel);
}

}  // namespace codeset::client
