#include "client/cpp/grpc_connection.h"

#include <grpcpp/grpcpp.h>

#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/cpp/channel.h"
#include "client/cpp/error.h"
#include "client/cpp/overload_retry.h"
#include "codeset/v1/admin.grpc.pb.h"
#include "codeset/v1/references.grpc.pb.h"
#include "codeset/v1/releases.grpc.pb.h"
#include "codeset/v1/terminology.grpc.pb.h"
#include "storage/model/status_macros.h"

namespace codeset::client {
namespace {

grpc::ChannelArguments Arguments(bool retries) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, retries ? 1 : 0);
  if (retries) arguments.SetServiceConfigJSON(RetryServiceConfig());
  return arguments;
}

void SetDeadline(const CallOptions& options, grpc::ClientContext* context) {
  if (options.deadline == absl::InfiniteFuture()) return;  // gRPC's own default
  context->set_deadline(absl::ToChronoTime(options.deadline));
}

// Runs one unary rpc: `method` is the stub's member function.
template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> Call(Stub& stub,
                              grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                           Response*),
                              const CallOptions& options, const Request& request) {
  grpc::ClientContext context;
  SetDeadline(options, &context);
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return FromGrpcStatus(status);
  return response;
}

// Reads a server stream. `Base` is the interface it implements.
template <typename Response, typename Reader, typename Base = MessageStream<Response>>
class GrpcStream : public Base {
 public:
  explicit GrpcStream(const CallOptions& options) { SetDeadline(options, &context_); }

  ~GrpcStream() override {
    if (ended_ || reader_ == nullptr) return;
    context_.TryCancel();
    Response rest;
    while (reader_->Read(&rest)) {
    }
    reader_->Finish().IgnoreError();
  }

  absl::StatusOr<std::optional<Response>> Next() override {
    Response response;
    if (!ended_ && reader_->Read(&response)) return std::optional<Response>(std::move(response));
    if (!ended_) {
      ended_ = true;
      status_ = FromGrpcStatus(reader_->Finish());
    }
    if (!status_.ok()) return status_;
    return std::optional<Response>();
  }

  void Cancel() override { context_.TryCancel(); }

  grpc::ClientContext* context() { return &context_; }
  void set_reader(std::unique_ptr<Reader> reader) { reader_ = std::move(reader); }

 protected:
  // The context outlives the reader, which points to it.
  grpc::ClientContext context_;
  std::unique_ptr<Reader> reader_;
  bool ended_ = false;
  absl::Status status_;
};

// A call that both sides stream.
template <typename Request, typename Response>
class GrpcDuplexStream
    : public GrpcStream<Response, grpc::ClientReaderWriterInterface<Request, Response>,
                        DuplexStream<Request, Response>> {
 public:
  using GrpcStream<Response, grpc::ClientReaderWriterInterface<Request, Response>,
                   DuplexStream<Request, Response>>::GrpcStream;
  bool Write(const Request& request) override { return this->reader_->Write(request); }
  void WritesDone() override { this->reader_->WritesDone(); }
};

// Opens a server stream: `method` is the stub's member function.
template <typename Stub, typename Request, typename Response>
std::unique_ptr<MessageStream<Response>> Open(
    Stub& stub,
    std::unique_ptr<grpc::ClientReader<Response>> (Stub::*method)(grpc::ClientContext*,
                                                                  const Request&),
    const CallOptions& options, const Request& request) {
  auto stream = std::make_unique<GrpcStream<Response, grpc::ClientReader<Response>>>(options);
  stream->set_reader((stub.*method)(stream->context(), request));
  return stream;
}

class GrpcConnection : public Connection, public std::enable_shared_from_this<GrpcConnection> {
 public:
  GrpcConnection(const std::shared_ptr<grpc::Channel>& channel, int overload_retries)
      : overload_retries_(overload_retries),
        terminology_(channel),
        releases_(channel),
        references_(channel) {}

