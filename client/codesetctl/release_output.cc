#include "client/codesetctl/release_output.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/codesetctl/describe.h"
#include "client/codesetctl/release_csv.h"
#include "client/codesetctl/status_words.h"

namespace codeset::ctl {
namespace {

void Fact(std::string* out, absl::string_view name, absl::string_view value) {
  absl::StrAppendFormat(out, "%-14s  %s\n", name, value);
}

std::string StatusText(const v1::Edition& edition) {
  const std::string groups = EditionGroups(edition);
  return absl::StrCat(
      !edition.loaded() ? "not loaded; " : (edition.held_back() ? "held back; " : "loaded; "),
      edition.in_register() ? absl::StrCat("changed ", groups) : absl::StrCat("changes ", groups));
}

// Where a release's chapters come from.
std::string Structure(const v1::Release& release) {
  if (!release.structure_from().empty()) {
    return absl::StrCat("on loan from ", release.structure_from());
  }
  return release.counts().chapters() > 0 ? "own" : "not known";
}

void AppendDisagreements(std::string* out, const v1::Release& release) {
  if (release.disagreements().empty()) Fact(out, "disagreements", "none");
  for (const v1::Disagreement& item : release.disagreements()) {
    absl::StrAppend(out, "disagreement    ", item.class_name(), " × ", item.count(),
                    item.fatal() ? (item.allowed() ? " (fatal, allowed)" : " (fatal)") : "", ": ",
                    item.description(), "\n");
    for (const std::string& example : item.examples()) {
      absl::StrAppend(out, "                  e.g. ", example, "\n");
    }
    if (item.count() > item.examples_size()) {
      absl::StrAppend(out, "                  and ", item.count() - item.examples_size(),
                      " more\n");
    }
  }
}

std::string Counts(const v1::ReleaseCounts& counts) {
  std::string text = absl::StrCat(counts.order_rows(), " order rows, ", counts.billable(),
                                  " billable, ", counts.categories(), " categories");
  if (counts.chapters() > 0) {
    absl::StrAppend(&text, "; tabular list: ", counts.chapters(), " chapters, ", counts.sections(),
                    " sections, ", counts.diags(), " diags");
  }
  if (counts.poa_exempt() > 0) {
    absl::StrAppend(&text, "; ", counts.poa_exempt(), " exempt from POA reporting");
  }
  if (counts.conversion_rows() > 0) {
    absl::StrAppend(&text, "; ", counts.conversion_rows(), " conversion rows");
  }
  return text;
}

// Categories without a chapter; only the first of them where nothing could be placed.
std::string Unplaced(const v1::Release& release) {
  constexpr int kShown = 20;
  const auto& ids = release.unplaced_category_ids();
  const int shown = std::min(ids.size(), kShown);
  std::string text = absl::StrCat(ids.size(), " categories, chapter and section not known: ",
                                  absl::StrJoin(ids.begin(), ids.begin() + shown, ", "));
  if (shown < ids.size()) absl::StrAppend(&text, ", … (all with --output json)");
  return text;
}

// Whose list of POA-exempt codes is in force in a release.
std::string PoaSource(const std::string& poa_from, const std::string& release_id) {
  if (poa_from.empty()) return "list of exempt codes not known";
  return poa_from == release_id ? "own list of exempt codes"
                                : absl::StrCat("list of exempt codes of release ", poa_from);
}

std::string OutcomeText(v1::LoadOutcome outcome) {
  switch (outcome) {
    case v1::LOAD_OUTCOME_LOADED:
      return "loaded";
    case v1::LOAD_OUTCOME_GROUP_ADDED:
      return "loaded before; facet groups were added";
    case v1::LOAD_OUTCOME_UNCHANGED:
      return "loaded before with the same content; nothing was written";
    case v1::LOAD_OUTCOME_DRY_RUN:
      return "dry run; nothing was written";
    default:
      return "not stated";
  }
}

}  // namespace

Table ReleaseTable(const v1::ListReleasesResponse& response) {
  const std::map<std::string, const v1::Release*> by_id = ReleasesById(response);
  Table table{{{"ID"},
               {"IN FORCE FROM"},
               {"STATUS"},
               {"ROWS"},
               {"BILLABLE"},
               {"GROUPS"},
               {"LABELS"},
               {"CHAPTERS"},
               {"ADDENDA"},
               {"FINGERPRINT", /*shrinks=*/true}},
              {}};
  for (const v1::Edition& edition : response.editions()) {
    const auto found = by_id.find(edition.id());
    if (found == by_id.end()) {
      table.rows.push_back({edition.id(), edition.effective_date(), StatusText(edition), "", "", "",
                            "", "", "", ""});
      continue;
    }
    const v1::Release& release = *found->second;
    table.rows.push_back(
        {release.id(), release.effective_date(), StatusText(edition),
         absl::StrCat(release.counts().order_rows()), absl::StrCat(release.counts().billable()),
         GroupNames(release.facet_groups()), absl::StrJoin(release.labels(), ", "),
         Structure(release), WordsOf(release.addenda().outcome()), release.fingerprint()});
  }
  return table;
}

std::string FormatRelease(const v1::Release& release) {
  std::string out;
  Fact(&out, "release", release.id());
  Fact(&out, "in force from", release.effective_date());
  Fact(&out, "fingerprint", release.fingerprint());
  for (const v1::FacetGroupFingerprint& group : release.facet_groups()) {
    Fact(&out, absl::StrCat("  ", WordsOf(group.group())), group.fingerprint());
  }
  Fact(&out, "counts", Counts(release.counts()));
  Fact(&out, "chapters", Structure(release));
  Fact(&out, "POA", PoaSource(release.poa_from(), release.id()));
  if (!release.activate_on().empty()) Fact(&out, "activation", ActivationText(release));
  if (!release.labels().empty()) Fact(&out, "labels", absl::StrJoin(release.labels(), ", "));
  if (!release.base_release_id().empty()) {
    Fact(&out, "base",
         absl::StrCat("built from release ", release.base_release_id(),
                      " and addenda; its order facts were ", release.base_order_fingerprint()));
  }
  if (!release.unplaced_category_ids().empty()) Fact(&out, "unplaced", Unplaced(release));
  Fact(&out, "addenda", AddendaLine(release.addenda()));
  if (!release.loaded_at().empty()) Fact(&out, "loaded at", release.loaded_at());
  for (const v1::SourceFile& file : release.sources()) {
    Fact(&out, "read", absl::StrCat(file.name(), " (", file.role(), ", ", file.size(), " bytes)"));
  }
  AppendDisagreements(&out, release);
  return out;
}

std::string FormatResolved(const v1::ResolvedRelease& release) {
  std::string out;
  Fact(&out, "release", release.release_id());
  Fact(&out, "in force from", release.effective_date());
  Fact(&out, "fingerprint", release.fingerprint());
  Fact(&out, "groups", GroupNames(release.facet_groups()));
  Fact(&out, "coverage", NameOf(release.coverage().kind()));
  if (!release.coverage().date().empty()) Fact(&out, "date", release.coverage().date());
  if (release.coverage().overdue()) {
    const std::string missing = absl::StrJoin(release.coverage().unloaded_editions(), ", ");
    Fact(&out, "overdue",
         missing.empty() ? "yes" : absl::StrCat("yes; not loaded, or held back: ", missing));
  }
  if (!release.structure_from().empty()) {
    Fact(&out, "chapters", absl::StrCat("on loan from ", release.structure_from()));
  }
  Fact(&out, "POA", PoaSource(release.poa_from(), release.release_id()));
  return out;
}

std::string FormatLoadReport(const v1::LoadReport& report) {
  std::string out;
  for (const v1::ImportedRelease& imported : report.imported()) {
    Fact(&out, "imported",
         absl::StrCat(imported.release().id(), ": ", OutcomeText(imported.outcome()),
                      "; in force from ", imported.release().effective_date(), ", fingerprint ",
                      imported.release().fingerprint()));
  }
  if (report.imported().empty()) {
    Fact(&out, "outcome", OutcomeText(report.outcome()));
    absl::StrAppend(&out, FormatRelease(report.release()));
  }
  for (const v1::IgnoredFile& file : report.ignored()) {
    Fact(&out, "ignored", absl::StrCat(file.name(), " (", file.why(), ")"));
  }
  if (report.read_reference_count() + report.unread_reference_count() > 0) {
    Fact(&out, "references",
         absl::StrCat(report.read_reference_count(), " read in notes, ",
                      report.unread_reference_count(), " could not be"));
  }
  for (const v1::UnreadReference& unread : report.unread_references()) {
    Fact(&out, "not read",
         absl::StrCat(unread.concept_id(), ": ", unread.words(), " (in: ", unread.text(), ")"));
  }
  for (const std::string& warning : report.warnings()) Fact(&out, "warning", warning);
  if (report.has_verification_impact()) {
    Fact(&out, "verifications", ImpactText(report.verification_impact()));
  }
  return out;
}

std::string FormatVerification(const v1::VerifyReleaseResponse& response) {
  std::string out;
  Fact(&out, "release", response.release().id());
  Fact(&out, "content",
       absl::StrCat(response.pages_checked(), " pages match their digests (",
                    response.elapsed_milliseconds(), " ms)"));
  Fact(&out, "fingerprint", response.release().fingerprint());
  Fact(&out, "addenda", AddendaLine(response.release().addenda()));
  return out;
}

}  // namespace codeset::ctl
