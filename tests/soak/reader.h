// A client that asks, and holds every answer against the oracle.
//
//   Reader reader(&soak, 7);
//   reader.Run();  // until soak.stop
//
// One thread each.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/cpp/client.h"
#include "tests/soak/lives.h"
#include "tests/soak/soak.h"

namespace codeset::soak {

// An answer that came in batches, whole.
template <typename T, typename Header>
struct Gathered {
  absl::Status status;
  std::optional<Header> header;
  std::vector<T> items;
};

// See above.
class Reader {
 public:
  Reader(Soak* soak, int number);

  void Run();

 private:
  // The error that a release must answer with; UNSPECIFIED where it has to answer.
  using ReasonIn = std::function<v1::ErrorReason(const ReleaseFacts&)>;

  // Chooses at random. Uniform below `bound`; true once in `in`; one of several.
  size_t Below(size_t bound) {
    return std::uniform_int_distribution<size_t>(0, bound - 1)(random_);
  }
  bool Once(size_t in) { return Below(in) == 0; }
  template <typename T>
  const T& OneOf(const std::vector<T>& all) {
    return all[Below(all.size())];
  }
  v1::ReleaseSelector AnySelector();
  v1::ReleaseSelector AnyId();
  std::string AnyDate();
  // A release that is likely to answer.
  const ReleaseFacts& Guess(const v1::ReleaseSelector& selector);
  const ConceptFacts& AnyConcept(const ReleaseFacts& release) { return OneOf(release.concepts); }
  const ConceptFacts& AnyRow(const ReleaseFacts& release);
  // A concept's id, mostly of `release`, sometimes of another or of none.
  std::string AnyId(const ReleaseFacts& release);
  // The id in one of the spellings that are accepted.
  std::string Spelled(const std::string& id);
  v1::ConceptView AnyView();

  // Makes a call and notes when it began and ended.
  template <typename Call>
  auto Timed(const std::string& kind, Call call) {
    today_ = Today();
    began_ = SteadyNow();
    auto result = call();
    ended_ = SteadyNow();
    soak_->tally.Called(kind, ended_ - began_);
    worlds_ = soak_->WorldsBetween(began_, ended_);
    return result;
  }
  template <typename T, typename Header>
  Gathered<T, Header> Gather(client::BatchRange<T, Header> range) {
    Gathered<T, Header> gathered;
    for (auto& item : range) {
      if (!item.ok()) {
        gathered.status = item.status();
        return gathered;
      }
      gathered.items.push_back(std::move(*item));
      if (slow_ && gathered.items.size() % 500 == 0) absl::SleepFor(absl::Milliseconds(20));
    }
    auto header = range.header();
    if (header.ok()) gathered.header = std::move(*header);
    gathered.status = header.status();
    return gathered;
  }

  // What the selector may have come to in the call that was made last.
  Outcomes Possible(const v1::ReleaseSelector& selector) const;
  // Whether an error is one of those that may come of `selectors`, or of what is asked of the
  // releases that may have answered. Counts it.
  void JudgeError(const std::string& kind, const std::vector<v1::ReleaseSelector>& selectors,
                  const absl::Status& status, const std::string& about, const ReasonIn& reason_in);
  // The release that an answer names, if it may have answered and is told of rightly; else null,
  // and what is wrong has been reported.
  const ReleaseFacts* JudgeRelease(const std::string& kind, const v1::ReleaseSelector& selector,
                                   const v1::ResolvedRelease& resolved, const std::string& about);
  // The same of a call with one selector, with its error if there is one. Null where there is
  // nothing to compare any more.
  const ReleaseFacts* Judge(const std::string& kind, const v1::ReleaseSelector& selector,
                            const absl::Status& status, const v1::ResolvedRelease* resolved,
                            const std::string& about, const ReasonIn& reason_in);
  // Reasons for which a walk over pages may end in the middle: its release is deleted, or the list
  // of POA-exempt codes in force in it becomes another, since pages are pinned to both.
  std::set<v1::ErrorReason> ReasonsToBreakOff(const v1::ReleaseSelector& selector) const;
  // The list of POA-exempt codes that an answer names; null for none.
  const ReleaseFacts* ExemptList(const v1::ResolvedRelease& resolved) const;
  void Report(const std::string& kind, const std::string& difference);

  // One call each.
  void AskConcept();
  void AskBatch();
  void AskList();
  void AskRelatives();
  void AskDescendants();
  void AskSubsumption();
  void AskCommonAncestor();
  void AskValidation();
  void AskStreamedValidation();
  void AskHistory();
  void AskHistories();
  void AskDiff();
  void AskDiffSummary();
  void AskResolution();
  void AskReleases();
  void AskRelease();
  void AskLabels();
  void AskExport();
  void AskWhatIsRefused();
  void AskImpatiently();
  void AskAndCancel();

  void CompareList(const std::string& kind, const v1::ListConceptsRequest& request,
                   const ReleaseFacts& release, const ReleaseFacts* exempt,
                   const Gathered<v1::Concept, client::ConceptsHeader>& gathered);
  std::string AboutRow(const v1::CodeToValidate& row, const client::ValidatedCode& validated,
                       const ReleaseFacts& release);
  v1::CodeToValidate AnyRowToValidate(const ReleaseFacts& release);
  std::string CompareHistories(const std::vector<EditionTime>& times, const std::string& category,
                               const std::vector<v1::CodeHistory>& lives);
  void ExpectRefusal(const std::string& kind, v1::ErrorReason reason, const absl::Status& status);

  Soak* soak_;
  const size_t number_;
  std::mt19937_64 random_;
  std::shared_ptr<client::Connection> connection_;
  client::Client client_;
  // Of the call that is being made.
  client::CallOverrides overrides_;
  bool impatient_ = false;
  bool slow_ = false;
  // Whether it is one of several that fit together: pages.
  bool walk_ = false;
  // Put after the names of kinds of calls that are made in a special manner.
  std::string manner_;
  std::string today_;
  absl::Time began_;
  absl::Time ended_;
  // What it may have met.
  std::vector<World> worlds_;
};

// What `release` must answer to a question about the concept: UNSPECIFIED where it has it.
v1::ErrorReason ReasonFor(const ReleaseFacts& release, const std::string& id);

}  // namespace codeset::soak
