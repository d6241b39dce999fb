// The public services as gRPC serves them: each method hands its request to the function of
// the same name (concept_answers.h, terminology.h, releases.h, labels.h, diff.h, export.h,
// history.h, referencing.h, replacements.h, references.h, verification_queue.h).
//
// Thread-safe.
#pragma once

#include <utility>

#include "absl/strings/string_view.h"
#include "codeset/v1/references.grpc.pb.h"
#include "codeset/v1/releases.grpc.pb.h"
#include "codeset/v1/terminology.grpc.pb.h"
#include "server/backend.h"
#include "server/concept_answers.h"
#include "server/reactor.h"
#include "server/watch.h"

namespace codeset::server {

// The methods of Terminology, those taken raw whose answers are bytes already (concept_answers.h,
// validation.h), or that clients stream (SessionReactor). One by one: over the CallbackService of
// the contract none can be raw that both sides stream. CallLogTest finds one that is missing.
using RawTerminology = v1::Terminology::WithRawCallbackMethod_GetConcept<
    v1::Terminology::WithRawCallbackMethod_BatchGetConcepts<
        v1::Terminology::WithRawCallbackMethod_ListConcepts<
            v1::Terminology::WithRawCallbackMethod_ListRelatives<
                v1::Terminology::WithRawCallbackMethod_StreamDescendants<
                    v1::Terminology::WithRawCallbackMethod_ValidateCodes<
                        v1::Terminology::WithRawCallbackMethod_StreamValidateCodes<
                            v1::Terminology::WithCallbackMethod_GetSubsumption<
                                v1::Terminology::WithCallbackMethod_GetCommonAncestor<
                                    v1::Terminology::WithCallbackMethod_GetHistory<
                                        v1::Terminology::WithCallbackMethod_StreamHistories<
                                            v1::Terminology::WithCallbackMethod_ListReferencing<
                                                v1::Terminology::WithCallbackMethod_GetReplacements<
                                                    v1::Terminology::Service>>>>>>>>>>>>>;

// Serves Terminology from a backend, which must outlive it; `ask` as for ConceptAnswers.
class TerminologyService final : public RawTerminology {
 public:
  TerminologyService(const Backend& backend, AskForImage ask)
      : backend_(backend), answers_(backend, std::move(ask)) {}

  // Is told when releases or labels have changed.
  void OnChange() { answers_.OnChange(); }

