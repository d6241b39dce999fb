#include "client/codesetctl/doctor_checks.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/model/date.h"

namespace codeset::ctl {
namespace {

using model::Date;

// So long before it ends a certificate should be replaced.
constexpr int kCertificateDays = 30;
// So long ahead is looked for what comes into force: the publisher's files are out by then.
constexpr int kAheadDays = 60;
// So far may two clocks be apart.
constexpr absl::Duration kClockDifference = absl::Seconds(30);
// A scrub should have ended since then; the server begins one a day unless told otherwise.
constexpr absl::Duration kScrubAge = absl::Hours(7 * 24);
// What the largest load may need, and about what any does.
constexpr uint64_t kRoomForLoads = uint64_t{1} << 30;
constexpr uint64_t kRoomForALoad = uint64_t{80} << 20;

std::optional<absl::Time> Instant(const std::string& text) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) return std::nullopt;
  return time;
}

std::string Mebibytes(uint64_t bytes) { return absl::StrCat(bytes >> 20, " MiB"); }

// `3 days`, `5 hours`.
std::string Long(absl::Duration duration) {
  const int64_t hours = absl::ToInt64Hours(duration);
  if (hours >= 48) return absl::StrCat(hours / 24, " days");
  if (hours >= 2) return absl::StrCat(hours, " hours");
  return absl::StrCat(absl::ToInt64Minutes(duration), " minutes");
}

std::string Day(absl::Time time) { return absl::FormatTime("%Y-%m-%d", time, absl::UTCTimeZone()); }

const v1::Release* FindRelease(const v1::ListReleasesResponse& list, const std::string& id) {
  const auto place = std::find_if(list.releases().begin(), list.releases().end(),
                                  [&](const v1::Release& release) { return release.id() == id; });
  return place == list.releases().end() ? nullptr : &*place;
}

// An edition that is not loaded, or held back beyond its day; nothing where it is ready.
std::optional<Finding> JudgeEdition(const v1::Edition& edition,
                                    const v1::ListReleasesResponse& list, Date effective,
                                    Date today) {
  const std::string when = absl::StrCat("takes effect on ", edition.effective_date(), ", in ",
                                        effective - today, " days,");
  if (!edition.loaded()) {
    return Finding{Health::kWarn, "next",
                   absl::StrCat("edition ", edition.id(), " ", when, " and is not loaded"),
                   absl::StrCat("codesetctl release load ", edition.id(), " PATH...")};
  }
  const v1::Release* const release = FindRelease(list, edition.id());
  if (!edition.held_back() || release == nullptr) return std::nullopt;
  // Held back until a day is a plan, as long as that day comes in time.
  const absl::StatusOr<Date> activates = model::ParseDate(release->activate_on());
  if (activates.ok() && *activates <= effective) return std::nullopt;
  return Finding{
      Health::kWarn, "next",
      absl::StrCat("release ", edition.id(), " ", when, " and is held back (",
                   release->activate_on(), ")"),
      absl::StrCat("codesetctl release activate ", edition.id(), ", unless that is meant")};
}

Findings JudgeNext(const v1::ListReleasesResponse& list, Date today) {
  Findings findings;
  std::vector<std::string> ready;
  const Date year_start = model::FiscalYearStart(model::FiscalYearOf(today) + 1);
  bool year_known = false;
  for (const v1::Edition& edition : list.editions()) {
    const absl::StatusOr<Date> effective = model::ParseDate(edition.effective_date());
    if (!effective.ok() || *effective <= today || *effective - today > kAheadDays) continue;
    year_known = year_known || *effective == year_start;
    if (auto finding = JudgeEdition(edition, list, *effective, today); finding.has_value()) {
      findings.push_back(*std::move(finding));
    } else {
      ready.push_back(absl::StrCat(edition.id(), " from ", edition.effective_date()));
    }
  }
  if (!year_known && year_start - today <= kAheadDays) {
    findings.push_back(
        {Health::kWarn, "next",
         absl::StrCat("a fiscal year begins on ", model::FormatDate(year_start), ", in ",
                      year_start - today, " days, and no edition of it is loaded"),
         absl::StrCat("codesetctl release load ", model::FiscalYearOf(year_start), " PATH...")});
  }
  if (!findings.empty()) return findings;
  if (ready.empty()) {
    return {
        {Health::kOk, "next", absl::StrCat("nothing new in the next ", kAheadDays, " days"), ""}};
  }
  return {{Health::kOk, "next", absl::StrCat("loaded ahead: ", absl::StrJoin(ready, ", ")), ""}};
}

Finding JudgeCurrent(const v1::ListReleasesResponse& list) {
  if (!list.has_current()) {
    return {Health::kFail, "current", "no release is in force today",
            "load the edition that is, or activate it: codesetctl release list"};
  }
  const v1::ResolvedRelease& current = list.current();
  const std::string named = absl::StrCat("current is ", current.release_id(), ", in force from ",
                                         current.effective_date());
  const std::string missing = absl::StrJoin(current.coverage().unloaded_editions(), ", ");
  if (current.coverage().overdue()) {
    return {Health::kFail, "current", absl::StrCat(named, "; overdue: ", missing),
            absl::StrCat("codesetctl release load (or activate) ", missing)};
  }
  if (current.coverage().kind() != v1::COVERAGE_KIND_EXACT) {
    return {Health::kWarn, "current",
            absl::StrCat(named, "; not loaded, though it changed no codes: ", missing),
            absl::StrCat("codesetctl release load ", missing, " PATH...")};
  }
  return {Health::kOk, "current", named, ""};
}

