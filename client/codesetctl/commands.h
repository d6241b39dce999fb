// The commands. Each asks the server, prints its answer and says how it ended.
//
// Not thread-safe: one command runs at a time.
#pragma once

#include <memory>

#include "absl/status/status.h"
#include "client/codesetctl/arguments.h"
#include "client/codesetctl/environment.h"
#include "client/cpp/admin_client.h"
#include "client/cpp/client.h"

namespace codeset::ctl {

// A command's surroundings.
struct Session {
  const Arguments& arguments;
  const Environment& environment;
};

// lookup, children … descendants, list, referencing, subsumes, common-ancestor.
ExitCode RunLookup(const Session& session, const client::Client& client);
ExitCode RunRelatives(const Session& session, const client::Client& client);
ExitCode RunList(const Session& session, const client::Client& client);
ExitCode RunReferencing(const Session& session, const client::Client& client);
ExitCode RunSubsumes(const Session& session, const client::Client& client);
ExitCode RunCommonAncestor(const Session& session, const client::Client& client);

// validate: exit code 1 unless every code is billable.
ExitCode RunValidate(const Session& session, const client::Client& client);

// history, export.
ExitCode RunHistory(const Session& session, const client::Client& client);
ExitCode RunExportValidity(const Session& session, const client::Client& client);
ExitCode RunExportConcepts(const Session& session, const client::Client& client);

// diff, release compare, check-list, replacements.
ExitCode RunDiff(const Session& session, const client::Client& client);
ExitCode RunReleaseCompare(const Session& session, const client::Client& client);
ExitCode RunCheckList(const Session& session, const client::Client& client);
ExitCode RunReplacements(const Session& session, const client::Client& client);

// pin, and the proof that every command with --pin begins with: whether the server serves the
// pinned release. Where it does not, it says what is other and how the command ends.
ExitCode RunPin(const Session& session, const client::Client& client);
ExitCode ProvePin(const Session& session, const client::Client& client);

// label …, watch.
ExitCode RunLabelList(const Session& session, const client::Client& client);
ExitCode RunLabelHistory(const Session& session, const client::Client& client);
ExitCode RunLabelSet(const Session& session, const client::AdminClient& admin);
ExitCode RunLabelRollback(const Session& session, const client::AdminClient& admin);
ExitCode RunLabelRemove(const Session& session, const client::AdminClient& admin);
ExitCode RunWatch(const Session& session, const client::Client& client);

// resolve, release ….
ExitCode RunResolve(const Session& session, const client::Client& client);
ExitCode RunReleaseList(const Session& session, const client::Client& client);
ExitCode RunReleaseShow(const Session& session, const client::Client& client);
ExitCode RunReleaseLoad(const Session& session, const client::AdminClient& admin);
ExitCode RunReleaseVerify(const Session& session, const client::AdminClient& admin);
ExitCode RunReleaseDelete(const Session& session, const client::AdminClient& admin);
ExitCode RunReleaseActivate(const Session& session, const client::AdminClient& admin);
ExitCode RunReleaseImport(const Session& session, const client::AdminClient& admin);
// Pulls releases into a local code set, which is what is saved.
ExitCode RunReleaseExport(const Session& session,
                          const std::shared_ptr<client::Connection>& connection);

// Prints what a load came to.
void PrintLoadReport(const Session& session, const v1::LoadReport& report);
// Progress of a load on standard error, where someone reads it.
client::ProgressCallback LoadProgress(const Session& session);

// reference …. Import, export, show, verify, history, queue, usage, editions.
ExitCode RunReferenceImport(const Session& session, const client::AdminClient& admin);
ExitCode RunReferenceExport(const Session& session, const client::Client& client);
ExitCode RunReferenceShow(const Session& session, const client::Client& client);
ExitCode RunReferenceVerify(const Session& session, const client::Client& client,
                            const client::AdminClient& admin);
ExitCode RunReferenceHistory(const Session& session, const client::Client& client);
ExitCode RunReferenceQueue(const Session& session, const client::Client& client);
ExitCode RunReferenceUsage(const Session& session, const client::AdminClient& admin);
ExitCode RunReferenceEditions(const Session& session, const client::Client& client);

// backup ….
ExitCode RunBackupCreate(const Session& session, const client::AdminClient& admin);
ExitCode RunBackupList(const Session& session, const client::AdminClient& admin);
ExitCode RunBackupVerify(const Session& session, const client::AdminClient& admin);
// doctor: exit code 1 where somebody should look, 2 where something fails.
ExitCode RunDoctor(const Session& session);
// scrub: exit code 1 where something is damaged.
ExitCode RunScrub(const Session& session, const client::AdminClient& admin);

// Says that a call failed, and returns the exit code for it.
ExitCode Fail(const Session& session, const absl::Status& status);
ExitCode FailAdmin(const Session& session, const absl::Status& status);

// Tells on standard error which release answered: for tables and csv the release and all that
// it does not know, for json only that its coverage is not what was asked for (the rest is in
// the data), for addenda all but what the addenda do not need.
void TellRelease(const Session& session, const v1::ResolvedRelease& release);

// Who moves a label, activates a release or imports pages: --by, else user@host as far as they are
// known.
std::string OperatorOf(const Session& session);

// Says something that a reader must not miss.
void Warn(const Session& session, absl::string_view text);

}  // namespace codeset::ctl
