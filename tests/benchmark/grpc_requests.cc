#include "tests/benchmark/grpc_requests.h"

#include <algorithm>

#include "codeset/v1/releases.pb.h"
#include "codeset/v1/terminology.pb.h"
#include "codeset/v1/validation.pb.h"

namespace codeset::bench {
namespace {

constexpr int kPreparedCodes = 100'000;
constexpr int kFewestRequests = 20;
constexpr int kMostRequests = 20'000;

grpc::ByteBuffer Encode(const google::protobuf::MessageLite& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return {&slice, 1};
}

}  // namespace

int PreparedRequests(int codes_each) {
  return std::clamp(kPreparedCodes / codes_each, kFewestRequests, kMostRequests);
}

GrpcRequests PrepareGrpcRequests(const MeasureSpec& spec, const std::string& release,
                                 const KnownCodes& known) {
  CodeSource codes(known, spec.billable_only, spec.unknown_percent, spec.seed);
  GrpcRequests made;
  if (spec.call == "get") {
    made.kind = CallKind::kGetConcept;
    made.method = "/codeset.v1.Terminology/GetConcept";
    v1::GetConceptRequest request;
    request.mutable_release()->set_release(release);
    request.set_view(spec.view);
    for (int i = 0; i < PreparedRequests(1); ++i) {
      request.set_id(codes.Next());
      made.requests.push_back(Encode(request));
    }
  } else if (spec.call == "batch") {
    made.kind = CallKind::kBatchGetConcepts;
    made.method = "/codeset.v1.Terminology/BatchGetConcepts";
    for (int i = 0; i < PreparedRequests(spec.size); ++i) {
      v1::BatchGetConceptsRequest request;
      request.mutable_release()->set_release(release);
      request.set_view(spec.view);
      for (int j = 0; j < spec.size; ++j) request.add_ids(codes.Next());
      made.requests.push_back(Encode(request));
    }
  } else if (spec.call == "relatives") {
    made.kind = CallKind::kListRelatives;
    made.method = "/codeset.v1.Terminology/ListRelatives";
    v1::ListRelativesRequest request;
    request.mutable_release()->set_release(release);
    request.set_relation(spec.relation);
    request.set_view(spec.view);
    for (int i = 0; i < PreparedRequests(1); ++i) {
      request.set_id(codes.Next());
      made.requests.push_back(Encode(request));
    }
  } else if (spec.call == "validate") {
    made.kind = CallKind::kValidateCodes;
    made.method = "/codeset.v1.Terminology/ValidateCodes";
    for (int i = 0; i < PreparedRequests(spec.size); ++i) {
      v1::ValidateCodesRequest request;
      request.mutable_release()->set_release(release);
      for (int j = 0; j < spec.size; ++j) request.add_codes(codes.Next());
      made.requests.push_back(Encode(request));
    }
  } else {
    made.kind = CallKind::kStreamDiff;
    made.method = "/codeset.v1.Releases/StreamDiff";
    made.streams = true;
    v1::StreamDiffRequest request;
    request.mutable_from()->set_release(spec.from);
    request.mutable_to()->set_release(spec.to);
    made.requests.push_back(Encode(request));
  }
  return made;
}

}  // namespace codeset::bench
