// Every request of the service Releases (request_text.h), over the miniature.
#include <memory>

#include "server/code_list.h"
#include "server/diff.h"
#include "server/export.h"
#include "server/labels.h"
#include "server/releases.h"
#include "server/resume_token.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/request_service.h"
#include "tests/fuzz/request_target.h"

namespace codeset::fuzz {
namespace {

class Target {
 public:
  Target() : store_(OpenStore(folder_.path())) {
    LoadMiniature(*store_, {"2025", "2026", "2027"});
    AddPagesAndLabels(*store_);
    backend_ = std::make_unique<server::Backend>(BackendOf(*store_));
    Plain("ListReleases", &server::ListReleases);
    Plain("GetRelease", &server::GetRelease);
    Plain("ResolveRelease", &server::ResolveRelease);
    Plain("GetDiffSummary", &server::GetDiffSummary);
    Plain("StreamDiff", &server::StreamDiffBytes);
    Plain("ListLabels", &server::ListLabels);
    Plain("ListLabelMoves", &server::ListLabelMoves);
    Plain("ExportRelease", &server::ExportRelease);
    service_.AddUnary<v1::WatchReleasesRequest>(
        "WatchReleases",
        [this](const v1::WatchReleasesRequest& request) { return Watch(request); });
    service_.Add("CheckCodeList",
                 [this](const Service::Messages& messages) { return CheckList(messages); });
    service_.CheckComplete();
  }

  Service& service() { return service_; }

 private:
  template <typename Request, typename Answer>
  void Plain(const char* method,
             absl::StatusOr<Answer> (*answer)(const server::Backend&, const Request&)) {
    service_.AddUnary<Request>(
        method, [this, answer](const Request& request) { return answer(*backend_, request); });
  }

  template <typename Request, typename Answer>
  void Plain(const char* method,
             absl::StatusOr<Answer> (*answer)(const server::Backend&, const Request&,
                                              const server::Cancelled&)) {
    service_.AddUnary<Request>(
        method, [this, answer](const Request& request) { return answer(*backend_, request, {}); });
  }

  // What a watcher is told first: of its request no more than where it goes on is looked at.
  absl::StatusOr<v1::WatchReleasesResponse> Watch(const v1::WatchReleasesRequest& request) {
    const uint64_t end = store_->journal_end();
    if (!request.resume_token().empty()) {
      ASSIGN_OR_RETURN(const uint64_t last, server::DecodeResumeToken(request.resume_token(),
                                                                      store_->journal_id(), end));
      ASSIGN_OR_RETURN(const auto events, store_->Journal(last, 10));
      Expect(events.empty() ? last == end : events.front().number == last + 1,
             "a watcher goes on elsewhere");
    }
    v1::WatchReleasesResponse response;
    response.set_resume_token(server::EncodeResumeToken(store_->journal_id(), end));
    return response;
  }

  Service::Answer CheckList(const Service::Messages& messages) {
    server::CodeListSession session(*backend_);
    std::vector<std::string> answers;
    for (const google::protobuf::Message* message : messages) {
      RETURN_IF_ERROR(session.Take(static_cast<const v1::CheckCodeListRequest&>(*message)));
      while (true) {
        ASSIGN_OR_RETURN(const auto response, session.Next());
        if (!response.has_value()) break;
        answers.push_back(response->SerializeAsString());
      }
    }
    RETURN_IF_ERROR(session.End());
    return answers;
  }

  WorkFolder folder_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<server::Backend> backend_;
  Service service_{"codeset.v1.Releases"};
};

Target& The() {
  static Target target;
  return target;
}

}  // namespace

const google::protobuf::ServiceDescriptor& FuzzedService() { return The().service().descriptor(); }

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  The().service().Run(TextOf(data, size), /*repeatable=*/true);
  return 0;
}

}  // namespace codeset::fuzz
