// Editions built from a loaded base and order addenda, and loads that are held back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/loader.h"
#include "server/options.h"
#include "storage/model/addenda.h"
#include "tests/server/fixture.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using model::AddendaAction;
using model::Reason;
using source::InputFile;
using ::testing::Contains;
using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string AddLine(bool billable, const std::string& code, const std::string& title) {
  return model::FormatAddendaLine({AddendaAction::kAdd, billable, code, title, title}) + "\r\n";
}

InputFile ThreeLines() {
  return {"icd10cm_order_addenda.txt",
          absl::StrCat(AddLine(false, "U07", "Emergency use of U07"),
                       AddLine(true, "U070", "Vaping-related disorder"),
                       AddLine(true, "U071", "COVID-19"))};
}

class OverlayLoadTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::LoadReport> Load(const std::string& id, const std::string& base,
                                      std::vector<InputFile> files, bool dry_run = false) {
    v1::LoadOptions options;
    options.set_release_id(id);
    options.set_base_release_id(base);
    options.set_dry_run(dry_run);
    return LoadRelease(fixture_.store(), options, std::move(files), {});
  }

  size_t Loaded() { return fixture_.store().catalog()->releases().size(); }

  ServerFixture fixture_;
};

TEST_F(OverlayLoadTest, BuildsAnEditionFromItsBase) {
  const v1::LoadReport base = fixture_.Load("2025");
  const auto dry = Load("2025-05", "2025", {ThreeLines()}, true);
  ASSERT_TRUE(dry.ok()) << dry.status();
  EXPECT_EQ(Loaded(), 1U);

  const auto report = Load("2025-05", "2025", {ThreeLines()});
  ASSERT_TRUE(report.ok()) << report.status();
  const v1::Release& release = report->release();
  EXPECT_EQ(report->outcome(), v1::LOAD_OUTCOME_LOADED);
  EXPECT_EQ(release.fingerprint(), dry->release().fingerprint());
  EXPECT_EQ(release.counts().order_rows(), base.release().counts().order_rows() + 3);
  EXPECT_EQ(release.counts().billable(), base.release().counts().billable() + 2);
  EXPECT_EQ(release.base_release_id(), "2025");
  EXPECT_EQ(release.base_order_fingerprint(), base.release().facet_groups(0).fingerprint());
  EXPECT_EQ(release.addenda().outcome(), v1::ADDENDA_OUTCOME_REPRODUCED);
  EXPECT_EQ(release.addenda().base_release_id(), "2025");
  EXPECT_EQ(release.addenda().additions(), 3);
  EXPECT_THAT(report->warnings(), Contains(HasSubstr("has no trailer of counts")));
  EXPECT_THAT(release.sources(), SizeIs(1));

  const auto image = fixture_.store().GetImage(*fixture_.store().catalog(), "2025-05");
  ASSERT_TRUE(image.ok()) << image.status();
  for (const char* code : {"U07", "U070", "U071"}) EXPECT_TRUE((*image)->Find(code)) << code;

  // The addenda are kept with the counts that they lacked, and prove the release again.
  const auto verified = VerifyRelease(fixture_.store(), "2025-05");
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->release().addenda().outcome(), v1::ADDENDA_OUTCOME_REPRODUCED);
}

TEST_F(OverlayLoadTest, TheSameAgainChangesNothing) {
  fixture_.Load("2025");
  const auto first = Load("2025-05", "2025", {ThreeLines()});
  ASSERT_TRUE(first.ok()) << first.status();
  const auto again = Load("2025-05", "2025", {ThreeLines()});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->outcome(), v1::LOAD_OUTCOME_UNCHANGED);
  EXPECT_EQ(again->release().SerializeAsString(), first->release().SerializeAsString());
  InputFile other = ThreeLines();
  other.bytes += AddLine(true, "U072", "Other");
  EXPECT_TRUE(FailsWith(Load("2025-05", "2025", {other}).status(), Reason::kReleaseContentDiffers,
                        "", "facet group order"));
}

TEST_F(OverlayLoadTest, MayGainAGroupLater) {
  fixture_.Load("2025");
  ASSERT_TRUE(Load("2025-05", "2025", {ThreeLines()}).ok());
  std::vector<InputFile> list;
  for (InputFile& file : MiniatureFiles("2025")) {
    if (absl::StrContains(file.name, "POA")) list.push_back(std::move(file));
  }
  const auto report = Load("2025-05", "", list);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->outcome(), v1::LOAD_OUTCOME_GROUP_ADDED);
  EXPECT_EQ(report->release().base_release_id(), "2025");
  EXPECT_EQ(report->release().addenda().outcome(), v1::ADDENDA_OUTCOME_REPRODUCED);
}

