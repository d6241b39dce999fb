// What GetConcept answers before a release's image is there, held against what it answers after.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/concept_answers.h"
#include "server/prewarmer.h"
#include "storage/image/concept.h"
#include "storage/model/error.h"
#include "storage/store/database.h"
#include "tests/server/fixture.h"

namespace codeset::server {
namespace {

using image::NodeIndex;
using model::Reason;
using model::ReasonOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr v1::ConceptView kViewsOfParts[] = {v1::CONCEPT_VIEW_BASIC, v1::CONCEPT_VIEW_FULL};

// The miniature in a store, without a server, whose prewarmer would get ahead.
class EarlyAnswersTest : public ::testing::Test {
 protected:
  EarlyAnswersTest() {
    Reopen();
    for (const char* id : {"2025", "2026", "2027"}) {
      v1::LoadOptions options;
      options.set_release_id(id);
      const auto report = LoadRelease(*store_, options, MiniatureFiles(id), {});
      EXPECT_TRUE(report.ok()) << report.status();
    }
    Reopen();
  }

  // Afterwards no image has been built. Nothing may hold a catalog, and with it the database.
  void Reopen() {
    backend_.reset();
    store_.reset();
    store::StoreOptions options;
    options.owner = "a test";
    options.clock = clock_;
    auto store = store::Store::Open(folder_.path(), options);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    backend_.reset(new Backend{*store_, model::EditionRegister::BuiltIn(), clock_});
  }

  bool IsBuilt(const std::string& id) {
    return *store_->ImageIfReady(*store_->catalog(), id, store_->Today()) != nullptr;
  }

  static v1::GetConceptRequest Request(const std::string& release, const std::string& id,
                                       v1::ConceptView view) {
    v1::GetConceptRequest request;
    request.mutable_release()->set_release(release);
    request.set_id(id);
    request.set_view(view);
    return request;
  }

  // Of every code of a release, and of one that it lacks.
  std::vector<v1::GetConceptRequest> Requests(const std::string& release) {
    std::vector<v1::GetConceptRequest> requests;
    const auto image = store_->GetImage(*store_->catalog(), release);
    EXPECT_TRUE(image.ok()) << image.status();
    for (const v1::ConceptView view : kViewsOfParts) {
      for (NodeIndex node = 0; node < (*image)->nodes().size(); ++node) {
        if ((*image)->node(node).row == nullptr) continue;
        requests.push_back(Request(release, image::IdOf(**image, node), view));
      }
      requests.push_back(Request(release, "M99.ZZ", view));
      requests.push_back(Request(release, "Z99.99", view));
    }
    return requests;
  }

  // (What ToString tells of an error has no fixed order.)
  static std::string Told(const absl::StatusOr<std::string>& answer) {
    if (answer.ok()) return *answer;
    EXPECT_TRUE(ReasonOf(answer.status()).has_value()) << answer.status();
    return std::string(answer.status().message());
  }

