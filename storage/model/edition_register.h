// The register of editions: which are known to have been published, loaded or not, when
// each took effect, and which facet groups it changed. It is what lets the server refuse
// a date whose edition nobody loaded.
//
//   EditionRegister editions = EditionRegister::BuiltIn();
//   ASSIGN_OR_RETURN(editions, editions.Extend(text, "editions.txt"));
//
// Its text has one edition a line: id, first day in force, and the changed groups with
// commas between them, or `-` for none; `#` begins a comment:
//
//   2026-04  2026-04-01  tabular   # notes and index only
//
// Thread-safe because immutable.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/model/date.h"
#include "storage/model/release.h"
#include "storage/model/release_id.h"

namespace codeset::model {

// An edition that was published.
struct Edition {
  ReleaseId id;
  // First day in force.
  Date effective;
  // The groups that it changed against the edition before, in the order of kFacetGroups.
  std::vector<FacetGroup> changed;

  ReleaseOrder order() const { return {effective, id.correction()}; }
  bool Changed(FacetGroup group) const;
};

// Whether a release of this id can take effect on this day: not before the day that its id
// says, and within the same fiscal year. ARGUMENT_INVALID says what is wrong.
absl::Status CheckEffectiveDate(const ReleaseId& id, Date effective);

// See above.
class EditionRegister {
 public:
  // The editions that ship with the project.
  static EditionRegister BuiltIn();

  // A register of the given editions, in any order.
  explicit EditionRegister(std::vector<Edition> editions);

  // This register with the editions of `text` added; one that it has already is replaced.
  // ARGUMENT_INVALID names file and line of what cannot be read, or stands twice in `text`.
  absl::StatusOr<EditionRegister> Extend(absl::string_view text, absl::string_view file) const;

  // By (effective date, correction), oldest first.
  const std::vector<Edition>& editions() const { return editions_; }

 private:
  std::vector<Edition> editions_;
};

}  // namespace codeset::model
