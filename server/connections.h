// The sockets of this process that clients of a listener have, for what gRPC 1.51 offers no way to:
// to take no more connections, and to end those that have nothing to do, while calls of others go
// on. Found in /proc/self/fd; where there is none, nothing happens.
//
// Thread-safe: free functions.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace codeset::server {

// Refuses new connections to the addresses, HOST:PORT or unix:PATH, from now on.
void StopListening(const std::vector<std::string>& addresses);

// Ends connections to the addresses, but for those from `busy` peers, as gRPC names them: clients
// read what was sent, and then that the server has gone. A Unix socket's peers have all one name.
void EndConnections(const std::vector<std::string>& addresses,
                    const std::vector<std::string>& busy);

// Waits until there are no connections to the addresses, and until `deadline` at most.
void AwaitNoConnections(const std::vector<std::string>& addresses, absl::Time deadline);

}  // namespace codeset::server
