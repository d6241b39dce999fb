// What the EFFECTIVE view, ListReferencing and the load report tell of the miniature.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "codeset/v1/terminology.grpc.pb.h"
#include "server/referencing.h"
#include "server/report.h"
#include "server/terminology.h"
#include "tests/server/fixture.h"
#include "tests/server/parsed_answers.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using model::Reason;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;

v1::ListReferencingRequest About(const std::string& release, const std::string& id) {
  v1::ListReferencingRequest request;
  request.mutable_release()->set_release(release);
  request.set_id(id);
  return request;
}

// `T20-T32 sunburn (L55.-)`, one a note.
std::vector<std::string> Lines(const v1::ListReferencingResponse& response) {
  std::vector<std::string> lines;
  for (const v1::Referencing& found : response.referencing()) {
    lines.push_back(absl::StrCat(found.concept_id(), " ", found.text()));
  }
  return lines;
}

class ReferencingHandlersTest : public ::testing::Test {
 protected:
  ReferencingHandlersTest() : report_(fixture_.Load("2026")) {}

  ServerFixture fixture_;
  v1::LoadReport report_;
};

TEST_F(ReferencingHandlersTest, TellsWhoNamesAConcept) {
  auto stub = v1::Terminology::NewStub(fixture_.server().InProcessChannel());
  grpc::ClientContext context;
  v1::ListReferencingResponse response;
  ASSERT_TRUE(stub->ListReferencing(&context, About("2026", "l55"), &response).ok());
  EXPECT_THAT(Lines(response), ElementsAre("T20-T32 sunburn (L55.-)"));
  EXPECT_EQ(response.referencing(0).match(), v1::REFERENCING_MATCH_NAMED);
  EXPECT_EQ(response.total_size(), 1);
  EXPECT_EQ(response.release().release_id(), "2026");
  EXPECT_EQ(response.tabular_state(), v1::TABULAR_STATE_KNOWN);
}

TEST_F(ReferencingHandlersTest, PagesFitTogether) {
  v1::ListReferencingRequest request = About("2026", "L55");
  const auto whole = ListReferencing(fixture_.backend(), request);
  ASSERT_TRUE(whole.ok()) << whole.status();
  ASSERT_GT(whole->total_size(), 0);
  for (int size = 1; size <= 3; ++size) {
    request.set_page_size(size);
    request.clear_page_token();
    std::vector<std::string> lines;
    do {
      const auto page = ListReferencing(fixture_.backend(), request);
      ASSERT_TRUE(page.ok()) << page.status();
      EXPECT_LE(page->referencing_size(), size);
      for (const std::string& line : Lines(*page)) lines.push_back(line);
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    EXPECT_EQ(lines, Lines(*whole));
  }
}

TEST_F(ReferencingHandlersTest, RefusesATokenOfAnotherQuestion) {
  v1::ListReferencingRequest request = About("2026", "C75.0");
  request.set_page_token("nonsense");
  request.add_kinds(v1::NOTE_KIND_UNSPECIFIED);
  EXPECT_FALSE(ListReferencing(fixture_.backend(), request).ok());
  EXPECT_TRUE(FailsWith(ListReferencing(fixture_.backend(), About("2026", "Z99")).status(),
                        Reason::kConceptNotFound, "", "Z99"));
}

TEST_F(ReferencingHandlersTest, SaysThatNotesAreNotKnownWithoutATabularList) {
  fixture_.Load("2027");
  const auto response = ListReferencing(fixture_.backend(), About("2027", "L55"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->referencing_size(), 0);
  EXPECT_EQ(response->tabular_state(), v1::TABULAR_STATE_NOT_KNOWN);
}

TEST_F(ReferencingHandlersTest, AnswersTheEffectiveViewWhereverAViewIsAsked) {
  const Backend backend = fixture_.backend();
  const auto effective = [](const v1::Concept& item) {
    return absl::StrCat(item.id(), " ", item.effective_notes_size(), " ", item.has_facts());
  };
  v1::GetConceptRequest one;
  one.mutable_release()->set_release("2026");
  one.set_id("T25.011A");
  one.set_view(v1::CONCEPT_VIEW_EFFECTIVE);
  const auto got = GetConcept(backend, one);
  ASSERT_TRUE(got.ok()) << got.status();
  // T20-T25, T20-T32 and what its chapter says.
  const std::string expected = effective(got->found());
  EXPECT_GE(got->found().effective_notes_size(), 2);
  EXPECT_EQ(got->found().facts().seventh_character_use(), v1::SEVENTH_CHARACTER_USE_PRESENT);

  v1::BatchGetConceptsRequest batch;
  *batch.mutable_release() = one.release();
  batch.add_ids("T25.011A");
  batch.set_view(one.view());
  EXPECT_EQ(effective(BatchGetConcepts(backend, batch)->results(0).found()), expected);

  v1::ListConceptsRequest list;
  *list.mutable_release() = one.release();
  list.set_under_id("T25.011A");
  list.set_view(one.view());
  EXPECT_EQ(effective(ListConcepts(backend, list)->concepts(0)), expected);

  v1::ListRelativesRequest relatives;
  *relatives.mutable_release() = one.release();
  relatives.set_id("T25.011");
  relatives.set_relation(v1::RELATION_CHILDREN);
  relatives.set_view(one.view());
  EXPECT_EQ(effective(ListRelatives(backend, relatives)->concepts(0)), expected);

  v1::StreamDescendantsRequest stream;
  *stream.mutable_release() = one.release();
  stream.set_id("T25.011");
  stream.set_view(one.view());
  const auto source = StreamDescendants(backend, stream);
  EXPECT_EQ(effective((*source)()->concepts(0)), expected);

  v1::GetCommonAncestorRequest ancestor;
  *ancestor.mutable_release() = one.release();
  ancestor.add_ids("T25.011A");
  ancestor.set_view(one.view());
  EXPECT_EQ(effective(GetCommonAncestor(backend, ancestor)->ancestor()), expected);
}

TEST_F(ReferencingHandlersTest, ReportsTheReferencesOfALoad) {
  // Counted by tests/oracle/references.py too.
  EXPECT_EQ(report_.read_reference_count(), 18);
  ASSERT_EQ(report_.unread_reference_count(), 1);
  ASSERT_EQ(report_.unread_references_size(), 1);
  EXPECT_EQ(report_.unread_references(0).concept_id(), "S06");
  EXPECT_THAT(report_.unread_references(0).words(), HasSubstr("6th character 7 - death"));
  EXPECT_THAT(FormatReport(report_), HasSubstr("1 could not be"));
}

TEST_F(ReferencingHandlersTest, ReportsNoReferencesWithoutATabularList) {
  const v1::LoadReport report = fixture_.Load("2027");
  EXPECT_EQ(report.read_reference_count(), 0);
  EXPECT_EQ(report.unread_reference_count(), 0);
}

}  // namespace
}  // namespace codeset::server
