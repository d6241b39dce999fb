#include "server/content_judge.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"

namespace codeset::server {

using image::Image;
using image::NodeIndex;
using model::FacetGroup;

namespace {

bool KnewGroup(const store::EventSummary& event, FacetGroup group) {
  return (event.groups & (1U << static_cast<unsigned>(group))) != 0;
}

// The groups that were known to the verifier, are known to the image, and differ.
std::vector<query::EffectiveChange> ChangesOf(const Image& from, NodeIndex before, const Image& to,
                                              NodeIndex after, const store::EventSummary& event) {
  std::vector<query::EffectiveChange> changes = query::CompareEffective(from, before, to, after);
  // The release may have gained a group since: what it says was not checked then.
  std::erase_if(changes, [&](const query::EffectiveChange& change) {
    return !KnewGroup(event, change.group);
  });
  return changes;
}

v1::ContentChange ToMessage(const query::EffectiveChange& change) {
  v1::ContentChange message;
  message.set_group(static_cast<v1::FacetGroup>(change.group));
  message.set_facet(change.facet);
  message.set_level(change.level);
  message.set_origin_id(model::FormatConceptKey(change.origin));
  return message;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Image>> ContentJudge::ImageOf(const std::string& release_id) {
  if (release_id == open_.image->release_id()) return open_.image;
  std::shared_ptr<const Image>& image = images_[release_id];
  if (image == nullptr) {
    ASSIGN_OR_RETURN(image, backend_.store.GetImage(*open_.catalog, release_id, open_.today));
  }
  return image;
}

absl::StatusOr<ContentVerdict> ContentJudge::Judge(absl::string_view code,
                                                   const store::EventSummary& event) {
  ContentVerdict verdict;
  verdict.other_release = *event.release_id != open_.image->release_id();
  const Image& to = *open_.image;
  for (const FacetGroup group : model::kFacetGroups) {
    const bool then = KnewGroup(event, group);
    const bool now = query::IsKnown(to, group);
    if (then && now) continue;
    // Against the very release, what neither knew is no difference.
    if (!verdict.other_release && !then && !now) continue;
    v1::GroupNotCompared& entry = verdict.not_compared.emplace_back();
    entry.set_group(static_cast<v1::FacetGroup>(group));
    if (!then) entry.add_missing_in(*event.release_id);
    if (!now) entry.add_missing_in(to.release_id());
  }
  const std::optional<NodeIndex> after = to.Find(code);
  if (!after.has_value()) {
    verdict.gone = true;
    return verdict;
  }
  if (!verdict.other_release) return verdict;
  ASSIGN_OR_RETURN(const std::shared_ptr<const Image> from, ImageOf(*event.release_id));
  const std::optional<NodeIndex> before = from->Find(code);
  if (!before.has_value()) {
    return model::MakeError(
        model::Reason::kDataDamaged,
        absl::StrCat("the ledger has a verification of ", model::DottedCode(code),
                     " against release ", *event.release_id, ", which lacks the code"),
        {{"release", *event.release_id}});
  }
  verdict.now_header = from->node(*before).billable && !to.node(*after).billable;
  const std::vector<query::EffectiveChange> changes = ChangesOf(*from, *before, to, *after, event);
  for (const query::EffectiveChange& change : changes) {
    verdict.changes.push_back(ToMessage(change));
  }
  if (!changes.empty()) RETURN_IF_ERROR(TellSince(code, *from, changes, verdict.changes));
  return verdict;
}

bool ContentJudge::MayHaveChangedBetween(model::ReleaseOrder after, model::ReleaseOrder before,
                                         FacetGroup group) const {
  // An edition that the register knows tells what it changed, loaded or not; a loaded one that it
  // does not know may have changed anything.
  for (const model::Edition& edition : backend_.editions.editions()) {
    if (after < edition.order() && edition.order() < before && edition.Changed(group)) return true;
  }
  for (const store::CatalogRelease& release : open_.catalog->releases()) {
    if (!(after < release.order() && release.order() < before)) continue;
    const bool registered =
        std::any_of(backend_.editions.editions().begin(), backend_.editions.editions().end(),
                    [&](const model::Edition& edition) { return edition.id == release.id; });
    if (!registered) return true;
  }
  return false;
}

absl::Status ContentJudge::TellSince(absl::string_view code, const Image& before,
                                     const std::vector<query::EffectiveChange>& changes,
                                     std::vector<v1::ContentChange>& messages) {
  const store::CatalogRelease* const base = open_.catalog->Find(before.release_id());
  if (base == nullptr || !(base->order() < open_.release->order())) return absl::OkStatus();
  const NodeIndex from = *before.Find(code);
  // Of each change the newest release that knows the group and has it as it was.
  std::vector<model::ReleaseOrder> last_same(changes.size(), base->order());
  for (const store::CatalogRelease& release : open_.catalog->releases()) {
    if (!(base->order() < release.order()) || open_.release->order() < release.order()) continue;
    const bool judged = release.id == open_.release->id;
    if (!judged && release.HeldBackOn(open_.today)) continue;
    ASSIGN_OR_RETURN(const std::shared_ptr<const Image> image, ImageOf(release.id.ToString()));
    const std::optional<NodeIndex> node = image->Find(code);
    const std::vector<query::EffectiveChange> found =
        node.has_value() ? query::CompareEffective(before, from, *image, *node)
                         : std::vector<query::EffectiveChange>();
    for (size_t i = 0; i < changes.size(); ++i) {
      if (!messages[i].since_release_id().empty()) continue;
      if (!judged && (!node.has_value() || !query::IsKnown(*image, changes[i].group))) continue;
      if (!judged && std::find(found.begin(), found.end(), changes[i]) == found.end()) {
        last_same[i] = release.order();
        continue;
      }
      messages[i].set_since_release_id(release.id.ToString());
      messages[i].set_since_at_the_latest(
          MayHaveChangedBetween(last_same[i], release.order(), changes[i].group));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Replacements> ContentJudge::ReplacementsOf(absl::string_view code,
                                                              const store::EventSummary& event) {
  auto it = scopes_.find(*event.release_id);
  if (it == scopes_.end()) {
    v1::ReleaseSelector selector;
    selector.set_release(*event.release_id);
    ASSIGN_OR_RETURN(OpenRelease from, ResolveIn(backend_, open_.catalog, selector, "release"));
    RETURN_IF_ERROR(OpenImage(backend_, from));
    ASSIGN_OR_RETURN(ReplacementScope scope, OpenReplacements(backend_, from, open_));
    it = scopes_.emplace(*event.release_id, std::move(scope)).first;
  }
  v1::Replacements message;
  for (v1::Replacement& replacement : it->second.Find(code)) {
    *message.add_replacements() = std::move(replacement);
  }
  return message;
}

}  // namespace codeset::server
