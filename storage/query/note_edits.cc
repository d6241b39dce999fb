#include "storage/query/note_edits.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"

namespace codeset::query {
namespace {

using model::Note;
using model::NoteKind;

// A line of one side that the other side lacks.
struct Line {
  // Among the lines of its kind on its side.
  size_t place = 0;
  NoteLine line;
  // Sorted.
  std::vector<std::string> words;
};

// The lines of one kind on one side, and the notes that they come from.
struct Side {
  std::vector<NoteLine> lines;
  std::vector<const Note*> notes;
};

using Sides = std::map<NoteKind, std::pair<Side, Side>>;

void Collect(const Note& note, Side& side) {
  side.notes.push_back(&note);
  for (const model::NoteGroup& group : note.groups) {
    NoteLine line;
    if (group.heading.has_value()) line.heading = *group.heading;
    if (group.items.empty()) side.lines.push_back(line);
    for (const std::string& item : group.items) {
      line.text = item;
      side.lines.push_back(line);
    }
  }
}

std::vector<std::string> WordsOf(const NoteLine& line) {
  const absl::string_view text = line.text.empty() ? line.heading.value_or("") : line.text;
  std::vector<std::string> words;
  for (absl::string_view word : absl::StrSplit(text, absl::ByAnyChar(" \t\r\n\v\f"))) {
    // What is not ASCII is a letter, for all that matters here.
    const auto is_punctuation = [](char c) { return absl::ascii_ispunct(c); };
    while (!word.empty() && is_punctuation(word.front())) word.remove_prefix(1);
    while (!word.empty() && is_punctuation(word.back())) word.remove_suffix(1);
    if (!word.empty()) words.push_back(absl::AsciiStrToLower(word));
  }
  std::sort(words.begin(), words.end());
  return words;
}

// Lines by heading and text; the places at which each stands, in order.
using Places =
    std::map<std::pair<std::optional<absl::string_view>, absl::string_view>, std::vector<size_t>>;

Places PlacesOf(const Side& side) {
  Places places;
  for (size_t i = 0; i < side.lines.size(); ++i) {
    places[{side.lines[i].heading, side.lines[i].text}].push_back(i);
  }
  return places;
}

// The lines of `side` that stand there more often than on the other.
std::vector<Line> LeftOver(const Side& side, const Places& own, const Places& other) {
  std::vector<Line> left;
  for (const auto& [key, places] : own) {
    const auto it = other.find(key);
    const size_t common = it == other.end() ? 0 : std::min(it->second.size(), places.size());
    for (size_t i = common; i < places.size(); ++i) {
      const NoteLine& line = side.lines[places[i]];
      left.push_back({places[i], line, WordsOf(line)});
    }
  }
  std::sort(left.begin(), left.end(),
            [](const Line& a, const Line& b) { return a.place < b.place; });
  return left;
}

// Two lines that may be one reworded.
struct Pair {
  size_t before = 0;
  size_t after = 0;
  // Likeness is twice `shared` over `all`.
  size_t shared = 0;
  size_t all = 0;
  bool other_heading = false;
  // What ties are broken by: how far the places are apart, and their sum.
  size_t apart = 0;
  size_t sum = 0;
};

bool ComesBefore(const Pair& a, const Pair& b) {
  if (a.shared * b.all != b.shared * a.all) return a.shared * b.all > b.shared * a.all;
  return std::tie(a.other_heading, a.apart, a.sum, a.before) <
         std::tie(b.other_heading, b.apart, b.sum, b.before);
}

// How many words two sorted lists have in common, each as often as both have it.
size_t CountShared(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  size_t shared = 0;
  for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end();) {
    const int order = i->compare(*j);
    if (order == 0) ++shared;
    if (order <= 0) ++i;
    if (order >= 0) ++j;
  }
  return shared;
}

std::vector<Pair> CandidatesOf(const std::vector<Line>& before, const std::vector<Line>& after) {
  std::vector<Pair> pairs;
  for (size_t i = 0; i < before.size(); ++i) {
    for (size_t j = 0; j < after.size(); ++j) {
      const Line& a = before[i];
      const Line& b = after[j];
      const size_t shared = CountShared(a.words, b.words);
      const size_t all = a.words.size() + b.words.size();
      if (all == 0 || 4 * shared < all) continue;
      pairs.push_back({i, j, shared, all, a.line.heading != b.line.heading,
                       std::max(a.place, b.place) - std::min(a.place, b.place), a.place + b.place});
    }
  }
  // Two pairs alike in all but `before` are crosswise, (i, j) and (j, i): they take nothing
  // from each other, so that it does not matter which comes first.
  std::sort(pairs.begin(), pairs.end(), ComesBefore);
  return pairs;
}

// An edit with the place by which it is sorted.
struct Placed {
  size_t place = 0;
  NoteEdit edit;
};

void CompareLines(NoteKind kind, const std::vector<Line>& before, const std::vector<Line>& after,
                  std::vector<NoteEdit>& edits) {
  std::vector<Placed> placed;
  std::set<size_t> used_before, used_after;
  for (const Pair& pair : CandidatesOf(before, after)) {
    if (used_before.count(pair.before) > 0 || used_after.count(pair.after) > 0) continue;
    used_before.insert(pair.before);
    used_after.insert(pair.after);
    placed.push_back(
        {after[pair.after].place,
         {v1::NOTE_EDIT_KIND_REWORDED, kind, before[pair.before].line, after[pair.after].line}});
  }
  for (size_t i = 0; i < before.size(); ++i) {
    if (used_before.count(i) > 0) continue;
    placed.push_back(
        {before[i].place, {v1::NOTE_EDIT_KIND_REMOVED, kind, before[i].line, std::nullopt}});
  }
  for (size_t j = 0; j < after.size(); ++j) {
    if (used_after.count(j) > 0) continue;
    placed.push_back(
        {after[j].place, {v1::NOTE_EDIT_KIND_ADDED, kind, std::nullopt, after[j].line}});
  }
  std::sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    return std::make_tuple(a.place, a.edit.after.has_value()) <
           std::make_tuple(b.place, b.edit.after.has_value());
  });
  for (const Placed& entry : placed) edits.push_back(entry.edit);
}

