// The publisher's addenda between the readers of storage/source and the store: who may be
// their base, and how they are kept.
//
// Thread-safe: free functions.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "codeset/v1/releases.pb.h"
#include "storage/image/image.h"
#include "storage/model/addenda.h"
#include "storage/model/canonical.h"
#include "storage/model/digest.h"
#include "storage/model/release.h"
#include "storage/source/addenda_check.h"
#include "storage/store/catalog.h"
#include "storage/store/store.h"

namespace codeset::server {

// The order file that an image holds.
model::OrderFacts OrderFactsOf(const image::Image& image);

// The digests of an order file's category pages.
using CategoryDigests = absl::flat_hash_map<std::string, model::Digest>;
CategoryDigests DigestsOf(const model::PageSet& order);
// Those of a loaded release. DATA_DAMAGED.
absl::StatusOr<CategoryDigests> ReadCategoryDigests(const store::Catalog& catalog,
                                                    const store::CatalogRelease& release);

// The loaded releases before `order`, oldest first, as bases of the addenda of an order file with
// the given categories: of the others only pages that it does not have are read.
std::vector<source::BaseCandidate> BaseCandidates(
    const std::shared_ptr<const store::Catalog>& catalog, const model::ReleaseOrder& order,
    CategoryDigests categories);

// Addenda in the publisher's layout, as the store keeps them.
std::string FormatAddenda(const model::Addenda& addenda);

// What a comparison came to, as a message.
v1::AddendaCheck ToMessage(const source::AddendaCheck& check);

// Compares a loaded release with the addenda stored with it, against the earlier releases
// of now. Of several the one that tells most is given, as source::Reconcile does.
absl::StatusOr<v1::AddendaCheck> RecheckAddenda(store::Store& store, absl::string_view id);

}  // namespace codeset::server
