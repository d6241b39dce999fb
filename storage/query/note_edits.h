// What happened to the notes of one concept between two releases, item by item.
//
// The unit is a line: an item with its kind and the heading that it stands under (a heading
// without items is a line of its own). Equal lines are taken off both sides first, each as
// often as it stands on both. Of what is left, lines of one kind are paired as REWORDED by
// the likeness of their words, 2 * |in both| / (|in one| + |in the other|), counting words as
// often as they occur; pairs below 1/2 are none. The likest pair comes first, then one under
// the same heading, then one whose places are nearest to each other (|i - j|, i + j): nothing
// tells the two sides apart, so that the edits from B to A mirror those from A to B. What is
// then left was ADDED or REMOVED.
//
// The words of a line are those of its item, or of its heading where it has no item: items
// under one long heading would all be alike otherwise. A word is what stands between white
// space, without the punctuation at its ends, in lower case: `(E11.-),` is `e11`.
//
// A kind whose lines are all the same, but whose notes are not (another order, other groups or
// containers), has one edit REARRANGED. Where each kind's notes are the same and only the
// order in which kinds follow each other differs, every kind that stands in another's place
// has one.
//
// Thread-safe: a free function over values.
#pragma once

#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "codeset/v1/releases.pb.h"
#include "storage/model/release.h"

namespace codeset::query {

// An item and its heading. Views into the notes that it was read from.
struct NoteLine {
  std::optional<absl::string_view> heading;
  // Empty for a heading without items.
  absl::string_view text;

  friend bool operator==(const NoteLine&, const NoteLine&) = default;
};

// What happened to one line, or, if REARRANGED, to all of a kind.
struct NoteEdit {
  v1::NoteEditKind kind = v1::NOTE_EDIT_KIND_UNSPECIFIED;
  model::NoteKind note_kind = model::NoteKind::kNote;
  // Absent for ADDED and REARRANGED.
  std::optional<NoteLine> before;
  // Absent for REMOVED and REARRANGED.
  std::optional<NoteLine> after;

  friend bool operator==(const NoteEdit&, const NoteEdit&) = default;
};

// The edits that turn `before` into `after`, kind by kind in the order of their numbers, within
// a kind by place (that in `before` for what was removed). Empty exactly if the two are equal.
// The edits point into both.
std::vector<NoteEdit> CompareNotes(const std::vector<model::Note>& before,
                                   const std::vector<model::Note>& after);

}  // namespace codeset::query
