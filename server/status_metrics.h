// A server's status (server_status.h) as metrics, gathered when they are asked for; and what is
// told of every process.
//
// Thread-safe.
#pragma once

#include <utility>
#include <vector>

#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"
#include "server/server_status.h"

namespace codeset::server {

// See above.
class StatusMetrics final : public prometheus::Collectable {
 public:
  explicit StatusMetrics(StatusSources sources) : sources_(std::move(sources)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const StatusSources sources_;
};

}  // namespace codeset::server
