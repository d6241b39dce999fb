// Errors about a request as whoever asked reads them: which of its fields are wrong, what was
// not found, and the google.rpc.Status that carries it all. One form for a server's answers and
// for those that are given in process.
//
// Below, an error is an absl::Status with a reason and facts (storage/model/error.h); here field
// violations are added to it.
//
// Thread-safe: free functions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/rpc/status.pb.h"
#include "storage/model/error.h"

namespace codeset::query {

// A field of a request that is wrong.
struct Violation {
  // Its path within the request: `release.date`, `ids[3]`.
  std::string field;
  // What is wrong and what would be right.
  std::string description;
};

// An error about fields of a request; `violations` must not be empty, `reason` is one of
// code INVALID_ARGUMENT.
absl::Status InvalidFields(model::Reason reason, const std::vector<Violation>& violations);

// The same error, said to be about a field of the request. Errors of another code than
// INVALID_ARGUMENT, and those that name their fields already, are returned as they are.
absl::Status AtField(const absl::Status& status, absl::string_view field);

// The violations that an error carries.
std::vector<Violation> ViolationsOf(const absl::Status& status);

// An error about something that is not there. `type` is `release`, `concept`, `label` or `backup`,
// `name` what the caller asked for.
absl::Status NotFound(model::Reason reason, absl::string_view type, absl::string_view name,
                      absl::string_view message);

// An error, which is not OK, in full: code, message, exactly one ErrorInfo, BadRequest where
// fields are wrong, ResourceInfo where something was not found. Texts are cut so that it fits
// into 8 KiB of trailers, which is what gRPC's clients accept. Errors that were not made by
// model::MakeError are INTERNAL.
google::rpc::Status ErrorDetailsOf(const absl::Status& status);

}  // namespace codeset::query
