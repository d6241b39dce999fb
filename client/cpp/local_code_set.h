// Whole releases held by the program itself: look-ups, hierarchy, validation and diffs are
// answered in process, by the same code and with the same messages as a server answers.
//
//   client::LocalCodeSet codes;                                     // or Open("codes.codeset")
//   RETURN_IF_ERROR(codes.Pull(connection, client::ById("2026")).status());
//   RETURN_IF_ERROR(codes.Save("codes.codeset"));
//   auto answer = codes.GetConcept(client::ById("2026"), "M99.86");
//
// A release never changes, so that what is held does not go stale; it may gain a facet group, and
// is pulled again then. Only what is lacking is sent: pages that releases share come once.
// Everything is proved against the release's fingerprint before it is used, from a server and
// from a file alike (storage/portable).
//
// What answers say:
// * A selector names a release by its id, or by a label that a LabelFollower keeps
//   (label_follower.h). Dates, `current` and `next` need the server's calendar and register, and
//   what a verification is worth needs its ledger: SERVER_NEEDED (FAILED_PRECONDITION) says so,
//   and ResolveRelease of a Client gives the id. A release that is not held is RELEASE_NOT_FOUND,
//   a fingerprint that is asserted and is another FINGERPRINT_MISMATCH, as by a server.
// * Coverage is EXACT, as for every release that is asked for by its id. Chapters and sections on
//   loan, and the list of POA-exempt codes in force, are those that the server gave with the
//   release when it was pulled; `structure_from` and `poa_from` name them.
// * What validation tells of other releases (since when or until when a code was billable, what
//   replaced it) is told from the releases that are held, by the register of editions that this
//   program was built with; editions that are not held count as not loaded, and answers mark what
//   is not exact for it, as a server's do. Held, a release counts, also where the server holds it
//   back.
// Errors are those that a server gives for the same request, and error.h reads them the same.
//
// A value: copies share what is held. Thread-safe; answers never wait for a pull, which replaces
// what is held at once when it is done. A release takes some 20 MB for its pages, which Save
// writes, its image, made when it is first asked (about 0.1 s) or pulled, and 6 MB for Release().
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "client/cpp/client.h"
#include "client/cpp/connection.h"
#include "client/cpp/local_release.h"
#include "client/cpp/options.h"
#include "codeset/v1/releases.pb.h"
#include "codeset/v1/terminology.pb.h"
#include "storage/model/date.h"

namespace codeset::client {

// What a pull brought.
struct PullResult {
  // The release as the server resolved the selector, with its coverage there.
  v1::ResolvedRelease release;
  // Pages that came, and their bytes; 0 where all were held.
  size_t pages = 0;
  size_t bytes = 0;
  // Whether what is held of the release is other than before: it is new, gained a group, or has
  // other chapters, sections or POA-exempt codes on loan.
  bool changed = false;
};

// See above.
class LocalCodeSet {
 public:
  // Holds nothing. `clock` tells which day it is, by which gaps up to today are told.
  explicit LocalCodeSet(model::Clock clock = absl::Now);

  // Holds what a portable file has: one that Save wrote, or `codesetctl release export`. Errors of
  // portable::ReadPortableFile: SOURCE_UNREADABLE, SOURCE_NOT_RECOGNISED, FORMAT_UNSUPPORTED,
  // LOAD_TOO_LARGE, DATA_DAMAGED.
  static absl::StatusOr<LocalCodeSet> Open(const std::string& path, model::Clock clock = absl::Now);

  // Asks a server for the release that the selector names, by whatever name it takes, and holds
  // it. What the selector asserts must be so. Errors: those of resolving a selector;
  // FINGERPRINT_MISMATCH; RELEASE_CONTENT_DIFFERS where a facet group of the release is held that
  // the server has with other content or not at all; DATA_DAMAGED where what comes does not prove
  // right; those of the connection. What is held is then as it was. One pull at a time; others
  // wait.
  absl::StatusOr<PullResult> Pull(const std::shared_ptr<Connection>& connection,
                                  const v1::ReleaseSelector& release,
                                  const CallOverrides& overrides = {});

  // Writes what is held into a portable file, in the place of one that is there, whole or not at
  // all. ARGUMENT_INVALID where nothing is held, or more than one file takes; STORAGE_FAILED.
  absl::Status Save(const std::string& path) const;

  // Lets go of a release, and of the pages that no other needs. RELEASE_NOT_FOUND.
  absl::Status Remove(absl::string_view release_id);

  // What is held, oldest first: id, day, fingerprints, counts, sources, what is on loan.
  std::vector<v1::Release> Releases() const;
  // The labels that are followed, and the releases that they name.
  std::map<std::string, std::string> Labels() const;

  // One release for many look-ups.
  absl::StatusOr<LocalRelease> Release(const v1::ReleaseSelector& release) const;

  // The same questions as Client's, with its limits and errors.
  absl::StatusOr<v1::ResolveReleaseResponse> ResolveRelease(
      const v1::ReleaseSelector& release) const;
  absl::StatusOr<v1::GetConceptResponse> GetConcept(
      const v1::ReleaseSelector& release, absl::string_view id,
      v1::ConceptView view = v1::CONCEPT_VIEW_BASIC) const;
  absl::StatusOr<v1::BatchGetConceptsResponse> BatchGetConcepts(
      const v1::ReleaseSelector& release, const std::vector<std::string>& ids,
      v1::ConceptView view = v1::CONCEPT_VIEW_BASIC) const;
  // Ranges hold what they were asked of, and make concepts as they are walked. `page_token` is
  // refused: there are no pages here.
  ConceptRange ListConcepts(const v1::ListConceptsRequest& request) const;
  ConceptRange ListRelatives(const v1::ListRelativesRequest& request) const;
  ConceptRange StreamDescendants(const v1::StreamDescendantsRequest& request) const;
  absl::StatusOr<v1::GetSubsumptionResponse> GetSubsumption(const v1::ReleaseSelector& release,
                                                            absl::string_view a,
                                                            absl::string_view b) const;
  absl::StatusOr<v1::GetCommonAncestorResponse> GetCommonAncestor(
      const v1::ReleaseSelector& release, const std::vector<std::string>& ids,
      v1::ConceptView view = v1::CONCEPT_VIEW_BASIC) const;
  absl::StatusOr<v1::ValidateCodesResponse> ValidateCodes(
      const v1::ReleaseSelector& release, const std::vector<std::string>& codes) const;
  absl::StatusOr<v1::GetDiffSummaryResponse> GetDiffSummary(
      const v1::GetDiffSummaryRequest& request) const;
  ChangeRange StreamDiff(const v1::StreamDiffRequest& request) const;

 private:
  friend class LabelFollower;
  class State;

  // What the labels of a follower name; an empty id removes a label.
  void SetLabel(const std::string& label, const std::string& release_id);

  std::shared_ptr<State> state_;
};

}  // namespace codeset::client
