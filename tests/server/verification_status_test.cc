// Every status of a verification and every reason for it, over releases typed by hand. Each case
// is asked three ways: page by page, as the queue, and as the impact of the release.
#include "server/verification_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "server/verification_impact.h"
#include "tests/server/reference_fixture.h"

namespace codeset::server {
namespace {

using model::NoteKind;
using query::Edition;
using ::testing::ElementsAre;
using ::testing::Pair;
using testing::PlainNote;
using ::testing::UnorderedElementsAre;

const std::vector<std::string> kCodes = {"L55", "T20", "T25", "T25.01", "T31", "T36"};

// Burns with all four facet groups.
Edition Whole() {
  Edition edition = query::Burns();
  edition.poa = {{"L55"}};
  edition.conversion = {{{2, "L55", "L55", model::Date(2020, 10, 1), "None"}}};
  return edition;
}

// The group that the queue must have a reason in.
std::string GroupOf(const v1::StatusReason& reason, const std::string& verified) {
  const auto word = [](const std::string& name, const std::string& prefix) {
    return absl::AsciiStrToLower(Short(name, prefix));
  };
  std::string id = word(v1::VerificationStatus_Name(reason.status()), "VERIFICATION_STATUS_");
  switch (reason.status()) {
    case v1::VERIFICATION_STATUS_STALE_CONTENT:
      return absl::StrCat(id, ":",
                          word(v1::FacetGroup_Name(reason.content().group()), "FACET_GROUP_"), ":",
                          word(v1::Facet_Name(reason.content().facet()), "FACET_"), ":",
                          word(v1::ChangeLevel_Name(reason.content().level()), "CHANGE_LEVEL_"),
                          ":", reason.content().origin_id(), ":", verified);
    case v1::VERIFICATION_STATUS_CARRIED_FORWARD_IN_PART:
      return absl::StrCat(id, ":",
                          word(v1::FacetGroup_Name(reason.not_compared().group()), "FACET_GROUP_"),
                          ":", verified);
    case v1::VERIFICATION_STATUS_STALE_SOURCE:
      return absl::StrCat(id,
                          reason.source().kind() == v1::SOURCE_KIND_TABULAR_LIST ? ":tabular-list:"
                                                                                 : ":guidelines:",
                          reason.source().edition());
    case v1::VERIFICATION_STATUS_GONE:
    case v1::VERIFICATION_STATUS_NOW_HEADER:
      return verified.empty() ? id : absl::StrCat(id, ":", verified);
    default:
      return id;
  }
}

class VerificationStatusTest : public ::testing::Test {
 protected:
  // Imports pages of the codes and verifies them all against a release.
  void VerifyAll(const std::string& release, const std::string& date) {
    std::vector<v1::Reference> pages;
    pages.reserve(kCodes.size());
    for (const std::string& code : kCodes) pages.push_back(Page(code));
    fixture_.Import(pages, release);
    for (const std::string& code : kCodes) fixture_.Verify(code, release, date);
  }

  // The statuses of all codes, by code; what is shown of them is in `reasons_`.
  std::map<std::string, std::string> Statuses(const std::string& release,
                                              const std::string& as_of) {
    std::map<std::string, std::string> statuses;
    std::map<std::string, std::set<std::string>> queue;
    for (const std::string& code : kCodes) {
      const v1::VerificationState state = fixture_.State(code, release, as_of);
      statuses[code] = Short(v1::VerificationStatus_Name(state.status()), "VERIFICATION_STATUS_");
      reasons_[code] = fixture_.Shown(code, release, as_of);
      for (const v1::StatusReason& reason : state.reasons()) {
        queue[GroupOf(reason, state.verified_release_id())].insert(code);
      }
    }
    EXPECT_EQ(fixture_.Queue(release, as_of), queue);
    return statuses;
  }

  // As many as the impact says of each: verified, carried, in part, stale, gone, header.
  std::vector<int64_t> Impact(const std::string& release) {
    const auto impact = ImpactOf(fixture_.backend(), release);
    EXPECT_TRUE(impact.ok()) << impact.status();
    return {impact->verified(),
            impact->carried_forward(),
            impact->carried_forward_in_part(),
            impact->stale_content(),
            impact->gone(),
            impact->now_header()};
  }

