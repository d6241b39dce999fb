// A release as it travels: what its image is built from, and what is told of it beside its
// content. Its pages are in a Pages.
//
// Thread-safe: values and free functions.
#pragma once

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "codeset/v1/releases.pb.h"
#include "storage/image/image.h"
#include "storage/model/canonical.h"
#include "storage/model/digest.h"
#include "storage/model/release.h"
#include "storage/model/release_id.h"
#include "storage/portable/pages.h"

namespace codeset::portable {

// See above.
struct PortableRelease {
  // The release with what it had on loan where it comes from.
  image::ImageSpec spec;
  // What is told of it that neither follows from its content nor belongs to the server that had
  // it: sources, disagreements, what it was built from.
  v1::Release description;
  // Counted from its pages.
  v1::ReleaseCounts counts;
};

// The parts of a release's description that travel.
v1::Release BesideContent(v1::Release description);

// Whether what a spec says fits together, whatever its pages are: id, day, groups, what is on
// loan. DATA_DAMAGED says what is wrong.
absl::Status CheckSpec(const image::ImageSpec& spec);

// The release's place in the order of releases; its spec must have been checked.
model::ReleaseOrder OrderOf(const PortableRelease& release);

// Whether `a` comes before `b` where releases are listed: by first day, correction and id.
bool Before(const PortableRelease& a, const PortableRelease& b);

// Proves that all pages of a release are there and in their places, and counts what they hold;
// `used` is told every page. The digests of pages must have been computed from their texts.
// DATA_DAMAGED names the release and the page.
absl::StatusOr<v1::ReleaseCounts> ProveRelease(
    const image::ImageSpec& spec, const Pages& pages,
    absl::FunctionRef<void(model::FacetGroup group, const model::Digest& digest)> used);

// The pages of one of the release's own groups as they are published: children precede what names
// them, the root is last. DATA_DAMAGED where one is missing.
absl::StatusOr<model::PageSet> PageSetOf(const Pages& pages, model::FacetGroup group,
                                         const model::Digest& root);

}  // namespace codeset::portable
