#include "storage/query/history.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "storage/image/concept.h"
#include "storage/model/concept_id.h"

namespace codeset::query {
namespace {

using image::Image;
using image::Node;
using Notes = std::vector<model::Note>;

// What there is to say of a facet at one time.
enum class Knowledge {
  // Nothing: it is known that there is no such code, say.
  kNothing,
  // Not even whether there is something to say.
  kGap,
  // That it is not known.
  kNotKnown,
  // What it was.
  kKnown,
};

bool IsGap(Knowledge knowledge) {
  return knowledge == Knowledge::kGap || knowledge == Knowledge::kNotKnown;
}

struct Titles {
  absl::string_view title;
  absl::string_view short_title;

  friend bool operator==(const Titles&, const Titles&) = default;
};

// Notes of one image. Images share pages, so that most comparisons are of pointers.
struct NotesOf {
  const Notes* notes = nullptr;

  friend bool operator==(const NotesOf& a, const NotesOf& b) {
    return a.notes == b.notes || *a.notes == *b.notes;
  }
};

NotesOf OwnNotes(const Node& node) {
  static const Notes* const kNone = new Notes();
  return {node.diag == nullptr ? kNone : &node.diag->facts.notes};
}

std::optional<Node> FindCode(const Image& image, absl::string_view code) {
  const std::optional<image::NodeIndex> index = image.Find(code);
  if (!index.has_value() || image.node(*index).row == nullptr) return std::nullopt;
  return image.node(*index);
}

// What there is to say at one time, and what it was where that is known.
template <typename Value>
struct Known {
  Knowledge knowledge = Knowledge::kNothing;
  Value value{};

  friend bool operator==(const Known& a, const Known& b) {
    return a.knowledge == b.knowledge && (a.knowledge != Knowledge::kKnown || a.value == b.value);
  }
};

// A time during which there was one thing to say.
template <typename Value>
struct Told {
  v1::HistorySpan span;
  // kNotKnown or kKnown.
  Known<Value> what;
};

// One code over all times: its node in the release of each; null where it is absent, and
// where nothing is known.
struct Life {
  const std::vector<Histories::Time>& times;
  bool gap_before;
  std::vector<std::optional<Node>> nodes;

  // Makes spans of what `look` says of each time in turn.
  template <typename Value, typename Look>
  std::vector<Told<Value>> Tell(Look look) const {
    std::vector<Told<Value>> told;
    Known<Value> before;
    before.knowledge = gap_before ? Knowledge::kGap : Knowledge::kNothing;
    for (size_t i = 0; i < times.size(); ++i) {
      const Known<Value> now = look(i);
      const bool spans =
          now.knowledge == Knowledge::kKnown || now.knowledge == Knowledge::kNotKnown;
      if (!(now == before)) {
        if (before.knowledge == Knowledge::kKnown && IsGap(now.knowledge)) {
          told.back().span.set_ends_in_gap(true);
        }
        if (spans) told.push_back({Begin(i, before.knowledge, now.knowledge), now});
      }
      if (spans) told.back().span.set_until_date(times[i].until);
      before = now;
    }
    return told;
  }

  // The same of a facet that the code has while `has` holds, that is known while `known` does
  // (null: always), and then is `value`.
  template <typename Value, typename Has, typename Look>
  std::vector<Told<Value>> TellFacet(Has has, bool Histories::Time::*known, Look value) const {
    return Tell<Value>([&](size_t i) -> Known<Value> {
      if (!times[i].release.has_value()) return {Knowledge::kGap, {}};
      if (!nodes[i].has_value() || !has(*nodes[i])) return {Knowledge::kNothing, {}};
      if (known != nullptr && !(times[i].*known)) return {Knowledge::kNotKnown, {}};
      return {Knowledge::kKnown, value(*nodes[i])};
    });
  }

