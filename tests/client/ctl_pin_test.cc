#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cpp/error.h"
#include "client/cpp/pin.h"
#include "tests/client/ctl_fixture.h"

namespace codeset::ctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Return;

const std::string kOne(64, '1');
const std::string kTwo(64, '2');

class PinCommandTest : public CtlTest {
 protected:
  PinCommandTest() {
    served_.set_release_id("2026");
    served_.set_fingerprint(kOne);
    served_.set_effective_date("2025-10-01");
    served_.add_facet_groups()->set_group(v1::FACET_GROUP_ORDER);
    served_.mutable_facet_groups(0)->set_fingerprint(kOne);
    EXPECT_CALL(*connection_, ResolveRelease)
        .WillRepeatedly(
            [this](const client::CallOptions&, const v1::ResolveReleaseRequest& request) {
              asked_ = request.release();
              v1::ResolveReleaseResponse answer;
              *answer.mutable_release() = served_;
              return answer;
            });
  }

  // A pin file of what is served now.
  std::string PinFile() {
    return WriteFile("codeset.lock", client::FormatPin(client::MakePin(served_, {}, now_)));
  }

  v1::ResolvedRelease served_;
  v1::ReleaseSelector asked_;
};

TEST_F(PinCommandTest, PrintsAPinOfWhatWasAsked) {
  now_ = absl::FromUnixSeconds(1762171200);
  EXPECT_EQ(Call({"pin", "--date", "2025-11-03"}), ExitCode::kDone);
  const absl::StatusOr<v1::Pin> pin = client::ParsePin(out_.str(), "out");
  ASSERT_TRUE(pin.ok()) << pin.status();
  EXPECT_EQ(pin->release_id(), "2026");
  EXPECT_EQ(pin->fingerprint(), kOne);
  EXPECT_EQ(pin->asked().date(), "2025-11-03");
  EXPECT_EQ(pin->created_at(), "2025-11-03T12:00:00Z");
  EXPECT_THAT(err_.str(), HasSubstr("release 2026"));
}

TEST_F(PinCommandTest, PinnedCommandsAskThePinAndAssertIt) {
  v1::ListConceptsResponse page;
  *page.mutable_release() = served_;
  page.set_complete(true);
  v1::ReleaseSelector asked;
  EXPECT_CALL(*connection_, ListConcepts)
      .WillOnce([&](const client::CallOptions&, const v1::ListConceptsRequest& request) {
        asked = request.release();
        return page;
      });
  EXPECT_EQ(Call({"list", "--pin", PinFile()}), ExitCode::kDone);
  EXPECT_EQ(asked.release(), "2026");
  EXPECT_EQ(asked.fingerprint(), kOne);
}

TEST_F(PinCommandTest, FailsLoudlyAndSaysWhichGroupsAreOthers) {
  const std::string path = PinFile();
  served_.set_fingerprint(kTwo);
  served_.add_facet_groups()->set_group(v1::FACET_GROUP_POA);
  served_.mutable_facet_groups(1)->set_fingerprint(kTwo);
  EXPECT_CALL(*connection_, ListConcepts).Times(0);
  EXPECT_CALL(*admin_, DeleteRelease).Times(0);
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"list"}, {"release", "delete", "@pin", "--admin-server", "x:1"}}) {
    std::vector<std::string> args = command;
    args.insert(args.end(), {"--pin", path});
    EXPECT_EQ(Call(args), ExitCode::kRefused);
    EXPECT_EQ(out_.str(), "");
    EXPECT_THAT(err_.str(), HasSubstr("[FINGERPRINT_MISMATCH]"));
    EXPECT_THAT(err_.str(), HasSubstr("pins release 2026, fingerprint " + kOne));
    EXPECT_THAT(err_.str(), HasSubstr("  order: the same as pinned\n"));
    EXPECT_THAT(err_.str(), HasSubstr("  poa: not there when it was pinned\n"));
  }
}

