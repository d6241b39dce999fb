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

query::EffectiveChange PoaChange(absl::string_view code) {
  return {FacetGroup::kPoa, v1::FACET_POA_EXEMPTION, v1::CHANGE_LEVEL_OWN, std::string(code)};
}

// The groups that were known to the verifier, are known to the image, and differ.
std::vector<query::EffectiveChange> ChangesOf(const Image& from, NodeIndex before, const Image& to,
                                              NodeIndex after, const store::EventSummary& event) {
  std::vector<query::EffectiveChange> changes = query::CompareEffective(from, before, to, after);
  // The release may have gained a group since: what it says was not checked then.
  std::erase_if(changes, [&](const query::EffectiveChange& change) {
    return change.group == FacetGroup::kPoa || !KnewGroup(event, change.group);
  });
  if (PoaChanged(event, to, after)) {
    // Own changes come first.
    const auto inherited = std::find_if(changes.begin(), changes.end(), [](const auto& change) {
      return change.level != v1::CHANGE_LEVEL_OWN;
    });
    changes.insert(inherited, PoaChange(from.node(before).key));
  }
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

bool PoaChanged(const store::EventSummary& event, const Image& to, NodeIndex after) {
  return KnewGroup(event, FacetGroup::kPoa) && query::IsKnown(to, FacetGroup::kPoa) &&
         event.poa_exempt != query::IsExempt(to.node(after));
}

absl::StatusOr<std::shared_ptr<const Image>> ContentJudge::ImageOf(const std::string& release_id) {
  if (release_id == open_.image->release_id()) return open_.image;
  std::shared_ptr<const Image>& image = images_[release_id];
  if (image == nullptr) {
    // The ledger is read later than the catalog: what was verified meanwhile may have been so
    // against a release that was loaded meanwhile. It stays, since the ledger names it.
    std::shared_ptr<const store::Catalog> catalog = open_.catalog;
    if (catalog->Find(release_id) == nullptr) catalog = backend_.store.catalog();
    ASSIGN_OR_RETURN(image, backend_.store.GetImage(*catalog, release_id, open_.today));
  }
  return image;
}

absl::StatusOr<ContentVerdict> ContentJudge::Judge(absl::string_view code,
                                                   const store::EventSummary& event) {
  ContentVerdict verdict;
  verdict.other_release = *event.release_id != open_.image->release_id();
  const Image& to = *open_.image;
  const std::optional<NodeIndex> after = to.Find(code);
  if (!after.has_value()) {
    verdict.gone = true;
    return verdict;
  }
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
  if (!verdict.other_release) {
    // Nothing of the release changes but what it has on loan.
    if (PoaChanged(event, to, *after)) verdict.changes.push_back(ToMessage(PoaChange(code)));
    return verdict;
  }
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
  if (!changes.empty()) RETURN_IF_ERROR(TellSince(code, *from, event, changes, verdict.changes));
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
                                     const store::EventSummary& event,
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
        node.has_value() ? ChangesOf(before, from, *image, *node, event)
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
  // Loaded since the catalog was taken; see ImageOf.
  if (open_.catalog->Find(*event.release_id) == nullptr) return v1::Replacements();
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
