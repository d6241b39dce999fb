// What a local code set holds: pulled, saved, opened, let go.
#include "client/cpp/local_code_set.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "client/cpp/error.h"
#include "tests/client/local_agreement.h"
#include "tests/client/local_fixture.h"

namespace codeset::client {
namespace {

using server::MiniatureFiles;
using server::ServerFixture;
using LocalCodeSetTest = LocalCodeSetFixture;

TEST_F(LocalCodeSetTest, PullsOnlyWhatItLacks) {
  LocalCodeSet codes;
  const PullResult first = Pull(codes, ById("2025"));
  EXPECT_TRUE(first.changed);
  ASSERT_TRUE(codes.Save(path("one")).ok());
  const std::set<std::string> one = PagesIn(path("one"));
  EXPECT_EQ(first.pages, one.size());

  const PullResult again = Pull(codes, ById("2025"));
  EXPECT_FALSE(again.changed);
  EXPECT_EQ(again.pages, 0);
  EXPECT_EQ(again.bytes, 0);

  const PullResult second = Pull(codes, ById("2026"));
  ASSERT_TRUE(codes.Save(path("two")).ok());
  const std::set<std::string> two = PagesIn(path("two"));
  EXPECT_EQ(second.pages, two.size() - one.size());
  EXPECT_LT(second.pages, PagesIn(path("two")).size());
  EXPECT_GT(second.pages, 0);
  EXPECT_LT(second.bytes, first.bytes);

  // 2027 takes its structure from 2026, all of which is held.
  const PullResult third = Pull(codes, ById("2027"));
  ASSERT_TRUE(codes.Save(path("three")).ok());
  EXPECT_EQ(third.pages, PagesIn(path("three")).size() - two.size());
  EXPECT_EQ(third.release.structure_from(), "2026");
}

TEST_F(LocalCodeSetTest, PullsTheCategoriesOfAListWhoseStructureItHas) {
  LocalCodeSet codes;
  Pull(codes, ById("2027"));
  ASSERT_TRUE(codes.Save(path("2027")).ok());
  const PullResult again = Pull(codes, ById("2027"));
  EXPECT_EQ(again.pages, 0);
  const PullResult lender = Pull(codes, ById("2026"));
  ASSERT_TRUE(codes.Save(path("both")).ok());
  EXPECT_EQ(lender.pages, PagesIn(path("both")).size() - PagesIn(path("2027")).size());
  ExpectSameConcepts(server(), codes, "2026", AllIds(server(), "2026"));
}

TEST_F(LocalCodeSetTest, AnswersTheSameFromItsFile) {
  const LocalCodeSet codes = All();
  ASSERT_TRUE(codes.Save(path("all")).ok());
  const absl::StatusOr<LocalCodeSet> opened = LocalCodeSet::Open(path("all"));
  ASSERT_TRUE(opened.ok()) << opened.status();
  const Client server = this->server();
  for (const std::string release : kIds) {
    ExpectSameConcepts(server, *opened, release, AllIds(server, release));
  }
  ASSERT_EQ(opened->Releases().size(), 3);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(opened->Releases()[i].ShortDebugString(), codes.Releases()[i].ShortDebugString());
    // What the server tells of the release that does not belong to it alone.
    const auto told = server.GetRelease(ById(kIds[i]));
    ASSERT_TRUE(told.ok());
    EXPECT_EQ(opened->Releases()[i].counts().ShortDebugString(),
              told->release().counts().ShortDebugString());
    EXPECT_EQ(opened->Releases()[i].sources_size(), told->release().sources_size());
    EXPECT_EQ(opened->Releases()[i].fingerprint(), told->release().fingerprint());
  }
  // Saved again, the bytes are the same, and a pull in another order gives them too.
  ASSERT_TRUE(opened->Save(path("again")).ok());
  EXPECT_EQ(Content(path("again")), Content(path("all")));
  LocalCodeSet turned;
  for (const char* id : {"2027", "2025", "2026"}) Pull(turned, ById(id));
  ASSERT_TRUE(turned.Save(path("turned")).ok());
  EXPECT_EQ(Content(path("turned")), Content(path("all")));
}

TEST_F(LocalCodeSetTest, RefusesAFileThatIsDamaged) {
  ASSERT_TRUE(All().Save(path("all")).ok());
  std::string bytes = Content(path("all"));
  bytes[bytes.size() / 2] ^= 1;
  std::ofstream(path("bad"), std::ios::binary) << bytes;
  const absl::Status status = LocalCodeSet::Open(path("bad")).status();
  EXPECT_EQ(ErrorReasonOf(status), v1::ERROR_REASON_DATA_DAMAGED) << status;
  EXPECT_EQ(ErrorReasonOf(LocalCodeSet::Open(path("none")).status()),
            v1::ERROR_REASON_SOURCE_UNREADABLE);
  EXPECT_EQ(ErrorReasonOf(LocalCodeSet().Save(path("empty"))), v1::ERROR_REASON_ARGUMENT_INVALID);
  EXPECT_FALSE(std::filesystem::exists(path("empty")));
}

TEST_F(LocalCodeSetTest, HoldsAPullAgainstWhatIsAsserted) {
  LocalCodeSet codes;
  const std::string right = Pull(codes, ById("2025")).release.fingerprint();
  LocalCodeSet empty;
  EXPECT_TRUE(empty.Pull(connection(), WithFingerprint(ById("2025"), right)).ok());
  const absl::Status wrong =
      empty.Pull(connection(), WithFingerprint(ById("2026"), right)).status();
  EXPECT_EQ(ErrorReasonOf(wrong), v1::ERROR_REASON_FINGERPRINT_MISMATCH) << wrong;
  EXPECT_EQ(empty.Releases().size(), 1);
  // By a date it is the server that resolves; it is held under its id.
  EXPECT_EQ(Pull(empty, OnDate("2025-11-15")).release.release_id(), "2026");
  EXPECT_TRUE(empty.GetConcept(ById("2026"), "M99").ok());
  EXPECT_EQ(ErrorReasonOf(empty.Pull(connection(), ById("2020")).status()),
            v1::ERROR_REASON_RELEASE_NOT_FOUND);
  EXPECT_EQ(ErrorReasonOf(empty.Pull(connection(), ById("2020.x")).status()),
            v1::ERROR_REASON_RELEASE_ID_INVALID);
}

TEST_F(LocalCodeSetTest, RefusesOtherContentUnderAnIdThatItHolds) {
  ServerFixture other;
  v1::LoadOptions options;
  options.set_release_id("2026");
  std::vector<source::InputFile> files = MiniatureFiles("2026");
  std::erase_if(files, [](const auto& file) { return file.name != "icd10cm_order_2026.txt"; });
  ASSERT_EQ(files.size(), 1);
  // One word of one title is another.
  const size_t at = files[0].bytes.rfind("esion");
  ASSERT_NE(at, std::string::npos);
  files[0].bytes[at] = 'E';
  const auto loaded = server::LoadRelease(other.store(), options, files, {});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  LocalCodeSet codes;
  Pull(codes, ById("2026"));
  const absl::Status status =
      codes.Pull(MakeConnection(other.server().address()), ById("2026")).status();
  EXPECT_EQ(ErrorReasonOf(status), v1::ERROR_REASON_RELEASE_CONTENT_DIFFERS) << status;
  ExpectSameConcepts(server(), codes, "2026", AllIds(server(), "2026"));
}

TEST_F(LocalCodeSetTest, TakesAGroupThatAReleaseGains) {
  ServerFixture growing;
  v1::LoadOptions options;
  options.set_release_id("2026");
  std::vector<source::InputFile> order = MiniatureFiles("2026");
  std::erase_if(order, [](const auto& file) { return file.name != "icd10cm_order_2026.txt"; });
  ASSERT_TRUE(server::LoadRelease(growing.store(), options, order, {}).ok());
  const auto connection = MakeConnection(growing.server().address());
  LocalCodeSet codes;
  ASSERT_TRUE(codes.Pull(connection, ById("2026")).ok());
  EXPECT_FALSE(codes.GetConcept(ById("2026"), "13").ok());

  growing.Load("2026");
  const absl::StatusOr<PullResult> grown = codes.Pull(connection, ById("2026"));
  ASSERT_TRUE(grown.ok()) << grown.status();
  EXPECT_TRUE(grown->changed);
  const Client grown_server(connection);
  ExpectSameConcepts(grown_server, codes, "2026", AllIds(grown_server, "2026"));
  // The order group did not come again.
  ASSERT_TRUE(codes.Save(path("grown")).ok());
  size_t order_pages = 0;
  for (const std::string& page : PagesIn(path("grown"))) {
    order_pages += page.rfind("page\torder\t", 0) == 0 ? 1 : 0;
  }
  EXPECT_EQ(grown->pages, PagesIn(path("grown")).size() - order_pages);
}

// A server that has less of a release is not the one that it was pulled from.
TEST_F(LocalCodeSetTest, KeepsAGroupThatAServerDoesNotHave) {
  ServerFixture poorer;
  v1::LoadOptions options;
  options.set_release_id("2026");
  std::vector<source::InputFile> order = MiniatureFiles("2026");
  std::erase_if(order, [](const auto& file) { return file.name != "icd10cm_order_2026.txt"; });
  ASSERT_TRUE(server::LoadRelease(poorer.store(), options, order, {}).ok());
  LocalCodeSet codes;
  Pull(codes, ById("2026"));
  const absl::Status status =
      codes.Pull(MakeConnection(poorer.server().address()), ById("2026")).status();
  EXPECT_EQ(ErrorReasonOf(status), v1::ERROR_REASON_RELEASE_CONTENT_DIFFERS) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "facet group tabular, which the server does not"))
      << status;
  ExpectSameConcepts(server(), codes, "2026", AllIds(server(), "2026"));
}

