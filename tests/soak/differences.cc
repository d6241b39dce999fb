#include "tests/soak/differences.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "tests/soak/compare.h"

namespace codeset::soak {
namespace {

bool IsRow(const ReleaseFacts& release, absl::string_view id) {
  const ConceptFacts* facts = release.Find(id);
  return facts != nullptr && facts->row;
}

// Kinds of change of a concept that both releases have.
std::vector<v1::ChangeKind> KindsOf(const ReleaseFacts& from, const ReleaseFacts& to,
                                    const ConceptFacts& before, const ConceptFacts& after) {
  const bool tabular = from.tabular() && to.tabular();
  std::vector<v1::ChangeKind> kinds;
  if (before.title != after.title) kinds.push_back(v1::CHANGE_KIND_TITLE_CHANGED);
  if (before.short_title != after.short_title) {
    kinds.push_back(v1::CHANGE_KIND_SHORT_TITLE_CHANGED);
  }
  if (before.billable && !after.billable) kinds.push_back(v1::CHANGE_KIND_BECAME_HEADER);
  if (!before.billable && after.billable) kinds.push_back(v1::CHANGE_KIND_BECAME_BILLABLE);
  if (before.parent != after.parent &&
      (tabular || IsRow(from, before.parent) || IsRow(to, after.parent))) {
    kinds.push_back(v1::CHANGE_KIND_MOVED);
  }
  if (from.has_exempt_list() && to.has_exempt_list() && before.billable && after.billable &&
      from.exempt.contains(before.id) != to.exempt.contains(after.id)) {
    kinds.push_back(v1::CHANGE_KIND_POA_EXEMPTION_CHANGED);
  }
  if (!tabular) return kinds;
  if (before.notes != after.notes) kinds.push_back(v1::CHANGE_KIND_NOTES_CHANGED);
  if (before.seventh != after.seventh) {
    kinds.push_back(v1::CHANGE_KIND_SEVENTH_CHARACTERS_CHANGED);
  }
  return kinds;
}

std::string DifferenceOf(const std::string& about, const ConceptFacts* expected, bool there,
                         const v1::ConceptState& actual) {
  if ((expected != nullptr) != there) return about + ": a side is there that should not be, or not";
  if (expected == nullptr) return "";
  if (actual.title() != expected->title || actual.short_title() != expected->short_title ||
      actual.has_billable() != expected->row || actual.billable() != expected->billable ||
      actual.kind() != expected->kind) {
    return absl::StrCat(about, ": expected '", expected->title, "', '", expected->short_title,
                        "', flag ", expected->billable, "; came ", actual.ShortDebugString());
  }
  return "";
}

}  // namespace

std::vector<v1::Facet> FacetsOf(const ReleaseFacts& from, const ReleaseFacts& to) {
  std::vector<v1::Facet> facets = {v1::FACET_EXISTENCE, v1::FACET_BILLABLE, v1::FACET_TITLE,
                                   v1::FACET_SHORT_TITLE, v1::FACET_PARENT};
  if (from.has_exempt_list() && to.has_exempt_list()) facets.push_back(v1::FACET_POA_EXEMPTION);
  if (from.tabular() && to.tabular()) {
    facets.push_back(v1::FACET_NOTES);
    facets.push_back(v1::FACET_SEVENTH_CHARACTERS);
  }
  return facets;
}

ExpectedChanges ChangesOf(const ReleaseFacts& from, const ReleaseFacts& to) {
  const bool tabular = from.tabular() && to.tabular();
  ExpectedChanges changes;
  for (const ConceptFacts& before : from.concepts) {
    if (!before.row && !tabular) continue;
    const ConceptFacts* after = to.Find(before.id);
    if (after == nullptr) {
      changes[{before.id, v1::CHANGE_KIND_DELETED}] = {v1::CHANGE_KIND_DELETED, &before, nullptr};
      continue;
    }
    for (const v1::ChangeKind kind : KindsOf(from, to, before, *after)) {
      changes[{before.id, kind}] = {kind, &before, after};
    }
  }
  for (const ConceptFacts& after : to.concepts) {
    if ((!after.row && !tabular) || from.Find(after.id) != nullptr) continue;
    changes[{after.id, v1::CHANGE_KIND_ADDED}] = {v1::CHANGE_KIND_ADDED, nullptr, &after};
  }
  return changes;
}

ExpectedChanges WithinCategory(const ExpectedChanges& changes, absl::string_view category) {
  ExpectedChanges found;
  for (const auto& [key, change] : changes) {
    const ConceptFacts& facts = change.before == nullptr ? *change.after : *change.before;
    if (facts.row && key.first.substr(0, 3) == category) found[key] = change;
  }
  return found;
}

std::string DifferenceOf(const ExpectedChanges& expected, const std::vector<v1::Change>& actual) {
  std::set<std::pair<absl::string_view, v1::ChangeKind>> seen;
  for (const v1::Change& change : actual) {
    const std::string about = absl::StrCat(change.id(), " ", v1::ChangeKind_Name(change.kind()));
    const auto found = expected.find({change.id(), change.kind()});
    if (found == expected.end()) return about + ": is no change";
    if (!seen.insert(found->first).second) return about + ": came twice";
    for (const std::string& difference : {DifferenceOf(about + " before", found->second.before,
                                                       change.has_before(), change.before()),
                                          DifferenceOf(about + " after", found->second.after,
                                                       change.has_after(), change.after())}) {
      if (!difference.empty()) return difference;
    }
  }
  for (const auto& [key, change] : expected) {
    if (!seen.contains(key)) {
      return absl::StrCat(key.first, " ", v1::ChangeKind_Name(key.second), ": did not come");
    }
  }
  return "";
}

std::string DifferenceOf(const ExpectedChanges& expected,
                         const v1::GetDiffSummaryResponse& actual) {
  // How many, and how many of them billable.
  std::map<v1::ChangeKind, std::pair<int, int>> counts;
  for (const auto& [key, change] : expected) {
    const ConceptFacts& facts = change.after == nullptr ? *change.before : *change.after;
    ++counts[key.second].first;
    if (facts.billable) ++counts[key.second].second;
  }
  std::map<v1::ChangeKind, std::pair<int, int>> told;
  for (const v1::ChangeCount& count : actual.counts()) {
    told[count.kind()] = {count.count(), count.billable()};
  }
  for (const auto& [kind, count] : counts) {
    if (told[kind] != count) {
      return absl::StrCat(v1::ChangeKind_Name(kind), ": expected ", count.first, " (", count.second,
                          " billable), came ", told[kind].first, " (", told[kind].second, ")");
    }
  }
  return told.size() == counts.size() ? "" : "counts of changes that there are none of";
}

std::shared_ptr<const ExpectedChanges> KeptChanges::Of(const ReleaseFacts& from,
                                                       const ReleaseFacts& to) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::shared_ptr<const ExpectedChanges>& kept = kept_[{from.id, to.id}];
  if (kept == nullptr) kept = std::make_shared<const ExpectedChanges>(ChangesOf(from, to));
  return kept;
}

}  // namespace codeset::soak
