// Which notes of a release apply to a concept. The one place that decides it: what is told of a
// concept (effective_notes.h) and what is compared between releases (effective.h) both ask here.
//
//   for (const AppliedNote& applied : AppliedNotes(image, node)) {
//     for (const AppliedGroup& group : GroupsOf(applied)) Show(group.heading(), group.items);
//   }
//
// Thread-safe: free functions over an immutable image.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "storage/image/image.h"
#include "storage/model/release.h"

namespace codeset::query {

// What may have notes that apply to a concept: itself, or something above it.
struct NoteOrigin {
  // In 2013 it may be a code that the order file has no row of.
  absl::string_view key;
  // Never null.
  const model::TabularFacts* facts = nullptr;
};

// The concept and what lies above it, as far as the release's own tabular list speaks of it,
// nearest first. None where the release has no tabular list.
std::vector<NoteOrigin> NoteOriginsOf(const image::Image& image, image::NodeIndex node);

// Something in a note that does not apply to the concept.
struct LeftOut {
  // Of a group that is left out as a whole.
  static constexpr int kWholeGroup = -1;

  size_t group = 0;
  int item = kWholeGroup;

  friend bool operator==(const LeftOut&, const LeftOut&) = default;
};

// A note that applies to a concept. Valid as long as the image is.
struct AppliedNote {
  NoteOrigin origin;
  // Its place in the origin's notes.
  size_t note = 0;
  // What of it does not apply, by its place; of an Excludes alone, and never all of it.
  std::vector<LeftOut> left_out;

  const model::Note& text() const { return origin.facts->notes[note]; }
};

// The notes that apply, nearest origin first, by the rules of effective_notes.h.
std::vector<AppliedNote> AppliedNotes(const image::Image& image, image::NodeIndex node);

// A group of a note, as far as it applies.
struct AppliedGroup {
  // Its place in the note.
  size_t group = 0;
  // The places of the items that apply.
  std::vector<size_t> items;
};

// The groups of which something applies; at least one.
std::vector<AppliedGroup> GroupsOf(const AppliedNote& applied);

// The words that apply, as lines of the canonical form (storage/FORMAT.md §1.2).
void AppendNoteLines(std::string* text, const AppliedNote& applied);

// Whether two notes, of two releases perhaps, say the same to the concepts that they apply to:
// AppendNoteLines writes the same of both.
bool SaysTheSame(const AppliedNote& a, const AppliedNote& b);

}  // namespace codeset::query
