// Which release answers for a date, and how well it covers it.
//
// Thread-safe: free functions.
#pragma once

#include "absl/status/statusor.h"
#include "codeset/v1/selector.pb.h"
#include "server/release_view.h"
#include "storage/model/date.h"
#include "storage/store/catalog.h"

namespace codeset::server {

// What a selector was found to name.
struct Resolution {
  // Points into the catalog.
  const store::CatalogRelease* release = nullptr;
  v1::Coverage coverage;
};

// The newest release in force on a date, within its fiscal year. RELEASE_NOT_LOADED or
// RELEASE_HELD_BACK, both with facts `edition` and `date`, where another would have to answer
// (unless `allow_stale`); DATE_BEFORE_FIRST_RELEASE.
absl::StatusOr<Resolution> ResolveDate(model::Date date, bool allow_stale, const ReleaseView& view);

// The newest release in force today, of whatever fiscal year, with Coverage.overdue.
// RELEASE_NOT_FOUND where none is in force, RELEASE_HELD_BACK where all that are in force are
// held back.
absl::StatusOr<Resolution> ResolveCurrent(const ReleaseView& view);

// How a release that is held back is let go, for an error's text.
std::string HowToActivate(const store::CatalogRelease& release);

}  // namespace codeset::server
