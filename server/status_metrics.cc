#include "server/status_metrics.h"

#include <sys/resource.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include "absl/time/civil_time.h"
#include "server/log.h"
#include "storage/model/date.h"

namespace codeset::server {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

// Gathers families.
class Families {
 public:
  // Begins a gauge or a counter, which has no values yet.
  void Begin(MetricType type, const std::string& name, const std::string& help) {
    MetricFamily& family = families_.emplace_back();
    family.name = name;
    family.help = help;
    family.type = type;
  }

  // Adds a value to the one that was begun last.
  void Add(double value, Labels labels = {}) {
    MetricFamily& family = families_.back();
    ClientMetric& metric = family.metric.emplace_back();
    metric.label = std::move(labels);
    if (family.type == MetricType::Counter) {
      metric.counter.value = value;
    } else {
      metric.gauge.value = value;
    }
  }

  void Gauge(const std::string& name, const std::string& help, double value) {
    Begin(MetricType::Gauge, name, help);
    Add(value);
  }
  void Counter(const std::string& name, const std::string& help, double value) {
    Begin(MetricType::Counter, name, help);
    Add(value);
  }
  // Seconds since 1970; left out where the text is no time.
  void Time(const std::string& name, const std::string& help, const std::string& text) {
    if (const std::optional<double> seconds = Seconds(text); seconds.has_value()) {
      Gauge(name, help, *seconds);
    }
  }

  static std::optional<double> Seconds(const std::string& text) {
    absl::Time time;
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) return std::nullopt;
    return absl::ToDoubleSeconds(time - absl::UnixEpoch());
  }

  std::vector<MetricFamily> Take() {
    // One without a value has nothing to tell.
    families_.erase(
        std::remove_if(families_.begin(), families_.end(),
                       [](const MetricFamily& family) { return family.metric.empty(); }),
        families_.end());
    return std::move(families_);
  }

 private:
  std::vector<MetricFamily> families_;
};

double AsNumber(bool value) { return value ? 1 : 0; }

void TellReleases(const v1::GetServerStatusResponse& status, Families& families) {
  int held_back = 0, damaged = 0, ready = 0;
  double concepts = 0;
  for (const v1::ReleaseStatus& release : status.releases()) {
    held_back += release.held_back() ? 1 : 0;
    damaged += release.damaged() ? 1 : 0;
    ready += release.image_ready() ? 1 : 0;
    concepts += release.image_concepts();
  }
  families.Gauge("codeset_releases_loaded", "Releases that are loaded", status.releases_size());
  families.Gauge("codeset_releases_held_back", "Loaded releases that are held back today",
                 held_back);
  families.Gauge("codeset_releases_damaged", "Releases that the last scrub found damaged", damaged);
  families.Begin(MetricType::Gauge, "codeset_release_damaged",
                 "Whether the last scrub found this release damaged");
  for (const v1::ReleaseStatus& release : status.releases()) {
    families.Add(AsNumber(release.damaged()), {{"release", release.release_id()}});
  }
  families.Gauge("codeset_images_ready", "Releases whose image is in memory", ready);
  families.Gauge("codeset_images_pending", "Releases whose image is not in memory",
                 status.releases_size() - ready);
  families.Gauge("codeset_image_concepts", "Concepts of all images in memory", concepts);
  families.Gauge("codeset_labels", "Labels that are set", status.labels());
}

void TellCalendar(const v1::GetServerStatusResponse& status, Families& families) {
  families.Begin(MetricType::Gauge, "codeset_current_release_info",
                 "The release that current names; left out where none is in force");
  if (!status.current_release_id().empty()) {
    families.Add(1, {{"release", status.current_release_id()}});
  }
  families.Gauge("codeset_current_overdue",
                 "Whether a newer edition should be answering today that is not loaded, or held "
                 "back",
                 AsNumber(status.current_overdue()));
  families.Gauge("codeset_editions_overdue", "Editions that should be answering today and cannot",
                 status.overdue_edition_ids_size());
  const absl::StatusOr<model::Date> next = model::ParseDate(status.next_effective_date());
  if (next.ok()) {
    absl::TimeZone new_york;
    absl::LoadTimeZone("America/New_York", &new_york);
    families.Gauge("codeset_next_release_effective_timestamp_seconds",
                   "When the next release that is loaded comes into force; left out where none is",
                   static_cast<double>(absl::ToUnixSeconds(absl::FromCivil(*next, new_york))));
  }
}

void TellStorage(const v1::GetServerStatusResponse& status, Families& families) {
  if (!status.has_disk()) return;
  const v1::DiskStatus& disk = status.disk();
  const v1::MemoryStatus& memory = status.memory();
  const auto bytes = [](uint64_t value) { return static_cast<double>(value); };
  families.Gauge("codeset_disk_free_bytes", "What is free on the disk of the data directory",
                 bytes(disk.free_bytes()));
  families.Gauge("codeset_disk_size_bytes", "The size of that disk", bytes(disk.size_bytes()));
  families.Gauge("codeset_database_table_bytes", "Files of keys and pages",
                 bytes(disk.table_bytes()));
  families.Gauge("codeset_database_blob_bytes", "Files of kept sources and of pages of codes",
                 bytes(disk.blob_bytes()));
  families.Counter("codeset_database_background_errors_total",
                   "Failures of RocksDB to flush or to merge files",
                   bytes(disk.background_errors()));
  families.Gauge("codeset_database_writes_stopped", "Whether RocksDB takes no writes",
                 AsNumber(disk.writes_stopped()));
  families.Gauge("codeset_database_generation", "The number of the newest acknowledged write",
                 bytes(status.generation()));
  families.Gauge("codeset_database_block_cache_bytes", "Memory of cached blocks",
                 bytes(memory.block_cache_bytes()));
  families.Gauge("codeset_database_write_buffer_bytes",
                 "Memory of what is not written to files yet", bytes(memory.write_buffer_bytes()));
  families.Gauge("codeset_database_table_reader_bytes", "Memory of indexes and filters of files",
                 bytes(memory.table_reader_bytes()));
}

