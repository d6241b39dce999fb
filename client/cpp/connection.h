// What a client needs of a transport, one method an rpc.
//
// `MakeConnection` and `MakeAdminConnection` (grpc_connection.h) give the real ones;
// tests bring their own. Implementations must be safe to use from several threads at
// once; a stream belongs to one thread.
#pragma once

#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cpp/options.h"
#include "codeset/v1/admin.pb.h"
#include "codeset/v1/backup.pb.h"
#include "codeset/v1/code_list.pb.h"
#include "codeset/v1/history.pb.h"
#include "codeset/v1/label.pb.h"
#include "codeset/v1/references.pb.h"
#include "codeset/v1/releases.pb.h"
#include "codeset/v1/terminology.pb.h"

namespace codeset::client {

// The messages of a server stream.
template <typename Message>
class MessageStream {
 public:
  // Cancels the call unless it has ended.
  virtual ~MessageStream() = default;
  // The next message; nothing at the end; the call's error, after which there is no more.
  virtual absl::StatusOr<std::optional<Message>> Next() = 0;
  // Gives the call up; Next() then ends with CANCELLED. From any thread.
  virtual void Cancel() = 0;
};

// A call that both sides stream. One thread may write while another reads.
template <typename Request, typename Response>
class DuplexStream : public MessageStream<Response> {
 public:
  // Sends one message; waits while the server takes none. False if the call has ended;
  // Next() then says why.
  virtual bool Write(const Request& request) = 0;
  // Says that all was sent.
  virtual void WritesDone() = 0;
};

// An upload of a release. Write, the end last, then finish writing, then read to the end. Only an
// upload that is finished and has its end is published; a cancelled one leaves nothing.
using LoadStream = DuplexStream<v1::LoadReleaseRequest, v1::LoadReleaseResponse>;

// An import of pages: options, then pages, then the end; each message of pages is answered by a
// progress message once they are laid aside, as the half-close is, and then comes the report. Only
// an import that is finished and has its end is published; a cancelled one leaves nothing.
using ImportStream = DuplexStream<v1::ImportReferencesRequest, v1::ImportReferencesResponse>;

// A check of a code list. Rows come while entries are sent, so that a caller that does not
// read has to wait when it writes.
using CheckStream = DuplexStream<v1::CheckCodeListRequest, v1::CheckCodeListResponse>;

// A validation of codes. Results come while rows are sent, as above.
using ValidationStream =
    DuplexStream<v1::StreamValidateCodesRequest, v1::StreamValidateCodesResponse>;

// Questions: the services Terminology, Releases and References. Errors are those that the protos
// list, as FromGrpcStatus (error.h) makes them.
class Connection {
 public:
  virtual ~Connection() = default;

  virtual absl::StatusOr<v1::GetConceptResponse> GetConcept(
      const CallOptions& options, const v1::GetConceptRequest& request) = 0;
  virtual absl::StatusOr<v1::BatchGetConceptsResponse> BatchGetConcepts(
      const CallOptions& options, const v1::BatchGetConceptsRequest& request) = 0;
  virtual absl::StatusOr<v1::ListConceptsResponse> ListConcepts(
      const CallOptions& options, const v1::ListConceptsRequest& request) = 0;
  virtual absl::StatusOr<v1::ListRelativesResponse> ListRelatives(
      const CallOptions& options, const v1::ListRelativesRequest& request) = 0;
  virtual absl::StatusOr<v1::ListReferencingResponse> ListReferencing(
      const CallOptions& options, const v1::ListReferencingRequest& request) = 0;
  virtual std::unique_ptr<MessageStream<v1::StreamDescendantsResponse>> StreamDescendants(
      const CallOptions& options, const v1::StreamDescendantsRequest& request) = 0;
  virtual absl::StatusOr<v1::GetSubsumptionResponse> GetSubsumption(
      const CallOptions& options, const v1::GetSubsumptionRequest& request) = 0;
  virtual absl::StatusOr<v1::GetCommonAncestorResponse> GetCommonAncestor(
      const CallOptions& options, const v1::GetCommonAncestorRequest& request) = 0;
  virtual absl::StatusOr<v1::GetReplacementsResponse> GetReplacements(
      const CallOptions& options, const v1::GetReplacementsRequest& request) = 0;
  virtual absl::StatusOr<v1::ValidateCodesResponse> ValidateCodes(
      const CallOptions& options, const v1::ValidateCodesRequest& request) = 0;
  virtual std::unique_ptr<ValidationStream> StreamValidateCodes(const CallOptions& options) = 0;
  virtual absl::StatusOr<v1::GetHistoryResponse> GetHistory(
      const CallOptions& options, const v1::GetHistoryRequest& request) = 0;
  virtual std::unique_ptr<MessageStream<v1::StreamHistoriesResponse>> StreamHistories(
      const CallOptions& options, const v1::StreamHistoriesRequest& request) = 0;

