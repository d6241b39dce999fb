#include "server/services.h"

#include "server/reactor.h"
#include "server/releases.h"
#include "server/terminology.h"

namespace codeset::server {

grpc::ServerUnaryReactor* TerminologyService::GetConcept(grpc::CallbackServerContext* context,
                                                         const v1::GetConceptRequest* request,
                                                         v1::GetConceptResponse* response) {
  return Answer(context->DefaultReactor(), server::GetConcept(backend_, *request), response);
}

grpc::ServerUnaryReactor* TerminologyService::BatchGetConcepts(
    grpc::CallbackServerContext* context, const v1::BatchGetConceptsRequest* request,
    v1::BatchGetConceptsResponse* response) {
  return Answer(context->DefaultReactor(), server::BatchGetConcepts(backend_, *request), response);
}

grpc::ServerUnaryReactor* TerminologyService::ListConcepts(grpc::CallbackServerContext* context,
                                                           const v1::ListConceptsRequest* request,
                                                           v1::ListConceptsResponse* response) {
  return Answer(context->DefaultReactor(), server::ListConcepts(backend_, *request), response);
}

grpc::ServerUnaryReactor* TerminologyService::ListRelatives(grpc::CallbackServerContext* context,
                                                            const v1::ListRelativesRequest* request,
                                                            v1::ListRelativesResponse* response) {
  return Answer(context->DefaultReactor(), server::ListRelatives(backend_, *request), response);
}

grpc::ServerWriteReactor<v1::StreamDescendantsResponse>* TerminologyService::StreamDescendants(
    grpc::CallbackServerContext*, const v1::StreamDescendantsRequest* request) {
  return AnswerStream(server::StreamDescendants(backend_, *request));
}

grpc::ServerUnaryReactor* TerminologyService::GetSubsumption(
    grpc::CallbackServerContext* context, const v1::GetSubsumptionRequest* request,
    v1::GetSubsumptionResponse* response) {
  return Answer(context->DefaultReactor(), server::GetSubsumption(backend_, *request), response);
}

grpc::ServerUnaryReactor* TerminologyService::GetCommonAncestor(
    grpc::CallbackServerContext* context, const v1::GetCommonAncestorRequest* request,
    v1::GetCommonAncestorResponse* response) {
  return Answer(context->DefaultReactor(), server::GetCommonAncestor(backend_, *request), response);
}

grpc::ServerUnaryReactor* ReleasesService::ListReleases(grpc::CallbackServerContext* context,
                                                        const v1::ListReleasesRequest* request,
                                                        v1::ListReleasesResponse* response) {
  return Answer(context->DefaultReactor(), server::ListReleases(backend_, *request), response);
}

grpc::ServerUnaryReactor* ReleasesService::GetRelease(grpc::CallbackServerContext* context,
                                                      const v1::GetReleaseRequest* request,
                                                      v1::GetReleaseResponse* response) {
  return Answer(context->DefaultReactor(), server::GetRelease(backend_, *request), response);
}

grpc::ServerUnaryReactor* ReleasesService::ResolveRelease(grpc::CallbackServerContext* context,
                                                          const v1::ResolveReleaseRequest* request,
                                                          v1::ResolveReleaseResponse* response) {
  return Answer(context->DefaultReactor(), server::ResolveRelease(backend_, *request), response);
}

grpc::ServerUnaryReactor* ReleasesService::GetDiffSummary(grpc::CallbackServerContext* context,
                                                          const v1::GetDiffSummaryRequest* request,
                                                          v1::GetDiffSummaryResponse* response) {
  return Answer(context->DefaultReactor(), server::GetDiffSummary(backend_, *request), response);
}

grpc::ServerWriteReactor<v1::StreamDiffResponse>* ReleasesService::StreamDiff(
    grpc::CallbackServerContext*, const v1::StreamDiffRequest* request) {
  return AnswerStream(server::StreamDiff(backend_, *request));
}

}  // namespace codeset::server
