// Imports: all or nothing, whatever ends them; and content that is damaged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <random>
#include <system_error>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/store/ledger_fixture.h"

namespace codeset::store {
namespace {

namespace fs = std::filesystem;
using model::FactsOf;
using model::Reason;
using model::ReasonOf;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LedgerImportTest : public LedgerTest {
 protected:
  // The n-th of many codes.
  static std::string CodeOf(int n) { return absl::StrCat("A", 100000 + n); }

  // Ten thousand letters that do not compress to nothing.
  static std::string Words(int n) {
    std::mt19937 random(n);
    std::string words(10000, 'a');
    for (char& letter : words) letter = static_cast<char>('a' + random() % 26);
    return words;
  }

  // The outcome of adding a page.
  static PageOutcome Added(ReferenceImport& import, const v1::Reference& page) {
    const auto outcome = import.Add(page);
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome.value_or(PageOutcome::kUnchanged);
  }

  // What is left of imports in a directory of which the store is closed.
  static std::vector<std::string> Marks(const std::string& directory) {
    std::vector<std::string> marks;
    for (const std::string& key : Keys(directory, Family::kDefault)) {
      if (key.starts_with("import")) marks.push_back(key);
    }
    return marks;
  }
};

TEST_F(LedgerImportTest, TellsWhatBecomesOfEachPage) {
  Import({Page("M9986", "one"), Page("G35", "a")});
  auto import = ledger().BeginImport("ann", false);
  ASSERT_TRUE(import.ok()) << import.status();
  EXPECT_EQ(Added(**import, Page("M9986", "two")), PageOutcome::kRevised);
  EXPECT_EQ(Added(**import, Page("G35", "a")), PageOutcome::kUnchanged);
  EXPECT_EQ(Added(**import, Page("G36", "b")), PageOutcome::kCreated);
  EXPECT_EQ(Added(**import, Page("A00", "c")), PageOutcome::kCreated);
  // Nothing is visible before the end.
  EXPECT_THAT(Codes(), ElementsAre("G35", "M9986"));
  EXPECT_EQ(ledger().Find("M9986")->revision, 1);
  EXPECT_EQ(ReasonOf(ledger().Read("M9986", 2).status()), Reason::kReferenceNotFound);
  const auto revisions = (*import)->Commit(2);
  ASSERT_TRUE(revisions.ok()) << revisions.status();
  EXPECT_THAT(Named(*revisions), ElementsAre("M99.86 2", "G36 1"));
  EXPECT_THAT(Codes(), ElementsAre("A00", "G35", "G36", "M9986"));
  EXPECT_EQ(ReasonOf((*import)->Commit(2).status()), Reason::kInternal);
  EXPECT_EQ(ReasonOf((*import)->Add(Page("A01", "d")).status()), Reason::kInternal);
  import->reset();
  EXPECT_THAT(Codes(), ElementsAre("A00", "G35", "G36", "M9986"));
}

TEST_F(LedgerImportTest, RefusesACodeTwiceAndWhatCouldNotBeReadBack) {
  auto import = ledger().BeginImport("ann", false);
  ASSERT_TRUE(import.ok()) << import.status();
  Added(**import, Page("M9986", "one"));
  const absl::Status twice = (*import)->Add(Page("M9986", "two")).status();
  EXPECT_EQ(ReasonOf(twice), Reason::kArgumentInvalid);
  EXPECT_EQ(FactsOf(twice)["code"], "M99.86");
  EXPECT_EQ(ReasonOf((*import)->Add(Page("G35", "b\xe9")).status()), Reason::kArgumentInvalid);
  v1::Reference none = Page("G35", "a");
  none.set_code("not a code");
  EXPECT_EQ(ReasonOf((*import)->Add(none).status()), Reason::kConceptIdInvalid);
  // The caller decides whether that ends it.
  EXPECT_EQ(Added(**import, Page("G35", "a")), PageOutcome::kCreated);
  EXPECT_THAT(Named(*(*import)->Commit(10)), ElementsAre("M99.86 1", "G35 1"));
}

TEST_F(LedgerImportTest, RunsOneImportAtATime) {
  for (const bool dry_run : {false, true}) {
    auto import = ledger().BeginImport("ann", dry_run);
    ASSERT_TRUE(import.ok()) << import.status();
    for (const bool other : {false, true}) {
      EXPECT_EQ(ReasonOf(ledger().BeginImport("bea", other).status()), Reason::kImportInProgress);
    }
    ASSERT_TRUE((*import)->Commit(10).ok());
    EXPECT_EQ(ReasonOf(ledger().BeginImport("bea", false).status()), Reason::kImportInProgress);
  }
  EXPECT_TRUE(ledger().BeginImport("bea", false).ok());
}

TEST_F(LedgerImportTest, WritesNothingInADryRun) {
  Import({Page("M9986", "one")});
  const uint64_t version = ledger().version();
  {
    auto import = ledger().BeginImport("ann", true);
    ASSERT_TRUE(import.ok()) << import.status();
    EXPECT_EQ(Added(**import, Page("M9986", "two")), PageOutcome::kRevised);
    EXPECT_EQ(Added(**import, Page("G35", "a")), PageOutcome::kCreated);
    EXPECT_EQ(ReasonOf((*import)->Add(Page("G35", "b")).status()), Reason::kArgumentInvalid);
    EXPECT_THAT(Named(*(*import)->Commit(10)), ElementsAre("M99.86 2", "G35 1"));
  }
  EXPECT_EQ(ledger().version(), version);
  EXPECT_THAT(Codes(), ElementsAre("M9986"));
  store_.reset();
  EXPECT_EQ(Keys(directory_, Family::kReferences).size(), 1u);
  EXPECT_EQ(Keys(directory_, Family::kRevisions).size(), 1u);
  EXPECT_THAT(Marks(directory_), IsEmpty());
}

TEST_F(LedgerImportTest, LeavesNothingWhenItIsDestroyed) {
  Import({Page(CodeOf(0), Words(0)), Page(CodeOf(1), "other words")});
  const std::string before = Summaries();
  {
    auto import = ledger().BeginImport("ann", false);
    ASSERT_TRUE(import.ok()) << import.status();
    // More than a batch; the first is there already, the second has the content of another.
    for (int n = 0; n < 500; ++n) Added(**import, Page(CodeOf(n), Words(n)));
  }
  EXPECT_EQ(Summaries(), before);
  EXPECT_EQ(ledger().Read(CodeOf(0), 0)->reference.summary().text(), Words(0));
  EXPECT_EQ(ledger().Read(CodeOf(1), 0)->reference.summary().text(), "other words");
  store_.reset();
  EXPECT_EQ(Keys(directory_, Family::kReferences).size(), 2u);
  EXPECT_THAT(Marks(directory_), IsEmpty());
  Reopen();
  EXPECT_EQ(Summaries(), before);
}

TEST_F(LedgerImportTest, SweepsWhatACrashLeft) {
  Import({Page(CodeOf(0), Words(0))});
  const std::string before = Summaries();
  std::string copy = directory_ + "-copy";
  {
    auto import = ledger().BeginImport("ann", false);
    ASSERT_TRUE(import.ok()) << import.status();
    // More than RocksDB keeps in memory.
    for (int n = 1; n < 3000; ++n) Added(**import, Page(CodeOf(n), Words(n)));
    // What a machine finds that stops now, once some of it has been flushed. A copy may be torn,
    // which a directory is not.
    const auto copied = [&] {
      std::error_code error;
      fs::remove_all(copy);
      fs::copy(directory_, copy, fs::copy_options::recursive, error);
      if (error || !Database::Open(copy, false, "the test").ok()) return false;
      return Keys(copy, Family::kReferences).size() > 1;
    };
    for (int i = 0; i < 200 && !copied(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
  store_.reset();
  EXPECT_THAT(Marks(copy), Contains("import"));
  EXPECT_GT(Keys(copy, Family::kReferences).size(), 1u);
  std::swap(directory_, copy);
  Reopen();
  EXPECT_EQ(Summaries(), before);
  EXPECT_EQ(ledger().Read(CodeOf(0), 0)->reference.summary().text(), Words(0));
  store_.reset();
  EXPECT_EQ(Keys(directory_, Family::kReferences).size(), 1u);
  EXPECT_THAT(Marks(directory_), IsEmpty());
  fs::remove_all(copy);
}

TEST_F(LedgerImportTest, FindsDamagedContentAndRestoresItFromTheSamePage) {
  Import({Page("M9986", "one"), Page("G35", "a")});
  for (const std::string& damaged : {std::string("\x0a\x06M99.86\x10\x01"), std::string()}) {
    Put(Family::kReferences, DigestOfPage(Page("M9986", "one")).view(), damaged);
    Reopen();
    const absl::Status status = ledger().Read("M9986", 0).status();
    EXPECT_EQ(ReasonOf(status), Reason::kDataDamaged);
    EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("revision 1"), HasSubstr("M99.86")));
    EXPECT_TRUE(ledger().Read("G35", 0).ok());
    // What cannot be read can be told of.
    EXPECT_EQ(ledger().Revisions("M9986")->size(), 1u);
    EXPECT_THAT(Import({Page("M9986", "one")}), IsEmpty());
    EXPECT_EQ(ledger().Read("M9986", 0)->reference.summary().text(), "one");
    Reopen();
    EXPECT_EQ(ledger().Read("M9986", 0)->reference.summary().text(), "one");
  }
}

TEST_F(LedgerImportTest, KeepsRestoredContentWhereTheImportIsGivenUp) {
  Import({Page("M9986", "one")});
  Put(Family::kReferences, DigestOfPage(Page("M9986", "one")).view(), "damaged");
  Reopen();
  {
    auto import = ledger().BeginImport("ann", false);
    ASSERT_TRUE(import.ok()) << import.status();
    EXPECT_EQ(Added(**import, Page("M9986", "one")), PageOutcome::kUnchanged);
    for (int n = 0; n < 300; ++n) Added(**import, Page(CodeOf(n), Words(n)));
  }
  EXPECT_EQ(ledger().Read("M9986", 0)->reference.summary().text(), "one");
  store_.reset();
  EXPECT_EQ(Keys(directory_, Family::kReferences).size(), 1u);
}

TEST_F(LedgerImportTest, RefusesToOpenWhereRecordsAreDamaged) {
  Import({Page("M9986", "one")});
  ASSERT_TRUE(Record({Asked("1", "M9986")}).ok());
  const auto refused = [&](Family family, absl::string_view key, absl::string_view value) {
    store_.reset();
    const std::string copy = directory_ + "-damaged";
    fs::copy(directory_, copy, fs::copy_options::recursive);
    {
      auto database = Database::Open(copy, false, "the test");
      EXPECT_TRUE(database.ok()) << database.status();
      rocksdb::WriteBatch batch;
      batch.Put((*database)->family(family), ToSlice(key), ToSlice(value));
      EXPECT_TRUE((*database)->Write(batch, true, "test").ok());
    }
    const absl::Status status = Store::Open(copy, {}).status();
    fs::remove_all(copy);
    EXPECT_EQ(ReasonOf(status), Reason::kDataDamaged) << status;
    return std::string(status.message());
  };
  EXPECT_THAT(refused(Family::kRevisions, LedgerKey("M9986", 1), "?"), HasSubstr("revision 1"));
  EXPECT_THAT(refused(Family::kRevisions, LedgerKey("M9986", 3), "?"),
              HasSubstr("revision 2 of M99.86 is missing"));
  EXPECT_THAT(refused(Family::kRevisions, "M9986", "?"), HasSubstr("malformed"));
  EXPECT_THAT(refused(Family::kVerifications, LedgerKey("M9986", 1), "?"),
              HasSubstr("verification 1 of M99.86 is damaged"));
  EXPECT_THAT(refused(Family::kVerifications, LedgerKey("M9986", 3), "?"),
              HasSubstr("verification 2 of M99.86 is missing; restore the data directory"));
  EXPECT_THAT(refused(Family::kVerifications, LedgerKey("G35", 1), "?"), HasSubstr("page of G35"));
  EXPECT_THAT(refused(Family::kUsage, "M9986", "?"), HasSubstr("usage count of M9986"));
}

TEST_F(LedgerImportTest, GivesADirectoryOfBeforeItsFamilies) {
  store_.reset();
  {
    auto database = Database::Open(directory_, false, "the test");
    ASSERT_TRUE(database.ok()) << database.status();
    for (const Family family : {Family::kReferences, Family::kRevisions, Family::kVerifications,
                                Family::kVerificationIds, Family::kUsage}) {
      ASSERT_TRUE((*database)->db().DropColumnFamily((*database)->family(family)).ok());
    }
  }
  Reopen();
  EXPECT_THAT(Loaded(), ElementsAre("2025", "2026"));
  EXPECT_THAT(Codes(), IsEmpty());
  EXPECT_THAT(Import({Page("M9986", "one")}), ElementsAre("M99.86 1"));
}

// Each import makes a file of each family it writes to, and the server keeps every file open. Its
// revisions come after those before, so that files need not be merged for the sake of order.
TEST_F(LedgerImportTest, ManyImportsLeaveFewFiles) {
  constexpr int kImports = 60, kFew = 60;
  for (int n = 0; n < kImports; ++n) Import({Page("M9986", Words(n))});
  const auto tables = [this] {
    return std::count_if(fs::directory_iterator(directory_ + "/db"), fs::directory_iterator(),
                         [](const auto& file) { return file.path().extension() == ".sst"; });
  };
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (tables() >= kFew && std::chrono::steady_clock::now() < patience) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_LT(tables(), kFew);
  EXPECT_EQ(ledger().Find("M9986")->revision, kImports);
}

TEST_F(LedgerImportTest, TakesManyPages) {
  constexpr int kPages = 20000;
  std::vector<v1::Reference> pages;
  for (int n = 0; n < kPages; ++n) {
    pages.push_back(Page(CodeOf(n), absl::StrCat("words about ", n)));
    Cite(pages.back(), v1::SOURCE_KIND_GUIDELINES, n % 2 == 0 ? "2025" : "2026");
  }
  EXPECT_EQ(Import(pages).size(), 1000u);
  EXPECT_EQ(ledger().pages().pages.size(), static_cast<size_t>(kPages));
  Reopen();
  const PageList list = ledger().pages();
  ASSERT_EQ(list.pages.size(), static_cast<size_t>(kPages));
  for (const int n : {0, 777, kPages - 1}) {
    EXPECT_EQ(list.pages[n]->code, CodeOf(n));
    EXPECT_EQ(list.pages[n]->cited.get(), list.pages[n % 2]->cited.get());
    EXPECT_EQ(ledger().Read(CodeOf(n), 0)->reference.summary().text(),
              absl::StrCat("words about ", n));
  }
  EXPECT_THAT(Import(pages), IsEmpty());
}

}  // namespace
}  // namespace codeset::store
