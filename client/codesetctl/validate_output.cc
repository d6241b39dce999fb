#include "client/codesetctl/validate_output.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/codesetctl/describe.h"
#include "client/codesetctl/json.h"
#include "client/codesetctl/replacements_output.h"

namespace codeset::ctl {
namespace {

std::string Choices(const google::protobuf::RepeatedPtrField<v1::CodeChoice>& choices) {
  return absl::StrJoin(choices, " ", [](std::string* out, const v1::CodeChoice& choice) {
    out->append(choice.id());
  });
}

std::string Characters(const v1::CodeValidation& told, bool with_meaning) {
  return absl::StrJoin(told.seventh_characters(), with_meaning ? "; " : " ",
                       [&](std::string* out, const v1::CompletingCharacter& c) {
                         absl::StrAppend(out, c.character());
                         if (with_meaning && !c.meaning().empty()) {
                           absl::StrAppend(out, " = ", c.meaning());
                         }
                       });
}

std::string Faults(const v1::CodeValidation& told) {
  return absl::StrJoin(told.faults(), "; ", [](std::string* out, const v1::CodeFault& fault) {
    absl::StrAppend(out, fault.description(), " (at ", fault.position() + 1, ")");
  });
}

std::string Replacements(const v1::CodeValidation& told) {
  return absl::StrJoin(told.replacements(), " ",
                       [](std::string* out, const v1::Replacement& r) { out->append(r.id()); });
}

std::string ReleaseOf(const client::ValidatedCode& code) {
  return code.release == nullptr ? "" : code.release->release_id();
}

// What a reader needs to act on.
std::string Detail(const v1::CodeValidation& told) {
  std::vector<std::string> parts;
  if (!told.message().empty()) parts.push_back(told.message());
  if (!told.faults().empty()) parts.push_back(Faults(told));
  if (!told.title().empty()) parts.push_back(told.title());
  if (!told.seventh_characters().empty()) {
    parts.push_back(absl::StrCat(
        told.from_codes_alone() ? "7th character, from the codes alone: " : "7th character: ",
        Characters(told, true)));
  } else if (!told.choices().empty()) {
    parts.push_back(absl::StrCat("choose of ", told.choice_count(), ": ", Choices(told.choices())));
  }
  if (!told.valid_from().empty()) {
    parts.push_back(absl::StrCat("billable from ", told.valid_from(),
                                 told.validity_not_exact() ? " at the latest" : ""));
  }
  if (!told.valid_until().empty()) {
    parts.push_back(absl::StrCat("billable until ", told.valid_until(),
                                 told.validity_not_exact() ? " at least" : ""));
  }
  if (!told.replacements().empty()) {
    parts.push_back(absl::StrCat("replaced by ", Replacements(told)));
  }
  if (told.replacements_incomplete()) parts.emplace_back(kReplacementsIncomplete);
  if (!told.nearest().empty()) {
    parts.push_back(absl::StrCat("likest: ", Choices(told.nearest())));
  }
  return absl::StrJoin(parts, "; ");
}

}  // namespace

Table ValidationTable(const std::vector<ValidatedRow>& rows) {
  Table table{{{"ROW"}, {"CODE"}, {"RELEASE"}, {"OUTCOME"}, {"SUGGESTED"}, {"DETAIL", true}}, {}};
  for (const ValidatedRow& row : rows) {
    const v1::CodeValidation& told = row.code.validation;
    table.rows.push_back({absl::StrCat(row.row), told.id().empty() ? told.text() : told.id(),
                          ReleaseOf(row.code), WordsOf(told.outcome()), told.suggested_id(),
                          Detail(told)});
  }
  return table;
}

std::string ValidationCsvHeading(const std::vector<std::string>& heading) {
  std::vector<std::string> fields = {"row"};
  fields.insert(fields.end(), heading.begin(), heading.end());
  for (const char* name : {"text", "code", "release_id", "outcome", "suggested_code", "title",
                           "choices", "choice_count", "seventh_characters", "from_codes_alone",
                           "valid_from", "valid_until", "validity_not_exact", "replacements",
                           "replacements_incomplete", "nearest", "faults", "reason", "message"}) {
    fields.emplace_back(name);
  }
  return FormatCsvRecord(fields);
}

std::string ValidationCsv(const ValidatedRow& row) {
  const v1::CodeValidation& told = row.code.validation;
  std::vector<std::string> fields = {absl::StrCat(row.row)};
  fields.insert(fields.end(), row.record.begin(), row.record.end());
  const auto add = [&](std::string field) { fields.push_back(std::move(field)); };
  const auto flag = [](bool value) { return std::string(value ? "true" : ""); };
  add(told.text());
  add(told.id());
  add(ReleaseOf(row.code));
  add(NameOf(told.outcome()));
  add(told.suggested_id());
  add(told.title());
  add(Choices(told.choices()));
  add(told.choices().empty() ? "" : absl::StrCat(told.choice_count()));
  add(Characters(told, false));
  add(flag(told.from_codes_alone()));
  add(told.valid_from());
  add(told.valid_until());
  add(flag(told.validity_not_exact()));
  add(Replacements(told));
  add(flag(told.replacements_incomplete()));
  add(Choices(told.nearest()));
  add(Faults(told));
  add(told.reason() == v1::ERROR_REASON_UNSPECIFIED ? "" : NameOf(told.reason()));
  add(told.message());
  return FormatCsvRecord(fields);
}

std::string ValidationJson(const ValidatedRow& row, const std::vector<std::string>& heading) {
  std::string input;
  for (std::size_t i = 0; i < row.record.size() && i < heading.size(); ++i) {
    absl::StrAppend(&input, i == 0 ? "" : ",", JsonString(heading[i]), ":",
                    JsonString(row.record[i]));
  }
  std::vector<std::pair<std::string, std::string>> members = {{"row", absl::StrCat(row.row)}};
  if (!row.record.empty()) members.emplace_back("input", absl::StrCat("{", input, "}"));
  if (row.code.release != nullptr) {
    members.emplace_back("releaseId", JsonString(row.code.release->release_id()));
    members.emplace_back("fingerprint", JsonString(row.code.release->fingerprint()));
    const v1::Coverage& coverage = row.code.release->coverage();
    if (coverage.kind() != v1::COVERAGE_KIND_EXACT || coverage.before_mandate()) {
      members.emplace_back("coverage", ToJson(coverage));
    }
  }
  members.emplace_back("validation", ToJson(row.code.validation));
  return JsonLine(members);
}

void ValidationSummary::Add(v1::ValidationOutcome outcome) {
  ++rows_;
  ++outcomes_[outcome];
}

bool ValidationSummary::all_billable() const {
  const auto billable = outcomes_.find(v1::VALIDATION_OUTCOME_BILLABLE);
  return rows_ == (billable == outcomes_.end() ? 0 : billable->second);
}

std::string ValidationSummary::Text() const {
  return absl::StrCat(rows_, rows_ == 1 ? " row" : " rows", outcomes_.empty() ? "" : ": ",
                      absl::StrJoin(outcomes_, ", ", [](std::string* out, const auto& item) {
                        absl::StrAppend(out, item.second, " ", WordsOf(item.first));
                      }));
}

}  // namespace codeset::ctl
