#include "storage/query/hierarchy.h"

#include <algorithm>

namespace codeset::query {
namespace {

using image::Image;
using image::kNoNode;
using image::Node;
using image::NodeIndex;

// How many ancestors nearly every concept has at most: five above a code within its category, and
// section and chapter.
constexpr size_t kUsualDepth = 8;

void AppendChildren(const Image& image, NodeIndex node, std::vector<NodeIndex>& out) {
  for (NodeIndex i = node + 1; i < image.node(node).end; i = image.node(i).end) out.push_back(i);
}

// Chapters: they have no parent, yet are known to stand beside each other.
void AppendChapters(const Image& image, std::vector<NodeIndex>& out) {
  for (NodeIndex i = 0; i < image.nodes().size(); i = image.node(i).end) {
    if (image.node(i).kind == v1::CONCEPT_KIND_CHAPTER) out.push_back(i);
  }
}

// The lowest concept that all of `nodes` but the unplaced are or lie below; with
// `unplaced_too` all of them. kNoNode if there is none, or nothing to look at.
NodeIndex LowestCommon(const Image& image, absl::Span<const NodeIndex> nodes, bool unplaced_too) {
  NodeIndex common = kNoNode;
  bool begun = false;
  for (const NodeIndex node : nodes) {
    if (!unplaced_too && !image.node(node).placed) continue;
    if (!begun) common = node;
    begun = true;
    while (common != kNoNode && !IsWithin(image, node, common)) common = image.node(common).parent;
    if (common == kNoNode) break;
  }
  return common;
}

}  // namespace

bool MayLackDescendants(const Image& image, NodeIndex node) {
  return image.node(node).row == nullptr && !image.unplaced().empty();
}

Relatives FindRelatives(const Image& image, NodeIndex node, v1::Relation relation) {
  Relatives result;
  const Node& self = image.node(node);
  switch (relation) {
    case v1::RELATION_PARENTS:
      if (self.parent != kNoNode) result.nodes.push_back(self.parent);
      result.complete = self.placed || self.parent != kNoNode;
      break;
    case v1::RELATION_ANCESTORS:
      result.nodes.reserve(kUsualDepth);
      for (NodeIndex i = self.parent; i != kNoNode; i = image.node(i).parent) {
        result.nodes.push_back(i);
      }
      result.complete = self.placed;
      break;
    case v1::RELATION_CHILDREN:
      AppendChildren(image, node, result.nodes);
      result.complete = !MayLackDescendants(image, node);
      break;
    case v1::RELATION_SIBLINGS:
      if (self.parent != kNoNode) {
        AppendChildren(image, self.parent, result.nodes);
        result.complete = !MayLackDescendants(image, self.parent);
      } else if (self.placed) {
        AppendChapters(image, result.nodes);
        // An unplaced category's chapter may be one that is not known.
        result.complete = image.unplaced().empty();
      } else {
        result.complete = false;
      }
      std::erase(result.nodes, node);
      break;
    case v1::RELATION_DESCENDANTS:
      for (NodeIndex i = node + 1; i < self.end; ++i) result.nodes.push_back(i);
      result.complete = !MayLackDescendants(image, node);
      break;
    default:
      break;
  }
  return result;
}

bool IsWithin(const Image& image, NodeIndex node, NodeIndex ancestor) {
  return node >= ancestor && node < image.node(ancestor).end;
}

v1::SubsumptionOutcome Subsumption(const Image& image, NodeIndex a, NodeIndex b) {
  if (a == b) return v1::SUBSUMPTION_OUTCOME_EQUIVALENT;
  if (IsWithin(image, b, a)) return v1::SUBSUMPTION_OUTCOME_SUBSUMES;
  if (IsWithin(image, a, b)) return v1::SUBSUMPTION_OUTCOME_SUBSUMED_BY;
  // An unplaced category may lie below any chapter or section, for all that is known.
  const auto may_lie_below = [&](NodeIndex node, NodeIndex above) {
    return !image.node(node).placed && image.node(above).row == nullptr;
  };
  if (may_lie_below(a, b) || may_lie_below(b, a)) return v1::SUBSUMPTION_OUTCOME_NOT_KNOWN;
  return v1::SUBSUMPTION_OUTCOME_NOT_SUBSUMED;
}

CommonAncestor FindCommonAncestor(const Image& image, absl::Span<const NodeIndex> nodes) {
  const NodeIndex common = LowestCommon(image, nodes, /*unplaced_too=*/true);
  if (common != kNoNode) return {common, false};
  const auto placed = [&](NodeIndex node) { return image.node(node).placed; };
  if (std::all_of(nodes.begin(), nodes.end(), placed)) return {};
  // Where those that are placed have nothing in common, no place of the others changes that.
  const bool apart = std::any_of(nodes.begin(), nodes.end(), placed) &&
                     LowestCommon(image, nodes, /*unplaced_too=*/false) == kNoNode;
  return {std::nullopt, !apart};
}

}  // namespace codeset::query
