#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/json.h"
#include "client/codesetctl/table.h"

namespace codeset::ctl {
namespace {

// A size for people.
std::string SizeText(int64_t bytes) {
  if (bytes < 10'000) return absl::StrCat(bytes, " B");
  if (bytes < 10'000'000) return absl::StrFormat("%.1f KB", static_cast<double>(bytes) / 1e3);
  return absl::StrFormat("%.1f MB", static_cast<double>(bytes) / 1e6);
}

std::string Counted(int64_t count, absl::string_view one, absl::string_view more) {
  return absl::StrCat(count, " ", count == 1 ? one : more);
}

// What a backup has, for people.
std::string ContentText(const v1::Backup& backup) {
  return absl::StrCat(Counted(backup.releases_size(), "release", "releases"), ", ",
                      Counted(backup.pages(), "page", "pages"), " of codes, ",
                      Counted(backup.verifications(), "verification", "verifications"), "; ",
                      Counted(backup.files(), "file", "files"), ", ", SizeText(backup.bytes()));
}

std::string ReleaseIds(const v1::Backup& backup) {
  return absl::StrJoin(
      backup.releases(), " ",
      [](std::string* out, const v1::BackedUpRelease& release) { out->append(release.id()); });
}

// The releases in a cell of a table: all, where they are few.
std::string ReleasesText(const v1::Backup& backup) {
  if (backup.releases_size() <= 4) return ReleaseIds(backup);
  return absl::StrCat(backup.releases_size(), ", ", backup.releases(0).id(), " to ",
                      backup.releases().rbegin()->id());
}

std::vector<std::string> CsvHeading() {
  return {"number", "created_at",  "server_version", "data_format",   "data_id", "releases",
          "labels", "journal_end", "pages",          "verifications", "files",   "bytes"};
}

std::vector<std::string> CsvFields(const v1::Backup& backup) {
  return {absl::StrCat(backup.number()),
          backup.created_at(),
          backup.server_version(),
          backup.data_format(),
          backup.data_id(),
          ReleaseIds(backup),
          absl::StrCat(backup.labels()),
          absl::StrCat(backup.journal_end()),
          absl::StrCat(backup.pages()),
          absl::StrCat(backup.verifications()),
          absl::StrCat(backup.files()),
          absl::StrCat(backup.bytes())};
}

// Prints what became of one backup.
template <typename Answer>
void PrintOne(const Session& session, const Answer& answer, const std::string& sentence) {
  std::ostream& out = session.environment.out;
  switch (session.arguments.format) {
    case Format::kJson:
      out << ToJson(answer) << "\n";
      break;
    case Format::kCsv:
      out << FormatCsvRecord(CsvHeading()) << FormatCsvRecord(CsvFields(answer.backup()));
      break;
    default:
      out << sentence << "\n";
  }
}

void PrintTable(const Session& session, const v1::ListBackupsResponse& list) {
  Table table{{{"NUMBER"},
               {"CREATED AT"},
               {"VERSION"},
               {"RELEASES", /*shrinks=*/true},
               {"PAGES"},
               {"VERIFICATIONS"},
               {"SIZE"}},
              {}};
  for (const v1::Backup& backup : list.backups()) {
    table.rows.push_back({absl::StrCat(backup.number()), backup.created_at(),
                          backup.server_version(), ReleasesText(backup),
                          absl::StrCat(backup.pages()), absl::StrCat(backup.verifications()),
                          SizeText(backup.bytes())});
  }
  if (table.rows.empty()) {
    session.environment.err << "no backups\n";
    return;
  }
  session.environment.out << FormatTable(table, session.environment.columns);
  session.environment.err << "all of them together: " << SizeText(list.folder_bytes()) << "\n";
}

}  // namespace

ExitCode RunBackupCreate(const Session& session, const client::AdminClient& admin) {
  const BackupArguments& arguments = session.arguments.backup;
  const absl::StatusOr<v1::CreateBackupResponse> answer =
      admin.CreateBackup(arguments.folder, arguments.keep);
  if (!answer.ok()) return FailAdmin(session, answer.status());
  const v1::Backup& backup = answer->backup();
  std::string text = absl::StrCat(
      "backup ", backup.number(), " made and read back: ", ContentText(backup), ", of which ",
      SizeText(answer->bytes_added()), " are new; ", answer->elapsed_milliseconds(), " ms");
  if (answer->mended_files() > 0) {
    absl::StrAppend(&text, "\n", answer->mended_files(),
                    " files of older backups were damaged and have been copied anew");
  }
  if (!answer->deleted().empty()) {
    absl::StrAppend(&text, "\ndeleted: ", absl::StrJoin(answer->deleted(), ", "));
  }
  PrintOne(session, *answer, text);
  return ExitCode::kDone;
}

ExitCode RunBackupList(const Session& session, const client::AdminClient& admin) {
  const absl::StatusOr<v1::ListBackupsResponse> answer =
      admin.ListBackups(session.arguments.backup.folder);
  if (!answer.ok()) return FailAdmin(session, answer.status());
  std::ostream& out = session.environment.out;
  switch (session.arguments.format) {
    case Format::kJson:
      for (const v1::Backup& backup : answer->backups()) {
        out << JsonLine({{"backup", ToJson(backup)}});
      }
      for (const uint32_t number : answer->damaged()) {
        out << JsonLine({{"damaged", absl::StrCat(number)}});
      }
      break;
    case Format::kCsv:
      out << FormatCsvRecord(CsvHeading());
      for (const v1::Backup& backup : answer->backups()) out << FormatCsvRecord(CsvFields(backup));
      break;
    default:
      PrintTable(session, *answer);
  }
  for (const uint32_t number : answer->damaged()) {
    Warn(session, absl::StrCat("backup ", number,
                               " is damaged: a file of it is missing or has another length, or "
                               "what describes it cannot be read; make another one"));
  }
  return answer->damaged().empty() ? ExitCode::kDone : ExitCode::kNo;
}

ExitCode RunBackupVerify(const Session& session, const client::AdminClient& admin) {
  const BackupArguments& arguments = session.arguments.backup;
  const absl::StatusOr<v1::VerifyBackupResponse> answer =
      admin.VerifyBackup(arguments.folder, arguments.number);
  if (!answer.ok()) return FailAdmin(session, answer.status());
  PrintOne(session, *answer,
           absl::StrCat("backup ", answer->backup().number(), " of ", answer->backup().created_at(),
                        " is whole: ", ContentText(answer->backup()), "; ",
                        answer->elapsed_milliseconds(), " ms"));
  return ExitCode::kDone;
}

}  // namespace codeset::ctl
