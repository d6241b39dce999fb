#include "storage/store/merge.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/model/error.h"
#include "storage/store/category_rows.h"
#include "storage/store/labels.h"

namespace codeset::store {
namespace {

using model::FacetGroup;
using model::PageSet;
using model::Reason;

void SetGroups(const Groups& groups,
               google::protobuf::RepeatedPtrField<v1::FacetGroupFingerprint>* messages) {
  messages->Clear();
  for (const auto& [group, digest] : groups) {
    v1::FacetGroupFingerprint* message = messages->Add();
    message->set_group(static_cast<v1::FacetGroup>(group));
    message->set_fingerprint(model::FormatDigest(digest));
  }
}

// `groups` and those of `more` that it lacks, in the order of kFacetGroups.
Groups Union(Groups groups, const Groups& more) {
  for (const auto& entry : more) {
    if (std::none_of(groups.begin(), groups.end(),
                     [&](const auto& present) { return present.first == entry.first; })) {
      groups.push_back(entry);
    }
  }
  std::sort(groups.begin(), groups.end());
  return groups;
}

}  // namespace

std::vector<std::pair<FacetGroup, const PageSet*>> GroupsOf(const Publication& publication) {
  std::vector<std::pair<FacetGroup, const PageSet*>> groups;
  if (publication.order.has_value()) groups.emplace_back(FacetGroup::kOrder, &*publication.order);
  if (publication.tabular.has_value()) {
    groups.emplace_back(FacetGroup::kTabular, &*publication.tabular);
  }
  if (publication.poa.has_value()) groups.emplace_back(FacetGroup::kPoa, &*publication.poa);
  if (publication.conversion.has_value()) {
    groups.emplace_back(FacetGroup::kConversion, &*publication.conversion);
  }
  return groups;
}

absl::Status CheckAgainst(const CatalogRelease& known, const Publication& publication) {
  const std::string id = publication.id.ToString();
  const auto differs = [&](absl::string_view what) {
    return model::MakeError(
        Reason::kReleaseContentDiffers,
        absl::StrCat("release ", id, known.entry.retired() ? " was loaded once" : " is loaded",
                     " with other content (", what,
                     "); a published release never changes: load a re-issued file as a "
                     "correction, ",
                     id, ".1 for instance"),
        {{"release", id}});
  };
  if (known.effective != publication.effective) {
    return differs(absl::StrCat("in force from ", model::FormatDate(known.effective), ", not ",
                                model::FormatDate(publication.effective)));
  }
  for (const auto& [group, pages] : GroupsOf(publication)) {
    for (const auto& groups : {known.groups, known.deleted_groups}) {
      for (const auto& [known_group, digest] : groups) {
        if (known_group != group || digest == pages->root()) continue;
        return differs(absl::StrCat("facet group ", model::FacetGroupName(group),
                                    " has fingerprint ", model::FormatDigest(digest),
                                    ", the files give ", model::FormatDigest(pages->root())));
      }
    }
  }
  return absl::OkStatus();
}

CatalogEntry MergeEntry(const CatalogRelease* known, const CatalogRelease* retired,
                        const Publication& publication, absl::Time now) {
  CatalogEntry entry;
  Groups groups, added;
  if (known != nullptr) {
    entry = known->entry;
    groups = known->groups;
  } else if (retired != nullptr) {
    SetGroups(retired->deleted_groups, entry.mutable_deleted_groups());
  }
  for (const auto& [group, pages] : GroupsOf(publication)) added.emplace_back(group, pages->root());
  groups = Union(std::move(groups), added);
  v1::Release& release = *entry.mutable_release();
  // A check is told whole or not at all, never mixed of two.
  if (publication.description.has_addenda()) release.clear_addenda();
  release.MergeFrom(publication.description);
  release.set_id(publication.id.ToString());
  release.set_effective_date(model::FormatDate(publication.effective));
  release.set_loaded_at(FormatInstant(now));
  release.set_fingerprint(model::FormatDigest(model::ReleaseFingerprint(groups)));
  SetGroups(groups, release.mutable_facet_groups());
  KeepAddenda(publication, entry);
  const CatalogEntry before = entry;
  for (const NamedBytes& source : publication.sources) {
    KeptSource kept = KeptAs(source);
    // One that was damaged is brought again.
    if (std::any_of(before.kept_sources().begin(), before.kept_sources().end(),
                    [&](const KeptSource& other) { return other.sha256() == kept.sha256(); })) {
      continue;
    }
    *entry.add_kept_sources() = std::move(kept);
  }
  DescribeCategories(publication, entry);
  return entry;
}

KeptSource KeptAs(const NamedBytes& file) {
  KeptSource kept;
  kept.set_name(file.name);
  kept.set_size(static_cast<int64_t>(file.bytes.size()));
  kept.set_sha256(std::string(model::DigestOf(file.bytes).view()));
  return kept;
}

void KeepAddenda(const Publication& publication, CatalogEntry& entry) {
  if (publication.addenda.empty()) return;
  entry.clear_kept_addenda();
  for (const NamedBytes& file : publication.addenda) {
    const std::string value = AddendaValue(file);
    KeptSource* kept = entry.add_kept_addenda();
    kept->set_name(file.name);
    kept->set_size(static_cast<int64_t>(value.size()));
    kept->set_sha256(std::string(model::DigestOf(value).view()));
  }
}

std::string AddendaValue(const NamedBytes& file) {
  return absl::StrCat(file.name, "\n", file.bytes);
}

CatalogEntry Tombstone(const CatalogRelease& release) {
  const v1::Release& described = release.entry.release();
  CatalogEntry entry;
  entry.set_retired(true);
  entry.mutable_release()->set_id(described.id());
  entry.mutable_release()->set_effective_date(described.effective_date());
  entry.mutable_release()->set_fingerprint(described.fingerprint());
  *entry.mutable_release()->mutable_facet_groups() = described.facet_groups();
  SetGroups(Union(release.groups, release.deleted_groups), entry.mutable_deleted_groups());
  return entry;
}

}  // namespace codeset::store
