// The classes of change that `release compare` counts and sets limits to: the kinds of change
// of a diff, and of notes what happened to each.
//
// Thread-safe: free functions over a constant table.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "codeset/v1/releases.pb.h"

namespace codeset::ctl {

// One class. A class of note edits has `kind` UNSPECIFIED, any other `edit`.
struct ChangeClass {
  std::string name;
  v1::ChangeKind kind = v1::CHANGE_KIND_UNSPECIFIED;
  v1::NoteEditKind edit = v1::NOTE_EDIT_KIND_UNSPECIFIED;
  // The facet that has to be compared for the count to be known.
  v1::Facet facet = v1::FACET_UNSPECIFIED;
};

// All classes, in the order in which they are told.
const std::vector<ChangeClass>& ChangeClasses();

// The class of this name, in any case; nullptr if there is none.
const ChangeClass* FindChangeClass(absl::string_view name);

// All names, joined by commas.
std::string ChangeClassNames();

}  // namespace codeset::ctl
