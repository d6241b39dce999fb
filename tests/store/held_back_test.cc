// What is held back lends nothing to what is not, and is followed by no label.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/store_fixture.h"

namespace codeset::store {
namespace {

using model::Reason;
using model::ReasonOf;
using HeldBackTest = StoreTest;

// A release with a tabular list.
Publication WithList(Publication publication, const model::Tabular& list) {
  publication.tabular = model::EncodeTabular(list);
  return publication;
}

TEST_F(HeldBackTest, LendsNoStructureUntilItIsLetGo) {
  ASSERT_TRUE(Publish(Release("2027", New())).ok());
  ASSERT_TRUE(Publish(WithList(Release("2023", Old()), List())).ok());
  Publication nearer = WithList(Release("2026", Old()), List());
  nearer.description.set_activate_on(std::string(kNever));
  ASSERT_TRUE(Publish(nearer).ok());
  EXPECT_EQ((*store_->GetImage(*store_->catalog(), "2027"))->structure_from(), "2023");
  ASSERT_TRUE(store_->SetActivation("2026", "2026-11-24", "me").ok());
  SetToday("2026-11-23");
  EXPECT_EQ((*store_->GetImage(*store_->catalog(), "2027"))->structure_from(), "2023");
  SetToday("2026-11-24");
  EXPECT_EQ((*store_->GetImage(*store_->catalog(), "2027"))->structure_from(), "2026");
}

TEST_F(HeldBackTest, ALabelOnAnEditionToComeFollowsItsCorrection) {
  SetToday("2026-08-01");
  ASSERT_TRUE(Publish(Release("2027", Old())).ok());
  ASSERT_TRUE(store_->SetLabel("staging", "2027", false, "me").ok());
  const auto followed = [&] {
    const auto catalog = store_->catalog();
    return catalog->Follow(*catalog->FindLabel("staging"), store_->Today())->id.ToString();
  };
  EXPECT_EQ(followed(), "2027");
  ASSERT_TRUE(Publish(Release("2027.1", New())).ok());
  EXPECT_EQ(followed(), "2027.1");
  ASSERT_TRUE(store_->SetActivation("2027.1", kNever, "me").ok());
  EXPECT_EQ(followed(), "2027");
}

TEST_F(HeldBackTest, WhatALabelWouldRollBackToIsNotDeleted) {
  ASSERT_TRUE(Publish(Release("2025", Old())).ok());
  ASSERT_TRUE(Publish(Release("2026", New())).ok());
  ASSERT_TRUE(store_->SetLabel("prod", "2025", false, "me").ok());
  ASSERT_TRUE(store_->SetLabel("prod", "2026", false, "me").ok());
  const absl::Status refused = store_->Delete("2025").status();
  EXPECT_EQ(ReasonOf(refused), Reason::kReleaseInUse);
  EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr("prod would roll back to it"));
  ASSERT_TRUE(store_->RollbackLabel("prod", "me").ok());
  ASSERT_TRUE(store_->RemoveLabel("prod", "me").ok());
  EXPECT_TRUE(store_->Delete("2025").ok());
}

}  // namespace
}  // namespace codeset::store
