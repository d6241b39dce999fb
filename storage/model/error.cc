#include "storage/model/error.h"

#include <array>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace codeset::model {
namespace {

constexpr absl::string_view kReasonPayload = "codeset/reason";
constexpr absl::string_view kFactsPayload = "codeset/facts";
// Facts are kept as name, value, name, value, …; neither holds this byte.
constexpr char kSeparator = '\x1f';

struct ReasonEntry {
  Reason reason;
  absl::string_view name;
  absl::StatusCode code;
};

constexpr std::array kReasons = {
    ReasonEntry{Reason::kArgumentInvalid, "ARGUMENT_INVALID", absl::StatusCode::kInvalidArgument},
    ReasonEntry{Reason::kConceptIdInvalid, "CONCEPT_ID_INVALID",
                absl::StatusCode::kInvalidArgument},
    ReasonEntry{Reason::kPageTokenInvalid, "PAGE_TOKEN_INVALID",
                absl::StatusCode::kInvalidArgument},
    ReasonEntry{Reason::kReleaseIdInvalid, "RELEASE_ID_INVALID",
                absl::StatusCode::kInvalidArgument},
    ReasonEntry{Reason::kReleaseNotFound, "RELEASE_NOT_FOUND", absl::StatusCode::kNotFound},
    ReasonEntry{Reason::kConceptNotFound, "CONCEPT_NOT_FOUND", absl::StatusCode::kNotFound},
    ReasonEntry{Reason::kReleaseNotLoaded, "RELEASE_NOT_LOADED",
                absl::StatusCode::kFailedPrecondition},
    ReasonEntry{Reason::kDateBeforeFirstRelease, "DATE_BEFORE_FIRST_RELEASE",
                absl::StatusCode::kOutOfRange},
    ReasonEntry{Reason::kSourceUnreadable, "SOURCE_UNREADABLE", absl::StatusCode::kInvalidArgument},
    ReasonEntry{Reason::kSourceNotRecognised, "SOURCE_NOT_RECOGNISED",
                absl::StatusCode::kInvalidArgument},
    ReasonEntry{Reason::kSourceMalformed, "SOURCE_MALFORMED", absl::StatusCode::kInvalidArgument},
    ReasonEntry{Reason::kReconciliationRefused, "RECONCILIATION_REFUSED",
                absl::StatusCode::kFailedPrecondition},
    ReasonEntry{Reason::kReleaseContentDiffers, "RELEASE_CONTENT_DIFFERS",
                absl::StatusCode::kAlreadyExists},
    ReasonEntry{Reason::kLoadInProgress, "LOAD_IN_PROGRESS", absl::StatusCode::kUnavailable},
    ReasonEntry{Reason::kLoadTooLarge, "LOAD_TOO_LARGE", absl::StatusCode::kResourceExhausted},
    ReasonEntry{Reason::kDataDirectoryLocked, "DATA_DIRECTORY_LOCKED",
                absl::StatusCode::kFailedPrecondition},
    ReasonEntry{Reason::kDataDamaged, "DATA_DAMAGED", absl::StatusCode::kDataLoss},
    ReasonEntry{Reason::kFormatUnsupported, "FORMAT_UNSUPPORTED",
                absl::StatusCode::kFailedPrecondition},
    ReasonEntry{Reason::kStructureNotKnown, "STRUCTURE_NOT_KNOWN",
                absl::StatusCode::kFailedPrecondition},
    ReasonEntry{Reason::kAnswerTooLarge, "ANSWER_TOO_LARGE", absl::StatusCode::kResourceExhausted},
    ReasonEntry{Reason::kFingerprintMismatch, "FINGERPRINT_MISMATCH",
                absl::StatusCode::kFailedPrecondition},
    ReasonEntry{Reason::kReleaseHeldBack, "RELEASE_HELD_BACK",
                absl::StatusCode::kFailedPrecondition},
    ReasonEntry{Reason::kLabelInvalid, "LABEL_INVALID", absl::StatusCode::kInvalidArgument},
    ReasonEntry{Reason::kLabelNotFound, "LABEL_NOT_FOUND", absl::StatusCode::kNotFound},
    ReasonEntry{Reason::kLabelHasNoPrevious, "LABEL_HAS_NO_PREVIOUS",
                absl::StatusCode::kFailedPrecondition},
    ReasonEntry{Reason::kReleaseInUse, "RELEASE_IN_USE", absl::StatusCode::kFailedPrecondition},
    ReasonEntry{Reason::kOverlayDoesNotFit, "OVERLAY_DOES_NOT_FIT",
                absl::StatusCode::kFailedPrecondition},
    ReasonEntry{Reason::kResumeTokenInvalid, "RESUME_TOKEN_INVALID",
                absl::StatusCode::kInvalidArgument},
    ReasonEntry{Reason::kShuttingDown, "SHUTTING_DOWN", absl::StatusCode::kUnavailable},
    ReasonEntry{Reason::kReferenceNotFound, "REFERENCE_NOT_FOUND", absl::StatusCode::kNotFound},
    ReasonEntry{Reason::kReferenceInvalid, "REFERENCE_INVALID", absl::StatusCode::kInvalidArgument},
    ReasonEntry{Reason::kImportInProgress, "IMPORT_IN_PROGRESS", absl::StatusCode::kUnavailable},
    ReasonEntry{Reason::kVerificationNotFound, "VERIFICATION_NOT_FOUND",
                absl::StatusCode::kNotFound},
    ReasonEntry{Reason::kVerificationIdTaken, "VERIFICATION_ID_TAKEN",
                absl::StatusCode::kAlreadyExists},
    ReasonEntry{Reason::kRevisionMismatch, "REVISION_MISMATCH",
                absl::StatusCode::kFailedPrecondition},
    ReasonEntry{Reason::kServerNeeded, "SERVER_NEEDED", absl::StatusCode::kFailedPrecondition},
    ReasonEntry{Reason::kStorageFull, "STORAGE_FULL", absl::StatusCode::kResourceExhausted},
    ReasonEntry{Reason::kScrubInProgress, "SCRUB_IN_PROGRESS", absl::StatusCode::kUnavailable},
    ReasonEntry{Reason::kBackupNotFound, "BACKUP_NOT_FOUND", absl::StatusCode::kNotFound},
    ReasonEntry{Reason::kBackupInProgress, "BACKUP_IN_PROGRESS", absl::StatusCode::kUnavailable},
    ReasonEntry{Reason::kUnauthenticated, "UNAUTHENTICATED", absl::StatusCode::kUnauthenticated},
    ReasonEntry{Reason::kStreamIdle, "STREAM_IDLE", absl::StatusCode::kDeadlineExceeded},
    ReasonEntry{Reason::kOverloaded, "OVERLOADED", absl::StatusCode::kResourceExhausted},
    ReasonEntry{Reason::kCancelled, "CANCELLED", absl::StatusCode::kCancelled},
    ReasonEntry{Reason::kInternal, "INTERNAL", absl::StatusCode::kInternal},
    ReasonEntry{Reason::kStorageFailed, "STORAGE_FAILED", absl::StatusCode::kInternal},
};

const ReasonEntry& EntryOf(Reason reason) {
  for (const ReasonEntry& entry : kReasons) {
    if (entry.reason == reason) return entry;
  }
  return kReasons.back();
}

}  // namespace

