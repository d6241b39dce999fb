// What a few pages tell of a release's categories, for loads, which need not wait for an image.
//
// Thread-safe: free functions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/image/image.h"
#include "storage/image/page.h"
#include "storage/model/canonical.h"
#include "storage/model/digest.h"

namespace codeset::image {

// The category pages of the order file whose root page has the given digest, in its order: their
// ids and digests. DATA_DAMAGED where pages are missing or malformed.
absl::StatusOr<std::vector<model::PageChild>> ReadOrderCategories(const PageReader& reader,
                                                                  const model::Digest& root);

// The keys of the concepts of Image::unplaced() of the image that `spec` would give, in the same
// order. DATA_DAMAGED where pages are missing or malformed.
absl::StatusOr<std::vector<std::string>> ReadUnplaced(const ImageSpec& spec,
                                                      const PageReader& reader);

}  // namespace codeset::image
