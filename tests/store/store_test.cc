#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/store/store_fixture.h"

namespace codeset::store {
namespace {

using model::Reason;
using model::ReasonOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(StoreTest, KeepsReleasesAcrossAReopenInOrderOfDateAndCorrection) {
  for (const char* id : {"2026.10", "2026", "2025-04", "2026.2", "2025"}) {
    const auto outcome = Publish(Release(id, id[3] == '5' ? Old() : New()));
    ASSERT_TRUE(outcome.ok()) << id << outcome.status();
    EXPECT_EQ(*outcome, v1::LOAD_OUTCOME_LOADED);
  }
  Reopen();
  EXPECT_THAT(Loaded(), ElementsAre("2025", "2025-04", "2026", "2026.2", "2026.10"));
  EXPECT_EQ(Title("2025", "G35A"), "(none)");
  EXPECT_EQ(Title("2026", "G35A"), "Relapsing-remitting");
}

TEST_F(StoreTest, TakesTheSameContentAgainAsANoOpAndRefusesOtherContent) {
  ASSERT_TRUE(Publish(Release("2026", New())).ok());
  EXPECT_EQ(*Publish(Release("2026", New())), v1::LOAD_OUTCOME_UNCHANGED);
  const absl::Status status = Publish(Release("2026", Old())).status();
  EXPECT_EQ(ReasonOf(status), Reason::kReleaseContentDiffers);
  EXPECT_THAT(std::string(status.message()), HasSubstr("2026.1"));
  Publication other_date = Release("2026", New());
  other_date.effective = model::Date(2025, 11, 1);
  EXPECT_EQ(ReasonOf(Publish(other_date).status()), Reason::kReleaseContentDiffers);
  EXPECT_EQ(Title("2026", "G35A"), "Relapsing-remitting");
}

TEST_F(StoreTest, AddsAGroupThatAReleaseLackedAndNeverChangesIt) {
  ASSERT_TRUE(Publish(Release("2026", New())).ok());
  EXPECT_EQ(Title("2026", "6"), "(none)");
  Publication tabular = Release("2026", New());
  tabular.order.reset();
  tabular.tabular = model::EncodeTabular(List());
  EXPECT_EQ(*Publish(tabular), v1::LOAD_OUTCOME_GROUP_ADDED);
  EXPECT_EQ(Title("2026", "6"), "Nervous system");
  model::Tabular other = List();
  other.chapters[0].title = "Otherwise";
  tabular.tabular = model::EncodeTabular(other);
  EXPECT_EQ(ReasonOf(Publish(tabular).status()), Reason::kReleaseContentDiffers);
  Reopen();
  EXPECT_EQ(Title("2026", "6"), "Nervous system");
  EXPECT_TRUE(store_->Verify("2026").ok());
}

TEST_F(StoreTest, RefusesANewReleaseWithoutOrderFacts) {
  Publication tabular = Release("2026", New());
  tabular.order.reset();
  tabular.tabular = model::EncodeTabular(List());
  EXPECT_EQ(ReasonOf(Publish(tabular).status()), Reason::kArgumentInvalid);
  EXPECT_THAT(Loaded(), ElementsAre());
}

TEST_F(StoreTest, LendsTheNearestStructureAndFollowsWhatIsLoaded) {
  Publication with = Release("2023", Old());
  with.tabular = model::EncodeTabular(List());
  ASSERT_TRUE(Publish(Release("2026", New())).ok());
  EXPECT_EQ(Title("2026", "6"), "(none)");
  ASSERT_TRUE(Publish(with).ok());
  EXPECT_EQ((*store_->GetImage(*store_->catalog(), "2026"))->structure_from(), "2023");
  EXPECT_EQ(Title("2026", "6"), "Nervous system");
  Publication nearer = Release("2025", Old());
  nearer.tabular = model::EncodeTabular(List());
  ASSERT_TRUE(Publish(nearer).ok());
  EXPECT_EQ((*store_->GetImage(*store_->catalog(), "2026"))->structure_from(), "2025");
}

TEST_F(StoreTest, DeletesWhatNoOtherReleaseUsesAndRetiresTheId) {
  Publication old_release = Release("2025", Old());
  old_release.sources = {{"old.txt", "old bytes"}, {"shared.txt", "shared bytes"}};
  Publication new_release = Release("2026", New());
  new_release.sources = {{"shared.txt", "shared bytes"}};
  ASSERT_TRUE(Publish(old_release).ok());
  ASSERT_TRUE(Publish(new_release).ok());
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
  EXPECT_EQ(ReasonOf(Publish(Release("2025", New())).status()), Reason::kReleaseContentDiffers);
  EXPECT_EQ(*Publish(Release("2025", Old())), v1::LOAD_OUTCOME_LOADED);
  EXPECT_EQ(Title("2025", "G35"), "Multiple sclerosis");
}

TEST_F(StoreTest, AnswersAReaderWhoseReleaseOrLenderWasDeletedFromItsSnapshot) {
  Publication lender = Release("2023", Old());
  lender.tabular = model::EncodeTabular(List());
  ASSERT_TRUE(Publish(lender).ok());
  ASSERT_TRUE(Publish(Release("2025", Old())).ok());
  const std::shared_ptr<const Catalog> before = store_->catalog();
  ASSERT_TRUE(store_->Delete("2023").ok());
  ASSERT_TRUE(store_->Delete("2025").ok());
  const auto image = store_->GetImage(*before, "2025");
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ((*image)->structure_from(), "2023");
  EXPECT_EQ(ReasonOf(store_->GetImage(*store_->catalog(), "2025").status()),
            Reason::kReleaseNotFound);
  // A catalog may outlive the store.
  store_.reset();
  EXPECT_TRUE((*image)->Find("G35").has_value());
}

TEST_F(StoreTest, RefusesOtherContentForAnyGroupThatADeletedReleaseHad) {
  Publication whole = Release("2026", New());
  whole.tabular = model::EncodeTabular(List());
  ASSERT_TRUE(Publish(whole).ok());
  ASSERT_TRUE(store_->Delete("2026").ok());
  ASSERT_TRUE(Publish(Release("2026", New())).ok());
  Reopen();
  model::Tabular edited = List();
  edited.chapters[0].title = "Otherwise";
  Publication tabular = Release("2026", New());
  tabular.order.reset();
  tabular.tabular = model::EncodeTabular(edited);
  EXPECT_EQ(ReasonOf(Publish(tabular).status()), Reason::kReleaseContentDiffers);
  ASSERT_TRUE(store_->Delete("2026").ok());
  EXPECT_EQ(ReasonOf(Publish([&] {
                       Publication again = Release("2026", New());
                       again.tabular = model::EncodeTabular(edited);
                       return again;
                     }())
                         .status()),
            Reason::kReleaseContentDiffers);
  EXPECT_EQ(*Publish(whole), v1::LOAD_OUTCOME_LOADED);
}

TEST_F(StoreTest, RefusesAPublicationMadeBeforeTheReleaseChanged) {
  ASSERT_TRUE(Publish(Release("2026", New())).ok());
  // Made when 2026 was not loaded.
  EXPECT_EQ(ReasonOf(store_->Publish(Release("2026", New())).status()), Reason::kLoadInProgress);
}

TEST_F(StoreTest, KeepsAddendaThatComeLaterAndNeverMixesTwoLoads) {
  ASSERT_TRUE(Publish([] {
                Publication first = Release("2026", New());
                first.description.mutable_addenda()->set_outcome(v1::ADDENDA_OUTCOME_NO_ADDENDA);
                return first;
              }())
                  .ok());
  Publication later = Release("2026", New());
  later.addenda = {{"one.txt", "1\n"}, {"two.txt", "2\n"}};
  later.description.mutable_addenda()->set_outcome(v1::ADDENDA_OUTCOME_REPRODUCED);
  later.description.mutable_addenda()->set_base_release_id("2025");
  EXPECT_EQ(*Publish(later), v1::LOAD_OUTCOME_UNCHANGED);
  EXPECT_EQ(store_->Addenda("2026")->size(), 2u);
  EXPECT_EQ(store_->catalog()->Find("2026")->entry.release().addenda().base_release_id(), "2025");
  Publication group = Release("2026", New());
  group.order.reset();
  group.tabular = model::EncodeTabular(List());
  group.addenda = {{"three.txt", "3\n"}};
  group.description.mutable_addenda()->set_outcome(v1::ADDENDA_OUTCOME_BASE_NOT_LOADED);
  EXPECT_EQ(*Publish(group), v1::LOAD_OUTCOME_GROUP_ADDED);
  ASSERT_EQ(store_->Addenda("2026")->size(), 1u);
  EXPECT_EQ(store_->Addenda("2026")->front().name, "three.txt");
  EXPECT_EQ(store_->catalog()->Find("2026")->entry.release().addenda().base_release_id(), "");
}

TEST_F(StoreTest, KeepsAnImageUsableAfterItsReleaseIsDeleted) {
  ASSERT_TRUE(Publish(Release("2025", Old())).ok());
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
  ASSERT_TRUE(Publish(publication).ok());
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

TEST_F(StoreTest, AnswersReadersWhileReleasesComeAndGo) {
  ASSERT_TRUE(Publish(Release("2025", Old())).ok());
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        if (Title("2025", "G35") != "Multiple sclerosis") ++wrong;
        const auto catalog = store_->catalog();
        if (catalog->Find("2026") == nullptr) continue;
        // Whole, though it may be gone again meanwhile.
        const auto image = store_->GetImage(*catalog, "2026");
        if (!image.ok() || !(*image)->Find("G35A").has_value()) ++wrong;
      }
    });
  }
  for (int round = 0; round < 20; ++round) {
    EXPECT_TRUE(Publish(Release("2026", New())).ok());
    EXPECT_TRUE(store_->Delete("2026").ok());
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace codeset::store
