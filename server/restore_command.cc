#include "server/restore_command.h"

#include <pthread.h>
#include <signal.h>

#include <iostream>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "storage/model/status_macros.h"
#include "storage/store/restore.h"

namespace codeset::server {
namespace {

// Takes SIGINT and SIGTERM from now on, to be asked for.
class Signals {
 public:
  Signals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  // Whether one has come.
  bool Came() {
    const timespec at_once = {};
    came_ = came_ || ::sigtimedwait(&signals_, nullptr, &at_once) > 0;
    return came_;
  }

 private:
  sigset_t signals_;
  bool came_ = false;
};

std::string Tell(const RestoreCommand& command, const store::Restored& restored) {
  const v1::Backup& backup = restored.backup;
  std::string text = absl::StrCat(
      command.dry_run ? "verified backup " : "restored backup ", backup.number(), " of ",
      backup.created_at(), command.dry_run ? "; nothing was kept" : " into ",
      command.dry_run ? "" : command.data_dir, "\n  made by codesetd ", backup.server_version(),
      ", data format ", backup.data_format(), "\n");
  for (const v1::BackedUpRelease& release : backup.releases()) {
    absl::StrAppend(&text, "  release ", release.id(), ", in force from ",
                    release.effective_date(), ", fingerprint ", release.fingerprint(), "\n");
  }
  absl::StrAppend(&text, "  proved: ", restored.check.releases, " releases with ",
                  restored.check.release_pages, " pages, ", restored.check.revisions,
                  " revisions of ", backup.pages(), " pages of codes, ",
                  restored.check.verifications, " verifications, ", restored.check.events,
                  " events of the journal, ", backup.labels(), " labels\n");
  return text;
}

}  // namespace

absl::Status Restore(const RestoreCommand& command, const std::string& owner) {
  Signals signals;
  store::RestoreOptions options;
  options.number = command.backup;
  options.dry_run = command.dry_run;
  options.owner = owner;
  options.hooks.progress = [](absl::string_view step) { std::cerr << step << std::endl; };
  options.hooks.cancelled = [&signals] { return signals.Came(); };
  ASSIGN_OR_RETURN(const store::Restored restored,
                   store::RestoreBackup(command.from, command.data_dir, options));
  std::cout << Tell(command, restored) << std::flush;
  return absl::OkStatus();
}

}  // namespace codeset::server
