#include "server/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "codeset/v1/error.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/page_token.h"
#include "server/request.h"
#include "tests/support/status_is.h"

namespace codeset::server {
namespace {

using model::Reason;

google::rpc::Status DetailsOf(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  return details;
}

template <typename Detail>
std::vector<Detail> All(const grpc::Status& status) {
  std::vector<Detail> found;
  const google::rpc::Status details = DetailsOf(status);
  for (const auto& any : details.details()) {
    Detail detail;
    if (any.UnpackTo(&detail)) found.push_back(detail);
  }
  return found;
}

// Every reason of the contract has a name in the model, and the other way round.
TEST(ErrorTest, ReasonsAreThoseOfTheContract) {
  std::set<std::string> contract;
  const auto* descriptor = v1::ErrorReason_descriptor();
  for (int i = 0; i < descriptor->value_count(); ++i) {
    if (descriptor->value(i)->number() == 0) continue;
    contract.insert(descriptor->value(i)->name());
  }
  std::set<std::string> model;
  for (int i = 0; i <= static_cast<int>(Reason::kOverloaded); ++i) {
    model.insert(absl::StrCat("ERROR_REASON_", model::ReasonName(static_cast<Reason>(i))));
  }
  EXPECT_EQ(model, contract);
}

TEST(ErrorTest, EveryReasonBecomesItsCodeWithOneErrorInfo) {
  for (int i = 0; i <= static_cast<int>(Reason::kOverloaded); ++i) {
    const auto reason = static_cast<Reason>(i);
    const grpc::Status status = ToGrpcStatus(model::MakeError(reason, "why", {{"file", "a.txt"}}));
    EXPECT_EQ(static_cast<int>(status.error_code()), static_cast<int>(model::ReasonCode(reason)));
    EXPECT_EQ(DetailsOf(status).code(), static_cast<int>(status.error_code()));
    EXPECT_EQ(DetailsOf(status).message(), "why");
    const auto infos = All<google::rpc::ErrorInfo>(status);
    ASSERT_EQ(infos.size(), 1u);
    EXPECT_EQ(infos[0].domain(), "codeset");
    EXPECT_EQ(infos[0].reason(), std::string(model::ReasonName(reason)));
    EXPECT_EQ(ReasonNameIn(status), infos[0].reason());
    EXPECT_EQ(infos[0].metadata().at("file"), "a.txt");
    EXPECT_EQ(All<google::rpc::ResourceInfo>(status).size(),
              status.error_code() == grpc::StatusCode::NOT_FOUND ? 1u : 0u);
  }
}

TEST(ErrorTest, ForeignErrorsAreInternal) {
  const grpc::Status status = ToGrpcStatus(absl::NotFoundError("a file"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(All<google::rpc::ErrorInfo>(status).at(0).reason(), "INTERNAL");
}

TEST(ErrorTest, OkIsOk) { EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok()); }

TEST(ErrorTest, FindsNoReasonWhereThereIsNone) {
  google::rpc::Status details;
  details.add_details()->PackFrom(google::rpc::RetryInfo());
  for (const grpc::Status& status :
       {grpc::Status::OK, grpc::Status(grpc::StatusCode::UNIMPLEMENTED, ""),
        grpc::Status(grpc::StatusCode::INTERNAL, "", "\xff\xff"),
        grpc::Status(grpc::StatusCode::INTERNAL, "", details.SerializeAsString())}) {
    EXPECT_EQ(ReasonNameIn(status), "") << status.error_message();
  }
}

TEST(ErrorTest, TellsEveryViolationAtOnce) {
  RequestCheck check;
  check.ConceptKey("id", "12345678901");
  check.PageSize("page_size", 1001);
  check.ConceptKey("b", "");
  const grpc::Status status = ToGrpcStatus(check.status());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(All<google::rpc::ErrorInfo>(status).at(0).reason(), "CONCEPT_ID_INVALID");
  const auto requests = All<google::rpc::BadRequest>(status);
  ASSERT_EQ(requests.size(), 1u);
  ASSERT_EQ(requests[0].field_violations_size(), 3);
  EXPECT_EQ(requests[0].field_violations(0).field(), "id");
  EXPECT_EQ(requests[0].field_violations(1).field(), "page_size");
  EXPECT_EQ(requests[0].field_violations(2).field(), "b");
}

TEST(ErrorTest, NamesTheFieldOfAnInvalidArgumentOnce) {
  const absl::Status once =
      AtField(model::MakeError(Reason::kReleaseIdInvalid, "no id"), "release.release");
  const absl::Status twice = AtField(once, "other");
  EXPECT_EQ(once, twice);
  EXPECT_EQ(model::ReasonOf(twice), Reason::kReleaseIdInvalid);
  ASSERT_EQ(ViolationsOf(twice).size(), 1u);
  EXPECT_EQ(ViolationsOf(twice)[0].field, "release.release");
}

TEST(ErrorTest, NamesWhatWasNotFound) {
  const grpc::Status status =
      ToGrpcStatus(NotFound(Reason::kReleaseNotFound, "release", "2031", "not there"));
  const auto resources = All<google::rpc::ResourceInfo>(status);
  ASSERT_EQ(resources.size(), 1u);
  EXPECT_EQ(resources[0].resource_type(), "release");
  EXPECT_EQ(resources[0].resource_name(), "2031");
}

TEST(ErrorTest, NamesWhatWasNotFoundOfTheLedger) {
  const grpc::Status page =
      ToGrpcStatus(model::MakeError(Reason::kReferenceNotFound, "no page", {{"code", "A00.0"}}));
  auto resources = All<google::rpc::ResourceInfo>(page);
  ASSERT_EQ(resources.size(), 1u);
  EXPECT_EQ(resources[0].resource_type(), "reference");
  EXPECT_EQ(resources[0].resource_name(), "A00.0");
  const grpc::Status event = ToGrpcStatus(model::MakeError(
      Reason::kVerificationNotFound, "no event", {{"code", "A00.0"}, {"id", "v1"}}));
  resources = All<google::rpc::ResourceInfo>(event);
  ASSERT_EQ(resources.size(), 1u);
  EXPECT_EQ(resources[0].resource_type(), "verification");
  EXPECT_EQ(resources[0].resource_name(), "v1");
}

// Clients refuse trailers of more than 8 KiB, and would see no reason at all.
TEST(ErrorTest, FitsIntoTrailersHoweverMuchIsWrong) {
  RequestCheck check;
  for (int i = 0; i < 10000; ++i) check.Fail(absl::StrCat("ids[", i, "]"), std::string(900, '%'));
  const grpc::Status status = ToGrpcStatus(check.status());
  EXPECT_LT(status.error_message().size() * 3 + status.error_details().size() * 4 / 3, 8000u);
  EXPECT_THAT(All<google::rpc::BadRequest>(status).at(0).field_violations().rbegin()->description(),
              ::testing::HasSubstr("more fields"));
}

TEST(ErrorTest, CutsBetweenCharacters) {
  std::string message(1195, 'a');
  for (int i = 0; i < 100; ++i) message += "\u00e9";
  const std::string cut =
      ToGrpcStatus(model::MakeError(Reason::kInternal, message)).error_message();
  EXPECT_EQ(cut, std::string(1195, 'a') + " ...");
}

// Protobuf drops a message for one byte that is no UTF-8, and with it the reason.
TEST(ErrorTest, KeepsTheReasonWhateverBytesTheTextsHold) {
  absl::Status status = InvalidFields(Reason::kArgumentInvalid, {{"a\xE9", "b\xE9"}});
  const grpc::Status invalid = ToGrpcStatus(status);
  EXPECT_EQ(All<google::rpc::ErrorInfo>(invalid).at(0).reason(), "ARGUMENT_INVALID");
  EXPECT_EQ(All<google::rpc::BadRequest>(invalid).at(0).field_violations(0).field(), "a\\xE9");
  status = model::MakeError(Reason::kSourceMalformed, "in \xE9", {{"file", "\xE9.txt"}});
  const grpc::Status malformed = ToGrpcStatus(status);
  EXPECT_EQ(malformed.error_message(), "in \\xE9");
  EXPECT_EQ(All<google::rpc::ErrorInfo>(malformed).at(0).metadata().at("file"), "\\xE9.txt");
  const grpc::Status at_field =
      ToGrpcStatus(AtField(model::MakeError(Reason::kReleaseIdInvalid, "\xE9"), "release"));
  EXPECT_EQ(All<google::rpc::BadRequest>(at_field).at(0).field_violations_size(), 1);
}

PageToken Token() {
  PageToken token;
  token.release_id = "2026-04.1";
  token.pin = TokenDigest("pin");
  token.parameters = TokenDigest("parameters");
  token.offset = 70'000;
  token.coverage.set_kind(v1::COVERAGE_KIND_STALE);
  token.coverage.add_unloaded_editions("2026");
  return token;
}

TEST(PageTokenTest, DecodesWhatItEncoded) {
  const auto token = DecodePageToken(EncodePageToken(Token()));
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->release_id, "2026-04.1");
  EXPECT_EQ(token->pin, TokenDigest("pin"));
  EXPECT_EQ(token->parameters, TokenDigest("parameters"));
  EXPECT_EQ(token->offset, 70'000u);
  EXPECT_EQ(token->coverage.unloaded_editions(0), "2026");
}

TEST(PageTokenTest, RefusesEveryChangedCharacter) {
  const std::string text = EncodePageToken(Token());
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'Q' : 'A';
    EXPECT_EQ(model::ReasonOf(DecodePageToken(changed).status()), Reason::kPageTokenInvalid) << i;
  }
}

TEST(PageTokenTest, RefusesOtherTexts) {
  const std::string text = EncodePageToken(Token());
  for (const std::string& other :
       {std::string("x"), std::string("not a token!"), text.substr(0, text.size() / 2),
        text + "AAAA", std::string(1 << 20, 'A')}) {
    EXPECT_EQ(model::ReasonOf(DecodePageToken(other).status()), Reason::kPageTokenInvalid);
  }
}

}  // namespace
}  // namespace codeset::server
