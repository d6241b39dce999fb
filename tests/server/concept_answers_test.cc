// Answers that are put together from bytes, held against messages that are put together from
// concepts; and that nothing is answered from what a selector meant before.
#include "server/concept_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "codeset/v1/terminology.grpc.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "server/request.h"
#include "storage/image/concept.h"
#include "storage/query/concept_view.h"
#include "tests/server/fixture.h"
#include "tests/server/parsed_answers.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using image::Image;
using image::NodeIndex;
using ::testing::HasSubstr;

constexpr v1::ConceptView kViews[] = {v1::CONCEPT_VIEW_BASIC, v1::CONCEPT_VIEW_FULL,
                                      v1::CONCEPT_VIEW_EFFECTIVE};

class ConceptAnswersTest : public ::testing::Test {
 protected:
  ConceptAnswersTest() {
    for (const char* id : {"2025", "2026"}) fixture_.Load(id);
  }

  OpenRelease OpenOf(const std::string& id) {
    v1::ReleaseSelector selector;
    selector.set_release(id);
    return Open(backend_, selector).value();
  }

  ServerFixture fixture_;
  Backend backend_ = fixture_.backend();
  ConceptAnswers answers_{backend_};
};

TEST_F(ConceptAnswersTest, OneConceptIsTheMessagesBytes) {
  for (const char* id : {"2025", "2026"}) {
    const OpenRelease open = OpenOf(id);
    for (const v1::ConceptView view : kViews) {
      for (NodeIndex node = 0; node < open.image->nodes().size(); ++node) {
        v1::GetConceptResponse expected;
        *expected.mutable_release() = open.resolved;
        *expected.mutable_found() = query::ViewConcept(*open.image, node, view);
        v1::GetConceptRequest request;
        request.mutable_release()->set_release(id);
        request.set_id(image::IdOf(*open.image, node));
        request.set_view(view);
        const auto bytes = answers_.GetConcept(request);
        ASSERT_TRUE(bytes.ok()) << bytes.status();
        ASSERT_EQ(*bytes, expected.SerializeAsString()) << id << " " << request.id();
      }
    }
  }
}

TEST_F(ConceptAnswersTest, ABatchIsTheMessagesBytes) {
  const OpenRelease open = OpenOf("2026");
  for (const v1::ConceptView view : kViews) {
    v1::BatchGetConceptsRequest request;
    request.mutable_release()->set_release("2026");
    request.set_view(view);
    v1::BatchGetConceptsResponse expected;
    *expected.mutable_release() = open.resolved;
    for (NodeIndex node = 0; node < open.image->nodes().size(); ++node) {
      request.add_ids(image::IdOf(*open.image, node));
      *expected.add_results()->mutable_found() = query::ViewConcept(*open.image, node, view);
      if (node % 7 == 0) {
        request.add_ids("Z99.99");
        v1::ConceptFailure* failure = expected.add_results()->mutable_failure();
        failure->set_id("Z99.99");
        failure->set_reason(v1::ERROR_REASON_CONCEPT_NOT_FOUND);
        failure->set_message("release 2026 has no concept Z99.99");
      }
    }
    const auto bytes = answers_.BatchGetConcepts(request);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    EXPECT_EQ(*bytes, expected.SerializeAsString());
  }
}

TEST_F(ConceptAnswersTest, ListsAreTheMessagesBytes) {
  const OpenRelease open = OpenOf("2026");
  const auto count = static_cast<int>(open.image->nodes().size());
  ASSERT_LE(count, kMaxPageSize);
  v1::ListConceptsRequest request;
  request.mutable_release()->set_release("2026");
  request.set_page_size(kMaxPageSize);
  request.set_view(v1::CONCEPT_VIEW_FULL);
  v1::ListConceptsResponse expected;
  *expected.mutable_release() = open.resolved;
  for (NodeIndex node = 0; node < open.image->nodes().size(); ++node) {
    *expected.add_concepts() = query::ViewConcept(*open.image, node, v1::CONCEPT_VIEW_FULL);
  }
  expected.set_total_size(count);
  expected.set_complete(true);
  EXPECT_EQ(answers_.ListConcepts(request).value(), expected.SerializeAsString());
  // A page in the middle tells where the next one begins.
  request.set_page_size(3);
  const auto page = ParsedAnswer<v1::ListConceptsResponse>(answers_.ListConcepts(request));
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->concepts_size(), 3);
  EXPECT_FALSE(page->next_page_token().empty());
  EXPECT_EQ(page->total_size(), count);
}

TEST_F(ConceptAnswersTest, RelativesAndStreamsAreTheMessagesBytes) {
  const OpenRelease open = OpenOf("2026");
  const NodeIndex chapter = open.image->Find("13").value();
  v1::ListRelativesResponse listed;
  v1::StreamDescendantsResponse streamed;
  *listed.mutable_release() = *streamed.mutable_release() = open.resolved;
  for (NodeIndex node = chapter + 1; node < open.image->node(chapter).end; ++node) {
    *listed.add_concepts() = *streamed.add_concepts() =
        query::ViewConcept(*open.image, node, v1::CONCEPT_VIEW_EFFECTIVE);
  }
  listed.set_total_size(listed.concepts_size());
  listed.set_complete(true);
  streamed.set_complete(true);
  v1::ListRelativesRequest relatives;
  relatives.mutable_release()->set_release("2026");
  relatives.set_id("13");
  relatives.set_relation(v1::RELATION_DESCENDANTS);
  relatives.set_view(v1::CONCEPT_VIEW_EFFECTIVE);
  relatives.set_page_size(kMaxPageSize);
  EXPECT_EQ(answers_.ListRelatives(relatives).value(), listed.SerializeAsString());
  v1::StreamDescendantsRequest stream;
  *stream.mutable_release() = relatives.release();
  stream.set_id("13");
  stream.set_view(v1::CONCEPT_VIEW_EFFECTIVE);
  const auto source = answers_.StreamDescendants(stream);
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ((*source)(), streamed.SerializeAsString());
  EXPECT_FALSE((*source)().has_value());
}

