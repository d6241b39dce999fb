#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "client/cpp/client.h"
#include "client/cpp/error.h"
#include "client/cpp/pin.h"
#include "tests/client/mock_connection.h"

namespace codeset::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Return;

const std::string kOne(64, '1');
const std::string kTwo(64, '2');

v1::ResolvedRelease Resolved(const std::string& id, const std::string& fingerprint) {
  v1::ResolvedRelease release;
  release.set_release_id(id);
  release.set_fingerprint(fingerprint);
  release.set_effective_date("2025-10-01");
  v1::FacetGroupFingerprint* group = release.add_facet_groups();
  group->set_group(v1::FACET_GROUP_ORDER);
  group->set_fingerprint(kOne);
  return release;
}

TEST(PinTest, IsReadAsItWasWritten) {
  const std::string path =
      (std::filesystem::path(::testing::TempDir()) / absl::StrCat("pin_", getpid())).string();
  const v1::Pin pin =
      MakePin(Resolved("2026", kTwo), OnDate("2025-11-03"), absl::FromUnixSeconds(1762171200));
  ASSERT_TRUE(WritePin(pin, path).ok());
  const absl::StatusOr<v1::Pin> read = ReadPin(path);
  std::filesystem::remove(path);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->SerializeAsString(), pin.SerializeAsString());
  EXPECT_EQ(read->created_at(), "2025-11-03T12:00:00Z");
  EXPECT_EQ(read->asked().date(), "2025-11-03");
  EXPECT_EQ(PinnedTo(*read).release(), "2026");
  EXPECT_EQ(PinnedTo(*read).fingerprint(), kTwo);
}

TEST(PinTest, IsTextForPeople) {
  v1::Pin pin;
  pin.set_release_id("2026");
  EXPECT_EQ(FormatPin(pin), "{\n \"releaseId\": \"2026\"\n}\n");
}

TEST(PinTest, RefusesWrongFilesByFileAndField) {
  const struct {
    std::string text;
    const char* says;
  } cases[] = {
      {"", "is no pin file"},
      {"garbage", "is no pin file"},
      {"[]", "is no pin file"},
      {"{\"releaseId\": 7}", "release_id"},
      {"{}", "releaseId: is missing"},
      {absl::StrCat("{\"fingerprint\": \"", kOne, "\"}"), "releaseId: is missing"},
      {absl::StrCat("{\"releaseId\": \"prod\", \"fingerprint\": \"", kOne, "\"}"), "'prod'"},
      {"{\"releaseId\": \"2026\"}", "fingerprint: is missing"},
      {"{\"releaseId\": \"2026\", \"fingerprint\": \"abc\"}", "fingerprint: is not 64"},
      {absl::StrCat("{\"releaseId\": \"2026\", \"fingerprint\": \"", kOne,
                    "\", \"facetGroups\": [{\"group\": \"FACET_GROUP_ORDER\"}]}"),
       "facetGroups[0].fingerprint"},
      {absl::StrCat("{\"releaseId\": \"2026\", \"fingerprint\": \"", kOne, "\"} {}"),
       "is no pin file"},
  };
  for (const auto& test : cases) {
    const absl::Status status = ParsePin(test.text, "codeset.lock").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << test.text;
    EXPECT_THAT(std::string(status.message()), ::testing::StartsWith("codeset.lock: "));
    EXPECT_THAT(std::string(status.message()), HasSubstr(test.says)) << test.text;
  }
  EXPECT_EQ(ReadPin("no/such/file").status().code(), absl::StatusCode::kNotFound);
}

TEST(PinTest, PassesOverMembersThatAreNewer) {
  const absl::StatusOr<v1::Pin> pin = ParsePin(
      absl::StrCat("{\"releaseId\": \"2026\", \"colour\": 1, \"fingerprint\": \"", kOne, "\"}"),
      "f");
  ASSERT_TRUE(pin.ok()) << pin.status();
  EXPECT_EQ(pin->release_id(), "2026");
}

