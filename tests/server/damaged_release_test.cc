// A release that is damaged answers nothing, whatever selector leads to it, and no other release
// answers in its place; the others go on. A scrub tells, over the admin listener too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "codeset/v1/admin.grpc.pb.h"
#include "codeset/v1/terminology.grpc.pb.h"
#include "rocksdb/write_batch.h"
#include "server/history.h"
#include "server/reference_import.h"
#include "server/releases.h"
#include "storage/store/database.h"
#include "storage/store/keys.h"
#include "tests/server/fixture.h"
#include "tests/server/selectors.h"

namespace codeset::server {
namespace {

using model::Reason;
using model::ReasonOf;

class DamagedReleaseTest : public ::testing::Test {
 protected:
  DamagedReleaseTest() {
    for (const char* id : {"2025", "2026", "2027"}) fixture_.Load(id);
    EXPECT_TRUE(fixture_.store().SetLabel("prod", "2026", false, "ann").ok());
  }

  // Spoils the root page of a group of a release, which is its own alone.
  void Damage(const std::string& id, model::FacetGroup group) {
    const std::optional<model::Digest> root = fixture_.store().catalog()->Find(id)->Group(group);
    ASSERT_TRUE(root.has_value());
    fixture_.Change([&](const std::string& folder) {
      const auto database = store::Database::Open(folder, false, "the test");
      ASSERT_TRUE(database.ok()) << database.status();
      rocksdb::WriteBatch batch;
      batch.Put((*database)->family(store::PageFamily(group)), store::ToSlice(root->view()),
                "other words");
      ASSERT_TRUE((*database)->Write(batch, true, "test").ok());
    });
  }

  std::optional<Reason> Ask(const v1::ReleaseSelector& selector) {
    return ReasonOf(Open(fixture_.backend(), selector).status());
  }

  // A scrub over the admin listener.
  grpc::Status Scrub(int64_t bytes_per_second, v1::ScrubReport& report) {
    const auto stub = v1::Admin::NewStub(fixture_.server().InProcessAdminChannel());
    grpc::ClientContext context;
    v1::ScrubReleasesRequest request;
    request.set_bytes_per_second(bytes_per_second);
    const auto reader = stub->ScrubReleases(&context, request);
    v1::ScrubReleasesResponse response;
    while (reader->Read(&response)) {
      if (response.has_report()) report = response.report();
    }
    return reader->Finish();
  }

