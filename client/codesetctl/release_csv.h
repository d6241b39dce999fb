// Releases as CSV, for programs.
//
// Thread-safe: free functions.
#pragma once

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "codeset/v1/admin.pb.h"
#include "codeset/v1/releases.pb.h"

namespace codeset::ctl {

// The loaded releases of a list by id; they belong to `response`.
std::map<std::string, const v1::Release*> ReleasesById(const v1::ListReleasesResponse& response);

// The facet groups that an edition changed: `order, tabular`; `nothing`; `not known`, which is
// not the same as nothing.
std::string EditionGroups(const v1::Edition& edition);

// Every edition known, loaded or not, oldest first, heading included. Counts of a group that a
// release lacks are empty.
std::string ReleasesCsv(const v1::ListReleasesResponse& response);

// One release as a CSV record in the columns of ReleasesCsv. `changed_groups` is what the
// list of editions says of it; an answer about one release does not say it.
std::string ReleaseCsv(const v1::Release& release, absl::string_view changed_groups = "");
// The heading record of ReleaseCsv.
std::string ReleaseCsvHeading();

// Which release a selector names, heading included.
std::string ResolvedCsv(const v1::ResolvedRelease& release);

// What verification found, heading included: the columns of ReleasesCsv and `pages_checked`.
std::string VerificationCsv(const v1::VerifyReleaseResponse& response);

}  // namespace codeset::ctl
