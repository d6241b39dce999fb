#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/concept_output.h"
#include "client/codesetctl/describe.h"
#include "client/codesetctl/failure.h"
#include "client/codesetctl/json.h"
#include "client/codesetctl/reference_output.h"
#include "client/codesetctl/status_words.h"
#include "client/codesetctl/table.h"
#include "client/cpp/error.h"

namespace codeset::ctl {
namespace {

// How many codes one request looks up: answers stay well below the size limit.
constexpr std::size_t kLookupBatch = 1000;

constexpr char kIncomplete[] =
    "the list may be incomplete: the place of some categories is not known in this release";

// Prints a range as the arguments ask. Tables need all rows before the first is printed;
// the other formats print as concepts come.
ExitCode PrintConcepts(const Session& session, client::ConceptRange range) {
  const absl::StatusOr<client::ConceptsHeader> header = range.header();
  if (!header.ok()) return Fail(session, header.status());
  TellRelease(session, header->release);
  std::ostream& out = session.environment.out;
  const Format format = session.arguments.format;
  const AnswerJson json(*header);
  if (format == Format::kCsv) out << ConceptCsvHeading();
  std::vector<v1::Concept> rows;
  bool empty = true;
  for (absl::StatusOr<v1::Concept>& item : range) {
    if (!item.ok()) return Fail(session, item.status());
    if (!out) return ExitCode::kDone;  // nobody reads; Run says how that ends
    empty = false;
    if (format == Format::kCsv) out << ConceptCsv(*item, *header);
    if (format == Format::kJson) out << json.Line(*item);
    if (format == Format::kTable) rows.push_back(*std::move(item));
  }
  if (format == Format::kTable && !empty) {
    out << FormatTable(ConceptTable(rows), session.environment.columns);
  }
  if (format == Format::kJson && empty) out << json.EmptyLine();
  if (!header->complete) {
    Warn(session, kIncomplete);
  } else if (empty && format != Format::kJson) {
    session.environment.err << "none\n";
  }
  return ExitCode::kDone;
}

// A CSV record with more fields at its end.
std::string WithFields(absl::string_view record, const std::vector<std::string>& fields) {
  return absl::StrCat(absl::StripSuffix(record, "\r\n"), ",", FormatCsvRecord(fields));
}

// Prints a concept that was asked for by itself, not as part of a list, and where it was asked
// for what the verification of its page is worth; `verification` is nullptr where it has none.
void PrintConcept(const Session& session, const v1::Concept& item,
                  const client::ConceptsHeader& header, Children children,
                  const v1::VerificationState* verification = nullptr) {
  std::ostream& out = session.environment.out;
  const bool verifies = session.arguments.verification;
  switch (session.arguments.format) {
    case Format::kJson: {
      std::vector<std::pair<std::string, std::string>> members = {
          {"release", ToJson(header.release)}, {"concept", ToJson(item)}};
      if (verification != nullptr) members.emplace_back("verification", ToJson(*verification));
      out << JsonLine(members);
      break;
    }
    case Format::kCsv: {
      std::string record = ConceptCsv(item, header, Answers::kOneConcept, session.arguments.view);
      out << (verifies ? WithFields(record, VerificationCsvFields(verification)) : record);
      break;
    }
    default:
      out << FormatConcept(item, children, session.arguments.view, session.environment.columns);
      if (verifies) {
        out << "  verification   "
            << (verification == nullptr ? "no page" : StatusSummary(*verification)) << "\n";
      }
  }
}

// Whether a look-up tells all children of a concept: a chapter or section on loan may have
// more where the release has categories without a place.
class ChildrenKnown {
 public:
  ChildrenKnown(const Session& session, const client::Client& client)
      : session_(session), client_(client) {}

  Children Of(const v1::Concept& item, const v1::ResolvedRelease& release) {
    const bool may_lack =
        item.placement() == v1::PLACEMENT_BORROWED &&
        (item.kind() == v1::CONCEPT_KIND_CHAPTER || item.kind() == v1::CONCEPT_KIND_SECTION);
    if (!may_lack || session_.arguments.format != Format::kTable) return Children::kAll;
    if (!on_loan_.has_value()) {
      const absl::StatusOr<v1::GetReleaseResponse> answer =
          client_.GetRelease(client::ById(release.release_id()));
      // Without an answer nothing says that the count is whole.
      const bool whole = answer.ok() && answer->release().unplaced_category_ids().empty();
      on_loan_ = whole ? Children::kAll : Children::kAtLeast;
    }
    return *on_loan_;
  }

