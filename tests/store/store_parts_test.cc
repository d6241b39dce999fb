// Parts of images as a store gives them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "storage/store/category_rows.h"
#include "tests/store/store_fixture.h"

namespace codeset::store {
namespace {

using model::Reason;
using model::ReasonOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class StorePartsTest : public StoreTest {
 protected:
  absl::StatusOr<std::shared_ptr<const image::Image>> Part(absl::string_view release,
                                                           absl::string_view code) {
    return store_->GetPart(*store_->catalog(), release, store_->Today(), code);
  }

  // Whether there is one, of a release that is loaded.
  bool HasPart(absl::string_view release) {
    const auto part = Part(release, "G35");
    EXPECT_TRUE(part.ok()) << part.status();
    return part.ok() && *part != nullptr;
  }

  // (A copy: whoever has the catalog holds the database open.)
  CatalogEntry Entry(absl::string_view release) { return store_->catalog()->Find(release)->entry; }

  // Puts an entry into the database as though another version had written it.
  void Rewrite(const CatalogEntry& entry) {
    store_.reset();
    {
      auto database = Database::Open(directory_, false, "the test");
      ASSERT_TRUE(database.ok()) << database.status();
      rocksdb::WriteBatch batch;
      batch.Put((*database)->family(Family::kCatalog), ToSlice(entry.release().id()),
                ToSlice(entry.SerializeAsString()));
      ASSERT_TRUE((*database)->Write(batch, true, "test").ok());
    }
    Reopen();
  }
};

TEST_F(StorePartsTest, TellsACodeAsItsImageDoes) {
  ASSERT_TRUE(Publish(Release("2026", New())).ok());
  Reopen();
  EXPECT_THAT(Entry("2026").category_rows(), ElementsAre(2, 1));
  const auto part = Part("2026", "G36");
  ASSERT_TRUE(part.ok()) << part.status();
  ASSERT_NE(*part, nullptr);
  const std::optional<image::NodeIndex> node = (*part)->Find("G36");
  ASSERT_TRUE(node.has_value());
  EXPECT_EQ((*part)->node(*node).order_number, 3);
  EXPECT_FALSE((*part)->Find("G35A").has_value());
  // That is no image, and none has been built.
  const auto image = store_->ImageIfReady(*store_->catalog(), "2026", store_->Today());
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(*image, nullptr);
  const auto built = store_->GetImage(*store_->catalog(), "2026");
  EXPECT_EQ(*store_->ImageIfReady(*store_->catalog(), "2026", store_->Today()), *built);
}

TEST_F(StorePartsTest, RefusesAReleaseThatIsNotLoaded) {
  EXPECT_EQ(ReasonOf(Part("2026", "G35").status()), Reason::kReleaseNotFound);
  EXPECT_EQ(ReasonOf(store_->ImageIfReady(*store_->catalog(), "2026", store_->Today()).status()),
            Reason::kReleaseNotFound);
}

TEST_F(StorePartsTest, DoesWithoutWhatOlderVersionsDidNotKeep) {
  Publication lender = Release("2025", Old());
  lender.tabular = model::EncodeTabular(List());
  ASSERT_TRUE(Publish(lender).ok());
  ASSERT_TRUE(Publish(Release("2026", New())).ok());
  EXPECT_TRUE(HasPart("2025"));
  EXPECT_TRUE(HasPart("2026"));
  CatalogEntry without = Entry("2026");
  without.clear_category_rows();
  Rewrite(without);
  EXPECT_FALSE(HasPart("2026"));
  EXPECT_TRUE(HasPart("2025"));
  // What lends must be known to keep to its categories too.
  ASSERT_TRUE(Publish(Release("2026.1", New())).ok());
  EXPECT_TRUE(HasPart("2026.1"));
  without = Entry("2025");
  without.clear_tabular_by_category();
  Rewrite(without);
  EXPECT_FALSE(HasPart("2025"));
  EXPECT_FALSE(HasPart("2026.1"));
  EXPECT_TRUE(store_->Verify("2025").ok());
  EXPECT_TRUE(store_->Verify("2026").ok());
}

TEST_F(StorePartsTest, DoesWithoutATabularListThatMixesCategories) {
  model::Tabular list = List();
  model::Diag foreign;
  foreign.code = "G350";
  foreign.title = "Of another category";
  list.chapters[0].sections[0].categories[1].diags.push_back(foreign);
  Publication mixed = Release("2025", Old());
  mixed.tabular = model::EncodeTabular(list);
  ASSERT_TRUE(Publish(mixed).ok());
  EXPECT_FALSE(HasPart("2025"));
  list = List();
  list.chapters[0].sections.push_back(testing::Section("G40-G47", "Episodic", {"G36"}));
  Publication twice = Release("2026", Old());
  twice.tabular = model::EncodeTabular(list);
  ASSERT_TRUE(Publish(twice).ok());
  EXPECT_FALSE(HasPart("2026"));
}

TEST_F(StorePartsTest, FollowsGroupsThatAreAdded) {
  ASSERT_TRUE(Publish(Release("2026", New())).ok());
  EXPECT_FALSE(Entry("2026").tabular_by_category());
  Publication more = Release("2026", New());
  more.order.reset();
  more.tabular = model::EncodeTabular(List());
  ASSERT_TRUE(Publish(more).ok());
  EXPECT_THAT(Entry("2026").category_rows(), ElementsAre(2, 1));
  EXPECT_TRUE(Entry("2026").tabular_by_category());
  const auto part = Part("2026", "G35A");
  ASSERT_TRUE(part.ok()) << part.status();
  EXPECT_TRUE((*part)->Has(model::FacetGroup::kTabular));
  ASSERT_TRUE(store_->Delete("2026").ok());
  EXPECT_THAT(store_->catalog()->FindRetired("2026")->entry.category_rows(), IsEmpty());
}

TEST_F(StorePartsTest, ReadsAReleaseThatIsDeletedMeanwhileFromItsSnapshot) {
  ASSERT_TRUE(Publish(Release("2026", New())).ok());
  const auto catalog = store_->catalog();
  ASSERT_TRUE(store_->Delete("2026").ok());
  const auto part = store_->GetPart(*catalog, "2026", store_->Today(), "G35A");
  ASSERT_TRUE(part.ok()) << part.status();
  EXPECT_TRUE((*part)->Find("G35A").has_value());
  EXPECT_EQ(ReasonOf(Part("2026", "G35A").status()), Reason::kReleaseNotFound);
}

TEST_F(StorePartsTest, NeverTellsWhatADamagedPageSays) {
  ASSERT_TRUE(Publish(Release("2026", New())).ok());
  store_.reset();
  {
    auto database = Database::Open(directory_, false, "the test");
    ASSERT_TRUE(database.ok()) << database.status();
    const model::PageSet set = model::EncodeOrder(New());
    rocksdb::WriteBatch batch;
    batch.Put((*database)->family(Family::kOrderPages), ToSlice(set.pages[0].digest.view()),
              "codeset/1 order category G35\nG35\t0\tother\tother\nG35A\t1\tother\tother\n");
    ASSERT_TRUE((*database)->Write(batch, true, "test").ok());
  }
  Reopen();
  EXPECT_EQ(ReasonOf(Part("2026", "G35").status()), Reason::kDataDamaged);
  const auto other = Part("2026", "G36");
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_TRUE((*other)->Find("G36").has_value());
}

TEST_F(StorePartsTest, HoldsWhatIsKeptOfCategoriesAgainstThePagesWhenVerifying) {
  ASSERT_TRUE(Publish(Release("2026", New())).ok());
  EXPECT_TRUE(store_->Verify("2026").ok());
  CatalogEntry wrong = Entry("2026");
  wrong.set_category_rows(0, 1);
  wrong.set_category_rows(1, 2);
  Rewrite(wrong);
  EXPECT_EQ(ReasonOf(store_->Verify("2026").status()), Reason::kDataDamaged);
  EXPECT_EQ(ReasonOf(Part("2026", "G36").status()), Reason::kDataDamaged);
}

TEST_F(StorePartsTest, ReadsPartsWhileImagesOfTheSameAndOtherReleasesAreBuilt) {
  for (const char* id : {"2024", "2025"}) ASSERT_TRUE(Publish(Release(id, Old())).ok());
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&, i] {
      while (!stop) {
        const auto catalog = store_->catalog();
        const auto part = store_->GetPart(*catalog, "2025", store_->Today(), "G36");
        if (!part.ok() || !(*part)->Find("G36").has_value()) ++wrong;
        const auto image = store_->GetImage(*catalog, i == 0 ? "2024" : "2025");
        if (!image.ok() || !(*image)->Find("G36").has_value()) ++wrong;
      }
    });
  }
  for (int round = 0; round < 10; ++round) {
    EXPECT_TRUE(Publish(Release("2026", New())).ok());
    EXPECT_TRUE(store_->GetImage(*store_->catalog(), "2026").ok());
    EXPECT_TRUE(store_->Delete("2026").ok());
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace codeset::store
