// codesetctl doctor: what it makes of what a server tells, and how it ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "client/codesetctl/doctor_checks.h"
#include "client/cpp/error.h"
#include "tests/client/ctl_fixture.h"

namespace codeset::ctl {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

class MockProbe : public client::Probe {
 public:
  MOCK_METHOD(absl::StatusOr<bool>, IsServing, (const client::CallOptions&), (override));
  MOCK_METHOD(absl::StatusOr<v1::GetServerStatusResponse>, GetServerStatus,
              (const client::CallOptions&), (override));
};

absl::Time At(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << error;
  return time;
}

void AddEdition(v1::ListReleasesResponse& list, const std::string& id, const std::string& effective,
                bool loaded) {
  v1::Edition& edition = *list.add_editions();
  edition.set_id(id);
  edition.set_effective_date(effective);
  edition.set_loaded(loaded);
  edition.set_in_register(true);
  if (!loaded) return;
  v1::Release& release = *list.add_releases();
  release.set_id(id);
  release.set_effective_date(effective);
}

// A server with all in order, on 2026-07-01.
class DoctorTest : public CtlTest {
 protected:
  DoctorTest() {
    now_ = At("2026-07-01T16:00:00Z");
    AddEdition(list_, "2026", "2025-10-01", true);
    v1::ResolvedRelease& current = *list_.mutable_current();
    current.set_release_id("2026");
    current.set_effective_date("2025-10-01");
    current.mutable_coverage()->set_kind(v1::COVERAGE_KIND_EXACT);
    current.mutable_coverage()->set_date("2026-07-01");
    v1::Label& label = *labels_.add_labels();
    label.set_name("prod");
    label.set_release_id("2026");
    label.set_resolves_to("2026");
    status_.set_server_version(CODESET_TEST_VERSION);
    status_.set_time("2026-07-01T16:00:02Z");
    status_.mutable_scrub()->set_last_ended_at("2026-07-01T04:00:00Z");
    status_.mutable_disk()->set_size_bytes(uint64_t{100} << 30);
    status_.mutable_disk()->set_free_bytes(uint64_t{50} << 30);
    status_.mutable_audit()->set_path("/var/log/audit.jsonl");
    status_.set_last_backup_at("2026-07-01T02:00:00Z");
    look_.shown = true;
    look_.subject = "CN=codeset";
    look_.expires_at = now_ + absl::Hours(24 * 90);

    ON_CALL(*probe_, IsServing).WillByDefault([this](const auto&) { return serving_; });
    ON_CALL(*probe_, GetServerStatus).WillByDefault([this](const auto&) {
      return status_answer();
    });
    ON_CALL(*connection_, ListReleases).WillByDefault([this](const auto&, const auto&) {
      return list_;
    });
    ON_CALL(*connection_, ListConcepts).WillByDefault([](const auto&, const auto&) {
      return v1::ListConceptsResponse();
    });
    ON_CALL(*connection_, ListLabels).WillByDefault([this](const auto&, const auto&) {
      return labels_;
    });
  }

  absl::StatusOr<v1::GetServerStatusResponse> status_answer() {
    if (!status_error_.ok()) return status_error_;
    return status_;
  }

  ExitCode Doctor(const std::vector<std::string>& more = {"--admin-server", "unix:/x"}) {
    std::vector<std::string> args = {"doctor"};
    args.insert(args.end(), more.begin(), more.end());
    out_.str("");
    err_.str("");
    return ctl::Run(
        args,
        {out_, err_, columns_, false, [this](const std::string& name) { return variables_[name]; },
         [this](const std::string&, const client::ConnectionOptions&) { return connection_; },
         [this](const std::string&, const client::ConnectionOptions&) { return admin_; },
         [] { return false; }, &in_, "box", user_, [this] { return now_; },
         [this](const std::string&, const client::ConnectionOptions&, bool) { return probe_; },
         [this](const std::string&, const client::ConnectionOptions&) { return look_; }});
  }

