#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "client/codesetctl/check_list_output.h"
#include "client/codesetctl/code_list_file.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/describe.h"

namespace codeset::ctl {
namespace {

// The name of the list in messages.
std::string NameOfList(const Arguments& arguments) {
  const std::string& path = arguments.paths.front();
  return path == "-" ? "standard input" : path;
}

absl::StatusOr<std::vector<ListedEntry>> ReadList(const Session& session) {
  const std::string& path = session.arguments.paths.front();
  const std::string name = NameOfList(session.arguments);
  if (path == "-") {
    if (session.environment.in == nullptr) return absl::InvalidArgumentError("nothing to read");
    return ReadCodeList(*session.environment.in, name);
  }
  std::error_code failure;
  if (std::filesystem::is_directory(path, failure)) {
    return absl::InvalidArgumentError(absl::StrCat("cannot read ", path, ": it is a folder"));
  }
  std::ifstream file(path);
  if (!file) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot read ", path, ": ", std::strerror(errno)));
  }
  return ReadCodeList(file, name);
}

// Says what cannot be read as a code, and where.
void TellProblem(const Session& session, const CheckedRow& checked) {
  if (checked.row.message().empty()) return;
  session.environment.err << absl::StrCat(NameOfList(session.arguments), ":", checked.line, ": ",
                                          checked.row.message(), " [", NameOf(checked.row.reason()),
                                          "]\n");
}

}  // namespace

ExitCode RunCheckList(const Session& session, const client::Client& client) {
  const Arguments& arguments = session.arguments;
  const absl::StatusOr<std::vector<ListedEntry>> entries = ReadList(session);
  if (!entries.ok()) {
    session.environment.err << "codesetctl: " << entries.status().message() << "\n";
    return ExitCode::kUsage;
  }
  v1::CodeListPins pins;
  *pins.mutable_from() = SelectorOf(arguments, arguments.from);
  *pins.mutable_to() = SelectorOf(arguments, arguments.to);
  std::vector<std::string> texts;
  for (const ListedEntry& entry : *entries) texts.push_back(entry.text);
  client::CheckRange range = client.CheckCodeList(pins, client::EntriesOf(std::move(texts)));
  const absl::StatusOr<client::CheckHeader> header = range.header();
  if (!header.ok()) return Fail(session, header.status());
  TellRelease(session, header->from);
  TellRelease(session, header->to);
  if (!header->notes_compared) {
    Warn(session,
         "NOT_COMPARABLE: notes are not known in one of the releases; that no change of "
         "notes is told says nothing");
  }
  std::ostream& out = session.environment.out;
  if (arguments.format == Format::kCsv) out << CheckCsvHeading();
  if (arguments.format == Format::kJson) out << CheckHeaderJson(*header);
  CheckSummary summary;
  std::vector<CheckedRow> rows;
  for (absl::StatusOr<v1::CodeListRow>& row : range) {
    if (!row.ok()) return Fail(session, row.status());
    if (!out) return ExitCode::kDone;  // nobody reads; Run says how that ends
    const auto index = static_cast<std::size_t>(row->entry_index());
    CheckedRow checked{*std::move(row), index < entries->size() ? (*entries)[index].line : 0};
    summary.Add(checked.row);
    if (arguments.format == Format::kCsv) out << CheckCsv(checked, *header);
    if (arguments.format == Format::kJson) out << CheckJson(checked);
    TellProblem(session, checked);
    if (arguments.format == Format::kTable) rows.push_back(std::move(checked));
  }
  if (!rows.empty()) out << FormatTable(CheckTable(rows), session.environment.columns);
  session.environment.err << summary.Text() << "\n";
  return summary.breaks() ? ExitCode::kNo : ExitCode::kDone;
}

}  // namespace codeset::ctl
