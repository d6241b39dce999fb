// Pure questions about the hierarchy of one release.
//
// Nodes are those of storage/image/image.h; all lists are in tabular order save
// ancestors, which go from the nearest up.
//
// Thread-safe: free functions over immutable images.
#pragma once

#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "codeset/v1/terminology.pb.h"
#include "storage/image/image.h"

namespace codeset::query {

// Some concepts, and whether they are all there are.
struct Relatives {
  std::vector<image::NodeIndex> nodes;
  // False where others may exist that are not known, since a category could not be
  // placed.
  bool complete = true;
};

// True if more may lie below a concept than is known: it is a chapter or section, and some
// category of the release could not be placed.
bool MayLackDescendants(const image::Image& image, image::NodeIndex node);

// The relatives of a concept. `relation` must be a known one.
Relatives FindRelatives(const image::Image& image, image::NodeIndex node, v1::Relation relation);

// How `a` and `b` are related, seen from `a`.
v1::SubsumptionOutcome Subsumption(const image::Image& image, image::NodeIndex a,
                                   image::NodeIndex b);

// True if `node` is `ancestor` or lies below it.
bool IsWithin(const image::Image& image, image::NodeIndex node, image::NodeIndex ancestor);

// The lowest concept that all of `nodes` are or lie below.
struct CommonAncestor {
  // Absent if there is none, or if it is not known.
  std::optional<image::NodeIndex> node;
  // True if the place of some concept is not known, and so is the answer.
  bool not_known = false;
};
CommonAncestor FindCommonAncestor(const image::Image& image,
                                  absl::Span<const image::NodeIndex> nodes);

}  // namespace codeset::query
