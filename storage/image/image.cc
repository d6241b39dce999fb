#include "storage/image/image.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/image/categories.h"
#include "storage/image/conversion_index.h"
#include "storage/image/note_references.h"
#include "storage/image/tabular_wire.h"
#include "storage/model/concept_id.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/task_group.h"
#include "storage/model/text.h"

namespace codeset::image {
namespace {

using model::Digest;
using model::FacetGroup;

absl::Status Damaged(absl::string_view release, absl::string_view why) {
  return model::MakeError(model::Reason::kDataDamaged,
                          absl::StrCat("release ", release, " is damaged: ", why),
                          {{"release", std::string(release)}});
}

v1::ConceptKind KindOf(const model::OrderRowView& row) {
  if (row.code.size() == model::kCategoryLength) return v1::CONCEPT_KIND_CATEGORY;
  return row.billable ? v1::CONCEPT_KIND_CODE : v1::CONCEPT_KIND_SUBCATEGORY;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Image>> Image::Build(ImageSpec spec, const PageReader& reader,
                                                          PageCache& cache) {
  std::shared_ptr<Image> image(new Image(std::move(spec)));
  RETURN_IF_ERROR(image->Load(reader, cache));
  return image;
}

Image::Image(ImageSpec spec) : spec_(std::move(spec)) {}

Image::~Image() = default;

const NoteReferenceTable& Image::references() const {
  std::call_once(references_once_,
                 [this] { references_ = std::make_unique<const NoteReferenceTable>(*this); });
  return *references_;
}

const ConversionIndex& Image::conversion_index() const {
  std::call_once(conversion_once_, [this] {
    conversion_index_ = std::make_unique<const ConversionIndex>(conversion_);
  });
  return *conversion_index_;
}

const TabularWire& Image::tabular_wire() const {
  std::call_once(tabular_wire_once_, [this] {
    tabular_wire_ = std::make_unique<const TabularWire>(*this);
    tabular_wire_ready_.store(true, std::memory_order_release);
  });
  return *tabular_wire_;
}

bool Image::Has(FacetGroup group) const {
  return std::any_of(spec_.groups.begin(), spec_.groups.end(),
                     [&](const auto& entry) { return entry.first == group; });
}

absl::string_view Image::structure_from() const {
  return spec_.lender.has_value() ? absl::string_view(spec_.lender->release_id) : "";
}

const model::Diag* Image::FindDiag(absl::string_view code) const {
  if (const std::optional<NodeIndex> index = Find(code)) return node(*index).diag;
  const auto diag = rowless_diags_.find(code);
  return diag == rowless_diags_.end() ? nullptr : diag->second;
}

absl::StatusOr<Image::Roots> Image::TakeRoots() {
  fingerprint_ = model::ReleaseFingerprint(spec_.groups);
  std::optional<Digest> order, structure;
  for (const auto& [group, digest] : spec_.groups) {
    if (group == FacetGroup::kOrder) order = digest;
    if (group == FacetGroup::kTabular) structure = digest;
  }
  if (!order.has_value()) return Damaged(spec_.release_id, "it has no order facts");
  const bool own_structure = structure.has_value();
  if (own_structure) {
    spec_.lender.reset();
  } else if (spec_.lender.has_value()) {
    structure = spec_.lender->tabular_root;
  }
  return Roots{*order, structure, own_structure};
}

absl::Status Image::Load(const PageReader& reader, PageCache& cache) {
  ASSIGN_OR_RETURN(const Roots roots, TakeRoots());
  ASSIGN_OR_RETURN(const std::vector<model::PageChild> pages,
                   ReadCategories(reader, FacetGroup::kOrder, roots.order));
  std::vector<Digest> digests;
  std::vector<absl::string_view> ids;
  digests.reserve(pages.size());
  ids.reserve(pages.size());
  categories_.reserve(pages.size());
  for (const model::PageChild& page : pages) {
    digests.push_back(page.digest);
    ids.emplace_back(page.id);
    categories_.push_back({ids.back(), kNoNode, kNoNode, page.digest, {}, {}});
  }
  std::vector<size_t> places(pages.size());
  std::iota(places.begin(), places.end(), size_t{0});
  std::vector<int> placed(pages.size(), -1);
  if (roots.structure.has_value()) {
    ASSIGN_OR_RETURN(structure_, ReadStructure(reader, *roots.structure));
    placed = PlaceCategories(structure_, ids);
  }
  if (!roots.own_structure) {
    // Of a structure on loan only the skeleton is taken, never what it says.
    for (StructureNode& node : structure_.nodes) node.facts = {};
  }

  // Somebody may be waiting, so the groups are read and decoded beside each other.
  Diags diags;
  absl::Status tabular, lists;
  model::TaskGroup tasks;
  if (roots.own_structure) {
    tasks.Run([&] { tabular = LoadTabularPages(reader, cache, places, diags); });
  }
  tasks.Run([&] {
    lists = LoadPoaPages(reader, cache, places);
    if (lists.ok()) lists = LoadConversionPages(reader, cache);
  });
  absl::StatusOr<std::vector<std::shared_ptr<const OrderPage>>> order =
      cache.Order(reader, digests);
  tasks.Wait();
  RETURN_IF_ERROR(order.status());
  RETURN_IF_ERROR(tabular);
  RETURN_IF_ERROR(lists);

  order_pages_ = *std::move(order);
  first_rows_.reserve(pages.size());
  for (size_t i = 0; i < order_pages_.size(); ++i) {
    const std::vector<model::OrderRowView>& rows = order_pages_[i]->rows;
    if (rows.empty()) return Damaged(spec_.release_id, "a category has no rows");
    const absl::string_view key = model::CategoryOf(rows.front().code);
    if (key != ids[i]) return Damaged(spec_.release_id, "a category has rows of another");
    // The page stays, its name in the block's page does not.
    categories_[i].key = key;
    first_rows_.push_back(static_cast<uint32_t>(order_rows_) + 1);
    order_rows_ += static_cast<int>(rows.size());
  }
  return AddNodes(placed, diags);
}

absl::Status Image::AddNodes(const std::vector<int>& placed, const Diags& diags) {
  if (order_rows_ > kMaxRows) return Damaged(spec_.release_id, "it has too many rows");
  size_t count = structure_.nodes.size();
  for (const auto& page : order_pages_) count += page == nullptr ? 0 : page->rows.size();
  places_.reserve(count);
  contents_.reserve(count);
  if (!diags.empty()) diags_.reserve(count);
  AddStructure(placed, diags);
  std::vector<uint64_t> keys;
  keys.reserve(places_.size());
  for (const Node& node : nodes()) keys.push_back(PackKey(node.key));
  if (const std::optional<size_t> place = by_key_.Build(std::move(keys))) {
    const absl::string_view key = node(static_cast<NodeIndex>(*place)).key;
    return Damaged(spec_.release_id,
                   key.empty() || key.size() > kMaxKeyLength
                       ? absl::StrCat(model::Quoted(key), " is no key of a concept")
                       : absl::StrCat(model::CleanName(key), " is there twice"));
  }
  for (const auto& [code, diag] : diags) {
    if (!Find(code).has_value()) rowless_diags_.emplace(code, diag);
  }
  return absl::OkStatus();
}

absl::Status Image::LoadTabularPages(const PageReader& reader, PageCache& cache,
                                     const std::vector<size_t>& places, Diags& diags) {
  std::vector<Digest> digests;
  for (const size_t i : places) {
    const auto it = structure_.categories.find(categories_[i].key);
    if (it == structure_.categories.end()) continue;
    categories_[i].tabular = it->second.digest;
    digests.push_back(it->second.digest);
  }
  ASSIGN_OR_RETURN(tabular_pages_, cache.Tabular(reader, digests));
  for (const auto& page : tabular_pages_) {
    for (const model::Diag& diag : page->diags) diags[diag.code] = &diag;
  }
  return absl::OkStatus();
}

absl::Status Image::LoadPoaPages(const PageReader& reader, PageCache& cache,
                                 const std::vector<size_t>& places) {
  poa_of_category_.assign(categories_.size(), nullptr);
  if (!spec_.poa.has_value()) return absl::OkStatus();
  std::string letters;
  for (const size_t i : places) {
    const char letter = categories_[i].key[0];
    if (letters.find(letter) == std::string::npos) letters.push_back(letter);
  }
  ASSIGN_OR_RETURN(const std::vector<model::PageChild> pages,
                   ReadCategories(reader, FacetGroup::kPoa, spec_.poa->root, letters));
  absl::flat_hash_map<absl::string_view, const Digest*> listed;
  for (const model::PageChild& page : pages) listed.emplace(page.id, &page.digest);
  // A list on loan may name categories that this release does not have.
  std::vector<Digest> digests;
  std::vector<size_t> found;
  for (const size_t i : places) {
    const auto it = listed.find(categories_[i].key);
    if (it == listed.end()) continue;
    categories_[i].poa = *it->second;
    digests.push_back(*it->second);
    found.push_back(i);
  }
  ASSIGN_OR_RETURN(poa_pages_, cache.Poa(reader, digests));
  for (size_t i = 0; i < found.size(); ++i) poa_of_category_[found[i]] = poa_pages_[i].get();
  return absl::OkStatus();
}

absl::Status Image::LoadConversionPages(const PageReader& reader, PageCache& cache) {
  for (const auto& [group, root] : spec_.groups) {
    if (group != FacetGroup::kConversion) continue;
    ASSIGN_OR_RETURN(const std::vector<model::PageChild> pages,
                     ReadCategories(reader, group, root));
    std::vector<Digest> digests;
    digests.reserve(pages.size());
    for (const model::PageChild& page : pages) digests.push_back(page.digest);
    ASSIGN_OR_RETURN(conversion_pages_, cache.Conversion(reader, digests));
  }
  for (const auto& page : conversion_pages_) {
    for (const ConversionPage::Row& row : page->rows) conversion_.push_back(&row);
  }
  std::sort(conversion_.begin(), conversion_.end(),
            [](const auto* a, const auto* b) { return a->row.row < b->row.row; });
  return absl::OkStatus();
}

void Image::AddStructure(const std::vector<int>& placed, const Diags& diags) {
  const size_t count = structure_.nodes.size();
  std::vector<std::vector<size_t>> members(count);
  std::vector<bool> used(count, !spec_.lender.has_value());
  for (size_t i = 0; i < placed.size(); ++i) {
    if (placed[i] == -1) continue;
    members[placed[i]].push_back(i);
    // A section on loan in which nothing of this release lies was not there yet, or is
    // there no more: the skeleton is borrowed, not what never was.
    for (int place = placed[i]; place != -1; place = structure_.nodes[place].parent) {
      used[place] = true;
    }
  }
  std::vector<NodeIndex> index(count, kNoNode);
  // Nodes that are open, innermost last; a node's end is known when it closes.
  std::vector<int> open;
  const auto close = [&] {
    places_[index[open.back()]].end = static_cast<NodeIndex>(places_.size());
    open.pop_back();
  };
  for (size_t i = 0; i < count; ++i) {
    if (!used[i]) continue;
    const StructureNode& entry = structure_.nodes[i];
    while (!open.empty() && open.back() != entry.parent) close();
    index[i] = static_cast<NodeIndex>(places_.size());
    Place place;
    place.parent = entry.parent == -1 ? kNoNode : index[entry.parent];
    place.kind = entry.is_chapter ? v1::CONCEPT_KIND_CHAPTER : v1::CONCEPT_KIND_SECTION;
    places_.push_back(place);
    contents_.push_back(&entry);
    if (!diags.empty()) diags_.push_back(nullptr);
    open.push_back(static_cast<int>(i));
    for (const size_t member : members[i]) AddCategory(member, index[i], true, diags);
  }
  while (!open.empty()) close();
  for (size_t i = 0; i < placed.size(); ++i) {
    if (placed[i] != -1) continue;
    AddCategory(i, kNoNode, false, diags);
    for (NodeIndex node = categories_[i].first; node < categories_[i].end;
         node = places_[node].end) {
      unplaced_.push_back(node);
    }
  }
}

void Image::AddCategory(size_t category, NodeIndex parent, bool placed, const Diags& diags) {
  if (order_pages_[category] == nullptr) return;
  categories_[category].first = static_cast<NodeIndex>(places_.size());
  // Rows come in preorder, so the longest existing prefix of a row is the innermost open
  // node that is a prefix of it.
  std::vector<NodeIndex> open;
  const auto close = [&] {
    places_[open.back()].end = static_cast<NodeIndex>(places_.size());
    open.pop_back();
  };
  uint32_t order_number = first_rows_[category];
  const PoaPage* const poa = poa_of_category_[category];
  for (const model::OrderRowView& row : order_pages_[category]->rows) {
    while (!open.empty()) {
      const absl::string_view above =
          static_cast<const model::OrderRowView*>(contents_[open.back()])->code;
      if (row.code.size() > above.size() && row.code.substr(0, above.size()) == above) break;
      close();
    }
    Place place;
    place.parent = open.empty() ? parent : open.back();
    place.order_number = order_number++;
    place.kind = KindOf(row);
    place.billable = row.billable ? 1 : 0;
    place.poa_exempt =
        poa != nullptr && std::binary_search(poa->codes.begin(), poa->codes.end(), row.code) ? 1
                                                                                             : 0;
    place.placed = placed ? 1 : 0;
    billable_rows_ += row.billable ? 1 : 0;
    if (!diags.empty()) {
      const auto diag = diags.find(row.code);
      diags_.push_back(diag == diags.end() ? nullptr : diag->second);
      if (diag != diags.end()) {
        place.tabular_title_differs = diag->second->title == row.long_title ? 0 : 1;
        place.placeholder = diag->second->placeholder ? 1 : 0;
      }
    }
    open.push_back(static_cast<NodeIndex>(places_.size()));
    places_.push_back(place);
    contents_.push_back(&row);
  }
  while (!open.empty()) close();
  categories_[category].end = static_cast<NodeIndex>(places_.size());
}

}  // namespace codeset::image
