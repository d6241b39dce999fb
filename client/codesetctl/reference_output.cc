#include "client/codesetctl/reference_output.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/codesetctl/describe.h"
#include "client/codesetctl/json.h"
#include "client/codesetctl/status_words.h"

namespace codeset::ctl {
namespace {

constexpr std::size_t kShortDigest = 12;

std::string RevisionDetail(const v1::ReferenceRevision& revision) {
  return absl::StrCat(WordsOf(revision.state()), ", ",
                      CountText(revision.source_count(), "source", "sources"), ", ",
                      CountText(revision.related_procedure_count(), "procedure", "procedures"),
                      ", digest ", revision.digest().substr(0, kShortDigest));
}

std::string VerificationDetail(const v1::Verification& verification) {
  const v1::NewVerification& event = verification.event();
  std::string text = absl::StrCat(WordsOf(event.outcome()), " revision ", event.revision());
  if (event.corrected_revision() > 0) {
    absl::StrAppend(&text, " by revision ", event.corrected_revision());
  }
  absl::StrAppend(&text, " on ", DayText(event.date()), " against release ",
                  verification.release_id(), ", ", ScopeText(event.scope()));
  if (!event.corrects_id().empty()) absl::StrAppend(&text, ", in place of ", event.corrects_id());
  if (!verification.corrected_by_id().empty()) {
    absl::StrAppend(&text, "; counts no more: ", verification.corrected_by_id(), " took its place");
  }
  return absl::StrCat(text, " (", event.id(), ")");
}

std::string SectionNames(const v1::VerificationScope& scope) {
  return absl::StrJoin(scope.sections(), " ", [](std::string* out, int section) {
    out->append(NameOf(static_cast<v1::ReferenceSection>(section)));
  });
}

std::string Number(std::int64_t number) { return absl::StrCat(number); }

// The codes first in a group, and how many there are beside them.
std::string FirstCodes(const v1::QueueGroup& group) {
  const std::string first = absl::StrJoin(group.first_codes(), " ");
  return group.code_count() > group.first_codes_size() ? absl::StrCat(first, " …") : first;
}

}  // namespace

Table PageEventTable(const std::vector<PageEvent>& events) {
  Table table{{{"RECORDED"}, {"WHAT"}, {"BY"}, {"DETAIL", /*shrinks=*/true}}, {}};
  for (const PageEvent& event : events) {
    if (event.revision.has_value()) {
      table.rows.push_back({event.recorded_at, absl::StrCat("revision ", event.revision->number()),
                            event.revision->recorded_by(), RevisionDetail(*event.revision)});
    } else if (event.verification.has_value()) {
      table.rows.push_back(
          {event.recorded_at, absl::StrCat("verification ", event.verification->number()),
           event.verification->event().verifier(), VerificationDetail(*event.verification)});
    }
  }
  return table;
}

std::string PageEventJson(const PageEvent& event) {
  if (event.revision.has_value()) return JsonLine({{"revision", ToJson(*event.revision)}});
  if (event.verification.has_value()) {
    return JsonLine({{"verification", ToJson(*event.verification)}});
  }
  return "";
}

std::string PageEventsCsv(const std::vector<PageEvent>& events) {
  std::string out =
      FormatCsvRecord({"what", "number", "recorded_at", "by", "revision", "digest", "state", "date",
                       "outcome", "corrected_revision", "sections", "item_ids", "release_id", "id",
                       "corrects_id", "corrected_by_id"});
  for (const PageEvent& event : events) {
    if (event.revision.has_value()) {
      const v1::ReferenceRevision& revision = *event.revision;
      std::vector<std::string> fields = {"REVISION",
                                         Number(revision.number()),
                                         event.recorded_at,
                                         revision.recorded_by(),
                                         Number(revision.number()),
                                         revision.digest(),
                                         NameOf(revision.state())};
      fields.resize(16);
      out += FormatCsvRecord(fields);
    } else if (event.verification.has_value()) {
      const v1::NewVerification& recorded = event.verification->event();
      out += FormatCsvRecord(
          {"VERIFICATION", Number(event.verification->number()), event.recorded_at,
           recorded.verifier(), Number(recorded.revision()), recorded.revision_digest(), "",
           recorded.date(), NameOf(recorded.outcome()),
           recorded.corrected_revision() > 0 ? Number(recorded.corrected_revision()) : "",
           SectionNames(recorded.scope()), absl::StrJoin(recorded.scope().item_ids(), " "),
           event.verification->release_id(), recorded.id(), recorded.corrects_id(),
           event.verification->corrected_by_id()});
    }
  }
  return out;
}

std::string PageCsv(const v1::GetReferenceResponse& answer) {
  std::vector<std::string> columns = {"code", "title", "billable", "state", "revision", "digest"};
  const v1::Concept& found = answer.found();
  std::vector<std::string> fields = {
      answer.reference().code(),
      found.title(),
      found.has_billable() ? (found.billable() ? "true" : "false") : "",
      NameOf(answer.reference().state()),
      Number(answer.revision().number()),
      answer.revision().digest()};
  for (std::string& column : VerificationCsvColumns()) columns.push_back(std::move(column));
  for (std::string& field : VerificationCsvFields(&answer.verification())) {
    fields.push_back(std::move(field));
  }
  columns.insert(columns.end(), {"release_id", "fingerprint"});
  fields.insert(fields.end(), {answer.release().release_id(), answer.release().fingerprint()});
  return FormatCsvRecord(columns) + FormatCsvRecord(fields);
}

Table EditionTable(const std::vector<v1::SourceEdition>& editions) {
  Table table{{{"SERIES"}, {"EDITION"}, {"IN FORCE FROM"}, {"SUPERSEDED ON"}, {"SUPERSEDED BY"}},
              {}};
  for (const v1::SourceEdition& edition : editions) {
    table.rows.push_back({SeriesName(edition.kind(), edition.series()), edition.edition(),
                          edition.effective_date(), edition.superseded_on(),
                          edition.superseded_by()});
  }
  return table;
}

std::string EditionsCsv(const std::vector<v1::SourceEdition>& editions) {
  std::string out = FormatCsvRecord(
      {"kind", "series", "edition", "effective_date", "superseded_on", "superseded_by"});
  for (const v1::SourceEdition& edition : editions) {
    out += FormatCsvRecord({NameOf(edition.kind()), SeriesName(edition.kind(), edition.series()),
                            edition.edition(), edition.effective_date(), edition.superseded_on(),
                            edition.superseded_by()});
  }
  return out;
}

std::vector<std::string> VerificationCsvColumns() {
  return {"verification_status", "verification_reasons", "last_verified", "verifier",
          "verified_release_id", "source_count"};
}

std::vector<std::string> VerificationCsvFields(const v1::VerificationState* state) {
  if (state == nullptr) return {"NO_PAGE", "", "", "", "", ""};
  return {NameOf(state->status()),
          absl::StrJoin(state->reasons(), " | ",
                        [](std::string* out, const v1::StatusReason& reason) {
                          out->append(ReasonText(reason));
                        }),
          state->last_verified(),
          state->verifier(),
          state->verified_release_id(),
          Number(state->source_count())};
}

std::string CauseText(const v1::QueueGroup& group) {
  const std::string against =
      group.verified_release_id().empty()
          ? ""
          : absl::StrCat(", verified against ", group.verified_release_id());
  switch (group.status()) {
    case v1::VERIFICATION_STATUS_STALE_CONTENT: {
      const std::string what = group.facet() == v1::FACET_UNSPECIFIED
                                   ? absl::StrCat(WordsOf(group.facet_group()), " table")
                                   : WordsOf(group.facet());
      const bool inherited = group.level() == v1::CHANGE_LEVEL_INHERITED;
      return absl::StrCat(what, " changed on ", group.origin_id(), " ", group.origin_title(),
                          inherited ? " (inherited)" : "", against);
    }
    case v1::VERIFICATION_STATUS_STALE_SOURCE:
      return absl::StrCat(
          EditionText(group.source().kind(), group.source().series(), group.source().edition()),
          " superseded by ", group.source().superseded_by(), " on ",
          DayText(group.source().superseded_on()),
          group.source().already_at_verification() ? ", already on the day of verification" : "");
    case v1::VERIFICATION_STATUS_CARRIED_FORWARD_IN_PART:
      return absl::StrCat(WordsOf(group.facet_group()), " not known to be the same", against);
    case v1::VERIFICATION_STATUS_GONE:
      return absl::StrCat("the release does not have the code any more", against);
    case v1::VERIFICATION_STATUS_NOW_HEADER:
      return absl::StrCat("billable when it was verified, a header now", against);
    case v1::VERIFICATION_STATUS_REJECTED:
      return absl::StrCat("found wrong", against);
    case v1::VERIFICATION_STATUS_UNVERIFIED:
      return absl::StrCat("never verified", against);
    case v1::VERIFICATION_STATUS_STALE_TEXT:
      return absl::StrCat("words changed after they had been verified", against);
    case v1::VERIFICATION_STATUS_EXPIRED:
      return absl::StrCat("older than the policy allows", against);
    default:
      return absl::StrCat(WordsOf(group.status()), against);
  }
}

Table QueueTable(const std::vector<v1::QueueGroup>& groups) {
  Table table{{{"STATUS"},
               {"CODES"},
               {"USAGE"},
               {"CAUSE", /*shrinks=*/true},
               {"FIRST CODES", /*shrinks=*/true}},
              {}};
  for (const v1::QueueGroup& group : groups) {
    table.rows.push_back({WordsOf(group.status()), Number(group.code_count()),
                          Number(group.usage()), CauseText(group), FirstCodes(group)});
  }
  return table;
}

Table QueueCodeTable(const std::vector<v1::QueueCode>& codes) {
  Table table{{{"CODE"}, {"LAST VERIFIED"}, {"USAGE"}, {"TITLE", /*shrinks=*/true}}, {}};
  for (const v1::QueueCode& code : codes) {
    table.rows.push_back({code.code(),
                          code.last_verified().empty() ? "never" : code.last_verified(),
                          Number(code.usage()), code.title()});
  }
  return table;
}

std::string QueueCsvHeading() {
  return FormatCsvRecord({"status", "facet_group", "facet", "level", "origin_id", "origin_title",
                          "verified_release_id", "source", "source_edition", "superseded_by",
                          "superseded_on", "group_id", "code", "title", "last_verified", "usage",
                          "release_id", "as_of"});
}

std::string QueueCsv(const v1::QueueGroup& group, const v1::QueueCode& code,
                     const std::string& release_id, const std::string& as_of) {
  // A value that does not apply is empty rather than UNSPECIFIED.
  const auto name = [](auto value) { return value == 0 ? std::string() : NameOf(value); };
  const v1::SourceChange& source = group.source();
  return FormatCsvRecord(
      {NameOf(group.status()), name(group.facet_group()), name(group.facet()), name(group.level()),
       group.origin_id(), group.origin_title(), group.verified_release_id(),
       group.has_source() ? SeriesName(source.kind(), source.series()) : "", source.edition(),
       source.superseded_by(), source.superseded_on(), group.id(), code.code(), code.title(),
       code.last_verified(), Number(code.usage()), release_id, as_of});
}

}  // namespace codeset::ctl
