// Which pages a release consists of: those that can be reached from the roots of its facet
// groups, and those that it has on loan (storage/FORMAT.md §1).
//
//   for (PageNeed& need : RootsOf(spec)) queue.push_back(std::move(need));
//   ASSIGN_OR_RETURN(std::vector<PageNeed> below, ChildrenOf(need, text));
//
// A need says what the page is about, so that a page of right digest in a wrong place is found
// out.
//
// Thread-safe: values and free functions.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/image/image.h"
#include "storage/model/canonical.h"
#include "storage/model/digest.h"
#include "storage/model/release.h"

namespace codeset::portable {

// How much of what lies below a page is needed.
enum class Extent {
  kWhole,
  // Of a tabular list: chapters and sections, without categories.
  kStructure,
};

// A page that is needed.
struct PageNeed {
  model::FacetGroup group = model::FacetGroup::kOrder;
  model::Digest digest;
  // What its first line says after `codeset/1 `: `order category M99`.
  std::string name;
  Extent extent = Extent::kWhole;

  // Whether it names no other pages: it is a category.
  bool IsLeaf() const;
  // The node that it is about, `M99`; empty for the root of a group.
  std::string Node() const;
};

// The root page of a group.
PageNeed RootOf(model::FacetGroup group, const model::Digest& digest,
                Extent extent = Extent::kWhole);

// The root pages of what image::Image::Build reads: the release's own groups, then what is on
// loan, no page twice.
std::vector<PageNeed> RootsOf(const image::ImageSpec& spec);

// The pages that a page names and that are needed, in its order; none of a category. DATA_DAMAGED
// where the text is not that of the page, is malformed, or names a page twice.
absl::StatusOr<std::vector<PageNeed>> ChildrenOf(const PageNeed& need, absl::string_view text);

// Which pages have been named on the way down from the roots, so that each is gone into once. No
// page is about two things, and only a category is named by several pages: those that name others
// form a tree, however many there are. Not thread-safe.
class NamedPages {
 public:
  // Notes a page that is named; whether it is so for the first time. DATA_DAMAGED where the name
  // is another than before, or it is no category and was named already.
  absl::StatusOr<bool> Add(const PageNeed& need);

 private:
  // By their names, as PageNeed has them.
  absl::flat_hash_map<std::pair<model::FacetGroup, model::Digest>, std::string> names_;
};

// Goes through all pages that can be reached from `roots`, each once, a page after one that names
// it. `text_of` gives the text of a page, which must stay until the walk is over; null where it is
// not there. Errors: DATA_DAMAGED where a page is missing or malformed or is named as NamedPages
// forbids, and those of `visit`. Time and memory grow as the bytes of the pages do, whatever they
// say.
absl::Status WalkPages(
    const std::vector<PageNeed>& roots,
    absl::FunctionRef<const std::string*(const PageNeed& need)> text_of,
    absl::FunctionRef<absl::Status(const PageNeed& need, const std::string& text)> visit);

}  // namespace codeset::portable
