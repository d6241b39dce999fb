// Histories over the miniature: what handlers add to the lives that storage/query tells.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "codeset/v1/terminology.grpc.pb.h"
#include "google/protobuf/util/message_differencer.h"
#include "server/history.h"
#include "tests/server/fixture.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using google::protobuf::util::MessageDifferencer;
using model::Reason;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

v1::GetHistoryRequest Of(const std::string& id) {
  v1::GetHistoryRequest request;
  request.set_id(id);
  return request;
}

v1::StreamHistoriesRequest Matching(const std::string& pattern) {
  v1::StreamHistoriesRequest request;
  request.set_pattern(pattern);
  return request;
}

// `BILLABLE 2025 2024-10-01..2025-10-01`, with `?` where a gap precedes or follows.
std::vector<std::string> Statuses(const v1::CodeHistory& history) {
  std::vector<std::string> shown;
  for (const v1::StatusSpan& status : history.statuses()) {
    const v1::HistorySpan& span = status.span();
    shown.push_back(
        absl::StrCat(v1::CodeStatus_Name(status.status()).substr(sizeof("CODE_STATUS_") - 1), " ",
                     span.from_release_id(), span.begins_after_gap() ? " ?" : " ", span.from_date(),
                     "..", span.ends_in_gap() ? "?" : "", span.until_date()));
  }
  return shown;
}

// `2025 2024-10-01..2025-10-01`.
template <typename Response>
std::vector<std::string> Releases(const Response& response) {
  std::vector<std::string> shown;
  for (const v1::HistoryRelease& release : response.releases()) {
    shown.push_back(
        absl::StrCat(release.release_id(), " ", release.from_date(), "..", release.until_date()));
  }
  return shown;
}

// Those gaps of which a group is not known: their first days, editions and releases.
std::vector<std::string> Gaps(const v1::GetHistoryResponse& response, v1::FacetGroup group) {
  std::vector<std::string> shown;
  for (const v1::HistoryGap& gap : response.gaps()) {
    if (std::find(gap.facet_groups().begin(), gap.facet_groups().end(), group) ==
        gap.facet_groups().end()) {
      continue;
    }
    shown.push_back(absl::StrCat(gap.from_date(), "..", gap.until_date(), " | ",
                                 absl::StrJoin(gap.unloaded_editions(), " "), " | ",
                                 absl::StrJoin(gap.lacking_release_ids(), " ")));
  }
  return shown;
}

// All messages of a stream.
std::vector<v1::StreamHistoriesResponse> Drain(
    const MessageSource<v1::StreamHistoriesResponse>& source) {
  std::vector<v1::StreamHistoriesResponse> messages;
  while (std::optional<v1::StreamHistoriesResponse> message = source()) {
    messages.push_back(*std::move(message));
  }
  return messages;
}

std::vector<v1::CodeHistory> Lives(const std::vector<v1::StreamHistoriesResponse>& messages) {
  std::vector<v1::CodeHistory> lives;
  for (const v1::StreamHistoriesResponse& message : messages) {
    lives.insert(lives.end(), message.histories().begin(), message.histories().end());
  }
  return lives;
}

std::vector<std::string> Ids(const std::vector<v1::CodeHistory>& lives) {
  std::vector<std::string> ids;
  ids.reserve(lives.size());
  for (const v1::CodeHistory& life : lives) ids.push_back(life.id());
  return ids;
}

class HistoryHandlersTest : public ::testing::Test {
 protected:
  HistoryHandlersTest() {
    for (const char* id : {"2026", "2025", "2027"}) fixture_.Load(id);
  }

  // The backend on another day.
  Backend On(int year, int month, int day) {
    Backend backend = fixture_.backend();
    backend.clock = [=] {
      return absl::FromCivil(absl::CivilHour(year, month, day, 17), absl::UTCTimeZone());
    };
    return backend;
  }

  std::vector<v1::CodeHistory> Stream(const v1::StreamHistoriesRequest& request) {
    const auto source = StreamHistories(fixture_.backend(), request);
    EXPECT_TRUE(source.ok()) << source.status();
    return source.ok() ? Lives(Drain(*source)) : std::vector<v1::CodeHistory>();
  }

  ServerFixture fixture_;
};

