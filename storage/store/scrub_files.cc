// The part of a scrub that proves the database's files, byte by byte, whether or not anything that
// is asked for lies there.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rocksdb/metadata.h"
#include "storage/model/status_macros.h"
#include "storage/store/file_check.h"
#include "storage/store/scrub_pass.h"
#include "storage/store/watched_env.h"

namespace codeset::store {
namespace {

// Files that were merged into others meanwhile are gone; the others are looked at in a second
// round.
constexpr int kRounds = 2;

constexpr absl::string_view kRestore =
    "restore the data directory from a backup (`codesetd restore`); what is not named elsewhere in "
    "this report is still whole";
constexpr absl::string_view kDoNotRestart =
    "the running server is not touched by it, but a restart may refuse the directory: export the "
    "releases (codesetctl release export), and restore the data directory from a backup "
    "(`codesetd restore`)";

class FileScrub {
 public:
  explicit FileScrub(ScrubPass& pass)
      : pass_(pass), env_(pass.database().db().GetEnv(), [this](size_t bytes) {
          given_up_ = pass_.Count(bytes);
          return given_up_.ok();
        }) {}

  absl::Status Run() {
    pass_.Begin("files of the database");
    for (int round = 0; round < kRounds; ++round) {
      std::vector<rocksdb::LiveFileStorageInfo> files;
      const rocksdb::Status status = ListFiles(pass_.database().db(), files);
      if (!status.ok()) {
        pass_.Found(v1::SCRUB_SUBJECT_FILE,
                    absl::StrCat("the files cannot be listed: ", status.ToString()), kRestore);
        return absl::OkStatus();
      }
      ReadFamilies();
      for (const rocksdb::LiveFileStorageInfo& file : files) {
        if (seen_.insert(file.relative_filename).second) {
          RETURN_IF_ERROR(Prove(file, round));
        } else if (missing_.erase(file.relative_filename) > 0) {
          pass_.Found(v1::SCRUB_SUBJECT_FILE,
                      absl::StrCat("file ", file.relative_filename, " is missing"), kRestore);
        }
      }
    }
    return pass_.Count(0);
  }

 private:
  void ReadFamilies() {
    std::vector<rocksdb::LiveFileMetaData> tables;
    pass_.database().db().GetLiveFilesMetaData(&tables);
    for (const rocksdb::LiveFileMetaData& table : tables) {
      families_[table.file_number] = table.column_family_name;
    }
  }

  absl::Status Prove(const rocksdb::LiveFileStorageInfo& file, int round) {
    const std::string path = absl::StrCat(file.directory, "/", file.relative_filename);
    rocksdb::Status status;
    std::string what;
    absl::string_view remedy = kRestore;
    switch (file.file_type) {
      case rocksdb::kTableFile:
        what = absl::StrCat("table ", file.relative_filename, " of ", families_[file.file_number]);
        status = CheckSize(path, file.size);
        if (status.ok()) status = ProveContent(env_, path, file);
        break;
      case rocksdb::kBlobFile:
        what = absl::StrCat("file of blobs ", file.relative_filename);
        status = CheckSize(path, file.size);
        if (status.ok()) status = ProveContent(env_, path, file);
        break;
      case rocksdb::kDescriptorFile:
        what = absl::StrCat("manifest ", file.relative_filename);
        status = ProveManifest(env_, path, file.size);
        remedy = kDoNotRestart;
        break;
      case rocksdb::kCurrentFile:
        what = absl::StrCat("file ", file.relative_filename);
        status = ProveCurrent(path, file.replacement_contents);
        remedy = kDoNotRestart;
        if (status.IsCorruption() && round + 1 < kRounds) {
          // A manifest that has become large is replaced, and this with it: the next round tells.
          seen_.erase(file.relative_filename);
          return absl::OkStatus();
        }
        break;
      default:
        // The log has nothing that was acknowledged, and what else there is can say anything.
        return absl::OkStatus();
    }
    RETURN_IF_ERROR(given_up_);
    if (env_.FileExists(path).IsNotFound()) {
      // Merged into others since, and rightly gone; or not: the next round tells.
      missing_.insert(file.relative_filename);
      return absl::OkStatus();
    }
    pass_.report().set_files(pass_.report().files() + 1);
    if (!status.ok()) {
      pass_.Found(v1::SCRUB_SUBJECT_FILE, absl::StrCat(what, ": ", status.ToString()), remedy);
    }
    return absl::OkStatus();
  }

  // That CURRENT names the manifest.
  rocksdb::Status ProveCurrent(const std::string& path, const std::string& expected) {
    std::string content;
    rocksdb::Status status = rocksdb::ReadFileToString(&env_, path, &content);
    if (status.ok() && content != expected) {
      status = rocksdb::Status::Corruption("it does not name the manifest");
    }
    return status;
  }

  rocksdb::Status CheckSize(const std::string& path, uint64_t expected) {
    uint64_t size = 0;
    rocksdb::Status status = env_.GetFileSize(path, &size);
    if (status.ok() && size != expected) {
      status = rocksdb::Status::Corruption(
          absl::StrCat("it has ", size, " bytes in the place of ", expected));
    }
    return status;
  }

  ScrubPass& pass_;
  // Why the scrub was given up within a file.
  absl::Status given_up_;
  WatchedEnv env_;
  std::set<std::string> seen_;
  // Of those, the ones that were not there.
  std::set<std::string> missing_;
  std::map<uint64_t, std::string> families_;
};

}  // namespace

absl::Status ScrubFiles(ScrubPass& pass) { return FileScrub(pass).Run(); }

}  // namespace codeset::store
