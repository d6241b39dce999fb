#include "server/offline_commands.h"

#include <iostream>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/migrate.h"
#include "server/stop_signals.h"
#include "storage/model/status_macros.h"
#include "storage/store/restore.h"

namespace codeset::server {
namespace {

// Steps on standard error; a signal ends the work between two of them.
store::WorkHooks HooksOf(StopSignals& signals) {
  store::WorkHooks hooks;
  hooks.progress = [](absl::string_view step) { std::cerr << step << std::endl; };
  hooks.cancelled = [&signals] { return signals.Came(); };
  return hooks;
}

std::string Tell(const RestoreCommand& command, const store::Restored& restored) {
  const v1::Backup& backup = restored.backup;
  const std::string which = absl::StrCat("backup ", backup.number(), " of ", backup.created_at());
  std::string text = command.dry_run
                         ? absl::StrCat("verified ", which, "; nothing was kept\n")
                         : absl::StrCat("restored ", which, " into ", command.data_dir, "\n");
  absl::StrAppend(&text, "  made by codesetd ", backup.server_version(), ", data format ",
                  backup.data_format(), "\n");
  for (const v1::BackedUpRelease& release : backup.releases()) {
    absl::StrAppend(&text, "  release ", release.id(), ", in force from ", release.effective_date(),
                    ", fingerprint ", release.fingerprint(), "\n");
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
  StopSignals signals;
  store::RestoreOptions options;
  options.number = command.backup;
  options.dry_run = command.dry_run;
  options.owner = owner;
  options.hooks = HooksOf(signals);
  ASSIGN_OR_RETURN(const store::Restored restored,
                   store::RestoreBackup(command.from, command.data_dir, options));
  std::cout << Tell(command, restored) << std::flush;
  return absl::OkStatus();
}

absl::Status Migrate(const MigrateCommand& command, const std::string& owner) {
  StopSignals signals;
  MigrateOptions options;
  options.accept_changes = command.accept_changes;
  options.owner = owner;
  options.hooks = HooksOf(signals);
  ASSIGN_OR_RETURN(const Migrated migrated, Migrate(command.data_dir, command.to, options));
  std::cout << FormatMigrated(migrated) << std::flush;
  return absl::OkStatus();
}

}  // namespace codeset::server
