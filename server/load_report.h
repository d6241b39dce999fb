// What a load tells of its release: the description that is published with it, and what its
// report says beside.
//
// Thread-safe: free functions.
#pragma once

#include <vector>

#include "codeset/v1/admin.pb.h"
#include "codeset/v1/releases.pb.h"
#include "storage/model/release.h"
#include "storage/source/disagreement.h"
#include "storage/source/source.h"
#include "storage/store/catalog.h"
#include "storage/store/publication.h"

namespace codeset::server {

// Counts what the files hold; `files.order` must be there.
v1::ReleaseCounts CountFacts(const source::SourceFiles& files);

// Adds to `description` the files that were read and what was found, but for what `before`
// lists: of a loaded release the store appends the description to what is there.
void AddFindings(const source::SourceFiles& files,
                 const std::vector<source::Disagreement>& disagreements, const v1::Release& before,
                 v1::Release& description);

// The release as a dry run tells of it: with fingerprints, without what only the store
// knows. `known` is the release as it is loaded already; null if it is not.
v1::Release Unpublished(const store::CatalogRelease* known, const store::Publication& publication);

// What an operator should know of the release and need not act on at once.
std::vector<std::string> WarningsOf(const v1::LoadOptions& options, const v1::Release& release,
                                    const source::SourceFiles& files);

// What a load that was not carried out would have done: `load the release`.
absl::string_view WouldComeTo(v1::LoadOutcome outcome);

}  // namespace codeset::server