  model::Clock clock_ = [] {
    return absl::FromCivil(absl::CivilHour(2026, 11, 23, 17), absl::UTCTimeZone());
  };
  TemporaryFolder folder_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Backend> backend_;
};

TEST_F(EarlyAnswersTest, AreThoseOfTheImageByteForByte) {
  for (const char* id : {"2025", "2026", "2027"}) {
    const std::vector<v1::GetConceptRequest> requests = Requests(id);
    ASSERT_GT(requests.size(), 40U);
    std::vector<std::string> expected;
    {
      ConceptAnswers waiting(*backend_);
      for (const v1::GetConceptRequest& request : requests) {
        expected.push_back(Told(waiting.GetConcept(request)));
      }
    }
    Reopen();
    int asked = 0;
    ConceptAnswers early(
        *backend_, [&](const auto&, const std::string& release, model::Date day, v1::ConceptView) {
          EXPECT_EQ(release, id);
          EXPECT_EQ(day, store_->Today());
          ++asked;
          return true;
        });
    for (size_t i = 0; i < requests.size(); ++i) {
      ASSERT_EQ(Told(early.GetConcept(requests[i])), expected[i]) << requests[i].id();
    }
    EXPECT_FALSE(IsBuilt(id));
    EXPECT_EQ(asked, static_cast<int>(requests.size()));
  }
}

TEST_F(EarlyAnswersTest, WaitForTheImageWhereAPartDoesNotDo) {
  const auto builds = [this](const v1::GetConceptRequest& request, bool answer) {
    Reopen();
    ConceptAnswers answers(*backend_, [answer](const auto&...) { return answer; });
    EXPECT_TRUE(answers.GetConcept(request).ok());
    return IsBuilt("2026");
  };
  EXPECT_FALSE(builds(Request("2026", "M99.86", v1::CONCEPT_VIEW_FULL), true));
  // It could not be made, or there is nobody to make it.
  EXPECT_TRUE(builds(Request("2026", "M99.86", v1::CONCEPT_VIEW_FULL), false));
  // What lies below a chapter or section, or applies from above.
  EXPECT_TRUE(builds(Request("2026", "13", v1::CONCEPT_VIEW_BASIC), true));
  EXPECT_TRUE(builds(Request("2026", "M99.86", v1::CONCEPT_VIEW_EFFECTIVE), true));
  v1::GetConceptRequest verification = Request("2026", "M99.86", v1::CONCEPT_VIEW_BASIC);
  verification.set_include_verification(true);
  EXPECT_TRUE(builds(verification, true));
}

TEST_F(EarlyAnswersTest, AskForWhatTheViewNeedsAndThenAskNoMore) {
  std::vector<v1::ConceptView> asked;
  ConceptAnswers answers(*backend_,
                         [&](const auto&, const auto&, model::Date, v1::ConceptView view) {
                           asked.push_back(view);
                           return true;
                         });
  const auto ask = [&](v1::ConceptView view) {
    asked.clear();
    EXPECT_TRUE(answers.GetConcept(Request("2026", "M99.86", view)).ok());
    return asked;
  };
  EXPECT_THAT(ask(v1::CONCEPT_VIEW_BASIC), ElementsAre(v1::CONCEPT_VIEW_BASIC));
  EXPECT_THAT(ask(v1::CONCEPT_VIEW_FULL), ElementsAre(v1::CONCEPT_VIEW_FULL));
  const auto image = store_->GetImage(*store_->catalog(), "2026");
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_THAT(ask(v1::CONCEPT_VIEW_BASIC), ElementsAre());
  EXPECT_THAT(ask(v1::CONCEPT_VIEW_FULL), ElementsAre(v1::CONCEPT_VIEW_FULL));
  EXPECT_FALSE((*image)->tabular_wire_ready());
  (*image)->tabular_wire();
  EXPECT_THAT(ask(v1::CONCEPT_VIEW_FULL), ElementsAre());
}

TEST_F(EarlyAnswersTest, FollowAReleaseThatIsDeletedAndLoadedAgain) {
  ConceptAnswers answers(*backend_, [](const auto&...) { return true; });
  const v1::GetConceptRequest request = Request("2027", "M99.86", v1::CONCEPT_VIEW_FULL);
  const std::string before = Told(answers.GetConcept(request));
  ASSERT_TRUE(store_->Delete("2027").ok());
  EXPECT_THAT(Told(answers.GetConcept(request)), HasSubstr("was deleted"));
  v1::LoadOptions options;
  options.set_release_id("2027");
  ASSERT_TRUE(LoadRelease(*store_, options, MiniatureFiles("2027"), {}).ok());
  EXPECT_EQ(Told(answers.GetConcept(request)), before);
}

class PrewarmerTest : public EarlyAnswersTest {
 protected:
  // Waits until something holds, for at most ten seconds.
  template <typename Condition>
  static bool Eventually(Condition condition) {
    for (int i = 0; i < 1000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
};

TEST_F(PrewarmerTest, MakesWhatIsAskedForAndNothingElse) {
  Prewarmer prewarmer(*backend_);
  const auto catalog = store_->catalog();
  EXPECT_TRUE(prewarmer.Ask(catalog, "2025", store_->Today(), v1::CONCEPT_VIEW_BASIC));
  ASSERT_TRUE(Eventually([&] { return IsBuilt("2025"); }));
  const auto of_2025 = store_->GetImage(*catalog, "2025");
  EXPECT_TRUE(prewarmer.Ask(catalog, "2026", store_->Today(), v1::CONCEPT_VIEW_FULL));
  ASSERT_TRUE(Eventually([&] {
    const auto image = store_->ImageIfReady(*catalog, "2026", store_->Today());
    return *image != nullptr && (*image)->tabular_wire_ready();
  }));
  EXPECT_FALSE((*of_2025)->tabular_wire_ready());
  EXPECT_FALSE(IsBuilt("2027"));
  EXPECT_TRUE(prewarmer.Ask(catalog, "2025", store_->Today(), v1::CONCEPT_VIEW_FULL));
  EXPECT_TRUE(Eventually([&] { return (*of_2025)->tabular_wire_ready(); }));
}

TEST_F(PrewarmerTest, SaysWhenWhatIsAskedForCannotBeMade) {
  // A page of a category that the code's answer does not need.
  const auto image = store_->GetImage(*store_->catalog(), "2026");
  ASSERT_TRUE(image.ok()) << image.status();
  const image::CategoryPages& last = (*image)->categories().back();
  const model::Digest page = last.order;
  const std::string code = std::string((*image)->categories().front().key);
  ASSERT_NE(last.key, code);
  backend_.reset();
  store_.reset();
  {
    auto database = store::Database::Open(folder_.path(), false, "the test");
    ASSERT_TRUE(database.ok()) << database.status();
    rocksdb::WriteBatch batch;
    batch.Put((*database)->family(store::Family::kOrderPages), store::ToSlice(page.view()), "x");
    ASSERT_TRUE((*database)->Write(batch, true, "test").ok());
  }
  Reopen();
  Prewarmer prewarmer(*backend_);
  const auto ask = [&](const std::shared_ptr<const store::Catalog>& catalog, const std::string& id,
                       model::Date day,
                       v1::ConceptView view) { return prewarmer.Ask(catalog, id, day, view); };
  ConceptAnswers answers(*backend_, ask);
  // The first answer may be right, since it is proved; in the end the release is damaged.
  const v1::GetConceptRequest request = Request("2026", code, v1::CONCEPT_VIEW_BASIC);
  const auto first = answers.GetConcept(request);
  EXPECT_TRUE(first.ok() || ReasonOf(first.status()) == Reason::kDataDamaged) << first.status();
  EXPECT_TRUE(Eventually(
      [&] { return ReasonOf(answers.GetConcept(request).status()) == Reason::kDataDamaged; }));
  EXPECT_FALSE(prewarmer.Ask(store_->catalog(), "2026", store_->Today(), v1::CONCEPT_VIEW_BASIC));
}

TEST_F(PrewarmerTest, AnswersManyRightWhileImagesAreBuiltAndReleasesComeAndGo) {
  std::vector<v1::GetConceptRequest> requests;
  std::vector<std::string> expected;
  for (const char* id : {"2025", "2026"}) {
    ConceptAnswers waiting(*backend_);
    for (v1::GetConceptRequest& request : Requests(id)) {
      expected.push_back(Told(waiting.GetConcept(request)));
      requests.push_back(std::move(request));
    }
  }
  for (int round = 0; round < 5; ++round) {
    Reopen();
    Prewarmer prewarmer(*backend_);
    ConceptAnswers answers(
        *backend_, [&](const auto& catalog, const auto& id, model::Date day, v1::ConceptView view) {
          return prewarmer.Ask(catalog, id, day, view);
        });
    std::atomic<int> wrong = 0;
    std::vector<std::thread> callers;
    for (size_t caller = 0; caller < 3; ++caller) {
      callers.emplace_back([&, caller] {
        for (size_t i = 0; i < requests.size(); ++i) {
          const size_t place = (i + caller * requests.size() / 3) % requests.size();
          if (Told(answers.GetConcept(requests[place])) != expected[place]) ++wrong;
        }
      });
    }
    prewarmer.Start();
    // What 2025 and 2026 are answered from does not depend on it.
    EXPECT_TRUE(store_->SetActivation("2027", round % 2 == 0 ? "never" : "", "test").ok());
    answers.OnChange();
    prewarmer.Start();
    for (std::thread& caller : callers) caller.join();
    EXPECT_EQ(wrong, 0);
  }
}

}  // namespace
}  // namespace codeset::server
