// reference show, history, editions and export.
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/json.h"
#include "client/codesetctl/reference_output.h"
#include "client/codesetctl/reference_page.h"

namespace codeset::ctl {
namespace {

constexpr int kPlainColumns = 80;
constexpr int kNarrowest = 20;

// How wide a page is shown: as the terminal, else as COLUMNS says, else 80.
int PageColumns(const Environment& environment) {
  if (environment.columns.has_value()) return *environment.columns;
  int columns = 0;
  return absl::SimpleAtoi(environment.variable("COLUMNS"), &columns) && columns >= kNarrowest
             ? columns
             : kPlainColumns;
}

// A document as import takes it, with a line end.
std::string DocumentText(const v1::Reference& reference, bool pretty) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = pretty;
  std::string text;
  // Fails only for messages with Any fields; a page has none.
  if (!google::protobuf::util::MessageToJsonString(reference, &text, options).ok()) return "";
  if (text.empty() || text.back() != '\n') text += '\n';
  return text;
}

// Where an export goes: standard output, or a file that appears whole or not at all.
class Target {
 public:
  Target(const Session& session, const std::string& path) : path_(path) {
    if (path_ == "-") {
      out_ = &session.environment.out;
      return;
    }
    errno = 0;
    file_.open(Unfinished(), std::ios::binary | std::ios::trunc);
    out_ = &file_;
  }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  ~Target() {
    if (path_ == "-" || done_) return;
    file_.close();
    std::remove(Unfinished().c_str());
  }

  std::ostream& out() { return *out_; }
  bool is_file() const { return path_ != "-"; }

  // Puts the file in its place.
  absl::Status Finish() {
    if (!is_file()) return absl::OkStatus();
    file_.close();
    done_ = file_.good() && std::rename(Unfinished().c_str(), path_.c_str()) == 0;
    return done_ ? absl::OkStatus() : Error();
  }
  absl::Status Error() const {
    return absl::ErrnoToStatus(errno == 0 ? EIO : errno, absl::StrCat("cannot write ", path_));
  }

 private:
  std::string Unfinished() const { return absl::StrCat(path_, ".unfinished"); }

  std::string path_;
  std::ofstream file_;
  std::ostream* out_ = nullptr;
  bool done_ = false;
};

ExitCode CannotWrite(const Session& session, const absl::Status& status) {
  session.environment.err << absl::StrCat("codesetctl: ", status.message(), "\n");
  return ExitCode::kRefused;
}

}  // namespace

ExitCode RunReferenceShow(const Session& session, const client::Client& client) {
  v1::GetReferenceRequest request;
  request.set_code(session.arguments.ids.front());
  *request.mutable_release() = SelectorOf(session.arguments);
  request.set_as_of(session.arguments.reference.as_of);
  request.set_revision(session.arguments.reference.revision);
  const absl::StatusOr<v1::GetReferenceResponse> answer = client.GetReference(request);
  if (!answer.ok()) return Fail(session, answer.status());
  TellRelease(session, answer->release());
  std::ostream& out = session.environment.out;
  switch (session.arguments.format) {
    case Format::kJson:
      out << ToJson(*answer) << "\n";
      break;
    case Format::kCsv:
      out << PageCsv(*answer);
      break;
    default:
      out << FormatPage(*answer, PageColumns(session.environment));
  }
  return ExitCode::kDone;
}

ExitCode RunReferenceHistory(const Session& session, const client::Client& client) {
  const std::string& code = session.arguments.ids.front();
  const absl::StatusOr<v1::ListReferenceRevisionsResponse> revisions =
      client.ListReferenceRevisions(code);
  if (!revisions.ok()) return Fail(session, revisions.status());
  std::vector<PageEvent> events;
  for (const v1::ReferenceRevision& revision : revisions->revisions()) {
    events.push_back({revision.recorded_at(), revision, std::nullopt});
  }
  client::VerificationRange verifications = client.ListVerifications(code);
  for (absl::StatusOr<v1::Verification>& item : verifications) {
    if (!item.ok()) return Fail(session, item.status());
    const std::string at = item->recorded_at();
    events.push_back({at, std::nullopt, *std::move(item)});
  }
  // Each list is in its order; a revision comes before a verification of the same second, which
  // may be of it.
  std::stable_sort(events.begin(), events.end(), [](const PageEvent& a, const PageEvent& b) {
    return a.recorded_at < b.recorded_at;
  });
  std::ostream& out = session.environment.out;
  switch (session.arguments.format) {
    case Format::kJson:
      for (const PageEvent& event : events) out << PageEventJson(event);
      break;
    case Format::kCsv:
      out << PageEventsCsv(events);
      break;
    default:
      out << FormatTable(PageEventTable(events), session.environment.columns);
  }
  return ExitCode::kDone;
}

ExitCode RunReferenceEditions(const Session& session, const client::Client& client) {
  const absl::StatusOr<v1::ListSourceEditionsResponse> answer = client.ListSourceEditions();
  if (!answer.ok()) return Fail(session, answer.status());
  const std::vector<v1::SourceEdition> editions(answer->editions().begin(),
                                                answer->editions().end());
  std::ostream& out = session.environment.out;
  switch (session.arguments.format) {
    case Format::kJson:
      for (const v1::SourceEdition& edition : editions) {
        out << JsonLine({{"edition", ToJson(edition)}});
      }
      break;
    case Format::kCsv:
      out << EditionsCsv(editions);
      break;
    default:
      out << FormatTable(EditionTable(editions), session.environment.columns);
  }
  return ExitCode::kDone;
}

ExitCode RunReferenceExport(const Session& session, const client::Client& client) {
  const Arguments& arguments = session.arguments;
  Target target(session, arguments.reference.to);
  if (target.is_file() && !target.out()) {
    CannotWrite(session, target.Error());
    return ExitCode::kUsage;
  }
  v1::StreamReferencesRequest request;
  for (const std::string& code : arguments.ids) request.add_codes(code);
  for (const v1::ReferenceState state : arguments.reference.states) request.add_states(state);
  client::ReferenceRange range = client.StreamReferences(std::move(request));
  std::int64_t pages = 0;
  for (const absl::StatusOr<client::StoredReference>& stored : range) {
    if (!stored.ok()) return Fail(session, stored.status());
    target.out() << DocumentText(stored->reference, arguments.reference.pretty);
    ++pages;
    if (target.out()) continue;
    if (target.is_file()) return CannotWrite(session, target.Error());
    return ExitCode::kDone;  // nobody reads; Run says how that ends
  }
  if (const absl::Status finished = target.Finish(); !finished.ok()) {
    return CannotWrite(session, finished);
  }
  session.environment.err << absl::StrCat(pages, pages == 1 ? " page\n" : " pages\n");
  return ExitCode::kDone;
}

}  // namespace codeset::ctl
