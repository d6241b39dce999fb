// ValidateCodes and StreamValidateCodes over the miniature, with and without gRPC; what codes
// are: tests/query/validation_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "codeset/v1/terminology.grpc.pb.h"
#include "server/validation.h"
#include "storage/model/concept_id.h"
#include "tests/server/fixture.h"
#include "tests/server/parsed_answers.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using model::Reason;
using testing::FailsWith;

class ValidationHandlersTest : public ::testing::Test {
 protected:
  ValidationHandlersTest() {
    fixture_.Load("2025");
    fixture_.Load("2026");
    fixture_.Load("2027");
  }

  static void AddRow(v1::StreamValidateCodesRequest& request, const std::string& code,
                     const std::string& release = "", const std::string& date = "") {
    v1::CodeToValidate* row = request.add_rows();
    row->set_code(code);
    if (!release.empty()) row->mutable_release()->set_release(release);
    if (!date.empty()) row->mutable_release()->set_date(date);
  }

  // All that a session answers before it wants the next request, in one message.
  static v1::StreamValidateCodesResponse Answers(ValidationSession& session, int* messages) {
    v1::StreamValidateCodesResponse all;
    *messages = 0;
    while (true) {
      auto response = session.Next();
      EXPECT_TRUE(response.ok()) << response.status();
      if (!response.ok() || !response->has_value()) return all;
      EXPECT_LE((*response)->results_size(), kRowsBetweenLooks);
      ++*messages;
      all.MergeFrom(**response);
    }
  }

  v1::ValidateCodesResponse Ask(const std::string& release, const std::vector<std::string>& codes) {
    v1::ValidateCodesRequest request;
    request.mutable_release()->set_release(release);
    request.mutable_codes()->Assign(codes.begin(), codes.end());
    auto response = ValidateCodes(backend_, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::ValidateCodesResponse();
  }

  ServerFixture fixture_;
  const Backend backend_ = fixture_.backend();
};

TEST_F(ValidationHandlersTest, TheAnswersBytesAreThoseOfTheMessages) {
  v1::ReleaseSelector selector;
  selector.set_release("2026");
  const OpenRelease open = Open(backend_, selector).value();
  v1::ValidateCodesRequest request;
  *request.mutable_release() = selector;
  for (const image::Node& node : open.image->nodes()) {
    const std::string key(node.key);
    for (const std::string& text : {key, model::FormatConceptKey(key), absl::AsciiStrToLower(key),
                                    absl::StrCat("  ", key, " "), key + "X", "Z" + key}) {
      request.add_codes(text);
    }
  }
  request.add_codes(std::string(80, ' ') + "M99.86");
  ReleaseValidators validators(backend_);
  const auto validator = validators.Open(open).value();
  v1::ValidateCodesResponse expected;
  *expected.add_releases() = open.resolved;
  int billable = 0;
  for (int row = 0; row < request.codes_size(); ++row) {
    v1::CodeValidation& result = *expected.add_results();
    result = validator->Validate(request.codes(row)).value();
    result.set_row(row);
    result.set_text(request.codes(row).substr(0, 64));
    billable += result.outcome() == v1::VALIDATION_OUTCOME_BILLABLE ? 1 : 0;
  }
  EXPECT_GT(billable, 100);
  EXPECT_EQ(ValidateCodesBytes(backend_, request).value(), expected.SerializeAsString());
}

TEST_F(ValidationHandlersTest, AnswersEachCodeInOrder) {
  const v1::ValidateCodesResponse response =
      Ask("2026", {"m9986", "S06.0X0", "S06.0X0Z", "G35", "M99 86"});
  ASSERT_EQ(response.releases_size(), 1);
  EXPECT_EQ(response.releases(0).release_id(), "2026");
  ASSERT_EQ(response.results_size(), 5);
  const v1::ValidationOutcome outcomes[] = {
      v1::VALIDATION_OUTCOME_BILLABLE, v1::VALIDATION_OUTCOME_HEADER,
      v1::VALIDATION_OUTCOME_SEVENTH_CHARACTER_NOT_LEGAL, v1::VALIDATION_OUTCOME_HEADER,
      v1::VALIDATION_OUTCOME_MALFORMED};
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(response.results(i).row(), i);
    EXPECT_EQ(response.results(i).outcome(), outcomes[i]) << i;
    EXPECT_EQ(response.results(i).release_index(), 0);
  }
  EXPECT_EQ(response.results(0).text(), "m9986");
  EXPECT_EQ(response.results(0).id(), "M99.86");
  // G35 was billable in 2025.
  EXPECT_EQ(response.results(3).valid_until(), "2025-10-01");
  EXPECT_EQ(response.results(3).valid_until_release_id(), "2025");
  EXPECT_GT(response.results(3).replacements_size(), 0);
  EXPECT_EQ(response.results(4).suggested_id(), "M99.86");
}