  // The command ends so, and says of a check what begins with this.
  void ExpectLine(ExitCode code, const std::string& check, const std::string& begin,
                  const std::vector<std::string>& more = {"--admin-server", "unix:/x"}) {
    EXPECT_EQ(Doctor(more), code) << out_.str();
    std::vector<std::string> args = more;
    args.insert(args.end(), {"--output", "csv"});
    Doctor(args);
    const std::string word = code == ExitCode::kFailing ? "fail"
                             : code == ExitCode::kNo    ? "warn"
                                                        : "ok";
    EXPECT_THAT(out_.str(), AnyOf(HasSubstr(absl::StrCat(word, ",", check, ",", begin)),
                                  HasSubstr(absl::StrCat(word, ",", check, ",\"", begin))));
  }

  absl::StatusOr<bool> serving_ = true;
  v1::ListReleasesResponse list_;
  v1::ListLabelsResponse labels_;
  v1::GetServerStatusResponse status_;
  absl::Status status_error_;
  TlsLook look_;
  std::shared_ptr<::testing::NiceMock<MockProbe>> probe_ =
      std::make_shared<::testing::NiceMock<MockProbe>>();
};

TEST_F(DoctorTest, AllIsWell) {
  EXPECT_EQ(Doctor(), ExitCode::kDone);
  EXPECT_EQ(err_.str(), "");
  for (const char* const line :
       {"ok    reach ", "ok    health ", "ok    releases ", "ok    current ", "ok    next ",
        "ok    labels ", "ok    answers ", "ok    admin ", "ok    version ", "ok    clock ",
        "ok    scrub ", "ok    disk ", "ok    audit ", "ok    backups "}) {
    EXPECT_THAT(out_.str(), HasSubstr(line));
  }
  EXPECT_THAT(out_.str(), AllOf(Not(HasSubstr("warn")), Not(HasSubstr("FAIL"))));
  EXPECT_EQ(Doctor({"--admin-server", "unix:/x", "--output", "json"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(),
              HasSubstr("{\"result\":\"ok\",\"check\":\"current\",\"what\":\"current is 2026, in "
                        "force from 2025-10-01\",\"todo\":\"\"}\n"));
}

TEST_F(DoctorTest, SaysWhatItCouldNotAsk) {
  EXPECT_EQ(Doctor({}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("skip  admin "), HasSubstr("--data-dir"),
                                HasSubstr("skip  tls "), Not(HasSubstr("disk  "))));
}

TEST_F(DoctorTest, AServerThatIsNotReached) {
  serving_ = absl::UnavailableError("connection refused");
  ExpectLine(ExitCode::kFailing, "reach", "127.0.0.1:7460: connection refused");
  EXPECT_THAT(out_.str(), HasSubstr("skip,releases,"));
  serving_ = false;
  ExpectLine(ExitCode::kFailing, "health", "not SERVING");
}

TEST_F(DoctorTest, Certificates) {
  const std::vector<std::string> tls = {"--server", "h:1", "--tls-ca", WriteFile("ca", "x")};
  ExpectLine(ExitCode::kDone, "tls", "CN=codeset, valid until 2026-09-29, in 90 days", tls);
  look_.expires_at = now_ + absl::Hours(24 * 29 + 1);
  ExpectLine(ExitCode::kNo, "tls", "CN=codeset, valid until 2026-07-30, in 29 days", tls);
  look_.error = "hostname mismatch";
  ExpectLine(ExitCode::kFailing, "tls", "CN=codeset, valid until 2026-07-30: hostname mismatch",
             tls);
  look_.expires_at = now_ - absl::Hours(1);
  ExpectLine(ExitCode::kFailing, "tls", "CN=codeset, valid until 2026-07-01: expired", tls);
  look_ = {false, "", {}, "wrong version number"};
  ExpectLine(ExitCode::kFailing, "tls", "no certificate was shown: wrong version number", tls);
}

TEST_F(DoctorTest, CurrentAgainstCalendarAndRegister) {
  v1::Coverage& coverage = *list_.mutable_current()->mutable_coverage();
  coverage.set_kind(v1::COVERAGE_KIND_OTHER_GROUPS_CHANGED);
  coverage.add_unloaded_editions("2026-04");
  ExpectLine(ExitCode::kNo, "current",
             "current is 2026, in force from 2025-10-01; not loaded, "
             "though it changed no codes: 2026-04");
  coverage.set_kind(v1::COVERAGE_KIND_STALE);
  coverage.set_overdue(true);
  ExpectLine(ExitCode::kFailing, "current",
             "current is 2026, in force from 2025-10-01; overdue: 2026-04");
  list_.clear_current();
  ExpectLine(ExitCode::kFailing, "current", "no release is in force today");
  list_.clear_releases();
  ExpectLine(ExitCode::kFailing, "releases", "none is loaded");
}

TEST_F(DoctorTest, WhatComesNext) {
  // 61 days ahead is nobody's worry yet, 60 are.
  AddEdition(list_, "2026-09", "2026-08-31", false);
  ExpectLine(ExitCode::kDone, "next", "nothing new in the next 60 days");
  list_.mutable_editions(1)->set_effective_date("2026-08-30");
  ExpectLine(ExitCode::kNo, "next",
             "edition 2026-09 takes effect on 2026-08-30, in 60 days, and is not loaded");
  list_.mutable_editions(1)->set_loaded(true);
  ExpectLine(ExitCode::kDone, "next", "loaded ahead: 2026-09 from 2026-08-30");
}

TEST_F(DoctorTest, TheNextFiscalYear) {
  now_ = At("2026-08-02T03:59:00Z");  // 2026-08-01 in New York, 61 days ahead.
  list_.mutable_current()->mutable_coverage()->set_date("2026-08-01");
  EXPECT_EQ(Doctor({}), ExitCode::kDone) << out_.str();
  now_ = At("2026-08-02T04:01:00Z");
  list_.mutable_current()->mutable_coverage()->set_date("2026-08-02");
  ExpectLine(ExitCode::kNo, "next", "a fiscal year begins on 2026-10-01, in 60 days", {});
  EXPECT_THAT(out_.str(), HasSubstr("codesetctl release load 2027 PATH..."));
  AddEdition(list_, "2027", "2026-10-01", true);
  ExpectLine(ExitCode::kDone, "next", "loaded ahead: 2027 from 2026-10-01", {});
  // Held back until its day is a plan; for ever is one to be asked about.
  list_.mutable_editions(1)->set_held_back(true);
  list_.mutable_releases(1)->set_held_back(true);
  list_.mutable_releases(1)->set_activate_on("2026-10-01");
  ExpectLine(ExitCode::kDone, "next", "loaded ahead: 2027 from 2026-10-01", {});
  list_.mutable_releases(1)->set_activate_on("never");
  ExpectLine(ExitCode::kNo, "next",
             "release 2027 takes effect on 2026-10-01, in 60 days, and is held back (never)", {});
}

TEST_F(DoctorTest, AServerOfAnotherDay) {
  list_.mutable_current()->mutable_coverage()->set_date("2026-06-30");
  ExpectLine(ExitCode::kNo, "day", "the server answers for 2026-06-30, but here it is 2026-07-01",
             {});
}

TEST_F(DoctorTest, Labels) {
  labels_.mutable_labels(0)->set_resolves_to("");
  ExpectLine(ExitCode::kFailing, "labels", "prod names 2026, which is not loaded");
  labels_.mutable_labels(0)->set_resolves_to("2026");
  list_.mutable_releases(0)->set_held_back(true);
  ExpectLine(ExitCode::kNo, "labels", "prod names 2026, which is held back from dates");
}

TEST_F(DoctorTest, AReleaseThatIsDamaged) {
  EXPECT_CALL(*connection_, ListConcepts)
      .WillRepeatedly(
          [](const auto&,
             const v1::ListConceptsRequest& request) -> absl::StatusOr<v1::ListConceptsResponse> {
            EXPECT_EQ(request.release().release(), "2026");
            return client::MakeError(absl::StatusCode::kDataLoss, v1::ERROR_REASON_DATA_DAMAGED,
                                     "a page is missing", {});
          });
  ExpectLine(ExitCode::kFailing, "answers", "2026: a page is missing [DATA_DAMAGED]");
  EXPECT_THAT(out_.str(), HasSubstr("codesetctl release load 2026 PATH..."));
}

TEST_F(DoctorTest, VersionAndClock) {
  status_.set_server_version("9.9.9");
  ExpectLine(ExitCode::kNo, "version", "the server is 9.9.9, this codesetctl is ");
  status_.set_server_version(CODESET_TEST_VERSION);
  status_.set_time("2026-07-01T16:00:31Z");
  ExpectLine(ExitCode::kNo, "clock", "the server's clock is 31 s from this machine's");
  status_error_ = absl::UnimplementedError("");
  ExpectLine(ExitCode::kNo, "version", "the server is older than this codesetctl");
  status_error_ = absl::UnauthenticatedError("no token");
  ExpectLine(ExitCode::kFailing, "version", "no token");
}

TEST_F(DoctorTest, ScrubDiskAuditAndCertificateFiles) {
  status_.mutable_scrub()->set_findings(2);
  ExpectLine(ExitCode::kFailing, "scrub",
             "the scrub that ended on 2026-07-01T04:00:00Z found 2 things damaged");
  status_.mutable_scrub()->set_findings(0);
  status_.mutable_scrub()->set_last_error("no room");
  ExpectLine(ExitCode::kNo, "scrub", "the last scrub failed: no room");
  status_.mutable_scrub()->clear_last_error();
  status_.mutable_scrub()->set_last_ended_at("2026-06-20T04:00:00Z");
  ExpectLine(ExitCode::kNo, "scrub", "nothing was damaged 11 days ago");
  status_.clear_scrub();

  status_.mutable_disk()->set_free_bytes((uint64_t{1} << 30) - 1);
  ExpectLine(ExitCode::kNo, "disk", "1023 MiB of 102400 MiB are free");
  status_.mutable_disk()->set_free_bytes((uint64_t{80} << 20) - 1);
  ExpectLine(ExitCode::kFailing, "disk", "79 MiB of 102400 MiB are free: too little");
  status_.mutable_disk()->set_writes_stopped(true);
  ExpectLine(ExitCode::kFailing, "disk", "the database takes no writes");
  status_.clear_disk();

  status_.mutable_audit()->set_records(7);
  status_.mutable_audit()->set_failures(2);
  ExpectLine(ExitCode::kNo, "audit", "/var/log/audit.jsonl can be written; 2 of 7 lines");
  status_.mutable_audit()->set_error("Is a directory");
  ExpectLine(ExitCode::kFailing, "audit", "/var/log/audit.jsonl cannot be written: Is a directory");
  status_.clear_audit();

  v1::CertificateStatus& certificate = *status_.add_certificates();
  certificate.set_listener("public");
  certificate.set_error("the key x does not fit");
  ExpectLine(ExitCode::kFailing, "certificates",
             "the files of the public listener cannot be used: the key x does not fit");
}

TEST_F(DoctorTest, Backups) {
  status_.set_last_backup_at("2026-06-29T02:00:00Z");
  ExpectLine(ExitCode::kNo, "backups",
             "the newest is of 2026-06-29T02:00:00Z: older than 26 hours");
  ExpectLine(ExitCode::kDone, "backups", "the newest is of 2026-06-29T02:00:00Z",
             {"--admin-server", "unix:/x", "--backup-hours", "100"});
  v1::ListBackupsResponse list;
  EXPECT_CALL(*admin_, ListBackups)
      .WillRepeatedly([&](const auto&, const v1::ListBackupsRequest& request) {
        EXPECT_EQ(request.folder(), "/mnt/b");
        return list;
      });
  const std::vector<std::string> args = {"--admin-server", "unix:/x", "--backups", "/mnt/b"};
  ExpectLine(ExitCode::kFailing, "backups", "there is none in the folder", args);
  list.add_backups()->set_created_at("2026-07-01T02:00:00Z");
  ExpectLine(ExitCode::kDone, "backups", "1, the newest of 2026-07-01T02:00:00Z", args);
  list.add_damaged(3);
  ExpectLine(ExitCode::kFailing, "backups", "damaged: 3", args);
}

TEST_F(DoctorTest, RefusesWhatMakesNoSense) {
  EXPECT_EQ(Doctor({"--release", "2026"}), ExitCode::kUsage);
  EXPECT_EQ(Doctor({"--backup-hours", "0"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("codesetctl: "));
}

}  // namespace
}  // namespace codeset::ctl
