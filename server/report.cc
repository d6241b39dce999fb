#include "server/report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace codeset::server {
namespace {

absl::string_view OutcomeText(v1::LoadOutcome outcome) {
  switch (outcome) {
    case v1::LOAD_OUTCOME_LOADED:
      return "loaded";
    case v1::LOAD_OUTCOME_GROUP_ADDED:
      return "facet group added";
    case v1::LOAD_OUTCOME_UNCHANGED:
      return "unchanged: it was loaded already with the same content";
    case v1::LOAD_OUTCOME_DRY_RUN:
      return "dry run: nothing was written";
    default:
      return "not stated";
  }
}

std::string GroupName(v1::FacetGroup group) {
  switch (group) {
    case v1::FACET_GROUP_ORDER:
      return "order";
    case v1::FACET_GROUP_TABULAR:
      return "tabular";
    case v1::FACET_GROUP_POA:
      return "poa";
    case v1::FACET_GROUP_CONVERSION:
      return "conversion";
    default:
      return absl::StrCat(static_cast<int>(group));
  }
}

std::string AddendaText(const v1::AddendaCheck& check) {
  const std::string lines = absl::StrCat(check.additions(), " additions, ", check.deletions(),
                                         " deletions, ", check.revisions(), " revisions");
  switch (check.outcome()) {
    case v1::ADDENDA_OUTCOME_NO_ADDENDA:
      return "none were among the files";
    case v1::ADDENDA_OUTCOME_REPRODUCED:
      return absl::StrCat("reproduced from ", check.base_release_id(), ": ", lines);
    case v1::ADDENDA_OUTCOME_BASE_NOT_LOADED:
      return absl::StrCat("not compared, their base is not loaded: ", lines);
    case v1::ADDENDA_OUTCOME_DIFFERS:
      return absl::StrCat(
          "not reproduced",
          check.base_release_id().empty() ? "" : absl::StrCat(" from ", check.base_release_id()),
          ": ", lines);
    default:
      return "not stated";
  }
}

// What is told of a release as it is loaded now.
std::string FormatRelease(const v1::Release& release, v1::LoadOutcome outcome) {
  const v1::ReleaseCounts& counts = release.counts();
  std::string text =
      absl::StrCat("release ", release.id(), ": ", OutcomeText(outcome), "\n  in force from ",
                   release.effective_date(), "\n  fingerprint ", release.fingerprint(), "\n");
  for (const v1::FacetGroupFingerprint& group : release.facet_groups()) {
    absl::StrAppend(&text, "    ", GroupName(group.group()), " ", group.fingerprint(), "\n");
  }
  absl::StrAppend(&text, "  ", counts.order_rows(), " order rows, ", counts.billable(),
                  " billable, ", counts.categories(), " categories");
  if (counts.chapters() > 0) {
    absl::StrAppend(&text, "; ", counts.chapters(), " chapters, ", counts.sections(), " sections, ",
                    counts.diags(), " diags");
  }
  if (counts.poa_exempt() > 0) {
    absl::StrAppend(&text, "; ", counts.poa_exempt(), " POA-exempt codes");
  }
  if (counts.conversion_rows() > 0) {
    absl::StrAppend(&text, "; ", counts.conversion_rows(), " conversion rows");
  }
  if (!release.base_release_id().empty()) {
    absl::StrAppend(&text, "\n  built from ", release.base_release_id(), " and order addenda");
  }
  if (!release.activate_on().empty()) {
    absl::StrAppend(&text, "\n  held back from dates and labels ",
                    release.activate_on() == "never"
                        ? "until it is let go"
                        : absl::StrCat("until ", release.activate_on()));
  }
  absl::StrAppend(&text, "\n  addenda: ", AddendaText(release.addenda()), "\n");
  for (const v1::SourceFile& file : release.sources()) {
    absl::StrAppend(&text, "  read ", file.name(), ": ", file.role(), ", ", file.size(),
                    " bytes\n");
  }
  for (const v1::Disagreement& found : release.disagreements()) {
    absl::StrAppend(&text, "  ", found.class_name(), " x ", found.count(),
                    found.fatal() ? " (fatal, allowed)" : "", ": ", found.description(), "\n");
    for (const std::string& example : found.examples()) {
      absl::StrAppend(&text, "    ", example, "\n");
    }
  }
  return text;
}

}  // namespace

std::string FormatReport(const v1::LoadReport& report) {
  std::string text;
  for (const v1::ImportedRelease& imported : report.imported()) {
    absl::StrAppend(&text, FormatRelease(imported.release(), imported.outcome()));
  }
  if (report.imported().empty()) {
    absl::StrAppend(&text, FormatRelease(report.release(), report.outcome()));
  }
  for (const v1::IgnoredFile& file : report.ignored()) {
    absl::StrAppend(&text, "  ignored ", file.name(), ": ", file.why(), "\n");
  }
  if (report.read_reference_count() + report.unread_reference_count() > 0) {
    absl::StrAppend(&text, "  references in notes: ", report.read_reference_count(), " read, ",
                    report.unread_reference_count(), " could not be\n");
  }
  for (const v1::UnreadReference& unread : report.unread_references()) {
    absl::StrAppend(&text, "    ", unread.concept_id(), ": ", unread.words(),
                    "\n      in: ", unread.text(), "\n");
  }
  if (report.has_verification_impact()) {
    const v1::VerificationImpact& impact = report.verification_impact();
    absl::StrAppend(&text, "  verified pages: ", impact.verified_pages(), ", of which ",
                    impact.carried_forward(), " carried forward, ",
                    impact.carried_forward_in_part(), " carried forward in part, ",
                    impact.stale_content(), " stale by content, ", impact.now_header(),
                    " now headers, ", impact.gone(), " gone, ", impact.verified(),
                    " verified against this release\n");
  }
  for (const std::string& warning : report.warnings()) {
    absl::StrAppend(&text, "  warning: ", warning, "\n");
  }
  return text;
}

}  // namespace codeset::server
