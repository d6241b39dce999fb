// Every request of the service Releases (request_text.h), over the miniature.
#include "server/code_list.h"
#include "server/diff.h"
#include "server/export.h"
#include "server/labels.h"
#include "server/releases.h"
#include "server/resume_token.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/request_target.h"

namespace codeset::fuzz {
namespace {

class Target : public ReadingTarget {
 public:
  Target() : ReadingTarget("codeset.v1.Releases") {
    Plain("ListReleases", &server::ListReleases);
    Plain("GetRelease", &server::GetRelease);
    Plain("ResolveRelease", &server::ResolveRelease);
    Plain("GetDiffSummary", &server::GetDiffSummary);
    Plain("StreamDiff", &server::StreamDiffBytes);
    Plain("ListLabels", &server::ListLabels);
    Plain("ListLabelMoves", &server::ListLabelMoves);
    Plain("ExportRelease", &server::ExportRelease);
    service().AddUnary<v1::WatchReleasesRequest>(
        "WatchReleases",
        [this](const v1::WatchReleasesRequest& request) { return Watch(request); });
    Streamed<server::CodeListSession, v1::CheckCodeListRequest>("CheckCodeList");
    service().CheckComplete();
  }

 private:
  // What a watcher is told first: of its request no more than where it goes on is looked at.
  absl::StatusOr<v1::WatchReleasesResponse> Watch(const v1::WatchReleasesRequest& request) {
    const uint64_t end = store().journal_end();
    if (!request.resume_token().empty()) {
      ASSIGN_OR_RETURN(const uint64_t last, server::DecodeResumeToken(request.resume_token(),
                                                                      store().journal_id(), end));
      ASSIGN_OR_RETURN(const auto events, store().Journal(last, 10));
      Expect(events.empty() ? last == end : events.front().number == last + 1,
             "a watcher goes on elsewhere");
    }
    v1::WatchReleasesResponse response;
    response.set_resume_token(server::EncodeResumeToken(store().journal_id(), end));
    return response;
  }
};

}  // namespace

RequestTarget& TheTarget() {
  static Target target;
  return target;
}

}  // namespace codeset::fuzz
