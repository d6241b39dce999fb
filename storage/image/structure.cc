#include "storage/image/structure.h"

#include <utility>

#include "storage/model/error.h"
#include "storage/model/status_macros.h"

namespace codeset::image {
namespace {

using model::Digest;
using model::FacetGroup;
using model::InnerPage;
using model::PageChild;

// Reads one inner page.
absl::StatusOr<InnerPage> ReadInner(const PageReader& reader, const Digest& digest) {
  ASSIGN_OR_RETURN(const std::vector<std::string> texts,
                   reader.Read(FacetGroup::kTabular, {&digest, 1}));
  return model::DecodeInner(texts.front());
}

// Sections nest by range, a few levels deep; deeper is damage.
constexpr int kMaxDepth = 16;

absl::Status ReadNode(const PageReader& reader, const PageChild& child, int parent, int depth,
                      Structure& structure) {
  if (depth > kMaxDepth) {
    return model::MakeError(model::Reason::kDataDamaged, "stored sections nest without end");
  }
  ASSIGN_OR_RETURN(InnerPage page, ReadInner(reader, child.digest));
  const int place = static_cast<int>(structure.nodes.size());
  structure.nodes.push_back({child.id, parent == -1, std::move(page.title), std::move(page.facts),
                             parent, false, child.digest});
  for (const PageChild& below : page.children) {
    if (below.kind == "category") {
      structure.categories[below.id] = {place, below.digest};
    } else {
      structure.nodes[place].has_sections = true;
      RETURN_IF_ERROR(ReadNode(reader, below, place, depth + 1, structure));
    }
  }
  return absl::OkStatus();
}

// The one leaf section whose range includes the category, or -1.
int SectionByRange(const Structure& structure, absl::string_view category) {
  int found = -1;
  for (size_t i = 0; i < structure.nodes.size(); ++i) {
    const StructureNode& node = structure.nodes[i];
    if (node.is_chapter || node.has_sections) continue;
    const absl::string_view id = node.id;
    const size_t dash = id.find('-');
    if (category < id.substr(0, dash) || category > id.substr(dash + 1)) continue;
    if (found != -1) return -1;
    found = static_cast<int>(i);
  }
  return found;
}

}  // namespace

absl::StatusOr<Structure> ReadStructure(const PageReader& reader, const Digest& root) {
  ASSIGN_OR_RETURN(const InnerPage page, ReadInner(reader, root));
  Structure structure;
  for (const PageChild& chapter : page.children) {
    RETURN_IF_ERROR(ReadNode(reader, chapter, -1, 0, structure));
  }
  return structure;
}

std::vector<int> PlaceCategories(const Structure& structure,
                                 const std::vector<absl::string_view>& categories) {
  const size_t count = categories.size();
  std::vector<int> known(count, -1);
  for (size_t i = 0; i < count; ++i) {
    if (const auto it = structure.categories.find(categories[i]);
        it != structure.categories.end()) {
      known[i] = it->second.section;
    }
  }
  // The section of the nearest known neighbour after each place.
  std::vector<int> after(count, -1);
  for (size_t i = count; i-- > 1;) after[i - 1] = known[i] != -1 ? known[i] : after[i];

  std::vector<int> placed = known;
  int before = -1;
  for (size_t i = 0; i < count; ++i) {
    if (known[i] != -1) {
      before = known[i];
    } else if (before != -1 && before == after[i]) {
      placed[i] = before;
    } else {
      placed[i] = SectionByRange(structure, categories[i]);
    }
  }
  return placed;
}

}  // namespace codeset::image
