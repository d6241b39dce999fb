// Serves metrics over HTTP, `/metrics` alone, in Prometheus's text format.
//
//   ASSIGN_OR_RETURN(auto listener, MetricsListener::Open("127.0.0.1:9464", {calls, status}));
//
// Whoever reaches it can read them all, without TLS and without a token: which releases are loaded,
// how many calls there are and how they end, sizes and times. No codes that were asked for, no
// callers, no tokens, no paths.
//
// Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "prometheus/collectable.h"
#include "prometheus/exposer.h"

namespace codeset::server {

// Whether metrics can be served at an address: HOST:PORT, or PORT 0 for any. ARGUMENT_INVALID.
absl::Status CheckMetricsAddress(absl::string_view address);

// See above.
class MetricsListener {
 public:
  // ARGUMENT_INVALID as CheckMetricsAddress; STORAGE_FAILED where it cannot be listened on.
  static absl::StatusOr<std::unique_ptr<MetricsListener>> Open(
      const std::string& address,
      std::vector<std::shared_ptr<prometheus::Collectable>> collectables);
  // At once where it listens on a loopback address or on all; else within two seconds.
  ~MetricsListener();
  MetricsListener(const MetricsListener&) = delete;
  MetricsListener& operator=(const MetricsListener&) = delete;

  // Where it listens, with the port that was taken.
  const std::string& address() const { return address_; }

 private:
  MetricsListener() = default;

  std::string address_;
  int port_ = 0;
  // The exposer does not keep them.
  std::vector<std::shared_ptr<prometheus::Collectable>> collectables_;
  std::unique_ptr<prometheus::Exposer> exposer_;
};

}  // namespace codeset::server
