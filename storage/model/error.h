// Errors with a reason that programs can switch on.
//
// Every error that may reach a caller is an absl::Status that carries a Reason
// and, where there are some, facts (file, line, edition, …). The server turns
// them into google.rpc.ErrorInfo; the names are those of
// codeset.v1.ErrorReason, which a test holds against this list.
//
// Thread-safe: free functions without state.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace codeset::model {

// Why something failed. See proto/codeset/v1/error.proto for what each means.
enum class Reason {
  kArgumentInvalid,
  kConceptIdInvalid,
  kPageTokenInvalid,
  kReleaseIdInvalid,
  kReleaseNotFound,
  kConceptNotFound,
  kReleaseNotLoaded,
  kDateBeforeFirstRelease,
  kSourceUnreadable,
  kSourceNotRecognised,
  kSourceMalformed,
  kReconciliationRefused,
  kReleaseContentDiffers,
  kLoadInProgress,
  kLoadTooLarge,
  kDataDirectoryLocked,
  kDataDamaged,
  kFormatUnsupported,
  kCancelled,
  kInternal,
  kStorageFailed,
  kStructureNotKnown,
  kAnswerTooLarge,
  kFingerprintMismatch,
  kReleaseHeldBack,
  kLabelInvalid,
  kLabelNotFound,
  kLabelHasNoPrevious,
  kReleaseInUse,
  kOverlayDoesNotFit,
  kResumeTokenInvalid,
  kShuttingDown,
  kReferenceNotFound,
  kReferenceInvalid,
  kImportInProgress,
  kVerificationNotFound,
  kVerificationIdTaken,
  kRevisionMismatch,
  kServerNeeded,
  kStorageFull,
  kScrubInProgress,
  kBackupNotFound,
  kBackupInProgress,
  kUnauthenticated,
  kStreamIdle,
  kOverloaded,
};

// Facts about an error by name, for instance {"file", "order.txt"}.
using ErrorFacts = std::map<std::string, std::string>;

// The reason's name as clients see it, for instance `RELEASE_NOT_LOADED`.
absl::string_view ReasonName(Reason reason);

// The canonical status code that errors of this reason carry.
absl::StatusCode ReasonCode(Reason reason);

// An error of the reason's canonical code. `message` is one English sentence that
// says what is wrong and, where there is one, the next step.
absl::Status MakeError(Reason reason, absl::string_view message, const ErrorFacts& facts = {});

// An error about one place of a published file; the message is opened with
// `file:line: ` (without the line where it is 0, and the facts say the same).
absl::Status MakeFileError(Reason reason, absl::string_view file, int line,
                           absl::string_view message);

// The reason of an error made here; nothing for OK and for foreign errors.
std::optional<Reason> ReasonOf(const absl::Status& status);

// The facts of an error made here; empty for OK and for foreign errors.
ErrorFacts FactsOf(const absl::Status& status);

}  // namespace codeset::model