  grpc::ServerUnaryReactor* GetConcept(grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* BatchGetConcepts(grpc::CallbackServerContext* context,
                                             const grpc::ByteBuffer* request,
                                             grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ListConcepts(grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ListRelatives(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* StreamDescendants(
      grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) override;
  grpc::ServerUnaryReactor* GetSubsumption(grpc::CallbackServerContext* context,
                                           const v1::GetSubsumptionRequest* request,
                                           v1::GetSubsumptionResponse* response) override;
  grpc::ServerUnaryReactor* GetCommonAncestor(grpc::CallbackServerContext* context,
                                              const v1::GetCommonAncestorRequest* request,
                                              v1::GetCommonAncestorResponse* response) override;
  grpc::ServerUnaryReactor* GetHistory(grpc::CallbackServerContext* context,
                                       const v1::GetHistoryRequest* request,
                                       v1::GetHistoryResponse* response) override;
  grpc::ServerWriteReactor<v1::StreamHistoriesResponse>* StreamHistories(
      grpc::CallbackServerContext* context, const v1::StreamHistoriesRequest* request) override;
  grpc::ServerUnaryReactor* ListReferencing(grpc::CallbackServerContext* context,
                                            const v1::ListReferencingRequest* request,
                                            v1::ListReferencingResponse* response) override;
  grpc::ServerUnaryReactor* GetReplacements(grpc::CallbackServerContext* context,
                                            const v1::GetReplacementsRequest* request,
                                            v1::GetReplacementsResponse* response) override;
  grpc::ServerUnaryReactor* ValidateCodes(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override;
  ByteStreamReactor* StreamValidateCodes(grpc::CallbackServerContext* context) override;

 private:
  const Backend& backend_;
  ConceptAnswers answers_;
};

// The methods of Releases, in the same way: StreamDiff's answers are bytes already (diff.h).
using RawReleases = v1::Releases::WithRawCallbackMethod_StreamDiff<
    v1::Releases::WithRawCallbackMethod_CheckCodeList<v1::Releases::WithCallbackMethod_ListReleases<
        v1::Releases::WithCallbackMethod_GetRelease<v1::Releases::WithCallbackMethod_ResolveRelease<
            v1::Releases::WithCallbackMethod_GetDiffSummary<
                v1::Releases::WithCallbackMethod_ListLabels<
                    v1::Releases::WithCallbackMethod_ListLabelMoves<
                        v1::Releases::WithCallbackMethod_WatchReleases<
                            v1::Releases::WithCallbackMethod_ExportRelease<
                                v1::Releases::Service>>>>>>>>>>;

// Serves Releases from a backend and, for those who watch, from a hub; both must outlive it.
class ReleasesService final : public RawReleases {
 public:
  ReleasesService(const Backend& backend, WatchHub& watch) : backend_(backend), watch_(watch) {}

  grpc::ServerUnaryReactor* ListReleases(grpc::CallbackServerContext* context,
                                         const v1::ListReleasesRequest* request,
                                         v1::ListReleasesResponse* response) override;
  grpc::ServerUnaryReactor* GetRelease(grpc::CallbackServerContext* context,
                                       const v1::GetReleaseRequest* request,
                                       v1::GetReleaseResponse* response) override;
  grpc::ServerUnaryReactor* ResolveRelease(grpc::CallbackServerContext* context,
                                           const v1::ResolveReleaseRequest* request,
                                           v1::ResolveReleaseResponse* response) override;
  grpc::ServerUnaryReactor* GetDiffSummary(grpc::CallbackServerContext* context,
                                           const v1::GetDiffSummaryRequest* request,
                                           v1::GetDiffSummaryResponse* response) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* StreamDiff(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* request) override;
  ByteStreamReactor* CheckCodeList(grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* ListLabels(grpc::CallbackServerContext* context,
                                       const v1::ListLabelsRequest* request,
                                       v1::ListLabelsResponse* response) override;
  grpc::ServerUnaryReactor* ListLabelMoves(grpc::CallbackServerContext* context,
                                           const v1::ListLabelMovesRequest* request,
                                           v1::ListLabelMovesResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchReleasesResponse>* WatchReleases(
      grpc::CallbackServerContext* context, const v1::WatchReleasesRequest* request) override;
  grpc::ServerWriteReactor<v1::ExportReleaseResponse>* ExportRelease(
      grpc::CallbackServerContext* context, const v1::ExportReleaseRequest* request) override;

 private:
  const Backend& backend_;
  WatchHub& watch_;
};

// Serves References from a backend, which must outlive it.
class ReferencesService final : public v1::References::CallbackService {
 public:
  explicit ReferencesService(const Backend& backend) : backend_(backend) {}

  grpc::ServerUnaryReactor* GetReference(grpc::CallbackServerContext* context,
                                         const v1::GetReferenceRequest* request,
                                         v1::GetReferenceResponse* response) override;
  grpc::ServerUnaryReactor* ListReferenceRevisions(
      grpc::CallbackServerContext* context, const v1::ListReferenceRevisionsRequest* request,
      v1::ListReferenceRevisionsResponse* response) override;
  grpc::ServerWriteReactor<v1::StreamReferencesResponse>* StreamReferences(
      grpc::CallbackServerContext* context, const v1::StreamReferencesRequest* request) override;
  grpc::ServerUnaryReactor* ListVerifications(grpc::CallbackServerContext* context,
                                              const v1::ListVerificationsRequest* request,
                                              v1::ListVerificationsResponse* response) override;
  grpc::ServerUnaryReactor* ListVerificationQueue(
      grpc::CallbackServerContext* context, const v1::ListVerificationQueueRequest* request,
      v1::ListVerificationQueueResponse* response) override;
  grpc::ServerUnaryReactor* ListQueueCodes(grpc::CallbackServerContext* context,
                                           const v1::ListQueueCodesRequest* request,
                                           v1::ListQueueCodesResponse* response) override;
  grpc::ServerUnaryReactor* ListSourceEditions(grpc::CallbackServerContext* context,
                                               const v1::ListSourceEditionsRequest* request,
                                               v1::ListSourceEditionsResponse* response) override;

 private:
  const Backend& backend_;
};

// Whether a method of one request, by the path that a call names
// (`/codeset.v1.Terminology/GetConcept`), takes it as bytes. For who sees calls from outside and
// must know which.
bool IsRawMethod(absl::string_view path);

}  // namespace codeset::server
