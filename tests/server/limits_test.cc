// Answers where something is not known, and where there is too much of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "codeset/v1/admin.grpc.pb.h"
#include "codeset/v1/releases.grpc.pb.h"
#include "codeset/v1/terminology.grpc.pb.h"
#include "server/diff.h"
#include "server/record_verification.h"
#include "server/reference_import.h"
#include "server/releases.h"
#include "tests/server/fixture.h"
#include "tests/server/parsed_answers.h"
#include "tests/support/source_text.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using model::Reason;
using model::ReasonOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// The miniature's structure has no place for chapter 22.
TEST(UnplacedTest, AnUnplacedCategoryHasNoKnownAncestors) {
  ServerFixture fixture;
  fixture.Load("2026");
  v1::LoadOptions options;
  options.set_release_id("2031");
  const auto report =
      LoadRelease(fixture.store(), options,
                  {{"a.txt", testing::OrderLine(1, "U07", false, "Emergency use of U07") +
                                 testing::OrderLine(2, "U071", true, "COVID-19")}},
                  {});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->release().unplaced_category_ids(), ElementsAre("U07"));
  EXPECT_EQ(report->release().structure_from(), "2026");
  v1::ListRelativesRequest request;
  request.mutable_release()->set_release("2031");
  request.set_id("U07");
  request.set_relation(v1::RELATION_ANCESTORS);
  const auto ancestors = ListRelatives(fixture.backend(), request);
  ASSERT_TRUE(ancestors.ok()) << ancestors.status();
  EXPECT_THAT(ancestors->concepts(), IsEmpty());
  EXPECT_FALSE(ancestors->complete());

  // Chapter 13 is dropped here, since nothing is known to lie in it: it is not known.
  v1::GetConceptRequest chapter;
  chapter.mutable_release()->set_release("2031");
  chapter.set_id("13");
  EXPECT_EQ(ReasonOf(GetConcept(fixture.backend(), chapter).status()), Reason::kStructureNotKnown);
  chapter.set_id("M99");
  EXPECT_EQ(ReasonOf(GetConcept(fixture.backend(), chapter).status()), Reason::kConceptNotFound);
  v1::BatchGetConceptsRequest batch;
  batch.mutable_release()->set_release("2031");
  for (const char* id : {"13", "M99"}) batch.add_ids(id);
  const auto results = BatchGetConcepts(fixture.backend(), batch);
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_EQ(results->results(0).failure().reason(), v1::ERROR_REASON_STRUCTURE_NOT_KNOWN);
  EXPECT_EQ(results->results(1).failure().reason(), v1::ERROR_REASON_CONCEPT_NOT_FOUND);

  v1::ListConceptsRequest list;
  list.mutable_release()->set_release("2031");
  list.add_kinds(v1::CONCEPT_KIND_CHAPTER);
  EXPECT_FALSE(ListConcepts(fixture.backend(), list)->complete());
  list.mutable_release()->set_release("2026");
  EXPECT_TRUE(ListConcepts(fixture.backend(), list)->complete());

  v1::GetDiffSummaryRequest summary;
  summary.mutable_from()->set_release("2031");
  summary.mutable_to()->set_release("2026");
  EXPECT_TRUE(GetDiffSummary(fixture.backend(), summary)->complete());
  summary.set_under_id("13");
  EXPECT_FALSE(GetDiffSummary(fixture.backend(), summary)->complete());
  v1::StreamDiffRequest stream;
  *stream.mutable_from() = summary.from();
  *stream.mutable_to() = summary.to();
  stream.set_under_id("13");
  EXPECT_FALSE((*StreamDiff(fixture.backend(), stream))()->complete());
  // 2026 has no chapter 99, but whether 2031 has one is not known.
  summary.set_under_id("99");
  EXPECT_EQ(ReasonOf(GetDiffSummary(fixture.backend(), summary).status()),
            Reason::kStructureNotKnown);

  const auto releases = ListReleases(fixture.backend(), {});
  ASSERT_TRUE(releases.ok()) << releases.status();
  for (const v1::Edition& edition : releases->editions()) {
    EXPECT_EQ(edition.in_register(), edition.id() != "2031") << edition.id();
  }
}

