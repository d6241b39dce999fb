#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/json.h"
#include "client/codesetctl/reference_file.h"
#include "client/codesetctl/status_words.h"
#include "client/codesetctl/table.h"
#include "client/cpp/error.h"

namespace codeset::ctl {
namespace {

// A file of a million pages takes as long as it takes; reading it and its server bound the time.
constexpr absl::Duration kImportTimeout = absl::Hours(12);

// What became of the files so far.
struct Totals {
  int files = 0;
  int failed = 0;
  std::int64_t created = 0;
  std::int64_t revised = 0;
  std::int64_t unchanged = 0;
};

// `documents[2].sources[0].url` as the number of the page and the field; nothing for others.
std::optional<std::pair<std::int64_t, std::string>> DocumentField(absl::string_view field) {
  if (!absl::ConsumePrefix(&field, "documents[")) return std::nullopt;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(field, absl::MaxSplits(']', 1));
  std::int64_t number = 0;
  if (!absl::SimpleAtoi(parts.first, &number)) return std::nullopt;
  return std::pair(number, std::string(absl::StripPrefix(parts.second, ".")));
}

// What the server found wrong, with its place in the file.
std::vector<std::string> PlacesOf(const absl::Status& status, const ReferenceFile& file) {
  std::vector<std::string> places;
  for (const client::FieldViolation& violation : client::FieldViolationsOf(status)) {
    const auto field = DocumentField(violation.field);
    if (!field.has_value()) {
      places.push_back(absl::StrCat(violation.field, ": ", violation.description));
      continue;
    }
    places.push_back(absl::StrCat(file.PlaceOf(field->first), ": ", field->second,
                                  field->second.empty() ? "" : ": ", violation.description));
  }
  return places;
}

// Imports files one after another.
class Importer {
 public:
  Importer(const Session& session, const client::AdminClient& admin)
      : session_(session), admin_(admin) {
    *options_.mutable_release() = SelectorOf(session.arguments);
    options_.set_dry_run(session.arguments.dry_run);
    options_.set_by(OperatorOf(session));
    if (Is(Format::kCsv)) {
      session.environment.out << FormatCsvRecord(
          {"file", "outcome", "created", "revised", "unchanged", "warnings", "dry_run", "error"});
    }
  }

  // Imports one file. False where the next would fare no better.
  bool Import(const std::string& path) {
    ++totals_.files;
    absl::StatusOr<std::unique_ptr<ReferenceFile>> file = ReferenceFile::Open(path);
    if (!file.ok()) {
      Failed(path, {std::string(file.status().message())}, "");
      return true;
    }
    const absl::StatusOr<v1::ImportReport> report = admin_.ImportReferences(
        options_, [&file] { return (*file)->Next(); }, Progress(path), {.timeout = kImportTimeout});
    EndProgress();
    if (report.ok()) {
      Done(path, **file, *report);
      return true;
    }
    // The reader may have found something as well after the server refused.
    if (const std::vector<std::string> problems = (*file)->problems();
        !problems.empty() && report.status().message() == problems.front()) {
      Failed(path, problems, "");
      return true;
    }
    if (client::ErrorReasonOf(report.status()) == v1::ERROR_REASON_REFERENCE_INVALID) {
      std::vector<std::string> places = PlacesOf(report.status(), **file);
      if (places.empty()) places.emplace_back(report.status().message());
      Failed(path, places, "REFERENCE_INVALID");
      return true;
    }
    ++totals_.failed;
    session_.environment.err << absl::StrCat(path, ": nothing of it was imported\n");
    worst_ = std::max(worst_, FailAdmin(session_, report.status()));
    return false;
  }

  ExitCode End(int not_tried) {
    std::ostream& err = session_.environment.err;
    if (totals_.files + not_tried > 1 && totals_.failed > 0) {
      err << absl::StrCat(totals_.failed, " of ", totals_.files + not_tried,
                          " files failed and left nothing",
                          not_tried > 0 ? absl::StrCat(", ", not_tried, " not tried") : "",
                          "; what was imported of the others stays\n");
    }
    if (Is(Format::kTable) && totals_.files > 1) {
      session_.environment.out << absl::StrCat(
          totals_.files - totals_.failed,
          " files: ", Counts(totals_.created, totals_.revised, totals_.unchanged), "\n");
    }
    return worst_;
  }

