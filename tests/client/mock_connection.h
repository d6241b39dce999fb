// Connections whose answers a test sets, and streams over messages that it lists.
#pragma once

#include <gmock/gmock.h>

#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "client/cpp/connection.h"

namespace codeset::client {

class MockConnection : public Connection {
 public:
  MOCK_METHOD(absl::StatusOr<v1::GetConceptResponse>, GetConcept,
              (const CallOptions&, const v1::GetConceptRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::BatchGetConceptsResponse>, BatchGetConcepts,
              (const CallOptions&, const v1::BatchGetConceptsRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListConceptsResponse>, ListConcepts,
              (const CallOptions&, const v1::ListConceptsRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListRelativesResponse>, ListRelatives,
              (const CallOptions&, const v1::ListRelativesRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListReferencingResponse>, ListReferencing,
              (const CallOptions&, const v1::ListReferencingRequest&), (override));
  MOCK_METHOD(std::unique_ptr<MessageStream<v1::StreamDescendantsResponse>>, StreamDescendants,
              (const CallOptions&, const v1::StreamDescendantsRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::GetSubsumptionResponse>, GetSubsumption,
              (const CallOptions&, const v1::GetSubsumptionRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::GetCommonAncestorResponse>, GetCommonAncestor,
              (const CallOptions&, const v1::GetCommonAncestorRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListReleasesResponse>, ListReleases,
              (const CallOptions&, const v1::ListReleasesRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::GetReleaseResponse>, GetRelease,
              (const CallOptions&, const v1::GetReleaseRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ResolveReleaseResponse>, ResolveRelease,
              (const CallOptions&, const v1::ResolveReleaseRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::GetDiffSummaryResponse>, GetDiffSummary,
              (const CallOptions&, const v1::GetDiffSummaryRequest&), (override));
  MOCK_METHOD(std::unique_ptr<MessageStream<v1::StreamDiffResponse>>, StreamDiff,
              (const CallOptions&, const v1::StreamDiffRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::GetReplacementsResponse>, GetReplacements,
              (const CallOptions&, const v1::GetReplacementsRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ValidateCodesResponse>, ValidateCodes,
              (const CallOptions&, const v1::ValidateCodesRequest&), (override));
  MOCK_METHOD(std::unique_ptr<ValidationStream>, StreamValidateCodes, (const CallOptions&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::GetHistoryResponse>, GetHistory,
              (const CallOptions&, const v1::GetHistoryRequest&), (override));
  MOCK_METHOD(std::unique_ptr<MessageStream<v1::StreamHistoriesResponse>>, StreamHistories,
              (const CallOptions&, const v1::StreamHistoriesRequest&), (override));
  MOCK_METHOD(std::unique_ptr<CheckStream>, CheckCodeList, (const CallOptions&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListLabelsResponse>, ListLabels,
              (const CallOptions&, const v1::ListLabelsRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListLabelMovesResponse>, ListLabelMoves,
              (const CallOptions&, const v1::ListLabelMovesRequest&), (override));
  MOCK_METHOD(std::unique_ptr<MessageStream<v1::WatchReleasesResponse>>, WatchReleases,
              (const CallOptions&, const v1::WatchReleasesRequest&), (override));
  MOCK_METHOD(std::unique_ptr<MessageStream<v1::ExportReleaseResponse>>, ExportRelease,
              (const CallOptions&, const v1::ExportReleaseRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::GetReferenceResponse>, GetReference,
              (const CallOptions&, const v1::GetReferenceRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListReferenceRevisionsResponse>, ListReferenceRevisions,
              (const CallOptions&, const v1::ListReferenceRevisionsRequest&), (override));
  MOCK_METHOD(std::unique_ptr<MessageStream<v1::StreamReferencesResponse>>, StreamReferences,
              (const CallOptions&, const v1::StreamReferencesRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListVerificationsResponse>, ListVerifications,
              (const CallOptions&, const v1::ListVerificationsRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListVerificationQueueResponse>, ListVerificationQueue,
              (const CallOptions&, const v1::ListVerificationQueueRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListQueueCodesResponse>, ListQueueCodes,
              (const CallOptions&, const v1::ListQueueCodesRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListSourceEditionsResponse>, ListSourceEditions,
              (const CallOptions&, const v1::ListSourceEditionsRequest&), (override));
};

class MockAdminConnection : public AdminConnection {
 public:
  MOCK_METHOD(std::unique_ptr<LoadStream>, LoadRelease, (const CallOptions&), (override));
  MOCK_METHOD(absl::StatusOr<v1::VerifyReleaseResponse>, VerifyRelease,
              (const CallOptions&, const v1::VerifyReleaseRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::DeleteReleaseResponse>, DeleteRelease,
              (const CallOptions&, const v1::DeleteReleaseRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::SetActivationResponse>, SetActivation,
              (const CallOptions&, const v1::SetActivationRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::SetLabelResponse>, SetLabel,
              (const CallOptions&, const v1::SetLabelRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::RollbackLabelResponse>, RollbackLabel,
              (const CallOptions&, const v1::RollbackLabelRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::RemoveLabelResponse>, RemoveLabel,
              (const CallOptions&, const v1::RemoveLabelRequest&), (override));
  MOCK_METHOD(std::unique_ptr<ImportStream>, ImportReferences, (const CallOptions&), (override));
  MOCK_METHOD(absl::StatusOr<v1::RecordVerificationResponse>, RecordVerification,
              (const CallOptions&, const v1::RecordVerificationRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::SetUsageCountsResponse>, SetUsageCounts,
              (const CallOptions&, const v1::SetUsageCountsRequest&), (override));
  MOCK_METHOD(std::unique_ptr<MessageStream<v1::ScrubReleasesResponse>>, ScrubReleases,
              (const CallOptions&, const v1::ScrubReleasesRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::GetScrubReportResponse>, GetScrubReport,
              (const CallOptions&, const v1::GetScrubReportRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::CreateBackupResponse>, CreateBackup,
              (const CallOptions&, const v1::CreateBackupRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListBackupsResponse>, ListBackups,
              (const CallOptions&, const v1::ListBackupsRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::VerifyBackupResponse>, VerifyBackup,
              (const CallOptions&, const v1::VerifyBackupRequest&), (override));
};

// Gives `messages`, then ends with `end`.
template <typename Message>
class ListedStream : public MessageStream<Message> {
 public:
  explicit ListedStream(std::vector<Message> messages, absl::Status end = absl::OkStatus())
      : messages_(messages.begin(), messages.end()), end_(std::move(end)) {}

  absl::StatusOr<std::optional<Message>> Next() override {
    if (messages_.empty()) {
      if (!end_.ok()) return end_;
      return std::optional<Message>();
    }
    std::optional<Message> message = std::move(messages_.front());
    messages_.pop_front();
    return message;
  }
  void Cancel() override {}

 private:
  std::deque<Message> messages_;
  absl::Status end_;
};

}  // namespace codeset::client
