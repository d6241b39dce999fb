// What became of the entries of a code list that was drawn up for one release and is to be
// used with another.
//
// An entry is a code, a pattern (`E11.-`) or a range (`S72.0-S72.9`); chapters are none, and
// two categories with a dash are a range even where a section has that id. What an entry
// names is told by the first release; what a pattern or range takes in besides in the second
// is added as NEWLY_MATCHED. An end of a range that the second release lacks stands there
// between those of its neighbours in the first release that are still there, and beside
// what is new between them by its spelling.
//
//   const CodeListCheck check(*from, *to);
//   const CodeListCheck::Entry entry = check.Read("E11.-");
//   for (size_t i = 0; i < entry.codes.size(); ++i) { check.RowOf(entry, i) … }
//
// Thread-safe because immutable; both images outlive it.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/code_list.pb.h"
#include "storage/image/image.h"

namespace codeset::query {

// See above.
class CodeListCheck {
 public:
  // What one row is about.
  struct Code {
    // In the first release; kNoNode if it is not there.
    image::NodeIndex before = image::kNoNode;
    // In the second release; kNoNode if it is not there.
    image::NodeIndex after = image::kNoNode;
    // A pattern or range takes it in in the second release alone.
    bool newly_matched = false;
    // The entry's error is told here.
    bool tells_error = false;
  };

  // What an entry names, one element a row; never empty.
  struct Entry {
    std::vector<Code> codes;
    // CONCEPT_NOT_FOUND for UNKNOWN; another reason for MALFORMED; else OK.
    absl::Status error;
    // The key of the one code that is named but UNKNOWN; else empty.
    std::string unknown;
  };

  CodeListCheck(const image::Image& from, const image::Image& to);

  // Reads an entry as people write it.
  Entry Read(absl::string_view text) const;

  // The row of `entry.codes[place]`, without entry and its index.
  v1::CodeListRow RowOf(const Entry& entry, size_t place) const;

  // About what the codes of both releases take here, beside the images.
  size_t held_bytes() const;

  // Whether notes are compared: both releases have tabular facts of their own.
  bool notes_compared() const { return notes_compared_; }

 private:
  // The codes of one release in the order of the order file.
  struct Side {
    const image::Image* image = nullptr;
    std::vector<image::NodeIndex> rows;
    // Places in `rows` at which a category's codes begin and end, by the category's key.
    absl::flat_hash_map<absl::string_view, std::pair<size_t, size_t>> categories;
  };
  // Places in the rows of a side: from the first to one before the second.
  using Run = std::pair<size_t, size_t>;

  static Side SideOf(const image::Image& image);
  static size_t PlaceOf(const Side& side, image::NodeIndex node);
  static Run CategoryRun(const Side& side, absl::string_view prefix);

  Entry ReadCode(absl::string_view text) const;
  Entry ReadPattern(absl::string_view text) const;
  Entry ReadRange(absl::string_view first, absl::string_view last) const;
  // Where a range that is `run` in the first release begins and ends in the second.
  Run RunInSecond(const Run& run, absl::string_view first, absl::string_view last) const;
  // The billable codes of `before` that begin with `prefix` and what became of them, with
  // those of `after` that are new, in the tabular order of the second release; the gone ones
  // follow what they followed.
  std::vector<Code> Match(const Run& before, const Run& after, absl::string_view prefix) const;

  void TellNotes(image::NodeIndex before, image::NodeIndex after, v1::CodeListRow& row) const;

  Side from_;
  Side to_;
  bool notes_compared_;
};

}  // namespace codeset::query