  absl::StatusOr<v1::GetConceptResponse> GetConcept(const CallOptions& options,
                                                    const v1::GetConceptRequest& request) override {
    return Call(terminology_, &v1::Terminology::Stub::GetConcept, options, request);
  }
  absl::StatusOr<v1::BatchGetConceptsResponse> BatchGetConcepts(
      const CallOptions& options, const v1::BatchGetConceptsRequest& request) override {
    return Call(terminology_, &v1::Terminology::Stub::BatchGetConcepts, options, request);
  }
  absl::StatusOr<v1::ListConceptsResponse> ListConcepts(
      const CallOptions& options, const v1::ListConceptsRequest& request) override {
    return Call(terminology_, &v1::Terminology::Stub::ListConcepts, options, request);
  }
  absl::StatusOr<v1::ListRelativesResponse> ListRelatives(
      const CallOptions& options, const v1::ListRelativesRequest& request) override {
    return Call(terminology_, &v1::Terminology::Stub::ListRelatives, options, request);
  }
  absl::StatusOr<v1::ListReferencingResponse> ListReferencing(
      const CallOptions& options, const v1::ListReferencingRequest& request) override {
    return Call(terminology_, &v1::Terminology::Stub::ListReferencing, options, request);
  }
  std::unique_ptr<MessageStream<v1::StreamDescendantsResponse>> StreamDescendants(
      const CallOptions& options, const v1::StreamDescendantsRequest& request) override {
    return Open(terminology_, &v1::Terminology::Stub::StreamDescendants, options, request);
  }
  absl::StatusOr<v1::GetSubsumptionResponse> GetSubsumption(
      const CallOptions& options, const v1::GetSubsumptionRequest& request) override {
    return Call(terminology_, &v1::Terminology::Stub::GetSubsumption, options, request);
  }
  absl::StatusOr<v1::GetCommonAncestorResponse> GetCommonAncestor(
      const CallOptions& options, const v1::GetCommonAncestorRequest& request) override {
    return Call(terminology_, &v1::Terminology::Stub::GetCommonAncestor, options, request);
  }
  absl::StatusOr<v1::GetReplacementsResponse> GetReplacements(
      const CallOptions& options, const v1::GetReplacementsRequest& request) override {
    return Call(terminology_, &v1::Terminology::Stub::GetReplacements, options, request);
  }
  absl::StatusOr<v1::GetHistoryResponse> GetHistory(const CallOptions& options,
                                                    const v1::GetHistoryRequest& request) override {
    return Call(terminology_, &v1::Terminology::Stub::GetHistory, options, request);
  }
  std::unique_ptr<MessageStream<v1::StreamHistoriesResponse>> StreamHistories(
      const CallOptions& options, const v1::StreamHistoriesRequest& request) override {
    return Open(terminology_, &v1::Terminology::Stub::StreamHistories, options, request);
  }
  absl::StatusOr<v1::ListReleasesResponse> ListReleases(
      const CallOptions& options, const v1::ListReleasesRequest& request) override {
    return Call(releases_, &v1::Releases::Stub::ListReleases, options, request);
  }
  absl::StatusOr<v1::GetReleaseResponse> GetRelease(const CallOptions& options,
                                                    const v1::GetReleaseRequest& request) override {
    return Call(releases_, &v1::Releases::Stub::GetRelease, options, request);
  }
  absl::StatusOr<v1::ResolveReleaseResponse> ResolveRelease(
      const CallOptions& options, const v1::ResolveReleaseRequest& request) override {
    return Call(releases_, &v1::Releases::Stub::ResolveRelease, options, request);
  }
  absl::StatusOr<v1::GetDiffSummaryResponse> GetDiffSummary(
      const CallOptions& options, const v1::GetDiffSummaryRequest& request) override {
    return Call(releases_, &v1::Releases::Stub::GetDiffSummary, options, request);
  }
  std::unique_ptr<MessageStream<v1::StreamDiffResponse>> StreamDiff(
      const CallOptions& options, const v1::StreamDiffRequest& request) override {
    return Open(releases_, &v1::Releases::Stub::StreamDiff, options, request);
  }
  absl::StatusOr<v1::ValidateCodesResponse> ValidateCodes(
      const CallOptions& options, const v1::ValidateCodesRequest& request) override {
    return Call(terminology_, &v1::Terminology::Stub::ValidateCodes, options, request);
  }
  std::unique_ptr<ValidationStream> StreamValidateCodes(const CallOptions& options) override {
    auto stream = std::make_unique<
        GrpcDuplexStream<v1::StreamValidateCodesRequest, v1::StreamValidateCodesResponse>>(options);
    stream->set_reader(terminology_.StreamValidateCodes(stream->context()));
    return stream;
  }
  std::unique_ptr<CheckStream> CheckCodeList(const CallOptions& options) override {
    auto stream =
        std::make_unique<GrpcDuplexStream<v1::CheckCodeListRequest, v1::CheckCodeListResponse>>(
            options);
    stream->set_reader(releases_.CheckCodeList(stream->context()));
    return stream;
  }
  absl::StatusOr<v1::ListLabelsResponse> ListLabels(const CallOptions& options,
                                                    const v1::ListLabelsRequest& request) override {
    return Call(releases_, &v1::Releases::Stub::ListLabels, options, request);
  }
  absl::StatusOr<v1::ListLabelMovesResponse> ListLabelMoves(
      const CallOptions& options, const v1::ListLabelMovesRequest& request) override {
    return Call(releases_, &v1::Releases::Stub::ListLabelMoves, options, request);
  }
  std::unique_ptr<MessageStream<v1::WatchReleasesResponse>> WatchReleases(
      const CallOptions& options, const v1::WatchReleasesRequest& request) override {
    return Open(releases_, &v1::Releases::Stub::WatchReleases, options, request);
  }
  std::unique_ptr<MessageStream<v1::ExportReleaseResponse>> ExportRelease(
      const CallOptions& options, const v1::ExportReleaseRequest& request) override {
    return Open(releases_, &v1::Releases::Stub::ExportRelease, options, request);
  }
  absl::StatusOr<v1::GetReferenceResponse> GetReference(
      const CallOptions& options, const v1::GetReferenceRequest& request) override {
    return Call(references_, &v1::References::Stub::GetReference, options, request);
  }
  absl::StatusOr<v1::ListReferenceRevisionsResponse> ListReferenceRevisions(
      const CallOptions& options, const v1::ListReferenceRevisionsRequest& request) override {
    return Call(references_, &v1::References::Stub::ListReferenceRevisions, options, request);
  }
  std::unique_ptr<MessageStream<v1::StreamReferencesResponse>> StreamReferences(
      const CallOptions& options, const v1::StreamReferencesRequest& request) override {
    return Open(references_, &v1::References::Stub::StreamReferences, options, request);
  }
  absl::StatusOr<v1::ListVerificationsResponse> ListVerifications(
      const CallOptions& options, const v1::ListVerificationsRequest& request) override {
    return Call(references_, &v1::References::Stub::ListVerifications, options, request);
  }
  absl::StatusOr<v1::ListVerificationQueueResponse> ListVerificationQueue(
      const CallOptions& options, const v1::ListVerificationQueueRequest& request) override {
    return Call(references_, &v1::References::Stub::ListVerificationQueue, options, request);
  }
  absl::StatusOr<v1::ListQueueCodesResponse> ListQueueCodes(
      const CallOptions& options, const v1::ListQueueCodesRequest& request) override {
    return Call(references_, &v1::References::Stub::ListQueueCodes, options, request);
  }
  absl::StatusOr<v1::ListSourceEditionsResponse> ListSourceEditions(
      const CallOptions& options, const v1::ListSourceEditionsRequest& request) override {
    return Call(references_, &v1::References::Stub::ListSourceEditions, options, request);
  }

