// Lists of POA-exempt codes from file to answer: loaded with a release or after it, on loan
// within a year, refused where they are of another edition.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/backend.h"
#include "server/loader.h"
#include "storage/image/concept.h"
#include "tests/server/fixture.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using model::Reason;
using source::InputFile;
using ::testing::Contains;
using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// The miniature's files whose names hold `part`.
std::vector<InputFile> Only(const std::string& id, const std::string& part) {
  std::vector<InputFile> files;
  for (InputFile& file : MiniatureFiles(id)) {
    if (absl::StrContains(file.name, part)) files.push_back(std::move(file));
  }
  return files;
}

class PoaLoadTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::LoadReport> Load(const std::string& id, const std::vector<InputFile>& files,
                                      const std::string& allow = "") {
    v1::LoadOptions options;
    options.set_release_id(id);
    if (!allow.empty()) options.add_allow(allow);
    return LoadRelease(fixture_.store(), options, files, {});
  }

  v1::Concept ConceptOf(const std::string& id, const std::string& code) {
    const auto image = fixture_.store().GetImage(*fixture_.store().catalog(), id);
    EXPECT_TRUE(image.ok()) << image.status();
    const std::optional<image::NodeIndex> node = (*image)->Find(code);
    EXPECT_TRUE(node.has_value()) << code;
    return image::ToConcept(**image, *node, v1::CONCEPT_VIEW_BASIC);
  }

  // `exempt`, `not exempt`, or `not known`.
  std::string Exemption(const std::string& id, const std::string& code) {
    const v1::Concept found = ConceptOf(id, code);
    if (!found.has_poa_exempt()) return "not known";
    return found.poa_exempt() ? "exempt" : "not exempt";
  }

  std::string PoaFrom(const std::string& id) {
    const auto catalog = fixture_.store().catalog();
    return ToResolved(*catalog, *catalog->Find(id), fixture_.store().Today(), {}).poa_from();
  }

  ServerFixture fixture_;
};

TEST_F(PoaLoadTest, TellsOfBillableCodesWhetherTheyAreOnTheList) {
  fixture_.Load("2025");
  const v1::LoadReport report = fixture_.Load("2026");
  EXPECT_EQ(report.release().counts().poa_exempt(), 14);
  EXPECT_THAT(report.release().facet_groups(), SizeIs(4));
  EXPECT_THAT(report.release().disagreements(),
              ::testing::Each(::testing::Property(&v1::Disagreement::fatal, false)));
  EXPECT_EQ(Exemption("2025", "S301XXD"), "exempt");
  EXPECT_EQ(Exemption("2025", "S301XXA"), "not exempt");
  EXPECT_EQ(Exemption("2026", "S3011XS"), "exempt");
  EXPECT_EQ(Exemption("2026", "I10"), "not exempt");
  // A header, a section.
  EXPECT_EQ(Exemption("2026", "S3011"), "not known");
  EXPECT_EQ(Exemption("2026", "M99-M99"), "not known");
  EXPECT_EQ(PoaFrom("2026"), "2026");
  bool ignored = false;
  for (const v1::IgnoredFile& file : report.ignored()) {
    ignored |= file.name() == "POAexemptAddCodesFY26.txt";
  }
  EXPECT_TRUE(ignored);
}

TEST_F(PoaLoadTest, AddsTheListThatAReleaseLacked) {
  auto report = Load("2025", Only("2025", "order"));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->warnings(), Contains(HasSubstr("which codes are exempt is not known")));
  EXPECT_EQ(Exemption("2025", "S301XXD"), "not known");
  EXPECT_EQ(PoaFrom("2025"), "");
  const std::string before = report->release().fingerprint();

  report = Load("2025", Only("2025", "POA"));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->outcome(), v1::LOAD_OUTCOME_GROUP_ADDED);
  EXPECT_NE(report->release().fingerprint(), before);
  EXPECT_EQ(report->release().counts().poa_exempt(), 14);
  EXPECT_EQ(report->release().counts().order_rows(), 96);
  EXPECT_EQ(Exemption("2025", "S301XXD"), "exempt");
  EXPECT_EQ(Exemption("2025", "I10"), "not exempt");
  EXPECT_EQ(PoaFrom("2025"), "2025");
  EXPECT_TRUE(VerifyRelease(fixture_.store(), "2025").ok());

  report = Load("2025", Only("2025", "POA"));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->outcome(), v1::LOAD_OUTCOME_UNCHANGED);
}