TEST_F(LocalCodeSetTest, LetsGoOfAReleaseAndItsPages) {
  LocalCodeSet codes;
  Pull(codes, ById("2025"));
  ASSERT_TRUE(codes.Save(path("before")).ok());
  Pull(codes, ById("2026"));
  ASSERT_TRUE(codes.Remove("2026").ok());
  ASSERT_TRUE(codes.Save(path("after")).ok());
  EXPECT_EQ(Content(path("before")), Content(path("after")));
  EXPECT_EQ(ErrorReasonOf(codes.Remove("2026")), v1::ERROR_REASON_RELEASE_NOT_FOUND);
}

TEST_F(LocalCodeSetTest, AnswersWhileItPulls) {
  LocalCodeSet codes;
  Pull(codes, ById("2025"));
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&, copy = codes] {
      do {
        EXPECT_TRUE(copy.GetConcept(ById("2025"), "M99.86", v1::CONCEPT_VIEW_EFFECTIVE).ok());
        EXPECT_TRUE(copy.ValidateCodes(ById("2025"), {"M99.86", "Z99.99"}).ok());
      } while (!done);
    });
  }
  for (int round = 0; round < 3; ++round) {
    Pull(codes, ById("2026"));
    Pull(codes, ById("2027"));
    EXPECT_TRUE(codes.Remove("2026").ok());
    EXPECT_TRUE(codes.Remove("2027").ok());
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
}

TEST(LocalCodeSetUnreachableTest, SaysThatNobodyAnswers) {
  LocalCodeSet codes;
  const absl::Status status =
      codes.Pull(MakeConnection("127.0.0.1:1"), ById("2026"), {absl::Seconds(2)}).status();
  EXPECT_TRUE(absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) << status;
}

}  // namespace
}  // namespace codeset::client
