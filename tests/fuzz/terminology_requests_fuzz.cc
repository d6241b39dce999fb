// Every request of the service Terminology (request_text.h), over the miniature.
#include <memory>

#include "server/concept_answers.h"
#include "server/history.h"
#include "server/referencing.h"
#include "server/replacements.h"
#include "server/terminology.h"
#include "server/validation.h"
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
    concepts_ = std::make_unique<server::ConceptAnswers>(*backend_);
    AddConcepts();
    AddOthers();
    service_.CheckComplete();
  }

  Service& service() { return service_; }

 private:
  template <typename Request, typename Answer>
  void Concepts(const char* method,
                absl::StatusOr<Answer> (server::ConceptAnswers::*answer)(const Request&)) {
    service_.AddUnary<Request>(
        method, [this, answer](const Request& request) { return ((*concepts_).*answer)(request); });
  }

  template <typename Request, typename Answer>
  void Concepts(const char* method, absl::StatusOr<Answer> (server::ConceptAnswers::*answer)(
                                        const Request&, const server::Cancelled&)) {
    service_.AddUnary<Request>(method, [this, answer](const Request& request) {
      return ((*concepts_).*answer)(request, {});
    });
  }

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
    service_.AddUnary<v1::ValidateCodesRequest>(
        "ValidateCodes", [this](const v1::ValidateCodesRequest& request) {
          return server::ValidateCodesBytes(*backend_, request);
        });
    service_.Add("StreamValidateCodes",
                 [this](const Service::Messages& messages) { return Validate(messages); });
  }

  Service::Answer Validate(const Service::Messages& messages) {
    server::ValidationSession session(*backend_);
    std::vector<std::string> answers;
    for (const google::protobuf::Message* message : messages) {
      RETURN_IF_ERROR(session.Take(static_cast<const v1::StreamValidateCodesRequest&>(*message)));
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
  std::unique_ptr<server::ConceptAnswers> concepts_;
  Service service_{"codeset.v1.Terminology"};
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