TEST_F(PoaLoadTest, AListNeverChanges) {
  fixture_.Load("2025");
  std::vector<InputFile> files = Only("2025", "POA");
  ASSERT_THAT(files, SizeIs(1));
  files[0].bytes.erase(files[0].bytes.rfind("00096"));
  EXPECT_TRUE(FailsWith(Load("2025", files).status(), Reason::kReleaseContentDiffers, "",
                        "facet group poa has fingerprint"));
  EXPECT_EQ(Exemption("2025", "T360X5S"), "exempt");
}

TEST_F(PoaLoadTest, RefusesTheListOfAnotherEdition) {
  ASSERT_TRUE(Load("2026", Only("2026", "icd10cm")).ok());
  const absl::Status status = Load("2026", Only("2025", "POA")).status();
  EXPECT_TRUE(FailsWith(status, Reason::kReconciliationRefused, "", "POA_ORDER_DIFFERS"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("S30.1XXD is not in the order file"));
  EXPECT_EQ(Exemption("2026", "I10"), "not known");

  // A list of additions taken for the list.
  EXPECT_TRUE(FailsWith(Load("2026", Only("2026", "POAexemptAdd")).status(),
                        Reason::kReconciliationRefused, "", "--allow POA_LIST_MUCH_SHORTER"));
  const auto allowed = Load("2026", Only("2026", "POAexemptAdd"), "POA_LIST_MUCH_SHORTER");
  ASSERT_TRUE(allowed.ok()) << allowed.status();
  ASSERT_THAT(allowed->release().disagreements(),
              Contains(::testing::Property(&v1::Disagreement::allowed, true)));
}

TEST_F(PoaLoadTest, AListAloneIsNoRelease) {
  EXPECT_TRUE(FailsWith(Load("2025", Only("2025", "POA")).status(), Reason::kSourceNotRecognised,
                        "", "no order file is among the files"));
}

TEST_F(PoaLoadTest, KeepsTheYearsListInForceAndNoOther) {
  fixture_.Load("2025");
  const auto april = Load("2025-04", Only("2025", "order"));
  ASSERT_TRUE(april.ok()) << april.status();
  EXPECT_EQ(april->release().counts().poa_exempt(), 0);
  EXPECT_EQ(PoaFrom("2025-04"), "2025");
  EXPECT_EQ(Exemption("2025-04", "S301XXD"), "exempt");
  EXPECT_EQ(Exemption("2025-04", "I10"), "not exempt");
  ASSERT_TRUE(Load("2026", Only("2026", "icd10cm")).ok());
  EXPECT_EQ(PoaFrom("2026"), "");
  EXPECT_EQ(Exemption("2026", "S060X0D"), "not known");
}

TEST_F(PoaLoadTest, CountsMustBeTheReadMes) {
  ASSERT_TRUE(Load("2025", Only("2025", "order")).ok());
  std::vector<InputFile> files = Only("2025", "POA");
  const std::string first = "Description of Present On Admission (POA) files\r\n\r\nList of (POA) ";
  files.push_back({"ReadMe.txt", first + "exempt codes (15 codes).\r\n"});
  EXPECT_TRUE(FailsWith(Load("2025", files).status(), Reason::kReconciliationRefused, "",
                        "ReadMe.txt says 15, the list has 14"));
  files.back().bytes = first + "exempt codes (14 codes).\r\n";
  EXPECT_TRUE(Load("2025", files).ok());
}

}  // namespace
}  // namespace codeset::server
