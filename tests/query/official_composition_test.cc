// What changed from A to C is what changed from A to B and then from B to C, for any three
// published releases.
//
// Composed are states: an A to B that leads from x to y and a B to C that leads from y to z are
// an A to C that leads from x to z, and nothing where x is z. Left out is what one of the three
// differences says it cannot compare (chapters and sections where it compares codes only), POA
// exemption of codes that B does not have as billable codes, and the tabular facts of what B
// alone lacks, which no change of existence carries.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "storage/query/diff.h"
#include "storage/query/diff_messages.h"
#include "tests/query/official_images.h"

namespace codeset::query {
namespace {

using image::Image;
using image::kNoNode;

// The state of a concept that is not there.
constexpr size_t kAbsent = 0;
constexpr size_t kPresent = 1;

size_t HashOf(absl::string_view text) {
  const size_t hash = absl::Hash<absl::string_view>()(text);
  return hash == kAbsent ? kPresent : hash;
}

// What a state says of one facet, as a message gives it.
size_t ValueOf(const v1::ConceptState& state, v1::Facet facet) {
  switch (facet) {
    case v1::FACET_BILLABLE:
      return HashOf(state.billable() ? "billable" : "header");
    case v1::FACET_TITLE:
      return HashOf(state.title());
    case v1::FACET_SHORT_TITLE:
      return HashOf(state.short_title());
    case v1::FACET_PARENT:
      return HashOf(state.parent_id());
    case v1::FACET_POA_EXEMPTION:
      return HashOf(state.poa_exempt() ? "exempt" : "not exempt");
    default:
      break;
  }
  // Notes, 7th characters and the table, of which a state has those of its facet alone.
  v1::ConceptState facts = state;
  facts.clear_title();
  facts.clear_short_title();
  facts.clear_billable();
  facts.clear_parent_id();
  facts.clear_kind();
  return HashOf(facts.SerializeAsString());
}

// What changes of existence carry of a concept, and so can be composed where B alone lacks it.
constexpr std::array<v1::Facet, 3> kCarried = {v1::FACET_BILLABLE, v1::FACET_TITLE,
                                               v1::FACET_SHORT_TITLE};

// How one facet of one concept changed.
struct Step {
  // In the pool that all legs share.
  size_t concept_number = 0;
  v1::Facet facet = v1::FACET_UNSPECIFIED;
  size_t before = kAbsent;
  size_t after = kAbsent;

  auto place() const { return std::make_pair(concept_number, facet); }
  friend bool operator==(const Step&, const Step&) = default;
};

// All changes between two releases, by concept and facet.
struct Leg {
  std::vector<Step> steps;
  // PARENT again, where a parent that is no code is none.
  std::vector<Step> code_parents;
  // The carried facets of what was added or deleted.
  std::vector<Step> carried;
  std::map<v1::Facet, v1::Comparability> comparability;
};

// What three legs can be compared by.
struct Scope {
  std::map<v1::Facet, v1::Comparability> comparability;

  bool CodesOnly(v1::Facet facet) const {
    return comparability.at(facet) == v1::COMPARABILITY_CODES_ONLY;
  }
  bool Has(v1::Facet facet) const {
    return comparability.at(facet) != v1::COMPARABILITY_NOT_COMPARABLE;
  }
};

Scope ScopeOf(std::initializer_list<const Leg*> legs) {
  Scope scope;
  for (const Leg* leg : legs) {
    for (const auto& [facet, comparability] : leg->comparability) {
      v1::Comparability& worst =
          scope.comparability.try_emplace(facet, v1::COMPARABILITY_COMPARABLE).first->second;
      if (worst == v1::COMPARABILITY_COMPARABLE ||
          comparability == v1::COMPARABILITY_NOT_COMPARABLE) {
        worst = comparability;
      }
    }
  }
  return scope;
}

using Place = std::pair<size_t, v1::Facet>;
using Steps = std::map<Place, Step>;

class OfficialCompositionTest : public ::testing::Test {
 protected:
  size_t NumberOf(const std::string& id) {
    const auto [it, is_new] = numbers_.try_emplace(id, ids_.size());
    if (is_new) ids_.push_back(id);
    return it->second;
  }

  bool IsCode(size_t concept_number) const {
    // Chapters have at most two characters, sections a dash.
    const std::string& id = ids_[concept_number];
    return id.size() > 2 && id.find('-') == std::string::npos;
  }

  Leg MakeLeg(const Image& from, const Image& to) {
    Leg leg;
    for (const v1::FacetComparability& facet : Comparabilities(from, to, {})) {
      leg.comparability[facet.facet()] = facet.comparability();
    }
    for (const Change& change : Diff(from, to, {})) {
      const v1::Change message = ToMessage(from, to, change);
      const size_t number = NumberOf(message.id());
      const auto step = [&](v1::Facet facet) {
        return Step{number, facet,
                    message.has_before() ? ValueOf(message.before(), facet) : kAbsent,
                    message.has_after() ? ValueOf(message.after(), facet) : kAbsent};
      };
      if (change.facet == v1::FACET_EXISTENCE) {
        for (const v1::Facet facet : kCarried) leg.carried.push_back(step(facet));
        leg.steps.push_back({number, change.facet, change.before == kNoNode ? kAbsent : kPresent,
                             change.after == kNoNode ? kAbsent : kPresent});
        continue;
      }
      leg.steps.push_back(step(change.facet));
      // A change that changes nothing would be lost in composing.
      EXPECT_NE(leg.steps.back().before, leg.steps.back().after) << message.ShortDebugString();
      if (change.facet == v1::FACET_PARENT) {
        const auto code_parent = [&](const v1::ConceptState& state) {
          return HashOf(IsCode(NumberOf(state.parent_id())) ? state.parent_id() : "");
        };
        leg.code_parents.push_back(
            {number, change.facet, code_parent(message.before()), code_parent(message.after())});
      }
    }
    return leg;
  }

