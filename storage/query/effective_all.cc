// CompareAllEffective: which codes of a release anything that differs can bear on.
//
// What applies to a code is told by its category's pages, by the notes and definitions of the
// sections and chapters above the category, by where it lies, by the rows of the conversion table
// that name it, and by what an Excludes names in the release. Where all of these are equal the
// code is not looked at.
//
// The last needs care: an Excludes of which not a word changed may apply to other codes, though
// nothing changed on these. What speaks against a code names it, or what it lies under:
// * by that code itself, or one above it. It has its category's rows alone to be resolved by, and
//   those are on its pages.
// * by a range. It is resolved where the release has both ends, which may be codes of other
//   categories; and takes in what stands between them in the order file.
// And a word without dot is a code only where the release has that category. So the references of
// every Excludes are compared as they were read, of ranges also whether they were resolved; and
// should the categories stand in another order, everything is looked at.
#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "storage/image/conversion_index.h"
#include "storage/image/note_references.h"
#include "storage/model/concept_id.h"
#include "storage/query/effective.h"

namespace codeset::query {
namespace {

using image::CategoryPages;
using image::ConversionPage;
using image::Image;
using image::kNoNode;
using image::NodeIndex;
using image::NoteReferenceTable;
using model::FacetGroup;
using model::PreviousTerm;

// The groups of Excludes that name codes, by the concept on which they stand.
using ExcludesByKey =
    absl::flat_hash_map<absl::string_view, std::vector<const NoteReferenceTable::Group*>>;

ExcludesByKey ExcludesOf(const Image& image) {
  ExcludesByKey found;
  for (const NoteReferenceTable::Group& group : image.references().groups()) {
    const model::NoteKind kind = group.facts->notes[group.note].kind;
    if (kind == model::NoteKind::kExcludes1 || kind == model::NoteKind::kExcludes2) {
      found[group.key].push_back(&group);
    }
  }
  return found;
}

bool NamesTheSame(const image::NoteReference& a, const image::NoteReference& b) {
  const auto resolved = [](const image::NoteReference& one) {
    return one.last.empty() || one.first_row != 0;
  };
  return a.item == b.item && a.NamesTheSame(b) && resolved(a) == resolved(b);
}

bool NameTheSame(const Image& from, const std::vector<const NoteReferenceTable::Group*>& a,
                 const Image& to, const std::vector<const NoteReferenceTable::Group*>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](const auto* x, const auto* y) {
    const auto of_x = from.references().Of(*x);
    const auto of_y = to.references().Of(*y);
    return x->note == y->note && x->group == y->group &&
           std::equal(of_x.begin(), of_x.end(), of_y.begin(), of_y.end(), NamesTheSame);
  });
}

// The concepts on which the Excludes name codes in another way.
absl::flat_hash_set<absl::string_view> OtherExcludes(const Image& from, const Image& to) {
  const ExcludesByKey a = ExcludesOf(from);
  const ExcludesByKey b = ExcludesOf(to);
  absl::flat_hash_set<absl::string_view> keys;
  for (const auto& [key, groups] : a) {
    const auto it = b.find(key);
    if (it == b.end() || !NameTheSame(from, groups, to, it->second)) keys.insert(key);
  }
  for (const auto& [key, groups] : b) {
    if (!a.contains(key)) keys.insert(key);
  }
  return keys;
}

using CategoriesByKey = absl::flat_hash_map<absl::string_view, const CategoryPages*>;

CategoriesByKey ByKey(const Image& image) {
  CategoriesByKey found;
  for (const CategoryPages& pages : image.categories()) found[pages.key] = &pages;
  return found;
}

// Whether the categories that both have stand in the same order.
bool InOneOrder(const Image& from, const CategoriesByKey& in_from, const Image& to,
                const CategoriesByKey& in_to) {
  auto next = to.categories().begin();
  for (const CategoryPages& pages : from.categories()) {
    if (!in_to.contains(pages.key)) continue;
    while (!in_from.contains(next->key)) ++next;
    if (next++->key != pages.key) return false;
  }
  return true;
}

