// The codes of a release that are likest to a text that is none.
//
// Thread-safe: free functions over immutable images.
#pragma once

#include <vector>

#include "absl/strings/string_view.h"
#include "storage/image/image.h"

namespace codeset::query {

// How many codes are given at most.
inline constexpr size_t kMaxNearest = 10;
// How many characters may be put in, left out or put in the place of another: beyond, likeness
// is chance.
inline constexpr int kMaxNearestDistance = 2;

// The likest codes and headers: those within kMaxNearestDistance edits of `code` (undotted),
// fewest edits first, of equal ones those that begin alike for longer, then in tabular order;
// and where they are fewer than kMaxNearest, the codes that begin as `code` does for as long as
// any code of the release, at least a category, in tabular order.
//
// The tree is walked by prefix, and what lies below a code that is already too far is passed
// over: some ninety thousand character comparisons rather than a release.
std::vector<image::NodeIndex> NearestCodes(const image::Image& image, absl::string_view code);

}  // namespace codeset::query
