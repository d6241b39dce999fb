#include "storage/store/category_rows.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "storage/image/categories.h"
#include "storage/model/canonical.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"

namespace codeset::store {
namespace {

using model::Digest;
using model::FacetGroup;
using model::PageSet;

// Pages that are about to be stored, by digest.
class PagesOfSet : public image::PageReader {
 public:
  explicit PagesOfSet(const PageSet& set) {
    for (const model::Page& page : set.pages) pages_.emplace(page.digest, &page.text);
  }

  absl::StatusOr<std::vector<std::string>> Read(FacetGroup,
                                                absl::Span<const Digest> digests) const override {
    std::vector<std::string> texts;
    texts.reserve(digests.size());
    for (const Digest& digest : digests) {
      const auto page = pages_.find(digest);
      if (page == pages_.end()) {
        return model::MakeError(model::Reason::kDataDamaged, "a page is missing");
      }
      texts.push_back(*page->second);
    }
    return texts;
  }

 private:
  absl::flat_hash_map<Digest, const std::string*> pages_;
};

// How many rows each category has, in tabular order.
absl::StatusOr<std::vector<uint32_t>> CountRows(const image::PageReader& reader,
                                                const Digest& root) {
  ASSIGN_OR_RETURN(const std::vector<model::PageChild> categories,
                   image::ReadCategories(reader, FacetGroup::kOrder, root));
  std::vector<Digest> digests;
  digests.reserve(categories.size());
  for (const model::PageChild& category : categories) digests.push_back(category.digest);
  ASSIGN_OR_RETURN(const std::vector<std::string> texts, reader.Read(FacetGroup::kOrder, digests));
  std::vector<uint32_t> rows;
  rows.reserve(texts.size());
  // Every line but the first is a row.
  for (const std::string& text : texts) {
    rows.push_back(static_cast<uint32_t>(std::count(text.begin(), text.end(), '\n')) - 1);
  }
  return rows;
}

// Whether each category of a tabular list is named once and has diags of its own codes alone.
bool KeepsToCategories(const PageSet& tabular) {
  constexpr absl::string_view kCategoryPage = "codeset/1 tabular category ";
  absl::flat_hash_set<absl::string_view> named;
  for (const model::Page& page : tabular.pages) {
    const bool is_category = absl::StartsWith(page.text, kCategoryPage);
    for (const absl::string_view line : absl::StrSplit(page.text, '\n')) {
      const absl::string_view word = line.substr(0, line.find('\t'));
      if (word.size() == line.size()) continue;
      const absl::string_view rest = line.substr(word.size() + 1);
      if (is_category && word == "diag" && !absl::StartsWith(rest, page.node)) return false;
      if (is_category || word != "category") continue;
      if (!named.insert(rest.substr(0, rest.find('\t'))).second) return false;
    }
  }
  return true;
}

}  // namespace

void DescribeCategories(const Publication& publication, CatalogEntry& entry) {
  if (publication.order.has_value()) {
    const PagesOfSet pages(*publication.order);
    entry.clear_category_rows();
    // Pages that could not be read would be refused by whoever reads them next.
    if (const auto rows = CountRows(pages, publication.order->root()); rows.ok()) {
      entry.mutable_category_rows()->Add(rows->begin(), rows->end());
    }
  }
  if (publication.tabular.has_value()) {
    entry.set_tabular_by_category(KeepsToCategories(*publication.tabular));
  }
}

bool HasParts(const Catalog& catalog, const CatalogRelease& release, model::Date day) {
  if (release.entry.category_rows().empty()) return false;
  if (release.Group(FacetGroup::kTabular).has_value()) return release.entry.tabular_by_category();
  const CatalogRelease* lender = catalog.LenderFor(release, day);
  return lender == nullptr || lender->entry.tabular_by_category();
}

absl::Status VerifyCategories(const image::PageReader& reader, const CatalogRelease& release) {
  const auto& kept = release.entry.category_rows();
  const std::optional<Digest> root = release.Group(FacetGroup::kOrder);
  if (kept.empty() || !root.has_value()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<uint32_t> rows, CountRows(reader, *root));
  if (std::equal(rows.begin(), rows.end(), kept.begin(), kept.end())) return absl::OkStatus();
  const std::string id = release.id.ToString();
  return model::MakeError(
      model::Reason::kDataDamaged,
      absl::StrCat("the catalog's entry of release ", id,
                   " and its pages disagree in how many rows its categories have"),
      {{"release", id}});
}

}  // namespace codeset::store
