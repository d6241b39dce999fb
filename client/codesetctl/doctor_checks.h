// What codesetctl doctor makes of what it was told: pure judgements, each with what to do.
//
// Thread-safe: values and free functions.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/codesetctl/tls_look.h"
#include "codeset/v1/backup.pb.h"
#include "codeset/v1/label.pb.h"
#include "codeset/v1/monitoring.pb.h"
#include "codeset/v1/releases.pb.h"

namespace codeset::ctl {

// How a check came out: well; it could not be made; somebody should look at it; it fails.
enum class Health { kOk, kSkip, kWarn, kFail };

// One check.
struct Finding {
  Health health = Health::kOk;
  // Its name: `current`, `disk`.
  std::string check;
  // What was found.
  std::string what;
  // What to do about it; empty where nothing is.
  std::string todo;
};

using Findings = std::vector<Finding>;

// The certificate that a listener showed; `check` is the name of the check.
Finding JudgeTls(absl::string_view check, const TlsLook& look, absl::Time now);

// Whether the server's day is ours in New York, as its public answer tells it; how many releases
// there are, whether `current` is what should answer, and what comes next.
Findings JudgeReleases(const v1::ListReleasesResponse& list, absl::Time now);

// Whether labels resolve to releases that can answer.
Findings JudgeLabels(const v1::ListLabelsResponse& labels, const v1::ListReleasesResponse& list);

// What the server says of itself: version, clock, files of certificates, scrub, disk, audit log.
// `asked` is when it was.
Findings JudgeStatus(const v1::GetServerStatusResponse& status, absl::Time asked,
                     absl::string_view own_version);

// The backups of a folder: that the newest is not older than `oldest`, and none is damaged.
Finding JudgeBackups(const v1::ListBackupsResponse& list, absl::Time now, absl::Duration oldest);

// The same of what the server has made since it was started, where no folder is named.
Finding JudgeLastBackup(const v1::GetServerStatusResponse& status, absl::Time now,
                        absl::Duration oldest);

}  // namespace codeset::ctl