 private:
  // As the functions of the same names, but asked again where the server is overloaded.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(Stub& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const CallOptions& options, const Request& request) {
    OverloadRetry retry(overload_retries_, options.deadline);
    while (true) {
      absl::StatusOr<Response> answer = client::Call(stub, method, options, request);
      const std::optional<absl::Duration> delay = retry.Next(answer.status());
      if (!delay.has_value()) return answer;
      absl::SleepFor(*delay);
    }
  }

  template <typename Stub, typename Request, typename Response>
  std::unique_ptr<MessageStream<Response>> Open(
      Stub& stub,
      std::unique_ptr<grpc::ClientReader<Response>> (Stub::*method)(grpc::ClientContext*,
                                                                    const Request&),
      const CallOptions& options, const Request& request) {
    return std::make_unique<RetriedStream<Response>>(
        // The stub is the connection's.
        [self = shared_from_this(), &stub, method, options, request] {
          return client::Open(stub, method, options, request);
        },
        OverloadRetry(overload_retries_, options.deadline));
  }

  const int overload_retries_;
  v1::Terminology::Stub terminology_;
  v1::Releases::Stub releases_;
  v1::References::Stub references_;
};

class GrpcAdminConnection : public AdminConnection {
 public:
  explicit GrpcAdminConnection(const std::shared_ptr<grpc::Channel>& channel) : admin_(channel) {}

