#include "client/codesetctl/failure.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/cpp/error.h"

namespace codeset::ctl {
namespace {

// An id without what its spellings differ in.
std::string Plain(absl::string_view id) {
  return absl::AsciiStrToUpper(absl::StrReplaceAll(id, {{".", ""}, {" ", ""}}));
}

// A fact of the error, or what stands for it in a usage line.
std::string FactOf(const absl::Status& status, absl::string_view key,
                   absl::string_view placeholder) {
  const std::string fact = client::ErrorMetadataOf(status, key).value_or("");
  return fact.empty() ? std::string(placeholder) : fact;
}

// What to do next where a release is not what, or not where, it should be.
std::string NextReleaseStep(const absl::Status& status) {
  switch (client::ErrorReasonOf(status)) {
    case v1::ERROR_REASON_RELEASE_NOT_LOADED:
      // The server's message says what can be done; this, how it is typed here.
      return absl::StrCat("codesetctl release load ", FactOf(status, "edition", "ID"),
                          " PATH… loads it",
                          absl::StrContains(status.message(), "allow_stale")
                              ? "; --allow-stale is the flag for an older release"
                              : "");
    case v1::ERROR_REASON_RELEASE_HELD_BACK: {
      const std::string edition = FactOf(status, "edition", "ID");
      return absl::StrCat("codesetctl release activate ", edition,
                          " lets dates and labels resolve to it; --release ", edition,
                          " asks it all the same");
    }
    case v1::ERROR_REASON_RELEASE_NOT_FOUND:
      return "codesetctl release list shows what is loaded, codesetctl label list the labels";
    case v1::ERROR_REASON_FINGERPRINT_MISMATCH:
      return absl::StrCat(
          "the release was loaded from other files, or has gained a facet group; "
          "codesetctl release show ",
          FactOf(status, "release", "ID"), " tells what it is now");
    case v1::ERROR_REASON_RELEASE_CONTENT_DIFFERS:
      return "load a re-issue under an id of its own: YYYY[-MM].N, for instance 2026.1";
    case v1::ERROR_REASON_RELEASE_IN_USE: {
      if (const std::string count = FactOf(status, "verifications", ""); !count.empty()) {
        return absl::StrCat("the ledger judged pages against it (verifications: ", count,
                            ") and is never changed, so that the release stays; codesetctl "
                            "release activate ID --on never keeps dates and labels from it");
      }
      std::vector<std::string> commands;
      for (const absl::string_view label :
           absl::StrSplit(FactOf(status, "labels", "LABEL"), ", ")) {
        commands.push_back(absl::StrCat("codesetctl label set ", label,
                                        " ID, or codesetctl label remove ", label));
      }
      return absl::StrJoin(commands, "\n  ");
    }
    default:
      return "";
  }
}

// What to do next where a page or the ledger is concerned.
std::string NextReferenceStep(const absl::Status& status) {
  switch (client::ErrorReasonOf(status)) {
    case v1::ERROR_REASON_REFERENCE_NOT_FOUND:
      return "codesetctl reference import PATH… imports pages; codesetctl reference history CODE "
             "shows a page's revisions";
    case v1::ERROR_REASON_REFERENCE_INVALID:
      return "mend the document and import the file again; nothing of it was written. "
             "proto/codeset/v1/reference.proto has the rules";
    case v1::ERROR_REASON_IMPORT_IN_PROGRESS:
      return "try again when the other import is done";
    case v1::ERROR_REASON_VERIFICATION_NOT_FOUND:
      return "codesetctl reference history CODE shows the events of a code with their ids";
    case v1::ERROR_REASON_VERIFICATION_ID_TAKEN:
      return "is it another event? give it an id of its own with --id; to take the place of the "
             "one recorded, name that with --corrects";
    case v1::ERROR_REASON_REVISION_MISMATCH:
      return absl::StrCat("the page changed while it was verified; codesetctl reference show ",
                          FactOf(status, "code", "CODE"), " shows what it is now");
    default:
      return NextReleaseStep(status);
  }
}

// What to do next where a folder of backups is concerned.
std::string NextBackupStep(const absl::Status& status) {
  switch (client::ErrorReasonOf(status)) {
    case v1::ERROR_REASON_BACKUP_NOT_FOUND:
      return absl::StrCat("codesetctl backup list ", FactOf(status, "folder", "FOLDER"),
                          " shows which there are, codesetctl backup create makes one");
    case v1::ERROR_REASON_BACKUP_IN_PROGRESS:
      return "try again when it is done";
    default:
      return NextReferenceStep(status);
  }
}

// What to do next; empty where the message says all.
std::string NextStep(const absl::Status& status, Peer peer, const std::string& address) {
  switch (client::ErrorReasonOf(status)) {
    case v1::ERROR_REASON_RECONCILIATION_REFUSED:
      return absl::StrCat("mend the files, or accept it knowingly with --allow ",
                          FactOf(status, "class", "CLASS"));
    case v1::ERROR_REASON_STRUCTURE_NOT_KNOWN:
      return "ask a release that has a tabular list; codesetctl release list shows which do";
    case v1::ERROR_REASON_LOAD_IN_PROGRESS:
      return "try again when it is done";
    case v1::ERROR_REASON_DATA_DAMAGED:
      // Of a portable file the message says what to do; what a server has, it has from files.
      if (!FactOf(status, "file", "").empty()) return "";
      if (!FactOf(status, "folder", "").empty()) {
        return "the data directory is another matter: make another backup of it, best into another "
               "folder";
      }
      return absl::StrCat("who runs the server: codesetctl release load ",
                          FactOf(status, "release", "ID"),
                          " FILES, with the same published files, writes what is damaged of a "
                          "release afresh; codesetctl scrub --last tells what else is damaged");
    case v1::ERROR_REASON_LABEL_INVALID:
      return "a label is 1 to 63 of a-z, 0-9, '-', '_' and '.', a letter first: prod; not current "
             "or next, and nothing that looks like a release id";
    case v1::ERROR_REASON_LABEL_NOT_FOUND:
      return "codesetctl label list shows which there are";
    case v1::ERROR_REASON_LABEL_HAS_NO_PREVIOUS:
      return "codesetctl label set LABEL ID moves it to a release of your choice";
    case v1::ERROR_REASON_OVERLAY_DOES_NOT_FIT:
      return absl::StrCat("is --base the release that the addenda start from? See ",
                          FactOf(status, "file", "the addenda"), ", line ",
                          FactOf(status, "line", "N"), ", code ", FactOf(status, "code", "CODE"));
    case v1::ERROR_REASON_RESUME_TOKEN_INVALID:
      return "codesetctl watch --from-start begins with everything that ever happened";
    case v1::ERROR_REASON_SHUTTING_DOWN:
      return "the server is stopping; try again when it is back";
    case v1::ERROR_REASON_UNAUTHENTICATED:
      return "--token-file FILE names the token, --tls-cert and --tls-key a client certificate; "
             "who "
             "runs the server can give you one, or use its --data-dir";
    case v1::ERROR_REASON_STREAM_IDLE:
      return "nothing of it was stored; try again";
    case v1::ERROR_REASON_OVERLOADED:
      return "the server has too much to do; try again in a moment";
    case v1::ERROR_REASON_UNSPECIFIED:
      break;
    default:
      return NextBackupStep(status);
  }
  // No reason of Codeset: the call did not get through.
  if (status.code() == absl::StatusCode::kUnavailable) {
    const absl::string_view flag = peer == Peer::kServer ? "--server" : "--admin-server";
    if (absl::StrContains(absl::AsciiStrToLower(status.message()), "handshake")) {
      return absl::StrCat("what answers at ", address,
                          " and this client do not trust each other, or one of them speaks no TLS: "
                          "see --tls-ca, --tls-server-name, --tls-cert and --tls-key");
    }
    return absl::StrCat("is codesetd running at ", address,
                        "? start it with codesetd serve --data-dir DIR, or name another with ",
                        flag,
                        "; if it asks for TLS or for a client's certificate, see --tls-ca, "
                        "--tls-cert and --tls-key");
  }
  if (status.code() == absl::StatusCode::kUnimplemented) {
    return absl::StrCat("is what answers at ", address, " a codesetd of this version?");
  }
  return "";
}

}  // namespace

std::string AsTyped(const std::string& message, const std::string& typed) {
  const std::string stripped(absl::StripAsciiWhitespace(typed));
  std::vector<std::string> words = absl::StrSplit(message, ' ');
  for (auto word = words.rbegin(); word != words.rend(); ++word) {
    if (Plain(*word) != Plain(stripped)) continue;
    *word = stripped;
    break;
  }
  return absl::StrJoin(words, " ");
}

std::string FailureText(const absl::Status& status, Peer peer, const std::string& address,
                        const std::vector<std::string>& typed) {
  const std::string reason = client::ErrorReasonNameOf(status);
  std::string message(status.message());
  if (client::ErrorReasonOf(status) == v1::ERROR_REASON_CONCEPT_NOT_FOUND) {
    for (const std::string& id : typed) message = AsTyped(message, id);
  }
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
    case v1::ERROR_REASON_REFERENCE_NOT_FOUND:
      return ExitCode::kNo;
    // The argument was right; the files that it names are not.
    case v1::ERROR_REASON_REFERENCE_INVALID:
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