TEST_F(ConceptAnswersTest, ASelectorNeverMeansWhatItMeantBefore) {
  const auto answering = [&](const std::string& selector) -> std::string {
    v1::GetConceptRequest request;
    request.mutable_release()->set_release(selector);
    request.set_id("M99");
    const auto answer = ParsedAnswer<v1::GetConceptResponse>(answers_.GetConcept(request));
    return answer.ok() ? answer->release().release_id() : std::string(answer.status().message());
  };
  EXPECT_EQ(answering("current"), "2026");
  EXPECT_EQ(answering("current"), "2026");
  EXPECT_THAT(answering("2027"), HasSubstr("is not loaded"));
  // A load.
  fixture_.Load("2027");
  EXPECT_EQ(answering("current"), "2027");
  EXPECT_EQ(answering("2027"), "2027");
  // A label that moves.
  ASSERT_TRUE(fixture_.store().SetLabel("prod", "2025", false, "test").ok());
  EXPECT_EQ(answering("prod"), "2025");
  ASSERT_TRUE(fixture_.store().SetLabel("prod", "2026", false, "test").ok());
  EXPECT_EQ(answering("prod"), "2026");
  // A day that passes, forwards and (a clock set right) backwards.
  fixture_.SetNow("2026-09-30T23:59:59-04:00");
  EXPECT_EQ(answering("current"), "2026");
  fixture_.SetNow("2026-10-01T00:00:01-04:00");
  EXPECT_EQ(answering("current"), "2027");
  fixture_.SetNow("2026-09-30T12:00:00-04:00");
  EXPECT_EQ(answering("current"), "2026");
  // A release that is held back, and one that is deleted.
  fixture_.SetNow("2026-11-23T12:00:00-05:00");
  ASSERT_TRUE(fixture_.store().SetActivation("2027", "never", "test").ok());
  EXPECT_EQ(answering("current"), "2026");
  EXPECT_EQ(answering("2027"), "2027");
  ASSERT_TRUE(fixture_.store().Delete("2027").ok());
  EXPECT_THAT(answering("2027"), HasSubstr("was deleted"));
}

TEST_F(ConceptAnswersTest, MoreSelectorsThanAreKeptAreAnsweredAllTheSame) {
  // A year of days on each side of where one release follows the other, twice over.
  const absl::CivilDay first(2024, 10, 1);
  const absl::CivilDay second(2025, 10, 1);
  for (int round = 0; round < 2; ++round) {
    for (absl::CivilDay day = first; day < second + 180; ++day) {
      v1::GetConceptRequest request;
      request.mutable_release()->set_date(absl::FormatCivilTime(day));
      request.mutable_release()->set_allow_stale(true);
      request.set_id("M99");
      const auto answer = ParsedAnswer<v1::GetConceptResponse>(answers_.GetConcept(request));
      ASSERT_TRUE(answer.ok()) << day << answer.status();
      ASSERT_EQ(answer->release().release_id(), day < second ? "2025" : "2026") << day;
      ASSERT_EQ(answer->release().coverage().date(), request.release().date());
    }
  }
}

TEST_F(ConceptAnswersTest, ALongSelectorIsAnsweredToo) {
  v1::GetConceptRequest request;
  request.mutable_release()->set_release("2026");
  request.set_id("M99");
  const std::string expected = answers_.GetConcept(request).value();
  // What a later contract may add is not known here, and of any length.
  auto* unknown =
      request.mutable_release()->GetReflection()->MutableUnknownFields(request.mutable_release());
  unknown->AddLengthDelimited(1000, std::string(100'000, 'x'));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(answers_.GetConcept(request).value(), expected);
}

TEST_F(ConceptAnswersTest, BytesThatAreNoRequestAreRefusedWithAReason) {
  for (const char* method :
       {"GetConcept", "BatchGetConcepts", "ListConcepts", "ListRelatives", "StreamDescendants"}) {
    grpc::GenericStub stub(fixture_.server().InProcessChannel());
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    const grpc::Slice slice(std::string("\x0a\xff"));
    const grpc::ByteBuffer request(&slice, 1);
    const auto call = stub.PrepareUnaryCall(
        &context, absl::StrCat("/codeset.v1.Terminology/", method), request, &queue);
    call->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    ASSERT_TRUE(queue.Next(&tag, &ok));
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << method;
    EXPECT_EQ(ReasonIn(status), "ARGUMENT_INVALID") << method;
    EXPECT_THAT(status.error_message(), HasSubstr(absl::StrCat(method, "Request")));
  }
}

}  // namespace
}  // namespace codeset::server
