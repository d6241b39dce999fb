#include "storage/store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "storage/image/concept.h"
#include "storage/model/error.h"
#include "storage/store/database.h"
#include "tests/support/hand_made.h"

namespace codeset::store {
namespace {

using model::Reason;
using model::ReasonOf;
using testing::Chapter;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Order;
using testing::Section;

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    char name[] = "/tmp/codeset-store-XXXXXX";
    directory_ = mkdtemp(name);
    Reopen();
  }
  ~StoreTest() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  void Reopen() {
    store_.reset();
    auto store = Store::Open(directory_, {.create_if_missing = true, .owner = "the test"});
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  static model::Tabular List() {
    model::Tabular tabular;
    tabular.chapters.push_back(
        Chapter("6", "Nervous system", {Section("G35-G37", "Demyelinating", {"G35", "G36"})}));
    return tabular;
  }

  static Publication Release(const std::string& id, const model::OrderFacts& order) {
    Publication publication{*model::ReleaseId::Parse(id), {}, {}, {}, {}, {}, {}};
    publication.effective = publication.id.DefaultEffectiveDate();
    publication.order = model::EncodeOrder(order);
    return publication;
  }

  static model::OrderFacts Old() {
    return Order({{"G35", true, "Multiple sclerosis"}, {"G36", true, "Other"}});
  }
  static model::OrderFacts New() {
    return Order({{"G35", false, "Multiple sclerosis"},
                  {"G35A", true, "Relapsing-remitting"},
                  {"G36", true, "Other"}});
  }

  std::string Title(absl::string_view release, absl::string_view key) {
    const auto image = store_->GetImage(*store_->catalog(), release);
    if (!image.ok()) return image.status().ToString();
    const auto node = (*image)->Find(key);
    return node.has_value() ? std::string(image::TitleOf(**image, *node)) : "(none)";
  }

  std::vector<std::string> Loaded() const {
    std::vector<std::string> ids;
    for (const CatalogRelease& release : store_->catalog()->releases()) {
      ids.push_back(release.id.ToString());
    }
    return ids;
  }

  std::string directory_;
  std::unique_ptr<Store> store_;
};

TEST_F(StoreTest, KeepsReleasesAcrossAReopenInOrderOfDateAndCorrection) {
  for (const char* id : {"2026.10", "2026", "2025-04", "2026.2", "2025"}) {
    const auto outcome = store_->Publish(Release(id, id[3] == '5' ? Old() : New()));
    ASSERT_TRUE(outcome.ok()) << id << outcome.status();
    EXPECT_EQ(*outcome, v1::LOAD_OUTCOME_LOADED);
  }
  Reopen();
  EXPECT_THAT(Loaded(), ElementsAre("2025", "2025-04", "2026", "2026.2", "2026.10"));
  EXPECT_EQ(Title("2025", "G35A"), "(none)");
  EXPECT_EQ(Title("2026", "G35A"), "Relapsing-remitting");
}

TEST_F(StoreTest, TakesTheSameContentAgainAsANoOpAndRefusesOtherContent) {
  ASSERT_TRUE(store_->Publish(Release("2026", New())).ok());
  EXPECT_EQ(*store_->Publish(Release("2026", New())), v1::LOAD_OUTCOME_UNCHANGED);
  const absl::Status status = store_->Publish(Release("2026", Old())).status();
  EXPECT_EQ(ReasonOf(status), Reason::kReleaseContentDiffers);
  EXPECT_THAT(std::string(status.message()), HasSubstr("2026.1"));
  Publication other_date = Release("2026", New());
  other_date.effective = model::Date(2025, 11, 1);
  EXPECT_EQ(ReasonOf(store_->Publish(other_date).status()), Reason::kReleaseContentDiffers);
  EXPECT_EQ(Title("2026", "G35A"), "Relapsing-remitting");
}

TEST_F(StoreTest, AddsAGroupThatAReleaseLackedAndNeverChangesIt) {
  ASSERT_TRUE(store_->Publish(Release("2026", New())).ok());
  EXPECT_EQ(Title("2026", "6"), "(none)");
  Publication tabular = Release("2026", New());
  tabular.order.reset();
  tabular.tabular = model::EncodeTabular(List());
  EXPECT_EQ(*store_->Publish(tabular), v1::LOAD_OUTCOME_GROUP_ADDED);
  EXPECT_EQ(Title("2026", "6"), "Nervous system");
  model::Tabular other = List();
  other.chapters[0].title = "Otherwise";
  tabular.tabular = model::EncodeTabular(other);
  EXPECT_EQ(ReasonOf(store_->Publish(tabular).status()), Reason::kReleaseContentDiffers);
  Reopen();
  EXPECT_EQ(Title("2026", "6"), "Nervous system");
  EXPECT_TRUE(store_->Verify("2026").ok());
}

TEST_F(StoreTest, RefusesANewReleaseWithoutOrderFacts) {
  Publication tabular = Release("2026", New());
  tabular.order.reset();
  tabular.tabular = model::EncodeTabular(List());
  EXPECT_EQ(ReasonOf(store_->Publish(tabular).status()), Reason::kArgumentInvalid);
  EXPECT_THAT(Loaded(), ElementsAre());
}

TEST_F(StoreTest, LendsTheNearestStructureAndFollowsWhatIsLoaded) {
  Publication with = Release("2023", Old());
  with.tabular = model::EncodeTabular(List());
  ASSERT_TRUE(store_->Publish(Release("2026", New())).ok());
  EXPECT_EQ(Title("2026", "6"), "(none)");
  ASSERT_TRUE(store_->Publish(with).ok());
  EXPECT_EQ((*store_->GetImage(*store_->catalog(), "2026"))->structure_from(), "2023");
  EXPECT_EQ(Title("2026", "6"), "Nervous system");
  Publication nearer = Release("2025", Old());
  nearer.tabular = model::EncodeTabular(List());
  ASSERT_TRUE(store_->Publish(nearer).ok());
  EXPECT_EQ((*store_->GetImage(*store_->catalog(), "2026"))->structure_from(), "2025");
}

TEST_F(StoreTest, DeletesWhatNoOtherReleaseUsesAndRetiresTheId) {
  Publication old_release = Release("2025", Old());
  old_release.sources = {{"old.txt", "old bytes"}, {"shared.txt", "shared bytes"}};
  Publication new_release = Release("2026", New());
  new_release.sources = {{"shared.txt", "shared bytes"}};
  ASSERT_TRUE(store_->Publish(old_release).ok());
  ASSERT_TRUE(store_->Publish(new_release).ok());
  // G36 is shared; G35's page, the block and the root are the old release's alone.
  const auto swept = store_->Delete("2025");
  ASSERT_TRUE(swept.ok()) << swept.status();
  EXPECT_EQ(*swept, 3);
  EXPECT_EQ(ReasonOf(store_->Delete("2025").status()), Reason::kReleaseNotFound);
  EXPECT_THAT(Loaded(), ElementsAre("2026"));
  EXPECT_TRUE(store_->Verify("2026").ok());
  const auto sources = store_->Sources("2026");
  ASSERT_TRUE(sources.ok()) << sources.status();
  EXPECT_EQ((*sources)[0].bytes, "shared bytes");
  // Other content may never have the id; the same content may come back.
  Reopen();
  EXPECT_EQ(ReasonOf(store_->Publish(Release("2025", New())).status()),
            Reason::kReleaseContentDiffers);
  EXPECT_EQ(*store_->Publish(Release("2025", Old())), v1::LOAD_OUTCOME_LOADED);
  EXPECT_EQ(Title("2025", "G35"), "Multiple sclerosis");
}

TEST_F(StoreTest, AnswersNotFoundNotDamagedToAReaderOfADeletedRelease) {
  ASSERT_TRUE(store_->Publish(Release("2025", Old())).ok());
  const std::shared_ptr<const Catalog> before = store_->catalog();
  ASSERT_TRUE(store_->Delete("2025").ok());
  EXPECT_EQ(ReasonOf(store_->GetImage(*before, "2025").status()), Reason::kReleaseNotFound);
}

TEST_F(StoreTest, KeepsAnImageUsableAfterItsReleaseIsDeleted) {
  ASSERT_TRUE(store_->Publish(Release("2025", Old())).ok());
  const auto image = *store_->GetImage(*store_->catalog(), "2025");
  ASSERT_TRUE(store_->Delete("2025").ok());
  EXPECT_EQ(image::TitleOf(*image, *image->Find("G35")), "Multiple sclerosis");
}

TEST_F(StoreTest, ReadsBackAddendaAndSourcesByteForByte) {
  Publication publication = Release("2026", New());
  std::string large(3 * 1024 * 1024 + 17, 'x');
  large[1024 * 1024] = '\0';
  publication.sources = {{"a.zip", large}, {"empty.txt", ""}};
  publication.addenda = {{"addenda.txt", "line one\nline two\n"}};
  ASSERT_TRUE(store_->Publish(publication).ok());
  Reopen();
  const auto sources = store_->Sources("2026");
  ASSERT_TRUE(sources.ok()) << sources.status();
  ASSERT_EQ(sources->size(), 2u);
  EXPECT_TRUE((*sources)[0].bytes == large);
  EXPECT_EQ((*sources)[1].bytes, "");
  const auto addenda = store_->Addenda("2026");
  ASSERT_TRUE(addenda.ok());
  EXPECT_EQ((*addenda)[0].name, "addenda.txt");
  EXPECT_EQ((*addenda)[0].bytes, "line one\nline two\n");
}

TEST_F(StoreTest, SweepsWhatAnInterruptedLoadLeft) {
  ASSERT_TRUE(store_->Publish(Release("2025", Old())).ok());
  store_.reset();
  const model::PageSet orphan = model::EncodeOrder(New());
  {
    // What a load leaves that dies after writing its pages and before publishing.
    auto database = Database::Open(directory_, false, "the test");
    ASSERT_TRUE(database.ok()) << database.status();
    rocksdb::WriteBatch batch;
    batch.Put((*database)->family(Family::kDefault), ToSlice(UnfinishedKey()), "2026");
    for (const model::Page& page : orphan.pages) {
      batch.Put((*database)->family(Family::kOrderPages), ToSlice(page.digest.view()),
                ToSlice(page.text));
    }
    ASSERT_TRUE((*database)->Write(batch, true, "test").ok());
  }
  Reopen();
  EXPECT_THAT(Loaded(), ElementsAre("2025"));
  EXPECT_TRUE(store_->Verify("2025").ok());
  store_.reset();
  auto database = Database::Open(directory_, false, "the test");
  ASSERT_TRUE(database.ok());
  EXPECT_TRUE(
      absl::IsNotFound((*database)->Get(Family::kOrderPages, orphan.root().view()).status()));
  EXPECT_TRUE(absl::IsNotFound((*database)->Get(Family::kDefault, UnfinishedKey()).status()));
}

TEST_F(StoreTest, FindsDamagedAndMissingPagesWhenVerifying) {
  ASSERT_TRUE(store_->Publish(Release("2025", Old())).ok());
  ASSERT_TRUE(store_->Publish(Release("2026", New())).ok());
  const auto verified = store_->Verify("2026");
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->pages_checked, 4);
  store_.reset();
  {
    auto database = Database::Open(directory_, false, "the test");
    ASSERT_TRUE(database.ok());
    const model::PageSet set = model::EncodeOrder(New());
    rocksdb::WriteBatch batch;
    batch.Put((*database)->family(Family::kOrderPages), ToSlice(set.pages[0].digest.view()),
              "codeset/1 order category G35\nG35\t1\tother\tother\n");
    ASSERT_TRUE((*database)->Write(batch, true, "test").ok());
  }
  Reopen();
  EXPECT_EQ(ReasonOf(store_->Verify("2026").status()), Reason::kDataDamaged);
  EXPECT_EQ(ReasonOf(store_->GetImage(*store_->catalog(), "2026").status()), Reason::kDataDamaged);
  EXPECT_TRUE(store_->Verify("2025").ok());
  // Loading the release afresh under another id heals nothing silently, yet brings its own
  // sound content: the damaged page is written again.
  ASSERT_TRUE(store_->Publish(Release("2026.1", New())).ok());
  EXPECT_TRUE(store_->Verify("2026.1").ok());
}

