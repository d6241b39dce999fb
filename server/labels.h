// What the service Releases answers of labels, without transport. Errors are those that
// proto/codeset/v1/releases.proto gives.
//
// Thread-safe: free functions over a thread-safe backend.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "codeset/v1/label.pb.h"
#include "server/backend.h"
#include "storage/model/date.h"
#include "storage/store/catalog.h"

namespace codeset::server {

absl::StatusOr<v1::ListLabelsResponse> ListLabels(const Backend& backend,
                                                  const v1::ListLabelsRequest& request);

absl::StatusOr<v1::ListLabelMovesResponse> ListLabelMoves(const Backend& backend,
                                                          const v1::ListLabelMovesRequest& request);

// A label as answers tell of it, with what it resolves to on `today`.
v1::Label ToLabel(const store::Catalog& catalog, const store::LabelEntry& label, model::Date today);

// The names of the labels that resolve to a release on `today`, in byte order.
std::vector<std::string> LabelsOf(const store::Catalog& catalog,
                                  const store::CatalogRelease& release, model::Date today);

}  // namespace codeset::server
