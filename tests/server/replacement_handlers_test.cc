// Conversion tables from file to answer, over the miniature; what stands for what:
// tests/query/replacements_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "server/code_list.h"
#include "server/loader.h"
#include "server/replacements.h"
#include "tests/server/calls.h"
#include "tests/server/fixture.h"
#include "tests/support/spreadsheet.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using model::Reason;
using source::InputFile;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// The miniature's files, with the conversion table or without.
std::vector<InputFile> Files(const std::string& id, bool table) {
  std::vector<InputFile> files;
  for (InputFile& file : MiniatureFiles(id)) {
    if (table == absl::StrContains(file.name, "conversion")) files.push_back(std::move(file));
  }
  return files;
}

class ReplacementHandlersTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::LoadReport> Load(const std::string& id, const std::vector<InputFile>& files) {
    v1::LoadOptions options;
    options.set_release_id(id);
    return LoadRelease(fixture_.store(), options, files, {});
  }

  v1::GetReplacementsResponse Ask(const std::string& code, const std::string& from,
                                  const std::string& to) {
    v1::GetReplacementsRequest request;
    request.set_id(code);
    request.mutable_from()->set_release(from);
    request.mutable_to()->set_release(to);
    const auto answer = GetReplacements(fixture_.backend(), request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *answer : v1::GetReplacementsResponse();
  }

  static std::vector<std::string> Ids(const v1::GetReplacementsResponse& answer) {
    std::vector<std::string> ids;
    for (const v1::Replacement& item : answer.replacements()) ids.push_back(item.id());
    return ids;
  }

  ServerFixture fixture_;
};

TEST_F(ReplacementHandlersTest, AnswerWithTheTableOfTheNewerReleaseBothWays) {
  fixture_.Load("2025");
  const v1::LoadReport report = fixture_.Load("2026");
  EXPECT_EQ(report.release().counts().conversion_rows(), 12);
  auto answer = Ask("s30.1xxa", "2025", "2026");
  EXPECT_EQ(answer.id(), "S30.1XXA");
  EXPECT_EQ(answer.outcome(), v1::REPLACEMENT_OUTCOME_REPLACED);
  EXPECT_THAT(Ids(answer), ElementsAre("S30.11XA"));
  EXPECT_EQ(answer.replacements(0).hops(0).kind(), v1::REPLACEMENT_KIND_ONE_TO_ONE);
  EXPECT_EQ(answer.replacements(0).hops(0).row().row(), 13);
  EXPECT_EQ(answer.table_from(), "2026");
  EXPECT_TRUE(answer.complete());
  EXPECT_EQ(answer.from().release_id(), "2025");
  EXPECT_EQ(answer.to().release_id(), "2026");

  answer = Ask("L02.222", "2025", "2026");
  EXPECT_EQ(answer.outcome(), v1::REPLACEMENT_OUTCOME_STILL_BILLABLE);
  EXPECT_THAT(Ids(answer), ElementsAre("L02.227"));
  EXPECT_EQ(answer.replacements(0).hops(0).kind(), v1::REPLACEMENT_KIND_CARVED_OUT);
  EXPECT_EQ(answer.replacements(0).hops(0).row().previous_text(), "L02.222");

  EXPECT_THAT(Ids(Ask("G35", "2025", "2026")), SizeIs(8));
  answer = Ask("G35.A", "2026", "2025");
  EXPECT_THAT(Ids(answer), ElementsAre("G35"));
  EXPECT_EQ(answer.replacements(0).hops(0).kind(), v1::REPLACEMENT_KIND_HEADERS_CHILD);
  EXPECT_EQ(Ask("I10", "2025", "2026").outcome(), v1::REPLACEMENT_OUTCOME_STILL_BILLABLE);
}

TEST_F(ReplacementHandlersTest, SayWhatNoTableTellsOf) {
  fixture_.Load("2025");
  ASSERT_TRUE(Load("2026", Files("2026", false)).ok());
  auto answer = Ask("S30.1XXA", "2025", "2026");
  EXPECT_EQ(answer.outcome(), v1::REPLACEMENT_OUTCOME_NO_REPLACEMENT_KNOWN);
  EXPECT_EQ(answer.table_from(), "");
  EXPECT_FALSE(answer.complete());
  EXPECT_THAT(answer.uncovered_editions(), ElementsAre("2026"));
  // Where a code became a header, its descendants are offered all the same.
  answer = Ask("G35", "2025", "2026");
  EXPECT_THAT(Ids(answer), SizeIs(8));
  EXPECT_TRUE(answer.replacements(0).derived());
  EXPECT_FALSE(answer.replacements(0).hops(0).has_row());

  // The release gains the group, and the answer with it.
  const auto report = Load("2026", Files("2026", true));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->outcome(), v1::LOAD_OUTCOME_GROUP_ADDED);
  EXPECT_EQ(report->release().counts().conversion_rows(), 12);
  EXPECT_EQ(report->release().counts().order_rows(), 108);
  EXPECT_TRUE(VerifyRelease(fixture_.store(), "2026").ok());
  EXPECT_THAT(Ids(Ask("S30.1XXA", "2025", "2026")), ElementsAre("S30.11XA"));
  EXPECT_FALSE(Ask("G35", "2025", "2026").replacements(0).derived());
  fixture_.Load("2027");
  answer = Ask("S30.1XXA", "2025", "2027");
  EXPECT_THAT(Ids(answer), ElementsAre("S30.11XA"));
  EXPECT_EQ(answer.table_from(), "2026");
  EXPECT_THAT(answer.uncovered_editions(), ElementsAre("2027"));
  fixture_.Restart();
  EXPECT_THAT(Ids(Ask("S30.1XXA", "2025", "2026")), ElementsAre("S30.11XA"));
}

