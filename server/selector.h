// Which release a selector names, and how well that release covers the date asked about.
//
//   const Date today = model::DateInNewYork(clock());
//   ASSIGN_OR_RETURN(Resolution found, Resolve(selector, *catalog, editions, today));
//
// Pure: the same selector, catalog, register and day give the same answer. The rules are
// those of proto/codeset/v1/selector.proto.
//
// Thread-safe: free functions.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "codeset/v1/selector.pb.h"
#include "storage/model/date.h"
#include "storage/model/edition_register.h"
#include "storage/store/catalog.h"

namespace codeset::server {

// The longest text that names a release, in bytes.
inline constexpr size_t kMaxReleaseTextLength = 64;

// What a selector was found to name.
struct Resolution {
  // Points into the catalog.
  const store::CatalogRelease* release = nullptr;
  v1::Coverage coverage;
};

// What is wrong with a selector by itself, whatever is loaded: ARGUMENT_INVALID for a text
// that is too long or a date that is none, RELEASE_ID_INVALID for a text that begins as an
// id does and is none.
absl::Status CheckSelector(const v1::ReleaseSelector& selector);

// Resolves a selector:
// * an id: that release, coverage EXACT without a date;
// * `current`, and a selector that names nothing: the newest loaded release in force on
//   `today`, of whatever fiscal year; coverage as for that date, STALE allowed;
// * `next`: the loaded release that comes into force first after `today`, its newest
//   correction; coverage EXACT without a date;
// * a date: the newest loaded release in force that day within its fiscal year.
// Errors: as CheckSelector; RELEASE_NOT_FOUND says what is loaded; RELEASE_NOT_LOADED with
// fact `edition` where the date's fiscal year is not loaded, or an edition of it that was
// in force and changed order facts is known and newer than what is loaded (unless
// `allow_stale`); DATE_BEFORE_FIRST_RELEASE.
absl::StatusOr<Resolution> Resolve(const v1::ReleaseSelector& selector,
                                   const store::Catalog& catalog,
                                   const model::EditionRegister& editions, model::Date today);

}  // namespace codeset::server
