#include "server/services.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

#include "google/protobuf/arena.h"
#include "server/cancelled.h"
#include "server/code_list.h"
#include "server/diff.h"
#include "server/export.h"
#include "server/history.h"
#include "server/labels.h"
#include "server/reactor.h"
#include "server/references.h"
#include "server/referencing.h"
#include "server/releases.h"
#include "server/replacements.h"
#include "server/terminology.h"
#include "server/validation.h"
#include "server/verification_queue.h"
#include "storage/model/status_macros.h"

namespace codeset::server {

namespace {

// Whether the caller of a call has gone.
Cancelled Of(const grpc::CallbackServerContext* context) {
  return [context] { return context->IsCancelled(); };
}

// Hands a request to its handler, unless there are too many calls.
template <typename Request, typename Answer>
absl::StatusOr<Answer> Handle(grpc::CallbackServerContext* context, const Backend& backend,
                              const Request& request,
                              absl::StatusOr<Answer> (*handler)(const Backend&, const Request&)) {
  RETURN_IF_ERROR(backend.calls->Enter(*context, request.ByteSizeLong()));
  return handler(backend, request);
}

// The same of a handler that takes long, and stops when nobody waits any more.
template <typename Request, typename Answer>
absl::StatusOr<Answer> Handle(grpc::CallbackServerContext* context, const Backend& backend,
                              const Request& request,
                              absl::StatusOr<Answer> (*handler)(const Backend&, const Request&,
                                                                const Cancelled&)) {
  RETURN_IF_ERROR(backend.calls->Enter(*context, request.ByteSizeLong()));
  return handler(backend, request, Of(context));
}

// The same of a raw request.
template <typename Request, typename Handler>
auto HandleBytes(grpc::CallbackServerContext* context, const Backend& backend,
                 const grpc::ByteBuffer& bytes, const Handler& handler)
    -> decltype(handler(std::declval<const Request&>())) {
  RETURN_IF_ERROR(backend.calls->Enter(*context, bytes.Length()));
  // Most requests are small, and fit on the stack.
  alignas(std::max_align_t) std::array<char, 1024> block;
  google::protobuf::Arena arena(block.data(), block.size());
  auto& request = *google::protobuf::Arena::CreateMessage<Request>(&arena);
  RETURN_IF_ERROR(ReadRequest(bytes, request));
  return handler(request);
}

// The same where the handler is a method of ConceptAnswers.
template <typename Request, typename Answer>
absl::StatusOr<Answer> Handle(grpc::CallbackServerContext* context, const Backend& backend,
                              ConceptAnswers& answers, const grpc::ByteBuffer& bytes,
                              absl::StatusOr<Answer> (ConceptAnswers::*handler)(const Request&)) {
  return HandleBytes<Request>(context, backend, bytes,
                              [&](const Request& request) { return (answers.*handler)(request); });
}

template <typename Request, typename Answer>
absl::StatusOr<Answer> Handle(grpc::CallbackServerContext* context, const Backend& backend,
                              ConceptAnswers& answers, const grpc::ByteBuffer& bytes,
                              absl::StatusOr<Answer> (ConceptAnswers::*handler)(const Request&,
                                                                                const Cancelled&)) {
  return HandleBytes<Request>(context, backend, bytes, [&](const Request& request) {
    return (answers.*handler)(request, Of(context));
  });
}

}  // namespace

grpc::ServerUnaryReactor* TerminologyService::GetConcept(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* request,
                                                         grpc::ByteBuffer* response) {
  return AnswerBytes(context, backend_,
                     Handle(context, backend_, answers_, *request, &ConceptAnswers::GetConcept),
                     response);
}

grpc::ServerUnaryReactor* TerminologyService::BatchGetConcepts(grpc::CallbackServerContext* context,
                                                               const grpc::ByteBuffer* request,
                                                               grpc::ByteBuffer* response) {
  return AnswerBytes(
      context, backend_,
      Handle(context, backend_, answers_, *request, &ConceptAnswers::BatchGetConcepts), response);
}

grpc::ServerUnaryReactor* TerminologyService::ListConcepts(grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer* request,
                                                           grpc::ByteBuffer* response) {
  return AnswerBytes(context, backend_,
                     Handle(context, backend_, answers_, *request, &ConceptAnswers::ListConcepts),
                     response);
}

grpc::ServerUnaryReactor* TerminologyService::ListRelatives(grpc::CallbackServerContext* context,
                                                            const grpc::ByteBuffer* request,
                                                            grpc::ByteBuffer* response) {
  return AnswerBytes(context, backend_,
                     Handle(context, backend_, answers_, *request, &ConceptAnswers::ListRelatives),
                     response);
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* TerminologyService::StreamDescendants(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  return AnswerByteStream(
      context, backend_,
      Handle(context, backend_, answers_, *request, &ConceptAnswers::StreamDescendants));
}

grpc::ServerUnaryReactor* TerminologyService::GetSubsumption(
    grpc::CallbackServerContext* context, const v1::GetSubsumptionRequest* request,
    v1::GetSubsumptionResponse* response) {
  return Answer(context, backend_, Handle(context, backend_, *request, &server::GetSubsumption),
                response);
}

grpc::ServerUnaryReactor* TerminologyService::GetCommonAncestor(
    grpc::CallbackServerContext* context, const v1::GetCommonAncestorRequest* request,
    v1::GetCommonAncestorResponse* response) {
  return Answer(context, backend_, Handle(context, backend_, *request, &server::GetCommonAncestor),
                response);
}

grpc::ServerUnaryReactor* TerminologyService::GetHistory(grpc::CallbackServerContext* context,
                                                         const v1::GetHistoryRequest* request,
                                                         v1::GetHistoryResponse* response) {
  return Answer(context, backend_, Handle(context, backend_, *request, &server::GetHistory),
                response);
}

grpc::ServerWriteReactor<v1::StreamHistoriesResponse>* TerminologyService::StreamHistories(
    grpc::CallbackServerContext* context, const v1::StreamHistoriesRequest* request) {
  return AnswerStream(context, backend_,
                      Handle(context, backend_, *request, &server::StreamHistories));
}

grpc::ServerUnaryReactor* TerminologyService::ListReferencing(
    grpc::CallbackServerContext* context, const v1::ListReferencingRequest* request,
    v1::ListReferencingResponse* response) {
  return Answer(context, backend_, Handle(context, backend_, *request, &server::ListReferencing),
                response);
}

grpc::ServerUnaryReactor* TerminologyService::GetReplacements(
    grpc::CallbackServerContext* context, const v1::GetReplacementsRequest* request,
    v1::GetReplacementsResponse* response) {
  return Answer(context, backend_, Handle(context, backend_, *request, &server::GetReplacements),
                response);
}

grpc::ServerUnaryReactor* TerminologyService::ValidateCodes(grpc::CallbackServerContext* context,
                                                            const grpc::ByteBuffer* request,
                                                            grpc::ByteBuffer* response) {
  auto answer = HandleBytes<v1::ValidateCodesRequest>(
      context, backend_, *request, [&](const v1::ValidateCodesRequest& codes) {
        return ValidateCodesBytes(backend_, codes, Of(context));
      });
  return AnswerBytes(context, backend_, std::move(answer), response);
}

ByteStreamReactor* TerminologyService::StreamValidateCodes(grpc::CallbackServerContext* context) {
  if (const absl::Status status = backend_.calls->Enter(*context); !status.ok()) {
    return new RefusedCall<ByteStreamReactor>(*context, status);
  }
  return server::StreamValidateCodes(backend_, context);
}

grpc::ServerUnaryReactor* ReleasesService::ListReleases(grpc::CallbackServerContext* context,
                                                        const v1::ListReleasesRequest* request,
                                                        v1::ListReleasesResponse* response) {
  return Answer(context, backend_, Handle(context, backend_, *request, &server::ListReleases),
                response);
}

grpc::ServerUnaryReactor* ReleasesService::GetRelease(grpc::CallbackServerContext* context,
                                                      const v1::GetReleaseRequest* request,
                                                      v1::GetReleaseResponse* response) {
  return Answer(context, backend_, Handle(context, backend_, *request, &server::GetRelease),
                response);
}

grpc::ServerUnaryReactor* ReleasesService::ResolveRelease(grpc::CallbackServerContext* context,
                                                          const v1::ResolveReleaseRequest* request,
                                                          v1::ResolveReleaseResponse* response) {
  return Answer(context, backend_, Handle(context, backend_, *request, &server::ResolveRelease),
                response);
}

grpc::ServerUnaryReactor* ReleasesService::GetDiffSummary(grpc::CallbackServerContext* context,
                                                          const v1::GetDiffSummaryRequest* request,
                                                          v1::GetDiffSummaryResponse* response) {
  return Answer(context, backend_, Handle(context, backend_, *request, &server::GetDiffSummary),
                response);
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* ReleasesService::StreamDiff(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  auto answer = HandleBytes<v1::StreamDiffRequest>(
      context, backend_, *request, [&](const v1::StreamDiffRequest& sides) {
        return StreamDiffBytes(backend_, sides, Of(context));
      });
  return AnswerByteStream(context, backend_, std::move(answer));
}

ByteStreamReactor* ReleasesService::CheckCodeList(grpc::CallbackServerContext* context) {
  if (const absl::Status status = backend_.calls->Enter(*context); !status.ok()) {
    return new RefusedCall<ByteStreamReactor>(*context, status);
  }
  return server::CheckCodeList(backend_, context);
}

grpc::ServerUnaryReactor* ReleasesService::ListLabels(grpc::CallbackServerContext* context,
                                                      const v1::ListLabelsRequest* request,
                                                      v1::ListLabelsResponse* response) {
  return Answer(context, backend_, Handle(context, backend_, *request, &server::ListLabels),
                response);
}

grpc::ServerUnaryReactor* ReleasesService::ListLabelMoves(grpc::CallbackServerContext* context,
                                                          const v1::ListLabelMovesRequest* request,
                                                          v1::ListLabelMovesResponse* response) {
  return Answer(context, backend_, Handle(context, backend_, *request, &server::ListLabelMoves),
                response);
}

grpc::ServerWriteReactor<v1::WatchReleasesResponse>* ReleasesService::WatchReleases(
    grpc::CallbackServerContext* context, const v1::WatchReleasesRequest* request) {
  absl::StatusOr<std::unique_ptr<CallGate::WatcherPlace>> place =
      backend_.calls->EnterWatcher(*context);
  if (!place.ok()) {
    return new RefusedCall<grpc::ServerWriteReactor<v1::WatchReleasesResponse>>(*context,
                                                                                place.status());
  }
  return watch_.Watch(context, *request, backend_.streams, *std::move(place));
}

grpc::ServerWriteReactor<v1::ExportReleaseResponse>* ReleasesService::ExportRelease(
    grpc::CallbackServerContext* context, const v1::ExportReleaseRequest* request) {
  return AnswerStream(context, backend_,
                      Handle(context, backend_, *request, &server::ExportRelease));
}

grpc::ServerUnaryReactor* ReferencesService::GetReference(grpc::CallbackServerContext* context,
                                                          const v1::GetReferenceRequest* request,
                                                          v1::GetReferenceResponse* response) {
  return Answer(context, backend_, Handle(context, backend_, *request, &server::GetReference),
                response);
}

grpc::ServerUnaryReactor* ReferencesService::ListReferenceRevisions(
    grpc::CallbackServerContext* context, const v1::ListReferenceRevisionsRequest* request,
    v1::ListReferenceRevisionsResponse* response) {
  return Answer(context, backend_,
                Handle(context, backend_, *request, &server::ListReferenceRevisions), response);
}

grpc::ServerWriteReactor<v1::StreamReferencesResponse>* ReferencesService::StreamReferences(
    grpc::CallbackServerContext* context, const v1::StreamReferencesRequest* request) {
  return AnswerStream(context, backend_,
                      Handle(context, backend_, *request, &server::StreamReferences));
}

grpc::ServerUnaryReactor* ReferencesService::ListVerifications(
    grpc::CallbackServerContext* context, const v1::ListVerificationsRequest* request,
    v1::ListVerificationsResponse* response) {
  return Answer(context, backend_, Handle(context, backend_, *request, &server::ListVerifications),
                response);
}

grpc::ServerUnaryReactor* ReferencesService::ListVerificationQueue(
    grpc::CallbackServerContext* context, const v1::ListVerificationQueueRequest* request,
    v1::ListVerificationQueueResponse* response) {
  return Answer(context, backend_,
                Handle(context, backend_, *request, &server::ListVerificationQueue), response);
}

grpc::ServerUnaryReactor* ReferencesService::ListQueueCodes(
    grpc::CallbackServerContext* context, const v1::ListQueueCodesRequest* request,
    v1::ListQueueCodesResponse* response) {
  return Answer(context, backend_, Handle(context, backend_, *request, &server::ListQueueCodes),
                response);
}

grpc::ServerUnaryReactor* ReferencesService::ListSourceEditions(
    grpc::CallbackServerContext* context, const v1::ListSourceEditionsRequest* request,
    v1::ListSourceEditionsResponse* response) {
  return Answer(context, backend_, Handle(context, backend_, *request, &server::ListSourceEditions),
                response);
}

namespace {

template <typename Service, typename Reactor, typename Request, typename... More>
constexpr bool TakesBytes(Reactor* (Service::*)(grpc::CallbackServerContext*, const Request*,
                                                More...)) {
  return std::is_same_v<Request, grpc::ByteBuffer>;
}

struct RawMethod {
  absl::string_view path;
  bool raw;
};

// CallLogTest calls every method, and finds one that is raw and not listed here. Of those that
// clients stream, whose requests nobody looks at, none need be.
constexpr RawMethod kRawMethods[] = {
    {"/codeset.v1.Terminology/GetConcept", TakesBytes(&TerminologyService::GetConcept)},
    {"/codeset.v1.Terminology/BatchGetConcepts", TakesBytes(&TerminologyService::BatchGetConcepts)},
    {"/codeset.v1.Terminology/ListConcepts", TakesBytes(&TerminologyService::ListConcepts)},
    {"/codeset.v1.Terminology/ListRelatives", TakesBytes(&TerminologyService::ListRelatives)},
    {"/codeset.v1.Terminology/StreamDescendants",
     TakesBytes(&TerminologyService::StreamDescendants)},
    {"/codeset.v1.Terminology/ValidateCodes", TakesBytes(&TerminologyService::ValidateCodes)},
    {"/codeset.v1.Releases/StreamDiff", TakesBytes(&ReleasesService::StreamDiff)},
};

}  // namespace

bool IsRawMethod(absl::string_view path) {
  return std::any_of(std::begin(kRawMethods), std::end(kRawMethods),
                     [&](const RawMethod& method) { return method.raw && method.path == path; });
}

}  // namespace codeset::server