TEST(PinTest, TellsWhichGroupsAreOthers) {
  v1::Pin pin;
  v1::ResolvedRelease release;
  const auto add = [](auto* fields, v1::FacetGroup group, const std::string& fingerprint) {
    auto* item = fields->Add();
    item->set_group(group);
    item->set_fingerprint(fingerprint);
  };
  add(pin.mutable_facet_groups(), v1::FACET_GROUP_ORDER, kOne);
  add(release.mutable_facet_groups(), v1::FACET_GROUP_ORDER, kOne);
  add(pin.mutable_facet_groups(), v1::FACET_GROUP_TABULAR, kOne);
  add(release.mutable_facet_groups(), v1::FACET_GROUP_TABULAR, kTwo);
  add(release.mutable_facet_groups(), v1::FACET_GROUP_POA, kTwo);
  add(pin.mutable_facet_groups(), v1::FACET_GROUP_CONVERSION, kTwo);
  EXPECT_THAT(
      CompareWithPin(pin, release),
      ::testing::ElementsAre(GroupComparison{v1::FACET_GROUP_ORDER, GroupStanding::kSame},
                             GroupComparison{v1::FACET_GROUP_TABULAR, GroupStanding::kDiffers},
                             GroupComparison{v1::FACET_GROUP_POA, GroupStanding::kGained},
                             GroupComparison{v1::FACET_GROUP_CONVERSION, GroupStanding::kLost}));
}

TEST(SelectorTest, KnowsWhatIsAReleaseId) {
  for (const char* id : {"2026", "2026-04", "2026.1", "2026-04.10"}) {
    EXPECT_TRUE(IsReleaseId(id)) << id;
  }
  for (const char* text : {"", "prod", "current", "202", "20266", "2026-4", "2026.", "2026-04-01",
                           "2026-04.", "2026 ", "v2026"}) {
    EXPECT_FALSE(IsReleaseId(text)) << text;
  }
}

// A server that answers with another release than was asserted, as one does that is older than
// fingerprints in selectors.
TEST(AssertionTest, EveryAnswerIsHeldAgainstIt) {
  const v1::ReleaseSelector asked = WithFingerprint(ById("2026"), kOne);
  const struct {
    v1::ReleaseSelector selector;
    v1::ResolvedRelease answers;
    bool fits;
  } cases[] = {
      {asked, Resolved("2026", kOne), true},
      {asked, Resolved("2026", kTwo), false},
      {asked, Resolved("2025", kOne), false},
      {asked, v1::ResolvedRelease(), false},
      {WithFingerprint(ById("prod"), kOne), Resolved("2025", kOne), true},
      {WithFingerprint(OnDate("2026-01-01"), kOne), Resolved("2026", kTwo), false},
      {ById("2026"), Resolved("2026", kTwo), true},
      {WithFingerprint(Current(), std::string(64, 'A')), Resolved("2026", std::string(64, 'a')),
       true},
  };
  for (const auto& test : cases) {
    auto connection = std::make_shared<::testing::NiceMock<MockConnection>>();
    v1::GetConceptResponse concept_answer;
    *concept_answer.mutable_release() = test.answers;
    ON_CALL(*connection, GetConcept).WillByDefault(Return(concept_answer));
    v1::BatchGetConceptsResponse batch;
    *batch.mutable_release() = test.answers;
    ON_CALL(*connection, BatchGetConcepts).WillByDefault(Return(batch));
    v1::ListConceptsResponse page;
    *page.mutable_release() = test.answers;
    ON_CALL(*connection, ListConcepts).WillByDefault(Return(page));
    v1::GetReleaseResponse release;
    *release.mutable_resolved() = test.answers;
    ON_CALL(*connection, GetRelease).WillByDefault(Return(release));
    v1::GetDiffSummaryResponse summary;
    *summary.mutable_to() = test.answers;
    ON_CALL(*connection, GetDiffSummary).WillByDefault(Return(summary));
    ON_CALL(*connection, StreamDescendants)
        .WillByDefault([&](const CallOptions&, const v1::StreamDescendantsRequest&) {
          v1::StreamDescendantsResponse message;
          *message.mutable_release() = test.answers;
          return std::make_unique<ListedStream<v1::StreamDescendantsResponse>>(
              std::vector<v1::StreamDescendantsResponse>{message});
        });
    const Client client(connection);
    v1::ListConceptsRequest list;
    *list.mutable_release() = test.selector;
    v1::StreamDescendantsRequest descendants;
    *descendants.mutable_release() = test.selector;
    v1::GetDiffSummaryRequest diff;
    diff.mutable_from()->set_release("2025");
    *diff.mutable_to() = test.selector;
    for (const absl::Status& status :
         {client.GetConcept(test.selector, "M99").status(),
          client.BatchGetConcepts(test.selector, {"M99"}).status(),
          client.ListConcepts(list).header().status(), client.GetRelease(test.selector).status(),
          client.StreamDescendants(descendants).header().status(),
          client.GetDiffSummary(diff).status()}) {
      EXPECT_EQ(status.ok(), test.fits) << status << test.selector.ShortDebugString();
      if (test.fits) continue;
      EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
      EXPECT_EQ(ErrorReasonOf(status), v1::ERROR_REASON_FINGERPRINT_MISMATCH);
      EXPECT_EQ(ErrorMetadataOf(status, "expected"), kOne);
      EXPECT_EQ(ErrorMetadataOf(status, "actual"), test.answers.fingerprint());
    }
  }
}

