#include "storage/image/categories.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "storage/image/structure.h"
#include "storage/model/canonical.h"
#include "storage/model/status_macros.h"

namespace codeset::image {
namespace {

using model::Digest;
using model::FacetGroup;
using model::InnerPage;
using model::PageChild;

// Adds those codes of a category's page that lie below no other.
absl::Status AddTopCodes(const std::string& text, std::vector<std::string>& codes) {
  ASSIGN_OR_RETURN(const std::vector<model::OrderRowView> rows, model::DecodeOrderCategory(text));
  absl::string_view top;
  for (const model::OrderRowView& row : rows) {
    // What lies below a code comes right after it.
    if (!top.empty() && absl::StartsWith(row.code, top)) continue;
    top = row.code;
    codes.emplace_back(row.code);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<PageChild>> ReadCategories(const PageReader& reader, FacetGroup group,
                                                      const Digest& root,
                                                      const std::optional<std::string>& letters) {
  ASSIGN_OR_RETURN(const std::vector<std::string> root_text, reader.Read(group, {&root, 1}));
  ASSIGN_OR_RETURN(const InnerPage root_page, model::DecodeInner(root_text.front()));
  std::vector<Digest> blocks;
  for (const PageChild& block : root_page.children) {
    const bool wanted = !letters.has_value() || letters->find(block.id[0]) != std::string::npos;
    if (wanted) blocks.push_back(block.digest);
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> block_texts, reader.Read(group, blocks));
  std::vector<PageChild> categories;
  for (const std::string& text : block_texts) {
    ASSIGN_OR_RETURN(InnerPage page, model::DecodeInner(text));
    std::move(page.children.begin(), page.children.end(), std::back_inserter(categories));
  }
  return categories;
}

absl::StatusOr<std::vector<std::string>> ReadUnplaced(const ImageSpec& spec,
                                                      const PageReader& reader) {
  std::optional<Digest> order, tabular;
  for (const auto& [group, digest] : spec.groups) {
    if (group == FacetGroup::kOrder) order = digest;
    if (group == FacetGroup::kTabular) tabular = digest;
  }
  if (!tabular.has_value() && spec.lender.has_value()) tabular = spec.lender->tabular_root;
  std::vector<PageChild> categories;
  if (order.has_value()) {
    ASSIGN_OR_RETURN(categories, ReadCategories(reader, FacetGroup::kOrder, *order));
  }
  std::vector<int> placed(categories.size(), -1);
  if (tabular.has_value()) {
    ASSIGN_OR_RETURN(const Structure structure, ReadStructure(reader, *tabular));
    std::vector<absl::string_view> ids;
    ids.reserve(categories.size());
    for (const PageChild& category : categories) ids.push_back(category.id);
    placed = PlaceCategories(structure, ids);
  }
  std::vector<Digest> unplaced;
  for (size_t i = 0; i < categories.size(); ++i) {
    if (placed[i] == -1) unplaced.push_back(categories[i].digest);
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> texts, reader.Read(FacetGroup::kOrder, unplaced));
  std::vector<std::string> codes;
  for (const std::string& text : texts) RETURN_IF_ERROR(AddTopCodes(text, codes));
  return codes;
}

}  // namespace codeset::image
