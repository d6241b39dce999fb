// Pages, their events, the queue and the register of editions as tables and CSV.
//
// Thread-safe: values and free functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/codesetctl/table.h"
#include "codeset/v1/references.pb.h"

namespace codeset::ctl {

// What happened to a page: a revision or a verification.
struct PageEvent {
  std::string recorded_at;
  std::optional<v1::ReferenceRevision> revision;
  std::optional<v1::Verification> verification;
};

Table PageEventTable(const std::vector<PageEvent>& events);
// {"revision":…} or {"verification":…}, with a line end.
std::string PageEventJson(const PageEvent& event);
// A record an event, heading included.
std::string PageEventsCsv(const std::vector<PageEvent>& events);

// What is known of a page and its verification, heading included; its words are left out.
std::string PageCsv(const v1::GetReferenceResponse& answer);

Table EditionTable(const std::vector<v1::SourceEdition>& editions);
// A record an edition, heading included.
std::string EditionsCsv(const std::vector<v1::SourceEdition>& editions);

// The columns that a look-up adds for verification, and their fields; without a state, that of a
// code without a page, all are empty but the status, which is NO_PAGE.
std::vector<std::string> VerificationCsvColumns();
std::vector<std::string> VerificationCsvFields(const v1::VerificationState* state);

// What bears on the codes of a group, without their number.
std::string CauseText(const v1::QueueGroup& group);
Table QueueTable(const std::vector<v1::QueueGroup>& groups);
// The codes of a group, for below it.
Table QueueCodeTable(const std::vector<v1::QueueCode>& codes);
// The heading of the queue, and the record of a code of a group.
std::string QueueCsvHeading();
std::string QueueCsv(const v1::QueueGroup& group, const v1::QueueCode& code,
                     const std::string& release_id, const std::string& as_of);

}  // namespace codeset::ctl
