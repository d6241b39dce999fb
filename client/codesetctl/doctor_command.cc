// Looks at a server from outside: asks what a client can, and judges it (doctor_checks.h).
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/doctor_checks.h"
#include "client/codesetctl/json.h"
#include "client/codesetctl/table.h"
#include "client/cpp/error.h"
#include "client/cpp/probe.h"
#include "client/cpp/selector.h"

namespace codeset::ctl {
namespace {

// For each question; a release's first may wait for its image.
constexpr absl::Duration kPatience = absl::Seconds(10);

client::CallOptions Soon() { return {absl::Now() + kPatience}; }

std::string ErrorText(const absl::Status& status) {
  const std::string reason = client::ErrorReasonNameOf(status);
  return absl::StrCat(status.message(), reason.empty() ? "" : absl::StrCat(" [", reason, "]"));
}

bool IsTcp(const std::string& address) { return !absl::StartsWith(address, "unix:"); }

// One examination.
class Doctor {
 public:
  explicit Doctor(const Session& session)
      : arguments_(session.arguments),
        environment_(session.environment),
        now_(environment_.now ? environment_.now() : absl::Now()) {}

  Findings Examine() {
    if (LookAtServer()) {
      LookAtReleases();
    } else {
      Add(Health::kSkip, "releases", "the server was not reached");
    }
    LookAtAdmin();
    return std::move(findings_);
  }

 private:
  void Add(Health health, std::string check, std::string what, std::string todo = "") {
    findings_.push_back({health, std::move(check), std::move(what), std::move(todo)});
  }
  void Add(Findings findings) {
    std::move(findings.begin(), findings.end(), std::back_inserter(findings_));
  }

  // Whether the listener answers at all, and that it says that it serves.
  bool LookAtListener(const client::ConnectionOptions& options, const std::string& address,
                      const std::string& check, bool with_token) {
    const auto probe = environment_.probe(address, options, with_token);
    if (!probe.ok()) {
      Add(Health::kFail, check, std::string(probe.status().message()),
          "see --tls-ca, --tls-cert, --tls-key and --token-file");
      return false;
    }
    probe_ = *probe;
    const absl::Time asked = absl::Now();
    const absl::StatusOr<bool> serving = probe_->IsServing(Soon());
    if (!serving.ok()) {
      Add(Health::kFail, check, absl::StrCat(address, ": ", ErrorText(serving.status())),
          "is the server running, is this its address, and does it ask for TLS (--tls-ca) or for a "
          "client's certificate (--tls-cert)?");
      return false;
    }
    Add(Health::kOk, check,
        absl::StrCat(address, " answered in ", absl::ToInt64Milliseconds(absl::Now() - asked),
                     " ms"));
    if (*serving) {
      Add(Health::kOk, check == "reach" ? "health" : "admin-health", "SERVING");
    } else {
      Add(Health::kFail, check == "reach" ? "health" : "admin-health", "not SERVING",
          "it is stopping; if it goes on, look at its log");
    }
    return true;
  }

  void LookAtCertificate(const std::string& address, const std::string& check) {
    if (!IsTcp(address)) return;
    if (arguments_.connection.tls_ca.empty()) {
      Add(Health::kSkip, check,
          absl::StrCat("asked without TLS: whoever is between here and ", address,
                       " can read and change answers"),
          "name the authorities with --tls-ca where the server has TLS");
      return;
    }
    findings_.push_back(
        JudgeTls(check, environment_.look_at_tls(address, arguments_.connection), now_));
  }

  bool LookAtServer() {
    const bool reached =
        LookAtListener(arguments_.connection, arguments_.server, "reach", /*with_token=*/false);
    LookAtCertificate(arguments_.server, "tls");
    return reached;
  }

  void LookAtReleases() {
    const auto connected = environment_.connect(arguments_.server, arguments_.connection);
    if (!connected.ok()) {
      Add(Health::kFail, "releases", std::string(connected.status().message()));
      return;
    }
    client::Connection& connection = **connected;
    const absl::StatusOr<v1::ListReleasesResponse> list =
        connection.ListReleases(Soon(), v1::ListReleasesRequest());
    if (!list.ok()) {
      Add(Health::kFail, "releases", ErrorText(list.status()), "look at the server's log");
      return;
    }
    Add(JudgeReleases(*list, now_));
    const absl::StatusOr<v1::ListLabelsResponse> labels =
        connection.ListLabels(Soon(), v1::ListLabelsRequest());
    if (labels.ok()) {
      Add(JudgeLabels(*labels, *list));
    } else {
      Add(Health::kFail, "labels", ErrorText(labels.status()), "look at the server's log");
    }
    if (!list->releases().empty()) AskEach(connection, *list);
  }

