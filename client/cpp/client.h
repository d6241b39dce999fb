// The typed client of a Codeset server.
//
//   client::Client client(client::MakeConnection("127.0.0.1:7460"));
//   absl::StatusOr<v1::GetConceptResponse> answer =
//       client.GetConcept(client::OnDate("2025-11-15"), "M99.86");
//   if (!answer.ok()) return answer.status();
//   LOG << answer->found().title() << " in " << answer->release().release_id();
//
// A value: copies share the connection. Thread-safe; what a call returns belongs to its
// caller. Errors are those that the protos list for each rpc (error.h reads their
// reasons), UNAVAILABLE where no server answers, and DEADLINE_EXCEEDED. Requests with
// many fields are the proto's own; limits are in the protos' comments.
//
// A selector that asserts a fingerprint is held against the answer here too, so that a server
// that does not know of fingerprints cannot answer from another release: such a call ends with
// FINGERPRINT_MISMATCH. With ClientOptions::pin, requests that name no release ask the pinned
// one and assert its fingerprint (pin.h).
//
// AdminClient, for loading and deleting releases, is in admin_client.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cpp/code_list.h"
#include "client/cpp/connection.h"
#include "client/cpp/options.h"
#include "client/cpp/range.h"
#include "client/cpp/selector.h"
#include "client/cpp/validation.h"
#include "client/cpp/watch.h"

namespace codeset::client {

// What an answer with many concepts says of the whole.
struct ConceptsHeader {
  // The release that answered. Its coverage is that of the first page; later pages are
  // pinned to the same release.
  v1::ResolvedRelease release;
  // How many concepts there are; nothing where the answer does not say (streams).
  std::optional<int> total_size;
  // False where concepts may be missing whose place is not known.
  bool complete = true;
};

// What an answer about who names a concept says of the whole.
struct ReferencingHeader {
  v1::ResolvedRelease release;
  int total_size = 0;
  // KNOWN, or NOT_KNOWN where the release has no tabular list: then an empty answer says
  // nothing.
  v1::TabularState tabular_state = v1::TABULAR_STATE_UNSPECIFIED;
};

// What a diff says of the whole.
struct DiffHeader {
  v1::ResolvedRelease from;
  v1::ResolvedRelease to;
  // Which facets were compared; one that was not says nothing by having no change.
  std::vector<v1::FacetComparability> comparability;
  v1::ReleaseCounts from_counts;
  v1::ReleaseCounts to_counts;
  // False where changes may be missing below a chapter or section, since the place of some
  // category is not known.
  bool complete = true;
};

// What the lives of all codes are told along.
struct HistoryHeader {
  // The line of releases, oldest first.
  std::vector<v1::HistoryRelease> releases;
  // The gaps in it, oldest first.
  std::vector<v1::HistoryGap> gaps;
  // The day on which it was told, ISO 8601.
  std::string as_of;
};

// What a walk over the queue of verifications says of the whole.
struct QueueHeader {
  // The release that pages were judged against.
  v1::ResolvedRelease release;
  // How many groups there are.
  int total_groups = 0;
  // How many pages there are that are not withdrawn.
  std::int64_t pages = 0;
  // The day that was reckoned from, ISO 8601.
  std::string as_of;
};

// What a walk over the codes of a group says of the whole.
struct QueueCodesHeader {
  v1::ResolvedRelease release;
  int total_size = 0;
};

// A page with what is known of its revision.
struct StoredReference {
  v1::Reference reference;
  v1::ReferenceRevision revision;
};

// Of an answer that says nothing of the whole.
struct NoHeader {};

// Whether an answer about concepts tells what the verification of their pages is worth today.
enum class TellVerification { kNo, kYes };

using ConceptRange = BatchRange<v1::Concept, ConceptsHeader>;
using ChangeRange = BatchRange<v1::Change, DiffHeader>;
using ReferencingRange = BatchRange<v1::Referencing, ReferencingHeader>;
using HistoryRange = BatchRange<v1::CodeHistory, HistoryHeader>;
using ReferenceRange = BatchRange<StoredReference, NoHeader>;
using VerificationRange = BatchRange<v1::Verification, NoHeader>;
using QueueRange = BatchRange<v1::QueueGroup, QueueHeader>;
using QueueCodeRange = BatchRange<v1::QueueCode, QueueCodesHeader>;

// When a call that starts now ends at the latest: `overrides` where it gives a positive
// and finite time, else `timeout`.
CallOptions DeadlineAfter(absl::Duration timeout, const CallOverrides& overrides);

class Client {
 public:
  explicit Client(std::shared_ptr<Connection> connection, ClientOptions options = {})
      : connection_(std::move(connection)), options_(std::move(options)) {}

