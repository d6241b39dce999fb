// CreateBackup, ListBackups and VerifyBackup over a channel.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "storage/store/restore.h"
#include "tests/server/fixture.h"

namespace codeset::server {
namespace {

class BackupHandlersTest : public ::testing::Test {
 protected:
  BackupHandlersTest() { fixture_.Load("2025"); }

  grpc::Status Create(const std::string& folder, uint32_t keep, v1::CreateBackupResponse* answer) {
    grpc::ClientContext context;
    v1::CreateBackupRequest request;
    request.set_folder(folder);
    request.set_keep(keep);
    return admin_->CreateBackup(&context, request, answer);
  }
  grpc::Status List(const std::string& folder, v1::ListBackupsResponse* answer) {
    grpc::ClientContext context;
    v1::ListBackupsRequest request;
    request.set_folder(folder);
    return admin_->ListBackups(&context, request, answer);
  }
  grpc::Status Verify(const std::string& folder, uint32_t number,
                      v1::VerifyBackupResponse* answer) {
    grpc::ClientContext context;
    v1::VerifyBackupRequest request;
    request.set_folder(folder);
    request.set_number(number);
    return admin_->VerifyBackup(&context, request, answer);
  }

  template <typename Detail>
  static Detail DetailOf(const grpc::Status& status) {
    google::rpc::Status details;
    details.ParseFromString(status.error_details());
    Detail detail;
    for (const auto& any : details.details()) any.UnpackTo(&detail);
    return detail;
  }

  ServerFixture fixture_;
  TemporaryFolder folder_;
  std::unique_ptr<v1::Admin::Stub> admin_ =
      v1::Admin::NewStub(fixture_.server().InProcessAdminChannel());
};

TEST_F(BackupHandlersTest, MakesBackupsThatRestore) {
  v1::CreateBackupResponse first;
  grpc::Status status = Create(folder_.path(), 0, &first);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(first.backup().number(), 1);
  EXPECT_EQ(first.mended_files(), 0);
  EXPECT_FALSE(first.backup().server_version().empty());
  ASSERT_EQ(first.backup().releases_size(), 1);
  EXPECT_GT(first.bytes_added(), 0);
  EXPECT_TRUE(first.deleted().empty());
  fixture_.Load("2026");
  v1::CreateBackupResponse second;
  status = Create(folder_.path(), 1, &second);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(second.backup().releases_size(), 2);
  ASSERT_EQ(second.deleted_size(), 1);
  EXPECT_EQ(second.deleted(0), 1);
  v1::ListBackupsResponse list;
  status = List(folder_.path(), &list);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(list.backups_size(), 1);
  EXPECT_EQ(list.backups(0).SerializeAsString(), second.backup().SerializeAsString());
  EXPECT_GT(list.folder_bytes(), list.backups(0).bytes());
  v1::VerifyBackupResponse verified;
  status = Verify(folder_.path(), 2, &verified);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(verified.backup().SerializeAsString(), second.backup().SerializeAsString());
  TemporaryFolder restored;
  EXPECT_TRUE(store::RestoreBackup(folder_.path(), restored.path(), {}).ok());
}

TEST_F(BackupHandlersTest, SaysWhatIsWrong) {
  v1::CreateBackupResponse created;
  v1::ListBackupsResponse list;
  v1::VerifyBackupResponse verified;
  for (const grpc::Status& status :
       {Create("", 0, &created), Create("relative", 0, &created),
        Create(fixture_.folder(), 0, &created), List(folder_.path(), &list),
        Verify(folder_.path() + "/missing", 0, &verified)}) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(ReasonIn(status), "ARGUMENT_INVALID");
    const auto bad = DetailOf<google::rpc::BadRequest>(status);
    ASSERT_EQ(bad.field_violations_size(), 1) << status.error_message();
    EXPECT_EQ(bad.field_violations(0).field(), "folder");
  }
  ASSERT_TRUE(Create(folder_.path(), 0, &created).ok());
  const grpc::Status missing = Verify(folder_.path(), 7, &verified);
  EXPECT_EQ(missing.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(ReasonIn(missing), "BACKUP_NOT_FOUND");
  const auto resource = DetailOf<google::rpc::ResourceInfo>(missing);
  EXPECT_EQ(resource.resource_type(), "backup");
  EXPECT_EQ(resource.resource_name(), "7");
  std::filesystem::remove(folder_.path() + "/private/1/CURRENT");
  const grpc::Status damaged = Verify(folder_.path(), 1, &verified);
  EXPECT_EQ(damaged.error_code(), grpc::StatusCode::DATA_LOSS);
  EXPECT_EQ(FactIn(damaged, "folder"), folder_.path());
}

}  // namespace
}  // namespace codeset::server