  v1::GetScrubReportResponse LastScrub() {
    const auto stub = v1::Admin::NewStub(fixture_.server().InProcessAdminChannel());
    grpc::ClientContext context;
    v1::GetScrubReportResponse response;
    const grpc::Status status = stub->GetScrubReport(&context, {}, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  ServerFixture fixture_;
};

TEST_F(DamagedReleaseTest, IsRefusedByEverySelectorThatLeadsToIt) {
  Damage("2026", model::FacetGroup::kOrder);
  for (const auto& selector :
       {ByName("2026"), ByName("prod"), ByDate("2025-11-03"), ByDate("2026-02-01")}) {
    EXPECT_EQ(Ask(selector), Reason::kDataDamaged) << selector.ShortDebugString();
  }
  for (const auto& selector : {ByName("2025"), ByName("2027"), ByName("current"),
                               v1::ReleaseSelector(), ByDate("2024-11-03")}) {
    EXPECT_EQ(Ask(selector), std::nullopt) << selector.ShortDebugString();
  }
  fixture_.SetNow("2026-05-01T12:00:00-04:00");
  EXPECT_EQ(Ask(ByName("current")), Reason::kDataDamaged);
  EXPECT_EQ(Ask(v1::ReleaseSelector()), Reason::kDataDamaged);
  // Which release it would be is known, and told; and the list comes.
  v1::ResolveReleaseRequest request;
  *request.mutable_release() = ByName("current");
  const auto resolved = ResolveRelease(fixture_.backend(), request);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->release().release_id(), "2026");
  const auto list = ListReleases(fixture_.backend(), {});
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(list->releases_size(), 3);
  // What is told along all releases needs it.
  v1::GetHistoryRequest history;
  history.set_id("M99");
  EXPECT_EQ(ReasonOf(GetHistory(fixture_.backend(), history).status()), Reason::kDataDamaged);
}

TEST_F(DamagedReleaseTest, IsDataLossOverTheWireAlsoTheSecondTime) {
  Damage("2026", model::FacetGroup::kOrder);
  const auto stub = v1::Terminology::NewStub(fixture_.server().InProcessChannel());
  for (int i = 0; i < 2; ++i) {
    grpc::ClientContext context;
    v1::GetConceptRequest request;
    request.set_id("M99");
    *request.mutable_release() = ByName("prod");
    v1::GetConceptResponse response;
    const grpc::Status status = stub->GetConcept(&context, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::DATA_LOSS);
    EXPECT_EQ(ReasonIn(status), "DATA_DAMAGED");
  }
}

TEST_F(DamagedReleaseTest, IsNotPassedOverWhereAPageIsChecked) {
  const auto import = [&](const std::string& code) {
    // Asked for each time: Damage opens another store.
    const Backend backend = fixture_.backend();
    ImportSession session(backend);
    v1::ImportReferencesRequest request;
    *request.mutable_options()->mutable_release() = ByName("2025");
    EXPECT_TRUE(session.Take(request).ok());
    request.Clear();
    v1::Reference& page = *request.mutable_documents()->add_references();
    page.set_code(code);
    page.set_state(v1::REFERENCE_STATE_DRAFT);
    return session.Take(request);
  };
  EXPECT_EQ(ReasonOf(import("Z99.9")), Reason::kReferenceInvalid);
  Damage("2026", model::FacetGroup::kOrder);
  // Which could have it.
  const absl::Status status = import("Z99.9");
  EXPECT_EQ(ReasonOf(status), Reason::kDataDamaged);
  EXPECT_EQ(model::FactsOf(status)["release"], "2026");
  EXPECT_THAT(std::string(status.message()),
              ::testing::HasSubstr("whether a release has code Z99.9 cannot be told"));
  // A second time too, and where nothing depends on it the import goes on.
  EXPECT_EQ(ReasonOf(import("Z99.9")), Reason::kDataDamaged);
  EXPECT_TRUE(import("A00.0").ok()) << import("A00.0");
}

TEST_F(DamagedReleaseTest, LendsNothingAndNobodyLendsInItsPlace) {
  // 2027 has no tabular list: 2026 lends it chapters and sections, and 2025 could.
  {
    const auto sound = Open(fixture_.backend(), ByName("2027"));
    ASSERT_TRUE(sound.ok()) << sound.status();
    ASSERT_EQ(sound->image->structure_from(), "2026");
  }
  Damage("2026", model::FacetGroup::kTabular);
  EXPECT_EQ(Ask(ByName("2026")), Reason::kDataDamaged);
  EXPECT_EQ(Ask(ByName("2027")), Reason::kDataDamaged);
  EXPECT_EQ(Ask(ByName("2025")), std::nullopt);
}

TEST_F(DamagedReleaseTest, IsToldByAScrubAndMadeWholeByALoad) {
  EXPECT_FALSE(LastScrub().has_report());
  v1::ScrubReport report;
  ASSERT_TRUE(Scrub(-1, report).ok());
  EXPECT_EQ(report.releases(), 3);
  EXPECT_EQ(report.findings_size(), 0) << report.DebugString();
  EXPECT_EQ(LastScrub().report().SerializeAsString(), report.SerializeAsString());
  Damage("2026", model::FacetGroup::kTabular);
  ASSERT_TRUE(Scrub(0, report).ok());
  ASSERT_EQ(report.findings_size(), 1) << report.DebugString();
  EXPECT_EQ(report.findings(0).subject(), v1::SCRUB_SUBJECT_PAGE);
  EXPECT_EQ(report.findings(0).release_ids(0), "2026");
  fixture_.Load("2026");
  EXPECT_EQ(Ask(ByName("2026")), std::nullopt);
  ASSERT_TRUE(Scrub(0, report).ok());
  EXPECT_EQ(report.findings_size(), 0) << report.DebugString();
}

TEST_F(DamagedReleaseTest, IsScrubbedForOneAtATime) {
  const auto stub = v1::Admin::NewStub(fixture_.server().InProcessAdminChannel());
  grpc::ClientContext context;
  v1::ScrubReleasesRequest request;
  // It does not end before it is cancelled.
  request.set_bytes_per_second(1);
  const auto reader = stub->ScrubReleases(&context, request);
  v1::ScrubReleasesResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_TRUE(response.has_progress());
  EXPECT_EQ(response.progress().releases_total(), 3);
  EXPECT_TRUE(LastScrub().has_progress());
  v1::ScrubReport report;
  EXPECT_EQ(ReasonIn(Scrub(0, report)), "SCRUB_IN_PROGRESS");
  context.TryCancel();
  while (reader->Read(&response)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  // The place is free again in a moment.
  grpc::Status status;
  for (int i = 0; i < 10'000; ++i) {
    status = Scrub(-1, report);
    if (status.ok()) break;
  }
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(ReasonIn(Scrub(-2, report)), "ARGUMENT_INVALID");
}

}  // namespace
}  // namespace codeset::server
