#include <cstdint>
#include <optional>

#include "absl/strings/str_cat.h"
#include "client/codesetctl/commands.h"
#include "client/codesetctl/concept_export.h"
#include "storage/model/status_macros.h"
#include "storage/portable/atomic_file.h"

namespace codeset::ctl {
namespace {

// After how many concepts progress is told again.
constexpr std::int64_t kProgressStep = 5000;
// How much is gathered for one write to a file, in bytes.
constexpr std::size_t kWriteBytes = std::size_t{1} << 20;

// Standard output, or a file that is there whole or not at all.
class Sink {
 public:
  static absl::StatusOr<Sink> Open(const Session& session) {
    Sink sink(session.environment.out);
    if (session.arguments.output_file.empty()) return sink;
    ASSIGN_OR_RETURN(portable::AtomicFile file,
                     portable::AtomicFile::Create(session.arguments.output_file));
    sink.file_.emplace(std::move(file));
    return sink;
  }

  absl::Status Write(absl::string_view text) {
    if (!file_.has_value()) {
      out_ << text;
      return absl::OkStatus();
    }
    absl::StrAppend(&pending_, text);
    return pending_.size() < kWriteBytes ? absl::OkStatus() : Flush();
  }

  // Whether nobody takes what is written any more.
  bool gone() const { return !file_.has_value() && !out_; }

  absl::Status Finish() {
    if (!file_.has_value()) return absl::OkStatus();
    RETURN_IF_ERROR(Flush());
    return file_->Commit();
  }

 private:
  explicit Sink(std::ostream& out) : out_(out) {}

  absl::Status Flush() {
    absl::Status written = file_->Write(pending_);
    pending_.clear();
    return written;
  }

  std::ostream& out_;
  std::optional<portable::AtomicFile> file_;
  std::string pending_;
};

ExitCode CannotWrite(const Session& session, const absl::Status& status) {
  session.environment.err << absl::StrCat("codesetctl: ", status.message(), "\n");
  return ExitCode::kRefused;
}

}  // namespace

ExitCode RunExportConcepts(const Session& session, const client::Client& client) {
  v1::ListConceptsRequest request;
  *request.mutable_release() = SelectorOf(session.arguments);
  request.set_view(v1::CONCEPT_VIEW_FULL);
  client::ConceptRange concepts = client.ListConcepts(request);
  const absl::StatusOr<client::ConceptsHeader> header = concepts.header();
  if (!header.ok()) return Fail(session, header.status());
  TellRelease(session, header->release);
  absl::StatusOr<Sink> sink = Sink::Open(session);
  if (!sink.ok()) return CannotWrite(session, sink.status());
  const bool json = session.arguments.format == Format::kJson;
  const bool progress = session.environment.err_is_terminal || session.arguments.verbose;
  const auto tell = [&](std::int64_t count) {
    if (progress) session.environment.err << "\r" << count << " concepts" << std::flush;
  };
  absl::Status written = sink->Write(json ? ConceptExportHeader(*header) : ConceptExportHeading());
  std::int64_t count = 0;
  for (absl::StatusOr<v1::Concept>& item : concepts) {
    if (!written.ok()) break;
    if (!item.ok()) {
      if (progress) session.environment.err << "\n";
      return Fail(session, item.status());
    }
    if (sink->gone()) return ExitCode::kDone;  // nobody reads; Run says how that ends
    written = sink->Write(json ? ConceptExportLine(*item) : ConceptExportRecord(*item));
    if (++count % kProgressStep == 0) tell(count);
  }
  if (written.ok()) written = sink->Finish();
  tell(count);
  if (progress) session.environment.err << "\n";
  return written.ok() ? ExitCode::kDone : CannotWrite(session, written);
}

}  // namespace codeset::ctl
