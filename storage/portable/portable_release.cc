#include "storage/portable/portable_release.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "storage/model/date.h"
#include "storage/model/edition_register.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"
#include "storage/portable/page_tree.h"

namespace codeset::portable {
namespace {

using model::Digest;
using model::FacetGroup;

// Not every text that stands in the place of an id is one.
absl::Status Damaged(absl::string_view id, absl::string_view why) {
  constexpr size_t kShown = 40;
  const std::string shown = model::CleanName(model::CutUtf8(id, kShown));
  return model::MakeError(model::Reason::kDataDamaged, absl::StrCat("release ", shown, ": ", why),
                          {{"release", shown}});
}

bool IsReleaseId(absl::string_view text) {
  const absl::StatusOr<model::ReleaseId> id = model::ReleaseId::Parse(text);
  return id.ok() && id->ToString() == text;
}

// How many lines of a page begin with `start`.
int LinesWith(absl::string_view text, absl::string_view start) {
  int count = 0;
  for (size_t at = 0; at < text.size();) {
    count += absl::StartsWith(text.substr(at), start) ? 1 : 0;
    const size_t end = text.find('\n', at);
    at = end == absl::string_view::npos ? text.size() : end + 1;
  }
  return count;
}

// The lines of a page but its first.
int Lines(absl::string_view text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n')) - 1;
}

int BillableRows(absl::string_view text) {
  int count = 0;
  size_t at = text.find('\n');
  while (at != absl::string_view::npos && at + 1 < text.size()) {
    const size_t tab = text.find('\t', at);
    count += tab != absl::string_view::npos && text.substr(tab, 3) == "\t1\t" ? 1 : 0;
    at = text.find('\n', at + 1);
  }
  return count;
}

void Count(const PageNeed& need, absl::string_view text, v1::ReleaseCounts& counts) {
  const bool leaf = need.IsLeaf();
  switch (need.group) {
    case FacetGroup::kOrder:
      if (!leaf) return;
      counts.set_categories(counts.categories() + 1);
      counts.set_order_rows(counts.order_rows() + Lines(text));
      counts.set_billable(counts.billable() + BillableRows(text));
      return;
    case FacetGroup::kTabular:
      if (leaf) {
        counts.set_diags(counts.diags() + LinesWith(text, "diag\t"));
      } else if (absl::StartsWith(need.name, "tabular chapter ")) {
        counts.set_chapters(counts.chapters() + 1);
      } else if (absl::StartsWith(need.name, "tabular section ")) {
        counts.set_sections(counts.sections() + 1);
      }
      return;
    case FacetGroup::kPoa:
      if (leaf) counts.set_poa_exempt(counts.poa_exempt() + Lines(text));
      return;
    case FacetGroup::kConversion:
      if (leaf) counts.set_conversion_rows(counts.conversion_rows() + Lines(text));
      return;
  }
}

}  // namespace

v1::Release BesideContent(v1::Release description) {
  // What is named here and nothing else: of a field that is new nobody has said that it travels.
  v1::Release kept;
  kept.mutable_sources()->Swap(description.mutable_sources());
  kept.mutable_disagreements()->Swap(description.mutable_disagreements());
  kept.set_base_release_id(description.base_release_id());
  kept.set_base_order_fingerprint(description.base_order_fingerprint());
  kept.DiscardUnknownFields();
  return kept;
}

absl::Status CheckSpec(const image::ImageSpec& spec) {
  const std::string& id = spec.release_id;
  const absl::StatusOr<model::ReleaseId> parsed = model::ReleaseId::Parse(id);
  if (!parsed.ok() || parsed->ToString() != id) return Damaged(id, "that is no release id");
  if (const absl::Status day = model::CheckEffectiveDate(*parsed, spec.effective); !day.ok()) {
    return Damaged(id, day.message());
  }
  bool has_tabular = false;
  const Digest* own_poa = nullptr;
  for (size_t i = 0; i < spec.groups.size(); ++i) {
    const auto& [group, digest] = spec.groups[i];
    if (i > 0 && !(spec.groups[i - 1].first < group)) return Damaged(id, "groups out of order");
    has_tabular |= group == FacetGroup::kTabular;
    if (group == FacetGroup::kPoa) own_poa = &digest;
  }
  if (spec.groups.empty() || spec.groups.front().first != FacetGroup::kOrder) {
    return Damaged(id, "it has no group order");
  }
  if (spec.lender.has_value() &&
      (has_tabular || spec.lender->release_id == id || !IsReleaseId(spec.lender->release_id))) {
    return Damaged(id, "what lends it chapters and sections does not");
  }
  if (own_poa != nullptr &&
      (!spec.poa.has_value() || spec.poa->release_id != id || spec.poa->root != *own_poa)) {
    return Damaged(id, "its own list of POA-exempt codes is not the one in force");
  }
  if (own_poa == nullptr && spec.poa.has_value() &&
      (spec.poa->release_id == id || !IsReleaseId(spec.poa->release_id))) {
    return Damaged(id, "the list of POA-exempt codes in force is no other release's");
  }
  return absl::OkStatus();
}

model::ReleaseOrder OrderOf(const PortableRelease& release) {
  return {release.spec.effective, model::ReleaseId::Parse(release.spec.release_id)->correction()};
}

bool Before(const PortableRelease& a, const PortableRelease& b) {
  const model::ReleaseOrder first = OrderOf(a), second = OrderOf(b);
  if (!(first == second)) return first < second;
  return a.spec.release_id < b.spec.release_id;
}

absl::StatusOr<v1::ReleaseCounts> ProveRelease(
    const image::ImageSpec& spec, const Pages& pages,
    absl::FunctionRef<void(FacetGroup group, const Digest& digest)> used) {
  RETURN_IF_ERROR(CheckSpec(spec));
  v1::ReleaseCounts counts, on_loan;
  const auto text_of = [&](const PageNeed& need) {
    // The texts stay as long as `pages` does.
    return pages.Find(need.group, need.digest).get();
  };
  const auto prove = [&](const std::vector<PageNeed>& roots, v1::ReleaseCounts& into) {
    const absl::Status walked =
        WalkPages(roots, text_of, [&](const PageNeed& need, const std::string& text) {
          used(need.group, need.digest);
          Count(need, text, into);
          return absl::OkStatus();
        });
    return walked.ok() ? walked : Damaged(spec.release_id, walked.message());
  };
  std::vector<PageNeed> roots = RootsOf(spec);
  const auto own = static_cast<std::ptrdiff_t>(spec.groups.size());
  const std::vector<PageNeed> lent(roots.begin() + own, roots.end());
  roots.resize(spec.groups.size());
  RETURN_IF_ERROR(prove(roots, counts));
  RETURN_IF_ERROR(prove(lent, on_loan));
  return counts;
}

absl::StatusOr<model::PageSet> PageSetOf(const Pages& pages, FacetGroup group, const Digest& root) {
  model::PageSet set;
  RETURN_IF_ERROR(WalkPages(
      {RootOf(group, root)},
      [&](const PageNeed& need) { return pages.Find(need.group, need.digest).get(); },
      [&](const PageNeed& need, const std::string& text) {
        set.pages.push_back({need.Node(), need.digest, text});
        return absl::OkStatus();
      }));
  // A page came after one that names it, though perhaps before another that does.
  std::reverse(set.pages.begin(), set.pages.end());
  return set;
}

}  // namespace codeset::portable