  v1::HistorySpan Begin(size_t i, Knowledge before, Knowledge now) const {
    v1::HistorySpan span;
    span.set_from_date(times[i].from);
    if (now == Knowledge::kKnown) {
      span.set_from_release_id(times[i].release_id);
      span.set_begins_after_gap(IsGap(before));
    }
    return span;
  }
};

bool Exists(const Node&) { return true; }
bool IsBillable(const Node& node) { return node.billable; }

void AddStatuses(const Life& life, v1::CodeHistory& history) {
  const auto look = [&](size_t i) -> Known<v1::CodeStatus> {
    if (!life.times[i].release.has_value()) {
      return {Knowledge::kNotKnown, v1::CODE_STATUS_NOT_KNOWN};
    }
    if (!life.nodes[i].has_value()) return {Knowledge::kKnown, v1::CODE_STATUS_ABSENT};
    return {Knowledge::kKnown,
            life.nodes[i]->billable ? v1::CODE_STATUS_BILLABLE : v1::CODE_STATUS_HEADER};
  };
  for (Told<v1::CodeStatus>& told : life.Tell<v1::CodeStatus>(look)) {
    v1::StatusSpan* span = history.add_statuses();
    *span->mutable_span() = std::move(told.span);
    span->set_status(told.what.value);
  }
}

void AddTitles(const Life& life, v1::CodeHistory& history) {
  const auto titles = [](const Node& node) {
    return Titles{node.row->long_title, node.row->short_title};
  };
  for (Told<Titles>& told : life.TellFacet<Titles>(Exists, nullptr, titles)) {
    v1::TitleSpan* span = history.add_titles();
    *span->mutable_span() = std::move(told.span);
    span->set_title(std::string(told.what.value.title));
    span->set_short_title(std::string(told.what.value.short_title));
  }
}

void AddNotes(const Life& life, bool with_words, v1::CodeHistory& history) {
  for (Told<NotesOf>& told :
       life.TellFacet<NotesOf>(Exists, &Histories::Time::tabular_known, OwnNotes)) {
    v1::NotesSpan* span = history.add_notes();
    *span->mutable_span() = std::move(told.span);
    span->set_known(told.what.knowledge == Knowledge::kKnown);
    if (!with_words || !span->known()) continue;
    for (const model::Note& note : *told.what.value.notes) {
      *span->add_notes() = image::ToMessage(note);
    }
  }
}

void AddPoa(const Life& life, v1::CodeHistory& history) {
  const auto exempt = [](const Node& node) {
    return node.poa_exempt ? v1::POA_STATE_EXEMPT : v1::POA_STATE_NOT_EXEMPT;
  };
  for (Told<v1::PoaState>& told :
       life.TellFacet<v1::PoaState>(IsBillable, &Histories::Time::poa_known, exempt)) {
    v1::PoaSpan* span = history.add_poa();
    *span->mutable_span() = std::move(told.span);
    const bool known = told.what.knowledge == Knowledge::kKnown;
    span->set_state(known ? told.what.value : v1::POA_STATE_NOT_KNOWN);
  }
}

}  // namespace

Histories::Histories(model::Timeline timeline,
                     std::vector<std::shared_ptr<const image::Image>> images)
    : timeline_(std::move(timeline)), images_(std::move(images)) {
  for (const model::Period& period : timeline_.periods) {
    if (times_.empty() && !period.order_known) {
      gap_before_ = true;
      continue;
    }
    Time time;
    if (period.order_known) {
      time.release = period.release;
      time.release_id = timeline_.releases[*period.release].id.ToString();
    }
    time.tabular_known = period.tabular_known;
    time.poa_known = period.poa_known;
    time.from = model::FormatDate(period.from);
    if (period.until.has_value()) time.until = model::FormatDate(*period.until);
    times_.push_back(std::move(time));
  }
}

std::vector<absl::string_view> Histories::Codes(absl::string_view prefix) const {
  absl::flat_hash_set<absl::string_view> codes;
  absl::flat_hash_set<model::Digest> seen;
  const Image* before = nullptr;
  for (const Time& time : times_) {
    if (!time.release.has_value() || images_[*time.release].get() == before) continue;
    const Image& image = *images_[*time.release];
    before = &image;
    for (const image::CategoryPages& category : image.categories()) {
      // The codes of a page that another release has too are there already.
      if (!seen.insert(category.order).second) continue;
      for (image::NodeIndex i = category.first; i < category.end; ++i) {
        if (absl::StartsWith(image.node(i).key, prefix)) codes.insert(image.node(i).key);
      }
    }
  }
  std::vector<absl::string_view> sorted(codes.begin(), codes.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

std::optional<v1::CodeHistory> Histories::Of(absl::string_view code, const Options& options) const {
  Life life{times_, gap_before_, std::vector<std::optional<Node>>(times_.size())};
  v1::CodeHistory history;
  for (size_t i = 0; i < times_.size(); ++i) {
    if (!times_[i].release.has_value()) continue;
    const bool same = i > 0 && times_[i - 1].release == times_[i].release;
    life.nodes[i] = same ? life.nodes[i - 1] : FindCode(*images_[*times_[i].release], code);
    if (!life.nodes[i].has_value()) continue;
    if (history.first_release_id().empty()) history.set_first_release_id(times_[i].release_id);
    history.set_last_release_id(times_[i].release_id);
  }
  if (history.first_release_id().empty()) return std::nullopt;
  history.set_id(model::DottedCode(code));
  AddStatuses(life, history);
  AddTitles(life, history);
  AddNotes(life, options.notes, history);
  AddPoa(life, history);
  return history;
}

}  // namespace codeset::query
