#include "storage/query/diff.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "storage/image/concept.h"
#include "storage/model/addenda.h"
#include "storage/model/concept_id.h"
#include "storage/query/hierarchy.h"

namespace codeset::query {
namespace {

using image::CategoryPages;
using image::FactsOf;
using image::Image;
using image::kNoNode;
using image::Node;
using image::NodeIndex;
using model::FacetGroup;
using model::TabularFacts;

// Whether both releases have a tabular list of their own.
bool BothTabular(const Image& from, const Image& to) {
  return from.Has(FacetGroup::kTabular) && to.Has(FacetGroup::kTabular);
}

// Whether the list of POA-exempt codes that is in force is known for both.
bool BothPoa(const Image& from, const Image& to) {
  return !from.poa_from().empty() && !to.poa_from().empty();
}

bool IsWhiteSpaceEdit(absl::string_view before, absl::string_view after) {
  return model::SameButForWhiteSpace(before, after);
}

// Whether two images are built from the same pages, and so differ in nothing but whose they are.
bool SameContent(const Image& from, const Image& to) {
  const auto loan = [](const Image& image) {
    const auto& spec = image.spec();
    return std::make_pair(spec.lender.has_value() ? spec.lender->tabular_root : model::Digest(),
                          spec.poa.has_value() ? spec.poa->root : model::Digest());
  };
  return from.groups() == to.groups() && loan(from) == loan(to);
}

// Collects changes with the places by which they are sorted.
class Differ {
 public:
  Differ(const Image& from, const Image& to, const DiffFilter& filter)
      : from_(from),
        to_(to),
        filter_(filter),
        tabular_(BothTabular(from, to)),
        poa_(BothPoa(from, to)) {
    if (filter.under.has_value()) {
      under_from_ = from.Find(*filter.under);
      under_to_ = to.Find(*filter.under);
    }
  }

  Difference Run() {
    if (SameContent(from_, to_)) return {};
    if (tabular_) CompareStructure();
    CompareCategories();
    Difference difference;
    difference.categories_compared = categories_compared_;
    difference.changes.reserve(found_.size());
    for (const size_t place : Sorted()) {
      difference.changes.push_back(std::move(found_[place].change));
    }
    return difference;
  }

 private:
  struct Found {
    // The node of `to` that the change is about, or after which a deleted concept stood,
    // counted from 1 so that 0 is before the first.
    NodeIndex place = 0;
    bool deleted = false;
    NodeIndex deleted_at = 0;
    Change change;
  };

  // The places in `found_`, in the order of the difference. Small things are sorted, and mostly
  // found in order already.
  std::vector<size_t> Sorted() const {
    std::vector<size_t> places(found_.size());
    std::iota(places.begin(), places.end(), size_t{0});
    const auto key = [this](size_t place) {
      const Found& found = found_[place];
      return std::make_tuple(found.place, found.deleted, found.deleted_at, found.change.facet);
    };
    const auto before = [&](size_t a, size_t b) { return key(a) < key(b); };
    if (!std::is_sorted(places.begin(), places.end(), before)) {
      std::stable_sort(places.begin(), places.end(), before);
    }
    return places;
  }

  bool Wanted(NodeIndex before, NodeIndex after) const {
    if (filter_.billable_only && !(before != kNoNode && from_.node(before).billable) &&
        !(after != kNoNode && to_.node(after).billable)) {
      return false;
    }
    if (!filter_.under.has_value()) return true;
    return (before != kNoNode && under_from_ && IsWithin(from_, before, *under_from_)) ||
           (after != kNoNode && under_to_ && IsWithin(to_, after, *under_to_));
  }

  void Add(v1::ChangeKind kind, v1::Facet facet, NodeIndex before, NodeIndex after,
           bool white_space_only = false) {
    if (!filter_.Wants(facet) || !Wanted(before, after)) return;
    Found found{after + 1, false, 0, {kind, facet, before, after, white_space_only, {}}};
    if (after == kNoNode) {
      found.place = 0;
      found.deleted = true;
      found.deleted_at = before;
      found.place = PlaceOfDeleted(before);
    }
    found_.push_back(std::move(found));
  }

  // Where a deleted concept stood: after the nearest concept before it that is still there.
  NodeIndex PlaceOfDeleted(NodeIndex node) {
    NodeIndex place = 0;
    for (NodeIndex i = node; i-- > 0;) {
      if (i == last_deleted_) {
        // What is deleted goes mostly with what stands before it.
        place = place_of_last_deleted_;
        break;
      }
      if (const std::optional<NodeIndex> anchor = to_.Find(from_.node(i).key)) {
        place = *anchor + 1;
        break;
      }
    }
    last_deleted_ = node;
    place_of_last_deleted_ = place;
    return place;
  }