  virtual absl::StatusOr<v1::ListReleasesResponse> ListReleases(
      const CallOptions& options, const v1::ListReleasesRequest& request) = 0;
  virtual absl::StatusOr<v1::GetReleaseResponse> GetRelease(
      const CallOptions& options, const v1::GetReleaseRequest& request) = 0;
  virtual absl::StatusOr<v1::ResolveReleaseResponse> ResolveRelease(
      const CallOptions& options, const v1::ResolveReleaseRequest& request) = 0;
  virtual absl::StatusOr<v1::GetDiffSummaryResponse> GetDiffSummary(
      const CallOptions& options, const v1::GetDiffSummaryRequest& request) = 0;
  virtual std::unique_ptr<MessageStream<v1::StreamDiffResponse>> StreamDiff(
      const CallOptions& options, const v1::StreamDiffRequest& request) = 0;
  virtual std::unique_ptr<CheckStream> CheckCodeList(const CallOptions& options) = 0;
  virtual absl::StatusOr<v1::ListLabelsResponse> ListLabels(
      const CallOptions& options, const v1::ListLabelsRequest& request) = 0;
  virtual absl::StatusOr<v1::ListLabelMovesResponse> ListLabelMoves(
      const CallOptions& options, const v1::ListLabelMovesRequest& request) = 0;
  virtual std::unique_ptr<MessageStream<v1::WatchReleasesResponse>> WatchReleases(
      const CallOptions& options, const v1::WatchReleasesRequest& request) = 0;
  virtual std::unique_ptr<MessageStream<v1::ExportReleaseResponse>> ExportRelease(
      const CallOptions& options, const v1::ExportReleaseRequest& request) = 0;

  virtual absl::StatusOr<v1::GetReferenceResponse> GetReference(
      const CallOptions& options, const v1::GetReferenceRequest& request) = 0;
  virtual absl::StatusOr<v1::ListReferenceRevisionsResponse> ListReferenceRevisions(
      const CallOptions& options, const v1::ListReferenceRevisionsRequest& request) = 0;
  virtual std::unique_ptr<MessageStream<v1::StreamReferencesResponse>> StreamReferences(
      const CallOptions& options, const v1::StreamReferencesRequest& request) = 0;
  virtual absl::StatusOr<v1::ListVerificationsResponse> ListVerifications(
      const CallOptions& options, const v1::ListVerificationsRequest& request) = 0;
  virtual absl::StatusOr<v1::ListVerificationQueueResponse> ListVerificationQueue(
      const CallOptions& options, const v1::ListVerificationQueueRequest& request) = 0;
  virtual absl::StatusOr<v1::ListQueueCodesResponse> ListQueueCodes(
      const CallOptions& options, const v1::ListQueueCodesRequest& request) = 0;
  virtual absl::StatusOr<v1::ListSourceEditionsResponse> ListSourceEditions(
      const CallOptions& options, const v1::ListSourceEditionsRequest& request) = 0;
};

// What changes a data directory: the service Admin, on its own listener.
class AdminConnection {
 public:
  virtual ~AdminConnection() = default;

  virtual std::unique_ptr<LoadStream> LoadRelease(const CallOptions& options) = 0;
  virtual absl::StatusOr<v1::VerifyReleaseResponse> VerifyRelease(
      const CallOptions& options, const v1::VerifyReleaseRequest& request) = 0;
  virtual absl::StatusOr<v1::DeleteReleaseResponse> DeleteRelease(
      const CallOptions& options, const v1::DeleteReleaseRequest& request) = 0;
  virtual absl::StatusOr<v1::SetActivationResponse> SetActivation(
      const CallOptions& options, const v1::SetActivationRequest& request) = 0;
  virtual absl::StatusOr<v1::SetLabelResponse> SetLabel(const CallOptions& options,
                                                        const v1::SetLabelRequest& request) = 0;
  virtual absl::StatusOr<v1::RollbackLabelResponse> RollbackLabel(
      const CallOptions& options, const v1::RollbackLabelRequest& request) = 0;
  virtual absl::StatusOr<v1::RemoveLabelResponse> RemoveLabel(
      const CallOptions& options, const v1::RemoveLabelRequest& request) = 0;
  virtual std::unique_ptr<ImportStream> ImportReferences(const CallOptions& options) = 0;
  virtual absl::StatusOr<v1::RecordVerificationResponse> RecordVerification(
      const CallOptions& options, const v1::RecordVerificationRequest& request) = 0;
  virtual absl::StatusOr<v1::SetUsageCountsResponse> SetUsageCounts(
      const CallOptions& options, const v1::SetUsageCountsRequest& request) = 0;
  virtual std::unique_ptr<MessageStream<v1::ScrubReleasesResponse>> ScrubReleases(
      const CallOptions& options, const v1::ScrubReleasesRequest& request) = 0;
  virtual absl::StatusOr<v1::GetScrubReportResponse> GetScrubReport(
      const CallOptions& options, const v1::GetScrubReportRequest& request) = 0;
  virtual absl::StatusOr<v1::CreateBackupResponse> CreateBackup(
      const CallOptions& options, const v1::CreateBackupRequest& request) = 0;
  virtual absl::StatusOr<v1::ListBackupsResponse> ListBackups(
      const CallOptions& options, const v1::ListBackupsRequest& request) = 0;
  virtual absl::StatusOr<v1::VerifyBackupResponse> VerifyBackup(
      const CallOptions& options, const v1::VerifyBackupRequest& request) = 0;
};

}  // namespace codeset::client
