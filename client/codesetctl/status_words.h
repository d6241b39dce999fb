// The words for verification: statuses, reasons, sources and days, in one place so that pages,
// look-ups, queues and loads speak alike.
//
// Thread-safe: free functions.
#pragma once

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "codeset/v1/verification.pb.h"

namespace codeset::ctl {

// The statuses that groups of the queue have, by the words that flags take.
const std::map<std::string, v1::VerificationStatus>& QueueStatuses();
// The sections of a page, by the words that flags take: `documentation-tips`.
const std::map<std::string, v1::ReferenceSection>& SectionWords();
// How the name of a source's series stands on the command line and in the register:
// `tabular-list`, `guidelines`, or the series of a publication.
std::string SeriesName(v1::SourceKind kind, const std::string& series);

// `May 8, 2026` for `2026-05-08`; what is no such day is given as it is.
std::string DayText(const std::string& day);
// `1 source`, `4 sources`.
std::string CountText(std::int64_t count, absl::string_view one, absl::string_view many);
// `guidelines 2025`.
std::string EditionText(v1::SourceKind kind, const std::string& series, const std::string& edition);
// The parts of a page that a verification is about: `common pitfalls, item p1`; `the whole page`
// where none is named.
std::string ScopeText(const v1::VerificationScope& scope);
// Which of the parts of a page a change or a lack is about; empty where none is named.
std::string PartsText(const v1::TextChange& change);

// The status in capitals: `STALE`, `CARRIED FORWARD`.
std::string StatusWord(v1::VerificationStatus status);
// One reason, with its particulars.
std::string ReasonText(const v1::StatusReason& reason);
// `Verified May 8, 2026 · 4 sources · STALE`.
std::string StatusSummary(const v1::VerificationState& state);
// The same, followed by every reason.
std::string StatusLine(const v1::VerificationState& state);
// What a release makes of the verifications that there are.
std::string ImpactText(const v1::VerificationImpact& impact);

}  // namespace codeset::ctl
