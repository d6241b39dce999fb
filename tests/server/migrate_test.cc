// Data directories made anew from what they keep.
#include "server/migrate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rocksdb/write_batch.h"
#include "server/loader.h"
#include "storage/model/addenda.h"
#include "storage/store/database.h"
#include "tests/server/fixture.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using model::Reason;
using store::Family;
using testing::FailsWith;
using ::testing::HasSubstr;

class MigrateTest : public ::testing::Test {
 protected:
  MigrateTest() {
    std::filesystem::create_directory(root_.path() + "/old");
    Open();
  }

  std::string Old() const { return root_.path() + "/old"; }
  std::string New() const { return root_.path() + "/new"; }

  void Open() {
    auto store = store::Store::Open(Old(), {});
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  v1::LoadOptions OptionsOf(const std::string& id) {
    v1::LoadOptions options;
    options.set_release_id(id);
    return options;
  }
  void Load(const v1::LoadOptions& options, std::vector<source::InputFile> files) {
    const auto report = LoadRelease(*store_, options, std::move(files), {});
    ASSERT_TRUE(report.ok()) << report.status();
  }

  // The miniature's files of a release, those whose names hold a text alone.
  static std::vector<source::InputFile> Files(const std::string& id, const std::string& holds) {
    std::vector<source::InputFile> files = MiniatureFiles(id);
    files.erase(std::remove_if(files.begin(), files.end(),
                               [&](const source::InputFile& file) {
                                 return !absl::StrContains(file.name, holds);
                               }),
                files.end());
    EXPECT_FALSE(files.empty());
    return files;
  }

  // An overlay: one new code over 2025.
  void LoadOverlay() {
    v1::LoadOptions options = OptionsOf("2025-05");
    options.set_base_release_id("2025");
    options.set_activate_on("never");
    Load(options, {{"addenda.txt", model::FormatAddendaLine(
                                       {model::AddendaAction::kAdd, true, "U07", "New", "New"}) +
                                       "\r\n"}});
  }

  // Has the order file of 2025 say something else than the release was made of; closes the store.
  std::vector<source::InputFile> ChangeKeptSource() {
    store::CatalogEntry entry = store_->catalog()->Find("2025")->entry;
    store_.reset();
    std::vector<source::InputFile> files = Files("2025", "order");
    std::string& bytes = files.front().bytes;
    const size_t at = bytes.find("Cholera");
    EXPECT_NE(at, std::string::npos);
    bytes[at] = 'K';
    auto database = store::Database::Open(Old(), false, "the test");
    EXPECT_TRUE(database.ok()) << database.status();
    entry.mutable_kept_sources(0)->set_sha256(std::string(model::DigestOf(bytes).view()));
    rocksdb::WriteBatch batch;
    batch.Put((*database)->family(Family::kCatalog), "2025", entry.SerializeAsString());
    batch.Put((*database)->family(Family::kSources), store::SourceKey(model::DigestOf(bytes), 0),
              bytes);
    EXPECT_TRUE((*database)->Write(batch, true, "test").ok());
    return files;
  }

  absl::StatusOr<Migrated> Run(bool accept_changes = false) {
    store_.reset();
    MigrateOptions options;
    options.accept_changes = accept_changes;
    return Migrate(Old(), New(), options);
  }

  // All keys and values of a directory, by family.
  static std::map<std::string, std::map<std::string, std::string>> ContentsOf(
      const std::string& directory) {
    std::map<std::string, std::map<std::string, std::string>> contents;
    auto database = store::Database::Open(directory, false, "the test");
    EXPECT_TRUE(database.ok()) << database.status();
    for (int i = 0; i < store::kFamilyCount; ++i) {
      const auto family = static_cast<Family>(i);
      std::unique_ptr<rocksdb::Iterator> it(
          (*database)->db().NewIterator(rocksdb::ReadOptions(), (*database)->family(family)));
      for (it->SeekToFirst(); it->Valid(); it->Next()) {
        contents[std::string(store::FamilyName(family))][it->key().ToString()] =
            it->value().ToString();
      }
    }
    // How often somebody was told of a write, which is each directory's own.
    contents["default"].erase("generation");
    return contents;
  }

  TemporaryFolder root_;
  std::unique_ptr<store::Store> store_;
};

// In one format, what is rebuilt is what was there: every record of every family.
TEST_F(MigrateTest, RebuildsADirectoryRecordByRecord) {
  Load(OptionsOf("2025"), MiniatureFiles("2025"));
  // Groups that came later, of sources of their own.
  Load(OptionsOf("2026"), Files("2026", "order"));
  Load(OptionsOf("2026"), Files("2026", "tabular"));
  Load(OptionsOf("2026"), Files("2026", "conversion"));
  LoadOverlay();
  ASSERT_TRUE(store_->SetActivation("2026", "2026-11-01", "ann").ok());
  ASSERT_TRUE(store_->SetLabel("prod", "2025", true, "ann").ok());
  ASSERT_TRUE(store_->SetLabel("prod", "2026", true, "bea").ok());
  // One that is deleted, and one that came back.
  Load(OptionsOf("2027"), MiniatureFiles("2027"));
  ASSERT_TRUE(store_->Delete("2027").ok());
  ASSERT_TRUE(store_->Delete("2025-05").ok());
  LoadOverlay();
  v1::Reference page;
  page.set_code("A00.0");
  page.set_state(v1::REFERENCE_STATE_PUBLISHED);
  auto import = store_->ledger().BeginImport("ann", false);
  ASSERT_TRUE(import.ok()) << import.status();
  ASSERT_TRUE((*import)->Add(page).ok());
  ASSERT_TRUE((*import)->Commit(1).ok());
  import->reset();
  v1::NewVerification asked;
  asked.set_id("v1");
  asked.set_code("A000");
  asked.set_revision(1);
  asked.set_date("2026-11-20");
  asked.set_outcome(v1::VERIFICATION_OUTCOME_CONFIRMED);
  v1::Verification made;
  *made.mutable_event() = asked;
  made.mutable_event()->set_code("A00.0");
  made.set_release_id("2026");
  ASSERT_TRUE(store_->ledger().Record({made}, {asked}).ok());
  ASSERT_TRUE(store_->ledger().SetUsage({{"A000", 3}}).ok());
  store_.reset();
  const auto before = ContentsOf(Old());

  const auto migrated = Run();
  ASSERT_TRUE(migrated.ok()) << migrated.status();
  ASSERT_EQ(migrated->releases.size(), 3);
  for (const MigratedRelease& release : migrated->releases) {
    EXPECT_EQ(release.copied_because, "") << release.id;
    EXPECT_EQ(release.before, release.after) << release.id;
  }
  EXPECT_EQ(migrated->check.releases, 3);
  EXPECT_EQ(migrated->check.verifications, 1);
  EXPECT_THAT(FormatMigrated(*migrated), HasSubstr("release 2026 rebuilt from its sources; same"));
  const auto after = ContentsOf(New());
  for (const auto& [family, entries] : before) {
    if (family == "catalog") continue;
    EXPECT_EQ(after.at(family), entries) << family;
  }
  EXPECT_EQ(ContentsOf(Old()), before);
  // Of a release that was loaded in steps, lists of what was found stand in another order.
  ASSERT_EQ(after.at("catalog").size(), before.at("catalog").size());
  for (const auto& [id, bytes] : before.at("catalog")) {
    store::CatalogEntry old_entry, new_entry;
    ASSERT_TRUE(old_entry.ParseFromString(bytes));
    ASSERT_TRUE(new_entry.ParseFromString(after.at("catalog").at(id)));
    for (store::CatalogEntry* entry : {&old_entry, &new_entry}) {
      std::sort(entry->mutable_release()->mutable_sources()->begin(),
                entry->mutable_release()->mutable_sources()->end(),
                [](const auto& a, const auto& b) { return a.name() < b.name(); });
      std::sort(entry->mutable_kept_sources()->begin(), entry->mutable_kept_sources()->end(),
                [](const auto& a, const auto& b) { return a.name() < b.name(); });
      std::sort(entry->mutable_release()->mutable_disagreements()->begin(),
                entry->mutable_release()->mutable_disagreements()->end(),
                [](const auto& a, const auto& b) { return a.class_name() < b.class_name(); });
    }
    EXPECT_EQ(new_entry.DebugString(), old_entry.DebugString()) << id;
  }
}

TEST_F(MigrateTest, CopiesWhatCannotBeRebuilt) {
  v1::LoadOptions discard = OptionsOf("2025");
  discard.set_discard_sources(true);
  Load(discard, MiniatureFiles("2025"));
  Load(OptionsOf("2026"), Files("2026", "order_2026"));
  discard.set_release_id("2026");
  Load(discard, Files("2026", "tabular"));
  LoadOverlay();
  store_.reset();
  const auto before = ContentsOf(Old());
  const auto migrated = Run();
  ASSERT_TRUE(migrated.ok()) << migrated.status();
  ASSERT_EQ(migrated->releases.size(), 3);
  EXPECT_EQ(migrated->releases[0].copied_because, "its sources were not kept");
  EXPECT_EQ(migrated->releases[1].copied_because, "");
  EXPECT_EQ(migrated->releases[2].copied_because,
            "the sources kept of it do not have its facet group tabular");
  EXPECT_EQ(ContentsOf(New()), before);
}

TEST_F(MigrateTest, CopiesWhatIsRefusedToday) {
  Load(OptionsOf("2025"), MiniatureFiles("2025"));
  LoadOverlay();
  // Its base is gone.
  ASSERT_TRUE(store_->Delete("2025").ok());
  const auto migrated = Run();
  ASSERT_TRUE(migrated.ok()) << migrated.status();
  ASSERT_EQ(migrated->releases.size(), 1);
  EXPECT_THAT(migrated->releases[0].copied_because, HasSubstr("the base 2025 is not loaded"));
}

// What is kept is not what the release was made of, as where a newer version reads it otherwise.
TEST_F(MigrateTest, RefusesOtherFingerprintsUnlessTheyAreAccepted) {
  Load(OptionsOf("2025"), Files("2025", "order"));
  const std::string was = store_->catalog()->Find("2025")->entry.release().fingerprint();
  ChangeKeptSource();
  EXPECT_TRUE(FailsWith(Run().status(), Reason::kFingerprintMismatch, "",
                        absl::StrCat("release 2025 had ", was)));
  EXPECT_FALSE(std::filesystem::exists(New()));
  const auto migrated = Run(/*accept_changes=*/true);
  ASSERT_TRUE(migrated.ok()) << migrated.status();
  EXPECT_NE(migrated->releases[0].after, was);
  EXPECT_THAT(FormatMigrated(*migrated), HasSubstr("fingerprint CHANGED"));
}

// A release that was deleted once and loaded again stands for what it is rebuilt to.
TEST_F(MigrateTest, AcceptedChangesHoldForWhatWasDeletedOnceToo) {
  Load(OptionsOf("2025"), Files("2025", "order"));
  ASSERT_TRUE(store_->Delete("2025").ok());
  Load(OptionsOf("2025"), Files("2025", "order"));
  const std::vector<source::InputFile> changed = ChangeKeptSource();
  const auto migrated = Run(/*accept_changes=*/true);
  ASSERT_TRUE(migrated.ok()) << migrated.status();
  auto store = store::Store::Open(New(), {});
  ASSERT_TRUE(store.ok()) << store.status();
  // The same again is the same, and no other content; also when it has been deleted.
  auto again = LoadRelease(**store, OptionsOf("2025"), changed, {});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->outcome(), v1::LOAD_OUTCOME_UNCHANGED);
  ASSERT_TRUE((*store)->Delete("2025").ok());
  again = LoadRelease(**store, OptionsOf("2025"), changed, {});
  EXPECT_TRUE(again.ok()) << again.status();
}

TEST_F(MigrateTest, RefusesWhatIsNoDataDirectoryInUseOrNotEmpty) {
  Load(OptionsOf("2025"), MiniatureFiles("2025"));
  EXPECT_TRUE(FailsWith(Migrate(Old(), New(), {}).status(), Reason::kDataDirectoryLocked, "", ""));
  EXPECT_TRUE(FailsWith(Migrate(root_.path(), New(), {}).status(), Reason::kArgumentInvalid, "",
                        "is no data directory"));
  store_.reset();
  EXPECT_TRUE(
      FailsWith(Migrate(Old(), Old(), {}).status(), Reason::kArgumentInvalid, "", "is not empty"));
  MigrateOptions options;
  int asked = 0;
  options.hooks.cancelled = [&] { return asked++ > 1; };
  EXPECT_TRUE(FailsWith(Migrate(Old(), New(), options).status(), Reason::kCancelled, "", ""));
  EXPECT_FALSE(std::filesystem::exists(New()));
}

}  // namespace
}  // namespace codeset::server