absl::string_view ReasonName(Reason reason) { return EntryOf(reason).name; }

absl::StatusCode ReasonCode(Reason reason) { return EntryOf(reason).code; }

absl::Status MakeError(Reason reason, absl::string_view message, const ErrorFacts& facts) {
  const ReasonEntry& entry = EntryOf(reason);
  absl::Status status(entry.code, message);
  status.SetPayload(kReasonPayload, absl::Cord(entry.name));
  if (!facts.empty()) {
    std::string text;
    for (const auto& [name, value] : facts) {
      absl::StrAppend(&text, text.empty() ? "" : std::string(1, kSeparator), name,
                      std::string(1, kSeparator), value);
    }
    status.SetPayload(kFactsPayload, absl::Cord(text));
  }
  return status;
}

absl::Status MakeFileError(Reason reason, absl::string_view file, int line,
                           absl::string_view message) {
  ErrorFacts facts = {{"file", std::string(file)}};
  std::string place(file);
  if (line > 0) {
    facts["line"] = absl::StrCat(line);
    absl::StrAppend(&place, ":", line);
  }
  return MakeError(reason, absl::StrCat(place, ": ", message), facts);
}

std::optional<Reason> ReasonOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kReasonPayload);
  if (!payload.has_value()) return std::nullopt;
  const std::string name(*payload);
  for (const ReasonEntry& entry : kReasons) {
    if (entry.name == name) return entry.reason;
  }
  return std::nullopt;
}

ErrorFacts FactsOf(const absl::Status& status) {
  ErrorFacts facts;
  const absl::optional<absl::Cord> payload = status.GetPayload(kFactsPayload);
  if (!payload.has_value()) return facts;
  const std::string text(*payload);
  const std::vector<std::string> parts = absl::StrSplit(text, kSeparator);
  for (size_t i = 0; i + 1 < parts.size(); i += 2) facts[parts[i]] = parts[i + 1];
  return facts;
}

}  // namespace codeset::model
