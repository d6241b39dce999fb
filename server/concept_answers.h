// What the service Terminology answers with concepts, as the bytes that go over the wire: each
// method checks its request, resolves the release once, reads, and writes the answer from the
// bytes of its concepts (storage/query/concept_wire.h), without making messages of them. Until a
// release's image is there GetConcept answers from the pages of the code's category. Errors are
// those that proto/codeset/v1/terminology.proto gives. What is answered otherwise: terminology.h.
//
//   ConceptAnswers answers(backend);
//   absl::StatusOr<std::string> bytes = answers.GetConcept(request);   // a v1::GetConceptResponse
//
// Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "codeset/v1/terminology.pb.h"
#include "server/backend.h"
#include "server/cancelled.h"
#include "server/message_source.h"
#include "server/open_cache.h"
#include "storage/model/date.h"
#include "storage/store/catalog.h"

namespace codeset::server {

// The most concepts in a message of StreamDescendants.
inline constexpr int kConceptsPerMessage = 500;

// Has made as soon as can be what answers in a view need of a release of a catalog, as it is on a
// day, and returns at once. False if nobody will make that, or it could not be made: then who needs
// it makes it, and finds out why. (Prewarmer::Ask.)
using AskForImage =
    std::function<bool(const std::shared_ptr<const store::Catalog>& catalog, const std::string& id,
                       model::Date day, v1::ConceptView view)>;

// See above.
class ConceptAnswers {
 public:
  // `backend` outlives it. Without `ask` every answer waits for the image.
  explicit ConceptAnswers(const Backend& backend, AskForImage ask = {})
      : backend_(backend), ask_(std::move(ask)) {}

  // A v1::GetConceptResponse.
  absl::StatusOr<std::string> GetConcept(const v1::GetConceptRequest& request);
  // A v1::BatchGetConceptsResponse. CANCELLED where nobody waits for it any more.
  absl::StatusOr<std::string> BatchGetConcepts(const v1::BatchGetConceptsRequest& request,
                                               const Cancelled& cancelled = {});
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
  // What GetConcept answers from: the release with its image or, where that takes time that this
  // one answer need not take, with a part of it.
  absl::StatusOr<std::shared_ptr<const OpenCache::Opened>> OpenForConcept(
      const v1::GetConceptRequest& request, const std::string& key, v1::ConceptView view);

  const Backend& backend_;
  const AskForImage ask_;
  OpenCache releases_;
  // Held while a part is read: of many who come before the image each takes its turn, so that they
  // leave it the other cores. (The standard's mutex, see storage/image/page.h.)
  std::mutex parts_mutex_;
};

}  // namespace codeset::server
