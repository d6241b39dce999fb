#include "storage/query/note_edits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/hand_made.h"

namespace codeset::query {
namespace {

using model::Note;
using model::NoteKind;
using testing::PlainNote;

Note Headed(NoteKind kind, std::vector<model::NoteGroup> groups) {
  return {kind, std::move(groups)};
}

std::string Shown(const NoteLine& line) {
  return absl::StrCat(line.heading.has_value() ? absl::StrCat("[", *line.heading, "] ") : "",
                      line.text);
}

// `excludes1 +new`, `excludes1 -old`, `excludes1 old => new`, `excludes1 ~`.
std::vector<std::string> Lines(const std::vector<Note>& before, const std::vector<Note>& after) {
  std::vector<std::string> lines;
  for (const NoteEdit& edit : CompareNotes(before, after)) {
    std::string line = absl::StrCat(model::NoteKindName(edit.note_kind), " ");
    switch (edit.kind) {
      case v1::NOTE_EDIT_KIND_ADDED:
        absl::StrAppend(&line, "+", Shown(*edit.after));
        break;
      case v1::NOTE_EDIT_KIND_REMOVED:
        absl::StrAppend(&line, "-", Shown(*edit.before));
        break;
      case v1::NOTE_EDIT_KIND_REWORDED:
        absl::StrAppend(&line, Shown(*edit.before), " => ", Shown(*edit.after));
        break;
      default:
        absl::StrAppend(&line, "~");
    }
    lines.push_back(line);
  }
  return lines;
}

struct Case {
  const char* name;
  std::vector<Note> before;
  std::vector<Note> after;
  std::vector<std::string> edits;
};

class NoteEditsTest : public ::testing::TestWithParam<Case> {};

TEST_P(NoteEditsTest, TellsWhatHappenedToEachLine) {
  EXPECT_EQ(Lines(GetParam().before, GetParam().after), GetParam().edits);
}

// The edits backwards are those forwards with their sides exchanged.
TEST_P(NoteEditsTest, MirrorsItself) {
  std::vector<NoteEdit> forwards = CompareNotes(GetParam().before, GetParam().after);
  for (NoteEdit& edit : forwards) {
    std::swap(edit.before, edit.after);
    edit.kind = edit.kind == v1::NOTE_EDIT_KIND_ADDED     ? v1::NOTE_EDIT_KIND_REMOVED
                : edit.kind == v1::NOTE_EDIT_KIND_REMOVED ? v1::NOTE_EDIT_KIND_ADDED
                                                          : edit.kind;
  }
  EXPECT_THAT(CompareNotes(GetParam().after, GetParam().before),
              ::testing::UnorderedElementsAreArray(forwards));
}

constexpr NoteKind kEx1 = NoteKind::kExcludes1;
constexpr NoteKind kEx2 = NoteKind::kExcludes2;
constexpr NoteKind kUse = NoteKind::kUseAdditionalCode;

std::vector<Case> Cases() {
  return {
      {"equal", {PlainNote(kEx1, {"a"})}, {PlainNote(kEx1, {"a"})}, {}},
      {"added_and_removed_where_no_word_is_shared",
       {PlainNote(kEx1, {"anthrax (A22.-)", "brucellosis"})},
       {PlainNote(kEx1, {"anthrax (A22.-)", "cholera (A00.-)"})},
       {"excludes1 -brucellosis", "excludes1 +cholera (A00.-)"}},
      {"reworded_from_half_of_the_words_on",
       {PlainNote(kEx1, {"acute viral fever"})},
       {PlainNote(kEx1, {"acute"})},
       {"excludes1 acute viral fever => acute"}},
      {"not_reworded_below_half",
       {PlainNote(kEx1, {"acute viral fever (A01)"})},
       {PlainNote(kEx1, {"acute"})},
       {"excludes1 -acute viral fever (A01)", "excludes1 +acute"}},
      {"case_and_punctuation_do_not_tell_words_apart",
       {PlainNote(kEx1, {"Gout, (M10.-)"})},
       {PlainNote(kEx1, {"gout M10"})},
       {"excludes1 Gout, (M10.-) => gout M10"}},
      {"a_word_counts_as_often_as_it_stands",
       {PlainNote(kEx1, {"burn burn burn"})},
       {PlainNote(kEx1, {"burn of an eye or lid"})},
       {"excludes1 -burn burn burn", "excludes1 +burn of an eye or lid"}},
      {"the_most_alike_first_whatever_their_places",
       {PlainNote(kEx1, {"pain in hip", "pain in left hip and knee"})},
       {PlainNote(kEx1, {"pain in left hip or knee", "pain in thumb"})},
       {"excludes1 pain in left hip and knee => pain in left hip or knee",
        "excludes1 pain in hip => pain in thumb"}},
      {"equally_alike_by_heading_first",
       {Headed(kUse, {{"first:", {"drug one"}}, {"second:", {"drug two"}}})},
       {Headed(kUse, {{"second:", {"drug three"}}, {"first:", {"drug four"}}})},
       {"useAdditionalCode [second:] drug two => [second:] drug three",
        "useAdditionalCode [first:] drug one => [first:] drug four"}},
      {"equally_alike_by_place_next",
       {PlainNote(kEx1, {"drug one", "drug two"})},
       {PlainNote(kEx1, {"drug three", "drug four"})},
       {"excludes1 drug one => drug three", "excludes1 drug two => drug four"}},
      {"a_long_heading_makes_no_items_alike",
       {Headed(kUse, {{"code to identify control using:", {"insulin"}}})},
       {Headed(kUse, {{"code to identify control using:", {"tablets"}}})},
       {"useAdditionalCode -[code to identify control using:] insulin",
        "useAdditionalCode +[code to identify control using:] tablets"}},
      {"the_heading_alone_is_reworded",
       {Headed(kUse, {{"code for:", {"insulin"}}})},
       {Headed(kUse, {{"code to identify:", {"insulin"}}})},
       {"useAdditionalCode [code for:] insulin => [code to identify:] insulin"}},
      {"a_heading_without_items_is_a_line",
       {Headed(kUse, {{"code for drug, if known:", {}}})},
       {Headed(kUse, {{"code for drug:", {}}})},
       {"useAdditionalCode [code for drug, if known:]  => [code for drug:] "}},
      {"another_kind_is_removed_and_added",
       {PlainNote(kEx1, {"gout"})},
       {PlainNote(kEx2, {"gout"})},
       {"excludes1 -gout", "excludes2 +gout"}},
      {"one_of_two_equal_lines_goes",
       {PlainNote(kEx1, {"gout", "gout"})},
       {PlainNote(kEx1, {"gout"})},
       {"excludes1 -gout"}},
      {"rearranged_by_order",
       {PlainNote(kEx1, {"a", "b"}), PlainNote(kEx2, {"c"})},
       {PlainNote(kEx1, {"b", "a"}), PlainNote(kEx2, {"d"})},
       {"excludes1 ~", "excludes2 -c", "excludes2 +d"}},
      {"rearranged_by_container",
       {PlainNote(kEx1, {"a", "b"})},
       {PlainNote(kEx1, {"a"}), PlainNote(kEx1, {"b"})},
       {"excludes1 ~"}},
      {"an_edit_tells_enough_without_the_order",
       {PlainNote(kEx1, {"a", "b"})},
       {PlainNote(kEx1, {"b", "a", "c"})},
       {"excludes1 +c"}},
      {"kinds_in_another_order",
       {PlainNote(NoteKind::kNote, {"n"}), PlainNote(kEx1, {"a"}), PlainNote(kEx2, {"b"})},
       {PlainNote(NoteKind::kNote, {"n"}), PlainNote(kEx2, {"b"}), PlainNote(kEx1, {"a"})},
       {"excludes1 ~", "excludes2 ~"}},
      {"lines_of_punctuation_alone_are_like_nothing",
       {PlainNote(kEx1, {"--"})},
       {PlainNote(kEx1, {"-"})},
       {"excludes1 ---", "excludes1 +-"}},
  };
}

INSTANTIATE_TEST_SUITE_P(All, NoteEditsTest, ::testing::ValuesIn(Cases()),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace codeset::query
