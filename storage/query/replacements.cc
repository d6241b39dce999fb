#include "storage/query/replacements.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "storage/image/concept.h"
#include "storage/model/concept_id.h"

namespace codeset::query {

using image::Image;
using image::NodeIndex;
using model::Date;

Replacements::Replacements(std::vector<ImagePtr> releases, ImagePtr table)
    : releases_(std::move(releases)), table_(std::move(table)), rows_(releases_, table_.get()) {}

template <typename Next>
std::vector<v1::Replacement> Replacements::Follow(absl::string_view key, bool backward,
                                                  Next next) const {
  const Image& to = backward ? older() : newer();
  std::vector<Step> steps = {
      {std::string(key), backward ? newer().effective() : older().effective(), -1, {}}};
  // Of each code that was reached the day from which more may follow, and its first step.
  absl::flat_hash_map<std::string, Date> reached = {{steps[0].key, steps[0].date}};
  std::vector<std::pair<NodeIndex, int>> found;
  absl::flat_hash_map<std::string, int> first;
  for (size_t i = 0; i < steps.size(); ++i) {
    for (Step& step : next(steps[i])) {
      step.from = static_cast<int>(i);
      const auto [it, is_new] = reached.emplace(step.key, step.date);
      const bool more = backward ? it->second < step.date : step.date < it->second;
      if (!is_new && !more) continue;
      it->second = step.date;
      const int place = static_cast<int>(steps.size());
      const std::optional<NodeIndex> node = to.Find(step.key);
      if (node.has_value() && to.node(*node).billable && first.emplace(step.key, place).second) {
        found.emplace_back(*node, place);
      }
      steps.push_back(std::move(step));
    }
  }
  std::sort(found.begin(), found.end());
  std::vector<v1::Replacement> replacements;
  for (const auto& [node, place] : found) {
    // A code is not its own replacement, even where a way leads back to it.
    if (steps[place].key == key) continue;
    v1::Replacement& replacement = replacements.emplace_back();
    replacement.set_id(image::IdOf(to, node));
    replacement.set_title(std::string(image::TitleOf(to, node)));
    std::vector<const Step*> way;
    for (int i = place; steps[i].from >= 0; i = steps[i].from) way.push_back(&steps[i]);
    for (auto step = way.rbegin(); step != way.rend(); ++step) {
      const v1::ReplacementHop& hop = (*step)->hop;
      if (hop.lossy()) replacement.set_lossy(true);
      if (hop.derived()) replacement.set_derived(true);
      *replacement.add_hops() = hop;
    }
  }
  return replacements;
}

std::vector<v1::Replacement> Replacements::Forward(absl::string_view key) const {
  return Follow(key, false, [this](const Step& step) { return StepsForward(step); });
}

std::vector<v1::Replacement> Replacements::Backward(absl::string_view key) const {
  return Follow(key, true, [this](const Step& step) { return StepsBackward(step); });
}

std::vector<Replacements::Step> Replacements::StepsForward(const Step& step) const {
  std::vector<Step> steps;
  for (const DatedRow* row : rows_.From(step.key)) {
    if (row->date() <= step.date) continue;
    steps.push_back({row->code(), row->date(), -1, rows_.HopOf(*row, step.key, false)});
  }
  DeriveForward(step, steps);
  return steps;
}

std::vector<Replacements::Step> Replacements::StepsBackward(const Step& step) const {
  std::vector<Step> steps;
  // The newest first, so that of two ways of equal length the later change counts.
  const std::vector<const DatedRow*> rows = rows_.To(step.key);
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    const Date date = (*row)->date();
    // The first step begins in the newer release, whose own day counts too.
    if (step.from >= 0 ? date >= step.date : date > step.date) continue;
    for (std::string& previous : ReplacementRows::PreviousOf(**row)) {
      v1::ReplacementHop hop = rows_.HopOf(**row, previous, true);
      steps.push_back({std::move(previous), date, -1, std::move(hop)});
    }
  }
  DeriveBackward(step, steps);
  return steps;
}

bool Replacements::IsTold(absl::string_view header, absl::string_view current, Date after,
                          Date until) const {
  const auto is_between = [&](const DatedRow* row) {
    return row->date() > after && row->date() <= until;
  };
  const std::vector<const DatedRow*> to = rows_.To(current);
  if (std::none_of(to.begin(), to.end(), is_between)) return false;
  const std::vector<const DatedRow*> from = rows_.From(header);
  return std::any_of(from.begin(), from.end(), [&](const DatedRow* row) {
    return is_between(row) && absl::StartsWith(row->code(), header);
  });
}

v1::ReplacementHop Replacements::DerivedHop(absl::string_view previous, absl::string_view current,
                                            size_t after) const {
  v1::ReplacementHop hop;
  hop.set_previous_id(model::DottedCode(previous));
  hop.set_current_id(model::DottedCode(current));
  hop.set_effective_date(model::FormatDate(releases_[after]->effective()));
  hop.set_kind(v1::REPLACEMENT_KIND_HEADERS_CHILD);
  hop.set_lossy(BillableBelow(*releases_[after], previous).size() > 1);
  hop.set_derived(true);
  hop.set_before_release_id(releases_[after - 1]->release_id());
  hop.set_after_release_id(releases_[after]->release_id());
  return hop;
}

void Replacements::DeriveForward(const Step& step, std::vector<Step>& steps) const {
  // A header that was one already has not become one.
  if (step.from < 0 && !IsBillable(older(), step.key)) return;
  for (size_t i = 1; i < releases_.size(); ++i) {
    const Image& image = *releases_[i];
    if (image.effective() < step.date || IsBillable(image, step.key)) continue;
    for (const std::string& code : BillableBelow(image, step.key)) {
      if (IsTold(step.key, code, releases_[i - 1]->effective(), image.effective())) continue;
      steps.push_back({code, image.effective(), -1, DerivedHop(step.key, code, i)});
    }
    return;
  }
}

void Replacements::DeriveBackward(const Step& step, std::vector<Step>& steps) const {
  if (step.from < 0 && !IsBillable(newer(), step.key)) return;
  for (size_t i = releases_.size() - 1; i-- > 0;) {
    const Image& before = *releases_[i];
    if (before.effective() >= step.date || IsBillable(before, step.key)) continue;
    const Image& after = *releases_[i + 1];
    if (!IsBillable(after, step.key)) return;
    for (size_t length = step.key.size() - 1; length >= model::kCategoryLength; --length) {
      const std::string above = step.key.substr(0, length);
      if (!before.Find(above).has_value()) continue;
      if (IsBillable(before, above) && IsHeader(after, above) &&
          !IsTold(above, step.key, before.effective(), after.effective())) {
        steps.push_back({above, after.effective(), -1, DerivedHop(above, step.key, i + 1)});
      }
      return;
    }
    return;
  }
}

v1::ReplacementOutcome OutcomeOf(const Image& from, const Image& to, absl::string_view key,
                                 const std::vector<v1::Replacement>& found) {
  if (IsBillable(to, key)) return v1::REPLACEMENT_OUTCOME_STILL_BILLABLE;
  const bool still_header = IsHeader(from, key) && IsHeader(to, key);
  return found.empty() || still_header ? v1::REPLACEMENT_OUTCOME_NO_REPLACEMENT_KNOWN
                                       : v1::REPLACEMENT_OUTCOME_REPLACED;
}

}  // namespace codeset::query
