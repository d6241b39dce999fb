// Questions about concepts and their places.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/soak/compare.h"
#include "tests/soak/reader.h"

namespace codeset::soak {
namespace {

// Nothing that the release itself could refuse.
v1::ErrorReason Answers(const ReleaseFacts&) { return v1::ERROR_REASON_UNSPECIFIED; }

// The larger of what is asked for in one answer.
constexpr size_t kBatch = 300;

bool IsPlaced(const ConceptFacts& facts) { return facts.placement != v1::PLACEMENT_NOT_KNOWN; }

// A concept and what it lies under, nearest first.
std::vector<const ConceptFacts*> PathOf(const ReleaseFacts& release, const ConceptFacts& facts) {
  std::vector<const ConceptFacts*> path;
  path.push_back(&facts);
  for (const ConceptFacts* above : release.AncestorsOf(facts)) path.push_back(above);
  return path;
}

// A concept and all below it, in tabular order.
std::vector<const ConceptFacts*> SubtreeOf(const ReleaseFacts& release, const ConceptFacts& facts) {
  std::vector<const ConceptFacts*> subtree;
  subtree.push_back(&facts);
  for (const ConceptFacts* below : release.DescendantsOf(facts)) subtree.push_back(below);
  return subtree;
}

v1::SubsumptionOutcome SubsumptionOf(const ReleaseFacts& release, const ConceptFacts& a,
                                     const ConceptFacts& b) {
  if (&a == &b) return v1::SUBSUMPTION_OUTCOME_EQUIVALENT;
  for (const ConceptFacts* above : release.AncestorsOf(b)) {
    if (above == &a) return v1::SUBSUMPTION_OUTCOME_SUBSUMES;
  }
  for (const ConceptFacts* above : release.AncestorsOf(a)) {
    if (above == &b) return v1::SUBSUMPTION_OUTCOME_SUBSUMED_BY;
  }
  // A chapter or section may hold what has no known place.
  if ((!a.row && !IsPlaced(b)) || (!b.row && !IsPlaced(a))) {
    return v1::SUBSUMPTION_OUTCOME_NOT_KNOWN;
  }
  return v1::SUBSUMPTION_OUTCOME_NOT_SUBSUMED;
}

std::vector<const ConceptFacts*> RelativesOf(const ReleaseFacts& release, const ConceptFacts& facts,
                                             v1::Relation relation) {
  std::vector<const ConceptFacts*> found = release.AncestorsOf(facts);
  switch (relation) {
    case v1::RELATION_PARENTS:
      while (found.size() > 1) found.pop_back();
      return found;
    case v1::RELATION_ANCESTORS:
      return found;
    case v1::RELATION_DESCENDANTS:
      return release.DescendantsOf(facts);
    default:
      break;
  }
  const ConceptFacts* parent = relation == v1::RELATION_CHILDREN ? &facts : found.front();
  std::vector<const ConceptFacts*> children;
  for (const size_t place : parent->children) {
    if (&release.concepts[place] != &facts) children.push_back(&release.concepts[place]);
  }
  return children;
}

}  // namespace

void Reader::AskConcept() {
  const std::string kind = "GetConcept" + manner_;
  const v1::ReleaseSelector selector = AnySelector();
  const std::string id = AnyId(Guess(selector));
  const v1::ConceptView view = AnyView();
  const auto answer =
      Timed(kind, [&] { return client_.GetConcept(selector, Spelled(id), view, overrides_); });
  const ReleaseFacts* release =
      Judge(kind, selector, answer.status(), answer.ok() ? &answer->release() : nullptr, id,
            [&](const ReleaseFacts& asked) { return ReasonFor(asked, id); });
  if (release == nullptr) return;
  Report(kind, DifferenceOf(*release, *release->Find(id), view, ExemptList(answer->release()),
                            answer->found()));
}

void Reader::AskBatch() {
  const std::string kind = "BatchGetConcepts" + manner_;
  const v1::ReleaseSelector selector = AnySelector();
  const ReleaseFacts& guess = Guess(selector);
  std::vector<std::string> ids(1 + Below(kBatch));
  for (std::string& id : ids) id = Once(50) ? "no code" : AnyId(guess);
  const v1::ConceptView view = AnyView();
  const auto answer =
      Timed(kind, [&] { return client_.BatchGetConcepts(selector, ids, view, overrides_); });
  const std::string about = absl::StrCat(ids.size(), " ids");
  const ReleaseFacts* release = Judge(kind, selector, answer.status(),
                                      answer.ok() ? &answer->release() : nullptr, about, Answers);
  if (release == nullptr) return;
  if (static_cast<size_t>(answer->results_size()) != ids.size()) {
    return Report(kind, absl::StrCat(about, ": ", answer->results_size(), " results"));
  }
  const ReleaseFacts* exempt = ExemptList(answer->release());
  for (size_t i = 0; i < ids.size(); ++i) {
    const v1::ConceptResult& result = answer->results(static_cast<int>(i));
    const v1::ErrorReason reason =
        ids[i] == "no code" ? v1::ERROR_REASON_CONCEPT_ID_INVALID : ReasonFor(*release, ids[i]);
    if (result.failure().reason() != reason) {
      return Report(
          kind, absl::StrCat(ids[i], " in ", release->id, ": expected ",
                             v1::ErrorReason_Name(reason), ", came ", result.ShortDebugString()));
    }
    if (reason != v1::ERROR_REASON_UNSPECIFIED) continue;
    const std::string difference =
        DifferenceOf(*release, *release->Find(ids[i]), view, exempt, result.found());
    if (!difference.empty()) return Report(kind, difference);
  }
  soak_->tally.Count("concepts compared", static_cast<int64_t>(ids.size()));
  Report(kind, "");
}

void Reader::AskList() {
  const std::string kind = "ListConcepts" + manner_;
  v1::ListConceptsRequest request;
  *request.mutable_release() = AnySelector();
  const ReleaseFacts& guess = Guess(request.release());
  const ConceptFacts& start = AnyRow(guess);
  const std::string id(start.id);
  switch (Below(3)) {
    case 0:
      request.set_pattern(std::string(
          absl::StripSuffix(absl::string_view(id).substr(0, 3 + Below(id.size() - 2)), ".")));
      break;
    case 1:
      request.set_under_id(
          std::string(start.section.empty() || !Once(3) ? start.id.substr(0, 3) : start.section));
      break;
    default: {
      // Up to the last row of the same category, so that all has one place.
      const ConceptFacts& category = *guess.Find(id.substr(0, 3));
      const auto below = guess.DescendantsOf(category);
      request.set_range_first(std::string(category.id));
      request.set_range_last(std::string(below.empty() ? category.id : below.back()->id));
      break;
    }
  }
  if (Once(2)) request.set_billable(Once(2));
  request.set_view(Once(4) ? v1::CONCEPT_VIEW_FULL : v1::CONCEPT_VIEW_BASIC);
  request.set_page_size(static_cast<int>(Once(2) ? 1000 : 200 + Below(800)));
  const auto gathered =
      Timed(kind, [&] { return Gather(client_.ListConcepts(request, overrides_)); });
  const ReleaseFacts* release =
      Judge(kind, request.release(), gathered.status,
            gathered.header.has_value() ? &gathered.header->release : nullptr,
            request.ShortDebugString(), [&](const ReleaseFacts& asked) {
              for (const std::string& named :
                   {request.under_id(), request.range_first(), request.range_last()}) {
                if (!named.empty() && ReasonFor(asked, named) != v1::ERROR_REASON_UNSPECIFIED) {
                  return ReasonFor(asked, named);
                }
              }
              return v1::ERROR_REASON_UNSPECIFIED;
            });
  if (release != nullptr) {
    CompareList(kind, request, *release, ExemptList(gathered.header->release), gathered);
  }
}

void Reader::CompareList(const std::string& kind, const v1::ListConceptsRequest& request,
                         const ReleaseFacts& release, const ReleaseFacts* exempt,
                         const Gathered<v1::Concept, client::ConceptsHeader>& gathered) {
  std::vector<const ConceptFacts*> found;
  if (!request.pattern().empty()) {
    // All that match lie in the category that the pattern begins with.
    const ConceptFacts* category = release.Find(request.pattern().substr(0, 3));
    if (category != nullptr) found = SubtreeOf(release, *category);
    std::erase_if(found, [&](const ConceptFacts* facts) {
      return Undotted(facts->id).rfind(Undotted(request.pattern()), 0) != 0;
    });
  } else if (!request.under_id().empty()) {
    found = SubtreeOf(release, *release.Find(request.under_id()));
  } else {
    const ConceptFacts* first = release.Find(request.range_first());
    const ConceptFacts* last = release.Find(request.range_last());
    const auto below = release.DescendantsOf(*last);
    if (!below.empty()) last = below.back();
    for (const ConceptFacts* at = first; at <= last; ++at) found.push_back(at);
  }
  std::vector<const ConceptFacts*> expected;
  for (const ConceptFacts* facts : found) {
    if (!request.has_billable() || (facts->row && facts->billable == request.billable())) {
      expected.push_back(facts);
    }
  }
  if (gathered.header->total_size != static_cast<int>(expected.size())) {
    return Report(kind, absl::StrCat(request.ShortDebugString(), " in ", release.id, ": expected ",
                                     expected.size(), " in all, told are ",
                                     gathered.header->total_size.value_or(-1)));
  }
  soak_->tally.Count("concepts compared", static_cast<int64_t>(expected.size()));
  Report(kind, DifferenceOf(request.ShortDebugString(), release, expected, request.view(), exempt,
                            gathered.items));
}

void Reader::AskRelatives() {
  const std::string kind = "ListRelatives" + manner_;
  v1::ListRelativesRequest request;
  *request.mutable_release() = AnySelector();
  const std::string id = AnyId(Guess(request.release()));
  request.set_id(id);
  request.set_relation(static_cast<v1::Relation>(1 + Below(5)));
  if (id.size() < 3 && request.relation() != v1::RELATION_CHILDREN) {
    request.set_relation(v1::RELATION_ANCESTORS);  // Chapters have too much below them.
  }
  const auto gathered =
      Timed(kind, [&] { return Gather(client_.ListRelatives(request, overrides_)); });
  const std::string about = absl::StrCat(v1::Relation_Name(request.relation()), " of ", id);
  const ReleaseFacts* release =
      Judge(kind, request.release(), gathered.status,
            gathered.header.has_value() ? &gathered.header->release : nullptr, about,
            [&](const ReleaseFacts& asked) { return ReasonFor(asked, id); });
  if (release == nullptr) return;
  const ConceptFacts& facts = *release->Find(id);
  if (request.relation() == v1::RELATION_SIBLINGS && facts.parent.empty()) return;
  const auto expected = RelativesOf(*release, facts, request.relation());
  if (gathered.header->total_size != static_cast<int>(expected.size())) {
    return Report(kind, absl::StrCat(about, " in ", release->id, ": expected ", expected.size(),
                                     ", told are ", gathered.header->total_size.value_or(-1)));
  }
  Report(kind, DifferenceOf(about, *release, expected, v1::CONCEPT_VIEW_BASIC,
                            ExemptList(gathered.header->release), gathered.items));
}

void Reader::AskDescendants() {
  const std::string kind = "StreamDescendants" + manner_;
  v1::StreamDescendantsRequest request;
  *request.mutable_release() = AnySelector();
  const ReleaseFacts& guess = Guess(request.release());
  const ConceptFacts& start = AnyRow(guess);
  const std::string id(start.section.empty() || Once(3) ? start.id.substr(0, 3) : start.section);
  request.set_id(id);
  request.set_billable_only(Once(2));
  const auto gathered =
      Timed(kind, [&] { return Gather(client_.StreamDescendants(request, overrides_)); });
  const ReleaseFacts* release =
      Judge(kind, request.release(), gathered.status,
            gathered.header.has_value() ? &gathered.header->release : nullptr, id,
            [&](const ReleaseFacts& asked) { return ReasonFor(asked, id); });
  if (release == nullptr) return;
  std::vector<const ConceptFacts*> expected;
  for (const ConceptFacts* below : release->DescendantsOf(*release->Find(id))) {
    if (below->billable || !request.billable_only()) expected.push_back(below);
  }
  soak_->tally.Count("concepts compared", static_cast<int64_t>(expected.size()));
  Report(kind, DifferenceOf("below " + id, *release, expected, v1::CONCEPT_VIEW_BASIC,
                            ExemptList(gathered.header->release), gathered.items));
}

void Reader::AskSubsumption() {
  const std::string kind = "GetSubsumption" + manner_;
  const v1::ReleaseSelector selector = AnySelector();
  const ReleaseFacts& guess = Guess(selector);
  const ConceptFacts& facts = AnyConcept(guess);
  const std::string a(facts.id);
  std::string b = AnyId(guess);
  if (Once(2)) b = std::string(OneOf(PathOf(guess, facts))->id);
  const bool turned = Once(2);
  const auto answer = Timed(kind, [&] {
    return client_.GetSubsumption(selector, turned ? b : a, turned ? a : b, overrides_);
  });
  const std::string about = absl::StrCat(a, " and ", b, turned ? ", turned" : "");
  const ReleaseFacts* release = Judge(
      kind, selector, answer.status(), answer.ok() ? &answer->release() : nullptr, about,
      [&](const ReleaseFacts& asked) {
        const v1::ErrorReason reason = ReasonFor(asked, turned ? b : a);
        return reason != v1::ERROR_REASON_UNSPECIFIED ? reason : ReasonFor(asked, turned ? a : b);
      });
  if (release == nullptr) return;
  const v1::SubsumptionOutcome expected =
      SubsumptionOf(*release, *release->Find(turned ? b : a), *release->Find(turned ? a : b));
  Report(kind, expected == answer->outcome()
                   ? ""
                   : absl::StrCat(about, " in ", release->id, ": expected ",
                                  v1::SubsumptionOutcome_Name(expected), ", came ",
                                  v1::SubsumptionOutcome_Name(answer->outcome())));
}

void Reader::AskCommonAncestor() {
  const std::string kind = "GetCommonAncestor" + manner_;
  const v1::ReleaseSelector selector = AnyId();
  const ReleaseFacts& guess = soak_->oracle.releases.at(selector.release());
  // Neighbours, so that there is something below the chapter that they have in common.
  const size_t place = Below(guess.concepts.size());
  std::vector<std::string> ids;
  for (size_t left = 1 + Below(4); left > 0; --left) {
    ids.emplace_back(guess.concepts[std::min(place + Below(40), guess.concepts.size() - 1)].id);
  }
  const auto answer = Timed(kind, [&] {
    return client_.GetCommonAncestor(selector, ids, v1::CONCEPT_VIEW_BASIC, overrides_);
  });
  const ReleaseFacts* release = Judge(kind, selector, answer.status(),
                                      answer.ok() ? &answer->release() : nullptr, ids[0], Answers);
  if (release == nullptr) return;
  std::vector<const ConceptFacts*> common = PathOf(*release, *release->Find(ids[0]));
  for (const std::string& id : ids) {
    const ConceptFacts& facts = *release->Find(id);
    if (!IsPlaced(facts)) return;  // Then it is not known, unless they lie in one category.
    const auto path = PathOf(*release, facts);
    std::erase_if(common, [&](const ConceptFacts* above) {
      return std::find(path.begin(), path.end(), above) == path.end();
    });
  }
  if (answer->has_ancestor() != !common.empty()) {
    return Report(kind, ids[0] + " and others: an ancestor is told where there is none, or not");
  }
  if (common.empty()) return Report(kind, "");
  Report(kind, DifferenceOf(*release, *common.front(), v1::CONCEPT_VIEW_BASIC,
                            ExemptList(answer->release()), answer->ancestor()));
}

}  // namespace codeset::soak
