#include "absl/strings/str_cat.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/event_output.h"
#include "client/codesetctl/json.h"

namespace codeset::ctl {
namespace {

// Prints one event at once: whoever reads is waiting for it.
void PrintEvent(const Session& session, const v1::WatchReleasesResponse& message) {
  std::ostream& out = session.environment.out;
  switch (session.arguments.format) {
    case Format::kJson:
      out << ToJson(message) << "\n";
      break;
    case Format::kCsv:
      out << EventCsv(message.event(), message.resume_token());
      break;
    default:
      out << EventLine(message);
  }
  out << std::flush;
}

}  // namespace

ExitCode RunWatch(const Session& session, const client::Client& client) {
  const Arguments& arguments = session.arguments;
  std::ostream& err = session.environment.err;
  client::WatchOptions options;
  options.resume_token = arguments.resume_token;
  options.from_beginning = arguments.from_start;
  options.on_reconnect = [&err](const absl::Status& why, absl::Duration wait) {
    err << absl::StrCat("lost the server (", why.message(), "); trying again in ",
                        absl::FormatDuration(wait), "\n")
        << std::flush;
  };
  client::WatchRange events = client.WatchReleases(std::move(options));
  const absl::StatusOr<client::WatchHeader> header = events.header();
  if (!header.ok()) return Fail(session, header.status());
  err << absl::StrCat("watching; resume with --from ", header->resume_token, "\n") << std::flush;
  if (arguments.format == Format::kCsv) session.environment.out << EventCsvHeading() << std::flush;
  int printed = 0;
  for (absl::StatusOr<v1::WatchReleasesResponse>& item : events) {
    if (!item.ok()) return Fail(session, item.status());
    PrintEvent(session, *item);
    if (!session.environment.out) break;  // nobody reads; Run says how that ends
    if (arguments.count.has_value() && ++printed >= *arguments.count) break;
  }
  return ExitCode::kDone;
}

}  // namespace codeset::ctl
