// Every request of the service References (request_text.h), over the miniature and its sample
// pages.
#include "server/references.h"
#include "server/verification_queue.h"
#include "tests/fuzz/request_target.h"

namespace codeset::fuzz {
namespace {

class Target : public ReadingTarget {
 public:
  Target() : ReadingTarget("codeset.v1.References") {
    Plain("GetReference", &server::GetReference);
    Plain("ListReferenceRevisions", &server::ListReferenceRevisions);
    Plain("StreamReferences", &server::StreamReferences);
    Plain("ListVerifications", &server::ListVerifications);
    Plain("ListVerificationQueue", &server::ListVerificationQueue);
    Plain("ListQueueCodes", &server::ListQueueCodes);
    Plain("ListSourceEditions", &server::ListSourceEditions);
    service().CheckComplete();
  }
};

}  // namespace

RequestTarget& TheTarget() {
  static Target target;
  return target;
}

}  // namespace codeset::fuzz
