// What has become, in one release, of what applied to a code in the release that its page was
// verified against.
//
//   ContentJudge judge(backend, open);          // `open` is the release judged against
//   ASSIGN_OR_RETURN(ContentVerdict verdict, judge.Judge("M9986", event));
//
// Not thread-safe: each request has its own. Keeps the images that it opened.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/verification.pb.h"
#include "server/backend.h"
#include "server/replacements.h"
#include "storage/query/effective.h"
#include "storage/store/ledger.h"

namespace codeset::server {

// See above.
struct ContentVerdict {
  // The release lacks the code.
  bool gone = false;
  // It was billable and is a header.
  bool now_header = false;
  // What changed, own changes first. None where it is gone.
  std::vector<v1::ContentChange> changes;
  // The groups that were not known on both sides. None against the very release, unless it has
  // gained a group since.
  std::vector<v1::GroupNotCompared> not_compared;
  // Verified against another release than it is judged by.
  bool other_release = false;
};

// Whether a code is exempt from present-on-admission reporting by the list in force in a release,
// and was not by the one that the verifier saw, or the other way round; false where either is not
// known. A list can be on loan, in the verified release too: what was seen is kept with the event,
// and the image of that release may say otherwise by now.
bool PoaChanged(const store::EventSummary& event, const image::Image& to, image::NodeIndex after);

// See above.
class ContentJudge {
 public:
  // `backend` outlives the judge. `open` has an image.
  ContentJudge(const Backend& backend, const OpenRelease& open) : backend_(backend), open_(open) {}

  // Judges a code (undotted). Errors are those of opening images.
  absl::StatusOr<ContentVerdict> Judge(absl::string_view code, const store::EventSummary& event);

  // What stands for a code of the release that it was verified against.
  absl::StatusOr<v1::Replacements> ReplacementsOf(absl::string_view code,
                                                  const store::EventSummary& event);

  // The image of a loaded release.
  absl::StatusOr<std::shared_ptr<const image::Image>> ImageOf(const std::string& release_id);

 private:
  // Fills in since when what changed is not what it was.
  absl::Status TellSince(absl::string_view code, const image::Image& before,
                         const store::EventSummary& event,
                         const std::vector<query::EffectiveChange>& changes,
                         std::vector<v1::ContentChange>& messages);
  // Whether an edition between two releases, either not included, may have changed the group.
  bool MayHaveChangedBetween(model::ReleaseOrder after, model::ReleaseOrder before,
                             model::FacetGroup group) const;

  const Backend& backend_;
  const OpenRelease& open_;
  std::map<std::string, std::shared_ptr<const image::Image>> images_;
  std::map<std::string, ReplacementScope> scopes_;
};

}  // namespace codeset::server
