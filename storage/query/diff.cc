#include "storage/query/diff.h"

#include <algorithm>
#include <map>
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

bool IsWhiteSpaceEdit(absl::string_view before, absl::string_view after) {
  return model::SameButForWhiteSpace(before, after);
}

// Collects changes with the places by which they are sorted.
class Differ {
 public:
  Differ(const Image& from, const Image& to, const DiffFilter& filter)
      : from_(from), to_(to), filter_(filter), tabular_(BothTabular(from, to)) {
    if (filter.under.has_value()) {
      under_from_ = from.Find(*filter.under);
      under_to_ = to.Find(*filter.under);
    }
  }

  std::vector<Change> Run() {
    if (tabular_) CompareStructure();
    CompareCategories();
    std::sort(found_.begin(), found_.end(), [](const Found& a, const Found& b) {
      return std::tie(a.place, a.deleted, a.deleted_at, a.change.facet) <
             std::tie(b.place, b.deleted, b.deleted_at, b.change.facet);
    });
    std::vector<Change> changes;
    changes.reserve(found_.size());
    for (const Found& found : found_) changes.push_back(found.change);
    return changes;
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

  bool Wanted(NodeIndex before, NodeIndex after) const {
    if (!filter_.under.has_value()) return true;
    return (before != kNoNode && under_from_ && IsWithin(from_, before, *under_from_)) ||
           (after != kNoNode && under_to_ && IsWithin(to_, after, *under_to_));
  }

  void Add(v1::ChangeKind kind, v1::Facet facet, NodeIndex before, NodeIndex after,
           bool white_space_only = false) {
    if (!filter_.Wants(facet) || !Wanted(before, after)) return;
    Found found{after + 1, false, 0, {kind, facet, before, after, white_space_only}};
    if (after == kNoNode) {
      found.place = 0;
      found.deleted = true;
      found.deleted_at = before;
      // Where it stood: after the nearest concept before it that is still there.
      for (NodeIndex i = before; i-- > 0;) {
        if (const std::optional<NodeIndex> anchor = to_.Find(from_.node(i).key)) {
          found.place = *anchor + 1;
          break;
        }
      }
    }
    found_.push_back(found);
  }

  // Compares the nodes of two runs that hold the same kinds of concept.
  void CompareRuns(NodeIndex from_first, NodeIndex from_end, NodeIndex to_first, NodeIndex to_end) {
    for (NodeIndex i = from_first; i < from_end; ++i) {
      if (!to_.Find(from_.node(i).key).has_value()) {
        Add(v1::CHANGE_KIND_DELETED, v1::FACET_EXISTENCE, i, kNoNode);
      }
    }
    for (NodeIndex i = to_first; i < to_end; ++i) CompareNode(i);
  }

  void CompareNode(NodeIndex after) {
    const std::optional<NodeIndex> before = from_.Find(to_.node(after).key);
    if (!before.has_value()) {
      Add(v1::CHANGE_KIND_ADDED, v1::FACET_EXISTENCE, kNoNode, after);
      return;
    }
    CompareOrderFacts(*before, after);
    CompareParents(*before, after);
    if (tabular_) CompareTabular(*before, after);
  }

  void CompareOrderFacts(NodeIndex before, NodeIndex after) {
    const Node& a = from_.node(before);
    const Node& b = to_.node(after);
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
    if (a->notes != b->notes) {
      Add(v1::CHANGE_KIND_NOTES_CHANGED, v1::FACET_NOTES, before, after);
    }
    if (a->seventh_characters != b->seventh_characters) {
      Add(v1::CHANGE_KIND_SEVENTH_CHARACTERS_CHANGED, v1::FACET_SEVENTH_CHARACTERS, before, after);
    }
    const auto placeholder = [](const Node& node) {
      return node.diag != nullptr && node.diag->placeholder;
    };
    if (a->visual_impairment != b->visual_impairment ||
        placeholder(from_.node(before)) != placeholder(to_.node(after)) ||
        image::TabularTitleOf(from_, before) != image::TabularTitleOf(to_, after)) {
      Add(v1::CHANGE_KIND_TABULAR_OTHER_CHANGED, v1::FACET_TABULAR_OTHER, before, after);
    }
  }

  // Chapters and sections: a few hundred, compared one by one.
  void CompareStructure() {
    for (NodeIndex i = 0; i < from_.nodes().size(); ++i) {
      const Node& node = from_.node(i);
      if (node.structure != nullptr && !to_.Find(node.key).has_value()) {
        Add(v1::CHANGE_KIND_DELETED, v1::FACET_EXISTENCE, i, kNoNode);
      }
      // Codes come with their categories.
      if (node.row != nullptr) i = node.end - 1;
    }
    for (NodeIndex i = 0; i < to_.nodes().size(); ++i) {
      if (to_.node(i).row != nullptr) {
        i = to_.node(i).end - 1;
      } else {
        CompareNode(i);
      }
    }
  }

  void CompareCategories() {
    absl::flat_hash_map<absl::string_view, const CategoryPages*> before;
    for (const CategoryPages& pages : from_.categories()) before[pages.key] = &pages;
    for (const CategoryPages& pages : to_.categories()) {
      const auto it = before.find(pages.key);
      if (it == before.end()) {
        CompareRuns(0, 0, pages.first, pages.end);
        continue;
      }
      const CategoryPages& old = *it->second;
      before.erase(it);
      if (old.order == pages.order && (!tabular_ || old.tabular == pages.tabular)) {
        // Equal pages: all is equal but where the category itself lies.
        for (NodeIndex i = pages.first; i < pages.end; i = to_.node(i).end) {
          CompareParents(old.first + (i - pages.first), i);
        }
        continue;
      }
      CompareRuns(old.first, old.end, pages.first, pages.end);
    }
    for (const auto& [key, pages] : before) CompareRuns(pages->first, pages->end, 0, 0);
  }

  const Image& from_;
  const Image& to_;
  const DiffFilter& filter_;
  const bool tabular_;
  std::optional<NodeIndex> under_from_;
  std::optional<NodeIndex> under_to_;
  std::vector<Found> found_;
};

v1::ConceptState StateOf(const Image& image, NodeIndex node, v1::Facet facet) {
  v1::ConceptState state;
  const Node& entry = image.node(node);
  state.set_title(std::string(image::TitleOf(image, node)));
  state.set_kind(entry.kind);
  if (entry.row != nullptr) {
    state.set_short_title(std::string(entry.row->short_title));
    state.set_billable(entry.billable);
  }
  if (entry.parent != kNoNode) state.set_parent_id(image::IdOf(image, entry.parent));
  const TabularFacts* facts = FactsOf(image, node);
  if (facet == v1::FACET_NOTES && facts != nullptr) {
    for (const model::Note& note : facts->notes) *state.add_notes() = image::ToMessage(note);
  }
  if (facet == v1::FACET_SEVENTH_CHARACTERS && facts != nullptr &&
      facts->seventh_characters.has_value()) {
    *state.mutable_seventh_characters() = image::ToMessage(*facts->seventh_characters);
  }
  if (facet == v1::FACET_TABULAR_OTHER) {
    if (auto title = image::TabularTitleOf(image, node)) state.set_tabular_title(*title);
    state.set_placeholder(entry.diag != nullptr && entry.diag->placeholder);
    if (facts != nullptr && !facts->visual_impairment.empty()) {
      *state.mutable_visual_impairment() = image::ToMessage(facts->visual_impairment);
    }
  }
  return state;
}

}  // namespace