  // The steps of a leg within the scope.
  Steps Within(const Scope& scope, const Leg& leg) const {
    Steps steps;
    for (const Step& step : leg.steps) {
      if (!scope.Has(step.facet)) continue;
      if (scope.CodesOnly(step.facet) && !IsCode(step.concept_number)) continue;
      if (step.facet == v1::FACET_PARENT && scope.CodesOnly(step.facet)) continue;
      steps[step.place()] = step;
    }
    if (scope.CodesOnly(v1::FACET_PARENT)) {
      for (const Step& step : leg.code_parents) {
        if (step.before != step.after && IsCode(step.concept_number)) steps[step.place()] = step;
      }
    }
    return steps;
  }

  // Adds what two legs lead to in one facet of one concept.
  static void Join(const Step* first, const Step* second, Steps& result) {
    if (first == nullptr && second == nullptr) return;
    Step step = first != nullptr ? *first : *second;
    if (first != nullptr && second != nullptr) {
      EXPECT_EQ(first->after, second->before) << "the state in between is told in two ways";
      step.after = second->after;
    }
    if (step.before != step.after) result[step.place()] = step;
  }

  void Check(const Leg& ab, const Leg& bc, const Leg& ac) const {
    const Scope scope = ScopeOf({&ab, &bc, &ac});
    const Steps first = Within(scope, ab);
    const Steps second = Within(scope, bc);
    const auto find = [](const Steps& steps, const Place& place) {
      const auto it = steps.find(place);
      return it == steps.end() ? nullptr : &it->second;
    };
    const auto existence = [&](const Steps& steps, size_t number) {
      return find(steps, {number, v1::FACET_EXISTENCE});
    };
    const auto is_vague = [&](const Place& place) {
      const auto& [number, facet] = place;
      const bool was_away = existence(first, number) != nullptr &&
                            existence(first, number)->after == kAbsent &&
                            existence(second, number) != nullptr;
      if (was_away) {
        return facet != v1::FACET_EXISTENCE &&
               std::find(kCarried.begin(), kCarried.end(), facet) == kCarried.end();
      }
      return facet == v1::FACET_POA_EXEMPTION &&
             (find(first, {number, v1::FACET_BILLABLE}) != nullptr ||
              find(second, {number, v1::FACET_BILLABLE}) != nullptr);
    };

    Steps places = first;
    places.insert(second.begin(), second.end());
    Steps expected;
    for (const auto& [place, unused] : places) {
      const auto& [number, facet] = place;
      const Step* a = existence(first, number);
      const Step* b = existence(second, number);
      // Of what is not on both sides there is nothing to tell but that.
      if (facet != v1::FACET_EXISTENCE && (a != nullptr || b != nullptr)) continue;
      if (!is_vague(place)) Join(find(first, place), find(second, place), expected);
    }
    // What B alone lacks.
    std::map<Place, const Step*> went;
    for (const Step& step : ab.carried) {
      if (step.after == kAbsent) went[step.place()] = &step;
    }
    for (const Step& step : bc.carried) {
      const auto it = went.find(step.place());
      if (step.before != kAbsent || it == went.end()) continue;
      if (scope.CodesOnly(v1::FACET_EXISTENCE) && !IsCode(step.concept_number)) continue;
      Step joined = *it->second;
      joined.after = step.after;
      if (joined.before != joined.after) expected[joined.place()] = joined;
    }
    Steps found = Within(scope, ac);
    std::erase_if(found, [&](const auto& entry) { return is_vague(entry.first); });
    for (const auto& [place, step] : expected) {
      ASSERT_NE(find(found, place), nullptr)
          << ids_[place.first] << ": " << v1::Facet_Name(place.second) << " is missing";
      ASSERT_EQ(found[place], step) << ids_[place.first] << ": " << v1::Facet_Name(place.second);
    }
    for (const auto& [place, step] : found) {
      ASSERT_NE(find(expected, place), nullptr)
          << ids_[place.first] << ": " << v1::Facet_Name(place.second) << " is too much";
    }
  }

  std::map<std::string, size_t> numbers_;
  std::vector<std::string> ids_;
};

// All three releases in the order of time (backwards is what mirroring holds), there and back,
// and from each to the next by way of the oldest and the newest.
bool IsChecked(size_t a, size_t b, size_t c, size_t count) {
  return (a < b && b < c) || a == c || (c == a + 1 && (b == 0 || b + 1 == count));
}

TEST_F(OfficialCompositionTest, TwoStepsMakeOne) {
  CODESET_NEED_OFFICIAL_RELEASES(releases);
  const OfficialImages official(releases);
  const auto& images = official.images();
  std::vector<std::vector<Leg>> legs(images.size());
  for (size_t i = 0; i < images.size(); ++i) {
    for (const auto& to : images) legs[i].push_back(MakeLeg(*images[i], *to));
  }
  for (size_t a = 0; a < images.size(); ++a) {
    for (size_t b = 0; b < images.size(); ++b) {
      for (size_t c = 0; c < images.size(); ++c) {
        if (!IsChecked(a, b, c, images.size())) continue;
        SCOPED_TRACE(absl::StrCat(images[a]->release_id(), ", ", images[b]->release_id(), ", ",
                                  images[c]->release_id()));
        ASSERT_NO_FATAL_FAILURE(Check(legs[a][b], legs[b][c], legs[a][c]));
        ASSERT_FALSE(HasFailure());
      }
    }
  }
}

}  // namespace
}  // namespace codeset::query
