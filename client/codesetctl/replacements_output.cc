#include "client/codesetctl/replacements_output.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/codesetctl/describe.h"

namespace codeset::ctl {
namespace {

std::string HopText(const v1::ReplacementHop& hop) {
  std::string text = absl::StrCat(hop.previous_id(), " → ", hop.current_id(), ": ",
                                  WordsOf(hop.kind()), ", ", hop.effective_date());
  if (!hop.combined_with_ids().empty()) {
    absl::StrAppend(&text, ", together with ", absl::StrJoin(hop.combined_with_ids(), " and "));
  }
  absl::StrAppend(&text, hop.derived() ? ", derived" : absl::StrCat(", row ", hop.row().row()));
  return text;
}

// One value of each hop, in the order of the hops.
template <typename Value>
std::string OfHops(const v1::Replacement& replacement, Value value) {
  return absl::StrJoin(replacement.hops(), " ",
                       [value](std::string* out, const v1::ReplacementHop& hop) {
                         absl::StrAppend(out, value(hop));
                       });
}

std::string Flag(bool value) { return value ? "true" : "false"; }

std::string Record(const v1::GetReplacementsResponse& answer, const v1::Replacement* item) {
  const v1::Replacement& replacement =
      item == nullptr ? v1::Replacement::default_instance() : *item;
  return FormatCsvRecord({answer.id(), NameOf(answer.outcome()), replacement.id(),
                          replacement.title(), item == nullptr ? "" : Flag(replacement.lossy()),
                          item == nullptr ? "" : Flag(replacement.derived()),
                          OfHops(replacement, [](const auto& hop) { return NameOf(hop.kind()); }),
                          OfHops(replacement, [](const auto& hop) { return hop.effective_date(); }),
                          OfHops(replacement,
                                 [](const auto& hop) {
                                   return absl::StrCat(hop.previous_id(), ">", hop.current_id());
                                 }),
                          OfHops(replacement,
                                 [](const auto& hop) {
                                   return hop.derived() ? std::string("derived")
                                                        : absl::StrCat(hop.row().row());
                                 }),
                          OfHops(replacement,
                                 [](const auto& hop) {
                                   return hop.combined_with_ids().empty()
                                              ? std::string("-")
                                              : absl::StrJoin(hop.combined_with_ids(), "+");
                                 }),
                          answer.table_from(), Flag(answer.complete()),
                          absl::StrJoin(answer.uncovered_editions(), " "),
                          answer.from().release_id(), answer.to().release_id()});
}

}  // namespace

std::string WayText(const v1::Replacement& replacement) {
  return absl::StrJoin(
      replacement.hops(), "; ",
      [](std::string* out, const v1::ReplacementHop& hop) { out->append(HopText(hop)); });
}

std::string ReplacementIds(const google::protobuf::RepeatedPtrField<v1::Replacement>& replacements,
                           absl::string_view separator) {
  return absl::StrJoin(replacements, separator, [](std::string* out, const v1::Replacement& item) {
    out->append(item.id());
  });
}

Table ReplacementsTable(const std::vector<v1::GetReplacementsResponse>& answers) {
  Table table{{{"CODE"}, {"OUTCOME"}, {"REPLACEMENT"}, {"LOSSY"}, {"WAY", true}, {"TITLE", true}},
              {}};
  for (const v1::GetReplacementsResponse& answer : answers) {
    if (answer.replacements().empty()) {
      table.rows.push_back({answer.id(), WordsOf(answer.outcome()), "", "", "", ""});
    }
    for (const v1::Replacement& item : answer.replacements()) {
      table.rows.push_back({answer.id(), WordsOf(answer.outcome()), item.id(),
                            item.lossy() ? "yes" : "no", WayText(item), item.title()});
    }
  }
  return table;
}

std::string ReplacementsCsvHeading() {
  return FormatCsvRecord({"code", "outcome", "replacement", "title", "lossy", "derived", "kinds",
                          "effective_dates", "hops", "rows", "combined_with", "table_from",
                          "complete", "uncovered_editions", "from_release_id", "to_release_id"});
}

std::string ReplacementsCsv(const v1::GetReplacementsResponse& answer) {
  if (answer.replacements().empty()) return Record(answer, nullptr);
  std::string out;
  for (const v1::Replacement& item : answer.replacements()) out += Record(answer, &item);
  return out;
}

}  // namespace codeset::ctl
