// What the calendar tells as days pass, once each, whatever the clock and the server do.
#include "server/calendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/server/fixture.h"
#include "tests/server/selectors.h"

namespace codeset::server {
namespace {

using model::EditionRegister;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Told(const v1::ReleaseEvent& event) {
  const std::string kind =
      v1::ReleaseEventKind_Name(event.kind()).substr(std::string("RELEASE_EVENT_KIND_").size());
  return absl::StrCat(kind, " ", event.release_id(),
                      event.overdue_edition_ids().empty() ? "" : ": ",
                      absl::StrJoin(event.overdue_edition_ids(), ","));
}

// Looks at a catalog day after day, as a server would that is never restarted.
class Days {
 public:
  std::vector<std::string> At(const std::string& today, const std::vector<std::string>& releases) {
    CalendarLook look = LookAtCalendar(CatalogOf(releases), EditionRegister::BuiltIn(),
                                       *model::ParseDate(today), state_);
    state_ = std::move(look.state);
    std::vector<std::string> told;
    for (const v1::ReleaseEvent& event : look.events) told.push_back(Told(event));
    return told;
  }

 private:
  store::CalendarState state_;
};

TEST(CalendarLookTest, TellsThatAReleaseCameIntoForceOnce) {
  Days days;
  EXPECT_THAT(days.At("2026-09-30", {"2026-04", "2027"}), ElementsAre("ACTIVATED 2026-04"));
  EXPECT_THAT(days.At("2026-09-30", {"2026-04", "2027"}), IsEmpty());
  EXPECT_THAT(days.At("2026-10-01", {"2026-04", "2027"}), ElementsAre("ACTIVATED 2027"));
  EXPECT_THAT(days.At("2026-10-02", {"2026-04", "2027"}), IsEmpty());
}

TEST(CalendarLookTest, TellsWhatCameIntoForceOnSeveralDaysMissed) {
  Days days;
  EXPECT_THAT(days.At("2021-12-01", {"2022", "2022-04", "2023"}), ElementsAre("ACTIVATED 2022"));
  EXPECT_THAT(days.At("2022-11-01", {"2022", "2022-04", "2023"}),
              ElementsAre("ACTIVATED 2022-04", "ACTIVATED 2023"));
}

TEST(CalendarLookTest, TellsOfAReleaseWhenItIsNoLongerHeldBack) {
  Days days;
  EXPECT_THAT(days.At("2026-11-01", {"2027", "2027.1!2026-12-01"}), ElementsAre("ACTIVATED 2027"));
  EXPECT_THAT(days.At("2026-11-30", {"2027", "2027.1!2026-12-01"}), IsEmpty());
  EXPECT_THAT(days.At("2026-12-01", {"2027", "2027.1!2026-12-01"}),
              ElementsAre("ACTIVATED 2027.1"));
  // Held back by hand, and let go again.
  EXPECT_THAT(days.At("2026-12-02", {"2027", "2027.1!never"}), IsEmpty());
  EXPECT_THAT(days.At("2026-12-03", {"2027", "2027.1"}), ElementsAre("ACTIVATED 2027.1"));
}

TEST(CalendarLookTest, TellsThatCurrentIsOverdueOnce) {
  Days days;
  EXPECT_THAT(days.At("2026-03-31", {"2026"}), ElementsAre("ACTIVATED 2026"));
  EXPECT_THAT(days.At("2026-04-01", {"2026"}), ElementsAre("OVERDUE 2026: 2026-04"));
  EXPECT_THAT(days.At("2026-04-02", {"2026"}), IsEmpty());
  EXPECT_THAT(days.At("2026-10-01", {"2026"}), ElementsAre("OVERDUE 2026: 2026-04,2027"));
  // That one of them was loaded is told as that; that one is left is not news.
  EXPECT_THAT(days.At("2026-10-02", {"2026", "2026-04"}), ElementsAre("ACTIVATED 2026-04"));
  EXPECT_THAT(days.At("2026-10-03", {"2026", "2026-04", "2027"}), ElementsAre("ACTIVATED 2027"));
  // It was gone in between, and is back.
  EXPECT_THAT(days.At("2026-10-04", {"2026", "2026-04"}), ElementsAre("OVERDUE 2026-04: 2027"));
}

TEST(CalendarLookTest, TellsThatAFiscalYearBeganThatTheRegisterDoesNotKnow) {
  Days days;
  EXPECT_THAT(days.At("2027-09-30", {"2027"}), ElementsAre("ACTIVATED 2027"));
  EXPECT_THAT(days.At("2027-10-01", {"2027"}), ElementsAre("OVERDUE 2027: 2028"));
}

TEST(CalendarLookTest, IsNotOverdueWhereNothingIsInForce) {
  Days days;
  EXPECT_THAT(days.At("2026-09-01", {}), IsEmpty());
  EXPECT_THAT(days.At("2026-09-01", {"2027"}), IsEmpty());
  EXPECT_THAT(days.At("2026-09-01", {"2026!never"}), IsEmpty());
}

TEST(CalendarLookTest, IsNotConfusedByAClockThatWaversAboutMidnight) {
  Days days;
  EXPECT_THAT(days.At("2026-09-30", {"2026-04", "2027"}), ElementsAre("ACTIVATED 2026-04"));
  EXPECT_THAT(days.At("2026-10-01", {"2026-04", "2027"}), ElementsAre("ACTIVATED 2027"));
  EXPECT_THAT(days.At("2026-09-30", {"2026-04", "2027"}), IsEmpty());
  EXPECT_THAT(days.At("2026-09-30", {"2026-04", "2027"}), IsEmpty());
  EXPECT_THAT(days.At("2026-10-01", {"2026-04", "2027"}), IsEmpty());
}

// What a wrong clock brought about was not so; the true day is told when it comes.
TEST(CalendarLookTest, FollowsAClockThatWasPutRight) {
  Days days;
  EXPECT_THAT(days.At("2026-09-01", {"2026-04", "2027"}), ElementsAre("ACTIVATED 2026-04"));
  EXPECT_THAT(days.At("2031-09-01", {"2026-04", "2027"}),
              ElementsAre("ACTIVATED 2027", "OVERDUE 2027: 2031"));
  EXPECT_THAT(days.At("2026-09-02", {"2026-04", "2027"}), IsEmpty());
  EXPECT_THAT(days.At("2026-10-01", {"2026-04", "2027"}), ElementsAre("ACTIVATED 2027"));
}

class CalendarTest : public ::testing::Test {
 protected:
  std::vector<std::string> Journal() {
    std::vector<std::string> told;
    const auto journal = fixture_.store().Journal(0, 1000);
    EXPECT_TRUE(journal.ok()) << journal.status();
    for (const store::JournalRecord& record : *journal) told.push_back(Told(record.event));
    return told;
  }