TEST(AssertionTest, NamesTheGroupThatDiffers) {
  v1::ReleaseSelector selector = ById("2026");
  v1::FacetGroupFingerprint* group = selector.add_group_fingerprints();
  group->set_group(v1::FACET_GROUP_TABULAR);
  group->set_fingerprint(kOne);
  auto connection = std::make_shared<MockConnection>();
  v1::ResolveReleaseResponse answer;
  *answer.mutable_release() = Resolved("2026", kTwo);
  EXPECT_CALL(*connection, ResolveRelease).WillOnce(Return(answer));
  const absl::Status status = Client(connection).ResolveRelease(selector).status();
  EXPECT_EQ(ErrorMetadataOf(status, "group"), "tabular");
  EXPECT_EQ(ErrorMetadataOf(status, "actual"), "");
}

TEST(PinnedClientTest, AsksThePinWhereARequestNamesNoRelease) {
  ClientOptions options;
  options.pin = v1::Pin();
  options.pin->set_release_id("2026");
  options.pin->set_fingerprint(kOne);
  auto connection = std::make_shared<MockConnection>();
  std::vector<std::string> asked;
  EXPECT_CALL(*connection, GetConcept)
      .WillRepeatedly([&](const CallOptions&, const v1::GetConceptRequest& request) {
        asked.push_back(absl::StrCat(request.release().release(), request.release().date(), " ",
                                     request.release().fingerprint()));
        v1::GetConceptResponse answer;
        *answer.mutable_release() = Resolved("2026", kTwo);
        return answer;
      });
  const Client client(connection, options);
  EXPECT_EQ(ErrorReasonOf(client.GetConcept({}, "M99").status()),
            v1::ERROR_REASON_FINGERPRINT_MISMATCH);
  EXPECT_TRUE(client.GetConcept(ById("2025"), "M99").ok());
  EXPECT_TRUE(client.GetConcept(Current(), "M99").ok());
  EXPECT_THAT(asked, ::testing::ElementsAre("2026 " + kOne, "2025 ", "current "));
}

TEST(PinnedClientTest, HoldsACallersFingerprintAgainstThePins) {
  ClientOptions options;
  options.pin = v1::Pin();
  options.pin->set_release_id("2026");
  options.pin->set_fingerprint(kOne);
  auto connection = std::make_shared<MockConnection>();
  EXPECT_CALL(*connection, GetConcept).Times(0);
  EXPECT_CALL(*connection, StreamDiff).Times(0);
  const Client client(connection, options);
  v1::ReleaseSelector other;
  other.set_fingerprint(kTwo);
  EXPECT_EQ(ErrorReasonOf(client.GetConcept(other, "M99").status()),
            v1::ERROR_REASON_FINGERPRINT_MISMATCH);
  v1::StreamDiffRequest request;
  *request.mutable_from() = ById("2025");
  *request.mutable_to() = other;
  ChangeRange changes = client.StreamDiff(request);
  EXPECT_EQ(ErrorReasonOf(changes.header().status()), v1::ERROR_REASON_FINGERPRINT_MISMATCH);
}

}  // namespace
}  // namespace codeset::client
