// What a publication does to the catalog entry of its release. Used by Store alone.
//
// Thread-safe: pure functions.
#pragma once

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "storage/store/catalog.h"
#include "storage/store/publication.h"

namespace codeset::store {

using Groups = std::vector<std::pair<model::FacetGroup, model::Digest>>;

// The groups that a publication brings.
std::vector<std::pair<model::FacetGroup, const model::PageSet*>> GroupsOf(
    const Publication& publication);

// Refuses a publication that contradicts what the id stands for, whether its release is
// loaded or was once: RELEASE_CONTENT_DIFFERS.
absl::Status CheckAgainst(const CatalogRelease& known, const Publication& publication);

// The catalog entry as it will be: what is known of the release and what comes to it.
// `now` is when it was loaded, `known` is the release as it is loaded, `retired` as it was deleted;
// either may be null.
CatalogEntry MergeEntry(const CatalogRelease* known, const CatalogRelease* retired,
                        const Publication& publication, absl::Time now);

// A source file as an entry notes that it is kept.
KeptSource KeptAs(const NamedBytes& file);

// Notes in an entry the addenda that a publication brings, with their digests, in the place of
// those before; nothing where it brings none.
void KeepAddenda(const Publication& publication, CatalogEntry& entry);

// The value under which a file of addenda is stored: its name and its bytes.
std::string AddendaValue(const NamedBytes& file);

// What is left of the entry of a release that is deleted: what tells its content apart.
CatalogEntry Tombstone(const CatalogRelease& release);

}  // namespace codeset::store