TEST_F(HistoryHandlersTest, TellsALifeWithItsLineAndGaps) {
  const auto answer = GetHistory(fixture_.backend(), Of(" g35 "));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->history().id(), "G35");
  EXPECT_EQ(answer->history().first_release_id(), "2025");
  EXPECT_EQ(answer->history().last_release_id(), "2027");
  EXPECT_THAT(Statuses(answer->history()),
              ElementsAre("BILLABLE 2025 ?2024-10-01..2025-10-01", "HEADER 2026 2025-10-01.."));
  EXPECT_EQ(answer->as_of(), "2026-11-23");
  EXPECT_THAT(Releases(*answer), ElementsAre("2025 2024-10-01..2025-10-01",
                                             "2026 2025-10-01..2026-10-01", "2027 2026-10-01.."));
  EXPECT_THAT(Gaps(*answer, v1::FACET_GROUP_ORDER),
              ElementsAre("2012-10-01..2024-10-01 | 2013 2014 2015 2016 2017 2018 2019 2020 "
                          "2020-04 2021 2021-01 2022 2022-04 2023 2023-04 2024 2024-04 | "));
  EXPECT_THAT(
      Gaps(*answer, v1::FACET_GROUP_TABULAR),
      ElementsAre(StartsWith("2012-10-01..2024-10-01 |"), "2025-04-01..2025-10-01 | 2025-04 | ",
                  "2026-04-01..2026-10-01 | 2026-04 | ", "2026-10-01.. |  | 2027"));
  const auto catalog = fixture_.store().catalog();
  for (const v1::HistoryRelease& release : answer->releases()) {
    const store::CatalogRelease* loaded = catalog->Find(release.release_id());
    ASSERT_NE(loaded, nullptr);
    EXPECT_EQ(release.fingerprint(), loaded->entry.release().fingerprint());
    EXPECT_THAT(release.facet_groups(), SizeIs(loaded->groups.size()));
  }
}

TEST_F(HistoryHandlersTest, ReleasesComeIntoForceAndYearsGoByWithoutARestart) {
  // In FY 2026 the release of 2027 is on the line already: it is known what it will be.
  const auto early = GetHistory(On(2025, 12, 1), Of("QA0.0101"));
  ASSERT_TRUE(early.ok()) << early.status();
  EXPECT_THAT(Statuses(early->history()),
              ElementsAre("ABSENT 2025 ?2024-10-01..2026-10-01", "BILLABLE 2027 2026-10-01.."));
  const auto last_day = GetHistory(On(2027, 9, 30), Of("QA0.0101"));
  ASSERT_TRUE(last_day.ok()) << last_day.status();
  EXPECT_THAT(Statuses(last_day->history()), Contains("BILLABLE 2027 2026-10-01.."));
  const auto late = GetHistory(On(2028, 10, 1), Of("QA0.0101"));
  ASSERT_TRUE(late.ok()) << late.status();
  EXPECT_THAT(Statuses(late->history()),
              ElementsAre("ABSENT 2025 ?2024-10-01..2026-10-01",
                          "BILLABLE 2027 2026-10-01..?2027-10-01", "NOT_KNOWN  2027-10-01.."));
  EXPECT_THAT(Gaps(*late, v1::FACET_GROUP_ORDER), Contains("2027-10-01.. | 2028 2029 | "));
}

TEST_F(HistoryHandlersTest, LeavesOutWhatIsHeldBack) {
  ASSERT_TRUE(fixture_.store().SetActivation("2027", store::kNever, "a test").ok());
  const auto answer = GetHistory(fixture_.backend(), Of("G35"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(Statuses(answer->history()),
              ElementsAre("BILLABLE 2025 ?2024-10-01..2025-10-01",
                          "HEADER 2026 2025-10-01..?2026-10-01", "NOT_KNOWN  2026-10-01.."));
  EXPECT_THAT(Releases(*answer),
              ElementsAre("2025 2024-10-01..2025-10-01", "2026 2025-10-01..2026-10-01"));
  EXPECT_TRUE(FailsWith(GetHistory(fixture_.backend(), Of("QA0.0101")).status(),
                        Reason::kConceptNotFound, "no release has the code QA0.0101", "2027"));
}

TEST_F(HistoryHandlersTest, RefusesWhatIsNoCode) {
  struct Case {
    const char* id;
    Reason reason;
    const char* holds;
  };
  for (const Case& test : {
           Case{"13", Reason::kConceptIdInvalid, "13 is a chapter; histories are told of codes"},
           Case{"m99-m99", Reason::kConceptIdInvalid, "M99-M99 is a section; histories"},
           Case{"M9.986", Reason::kConceptIdInvalid, "a dot stands after the third character"},
           Case{"", Reason::kArgumentInvalid, "required"},
       }) {
    EXPECT_TRUE(FailsWith(GetHistory(fixture_.backend(), Of(test.id)).status(), test.reason, "",
                          test.holds))
        << test.id;
  }
}

TEST_F(HistoryHandlersTest, SaysWhereACodeWasLookedForAndWhatIsNotLoaded) {
  const absl::Status status = GetHistory(fixture_.backend(), Of("z99.9")).status();
  EXPECT_TRUE(FailsWith(status, Reason::kConceptNotFound, "no release has the code Z99.9",
                        "looked at were 2025, 2026, 2027; whether an edition that is not loaded "
                        "had it is not known: 2013, 2014, "));
  // Editions that changed no codes cannot have had it.
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("2026-04")));
}

TEST(HistoryWithoutReleasesTest, IsRefused) {
  ServerFixture fixture;
  EXPECT_TRUE(FailsWith(GetHistory(fixture.backend(), Of("G35")).status(), Reason::kReleaseNotFound,
                        "no history can be told", "no release is loaded"));
  EXPECT_TRUE(FailsWith(StreamHistories(fixture.backend(), {}).status(), Reason::kReleaseNotFound,
                        "no history can be told", "no release is loaded"));
}

