// The in-memory form of one release, which answers every question about it.
//
// An image is built from content pages when a release is first used and never changes;
// RocksDB stays the only durable truth. Concepts are nodes in tabular order (preorder):
// what lies below node i are the nodes from i+1 to nodes()[i].end. Pages are shared
// between images. How concepts become messages: storage/image/concept.h; questions:
// storage/query.
//
//   ASSIGN_OR_RETURN(auto image, Image::Build(spec, reader, cache));
//   if (auto node = image->Find("M9986")) { image->node(*node).parent … }
//
// Thread-safe because immutable, but for what references(), conversion_index() and
// tabular_wire() make once.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "codeset/v1/concept.pb.h"
#include "storage/image/fetch.h"
#include "storage/image/key_table.h"
#include "storage/image/node.h"
#include "storage/image/page.h"
#include "storage/image/structure.h"
#include "storage/model/canonical.h"
#include "storage/model/date.h"
#include "storage/model/digest.h"
#include "storage/model/release.h"

namespace codeset::image {

class Image;

// The concepts of an image in tabular order, to go through; the image must outlive it.
class NodeList {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Node;
    using difference_type = std::ptrdiff_t;
    using pointer = const Node*;
    using reference = Node;

    Iterator(const Image* image, NodeIndex index) : image_(image), index_(index) {}
    Node operator*() const;
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++index_;
      return before;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const Image* image_;
    NodeIndex index_;
  };

  NodeList(const Image* image, size_t size) : image_(image), size_(size) {}
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Iterator begin() const { return {image_, 0}; }
  Iterator end() const { return {image_, static_cast<NodeIndex>(size_)}; }

 private:
  const Image* image_;
  size_t size_;
};

// Which pages a category consists of; equal digests mean equal content.
struct CategoryPages {
  // Its code. The order file of 2013 lists some categories' codes without the category, so
  // that there may be no concept of this code.
  absl::string_view key;
  // Its concepts: the nodes from `first` to one before `end`.
  NodeIndex first = kNoNode;
  NodeIndex end = kNoNode;
  model::Digest order;
  // Absent where the tabular list has no such category or the release no tabular group.
  std::optional<model::Digest> tabular;
  // Of the list of POA-exempt codes that is in force, its own or on loan. Absent where the
  // list is not known and where it has no code of the category.
  std::optional<model::Digest> poa;
};

// What an image is built from.
struct ImageSpec {
  std::string release_id;
  model::Date effective;
  // The facet groups with their root digests, in the order of kFacetGroups.
  std::vector<std::pair<model::FacetGroup, model::Digest>> groups;
  // The release that lends chapters and sections where this one has no tabular group.
  struct Lender {
    std::string release_id;
    model::Digest tabular_root;

    friend bool operator==(const Lender&, const Lender&) = default;
  };
  std::optional<Lender> lender;
  // The release whose list of POA-exempt codes is in force here, itself or another.
  struct PoaList {
    std::string release_id;
    model::Digest root;

    friend bool operator==(const PoaList&, const PoaList&) = default;
  };
  std::optional<PoaList> poa;

  friend bool operator==(const ImageSpec&, const ImageSpec&) = default;
};

// The codes that its notes name; see storage/image/note_references.h.
class NoteReferenceTable;

// The rows of its conversion table by the codes they name; see
// storage/image/conversion_index.h.
class ConversionIndex;

// What answers repeat of its tabular list; see storage/image/tabular_wire.h.
class TabularWire;

// See above.
class Image {
 public:
  // Builds the image. DATA_DAMAGED where pages are missing or contradict each other.
  static absl::StatusOr<std::shared_ptr<const Image>> Build(ImageSpec spec,
                                                            const PageReader& reader,
                                                            PageCache& cache);

  // Builds a part of the image: what is told of the codes of one category in the BASIC and the FULL
  // view, from its own pages and those of the categories that its notes name, some tens of pages
  // in all. Find and node() tell the same of those codes as in the whole image, but for their
  // places; FindDiag and tabular_wire() too. Nothing else of a part is to be asked.
  // `category_rows` says how many rows of the order file each category has, in tabular order.
  // Needed is that no category stands twice in the tabular list, and that all diags below it are
  // of its codes. DATA_DAMAGED as Build, and where the pages have other rows.
  static absl::StatusOr<std::shared_ptr<const Image>> BuildPart(
      ImageSpec spec, const PageReader& reader, PageCache& cache, absl::string_view category,
      absl::Span<const uint32_t> category_rows);

  ~Image();
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;

  // What it was built from. Equal specs give equal images.
  const ImageSpec& spec() const { return spec_; }
  const std::string& release_id() const { return spec_.release_id; }
  model::Date effective() const { return spec_.effective; }
  const std::vector<std::pair<model::FacetGroup, model::Digest>>& groups() const {
    return spec_.groups;
  }
  const model::Digest& fingerprint() const { return fingerprint_; }
  bool Has(model::FacetGroup group) const;

