#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/codesetctl/reference_file.h"
#include "client/cpp/error.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/client/ctl_fixture.h"
#include "tests/client/fake_import_stream.h"

namespace codeset::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Page(const std::string& code) {
  return absl::StrCat("{\"code\":\"", code, "\",\"state\":\"REFERENCE_STATE_DRAFT\"}\n");
}

// An error about fields, as the server sends it.
absl::Status Invalid(const std::vector<std::pair<std::string, std::string>>& fields) {
  google::rpc::ErrorInfo info;
  info.set_reason("REFERENCE_INVALID");
  info.set_domain("codeset");
  google::rpc::BadRequest bad;
  for (const auto& [field, description] : fields) {
    auto* violation = bad.add_field_violations();
    violation->set_field(field);
    violation->set_description(description);
  }
  google::rpc::Status status;
  status.add_details()->PackFrom(info);
  status.add_details()->PackFrom(bad);
  return client::FromGrpcStatus(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "a page is wrong",
                                             status.SerializeAsString()));
}

class CtlReferenceImportTest : public CtlTest {
 protected:
  CtlReferenceImportTest() {
    ON_CALL(*admin_, ImportReferences).WillByDefault([this](const client::CallOptions&) {
      records_.push_back(std::make_shared<client::ImportRecord>());
      const absl::Status end =
          records_.size() <= ends_.size() ? ends_[records_.size() - 1] : absl::OkStatus();
      return std::make_unique<client::FakeImportStream>(records_.back(), end);
    });
  }
  ExitCode Import(std::vector<std::string> args) {
    args.insert(args.begin(), {"reference", "import", "--admin-server", "a"});
    return Call(args);
  }
  // The codes that an import was sent.
  std::vector<std::string> CodesOf(std::size_t import) const {
    std::vector<std::string> codes;
    for (const auto& batch : records_[import]->batches) {
      for (const v1::Reference& page : batch) codes.push_back(page.code());
    }
    return codes;
  }

  std::vector<std::shared_ptr<client::ImportRecord>> records_;
  // How each import ends, in their order.
  std::vector<absl::Status> ends_;
};

TEST_F(CtlReferenceImportTest, AFileIsOneImport) {
  const std::string path = WriteFile("pages.jsonl", Page("M99.86") + Page("M99.89"));
  EXPECT_EQ(Import({path, "--by", "jane", "--release", "2026", "--dry-run"}), ExitCode::kDone);
  ASSERT_EQ(records_.size(), 1U);
  EXPECT_THAT(CodesOf(0), ElementsAre("M99.86", "M99.89"));
  EXPECT_EQ(records_[0]->options.by(), "jane");
  EXPECT_EQ(records_[0]->options.release().release(), "2026");
  EXPECT_TRUE(records_[0]->options.dry_run());
  EXPECT_EQ(out_.str(),
            path + ": 2 created, 0 revised, 0 unchanged (dry run; nothing was written)\n");
}

TEST_F(CtlReferenceImportTest, AFolderIsReadSortedAndOfItsDocumentsAlone) {
  const std::string second = WriteFile("b.json", Page("M99.89"));
  const std::string first = WriteFile("a.jsonl", Page("M99.86"));
  WriteFile("notes.txt", "no document");
  const std::string folder = std::filesystem::path(first).parent_path().string();
  EXPECT_THAT(*FindReferenceFiles({folder, first}), ElementsAre(first, second));
  EXPECT_EQ(Import({folder}), ExitCode::kDone);
  ASSERT_EQ(records_.size(), 2U);
  EXPECT_THAT(CodesOf(0), ElementsAre("M99.86"));
  EXPECT_THAT(CodesOf(1), ElementsAre("M99.89"));
  EXPECT_THAT(out_.str(), HasSubstr("2 files: 2 created, 0 revised, 0 unchanged"));
}

TEST_F(CtlReferenceImportTest, AFileThatFailsDoesNotKeepOthersFromBeingTried) {
  const std::string bad = WriteFile(
      "a.jsonl", Page("M99.86") + "{\"cod\":\"M99.89\"}\n" + Page("M99.84") + "{\"state\":{}}\n");
  const std::string good = WriteFile("b.jsonl", Page("M99.83"));
  EXPECT_EQ(Import({bad, good}), ExitCode::kRefused);
  ASSERT_EQ(records_.size(), 2U);
  EXPECT_FALSE(records_[0]->done);
  EXPECT_TRUE(records_[0]->cancelled);
  EXPECT_TRUE(records_[1]->done);
  // Every document that is wrong is told.
  EXPECT_THAT(err_.str(), HasSubstr(bad + ":2: document 2: cod: a page has no such field"));
  EXPECT_THAT(err_.str(), HasSubstr(bad + ":4: document 4: state: "));
  EXPECT_THAT(err_.str(), HasSubstr("1 of 2 files failed"));
  EXPECT_THAT(out_.str(), HasSubstr(good + ": 1 created"));
}