// What tells rows of conversion tables apart; their numbers do not.
auto ContentOf(const ConversionPage::Row& row) {
  return std::tie(row.row.code, row.row.effective, row.row.previous);
}

struct ByContent {
  bool operator()(const ConversionPage::Row* a, const ConversionPage::Row* b) const {
    return ContentOf(*a) < ContentOf(*b);
  }
};

// Finds the codes that need comparing, and compares them.
class AllComparison {
 public:
  AllComparison(const Image& from, const Image& to)
      : from_(from),
        to_(to),
        tabular_(BothKnow(FacetGroup::kTabular)),
        poa_(BothKnow(FacetGroup::kPoa)),
        in_from_(ByKey(from)),
        in_to_(ByKey(to)),
        wanted_(from.nodes().size(), false) {}

  EffectiveDifference Run() {
    MarkCategories();
    if (BothKnow(FacetGroup::kConversion)) MarkConversion();
    for (NodeIndex node = 0; node < wanted_.size(); ++node) {
      if (wanted_[node]) CompareCode(node);
    }
    // Found in the order of codes, of one code nearest first.
    std::stable_partition(
        difference_.causes.begin(), difference_.causes.end(),
        [](const auto& cause) { return cause.change.level == v1::CHANGE_LEVEL_OWN; });
    return std::move(difference_);
  }

 private:
  bool BothKnow(FacetGroup group) const { return IsKnown(from_, group) && IsKnown(to_, group); }

  void Mark(NodeIndex first, NodeIndex end) {
    std::fill(wanted_.begin() + first, wanted_.begin() + end, true);
  }

  void MarkCategories() {
    absl::flat_hash_set<absl::string_view> other_categories;
    bool all = false;
    if (tabular_) {
      other_excludes_ = OtherExcludes(from_, to_);
      for (const absl::string_view key : other_excludes_) {
        if (model::IsCode(key)) other_categories.insert(model::CategoryOf(key));
      }
      all = !InOneOrder(from_, in_from_, to_, in_to_);
    }
    for (const CategoryPages& pages : from_.categories()) {
      const auto it = in_to_.find(pages.key);
      if (all || it == in_to_.end() || pages.order != it->second->order ||
          (tabular_ && pages.tabular != it->second->tabular) ||
          (poa_ && pages.poa != it->second->poa) || other_categories.contains(pages.key)) {
        Mark(pages.first, pages.end);
      } else if (tabular_) {
        MarkByPlace(pages, *it->second);
      }
    }
  }

  // Of a category that is itself the same in both.
  void MarkByPlace(const CategoryPages& before, const CategoryPages& after) {
    // The category, or in 2013 what stands below one that is no concept.
    for (NodeIndex top = before.first; top < before.end; top = from_.node(top).end) {
      const NodeIndex a = from_.node(top).parent;
      const NodeIndex b = to_.node(after.first + (top - before.first)).parent;
      if (!SameAbove(a, b)) {
        Mark(top, from_.node(top).end);
      } else if (KeyOf(from_, a) != KeyOf(to_, b)) {
        // Another section that says the same: it bears on what lies directly in it alone.
        Mark(top, top + 1);
      }
    }
  }

  static absl::string_view KeyOf(const Image& image, NodeIndex node) {
    return node == kNoNode ? absl::string_view() : image.node(node).key;
  }

  // Whether the chapters and sections from `before` and `after` upwards say the same to all that
  // lies in them.
  bool SameAbove(NodeIndex before, NodeIndex after) {
    const auto [it, is_new] = same_above_.try_emplace({before, after}, false);
    if (is_new) {
      const auto a = Speaking(from_, before);
      const auto b = Speaking(to_, after);
      it->second = !NamesInAnotherWay(from_, before) && !NamesInAnotherWay(to_, after) &&
                   std::equal(a.begin(), a.end(), b.begin(), b.end(), [](auto* x, auto* y) {
                     return x->notes == y->notes && x->seventh_characters == y->seventh_characters;
                   });
    }
    return it->second;
  }

