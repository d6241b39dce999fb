// Whether the pages of a facet group are the canonical form of what they say, and not only pages
// that have their digests and are in their places: nobody has read published files when they come
// from elsewhere.
//
// Thread-safe: a free function.
#pragma once

#include "absl/status/status.h"
#include "storage/model/digest.h"
#include "storage/model/release.h"
#include "storage/portable/pages.h"

namespace codeset::portable {

// Decodes every page of the group under `root`, and encodes again what they say: by
// model::EncodeOrder and its like it must come to the same root. Texts must be UTF-8, the codes of
// a page those of its category, POA codes in byte order, conversion rows of different numbers, a
// tabular category's first `diag` its own. What nobody can tell without the published files is not
// looked at: whether order rows and diags stand in the order of the files, and what texts say.
// The group must have been proved (ProveRelease), and an image built of it. DATA_DAMAGED.
absl::Status CheckCanonical(const Pages& pages, model::FacetGroup group, const model::Digest& root);

}  // namespace codeset::portable