std::vector<Change> Diff(const Image& from, const Image& to, const DiffFilter& filter) {
  return Differ(from, to, filter).Run();
}

bool IsComplete(const Image& from, const Image& to, const DiffFilter& filter) {
  // By key and not by node: a chapter on loan is dropped where nothing that could be placed
  // lies in it.
  return !filter.under.has_value() || model::IsCode(*filter.under) ||
         (from.unplaced().empty() && to.unplaced().empty());
}

std::vector<v1::FacetComparability> Comparabilities(const Image& from, const Image& to,
                                                    const DiffFilter& filter) {
  std::vector<v1::FacetComparability> result;
  for (int value = v1::Facet_MIN + 1; value <= v1::Facet_MAX; ++value) {
    const auto facet = static_cast<v1::Facet>(value);
    if (!v1::Facet_IsValid(value) || !filter.Wants(facet)) continue;
    v1::FacetComparability entry;
    entry.set_facet(facet);
    const bool from_order = facet == v1::FACET_BILLABLE || facet == v1::FACET_SHORT_TITLE;
    const bool from_both =
        facet == v1::FACET_EXISTENCE || facet == v1::FACET_TITLE || facet == v1::FACET_PARENT;
    if (from_order || BothTabular(from, to)) {
      entry.set_comparability(v1::COMPARABILITY_COMPARABLE);
    } else {
      entry.set_comparability(from_both ? v1::COMPARABILITY_CODES_ONLY
                                        : v1::COMPARABILITY_NOT_COMPARABLE);
      for (const Image* image : {&from, &to}) {
        if (!image->Has(FacetGroup::kTabular)) entry.add_missing_in(image->release_id());
      }
    }
    result.push_back(std::move(entry));
  }
  return result;
}

v1::Change ToMessage(const Image& from, const Image& to, const Change& change) {
  v1::Change message;
  message.set_kind(change.kind);
  message.set_facet(change.facet);
  message.set_white_space_only(change.white_space_only);
  if (change.before != kNoNode) {
    message.set_id(image::IdOf(from, change.before));
    *message.mutable_before() = StateOf(from, change.before, change.facet);
  }
  if (change.after != kNoNode) {
    message.set_id(image::IdOf(to, change.after));
    *message.mutable_after() = StateOf(to, change.after, change.facet);
  }
  return message;
}

std::vector<v1::ChangeCount> CountChanges(const Image& from, const Image& to,
                                          const std::vector<Change>& changes) {
  std::map<v1::ChangeKind, v1::ChangeCount> counts;
  for (const Change& change : changes) {
    v1::ChangeCount& count = counts[change.kind];
    count.set_kind(change.kind);
    count.set_count(count.count() + 1);
    const bool billable = change.after != kNoNode ? to.node(change.after).billable
                                                  : from.node(change.before).billable;
    if (billable) count.set_billable(count.billable() + 1);
  }
  std::vector<v1::ChangeCount> result;
  result.reserve(counts.size());
  for (auto& [kind, count] : counts) result.push_back(std::move(count));
  return result;
}

}  // namespace codeset::query