  // The release whose chapters and sections are on loan here; empty for none.
  absl::string_view structure_from() const;

  // The release whose list of POA-exempt codes is in force here; empty if it is not known.
  absl::string_view poa_from() const {
    return spec_.poa.has_value() ? absl::string_view(spec_.poa->release_id) : "";
  }

  // All concepts in tabular order; categories that could not be placed come last.
  NodeList nodes() const { return {this, places_.size()}; }
  Node node(NodeIndex index) const {
    const Place& place = places_[index];
    Node node;
    node.parent = place.parent;
    node.end = place.end;
    node.order_number = place.order_number;
    node.kind = static_cast<v1::ConceptKind>(place.kind);
    node.billable = place.billable;
    node.poa_exempt = place.poa_exempt;
    node.placed = place.placed;
    node.tabular_title_differs = place.tabular_title_differs;
    node.placeholder = place.placeholder;
    if (IsStructure(place)) {
      node.structure = static_cast<const StructureNode*>(contents_[index]);
      node.key = node.structure->id;
    } else {
      node.row = static_cast<const model::OrderRowView*>(contents_[index]);
      node.key = node.row->code;
      if (!diags_.empty()) node.diag = diags_[index];
    }
    return node;
  }

  // The concept of a key as model::ParseConceptKey gives it.
  std::optional<NodeIndex> Find(absl::string_view key) const { return by_key_.Find(key); }
  // The same of a key as PackKey gives it.
  std::optional<NodeIndex> FindPacked(uint64_t key) const { return by_key_.FindPacked(key); }

  // The key of a concept, as PackKey gives it: side by side for all of them, so that who goes
  // through many keys reads little memory.
  uint64_t PackedKey(NodeIndex index) const { return by_key_.KeyAt(index); }

  // For who reads many concepts: each fetches some of what node() and reading it take into the
  // cache, so that memory is waited for once for all of them. To be called for all before the next
  // is called for any: FetchKey, FetchPlace (with the place that GuessPacked gives),
  // FetchContent, FetchText. They change nothing.
  void FetchKey(uint64_t key) const { by_key_.FetchSlot(key); }
  std::optional<NodeIndex> GuessPacked(uint64_t key) const { return by_key_.Guess(key); }
  void FetchPlace(NodeIndex index) const {
    Prefetch(&places_[index]);
    Prefetch(&contents_[index]);
    if (!diags_.empty()) Prefetch(&diags_[index]);
  }
  void FetchContent(NodeIndex index) const {
    // Mostly on two cache lines.
    const auto* content = static_cast<const char*>(contents_[index]);
    Prefetch(content);
    if (!IsStructure(places_[index])) Prefetch(content + sizeof(model::OrderRowView) - 1);
    const NodeIndex parent = places_[index].parent;
    if (parent == kNoNode) return;
    Prefetch(&places_[parent]);
    Prefetch(&contents_[parent]);
  }
  void FetchText(NodeIndex index) const {
    const Place& place = places_[index];
    if (place.parent != kNoNode) Prefetch(contents_[place.parent]);
    if (IsStructure(place)) return;
    const auto& row = *static_cast<const model::OrderRowView*>(contents_[index]);
    // A row lies in one piece, of mostly two or three cache lines.
    Touch(row.code.data());
    if (!row.long_title.empty()) Touch(&row.long_title.back());
  }

  // What the release's own tabular list says of a code, whether or not the code is a concept:
  // the order file of 2013 leaves out rows (W38, S12.8) on which 7th-character definitions
  // and notes stand. Null where it has no such `<diag>` or the release no tabular group.
  const model::Diag* FindDiag(absl::string_view code) const;

  // The categories, in tabular order of the order file.
  const std::vector<CategoryPages>& categories() const { return categories_; }

  // The rows of the release's own conversion table, in the order of the table. Empty where
  // Has(kConversion) is false: then nothing is known.
  const std::vector<const ConversionPage::Row*>& conversion() const { return conversion_; }

  // The rows of conversion() by the codes that they name. Made when first asked for (some
  // milliseconds, once).
  const ConversionIndex& conversion_index() const;

  // The categories that no tabular list places (or the codes of one that is no concept
  // itself), in tabular order.
  const std::vector<NodeIndex>& unplaced() const { return unplaced_; }

  // The codes that the notes name. Read when first asked for (about 30 ms, once; who asks
  // meanwhile waits), since many images never are.
  const NoteReferenceTable& references() const;

  // What answers repeat of its tabular list. Made when first asked for (about 60 ms, once, with
  // references()).
  const TabularWire& tabular_wire() const;
  // Whether it takes no time, because it has been made or there is nothing to be made.
  bool tabular_wire_ready() const {
    return tabular_wire_ready_.load(std::memory_order_acquire) || !Has(model::FacetGroup::kTabular);
  }

