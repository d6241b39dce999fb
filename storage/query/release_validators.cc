#include "storage/query/release_validators.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/timeline.h"

namespace codeset::query {
namespace {

constexpr size_t kMaxFound = 1000;

absl::StatusOr<size_t> PlaceOf(const ReleaseSet& set, absl::string_view id) {
  const auto found = std::find_if(
      set.releases.begin(), set.releases.end(),
      [&](const model::TimelineRelease& release) { return release.id.ToString() == id; });
  if (found == set.releases.end()) {
    return model::MakeError(model::Reason::kInternal,
                            absl::StrCat("release ", id, " is not of the set that was asked"));
  }
  return static_cast<size_t>(found - set.releases.begin());
}

}  // namespace

// A release that codes are judged by.
struct ReleaseValidators::Kept {
  std::shared_ptr<const image::Image> image;
  std::shared_ptr<CodeValidator> validator;
  // What stands in it for codes of others, by their ids.
  absl::flat_hash_map<std::string, std::shared_ptr<const ReplacementScope>> scopes;
  // What was found, by release and code: lists name the same codes again and again.
  absl::flat_hash_map<std::pair<std::string, std::string>, KnownReplacements> found;
};

std::shared_ptr<CodeValidator> ReleaseValidators::Open(std::shared_ptr<const image::Image> image,
                                                       model::ReleaseOrder order) {
  std::shared_ptr<Kept>& kept = kept_[image->release_id()];
  if (kept != nullptr) return kept->validator;
  kept = std::make_shared<Kept>();
  kept->image = std::move(image);
  // The validator lies within what the functions refer to, which therefore outlives them.
  kept->validator = std::make_shared<CodeValidator>(
      *kept->image, order,
      OtherReleases{[this] { return ValidityOfAll(); },
                    [this, at = kept.get()](absl::string_view code, const image::Image& from) {
                      return ReplacementsOf(*at, code, from);
                    }});
  return kept->validator;
}

const ReleaseSet& ReleaseValidators::set() {
  if (!set_.has_value()) set_ = make_set_();
  return *set_;
}

absl::StatusOr<std::shared_ptr<const Validity>> ReleaseValidators::ValidityOfAll() {
  if (validity_ != nullptr) return validity_;
  const model::Timeline timeline =
      model::MakeTimeline(set().releases, *set().editions, set().today);
  std::vector<std::shared_ptr<const image::Image>> images(timeline.releases.size());
  for (const model::LineSpan& span : model::LineOf(timeline)) {
    ASSIGN_OR_RETURN(images[span.release], set().image(span.release));
  }
  validity_ = std::make_shared<const Validity>(timeline, images);
  return validity_;
}

absl::StatusOr<KnownReplacements> ReleaseValidators::ReplacementsOf(Kept& kept,
                                                                    absl::string_view code,
                                                                    const image::Image& from) {
  const std::pair<std::string, std::string> key(from.release_id(), code);
  if (const auto known = kept.found.find(key); known != kept.found.end()) return known->second;
  std::shared_ptr<const ReplacementScope>& scope = kept.scopes[from.release_id()];
  if (scope == nullptr) {
    ASSIGN_OR_RETURN(const size_t older, PlaceOf(set(), from.release_id()));
    ASSIGN_OR_RETURN(const size_t here, PlaceOf(set(), kept.image->release_id()));
    ASSIGN_OR_RETURN(ReplacementScope opened, OpenReplacements(set(), older, here));
    scope = std::make_shared<const ReplacementScope>(std::move(opened));
  }
  KnownReplacements found{scope->Find(code), scope->uncovered_editions.empty()};
  if (kept.found.size() < kMaxFound) kept.found.emplace(key, found);
  return found;
}

}  // namespace codeset::query
