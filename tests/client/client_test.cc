#include "client/cpp/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "tests/client/mock_connection.h"

namespace codeset::client {
namespace {

using ::testing::ElementsAre;

v1::Concept MakeConcept(const std::string& id) {
  v1::Concept item;
  item.set_id(id);
  return item;
}

std::vector<std::string> Ids(ConceptRange range) {
  std::vector<std::string> ids;
  for (absl::StatusOr<v1::Concept>& item : range) {
    ids.push_back(item.ok() ? item->id() : std::string(item.status().message()));
  }
  return ids;
}

TEST(ClientTest, FollowsPageTokensToTheEnd) {
  auto connection = std::make_shared<MockConnection>();
  std::vector<std::string> tokens;
  EXPECT_CALL(*connection, ListConcepts)
      .Times(3)
      .WillRepeatedly(
          [&](const CallOptions&,
              const v1::ListConceptsRequest& request) -> absl::StatusOr<v1::ListConceptsResponse> {
            EXPECT_EQ(request.under_id(), "M99");
            tokens.push_back(request.page_token());
            v1::ListConceptsResponse page;
            page.mutable_release()->set_release_id("2026");
            page.set_total_size(3);
            const std::size_t number = tokens.size();
            *page.add_concepts() = MakeConcept("M99." + std::to_string(number));
            if (number < 3) page.set_next_page_token("after " + std::to_string(number));
            return page;
          });
  v1::ListConceptsRequest request;
  request.set_under_id("M99");
  ConceptRange range = Client(connection).ListConcepts(request);
  ASSERT_TRUE(range.header().ok());
  EXPECT_EQ(range.header()->release.release_id(), "2026");
  EXPECT_EQ(range.header()->total_size, 3);
  EXPECT_THAT(Ids(std::move(range)), ElementsAre("M99.1", "M99.2", "M99.3"));
  EXPECT_THAT(tokens, ElementsAre("", "after 1", "after 2"));
}

TEST(ClientTest, EndsAPagedRangeWithTheErrorOfALaterPage) {
  auto connection = std::make_shared<MockConnection>();
  v1::ListRelativesResponse first;
  *first.add_concepts() = MakeConcept("M99");
  first.set_next_page_token("more");
  EXPECT_CALL(*connection, ListRelatives)
      .WillOnce(::testing::Return(first))
      .WillOnce(::testing::Return(absl::DeadlineExceededError("too slow")));
  ConceptRange range = Client(connection).ListRelatives({});
  EXPECT_FALSE(range.header()->complete);
  EXPECT_THAT(Ids(std::move(range)), ElementsAre("M99", "too slow"));
}

TEST(ClientTest, WalksThePagesOfThoseThatNameAConcept) {
  auto connection = std::make_shared<MockConnection>();
  v1::ListReferencingResponse first;
  first.mutable_release()->set_release_id("2026");
  first.set_total_size(2);
  first.set_tabular_state(v1::TABULAR_STATE_KNOWN);
  first.add_referencing()->set_concept_id("T20-T32");
  first.set_next_page_token("more");
  v1::ListReferencingResponse second;
  second.add_referencing()->set_concept_id("T51");
  EXPECT_CALL(*connection, ListReferencing)
      .WillOnce(::testing::Return(first))
      .WillOnce(::testing::Return(second));
  ReferencingRange range = Client(connection).ListReferencing({});
  ASSERT_TRUE(range.header().ok());
  EXPECT_EQ(range.header()->total_size, 2);
  EXPECT_EQ(range.header()->tabular_state, v1::TABULAR_STATE_KNOWN);
  std::vector<std::string> ids;
  for (const absl::StatusOr<v1::Referencing>& found : range) ids.push_back(found->concept_id());
  EXPECT_THAT(ids, ElementsAre("T20-T32", "T51"));
}

TEST(ClientTest, StreamsAcrossMessages) {
  auto connection = std::make_shared<MockConnection>();
  EXPECT_CALL(*connection, StreamDescendants)
      .WillOnce([](const CallOptions&, const v1::StreamDescendantsRequest&) {
        v1::StreamDescendantsResponse first;
        first.mutable_release()->set_release_id("2025");
        first.set_complete(true);
        v1::StreamDescendantsResponse second;
        *second.add_concepts() = MakeConcept("A00");
        *second.add_concepts() = MakeConcept("A01");
        return std::make_unique<ListedStream<v1::StreamDescendantsResponse>>(
            std::vector<v1::StreamDescendantsResponse>{first, second},
            absl::UnavailableError("server left"));
      });
  ConceptRange range = Client(connection).StreamDescendants({});
  EXPECT_EQ(range.header()->release.release_id(), "2025");
  EXPECT_TRUE(range.header()->complete);
  EXPECT_THAT(Ids(std::move(range)), ElementsAre("A00", "A01", "server left"));
}

TEST(ClientTest, DoesNotCallBeforeARangeIsUsed) {
  auto connection = std::make_shared<MockConnection>();
  EXPECT_CALL(*connection, StreamDiff).Times(0);
  const ChangeRange unused = Client(connection).StreamDiff({});
}

TEST(ClientTest, SetsADeadlineOnEveryCall) {
  const struct {
    const char* name;
    CallOverrides overrides;
    absl::Duration want;
  } cases[] = {
      {"the default", {}, absl::Seconds(30)},
      {"an override", {absl::Minutes(2)}, absl::Minutes(2)},
      {"never is refused", {absl::InfiniteDuration()}, absl::Seconds(30)},
      {"no time is refused", {absl::ZeroDuration()}, absl::Seconds(30)},
  };
  for (const auto& test : cases) {
    auto connection = std::make_shared<MockConnection>();
    CallOptions seen;
    EXPECT_CALL(*connection, GetConcept)
        .WillOnce([&](const CallOptions& options, const v1::GetConceptRequest& request) {
          seen = options;
          EXPECT_EQ(request.id(), "M99.86");
          EXPECT_EQ(request.release().release(), "2026");
          return v1::GetConceptResponse();
        });
    const absl::Time before = absl::Now();
    EXPECT_TRUE(Client(connection)
                    .GetConcept(ById("2026"), "M99.86", v1::CONCEPT_VIEW_FULL, test.overrides)
                    .ok());
    EXPECT_GE(seen.deadline, before + test.want) << test.name;
    EXPECT_LE(seen.deadline, absl::Now() + test.want) << test.name;
  }
}

TEST(ClientTest, SelectorsSayWhatTheyName) {
  EXPECT_EQ(ById("2026-04").release(), "2026-04");
  EXPECT_EQ(Current().release(), "current");
  EXPECT_EQ(Next().release(), "next");
  EXPECT_EQ(OnDate("2025-11-15").date(), "2025-11-15");
  EXPECT_FALSE(OnDate("2025-11-15").allow_stale());
  EXPECT_TRUE(OnDate("2025-11-15", Staleness::kAllow).allow_stale());
}

}  // namespace
}  // namespace codeset::client
