#include "storage/image/categories.h"

#include <optional>
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

absl::StatusOr<std::vector<PageChild>> ReadOrderCategories(const PageReader& reader,
                                                           const Digest& root) {
  std::vector<Digest> digests = {root};
  std::vector<PageChild> children;
  // The root names blocks, and those name categories.
  for (int level = 0; level < 2; ++level) {
    ASSIGN_OR_RETURN(const std::vector<std::string> texts,
                     reader.Read(FacetGroup::kOrder, digests));
    children.clear();
    for (const std::string& text : texts) {
      ASSIGN_OR_RETURN(InnerPage page, model::DecodeInner(text));
      for (PageChild& child : page.children) children.push_back(std::move(child));
    }
    digests.clear();
    for (const PageChild& child : children) digests.push_back(child.digest);
  }
  return children;
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
    ASSIGN_OR_RETURN(categories, ReadOrderCategories(reader, *order));
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
