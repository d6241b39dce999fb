#include "server/load_report.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/model/canonical.h"
#include "storage/model/concept_id.h"
#include "storage/store/merge.h"

namespace codeset::server {
namespace {

bool HasGroup(const v1::Release& release, v1::FacetGroup group) {
  return std::any_of(release.facet_groups().begin(), release.facet_groups().end(),
                     [&](const auto& present) { return present.group() == group; });
}

std::string TabularWarning(const v1::LoadOptions& options, const v1::Release& release) {
  if (release.structure_from().empty()) {
    return "no tabular list, and no loaded release has one to lend: chapters, sections, notes "
           "and 7th-character definitions are not known";
  }
  if (options.dry_run()) {
    return absl::StrCat("no tabular list: chapters and sections would be on loan from ",
                        release.structure_from(),
                        "; notes and 7th-character definitions are not known");
  }
  return absl::StrCat("no tabular list: chapters and sections are on loan from ",
                      release.structure_from(), ", ", release.unplaced_category_ids_size(),
                      " categories could not be placed; notes and 7th-character definitions are "
                      "not known");
}

std::string PoaWarning(const v1::Release& release) {
  if (release.poa_from().empty()) {
    return "no list of POA-exempt codes, and none that is loaded is in force: which codes are "
           "exempt is not known";
  }
  return absl::StrCat("no list of POA-exempt codes of its own: that of ", release.poa_from(),
                      " stays in force");
}

}  // namespace

absl::string_view WouldComeTo(v1::LoadOutcome outcome) {
  switch (outcome) {
    case v1::LOAD_OUTCOME_LOADED:
      return "load the release";
    case v1::LOAD_OUTCOME_GROUP_ADDED:
      return "add facet groups to the loaded release";
    default:
      return "change nothing, since the release is loaded with the same content";
  }
}

v1::ReleaseCounts CountFacts(const source::SourceFiles& files) {
  v1::ReleaseCounts counts;
  const model::OrderFacts& order = *files.order;
  counts.set_order_rows(static_cast<int>(order.rows.size()));
  int billable = 0, categories = 0;
  absl::string_view category;
  for (const model::OrderRow& row : order.rows) {
    billable += row.billable ? 1 : 0;
    // Counted by change and not by rows of three characters: a category's own row can be
    // missing (2013).
    if (const absl::string_view of_row = model::CategoryOf(row.code); of_row != category) {
      category = of_row;
      ++categories;
    }
  }
  counts.set_billable(billable);
  counts.set_categories(categories);
  if (files.conversion.has_value()) {
    counts.set_conversion_rows(static_cast<int>(files.conversion->rows.size()));
  }
  if (files.poa.has_value()) counts.set_poa_exempt(static_cast<int>(files.poa->rows.size()));
  if (!files.tabular.has_value()) return counts;
  counts.set_chapters(static_cast<int>(files.tabular->chapters.size()));
  size_t sections = 0, diags = 0;
  for (const model::TabularChapter& chapter : files.tabular->chapters) {
    sections += chapter.sections.size();
    for (const model::TabularSection& section : chapter.sections) {
      for (const model::TabularCategory& entry : section.categories) diags += entry.diags.size();
    }
  }
  counts.set_sections(static_cast<int>(sections));
  counts.set_diags(static_cast<int>(diags));
  return counts;
}

void AddFindings(const source::SourceFiles& files,
                 const std::vector<source::Disagreement>& disagreements, const v1::Release& before,
                 v1::Release& description) {
  for (const source::ReadFile& read : files.read) {
    const auto& listed = before.sources();
    if (std::any_of(listed.begin(), listed.end(),
                    [&](const v1::SourceFile& file) { return file.sha256() == read.sha256; })) {
      continue;
    }
    v1::SourceFile* message = description.add_sources();
    message->set_name(read.name);
    message->set_role(read.role);
    message->set_size(read.size);
    message->set_sha256(read.sha256);
  }
  for (const source::Disagreement& found : disagreements) {
    const auto& listed = before.disagreements();
    if (std::any_of(listed.begin(), listed.end(), [&](const v1::Disagreement& other) {
          return other.class_name() == found.class_name;
        })) {
      continue;
    }
    v1::Disagreement* message = description.add_disagreements();
    message->set_class_name(found.class_name);
    message->set_description(found.description);
    message->set_fatal(found.fatal);
    message->set_allowed(found.allowed);
    message->set_count(found.count);
    for (const std::string& example : found.examples) message->add_examples(example);
  }
}

v1::Release Unpublished(const store::CatalogRelease* known, const store::Publication& publication) {
  v1::Release release;
  if (known != nullptr) release = known->entry.release();
  release.MergeFrom(publication.description);
  release.set_id(publication.id.ToString());
  release.set_effective_date(model::FormatDate(publication.effective));
  std::vector<std::pair<model::FacetGroup, model::Digest>> groups;
  if (known != nullptr) groups = known->groups;
  for (const auto& [group, pages] : store::GroupsOf(publication)) {
    if (known == nullptr || !known->Group(group).has_value()) {
      groups.emplace_back(group, pages->root());
    }
  }
  std::sort(groups.begin(), groups.end());
  release.clear_facet_groups();
  for (const auto& [group, digest] : groups) {
    v1::FacetGroupFingerprint* message = release.add_facet_groups();
    message->set_group(static_cast<v1::FacetGroup>(group));
    message->set_fingerprint(model::FormatDigest(digest));
  }
  release.set_fingerprint(model::FormatDigest(model::ReleaseFingerprint(groups)));
  return release;
}

std::vector<std::string> WarningsOf(const v1::LoadOptions& options, const v1::Release& release,
                                    const source::SourceFiles& files) {
  std::vector<std::string> warnings;
  if (release.addenda().outcome() == v1::ADDENDA_OUTCOME_BASE_NOT_LOADED) {
    warnings.push_back(
        absl::StrCat("no loaded release has the counts of the addenda's base; load it and run "
                     "codesetctl release verify ",
                     release.id()));
  }
  if (!options.base_release_id().empty() && files.addenda.front().trailer_line == 0) {
    warnings.push_back(absl::StrCat(files.addenda.front().file,
                                    " has no trailer of counts: that it is complete rests on "
                                    "whoever wrote it"));
  }
  if (!HasGroup(release, v1::FACET_GROUP_TABULAR)) {
    warnings.push_back(TabularWarning(options, release));
  }
  if (!HasGroup(release, v1::FACET_GROUP_POA)) warnings.push_back(PoaWarning(release));
  // No table was ever published that tells of the time before; dates are ordered as texts.
  if (release.effective_date() >= "2016-10-01" && !HasGroup(release, v1::FACET_GROUP_CONVERSION)) {
    warnings.push_back(
        "no conversion table of its own: replacements are told by that of another release, where "
        "one covers it");
  }
  return warnings;
}

}  // namespace codeset::server