void TellWork(const v1::GetServerStatusResponse& status, Families& families) {
  const v1::LoadStatus& load = status.load();
  families.Begin(MetricType::Gauge, "codeset_load_in_progress",
                 "Whether a load is under way: its files are coming, or are worked on");
  families.Add(AsNumber(status.has_load() && !load.working()), {{"stage", "receiving"}});
  families.Add(AsNumber(load.working()), {{"stage", "working"}});
  families.Gauge("codeset_load_received_bytes", "Bytes of files that the load under way has got",
                 static_cast<double>(load.received_bytes()));
  families.Time("codeset_load_start_timestamp_seconds",
                "When the load under way began; left out where there is none", load.started_at());

  const v1::ScrubStatus& scrub = status.scrub();
  const v1::ScrubProgress& progress = scrub.progress();
  families.Gauge("codeset_scrub_in_progress", "Whether a scrub is under way",
                 AsNumber(scrub.has_progress()));
  families.Gauge("codeset_scrub_proved_bytes",
                 "Bytes of content that the scrub under way has proved",
                 static_cast<double>(progress.bytes_read()));
  families.Gauge("codeset_scrub_progress_ratio",
                 "Releases that the scrub under way has proved, as a part of all",
                 progress.releases_total() == 0
                     ? 0
                     : static_cast<double>(progress.releases_done()) / progress.releases_total());
  families.Time("codeset_scrub_last_end_timestamp_seconds",
                "When the last scrub ended; left out where none has since the server was started",
                scrub.last_ended_at());
  const std::optional<double> began = Families::Seconds(scrub.last_started_at());
  const std::optional<double> ended = Families::Seconds(scrub.last_ended_at());
  if (began.has_value() && ended.has_value()) {
    families.Gauge("codeset_scrub_last_duration_seconds", "How long it took", *ended - *began);
  }
  families.Gauge("codeset_scrub_findings", "What the last scrub found damaged", scrub.findings());
  families.Gauge("codeset_scrub_failed", "Whether a scrub has failed since the last one that ended",
                 AsNumber(!scrub.last_error().empty()));
  families.Time("codeset_backup_last_timestamp_seconds",
                "When the newest backup was made; left out where none was since the server was "
                "started",
                status.last_backup_at());
}

void TellSecurity(const v1::GetServerStatusResponse& status, Families& families) {
  const v1::AuditStatus& audit = status.audit();
  families.Counter("codeset_audit_records_total", "Lines of the audit log",
                   static_cast<double>(audit.records()));
  families.Counter("codeset_audit_failures_total",
                   "Those that could not be written to its file and went to standard error",
                   static_cast<double>(audit.failures()));
  families.Begin(MetricType::Gauge, "codeset_certificate_expiry_timestamp_seconds",
                 "After when the certificate in a listener's file is no longer valid");
  for (const v1::CertificateStatus& certificate : status.certificates()) {
    const std::optional<double> expiry = Families::Seconds(certificate.expires_at());
    if (expiry.has_value()) families.Add(*expiry, {{"listener", certificate.listener()}});
  }
  families.Begin(MetricType::Gauge, "codeset_certificate_usable",
                 "Whether a listener's files can be used as they are; else those of before are");
  for (const v1::CertificateStatus& certificate : status.certificates()) {
    families.Add(AsNumber(certificate.error().empty()), {{"listener", certificate.listener()}});
  }
}

// Under the names that all processes tell these by.
void TellProcess(const v1::GetServerStatusResponse& status, Families& families) {
  families.Begin(MetricType::Gauge, "codeset_build_info", "The version, as a label");
  families.Add(1, {{"version", status.server_version()}});
  families.Begin(MetricType::Counter, "codeset_log_lines_total",
                 "Lines of the server's log, those below its level too");
  const auto lines = LogLines();
  for (const Severity severity : {Severity::kInfo, Severity::kWarning, Severity::kError}) {
    families.Add(static_cast<double>(lines[static_cast<size_t>(severity)]),
                 {{"severity", std::string(SeverityName(severity))}});
  }
  families.Time("process_start_time_seconds", "When the server was started", status.started_at());
  timespec used = {};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  families.Counter("process_cpu_seconds_total", "CPU time of user and system",
                   static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9);
  families.Gauge("process_resident_memory_bytes", "Memory of the process",
                 static_cast<double>(status.memory().resident_bytes()));
  families.Gauge("codeset_heap_bytes", "What the program has allocated of it",
                 static_cast<double>(status.memory().heap_bytes()));
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (!error) {
    families.Gauge("process_open_fds", "Open files and connections",
                   static_cast<double>(std::distance(begin(files), end(files))));
  }
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    families.Gauge("process_max_fds", "How many there may be", static_cast<double>(limit.rlim_cur));
  }
}

}  // namespace

std::vector<MetricFamily> StatusMetrics::Collect() const {
  const v1::GetServerStatusResponse status = GatherServerStatus(sources_);
  Families families;
  TellReleases(status, families);
  TellCalendar(status, families);
  TellStorage(status, families);
  TellWork(status, families);
  TellSecurity(status, families);
  TellProcess(status, families);
  return families.Take();
}

}  // namespace codeset::server
