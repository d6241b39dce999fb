// Releases, and what loading and proving them came to, for people; release_csv.h has the same
// for programs.
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

// One release for people: identity, groups, counts, addenda, files, disagreements.
std::string FormatRelease(const v1::Release& release);
// Which release a selector names, for people.
std::string FormatResolved(const v1::ResolvedRelease& release);

// The end of a load: what it came to, the release, files ignored, warnings.
std::string FormatLoadReport(const v1::LoadReport& report);

// What verification found.
std::string FormatVerification(const v1::VerifyReleaseResponse& response);

}  // namespace codeset::ctl
