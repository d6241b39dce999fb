// Which release a selector names, and how well that release covers the date asked about.
//
//   const Date today = model::DateInNewYork(clock());
//   ASSIGN_OR_RETURN(Resolution found, Resolve(selector, *catalog, editions, today));
//
// Pure: the same selector, catalog, register and day give the same answer. The rules are
// those of proto/codeset/v1/selector.proto. Fingerprints that a selector asserts are
// fingerprint.h's.
//
// Thread-safe: free functions.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "codeset/v1/selector.pb.h"
#include "server/date_resolution.h"
#include "storage/model/date.h"
#include "storage/model/edition_register.h"
#include "storage/query/selector_check.h"
#include "storage/store/catalog.h"

namespace codeset::server {

using query::CheckSelector;
using query::kCurrent;
using query::kMaxReleaseTextLength;
using query::kNext;

// Resolves a selector:
// * an id: that release, held back or not, coverage EXACT without a date;
// * a label: the release that it resolves to on `today` (Catalog::Follow), coverage likewise;
// * `current`, and a selector that names nothing: the newest loaded release in force on
//   `today`, of whatever fiscal year; coverage as for that date, STALE allowed, and overdue;
// * `next`: the loaded release that comes into force first after `today`, its newest
//   correction; coverage EXACT without a date;
// * a date: the newest loaded release in force that day within its fiscal year.
// The last three leave out what is held back on `today`.
// Errors: as CheckSelector; RELEASE_NOT_FOUND says what is loaded and which labels there are;
// RELEASE_NOT_LOADED with fact `edition` where the date's fiscal year is not loaded, or an
// edition of it that was in force and changed order facts is known and newer than what is
// loaded (unless `allow_stale`), RELEASE_HELD_BACK where that edition is loaded and held back;
// DATE_BEFORE_FIRST_RELEASE.
absl::StatusOr<Resolution> Resolve(const v1::ReleaseSelector& selector,
                                   const store::Catalog& catalog,
                                   const model::EditionRegister& editions, model::Date today);

}  // namespace codeset::server
