// Every request of the service Terminology (request_text.h), over the miniature.
#include <memory>

#include "server/concept_answers.h"
#include "server/history.h"
#include "server/referencing.h"
#include "server/replacements.h"
#include "server/terminology.h"
#include "server/validation.h"
#include "tests/fuzz/request_target.h"

namespace codeset::fuzz {
namespace {

class Target : public ReadingTarget {
 public:
  Target() : ReadingTarget("codeset.v1.Terminology") {
    concepts_ = std::make_unique<server::ConceptAnswers>(backend());
    AddConcepts();
    AddOthers();
    service().CheckComplete();
  }

 private:
  template <typename Request, typename Answer>
  void Concepts(const char* method,
                absl::StatusOr<Answer> (server::ConceptAnswers::*answer)(const Request&)) {
    service().AddUnary<Request>(
        method, [this, answer](const Request& request) { return ((*concepts_).*answer)(request); });
  }

  template <typename Request, typename Answer>
  void Concepts(const char* method, absl::StatusOr<Answer> (server::ConceptAnswers::*answer)(
                                        const Request&, const server::Cancelled&)) {
    service().AddUnary<Request>(method, [this, answer](const Request& request) {
      return ((*concepts_).*answer)(request, {});
    });
  }

  void AddConcepts() {
    Concepts("GetConcept", &server::ConceptAnswers::GetConcept);
    Concepts("BatchGetConcepts", &server::ConceptAnswers::BatchGetConcepts);
    Concepts("ListConcepts", &server::ConceptAnswers::ListConcepts);
    Concepts("ListRelatives", &server::ConceptAnswers::ListRelatives);
    Concepts("StreamDescendants", &server::ConceptAnswers::StreamDescendants);
  }

  void AddOthers() {
    Plain("GetSubsumption", &server::GetSubsumption);
    Plain("GetCommonAncestor", &server::GetCommonAncestor);
    Plain("GetHistory", &server::GetHistory);
    Plain("StreamHistories", &server::StreamHistories);
    Plain("ListReferencing", &server::ListReferencing);
    Plain("GetReplacements", &server::GetReplacements);
    service().AddUnary<v1::ValidateCodesRequest>(
        "ValidateCodes", [this](const v1::ValidateCodesRequest& request) {
          return server::ValidateCodesBytes(backend(), request);
        });
    Streamed<server::ValidationSession, v1::StreamValidateCodesRequest>("StreamValidateCodes");
  }

  std::unique_ptr<server::ConceptAnswers> concepts_;
};

}  // namespace

RequestTarget& TheTarget() {
  static Target target;
  return target;
}

}  // namespace codeset::fuzz
