#include "client/codesetctl/release_csv.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/codesetctl/describe.h"
#include "client/codesetctl/table.h"

namespace codeset::ctl {
namespace {

// Whether a release has a facet group; otherwise counts of what it holds are not known, which
// is not 0.
bool HasGroup(const v1::Release& release, v1::FacetGroup group) {
  return std::any_of(
      release.facet_groups().begin(), release.facet_groups().end(),
      [group](const v1::FacetGroupFingerprint& item) { return item.group() == group; });
}

std::vector<std::string> CsvColumns() {
  return {"id",           "effective_date",  "loaded",         "order_rows",
          "billable",     "categories",      "chapters",       "sections",
          "diags",        "facet_groups",    "structure_from", "addenda",
          "addenda_base", "fingerprint",     "loaded_at",      "changed_groups",
          "held_back",    "activate_on",     "labels",         "poa_exempt",
          "poa_from",     "base_release_id", "conversion_rows"};
}

std::vector<std::string> CsvFields(const v1::Release& release, absl::string_view changed_groups) {
  const v1::ReleaseCounts& counts = release.counts();
  const auto tabular = [known = HasGroup(release, v1::FACET_GROUP_TABULAR)](std::int64_t count) {
    return known ? absl::StrCat(count) : "";
  };
  return {
      release.id(),
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
      std::string(changed_groups),
      release.held_back() ? "true" : "false",
      release.activate_on(),
      absl::StrJoin(release.labels(), " "),
      HasGroup(release, v1::FACET_GROUP_POA) ? absl::StrCat(counts.poa_exempt()) : "",
      release.poa_from(),
      release.base_release_id(),
      HasGroup(release, v1::FACET_GROUP_CONVERSION) ? absl::StrCat(counts.conversion_rows()) : ""};
}

}  // namespace

std::map<std::string, const v1::Release*> ReleasesById(const v1::ListReleasesResponse& response) {
  std::map<std::string, const v1::Release*> by_id;
  for (const v1::Release& release : response.releases()) by_id[release.id()] = &release;
  return by_id;
}

std::string EditionGroups(const v1::Edition& edition) {
  if (!edition.in_register()) return "not known";
  if (edition.changed_groups().empty()) return "nothing";
  return absl::StrJoin(edition.changed_groups(), ", ", [](std::string* out, int group) {
    out->append(WordsOf(static_cast<v1::FacetGroup>(group)));
  });
}

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
  const std::map<std::string, const v1::Release*> by_id = ReleasesById(response);
  std::string out = ReleaseCsvHeading();
  for (const v1::Edition& edition : response.editions()) {
    if (const auto found = by_id.find(edition.id()); found != by_id.end()) {
      out += ReleaseCsv(*found->second, EditionGroups(edition));
      continue;
    }
    std::vector<std::string> fields = {edition.id(), edition.effective_date(), "false"};
    fields.resize(15);
    fields.push_back(EditionGroups(edition));
    fields.resize(CsvColumns().size());
    out += FormatCsvRecord(fields);
  }
  return out;
}

std::string ResolvedCsv(const v1::ResolvedRelease& release) {
  return FormatCsvRecord({"release_id", "effective_date", "fingerprint", "facet_groups", "coverage",
                          "unloaded_editions", "before_mandate", "date", "structure_from",
                          "poa_from", "overdue"}) +
         FormatCsvRecord({release.release_id(), release.effective_date(), release.fingerprint(),
                          GroupNames(release.facet_groups()), NameOf(release.coverage().kind()),
                          absl::StrJoin(release.coverage().unloaded_editions(), ", "),
                          release.coverage().before_mandate() ? "true" : "false",
                          release.coverage().date(), release.structure_from(), release.poa_from(),
                          release.coverage().overdue() ? "true" : "false"});
}

}  // namespace codeset::ctl
