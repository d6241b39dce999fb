#include "client/codesetctl/status_words.h"

#include <cstdint>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/codesetctl/describe.h"

namespace codeset::ctl {
namespace {

// What stands for a code; empty if nothing is known to.
std::string ReplacementText(const v1::Replacements& replacements) {
  if (replacements.replacements().empty()) return "";
  return absl::StrCat("; in its place: ",
                      absl::StrJoin(replacements.replacements(), ", ",
                                    [](std::string* out, const v1::Replacement& replacement) {
                                      out->append(replacement.id());
                                    }));
}

std::string ContentText(const v1::ContentChange& change) {
  const std::string what = change.facet() == v1::FACET_UNSPECIFIED
                               ? absl::StrCat("the ", WordsOf(change.group()), " table")
                               : WordsOf(change.facet());
  std::string text = change.level() == v1::CHANGE_LEVEL_INHERITED
                         ? absl::StrCat(what, " of ", change.origin_id(), " above it changed")
                         : absl::StrCat("its own ", what, " changed");
  if (change.facet() == v1::FACET_UNSPECIFIED) text = absl::StrCat(what, " changed for it");
  if (change.since_release_id().empty()) return text;
  return absl::StrCat(text, " in release ", change.since_release_id(),
                      change.since_at_the_latest() ? " at the latest" : "");
}

std::string SourceText(const v1::SourceChange& change) {
  std::string text =
      absl::StrCat(EditionText(change.kind(), change.series(), change.edition()), " superseded by ",
                   change.superseded_by(), " on ", DayText(change.superseded_on()),
                   change.already_at_verification() ? ", already on the day of verification" : "");
  for (const int number : change.source_numbers()) absl::StrAppend(&text, " [", number, "]");
  return text;
}

std::string WithParts(absl::string_view text, const v1::TextChange& change) {
  const std::string parts = PartsText(change);
  return parts.empty() ? std::string(text) : absl::StrCat(text, ": ", parts);
}

}  // namespace

const std::map<std::string, v1::VerificationStatus>& QueueStatuses() {
  static const std::map<std::string, v1::VerificationStatus> statuses = {
      {"gone", v1::VERIFICATION_STATUS_GONE},
      {"now-header", v1::VERIFICATION_STATUS_NOW_HEADER},
      {"rejected", v1::VERIFICATION_STATUS_REJECTED},
      {"unverified", v1::VERIFICATION_STATUS_UNVERIFIED},
      {"stale-text", v1::VERIFICATION_STATUS_STALE_TEXT},
      {"stale-content", v1::VERIFICATION_STATUS_STALE_CONTENT},
      {"stale-source", v1::VERIFICATION_STATUS_STALE_SOURCE},
      {"expired", v1::VERIFICATION_STATUS_EXPIRED},
      {"carried-forward-in-part", v1::VERIFICATION_STATUS_CARRIED_FORWARD_IN_PART},
  };
  return statuses;
}

const std::map<std::string, v1::ReferenceSection>& SectionWords() {
  static const auto* const sections = [] {
    auto* const words = new std::map<std::string, v1::ReferenceSection>();
    for (int number = 1; v1::ReferenceSection_IsValid(number); ++number) {
      const auto section = static_cast<v1::ReferenceSection>(number);
      words->emplace(absl::StrReplaceAll(WordsOf(section), {{" ", "-"}}), section);
    }
    return words;
  }();
  return *sections;
}

std::string SeriesName(v1::SourceKind kind, const std::string& series) {
  if (!series.empty()) return series;
  return absl::StrReplaceAll(WordsOf(kind), {{" ", "-"}});
}

std::string DayText(const std::string& day) {
  static constexpr const char* kMonths[] = {"January",   "February", "March",    "April",
                                            "May",       "June",     "July",     "August",
                                            "September", "October",  "November", "December"};
  int year = 0;
  int month = 0;
  int number = 0;
  if (day.size() != 10 || !absl::SimpleAtoi(day.substr(0, 4), &year) ||
      !absl::SimpleAtoi(day.substr(5, 2), &month) || !absl::SimpleAtoi(day.substr(8), &number) ||
      month < 1 || month > 12) {
    return day;
  }
  return absl::StrCat(kMonths[month - 1], " ", number, ", ", year);
}

std::string CountText(std::int64_t count, absl::string_view one, absl::string_view many) {
  return absl::StrCat(count, " ", count == 1 ? one : many);
}

std::string EditionText(v1::SourceKind kind, const std::string& series,
                        const std::string& edition) {
  const std::string name = series.empty() ? WordsOf(kind) : series;
  return edition.empty() ? name : absl::StrCat(name, " ", edition);
}

std::string ScopeText(const v1::VerificationScope& scope) {
  v1::TextChange parts;
  *parts.mutable_sections() = scope.sections();
  *parts.mutable_item_ids() = scope.item_ids();
  const std::string text = PartsText(parts);
  return text.empty() ? "the whole page" : text;
}

std::string PartsText(const v1::TextChange& change) {
  std::vector<std::string> parts;
  for (const int section : change.sections()) {
    parts.push_back(WordsOf(static_cast<v1::ReferenceSection>(section)));
  }
  for (const std::string& item : change.item_ids()) parts.push_back(absl::StrCat("item ", item));
  return absl::StrJoin(parts, ", ");
}

std::string StatusWord(v1::VerificationStatus status) {
  switch (status) {
    case v1::VERIFICATION_STATUS_UNVERIFIED:
      return "NOT VERIFIED";
    case v1::VERIFICATION_STATUS_NOW_HEADER:
      return "NOW A HEADER";
    case v1::VERIFICATION_STATUS_STALE_TEXT:
    case v1::VERIFICATION_STATUS_STALE_CONTENT:
    case v1::VERIFICATION_STATUS_STALE_SOURCE:
      // The reasons say by what.
      return "STALE";
    default:
      return absl::AsciiStrToUpper(WordsOf(status));
  }
}

std::string ReasonText(const v1::StatusReason& reason) {
  switch (reason.status()) {
    case v1::VERIFICATION_STATUS_GONE:
      return absl::StrCat("the release does not have the code",
                          ReplacementText(reason.replacements()));
    case v1::VERIFICATION_STATUS_NOW_HEADER:
      return absl::StrCat("the code was billable when it was verified and is a header now",
                          ReplacementText(reason.replacements()));
    case v1::VERIFICATION_STATUS_REJECTED:
      return WithParts("found wrong", reason.text());
    case v1::VERIFICATION_STATUS_UNVERIFIED:
      return WithParts("never verified", reason.text());
    case v1::VERIFICATION_STATUS_STALE_TEXT: {
      std::string text = "words were changed after they had been verified";
      if (reason.text().verified_revision() > 0) {
        absl::StrAppend(&text, " (revision ", reason.text().verified_revision(), " was, ",
                        reason.text().current_revision(), " is the newest)");
      }
      return WithParts(text, reason.text());
    }
    case v1::VERIFICATION_STATUS_STALE_CONTENT:
      return ContentText(reason.content());
    case v1::VERIFICATION_STATUS_STALE_SOURCE:
      return SourceText(reason.source());
    case v1::VERIFICATION_STATUS_EXPIRED:
      return absl::StrCat("older than the policy allows since ", DayText(reason.expired_on()));
    case v1::VERIFICATION_STATUS_CARRIED_FORWARD_IN_PART:
      return absl::StrCat("not known to be the same: ", WordsOf(reason.not_compared().group()),
                          ", which is missing in ",
                          absl::StrJoin(reason.not_compared().missing_in(), " and "));
    default:
      return WordsOf(reason.status());
  }
}

std::string StatusSummary(const v1::VerificationState& state) {
  const std::string verified = state.last_verified().empty()
                                   ? "Never verified as a whole"
                                   : absl::StrCat("Verified ", DayText(state.last_verified()));
  return absl::StrCat(verified, " · ", CountText(state.source_count(), "source", "sources"), " · ",
                      StatusWord(state.status()));
}

std::string StatusLine(const v1::VerificationState& state) {
  std::string line = StatusSummary(state);
  if (state.reasons().empty()) {
    return state.verified_release_id().empty()
               ? line
               : absl::StrCat(line, ": against release ", state.verified_release_id());
  }
  return absl::StrCat(
      line, ": ",
      absl::StrJoin(state.reasons(), "; ", [](std::string* out, const v1::StatusReason& reason) {
        out->append(ReasonText(reason));
      }));
}

std::string ImpactText(const v1::VerificationImpact& impact) {
  std::vector<std::string> parts;
  const auto add = [&parts](std::int64_t count, absl::string_view what) {
    if (count > 0) parts.push_back(absl::StrCat(count, " ", what));
  };
  add(impact.verified(), "verified against it");
  add(impact.carried_forward(), "carried forward");
  add(impact.carried_forward_in_part(), "carried forward in part");
  add(impact.stale_content(), "stale by what it changed");
  add(impact.now_header(), "now headers");
  add(impact.gone(), "gone");
  return absl::StrCat(CountText(impact.verified_pages(), "page", "pages"), " with a verification",
                      parts.empty() ? "" : ": ", absl::StrJoin(parts, ", "));
}

}  // namespace codeset::ctl
