#include "storage/image/structure.h"

#include <cstddef>
#include <utility>

#include "absl/functional/function_ref.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"

namespace codeset::image {
namespace {

using model::Digest;
using model::FacetGroup;
using model::InnerPage;
using model::PageChild;

// Sections nest by range, a few levels deep; deeper is damage.
constexpr int kMaxDepth = 16;

// A chapter or section as it is read.
struct Branch {
  PageChild self;
  // The place of what it lies directly within; -1 for a chapter.
  int parent = -1;
  InnerPage page;
  // The places of the sections directly within it.
  std::vector<size_t> sections;
};

// Reads chapters and those sections that `wanted` lets through, a level at a time: first all
// chapters, then what lies directly within them, and so on.
absl::StatusOr<std::vector<Branch>> ReadBranches(const PageReader& reader, const Digest& root,
                                                 absl::FunctionRef<bool(const PageChild&)> wanted) {
  ASSIGN_OR_RETURN(const std::vector<std::string> root_text,
                   reader.Read(FacetGroup::kTabular, {&root, 1}));
  ASSIGN_OR_RETURN(InnerPage root_page, model::DecodeInner(root_text.front()));
  std::vector<Branch> branches;
  branches.reserve(root_page.children.size());
  for (PageChild& chapter : root_page.children)
    branches.push_back({std::move(chapter), -1, {}, {}});
  int depth = 0;
  for (size_t begin = 0; begin < branches.size(); ++depth) {
    if (depth > kMaxDepth) {
      return model::MakeError(model::Reason::kDataDamaged, "stored sections nest without end");
    }
    const size_t end = branches.size();
    std::vector<Digest> digests;
    digests.reserve(end - begin);
    for (size_t i = begin; i < end; ++i) digests.push_back(branches[i].self.digest);
    ASSIGN_OR_RETURN(const std::vector<std::string> texts,
                     reader.Read(FacetGroup::kTabular, digests));
    for (size_t i = begin; i < end; ++i) {
      ASSIGN_OR_RETURN(InnerPage page, model::DecodeInner(texts[i - begin]));
      for (const PageChild& below : page.children) {
        if (below.kind == "category" || !wanted(below)) continue;
        branches[i].sections.push_back(branches.size());
        branches.push_back({below, static_cast<int>(i), {}, {}});
      }
      branches[i].page = std::move(page);
    }
    begin = end;
  }
  return branches;
}

// Appends a chapter or section, without what lies within it; returns its place.
int AddNode(Branch& branch, int parent, Structure& structure) {
  structure.nodes.push_back({std::move(branch.self.id), parent == -1, std::move(branch.page.title),
                             std::move(branch.page.facts), parent, !branch.sections.empty(),
                             branch.self.digest});
  return static_cast<int>(structure.nodes.size()) - 1;
}

// Appends a chapter or section and all within it, in tabular order.
void AddBranch(std::vector<Branch>& branches, size_t place, int parent, Structure& structure) {
  const int node = AddNode(branches[place], parent, structure);
  for (const PageChild& below : branches[place].page.children) {
    if (below.kind == "category") structure.categories[below.id] = {node, below.digest};
  }
  for (const size_t section : branches[place].sections) {
    AddBranch(branches, section, node, structure);
  }
}

// Whether a category is, read byte by byte, within the range that a section's id names.
bool Includes(absl::string_view section, absl::string_view category) {
  const size_t dash = section.find('-');
  return section.substr(0, dash) <= category && category <= section.substr(dash + 1);
}

// The one leaf section whose range includes the category, or -1.
int SectionByRange(const Structure& structure, absl::string_view category) {
  int found = -1;
  for (size_t i = 0; i < structure.nodes.size(); ++i) {
    const StructureNode& node = structure.nodes[i];
    if (node.is_chapter || node.has_sections) continue;
    if (!Includes(node.id, category)) continue;
    if (found != -1) return -1;
    found = static_cast<int>(i);
  }
  return found;
}

}  // namespace

absl::StatusOr<Structure> ReadStructure(const PageReader& reader, const Digest& root) {
  ASSIGN_OR_RETURN(std::vector<Branch> branches,
                   ReadBranches(reader, root, [](const PageChild&) { return true; }));
  Structure structure;
  structure.nodes.reserve(branches.size());
  for (size_t i = 0; i < branches.size() && branches[i].parent == -1; ++i) {
    AddBranch(branches, i, -1, structure);
  }
  return structure;
}

absl::StatusOr<std::optional<Structure>> ReadStructureAbove(const PageReader& reader,
                                                            const Digest& root,
                                                            absl::string_view category) {
  ASSIGN_OR_RETURN(std::vector<Branch> branches,
                   ReadBranches(reader, root, [&](const PageChild& section) {
                     return Includes(section.id, category);
                   }));
  for (size_t i = 0; i < branches.size(); ++i) {
    for (const PageChild& child : branches[i].page.children) {
      if (child.kind != "category" || child.id != std::string(category)) continue;
      std::vector<size_t> above;
      for (int place = static_cast<int>(i); place != -1; place = branches[place].parent) {
        above.push_back(static_cast<size_t>(place));
      }
      const Digest digest = child.digest;
      Structure structure;
      int section = -1;
      for (auto place = above.rbegin(); place != above.rend(); ++place) {
        section = AddNode(branches[*place], section, structure);
      }
      structure.categories[std::string(category)] = {section, digest};
      return structure;
    }
  }
  return std::nullopt;
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