  ReferenceFixture fixture_;
  std::map<std::string, std::string> reasons_;
};

TEST_F(VerificationStatusTest, AgainstTheVeryReleaseAPageIsVerified) {
  fixture_.Publish("2025", Whole());
  VerifyAll("2025", "2025-03-01");
  for (const auto& [code, status] : Statuses("2025", "2025-12-01")) EXPECT_EQ(status, "VERIFIED");
  EXPECT_THAT(Impact("2025"), ElementsAre(6, 0, 0, 0, 0, 0));
  const v1::VerificationState state = fixture_.State("T20", "2025", "2025-12-01");
  EXPECT_EQ(state.last_verified(), "2025-03-01");
  EXPECT_EQ(state.verifier(), "Robin");
  EXPECT_EQ(state.verified_release_id(), "2025");
  EXPECT_EQ(state.as_of(), "2025-12-01");
}

// What is changed, and the codes that it makes stale with their reasons; all others are carried
// forward.
struct ChangeCase {
  const char* name;
  std::function<void(Edition&)> change;
  std::map<std::string, std::string> stale;
};

TEST_F(VerificationStatusTest, ExactlyTheCodesThatAChangeBearsOnAreStale) {
  // 2025-04 is known to have changed the tabular list, and is not loaded.
  const std::string notes = "STALE_CONTENT TABULAR NOTES ";
  const std::vector<ChangeCase> cases = {
      {"nothing", [](Edition&) {}, {}},
      {"a title",
       [](Edition& e) { e.Row("T36").short_title = "Other words"; },
       {{"T36", "STALE_CONTENT ORDER SHORT_TITLE OWN T36 since 2026"}}},
      {"a category's note",
       [](Edition& e) { e.diag("T25").facts.notes = {PlainNote(NoteKind::kNote, {"New"})}; },
       {{"T25", notes + "OWN T25 at the latest since 2026"},
        {"T25.01", notes + "INHERITED T25 at the latest since 2026"}}},
      {"a wide section's note",
       [](Edition& e) {
         e.section("T20-T32").facts.notes = {PlainNote(NoteKind::kUseAdditionalCode, {"New"})};
       },
       {{"T20", notes + "INHERITED T20-T32 at the latest since 2026"},
        {"T25", notes + "INHERITED T20-T32 at the latest since 2026"},
        {"T25.01", notes + "INHERITED T20-T32 at the latest since 2026"},
        {"T31", notes + "INHERITED T20-T32 at the latest since 2026"}}},
      {"a chapter's note",
       [](Edition& e) { e.chapter(1).facts.notes = {PlainNote(NoteKind::kIncludes, {"New"})}; },
       {{"T20", notes + "INHERITED 19 at the latest since 2026"},
        {"T25", notes + "INHERITED 19 at the latest since 2026"},
        {"T25.01", notes + "INHERITED 19 at the latest since 2026"},
        {"T31", notes + "INHERITED 19 at the latest since 2026"},
        {"T36", notes + "INHERITED 19 at the latest since 2026"}}},
      {"the list of exempt codes",
       [](Edition& e) {
         e.poa = {{"L55", "T31"}};
       },
       {{"T31", "STALE_CONTENT POA POA_EXEMPTION OWN T31 since 2026"}}},
      {"a row of the conversion table",
       [](Edition& e) {
         e.conversion->push_back({3, "T31", "T31", model::Date(2025, 10, 1), "T20"});
       },
       {{"T20", "STALE_CONTENT CONVERSION UNSPECIFIED OWN T20 since 2026"},
        {"T31", "STALE_CONTENT CONVERSION UNSPECIFIED OWN T31 since 2026"}}},
  };
  for (const ChangeCase& one : cases) {
    SCOPED_TRACE(one.name);
    ReferenceFixture fresh;
    Edition after = Whole();
    one.change(after);
    fresh.Publish("2025", Whole());
    fresh.Publish("2026", after);
    std::vector<v1::Reference> pages;
    pages.reserve(kCodes.size());
    for (const std::string& code : kCodes) pages.push_back(Page(code));
    fresh.Import(pages, "2025");
    for (const std::string& code : kCodes) fresh.Verify(code, "2025", "2025-03-01");
    std::map<std::string, std::set<std::string>> queue;
    for (const std::string& code : kCodes) {
      const auto expected = one.stale.find(code);
      EXPECT_EQ(fresh.Shown(code, "2026", "2025-12-01"),
                expected == one.stale.end() ? "CARRIED_FORWARD" : expected->second)
          << code;
      const v1::VerificationState state = fresh.State(code, "2026", "2025-12-01");
      for (const v1::StatusReason& reason : state.reasons()) {
        queue[GroupOf(reason, "2025")].insert(code);
      }
    }
    EXPECT_EQ(fresh.Queue("2026", "2025-12-01"), queue);
    const auto impact = ImpactOf(fresh.backend(), "2026");
    ASSERT_TRUE(impact.ok());
    EXPECT_EQ(impact->stale_content(), static_cast<int64_t>(one.stale.size()));
    EXPECT_EQ(impact->carried_forward(), static_cast<int64_t>(kCodes.size() - one.stale.size()));
  }
}

TEST_F(VerificationStatusTest, ACodeThatIsGoneOrAHeaderTellsWhatStandsForIt) {
  Edition after = Whole();
  after.Remove("T36");
  after.Row("T20").billable = false;
  after.order.rows.insert(after.order.rows.begin() + 2, {"T200", true, "T200", "T200"});
  after.conversion->push_back({3, "T31", "T31", model::Date(2025, 10, 1), "T36"});
  fixture_.Publish("2025", Whole());
  fixture_.Publish("2026", after);
  VerifyAll("2025", "2025-03-01");
  const auto statuses = Statuses("2026", "2025-12-01");
  EXPECT_EQ(statuses.at("T36"), "GONE");
  EXPECT_EQ(reasons_["T36"], "GONE -> T31");
  EXPECT_EQ(reasons_["T20"],
            "NOW_HEADER -> T20.0\nSTALE_CONTENT ORDER BILLABLE OWN T20 since 2026");
  EXPECT_THAT(Impact("2026"), ElementsAre(0, 3, 0, 1, 1, 1));
}

TEST_F(VerificationStatusTest, WhatOneOfTheReleasesLacksIsNamedAndNeverShownAsVerified) {
  Edition bare = Whole();
  bare.tabular.reset();
  bare.poa.reset();
  bare.Row("T31").short_title = "Other words";
  fixture_.Publish("2025", Whole());
  fixture_.Publish("2026", bare);
  VerifyAll("2025", "2025-03-01");
  const auto statuses = Statuses("2026", "2025-12-01");
  EXPECT_EQ(statuses.at("T20"), "CARRIED_FORWARD_IN_PART");
  EXPECT_EQ(reasons_["T20"],
            "CARRIED_FORWARD_IN_PART TABULAR missing in 2026\n"
            "CARRIED_FORWARD_IN_PART POA missing in 2026");
  EXPECT_EQ(reasons_["T31"],
            "STALE_CONTENT ORDER SHORT_TITLE OWN T31 since 2026\n"
            "CARRIED_FORWARD_IN_PART TABULAR missing in 2026\n"
            "CARRIED_FORWARD_IN_PART POA missing in 2026");
  EXPECT_THAT(Impact("2026"), ElementsAre(0, 0, 5, 1, 0, 0));
}

TEST_F(VerificationStatusTest, AReleaseWithoutTabularFactsInBetweenHidesWhenNotesChanged) {
  Edition bare = Whole();
  bare.tabular.reset();
  Edition after = Whole();
  after.diag("T25").facts.notes = {PlainNote(NoteKind::kNote, {"New"})};
  after.Row("T36").short_title = "Other words";
  Edition between = bare;
  between.Row("T36").short_title = "Other words";
  fixture_.Publish("2024", Whole());
  fixture_.Publish("2025", between);
  fixture_.Publish("2026", after);
  VerifyAll("2024", "2025-03-01");
  Statuses("2026", "2025-12-01");
  EXPECT_EQ(reasons_["T25.01"],
            "STALE_CONTENT TABULAR NOTES INHERITED T25 at the latest since 2026");
  // 2024-04 is known to have changed notes alone, so that titles changed with 2025.
  EXPECT_EQ(reasons_["T36"], "STALE_CONTENT ORDER SHORT_TITLE OWN T36 since 2025");
  EXPECT_EQ(reasons_["T20"], "CARRIED_FORWARD");
}

TEST_F(VerificationStatusTest, AGroupThatTheReleaseGainedSinceWasNotChecked) {
  Edition bare = Whole();
  bare.tabular.reset();
  fixture_.Publish("2025", bare);
  VerifyAll("2025", "2025-03-01");
  EXPECT_EQ(Statuses("2025", "2025-12-01").at("T20"), "VERIFIED");
  Edition notes;
  notes.tabular = Whole().tabular;
  fixture_.Publish("2025", notes);
  Statuses("2025", "2025-12-01");
  EXPECT_EQ(reasons_["T20"], "CARRIED_FORWARD_IN_PART TABULAR missing in 2025");
  EXPECT_THAT(Impact("2025"), ElementsAre(0, 0, 6, 0, 0, 0));
}

TEST_F(VerificationStatusTest, AnOlderReleaseCanBeTheOneThatIsJudgedBy) {
  Edition after = Whole();
  after.Row("T36").short_title = "Other words";
  fixture_.Publish("2025", Whole());
  fixture_.Publish("2026", after);
  VerifyAll("2026", "2025-11-01");
  Statuses("2025", "2025-12-01");
  EXPECT_EQ(reasons_["T36"], "STALE_CONTENT ORDER SHORT_TITLE OWN T36");
  EXPECT_EQ(reasons_["T20"], "CARRIED_FORWARD");
}

TEST_F(VerificationStatusTest, AVerificationExpiresTheDayAfterThePolicysDays) {
  fixture_.Publish("2025", Whole());
  VerifyAll("2025", "2025-03-01");
  EXPECT_EQ(Statuses("2025", "2026-03-01").at("T20"), "VERIFIED");
  Statuses("2025", "2026-03-02");
  EXPECT_EQ(reasons_["T20"], "EXPIRED on 2026-03-02");
  fixture_.backend().verification_days = 30;
  Statuses("2025", "2025-03-31");
  EXPECT_EQ(reasons_["T20"], "VERIFIED");
  Statuses("2025", "2025-04-01");
  EXPECT_EQ(reasons_["T20"], "EXPIRED on 2025-04-01");
}

TEST_F(VerificationStatusTest, VerificationsOfLaterDaysDoNotCount) {
  fixture_.Publish("2025", Whole());
  VerifyAll("2025", "2025-03-01");
  Statuses("2025", "2025-02-28");
  EXPECT_EQ(reasons_["T20"], "UNVERIFIED");
  EXPECT_EQ(fixture_.State("T20", "2025", "2025-02-28").last_verified(), "");
}

TEST_F(VerificationStatusTest, EditionsAreSupersededAlreadyOrSinceThen) {
  fixture_.Publish("2026", Whole());
  v1::Reference page = Page("T20");
  *page.add_sources() = SourceOf(v1::SOURCE_KIND_TABULAR_LIST, "2026");
  *page.add_sources() = SourceOf(v1::SOURCE_KIND_GUIDELINES, "2025");
  page.mutable_sources(1)->set_number(2);
  fixture_.Import({page}, "2026");
  v1::NewVerification event = fixture_.Confirmation("T20", "2026", "2026-03-15");
  event.add_sources()->set_kind(v1::SOURCE_KIND_GUIDELINES);
  event.mutable_sources(0)->set_edition("2026");
  fixture_.Record(event);
  const std::string guidelines_2025 =
      "STALE_SOURCE GUIDELINES 2025 by 2026 on 2025-10-01 already [2]";
  EXPECT_EQ(fixture_.Shown("T20", "2026", "2026-03-15"), guidelines_2025);
  // 2026-04 of the tabular list is in the register and not loaded.
  EXPECT_EQ(fixture_.Shown("T20", "2026", "2026-04-01"),
            guidelines_2025 + "\nSTALE_SOURCE TABULAR_LIST 2026 by 2026-04 on 2026-04-01 [1]");
  // The guidelines that the verifier alone consulted.
  EXPECT_EQ(fixture_.Shown("T20", "2026", "2026-10-01"),
            guidelines_2025 +
                "\nSTALE_SOURCE GUIDELINES 2026 by 2027 on 2026-10-01 []"
                "\nSTALE_SOURCE TABULAR_LIST 2026 by 2026-04 on 2026-04-01 [1]");
  EXPECT_THAT(
      fixture_.Queue("2026", "2026-10-01"),
      UnorderedElementsAre(Pair("stale_source:guidelines:2025", std::set<std::string>{"T20"}),
                           Pair("stale_source:guidelines:2026", std::set<std::string>{"T20"}),
                           Pair("stale_source:tabular-list:2026", std::set<std::string>{"T20"})));
}

}  // namespace
}  // namespace codeset::server
