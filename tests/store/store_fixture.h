// A store in a temporary folder with a few releases typed by hand.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "storage/image/concept.h"
#include "storage/model/error.h"
#include "storage/store/database.h"
#include "storage/store/store.h"
#include "tests/support/hand_made.h"

namespace codeset::store {

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
    StoreOptions options;
    options.owner = "the test";
    options.clock = [this] { return now_; };
    auto store = Store::Open(directory_, options);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  // Has a batch filled and writes it past the store, which is closed for it and opened again.
  void WritePast(const std::function<void(Database&, rocksdb::WriteBatch&)>& fill) {
    store_.reset();
    {
      auto database = Database::Open(directory_, false, "the test");
      ASSERT_TRUE(database.ok()) << database.status();
      rocksdb::WriteBatch batch;
      fill(**database, batch);
      ASSERT_TRUE((*database)->Write(batch, true, "test").ok());
    }
    Reopen();
  }

  static model::Tabular List() {
    model::Tabular tabular;
    tabular.chapters.push_back(testing::Chapter(
        "6", "Nervous system", {testing::Section("G35-G37", "Demyelinating", {"G35", "G36"})}));
    return tabular;
  }

  static Publication Release(const std::string& id, const model::OrderFacts& order) {
    Publication publication{*model::ReleaseId::Parse(id), {}, {}, {}, {}, {}, {}, {}, {}, {}};
    publication.effective = publication.id.DefaultEffectiveDate();
    publication.order = model::EncodeOrder(order);
    return publication;
  }

  static model::OrderFacts Old() {
    return testing::Order({{"G35", true, "Multiple sclerosis"}, {"G36", true, "Other"}});
  }
  static model::OrderFacts New() {
    return testing::Order({{"G35", false, "Multiple sclerosis"},
                           {"G35A", true, "Relapsing-remitting"},
                           {"G36", true, "Other"}});
  }

  // Publishes on top of what is loaded now.
  absl::StatusOr<v1::LoadOutcome> Publish(Publication publication) {
    const auto catalog = store_->catalog();
    const CatalogRelease* known = catalog->Find(publication.id.ToString());
    if (known != nullptr) publication.based_on = known->entry.release().fingerprint();
    return store_->Publish(publication);
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

  // The paths of files of the database by what their names begin or end with.
  std::vector<std::string> Files(const std::string& begin, const std::string& end) const {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory_ + "/db")) {
      const std::string name = entry.path().filename();
      if (name.rfind(begin, 0) == 0 && name.size() >= end.size() &&
          name.compare(name.size() - end.size(), end.size(), end) == 0) {
        files.push_back(entry.path());
      }
    }
    return files;
  }

  // Waits until RocksDB merges no more: files stay then, until some are added.
  void AwaitMerges() const {
    std::vector<std::string> before;
    for (int i = 0; i < 100; ++i) {
      std::vector<std::string> now = Files("", ".sst");
      std::sort(now.begin(), now.end());
      if (i > 0 && now == before) return;
      before = std::move(now);
      absl::SleepFor(absl::Milliseconds(100));
    }
  }

  // What the store's clock tells: noon of a day in New York.
  void SetToday(absl::string_view date) {
    now_ = absl::FromCivil(absl::CivilHour(*model::ParseDate(date)) + 17, absl::UTCTimeZone());
  }

  absl::Time now_ = absl::FromCivil(absl::CivilHour(2026, 11, 23, 17), absl::UTCTimeZone());
  std::string directory_;
  std::unique_ptr<Store> store_;
};

}  // namespace codeset::store
