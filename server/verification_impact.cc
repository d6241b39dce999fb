#include "server/verification_impact.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "server/content_judge.h"
#include "server/page_index.h"
#include "storage/model/status_macros.h"
#include "storage/query/effective.h"

namespace codeset::server {
namespace {

using image::Image;
using image::NodeIndex;
using model::FacetGroup;

uint8_t BitOf(FacetGroup group) { return static_cast<uint8_t>(1U << static_cast<unsigned>(group)); }

// Of the codes of a release what has become of each in another. Views into its image.
struct Fates {
  // The groups in which something changed, as bits.
  absl::flat_hash_map<absl::string_view, uint8_t> changed;
  absl::flat_hash_map<absl::string_view, v1::VerificationStatus> lost;
};

Fates FatesOf(const Image& from, const query::EffectiveDifference& difference) {
  Fates fates;
  for (const auto& cause : difference.causes) {
    for (const NodeIndex node : cause.codes) {
      fates.changed[from.node(node).key] |= BitOf(cause.change.group);
    }
  }
  for (const NodeIndex node : difference.now_headers) {
    fates.lost[from.node(node).key] = v1::VERIFICATION_STATUS_NOW_HEADER;
  }
  for (const NodeIndex node : difference.gone) {
    fates.lost[from.node(node).key] = v1::VERIFICATION_STATUS_GONE;
  }
  return fates;
}

void Count(v1::VerificationStatus status, v1::VerificationImpact& impact) {
  switch (status) {
    case v1::VERIFICATION_STATUS_GONE:
      return impact.set_gone(impact.gone() + 1);
    case v1::VERIFICATION_STATUS_NOW_HEADER:
      return impact.set_now_header(impact.now_header() + 1);
    case v1::VERIFICATION_STATUS_STALE_CONTENT:
      return impact.set_stale_content(impact.stale_content() + 1);
    case v1::VERIFICATION_STATUS_CARRIED_FORWARD_IN_PART:
      return impact.set_carried_forward_in_part(impact.carried_forward_in_part() + 1);
    case v1::VERIFICATION_STATUS_CARRIED_FORWARD:
      return impact.set_carried_forward(impact.carried_forward() + 1);
    default:
      return impact.set_verified(impact.verified() + 1);
  }
}

}  // namespace

absl::StatusOr<v1::VerificationImpact> ImpactOf(const Backend& backend,
                                                absl::string_view release_id) {
  const std::shared_ptr<const store::Catalog> catalog = backend.store.catalog();
  const model::Date today = model::DateInNewYork(backend.clock());
  ASSIGN_OR_RETURN(const std::shared_ptr<const PageIndex> index,
                   backend.pages->Get(backend.store.ledger(), today));
  // Then nothing is compared, and no image needed.
  if (index->by_release.empty()) return v1::VerificationImpact();
  ASSIGN_OR_RETURN(const std::shared_ptr<const Image> to,
                   backend.store.GetImage(*catalog, release_id, today));
  uint8_t known = 0;
  for (const FacetGroup group : model::kFacetGroups) {
    if (query::IsKnown(*to, group)) known |= BitOf(group);
  }
  uint8_t all = 0;
  for (const FacetGroup group : model::kFacetGroups) all |= BitOf(group);
  // Of every page the gravest, which has the smallest number.
  std::map<PagePlace, v1::VerificationStatus> gravest;
  const auto enter = [&](PagePlace page, v1::VerificationStatus status) {
    const auto [it, added] = gravest.try_emplace(page, status);
    if (!added) it->second = std::min(it->second, status);
  };
  for (const auto& [base_id, pages] : index->by_release) {
    std::shared_ptr<const Image> base;
    Fates fates;
    const bool other_release = base_id != release_id;
    if (other_release) {
      ASSIGN_OR_RETURN(base, backend.store.GetImage(*catalog, base_id, today));
      fates = FatesOf(*base, *backend.effective->Get(base, to));
    }
    for (const PageIndex::Resting& resting : pages.resting) {
      const std::string& code = index->pages[resting.page].summary->code;
      const uint8_t then = resting.event->groups;
      const auto lost = fates.lost.find(code);
      // By what the verifier saw of the list of exempt codes, which may have been on loan.
      uint8_t changes = 0;
      if (const auto changed = fates.changed.find(code); changed != fates.changed.end()) {
        changes = changed->second & ~BitOf(FacetGroup::kPoa);
      }
      const std::optional<NodeIndex> node = to->Find(code);
      if (node.has_value() && PoaChanged(*resting.event, *to, *node)) {
        changes |= BitOf(FacetGroup::kPoa);
      }
      const uint8_t compared = then & known;
      // Against the very release, what neither knew is no difference.
      const uint8_t wanted = other_release ? all : then | known;
      if (lost != fates.lost.end()) {
        enter(resting.page, lost->second);
      } else if ((changes & then) != 0) {
        enter(resting.page, v1::VERIFICATION_STATUS_STALE_CONTENT);
      } else if (compared != wanted) {
        enter(resting.page, v1::VERIFICATION_STATUS_CARRIED_FORWARD_IN_PART);
      } else {
        enter(resting.page, other_release ? v1::VERIFICATION_STATUS_CARRIED_FORWARD
                                          : v1::VERIFICATION_STATUS_VERIFIED);
      }
    }
  }
  v1::VerificationImpact impact;
  impact.set_verified_pages(static_cast<int64_t>(gravest.size()));
  for (const auto& [page, status] : gravest) Count(status, impact);
  return impact;
}

void TellImpact(const Backend& backend, v1::LoadReport& report) {
  if (report.outcome() == v1::LOAD_OUTCOME_DRY_RUN) return;
  absl::StatusOr<v1::VerificationImpact> impact = ImpactOf(backend, report.release().id());
  if (!impact.ok()) {
    report.add_warnings(absl::StrCat("what the release makes of verifications is not known: ",
                                     impact.status().message()));
  } else if (impact->verified_pages() > 0) {
    *report.mutable_verification_impact() = *std::move(impact);
  }
}

}  // namespace codeset::server
