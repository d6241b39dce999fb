#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/describe.h"
#include "client/cpp/error.h"
#include "client/cpp/pin.h"

namespace codeset::ctl {
namespace {

absl::string_view StandingText(client::GroupStanding standing) {
  switch (standing) {
    case client::GroupStanding::kSame:
      return "the same as pinned";
    case client::GroupStanding::kDiffers:
      return "other than pinned";
    case client::GroupStanding::kGained:
      return "not there when it was pinned";
    case client::GroupStanding::kLost:
      return "pinned, and not there now";
  }
  return "";
}

// Says, group by group, how the release that the server has under the pin's id differs.
void TellDifferences(const Session& session, const client::Client& client, const v1::Pin& pin) {
  const absl::StatusOr<v1::ResolveReleaseResponse> actual =
      client.ResolveRelease(client::ById(pin.release_id()));
  if (!actual.ok()) return;  // the mismatch itself has been told
  for (const client::GroupComparison& item : client::CompareWithPin(pin, actual->release())) {
    session.environment.err << absl::StrCat("  ", WordsOf(item.group), ": ",
                                            StandingText(item.standing), "\n");
  }
}

}  // namespace

ExitCode RunPin(const Session& session, const client::Client& client) {
  const v1::ReleaseSelector asked = SelectorOf(session.arguments);
  const absl::StatusOr<v1::ResolveReleaseResponse> answer = client.ResolveRelease(asked);
  if (!answer.ok()) return Fail(session, answer.status());
  TellRelease(session, answer->release());
  const absl::Time now = session.environment.now ? session.environment.now() : absl::Now();
  session.environment.out << client::FormatPin(client::MakePin(answer->release(), asked, now));
  return ExitCode::kDone;
}

ExitCode ProvePin(const Session& session, const client::Client& client) {
  const v1::Pin& pin = *session.arguments.pin;
  const absl::StatusOr<v1::ResolveReleaseResponse> answer =
      client.ResolveRelease(client::PinnedTo(pin));
  if (answer.ok()) return ExitCode::kDone;
  const ExitCode code = Fail(session, answer.status());
  session.environment.err << absl::StrCat("  ", session.arguments.pin_file, " pins release ",
                                          pin.release_id(), ", fingerprint ", pin.fingerprint(),
                                          "\n");
  if (client::ErrorReasonOf(answer.status()) == v1::ERROR_REASON_FINGERPRINT_MISMATCH) {
    TellDifferences(session, client, pin);
  }
  return code;
}

}  // namespace codeset::ctl
