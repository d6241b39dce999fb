// What changed between two releases.
//
// A diff descends only into categories whose pages differ. One change is one facet of one
// concept; an added or deleted concept is one change. A facet whose group either release
// lacks is not compared and said to be so: no change that is not known is reported, and
// none is denied.
//
// Thread-safe: free functions over immutable images.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/releases.pb.h"
#include "storage/image/image.h"

namespace codeset::query {

// One facet of one concept that differs.
struct Change {
  v1::ChangeKind kind = v1::CHANGE_KIND_UNSPECIFIED;
  v1::Facet facet = v1::FACET_UNSPECIFIED;
  // In the first release; kNoNode if it does not exist there.
  image::NodeIndex before = image::kNoNode;
  // In the second release; kNoNode if it does not exist there.
  image::NodeIndex after = image::kNoNode;
  bool white_space_only = false;
};

// What to compare.
struct DiffFilter {
  // None means all.
  absl::flat_hash_set<v1::Facet> facets;
  // Only this concept (a key) and what lies below it, in either release.
  std::optional<std::string> under;

  bool Wants(v1::Facet facet) const { return facets.empty() || facets.contains(facet); }
};

// All changes from `from` to `to`, in the tabular order of `to`, deletions where they
// stood.
std::vector<Change> Diff(const image::Image& from, const image::Image& to,
                         const DiffFilter& filter);

// False where changes may be missing, since the filter names a chapter or section and some
// category of either release could not be placed.
bool IsComplete(const image::Image& from, const image::Image& to, const DiffFilter& filter);

// Which of the wanted facets can be compared between the two.
std::vector<v1::FacetComparability> Comparabilities(const image::Image& from,
                                                    const image::Image& to,
                                                    const DiffFilter& filter);

// A change as a message.
v1::Change ToMessage(const image::Image& from, const image::Image& to, const Change& change);

// How many changes there are of each kind that occurs.
std::vector<v1::ChangeCount> CountChanges(const image::Image& from, const image::Image& to,
                                          const std::vector<Change>& changes);

}  // namespace codeset::query
