// The one place where errors become gRPC's.
//
// Errors about requests are made by storage/query/request_error.h; at the edge one becomes a
// grpc::Status whose details are the google.rpc.Status of ErrorDetailsOf. Who sees calls from
// outside reads the reason back.
//
// Thread-safe: free functions.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"
#include "storage/model/error.h"
#include "storage/query/request_error.h"

namespace codeset::server {

using query::AtField;
using query::InvalidFields;
using query::NotFound;
using query::Violation;
using query::ViolationsOf;

// The error as gRPC sends it.
grpc::Status ToGrpcStatus(const absl::Status& status);

// The name of the reason that its ErrorInfo has, `RELEASE_NOT_LOADED` for instance; empty for OK,
// and for errors of gRPC itself, which have none.
std::string ReasonNameIn(const grpc::Status& status);

}  // namespace codeset::server
