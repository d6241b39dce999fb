// A local code set of published releases, one of which has its structure on loan, against the
// server that it was pulled from: every concept in every view, every code, every change.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cpp/grpc_connection.h"
#include "server/loader.h"
#include "storage/source/input.h"
#include "tests/client/local_agreement.h"
#include "tests/server/fixture.h"
#include "tests/support/official_releases.h"

namespace codeset::client {
namespace {

constexpr const char* kIds[] = {"2022-04", "2023"};

TEST(OfficialLocalTest, AnswersAsTheServerDoes) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  server::ServerFixture fixture;
  for (const std::string id : kIds) {
    auto files = source::ReadInputFiles({(releases / id).string()});
    ASSERT_TRUE(files.ok()) << files.status();
    v1::LoadOptions options;
    options.set_release_id(id);
    options.set_discard_sources(true);
    const auto report = server::LoadRelease(fixture.store(), options, *std::move(files), {});
    ASSERT_TRUE(report.ok()) << report.status();
  }
  const auto connection = MakeConnection(fixture.server().address());
  const Client server(connection);
  LocalCodeSet pulled(
      [] { return absl::FromCivil(absl::CivilHour(2026, 11, 23, 17), absl::UTCTimeZone()); });
  size_t first_bytes = 0;
  for (const std::string id : kIds) {
    const absl::StatusOr<PullResult> result = pulled.Pull(connection, ById(id));
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->release.structure_from(), id == "2022-04" ? "2023" : "");
    RecordProperty(absl::StrCat("pages of ", id), static_cast<int>(result->pages));
    RecordProperty(absl::StrCat("bytes of ", id), static_cast<int>(result->bytes));
    if (first_bytes == 0) first_bytes = result->bytes;
  }
  ASSERT_GT(first_bytes, 0);
  const std::string path = absl::StrCat(fixture.folder(), "/local.codeset");
  ASSERT_TRUE(pulled.Save(path).ok());
  const absl::StatusOr<LocalCodeSet> opened = LocalCodeSet::Open(
      path, [] { return absl::FromCivil(absl::CivilHour(2026, 11, 23, 17), absl::UTCTimeZone()); });
  ASSERT_TRUE(opened.ok()) << opened.status();
  for (const std::string id : kIds) {
    const std::vector<std::string> ids = AllIds(server, id);
    ASSERT_GT(ids.size(), 95000);
    ExpectSameConcepts(server, *opened, id, ids);
    ExpectFinds(*opened, id, ids);
    // Every code of one release judged by the other, and of itself.
    for (const std::string other : kIds) {
      for (size_t first = 0; first < ids.size(); first += 5000) {
        const std::vector<std::string> codes(
            ids.begin() + static_cast<std::ptrdiff_t>(first),
            ids.begin() + static_cast<std::ptrdiff_t>(std::min(first + 5000, ids.size())));
        ExpectSame(server.ValidateCodes(ById(other), codes),
                   opened->ValidateCodes(ById(other), codes), absl::StrCat(id, " by ", other));
      }
    }
  }
  v1::StreamDiffRequest request;
  *request.mutable_from() = ById("2022-04");
  *request.mutable_to() = ById("2023");
  ExpectSameRange(server.StreamDiff(request), opened->StreamDiff(request), "the difference");
}

}  // namespace
}  // namespace codeset::client
