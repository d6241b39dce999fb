// What a client asks of a listener itself, beside the questions that it answers: whether it serves,
// and how the server behind it is.
//
//   ASSIGN_OR_RETURN(const auto probe, MakeProbe(address, options, /*with_token=*/false));
//   ASSIGN_OR_RETURN(const bool serving, probe->IsServing({deadline}));
//
// Implementations are safe to use from several threads at once.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "client/cpp/connection_options.h"
#include "client/cpp/options.h"
#include "codeset/v1/monitoring.pb.h"

namespace codeset::client {

// See above. Nothing is ever tried twice.
class Probe {
 public:
  virtual ~Probe() = default;

  // Whether the listener says SERVING (grpc.health.v1); a server that is stopping does not.
  virtual absl::StatusOr<bool> IsServing(const CallOptions& options) = 0;

  // Of an admin listener. UNIMPLEMENTED of one that is older than this client.
  virtual absl::StatusOr<v1::GetServerStatusResponse> GetServerStatus(
      const CallOptions& options) = 0;
};

// A probe of the listener at `address`, which is dialled when it is first asked. `with_token` has
// calls carry the token of the options, as admin listeners ask. INVALID_ARGUMENT as MakeConnection.
absl::StatusOr<std::shared_ptr<Probe>> MakeProbe(const std::string& address,
                                                 const ConnectionOptions& options, bool with_token);

}  // namespace codeset::client