TEST_F(CtlReferenceImportTest, WhatTheServerRefusesIsToldByItsPlaceInTheFile) {
  ends_ = {Invalid(
      {{"documents[1].sources[0].edition", "is not known"}, {"documents[1].code", "is no code"}})};
  const std::string path = WriteFile("a.jsonl", Page("M99.86") + "\n" + Page("M99.89"));
  EXPECT_EQ(Import({path}), ExitCode::kRefused);
  EXPECT_THAT(err_.str(), HasSubstr("[REFERENCE_INVALID]"));
  EXPECT_THAT(err_.str(), HasSubstr(path + ":3: document 2 (M99.89): sources[0].edition: is not "
                                           "known\n"));
  EXPECT_THAT(err_.str(), HasSubstr(path + ":3: document 2 (M99.89): code: is no code\n"));
}

TEST_F(CtlReferenceImportTest, WhatIsNotAboutAFileEndsTheCommand) {
  ends_ = {client::MakeError(absl::StatusCode::kUnavailable, v1::ERROR_REASON_IMPORT_IN_PROGRESS,
                             "another import is under way", {})};
  const std::string first = WriteFile("a.json", Page("M99.86"));
  const std::string second = WriteFile("b.json", Page("M99.89"));
  EXPECT_EQ(Import({first, second}), ExitCode::kRefused);
  EXPECT_EQ(records_.size(), 1U);
  EXPECT_THAT(err_.str(), HasSubstr("[IMPORT_IN_PROGRESS]"));
  EXPECT_THAT(err_.str(), HasSubstr("try again when the other import is done"));
  EXPECT_THAT(err_.str(), HasSubstr(", 1 not tried"));
}

TEST_F(CtlReferenceImportTest, PathsThatHoldNothingAreAUsageError) {
  EXPECT_EQ(Import({"/nowhere/at/all"}), ExitCode::kUsage);
  const std::string text = WriteFile("notes.txt", "x");
  EXPECT_EQ(Import({std::filesystem::path(text).parent_path().string()}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("there is no *.json or *.jsonl in the folder"));
  EXPECT_TRUE(records_.empty());
  const std::string empty = WriteFile("empty.json", "\n");
  EXPECT_EQ(Import({empty}), ExitCode::kRefused);
  EXPECT_THAT(err_.str(), HasSubstr("there is no document in it"));
}

TEST_F(CtlReferenceImportTest, JsonAndCsvHaveALineAFile) {
  const std::string path = WriteFile("a.json", Page("M99.86"));
  EXPECT_EQ(Import({path, "--output", "json"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("\"report\":{\"created\":1"));
  EXPECT_EQ(Import({path, "--output", "csv"}), ExitCode::kDone);
  EXPECT_EQ(out_.str(), "file,outcome,created,revised,unchanged,warnings,dry_run,error\r\n" + path +
                            ",IMPORTED,1,0,0,0,false,\r\n");
}

TEST_F(CtlReferenceImportTest, TheSamplePagesAreReadAndCiteWhatTheyList) {
  EXPECT_EQ(Import({CODESET_SOURCE_DIR "/tests/data/references"}), ExitCode::kDone) << err_.str();
  ASSERT_EQ(records_.size(), 5U);
  for (const auto& record : records_) {
    const v1::Reference& page = record->batches.at(0).at(0);
    const int sources = page.sources_size();
    for (const v1::Provenance& provenance :
         {page.summary().provenance(), page.body_region().provenance(),
          page.documentation_tips().provenance(), page.common_pitfalls().provenance(),
          page.clinical_context().provenance(), page.questions().provenance(),
          page.capture_prompts().provenance(), page.related_procedures().provenance()}) {
      for (const int number : provenance.source_numbers()) EXPECT_LE(number, sources);
    }
    for (const v1::TextItem& item : page.common_pitfalls().items()) {
      for (const v1::CodeLink& link : item.links()) {
        EXPECT_THAT(item.text(), HasSubstr(link.code()));
      }
    }
    EXPECT_TRUE(page.code() != "M99.86" || sources == 4);
  }
}

// More than the reader may hold ahead of the sender, so that both have to wait for each other.
TEST_F(CtlReferenceImportTest, ManyPagesGoThroughInTheirOrder) {
  std::string content;
  std::vector<std::string> codes;
  for (int i = 0; i < 300; ++i) {
    codes.push_back(absl::StrCat("A", i));
    content += absl::StrCat("{\"code\":\"A", i, "\",\"summary\":{\"text\":\"",
                            std::string(50000, 'x'), "\"}}\n");
  }
  EXPECT_EQ(Import({WriteFile("many.jsonl", content)}), ExitCode::kDone);
  EXPECT_EQ(CodesOf(0), codes);
  EXPECT_GT(records_[0]->batches.size(), 10U);
}

}  // namespace
}  // namespace codeset::ctl
