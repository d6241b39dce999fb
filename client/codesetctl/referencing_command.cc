// The command that asks who names a concept.
#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/describe.h"
#include "client/codesetctl/json.h"
#include "client/codesetctl/table.h"

namespace codeset::ctl {
namespace {

// The words that name the concept; the server counts in bytes.
std::string WordsOfReference(const v1::Referencing& found) {
  const std::string& text = found.reference().has_item() ? found.text() : found.heading();
  const auto begin = static_cast<std::size_t>(std::max(found.reference().begin(), 0));
  const auto end = static_cast<std::size_t>(std::max(found.reference().end(), 0));
  return begin < end && end <= text.size() ? text.substr(begin, end - begin) : "";
}

std::string NoteText(const v1::Referencing& found) {
  if (!found.has_heading()) return found.text();
  return found.text().empty() ? found.heading() : absl::StrCat(found.heading(), " ", found.text());
}

std::string CsvHeading() {
  return FormatCsvRecord({"concept_id", "title", "note_kind", "heading", "text", "words", "match",
                          "release_id", "fingerprint", "coverage", "tabular_state"});
}

std::string CsvRecord(const v1::Referencing& found, const client::ReferencingHeader& header) {
  return FormatCsvRecord({found.concept_id(), found.title(), NameOf(found.note_kind()),
                          found.heading(), found.text(), WordsOfReference(found),
                          NameOf(found.match()), header.release.release_id(),
                          header.release.fingerprint(), NameOf(header.release.coverage().kind()),
                          NameOf(header.tabular_state)});
}

}  // namespace

ExitCode RunReferencing(const Session& session, const client::Client& client) {
  const Arguments& arguments = session.arguments;
  v1::ListReferencingRequest request;
  *request.mutable_release() = SelectorOf(arguments);
  request.set_id(arguments.ids.front());
  for (const v1::NoteKind kind : arguments.note_kinds) request.add_kinds(kind);
  request.set_named_only(arguments.named_only);
  client::ReferencingRange range = client.ListReferencing(request);
  const absl::StatusOr<client::ReferencingHeader> header = range.header();
  if (!header.ok()) return Fail(session, header.status());
  TellRelease(session, header->release);
  std::ostream& out = session.environment.out;
  const Format format = arguments.format;
  if (format == Format::kCsv) out << CsvHeading();
  const std::string release = ToJson(header->release);
  Table table{{{"CONCEPT"}, {"KIND"}, {"MATCH"}, {"NAMES"}, {"NOTE", /*shrinks=*/true}}, {}};
  bool empty = true;
  for (absl::StatusOr<v1::Referencing>& found : range) {
    if (!found.ok()) return Fail(session, found.status());
    if (!out) return ExitCode::kDone;  // nobody reads; Run says how that ends
    empty = false;
    if (format == Format::kCsv) out << CsvRecord(*found, *header);
    if (format == Format::kJson) {
      out << JsonLine({{"release", release}, {"referencing", ToJson(*found)}});
    }
    if (format == Format::kTable) {
      table.rows.push_back({found->concept_id(), WordsOf(found->note_kind()),
                            WordsOf(found->match()), WordsOfReference(*found), NoteText(*found)});
    }
  }
  if (format == Format::kTable && !empty) out << FormatTable(table, session.environment.columns);
  const bool known = header->tabular_state == v1::TABULAR_STATE_KNOWN;
  if (format == Format::kJson && empty) {
    out << JsonLine({{"release", release},
                     {"tabularState", JsonString(v1::TabularState_Name(header->tabular_state))},
                     {"totalSize", "0"}});
  }
  if (!known) {
    Warn(session, "NOT_KNOWN: whether any note names it is not known in this release");
    return ExitCode::kRefused;
  }
  if (empty && format != Format::kJson) session.environment.err << "none\n";
  return ExitCode::kDone;
}

}  // namespace codeset::ctl