  // One concept. NOT_FOUND (CONCEPT_NOT_FOUND) if the release has none of this id.
  absl::StatusOr<v1::GetConceptResponse> GetConcept(
      const v1::ReleaseSelector& release, absl::string_view id,
      v1::ConceptView view = v1::CONCEPT_VIEW_BASIC, const CallOverrides& overrides = {},
      TellVerification verification = TellVerification::kNo) const;
  // 1 to 10,000 concepts in the order asked; an unknown one is an outcome, not an error.
  // RESOURCE_EXHAUSTED (ANSWER_TOO_LARGE) beyond 48 MiB: ask for fewer.
  absl::StatusOr<v1::BatchGetConceptsResponse> BatchGetConcepts(
      const v1::ReleaseSelector& release, const std::vector<std::string>& ids,
      v1::ConceptView view = v1::CONCEPT_VIEW_BASIC, const CallOverrides& overrides = {},
      TellVerification verification = TellVerification::kNo) const;
  // The concepts that meet the request's conditions, page after page. Starts at its
  // page_token if it has one.
  ConceptRange ListConcepts(const v1::ListConceptsRequest& request,
                            const CallOverrides& overrides = {}) const;
  // A concept's relatives, page after page.
  ConceptRange ListRelatives(const v1::ListRelativesRequest& request,
                             const CallOverrides& overrides = {}) const;
  // The notes that name a concept, page after page.
  ReferencingRange ListReferencing(const v1::ListReferencingRequest& request,
                                   const CallOverrides& overrides = {}) const;
  // Everything below a concept. The call begins when the range is first used.
  ConceptRange StreamDescendants(v1::StreamDescendantsRequest request,
                                 const CallOverrides& overrides = {}) const;
  // How concept `a` is related to concept `b`.
  absl::StatusOr<v1::GetSubsumptionResponse> GetSubsumption(
      const v1::ReleaseSelector& release, absl::string_view a, absl::string_view b,
      const CallOverrides& overrides = {}) const;
  // The lowest concept that all of 1 to 1,000 are or lie below.
  absl::StatusOr<v1::GetCommonAncestorResponse> GetCommonAncestor(
      const v1::ReleaseSelector& release, const std::vector<std::string>& ids,
      v1::ConceptView view = v1::CONCEPT_VIEW_BASIC, const CallOverrides& overrides = {}) const;

  // What a code of release `from` is coded as in `to`, older or newer. NOT_FOUND
  // (CONCEPT_NOT_FOUND) if `from` has no such code.
  absl::StatusOr<v1::GetReplacementsResponse> GetReplacements(
      absl::string_view id, const v1::ReleaseSelector& from, const v1::ReleaseSelector& to,
      const CallOverrides& overrides = {}) const;

  // Whether 1 to 10,000 codes may be submitted, and if not, what to do; an outcome a code.
  absl::StatusOr<v1::ValidateCodesResponse> ValidateCodes(
      const v1::ReleaseSelector& release, const std::vector<std::string>& codes,
      const CallOverrides& overrides = {}) const;
  // The same for any number of rows, each perhaps with its own release; `release` is that of
  // the others. Results come in the order of the rows. The call begins when the range is first
  // used. See validation.h.
  ValidationRange StreamValidateCodes(const v1::ReleaseSelector& release, NextCode next_code,
                                      const CallOverrides& overrides = {}) const;