  // Asks each release something for which all of it must be sound.
  void AskEach(client::Connection& connection, const v1::ListReleasesResponse& list) {
    const size_t before = findings_.size();
    for (const v1::Release& release : list.releases()) {
      v1::ListConceptsRequest request;
      *request.mutable_release() = client::ById(release.id());
      request.set_page_size(1);
      const absl::Status status = connection.ListConcepts(Soon(), request).status();
      if (status.ok()) continue;
      const bool damaged = client::ErrorReasonOf(status) == v1::ERROR_REASON_DATA_DAMAGED;
      Add(Health::kFail, "answers", absl::StrCat(release.id(), ": ", ErrorText(status)),
          damaged ? absl::StrCat("codesetctl release load ", release.id(),
                                 " PATH... writes afresh what is damaged; else restore a backup")
                  : "look at the server's log");
    }
    if (findings_.size() == before) {
      Add(Health::kOk, "answers", absl::StrCat("all ", list.releases_size(), " releases answer"));
    }
  }

  void LookAtAdmin() {
    const std::string address = AdminAddressOf(arguments_);
    if (address.empty()) {
      Add(Health::kSkip, "admin", "version, clock, scrub, disk, audit log and backups: not asked",
          "name the admin listener with --data-dir DIR or --admin-server ADDR");
      return;
    }
    const bool reached =
        LookAtListener(arguments_.connection, address, "admin", /*with_token=*/true);
    LookAtCertificate(address, "admin-tls");
    if (!reached) return;
    const absl::Time asked = environment_.now ? environment_.now() : absl::Now();
    const absl::StatusOr<v1::GetServerStatusResponse> status = probe_->GetServerStatus(Soon());
    if (!status.ok()) {
      const bool older = absl::IsUnimplemented(status.status());
      Add(older ? Health::kWarn : Health::kFail, "version",
          older ? "the server is older than this codesetctl, and does not tell how it is"
                : ErrorText(status.status()),
          older ? "update the server" : "see --token-file, --tls-cert and --tls-key");
      return;
    }
    Add(JudgeStatus(*status, asked, CODESET_VERSION));
    LookAtBackups(address, *status);
  }

  void LookAtBackups(const std::string& address, const v1::GetServerStatusResponse& status) {
    const absl::Duration oldest = absl::Hours(arguments_.doctor.backup_hours);
    if (arguments_.doctor.backups.empty()) {
      findings_.push_back(JudgeLastBackup(status, now_, oldest));
      return;
    }
    const auto connected = environment_.connect_admin(address, arguments_.connection);
    v1::ListBackupsRequest request;
    request.set_folder(arguments_.doctor.backups);
    const absl::StatusOr<v1::ListBackupsResponse> list =
        connected.ok() ? (*connected)->ListBackups(Soon(), request) : connected.status();
    if (list.ok()) {
      findings_.push_back(JudgeBackups(*list, now_, oldest));
    } else {
      Add(Health::kFail, "backups", ErrorText(list.status()),
          "is it the folder on the server's machine, and is its disk mounted?");
    }
  }

  const Arguments& arguments_;
  const Environment& environment_;
  const absl::Time now_;
  // Of the listener that was looked at last.
  std::shared_ptr<client::Probe> probe_;
  Findings findings_;
};

std::string Word(Health health) {
  switch (health) {
    case Health::kOk:
      return "ok";
    case Health::kSkip:
      return "skip";
    case Health::kWarn:
      return "warn";
    case Health::kFail:
      return "fail";
  }
  return "fail";
}

void Print(const Session& session, const Findings& findings) {
  std::ostream& out = session.environment.out;
  switch (session.arguments.format) {
    case Format::kJson:
      for (const Finding& finding : findings) {
        out << JsonLine({{"result", JsonString(Word(finding.health))},
                         {"check", JsonString(finding.check)},
                         {"what", JsonString(finding.what)},
                         {"todo", JsonString(finding.todo)}});
      }
      break;
    case Format::kCsv:
      out << FormatCsvRecord({"result", "check", "what", "todo"});
      for (const Finding& finding : findings) {
        out << FormatCsvRecord({Word(finding.health), finding.check, finding.what, finding.todo});
      }
      break;
    default: {
      size_t width = 0;
      for (const Finding& finding : findings) width = std::max(width, finding.check.size());
      for (const Finding& finding : findings) {
        // What fails stands out.
        const std::string word = finding.health == Health::kFail ? "FAIL" : Word(finding.health);
        out << word << std::string(6 - word.size(), ' ') << finding.check
            << std::string(width + 2 - finding.check.size(), ' ') << finding.what << "\n";
        if (!finding.todo.empty())
          out << std::string(8 + width, ' ') << "> " << finding.todo << "\n";
      }
    }
  }
}

}  // namespace

ExitCode RunDoctor(const Session& session) {
  const Findings findings = Doctor(session).Examine();
  Print(session, findings);
  Health worst = Health::kOk;
  for (const Finding& finding : findings) worst = std::max(worst, finding.health);
  if (worst == Health::kFail) return ExitCode::kFailing;
  return worst == Health::kWarn ? ExitCode::kNo : ExitCode::kDone;
}

}  // namespace codeset::ctl
