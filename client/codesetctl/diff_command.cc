#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/codesetctl/addenda_output.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/diff_output.h"
#include "client/codesetctl/json.h"
#include "client/codesetctl/summary_output.h"

namespace codeset::ctl {
namespace {

// Fills what both kinds of request have.
template <typename Request>
Request MakeRequest(const Session& session) {
  const Arguments& arguments = session.arguments;
  Request request;
  *request.mutable_from() = SelectorOf(arguments, arguments.ids.front());
  *request.mutable_to() = SelectorOf(arguments, arguments.ids.back());
  request.set_under_id(arguments.under);
  for (const v1::Facet facet : arguments.facets) request.add_facets(facet);
  for (const v1::NoteKind kind : arguments.note_kinds) request.add_note_kinds(kind);
  // Who names kinds of notes asks about notes, beside the facets that were named.
  const auto& facets = arguments.facets;
  if (!arguments.note_kinds.empty() &&
      std::find(facets.begin(), facets.end(), v1::FACET_NOTES) == facets.end()) {
    request.add_facets(v1::FACET_NOTES);
  }
  request.set_billable_only(arguments.billable.value_or(false));
  return request;
}

template <typename Facets>
void TellCompared(const Session& session, const v1::ResolvedRelease& from,
                  const v1::ResolvedRelease& to, const Facets& facets, bool complete) {
  TellRelease(session, from);
  TellRelease(session, to);
  for (const std::string& note : ComparabilityNotes(facets)) Warn(session, note);
  if (!complete) {
    Warn(session,
         absl::StrCat("changes below ", session.arguments.under,
                      " may be missing: the place of some categories is not known in one of the "
                      "releases"));
  }
}

ExitCode PrintSummary(const Session& session, const client::Client& client) {
  v1::GetDiffSummaryRequest request = MakeRequest<v1::GetDiffSummaryRequest>(session);
  request.set_by_chapter(session.arguments.by_chapter);
  const absl::StatusOr<v1::GetDiffSummaryResponse> summary = client.GetDiffSummary(request);
  if (!summary.ok()) return Fail(session, summary.status());
  TellCompared(session, summary->from(), summary->to(), summary->comparability(),
               summary->complete());
  std::ostream& out = session.environment.out;
  switch (session.arguments.format) {
    case Format::kJson:
      out << ToJson(*summary) << "\n";
      break;
    case Format::kCsv:
      out << SummaryCsv(*summary);
      break;
    default:
      out << FormatTable(SummaryTable(*summary), session.environment.columns);
  }
  return ExitCode::kDone;
}

// Addenda and tables need all changes before the first line.
absl::StatusOr<std::vector<v1::Change>> Collect(client::ChangeRange& range) {
  std::vector<v1::Change> changes;
  for (absl::StatusOr<v1::Change>& change : range) {
    if (!change.ok()) return change.status();
    changes.push_back(*std::move(change));
  }
  return changes;
}

ExitCode PrintAsCome(const Session& session, const client::DiffHeader& header,
                     client::ChangeRange& range) {
  std::ostream& out = session.environment.out;
  const bool json = session.arguments.format == Format::kJson;
  if (json) {
    out << DiffHeaderJson(header);
  } else {
    out << ChangeCsvHeading() << ComparabilityCsv(header);
  }
  for (absl::StatusOr<v1::Change>& change : range) {
    if (!change.ok()) return Fail(session, change.status());
    if (!out) return ExitCode::kDone;  // nobody reads; Run says how that ends
    out << (json ? ChangeJson(*change, header) : ChangeCsv(*change, header));
  }
  return ExitCode::kDone;
}

ExitCode PrintAddenda(const Session& session, const client::DiffHeader& header,
                      const std::vector<v1::Change>& changes) {
  const absl::StatusOr<model::Addenda> addenda = BuildAddenda(header, changes);
  if (!addenda.ok()) return Fail(session, addenda.status());
  session.environment.out << FormatAddenda(*addenda);
  return ExitCode::kDone;
}

}  // namespace

ExitCode RunDiff(const Session& session, const client::Client& client) {
  if (session.arguments.summary || session.arguments.by_chapter)
    return PrintSummary(session, client);
  const Format format = session.arguments.format;
  v1::StreamDiffRequest request = MakeRequest<v1::StreamDiffRequest>(session);
  if (format == Format::kAddenda) {
    for (const v1::Facet facet : AddendaFacets()) request.add_facets(facet);
  }
  client::ChangeRange range = client.StreamDiff(std::move(request));
  const absl::StatusOr<client::DiffHeader> header = range.header();
  if (!header.ok()) return Fail(session, header.status());
  TellCompared(session, header->from, header->to, header->comparability, header->complete);
  if (format == Format::kJson || format == Format::kCsv) {
    return PrintAsCome(session, *header, range);
  }
  const absl::StatusOr<std::vector<v1::Change>> changes = Collect(range);
  if (!changes.ok()) return Fail(session, changes.status());
  if (format == Format::kAddenda) return PrintAddenda(session, *header, *changes);
  if (changes->empty()) {
    session.environment.err << "no changes in what could be compared\n";
  } else {
    session.environment.out << FormatTable(ChangeTable(*changes), session.environment.columns);
  }
  return ExitCode::kDone;
}

}  // namespace codeset::ctl