  std::unique_ptr<LoadStream> LoadRelease(const CallOptions& options) override {
    auto stream =
        std::make_unique<GrpcDuplexStream<v1::LoadReleaseRequest, v1::LoadReleaseResponse>>(
            options);
    stream->set_reader(admin_.LoadRelease(stream->context()));
    return stream;
  }
  absl::StatusOr<v1::VerifyReleaseResponse> VerifyRelease(
      const CallOptions& options, const v1::VerifyReleaseRequest& request) override {
    return Call(admin_, &v1::Admin::Stub::VerifyRelease, options, request);
  }
  absl::StatusOr<v1::DeleteReleaseResponse> DeleteRelease(
      const CallOptions& options, const v1::DeleteReleaseRequest& request) override {
    return Call(admin_, &v1::Admin::Stub::DeleteRelease, options, request);
  }
  absl::StatusOr<v1::SetActivationResponse> SetActivation(
      const CallOptions& options, const v1::SetActivationRequest& request) override {
    return Call(admin_, &v1::Admin::Stub::SetActivation, options, request);
  }
  absl::StatusOr<v1::SetLabelResponse> SetLabel(const CallOptions& options,
                                                const v1::SetLabelRequest& request) override {
    return Call(admin_, &v1::Admin::Stub::SetLabel, options, request);
  }
  absl::StatusOr<v1::RollbackLabelResponse> RollbackLabel(
      const CallOptions& options, const v1::RollbackLabelRequest& request) override {
    return Call(admin_, &v1::Admin::Stub::RollbackLabel, options, request);
  }
  absl::StatusOr<v1::RemoveLabelResponse> RemoveLabel(
      const CallOptions& options, const v1::RemoveLabelRequest& request) override {
    return Call(admin_, &v1::Admin::Stub::RemoveLabel, options, request);
  }
  std::unique_ptr<ImportStream> ImportReferences(const CallOptions& options) override {
    auto stream = std::make_unique<
        GrpcDuplexStream<v1::ImportReferencesRequest, v1::ImportReferencesResponse>>(options);
    stream->set_reader(admin_.ImportReferences(stream->context()));
    return stream;
  }
  absl::StatusOr<v1::RecordVerificationResponse> RecordVerification(
      const CallOptions& options, const v1::RecordVerificationRequest& request) override {
    return Call(admin_, &v1::Admin::Stub::RecordVerification, options, request);
  }
  absl::StatusOr<v1::SetUsageCountsResponse> SetUsageCounts(
      const CallOptions& options, const v1::SetUsageCountsRequest& request) override {
    return Call(admin_, &v1::Admin::Stub::SetUsageCounts, options, request);
  }
  std::unique_ptr<MessageStream<v1::ScrubReleasesResponse>> ScrubReleases(
      const CallOptions& options, const v1::ScrubReleasesRequest& request) override {
    return Open(admin_, &v1::Admin::Stub::ScrubReleases, options, request);
  }
  absl::StatusOr<v1::GetScrubReportResponse> GetScrubReport(
      const CallOptions& options, const v1::GetScrubReportRequest& request) override {
    return Call(admin_, &v1::Admin::Stub::GetScrubReport, options, request);
  }
  absl::StatusOr<v1::CreateBackupResponse> CreateBackup(
      const CallOptions& options, const v1::CreateBackupRequest& request) override {
    return Call(admin_, &v1::Admin::Stub::CreateBackup, options, request);
  }
  absl::StatusOr<v1::ListBackupsResponse> ListBackups(
      const CallOptions& options, const v1::ListBackupsRequest& request) override {
    return Call(admin_, &v1::Admin::Stub::ListBackups, options, request);
  }
  absl::StatusOr<v1::VerifyBackupResponse> VerifyBackup(
      const CallOptions& options, const v1::VerifyBackupRequest& request) override {
    return Call(admin_, &v1::Admin::Stub::VerifyBackup, options, request);
  }

 private:
  v1::Admin::Stub admin_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<Connection>> MakeConnection(const std::string& address,
                                                           const ConnectionOptions& options) {
  ASSIGN_OR_RETURN(const std::shared_ptr<grpc::Channel> channel,
                   MakeChannel(address, options, Arguments(options.retries), /*with_token=*/false));
  return std::make_shared<GrpcConnection>(channel, options.overload_retries);
}

absl::StatusOr<std::shared_ptr<AdminConnection>> MakeAdminConnection(
    const std::string& address, const ConnectionOptions& options) {
  ASSIGN_OR_RETURN(
      const std::shared_ptr<grpc::Channel> channel,
      MakeChannel(address, options, Arguments(/*retries=*/false), /*with_token=*/true));
  return std::make_shared<GrpcAdminConnection>(channel);
}

// Without files nothing can fail.
std::shared_ptr<Connection> MakeConnection(const std::string& address) {
  return *MakeConnection(address, {});
}

std::shared_ptr<AdminConnection> MakeAdminConnection(const std::string& address) {
  return *MakeAdminConnection(address, {});
}

std::string RetryServiceConfig() {
  // Names the services that only read; Admin has no entry and is never retried.
  return R"({"methodConfig": [{
    "name": [{"service": "codeset.v1.Terminology"}, {"service": "codeset.v1.Releases"},
             {"service": "codeset.v1.References"}],
    "retryPolicy": {
      "maxAttempts": 4,
      "initialBackoff": "0.1s",
      "maxBackoff": "2s",
      "backoffMultiplier": 2,
      "retryableStatusCodes": ["UNAVAILABLE"]
    }}]})";
}

}  // namespace codeset::client
