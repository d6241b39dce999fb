// Assertions of fingerprints: what they must look like, and that no call passes them over.
#include "server/fingerprint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "storage/model/error.h"
#include "tests/server/calls.h"
#include "tests/server/fixture.h"
#include "tests/server/selectors.h"

namespace codeset::server {
namespace {

using model::FactsOf;
using model::Reason;
using model::ReasonOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kOrder = v1::FACET_GROUP_ORDER;
constexpr auto kTabular = v1::FACET_GROUP_TABULAR;
constexpr auto kPoa = v1::FACET_GROUP_POA;

std::string Hex(char digit) { return std::string(64, digit); }

void Assert(v1::ReleaseSelector& selector, v1::FacetGroup group, const std::string& fingerprint) {
  v1::FacetGroupFingerprint* asserted = selector.add_group_fingerprints();
  asserted->set_group(group);
  asserted->set_fingerprint(fingerprint);
}

std::vector<std::string> Fields(const v1::ReleaseSelector& selector) {
  std::vector<std::string> fields;
  for (const Violation& violation : CheckAssertions("from", selector)) {
    fields.push_back(violation.field);
  }
  return fields;
}

TEST(CheckAssertionsTest, TakesFingerprintsInEitherCase) {
  v1::ReleaseSelector selector;
  EXPECT_THAT(Fields(selector), IsEmpty());
  selector.set_fingerprint(Hex('A'));
  Assert(selector, kOrder, Hex('a'));
  Assert(selector, kPoa, Hex('0'));
  EXPECT_THAT(Fields(selector), IsEmpty());
}

TEST(CheckAssertionsTest, NamesAllThatIsWrong) {
  v1::ReleaseSelector selector;
  selector.set_fingerprint(std::string(63, 'a'));
  Assert(selector, kOrder, Hex('g'));
  Assert(selector, v1::FACET_GROUP_UNSPECIFIED, Hex('a'));
  Assert(selector, static_cast<v1::FacetGroup>(99), Hex('a'));
  Assert(selector, kOrder, Hex('a'));
  Assert(selector, kPoa, "");
  EXPECT_THAT(
      Fields(selector),
      ElementsAre("from.fingerprint", "from.group_fingerprints[0].fingerprint",
                  "from.group_fingerprints[1].group", "from.group_fingerprints[2].group",
                  "from.group_fingerprints[3].group", "from.group_fingerprints[4].fingerprint"));
}

v1::ResolvedRelease ReleaseWith(const std::vector<std::pair<v1::FacetGroup, char>>& groups) {
  v1::ResolvedRelease release;
  release.set_release_id("2026");
  release.set_fingerprint(Hex('f'));
  for (const auto& [group, digit] : groups) {
    release.add_facet_groups()->set_group(group);
    release.mutable_facet_groups()->rbegin()->set_fingerprint(Hex(digit));
  }
  return release;
}

TEST(AssertFingerprintsTest, HoldsWhereAllAreThose) {
  const v1::ResolvedRelease release = ReleaseWith({{kOrder, 'a'}, {kTabular, 'b'}});
  v1::ReleaseSelector selector;
  EXPECT_TRUE(AssertFingerprints(selector, release).ok());
  selector.set_fingerprint(Hex('F'));
  EXPECT_TRUE(AssertFingerprints(selector, release).ok());
  Assert(selector, kTabular, Hex('B'));
  Assert(selector, kOrder, Hex('a'));
  EXPECT_TRUE(AssertFingerprints(selector, release).ok());
}

// A group alone can be asserted, whatever else the release has gained.
TEST(AssertFingerprintsTest, HoldsForOneGroupOfSeveral) {
  v1::ReleaseSelector selector;
  Assert(selector, kOrder, Hex('a'));
  EXPECT_TRUE(
      AssertFingerprints(selector, ReleaseWith({{kOrder, 'a'}, {kTabular, 'b'}, {kPoa, 'c'}}))
          .ok());
}

struct Wrong {
  const char* name;
  char whole;
  std::vector<std::pair<v1::FacetGroup, char>> asserted;
  std::vector<std::pair<v1::FacetGroup, char>> groups;
  const char* group;
  std::string expected;
  std::string actual;
  const char* says;
};

class AssertionFailsTest : public ::testing::TestWithParam<Wrong> {};

TEST_P(AssertionFailsTest, NamingBoth) {
  const Wrong& test = GetParam();
  v1::ReleaseSelector selector;
  if (test.whole != ' ') selector.set_fingerprint(Hex(test.whole));
  for (const auto& [group, digit] : test.asserted) Assert(selector, group, Hex(digit));
  const absl::Status status = AssertFingerprints(selector, ReleaseWith(test.groups));
  ASSERT_EQ(ReasonOf(status), Reason::kFingerprintMismatch);
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  const model::ErrorFacts facts = FactsOf(status);
  EXPECT_EQ(facts.at("release"), "2026");
  EXPECT_EQ(facts.at("group"), test.group);
  EXPECT_EQ(facts.at("expected"), test.expected);
  EXPECT_EQ(facts.at("actual"), test.actual);
  EXPECT_TRUE(absl::StrContains(status.message(), test.says)) << status.message();
  EXPECT_TRUE(absl::StrContains(status.message(), test.expected)) << status.message();
}

INSTANTIATE_TEST_SUITE_P(
    All, AssertionFailsTest,
    ::testing::Values(
        Wrong{"Whole", 'E', {}, {{kOrder, 'a'}}, "", Hex('e'), Hex('f'), "codesetctl pin"},
        Wrong{"WholeOfWhichAGroupWasGained",
              'e',
              {{kOrder, 'a'}},
              {{kOrder, 'a'}, {kTabular, 'b'}},
              "",
              Hex('e'),
              Hex('f'),
              "it has gained the group tabular"},
        Wrong{"WholeOfWhichAGroupDiffers",
              'e',
              {{kOrder, 'd'}, {kPoa, 'c'}},
              {{kOrder, 'a'}, {kPoa, 'c'}},
              "",
              Hex('e'),
              Hex('f'),
              "its group order has other content"},
        Wrong{"Group",
              ' ',
              {{kOrder, 'a'}, {kTabular, 'd'}},
              {{kOrder, 'a'}, {kTabular, 'b'}},
              "tabular",
              Hex('d'),
              Hex('b'),
              "group tabular of release 2026"},
        Wrong{"GroupThatIsNotThere",
              ' ',
              {{kPoa, 'd'}},
              {{kOrder, 'a'}},
              "poa",
              Hex('d'),
              "",
              "it lacks the group poa"}),
    [](const auto& tested) { return std::string(tested.param.name); });

class FingerprintTest : public ::testing::Test {
 protected:
  FingerprintTest() : calls_(fixture_.server()) {
    fixture_.Load("2025");
    fixture_.Load("2026");
    const grpc::Status status = calls_.Resolve(ByName("2026"), &release_);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }

