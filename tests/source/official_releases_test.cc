// Every published release, as its publisher's own counts describe it.
#include "tests/support/official_releases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "storage/source/input.h"
#include "storage/source/reconcile.h"
#include "storage/source/source.h"

namespace codeset::source {
namespace {

using ::testing::Contains;
using testing::kOfficialReleases;
using testing::OfficialRelease;
using ::testing::Pair;

absl::StatusOr<SourceFiles> Read(const std::filesystem::path& folder) {
  auto inputs = ReadInputFiles({folder.string()});
  if (!inputs.ok()) return inputs.status();
  return ReadSources(*std::move(inputs));
}

// How often each class was found; all but those of addenda, which need other releases.
std::map<std::string, int> Disagreements(const SourceFiles& files, const OfficialRelease& release) {
  std::map<std::string, int> counts;
  for (const Disagreement& found : files.findings) counts[found.class_name] = found.count;
  const auto found = Reconcile(*model::ReleaseId::Parse(release.id), *files.order,
                               files.tabular.has_value() ? &*files.tabular : nullptr, {}, {});
  EXPECT_TRUE(found.ok()) << found.status();
  for (const Disagreement& disagreement : found->disagreements) {
    EXPECT_FALSE(disagreement.fatal) << disagreement.class_name << disagreement.examples[0];
    counts[disagreement.class_name] = disagreement.count;
  }
  return counts;
}

size_t CountDiags(const model::Tabular& tabular) {
  size_t count = 0;
  for (const model::TabularChapter& chapter : tabular.chapters) {
    for (const model::TabularSection& section : chapter.sections) {
      for (const model::TabularCategory& category : section.categories) {
        count += category.diags.size();
      }
    }
  }
  return count;
}

class OfficialReleaseTest : public ::testing::TestWithParam<OfficialRelease> {};

INSTANTIATE_TEST_SUITE_P(Published, OfficialReleaseTest, ::testing::ValuesIn(kOfficialReleases),
                         [](const auto& test) {
                           std::string name = test.param.id;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_P(OfficialReleaseTest, HasThePublishersCounts) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  const OfficialRelease& release = GetParam();
  const auto files = Read(releases / release.id);
  ASSERT_TRUE(files.ok()) << files.status();
  ASSERT_TRUE(files->order.has_value());
  EXPECT_EQ(files->order->rows.size(), static_cast<size_t>(release.order_rows));
  EXPECT_EQ(std::count_if(files->order->rows.begin(), files->order->rows.end(),
                          [](const model::OrderRow& row) { return row.billable; }),
            release.billable);
  ASSERT_EQ(files->tabular.has_value(), release.diags > 0);
  if (files->tabular.has_value()) {
    EXPECT_EQ(CountDiags(*files->tabular), static_cast<size_t>(release.diags));
    // 21 chapters until U00-U85 became the 22nd.
    EXPECT_EQ(files->tabular->chapters.size(), std::string(release.id) < "2021" ? 21u : 22u);
  }
  ASSERT_EQ(files->addenda.size(), release.has_addenda ? 1u : 0u);
  for (const ReadFile& file : files->read) {
    EXPECT_EQ(file.sha256.size(), 64u);
    EXPECT_GT(file.size, 0);
  }
}

TEST_P(OfficialReleaseTest, DisagreesWithItselfOnlyWhereItIsKnownTo) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  const OfficialRelease& release = GetParam();
  const auto files = Read(releases / release.id);
  ASSERT_TRUE(files.ok()) << files.status();
  const std::map<std::string, int> found = Disagreements(*files, release);
  if (release.diags == 0) {
    EXPECT_THAT(found, ::testing::IsEmpty());
    return;
  }
  const std::string id = release.id;
  std::map<std::string, int> expected;
  if (id == "2013") {
    expected = {
        {"KNOWN_HEADERS_MISSING", 12246}, {"KNOWN_CODES_DIFFER", 25 + 5}, {"TITLE_DIFFERS", 78}};
  } else if (id == "2021" || id == "2021-01") {
    expected = {{"S06_PROSE_RULE", 72}, {"PARENT_DIFFERS", 1}};
  } else if (id == "2023") {
    expected = {{"S06_PROSE_RULE", 76}, {"PARENT_DIFFERS", 1}};
  }
  for (const auto& [name, count] : expected) EXPECT_THAT(found, Contains(Pair(name, count)));
  for (const char* name : {"S06_PROSE_RULE", "PARENT_DIFFERS", "KNOWN_HEADERS_MISSING",
                           "KNOWN_CODES_DIFFER", "KNOWN_CATEGORY_MISSING"}) {
    if (id != "2013" && !expected.contains(name)) {
      EXPECT_FALSE(found.contains(name)) << name;
    }
  }
  if (id != "2013") {
    EXPECT_GE(found.at("TITLE_DIFFERS"), 92);
    EXPECT_LE(found.at("TITLE_DIFFERS"), 105);
  }
  EXPECT_FALSE(found.contains("EMPTY_NOTE"));
  EXPECT_FALSE(found.contains("SECTIONS_OVERLAP"));
}

TEST(OfficialReleasesTest, AddendaAreReproducedFromTheBaseThatIsThere) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  std::vector<BaseCandidate> loaded;
  for (const OfficialRelease& release : kOfficialReleases) {
    const auto files = Read(releases / release.id);
    ASSERT_TRUE(files.ok()) << files.status();
    const auto found = Reconcile(*model::ReleaseId::Parse(release.id), *files->order, nullptr,
                                 files->addenda, loaded);
    ASSERT_TRUE(found.ok()) << found.status();
    const AddendaCheck& check = found->addenda;
    const AddendaOutcome expected = !release.has_addenda    ? AddendaOutcome::kNoAddenda
                                    : *release.base == '\0' ? AddendaOutcome::kBaseNotLoaded
                                                            : AddendaOutcome::kReproduced;
    EXPECT_EQ(check.outcome, expected) << release.id << ": " << check.difference;
    EXPECT_EQ(check.base_release_id, release.base) << release.id;
    EXPECT_EQ(check.additions, release.additions) << release.id;
    EXPECT_EQ(check.deletions, release.deletions) << release.id;
    EXPECT_EQ(check.revisions, release.revisions) << release.id;
    const int headers = release.order_rows - release.billable;
    loaded.push_back({release.id, headers, release.billable,
                      [order = *files->order](const model::OrderFacts& next) {
                        return absl::StatusOr<OrderChange>({order, next});
                      }});
  }
}

TEST(OfficialReleasesTest, TabularListOfAnotherEditionIsRefused) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  const auto older = Read(releases / "2021");
  const auto newer = Read(releases / "2023");
  ASSERT_TRUE(older.ok() && newer.ok());
  const auto found =
      Reconcile(*model::ReleaseId::Parse("2023"), *newer->order, &*older->tabular, {}, {});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(std::any_of(found->disagreements.begin(), found->disagreements.end(),
                          [](const Disagreement& entry) { return entry.fatal; }));
}

TEST(OfficialReleasesTest, M99Of2023HasOneNoteAndNoExcludes) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  const auto files = Read(releases / "2023");
  ASSERT_TRUE(files.ok()) << files.status();
  for (const model::TabularChapter& chapter : files->tabular->chapters) {
    for (const model::TabularSection& section : chapter.sections) {
      if (section.id != "M99-M99") continue;
      EXPECT_EQ(chapter.id, "13");
      ASSERT_EQ(section.categories.size(), 1u);
      const std::vector<model::Note>& notes = section.categories[0].diags[0].facts.notes;
      ASSERT_EQ(notes.size(), 1u);
      EXPECT_EQ(notes[0].kind, model::NoteKind::kNote);
      ASSERT_EQ(notes[0].groups.size(), 1u);
      EXPECT_EQ(notes[0].groups[0].items.size(), 1u);
      return;
    }
  }
  FAIL() << "no section M99-M99";
}

}  // namespace
}  // namespace codeset::source