  // What was recorded after `count` events, when there are so many and one more.
  std::vector<std::string> JournalBeyond(uint64_t count) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (fixture_.store().journal_end() <= count && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    std::vector<std::string> told = Journal();
    return {told.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(count, told.size())),
            told.end()};
  }

  ServerFixture fixture_;
};

TEST_F(CalendarTest, RecordsBehindTheLoadThatBroughtIt) {
  fixture_.SetNow("2026-09-30T17:00:00Z");
  fixture_.Load("2027");
  ASSERT_TRUE(fixture_.server().calendar().Refresh().ok());
  EXPECT_THAT(Journal(), ElementsAre("LOADED 2027"));
  fixture_.SetNow("2026-10-01T03:59:59Z");
  ASSERT_TRUE(fixture_.server().calendar().Refresh().ok());
  EXPECT_THAT(Journal(), ElementsAre("LOADED 2027"));
  fixture_.SetNow("2026-10-01T04:00:00Z");
  ASSERT_TRUE(fixture_.server().calendar().Refresh().ok());
  ASSERT_TRUE(fixture_.server().calendar().Refresh().ok());
  EXPECT_THAT(Journal(), ElementsAre("LOADED 2027", "ACTIVATED 2027"));
}

TEST_F(CalendarTest, IsWokenByALoad) {
  fixture_.Load("2027");
  EXPECT_THAT(JournalBeyond(1), ElementsAre("ACTIVATED 2027"));
}

TEST_F(CalendarTest, LooksWhenTheServerStarts) {
  fixture_.SetNow("2026-09-30T17:00:00Z");
  fixture_.Load("2027");
  ASSERT_TRUE(fixture_.server().calendar().Refresh().ok());
  // Comes while no server runs, as far as the clock tells.
  fixture_.SetNow("2027-10-01T17:00:00Z");
  fixture_.Restart();
  EXPECT_THAT(JournalBeyond(1), ElementsAre("ACTIVATED 2027", "OVERDUE 2027: 2028"));
  fixture_.Restart();
  ASSERT_TRUE(fixture_.server().calendar().Refresh().ok());
  EXPECT_THAT(Journal(), ElementsAre("LOADED 2027", "ACTIVATED 2027", "OVERDUE 2027: 2028"));
}

TEST_F(CalendarTest, TellsOfAReleaseThatIsDeletedAndComesBack) {
  fixture_.Load("2027");
  ASSERT_TRUE(fixture_.server().calendar().Refresh().ok());
  ASSERT_TRUE(fixture_.store().Delete("2027").ok());
  ASSERT_TRUE(fixture_.server().calendar().Refresh().ok());
  fixture_.Load("2027");
  ASSERT_TRUE(fixture_.server().calendar().Refresh().ok());
  EXPECT_THAT(Journal(), ElementsAre("LOADED 2027", "ACTIVATED 2027", "DELETED 2027", "LOADED 2027",
                                     "ACTIVATED 2027"));
}

// Its wait is up to a minute long.
TEST_F(CalendarTest, EndsWithoutWaitingForTheNextLook) {
  const Backend backend = fixture_.backend();
  const auto begin = std::chrono::steady_clock::now();
  {
    Calendar calendar(backend);
    calendar.Start();
    ASSERT_TRUE(calendar.Refresh().ok());
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

}  // namespace
}  // namespace codeset::server
