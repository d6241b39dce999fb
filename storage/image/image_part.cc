// Image::BuildPart. What is read of pages that only name others (the blocks of the order file, the
// chapters, the sections above the category) is a few tens; the rest are the pages of the category
// and of those that its notes name.
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "storage/image/categories.h"
#include "storage/image/image.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/note_reference.h"
#include "storage/model/status_macros.h"

namespace codeset::image {
namespace {

absl::Status Damaged(const std::string& release, absl::string_view why) {
  return model::MakeError(model::Reason::kDataDamaged,
                          absl::StrCat("release ", release, " is damaged: ", why),
                          {{"release", release}});
}

// The categories of the codes that the notes of some diags name, of ranges those of both ends.
absl::flat_hash_set<std::string> CategoriesNamed(
    const std::vector<std::shared_ptr<const TabularPage>>& pages,
    const absl::flat_hash_set<absl::string_view>& categories) {
  absl::flat_hash_set<std::string> named;
  const auto is_category = [&](absl::string_view text) { return categories.contains(text); };
  const auto read = [&](absl::string_view text) {
    for (const model::NoteReference& words : model::ReadNoteReferences(text, is_category).read) {
      named.emplace(model::CategoryOf(words.first));
      if (!words.last.empty()) named.emplace(model::CategoryOf(words.last));
    }
  };
  for (const auto& page : pages) {
    for (const model::Diag& diag : page->diags) {
      for (const model::Note& note : diag.facts.notes) {
        for (const model::NoteGroup& group : note.groups) {
          if (group.heading.has_value()) read(*group.heading);
          for (const std::string& item : group.items) read(item);
        }
      }
    }
  }
  return named;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Image>> Image::BuildPart(
    ImageSpec spec, const PageReader& reader, PageCache& cache, absl::string_view category,
    absl::Span<const uint32_t> category_rows) {
  std::shared_ptr<Image> image(new Image(std::move(spec)));
  RETURN_IF_ERROR(image->LoadPart(reader, cache, category, category_rows));
  return image;
}

absl::Status Image::LoadPart(const PageReader& reader, PageCache& cache, absl::string_view category,
                             absl::Span<const uint32_t> category_rows) {
  ASSIGN_OR_RETURN(const Roots roots, TakeRoots());
  ASSIGN_OR_RETURN(category_ids_, ReadCategories(reader, model::FacetGroup::kOrder, roots.order));
  const size_t count = category_ids_.size();
  if (category_rows.size() != count) {
    return Damaged(spec_.release_id, absl::StrCat("it has ", count, " categories, and its entry ",
                                                  category_rows.size()));
  }
  std::vector<absl::string_view> ids;
  ids.reserve(count);
  categories_.reserve(count);
  first_rows_.reserve(count);
  order_pages_.resize(count);
  std::vector<size_t> own;
  uint64_t rows = 0;
  for (size_t i = 0; i < count; ++i) {
    ids.emplace_back(category_ids_[i].id);
    if (ids.back() == category) own.push_back(i);
    categories_.push_back({ids.back(), kNoNode, kNoNode, category_ids_[i].digest, {}, {}});
    first_rows_.push_back(static_cast<uint32_t>(rows) + 1);
    rows += category_rows[i];
    if (rows > kMaxRows) return Damaged(spec_.release_id, "it has too many rows");
  }
  order_rows_ = static_cast<int>(rows);

  Diags diags;
  std::vector<int> placed(count, -1);
  if (roots.structure.has_value() && !own.empty()) {
    ASSIGN_OR_RETURN(std::optional<Structure> above,
                     ReadStructureAbove(reader, *roots.structure, category));
    if (above.has_value()) {
      structure_ = *std::move(above);
      for (const size_t i : own) placed[i] = structure_.categories.begin()->second.section;
    } else {
      // It takes all others to tell where it is, if at all.
      ASSIGN_OR_RETURN(structure_, ReadStructure(reader, *roots.structure));
      const std::vector<int> all = PlaceCategories(structure_, ids);
      for (const size_t i : own) placed[i] = all[i];
    }
    // Their notes name categories that are not read here.
    for (StructureNode& node : structure_.nodes) node.facts = {};
    if (roots.own_structure) RETURN_IF_ERROR(LoadTabularPages(reader, cache, own, diags));
  }

  const absl::flat_hash_set<absl::string_view> known(ids.begin(), ids.end());
  const absl::flat_hash_set<std::string> named = CategoriesNamed(tabular_pages_, known);
  std::vector<size_t> places = own;
  std::vector<model::Digest> digests;
  for (size_t i = 0; i < count; ++i) {
    if (ids[i] != category && named.contains(category_ids_[i].id)) places.push_back(i);
  }
  digests.reserve(places.size());
  for (const size_t i : places) digests.push_back(category_ids_[i].digest);
  ASSIGN_OR_RETURN(std::vector<std::shared_ptr<const OrderPage>> pages,
                   cache.Order(reader, digests));
  for (size_t i = 0; i < places.size(); ++i) {
    const size_t place = places[i];
    const std::vector<model::OrderRowView>& found = pages[i]->rows;
    if (found.empty() || found.size() != category_rows[place] ||
        model::CategoryOf(found.front().code) != ids[place]) {
      return Damaged(spec_.release_id,
                     absl::StrCat("category ", ids[place], " has other rows than its entry says"));
    }
    order_pages_[place] = std::move(pages[i]);
  }
  RETURN_IF_ERROR(LoadPoaPages(reader, cache, own));
  return AddNodes(placed, diags);
}

}  // namespace codeset::image
