#include "server/offline_commands.h"

#include <iostream>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "rocksdb/env.h"
#include "server/migrate.h"
#include "server/stop_signals.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/generation.h"
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

using GenerationFound = absl::StatusOr<std::optional<store::Generation>>;

// What a directory that is adopted has lost: by what its file GENERATION said before, and what it
// says now that it fits the database.
std::string TellLost(const GenerationFound& before, const GenerationFound& now) {
  constexpr absl::string_view kCannot = "what was lost cannot be told: ";
  for (const GenerationFound* const file : {&before, &now}) {
    if (!file->ok()) return absl::StrCat(kCannot, file->status().message(), "\n");
  }
  if (!before->has_value()) return absl::StrCat(kCannot, "there was no file GENERATION\n");
  const uint64_t acknowledged = (*before)->number;
  if (!now->has_value()) {
    return absl::StrCat(kCannot, "the database has no generation; the file GENERATION said ",
                        acknowledged, "\n");
  }
  if ((*before)->journal_id != (*now)->journal_id) {
    return absl::StrCat(kCannot, "the file GENERATION was of another data directory\n");
  }
  const uint64_t left = (*now)->number;
  if (acknowledged <= left) {
    return "no change that was acknowledged is missing by the file GENERATION; if the directory "
           "was adopted before, that told what it had lost\n";
  }
  return absl::StrCat("LOST: ", acknowledged - left, " of ", acknowledged - 1,
                      " acknowledged changes, the newest ones (numbers ", left + 1, " to ",
                      acknowledged, "): loads, deletes, moves of labels, imports, verifications\n");
}

// The newest event that is left, after which something may be missing.
std::string TellNewestEvent(const store::Store& store) {
  if (store.journal_end() == 0) return "no event is left in the journal\n";
  const absl::StatusOr<std::vector<store::JournalRecord>> newest =
      store.Journal(store.journal_end() - 1, 1);
  // The scrub tells of it.
  if (!newest.ok() || newest->empty()) return "";
  const v1::ReleaseEvent& event = newest->front().event;
  std::string text =
      absl::StrCat("the newest event that is left is ", newest->front().number, " of ",
                   event.occurred_at(), ": ", v1::ReleaseEventKind_Name(event.kind()));
  for (const std::string& word : {event.label(), event.release_id()}) {
    if (!word.empty()) absl::StrAppend(&text, " ", word);
  }
  return absl::StrCat(text, "; compare what you know of later ones\n");
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

absl::Status Adopt(const AdoptCommand& command, const std::string& owner, std::ostream& out) {
  rocksdb::Env& env = *rocksdb::Env::Default();
  // Before it is written anew.
  const GenerationFound before = store::ReadGeneration(env, command.data_dir);
  if (model::ReasonOf(before.status()) == model::Reason::kFormatUnsupported) return before.status();
  const absl::StatusOr<uint64_t> generation = store::WriteGenerationOf(command.data_dir);
  // At once: nothing else knows of it from now on, and what follows may fail. Also where the file
  // was replaced and could not be synced.
  const GenerationFound after = store::ReadGeneration(env, command.data_dir);
  if (generation.ok() || (after.ok() && after->has_value())) {
    out << TellLost(before, after) << std::flush;
  }
  RETURN_IF_ERROR(generation.status());
  store::StoreOptions options;
  options.create_if_missing = false;
  options.owner = owner;
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Store> store,
                   store::Store::Open(command.data_dir, options));
  ASSIGN_OR_RETURN(const v1::ScrubReport report, store->Scrub({}));
  out << TellNewestEvent(*store) << "adopted at generation " << *generation << "; it has "
      << report.releases() << " releases, " << report.labels() << " labels, " << report.revisions()
      << " revisions of pages, " << report.verifications() << " verifications and "
      << report.journal_events() << " events\n";
  for (const v1::ScrubFinding& finding : report.findings()) {
    out << "damaged: " << finding.message() << "\n  " << finding.remedy() << "\n";
  }
  out << std::flush;
  return absl::OkStatus();
}

}  // namespace codeset::server
