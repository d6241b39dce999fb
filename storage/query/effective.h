// What applies to a code in a release, and whether that is the same in two.
//
// By facet group:
// * ORDER: whether it is billable, its long and short title, and its parent where that is a code.
// * TABULAR: its parent where that is a section or chapter; its own tabular facts beside notes;
//   the notes that apply to it, nearest first, wherever they stand (effective_notes.h); the
//   7th-character definition that applies. Where a note or definition stands does not matter, so
//   that one which moves up whole changes nothing.
// * POA: whether it is exempt, by the list in force.
// * CONVERSION: the rows of the conversion table that name it, as current or previous code, by the
//   way codes are written (storage/image/conversion_index.h); not their numbers.
//
// Headers are compared as billable codes are.
//
//   for (const EffectiveChange& change : CompareEffective(*from, before, *to, after)) { … }
//
// Thread-safe: free functions over immutable images.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "codeset/v1/releases.pb.h"
#include "codeset/v1/verification.pb.h"
#include "storage/image/image.h"
#include "storage/model/digest.h"
#include "storage/model/release.h"

namespace codeset::query {

// Whether the group is known in the release: it has it, or, of POA, a list is in force.
bool IsKnown(const image::Image& image, model::FacetGroup group);

// Whether a code is exempt from present-on-admission reporting, where that group is known: it is
// billable and on the list in force.
bool IsExempt(const image::Node& node);

// The digest of what applies to a code, of every group that is known, in the order of
// kFacetGroups. storage/FORMAT.md has the canonical form. Equal digests of two releases mean that
// CompareEffective finds nothing in that group for the code, and other digests that it finds
// something. `node` is one of the order file's rows.
std::vector<std::pair<model::FacetGroup, model::Digest>> EffectiveDigests(const image::Image& image,
                                                                          image::NodeIndex node);

// Something that applies to a code and differs.
struct EffectiveChange {
  model::FacetGroup group = model::FacetGroup::kOrder;
  // UNSPECIFIED for CONVERSION. NOTES and SEVENTH_CHARACTERS may be inherited; all else is own.
  v1::Facet facet = v1::FACET_UNSPECIFIED;
  v1::ChangeLevel level = v1::CHANGE_LEVEL_UNSPECIFIED;
  // The key of the concept on which it stands: the code, or what it lies under in either release.
  std::string origin;

  friend bool operator==(const EffectiveChange&, const EffectiveChange&) = default;
};

// What applies to a code in both releases and differs, of the groups that both know; own changes
// first, then by how near the origin is. Both nodes are of one code.
//
// Where the notes that apply are not the same one after another, NOTES is reported of every origin
// of which other notes apply; if that is none, of the nearest that stands in another's place. A
// parent is reported of ORDER where a code is in either release, of TABULAR where a section or
// chapter is; once of each where it was the one and is the other. A definition of 7th characters
// that is another is reported of the concept on which the new one stands, or, where none applies
// any more, the old.
std::vector<EffectiveChange> CompareEffective(const image::Image& from, image::NodeIndex before,
                                              const image::Image& to, image::NodeIndex after);

// The same of all codes of a release.
struct EffectiveDifference {
  // One change and the codes that it bears on.
  struct Cause {
    EffectiveChange change;
    // Nodes of `from`, ascending.
    std::vector<image::NodeIndex> codes;
  };
  // Own changes first; by the tabular order of the first code, nearest origin first.
  std::vector<Cause> causes;
  // Codes that the second release lacks, ascending.
  std::vector<image::NodeIndex> gone;
  // Billable codes that are headers in the second release, ascending. They also have a cause of
  // facet BILLABLE.
  std::vector<image::NodeIndex> now_headers;
};

// Compares only codes on whose pages, or on what lies above whose categories, the releases
// differ, those that rows name which one table alone has, and those below an Excludes whose
// references are read or resolved in another way: it costs what changed (0.1 s between editions,
// and once an image about 30 ms for its references).
EffectiveDifference CompareAllEffective(const image::Image& from, const image::Image& to);

}  // namespace codeset::query
