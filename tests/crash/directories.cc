// How a harness begins and ends data directories.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "storage/model/status_macros.h"
#include "storage/store/backup.h"
#include "storage/store/restore.h"
#include "tests/crash/data_check.h"
#include "tests/crash/harness.h"
#include "tests/crash/read_back.h"

namespace codeset::crash {
namespace {

namespace fs = std::filesystem;

// What a directory comes to that was used for fewer rounds is compared, and no more.
constexpr int kFewRounds = 4;

absl::Status ExpectUsage(const Told& told, const std::string& data_dir) {
  ASSIGN_OR_RETURN(const auto usage, ReadUsage(data_dir));
  if (usage == told.usage) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("LOST: usage counts of ", data_dir));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Harness>> Harness::Make(const Programs& programs, uint64_t seed,
                                                       const std::string& published) {
  std::string name = (fs::temp_directory_path() / "codeset-kill-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return absl::InternalError("making a temporary folder");
  fs::create_directory(name + "/contents");
  ASSIGN_OR_RETURN(Contents contents, Contents::Make(name + "/contents", published));
  std::unique_ptr<Harness> harness(new Harness(programs, seed, name, std::move(contents)));
  harness->board_ = MapStepBoard(name + "/board", /*create=*/true);
  if (harness->board_ == nullptr) return absl::InternalError("making the board");
  RETURN_IF_ERROR(harness->BeginDirectory());
  return harness;
}

Harness::Harness(const Programs& programs, uint64_t seed, std::string folder, Contents contents)
    : programs_(programs),
      random_(seed),
      folder_(std::move(folder)),
      contents_(std::move(contents)),
      operations_(random_, contents_, absl::StrCat(folder_, "/backups")) {}

Harness::~Harness() {
  server_.reset();
  std::error_code ignored;
  if (!failed_) fs::remove_all(folder_, ignored);
}

absl::Status Harness::Finish() {
  failed_ = true;
  RETURN_IF_ERROR(EndDirectory());
  failed_ = false;
  return absl::OkStatus();
}

absl::Status Harness::BeginDirectory() {
  told_ = {};
  pending_.reset();
  calls_.clear();
  rounds_of_directory_ = 0;
  std::error_code error;
  for (const char* const part : {"/data", "/backups", "/audit"}) {
    fs::remove_all(folder_ + part, error);
  }
  fs::create_directory(folder_ + "/backups", error);
  return error ? absl::InternalError(error.message()) : absl::OkStatus();
}

absl::Status Harness::NextDirectory() {
  RETURN_IF_ERROR(EndDirectory());
  RETURN_IF_ERROR(BeginDirectory());
  rounds_of_directory_ = 1;
  return absl::OkStatus();
}

absl::Status Harness::EndDirectory() {
  const bool short_lived = rounds_of_directory_ < kFewRounds;
  RETURN_IF_ERROR(BeginRound(programs_.codesetd));
  if (short_lived) {
    server_->Kill();
    return absl::OkStatus();
  }
  // A further backup clears away what one left that was cut off.
  ASSIGN_OR_RETURN(const Operation backup, Prepare(Kind::kBackup, ""));
  RETURN_IF_ERROR(Perform(backup));
  server_->Kill();
  RETURN_IF_ERROR(CheckNothingIsLeft(folder_ + "/data"));
  RETURN_IF_ERROR(ExpectUsage(told_, folder_ + "/data"));
  RETURN_IF_ERROR(CheckBackupFiles(folder_ + "/backups"));
  RETURN_IF_ERROR(CheckAuditLog());
  return RestoreOne(random_() % told_.backups.size());
}

absl::Status Harness::RestoreOne(size_t backup) {
  ASSIGN_OR_RETURN(const store::BackupList list, store::ListBackups(folder_ + "/backups"));
  if (list.backups.size() != told_.backups.size()) {
    return absl::InternalError("LOST: a backup is missing");
  }
  const std::string restored = folder_ + "/restored";
  store::RestoreOptions options;
  options.number = list.backups[backup].number();
  RETURN_IF_ERROR(store::RestoreBackup(folder_ + "/backups", restored, options).status());
  const Told& told = *told_.backups[backup];
  RETURN_IF_ERROR(ExpectUsage(told, restored));
  RETURN_IF_ERROR(Start(programs_.codesetd, restored));
  if (!server_->WaitUntilServing()) {
    return absl::InternalError(absl::StrCat("a restored directory: ", server_->output()));
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> found, ReadLines(*server_, contents_));
  server_->Kill();
  if (found != Lines(told, contents_)) {
    return absl::InternalError(absl::StrCat("LOST, of what backup ", options.number,
                                            " had:", Differences(Lines(told, contents_), found)));
  }
  ++figures_.restored;
  std::error_code ignored;
  fs::remove_all(restored, ignored);
  return absl::OkStatus();
}

absl::Status Harness::CheckAuditLog() const {
  std::map<std::string, int> logged;
  std::ifstream log(folder_ + "/audit");
  for (std::string line; std::getline(log, line);) {
    if (line.empty() || line.front() != '{' || line.back() != '}') {
      return absl::InternalError(absl::StrCat("a line of the audit log is torn: ", line));
    }
    if (!absl::StrContains(line, "\"result\":\"OK\"")) continue;
    for (const auto& [method, calls] : calls_) {
      if (absl::StrContains(line, absl::StrCat("\"method\":\"", method, "\""))) ++logged[method];
    }
  }
  for (const auto& [method, calls] : calls_) {
    // Which comparing calls too.
    if (method == "VerifyRelease") continue;
    const auto [acknowledged, cut_off] = calls;
    if (logged[method] >= acknowledged && logged[method] <= acknowledged + cut_off) continue;
    return absl::InternalError(absl::StrCat("the audit log has ", logged[method], " calls of ",
                                            method, "; ", acknowledged, " were acknowledged, and ",
                                            cut_off, " cut off"));
  }
  return absl::OkStatus();
}

}  // namespace codeset::crash
