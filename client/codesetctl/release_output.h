// Releases and what loading, proving and deleting them came to.
//
// Thread-safe: free functions.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "client/codesetctl/table.h"
#include "codeset/v1/admin.pb.h"
#include "codeset/v1/releases.pb.h"

namespace codeset::ctl {

// Every edition known, loaded or not, oldest first.
Table ReleaseTable(const v1::ListReleasesResponse& response);
// The same as CSV, heading included. Counts of the tabular list are empty where it is not known.
std::string ReleasesCsv(const v1::ListReleasesResponse& response);

// One release for people: identity, groups, counts, addenda, files, disagreements.
std::string FormatRelease(const v1::Release& release);
// One release as a CSV record in the columns of ReleasesCsv. `changed_groups` is what the
// list of editions says of it; an answer about one release does not say it.
std::string ReleaseCsv(const v1::Release& release, absl::string_view changed_groups = "");
// The heading record of ReleaseCsv.
std::string ReleaseCsvHeading();

// Which release a selector names, for people.
std::string FormatResolved(const v1::ResolvedRelease& release);
// The same as CSV, heading included.
std::string ResolvedCsv(const v1::ResolvedRelease& release);

// The end of a load: what it came to, the release, files ignored, warnings.
std::string FormatLoadReport(const v1::LoadReport& report);

// What verification found.
std::string FormatVerification(const v1::VerifyReleaseResponse& response);
// The same as CSV, heading included: the columns of ReleasesCsv and `pages_checked`.
std::string VerificationCsv(const v1::VerifyReleaseResponse& response);

}  // namespace codeset::ctl
