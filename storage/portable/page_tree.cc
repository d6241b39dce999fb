#include "storage/portable/page_tree.h"

#include <deque>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"

namespace codeset::portable {
namespace {

using model::Digest;
using model::FacetGroup;

// What pages are about, as a message may hold it: pages from elsewhere may name anything.
std::string Shown(absl::string_view name) {
  constexpr size_t kShown = 100;
  return model::CleanName(model::CutUtf8(name, kShown));
}

absl::Status Damaged(const PageNeed& need, absl::string_view why) {
  return model::MakeError(model::Reason::kDataDamaged,
                          absl::StrCat("the page of ", Shown(need.name), ", ",
                                       model::FormatDigest(need.digest), ", ", why));
}

}  // namespace

bool PageNeed::IsLeaf() const {
  return absl::StartsWith(name, absl::StrCat(model::FacetGroupName(group), " category "));
}

std::string PageNeed::Node() const {
  const std::vector<std::string> words = absl::StrSplit(name, absl::MaxSplits(' ', 2));
  return words.size() == 3 ? words[2] : "";
}

PageNeed RootOf(FacetGroup group, const Digest& digest, Extent extent) {
  return {group, digest, absl::StrCat(model::FacetGroupName(group), " root"), extent};
}

std::vector<PageNeed> RootsOf(const image::ImageSpec& spec) {
  std::vector<PageNeed> roots;
  bool has_poa = false;
  for (const auto& [group, digest] : spec.groups) {
    roots.push_back(RootOf(group, digest));
    has_poa |= group == FacetGroup::kPoa;
  }
  if (spec.poa.has_value() && !has_poa) {
    roots.push_back(RootOf(FacetGroup::kPoa, spec.poa->root));
  }
  if (spec.lender.has_value()) {
    roots.push_back(RootOf(FacetGroup::kTabular, spec.lender->tabular_root, Extent::kStructure));
  }
  return roots;
}

absl::StatusOr<std::vector<PageNeed>> ChildrenOf(const PageNeed& need, absl::string_view text) {
  absl::string_view rest = text;
  if (!absl::ConsumePrefix(&rest, "codeset/1 ") || !absl::ConsumePrefix(&rest, need.name) ||
      !absl::StartsWith(rest, "\n")) {
    return Damaged(need, "is about something else");
  }
  std::vector<PageNeed> children;
  if (need.IsLeaf()) return children;
  absl::StatusOr<model::InnerPage> page = model::DecodeInner(text);
  if (!page.ok()) return Damaged(need, absl::StrCat("is malformed: ", page.status().message()));
  const absl::string_view group = model::FacetGroupName(need.group);
  children.reserve(page->children.size());
  absl::flat_hash_set<std::string> names;
  for (const model::PageChild& child : page->children) {
    PageNeed below{need.group, child.digest, absl::StrCat(group, " ", child.kind, " ", child.id),
                   need.extent};
    if (!names.insert(below.name).second) {
      return Damaged(need, absl::StrCat("names ", Shown(below.name), " twice"));
    }
    if (need.extent == Extent::kStructure && below.IsLeaf()) continue;
    children.push_back(std::move(below));
  }
  return children;
}

absl::StatusOr<bool> NamedPages::Add(const PageNeed& need) {
  const auto [place, added] =
      names_.try_emplace(std::make_pair(need.group, need.digest), need.name);
  if (added) return true;
  if (place->second != need.name) {
    return Damaged(need, absl::StrCat("is named as that of ", Shown(place->second), " too"));
  }
  if (!need.IsLeaf()) return Damaged(need, "is named twice");
  return false;
}

absl::Status WalkPages(
    const std::vector<PageNeed>& roots,
    absl::FunctionRef<const std::string*(const PageNeed& need)> text_of,
    absl::FunctionRef<absl::Status(const PageNeed& need, const std::string& text)> visit) {
  std::deque<PageNeed> due;
  NamedPages named;
  const auto name = [&](PageNeed need) -> absl::Status {
    ASSIGN_OR_RETURN(const bool first, named.Add(need));
    if (first) due.push_back(std::move(need));
    return absl::OkStatus();
  };
  for (const PageNeed& root : roots) RETURN_IF_ERROR(name(root));
  for (; !due.empty(); due.pop_front()) {
    const PageNeed& need = due.front();
    const std::string* const text = text_of(need);
    if (text == nullptr) return Damaged(need, "is missing");
    ASSIGN_OR_RETURN(std::vector<PageNeed> below, ChildrenOf(need, *text));
    RETURN_IF_ERROR(visit(need, *text));
    // What is pushed at the end leaves the first where it is.
    for (PageNeed& child : below) RETURN_IF_ERROR(name(std::move(child)));
  }
  return absl::OkStatus();
}

}  // namespace codeset::portable
