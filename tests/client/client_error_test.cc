#include <gtest/gtest.h>

#include "client/cpp/error.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace codeset::client {
namespace {

grpc::Status WithDetails(grpc::StatusCode code, const std::string& reason,
                         const std::string& domain = "codeset") {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain(domain);
  (*info.mutable_metadata())["edition"] = "2023-04";
  google::rpc::BadRequest bad;
  auto* violation = bad.add_field_violations();
  violation->set_field("release.date");
  violation->set_description("is no date");
  google::rpc::ResourceInfo resource;
  resource.set_resource_type("concept");
  resource.set_resource_name("Z99.999");
  google::rpc::Status status;
  status.set_code(code);
  status.add_details()->PackFrom(info);
  status.add_details()->PackFrom(bad);
  status.add_details()->PackFrom(resource);
  return grpc::Status(code, "message", status.SerializeAsString());
}

TEST(ErrorTest, ReadsEveryDetail) {
  const absl::Status status =
      FromGrpcStatus(WithDetails(grpc::StatusCode::FAILED_PRECONDITION, "RELEASE_NOT_LOADED"));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), "message");
  EXPECT_EQ(ErrorReasonOf(status), v1::ERROR_REASON_RELEASE_NOT_LOADED);
  EXPECT_EQ(ErrorMetadataOf(status, "edition"), "2023-04");
  EXPECT_EQ(ErrorMetadataOf(status, "line"), std::nullopt);
  ASSERT_EQ(FieldViolationsOf(status).size(), 1U);
  EXPECT_EQ(FieldViolationsOf(status)[0].field, "release.date");
  ASSERT_TRUE(ResourceOf(status).has_value());
  EXPECT_EQ(ResourceOf(status)->name, "Z99.999");
}

TEST(ErrorTest, HasNoReasonWhereThereIsNone) {
  const struct {
    const char* name;
    absl::Status status;
  } cases[] = {
      {"OK", FromGrpcStatus(grpc::Status::OK)},
      {"nobody listens", FromGrpcStatus(grpc::Status(grpc::StatusCode::UNAVAILABLE, "refused"))},
      {"unreadable details",
       FromGrpcStatus(grpc::Status(grpc::StatusCode::INTERNAL, "broken", "\xff\xff"))},
      {"another system's error",
       FromGrpcStatus(WithDetails(grpc::StatusCode::NOT_FOUND, "CONCEPT_NOT_FOUND", "proxy"))},
      {"a status made locally", absl::NotFoundError("file")},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(ErrorReasonOf(test.status), v1::ERROR_REASON_UNSPECIFIED) << test.name;
    EXPECT_TRUE(ErrorMetadataOf(test.status).empty()) << test.name;
  }
}

TEST(ErrorTest, KeepsTheNameOfAReasonThatIsNewerThanTheClient) {
  const absl::Status status =
      FromGrpcStatus(WithDetails(grpc::StatusCode::ABORTED, "REASON_OF_TOMORROW"));
  EXPECT_EQ(ErrorReasonOf(status), v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(ErrorReasonNameOf(status), "REASON_OF_TOMORROW");
}

}  // namespace
}  // namespace codeset::client