  void CompareNoteLists(NodeIndex before, NodeIndex after, const std::vector<model::Note>& a,
                        const std::vector<model::Note>& b) {
    if (!filter_.Wants(v1::FACET_NOTES) || !Wanted(before, after)) return;
    std::vector<NoteEdit> edits = CompareNotes(a, b);
    if (!filter_.note_kinds.empty()) {
      std::erase_if(edits, [&](const NoteEdit& edit) {
        return !filter_.note_kinds.contains(static_cast<v1::NoteKind>(edit.note_kind));
      });
    }
    if (edits.empty()) return;
    Add(v1::CHANGE_KIND_NOTES_CHANGED, v1::FACET_NOTES, before, after);
    found_.back().change.note_edits = std::move(edits);
  }

  // What of two concepts is to be compared: all but what stands on equal pages.
  struct Parts {
    bool order = true;
    bool tabular = true;
    bool poa = true;
  };

  // Compares the concepts of a category, whose rows may be the same.
  void CompareCategory(const CategoryPages& before, const CategoryPages& after) {
    ++categories_compared_;
    const Parts parts = {before.order != after.order, before.tabular != after.tabular,
                         before.poa != after.poa};
    if (!parts.order) {
      for (NodeIndex i = after.first; i < after.end; ++i) {
        CompareNodes(before.first + (i - after.first), i, parts);
      }
      CompareParentsOfCategory(before, after);
      return;
    }
    // Most rows are there in both, in the same order; only where they part are keys looked up.
    std::vector<bool> met(before.end - before.first, false);
    NodeIndex next = before.first;
    for (NodeIndex i = after.first; i < after.end; ++i) {
      const absl::string_view key = to_.node(i).key;
      if (next == before.end || from_.node(next).key != key) {
        const std::optional<NodeIndex> found = from_.Find(key);
        if (!found.has_value()) {
          Add(v1::CHANGE_KIND_ADDED, v1::FACET_EXISTENCE, kNoNode, i);
          continue;
        }
        if (*found < before.first || *found >= before.end) {
          CompareNodes(*found, i, Parts());
          continue;
        }
        next = *found;
      }
      met[next - before.first] = true;
      CompareNodes(next++, i, parts);
    }
    for (NodeIndex i = before.first; i < before.end; ++i) {
      if (!met[i - before.first]) Add(v1::CHANGE_KIND_DELETED, v1::FACET_EXISTENCE, i, kNoNode);
    }
  }

  // Of equal rows: they lie within the category as they did, and the category may lie elsewhere.
  void CompareParentsOfCategory(const CategoryPages& before, const CategoryPages& after) {
    for (NodeIndex i = after.first; i < after.end; i = to_.node(i).end) {
      CompareParents(before.first + (i - after.first), i);
    }
  }

  void CompareNodes(NodeIndex before, NodeIndex after, const Parts& parts) {
    if (parts.order) {
      CompareOrderFacts(before, after);
      CompareParents(before, after);
    }
    // The order pages count here too: for whether a title differs from theirs, and for what is
    // billable.
    if (tabular_ && (parts.tabular || parts.order)) CompareTabular(before, after);
    if (poa_ && (parts.poa || parts.order)) ComparePoa(before, after);
  }

  void CompareOrderFacts(NodeIndex before, NodeIndex after) {
    const auto a = from_.node(before);
    const auto b = to_.node(after);
    if (a.row != nullptr && b.row != nullptr) {
      if (a.billable != b.billable) {
        Add(b.billable ? v1::CHANGE_KIND_BECAME_BILLABLE : v1::CHANGE_KIND_BECAME_HEADER,
            v1::FACET_BILLABLE, before, after);
      }
      if (a.row->short_title != b.row->short_title) {
        Add(v1::CHANGE_KIND_SHORT_TITLE_CHANGED, v1::FACET_SHORT_TITLE, before, after,
            IsWhiteSpaceEdit(a.row->short_title, b.row->short_title));
      }
    }
    const absl::string_view title_a = image::TitleOf(from_, before);
    const absl::string_view title_b = image::TitleOf(to_, after);
    if (title_a != title_b) {
      Add(v1::CHANGE_KIND_TITLE_CHANGED, v1::FACET_TITLE, before, after,
          IsWhiteSpaceEdit(title_a, title_b));
    }
  }

  void CompareParents(NodeIndex before, NodeIndex after) {
    const NodeIndex a = from_.node(before).parent;
    const NodeIndex b = to_.node(after).parent;
    // Two parents that are chapters or sections are compared only where both are the
    // releases' own: one on loan would tell of the lender's changes. That a code lies below
    // another in one release alone is the order files' to say.
    const auto is_code = [](const Image& image, NodeIndex node) {
      return node != kNoNode && image.node(node).row != nullptr;
    };
    if (!tabular_ && !is_code(from_, a) && !is_code(to_, b)) return;
    const absl::string_view key_a = a == kNoNode ? "" : from_.node(a).key;
    const absl::string_view key_b = b == kNoNode ? "" : to_.node(b).key;
    if (key_a != key_b) Add(v1::CHANGE_KIND_MOVED, v1::FACET_PARENT, before, after);
  }