TEST_F(PinCommandTest, TheWordStandsForThePinWhereReleasesAreNamed) {
  const std::string path = PinFile();
  EXPECT_CALL(*connection_, GetDiffSummary)
      .WillOnce([&](const client::CallOptions&, const v1::GetDiffSummaryRequest& request) {
        EXPECT_EQ(request.from().release(), "2026");
        EXPECT_EQ(request.from().fingerprint(), kOne);
        EXPECT_EQ(request.to().release(), "2027");
        EXPECT_EQ(request.to().fingerprint(), "");
        v1::GetDiffSummaryResponse answer;
        *answer.mutable_from() = served_;
        return answer;
      });
  EXPECT_EQ(Call({"diff", "@pin", "2027", "--summary", "--pin", path}), ExitCode::kDone);
  EXPECT_CALL(*admin_, VerifyRelease)
      .WillOnce([&](const client::CallOptions&, const v1::VerifyReleaseRequest& request) {
        EXPECT_EQ(request.release_id(), "2026");
        return v1::VerifyReleaseResponse();
      });
  EXPECT_EQ(Call({"release", "verify", "@pin", "--pin", path, "--admin-server", "x:1"}),
            ExitCode::kDone);
}

TEST_F(PinCommandTest, RefusesFilesAndFlagsThatDoNotFit) {
  const std::string path = PinFile();
  const struct {
    std::vector<std::string> args;
    const char* says;
  } cases[] = {
      {{"list", "--pin", "no/such/file"}, "no/such/file"},
      {{"list", "--pin", WriteFile("x", "{\"releaseId\":\"2026\"}")}, "fingerprint: is missing"},
      {{"list", "--pin", path, "--release", "2026"}, "--pin"},
      {{"list", "--pin", path, "--date", "2026-01-01"}, "--pin"},
      {{"list", "--pin", path, "--fingerprint", kOne}, "--fingerprint"},
      {{"diff", "@pin", "2027"}, "name it with --pin FILE"},
      {{"release", "load", "2020-04", "f", "--base", "@pin"}, "name it with --pin FILE"},
      {{"check-list", "f", "--from", "2024", "--to", "@pin"}, "name it with --pin FILE"},
      {{"list", "--fingerprint", "abc"}, "64 hexadecimal digits"},
      {{"diff", "2025", "2026", "--fingerprint", kOne}, "--fingerprint"},
      {{"label", "list", "--release", "2026"}, "--release and --date"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(Call(test.args), ExitCode::kUsage) << ::testing::PrintToString(test.args);
    EXPECT_THAT(err_.str(), HasSubstr(test.says));
  }
}

TEST_F(PinCommandTest, AssertsAFingerprintThatIsTyped) {
  EXPECT_EQ(Call({"resolve", "--release", "2026", "--fingerprint", kOne}), ExitCode::kDone);
  EXPECT_EQ(asked_.fingerprint(), kOne);
  EXPECT_EQ(Call({"resolve", "--date", "2026-01-01", "--fingerprint", kTwo}), ExitCode::kRefused);
  EXPECT_THAT(err_.str(), HasSubstr("[FINGERPRINT_MISMATCH]"));
}

TEST_F(PinCommandTest, ResolveTellsOverdueAndWhoseListOfExemptCodes) {
  served_.mutable_coverage()->set_overdue(true);
  served_.mutable_coverage()->add_unloaded_editions("2027");
  served_.set_poa_from("2026");
  EXPECT_EQ(Call({"resolve"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("overdue         yes; not loaded, or held back: 2027\n"));
  EXPECT_THAT(out_.str(), HasSubstr("POA             own list of exempt codes\n"));
  EXPECT_THAT(err_.str(), HasSubstr("OVERDUE: current is still release 2026"));
  served_.set_poa_from("2025");
  EXPECT_EQ(Call({"resolve"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("list of exempt codes of release 2025\n"));
  served_.clear_poa_from();
  EXPECT_EQ(Call({"resolve", "--output", "csv"}), ExitCode::kDone);
  EXPECT_THAT(out_.str(), ::testing::EndsWith(",,,true\r\n"));
}

}  // namespace
}  // namespace codeset::ctl
