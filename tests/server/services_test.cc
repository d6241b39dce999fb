// Handlers by direct call, over an in-process channel and over TCP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "codeset/v1/releases.grpc.pb.h"
#include "codeset/v1/terminology.grpc.pb.h"
#include "google/protobuf/util/message_differencer.h"
#include "server/diff.h"
#include "server/error.h"
#include "server/releases.h"
#include "server/request.h"
#include "server/terminology.h"
#include "tests/server/fixture.h"
#include "tests/server/parsed_answers.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using google::protobuf::util::MessageDifferencer;
using model::Reason;
using model::ReasonOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ServicesTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    fixture_ = new ServerFixture();
    for (const char* id : {"2025", "2026", "2027"}) fixture_->Load(id);
  }
  static void TearDownTestSuite() {
    delete fixture_;
    fixture_ = nullptr;
  }

  static Backend backend() { return fixture_->backend(); }

  template <typename Request>
  static Request In(const std::string& release) {
    Request request;
    request.mutable_release()->set_release(release);
    return request;
  }

  static v1::GetConceptRequest Ask(const std::string& release, const std::string& id) {
    auto request = In<v1::GetConceptRequest>(release);
    request.set_id(id);
    return request;
  }

  static v1::ListRelativesRequest Relatives(const std::string& release, const std::string& id,
                                            v1::Relation relation) {
    auto request = In<v1::ListRelativesRequest>(release);
    request.set_id(id);
    request.set_relation(relation);
    return request;
  }

  template <typename Response>
  static std::vector<std::string> Ids(const Response& response) {
    std::vector<std::string> ids;
    for (const v1::Concept& entry : response.concepts()) ids.push_back(entry.id());
    return ids;
  }

  static ServerFixture* fixture_;
};

ServerFixture* ServicesTest::fixture_ = nullptr;