  void CompareTabular(NodeIndex before, NodeIndex after) {
    static const TabularFacts kNone;
    const TabularFacts* a = FactsOf(from_, before);
    const TabularFacts* b = FactsOf(to_, after);
    if (a == nullptr) a = &kNone;
    if (b == nullptr) b = &kNone;
    if (a->notes != b->notes) CompareNoteLists(before, after, a->notes, b->notes);
    if (a->seventh_characters != b->seventh_characters) {
      Add(v1::CHANGE_KIND_SEVENTH_CHARACTERS_CHANGED, v1::FACET_SEVENTH_CHARACTERS, before, after);
    }
    const Node node_a = from_.node(before);
    const Node node_b = to_.node(after);
    const bool titles = node_a.tabular_title_differs || node_b.tabular_title_differs;
    if (a->visual_impairment != b->visual_impairment || node_a.placeholder != node_b.placeholder ||
        (titles && image::TabularTitleOf(from_, before) != image::TabularTitleOf(to_, after))) {
      Add(v1::CHANGE_KIND_TABULAR_OTHER_CHANGED, v1::FACET_TABULAR_OTHER, before, after);
    }
  }

  void ComparePoa(NodeIndex before, NodeIndex after) {
    const auto a = from_.node(before);
    const auto b = to_.node(after);
    // What came to be billable, or ceased to be, neither joined the list nor left it.
    if (a.billable && b.billable && a.poa_exempt != b.poa_exempt) {
      Add(v1::CHANGE_KIND_POA_EXEMPTION_CHANGED, v1::FACET_POA_EXEMPTION, before, after);
    }
  }

  // Chapters and sections: a few hundred, compared one by one.
  void CompareStructure() {
    for (NodeIndex i = 0; i < from_.nodes().size(); ++i) {
      const auto node = from_.node(i);
      if (node.structure != nullptr && !to_.Find(node.key).has_value()) {
        Add(v1::CHANGE_KIND_DELETED, v1::FACET_EXISTENCE, i, kNoNode);
      }
      // Codes come with their categories.
      if (node.row != nullptr) i = node.end - 1;
    }
    for (NodeIndex i = 0; i < to_.nodes().size(); ++i) {
      if (to_.node(i).row != nullptr) {
        i = to_.node(i).end - 1;
      } else if (const std::optional<NodeIndex> before = from_.Find(to_.node(i).key)) {
        CompareNodes(*before, i, Parts());
      } else {
        Add(v1::CHANGE_KIND_ADDED, v1::FACET_EXISTENCE, kNoNode, i);
      }
    }
  }

  void CompareCategories() {
    const std::vector<CategoryPages>& olds = from_.categories();
    std::vector<bool> met(olds.size(), false);
    // Only where the two lists part are categories looked up.
    absl::flat_hash_map<absl::string_view, size_t> places;
    size_t next = 0;
    for (const CategoryPages& pages : to_.categories()) {
      if (next == olds.size() || olds[next].key != pages.key) {
        if (places.empty()) {
          for (size_t i = 0; i < olds.size(); ++i) places.emplace(olds[i].key, i);
        }
        const auto it = places.find(pages.key);
        if (it == places.end()) {
          ++categories_compared_;
          for (NodeIndex i = pages.first; i < pages.end; ++i) {
            Add(v1::CHANGE_KIND_ADDED, v1::FACET_EXISTENCE, kNoNode, i);
          }
          continue;
        }
        next = it->second;
      }
      met[next] = true;
      const CategoryPages& old = olds[next++];
      if (old.order == pages.order && (!tabular_ || old.tabular == pages.tabular) &&
          (!poa_ || old.poa == pages.poa)) {
        // Equal pages: all is equal but where the category itself lies.
        CompareParentsOfCategory(old, pages);
        continue;
      }
      CompareCategory(old, pages);
    }
    for (size_t i = 0; i < olds.size(); ++i) {
      if (met[i]) continue;
      ++categories_compared_;
      for (NodeIndex node = olds[i].first; node < olds[i].end; ++node) {
        Add(v1::CHANGE_KIND_DELETED, v1::FACET_EXISTENCE, node, kNoNode);
      }
    }
  }

  const Image& from_;
  const Image& to_;
  const DiffFilter& filter_;
  const bool tabular_;
  const bool poa_;
  std::optional<NodeIndex> under_from_;
  std::optional<NodeIndex> under_to_;
  std::vector<Found> found_;
  int categories_compared_ = 0;
  NodeIndex last_deleted_ = kNoNode;
  NodeIndex place_of_last_deleted_ = 0;
};

}  // namespace

Difference Compare(const Image& from, const Image& to, const DiffFilter& filter) {
  return Differ(from, to, filter).Run();
}

std::vector<Change> Diff(const Image& from, const Image& to, const DiffFilter& filter) {
  return Compare(from, to, filter).changes;
}

}  // namespace codeset::query
