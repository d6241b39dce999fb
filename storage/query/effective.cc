#include "storage/query/effective.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "storage/image/concept.h"
#include "storage/image/conversion_index.h"
#include "storage/model/date.h"
#include "storage/model/effective_poa.h"
#include "storage/model/tabular_lines.h"
#include "storage/query/applied_notes.h"
#include "storage/query/seventh_characters.h"

namespace codeset::query {
namespace {

using image::Image;
using image::kNoNode;
using image::Node;
using image::NodeIndex;
using model::FacetGroup;

// The key of the parent where that is a code, or where it is a section or chapter; else empty.
enum class ParentKind { kCode, kStructure };
absl::string_view ParentOf(const Image& image, NodeIndex node, ParentKind kind) {
  const NodeIndex parent = image.node(node).parent;
  if (parent == kNoNode) return "";
  const bool is_code = image.node(parent).row != nullptr;
  return is_code == (kind == ParentKind::kCode) ? image.node(parent).key : absl::string_view();
}

bool IsPlaceholder(const Node& node) { return node.diag != nullptr && node.diag->placeholder; }

const std::vector<model::VisualCategory>& VisualTableOf(const Image& image, NodeIndex node) {
  static const std::vector<model::VisualCategory> kNone;
  const model::TabularFacts* facts = image::FactsOf(image, node);
  return facts == nullptr ? kNone : facts->visual_impairment;
}

// The list may be an earlier edition's, in which what is a header here was a code.

// The rows of the conversion table that name the code, as lines; sorted, each once.
std::vector<std::string> ConversionLines(const Image& image, NodeIndex node) {
  std::vector<std::string> lines;
  for (const image::ConversionPage::Row* row :
       image.conversion_index().Naming(image.node(node).key)) {
    lines.push_back(absl::StrCat("row\t", row->row.code, "\t",
                                 model::FormatDate(row->row.effective), "\t", row->row.previous,
                                 "\n"));
  }
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  return lines;
}

void AppendField(std::string* text, absl::string_view name, absl::string_view value) {
  absl::StrAppend(text, name, "\t", value, "\n");
}

void AppendOrder(const Image& image, NodeIndex node, std::string* text) {
  const Node& self = image.node(node);
  AppendField(text, "billable", self.billable ? "1" : "0");
  AppendField(text, "short-title", self.row->short_title);
  AppendField(text, "title", self.row->long_title);
  const absl::string_view parent = ParentOf(image, node, ParentKind::kCode);
  if (!parent.empty()) AppendField(text, "parent", parent);
}

void AppendTabular(const Image& image, NodeIndex node, std::string* text) {
  const absl::string_view parent = ParentOf(image, node, ParentKind::kStructure);
  if (!parent.empty()) AppendField(text, "parent", parent);
  if (const auto title = image::TabularTitleOf(image, node); title.has_value()) {
    AppendField(text, "tabular-title", *title);
  }
  AppendField(text, "placeholder", IsPlaceholder(image.node(node)) ? "1" : "0");
  for (const AppliedNote& applied : AppliedNotes(image, node)) AppendNoteLines(text, applied);
  if (const auto found = FindSeventhCharacters(image, node); found.has_value()) {
    model::AppendSeventhCharacterLines(text, *found->definition);
  }
  model::AppendVisualImpairmentLines(text, VisualTableOf(image, node));
}

// Compares one code of two releases.
class Comparison {
 public:
  Comparison(const Image& from, NodeIndex before, const Image& to, NodeIndex after)
      : from_(from), before_(before), to_(to), after_(after) {}