TEST_F(HistoryHandlersTest, StreamsTheSameLivesInByteOrder) {
  v1::StreamHistoriesRequest request;
  request.set_include_notes(true);
  const auto source = StreamHistories(fixture_.backend(), request);
  ASSERT_TRUE(source.ok()) << source.status();
  const std::vector<v1::StreamHistoriesResponse> messages = Drain(*source);
  ASSERT_THAT(messages, SizeIs(::testing::Ge(2)));
  const auto one = GetHistory(fixture_.backend(), Of("G35"));
  ASSERT_TRUE(one.ok());
  EXPECT_THAT(messages[0].histories(), IsEmpty());
  EXPECT_EQ(Releases(messages[0]), Releases(*one));
  EXPECT_EQ(messages[0].gaps_size(), one->gaps_size());
  EXPECT_EQ(messages[0].as_of(), "2026-11-23");
  for (size_t i = 1; i < messages.size(); ++i) {
    EXPECT_THAT(messages[i].histories(),
                SizeIs(::testing::AllOf(::testing::Ge(1), ::testing::Le(500))));
    EXPECT_EQ(messages[i].releases_size() + messages[i].gaps_size(), 0);
  }
  const std::vector<v1::CodeHistory> lives = Lives(messages);
  // Of the three order files together.
  EXPECT_THAT(lives, SizeIs(122));
  std::string before;
  for (const v1::CodeHistory& life : lives) {
    std::string code = life.id();
    code.erase(std::remove(code.begin(), code.end(), '.'), code.end());
    EXPECT_LT(before, code);
    before = code;
    const auto same = GetHistory(fixture_.backend(), Of(life.id()));
    ASSERT_TRUE(same.ok()) << same.status();
    EXPECT_TRUE(MessageDifferencer::Equals(life, same->history())) << life.DebugString();
  }
}

TEST_F(HistoryHandlersTest, StreamsNotesOnlyWhenAskedFor) {
  const auto count = [](const std::vector<v1::CodeHistory>& lives) {
    int notes = 0;
    for (const v1::CodeHistory& life : lives) {
      for (const v1::NotesSpan& span : life.notes()) notes += span.notes_size();
    }
    return notes;
  };
  v1::StreamHistoriesRequest with = Matching("M99");
  with.set_include_notes(true);
  EXPECT_GT(count(Stream(with)), 0);
  EXPECT_EQ(count(Stream(Matching("M99"))), 0);
}

TEST_F(HistoryHandlersTest, StreamsWhatAPatternMatches) {
  EXPECT_THAT(Ids(Stream(Matching("g35.b-"))), ElementsAre("G35.B", "G35.B0", "G35.B1", "G35.B2"));
  EXPECT_THAT(Ids(Stream(Matching("K"))), Each(StartsWith("K")));
  EXPECT_THAT(Stream(Matching("Z99")), IsEmpty());
  EXPECT_TRUE(FailsWith(StreamHistories(fixture_.backend(), Matching("?")).status(),
                        Reason::kArgumentInvalid, "", "is no pattern"));
}

TEST_F(HistoryHandlersTest, StreamsOnlyCodesThatWereEverBillable) {
  v1::StreamHistoriesRequest request = Matching("G35");
  request.set_billable_only(true);
  // G35 itself was, before it became a header; G35.B and G35.C never were.
  EXPECT_THAT(Ids(Stream(request)), ElementsAre("G35", "G35.A", "G35.B0", "G35.B1", "G35.B2",
                                                "G35.C0", "G35.C1", "G35.C2", "G35.D"));
}

TEST_F(HistoryHandlersTest, AStreamIsNotDisturbedByADeletion) {
  const auto source = StreamHistories(fixture_.backend(), Matching("QA0"));
  ASSERT_TRUE(source.ok()) << source.status();
  const auto deleted = fixture_.store().Delete("2027");
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  const std::vector<v1::StreamHistoriesResponse> messages = Drain(*source);
  EXPECT_THAT(Releases(messages[0]), Contains("2027 2026-10-01.."));
  EXPECT_THAT(Ids(Lives(messages)), ElementsAre("QA0", "QA0.0", "QA0.01", "QA0.010", "QA0.0101"));
  EXPECT_THAT(Stream(Matching("QA0")), IsEmpty());
}

TEST_F(HistoryHandlersTest, IsServedOverGrpc) {
  const auto stub = v1::Terminology::NewStub(fixture_.server().InProcessChannel());
  grpc::ClientContext one;
  v1::GetHistoryResponse answer;
  const grpc::Status status = stub->GetHistory(&one, Of("G35"), &answer);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(answer.history().id(), "G35");

  grpc::ClientContext refused;
  EXPECT_EQ(ReasonIn(stub->GetHistory(&refused, Of("13"), &answer)), "CONCEPT_ID_INVALID");

  grpc::ClientContext all;
  const auto reader = stub->StreamHistories(&all, Matching("G35"));
  std::vector<v1::StreamHistoriesResponse> messages;
  for (v1::StreamHistoriesResponse message; reader->Read(&message);) messages.push_back(message);
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_THAT(Lives(messages), SizeIs(11));
}

}  // namespace
}  // namespace codeset::server