 private:
  const Session& session_;
  const client::Client& client_;
  // For concepts on loan, once it was asked.
  std::optional<Children> on_loan_;
};

// Prints an id of a lookup that has no concept.
ExitCode PrintFailure(const Session& session, const v1::ConceptFailure& failure,
                      const client::ConceptsHeader& header) {
  std::ostream& out = session.environment.out;
  if (session.arguments.format == Format::kJson) {
    out << JsonLine({{"release", ToJson(header.release)}, {"failure", ToJson(failure)}});
  } else if (session.arguments.format == Format::kCsv) {
    std::string record = FailureCsv(failure, header, session.arguments.view);
    out << (session.arguments.verification
                ? WithFields(record, std::vector<std::string>(VerificationCsvColumns().size()))
                : record);
  }
  const std::string message = failure.reason() == v1::ERROR_REASON_CONCEPT_NOT_FOUND
                                  ? AsTyped(failure.message(), failure.id())
                                  : failure.message();
  session.environment.err << absl::StrCat("codesetctl: ", message, " [", NameOf(failure.reason()),
                                          "]\n");
  switch (failure.reason()) {
    case v1::ERROR_REASON_CONCEPT_NOT_FOUND:
      return ExitCode::kNo;
    case v1::ERROR_REASON_CONCEPT_ID_INVALID:
      return ExitCode::kUsage;
    default:
      // Not known, which is not "no".
      return ExitCode::kRefused;
  }
}

// Prints one batch of a lookup; gives the worst outcome of its items.
ExitCode PrintResults(const Session& session, const v1::BatchGetConceptsResponse& answer,
                      const client::ConceptsHeader& header, ChildrenKnown* children) {
  ExitCode worst = ExitCode::kDone;
  for (const v1::ConceptResult& result : answer.results()) {
    if (result.has_found()) {
      PrintConcept(session, result.found(), header, children->Of(result.found(), header.release),
                   result.has_verification() ? &result.verification() : nullptr);
    } else {
      worst = std::max(worst, PrintFailure(session, result.failure(), header));
    }
  }
  return worst;
}

// How A and B are related, as a sentence.
std::string SubsumptionText(v1::SubsumptionOutcome outcome, const std::string& a,
                            const std::string& b) {
  switch (outcome) {
    case v1::SUBSUMPTION_OUTCOME_EQUIVALENT:
      return absl::StrCat(a, " and ", b, " are the same concept");
    case v1::SUBSUMPTION_OUTCOME_SUBSUMES:
      return absl::StrCat(a, " subsumes ", b);
    case v1::SUBSUMPTION_OUTCOME_SUBSUMED_BY:
      return absl::StrCat(a, " is subsumed by ", b);
    case v1::SUBSUMPTION_OUTCOME_NOT_SUBSUMED:
      return absl::StrCat("neither ", a, " nor ", b, " subsumes the other");
    default:
      return absl::StrCat("not known whether ", a, " subsumes ", b);
  }
}

}  // namespace

ExitCode RunLookup(const Session& session, const client::Client& client) {
  const std::vector<std::string>& ids = session.arguments.ids;
  v1::ReleaseSelector selector = SelectorOf(session.arguments);
  client::ConceptsHeader header;
  ChildrenKnown children(session, client);
  ExitCode worst = ExitCode::kDone;
  for (std::size_t first = 0; first < ids.size(); first += kLookupBatch) {
    const std::size_t count = std::min(kLookupBatch, ids.size() - first);
    const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(first);
    const std::vector<std::string> batch(begin, begin + static_cast<std::ptrdiff_t>(count));
    const absl::StatusOr<v1::BatchGetConceptsResponse> answer =
        client.BatchGetConcepts(selector, batch, session.arguments.view, {},
                                session.arguments.verification ? client::TellVerification::kYes
                                                               : client::TellVerification::kNo);
    if (!answer.ok()) return Fail(session, answer.status());
    if (first == 0) {
      header.release = answer->release();
      TellRelease(session, header.release);
      if (session.arguments.format == Format::kCsv) {
        session.environment.out << (session.arguments.verification
                                        ? WithFields(ConceptCsvHeading(session.arguments.view),
                                                     VerificationCsvColumns())
                                        : ConceptCsvHeading(session.arguments.view));
      }
      // The other batches ask the same release even if `current` moves meanwhile; what was
      // asserted of it still is.
      selector.set_release(header.release.release_id());
      selector.set_allow_stale(false);
    }
    worst = std::max(worst, PrintResults(session, *answer, header, &children));
  }
  return worst;
}

ExitCode RunRelatives(const Session& session, const client::Client& client) {
  const v1::ReleaseSelector selector = SelectorOf(session.arguments);
  const std::string& id = session.arguments.ids.front();
  if (session.arguments.relation == v1::RELATION_DESCENDANTS) {
    v1::StreamDescendantsRequest request;
    *request.mutable_release() = selector;
    request.set_id(id);
    return PrintConcepts(session, client.StreamDescendants(std::move(request)));
  }
  v1::ListRelativesRequest request;
  *request.mutable_release() = selector;
  request.set_id(id);
  request.set_relation(session.arguments.relation);
  return PrintConcepts(session, client.ListRelatives(request));
}

ExitCode RunList(const Session& session, const client::Client& client) {
  const Arguments& arguments = session.arguments;
  v1::ListConceptsRequest request;
  *request.mutable_release() = SelectorOf(arguments);
  request.set_under_id(arguments.under);
  request.set_pattern(arguments.prefix);
  if (!arguments.range.empty()) {
    request.set_range_first(arguments.range.front());
    request.set_range_last(arguments.range.back());
  }
  for (const v1::ConceptKind kind : arguments.kinds) request.add_kinds(kind);
  if (arguments.billable.has_value()) request.set_billable(*arguments.billable);
  return PrintConcepts(session, client.ListConcepts(request));
}

ExitCode RunSubsumes(const Session& session, const client::Client& client) {
  const std::string& a = session.arguments.ids.front();
  const std::string& b = session.arguments.ids.back();
  const absl::StatusOr<v1::GetSubsumptionResponse> answer =
      client.GetSubsumption(SelectorOf(session.arguments), a, b);
  if (!answer.ok()) return Fail(session, answer.status());
  TellRelease(session, answer->release());
  std::ostream& out = session.environment.out;
  switch (session.arguments.format) {
    case Format::kJson:
      out << JsonLine({{"release", ToJson(answer->release())},
                       {"a", JsonString(a)},
                       {"b", JsonString(b)},
                       {"outcome", JsonString(v1::SubsumptionOutcome_Name(answer->outcome()))}});
      break;
    case Format::kCsv:
      out << FormatCsvRecord({"a", "b", "outcome", "release_id", "fingerprint", "coverage"})
          << FormatCsvRecord({a, b, NameOf(answer->outcome()), answer->release().release_id(),
                              answer->release().fingerprint(),
                              NameOf(answer->release().coverage().kind())});
      break;
    default:
      out << SubsumptionText(answer->outcome(), a, b) << "\n";
  }
  switch (answer->outcome()) {
    case v1::SUBSUMPTION_OUTCOME_EQUIVALENT:
    case v1::SUBSUMPTION_OUTCOME_SUBSUMES:
      return ExitCode::kDone;
    case v1::SUBSUMPTION_OUTCOME_SUBSUMED_BY:
    case v1::SUBSUMPTION_OUTCOME_NOT_SUBSUMED:
      return ExitCode::kNo;
    default:
      Warn(session, "NOT_KNOWN: the place of one of them is not known in this release");
      return ExitCode::kRefused;
  }
}

ExitCode RunCommonAncestor(const Session& session, const client::Client& client) {
  const absl::StatusOr<v1::GetCommonAncestorResponse> answer =
      client.GetCommonAncestor(SelectorOf(session.arguments), session.arguments.ids);
  if (!answer.ok()) return Fail(session, answer.status());
  TellRelease(session, answer->release());
  const client::ConceptsHeader header{answer->release(), std::nullopt, !answer->not_known()};
  std::ostream& out = session.environment.out;
  if (session.arguments.format == Format::kCsv) out << ConceptCsvHeading();
  if (answer->has_ancestor()) {
    PrintConcept(session, answer->ancestor(), header,
                 ChildrenKnown(session, client).Of(answer->ancestor(), header.release));
    return ExitCode::kDone;
  }
  if (session.arguments.format == Format::kJson) out << AnswerJson(header).EmptyLine();
  if (answer->not_known()) {
    Warn(session, "NOT_KNOWN: the place of some of them is not known in this release");
    return ExitCode::kRefused;
  }
  session.environment.err << "no common ancestor: they lie in different chapters\n";
  return ExitCode::kNo;
}

}  // namespace codeset::ctl
