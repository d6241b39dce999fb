// What a failed call says beyond its status code.
//
//   absl::StatusOr<v1::GetConceptResponse> answer = client.GetConcept(…);
//   if (client::ErrorReasonOf(answer.status()) == v1::ERROR_REASON_CONCEPT_NOT_FOUND) …
//
// Switch on the reason, never on the message. Thread-safe: free functions.
#pragma once

#include <grpcpp/support/status.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "codeset/v1/error.pb.h"

namespace codeset::client {

// One field of a request that the server refused.
struct FieldViolation {
  // The field's path in the request, for instance `release.date`.
  std::string field;
  // What is wrong with it and what would be right.
  std::string description;
};

// What a NOT_FOUND or ALREADY_EXISTS is about.
struct Resource {
  // `concept`, `release`, `label`, `backup`, `reference` or `verification`.
  std::string type;
  // Its id as the caller gave it.
  std::string name;
};

// The same code and message as `status`. The google.rpc.Status that the server sends in
// the trailer `grpc-status-details-bin`, where it parses, goes along as a payload that
// the functions below read.
absl::Status FromGrpcStatus(const grpc::Status& status);

// An error such as a server sends: with ErrorInfo of Codeset's domain, `reason` and
// `metadata`. For what the client finds wrong itself.
absl::Status MakeError(absl::StatusCode code, v1::ErrorReason reason, absl::string_view message,
                       const std::map<std::string, std::string>& metadata);

// The reason of an error of Codeset; UNSPECIFIED for OK, for errors that did not come
// from a Codeset server (nobody listens, the deadline passed), and for reasons that are
// newer than this client, of which ErrorReasonNameOf still gives the name.
v1::ErrorReason ErrorReasonOf(const absl::Status& status);

// The reason's name, for instance `RELEASE_NOT_LOADED`; empty where there is none.
std::string ErrorReasonNameOf(const absl::Status& status);

// All facts of the error (`file`, `line`, `edition`, …); empty where there are none.
std::map<std::string, std::string> ErrorMetadataOf(const absl::Status& status);

// One fact of the error; nothing where the error does not have it.
std::optional<std::string> ErrorMetadataOf(const absl::Status& status, absl::string_view key);

// After how long the server says the call may be made again; nothing where it does not say, or says
// no such thing as a time.
std::optional<absl::Duration> RetryDelayOf(const absl::Status& status);

// Every field of the request that the server refused, in its order.
std::vector<FieldViolation> FieldViolationsOf(const absl::Status& status);

// What was not found, or exists already.
std::optional<Resource> ResourceOf(const absl::Status& status);

}  // namespace codeset::client