  // A code's life over all releases. NOT_FOUND (CONCEPT_NOT_FOUND) if no release has it.
  absl::StatusOr<v1::GetHistoryResponse> GetHistory(absl::string_view id,
                                                    const CallOverrides& overrides = {}) const;
  // The lives of all codes that the request names. The call begins when the range is first
  // used.
  HistoryRange StreamHistories(v1::StreamHistoriesRequest request,
                               const CallOverrides& overrides = {}) const;

  // All loaded releases and all editions known.
  absl::StatusOr<v1::ListReleasesResponse> ListReleases(const CallOverrides& overrides = {}) const;
  // One release with its sources and disagreements.
  absl::StatusOr<v1::GetReleaseResponse> GetRelease(const v1::ReleaseSelector& release,
                                                    const CallOverrides& overrides = {}) const;
  // Which release a selector names.
  absl::StatusOr<v1::ResolveReleaseResponse> ResolveRelease(
      const v1::ReleaseSelector& release, const CallOverrides& overrides = {}) const;
  // How many changes of each kind lie between two releases.
  absl::StatusOr<v1::GetDiffSummaryResponse> GetDiffSummary(
      const v1::GetDiffSummaryRequest& request, const CallOverrides& overrides = {}) const;
  // The changes between two releases. The call begins when the range is first used.
  ChangeRange StreamDiff(v1::StreamDiffRequest request, const CallOverrides& overrides = {}) const;
  // What became of the entries of a list between two releases: rows in the order of the list.
  // The call begins when the range is first used. See code_list.h.
  CheckRange CheckCodeList(v1::CodeListPins pins, NextEntry next_entry,
                           const CallOverrides& overrides = {}) const;
  // The labels and what they name.
  absl::StatusOr<v1::ListLabelsResponse> ListLabels(const CallOverrides& overrides = {}) const;
  // Every move of one label, oldest first. NOT_FOUND (LABEL_NOT_FOUND) if there never was one.
  absl::StatusOr<v1::ListLabelMovesResponse> ListLabelMoves(
      absl::string_view label, const CallOverrides& overrides = {}) const;
  // What happens to releases and labels, as it happens; by itself it does not end. See watch.h.
  WatchRange WatchReleases(WatchOptions options = {}) const;

  // The page of a code, what the release says of the code, and what its verification is worth.
  // NOT_FOUND (REFERENCE_NOT_FOUND) if the code has no page, or its page no such revision.
  absl::StatusOr<v1::GetReferenceResponse> GetReference(const v1::GetReferenceRequest& request,
                                                        const CallOverrides& overrides = {}) const;
  // All revisions of a page, oldest first, without their words.
  absl::StatusOr<v1::ListReferenceRevisionsResponse> ListReferenceRevisions(
      absl::string_view code, const CallOverrides& overrides = {}) const;
  // Pages as they were imported, of the codes and states that the request names or of all. The
  // call begins when the range is first used.
  ReferenceRange StreamReferences(v1::StreamReferencesRequest request,
                                  const CallOverrides& overrides = {}) const;
  // The verifications of a code, oldest first, page after page. A code without a page has none.
  VerificationRange ListVerifications(absl::string_view code,
                                      const CallOverrides& overrides = {}) const;
  // What is to be verified again and why, page after page.
  QueueRange ListVerificationQueue(const v1::ListVerificationQueueRequest& request,
                                   const CallOverrides& overrides = {}) const;
  // The codes of a group of the queue, page after page.
  QueueCodeRange ListQueueCodes(const v1::ListQueueCodesRequest& request,
                                const CallOverrides& overrides = {}) const;
  // The register of source editions.
  absl::StatusOr<v1::ListSourceEditionsResponse> ListSourceEditions(
      const CallOverrides& overrides = {}) const;

 private:
  CallOptions Unary(const CallOverrides& overrides) const {
    return DeadlineAfter(options_.unary_timeout, overrides);
  }
  // `selector`, or what the pin asks where it names no release.
  // FINGERPRINT_MISMATCH where it asserts another fingerprint than the pin's.
  absl::StatusOr<v1::ReleaseSelector> Selected(const v1::ReleaseSelector& selector) const;

  std::shared_ptr<Connection> connection_;
  ClientOptions options_;
};

}  // namespace codeset::client
