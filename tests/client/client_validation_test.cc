#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "client/cpp/client.h"
#include "client/cpp/error.h"
#include "client/cpp/validation.h"
#include "tests/client/fake_validation_stream.h"
#include "tests/client/mock_connection.h"

namespace codeset::client {
namespace {

using ::testing::NiceMock;

// Every code is billable but those that begin with Z, which are of no release.
v1::CodeValidation Tell(const v1::CodeToValidate& row) {
  v1::CodeValidation told;
  told.set_text(row.code());
  told.set_outcome(row.code()[0] == 'Z' ? v1::VALIDATION_OUTCOME_NOT_ANSWERABLE
                                        : v1::VALIDATION_OUTCOME_BILLABLE);
  told.set_release_index(row.code()[0] == 'Z' ? -1 : 0);
  return told;
}

class ClientValidationTest : public ::testing::Test {
 protected:
  ClientValidationTest() {
    ON_CALL(*connection_, StreamValidateCodes).WillByDefault([this](const CallOptions&) {
      auto stream = std::make_unique<FakeValidationStream>(/*room=*/2, Tell);
      stream_ = stream.get();
      return stream;
    });
  }

  std::shared_ptr<NiceMock<MockConnection>> connection_ =
      std::make_shared<NiceMock<MockConnection>>();
  Client client_{connection_};
  FakeValidationStream* stream_ = nullptr;
};

TEST_F(ClientValidationTest, ReadsWhileItWritesAndKeepsTheOrder) {
  std::vector<std::string> codes;
  for (int i = 0; i < 2500; ++i) codes.push_back(absl::StrCat(i % 7 == 0 ? "Z" : "A", i));
  ValidationRange range = client_.StreamValidateCodes(ById("2026"), RowsOf(codes));
  std::size_t next = 0;
  for (absl::StatusOr<ValidatedCode>& code : range) {
    ASSERT_TRUE(code.ok()) << code.status();
    EXPECT_EQ(code->validation.row(), static_cast<std::int64_t>(next));
    EXPECT_EQ(code->validation.text(), codes[next]);
    EXPECT_EQ(code->release == nullptr, next % 7 == 0);
    if (code->release != nullptr) {
      EXPECT_EQ(code->release->release_id(), "2026");
    }
    ++next;
  }
  EXPECT_EQ(next, codes.size());
}

TEST_F(ClientValidationTest, ARangeThatIsLeftEarlyEndsItsCall) {
  ValidationRange range = client_.StreamValidateCodes(Current(), [] {
    return std::optional<v1::CodeToValidate>([] {
      v1::CodeToValidate row;
      row.set_code("A00");
      return row;
    }());
  });
  EXPECT_TRUE((*range.begin()).ok());
}

TEST_F(ClientValidationTest, HoldsWhatARowAssertsAgainstTheReleaseThatAnswersIt) {
  v1::CodeToValidate row;
  row.set_code("A00");
  *row.mutable_release() = ById("2026");
  row.mutable_release()->set_fingerprint(std::string(64, '1'));
  int sent = 0;
  ValidationRange range = client_.StreamValidateCodes(Current(), [&] {
    return sent++ == 0 ? std::optional<v1::CodeToValidate>(row) : std::nullopt;
  });
  // The server that answers does not know of fingerprints.
  EXPECT_EQ(ErrorReasonOf((*range.begin()).status()), v1::ERROR_REASON_FINGERPRINT_MISMATCH);
}

TEST_F(ClientValidationTest, RowsWithoutAnAnswerAreNoGoodEnd) {
  int sent = 0;
  ValidationRange range = client_.StreamValidateCodes(Current(), [&] {
    // A message has 1,000 rows.
    if (sent == 1000) stream_->FallSilent();
    v1::CodeToValidate row;
    row.set_code("A00");
    return sent++ < 1500 ? std::optional<v1::CodeToValidate>(row) : std::nullopt;
  });
  int answered = 0;
  absl::Status end;
  for (const absl::StatusOr<ValidatedCode>& code : range) {
    end = code.status();
    answered += code.ok() ? 1 : 0;
  }
  EXPECT_EQ(answered, 1000);
  EXPECT_EQ(end.code(), absl::StatusCode::kInternal);
  EXPECT_NE(end.message().find("500 rows unanswered"), absl::string_view::npos) << end;
}

TEST_F(ClientValidationTest, NoRowsAreNoResults) {
  ValidationRange range = client_.StreamValidateCodes(Current(), RowsOf({}));
  EXPECT_TRUE(range.begin() == range.end());
}

TEST_F(ClientValidationTest, OneCallTellsItsRelease) {
  v1::ValidateCodesResponse response;
  EXPECT_CALL(*connection_, ValidateCodes)
      .WillRepeatedly([&](const CallOptions&, const v1::ValidateCodesRequest& r) {
        EXPECT_EQ(r.codes_size(), 2);
        EXPECT_EQ(r.release().release(), "2026");
        return response;
      });
  EXPECT_FALSE(client_.ValidateCodes(ById("2026"), {"A00", "B00"}).ok());
  response.add_releases()->set_release_id("2026");
  EXPECT_TRUE(client_.ValidateCodes(ById("2026"), {"A00", "B00"}).ok());
}

}  // namespace
}  // namespace codeset::client
