#include "client/codesetctl/addenda_output.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/codesetctl/describe.h"

namespace codeset::ctl {
namespace {

// What all changes of one code together say.
struct CodeChange {
  const v1::Change* change = nullptr;  // any of them: each carries both states
  bool existence_or_flag = false;
  // Which titles differ at all, and whether one does in more than white space: only then
  // is it a revision to the publisher, who then counts every title that differs.
  bool long_title = false;
  bool short_title = false;
  bool revised = false;
};

model::AddendaLine Line(model::AddendaAction action, const std::string& code,
                        const v1::ConceptState& state) {
  return {action, state.billable(), code, state.short_title(), state.title()};
}

model::AddendaTally& TallyOf(model::AddendaTrailer& trailer, const v1::ConceptState& state) {
  return state.billable() ? trailer.codes : trailer.headers;
}

// Folds the stream into one entry a code, by undotted code, the order of published addenda.
std::map<std::string, CodeChange> ByCode(const std::vector<v1::Change>& changes) {
  std::map<std::string, CodeChange> by_code;
  for (const v1::Change& change : changes) {
    const v1::ConceptState& state = change.has_after() ? change.after() : change.before();
    if (!state.has_billable()) continue;  // a chapter or section is in no order file
    CodeChange& code = by_code[absl::StrReplaceAll(change.id(), {{".", ""}})];
    code.change = &change;
    switch (change.facet()) {
      case v1::FACET_EXISTENCE:
      case v1::FACET_BILLABLE:
        code.existence_or_flag = true;
        break;
      case v1::FACET_TITLE:
        code.long_title = true;
        code.revised = code.revised || !change.white_space_only();
        break;
      case v1::FACET_SHORT_TITLE:
        code.short_title = true;
        code.revised = code.revised || !change.white_space_only();
        break;
      default:
        break;
    }
  }
  return by_code;
}

void CountRevision(const CodeChange& code, model::AddendaTally* tally) {
  ++tally->revisions;
  if (code.long_title && code.short_title) {
    ++tally->both_titles;
  } else {
    ++(code.long_title ? tally->long_only : tally->short_only);
  }
}

void SetRows(const client::DiffHeader& header, model::AddendaTrailer* trailer) {
  trailer->old_file = absl::StrCat("icd10cm_order_", header.from.release_id(), ".txt");
  trailer->new_file = absl::StrCat("icd10cm_order_", header.to.release_id(), ".txt");
  trailer->codes.old_rows = header.from_counts.billable();
  trailer->codes.new_rows = header.to_counts.billable();
  trailer->headers.old_rows = header.from_counts.order_rows() - header.from_counts.billable();
  trailer->headers.new_rows = header.to_counts.order_rows() - header.to_counts.billable();
}

}  // namespace

std::vector<v1::Facet> AddendaFacets() {
  return {v1::FACET_EXISTENCE, v1::FACET_BILLABLE, v1::FACET_TITLE, v1::FACET_SHORT_TITLE};
}

absl::StatusOr<model::Addenda> BuildAddenda(const client::DiffHeader& header,
                                            const std::vector<v1::Change>& changes) {
  const std::vector<v1::Facet> needed = AddendaFacets();
  for (const v1::FacetComparability& facet : header.comparability) {
    if (facet.comparability() == v1::COMPARABILITY_NOT_COMPARABLE &&
        std::count(needed.begin(), needed.end(), facet.facet()) > 0) {
      return absl::FailedPreconditionError(
          absl::StrCat("addenda cannot be made: ", WordsOf(facet.facet()), " is not comparable"));
    }
  }
  model::Addenda addenda;
  SetRows(header, &addenda.trailer);
  for (const auto& [code, entry] : ByCode(changes)) {
    const v1::Change& change = *entry.change;
    if (entry.existence_or_flag) {
      if (change.has_before()) {
        addenda.lines.push_back(Line(model::AddendaAction::kDelete, code, change.before()));
        ++TallyOf(addenda.trailer, change.before()).deletions;
      }
      if (change.has_after()) {
        addenda.lines.push_back(Line(model::AddendaAction::kAdd, code, change.after()));
        ++TallyOf(addenda.trailer, change.after()).additions;
      }
    } else if (entry.revised) {
      addenda.lines.push_back(Line(model::AddendaAction::kReviseFrom, code, change.before()));
      addenda.lines.push_back(Line(model::AddendaAction::kReviseTo, code, change.after()));
      CountRevision(entry, &TallyOf(addenda.trailer, change.after()));
    }
  }
  return addenda;
}

std::string FormatAddenda(const model::Addenda& addenda) {
  std::string out;
  for (const model::AddendaLine& line : addenda.lines) {
    absl::StrAppend(&out, model::FormatAddendaLine(line), "\r\n");
  }
  return out + model::FormatAddendaTrailer(addenda.trailer);
}

}  // namespace codeset::ctl
