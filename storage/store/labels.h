// Labels as the store keeps them, and errors and times that its parts share. Used by Store
// alone.
//
// Thread-safe: free functions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/model/date.h"
#include "storage/store/catalog.h"
#include "storage/store/database.h"

namespace codeset::store {

// ISO 8601 in UTC, to the second.
std::string FormatInstant(absl::Time time);

// That no release of this id is loaded.
absl::Status ReleaseNotFound(absl::string_view id);

// All labels of a database. DATA_DAMAGED where one does not parse.
absl::StatusOr<std::vector<LabelEntry>> ReadLabels(const Database& database);

// The labels of a catalog.
std::vector<LabelEntry> LabelsOf(const Catalog& catalog);

// RELEASE_IN_USE where labels were set to a release or resolve to it on `today`.
absl::Status CheckUnlabelled(const Catalog& catalog, const CatalogRelease& release,
                             model::Date today);

}  // namespace codeset::store
