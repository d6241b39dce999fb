#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/codesetctl/code_list_file.h"
#include "tests/client/ctl_fixture.h"
#include "tests/client/fake_check_stream.h"

namespace codeset::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(CodeListFileTest, TakesTheFirstFieldOfEachLine) {
  std::istringstream in(
      "\xEF\xBB\xBF"
      "Code,Title\r\n"
      "# a comment\n"
      "\n"
      "M99.86,Something\n"
      "  E11.-  ; all of it\n"
      "\"S72.0-S72.9\",\"a, b\"\n"
      "code\n");
  const absl::StatusOr<std::vector<ListedEntry>> entries = ReadCodeList(in, "f");
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_THAT(*entries, ElementsAre(ListedEntry{"M99.86", 4}, ListedEntry{"E11.-", 5},
                                    ListedEntry{"S72.0-S72.9", 6}, ListedEntry{"code", 7}));
}

TEST(CodeListFileTest, RefusesWhatIsNoListByFileAndLine) {
  const struct {
    std::string text;
    const char* says;
  } cases[] = {
      {"", "f: there is no code in it"},
      {"# nothing\n", "f: there is no code in it"},
      {"A00\n" + std::string(65, 'A') + "\n", "f:2: the entry is longer than 64 bytes"},
      {"A00\nA\xFF\n", "f:2: the entry is not UTF-8"},
  };
  for (const auto& test : cases) {
    std::istringstream in(test.text);
    EXPECT_THAT(std::string(ReadCodeList(in, "f").status().message()),
                ::testing::StartsWith(test.says));
  }
}

class CheckListTest : public CtlTest {
 protected:
  // G35 becomes a header, X99 is unknown, everything else stays.
  void Serve() {
    EXPECT_CALL(*connection_, CheckCodeList).WillRepeatedly([this](const client::CallOptions&) {
      v1::CheckCodeListResponse first;
      first.mutable_from()->set_release_id("2024");
      first.mutable_to()->set_release_id("2027");
      first.set_notes_compared(notes_compared_);
      return std::make_unique<client::FakeCheckStream>(first, 2, [](const std::string& entry) {
        v1::CodeListRow row;
        if (entry == "X99") {
          row.add_outcomes(v1::CODE_LIST_OUTCOME_UNKNOWN);
          row.set_breaks(true);
          row.set_reason(v1::ERROR_REASON_CONCEPT_NOT_FOUND);
          row.set_message("release 2024 has no X99");
          return std::vector{row};
        }
        row.set_id(entry);
        row.set_title_before("Old");
        row.set_title_after("New");
        row.add_outcomes(v1::CODE_LIST_OUTCOME_UNCHANGED);
        if (entry == "G35") {
          row.set_outcomes(0, v1::CODE_LIST_OUTCOME_NOW_HEADER);
          row.add_outcomes(v1::CODE_LIST_OUTCOME_TITLE_CHANGED);
          row.set_breaks(true);
          row.add_billable_descendant_ids("G35.A");
          row.add_billable_descendant_ids("G35.D");
          row.add_replacements()->set_id("G35.A");
          row.add_replacements()->set_id("G35.E");
        }
        return std::vector{row};
      });
    });
  }

  bool notes_compared_ = true;
};

TEST_F(CheckListTest, SaysNoWhereTheListBreaks) {
  Serve();
  const std::string path = WriteFile("list.txt", "A00\n# was MS\nG35, MS\nX99\n");
  EXPECT_EQ(Call({"check-list", path, "--from", "2024", "--to", "2027"}), ExitCode::kNo);
  EXPECT_EQ(out_.str(),
            "LINE  ENTRY  CODE  BREAKS  OUTCOME                    DETAIL\n"
            "1     A00    A00           unchanged                  New\n"
            "3     G35    G35   yes     now header, title changed  use G35.A, G35.D; replaced by "
            "G35.A, G35.E; Old → New\n"
            "4     X99          yes     unknown                    release 2024 has no X99\n");
  EXPECT_THAT(err_.str(), HasSubstr(path + ":4: release 2024 has no X99 [CONCEPT_NOT_FOUND]\n"));
  EXPECT_THAT(err_.str(), ::testing::EndsWith("3 entries, 3 rows: 1 unchanged, 1 now header, 1 "
                                              "title changed, 1 unknown; 2 break the list\n"));
  EXPECT_EQ(Call({"check-list", path, "--from", "2024", "--to", "2027", "--output", "csv"}),
            ExitCode::kNo);
  EXPECT_THAT(out_.str(), HasSubstr("\r\n3,G35,G35,NOW_HEADER TITLE_CHANGED,true,Old,New,"
                                    "G35.A G35.D,,,,2024,2027,true,G35.A G35.E,\r\n"));
  EXPECT_THAT(out_.str(), HasSubstr("\r\n4,X99,,UNKNOWN,true,,,,,CONCEPT_NOT_FOUND,"));
}

TEST_F(CheckListTest, ReadsStandardInputAndAgreesWhereNothingBreaks) {
  Serve();
  notes_compared_ = false;
  in_.str("A00\nB00\n");
  EXPECT_EQ(Call({"check-list", "-", "--from", "2024", "--to", "2027", "--output", "json"}),
            ExitCode::kDone);
  EXPECT_EQ(out_.str(),
            "{\"from\":{\"releaseId\":\"2024\"},\"to\":{\"releaseId\":\"2027\"},"
            "\"notesCompared\":false}\n"
            "{\"line\":1,\"row\":{\"entry\":\"A00\",\"id\":\"A00\",\"outcomes\":"
            "[\"CODE_LIST_OUTCOME_UNCHANGED\"],\"titleBefore\":\"Old\",\"titleAfter\":\"New\"}}\n"
            "{\"line\":2,\"row\":{\"entryIndex\":\"1\",\"entry\":\"B00\",\"id\":\"B00\","
            "\"outcomes\":[\"CODE_LIST_OUTCOME_UNCHANGED\"],\"titleBefore\":\"Old\","
            "\"titleAfter\":\"New\"}}\n");
  EXPECT_THAT(err_.str(), HasSubstr("NOT_COMPARABLE: notes"));
  EXPECT_THAT(err_.str(), HasSubstr("nothing breaks the list"));
}

TEST_F(CheckListTest, RefusesFilesThatCannotBeRead) {
  EXPECT_EQ(Call({"check-list", "/no/such/file", "--from", "2024", "--to", "2027"}),
            ExitCode::kUsage);
  EXPECT_EQ(Call({"check-list", "/", "--from", "2024", "--to", "2027"}), ExitCode::kUsage);
  EXPECT_EQ(Call({"check-list", "f", "--from", "2024"}), ExitCode::kUsage);
}

}  // namespace
}  // namespace codeset::ctl
