#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/history_output.h"
#include "client/codesetctl/json.h"
#include "client/codesetctl/validity_output.h"

namespace codeset::ctl {
namespace {

// After how many codes progress is told again.
constexpr std::int64_t kProgressStep = 5000;

void TellProgress(const Session& session, std::int64_t codes) {
  session.environment.err << "\r" << codes << " codes" << std::flush;
}

}  // namespace

ExitCode RunHistory(const Session& session, const client::Client& client) {
  std::ostream& out = session.environment.out;
  const Format format = session.arguments.format;
  ExitCode worst = ExitCode::kDone;
  bool first = true;
  for (const std::string& id : session.arguments.ids) {
    const absl::StatusOr<v1::GetHistoryResponse> answer = client.GetHistory(id);
    if (!answer.ok()) {
      const ExitCode code = Fail(session, answer.status());
      worst = std::max(worst, code);
      if (code == ExitCode::kRefused) return code;
      continue;
    }
    if (format == Format::kJson) {
      out << ToJson(*answer) << "\n";
    } else if (format == Format::kCsv) {
      if (first) out << HistoryCsvHeading() << GapsCsv(answer->gaps());
      out << HistoryCsv(answer->history());
    } else {
      out << (first ? "" : "\n") << FormatHistory(*answer, session.environment.columns);
    }
    first = false;
  }
  return worst;
}

ExitCode RunExportValidity(const Session& session, const client::Client& client) {
  v1::StreamHistoriesRequest request;
  request.set_pattern(session.arguments.prefix);
  request.set_billable_only(session.arguments.billable.value_or(false));
  client::HistoryRange histories = client.StreamHistories(std::move(request));
  const absl::StatusOr<client::HistoryHeader> header = histories.header();
  if (!header.ok()) return Fail(session, header.status());
  std::ostream& out = session.environment.out;
  const bool json = session.arguments.format == Format::kJson;
  const bool progress = session.environment.err_is_terminal || session.arguments.verbose;
  out << (json ? ValidityHeaderJson(*header) : ValidityCsvHeading(*header));
  std::int64_t codes = 0;
  for (absl::StatusOr<v1::CodeHistory>& history : histories) {
    if (!history.ok()) {
      if (progress) session.environment.err << "\n";
      return Fail(session, history.status());
    }
    if (!out) return ExitCode::kDone;  // nobody reads; Run says how that ends
    out << (json ? ToJson(*history) + "\n" : ValidityCsv(*history));
    if (progress && ++codes % kProgressStep == 0) TellProgress(session, codes);
  }
  if (progress) {
    TellProgress(session, codes);
    session.environment.err << "\n";
  }
  return ExitCode::kDone;
}

}  // namespace codeset::ctl
