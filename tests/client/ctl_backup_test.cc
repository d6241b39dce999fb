#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "client/cpp/error.h"
#include "tests/client/ctl_fixture.h"

namespace codeset::ctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Return;

v1::Backup Second() {
  v1::Backup backup;
  backup.set_number(2);
  backup.set_created_at("2026-01-02T03:04:05Z");
  backup.set_server_version("1.2.3");
  backup.set_data_format("1");
  backup.set_data_id("d1");
  backup.set_journal_end(9);
  for (const char* id : {"2025", "2026"}) {
    v1::BackedUpRelease* release = backup.add_releases();
    release->set_id(id);
    release->set_effective_date("2025-10-01");
    release->set_fingerprint("f");
  }
  backup.set_labels(3);
  backup.set_pages(1);
  backup.set_verifications(4);
  backup.set_files(12);
  backup.set_bytes(12'345'678);
  return backup;
}

constexpr char kCsv[] =
    "number,created_at,server_version,data_format,data_id,releases,labels,journal_end,pages,"
    "verifications,files,bytes\r\n"
    "2,2026-01-02T03:04:05Z,1.2.3,1,d1,2025 2026,3,9,1,4,12,12345678\r\n";

class CtlBackupTest : public CtlTest {
 protected:
  // Calls with the admin listener named.
  ExitCode Backup(std::vector<std::string> args) {
    args.insert(args.begin(), {"backup"});
    args.insert(args.end(), {"--admin-server", "x:1"});
    return Call(args);
  }
};