  // The selector of 2026 with an assertion that holds, or one that does not.
  v1::ReleaseSelector Asserted(bool right) const {
    v1::ReleaseSelector selector = ByName("2026");
    selector.set_fingerprint(right ? absl::AsciiStrToUpper(release_.fingerprint()) : Hex('0'));
    return selector;
  }

  ServerFixture fixture_;
  Calls calls_;
  v1::ResolvedRelease release_;
};

// Every call that takes a selector.
TEST_F(FingerprintTest, IsAssertedByEveryCall) {
  v1::Terminology::Stub& terminology = calls_.terminology();
  v1::Releases::Stub& releases = calls_.releases();
  using Selector = v1::ReleaseSelector;
  const auto drain = [](auto reader, auto message) {
    while (reader->Read(&message)) {
    }
    return reader->Finish();
  };
  const std::vector<std::pair<const char*, std::function<grpc::Status(const Selector&)>>> kCalls = {
      {"GetConcept",
       [&](const Selector& selector) {
         v1::GetConceptRequest request;
         *request.mutable_release() = selector;
         request.set_id("E11");
         v1::GetConceptResponse response;
         return Calls::Do(terminology, &v1::Terminology::Stub::GetConcept, request, &response);
       }},
      {"BatchGetConcepts",
       [&](const Selector& selector) {
         v1::BatchGetConceptsRequest request;
         *request.mutable_release() = selector;
         request.add_ids("E11");
         v1::BatchGetConceptsResponse response;
         return Calls::Do(terminology, &v1::Terminology::Stub::BatchGetConcepts, request,
                          &response);
       }},
      {"ListConcepts",
       [&](const Selector& selector) {
         v1::ListConceptsRequest request;
         *request.mutable_release() = selector;
         v1::ListConceptsResponse response;
         return Calls::Do(terminology, &v1::Terminology::Stub::ListConcepts, request, &response);
       }},
      {"ListRelatives",
       [&](const Selector& selector) {
         v1::ListRelativesRequest request;
         *request.mutable_release() = selector;
         request.set_id("E11");
         request.set_relation(v1::RELATION_CHILDREN);
         v1::ListRelativesResponse response;
         return Calls::Do(terminology, &v1::Terminology::Stub::ListRelatives, request, &response);
       }},
      {"StreamDescendants",
       [&](const Selector& selector) {
         v1::StreamDescendantsRequest request;
         *request.mutable_release() = selector;
         request.set_id("E11");
         grpc::ClientContext context;
         return drain(terminology.StreamDescendants(&context, request),
                      v1::StreamDescendantsResponse());
       }},
      {"GetSubsumption",
       [&](const Selector& selector) {
         v1::GetSubsumptionRequest request;
         *request.mutable_release() = selector;
         request.set_a("E11");
         request.set_b("E11");
         v1::GetSubsumptionResponse response;
         return Calls::Do(terminology, &v1::Terminology::Stub::GetSubsumption, request, &response);
       }},
      {"GetCommonAncestor",
       [&](const Selector& selector) {
         v1::GetCommonAncestorRequest request;
         *request.mutable_release() = selector;
         request.add_ids("E11");
         v1::GetCommonAncestorResponse response;
         return Calls::Do(terminology, &v1::Terminology::Stub::GetCommonAncestor, request,
                          &response);
       }},
      {"GetRelease",
       [&](const Selector& selector) {
         v1::GetReleaseRequest request;
         *request.mutable_release() = selector;
         v1::GetReleaseResponse response;
         return Calls::Do(releases, &v1::Releases::Stub::GetRelease, request, &response);
       }},
      {"ResolveRelease",
       [&](const Selector& selector) {
         v1::ResolvedRelease resolved;
         return calls_.Resolve(selector, &resolved);
       }},
      {"GetDiffSummaryFrom",
       [&](const Selector& selector) {
         v1::GetDiffSummaryRequest request;
         *request.mutable_from() = selector;
         *request.mutable_to() = ByName("2025");
         v1::GetDiffSummaryResponse response;
         return Calls::Do(releases, &v1::Releases::Stub::GetDiffSummary, request, &response);
       }},
      {"GetDiffSummaryTo",
       [&](const Selector& selector) {
         v1::GetDiffSummaryRequest request;
         *request.mutable_from() = ByName("2025");
         *request.mutable_to() = selector;
         v1::GetDiffSummaryResponse response;
         return Calls::Do(releases, &v1::Releases::Stub::GetDiffSummary, request, &response);
       }},
      {"StreamDiffFrom",
       [&](const Selector& selector) {
         v1::StreamDiffRequest request;
         *request.mutable_from() = selector;
         *request.mutable_to() = ByName("2025");
         grpc::ClientContext context;
         return drain(releases.StreamDiff(&context, request), v1::StreamDiffResponse());
       }},
      {"StreamDiffTo",
       [&](const Selector& selector) {
         v1::StreamDiffRequest request;
         *request.mutable_from() = ByName("2025");
         *request.mutable_to() = selector;
         grpc::ClientContext context;
         return drain(releases.StreamDiff(&context, request), v1::StreamDiffResponse());
       }},
  };
  for (const auto& [name, call] : kCalls) {
    const grpc::Status right = call(Asserted(true));
    EXPECT_TRUE(right.ok()) << name << ": " << right.error_message();
    const grpc::Status wrong = call(Asserted(false));
    EXPECT_EQ(ReasonIn(wrong), "FINGERPRINT_MISMATCH") << name;
    EXPECT_EQ(wrong.error_code(), grpc::StatusCode::FAILED_PRECONDITION) << name;
    EXPECT_EQ(FactIn(wrong, "expected"), Hex('0')) << name;
    EXPECT_EQ(FactIn(wrong, "actual"), release_.fingerprint()) << name;
    Selector malformed = ByName("2026");
    malformed.set_fingerprint("0123");
    EXPECT_EQ(ReasonIn(call(malformed)), "ARGUMENT_INVALID") << name;
  }
}

TEST_F(FingerprintTest, IsAssertedByListsOfCodes) {
  for (const bool from : {true, false}) {
    grpc::ClientContext context;
    const auto stream = calls_.releases().CheckCodeList(&context);
    v1::CheckCodeListRequest request;
    *request.mutable_pins()->mutable_from() = from ? Asserted(false) : ByName("2025");
    *request.mutable_pins()->mutable_to() = from ? ByName("2025") : Asserted(false);
    stream->Write(request);
    stream->WritesDone();
    v1::CheckCodeListResponse response;
    while (stream->Read(&response)) {
    }
    EXPECT_EQ(ReasonIn(stream->Finish()), "FINGERPRINT_MISMATCH") << from;
  }
}

// A date or a label may come to name another release; the assertion says so.
TEST_F(FingerprintTest, HoldsALabelToItsRelease) {
  ASSERT_TRUE(calls_.SetLabel("prod", "2026").ok());
  v1::ReleaseSelector selector = ByName("prod");
  selector.set_fingerprint(release_.fingerprint());
  EXPECT_EQ(calls_.IdOf(selector), "2026");
  ASSERT_TRUE(calls_.SetLabel("prod", "2025").ok());
  v1::ResolvedRelease resolved;
  const grpc::Status status = calls_.Resolve(selector, &resolved);
  EXPECT_EQ(ReasonIn(status), "FINGERPRINT_MISMATCH");
  EXPECT_EQ(FactIn(status, "release"), "2025");
}

TEST(FingerprintPagesTest, HoldsOnLaterPages) {
  ServerFixture fixture;
  Calls calls(fixture.server());
  v1::LoadOptions options;
  options.set_release_id("2025");
  std::vector<source::InputFile> order;
  for (source::InputFile& file : MiniatureFiles("2025")) {
    if (absl::StrContains(file.name, "order")) order.push_back(std::move(file));
  }
  ASSERT_TRUE(LoadRelease(fixture.store(), options, std::move(order), {}).ok());
  v1::ResolvedRelease release;
  ASSERT_TRUE(calls.Resolve(ByName("2025"), &release).ok());
  v1::ListConceptsRequest request;
  *request.mutable_release() = ByName("2025");
  request.mutable_release()->set_fingerprint(release.fingerprint());
  request.set_page_size(1);
  v1::ListConceptsResponse response;
  const auto list = [&] {
    return Calls::Do(calls.terminology(), &v1::Terminology::Stub::ListConcepts, request, &response);
  };
  ASSERT_TRUE(list().ok());
  request.set_page_token(response.next_page_token());
  ASSERT_TRUE(list().ok());
  // The release gains groups, and is no longer what was asserted.
  fixture.Load("2025");
  EXPECT_EQ(ReasonIn(list()), "FINGERPRINT_MISMATCH");
}

}  // namespace
}  // namespace codeset::server