// gRPC would end a call whose answer is too large without a reason.
TEST(LargeAnswerTest, ABatchThatIsTooLargeIsRefusedWithReason) {
  ServerFixture fixture;
  const std::string note =
      absl::StrCat("<includes><note>", std::string(60'000, 'x'), "</note></includes>\n");
  v1::LoadOptions options;
  options.set_release_id("2031");
  const auto report =
      LoadRelease(fixture.store(), options,
                  {{"a.txt", testing::OrderLine(1, "A00", true, "Cholera")},
                   {"a.xml", testing::TabularXml(testing::DiagXml("A00", "Cholera", note))}},
                  {});
  ASSERT_TRUE(report.ok()) << report.status();
  v1::BatchGetConceptsRequest request;
  request.mutable_release()->set_release("2031");
  request.set_view(v1::CONCEPT_VIEW_FULL);
  for (int i = 0; i < 1000; ++i) request.add_ids("A00");
  const absl::Status status = BatchGetConcepts(fixture.backend(), request).status();
  EXPECT_TRUE(testing::FailsWith(status, Reason::kAnswerTooLarge, "", "ask for fewer ids"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("48 MiB"));
  request.mutable_ids()->DeleteSubrange(800, 200);
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(64 << 20);
  const auto channel = grpc::CreateCustomChannel(fixture.server().address(),
                                                 grpc::InsecureChannelCredentials(), arguments);
  grpc::ClientContext context;
  v1::BatchGetConceptsResponse response;
  const grpc::Status sent =
      v1::Terminology::NewStub(channel)->BatchGetConcepts(&context, request, &response);
  EXPECT_TRUE(sent.ok()) << sent.error_message();
  EXPECT_EQ(response.results_size(), 800);
}

// A message of `bytes` bytes and a little more, in a field that no method reads.
template <typename Request>
Request LargeRequest(size_t bytes) {
  Request request;
  request.GetReflection()->MutableUnknownFields(&request)->AddLengthDelimited(
      1000, std::string(bytes, 'x'));
  return request;
}

TEST(LargeRequestTest, MessagesThatAreTooLargeAreRefused) {
  constexpr size_t kMebibyte = size_t{1} << 20;
  ServerFixture fixture;
  fixture.Load("2026");
  const auto credentials = grpc::InsecureChannelCredentials();
  const auto stub =
      v1::Releases::NewStub(grpc::CreateChannel(fixture.server().address(), credentials));
  const auto list = [&](size_t bytes) {
    grpc::ClientContext context;
    v1::ListReleasesResponse response;
    return stub->ListReleases(&context, LargeRequest<v1::ListReleasesRequest>(bytes), &response);
  };
  EXPECT_TRUE(list(4 * kMebibyte - 100).ok());
  EXPECT_EQ(list(4 * kMebibyte).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  const auto admin =
      v1::Admin::NewStub(grpc::CreateChannel(fixture.server().admin_address(), credentials));
  const auto verify = [&](size_t bytes) {
    grpc::ClientContext context;
    auto request = LargeRequest<v1::VerifyReleaseRequest>(bytes);
    request.set_release_id("2026");
    v1::VerifyReleaseResponse response;
    return admin->VerifyRelease(&context, request, &response);
  };
  EXPECT_TRUE(verify(2 * kMebibyte - 100).ok());
  EXPECT_EQ(verify(2 * kMebibyte).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST(LedgerLimitsTest, ACallTakesSoManyVerificationsAndCounts) {
  ServerFixture fixture;
  fixture.Load("2026");
  v1::RecordVerificationRequest verifications;
  for (int i = 0; i < kMaxVerifications; ++i) verifications.add_verifications();
  // What is wrong then is what they hold.
  EXPECT_THAT(std::string(RecordVerification(fixture.backend(), verifications).status().message()),
              Not(HasSubstr("1001")));
  verifications.add_verifications();
  EXPECT_TRUE(testing::FailsWith(RecordVerification(fixture.backend(), verifications).status(),
                                 Reason::kArgumentInvalid, "", "1001"));
  v1::SetUsageCountsRequest counts;
  for (int i = 0; i <= kMaxUsageCounts; ++i) counts.add_counts()->set_code("A00.0");
  EXPECT_TRUE(testing::FailsWith(SetUsageCounts(fixture.backend(), counts).status(),
                                 Reason::kArgumentInvalid, "", "at most 100000 are taken"));
}

TEST(LedgerLimitsTest, APageHasAtMostOneMebibyte) {
  ServerFixture fixture;
  fixture.Load("2026");
  const Backend backend = fixture.backend();
  const auto import = [&](size_t bytes) {
    ImportSession session(backend);
    v1::ImportReferencesRequest request;
    request.mutable_options()->mutable_release()->set_release("2026");
    EXPECT_TRUE(session.Take(request).ok());
    *request.mutable_documents()->add_references() = LargeRequest<v1::Reference>(bytes);
    return session.Take(request);
  };
  EXPECT_TRUE(testing::FailsWith(import(size_t{1} << 20), Reason::kReferenceInvalid, "",
                                 "1048576 are taken at most"));
  // Of a smaller one other things are wrong.
  EXPECT_THAT(std::string(import(size_t{1} << 19).message()), Not(HasSubstr("at most")));
}

}  // namespace
}  // namespace codeset::server
