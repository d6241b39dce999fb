#include "storage/query/hierarchy.h"

namespace codeset::query {
namespace {

using image::Image;
using image::kNoNode;
using image::Node;
using image::NodeIndex;

// True if more may lie below a node than is known: it is a chapter or section, and some
// category of the release could not be placed.
bool MayLackDescendants(const Image& image, NodeIndex node) {
  return image.node(node).row == nullptr && !image.unplaced().empty();
}

void AppendChildren(const Image& image, NodeIndex node, std::vector<NodeIndex>& out) {
  for (NodeIndex i = node + 1; i < image.node(node).end; i = image.node(i).end) out.push_back(i);
}

// Chapters: they have no parent, yet are known to stand beside each other.
void AppendChapters(const Image& image, std::vector<NodeIndex>& out) {
  for (NodeIndex i = 0; i < image.nodes().size(); i = image.node(i).end) {
    if (image.node(i).kind == v1::CONCEPT_KIND_CHAPTER) out.push_back(i);
  }
}

}  // namespace

Relatives FindRelatives(const Image& image, NodeIndex node, v1::Relation relation) {
  Relatives result;
  const Node& self = image.node(node);
  switch (relation) {
    case v1::RELATION_PARENTS:
      if (self.parent != kNoNode) result.nodes.push_back(self.parent);
      result.complete = self.placed || self.parent != kNoNode;
      break;
    case v1::RELATION_ANCESTORS:
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
  if (nodes.empty()) return {};
  NodeIndex common = nodes.front();
  bool unplaced = !image.node(common).placed;
  for (const NodeIndex node : nodes.subspan(1)) {
    unplaced = unplaced || !image.node(node).placed;
    while (common != kNoNode && !IsWithin(image, node, common)) common = image.node(common).parent;
    if (common == kNoNode) break;
  }
  if (common != kNoNode) return {common, false};
  for (const NodeIndex node : nodes) unplaced = unplaced || !image.node(node).placed;
  return {std::nullopt, unplaced};
}

}  // namespace codeset::query
