// What changed between two releases.
//
// A diff descends only into categories whose pages differ. One change is one facet of one
// concept; an added or deleted concept is one change. A facet whose group either release
// lacks is not compared and said to be so: no change that is not known is reported, and
// none is denied. How changes become messages and counts: storage/query/diff_messages.h.
//
//   for (const Change& change : Diff(*from, *to, {.billable_only = true})) { … }
//
// Thread-safe: free functions over immutable images.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "codeset/v1/releases.pb.h"
#include "storage/image/image.h"
#include "storage/query/note_edits.h"

namespace codeset::query {

// One facet of one concept that differs. Valid as long as both images are.
struct Change {
  v1::ChangeKind kind = v1::CHANGE_KIND_UNSPECIFIED;
  v1::Facet facet = v1::FACET_UNSPECIFIED;
  // In the first release; kNoNode if it does not exist there.
  image::NodeIndex before = image::kNoNode;
  // In the second release; kNoNode if it does not exist there.
  image::NodeIndex after = image::kNoNode;
  bool white_space_only = false;
  // For NOTES: the edits that the filter wants.
  std::vector<NoteEdit> note_edits;
};

// What to compare.
struct DiffFilter {
  // None means all.
  absl::flat_hash_set<v1::Facet> facets;
  // Only this concept (a key) and what lies below it, in either release.
  std::optional<std::string> under;
  // Only concepts that are billable in either release.
  bool billable_only = false;
  // Of notes only edits of these kinds, and only changes with such an edit; none means all.
  absl::flat_hash_set<v1::NoteKind> note_kinds;

  bool Wants(v1::Facet facet) const { return facets.empty() || facets.contains(facet); }
};

// Changes, and what it took to find them.
struct Difference {
  // In the tabular order of the second release, deletions where they stood.
  std::vector<Change> changes;
  // Categories whose concepts were compared, since a page of theirs is another or missing.
  int categories_compared = 0;
};

// All changes from `from` to `to`.
Difference Compare(const image::Image& from, const image::Image& to, const DiffFilter& filter);

// The changes alone.
std::vector<Change> Diff(const image::Image& from, const image::Image& to,
                         const DiffFilter& filter);

// False where changes may be missing, since the filter names a chapter or section and some
// category of either release could not be placed.
bool IsComplete(const image::Image& from, const image::Image& to, const DiffFilter& filter);

// Which of the wanted facets can be compared between the two.
std::vector<v1::FacetComparability> Comparabilities(const image::Image& from,
                                                    const image::Image& to,
                                                    const DiffFilter& filter);

}  // namespace codeset::query
