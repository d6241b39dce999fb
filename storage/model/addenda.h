// The publisher's order addenda: how the order files of two releases differ, one line
// a row, closed by a trailer of counts. What is read from a published file (by
// storage/source) and what is computed here have the same form, so that the one proves
// the other.
//
// Thread-safe: values and free functions.
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "storage/model/release.h"

namespace codeset::model {

// What a line says. A billable code that becomes a header is a deletion of the code and
// an addition of the header.
enum class AddendaAction { kAdd, kDelete, kReviseFrom, kReviseTo };

// One line.
struct AddendaLine {
  AddendaAction action = AddendaAction::kAdd;
  bool billable = false;
  // Without its dot.
  std::string code;
  std::string short_title;
  std::string long_title;

  friend auto operator<=>(const AddendaLine&, const AddendaLine&) = default;
};

// The counts of the trailer, for headers or for billable codes.
struct AddendaTally {
  int old_rows = 0;
  int new_rows = 0;
  int additions = 0;
  int deletions = 0;
  // Pairs of revision lines; the next three sum up to it.
  int revisions = 0;
  int both_titles = 0;
  int long_only = 0;
  int short_only = 0;

  friend bool operator==(const AddendaTally&, const AddendaTally&) = default;
};

// The trailer.
struct AddendaTrailer {
  std::string old_file;
  std::string new_file;
  AddendaTally headers;
  AddendaTally codes;
};

// A whole addenda file.
struct Addenda {
  std::vector<AddendaLine> lines;
  AddendaTrailer trailer;
};

// True if two titles are the same but for white space, which the publisher's comparison
// does not see.
bool SameButForWhiteSpace(absl::string_view a, absl::string_view b);

// The addenda that turn `base` into `next`, sorted by code, deletions before additions.
// The trailer's file names are left empty. Edits of white space alone are left out, as
// the publisher does.
Addenda ComputeAddenda(const OrderFacts& base, const OrderFacts& next);

// One line in the publisher's layout, without line end: the action in 13 characters,
// flag, code in 7, short title in 60, long title.
std::string FormatAddendaLine(const AddendaLine& line);

// The trailer in the publisher's layout, with CRLF line ends, opening with an empty line.
std::string FormatAddendaTrailer(const AddendaTrailer& trailer);

}  // namespace codeset::model
