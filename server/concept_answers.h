// What the service Terminology answers with concepts, as the bytes that go over the wire: each
// method checks its request, resolves the release once, reads, and writes the answer from the
// bytes of its concepts (storage/query/concept_wire.h), without making messages of them. Errors
// are those that proto/codeset/v1/terminology.proto gives. What is answered otherwise:
// terminology.h.
//
//   ConceptAnswers answers(backend);
//   absl::StatusOr<std::string> bytes = answers.GetConcept(request);   // a v1::GetConceptResponse
//
// Thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "codeset/v1/terminology.pb.h"
#include "server/backend.h"
#include "server/message_source.h"
#include "server/open_cache.h"

namespace codeset::server {

// The most concepts in a message of StreamDescendants.
inline constexpr int kConceptsPerMessage = 500;

// See above.
class ConceptAnswers {
 public:
  // `backend` outlives it.
  explicit ConceptAnswers(const Backend& backend) : backend_(backend) {}

  // A v1::GetConceptResponse.
  absl::StatusOr<std::string> GetConcept(const v1::GetConceptRequest& request);
  // A v1::BatchGetConceptsResponse.
  absl::StatusOr<std::string> BatchGetConcepts(const v1::BatchGetConceptsRequest& request);
  // A v1::ListConceptsResponse.
  absl::StatusOr<std::string> ListConcepts(const v1::ListConceptsRequest& request);
  // A v1::ListRelativesResponse.
  absl::StatusOr<std::string> ListRelatives(const v1::ListRelativesRequest& request);
  // v1::StreamDescendantsResponses.
  absl::StatusOr<MessageSource<std::string>> StreamDescendants(
      const v1::StreamDescendantsRequest& request);

  // Is told when releases or labels have changed.
  void OnChange() { releases_.Forget(); }

 private:
  const Backend& backend_;
  OpenCache releases_;
};

}  // namespace codeset::server
