#include "server/release_validators.h"

#include <utility>
#include <vector>

#include "server/history.h"
#include "server/replacements.h"
#include "storage/model/date.h"
#include "storage/model/status_macros.h"

namespace codeset::server {
namespace {

constexpr size_t kMaxFound = 1000;

}  // namespace

// A release that codes are judged by.
struct ReleaseValidators::Kept {
  OpenRelease open;
  std::shared_ptr<ReleaseValidator> validator;
  // What stands in it for codes of others, by their ids.
  absl::flat_hash_map<std::string, std::shared_ptr<const ReplacementScope>> scopes;
  // What was found, by release and code: lists name the same codes again and again.
  absl::flat_hash_map<std::pair<std::string, std::string>, query::KnownReplacements> found;
};

absl::StatusOr<std::shared_ptr<ReleaseValidator>> ReleaseValidators::Open(const OpenRelease& open) {
  std::shared_ptr<Kept>& kept = kept_[open.release->id.ToString()];
  if (kept != nullptr) return kept->validator;
  auto opened = std::make_shared<Kept>();
  opened->open = open;
  RETURN_IF_ERROR(OpenImage(backend_, opened->open));
  // The validator lies within what the functions refer to, which therefore outlives them.
  opened->validator = std::make_shared<ReleaseValidator>(
      *opened->open.image, open.release->order(),
      query::OtherReleases{
          [this, at = opened.get()] { return ValidityOf(at->open); },
          [this, at = opened.get()](absl::string_view code, const image::Image& from) {
            return ReplacementsOf(*at, code, from);
          }});
  kept = std::move(opened);
  return kept->validator;
}

absl::StatusOr<std::shared_ptr<const query::Validity>> ReleaseValidators::ValidityOf(
    const OpenRelease& open) {
  if (validity_ != nullptr) return validity_;
  const model::Timeline timeline = TimelineOf(*open.catalog, backend_.editions, open.today);
  std::vector<std::shared_ptr<const image::Image>> images(timeline.releases.size());
  for (const model::LineSpan& span : model::LineOf(timeline)) {
    ASSIGN_OR_RETURN(images[span.release],
                     backend_.store.GetImage(
                         *open.catalog, timeline.releases[span.release].id.ToString(), open.today));
  }
  validity_ = std::make_shared<const query::Validity>(timeline, images);
  return validity_;
}

absl::StatusOr<query::KnownReplacements> ReleaseValidators::ReplacementsOf(
    Kept& kept, absl::string_view code, const image::Image& from) {
  const std::pair<std::string, std::string> key(from.release_id(), code);
  if (const auto known = kept.found.find(key); known != kept.found.end()) return known->second;
  std::shared_ptr<const ReplacementScope>& scope = kept.scopes[from.release_id()];
  if (scope == nullptr) {
    OpenRelease older;
    older.catalog = kept.open.catalog;
    older.today = kept.open.today;
    // The line of releases is the catalog's.
    older.release = older.catalog->Find(from.release_id());
    ASSIGN_OR_RETURN(ReplacementScope opened, OpenReplacements(backend_, older, kept.open));
    scope = std::make_shared<const ReplacementScope>(std::move(opened));
  }
  query::KnownReplacements found{scope->Find(code), scope->uncovered_editions.empty()};
  if (kept.found.size() < kMaxFound) kept.found.emplace(key, found);
  return found;
}

}  // namespace codeset::server
