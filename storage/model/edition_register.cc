#include "storage/model/edition_register.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "storage/model/edition_register_data.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"

namespace codeset::model {
namespace {

absl::StatusOr<FacetGroup> ParseGroup(absl::string_view name) {
  for (const FacetGroup group : kFacetGroups) {
    if (FacetGroupName(group) == name) return group;
  }
  return MakeError(
      Reason::kArgumentInvalid,
      absl::StrCat(Quoted(name), " is no facet group; they are order, tabular, poa, conversion"));
}

absl::StatusOr<Edition> ParseEdition(absl::string_view line) {
  const std::vector<absl::string_view> fields =
      absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (fields.size() != 3) {
    return MakeError(Reason::kArgumentInvalid,
                     "an edition is written as id, first day in force, and changed groups with "
                     "commas between them (- for none)");
  }
  ASSIGN_OR_RETURN(const ReleaseId id, ReleaseId::Parse(fields[0]));
  ASSIGN_OR_RETURN(const Date effective, ParseDate(fields[1]));
  RETURN_IF_ERROR(CheckEffectiveDate(id, effective));
  Edition edition{id, effective, {}};
  if (fields[2] == "-") return edition;
  std::vector<FacetGroup> named;
  for (const absl::string_view name : absl::StrSplit(fields[2], ',')) {
    ASSIGN_OR_RETURN(const FacetGroup group, ParseGroup(name));
    named.push_back(group);
  }
  for (const FacetGroup group : kFacetGroups) {
    if (std::find(named.begin(), named.end(), group) != named.end()) {
      edition.changed.push_back(group);
    }
  }
  return edition;
}

}  // namespace

bool Edition::Changed(FacetGroup group) const {
  return std::find(changed.begin(), changed.end(), group) != changed.end();
}

absl::Status CheckEffectiveDate(const ReleaseId& id, Date effective) {
  const Date first = id.DefaultEffectiveDate();
  const int fiscal_year = FiscalYearOf(first);
  if (effective >= first && FiscalYearOf(effective) == fiscal_year) return absl::OkStatus();
  return MakeError(Reason::kArgumentInvalid,
                   absl::StrCat("release ", id.ToString(), " cannot take effect on ",
                                FormatDate(effective), ": that is from ", FormatDate(first), " to ",
                                FormatDate(FiscalYearStart(fiscal_year + 1) - 1)));
}

EditionRegister::EditionRegister(std::vector<Edition> editions) : editions_(std::move(editions)) {
  std::sort(editions_.begin(), editions_.end(),
            [](const Edition& a, const Edition& b) { return a.order() < b.order(); });
}

EditionRegister EditionRegister::BuiltIn() {
  absl::StatusOr<EditionRegister> editions =
      EditionRegister({}).Extend(kBuiltInEditions, "the built-in edition register");
  if (!editions.ok()) {
    // The text is compiled in, and a test reads it: this is a defect of the build.
    std::cerr << editions.status() << "\n";
    std::abort();
  }
  return *std::move(editions);
}

absl::StatusOr<EditionRegister> EditionRegister::Extend(absl::string_view text,
                                                        absl::string_view file) const {
  std::vector<Edition> added;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    const auto refuse = [&](absl::string_view why) {
      return MakeFileError(Reason::kArgumentInvalid, file, number, why);
    };
    absl::StatusOr<Edition> edition = ParseEdition(line);
    if (!edition.ok()) {
      const absl::string_view why = edition.status().message();
      return refuse(why);
    }
    const bool twice = std::any_of(added.begin(), added.end(),
                                   [&](const Edition& other) { return other.id == edition->id; });
    if (twice) return refuse(absl::StrCat("edition ", edition->id.ToString(), " stands twice"));
    added.push_back(*std::move(edition));
  }
  for (const Edition& edition : editions_) {
    const bool replaced = std::any_of(added.begin(), added.end(),
                                      [&](const Edition& other) { return other.id == edition.id; });
    if (!replaced) added.push_back(edition);
  }
  return EditionRegister(std::move(added));
}

}  // namespace codeset::model