Finding JudgeScrub(const v1::ScrubStatus& scrub, absl::Time now) {
  constexpr absl::string_view kLook = "codesetctl scrub --last tells what, and what to do";
  if (scrub.findings() > 0) {
    return {Health::kFail, "scrub",
            absl::StrCat("the scrub that ended on ", scrub.last_ended_at(), " found ",
                         scrub.findings(), " things damaged"),
            std::string(kLook)};
  }
  if (!scrub.last_error().empty()) {
    return {Health::kWarn, "scrub", absl::StrCat("the last scrub failed: ", scrub.last_error()),
            "codesetctl scrub"};
  }
  const std::optional<absl::Time> ended = Instant(scrub.last_ended_at());
  if (!ended.has_value()) {
    return {Health::kSkip, "scrub", "no scrub has ended since the server was started",
            "codesetctl scrub proves everything now"};
  }
  const std::string found =
      absl::StrCat("nothing was damaged ", Long(now - *ended), " ago, on ", scrub.last_ended_at());
  if (now - *ended > kScrubAge) {
    return {Health::kWarn, "scrub", found, "codesetctl scrub; see codesetd serve --scrub-hours"};
  }
  return {Health::kOk, "scrub", found, ""};
}

Finding JudgeDisk(const v1::GetServerStatusResponse& status) {
  const v1::DiskStatus& disk = status.disk();
  if (disk.size_bytes() == 0) {
    return {Health::kSkip, "disk", "the server does not tell of its disk", ""};
  }
  const std::string room =
      absl::StrCat(Mebibytes(disk.free_bytes()), " of ", Mebibytes(disk.size_bytes()), " are free");
  if (disk.writes_stopped()) {
    return {Health::kFail, "disk", absl::StrCat("the database takes no writes; ", room),
            "make room, then restart the server; its log says more"};
  }
  if (disk.free_bytes() < kRoomForALoad) {
    return {Health::kFail, "disk", absl::StrCat(room, ": too little for a load"), "make room"};
  }
  if (disk.free_bytes() < kRoomForLoads) {
    return {Health::kWarn, "disk", absl::StrCat(room, ": a large load may be refused"),
            "make room"};
  }
  return {Health::kOk, "disk", room, ""};
}

Finding JudgeAudit(const v1::AuditStatus& audit) {
  if (audit.path().empty()) {
    return {Health::kOk, "audit", "admin calls are recorded in the server's own log", ""};
  }
  const std::string lost = absl::StrCat(audit.failures(), " of ", audit.records(),
                                        " lines went to standard error instead");
  if (!audit.error().empty()) {
    return {Health::kFail, "audit",
            absl::StrCat(audit.path(), " cannot be written: ", audit.error(), "; ", lost),
            "mend it; lines are written again at once"};
  }
  if (audit.failures() > 0) {
    return {Health::kWarn, "audit", absl::StrCat(audit.path(), " can be written; ", lost),
            "look for them in the server's log"};
  }
  return {Health::kOk, "audit", absl::StrCat(audit.path(), ", ", audit.records(), " lines"), ""};
}

}  // namespace

Finding JudgeTls(absl::string_view check, const TlsLook& look, absl::Time now) {
  const std::string name(check);
  if (!look.shown) {
    return {Health::kFail, name, absl::StrCat("no certificate was shown: ", look.error),
            "does the server have --tls-cert (--admin-tls-cert)?"};
  }
  const std::string until = absl::StrCat(look.subject, ", valid until ", Day(look.expires_at));
  const int64_t days = absl::ToInt64Hours(look.expires_at - now) / 24;
  if (look.expires_at <= now) {
    return {Health::kFail, name, absl::StrCat(until, ": expired"),
            "replace it and its key in place; the server needs no restart"};
  }
  if (!look.error.empty()) {
    return {Health::kFail, name, absl::StrCat(until, ": ", look.error),
            "see --tls-ca and --tls-server-name, else replace the certificate"};
  }
  if (days < kCertificateDays) {
    return {Health::kWarn, name, absl::StrCat(until, ", in ", days, " days"),
            "replace it and its key in place; the server needs no restart"};
  }
  return {Health::kOk, name, absl::StrCat(until, ", in ", days, " days"), ""};
}

