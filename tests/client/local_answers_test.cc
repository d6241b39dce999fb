// What a local code set answers, against the server that it was pulled from.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/model/concept_id.h"
#include "tests/client/local_agreement.h"
#include "tests/client/local_fixture.h"
#include "tests/support/source_text.h"

namespace codeset::client {
namespace {

using LocalAnswersTest = LocalCodeSetFixture;

TEST_F(LocalAnswersTest, AnswersAboutEveryConceptAsTheServerDoes) {
  const Client server = this->server();
  const LocalCodeSet codes = All();
  for (const std::string release : kIds) {
    const std::vector<std::string> ids = AllIds(server, release);
    ASSERT_GT(ids.size(), 20);
    ExpectSameConcepts(server, codes, release, ids);
    ExpectFinds(codes, release, ids);
    for (const std::string& id : ids) {
      const std::string what = absl::StrCat(release, " ", id);
      for (const v1::ConceptView view : kViews) {
        ExpectSame(server.GetConcept(ById(release), id, view),
                   codes.GetConcept(ById(release), id, view), what);
      }
      for (int relation = v1::Relation_MIN; relation <= v1::Relation_MAX; ++relation) {
        v1::ListRelativesRequest request;
        *request.mutable_release() = ById(release);
        request.set_id(id);
        request.set_relation(static_cast<v1::Relation>(relation));
        ExpectSameRange(server.ListRelatives(request), codes.ListRelatives(request), what);
      }
      v1::StreamDescendantsRequest request;
      *request.mutable_release() = ById(release);
      request.set_id(id);
      request.set_billable_only(id.size() % 2 == 0);
      ExpectSameRange(server.StreamDescendants(request), codes.StreamDescendants(request), what);
      ExpectSame(server.GetSubsumption(ById(release), ids[ids.size() / 2], id),
                 codes.GetSubsumption(ById(release), ids[ids.size() / 2], id), what);
      ExpectSame(server.GetCommonAncestor(ById(release), {ids.back(), id}),
                 codes.GetCommonAncestor(ById(release), {ids.back(), id}), what);
    }
  }
}

TEST_F(LocalAnswersTest, ListsAsTheServerDoes) {
  const Client server = this->server();
  const LocalCodeSet codes = All();
  const auto expect_same = [&](const v1::ListConceptsRequest& request) {
    ExpectSameRange(server.ListConcepts(request), codes.ListConcepts(request),
                    request.ShortDebugString());
  };
  for (const std::string release : kIds) {
    v1::ListConceptsRequest request;
    *request.mutable_release() = ById(release);
    expect_same(request);
    request.set_billable(true);
    request.set_view(v1::CONCEPT_VIEW_FULL);
    expect_same(request);
    request.set_pattern("M99.-");
    expect_same(request);
    request.clear_pattern();
    request.set_under_id("13");
    expect_same(request);
    request.set_under_id("Z99.99");
    expect_same(request);
    request.clear_under_id();
    request.add_kinds(v1::CONCEPT_KIND_CHAPTER);
    expect_same(request);
    request.set_range_first("M99");
    expect_same(request);
    request.set_range_last("A00");
    expect_same(request);
  }
}

TEST_F(LocalAnswersTest, ComparesAsTheServerDoes) {
  const Client server = this->server();
  const LocalCodeSet codes = All();
  for (const std::string from : kIds) {
    for (const std::string to : kIds) {
      const std::string what = absl::StrCat(from, " to ", to);
      v1::StreamDiffRequest request;
      *request.mutable_from() = ById(from);
      *request.mutable_to() = ById(to);
      ExpectSameRange(server.StreamDiff(request), codes.StreamDiff(request), what);
      request.set_billable_only(true);
      request.add_facets(v1::FACET_EXISTENCE);
      ExpectSameRange(server.StreamDiff(request), codes.StreamDiff(request), what);
      request.set_under_id("13");
      ExpectSameRange(server.StreamDiff(request), codes.StreamDiff(request), what);
      request.set_under_id("Z99");
      ExpectSameRange(server.StreamDiff(request), codes.StreamDiff(request), what);
      v1::GetDiffSummaryRequest summary;
      *summary.mutable_from() = ById(from);
      *summary.mutable_to() = ById(to);
      summary.set_by_chapter(true);
      ExpectSame(server.GetDiffSummary(summary), codes.GetDiffSummary(summary), what);
    }
  }
}

TEST_F(LocalAnswersTest, ValidatesAsTheServerDoes) {
  const Client server = this->server();
  LocalCodeSet codes(
      [] { return absl::FromCivil(absl::CivilHour(2026, 11, 23, 17), absl::UTCTimeZone()); });
  for (const char* id : kIds) Pull(codes, ById(id));
  std::vector<std::string> texts = {
      "",       "M99",    "m99.86 ",           "M998", "M99.8O",  "Z99.99", "T81.4",
      "T81.4A", "S06.2X", "S06.2X7D",          "1",    "M99-M99", "A0",     "M99.86.1",
      "x",      "U07.1",  std::string(99, 'A')};
  for (const std::string release : kIds) {
    for (const std::string& id : AllIds(server, release)) {
      texts.push_back(id);
      texts.push_back(id + "X");
      texts.push_back(id.substr(0, id.size() - 1));
    }
  }
  for (const std::string release : kIds) {
    ExpectSame(server.ValidateCodes(ById(release), texts),
               codes.ValidateCodes(ById(release), texts), release);
  }
}

TEST_F(LocalAnswersTest, FailsAsTheServerDoes) {
  const Client server = this->server();
  const LocalCodeSet codes = All();
  const v1::ReleaseSelector release = ById("2026");
  for (const std::string id : {"", "?", "Z99.99", "99", "23", "A00-", "M99.8.6", "M98-M99"}) {
    ExpectSame(server.GetConcept(release, id), codes.GetConcept(release, id), id);
    // 2027 has no tabular list: what it lacks above categories is not known.
    ExpectSame(server.GetConcept(ById("2027"), id), codes.GetConcept(ById("2027"), id), id);
    ExpectSame(server.BatchGetConcepts(release, {"M99", id}),
               codes.BatchGetConcepts(release, {"M99", id}), id);
    ExpectSame(server.GetSubsumption(release, "M99", id), codes.GetSubsumption(release, "M99", id),
               id);
  }
  ExpectSame(server.BatchGetConcepts(release, {}), codes.BatchGetConcepts(release, {}), "none");
  const std::vector<std::string> many(10001, "M99");
  ExpectSame(server.BatchGetConcepts(release, many), codes.BatchGetConcepts(release, many), "many");
  ExpectSame(server.ValidateCodes(release, many), codes.ValidateCodes(release, many), "many");
  ExpectSame(server.GetCommonAncestor(release, {}), codes.GetCommonAncestor(release, {}), "none");
  ExpectSame(server.GetConcept(ById("2026.x"), "M99"), codes.GetConcept(ById("2026.x"), "M99"),
             "no id");
  ExpectSame(server.GetConcept(ById("Prod"), "M99"), codes.GetConcept(ById("Prod"), "M99"),
             "no label");
  const auto asserted = WithFingerprint(release, std::string(64, 'a'));
  ExpectSame(server.GetConcept(asserted, "M99"), codes.GetConcept(asserted, "M99"), "fingerprint");
  ExpectSame(server.GetConcept(WithFingerprint(release, "zz"), "M99"),
             codes.GetConcept(WithFingerprint(release, "zz"), "M99"), "no fingerprint");
  v1::ListRelativesRequest request;
  *request.mutable_release() = release;
  request.set_page_size(-1);
  ExpectSameRange(server.ListRelatives(request), codes.ListRelatives(request), "relatives");
}

// Results of some 5 KB each: what stands before each of ten thousand makes some results more.
TEST_F(LocalAnswersTest, FindsAnAnswerTooLargeWhereTheServerDoes) {
  const std::string note =
      absl::StrCat("<includes><note>", std::string(5'500, 'x'), "</note></includes>\n");
  v1::LoadOptions options;
  options.set_release_id("2031");
  const auto report = server::LoadRelease(
      fixture_.store(), options,
      {{"a.txt", testing::OrderLine(1, "A00", true, "Cholera")},
       {"a.xml", testing::TabularXml(testing::DiagXml("A00", "Cholera", note))}},
      {});
  ASSERT_TRUE(report.ok()) << report.status();
  LocalCodeSet codes;
  Pull(codes, ById("2031"));
  const std::vector<std::string> ids(10'000, "A00");
  const auto local = codes.BatchGetConcepts(ById("2031"), ids, v1::CONCEPT_VIEW_FULL);
  EXPECT_EQ(ErrorReasonOf(local.status()), v1::ERROR_REASON_ANSWER_TOO_LARGE) << local.status();
  ExpectSame(server().BatchGetConcepts(ById("2031"), ids, v1::CONCEPT_VIEW_FULL), local, "ids");
}

TEST_F(LocalAnswersTest, SaysWhatOnlyAServerKnows) {
  const LocalCodeSet codes = All();
  for (const v1::ReleaseSelector& selector :
       {OnDate("2025-11-15"), Current(), Next(), v1::ReleaseSelector()}) {
    const absl::Status status = codes.GetConcept(selector, "M99").status();
    EXPECT_EQ(ErrorReasonOf(status), v1::ERROR_REASON_SERVER_NEEDED) << status;
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  }
  const absl::Status not_held = codes.GetConcept(ById("2024"), "M99").status();
  EXPECT_EQ(ErrorReasonOf(not_held), v1::ERROR_REASON_RELEASE_NOT_FOUND);
  EXPECT_EQ(ErrorMetadataOf(not_held, "release"), "2024");
  const absl::Status no_label = codes.GetConcept(ById("prod"), "M99").status();
  EXPECT_EQ(ErrorReasonOf(no_label), v1::ERROR_REASON_RELEASE_NOT_FOUND);
  v1::ListConceptsRequest request;
  *request.mutable_release() = ById("2026");
  request.set_page_token("x");
  EXPECT_EQ(ErrorReasonOf(codes.ListConcepts(request).header().status()),
            v1::ERROR_REASON_PAGE_TOKEN_INVALID);
}

TEST_F(LocalAnswersTest, FindsWhatTheServersGrammarReads) {
  LocalCodeSet codes;
  Pull(codes, ById("2026"));
  const absl::StatusOr<LocalRelease> release = codes.Release(ById("2026"));
  ASSERT_TRUE(release.ok());
  // All texts of up to five of these characters, and what can stand around a code.
  const std::string alphabet = "Mm90 .-";
  std::vector<std::string> texts = {""};
  for (size_t begin = 0, length = 0; length < 5; ++length) {
    const size_t end = texts.size();
    for (; begin < end; ++begin) {
      for (const char c : alphabet) texts.push_back(texts[begin] + c);
    }
  }
  for (const char* more :
       {"M99.86", "m9986", " M99.86\t", "M99.861", "M99-M99", "m99-m99", "13", "013", "1 3",
        "M99.8 6", "M.9986", "M998.6", "\xc3\xa9", "M99\n", "T81.4XXA", "t814xxa", "T81.4XXAA"}) {
    texts.emplace_back(more);
  }
  size_t found = 0;
  for (const std::string& text : texts) {
    const absl::StatusOr<std::string> key = model::ParseConceptKey(text);
    const bool is_there = key.ok() && release->image().Find(*key).has_value();
    const LocalConcept* const told = release->Find(text);
    ASSERT_EQ(told != nullptr, is_there) << "'" << text << "'";
    if (is_there) {
      EXPECT_EQ(std::string(told->id.view()), model::FormatConceptKey(*key));
    }
    found += is_there ? 1 : 0;
  }
  EXPECT_GT(found, 8);
}

}  // namespace
}  // namespace codeset::client