TEST_F(ServicesTest, AnswersTheSameByCallInProcessAndOverTcp) {
  v1::GetConceptRequest request = Ask("2026", " m9986 ");
  request.set_view(v1::CONCEPT_VIEW_FULL);
  const auto direct = GetConcept(backend(), request);
  ASSERT_TRUE(direct.ok()) << direct.status();
  EXPECT_EQ(direct->found().id(), "M99.86");
  EXPECT_EQ(direct->release().release_id(), "2026");
  EXPECT_THAT(direct->release().fingerprint(), SizeIs(64));
  EXPECT_EQ(direct->release().coverage().kind(), v1::COVERAGE_KIND_EXACT);
  for (const auto& channel :
       {fixture_->server().InProcessChannel(),
        grpc::CreateChannel(fixture_->server().address(), grpc::InsecureChannelCredentials())}) {
    grpc::ClientContext context;
    v1::GetConceptResponse response;
    const auto stub = v1::Terminology::NewStub(channel);
    const grpc::Status status = stub->GetConcept(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_TRUE(MessageDifferencer::Equals(response, *direct));
  }
}

TEST_F(ServicesTest, NothingNamedMeansCurrent) {
  v1::GetConceptRequest request;
  request.set_id("M99");
  const auto answer = GetConcept(backend(), request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->release().release_id(), "2027");
  EXPECT_EQ(answer->release().structure_from(), "2026");
  EXPECT_EQ(answer->release().coverage().date(), "2026-11-23");
}

TEST_F(ServicesTest, RefusesWithReason) {
  const struct {
    v1::GetConceptRequest request;
    Reason reason;
  } cases[] = {
      {Ask("2026", ""), Reason::kArgumentInvalid},
      {Ask("2026", "M99.8?"), Reason::kConceptIdInvalid},
      {Ask("2026", std::string(10000, 'A')), Reason::kConceptIdInvalid},
      {Ask("2026", "Z99.99"), Reason::kConceptNotFound},
      {Ask("2024", "M99"), Reason::kReleaseNotFound},
      {Ask("2026-99", "M99"), Reason::kReleaseIdInvalid},
      {Ask("prod", "M99"), Reason::kReleaseNotFound},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(ReasonOf(GetConcept(backend(), test.request).status()), test.reason)
        << test.request.ShortDebugString().substr(0, 100);
  }
}

TEST_F(ServicesTest, TellsOfSelectorAndIdAtOnce) {
  EXPECT_THAT(ViolationsOf(GetConcept(backend(), Ask("2026-99", "?")).status()), SizeIs(2));
}

TEST_F(ServicesTest, TellsReasonAndEditionOverTheWire) {
  v1::GetConceptRequest request;
  request.mutable_release()->set_date("2023-06-01");
  request.set_id("M99");
  grpc::ClientContext context;
  v1::GetConceptResponse response;
  const auto stub = v1::Terminology::NewStub(fixture_->server().InProcessChannel());
  const grpc::Status status = stub->GetConcept(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonIn(status), "RELEASE_NOT_LOADED");
  EXPECT_EQ(FactIn(status, "edition"), "2023-04");
}

TEST_F(ServicesTest, BatchKeepsOrderAndTellsOfEachItem) {
  auto request = In<v1::BatchGetConceptsRequest>("2026");
  for (const char* id : {"M99", "nonsense!", "Z99.99", "M99"}) request.add_ids(id);
  const auto answer = BatchGetConcepts(backend(), request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->results_size(), 4);
  EXPECT_EQ(answer->results(0).found().id(), "M99");
  EXPECT_EQ(answer->results(1).failure().reason(), v1::ERROR_REASON_CONCEPT_ID_INVALID);
  EXPECT_EQ(answer->results(1).failure().id(), "nonsense!");
  EXPECT_EQ(answer->results(2).failure().reason(), v1::ERROR_REASON_CONCEPT_NOT_FOUND);
  EXPECT_EQ(answer->results(3).found().id(), "M99");
}

TEST_F(ServicesTest, BatchTakesOneToTenThousand) {
  auto request = In<v1::BatchGetConceptsRequest>("2026");
  EXPECT_EQ(ReasonOf(BatchGetConcepts(backend(), request).status()), Reason::kArgumentInvalid);
  for (int i = 0; i < kMaxBatchIds; ++i) request.add_ids("M99");
  EXPECT_TRUE(BatchGetConcepts(backend(), request).ok());
  request.add_ids("M99");
  EXPECT_EQ(ReasonOf(BatchGetConcepts(backend(), request).status()), Reason::kArgumentInvalid);
}

// Reads all pages of a list with a handler.
template <typename Request, typename Handler>
std::vector<std::string> AllPages(const Backend& backend, Request request, int page_size,
                                  Handler handler) {
  std::vector<std::string> ids;
  request.set_page_size(page_size);
  do {
    const auto page = handler(backend, request);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) return ids;
    for (const v1::Concept& entry : page->concepts()) ids.push_back(entry.id());
    EXPECT_TRUE(page->next_page_token().empty() || page->concepts_size() == page_size);
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return ids;
}

TEST_F(ServicesTest, PagesTogetherAreOneBigPage) {
  auto list = In<v1::ListConceptsRequest>("2026");
  const std::vector<std::string> all = AllPages(backend(), list, 1000, ListConcepts);
  ASSERT_GT(all.size(), 80u);
  const auto below = Relatives("2026", "19", v1::RELATION_DESCENDANTS);
  const std::vector<std::string> descendants = AllPages(backend(), below, 1000, ListRelatives);
  ASSERT_GT(descendants.size(), 20u);
  for (int size = 1; size <= 7; ++size) {
    EXPECT_EQ(AllPages(backend(), list, size, ListConcepts), all) << size;
    EXPECT_EQ(AllPages(backend(), below, size, ListRelatives), descendants) << size;
  }
}

TEST_F(ServicesTest, PageTokensStayWithTheirRequestAndRelease) {
  v1::ListConceptsRequest request;
  request.set_page_size(2);
  request.set_pattern("M99");
  const auto first = ListConcepts(backend(), request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->release().release_id(), "2027");
  request.set_page_token(first->next_page_token());
  // `current` has moved back; the token pins the release and its coverage.
  Backend earlier = backend();
  earlier.clock = [] { return absl::FromUnixSeconds(1'735'000'000); };
  const auto second = ListConcepts(earlier, request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_TRUE(MessageDifferencer::Equals(second->release(), first->release()));

  request.set_pattern("M99.8");
  EXPECT_EQ(ReasonOf(ListConcepts(backend(), request).status()), Reason::kPageTokenInvalid);
  auto relatives = Relatives("2027", "M99", v1::RELATION_CHILDREN);
  relatives.set_page_token(first->next_page_token());
  EXPECT_EQ(ReasonOf(ListRelatives(backend(), relatives).status()), Reason::kPageTokenInvalid);
}

TEST_F(ServicesTest, RefusesListsThatMakeNoSense) {
  const auto refused = [&](auto change) {
    auto request = In<v1::ListConceptsRequest>("2026");
    change(request);
    return ReasonOf(ListConcepts(backend(), request).status());
  };
  EXPECT_EQ(refused([](auto& r) { r.set_page_size(1001); }), Reason::kArgumentInvalid);
  EXPECT_EQ(refused([](auto& r) { r.set_page_size(-1); }), Reason::kArgumentInvalid);
  EXPECT_EQ(refused([](auto& r) { r.set_page_token("x"); }), Reason::kPageTokenInvalid);
  EXPECT_EQ(refused([](auto& r) { r.set_pattern("E1.1"); }), Reason::kArgumentInvalid);
  EXPECT_EQ(refused([](auto& r) { r.set_range_first("M99"); }), Reason::kArgumentInvalid);
  EXPECT_EQ(refused([](auto& r) { r.add_kinds(v1::CONCEPT_KIND_UNSPECIFIED); }),
            Reason::kArgumentInvalid);
  EXPECT_EQ(refused([](auto& r) { r.set_view(static_cast<v1::ConceptView>(9)); }),
            Reason::kArgumentInvalid);
  EXPECT_EQ(refused([](auto& r) { r.set_under_id("Z99.99"); }), Reason::kConceptNotFound);
  EXPECT_EQ(refused([](auto& r) {
              r.set_range_first("M99");
              r.set_range_last("A00");
            }),
            Reason::kArgumentInvalid);
}

TEST_F(ServicesTest, ListsRelativesInOrder) {
  const auto ancestors =
      ListRelatives(backend(), Relatives("2026", "M99.86", v1::RELATION_ANCESTORS));
  ASSERT_TRUE(ancestors.ok()) << ancestors.status();
  EXPECT_THAT(Ids(*ancestors), ElementsAre("M99.8", "M99", "M99-M99", "13"));
  EXPECT_TRUE(ancestors->complete());
  EXPECT_EQ(
      ReasonOf(
          ListRelatives(backend(), Relatives("2026", "M99", v1::RELATION_UNSPECIFIED)).status()),
      Reason::kArgumentInvalid);
}

TEST_F(ServicesTest, StreamsWhatItLists) {
  const auto listed = ListRelatives(backend(), [] {
    auto request = Relatives("2026", "13", v1::RELATION_DESCENDANTS);
    request.set_page_size(1000);
    return request;
  }());
  ASSERT_TRUE(listed.ok()) << listed.status();
  auto request = In<v1::StreamDescendantsRequest>("2026");
  request.set_id("13");
  grpc::ClientContext context;
  const auto stub = v1::Terminology::NewStub(fixture_->server().InProcessChannel());
  const auto reader = stub->StreamDescendants(&context, request);
  v1::StreamDescendantsResponse all, part;
  while (reader->Read(&part)) all.MergeFrom(part);
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(Ids(all), Ids(*listed));
  EXPECT_EQ(all.release().release_id(), "2026");
  EXPECT_TRUE(all.complete());
}

TEST_F(ServicesTest, AnEmptyStreamStillTellsTheRelease) {
  auto request = In<v1::StreamDescendantsRequest>("2026");
  request.set_id("M99.86");
  auto source = StreamDescendants(backend(), request);
  ASSERT_TRUE(source.ok()) << source.status();
  const auto first = (*source)();
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->release().release_id(), "2026");
  EXPECT_FALSE((*source)().has_value());
}

TEST_F(ServicesTest, SubsumesAndFindsCommonAncestors) {
  auto subsumption = In<v1::GetSubsumptionRequest>("2026");
  subsumption.set_a("13");
  subsumption.set_b("M99.86");
  EXPECT_EQ(GetSubsumption(backend(), subsumption)->outcome(), v1::SUBSUMPTION_OUTCOME_SUBSUMES);
  auto common = In<v1::GetCommonAncestorRequest>("2026");
  common.add_ids("M99.86");
  common.add_ids("m99");
  EXPECT_EQ(GetCommonAncestor(backend(), common)->ancestor().id(), "M99");
  common.add_ids("A00");
  EXPECT_FALSE(GetCommonAncestor(backend(), common)->has_ancestor());
  EXPECT_FALSE(GetCommonAncestor(backend(), common)->not_known());
}

TEST_F(ServicesTest, ListsReleasesAndEditions) {
  const auto answer = ListReleases(backend(), {});
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->releases_size(), 3);
  EXPECT_EQ(answer->releases(0).id(), "2025");
  EXPECT_THAT(answer->releases(0).sources(), IsEmpty());
  EXPECT_EQ(answer->editions_size(), 22);
  for (const v1::Edition& edition : answer->editions()) {
    const std::set<std::string> loaded = {"2025", "2026", "2027"};
    EXPECT_EQ(edition.loaded(), loaded.contains(edition.id())) << edition.id();
  }
}

TEST_F(ServicesTest, GivesAReleaseInFull) {
  const auto answer = GetRelease(backend(), In<v1::GetReleaseRequest>("2027"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->release().structure_from(), "2026");
  EXPECT_THAT(answer->release().sources(), SizeIs(2));
  EXPECT_EQ(answer->release().addenda().outcome(), v1::ADDENDA_OUTCOME_REPRODUCED);
  EXPECT_EQ(answer->release().addenda().base_release_id(), "2026");
  EXPECT_EQ(answer->release().fingerprint(), answer->resolved().fingerprint());
}

TEST_F(ServicesTest, SummaryCountsWhatTheStreamHolds) {
  v1::GetDiffSummaryRequest summary;
  summary.mutable_from()->set_release("2025");
  summary.mutable_to()->set_release("2026");
  const auto counted = GetDiffSummary(backend(), summary);
  ASSERT_TRUE(counted.ok()) << counted.status();
  std::map<int, int> expected;
  for (const v1::ChangeCount& count : counted->counts()) expected[count.kind()] = count.count();

  v1::StreamDiffRequest request;
  *request.mutable_from() = summary.from();
  *request.mutable_to() = summary.to();
  grpc::ClientContext context;
  const auto stub = v1::Releases::NewStub(fixture_->server().InProcessChannel());
  const auto reader = stub->StreamDiff(&context, request);
  std::map<int, int> streamed;
  v1::StreamDiffResponse part;
  bool first = true;
  while (reader->Read(&part)) {
    EXPECT_EQ(part.has_from(), first);
    first = false;
    for (const v1::Change& change : part.changes()) ++streamed[change.kind()];
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(streamed, expected);
  EXPECT_EQ(streamed[v1::CHANGE_KIND_BECAME_HEADER], 1);
}

TEST_F(ServicesTest, DiffNamesTheSideThatIsWrong) {
  v1::GetDiffSummaryRequest request;
  request.mutable_from()->set_release("2026-99");
  request.mutable_to()->set_date("yesterday");
  request.add_facets(static_cast<v1::Facet>(77));
  const auto violations = ViolationsOf(GetDiffSummary(backend(), request).status());
  ASSERT_THAT(violations, SizeIs(3));
  EXPECT_EQ(violations[0].field, "from.release");
  EXPECT_EQ(violations[1].field, "to.date");
  EXPECT_EQ(violations[2].field, "facets[0]");
}

}  // namespace
}  // namespace codeset::server
