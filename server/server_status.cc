#include "server/server_status.h"

#include <malloc.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <optional>
#include <set>

#include "server/date_resolution.h"
#include "server/release_view.h"
#include "storage/model/date.h"
#include "storage/store/database_stats.h"
#include "storage/store/labels.h"

namespace codeset::server {
namespace {

uint64_t ResidentBytes() {
  uint64_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

uint64_t HeapBytes() {
#ifdef M_ARENA_MAX
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
#else
  return 0;
#endif
}

void TellReleases(const Backend& backend, const store::Catalog& catalog, model::Date today,
                  const v1::ScrubReport& scrubbed, v1::GetServerStatusResponse& status) {
  std::set<std::string> damaged;
  for (const v1::ScrubFinding& finding : scrubbed.findings()) {
    damaged.insert(finding.release_ids().begin(), finding.release_ids().end());
  }
  for (const store::CatalogRelease& release : catalog.releases()) {
    v1::ReleaseStatus& told = *status.add_releases();
    told.set_release_id(release.id.ToString());
    told.set_held_back(release.HeldBackOn(today));
    told.set_damaged(damaged.count(told.release_id()) > 0);
    const absl::StatusOr<std::shared_ptr<const image::Image>> image =
        backend.store.ImageIfReady(catalog, told.release_id(), today);
    if (!image.ok() || *image == nullptr) continue;
    told.set_image_ready(true);
    told.set_image_concepts(static_cast<int>((*image)->nodes().size()));
  }
}

void TellCalendar(const Backend& backend, const store::Catalog& catalog, model::Date today,
                  v1::GetServerStatusResponse& status) {
  status.set_today(model::FormatDate(today));
  const ReleaseView view(catalog, backend.editions, today);
  const absl::StatusOr<Resolution> current = ResolveCurrent(view);
  if (current.ok()) {
    status.set_current_release_id(current->release->id.ToString());
    status.set_current_overdue(current->coverage.overdue());
    if (current->coverage.overdue()) {
      *status.mutable_overdue_edition_ids() = current->coverage.unloaded_editions();
    }
  }
  if (const store::CatalogRelease* const next = view.FirstAfter(today); next != nullptr) {
    status.set_next_release_id(next->id.ToString());
    status.set_next_effective_date(model::FormatDate(next->effective));
  }
}

void TellDisk(const std::string& directory, v1::GetServerStatusResponse& status) {
  v1::DiskStatus& disk = *status.mutable_disk();
  struct statvfs room = {};
  if (::statvfs(directory.c_str(), &room) == 0) {
    disk.set_free_bytes(uint64_t{room.f_bavail} * room.f_frsize);
    disk.set_size_bytes(uint64_t{room.f_blocks} * room.f_frsize);
  }
  const std::optional<store::DatabaseStats> stats = store::StatsOf(directory);
  if (!stats.has_value()) return;
  disk.set_table_bytes(stats->table_bytes);
  disk.set_blob_bytes(stats->blob_bytes);
  disk.set_background_errors(stats->background_errors);
  disk.set_writes_stopped(stats->writes_stopped);
  status.set_generation(stats->generation);
  v1::MemoryStatus& memory = *status.mutable_memory();
  memory.set_block_cache_bytes(stats->block_cache_bytes);
  memory.set_write_buffer_bytes(stats->write_buffer_bytes);
  memory.set_table_reader_bytes(stats->table_reader_bytes);
}

void TellScrub(const v1::GetScrubReportResponse& report, v1::ScrubStatus& status) {
  if (report.has_progress()) *status.mutable_progress() = report.progress();
  status.set_last_started_at(report.report().started_at());
  status.set_last_ended_at(report.report().ended_at());
  status.set_findings(report.report().findings_size() + report.report().findings_left_out());
  status.set_last_error(report.last_error());
}

}  // namespace

v1::GetServerStatusResponse GatherServerStatus(const StatusSources& sources) {
  const Backend& backend = sources.backend;
  const std::shared_ptr<const store::Catalog> catalog = backend.store.catalog();
  const absl::Time now = backend.clock();
  const model::Date today = model::DateInNewYork(now);
  v1::GetServerStatusResponse status;
  status.set_server_version(CODESET_VERSION);
  status.set_started_at(store::FormatInstant(sources.started_at));
  status.set_time(store::FormatInstant(now));
  const v1::GetScrubReportResponse scrubs = sources.scrubber.Report();
  TellReleases(backend, *catalog, today, scrubs.report(), status);
  TellCalendar(backend, *catalog, today, status);
  status.set_labels(static_cast<int>(catalog->labels().size()));
  if (!sources.data_dir.empty()) TellDisk(sources.data_dir, status);
  status.mutable_memory()->set_resident_bytes(ResidentBytes());
  status.mutable_memory()->set_heap_bytes(HeapBytes());
  if (std::optional<v1::LoadStatus> load = sources.activity.load(); load.has_value()) {
    *status.mutable_load() = *std::move(load);
  }
  TellScrub(scrubs, *status.mutable_scrub());
  status.set_last_backup_at(sources.activity.last_backup_at());
  v1::AuditStatus& audit = *status.mutable_audit();
  audit.set_path(sources.audit_log.path());
  audit.set_error(sources.audit_log.Problem());
  audit.set_records(sources.audit_log.records());
  audit.set_failures(sources.audit_log.failures());
  for (const ListenerFiles& listener : sources.listeners) {
    v1::CertificateStatus& told = *status.add_certificates();
    told.set_listener(listener.listener);
    const absl::StatusOr<absl::Time> expiry = CertificateExpiry(listener.files);
    if (expiry.ok()) told.set_expires_at(store::FormatInstant(*expiry));
    told.set_error(std::string(ReadTlsFiles(listener.files).status().message()));
  }
  return status;
}

}  // namespace codeset::server