bool SameNotes(const Side& a, const Side& b) {
  return std::equal(a.notes.begin(), a.notes.end(), b.notes.begin(), b.notes.end(),
                    [](const Note* x, const Note* y) { return *x == *y; });
}

NoteEdit Rearranged(NoteKind kind) {
  return {v1::NOTE_EDIT_KIND_REARRANGED, kind, std::nullopt, std::nullopt};
}

}  // namespace

std::vector<NoteEdit> CompareNotes(const std::vector<Note>& before,
                                   const std::vector<Note>& after) {
  std::vector<NoteEdit> edits;
  if (before == after) return edits;
  Sides sides;
  for (const Note& note : before) Collect(note, sides[note.kind].first);
  for (const Note& note : after) Collect(note, sides[note.kind].second);
  for (const auto& [kind, both] : sides) {
    const auto& [a, b] = both;
    const Places places_a = PlacesOf(a);
    const Places places_b = PlacesOf(b);
    const std::vector<Line> left_a = LeftOver(a, places_a, places_b);
    const std::vector<Line> left_b = LeftOver(b, places_b, places_a);
    if (!left_a.empty() || !left_b.empty()) {
      CompareLines(kind, left_a, left_b, edits);
    } else if (!SameNotes(a, b)) {
      edits.push_back(Rearranged(kind));
    }
  }
  if (!edits.empty()) return edits;
  // Each kind's notes are the same: there are as many notes, and kinds follow each other
  // otherwise.
  std::set<NoteKind> displaced;
  for (size_t i = 0; i < before.size(); ++i) {
    if (before[i].kind != after[i].kind) displaced.insert(before[i].kind);
  }
  for (const NoteKind kind : displaced) edits.push_back(Rearranged(kind));
  return edits;
}

}  // namespace codeset::query
