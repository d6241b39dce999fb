// What is counted of an audit log whose file cannot be written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "server/audit_log.h"
#include "storage/model/error.h"
#include "tests/server/fixture.h"

namespace codeset::server {
namespace {

AuditRecord RecordOf(bool let_in) {
  AuditRecord record;
  record.time = absl::Now();
  if (!let_in) record.caller.access = model::MakeError(model::Reason::kUnauthenticated, "no token");
  return record;
}

// The line that tells of calls without one is written together with the next.
TEST(AuditFailuresTest, CountsEveryLineThatIsNotInTheFile) {
  // Long enough for all that is to fall into one, on a busy machine too.
  constexpr absl::Duration kMinute = absl::Seconds(2);
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/audit.log";
  auto log = AuditLog::Open(path, kMinute);
  ASSERT_TRUE(log.ok()) << log.status();
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < kRefusedLinesAMinute + 3; ++i) (*log)->Write(RecordOf(false));
  absl::SleepFor(kMinute);
  (*log)->Write(RecordOf(true));
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(text, ::testing::HasSubstr("\"parameters\":{\"calls\":"));
  const int64_t lines = static_cast<int64_t>(
      std::vector<std::string>(absl::StrSplit(text, "\n{\"time\"")).size() - 1);
  EXPECT_EQ((*log)->failures(), lines);
  EXPECT_EQ((*log)->records(), lines);
}

}  // namespace
}  // namespace codeset::server