  // What stands on them and applies below.
  static std::vector<const model::TabularFacts*> Speaking(const Image& image, NodeIndex node) {
    std::vector<const model::TabularFacts*> found;
    for (; node != kNoNode; node = image.node(node).parent) {
      const model::TabularFacts& facts = image.node(node).structure->facts;
      if (!facts.notes.empty() || facts.seventh_characters.has_value()) found.push_back(&facts);
    }
    return found;
  }

  bool NamesInAnotherWay(const Image& image, NodeIndex node) const {
    for (; node != kNoNode; node = image.node(node).parent) {
      if (other_excludes_.contains(image.node(node).key)) return true;
    }
    return false;
  }

  // What is named by rows that one table alone has.
  void MarkConversion() {
    const std::set<const ConversionPage::Row*, ByContent> a(from_.conversion().begin(),
                                                            from_.conversion().end());
    const std::set<const ConversionPage::Row*, ByContent> b(to_.conversion().begin(),
                                                            to_.conversion().end());
    std::vector<const ConversionPage::Row*> differing;
    std::set_symmetric_difference(a.begin(), a.end(), b.begin(), b.end(),
                                  std::back_inserter(differing), ByContent());
    for (const ConversionPage::Row* row : differing) {
      if (const auto node = from_.Find(row->row.code)) Mark(*node, *node + 1);
      if (!row->previous.has_value()) continue;
      for (const model::PreviousCodes& together : *row->previous) {
        for (const PreviousTerm& term : together) MarkNamed(term);
      }
    }
  }

  void MarkNamed(const PreviousTerm& term) {
    const absl::string_view first = model::CategoryOf(term.first);
    const absl::string_view last = model::CategoryOf(term.last);
    if (first == last) {
      const auto it = in_from_.find(first);
      if (it != in_from_.end()) MarkNamed(term, *it->second);
      return;
    }
    for (const CategoryPages& pages : from_.categories()) {
      if (first <= pages.key && pages.key <= last) MarkNamed(term, pages);
    }
  }

  void MarkNamed(const PreviousTerm& term, const CategoryPages& pages) {
    for (NodeIndex node = pages.first; node < pages.end; ++node) {
      if (image::NamesBySpelling(term, from_.node(node).key)) wanted_[node] = true;
    }
  }

  void CompareCode(NodeIndex node) {
    const std::optional<NodeIndex> after = to_.Find(from_.node(node).key);
    if (!after.has_value()) {
      difference_.gone.push_back(node);
      return;
    }
    if (from_.node(node).billable && !to_.node(*after).billable) {
      difference_.now_headers.push_back(node);
    }
    for (EffectiveChange& change : CompareEffective(from_, node, to_, *after)) {
      const auto [it, is_new] = places_.try_emplace(
          {change.group, change.facet, change.level, change.origin}, difference_.causes.size());
      if (is_new) difference_.causes.push_back({std::move(change), {}});
      difference_.causes[it->second].codes.push_back(node);
    }
  }

  const Image& from_;
  const Image& to_;
  const bool tabular_;
  const bool poa_;
  const CategoriesByKey in_from_;
  const CategoriesByKey in_to_;
  absl::flat_hash_set<absl::string_view> other_excludes_;
  absl::flat_hash_map<std::pair<NodeIndex, NodeIndex>, bool> same_above_;
  // The nodes of `from_` that need comparing.
  std::vector<bool> wanted_;
  EffectiveDifference difference_;
  // The place of each change in `difference_.causes`.
  absl::flat_hash_map<std::tuple<FacetGroup, v1::Facet, v1::ChangeLevel, std::string>, size_t>
      places_;
};

}  // namespace

EffectiveDifference CompareAllEffective(const Image& from, const Image& to) {
  return AllComparison(from, to).Run();
}

}  // namespace codeset::query
