#include "client/codesetctl/release_output.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/codesetctl/describe.h"

namespace codeset::ctl {
namespace {

void Fact(std::string* out, absl::string_view name, absl::string_view value) {
  absl::StrAppendFormat(out, "%-14s  %s\n", name, value);
}

// Whether a release knows its own tabular list; otherwise its counts of chapters, sections
// and diags are not known, which is not 0.
bool HasTabular(const v1::Release& release) {
  return std::any_of(release.facet_groups().begin(), release.facet_groups().end(),
                     [](const v1::FacetGroupFingerprint& group) {
                       return group.group() == v1::FACET_GROUP_TABULAR;
                     });
}

// What an edition changed: nothing known is not the same as nothing.
std::string EditionGroups(const v1::Edition& edition) {
  if (!edition.in_register()) return "not known";
  if (edition.changed_groups().empty()) return "nothing";
  return absl::StrJoin(edition.changed_groups(), ", ", [](std::string* out, int group) {
    out->append(WordsOf(static_cast<v1::FacetGroup>(group)));
  });
}

std::string StatusText(const v1::Edition& edition) {
  const std::string groups = EditionGroups(edition);
  return absl::StrCat(
      edition.loaded() ? "loaded; " : "not loaded; ",
      edition.in_register() ? absl::StrCat("changed ", groups) : absl::StrCat("changes ", groups));
}

std::map<std::string, const v1::Release*> ById(const v1::ListReleasesResponse& response) {
  std::map<std::string, const v1::Release*> by_id;
  for (const v1::Release& release : response.releases()) by_id[release.id()] = &release;
  return by_id;
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
  const std::map<std::string, const v1::Release*> by_id = ById(response);
  Table table{{{"ID"},
               {"IN FORCE FROM"},
               {"STATUS"},
               {"ROWS"},
               {"BILLABLE"},
               {"GROUPS"},
               {"CHAPTERS"},
               {"ADDENDA"},
               {"FINGERPRINT", /*shrinks=*/true}},
              {}};
  for (const v1::Edition& edition : response.editions()) {
    const auto found = by_id.find(edition.id());
    if (found == by_id.end()) {
      table.rows.push_back(
          {edition.id(), edition.effective_date(), StatusText(edition), "", "", "", "", "", ""});
      continue;
    }
    const v1::Release& release = *found->second;
    table.rows.push_back({release.id(), release.effective_date(), StatusText(edition),
                          absl::StrCat(release.counts().order_rows()),
                          absl::StrCat(release.counts().billable()),
                          GroupNames(release.facet_groups()), Structure(release),
                          WordsOf(release.addenda().outcome()), release.fingerprint()});
  }
  return table;
}

namespace {

std::vector<std::string> CsvColumns() {
  return {"id",           "effective_date", "loaded",         "order_rows",
          "billable",     "categories",     "chapters",       "sections",
          "diags",        "facet_groups",   "structure_from", "addenda",
          "addenda_base", "fingerprint",    "loaded_at",      "changed_groups"};
}

std::vector<std::string> CsvFields(const v1::Release& release, absl::string_view changed_groups) {
  const v1::ReleaseCounts& counts = release.counts();
  const auto tabular = [known = HasTabular(release)](std::int64_t count) {
    return known ? absl::StrCat(count) : "";
  };
  return {release.id(),
          release.effective_date(),
          "true",
          absl::StrCat(counts.order_rows()),
          absl::StrCat(counts.billable()),
          absl::StrCat(counts.categories()),
          tabular(counts.chapters()),
          tabular(counts.sections()),
          tabular(counts.diags()),
          GroupNames(release.facet_groups()),
          release.structure_from(),
          NameOf(release.addenda().outcome()),
          release.addenda().base_release_id(),
          release.fingerprint(),
          release.loaded_at(),
          std::string(changed_groups)};
}

}  // namespace

std::string ReleaseCsvHeading() { return FormatCsvRecord(CsvColumns()); }

std::string ReleaseCsv(const v1::Release& release, absl::string_view changed_groups) {
  return FormatCsvRecord(CsvFields(release, changed_groups));
}

std::string VerificationCsv(const v1::VerifyReleaseResponse& response) {
  std::vector<std::string> columns = CsvColumns();
  std::vector<std::string> fields = CsvFields(response.release(), "");
  columns.push_back("pages_checked");
  fields.push_back(absl::StrCat(response.pages_checked()));
  return FormatCsvRecord(columns) + FormatCsvRecord(fields);
}

std::string ReleasesCsv(const v1::ListReleasesResponse& response) {
  const std::map<std::string, const v1::Release*> by_id = ById(response);
  std::string out = ReleaseCsvHeading();
  for (const v1::Edition& edition : response.editions()) {
    if (const auto found = by_id.find(edition.id()); found != by_id.end()) {
      out += ReleaseCsv(*found->second, EditionGroups(edition));
      continue;
    }
    std::vector<std::string> fields = {edition.id(), edition.effective_date(), "false"};
    fields.resize(15);
    fields.push_back(EditionGroups(edition));
    out += FormatCsvRecord(fields);
  }
  return out;
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
  if (!release.structure_from().empty()) {
    Fact(&out, "chapters", absl::StrCat("on loan from ", release.structure_from()));
  }
  return out;
}

std::string ResolvedCsv(const v1::ResolvedRelease& release) {
  return FormatCsvRecord({"release_id", "effective_date", "fingerprint", "facet_groups", "coverage",
                          "unloaded_editions", "before_mandate", "date", "structure_from"}) +
         FormatCsvRecord({release.release_id(), release.effective_date(), release.fingerprint(),
                          GroupNames(release.facet_groups()), NameOf(release.coverage().kind()),
                          absl::StrJoin(release.coverage().unloaded_editions(), ", "),
                          release.coverage().before_mandate() ? "true" : "false",
                          release.coverage().date(), release.structure_from()});
}

std::string FormatLoadReport(const v1::LoadReport& report) {
  std::string out;
  Fact(&out, "outcome", OutcomeText(report.outcome()));
  absl::StrAppend(&out, FormatRelease(report.release()));
  for (const v1::IgnoredFile& file : report.ignored()) {
    Fact(&out, "ignored", absl::StrCat(file.name(), " (", file.why(), ")"));
  }
  for (const std::string& warning : report.warnings()) Fact(&out, "warning", warning);
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