TEST_F(ValidationHandlersTest, OneCallRefusesTooFewAndTooManyAndASelectorThatIsNone) {
  v1::ValidateCodesRequest request;
  EXPECT_TRUE(
      FailsWith(ValidateCodes(backend_, request).status(), Reason::kArgumentInvalid, "", ""));
  for (int i = 0; i <= 10000; ++i) request.add_codes("I10");
  EXPECT_TRUE(
      FailsWith(ValidateCodes(backend_, request).status(), Reason::kArgumentInvalid, "", ""));
  request.clear_codes();
  request.add_codes("I10");
  request.mutable_release()->set_release("2024");
  EXPECT_TRUE(
      FailsWith(ValidateCodes(backend_, request).status(), Reason::kReleaseNotFound, "", ""));
}

TEST_F(ValidationHandlersTest, ACancelledCallIsNotAnsweredToItsEnd) {
  v1::ValidateCodesRequest request;
  request.mutable_release()->set_release("2026");
  for (int i = 0; i < 1000; ++i) request.add_codes("Z99999");
  int looks = 0;
  const auto cancelled = [&] { return ++looks == 3; };
  EXPECT_TRUE(
      FailsWith(ValidateCodes(backend_, request, cancelled).status(), Reason::kCancelled, "", ""));
  EXPECT_EQ(looks, 3);
}

TEST_F(ValidationHandlersTest, WhatIsWrongWithASelectorDoesNotGrowWithIt) {
  ValidationSession session(backend_);
  v1::StreamValidateCodesRequest request;
  AddRow(request, "G35", std::string(100000, 'x'));
  AddRow(request, "G35", "2026");
  for (int i = 0; i < 100000; ++i) {
    request.mutable_rows(1)->mutable_release()->add_group_fingerprints();
  }
  ASSERT_TRUE(session.Take(request).ok());
  int messages = 0;
  const v1::StreamValidateCodesResponse all = Answers(session, &messages);
  ASSERT_EQ(all.results_size(), 2);
  for (const v1::CodeValidation& told : all.results()) {
    EXPECT_EQ(told.outcome(), v1::VALIDATION_OUTCOME_NOT_ANSWERABLE);
    EXPECT_LE(told.message().size(), 1100U);
  }
}

TEST_F(ValidationHandlersTest, EachRowOfAStreamHasItsOwnRelease) {
  ValidationSession session(backend_);
  v1::StreamValidateCodesRequest request;
  request.mutable_release()->set_release("2026");
  AddRow(request, "G35");
  AddRow(request, "G35", "2025");
  AddRow(request, "G35", "", "2025-09-30");
  AddRow(request, "G35", "", "2025-02-01");
  AddRow(request, "G35", "2026");
  ASSERT_TRUE(session.Take(request).ok());
  int messages = 0;
  v1::StreamValidateCodesResponse all = Answers(session, &messages);
  ASSERT_EQ(all.results_size(), 5);
  EXPECT_EQ(all.results(0).outcome(), v1::VALIDATION_OUTCOME_HEADER);
  EXPECT_EQ(all.results(1).outcome(), v1::VALIDATION_OUTCOME_BILLABLE);
  std::vector<std::string> releases;
  for (const auto& result : all.results()) {
    releases.push_back(all.releases(result.release_index()).release_id());
  }
  EXPECT_THAT(releases, ::testing::ElementsAre("2026", "2025", "2025", "2025", "2026"));

  // A second message goes on counting, and tells no release again.
  v1::StreamValidateCodesRequest second;
  AddRow(second, "I10", "2025");
  ASSERT_TRUE(session.Take(second).ok());
  const v1::StreamValidateCodesResponse more = Answers(session, &messages);
  ASSERT_EQ(more.results_size(), 1);
  EXPECT_EQ(more.results(0).row(), 5);
  EXPECT_EQ(more.results(0).release_index(), all.results(1).release_index());
  EXPECT_EQ(more.releases_size(), 0);
}

TEST_F(ValidationHandlersTest, AReleaseThatCannotBeToldIsAnOutcomeOfItsRow) {
  ValidationSession session(backend_);
  v1::StreamValidateCodesRequest request;
  AddRow(request, "I10", "", "2023-05-01");
  AddRow(request, "I10", "", "the day before yesterday");
  AddRow(request, "I10", "2023");
  AddRow(request, "I10", "", "1999-01-01");
  AddRow(request, "I10", "2026");
  ASSERT_TRUE(session.Take(request).ok());
  int messages = 0;
  const v1::StreamValidateCodesResponse all = Answers(session, &messages);
  ASSERT_EQ(all.results_size(), 5);
  const v1::ErrorReason reasons[] = {
      v1::ERROR_REASON_RELEASE_NOT_LOADED, v1::ERROR_REASON_ARGUMENT_INVALID,
      v1::ERROR_REASON_RELEASE_NOT_FOUND, v1::ERROR_REASON_DATE_BEFORE_FIRST_RELEASE};
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(all.results(i).outcome(), v1::VALIDATION_OUTCOME_NOT_ANSWERABLE) << i;
    EXPECT_EQ(all.results(i).reason(), reasons[i]) << all.results(i).message();
    EXPECT_EQ(all.results(i).release_index(), -1);
    EXPECT_NE(all.results(i).message(), "");
  }
  // The edition within the year, in force from 2023-04-01, changed codes.
  EXPECT_EQ(all.results(0).edition_id(), "2023-04");
  EXPECT_EQ(all.results(4).outcome(), v1::VALIDATION_OUTCOME_BILLABLE);
  EXPECT_EQ(all.results(4).release_index(), 0);
}