TEST_F(ReplacementHandlersTest, AreToldByCheckCodeListWhereAListBreaks) {
  fixture_.Load("2025");
  fixture_.Load("2026");
  const Backend backend = fixture_.backend();
  CodeListSession session(backend);
  v1::CheckCodeListRequest request;
  request.mutable_pins()->mutable_from()->set_release("2025");
  request.mutable_pins()->mutable_to()->set_release("2026");
  ASSERT_TRUE(session.Take(request).ok());
  ASSERT_TRUE(session.Next().ok());
  request.Clear();
  for (const char* entry : {"S30.1XXA", "G35", "L02.222"}) {
    request.mutable_entries()->add_entries(entry);
  }
  ASSERT_TRUE(session.Take(request).ok());
  const auto answer = session.Next();
  ASSERT_TRUE(answer.ok() && answer->has_value());
  const v1::CheckCodeListResponse* rows = &**answer;
  ASSERT_EQ(rows->rows_size(), 3);
  EXPECT_THAT(rows->rows(0).replacements(),
              ElementsAre(::testing::Property(&v1::Replacement::id, "S30.11XA")));
  EXPECT_THAT(rows->rows(1).replacements(), SizeIs(8));
  EXPECT_THAT(rows->rows(2).replacements(), IsEmpty());
}

TEST_F(ReplacementHandlersTest, RefuseWhatIsNoCodeOfTheRelease) {
  fixture_.Load("2025");
  fixture_.Load("2026");
  v1::GetReplacementsRequest request;
  request.set_id("M99-M99");
  request.mutable_from()->set_release("2025");
  request.mutable_to()->set_release("2026");
  EXPECT_TRUE(FailsWith(GetReplacements(fixture_.backend(), request).status(),
                        Reason::kConceptIdInvalid, "", ""));
  request.set_id("S30.11XA");
  EXPECT_TRUE(FailsWith(GetReplacements(fixture_.backend(), request).status(),
                        Reason::kConceptNotFound, "", ""));
  request.mutable_to()->set_release("2024");
  EXPECT_TRUE(FailsWith(GetReplacements(fixture_.backend(), request).status(),
                        Reason::kReleaseNotFound, "", ""));
  Calls calls(fixture_.server());
  v1::GetReplacementsResponse response;
  const grpc::Status status =
      Calls::Do(calls.terminology(), &v1::Terminology::Stub::GetReplacements, request, &response);
  EXPECT_EQ(ReasonIn(status), "RELEASE_NOT_FOUND");
}

TEST_F(ReplacementHandlersTest, WriteNothingOfATableThatCannotBeReadOrIsAnotherYears) {
  fixture_.Load("2025");
  const auto with = [](const std::string& name, const std::string& bytes) {
    std::vector<InputFile> files = Files("2026", false);
    files.push_back({name, bytes});
    return files;
  };
  const std::string table = Files("2026", true).front().bytes;
  const std::string sheet =
      testing::Spreadsheet(testing::ConversionHeadingRows() +
                           testing::ConversionSheetRow(3, "S30.11XA", "2025", "S30.1XXA"));
  const struct {
    std::string name;
    std::string bytes;
    Reason reason;
    const char* says;
  } cases[] = {
      {"date.csv", absl::StrReplaceAll(table, {{"45931", "459310000"}}), Reason::kSourceMalformed,
       "date.csv:12: code L02.227 is effective from \"459310000\""},
      {"quote.csv", absl::StrReplaceAll(table, {{"G35.A,", "\"G35.A,"}}), Reason::kSourceMalformed,
       "quote.csv:4: "},
      {"cut.xlsx", sheet.substr(0, sheet.size() / 2), Reason::kSourceUnreadable, "cut.xlsx"},
      {"date.xlsx",
       testing::Spreadsheet(testing::ConversionHeadingRows() +
                            testing::ConversionSheetRow(3, "S30.11XA", "7", "S30.1XXA")),
       Reason::kSourceMalformed, "date.xlsx:3: "},
      {"old.csv", absl::StrReplaceAll(table, {{"2025", "2024"}, {"45931", "2024"}}),
       Reason::kReconciliationRefused, "CONVERSION_OF_OTHER_EDITION"},
  };
  for (const auto& test : cases) {
    const auto report = Load("2026", with(test.name, test.bytes));
    EXPECT_TRUE(FailsWith(report.status(), test.reason, "", "")) << test.name;
    EXPECT_THAT(std::string(report.status().message()), HasSubstr(test.says));
    EXPECT_EQ(fixture_.store().catalog()->Find("2026"), nullptr);
  }
  const auto report = Load("2026", with("table.xlsx", sheet));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->release().counts().conversion_rows(), 1);
  EXPECT_THAT(Ids(Ask("S30.1XXA", "2025", "2026")), ElementsAre("S30.11XA"));
  // Another table is other content.
  EXPECT_TRUE(FailsWith(Load("2026", Files("2026", true)).status(), Reason::kReleaseContentDiffers,
                        "", ""));
  EXPECT_THAT(report->warnings(), Not(Contains(HasSubstr("conversion table"))));
}

}  // namespace
}  // namespace codeset::server