  std::vector<EffectiveChange> Run() {
    CompareOrder();
    if (BothKnow(FacetGroup::kTabular)) CompareTabular();
    if (BothKnow(FacetGroup::kPoa) && IsExempt(from_.node(before_)) != IsExempt(to_.node(after_))) {
      AddOwn(FacetGroup::kPoa, v1::FACET_POA_EXEMPTION);
    }
    if (BothKnow(FacetGroup::kConversion) &&
        ConversionLines(from_, before_) != ConversionLines(to_, after_)) {
      AddOwn(FacetGroup::kConversion, v1::FACET_UNSPECIFIED);
    }
    own_.insert(own_.end(), inherited_.begin(), inherited_.end());
    return std::move(own_);
  }

 private:
  bool BothKnow(FacetGroup group) const { return IsKnown(from_, group) && IsKnown(to_, group); }

  absl::string_view key() const { return to_.node(after_).key; }

  void AddOwn(FacetGroup group, v1::Facet facet) {
    own_.push_back({group, facet, v1::CHANGE_LEVEL_OWN, std::string(key())});
  }

  // What stands on `origin`.
  void AddTabular(v1::Facet facet, absl::string_view origin) {
    if (origin == key()) return AddOwn(FacetGroup::kTabular, facet);
    inherited_.push_back(
        {FacetGroup::kTabular, facet, v1::CHANGE_LEVEL_INHERITED, std::string(origin)});
  }

  void CompareOrder() {
    const Node& a = from_.node(before_);
    const Node& b = to_.node(after_);
    if (a.billable != b.billable) AddOwn(FacetGroup::kOrder, v1::FACET_BILLABLE);
    if (a.row->long_title != b.row->long_title) AddOwn(FacetGroup::kOrder, v1::FACET_TITLE);
    if (a.row->short_title != b.row->short_title) AddOwn(FacetGroup::kOrder, v1::FACET_SHORT_TITLE);
    CompareParents(FacetGroup::kOrder, ParentKind::kCode);
  }

  void CompareParents(FacetGroup group, ParentKind kind) {
    if (ParentOf(from_, before_, kind) != ParentOf(to_, after_, kind)) {
      AddOwn(group, v1::FACET_PARENT);
    }
  }

  void CompareTabular() {
    CompareParents(FacetGroup::kTabular, ParentKind::kStructure);
    CompareWhatIsInherited();
    if (VisualTableOf(from_, before_) != VisualTableOf(to_, after_) ||
        IsPlaceholder(from_.node(before_)) != IsPlaceholder(to_.node(after_)) ||
        image::TabularTitleOf(from_, before_) != image::TabularTitleOf(to_, after_)) {
      AddOwn(FacetGroup::kTabular, v1::FACET_TABULAR_OTHER);
    }
  }

  void CompareWhatIsInherited() {
    const std::vector<AppliedNote> a = AppliedNotes(from_, before_);
    const std::vector<AppliedNote> b = AppliedNotes(to_, after_);
    const bool notes_differ = !std::equal(a.begin(), a.end(), b.begin(), b.end(), SaysTheSame);
    const std::optional<absl::string_view> seventh = OtherSeventhCharacters();
    if (!notes_differ && !seventh.has_value()) return;
    const std::vector<absl::string_view> origins = Origins();
    std::vector<absl::string_view> differing;
    if (notes_differ) differing = DifferingOrigins(a, b, origins);
    for (const absl::string_view origin : origins) {
      if (std::find(differing.begin(), differing.end(), origin) != differing.end()) {
        AddTabular(v1::FACET_NOTES, origin);
      }
      if (seventh == origin) AddTabular(v1::FACET_SEVENTH_CHARACTERS, origin);
    }
  }

  // Where the definition of 7th characters stands if another one applies, or one no longer does.
  std::optional<absl::string_view> OtherSeventhCharacters() const {
    const auto a = FindSeventhCharacters(from_, before_);
    const auto b = FindSeventhCharacters(to_, after_);
    if (!a.has_value() && !b.has_value()) return std::nullopt;
    if (!b.has_value()) return a->origin;
    if (a.has_value() && *a->definition == *b->definition) return std::nullopt;
    return b->origin;
  }