TEST_F(ValidationHandlersTest, AStreamIsAnsweredFromWhatWasLoadedWhenItBegan) {
  ValidationSession session(backend_);
  auto deleted = fixture_.store().Delete("2025");
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  v1::StreamValidateCodesRequest request;
  AddRow(request, "G35", "2025");
  ASSERT_TRUE(session.Take(request).ok());
  int messages = 0;
  EXPECT_EQ(Answers(session, &messages).results(0).outcome(), v1::VALIDATION_OUTCOME_BILLABLE);
}

TEST_F(ValidationHandlersTest, RefusesMessagesThatBreakTheLimits) {
  ValidationSession session(backend_);
  v1::StreamValidateCodesRequest first;
  first.mutable_release()->set_release("2026");
  ASSERT_TRUE(session.Take(first).ok());
  v1::StreamValidateCodesRequest empty;
  EXPECT_TRUE(FailsWith(session.Take(empty), Reason::kArgumentInvalid, "", ""));
  AddRow(first, "I10");
  EXPECT_TRUE(FailsWith(session.Take(first), Reason::kArgumentInvalid, "", ""));
  v1::StreamValidateCodesRequest many;
  for (int i = 0; i <= kMaxValidationRows; ++i) AddRow(many, "I10");
  EXPECT_TRUE(FailsWith(session.Take(many), Reason::kArgumentInvalid, "", ""));
}

TEST_F(ValidationHandlersTest, LongAnswersAreDividedAndLongTextsCut) {
  ValidationSession session(backend_);
  v1::StreamValidateCodesRequest request;
  for (int i = 0; i < kMaxValidationRows; ++i) AddRow(request, "G35", "2026");
  *request.mutable_rows(0)->mutable_code() = std::string(5000, 'M');
  ASSERT_TRUE(session.Take(request).ok());
  int messages = 0;
  const v1::StreamValidateCodesResponse all = Answers(session, &messages);
  ASSERT_EQ(all.results_size(), kMaxValidationRows);
  EXPECT_GT(messages, 1);
  EXPECT_EQ(all.results(0).text().size(), 64U);
}

TEST_F(ValidationHandlersTest, StreamsOverTheWireInOrderWhileRowsAreStillSent) {
  auto stub = v1::Terminology::NewStub(fixture_.server().InProcessChannel());
  grpc::ClientContext context;
  auto stream = stub->StreamValidateCodes(&context);
  constexpr int kMessages = 20;
  std::thread writer([&] {
    for (int m = 0; m < kMessages; ++m) {
      v1::StreamValidateCodesRequest request;
      for (int i = 0; i < kMaxValidationRows; ++i) {
        AddRow(request, i % 2 == 0 ? "G35" : "I10", i % 3 == 0 ? "2025" : "2026");
      }
      if (!stream->Write(request)) break;
    }
    stream->WritesDone();
  });
  v1::StreamValidateCodesResponse response;
  int64_t next = 0;
  int releases = 0;
  while (stream->Read(&response)) {
    releases += response.releases_size();
    for (const auto& result : response.results()) EXPECT_EQ(result.row(), next++);
  }
  writer.join();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(next, kMessages * kMaxValidationRows);
  EXPECT_EQ(releases, 2);
}

// gRPC's own reading of messages would tell of it as of the end of the rows.
TEST_F(ValidationHandlersTest, ARowThatCannotBeReadEndsAStreamWithAnError) {
  auto stub = v1::Terminology::NewStub(fixture_.server().InProcessChannel());
  grpc::ClientContext context;
  auto stream = stub->StreamValidateCodes(&context);
  v1::StreamValidateCodesRequest request;
  AddRow(request, "I10", "2026");
  ASSERT_TRUE(stream->Write(request));
  v1::StreamValidateCodesResponse response;
  ASSERT_TRUE(stream->Read(&response));
  request.mutable_rows(0)->set_code("I\xff");
  stream->Write(request);
  stream->WritesDone();
  EXPECT_FALSE(stream->Read(&response));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(ReasonIn(status), "ARGUMENT_INVALID");
  EXPECT_THAT(status.error_message(), ::testing::HasSubstr("StreamValidateCodesRequest"));
}

TEST_F(ValidationHandlersTest, AStreamWithoutAnyMessageEndsWell) {
  auto stub = v1::Terminology::NewStub(fixture_.server().InProcessChannel());
  grpc::ClientContext context;
  auto stream = stub->StreamValidateCodes(&context);
  stream->WritesDone();
  v1::StreamValidateCodesResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

}  // namespace
}  // namespace codeset::server