TEST_F(OverlayLoadTest, RefusesAndLeavesNothing) {
  fixture_.Load("2025");
  fixture_.Load("2026");
  InputFile misfit = ThreeLines();
  misfit.bytes += AddLine(true, "I101", "Below a billable code");
  InputFile order;
  for (InputFile& file : MiniatureFiles("2026")) {
    if (file.name == "icd10cm_order_2026.txt") order = std::move(file);
  }
  InputFile second = ThreeLines();
  second.name = "second.txt";
  second.bytes += AddLine(true, "U072", "Other");
  const struct {
    const char* why;
    const char* base;
    std::vector<InputFile> files;
    Reason reason;
    const char* holds;
  } kCases[] = {
      {"a line that does not fit",
       "2025",
       {misfit},
       Reason::kOverlayDoesNotFit,
       "I10.1 lies below I10, which is billable in the base"},
      {"a base that is not loaded",
       "2024",
       {ThreeLines()},
       Reason::kReleaseNotFound,
       "the base 2024 is not loaded"},
      {"a base that comes later",
       "2026",
       {ThreeLines()},
       Reason::kArgumentInvalid,
       "the base must come before the release"},
      {"itself", "2025-05", {ThreeLines()}, Reason::kArgumentInvalid, "not built from itself"},
      {"no id", "newest", {ThreeLines()}, Reason::kReleaseIdInvalid, "newest"},
      {"an order file too",
       "2025",
       {ThreeLines(), order},
       Reason::kArgumentInvalid,
       "there is an order file: icd10cm_order_2026.txt"},
      {"two addenda", "2025", {ThreeLines(), second}, Reason::kArgumentInvalid, "second.txt"},
      {"no addenda", "2025", {order}, Reason::kSourceNotRecognised, "no order addenda"},
      {"no base", "", {ThreeLines()}, Reason::kSourceMalformed, "trailer of counts is missing"},
  };
  for (const auto& test : kCases) {
    EXPECT_TRUE(
        FailsWith(Load("2025-05", test.base, test.files).status(), test.reason, "", test.holds))
        << test.why;
    EXPECT_EQ(Loaded(), 2U) << test.why;
  }
}

class HeldBackLoadTest : public OverlayLoadTest {
 protected:
  absl::StatusOr<v1::LoadReport> LoadHeld(const std::string& activate_on) {
    v1::LoadOptions options;
    options.set_release_id("2025");
    options.set_activate_on(activate_on);
    return LoadRelease(fixture_.store(), options, MiniatureFiles("2025"), {});
  }
};

TEST_F(HeldBackLoadTest, IsRecordedOfANewRelease) {
  for (const char* day : {"tomorrow", "2026-02-30", "Never"}) {
    EXPECT_TRUE(FailsWith(LoadHeld(day).status(), Reason::kArgumentInvalid, "", "activate_on"))
        << day;
  }
  const auto report = LoadHeld("2027-01-15");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->release().activate_on(), "2027-01-15");
  const auto catalog = fixture_.store().catalog();
  const store::CatalogRelease* release = catalog->Find("2025");
  ASSERT_NE(release, nullptr);
  EXPECT_TRUE(release->HeldBackOn(model::Date(2027, 1, 14)));
  EXPECT_FALSE(release->HeldBackOn(model::Date(2027, 1, 15)));
}

TEST_F(HeldBackLoadTest, IsNotChangedByALoad) {
  ASSERT_TRUE(LoadHeld("never").ok());
  const auto again = LoadHeld("never");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->outcome(), v1::LOAD_OUTCOME_UNCHANGED);
  EXPECT_TRUE(LoadHeld("").ok());
  EXPECT_TRUE(FailsWith(LoadHeld("2027-01-15").status(), Reason::kArgumentInvalid, "",
                        "is loaded already"));
  EXPECT_EQ(fixture_.store().catalog()->Find("2025")->entry.release().activate_on(), "never");
}

TEST(LoadOptionsTest, AreReadFromTheCommandLine) {
  const char* const argv[] = {"codesetd", "load", "--data-dir",    "d",    "2020-04", "a.txt",
                              "--base",   "2020", "--activate-on", "never"};
  const CommandLine command = ParseCommandLine(10, argv);
  const auto* load = std::get_if<LoadCommand>(&command);
  ASSERT_NE(load, nullptr);
  EXPECT_EQ(load->options.base_release_id(), "2020");
  EXPECT_EQ(load->options.activate_on(), "never");
}

}  // namespace
}  // namespace codeset::server