TEST_F(CtlBackupTest, CreatesAndSaysWhatIsNew) {
  v1::CreateBackupResponse answer;
  *answer.mutable_backup() = Second();
  answer.set_bytes_added(1234);
  answer.set_elapsed_milliseconds(56);
  EXPECT_CALL(*admin_, CreateBackup)
      .WillOnce([&](const client::CallOptions&, const v1::CreateBackupRequest& request) {
        EXPECT_EQ(request.folder(), "/mnt/b");
        EXPECT_EQ(request.keep(), 0);
        return answer;
      });
  EXPECT_EQ(Backup({"create", "/mnt/b"}), ExitCode::kDone);
  EXPECT_EQ(out_.str(),
            "backup 2 made and read back: 2 releases, 1 page of codes, 4 verifications; 12 files, "
            "12.3 MB, of which 1234 B are new; 56 ms\n");
  answer.add_deleted(1);
  EXPECT_CALL(*admin_, CreateBackup)
      .Times(3)
      .WillRepeatedly([&](const client::CallOptions&, const v1::CreateBackupRequest& request) {
        EXPECT_EQ(request.keep(), 7);
        return answer;
      });
  EXPECT_EQ(Backup({"create", "/mnt/b", "--keep", "7"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("\ndeleted: 1\n"));
  EXPECT_EQ(Backup({"create", "/mnt/b", "--keep", "7", "--output", "csv"}), ExitCode::kDone);
  EXPECT_EQ(out_.str(), kCsv);
  EXPECT_EQ(Backup({"create", "/mnt/b", "--keep", "7", "--output", "json"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr(R"("bytesAdded":"1234","deleted":[1])"));
}

TEST_F(CtlBackupTest, ListsAndWarnsOfWhatIsDamaged) {
  v1::ListBackupsResponse answer;
  EXPECT_CALL(*admin_, ListBackups).WillOnce(Return(answer));
  EXPECT_EQ(Backup({"list", "/mnt/b"}), ExitCode::kDone);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(err_.str(), "no backups\n");
  *answer.add_backups() = Second();
  answer.set_folder_bytes(20'000'000);
  EXPECT_CALL(*admin_, ListBackups)
      .WillOnce([&](const client::CallOptions&, const v1::ListBackupsRequest& request) {
        EXPECT_EQ(request.folder(), "/mnt/b");
        return answer;
      });
  EXPECT_EQ(Backup({"list", "/mnt/b"}), ExitCode::kDone);
  EXPECT_EQ(out_.str(),
            "NUMBER  CREATED AT            VERSION  RELEASES   PAGES  VERIFICATIONS  SIZE\n"
            "2       2026-01-02T03:04:05Z  1.2.3    2025 2026  1      4              12.3 MB\n");
  EXPECT_EQ(err_.str(), "all of them together: 20.0 MB\n");
  v1::ListBackupsResponse many = answer;
  for (const char* id : {"2027", "2028", "2029"}) {
    many.mutable_backups(0)->add_releases()->set_id(id);
  }
  EXPECT_CALL(*admin_, ListBackups).WillOnce(Return(many));
  EXPECT_EQ(Backup({"list", "/mnt/b"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("  1.2.3    5, 2025 to 2029  1"));
  answer.add_damaged(3);
  EXPECT_CALL(*admin_, ListBackups).Times(2).WillRepeatedly(Return(answer));
  EXPECT_EQ(Backup({"list", "/mnt/b", "--output", "csv"}), ExitCode::kNo);
  EXPECT_EQ(out_.str(), kCsv);
  EXPECT_THAT(err_.str(), HasSubstr("warning: backup 3 is damaged"));
  EXPECT_EQ(Backup({"list", "/mnt/b", "--output", "json"}), ExitCode::kNo);
  EXPECT_THAT(out_.str(), HasSubstr(R"({"backup":{"number":2,)"));
  EXPECT_THAT(out_.str(), HasSubstr("}}\n{\"damaged\":3}\n"));
}

TEST_F(CtlBackupTest, Verifies) {
  v1::VerifyBackupResponse answer;
  *answer.mutable_backup() = Second();
  answer.set_elapsed_milliseconds(7);
  EXPECT_CALL(*admin_, VerifyBackup)
      .WillOnce([&](const client::CallOptions&, const v1::VerifyBackupRequest& request) {
        EXPECT_EQ(request.folder(), "/mnt/b");
        EXPECT_EQ(request.number(), 2);
        return answer;
      });
  EXPECT_EQ(Backup({"verify", "/mnt/b", "--backup", "2"}), ExitCode::kDone);
  EXPECT_EQ(out_.str(),
            "backup 2 of 2026-01-02T03:04:05Z is whole: 2 releases, 1 page of codes, 4 "
            "verifications; 12 files, 12.3 MB; 7 ms\n");
  EXPECT_CALL(*admin_, VerifyBackup)
      .WillOnce([&](const client::CallOptions&, const v1::VerifyBackupRequest& request) {
        EXPECT_EQ(request.number(), 0);
        return answer;
      });
  EXPECT_EQ(Backup({"verify", "/mnt/b", "--output", "csv"}), ExitCode::kDone);
  EXPECT_EQ(out_.str(), kCsv);
}

TEST_F(CtlBackupTest, SaysWhatToDoNext) {
  const struct {
    absl::StatusCode code;
    v1::ErrorReason reason;
    std::map<std::string, std::string> metadata;
    ExitCode want;
    const char* next;
  } cases[] = {
      {absl::StatusCode::kInvalidArgument,
       v1::ERROR_REASON_ARGUMENT_INVALID,
       {},
       ExitCode::kUsage,
       "[ARGUMENT_INVALID]"},
      {absl::StatusCode::kNotFound,
       v1::ERROR_REASON_BACKUP_NOT_FOUND,
       {{"folder", "/mnt/b"}},
       ExitCode::kRefused,
       "codesetctl backup list /mnt/b"},
      {absl::StatusCode::kUnavailable,
       v1::ERROR_REASON_BACKUP_IN_PROGRESS,
       {},
       ExitCode::kRefused,
       "try again when it is done"},
      {absl::StatusCode::kDataLoss,
       v1::ERROR_REASON_DATA_DAMAGED,
       {{"folder", "/mnt/b"}},
       ExitCode::kRefused,
       "make another backup"},
  };
  for (const auto& test : cases) {
    EXPECT_CALL(*admin_, VerifyBackup)
        .WillOnce(Return(client::MakeError(test.code, test.reason, "no", test.metadata)));
    EXPECT_EQ(Backup({"verify", "/mnt/b"}), test.want);
    EXPECT_THAT(err_.str(), HasSubstr(test.next));
    EXPECT_EQ(out_.str(), "");
  }
}

TEST_F(CtlBackupTest, KnowsUsageErrors) {
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{{"create"},
                                             {"create", ""},
                                             {"create", "/a", "/b"},
                                             {"create", "/a", "--keep", "0"},
                                             {"create", "/a", "--keep", "x"},
                                             {"verify", "/a", "--backup", "0"},
                                             {"verify", "/a", "--backup", "-1"},
                                             {"frobnicate", "/a"}}) {
    EXPECT_EQ(Backup(args), ExitCode::kUsage) << args[0];
    EXPECT_EQ(out_.str(), "");
  }
  EXPECT_EQ(Call({"backup", "list", "/a"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("no admin listener is named"));
}

}  // namespace
}  // namespace codeset::ctl
