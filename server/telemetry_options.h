// What a server tells those who watch it, by its options.
//
// Plain values.
#pragma once

#include <string>

#include "absl/time/time.h"

namespace codeset::server {

// See above.
struct TelemetryOptions {
  // Where metrics are served, HOST:PORT; empty for nowhere.
  std::string metrics_address;
  // The data directory, as the store was opened with; empty where its disk is not to be told of.
  std::string data_dir;
  // Log every call, not only those that fail by the server's fault or are slow.
  bool log_calls = false;
  // A public call of one request and one answer that takes so long is logged; zero for none.
  absl::Duration slow_call = absl::Seconds(1);
};

}  // namespace codeset::server
