// What is compared once for many requests, and what it holds on to.
#include "server/effective_cache.h"

#include <gtest/gtest.h>

#include <memory>

#include "storage/image/image.h"
#include "tests/server/fixture.h"

namespace codeset::server {
namespace {

TEST(EffectiveCacheTest, ComparesOnceAndKeepsNoImageOfADeletedRelease) {
  ServerFixture fixture;
  for (const char* id : {"2025", "2026"}) fixture.Load(id);
  store::Store& store = fixture.store();
  const auto image_of = [&](const char* id) {
    return *store.GetImage(*store.catalog(), id, store.Today());
  };
  EffectiveCache cache;
  std::weak_ptr<const image::Image> kept;
  {
    const std::shared_ptr<const image::Image> from = image_of("2025");
    const std::shared_ptr<const image::Image> to = image_of("2026");
    kept = from;
    const auto difference = cache.Get(from, to);
    ASSERT_FALSE(difference->causes.empty());
    EXPECT_EQ(cache.Get(from, to), difference);
  }
  EXPECT_FALSE(kept.expired());
  ASSERT_TRUE(store.Delete("2025").ok());
  EXPECT_TRUE(kept.expired());
}

}  // namespace
}  // namespace codeset::server
