// Handlers that answer with bytes, with their answers parsed: for tests that look at messages.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "codeset/v1/releases.pb.h"
#include "codeset/v1/terminology.pb.h"
#include "server/backend.h"
#include "server/concept_answers.h"
#include "server/diff.h"
#include "server/message_source.h"
#include "server/validation.h"

namespace codeset::server {

template <typename Response>
absl::StatusOr<Response> ParsedAnswer(const absl::StatusOr<std::string>& bytes) {
  if (!bytes.ok()) return bytes.status();
  Response response;
  if (!response.ParseFromString(*bytes)) return absl::DataLossError("the answer is no message");
  return response;
}

inline absl::StatusOr<v1::GetConceptResponse> GetConcept(const Backend& backend,
                                                         const v1::GetConceptRequest& request) {
  return ParsedAnswer<v1::GetConceptResponse>(ConceptAnswers(backend).GetConcept(request));
}

inline absl::StatusOr<v1::BatchGetConceptsResponse> BatchGetConcepts(
    const Backend& backend, const v1::BatchGetConceptsRequest& request) {
  return ParsedAnswer<v1::BatchGetConceptsResponse>(
      ConceptAnswers(backend).BatchGetConcepts(request));
}

inline absl::StatusOr<v1::ListConceptsResponse> ListConcepts(
    const Backend& backend, const v1::ListConceptsRequest& request) {
  return ParsedAnswer<v1::ListConceptsResponse>(ConceptAnswers(backend).ListConcepts(request));
}

inline absl::StatusOr<v1::ListRelativesResponse> ListRelatives(
    const Backend& backend, const v1::ListRelativesRequest& request) {
  return ParsedAnswer<v1::ListRelativesResponse>(ConceptAnswers(backend).ListRelatives(request));
}

inline absl::StatusOr<v1::ValidateCodesResponse> ValidateCodes(
    const Backend& backend, const v1::ValidateCodesRequest& request,
    const std::function<bool()>& cancelled = {}) {
  return ParsedAnswer<v1::ValidateCodesResponse>(ValidateCodesBytes(backend, request, cancelled));
}

template <typename Response>
absl::StatusOr<MessageSource<Response>> ParsedStream(
    absl::StatusOr<MessageSource<std::string>> source) {
  if (!source.ok()) return source.status();
  return [next = *std::move(source)]() -> std::optional<Response> {
    const std::optional<std::string> bytes = next();
    if (!bytes.has_value()) return std::nullopt;
    return ParsedAnswer<Response>(*bytes).value();
  };
}

inline absl::StatusOr<MessageSource<v1::StreamDescendantsResponse>> StreamDescendants(
    const Backend& backend, const v1::StreamDescendantsRequest& request) {
  return ParsedStream<v1::StreamDescendantsResponse>(
      ConceptAnswers(backend).StreamDescendants(request));
}

inline absl::StatusOr<MessageSource<v1::StreamDiffResponse>> StreamDiff(
    const Backend& backend, const v1::StreamDiffRequest& request) {
  return ParsedStream<v1::StreamDiffResponse>(StreamDiffBytes(backend, request));
}

}  // namespace codeset::server
