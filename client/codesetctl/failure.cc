#include "client/codesetctl/failure.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cpp/error.h"

namespace codeset::ctl {
namespace {

// What to do next; empty where the message says all.
std::string NextStep(const absl::Status& status, Peer peer, const std::string& address) {
  switch (client::ErrorReasonOf(status)) {
    case v1::ERROR_REASON_RELEASE_NOT_LOADED: {
      const std::string edition = client::ErrorMetadataOf(status, "edition").value_or("");
      return absl::StrCat("load it (codesetctl release load ", edition.empty() ? "ID" : edition,
                          " PATH…), or accept an older release with --allow-stale");
    }
    case v1::ERROR_REASON_RELEASE_NOT_FOUND:
      return "codesetctl release list shows what is loaded";
    case v1::ERROR_REASON_RECONCILIATION_REFUSED:
      return absl::StrCat("mend the files, or accept it knowingly with --allow ",
                          client::ErrorMetadataOf(status, "class").value_or("CLASS"));
    case v1::ERROR_REASON_LOAD_IN_PROGRESS:
      return "try again when it is done";
    case v1::ERROR_REASON_DATA_DAMAGED:
      return "load the release again from its published files into a new data directory";
    case v1::ERROR_REASON_UNSPECIFIED:
      break;
    default:
      return "";
  }
  // No reason of Codeset: the call did not get through.
  if (status.code() == absl::StatusCode::kUnavailable) {
    const absl::string_view flag = peer == Peer::kServer ? "--server" : "--admin-server";
    return absl::StrCat("is codesetd running at ", address,
                        "? start it with codesetd serve --data-dir DIR, or name another with ",
                        flag);
  }
  if (status.code() == absl::StatusCode::kUnimplemented) {
    return absl::StrCat("is what answers at ", address, " a codesetd of this version?");
  }
  return "";
}

}  // namespace

std::string FailureText(const absl::Status& status, Peer peer, const std::string& address) {
  const std::string reason = client::ErrorReasonNameOf(status);
  const std::string message(status.message());
  std::string text = absl::StrCat(
      "codesetctl: ", message.empty() ? absl::StatusCodeToString(status.code()) : message, " [",
      reason.empty() ? absl::StatusCodeToString(status.code()) : reason, "]\n");
  for (const client::FieldViolation& violation : client::FieldViolationsOf(status)) {
    if (absl::StrContains(message, violation.description)) continue;
    absl::StrAppend(&text, "  ", violation.field, ": ", violation.description, "\n");
  }
  const std::string next = NextStep(status, peer, address);
  if (!next.empty()) absl::StrAppend(&text, "  ", next, "\n");
  return text;
}

ExitCode ExitCodeOf(const absl::Status& status) {
  if (status.ok()) return ExitCode::kDone;
  switch (client::ErrorReasonOf(status)) {
    case v1::ERROR_REASON_CONCEPT_NOT_FOUND:
      return ExitCode::kNo;
    // The argument was right; the files that it names are not.
    case v1::ERROR_REASON_SOURCE_UNREADABLE:
    case v1::ERROR_REASON_SOURCE_NOT_RECOGNISED:
    case v1::ERROR_REASON_SOURCE_MALFORMED:
      return ExitCode::kRefused;
    default:
      return status.code() == absl::StatusCode::kInvalidArgument ? ExitCode::kUsage
                                                                 : ExitCode::kRefused;
  }
}

}  // namespace codeset::ctl
