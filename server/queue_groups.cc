#include "server/queue_groups.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/verification_status.h"
#include "storage/image/concept.h"
#include "storage/model/concept_id.h"
#include "storage/model/status_macros.h"

namespace codeset::server {
namespace {

using image::Image;
using image::NodeIndex;
using model::FacetGroup;

// The groups' order (ListVerificationQueueResponse.groups).
int RankOf(const v1::QueueGroup& group) {
  const int rank = 2 * group.status();
  if (group.status() != v1::VERIFICATION_STATUS_STALE_CONTENT) return rank;
  // Changed words have the number before that of changed content.
  return group.level() == v1::CHANGE_LEVEL_OWN ? 2 * v1::VERIFICATION_STATUS_STALE_TEXT - 1 : rank;
}

// The part of an enum's name after a prefix, in lower case.
std::string Word(absl::string_view name, absl::string_view prefix) {
  return absl::AsciiStrToLower(name.substr(std::min(prefix.size(), name.size())));
}

std::string IdOf(const v1::QueueGroup& group) {
  std::vector<std::string> parts = {
      Word(v1::VerificationStatus_Name(group.status()), "VERIFICATION_STATUS_")};
  if (group.facet_group() != v1::FACET_GROUP_UNSPECIFIED) {
    parts.push_back(Word(v1::FacetGroup_Name(group.facet_group()), "FACET_GROUP_"));
  }
  if (group.level() != v1::CHANGE_LEVEL_UNSPECIFIED) {
    parts.push_back(Word(v1::Facet_Name(group.facet()), "FACET_"));
    parts.push_back(Word(v1::ChangeLevel_Name(group.level()), "CHANGE_LEVEL_"));
    parts.push_back(group.origin_id());
  }
  if (!group.verified_release_id().empty()) parts.push_back(group.verified_release_id());
  if (group.has_source()) {
    parts.push_back(SeriesOf(group.source().kind(), group.source().series()));
    parts.push_back(group.source().edition());
  }
  return absl::StrJoin(parts, ":");
}

v1::QueueGroup GroupOf(v1::VerificationStatus status) {
  v1::QueueGroup group;
  group.set_status(status);
  return group;
}

std::optional<bool> LiesUnder(const Image& image, absl::string_view code, absl::string_view under) {
  const std::optional<NodeIndex> node = image.Find(code);
  const std::optional<NodeIndex> top = image.Find(under);
  if (!node.has_value() || !top.has_value()) return std::nullopt;
  return *node >= *top && *node < image.node(*top).end;
}

}  // namespace

bool QueueFilter::Wants(v1::VerificationStatus status) const {
  if (status != v1::VERIFICATION_STATUS_STALE_CONTENT && !(levels.empty() && facets.empty())) {
    return false;
  }
  if (statuses.empty()) return status != v1::VERIFICATION_STATUS_CARRIED_FORWARD_IN_PART;
  return statuses.contains(status);
}

QueueFilter FilterOfGroup(absl::string_view id) {
  QueueFilter filter;
  // An id begins with its status; one that is none has no groups.
  const std::string name =
      absl::StrCat("VERIFICATION_STATUS_", absl::AsciiStrToUpper(id.substr(0, id.find(':'))));
  v1::VerificationStatus status = v1::VERIFICATION_STATUS_UNSPECIFIED;
  v1::VerificationStatus_Parse(name, &status);
  filter.statuses.insert(status);
  return filter;
}

absl::StatusOr<QueueGroups> QueueGroups::Make(const Backend& backend, const OpenRelease& open,
                                              model::Date as_of, std::optional<std::string> under,
                                              const Cancelled& cancelled) {
  QueueGroups groups(backend, open, as_of, cancelled);
  ASSIGN_OR_RETURN(groups.index_, backend.pages->Get(backend.store.ledger(), as_of));
  for (const auto& [release_id, pages] : groups.index_->by_release) {
    RETURN_IF_ERROR(CheckCancelled(cancelled));
    ASSIGN_OR_RETURN(groups.bases_[release_id], groups.judge_.ImageOf(release_id));
  }
  groups.under_ = std::move(under);
  if (groups.under_.has_value()) RETURN_IF_ERROR(groups.FindWithin());
  return groups;
}

absl::Status QueueGroups::FindWithin() {
  bool somewhere = open_.image->Find(*under_).has_value();
  for (const auto& [id, base] : bases_) somewhere |= base->Find(*under_).has_value();
  // What is nowhere is told in the words of the release that was asked.
  if (!somewhere) return FindNode(open_, *under_).status();
  within_.resize(index_->pages.size(), false);
  for (size_t place = 0; place < within_.size(); ++place) {
    const store::PageSummary& page = *index_->pages[place].summary;
    std::optional<bool> lies = LiesUnder(*open_.image, page.code, *under_);
    // A code that is gone lies where it lay when it was verified.
    for (auto event = page.events.rbegin(); event != page.events.rend() && !lies.has_value();
         ++event) {
      const auto base = bases_.find(*event->release_id);
      if (base != bases_.end()) lies = LiesUnder(*base->second, page.code, *under_);
    }
    within_[place] = lies.value_or(model::IsCode(*under_) && absl::StartsWith(page.code, *under_));
  }
  return absl::OkStatus();
}

std::string QueueGroups::TitleOf(absl::string_view key,
                                 absl::string_view verified_release_id) const {
  if (const std::optional<NodeIndex> node = open_.image->Find(key)) {
    return std::string(image::TitleOf(*open_.image, *node));
  }
  const auto base = bases_.find(std::string(verified_release_id));
  if (base == bases_.end()) return "";
  const std::optional<NodeIndex> node = base->second->Find(key);
  return node.has_value() ? std::string(image::TitleOf(*base->second, *node)) : "";
}

void QueueGroups::Add(v1::QueueGroup group, std::vector<PagePlace> pages) {
  if (!within_.empty()) {
    std::erase_if(pages, [&](PagePlace place) { return !within_[place]; });
  }
  if (pages.empty()) return;
  group.set_id(IdOf(group));
  causes_.push_back({std::move(group), std::move(pages)});
}

absl::Status QueueGroups::AddContent(const std::string& release_id,
                                     const PageIndex::ReleasePages& pages,
                                     const QueueFilter& filter) {
  if (filter.Wants(v1::VERIFICATION_STATUS_STALE_CONTENT)) AddPoaOnLoan(release_id, pages, filter);
  if (release_id == open_.image->release_id()) return absl::OkStatus();
  const std::shared_ptr<const Image>& base = bases_.at(release_id);
  const std::shared_ptr<const query::EffectiveDifference> difference =
      backend_.effective->Get(base, open_.image);
  // The pages of nodes that rest on a verification which knew the group.
  const auto pages_of = [&](const std::vector<NodeIndex>& nodes, FacetGroup group) {
    std::vector<PagePlace> found;
    for (const NodeIndex node : nodes) {
      const size_t first = index_->FindResting(pages, base->node(node).key);
      if (first == pages.resting.size()) continue;
      const PagePlace place = pages.resting[first].page;
      for (size_t i = first; i < pages.resting.size() && pages.resting[i].page == place; ++i) {
        const store::EventSummary& event = *pages.resting[i].event;
        if ((event.groups & (1U << static_cast<unsigned>(group))) == 0) continue;
        if (group == FacetGroup::kPoa && event.poa_on_loan) continue;
        found.push_back(place);
        break;
      }
    }
    // Places go by code, nodes in tabular order.
    std::sort(found.begin(), found.end());
    return found;
  };
  const auto add_lost = [&](v1::VerificationStatus status, const std::vector<NodeIndex>& nodes) {
    if (!filter.Wants(status)) return;
    v1::QueueGroup group = GroupOf(status);
    group.set_verified_release_id(release_id);
    Add(std::move(group), pages_of(nodes, FacetGroup::kOrder));
  };
  add_lost(v1::VERIFICATION_STATUS_GONE, difference->gone);
  add_lost(v1::VERIFICATION_STATUS_NOW_HEADER, difference->now_headers);
  if (!filter.Wants(v1::VERIFICATION_STATUS_STALE_CONTENT)) return absl::OkStatus();
  for (const query::EffectiveDifference::Cause& cause : difference->causes) {
    if (!filter.levels.empty() && !filter.levels.contains(cause.change.level)) continue;
    if (!filter.facets.empty() && !filter.facets.contains(cause.change.facet)) continue;
    v1::QueueGroup group = GroupOf(v1::VERIFICATION_STATUS_STALE_CONTENT);
    group.set_facet_group(static_cast<v1::FacetGroup>(cause.change.group));
    group.set_facet(cause.change.facet);
    group.set_level(cause.change.level);
    group.set_origin_id(model::FormatConceptKey(cause.change.origin));
    group.set_verified_release_id(release_id);
    group.set_origin_title(TitleOf(cause.change.origin, release_id));
    Add(std::move(group), pages_of(cause.codes, cause.change.group));
  }
  return absl::OkStatus();
}

void QueueGroups::AddPoaOnLoan(const std::string& release_id, const PageIndex::ReleasePages& pages,
                               const QueueFilter& filter) {
  if (!filter.levels.empty() && !filter.levels.contains(v1::CHANGE_LEVEL_OWN)) return;
  if (!filter.facets.empty() && !filter.facets.contains(v1::FACET_POA_EXEMPTION)) return;
  for (const uint32_t place : pages.poa_on_loan) {
    const PageIndex::Resting& resting = pages.resting[place];
    const std::string& code = index_->pages[resting.page].summary->code;
    const std::optional<NodeIndex> node = open_.image->Find(code);
    if (!node.has_value() || !PoaChanged(*resting.event, *open_.image, *node)) continue;
    v1::QueueGroup group = GroupOf(v1::VERIFICATION_STATUS_STALE_CONTENT);
    group.set_facet_group(v1::FACET_GROUP_POA);
    group.set_facet(v1::FACET_POA_EXEMPTION);
    group.set_level(v1::CHANGE_LEVEL_OWN);
    group.set_origin_id(model::DottedCode(code));
    group.set_verified_release_id(release_id);
    group.set_origin_title(TitleOf(code, release_id));
    Add(std::move(group), {resting.page});
  }
}

void QueueGroups::AddNotCompared(const std::string& release_id,
                                 const PageIndex::ReleasePages& pages) {
  const bool other_release = release_id != open_.image->release_id();
  for (const FacetGroup group : model::kFacetGroups) {
    const bool now = query::IsKnown(*open_.image, group);
    std::vector<PagePlace> found;
    for (const PageIndex::Resting& resting : pages.resting) {
      const bool then = (resting.event->groups & (1U << static_cast<unsigned>(group))) != 0;
      if ((then && now) || (!other_release && !then && !now)) continue;
      // A code that is gone is not carried forward, in part or whole.
      if (!open_.image->Find(index_->pages[resting.page].summary->code).has_value()) continue;
      if (found.empty() || found.back() != resting.page) found.push_back(resting.page);
    }
    v1::QueueGroup message = GroupOf(v1::VERIFICATION_STATUS_CARRIED_FORWARD_IN_PART);
    message.set_facet_group(static_cast<v1::FacetGroup>(group));
    message.set_verified_release_id(release_id);
    Add(std::move(message), std::move(found));
  }
}

void QueueGroups::AddSources() {
  const model::SourceEditions editions = EditionsOf(backend_, *open_.catalog, open_.today);
  for (const auto& [ref, pages] : index_->by_source) {
    std::optional<v1::SourceChange> change =
        SupersededOn(editions, ref, as_of_, pages.first_verified);
    if (!change.has_value()) continue;
    v1::QueueGroup group = GroupOf(v1::VERIFICATION_STATUS_STALE_SOURCE);
    *group.mutable_source() = *std::move(change);
    Add(std::move(group), pages.pages);
  }
}

void QueueGroups::AddOthers(const QueueFilter& filter) {
  if (filter.Wants(v1::VERIFICATION_STATUS_GONE)) {
    std::vector<PagePlace> gone;
    for (const PagePlace place : index_->without_event) {
      if (!open_.image->Find(index_->pages[place].summary->code).has_value()) gone.push_back(place);
    }
    Add(GroupOf(v1::VERIFICATION_STATUS_GONE), std::move(gone));
  }
  if (filter.Wants(v1::VERIFICATION_STATUS_REJECTED)) {
    Add(GroupOf(v1::VERIFICATION_STATUS_REJECTED), index_->rejected);
  }
  if (filter.Wants(v1::VERIFICATION_STATUS_UNVERIFIED)) {
    Add(GroupOf(v1::VERIFICATION_STATUS_UNVERIFIED), index_->unverified);
  }
  if (filter.Wants(v1::VERIFICATION_STATUS_STALE_TEXT)) {
    Add(GroupOf(v1::VERIFICATION_STATUS_STALE_TEXT), index_->text_stale);
  }
  if (filter.Wants(v1::VERIFICATION_STATUS_EXPIRED)) {
    const model::Date newest_expired = as_of_ - backend_.verification_days - 1;
    std::vector<PagePlace> expired;
    for (const PageIndex::Aged& aged : index_->by_age) {
      if (aged.date > newest_expired) break;
      expired.push_back(aged.page);
    }
    std::sort(expired.begin(), expired.end());
    Add(GroupOf(v1::VERIFICATION_STATUS_EXPIRED), std::move(expired));
  }
}

absl::StatusOr<std::vector<QueueCause>> QueueGroups::All(const QueueFilter& filter) {
  causes_.clear();
  const bool content = filter.Wants(v1::VERIFICATION_STATUS_STALE_CONTENT) ||
                       filter.Wants(v1::VERIFICATION_STATUS_GONE) ||
                       filter.Wants(v1::VERIFICATION_STATUS_NOW_HEADER);
  for (const auto& [release_id, pages] : index_->by_release) {
    RETURN_IF_ERROR(CheckCancelled(cancelled_));
    if (content) RETURN_IF_ERROR(AddContent(release_id, pages, filter));
    if (filter.Wants(v1::VERIFICATION_STATUS_CARRIED_FORWARD_IN_PART)) {
      AddNotCompared(release_id, pages);
    }
  }
  if (filter.Wants(v1::VERIFICATION_STATUS_STALE_SOURCE)) AddSources();
  AddOthers(filter);
  for (QueueCause& cause : causes_) {
    int64_t usage = 0;
    for (const PagePlace place : cause.pages) usage += index_->pages[place].usage;
    cause.group.set_usage(usage);
    cause.group.set_code_count(static_cast<int64_t>(cause.pages.size()));
  }
  std::sort(causes_.begin(), causes_.end(), [](const QueueCause& a, const QueueCause& b) {
    const auto key = [](const QueueCause& cause) {
      return std::make_tuple(RankOf(cause.group), -cause.group.usage(), -cause.group.code_count());
    };
    return key(a) != key(b) ? key(a) < key(b) : a.group.id() < b.group.id();
  });
  return std::move(causes_);
}

}  // namespace codeset::server
