#include <fstream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/json.h"
#include "client/codesetctl/table.h"
#include "client/cpp/error.h"
#include "client/cpp/local_code_set.h"
#include "storage/model/text.h"
#include "storage/portable/portable_file.h"

namespace codeset::ctl {
namespace {

// What stands at the beginning of a file; as much as tells what it is.
std::string Beginning(const std::string& path) {
  std::string bytes(32, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

void PrintExported(const Session& session, const std::vector<v1::Release>& releases) {
  std::ostream& out = session.environment.out;
  const std::string& file = session.arguments.output_file;
  switch (session.arguments.format) {
    case Format::kJson:
      for (const v1::Release& release : releases) {
        out << JsonLine({{"file", JsonString(model::CleanName(file))},
                         {"release", JsonString(release.id())},
                         {"fingerprint", JsonString(release.fingerprint())}});
      }
      break;
    case Format::kCsv:
      out << FormatCsvRecord({"file", "release_id", "fingerprint"});
      for (const v1::Release& release : releases) {
        out << FormatCsvRecord({file, release.id(), release.fingerprint()});
      }
      break;
    default:
      for (const v1::Release& release : releases) {
        out << "release " << release.id() << " exported to " << model::CleanName(file)
            << "; fingerprint " << release.fingerprint() << "\n";
      }
  }
}

}  // namespace

ExitCode RunReleaseExport(const Session& session,
                          const std::shared_ptr<client::Connection>& connection) {
  client::LocalCodeSet codes;
  const bool progress = session.environment.err_is_terminal || session.arguments.verbose;
  for (const std::string& word : session.arguments.ids) {
    const absl::StatusOr<client::PullResult> pulled =
        codes.Pull(connection, SelectorOf(session.arguments, word));
    if (!pulled.ok()) return Fail(session, pulled.status());
    TellRelease(session, pulled->release);
    if (progress) {
      session.environment.err << pulled->release.release_id() << ": " << pulled->pages << " pages, "
                              << pulled->bytes << " bytes, proved\n";
    }
  }
  if (const absl::Status saved = codes.Save(session.arguments.output_file); !saved.ok()) {
    session.environment.err << absl::StrCat("codesetctl: ", saved.message(), "\n");
    return ExitCode::kRefused;
  }
  PrintExported(session, codes.Releases());
  return ExitCode::kDone;
}

ExitCode RunReleaseImport(const Session& session, const client::AdminClient& admin) {
  const std::string& path = session.arguments.paths.front();
  const absl::StatusOr<std::vector<client::LocalFile>> files = client::FindFiles({path});
  if (!files.ok()) {
    // What was typed is wrong: no such file, nothing in the folder.
    FailAdmin(session, files.status());
    return ExitCode::kUsage;
  }
  if (files->size() != 1 || !portable::IsPortable(Beginning(files->front().path))) {
    session.environment.err << "codesetctl: " << model::CleanName(path)
                            << " is no portable file, such as codesetctl release export writes\n"
                               "  codesetctl release load ID PATH... loads published files\n";
    return ExitCode::kUsage;
  }
  v1::LoadOptions options;
  options.set_dry_run(session.arguments.dry_run);
  options.set_activate_on(session.arguments.activate_on);
  const absl::StatusOr<v1::LoadReport> report =
      admin.LoadRelease(options, *files, LoadProgress(session));
  if (!report.ok()) return FailAdmin(session, report.status());
  PrintLoadReport(session, *report);
  return ExitCode::kDone;
}

}  // namespace codeset::ctl
