#include "tests/soak/reader.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cpp/error.h"
#include "tests/soak/compare.h"

namespace codeset::soak {

v1::ErrorReason ReasonFor(const ReleaseFacts& release, const std::string& id) {
  if (release.Find(id) != nullptr) return v1::ERROR_REASON_UNSPECIFIED;
  const bool code = id.size() >= 3 && id.find('-') == std::string::npos;
  return code || release.tabular() ? v1::ERROR_REASON_CONCEPT_NOT_FOUND
                                   : v1::ERROR_REASON_STRUCTURE_NOT_KNOWN;
}

Reader::Reader(Soak* soak, int number)
    : soak_(soak),
      number_(static_cast<size_t>(number)),
      random_(soak->options.seed * 1000003 + static_cast<uint64_t>(number)),
      connection_(OwnConnection(soak->options.server)),
      client_(connection_) {}

void Reader::Run() {
  // How often each question is asked, in parts of all.
  using Ask = void (Reader::*)();
  const std::vector<std::pair<int, Ask>> mix = {{400, &Reader::AskConcept},
                                                {70, &Reader::AskBatch},
                                                {50, &Reader::AskList},
                                                {90, &Reader::AskRelatives},
                                                {25, &Reader::AskDescendants},
                                                {60, &Reader::AskSubsumption},
                                                {40, &Reader::AskCommonAncestor},
                                                {70, &Reader::AskValidation},
                                                {25, &Reader::AskStreamedValidation},
                                                {50, &Reader::AskHistory},
                                                {20, &Reader::AskHistories},
                                                {30, &Reader::AskDiff},
                                                {20, &Reader::AskDiffSummary},
                                                {50, &Reader::AskResolution},
                                                {20, &Reader::AskReleases},
                                                {20, &Reader::AskRelease},
                                                {10, &Reader::AskLabels},
                                                {3, &Reader::AskExport},
                                                {60, &Reader::AskWhatIsRefused},
                                                {40, &Reader::AskImpatiently},
                                                {20, &Reader::AskAndCancel}};
  std::vector<int> weights;
  weights.reserve(mix.size());
  for (const auto& [weight, ask] : mix) weights.push_back(weight);
  std::discrete_distribution<size_t> choose(weights.begin(), weights.end());
  const absl::Duration between = soak_->options.rate > 0
                                     ? absl::Seconds(soak_->options.clients / soak_->options.rate)
                                     : absl::ZeroDuration();
  absl::Time next = SteadyNow();
  for (size_t call = 0; !soak_->stop; ++call) {
    // First every question once, each client from another one on, so that however short the time
    // all are asked; some clients slowly.
    const bool first_round = call < mix.size();
    const size_t question = first_round ? (call + number_) % mix.size() : choose(random_);
    slow_ = first_round ? number_ % 8 == 7 : Once(100);
    manner_ = slow_ ? " (read slowly)" : "";
    walk_ =
        mix[question].second == &Reader::AskList || mix[question].second == &Reader::AskRelatives;
    (this->*mix[question].second)();
    next += between;
    if (between > absl::ZeroDuration()) absl::SleepFor(next - SteadyNow());
  }
}

v1::ReleaseSelector Reader::AnyId() {
  const SoakOptions& options = soak_->options;
  v1::ReleaseSelector selector =
      client::ById(!options.own.empty() && Once(5) ? OneOf(options.own) : OneOf(options.fixed));
  if (!Once(10)) return selector;
  // Asserted rightly, or with another release's fingerprint.
  const std::string& id = Once(3) ? OneOf(options.fixed) : selector.release();
  return client::WithFingerprint(selector, soak_->oracle.releases.at(id).fingerprint);
}

std::string Reader::AnyDate() {
  const auto two = [](size_t number) { return absl::StrCat(number < 10 ? "0" : "", number); };
  // Mostly within what is loaded; from before the first edition to the next year that is not known.
  const std::string& first = soak_->oracle.releases.begin()->second.date;
  const size_t from = Once(10) ? 2011 : std::stoul(first.substr(0, 4));
  return absl::StrCat(from + Below(2028 - from), "-", two(1 + Below(12)), "-", two(1 + Below(28)));
}

v1::ReleaseSelector Reader::AnySelector() {
  switch (Below(10)) {
    case 0:
    case 1:
      return client::OnDate(AnyDate(),
                            Once(4) ? client::Staleness::kAllow : client::Staleness::kRefuse);
    case 2:
      return Once(2) ? client::Current() : v1::ReleaseSelector();
    case 3:
      return client::ById(kLabel);
    default:
      return AnyId();
  }
}

const ReleaseFacts& Reader::Guess(const v1::ReleaseSelector& selector) {
  const absl::Time now = SteadyNow();
  const Outcomes outcomes =
      OutcomesOf(soak_->oracle, selector, soak_->WorldsBetween(now, now), Today());
  return soak_->oracle.releases.at(outcomes.releases.empty() ? OneOf(soak_->options.fixed)
                                                             : outcomes.releases.begin()->first);
}

const ConceptFacts& Reader::AnyRow(const ReleaseFacts& release) {
  while (true) {
    const ConceptFacts& facts = AnyConcept(release);
    if (facts.row) return facts;
  }
}

std::string Reader::AnyId(const ReleaseFacts& release) {
  if (!Once(12)) return std::string(AnyConcept(release).id);
  const ReleaseFacts& other = soak_->oracle.releases.at(OneOf(soak_->options.fixed));
  if (Once(2)) return std::string(AnyConcept(other).id);
  return absl::StrCat(AnyRow(other).id.substr(0, 3), ".", Below(10), "Z", Below(10));
}

std::string Reader::Spelled(const std::string& id) {
  // Chapters and sections are written in one way alone.
  if (id.size() < 3 || id.find('-') != std::string::npos) return id;
  switch (Below(6)) {
    case 0:
      return Undotted(id);
    case 1:
      return absl::AsciiStrToLower(id);
    case 2:
      return absl::StrCat(" ", absl::AsciiStrToLower(Undotted(id)), "  ");
    default:
      return id;
  }
}

v1::ConceptView Reader::AnyView() {
  switch (Below(6)) {
    case 0:
    case 1:
      return v1::CONCEPT_VIEW_FULL;
    case 2:
      return v1::CONCEPT_VIEW_EFFECTIVE;
    default:
      return v1::CONCEPT_VIEW_BASIC;
  }
}

Outcomes Reader::Possible(const v1::ReleaseSelector& selector) const {
  Outcomes outcomes = OutcomesOf(soak_->oracle, selector, worlds_, today_);
  const std::string today = Today();
  if (today == today_) return outcomes;
  // The call may have met either day.
  for (auto& [id, coverage] : OutcomesOf(soak_->oracle, selector, worlds_, today).releases) {
    outcomes.releases[id].insert(coverage.begin(), coverage.end());
  }
  return outcomes;
}

void Reader::JudgeError(const std::string& kind, const std::vector<v1::ReleaseSelector>& selectors,
                        const absl::Status& status, const std::string& about,
                        const ReasonIn& reason_in) {
  if (impatient_ && absl::IsDeadlineExceeded(status)) return soak_->tally.AskedFor(status);
  const v1::ErrorReason reason = client::ErrorReasonOf(status);
  bool expected = false;
  for (const v1::ReleaseSelector& selector : selectors) {
    const Outcomes outcomes = Possible(selector);
    expected = expected || (walk_ && ReasonsToBreakOff(selector).contains(reason));
    if (outcomes.reasons.contains(reason)) {
      const std::string edition = client::ErrorMetadataOf(status, "edition").value_or("");
      if (reason == v1::ERROR_REASON_RELEASE_NOT_LOADED && !outcomes.editions.contains(edition)) {
        soak_->tally.Wrong(kind, absl::StrCat(about, ": edition '", edition,
                                              "' is named as not loaded; expected one of ",
                                              absl::StrJoin(outcomes.editions, " ")));
        return;
      }
      expected = true;
    }
    for (const auto& [id, coverage] : outcomes.releases) {
      expected = expected || (reason != v1::ERROR_REASON_UNSPECIFIED &&
                              reason_in(soak_->oracle.releases.at(id)) == reason);
    }
  }
  if (expected) {
    soak_->tally.AskedFor(status);
  } else {
    soak_->tally.NotAskedFor(kind, status, about);
  }
}

const ReleaseFacts* Reader::JudgeRelease(const std::string& kind,
                                         const v1::ReleaseSelector& selector,
                                         const v1::ResolvedRelease& resolved,
                                         const std::string& about) {
  const Outcomes outcomes = Possible(selector);
  const auto found = outcomes.releases.find(resolved.release_id());
  const auto wrong = [&](const std::string& what) {
    Report(kind, absl::StrCat(about, ", asked of ", selector.ShortDebugString(), ": ", what));
    return nullptr;
  };
  if (found == outcomes.releases.end()) {
    return wrong(absl::StrCat("answered by '", resolved.release_id(), "', which it cannot be"));
  }
  const ReleaseFacts& release = soak_->oracle.releases.at(found->first);
  const std::string difference = DifferenceOf(release, resolved);
  if (!difference.empty()) return wrong(difference);
  if (!found->second.contains(resolved.coverage().kind())) {
    return wrong(absl::StrCat("coverage is ", v1::CoverageKind_Name(resolved.coverage().kind())));
  }
  for (const World& world : worlds_) {
    if (world.loaded.contains(release.id) &&
        ExemptListOf(soak_->oracle, release.id, world.loaded) == resolved.poa_from()) {
      return &release;
    }
  }
  return wrong(absl::StrCat("the list of POA-exempt codes is said to be that of '",
                            resolved.poa_from(), "'"));
}

const ReleaseFacts* Reader::Judge(const std::string& kind, const v1::ReleaseSelector& selector,
                                  const absl::Status& status, const v1::ResolvedRelease* resolved,
                                  const std::string& about, const ReasonIn& reason_in) {
  if (!status.ok()) {
    JudgeError(kind, {selector}, status, absl::StrCat(about, " of ", selector.ShortDebugString()),
               reason_in);
    return nullptr;
  }
  const ReleaseFacts* release = JudgeRelease(kind, selector, *resolved, about);
  if (release == nullptr) return nullptr;
  const v1::ErrorReason reason = reason_in(*release);
  if (reason == v1::ERROR_REASON_UNSPECIFIED) return release;
  Report(kind, absl::StrCat(about, ": was answered by ", release->id, ", expected ",
                            v1::ErrorReason_Name(reason)));
  return nullptr;
}

std::set<v1::ErrorReason> Reader::ReasonsToBreakOff(const v1::ReleaseSelector& selector) const {
  std::set<v1::ErrorReason> reasons;
  for (const auto& [id, coverage] : Possible(selector).releases) {
    std::set<std::string> lists;
    for (const World& world : worlds_) {
      if (world.loaded.contains(id)) {
        lists.insert(ExemptListOf(soak_->oracle, id, world.loaded));
      } else {
        reasons.insert(v1::ERROR_REASON_RELEASE_NOT_FOUND);
      }
    }
    if (lists.size() > 1) reasons.insert(v1::ERROR_REASON_PAGE_TOKEN_INVALID);
  }
  return reasons;
}

const ReleaseFacts* Reader::ExemptList(const v1::ResolvedRelease& resolved) const {
  const auto found = soak_->oracle.releases.find(resolved.poa_from());
  return found == soak_->oracle.releases.end() ? nullptr : &found->second;
}

void Reader::Report(const std::string& kind, const std::string& difference) {
  if (difference.empty()) {
    soak_->tally.Count("answers compared");
  } else {
    soak_->tally.Wrong(kind, difference);
  }
}

}  // namespace codeset::soak
