// What handlers answer from, and the release that one request is answered from.
//
// A handler resolves its release once, with Open, and keeps what Open returned until it has
// answered: catalog and image are snapshots, so that a load or deletion meanwhile changes
// nothing for it.
//
// Thread-safe: Backend refers to a thread-safe store and is otherwise immutable;
// OpenRelease is a value.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "codeset/v1/selector.pb.h"
#include "server/call_gate.h"
#include "server/effective_cache.h"
#include "server/page_index.h"
#include "server/selector.h"
#include "server/stream_watch.h"
#include "storage/image/image.h"
#include "storage/model/date.h"
#include "storage/model/edition_register.h"
#include "storage/model/source_editions.h"
#include "storage/store/catalog.h"
#include "storage/store/store.h"

namespace codeset::server {

// See above.
struct Backend {
  // Outlives the backend.
  store::Store& store;
  // The register and the clock that the store was opened with.
  model::EditionRegister editions = model::EditionRegister::BuiltIn();
  // Tells which day it is, for `current` and `next`, and for what is held back.
  model::Clock clock = absl::Now;
  // The editions of what pages cite, but for those of loaded releases.
  model::SourceEditions source_editions = model::SourceEditions::BuiltIn(editions);
  // After so many days a verification is expired.
  int verification_days = 365;
  // What is computed once for many requests. Never null.
  std::shared_ptr<EffectiveCache> effective = std::make_shared<EffectiveCache>();
  std::shared_ptr<PageIndexCache> pages = std::make_shared<PageIndexCache>();
  // Ends streams that stand still. Never null.
  std::shared_ptr<StreamWatch> streams = std::make_shared<StreamWatch>();
  // Bounds the public calls under way. Never null.
  std::shared_ptr<CallGate> calls = std::make_shared<CallGate>();
};

// The release of one request.
struct OpenRelease {
  std::shared_ptr<const store::Catalog> catalog;
  // Points into `catalog`.
  const store::CatalogRelease* release = nullptr;
  // The day of the request in New York, by which all of it is answered.
  model::Date today;
  // Null where only the catalog was asked for.
  std::shared_ptr<const image::Image> image;
  v1::ResolvedRelease resolved;
};

// Resolves a selector, whose path in the request is `field`, in one snapshot of the
// catalog, and holds the release against what the selector asserts. Does not open the image.
// Every handler that takes a selector comes through here.
absl::StatusOr<OpenRelease> ResolveIn(const Backend& backend,
                                      std::shared_ptr<const store::Catalog> catalog,
                                      const v1::ReleaseSelector& selector, absl::string_view field);

// The same in the catalog of now, and opens the image.
absl::StatusOr<OpenRelease> Open(const Backend& backend, const v1::ReleaseSelector& selector,
                                 absl::string_view field = "release");

// Opens the image of a resolved release.
absl::Status OpenImage(const Backend& backend, OpenRelease& open);

// How an answer names its release.
v1::ResolvedRelease ToResolved(const store::Catalog& catalog, const store::CatalogRelease& release,
                               model::Date today, v1::Coverage coverage);

// The node of a key as RequestCheck::ConceptKey gives it; CONCEPT_NOT_FOUND, or
// STRUCTURE_NOT_KNOWN for a chapter or section where the release has no tabular list itself.
absl::StatusOr<image::NodeIndex> FindNode(const OpenRelease& open, absl::string_view key);

}  // namespace codeset::server
