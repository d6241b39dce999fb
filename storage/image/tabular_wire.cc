#include "storage/image/tabular_wire.h"

#include <utility>

#include "codeset/v1/concept.pb.h"
#include "storage/image/concept.h"

namespace codeset::image {
namespace {

// A concept's bytes within those of its page.
struct Extent {
  NodeIndex node = kNoNode;
  size_t begin = 0;
  size_t end = 0;
};

void AppendFacts(const Image& image, const model::TabularFacts& facts, std::string& bytes) {
  v1::Concept message;
  SetTabularFacts(image, facts, message);
  message.AppendToString(&bytes);
}

}  // namespace

TabularWire::TabularWire(const Image& image) {
  if (!image.Has(model::FacetGroup::kTabular)) return;
  slots_.assign(image.nodes().size(), 0);
  parts_.emplace_back();
  std::string bytes;
  std::vector<Extent> extents;
  const auto add = [&](NodeIndex node, const model::TabularFacts& facts) {
    const size_t begin = bytes.size();
    AppendFacts(image, facts, bytes);
    if (bytes.size() > begin) extents.push_back({node, begin, bytes.size()});
  };
  const auto keep = [&](std::shared_ptr<const std::string> kept) {
    for (const Extent& extent : extents) {
      slots_[extent.node] = static_cast<uint32_t>(parts_.size());
      parts_.push_back(absl::string_view(*kept).substr(extent.begin, extent.end - extent.begin));
    }
    held_.push_back(std::move(kept));
    extents.clear();
  };
  for (const std::shared_ptr<const TabularPage>& page : image.tabular_pages()) {
    for (const model::Diag& diag : page->diags) {
      // A diag that the order file has no row of is no concept (2013).
      if (const std::optional<NodeIndex> node = image.Find(diag.code)) add(*node, diag.facts);
    }
    if (!extents.empty()) keep(page->Share(std::exchange(bytes, {})));
  }
  for (NodeIndex node = 0; node < slots_.size(); ++node) {
    if (const StructureNode* structure = image.node(node).structure) add(node, structure->facts);
  }
  keep(std::make_shared<const std::string>(std::exchange(bytes, {})));
  parts_.shrink_to_fit();
}

}  // namespace codeset::image
