#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/ctl_fixture.h"

namespace codeset::ctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Return;

class CompareTest : public CtlTest {
 protected:
  CompareTest() {
    for (int facet = v1::FACET_EXISTENCE; facet <= v1::FACET_POA_EXEMPTION; ++facet) {
      v1::FacetComparability* item = summary_.add_comparability();
      item->set_facet(static_cast<v1::Facet>(facet));
      item->set_comparability(v1::COMPARABILITY_COMPARABLE);
    }
    summary_.mutable_from()->set_release_id("2026");
    summary_.mutable_to()->set_release_id("2027");
    AddCount(v1::CHANGE_KIND_ADDED, 12, 10, summary_.mutable_counts());
    AddCount(v1::CHANGE_KIND_DELETED, 3, 2, summary_.mutable_counts());
    AddEdit(v1::NOTE_KIND_EXCLUDES1, v1::NOTE_EDIT_KIND_ADDED, 4);
    AddEdit(v1::NOTE_KIND_INCLUDES, v1::NOTE_EDIT_KIND_ADDED, 5);
    EXPECT_CALL(*connection_, GetDiffSummary)
        .WillRepeatedly(
            [this](const client::CallOptions&, const v1::GetDiffSummaryRequest& request) {
              EXPECT_EQ(request.from().release(), "2026");
              EXPECT_EQ(request.to().release(), "2027");
              by_chapter_ = request.by_chapter();
              return summary_;
            });
  }

  static void AddCount(v1::ChangeKind kind, int count, int billable,
                       google::protobuf::RepeatedPtrField<v1::ChangeCount>* counts) {
    v1::ChangeCount* item = counts->Add();
    item->set_kind(kind);
    item->set_count(count);
    item->set_billable(billable);
  }
  void AddEdit(v1::NoteKind note_kind, v1::NoteEditKind kind, int count) {
    v1::NoteEditCount* item = summary_.add_note_edits();
    item->set_note_kind(note_kind);
    item->set_kind(kind);
    item->set_count(count);
  }
  void CannotCompare(v1::Facet facet) {
    summary_.mutable_comparability(facet - 1)->set_comparability(v1::COMPARABILITY_NOT_COMPARABLE);
  }

  v1::GetDiffSummaryResponse summary_;
  bool by_chapter_ = false;
};

TEST_F(CompareTest, CountsByClassFromOldToNew) {
  EXPECT_EQ(Call({"release", "compare", "2027", "2026", "--max", "added=12", "--max", "moved=0"}),
            ExitCode::kDone);
  EXPECT_EQ(out_.str(),
            "CHAPTER  CLASS        COUNT  BILLABLE  MAX  VERDICT\n"
            "all      added        12     10        12   ok\n"
            "all      deleted      3      2\n"
            "all      moved        0      0         0    ok\n"
            "all      notes-added  9\n");
}

TEST_F(CompareTest, SaysNoAndWhichLimitIsExceeded) {
  const struct {
    const char* limit;
    ExitCode want;
    const char* says;
  } cases[] = {
      {"added=11", ExitCode::kNo, "added: 12 changes, more than 11\n"},
      {"ADDED=11", ExitCode::kNo, "added: 12 changes, more than 11\n"},
      {"notes-added=8", ExitCode::kNo, "notes-added: 9 changes, more than 8\n"},
      {"notes-added=9", ExitCode::kDone, ""},
      {"notes-removed=0", ExitCode::kDone, ""},
      {"became-header=0", ExitCode::kDone, ""},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(Call({"release", "compare", "2027", "2026", "--max", test.limit}), test.want)
        << test.limit;
    EXPECT_THAT(err_.str(), HasSubstr(test.says));
  }
}

TEST_F(CompareTest, DoesNotTakeWhatIsNotKnownForKept) {
  CannotCompare(v1::FACET_NOTES);
  CannotCompare(v1::FACET_POA_EXEMPTION);
  EXPECT_EQ(Call({"release", "compare", "2027", "2026", "--max", "notes-added=100"}),
            ExitCode::kRefused);
  EXPECT_THAT(out_.str(),
              HasSubstr("notes-added            not known            100  not known\n"));
  EXPECT_THAT(out_.str(), HasSubstr("all      poa-exemption-changed  not known\n"));
  EXPECT_THAT(err_.str(), HasSubstr("notes-added: NOT_KNOWN"));
  // A limit that is exceeded is no all the same.
  EXPECT_EQ(Call({"release", "compare", "2027", "2026", "--max", "notes-added=100", "--max",
                  "deleted=0"}),
            ExitCode::kNo);
  // Without a limit on it, there is nothing to decide.
  EXPECT_EQ(Call({"release", "compare", "2027", "2026", "--max", "deleted=3"}), ExitCode::kDone);
}

TEST_F(CompareTest, CountsByChapterForPeopleAndPrograms) {
  v1::ChapterChanges* chapter = summary_.add_chapters();
  chapter->set_chapter_id("13");
  AddCount(v1::CHANGE_KIND_ADDED, 7, 7, chapter->mutable_counts());
  AddCount(v1::CHANGE_KIND_ADDED, 5, 3, summary_.add_chapters()->mutable_counts());
  EXPECT_EQ(Call({"release", "compare", "2027", "2026", "--by-chapter", "--max", "added=20"}),
            ExitCode::kDone);
  EXPECT_TRUE(by_chapter_);
  EXPECT_THAT(out_.str(), HasSubstr("\n13         added        7      7\n"));
  EXPECT_THAT(out_.str(), HasSubstr("\nnot known  added        5      3\n"));
  EXPECT_EQ(Call({"release", "compare", "2027", "2026", "--by-chapter", "--max", "added=1",
                  "--output", "csv"}),
            ExitCode::kNo);
  EXPECT_THAT(out_.str(), HasSubstr("\r\nall,added,true,12,10,1,true,2026,2027\r\n"));
  EXPECT_THAT(out_.str(), HasSubstr("\r\n13,added,true,7,7,,,2026,2027\r\n"));
  EXPECT_EQ(Call({"release", "compare", "2027", "2026", "--max", "added=1", "--output", "json"}),
            ExitCode::kNo);
  EXPECT_THAT(out_.str(),
              HasSubstr("{\"from\":\"2026\",\"to\":\"2027\",\"class\":\"added\",\"known\":true,"
                        "\"count\":12,\"billable\":10,\"max\":1,\"exceeded\":true}\n"));
}

TEST_F(CompareTest, RefusesClassesAndLimitsThatAreNone) {
  for (const char* limit : {"colour=1", "added", "added=", "added=-1", "added=x", "=1"}) {
    EXPECT_EQ(Call({"release", "compare", "2027", "2026", "--max", limit}), ExitCode::kUsage);
    EXPECT_THAT(err_.str(), HasSubstr("--max")) << limit;
  }
  Call({"release", "compare", "2027", "2026", "--max", "colour=1"});
  EXPECT_THAT(err_.str(), HasSubstr("became-header, title-changed"));
}

}  // namespace
}  // namespace codeset::ctl
