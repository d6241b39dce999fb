#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/codesetctl/csv_reader.h"
#include "client/cpp/error.h"
#include "tests/client/ctl_fixture.h"
#include "tests/client/fake_validation_stream.h"

namespace codeset::ctl {
namespace {

using ::testing::HasSubstr;

TEST(CsvReaderTest, ReadsRecordsAndCountsThem) {
  std::istringstream in(
      "\xEF\xBB\xBF"
      "id,code\r\n\n1,\"a, \"\"b\"\"\nc\"\n2, x \n3,");
  CsvReader reader(in, "f");
  const std::vector<std::vector<std::string>> expected = {
      {"id", "code"}, {"1", "a, \"b\"\nc"}, {"2", " x "}, {"3", ""}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto record = reader.Next();
    ASSERT_TRUE(record.ok() && record->has_value()) << record.status();
    EXPECT_EQ(**record, expected[i]);
    EXPECT_EQ(reader.row(), static_cast<std::int64_t>(i) + 1);
  }
  EXPECT_FALSE(reader.Next()->has_value());
}

TEST(CsvReaderTest, TellsTheRowOfWhatIsBroken) {
  const std::pair<std::string, const char*> cases[] = {
      {"id\n1\n\"2\n", "f: row 3: a quote is not closed"},
      {"id\n1\n\"2\"x\n", "f: row 3: a quote stands within"},
      {"id\n1\n2\"\n", "f: row 3: a quote stands within"},
      {"id\n\xFF\n", "f: row 2: "},
      {"id\n\"" + std::string(2 << 20, 'x'), "f: row 2: it has more than 1 MiB"},
  };
  for (const auto& [text, says] : cases) {
    std::istringstream in(text);
    CsvReader reader(in, "f");
    absl::StatusOr<std::optional<CsvReader::Record>> record;
    do {
      record = reader.Next();
    } while (record.ok() && record->has_value());
    EXPECT_THAT(std::string(record.status().message()), HasSubstr(says));
  }
}

class CtlValidateTest : public CtlTest {
 protected:
  CtlValidateTest() {
    ON_CALL(*connection_, ResolveRelease)
        .WillByDefault([](const client::CallOptions&, const v1::ResolveReleaseRequest&) {
          return v1::ResolveReleaseResponse();
        });
    ON_CALL(*connection_, StreamValidateCodes).WillByDefault([](const client::CallOptions&) {
      return std::make_unique<client::FakeValidationStream>(2, [](const v1::CodeToValidate& row) {
        v1::CodeValidation told;
        told.set_text(row.code());
        if (row.release().has_date() && row.release().date() != "2026-01-01") {
          told.set_outcome(v1::VALIDATION_OUTCOME_NOT_ANSWERABLE);
          told.set_release_index(-1);
          told.set_message("no date");
        } else if (row.code() == "T81.4A") {
          told.set_id("T81.4A");
          told.set_outcome(v1::VALIDATION_OUTCOME_PLACEHOLDER_MISSING);
          told.set_suggested_id("T81.4XXA");
        } else {
          told.set_id(row.code());
          told.set_outcome(v1::VALIDATION_OUTCOME_BILLABLE);
          told.set_title("A title");
        }
        return told;
      });
    });
  }
};

TEST_F(CtlValidateTest, CodesOfTheCommandLineAreToldAsATable) {
  EXPECT_EQ(Call({"validate", "I10", "T81.4A", "--release", "2026"}), ExitCode::kNo);
  EXPECT_THAT(out_.str(), HasSubstr("T81.4XXA"));
  EXPECT_THAT(err_.str(), HasSubstr("2 rows: 1 billable, 1 placeholder missing"));
  EXPECT_EQ(Call({"validate", "I10"}), ExitCode::kDone);
}

TEST_F(CtlValidateTest, AReleaseThatCannotBeToldIsNoAnswerAboutCodes) {
  EXPECT_CALL(*connection_, ResolveRelease)
      .WillOnce([](const client::CallOptions&, const v1::ResolveReleaseRequest&) {
        return client::MakeError(absl::StatusCode::kNotFound, v1::ERROR_REASON_RELEASE_NOT_FOUND,
                                 "there is none", {});
      });
  EXPECT_EQ(Call({"validate", "I10", "--release", "nope"}), ExitCode::kRefused);
  EXPECT_EQ(out_.str(), "");
}

TEST_F(CtlValidateTest, AFileKeepsItsRowsAndFields) {
  const std::string path = WriteFile(
      "claims.csv", "claim,dx,day\nc1,I10,2026-01-01\nc2,T81.4A,2026-01-01\nc3,I10,tomorrow\n");
  EXPECT_EQ(Call({"validate", "--file", path, "--code-column", "dx", "--date-column", "day",
                  "--output", "csv"}),
            ExitCode::kNo);
  EXPECT_THAT(out_.str(),
              HasSubstr("row,claim,dx,day,text,code,release_id,outcome,suggested_code"));
  EXPECT_THAT(out_.str(), HasSubstr("2,c1,I10,2026-01-01,I10,I10,"));
  EXPECT_THAT(
      out_.str(),
      HasSubstr("3,c2,T81.4A,2026-01-01,T81.4A,T81.4A,current,PLACEHOLDER_MISSING,T81.4XXA"));
  EXPECT_THAT(out_.str(), HasSubstr("4,c3,I10,tomorrow,I10,,,NOT_ANSWERABLE,"));
  EXPECT_THAT(err_.str(), HasSubstr("3 rows"));
}

TEST_F(CtlValidateTest, StandardInputIsReadAsItComes) {
  in_.str("code\nI10\n");
  EXPECT_EQ(Call({"validate", "--file", "-", "--code-column", "code", "--output", "json"}),
            ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("\"input\":{\"code\":\"I10\"}"));
}

TEST_F(CtlValidateTest, AFileThatIsBrokenIsRefusedBeforeAnythingIsAsked) {
  EXPECT_CALL(*connection_, StreamValidateCodes).Times(0);
  const std::string broken = WriteFile("broken.csv", "id,dx\n1,I10\n2,\"I10\n");
  EXPECT_EQ(Call({"validate", "--file", broken, "--code-column", "dx"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("row 3: a quote is not closed"));
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(Call({"validate", "--file", broken, "--code-column", "code"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("there is no column \"code\"; there are \"id\", \"dx\""));
  const std::string long_row = WriteFile("long.csv", "id,dx\n1,I10,more\n");
  EXPECT_EQ(Call({"validate", "--file", long_row, "--code-column", "dx"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("row 2: it has 3 fields, and the heading has 2"));
  EXPECT_EQ(Call({"validate", "--file", "/nowhere", "--code-column", "dx"}), ExitCode::kUsage);
}

TEST_F(CtlValidateTest, CodesAndFilesDoNotGoTogether) {
  EXPECT_EQ(Call({"validate"}), ExitCode::kUsage);
  EXPECT_EQ(Call({"validate", "I10", "--file", "f", "--code-column", "c"}), ExitCode::kUsage);
  EXPECT_EQ(Call({"validate", "--file", "f"}), ExitCode::kUsage);
  EXPECT_EQ(Call({"validate", "--file", "f", "--code-column", "c", "--date-column", "d", "--date",
                  "2026-01-01"}),
            ExitCode::kUsage);
}

}  // namespace
}  // namespace codeset::ctl
