#include <vector>

#include "absl/strings/str_cat.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/event_output.h"
#include "client/codesetctl/json.h"

namespace codeset::ctl {
namespace {

// Prints what became of one label.
ExitCode PrintLabel(const Session& session, const v1::Label& label, const std::string& sentence) {
  std::ostream& out = session.environment.out;
  switch (session.arguments.format) {
    case Format::kJson:
      out << JsonLine({{"label", ToJson(label)}});
      break;
    case Format::kCsv:
      out << LabelsCsv({label});
      break;
    default:
      out << sentence << "\n";
  }
  return ExitCode::kDone;
}

}  // namespace

ExitCode RunLabelList(const Session& session, const client::Client& client) {
  const absl::StatusOr<v1::ListLabelsResponse> answer = client.ListLabels();
  if (!answer.ok()) return Fail(session, answer.status());
  const std::vector<v1::Label> labels(answer->labels().begin(), answer->labels().end());
  std::ostream& out = session.environment.out;
  switch (session.arguments.format) {
    case Format::kJson:
      for (const v1::Label& label : labels) out << JsonLine({{"label", ToJson(label)}});
      break;
    case Format::kCsv:
      out << LabelsCsv(labels);
      break;
    default:
      if (labels.empty()) {
        session.environment.err << "no labels\n";
      } else {
        out << FormatTable(LabelTable(labels), session.environment.columns);
      }
  }
  return ExitCode::kDone;
}

ExitCode RunLabelHistory(const Session& session, const client::Client& client) {
  const absl::StatusOr<v1::ListLabelMovesResponse> answer =
      client.ListLabelMoves(session.arguments.label);
  if (!answer.ok()) return Fail(session, answer.status());
  const std::vector<v1::ReleaseEvent> moves(answer->moves().begin(), answer->moves().end());
  std::ostream& out = session.environment.out;
  switch (session.arguments.format) {
    case Format::kJson:
      for (const v1::ReleaseEvent& move : moves) out << JsonLine({{"move", ToJson(move)}});
      break;
    case Format::kCsv:
      out << EventCsvHeading();
      for (const v1::ReleaseEvent& move : moves) out << EventCsv(move, "");
      break;
    default:
      out << FormatTable(MoveTable(moves), session.environment.columns);
  }
  return ExitCode::kDone;
}

ExitCode RunLabelSet(const Session& session, const client::AdminClient& admin) {
  const Arguments& arguments = session.arguments;
  const absl::StatusOr<v1::SetLabelResponse> answer =
      admin.SetLabel(arguments.label, IdOf(arguments, arguments.ids.front()), arguments.exact,
                     OperatorOf(session));
  if (!answer.ok()) return FailAdmin(session, answer.status());
  return PrintLabel(session, answer->label(), LabelText(answer->label()));
}

ExitCode RunLabelRollback(const Session& session, const client::AdminClient& admin) {
  const absl::StatusOr<v1::RollbackLabelResponse> answer = admin.RollbackLabel(
      session.arguments.label, OperatorOf(session), session.arguments.rollback_from);
  if (!answer.ok()) return FailAdmin(session, answer.status());
  return PrintLabel(session, answer->label(), LabelText(answer->label()));
}

ExitCode RunLabelRemove(const Session& session, const client::AdminClient& admin) {
  const absl::StatusOr<v1::RemoveLabelResponse> answer =
      admin.RemoveLabel(session.arguments.label, OperatorOf(session));
  if (!answer.ok()) return FailAdmin(session, answer.status());
  return PrintLabel(
      session, answer->label(),
      absl::StrCat(answer->label().name(), " removed; it named ", answer->label().release_id()));
}

}  // namespace codeset::ctl
