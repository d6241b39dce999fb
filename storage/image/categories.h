// What a few pages tell of a release's categories: what images are built from, and what loads ask
// without waiting for one.
//
// Thread-safe: free functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/image/image.h"
#include "storage/image/page.h"
#include "storage/model/canonical.h"
#include "storage/model/digest.h"
#include "storage/model/release.h"

namespace codeset::image {

// The category pages of any group but `tabular`, whose root page has the given digest, in the order
// of the group: their ids and digests; with `letters` only those of categories that begin with one
// of them. DATA_DAMAGED where pages are missing or malformed.
absl::StatusOr<std::vector<model::PageChild>> ReadCategories(
    const PageReader& reader, model::FacetGroup group, const model::Digest& root,
    const std::optional<std::string>& letters = std::nullopt);

// The keys of the concepts of Image::unplaced() of the image that `spec` would give, in the same
// order. DATA_DAMAGED where pages are missing or malformed.
absl::StatusOr<std::vector<std::string>> ReadUnplaced(const ImageSpec& spec,
                                                      const PageReader& reader);

}  // namespace codeset::image