  // The pages of the tabular group, in tabular order; none where it has no such group.
  const std::vector<std::shared_ptr<const TabularPage>>& tabular_pages() const {
    return tabular_pages_;
  }

  // Rows of the order file, and how many of them are billable.
  int order_rows() const { return order_rows_; }
  int billable_rows() const { return billable_rows_; }

 private:
  // What an image holds of a concept itself, as small as it can be: there are 1.6 million of
  // them where all releases are in use. The rest is shared (page.h).
  struct Place {
    NodeIndex parent = kNoNode;
    NodeIndex end = 0;
    uint32_t order_number : 24 = 0;
    uint32_t kind : 3 = 0;
    uint32_t billable : 1 = 0;
    uint32_t poa_exempt : 1 = 0;
    uint32_t placed : 1 = 1;
    uint32_t tabular_title_differs : 1 = 0;
    uint32_t placeholder : 1 = 0;
  };
  // The most rows that `order_number` can count.
  static constexpr int kMaxRows = (1 << 24) - 1;

  static bool IsStructure(const Place& place) {
    return place.kind == v1::CONCEPT_KIND_CHAPTER || place.kind == v1::CONCEPT_KIND_SECTION;
  }

  explicit Image(ImageSpec spec);

  // The diags that are loaded, by code.
  using Diags = absl::flat_hash_map<absl::string_view, const model::Diag*>;

  // The root pages of the order file and of the chapters and sections, own or on loan.
  struct Roots {
    model::Digest order;
    std::optional<model::Digest> structure;
    bool own_structure = false;
  };
  absl::StatusOr<Roots> TakeRoots();

  absl::Status Load(const PageReader& reader, PageCache& cache);
  absl::Status LoadPart(const PageReader& reader, PageCache& cache, absl::string_view category,
                        absl::Span<const uint32_t> category_rows);
  // The next two read pages of the categories at some places in `categories_`.
  absl::Status LoadTabularPages(const PageReader& reader, PageCache& cache,
                                const std::vector<size_t>& places, Diags& diags);
  // Of the list of POA-exempt codes that is in force, if it is known.
  absl::Status LoadPoaPages(const PageReader& reader, PageCache& cache,
                            const std::vector<size_t>& places);
  absl::Status LoadConversionPages(const PageReader& reader, PageCache& cache);
  // Makes the nodes of all that has been loaded; `placed` are the sections of the categories.
  absl::Status AddNodes(const std::vector<int>& placed, const Diags& diags);
  void AddStructure(const std::vector<int>& placed, const Diags& diags);
  void AddCategory(size_t category, NodeIndex parent, bool placed, const Diags& diags);

  ImageSpec spec_;
  model::Digest fingerprint_;
  Structure structure_;
  // Of each category; null for those that a part does not have.
  std::vector<std::shared_ptr<const OrderPage>> order_pages_;
  // The ids of all categories, which a part reads without their pages; else empty.
  std::vector<model::PageChild> category_ids_;
  std::vector<std::shared_ptr<const TabularPage>> tabular_pages_;
  std::vector<std::shared_ptr<const PoaPage>> poa_pages_;
  std::vector<std::shared_ptr<const ConversionPage>> conversion_pages_;
  std::vector<const ConversionPage::Row*> conversion_;
  // Of each category its page of `poa_pages_`; null for none.
  std::vector<const PoaPage*> poa_of_category_;
  // The order number of the first row of each page of `order_pages_`.
  std::vector<uint32_t> first_rows_;
  std::vector<Place> places_;
  // Of each place its `const StructureNode` or, if it is no chapter or section, its
  // `const model::OrderRowView`.
  std::vector<const void*> contents_;
  // Of each place its diag, if it has one. Empty where the release has no tabular group.
  std::vector<const model::Diag*> diags_;
  std::vector<CategoryPages> categories_;
  std::vector<NodeIndex> unplaced_;
  KeyTable by_key_;
  // Diags of codes that the order file has no row of.
  absl::flat_hash_map<absl::string_view, const model::Diag*> rowless_diags_;
  int order_rows_ = 0;
  int billable_rows_ = 0;
  // Made by references(), conversion_index() and tabular_wire(); the flags are what makes that
  // thread-safe.
  mutable std::once_flag references_once_;
  mutable std::unique_ptr<const NoteReferenceTable> references_;
  mutable std::once_flag conversion_once_;
  mutable std::unique_ptr<const ConversionIndex> conversion_index_;
  mutable std::once_flag tabular_wire_once_;
  mutable std::unique_ptr<const TabularWire> tabular_wire_;
  mutable std::atomic<bool> tabular_wire_ready_ = false;
};

inline Node NodeList::Iterator::operator*() const { return image_->node(index_); }

}  // namespace codeset::image
