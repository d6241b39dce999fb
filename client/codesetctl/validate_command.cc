#include <algorithm>
#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/describe.h"
#include "client/codesetctl/validate_file.h"
#include "client/codesetctl/validate_output.h"

namespace codeset::ctl {
namespace {

// After how many rows progress is told again.
constexpr std::int64_t kProgressStep = 1000;
constexpr int kBarWidth = 30;
// How many rows of a table are laid out at once, so that a file of any length takes the memory
// of a page.
constexpr std::size_t kTableRows = 1000;

// A bar where a person looks on; how many rows otherwise, where --verbose asks for it.
class Progress {
 public:
  Progress(const Session& session, std::optional<std::int64_t> total)
      : err_(session.environment.err),
        terminal_(session.environment.err_is_terminal),
        shown_(terminal_ || session.arguments.verbose),
        total_(total) {}

  void Tell(std::int64_t rows) {
    if (shown_ && rows % kProgressStep == 0) Show(rows);
  }

  void End(std::int64_t rows) {
    if (!shown_) return;
    Show(rows);
    if (terminal_) err_ << "\n";
  }

 private:
  void Show(std::int64_t rows) {
    std::string text = absl::StrCat(rows, " rows");
    if (total_.has_value() && *total_ > 0) {
      // A file may have grown since it was counted.
      const auto filled = static_cast<int>(std::min(rows, *total_) * kBarWidth / *total_);
      text = absl::StrCat("[", std::string(filled, '#'), std::string(kBarWidth - filled, ' '), "] ",
                          rows, " of ", *total_, " rows");
    }
    err_ << (terminal_ ? "\r" : "") << text << (terminal_ ? "" : "\n") << std::flush;
  }

  std::ostream& err_;
  bool terminal_;
  bool shown_;
  std::optional<std::int64_t> total_;
};

// Prints rows as they come.
class Output {
 public:
  Output(const Session& session, std::vector<std::string> heading)
      : session_(session), heading_(std::move(heading)) {
    if (session_.arguments.format == Format::kCsv) {
      session_.environment.out << ValidationCsvHeading(heading_);
    }
  }

  void Print(ValidatedRow row) {
    std::ostream& out = session_.environment.out;
    if (session_.arguments.format == Format::kCsv) {
      out << ValidationCsv(row);
    } else if (session_.arguments.format == Format::kJson) {
      out << ValidationJson(row, heading_);
    } else {
      rows_.push_back(std::move(row));
      if (rows_.size() == kTableRows) Flush();
    }
  }

  void Flush() {
    if (!rows_.empty()) {
      session_.environment.out << FormatTable(ValidationTable(rows_), session_.environment.columns);
    }
    rows_.clear();
  }

 private:
  const Session& session_;
  std::vector<std::string> heading_;
  std::vector<ValidatedRow> rows_;
};

ExitCode Usage(const Session& session, const absl::Status& status) {
  session.environment.err << "codesetctl: " << status.message() << "\n";
  return ExitCode::kUsage;
}

}  // namespace

ExitCode RunValidate(const Session& session, const client::Client& client) {
  const Arguments& arguments = session.arguments;
  std::unique_ptr<CodeFile> file;
  if (!arguments.file.empty()) {
    absl::StatusOr<std::unique_ptr<CodeFile>> opened = CodeFile::Open(session);
    if (!opened.ok()) return Usage(session, opened.status());
    file = *std::move(opened);
  }
  if (arguments.date_column.empty()) {
    // One release judges all: where it cannot be told, that is no answer about codes.
    const absl::StatusOr<v1::ResolveReleaseResponse> resolved =
        client.ResolveRelease(SelectorOf(arguments));
    if (!resolved.ok()) return Fail(session, resolved.status());
  }
  Output output(session, file == nullptr ? std::vector<std::string>() : file->heading());
  Progress progress(session, file == nullptr ? std::nullopt : file->rows());
  ValidationSummary summary;
  // Which releases were told already, with what is to be known of them.
  std::set<std::string> told;
  client::ValidationRange range = client.StreamValidateCodes(
      SelectorOf(arguments), file == nullptr ? client::RowsOf(arguments.ids) : file->Rows());
  for (absl::StatusOr<client::ValidatedCode>& item : range) {
    if (!item.ok()) return Fail(session, item.status());
    ValidatedRow row;
    row.code = *std::move(item);
    const client::ValidatedCode& code = row.code;
    if (!session.environment.out) return ExitCode::kDone;  // nobody reads; Run says how that ends
    if (code.release != nullptr && told.insert(code.release->SerializeAsString()).second) {
      TellRelease(session, *code.release);
    }
    summary.Add(code.validation.outcome());
    row.row = code.validation.row() + 1;
    if (file != nullptr) std::tie(row.row, row.record) = file->Take();
    output.Print(std::move(row));
    if (file != nullptr) progress.Tell(summary.rows());
  }
  output.Flush();
  if (file != nullptr) {
    progress.End(summary.rows());
    if (const absl::Status status = file->status(); !status.ok()) return Usage(session, status);
  }
  session.environment.err << summary.Text() << "\n";
  return summary.all_billable() ? ExitCode::kDone : ExitCode::kNo;
}

}  // namespace codeset::ctl