TEST_F(StoreTest, TellsASecondOpenerWhoHasTheDirectory) {
  // RocksDB's lock is per process, so the second opener is a process of its own.
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto second = Store::Open(directory_, {});
    const std::string text = absl::StrCat(
        ReasonOf(second.status()) == Reason::kDataDirectoryLocked ? "LOCKED " : "OTHER ",
        second.status().message());
    const ssize_t written = write(pipe_ends[1], text.data(), text.size());
    _exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  close(pipe_ends[1]);
  std::string text;
  char buffer[1024];
  for (ssize_t n = 0; (n = read(pipe_ends[0], buffer, sizeof(buffer))) > 0;) text.append(buffer, n);
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_THAT(text, HasSubstr("LOCKED"));
  EXPECT_THAT(text, HasSubstr("the test"));
  EXPECT_THAT(text, HasSubstr("codesetctl release load"));
}

TEST_F(StoreTest, RefusesAFormatThatItDoesNotKnow) {
  store_.reset();
  {
    auto database = Database::Open(directory_, false, "the test");
    ASSERT_TRUE(database.ok());
    rocksdb::WriteBatch batch;
    batch.Put((*database)->family(Family::kDefault), ToSlice(FormatKey()), "2");
    ASSERT_TRUE((*database)->Write(batch, true, "test").ok());
  }
  EXPECT_EQ(ReasonOf(Store::Open(directory_, {}).status()), Reason::kFormatUnsupported);
}

TEST_F(StoreTest, AnswersReadersWhileReleasesComeAndGo) {
  ASSERT_TRUE(store_->Publish(Release("2025", Old())).ok());
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        if (Title("2025", "G35") != "Multiple sclerosis") ++wrong;
        const auto catalog = store_->catalog();
        if (catalog->Find("2026") == nullptr) continue;
        const auto image = store_->GetImage(*catalog, "2026");
        // Gone again meanwhile, or whole; never anything else.
        const bool right = image.ok() ? (*image)->Find("G35A").has_value()
                                      : ReasonOf(image.status()) == Reason::kReleaseNotFound;
        if (!right) ++wrong;
      }
    });
  }
  for (int round = 0; round < 20; ++round) {
    EXPECT_TRUE(store_->Publish(Release("2026", New())).ok());
    EXPECT_TRUE(store_->Delete("2026").ok());
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace codeset::store
