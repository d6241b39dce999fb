#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/codesetctl/code_list_file.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/describe.h"
#include "client/codesetctl/event_id.h"
#include "client/codesetctl/json.h"
#include "client/codesetctl/status_words.h"
#include "client/codesetctl/table.h"
#include "storage/model/status_macros.h"

namespace codeset::ctl {
namespace {

// How many events one request records.
constexpr std::size_t kBatch = 1000;

// The codes of the command line, or of the file that it names.
absl::StatusOr<std::vector<std::string>> CodesOf(const Session& session) {
  const std::string& path = session.arguments.reference.codes_file;
  if (path.empty()) return session.arguments.ids;
  std::vector<ListedEntry> entries;
  if (path == "-") {
    if (session.environment.in == nullptr) return absl::InvalidArgumentError("nothing to read");
    ASSIGN_OR_RETURN(entries, ReadCodeList(*session.environment.in, "standard input"));
  } else {
    std::error_code failure;
    std::ifstream file(path);
    if (!file || std::filesystem::is_directory(path, failure)) {
      return absl::InvalidArgumentError(absl::StrCat("cannot read ", path));
    }
    ASSIGN_OR_RETURN(entries, ReadCodeList(file, path));
  }
  std::vector<std::string> codes;
  codes.reserve(entries.size());
  for (ListedEntry& entry : entries) codes.push_back(std::move(entry.text));
  return codes;
}

// Makes the events of codes: each page is read, so that what is recorded is what it was.
class Events {
 public:
  Events(const Session& session, const client::Client& client)
      : session_(session), client_(client), selector_(SelectorOf(session.arguments)) {}

  absl::StatusOr<v1::NewVerification> Of(const std::string& code) {
    v1::GetReferenceRequest request;
    request.set_code(code);
    request.set_revision(session_.arguments.reference.revision);
    *request.mutable_release() = selector_;
    ASSIGN_OR_RETURN(const v1::GetReferenceResponse page, client_.GetReference(request));
    if (!told_) {
      TellRelease(session_, page.release());
      told_ = true;
      // All are judged against the same release even if `current` moves meanwhile; what was
      // asserted of it still is.
      selector_.set_release(page.release().release_id());
      selector_.set_allow_stale(false);
    }
    v1::NewVerification event = session_.arguments.reference.event;
    event.set_code(page.reference().code());
    event.set_revision(page.revision().number());
    event.set_revision_digest(page.revision().digest());
    *event.mutable_release() = selector_;
    if (event.id().empty()) event.set_id(MakeEventId(event));
    return event;
  }

 private:
  const Session& session_;
  const client::Client& client_;
  v1::ReleaseSelector selector_;
  bool told_ = false;
};

void Print(const Session& session, const v1::Verification& verification) {
  const v1::NewVerification& event = verification.event();
  std::ostream& out = session.environment.out;
  switch (session.arguments.format) {
    case Format::kJson:
      out << JsonLine({{"verification", ToJson(verification)}});
      break;
    case Format::kCsv:
      out << FormatCsvRecord({event.code(), absl::StrCat(event.revision()), event.date(),
                              event.verifier(), NameOf(event.outcome()), verification.release_id(),
                              event.id(), absl::StrCat(verification.number()),
                              verification.recorded_at()});
      break;
    default:
      out << absl::StrCat(event.code(), ": revision ", event.revision(), " ",
                          WordsOf(event.outcome()), " on ", DayText(event.date()), " by ",
                          event.verifier(), " against release ", verification.release_id(), ", ",
                          ScopeText(event.scope()), " (", event.id(), ")\n");
  }
}

}  // namespace

ExitCode RunReferenceVerify(const Session& session, const client::Client& client,
                            const client::AdminClient& admin) {
  const absl::StatusOr<std::vector<std::string>> codes = CodesOf(session);
  if (!codes.ok()) {
    session.environment.err << absl::StrCat("codesetctl: ", codes.status().message(), "\n");
    return ExitCode::kUsage;
  }
  Events events(session, client);
  std::vector<v1::NewVerification> all;
  ExitCode worst = ExitCode::kDone;
  for (const std::string& code : *codes) {
    absl::StatusOr<v1::NewVerification> event = events.Of(code);
    if (event.ok()) {
      all.push_back(*std::move(event));
      continue;
    }
    const ExitCode failed = Fail(session, event.status());
    worst = std::max(worst, failed);
    // A code without a page says nothing of the others; all else does.
    if (failed != ExitCode::kNo) break;
  }
  if (worst != ExitCode::kDone) {
    session.environment.err << "nothing was recorded\n";
    return worst;
  }
  if (session.arguments.format == Format::kCsv) {
    session.environment.out << FormatCsvRecord({"code", "revision", "date", "verifier", "outcome",
                                                "release_id", "id", "number", "recorded_at"});
  }
  std::size_t recorded = 0;
  int before = 0;
  for (std::size_t first = 0; first < all.size(); first += kBatch) {
    v1::RecordVerificationRequest request;
    for (std::size_t i = first; i < std::min(first + kBatch, all.size()); ++i) {
      *request.add_verifications() = std::move(all[i]);
    }
    const absl::StatusOr<v1::RecordVerificationResponse> answer =
        admin.RecordVerification(std::move(request));
    if (!answer.ok()) {
      const ExitCode failed = FailAdmin(session, answer.status());
      session.environment.err << absl::StrCat(
          recorded, " of ", all.size(), " were recorded; to repeat the command records the rest\n");
      return failed;
    }
    for (const v1::Verification& verification : answer->verifications()) {
      Print(session, verification);
    }
    recorded += static_cast<std::size_t>(answer->verifications_size());
    before += answer->already_recorded();
  }
  session.environment.err << absl::StrCat(
      recorded - static_cast<std::size_t>(before), " recorded",
      before > 0 ? absl::StrCat(", ", before, " had been recorded before") : "", "\n");
  return ExitCode::kDone;
}

}  // namespace codeset::ctl
