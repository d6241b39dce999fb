// How a server is: gathered when somebody asks, for Monitoring.GetServerStatus and for metrics
// alike, so that both tell the same.
//
// Thread-safe: values and free functions.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "codeset/v1/monitoring.pb.h"
#include "server/admin_activity.h"
#include "server/audit_log.h"
#include "server/backend.h"
#include "server/scrub.h"
#include "server/tls_files.h"

namespace codeset::server {

// The files of a listener with TLS.
struct ListenerFiles {
  // `public` or `admin`.
  std::string listener;
  TlsFiles files;
};

// What it is gathered from; all of it outlives whoever holds this.
struct StatusSources {
  const Backend& backend;
  const Scrubber& scrubber;
  const AdminActivity& activity;
  const AuditLog& audit_log;
  // The data directory, as the store was opened with; empty where disk and database are not to be
  // told of.
  std::string data_dir;
  std::vector<ListenerFiles> listeners;
  absl::Time started_at;
};

// Gathers it: some hundred microseconds, reads small files. Never fails: what cannot be found out
// has its default.
v1::GetServerStatusResponse GatherServerStatus(const StatusSources& sources);

}  // namespace codeset::server
