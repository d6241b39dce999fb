#include "tests/benchmark/sample_values.h"

#include <cmath>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "codeset/v1/terminology.grpc.pb.h"
#include "storage/model/status_macros.h"
#include "tests/benchmark/grpc_transport.h"
#include "tests/benchmark/values.h"

namespace codeset::bench {
namespace {

constexpr int kSamples = 2000;
constexpr int kPageSize = 1000;

absl::Status ToStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("codesetd refused, status ", status.error_code(), ": ", status.error_message()));
}

std::unique_ptr<v1::Terminology::Stub> Connect(const std::string& address) {
  return v1::Terminology::NewStub(OpenChannels(address, 1)[0]);
}

absl::Status WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.flush();
  if (!file) return absl::UnavailableError(absl::StrCat("cannot write ", path));
  return absl::OkStatus();
}

// The answer whose size is nearest the mean of all.
absl::StatusOr<std::string> MeanGetAnswer(v1::Terminology::Stub& stub, const std::string& release,
                                          CodeSource& codes) {
  std::vector<std::string> answers;
  double total = 0;
  for (int i = 0; i < kSamples; ++i) {
    v1::GetConceptRequest request;
    request.mutable_release()->set_release(release);
    request.set_view(v1::CONCEPT_VIEW_FULL);
    request.set_id(codes.Next());
    grpc::ClientContext context;
    v1::GetConceptResponse response;
    RETURN_IF_ERROR(ToStatus(stub.GetConcept(&context, request, &response)));
    answers.push_back(response.SerializeAsString());
    total += static_cast<double>(answers.back().size());
  }
  const double mean = total / kSamples;
  const std::string* nearest = &answers.front();
  const auto distance = [mean](const std::string& answer) {
    return std::abs(static_cast<double>(answer.size()) - mean);
  };
  for (const std::string& answer : answers) {
    if (distance(answer) < distance(*nearest)) nearest = &answer;
  }
  return *nearest;
}

}  // namespace

absl::StatusOr<std::vector<v1::Concept>> FetchConcepts(const std::string& address,
                                                       const std::string& release) {
  const std::unique_ptr<v1::Terminology::Stub> stub = Connect(address);
  v1::ListConceptsRequest request;
  request.mutable_release()->set_release(release);
  request.set_view(v1::CONCEPT_VIEW_FULL);
  request.set_page_size(kPageSize);
  for (const v1::ConceptKind kind :
       {v1::CONCEPT_KIND_CATEGORY, v1::CONCEPT_KIND_SUBCATEGORY, v1::CONCEPT_KIND_CODE}) {
    request.add_kinds(kind);
  }
  std::vector<v1::Concept> concepts;
  do {
    grpc::ClientContext context;
    v1::ListConceptsResponse response;
    RETURN_IF_ERROR(ToStatus(stub->ListConcepts(&context, request, &response)));
    for (v1::Concept& value : *response.mutable_concepts()) concepts.push_back(std::move(value));
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return concepts;
}

absl::Status WriteEchoAnswers(const std::string& address, const std::string& release,
                              const std::vector<v1::Concept>& concepts, const std::string& folder) {
  const std::unique_ptr<v1::Terminology::Stub> stub = Connect(address);
  const KnownCodes known(concepts);
  CodeSource existing(known, /*billable_only=*/false, /*unknown_percent=*/0, /*seed=*/1);
  ASSIGN_OR_RETURN(const std::string answer, MeanGetAnswer(*stub, release, existing));
  RETURN_IF_ERROR(WriteFile(absl::StrCat(folder, "/get.bin"), answer));
  CodeSource codes(known, /*billable_only=*/false, /*unknown_percent=*/5, /*seed=*/2);
  for (const int size : {1, 10, 100, 1000, 10'000}) {
    v1::BatchGetConceptsRequest request;
    request.mutable_release()->set_release(release);
    request.set_view(v1::CONCEPT_VIEW_FULL);
    for (int i = 0; i < size; ++i) request.add_ids(codes.Next());
    grpc::ClientContext context;
    v1::BatchGetConceptsResponse response;
    RETURN_IF_ERROR(ToStatus(stub->BatchGetConcepts(&context, request, &response)));
    RETURN_IF_ERROR(
        WriteFile(absl::StrCat(folder, "/batch-", size, ".bin"), response.SerializeAsString()));
  }
  return absl::OkStatus();
}

}  // namespace codeset::bench