 private:
  bool Is(Format format) const { return session_.arguments.format == format; }

  static std::string Counts(std::int64_t created, std::int64_t revised, std::int64_t unchanged) {
    return absl::StrCat(created, " created, ", revised, " revised, ", unchanged, " unchanged");
  }

  client::ImportCallback Progress(const std::string& path) {
    if (!session_.environment.err_is_terminal && !session_.arguments.verbose) return nullptr;
    return [this, path](int documents) {
      session_.environment.err << absl::StrCat(session_.environment.err_is_terminal ? "\r" : "",
                                               path, ": ", documents, " documents checked",
                                               session_.environment.err_is_terminal ? "" : "\n")
                               << std::flush;
      progress_shown_ = true;
    };
  }

  void EndProgress() {
    if (progress_shown_ && session_.environment.err_is_terminal) session_.environment.err << "\n";
    progress_shown_ = false;
  }

  void Done(const std::string& path, const ReferenceFile& file, const v1::ImportReport& report) {
    if (!told_release_) TellRelease(session_, report.release());
    told_release_ = true;
    totals_.created += report.created();
    totals_.revised += report.revised();
    totals_.unchanged += report.unchanged();
    std::ostream& out = session_.environment.out;
    if (Is(Format::kJson)) {
      out << JsonLine({{"file", JsonString(path)}, {"report", ToJson(report)}});
      return;
    }
    if (Is(Format::kCsv)) {
      out << FormatCsvRecord({path, "IMPORTED", absl::StrCat(report.created()),
                              absl::StrCat(report.revised()), absl::StrCat(report.unchanged()),
                              absl::StrCat(report.warning_count()),
                              report.dry_run() ? "true" : "false", ""});
    } else {
      out << absl::StrCat(path, ": ",
                          Counts(report.created(), report.revised(), report.unchanged()),
                          report.dry_run() ? " (dry run; nothing was written)" : "", "\n");
    }
    for (const v1::ImportWarning& warning : report.warnings()) {
      Warn(session_, absl::StrCat(file.PlaceOf(warning.document()), ": ", warning.field(), ": ",
                                  warning.text()));
    }
    if (report.warning_count() > report.warnings_size()) {
      Warn(session_, absl::StrCat("and ", report.warning_count() - report.warnings_size(),
                                  " more of ", path));
    }
  }

  // Tells what is wrong with a file.
  void Failed(const std::string& path, const std::vector<std::string>& problems,
              const std::string& reason) {
    ++totals_.failed;
    worst_ = std::max(worst_, ExitCode::kRefused);
    std::ostream& out = session_.environment.out;
    const std::string all = absl::StrJoin(problems, "\n");
    if (Is(Format::kJson)) {
      out << JsonLine({{"file", JsonString(path)}, {"error", JsonString(all)}});
    } else if (Is(Format::kCsv)) {
      out << FormatCsvRecord({path, "FAILED", "", "", "", "", "", all});
    }
    session_.environment.err << absl::StrCat("codesetctl: ", path, ": nothing of it was imported",
                                             reason.empty() ? "" : absl::StrCat(" [", reason, "]"),
                                             "\n");
    for (const std::string& problem : problems) {
      session_.environment.err << absl::StrCat("  ", problem, "\n");
    }
  }

  const Session& session_;
  const client::AdminClient& admin_;
  v1::ImportOptions options_;
  Totals totals_;
  ExitCode worst_ = ExitCode::kDone;
  bool told_release_ = false;
  bool progress_shown_ = false;
};

}  // namespace

ExitCode RunReferenceImport(const Session& session, const client::AdminClient& admin) {
  const absl::StatusOr<std::vector<std::string>> files =
      FindReferenceFiles(session.arguments.paths);
  if (!files.ok()) {
    session.environment.err << absl::StrCat("codesetctl: ", files.status().message(), "\n");
    return ExitCode::kUsage;
  }
  Importer importer(session, admin);
  int left = static_cast<int>(files->size());
  for (const std::string& file : *files) {
    --left;
    if (!importer.Import(file)) break;
    if (!session.environment.out) return ExitCode::kDone;  // Run says how that ends
  }
  return importer.End(left);
}

}  // namespace codeset::ctl
