// Writes one line of the audit log for every call of the service Admin: those that the service
// refuses or does not know how to end included. gRPC runs it for every method that the listener
// has, so that none can be forgotten.
//
// A line is written before the caller hears how the call ended: before its status goes out, and
// of a call that streams its answer, before the message with its report does.
//
//   builder.experimental().SetInterceptorCreators(AuditInterceptors(log, access));
//
// Thread-safe.
#pragma once

#include <memory>
#include <vector>

#include "grpcpp/support/server_interceptor.h"
#include "server/admin_access.h"
#include "server/audit_log.h"

namespace codeset::server {

// `log` and `access` outlive the server that they are given to.
std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
AuditInterceptors(AuditLog& log, const AdminAccess& access);

}  // namespace codeset::server
