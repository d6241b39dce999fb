#include "client/codesetctl/diff_output.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/codesetctl/describe.h"
#include "client/codesetctl/json.h"

namespace codeset::ctl {
namespace {

std::string FlagText(const v1::ConceptState& state) {
  if (!state.has_billable()) return "";
  return state.billable() ? "billable" : "header";
}

// How an added or deleted concept reads.
std::string WholeText(const v1::ConceptState& state) {
  const std::string flag = FlagText(state);
  return flag.empty() ? state.title() : absl::StrCat(state.title(), " (", flag, ")");
}

std::string BoundText(const v1::VisualAcuityBound& bound) {
  return bound.has_value() ? bound.value() : bound.heading();
}

// Every cell, so that two tables that differ read differently.
std::string VisualImpairmentText(const v1::VisualImpairmentTable& table) {
  return absl::StrCat(
      "visual impairment: ",
      absl::StrJoin(
          table.categories(), "; ",
          [](std::string* out, const v1::VisualImpairmentCategory& category) {
            absl::StrAppend(out, category.has_value() ? category.value() : category.heading());
            for (const v1::VisualAcuityRange& range : category.ranges()) {
              absl::StrAppend(out, " | ", range.heading(), range.has_heading() ? " " : "",
                              BoundText(range.maximum()), " / ", BoundText(range.minimum()));
            }
          }));
}

std::string OtherText(const v1::ConceptState& state) {
  std::vector<std::string> parts;
  if (state.has_tabular_title()) {
    parts.push_back(absl::StrCat("tabular title: ", state.tabular_title()));
  }
  if (state.has_placeholder() && state.placeholder()) parts.push_back("placeholder");
  if (state.has_visual_impairment()) {
    parts.push_back(VisualImpairmentText(state.visual_impairment()));
  }
  return absl::StrJoin(parts, "; ");
}

// One side of a change; empty where the concept does not exist there. An empty list of
// notes is written as "none": the facet was compared, so it is known.
std::string SideText(const v1::Change& change, bool exists, const v1::ConceptState& state) {
  if (!exists) return "";
  std::string text;
  switch (change.facet()) {
    case v1::FACET_EXISTENCE:
      return WholeText(state);
    case v1::FACET_BILLABLE:
      return FlagText(state);
    case v1::FACET_TITLE:
      return state.title();
    case v1::FACET_SHORT_TITLE:
      return state.short_title();
    case v1::FACET_PARENT:
      return state.parent_id();
    case v1::FACET_NOTES:
      text = NotesText(state.notes());
      break;
    case v1::FACET_SEVENTH_CHARACTERS:
      text = SeventhCharactersText(state.seventh_characters());
      break;
    case v1::FACET_POA_EXEMPTION:
      if (!state.has_poa_exempt()) return "not known";
      return state.poa_exempt() ? "POA exempt" : "not POA exempt";
    case v1::FACET_TABULAR_OTHER:
      text = OtherText(state);
      break;
    default:
      return "";
  }
  return text.empty() ? "none" : text;
}

std::string Before(const v1::Change& change) {
  return SideText(change, change.has_before(), change.before());
}
std::string After(const v1::Change& change) {
  return SideText(change, change.has_after(), change.after());
}

// What sets two sides apart that read alike: white space, or else only which items stand
// together. Empty for sides that differ in their words.
std::string Subtlety(const v1::Change& change) {
  const std::string before = Before(change);
  const std::string after = After(change);
  std::string before_words = before;
  std::string after_words = after;
  absl::RemoveExtraAsciiWhitespace(&before_words);
  absl::RemoveExtraAsciiWhitespace(&after_words);
  if (change.white_space_only()) return " (white space)";
  if (!change.has_before() || !change.has_after() || before_words != after_words) return "";
  return before == after ? " (grouping)" : " (white space)";
}

template <typename Facets>
std::vector<std::string> NotesOn(const Facets& facets) {
  std::vector<std::string> notes;
  for (const v1::FacetComparability& facet : facets) {
    const std::string missing = absl::StrJoin(facet.missing_in(), ", ");
    if (facet.comparability() == v1::COMPARABILITY_NOT_COMPARABLE) {
      notes.push_back(absl::StrCat(WordsOf(facet.facet()), ": NOT_COMPARABLE, not known in ",
                                   missing, "; its changes are not known"));
    } else if (facet.comparability() == v1::COMPARABILITY_CODES_ONLY) {
      notes.push_back(absl::StrCat(WordsOf(facet.facet()),
                                   ": codes alone are compared; chapters and sections are not "
                                   "known in ",
                                   missing));
    }
  }
  return notes;
}

std::vector<std::string> StateFields(const v1::Change& change, bool exists,
                                     const v1::ConceptState& state) {
  if (!exists) return {"", "", "", "", ""};
  return {SideText(change, exists, state),
          state.has_billable() ? (state.billable() ? "true" : "false") : "", state.title(),
          state.short_title(), state.parent_id()};
}

}  // namespace

std::vector<std::string> ComparabilityNotes(
    const google::protobuf::RepeatedPtrField<v1::FacetComparability>& facets) {
  return NotesOn(facets);
}

std::vector<std::string> ComparabilityNotes(const std::vector<v1::FacetComparability>& facets) {
  return NotesOn(facets);
}

Table ChangeTable(const std::vector<v1::Change>& changes) {
  Table table{{{"CHANGE"}, {"ID"}, {"BEFORE", true}, {"AFTER", true}}, {}};
  for (const v1::Change& change : changes) {
    for (const v1::NoteEdit& edit : change.note_edits()) {
      table.rows.push_back({absl::StrCat(WordsOf(edit.note_kind()), " ", WordsOf(edit.kind())),
                            change.id(), NoteLineText(edit.before()), NoteLineText(edit.after())});
    }
    if (!change.note_edits().empty()) continue;
    // Where to go instead of a header, and where one came from that became a code.
    const std::string below = absl::StrJoin(change.billable_descendant_ids(), ", ");
    const bool was_header = change.kind() == v1::CHANGE_KIND_BECAME_BILLABLE;
    table.rows.push_back({absl::StrCat(WordsOf(change.kind()), Subtlety(change)), change.id(),
                          absl::StrCat(Before(change), below.empty() || !was_header ? "" : " of ",
                                       was_header ? below : ""),
                          absl::StrCat(After(change), below.empty() || was_header ? "" : "; use ",
                                       was_header ? "" : below)});
  }
  return table;
}

std::string ChangeCsvHeading() {
  return FormatCsvRecord({"change", "id", "facet", "white_space_only", "before", "billable_before",
                          "title_before", "short_title_before", "parent_id_before", "after",
                          "billable_after", "title_after", "short_title_after", "parent_id_after",
                          "from_release_id", "to_release_id", "note_edits",
                          "billable_descendants"});
}

std::string ChangeCsv(const v1::Change& change, const client::DiffHeader& header) {
  std::vector<std::string> fields = {NameOf(change.kind()), change.id(), NameOf(change.facet()),
                                     change.white_space_only() ? "true" : "false"};
  const auto append = [&fields](const std::vector<std::string>& more) {
    fields.insert(fields.end(), more.begin(), more.end());
  };
  append(StateFields(change, change.has_before(), change.before()));
  append(StateFields(change, change.has_after(), change.after()));
  append({header.from.release_id(), header.to.release_id(), NoteEditsText(change.note_edits()),
          absl::StrJoin(change.billable_descendant_ids(), " ")});
  return FormatCsvRecord(fields);
}

std::string ComparabilityCsv(const client::DiffHeader& header) {
  std::string out;
  for (const v1::FacetComparability& facet : header.comparability) {
    if (facet.comparability() == v1::COMPARABILITY_COMPARABLE) continue;
    std::vector<std::string> fields = {NameOf(facet.comparability()), "", NameOf(facet.facet())};
    fields.resize(14);
    fields.push_back(header.from.release_id());
    fields.push_back(header.to.release_id());
    fields.resize(18);
    out += FormatCsvRecord(fields);
  }
  return out;
}

std::string DiffHeaderJson(const client::DiffHeader& header) {
  const std::string facets = absl::StrJoin(
      header.comparability, ",",
      [](std::string* out, const v1::FacetComparability& facet) { out->append(ToJson(facet)); });
  return JsonLine({{"from", ToJson(header.from)},
                   {"to", ToJson(header.to)},
                   {"comparability", absl::StrCat("[", facets, "]")},
                   {"fromCounts", ToJson(header.from_counts)},
                   {"toCounts", ToJson(header.to_counts)},
                   {"complete", header.complete ? "true" : "false"}});
}

std::string ChangeJson(const v1::Change& change, const client::DiffHeader& header) {
  return JsonLine({{"from", JsonString(header.from.release_id())},
                   {"to", JsonString(header.to.release_id())},
                   {"change", ToJson(change)}});
}

}  // namespace codeset::ctl
