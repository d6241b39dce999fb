// What the ledger's files share: pages and events as they are stored. Used by Ledger alone.
//
// Thread-safe: free functions.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/reference.pb.h"
#include "codeset/v1/verification.pb.h"
#include "storage/store/ledger.h"
#include "storage/store/ledger.pb.h"

namespace codeset::store {

// A message as bytes that are the same for equal messages.
std::string SerializeCanonically(const google::protobuf::MessageLite& message);

// The editions that a page's sources are: of the tabular list, the guidelines, and series that an
// operator has added. Other sources have no editions that anything supersedes.
EditionSet CitedBy(const v1::Reference& page);

// The same of the sources that a verifier consulted.
EditionSet ConsultedIn(const v1::NewVerification& event);

// What is told of a revision of an undotted code.
v1::ReferenceRevision RevisionOf(absl::string_view code, int number, const RevisionRecord& record);

// Reads the value of a key of revisions or verifications. DATA_DAMAGED names code and number.
absl::StatusOr<RevisionRecord> ParseRevision(absl::string_view code, int number,
                                             absl::string_view value);
absl::StatusOr<VerificationRecord> ParseVerification(absl::string_view code, int number,
                                                     absl::string_view value);

// REFERENCE_NOT_FOUND: an undotted code has no page; or its page, of which `newest` is the newest
// revision, not this one.
absl::Status PageNotFound(absl::string_view code);
absl::Status RevisionNotFound(absl::string_view code, int revision, int newest);

}  // namespace codeset::store
