// Every request of the service References (request_text.h), over the miniature and its sample
// pages.
#include <memory>

#include "server/references.h"
#include "server/verification_queue.h"
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
    Plain("GetReference", &server::GetReference);
    Plain("ListReferenceRevisions", &server::ListReferenceRevisions);
    Plain("StreamReferences", &server::StreamReferences);
    Plain("ListVerifications", &server::ListVerifications);
    Plain("ListVerificationQueue", &server::ListVerificationQueue);
    Plain("ListQueueCodes", &server::ListQueueCodes);
    Plain("ListSourceEditions", &server::ListSourceEditions);
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

  WorkFolder folder_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<server::Backend> backend_;
  Service service_{"codeset.v1.References"};
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