Findings JudgeReleases(const v1::ListReleasesResponse& list, absl::Time now) {
  Findings findings;
  const Date today = model::DateInNewYork(now);
  const std::string& day = list.current().coverage().date();
  if (!day.empty() && day != model::FormatDate(today)) {
    findings.push_back({Health::kWarn, "day",
                        absl::StrCat("the server answers for ", day, ", but here it is ",
                                     model::FormatDate(today), " in New York"),
                        "set the clocks of both machines"});
  }
  if (list.releases().empty()) {
    findings.push_back(
        {Health::kFail, "releases", "none is loaded", "codesetctl release load ID PATH..."});
    return findings;
  }
  const auto held_back =
      std::count_if(list.releases().begin(), list.releases().end(),
                    [](const v1::Release& release) { return release.held_back(); });
  findings.push_back(
      {Health::kOk, "releases",
       absl::StrCat(list.releases_size(), " loaded, ", held_back, " of them held back"), ""});
  findings.push_back(JudgeCurrent(list));
  const Findings next = JudgeNext(list, today);
  findings.insert(findings.end(), next.begin(), next.end());
  return findings;
}

Findings JudgeLabels(const v1::ListLabelsResponse& labels, const v1::ListReleasesResponse& list) {
  Findings findings;
  for (const v1::Label& label : labels.labels()) {
    const v1::Release* const release = FindRelease(list, label.resolves_to());
    const std::string move = absl::StrCat("codesetctl label set ", label.name(), " ID");
    if (release == nullptr) {
      findings.push_back(
          {Health::kFail, "labels",
           absl::StrCat(label.name(), " names ", label.release_id(), ", which is not loaded"),
           move});
    } else if (release->held_back()) {
      findings.push_back(
          {Health::kWarn, "labels",
           absl::StrCat(label.name(), " names ", release->id(), ", which is held back from dates"),
           absl::StrCat("codesetctl release activate ", release->id(), ", unless that is meant")});
    }
  }
  if (findings.empty()) {
    findings.push_back({Health::kOk, "labels",
                        absl::StrCat(labels.labels_size(), " set, all to releases in use"), ""});
  }
  return findings;
}

Findings JudgeStatus(const v1::GetServerStatusResponse& status, absl::Time asked,
                     absl::string_view own_version) {
  Findings findings;
  if (status.server_version() == own_version) {
    findings.push_back({Health::kOk, "version", absl::StrCat("both are ", own_version), ""});
  } else {
    findings.push_back({Health::kWarn, "version",
                        absl::StrCat("the server is ", status.server_version(),
                                     ", this codesetctl is ", own_version),
                        "an older server lacks what is newer in the contract; all else fits"});
  }
  if (const std::optional<absl::Time> time = Instant(status.time()); time.has_value()) {
    // The server tells whole seconds.
    const absl::Duration apart = absl::AbsDuration(asked - *time);
    const bool close = apart <= kClockDifference;
    findings.push_back({close ? Health::kOk : Health::kWarn, "clock",
                        absl::StrCat("the server's clock is ", absl::ToInt64Seconds(apart),
                                     " s from this machine's; in New York it is ", status.today()),
                        close ? "" : "set the clocks of both machines"});
  }
  for (const v1::CertificateStatus& certificate : status.certificates()) {
    if (certificate.error().empty()) continue;
    findings.push_back({Health::kFail, "certificates",
                        absl::StrCat("the files of the ", certificate.listener(),
                                     " listener cannot be used: ", certificate.error()),
                        "mend them; connections go on with those of before"});
  }
  findings.push_back(JudgeScrub(status.scrub(), asked));
  findings.push_back(JudgeDisk(status));
  findings.push_back(JudgeAudit(status.audit()));
  return findings;
}

Finding JudgeBackups(const v1::ListBackupsResponse& list, absl::Time now, absl::Duration oldest) {
  if (!list.damaged().empty()) {
    return {Health::kFail, "backups",
            absl::StrCat("damaged: ", absl::StrJoin(list.damaged(), ", ")),
            "back up into another folder: codesetctl backup create FOLDER"};
  }
  if (list.backups().empty()) {
    return {Health::kFail, "backups", "there is none in the folder",
            "codesetctl backup create FOLDER"};
  }
  const v1::Backup& newest = *list.backups().rbegin();
  const absl::Time made = Instant(newest.created_at()).value_or(absl::InfinitePast());
  const std::string what =
      absl::StrCat(list.backups_size(), ", the newest of ", newest.created_at());
  if (now - made > oldest) {
    return {Health::kWarn, "backups", absl::StrCat(what, ": older than ", Long(oldest)),
            "codesetctl backup create FOLDER"};
  }
  return {Health::kOk, "backups", what, ""};
}

Finding JudgeLastBackup(const v1::GetServerStatusResponse& status, absl::Time now,
                        absl::Duration oldest) {
  const std::optional<absl::Time> made = Instant(status.last_backup_at());
  if (!made.has_value()) {
    return {Health::kSkip, "backups", "none was made since the server was started",
            "name their folder on the server's machine with --backups FOLDER"};
  }
  const std::string what = absl::StrCat("the newest is of ", status.last_backup_at());
  if (now - *made > oldest) {
    return {Health::kWarn, "backups", absl::StrCat(what, ": older than ", Long(oldest)),
            "codesetctl backup create FOLDER"};
  }
  return {Health::kOk, "backups", what, ""};
}

}  // namespace codeset::ctl
