#include "client/codesetctl/addenda_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace codeset::ctl {
namespace {

struct State {
  bool billable;
  const char* short_title;
  const char* title;
};

void Fill(const State& state, v1::ConceptState* out) {
  out->set_billable(state.billable);
  out->set_short_title(state.short_title);
  out->set_title(state.title);
}

v1::Change MakeChange(const std::string& id, v1::Facet facet, std::optional<State> before,
                      std::optional<State> after, bool white_space_only = false) {
  v1::Change change;
  change.set_id(id);
  change.set_facet(facet);
  change.set_white_space_only(white_space_only);
  if (before.has_value()) Fill(*before, change.mutable_before());
  if (after.has_value()) Fill(*after, change.mutable_after());
  return change;
}

client::DiffHeader Header() {
  client::DiffHeader header;
  header.from.set_release_id("2025");
  header.to.set_release_id("2026");
  header.from_counts.set_order_rows(100);
  header.from_counts.set_billable(70);
  header.to_counts.set_order_rows(103);
  header.to_counts.set_billable(71);
  return header;
}

std::vector<std::string> Lines(const std::vector<v1::Change>& changes) {
  const absl::StatusOr<model::Addenda> addenda = BuildAddenda(Header(), changes);
  if (!addenda.ok()) return {addenda.status().ToString()};
  std::vector<std::string> lines;
  for (const model::AddendaLine& line : addenda->lines) {
    lines.push_back(model::FormatAddendaLine(line));
  }
  return lines;
}

// The layout pads a short title to 60 characters.
std::string Row(const std::string& head, std::string short_title, const std::string& title) {
  short_title.resize(60, ' ');
  return head + short_title + " " + title;
}

TEST(AddendaOutputTest, MakesTheLinesOfEachKindOfChange) {
  const State header{false, "Short", "Long"};
  const State billable{true, "Short", "Long"};
  const State revised{true, "Shorter", "Longer"};
  const struct {
    const char* name;
    std::vector<v1::Change> changes;
    std::vector<std::string> want;
  } cases[] = {
      {"an addition",
       {MakeChange("G35.A", v1::FACET_EXISTENCE, std::nullopt, billable)},
       {Row("Add:         1 G35A    ", "Short", "Long")}},
      {"a deletion",
       {MakeChange("T81.4XXA", v1::FACET_EXISTENCE, billable, std::nullopt)},
       {Row("Delete:      1 T814XXA ", "Short", "Long")}},
      {"a code that becomes a header",
       {MakeChange("G35", v1::FACET_BILLABLE, billable, header)},
       {Row("Delete:      1 G35     ", "Short", "Long"),
        Row("Add:         0 G35     ", "Short", "Long")}},
      {"a flag and a title at once",
       {MakeChange("G35", v1::FACET_TITLE, revised, header),
        MakeChange("G35", v1::FACET_BILLABLE, revised, header)},
       {Row("Delete:      1 G35     ", "Shorter", "Longer"),
        Row("Add:         0 G35     ", "Short", "Long")}},
      {"both titles",
       {MakeChange("B96.21", v1::FACET_TITLE, billable, revised),
        MakeChange("B96.21", v1::FACET_SHORT_TITLE, billable, revised)},
       {Row("Revise from: 1 B9621   ", "Short", "Long"),
        Row("Revise to:   1 B9621   ", "Shorter", "Longer")}},
      {"white space alone in both titles",
       {MakeChange("Z68.30", v1::FACET_TITLE, billable, revised, true),
        MakeChange("Z68.30", v1::FACET_SHORT_TITLE, billable, revised, true)},
       {}},
      {"white space in one title, words in the other",
       {MakeChange("P04.4", v1::FACET_TITLE, billable, revised),
        MakeChange("P04.4", v1::FACET_SHORT_TITLE, billable, revised, true)},
       {Row("Revise from: 1 P044    ", "Short", "Long"),
        Row("Revise to:   1 P044    ", "Shorter", "Longer")}},
  };
  for (const auto& test : cases) EXPECT_EQ(Lines(test.changes), test.want) << test.name;
}

TEST(AddendaOutputTest, LeavesChaptersAndSectionsOut) {
  v1::Change section;
  section.set_id("M99-M99");
  section.set_facet(v1::FACET_EXISTENCE);
  section.mutable_after()->set_title("Biomechanical lesions");
  EXPECT_TRUE(Lines({section}).empty());
}

TEST(AddendaOutputTest, SortsByCode) {
  const State state{true, "S", "L"};
  const std::vector<std::string> lines =
      Lines({MakeChange("C7A", v1::FACET_EXISTENCE, std::nullopt, state),
             MakeChange("C76", v1::FACET_EXISTENCE, state, std::nullopt)});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0], ::testing::HasSubstr("C76"));
}

TEST(AddendaOutputTest, CountsInTheTrailer) {
  const State header{false, "S", "L"};
  const State billable{true, "S", "L"};
  const absl::StatusOr<model::Addenda> addenda =
      BuildAddenda(Header(), {MakeChange("A1", v1::FACET_BILLABLE, billable, header),
                              MakeChange("A2", v1::FACET_EXISTENCE, std::nullopt, billable),
                              MakeChange("A3", v1::FACET_TITLE, billable, billable),
                              MakeChange("A4", v1::FACET_SHORT_TITLE, header, header)});
  ASSERT_TRUE(addenda.ok()) << addenda.status();
  const model::AddendaTrailer& trailer = addenda->trailer;
  EXPECT_EQ(trailer.old_file, "icd10cm_order_2025.txt");
  EXPECT_EQ(trailer.new_file, "icd10cm_order_2026.txt");
  EXPECT_EQ(trailer.codes, (model::AddendaTally{70, 71, 1, 1, 1, 0, 1, 0}));
  EXPECT_EQ(trailer.headers, (model::AddendaTally{30, 32, 1, 0, 1, 0, 0, 1}));
  const std::string text = FormatAddenda(*addenda);
  EXPECT_THAT(text, ::testing::HasSubstr("\r\n\r\nHeaders\r\n     30 headers in "
                                         "icd10cm_order_2025.txt\r\n"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), std::count(text.begin(), text.end(), '\r'));
}

TEST(AddendaOutputTest, RefusesWhereAFacetIsNotComparable) {
  client::DiffHeader header = Header();
  header.comparability.emplace_back().set_facet(v1::FACET_TITLE);
  header.comparability.back().set_comparability(v1::COMPARABILITY_NOT_COMPARABLE);
  EXPECT_EQ(BuildAddenda(header, {}).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace codeset::ctl