  // What the code is or lies under in either release, nearest first. What only the first has
  // stands before the next that both have.
  std::vector<absl::string_view> Origins() const {
    const std::vector<NoteOrigin> a = NoteOriginsOf(from_, before_);
    const std::vector<NoteOrigin> b = NoteOriginsOf(to_, after_);
    const auto place_of = [](const std::vector<NoteOrigin>& in, absl::string_view key) {
      return std::find_if(in.begin(), in.end(), [&](const auto& one) { return one.key == key; });
    };
    std::vector<absl::string_view> origins;
    auto next = b.begin();
    for (const NoteOrigin& one : a) {
      const auto same = place_of(b, one.key);
      if (same == b.end()) origins.push_back(one.key);
      while (same != b.end() && next <= same) origins.push_back(next++->key);
    }
    while (next != b.end()) origins.push_back(next++->key);
    return origins;
  }

  // Of two different sequences of notes, the origins of which other notes apply.
  static std::vector<absl::string_view> DifferingOrigins(
      const std::vector<AppliedNote>& a, const std::vector<AppliedNote>& b,
      const std::vector<absl::string_view>& origins) {
    const auto notes_of = [](const std::vector<AppliedNote>& in, absl::string_view key) {
      // Those of one origin stand side by side.
      const auto is_of = [&](const AppliedNote& one) { return one.origin.key == key; };
      const auto begin = std::find_if(in.begin(), in.end(), is_of);
      return absl::MakeConstSpan(in).subspan(
          static_cast<size_t>(begin - in.begin()),
          static_cast<size_t>(std::find_if_not(begin, in.end(), is_of) - begin));
    };
    std::vector<absl::string_view> differing;
    for (const absl::string_view origin : origins) {
      const auto x = notes_of(a, origin);
      const auto y = notes_of(b, origin);
      if (!std::equal(x.begin(), x.end(), y.begin(), y.end(), SaysTheSame)) {
        differing.push_back(origin);
      }
    }
    if (!differing.empty()) return differing;
    // The same origins in another order: there are as many notes in both.
    const auto first =
        std::mismatch(a.begin(), a.end(), b.begin(),
                      [](const auto& x, const auto& y) { return x.origin.key == y.origin.key; });
    return {first.second->origin.key};
  }

  const Image& from_;
  const NodeIndex before_;
  const Image& to_;
  const NodeIndex after_;
  std::vector<EffectiveChange> own_;
  std::vector<EffectiveChange> inherited_;
};

}  // namespace

bool IsExempt(const image::Node& node) { return node.billable && node.poa_exempt; }

bool IsKnown(const Image& image, FacetGroup group) {
  return group == FacetGroup::kPoa ? !image.poa_from().empty() : image.Has(group);
}

std::vector<std::pair<FacetGroup, model::Digest>> EffectiveDigests(const Image& image,
                                                                   NodeIndex node) {
  std::vector<std::pair<FacetGroup, model::Digest>> digests;
  for (const FacetGroup group : model::kFacetGroups) {
    if (!IsKnown(image, group)) continue;
    std::string text = absl::StrCat("codeset/1 effective ", model::FacetGroupName(group), " ",
                                    image.node(node).key, "\n");
    switch (group) {
      case FacetGroup::kOrder:
        AppendOrder(image, node, &text);
        break;
      case FacetGroup::kTabular:
        AppendTabular(image, node, &text);
        break;
      case FacetGroup::kPoa:
        digests.emplace_back(
            group, model::EffectivePoaDigest(image.node(node).key, IsExempt(image.node(node))));
        continue;
      case FacetGroup::kConversion:
        for (const std::string& line : ConversionLines(image, node)) text += line;
        break;
    }
    digests.emplace_back(group, model::DigestOf(text));
  }
  return digests;
}

std::vector<EffectiveChange> CompareEffective(const Image& from, NodeIndex before, const Image& to,
                                              NodeIndex after) {
  return Comparison(from, before, to, after).Run();
}

}  // namespace codeset::query
